package postgres

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Column describes a column of a result.
type Column struct {
	Name     string
	OID      uint32 // of the type
	Modifier int32  // of the type, -1 for none
	Table    uint32 // the table that it comes from, 0 for none
	Number   uint16 // the column's number there
}

// Query is one statement and how much of its result is wanted.
type Query struct {
	// SQL is one statement without a semicolon behind it, passed by the gate.
	SQL string
	// Args are the values of $1 and so on in text format; nil is NULL.
	Args [][]byte
	// ArgOIDs are their types; nil or 0: the server's guess.
	ArgOIDs []uint32
	// Direct runs the statement as it stands, for SHOW and EXPLAIN, which no
	// cursor takes. Skip is not used then, and Limit 0 is no limit.
	Direct bool
	// Skip and Limit choose rows: Limit rows behind the first Skip ones.
	Skip, Limit int
	// MaxBytes bounds the values of all rows together; 0: no bound but Limit's.
	// The first row is shown whatever its size.
	MaxBytes int
	// Timeout of the statement; 0: the database's. It is bounded by the
	// database's MaxTimeout.
	Timeout time.Duration
}

// Result is what there is to say of a result beside its rows.
type Result struct {
	Columns []Column
	Rows    int    // that each was called with
	More    bool   // there are more rows than were wanted
	Cut     bool   // MaxBytes ended it
	Tag     string // of the statement, such as "UPDATE 3"
	Notices []Notice
	Elapsed time.Duration
}

// Notice is a message of the server beside a result.
type Notice struct {
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// EachRow is called with each row: values in text format, nil for NULL, valid
// until it returns. Its error ends the query and is returned, but for [ErrStop].
type EachRow func(columns []Column, row [][]byte) error

// ErrStop ends a query early without an error.
var ErrStop = errors.New("no more rows are wanted")

const (
	cursor  = "_mcp"
	declare = "DECLARE " + cursor + " NO SCROLL CURSOR FOR "
)

// compose makes the messages around each read.
func (db *DB) compose() {
	made := func(sql string) []byte {
		s := &session{link: &link{}}
		s.statement(sql, nil, nil, nil)
		return s.link.out
	}
	db.begin = append(made("BEGIN READ ONLY"), db.setup...)
	s := &session{link: &link{out: made("ROLLBACK")}}
	s.sync()
	db.end = s.link.out
	if !db.cfg.StartupOff {
		s = &session{link: &link{out: made("DISCARD ALL")}}
		s.sync()
		db.clean = s.link.out
	}
}

// setConfig makes the messages that set parameters for one transaction.
func setConfig(list []setting) []byte {
	s := &session{link: &link{}}
	sql, args := "SELECT ", make([][]byte, 0, len(list))
	for i, p := range list {
		if i > 0 {
			sql += ", "
		}
		sql += "pg_catalog.set_config('" + p.name + "', $" + strconv.Itoa(i+1) + ", true)"
		args = append(args, []byte(p.value))
	}
	s.statement(sql, args, nil, nil)
	return s.link.out
}

// Read runs a query in a read-only transaction that is rolled back whatever
// happens, in one round trip. The query is the body of a cursor, so that
// PostgreSQL itself refuses what is no query, and rows are made as they are
// fetched. A caller who goes away stops the statement on the server.
//
// An error is that of ctx, that of each, or an [*Error].
func (db *DB) Read(ctx context.Context, q Query, each EachRow) (res Result, err error) {
	began := time.Now()
	err = db.run(ctx, "read", func(ctx context.Context, s *session) error {
		s.raw(db.begin)
		r := reader{q: q, each: each}
		s.fetch(&r)
		syncs, inside := 1, byte('I')
		if q.Direct {
			s.sync()
			syncs, inside = 2, 'T'
		}
		s.raw(db.end)
		if db.leaves(q, s.link, began) {
			s.raw(db.clean)
			s.link.cleaned = began
			syncs++
		}
		err := r.run(ctx, s, syncs, inside)
		if err != nil {
			s.undo()
		}
		res = r.res
		return err
	})
	res.Elapsed = time.Since(began)
	return res, err
}

// leaves reports whether q may leave something that no rollback undoes, such as
// an advisory lock: what calls no function does not, but for what views call.
// Cleaning is a tenth of the cost of a small query.
func (db *DB) leaves(q Query, l *link, now time.Time) bool {
	return !db.cfg.StartupOff && (q.Direct || strings.Contains(q.SQL, "(") || now.Sub(l.cleaned) > time.Second)
}

// reader is one Query while it is read.
type reader struct {
	q     Query
	each  EachRow
	res   Result
	bytes int
}

// fetch composes the statement of r and the fetching of its rows.
func (s *session) fetch(r *reader) {
	q := r.q
	timeout := s.db.cfg.StatementTimeout
	if q.Timeout > 0 {
		timeout = min(q.Timeout, s.db.cfg.MaxTimeout)
	}
	if timeout != s.db.cfg.StatementTimeout {
		s.statement("SET LOCAL statement_timeout = "+milliseconds(timeout), nil, nil, nil)
	}
	n := uint32(0)
	if q.Limit = max(q.Limit, 0); q.Limit < math.MaxInt32 && (!q.Direct || q.Limit > 0) {
		n = uint32(q.Limit) + 1
	} else {
		q.Limit = math.MaxInt
	}
	r.q = q
	if q.Direct {
		s.query(q.SQL, q.Args, q.ArgOIDs, nil, n)
		return
	}
	s.statement(declare+q.SQL, q.Args, q.ArgOIDs, nil)
	if q.Skip > 0 {
		s.statement("MOVE FORWARD "+strconv.Itoa(q.Skip)+" IN "+cursor, nil, nil, nil)
	}
	s.portal(cursor, n)
}

// run sends what was composed: the query, and what undoes it. status is that of
// the transaction at the first sync, unless the query has ended it.
func (r *reader) run(ctx context.Context, s *session, syncs int, status byte) error {
	before := len(declare)
	if r.q.Direct {
		before = 0
	}
	a, err := s.exchange(ctx, syncs, before, r.row)
	r.res.Columns, r.res.Tag, r.res.Notices = a.columns, a.tag, s.notices
	switch {
	case errors.Is(err, errEnough), errors.Is(err, ErrStop):
		return nil
	case err == nil && (a.status != status || a.outside):
		s.bad = true
		return &Error{Kind: Refused, Message: "the statement ends its transaction: it does not run here"}
	}
	return err
}

func (r *reader) row(a *answer, values [][]byte) error {
	if r.res.Rows >= r.q.Limit {
		r.res.More = true
		return nil
	}
	if r.q.MaxBytes > 0 {
		for _, v := range values {
			r.bytes += len(v)
		}
		if r.bytes > r.q.MaxBytes && r.res.Rows > 0 {
			r.res.More, r.res.Cut = true, true
			return errEnough
		}
	}
	if err := r.each(a.columns, values); err != nil {
		return err
	}
	r.res.Rows++
	return nil
}

// Description is what the server says of a statement that it has not run.
type Description struct {
	Params  []uint32 // types of $1 and so on
	Columns []Column
}

// Describe asks the server for the types of a statement's parameters and
// columns. Nothing is run.
func (db *DB) Describe(ctx context.Context, sql string) (d Description, err error) {
	err = db.run(ctx, "describe", func(ctx context.Context, s *session) error {
		s.raw(db.begin)
		s.add((&pgproto3.Parse{Query: sql}).Encode(s.link.out))
		s.add((&pgproto3.Describe{ObjectType: 'S'}).Encode(s.link.out))
		s.raw(db.end)
		a, err := s.exchange(ctx, 1, 0, nil)
		if err != nil {
			s.undo()
		}
		d = Description{Params: a.params, Columns: a.columns}
		return err
	})
	return d, err
}
