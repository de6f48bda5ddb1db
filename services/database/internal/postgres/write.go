package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Write runs a statement in a transaction of its own that may write, and asks
// decide whether what it did is committed. It is rolled back if decide says no,
// whenever there is an error, and when ctx ends before decide has agreed. Of the
// rows that the statement returns, each is called with those that q.Limit (if it
// is not 0) and q.MaxBytes allow and until it returns [ErrStop]; the statement
// does the rest of its work all the same.
//
// An error is that of ctx, of each or decide, or an [*Error]; one of Kind Unknown
// says that the connection broke while the transaction was committed.
func (db *DB) Write(ctx context.Context, q Query, each EachRow, decide func(Result) (commit bool, err error)) (res Result, err error) {
	if !db.cfg.Writes {
		return Result{}, &Error{Kind: Refused, Message: "the database " + db.cfg.Name + " is read-only"}
	}
	began := time.Now()
	err = db.run(ctx, "write", func(ctx context.Context, s *session) error {
		err := db.change(ctx, s, q, each, &res)
		if err != nil {
			s.undo()
			return err
		}
		commit, err := false, ctx.Err()
		if err == nil {
			commit, err = s.decided(res, decide)
		}
		if err != nil || !commit {
			s.undo()
			return err
		}
		err = db.commit(ctx, s)
		s.undo()
		return err
	})
	res.Elapsed = time.Since(began)
	return res, err
}

// decided asks decide. A panic of it closes the connection and so rolls back.
func (s *session) decided(res Result, decide func(Result) (bool, error)) (bool, error) {
	s.bad = true
	commit, err := decide(res)
	s.bad = false
	return commit, err
}

// change begins a transaction and runs the statement in it.
func (db *DB) change(ctx context.Context, s *session, q Query, each EachRow, res *Result) error {
	s.statement("BEGIN READ WRITE", nil, nil, nil)
	s.raw(db.setup)
	if q.Timeout > 0 {
		s.statement("SET LOCAL statement_timeout = "+milliseconds(min(q.Timeout, db.cfg.MaxTimeout)), nil, nil, nil)
	}
	s.query(q.SQL, q.Args, q.ArgOIDs, nil, 0)
	s.sync()
	bytes := 0
	a, err := s.exchange(ctx, 1, 0, func(a *answer, values [][]byte) error {
		for _, v := range values {
			bytes += len(v)
		}
		full := q.Limit > 0 && res.Rows >= q.Limit
		if q.MaxBytes > 0 && bytes > q.MaxBytes && res.Rows > 0 {
			full, res.Cut = true, true
		}
		if res.More = res.More || full; res.More {
			return nil
		}
		switch err := each(a.columns, values); {
		case errors.Is(err, ErrStop):
			res.More = true
		case err != nil:
			return err
		default:
			res.Rows++
		}
		return nil
	})
	res.Columns, res.Tag, res.Notices = a.columns, a.tag, s.notices
	var e *Error
	switch {
	case errors.As(err, &e) && e.SQLState != "" && a.done == 0 && !s.bad:
		return &Error{Kind: Refused, Message: "the database " + db.cfg.Name + " takes no changes: its server is a standby or read-only", SQLState: e.SQLState, Err: e.Err}
	case err != nil:
		return err
	case a.status != 'T':
		s.bad = true
		return &Error{Kind: Refused, Message: "the statement ends its transaction: it does not run here"}
	}
	return nil
}

// commit commits. From here on a caller who goes away changes nothing, since
// only the server's answer tells what has happened.
func (db *DB) commit(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.cfg.StatementTimeout+grace)
	defer cancel()
	s.query("COMMIT", nil, nil, nil, 0)
	s.sync()
	a, err := s.exchange(ctx, 1, 0, nil)
	var pg *pgconn.PgError
	switch {
	case err != nil && (s.bad || !errors.As(err, &pg)):
		s.bad = true
		return &Error{Kind: Unknown, Message: "the connection broke while the change was committed: whether it happened is not known",
			Hint: "Look at the rows before you try again.", Err: err}
	case err != nil:
		return err
	case a.tag != "COMMIT":
		return &Error{Kind: Conflict, Message: "the server rolled the change back"}
	}
	return nil
}
