package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	savepoint = "SAVEPOINT _mcp"
	back      = "ROLLBACK TO SAVEPOINT _mcp"
	forget    = "RELEASE SAVEPOINT _mcp"
)

// Tx is a read-only transaction; see [DB.Transaction]. It is for one goroutine.
// What fails in it does not end it: the next query runs.
type Tx struct {
	db *DB
	s  *session
}

// Transaction calls fn in a read-only transaction that is rolled back whatever
// fn returns: what fn sets is gone then. It is for several queries on one
// snapshot.
func (db *DB) Transaction(ctx context.Context, fn func(tx *Tx) error) error {
	return db.run(ctx, "transaction", func(ctx context.Context, s *session) error {
		s.statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", nil, nil, nil)
		s.raw(db.setup)
		s.sync()
		if _, err := s.exchange(ctx, 1, 0, nil); err != nil {
			return err
		}
		tx := &Tx{db, s}
		defer func() {
			tx.s = nil
			s.undo()
		}()
		return fn(tx)
	})
}

var errEnded = errors.New("the transaction has ended")

// Set sets a parameter until the transaction ends. The name is ours; the value
// may be a caller's.
func (t *Tx) Set(ctx context.Context, name, value string) error {
	return t.query(ctx, "SELECT pg_catalog.set_config($1, $2, true)", []any{name, value}, func(pgx.CollectableRow) error { return nil })
}

// Timeout sets the timeout of each statement until the transaction ends, the
// database's MaxTimeout at most.
func (t *Tx) Timeout(ctx context.Context, d time.Duration) error {
	return t.Set(ctx, "statement_timeout", milliseconds(min(d, t.db.cfg.MaxTimeout)))
}

// Retire closes the connection after the transaction. It is for what survives a
// rollback and DISCARD ALL, such as hypothetical indexes.
func (t *Tx) Retire() {
	if t.s != nil {
		t.s.retired = true
	}
}

// Read is [DB.Read] in the transaction. What q sets is undone behind it. A result
// that is ended long before its end ends the transaction, too.
func (t *Tx) Read(ctx context.Context, q Query, each EachRow) (Result, error) {
	s := t.s
	if s == nil {
		return Result{}, errEnded
	}
	began := time.Now()
	s.notices = nil
	s.statement(savepoint, nil, nil, nil)
	r := reader{q: q, each: each}
	s.fetch(&r)
	s.sync()
	s.statement(back, nil, nil, nil)
	s.statement(forget, nil, nil, nil)
	s.sync()
	err := r.run(ctx, s, 2, 'T')
	t.check()
	r.res.Elapsed = time.Since(began)
	return r.res, err
}

// query is a query of our own, which may set parameters of the transaction.
func (t *Tx) query(ctx context.Context, sql string, args []any, each func(pgx.CollectableRow) error) error {
	s := t.s
	if s == nil {
		return errEnded
	}
	s.statement(savepoint, nil, nil, nil)
	if err := s.own(sql, args); err != nil {
		return err
	}
	s.statement(forget, nil, nil, nil)
	s.sync()
	_, err := s.exchange(ctx, 1, 0, s.scanning(each))
	if !s.bad && s.pg.TxStatus() == 'E' {
		s.statement(back, nil, nil, nil)
		s.statement(forget, nil, nil, nil)
		s.sync()
		s.finish(1)
	}
	t.check()
	return err
}

// check retires a connection that is not in the transaction that it should be in.
func (t *Tx) check() {
	if t.s.pg.TxStatus() != 'T' {
		t.s.bad = true
	}
}
