package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How much of an unwanted rest of a result is read to keep a connection.
const (
	maxDrain  = 4 << 20
	drainTime = 50 * time.Millisecond
	maxNotice = 20
)

// session is one use of a connection. It composes messages of the extended
// protocol, sends them together, and reads what they bring: the protocol's
// simple query, which takes several statements, is not in its power.
type session struct {
	db      *DB
	conn    *pgxpool.Conn
	pg      *pgconn.PgConn
	types   *pgtype.Map
	link    *link
	err     error // of composing
	notices []Notice
	bad     bool // its state is not known: it is closed
	retired bool // what is left in it cannot be cleaned: it is closed
	heard   bool // the server has answered
}

// acquire waits for a connection, for Queue at most.
func (db *DB) acquire(ctx context.Context) (*session, error) {
	ctx, end := db.trace(ctx, "acquire")
	limited, cancel := context.WithTimeout(ctx, db.cfg.Queue)
	conn, err := db.pool.Acquire(limited)
	cancel()
	if err != nil {
		err = db.connecting(ctx, err)
		end(err)
		return nil, err
	}
	end(nil)
	pg := conn.Conn().PgConn()
	l, _ := pg.CustomData()[linkKey].(*link)
	return &session{db: db, conn: conn, pg: pg, types: conn.Conn().TypeMap(), link: l}, nil
}

// run calls fn with a session that callers' statements may run in. It does so a
// second time if the connection turns out to have died while nobody used it:
// nothing was run then.
func (db *DB) run(ctx context.Context, name string, fn func(ctx context.Context, s *session) error) (err error) {
	ctx, end := db.trace(ctx, name)
	defer func() { end(err) }()
	for try := 0; ; try++ {
		var s *session
		if s, err = db.acquire(ctx); err != nil {
			return err
		}
		if err = s.use(ctx, fn); !s.bad || s.heard || try > 0 || ctx.Err() != nil {
			return err
		}
		// The others that were idle with it are as old.
		db.pool.Reset()
	}
}

func (s *session) use(ctx context.Context, fn func(ctx context.Context, s *session) error) error {
	defer s.release()
	if s.link.refused != nil {
		s.heard = true
		return s.link.refused
	}
	if err := s.db.conforms(s.pg); err != nil {
		s.bad, s.heard = true, true
		return err
	}
	return fn(ctx, s)
}

// release gives the connection back as it was, or closes it.
func (s *session) release() {
	if s.bad || s.retired || s.pg.TxStatus() != 'I' {
		s.db.broken.Add(1)
		if !s.pg.IsClosed() {
			ctx, cancel := context.WithTimeout(context.Background(), grace)
			_ = s.pg.CancelRequest(ctx) // a server that computes does not notice a closed connection
			_ = s.pg.Close(ctx)
			cancel()
		}
	}
	s.conn.Release()
}

// undo rolls back and cleans, whatever has become of the caller.
func (s *session) undo() {
	if s.bad {
		return
	}
	s.statement("ROLLBACK", nil, nil, nil)
	s.sync()
	syncs := 1
	if s.db.clean != nil && !s.retired {
		s.raw(s.db.clean)
		syncs, s.link.cleaned = 2, time.Now()
	}
	s.finish(syncs)
}

// finish exchanges what is composed without the caller's context. What fails
// then has no better end than that of the connection.
func (s *session) finish(syncs int) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if _, err := s.exchange(ctx, syncs, 0, nil); err != nil {
		s.bad = true
	}
}

// statement composes one statement that is run at once.
func (s *session) statement(sql string, args [][]byte, oids []uint32, formats []int16) {
	s.parse(sql, args, oids, formats)
	s.add((&pgproto3.Execute{}).Encode(s.link.out))
}

// query composes one statement whose rows are wanted, at most n; 0: all.
func (s *session) query(sql string, args [][]byte, oids []uint32, formats []int16, n uint32) {
	s.parse(sql, args, oids, formats)
	s.portal("", n)
}

func (s *session) parse(sql string, args [][]byte, oids []uint32, formats []int16) {
	s.add((&pgproto3.Parse{Query: sql, ParameterOIDs: oids}).Encode(s.link.out))
	s.add((&pgproto3.Bind{Parameters: args, ParameterFormatCodes: formats}).Encode(s.link.out))
}

// portal composes the fetching of n rows of a portal. A cursor is one, by its
// name: fetched so its rows are sent as they are made, whereas FETCH collects
// them first.
func (s *session) portal(name string, n uint32) {
	s.add((&pgproto3.Describe{ObjectType: 'P', Name: name}).Encode(s.link.out))
	s.add((&pgproto3.Execute{Portal: name, MaxRows: n}).Encode(s.link.out))
}

func (s *session) sync() { s.add((&pgproto3.Sync{}).Encode(s.link.out)) }

func (s *session) raw(messages []byte) { s.link.out = append(s.link.out, messages...) }

func (s *session) add(out []byte, err error) {
	if err != nil && s.err == nil {
		s.err = &Error{Kind: Invalid, Message: "the statement has too many parameters, or is too long", Err: err}
	}
	if err == nil {
		s.link.out = out
	}
}

// answer is what an exchange brought.
type answer struct {
	columns []Column
	params  []uint32
	open    bool   // what comes is of the statement that was asked for its rows
	tag     string // of that
	done    int    // statements that came to their end
	status  byte   // of the transaction at the first sync
	outside bool   // there was no transaction to roll back
}

// eachRow is called with the values of a row, valid until it returns.
type eachRow func(a *answer, values [][]byte) error

// errEnough ends a result and keeps what came of it.
var errEnough = errors.New("enough")

// exchange sends what was composed and reads until the server is ready as often
// as there were syncs. before counts the characters before the caller's part of
// a statement.
func (s *session) exchange(ctx context.Context, syncs, before int, each eachRow) (a answer, err error) {
	out := s.link.out
	if s.link.out = out[:0]; cap(out) > 64<<10 {
		s.link.out = nil
	}
	switch {
	case s.err != nil:
		return a, s.err
	case s.bad:
		return a, s.db.lost(pgconn.ErrConnClosed)
	case ctx.Err() != nil:
		return a, ctx.Err()
	}
	s.bad = true // until the end is reached, also by a panic of each
	if err := s.send(ctx, out, &a, syncs, each); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) {
			return a, reported(pg, before)
		}
		return a, err
	}
	return a, nil
}

func (s *session) send(ctx context.Context, out []byte, a *answer, syncs int, each eachRow) (err error) {
	w := watch{pg: s.pg}
	w.start(ctx)
	defer func() {
		if w.stop() {
			// The request to cancel may still be on its way and would hit what
			// this connection runs next.
			s.bad, err = true, ctx.Err()
		}
	}()
	if _, err := s.pg.Conn().Write(out); err != nil {
		return s.db.lost(err)
	}
	return s.read(a, syncs, each)
}

// read reads messages until the server is ready as often as there were syncs.
func (s *session) read(a *answer, syncs int, each eachRow) error {
	var failed, stopped error
	drained, total := 0, syncs
	for syncs > 0 {
		msg, err := s.pg.ReceiveMessage(context.Background())
		if err != nil {
			if stopped != nil && pgconn.Timeout(err) {
				return stopped
			}
			if failed == nil {
				failed = s.db.received(err)
			}
			return failed
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			s.heard = true
			if stopped != nil {
				for _, v := range msg.Values {
					drained += len(v)
				}
				if drained > maxDrain {
					return stopped
				}
				continue
			}
			if each == nil || !a.open {
				continue // of a statement that was not asked for its rows
			}
			if err := each(a, msg.Values); err != nil {
				stopped = err
				_ = s.pg.Conn().SetReadDeadline(time.Now().Add(drainTime))
			}
		case *pgproto3.RowDescription:
			a.columns, a.open = columns(msg.Fields), true
		case *pgproto3.NoData:
			a.open = true
		case *pgproto3.ParameterDescription:
			a.params = append([]uint32(nil), msg.ParameterOIDs...)
		case *pgproto3.CommandComplete:
			s.heard = true
			if a.done++; a.open {
				a.tag, a.open = string(msg.CommandTag), false
			}
		case *pgproto3.PortalSuspended:
			a.open = false
		case *pgproto3.ErrorResponse:
			if msg.Severity != "FATAL" {
				s.heard = true
			}
			if failed == nil {
				failed = pgconn.ErrorResponseToPgError(msg)
			}
		case *pgproto3.NoticeResponse:
			if msg.Code == "25P01" {
				a.outside = true
			} else if len(s.notices) < maxNotice {
				s.notices = append(s.notices, Notice{Severity: cut(msg.Severity, 20), Message: cut(msg.Message, maxDetail)})
			}
		case *pgproto3.CopyInResponse, *pgproto3.CopyOutResponse, *pgproto3.CopyBothResponse:
			return &Error{Kind: Refused, Message: "COPY does not run here"}
		case *pgproto3.ReadyForQuery:
			if syncs == total {
				a.status = msg.TxStatus
			}
			syncs--
		}
	}
	if stopped != nil {
		_ = s.pg.Conn().SetReadDeadline(time.Time{})
		if failed == nil {
			failed = stopped
		}
	}
	s.bad = false
	return failed
}

// columns copies a description: its names lie in a buffer that is used again.
func columns(fields []pgproto3.FieldDescription) []Column {
	n := 0
	for i := range fields {
		n += len(fields[i].Name)
	}
	var b strings.Builder
	b.Grow(n)
	for i := range fields {
		b.Write(fields[i].Name)
	}
	names := b.String()
	list := make([]Column, len(fields))
	for i, f := range fields {
		list[i] = Column{names[:len(f.Name)], f.DataTypeOID, f.TypeModifier, f.TableOID, f.TableAttributeNumber}
		names = names[len(f.Name):]
	}
	return list
}

// watch asks the server to cancel when a context ends, so that nothing goes on
// running for a caller who is gone.
type watch struct {
	pg       *pgconn.PgConn
	stopped  func() bool
	answered chan struct{} // closed by stop
	running  sync.WaitGroup
}

// insist is how long a server has to end a statement before it is asked again.
const insist = 50 * time.Millisecond

func (w *watch) start(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	w.running.Add(1)
	w.answered = make(chan struct{})
	w.stopped = context.AfterFunc(ctx, func() {
		defer w.running.Done()
		_ = w.pg.Conn().SetDeadline(time.Now().Add(grace))
		c, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		tick := time.NewTicker(insist)
		defer tick.Stop()
		for {
			// A server forgets a request that comes before the last statement of
			// what was sent at once: DECLARE takes a while when it loads the JIT.
			_ = w.pg.CancelRequest(c)
			select {
			case <-tick.C:
			case <-w.answered:
				return
			case <-c.Done():
				return
			}
		}
	})
}

// stop ends the watch and reports whether the context had ended.
func (w *watch) stop() bool {
	if w.stopped == nil || w.stopped() {
		return false
	}
	close(w.answered)
	w.running.Wait()
	return true
}
