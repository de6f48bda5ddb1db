package postgres

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// fake is a server that records what it is told and answers as it is made to.
type fake struct {
	t  *testing.T
	ln net.Listener
	// strings is the value of standard_conforming_strings that it reports.
	strings string
	// answer writes what the statement brings instead of an empty result, and
	// reports whether it did.
	answer func(b *pgproto3.Backend, sql string) bool

	mu       sync.Mutex
	startups []map[string]string
	simple   []string
	parsed   []string
	conns    []net.Conn
	serving  sync.WaitGroup
}

func newFake(t *testing.T) *fake {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, ln: ln, strings: "on"}
	f.serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns = append(f.conns, conn)
			f.mu.Unlock()
			f.serving.Go(func() { defer conn.Close(); f.serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		f.mu.Lock()
		for _, c := range f.conns {
			c.Close()
		}
		f.mu.Unlock()
		f.serving.Wait()
	})
	return f
}

func (f *fake) open(cfg Config) *DB {
	f.t.Helper()
	cfg.Name, cfg.URL = "fake", "postgres://someone:hunter2@"+f.ln.Addr().String()+"/db?sslmode=disable"
	db, err := Open(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(db.Close)
	return db
}

func (f *fake) serve(conn net.Conn) {
	b := pgproto3.NewBackend(conn, conn)
	first, err := b.ReceiveStartupMessage()
	start, ok := first.(*pgproto3.StartupMessage)
	if err != nil || !ok {
		return // a request to cancel
	}
	f.mu.Lock()
	f.startups = append(f.startups, start.Parameters)
	f.mu.Unlock()
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: f.strings})
	b.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	status, sql, failed := byte('I'), "", false
	for b.Flush() == nil {
		msg, err := b.Receive()
		if err != nil {
			return
		}
		if _, sync := msg.(*pgproto3.Sync); failed && !sync {
			continue
		}
		switch msg := msg.(type) {
		case *pgproto3.Query:
			f.mu.Lock()
			f.simple = append(f.simple, msg.String)
			f.mu.Unlock()
			b.Send(&pgproto3.EmptyQueryResponse{})
			b.Send(&pgproto3.ReadyForQuery{TxStatus: status})
		case *pgproto3.Parse:
			sql = msg.Query
			f.mu.Lock()
			f.parsed = append(f.parsed, sql)
			f.mu.Unlock()
			b.Send(&pgproto3.ParseComplete{})
		case *pgproto3.Bind:
			b.Send(&pgproto3.BindComplete{})
		case *pgproto3.Describe:
			b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("a"), DataTypeOID: 25}}})
		case *pgproto3.Execute:
			switch {
			case f.answer != nil && f.answer(b, sql):
				failed = true
			case strings.HasPrefix(sql, "BEGIN"):
				status = 'T'
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")})
			case sql == back:
				status = 'T'
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")})
			case sql == "ROLLBACK", sql == "COMMIT":
				status = 'I'
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte(sql)})
			default:
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 0")})
			}
		case *pgproto3.Sync:
			if failed && status == 'T' {
				status = 'E'
			}
			failed = false
			b.Send(&pgproto3.ReadyForQuery{TxStatus: status})
		case *pgproto3.Terminate:
			return
		}
	}
}

// told returns what the server was told, and forgets it.
func (f *fake) told() (parsed, simple []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	parsed, simple = f.parsed, f.simple
	f.parsed, f.simple = nil, nil
	return parsed, simple
}

const hostile = "select 'callers'; drop table t"

// TestProtocol proves of what is sent that nothing of a caller's is in a simple
// query, which could be several statements, and that each statement is undone.
func TestProtocol(t *testing.T) {
	yes := func(Result) (bool, error) { return true, nil }
	no := func(Result) (bool, error) { return false, nil }
	failing := func(b *pgproto3.Backend, sql string) bool {
		if !strings.Contains(sql, "callers") {
			return false
		}
		b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "42601", Message: "no"})
		return true
	}
	for _, off := range []bool{false, true} {
		for _, answer := range []func(*pgproto3.Backend, string) bool{nil, failing} {
			f := newFake(t)
			f.answer = answer
			db := f.open(Config{Writes: true, AllowSuperuser: true, PoolMax: 1, StartupOff: off})
			q := Query{SQL: hostile, Args: [][]byte{[]byte(hostile)}, Limit: 5}
			direct := q
			direct.Direct = true
			for name, run := range map[string]func() error{
				"read":     func() error { _, err := db.Read(t.Context(), q, nil); return err },
				"direct":   func() error { _, err := db.Read(t.Context(), direct, nil); return err },
				"describe": func() error { _, err := db.Describe(t.Context(), hostile); return err },
				"write":    func() error { _, err := db.Write(t.Context(), q, nil, no); return err },
				"commit":   func() error { _, err := db.Write(t.Context(), q, nil, yes); return err },
				"select": func() error {
					_, err := Column1[string](t.Context(), db, "select $1 /* callers */", hostile)
					return err
				},
				"transaction": func() error {
					return db.Transaction(t.Context(), func(tx *Tx) error {
						err := tx.Set(t.Context(), "work_mem", hostile)
						_, read := tx.Read(t.Context(), q, nil)
						return errors.Join(err, read)
					})
				},
			} {
				err := run()
				if (answer == nil || name == "describe") != (err == nil) {
					t.Errorf("%s: %v", name, err)
				}
				parsed, simple := f.told()
				for _, s := range simple {
					if s != "-- ping" {
						t.Errorf("%s sends the simple query %q", name, s)
					}
				}
				caller := slices.IndexFunc(parsed, func(s string) bool { return strings.Contains(s, "callers") })
				end := slices.Index(parsed, "ROLLBACK")
				if name == "commit" && answer == nil {
					end = slices.Index(parsed, "COMMIT")
				}
				if caller < 1 || end < caller || !strings.HasPrefix(parsed[0], "BEGIN") {
					t.Errorf("%s tells the server %q", name, parsed)
				}
				if off != slices.ContainsFunc(parsed, func(s string) bool { return strings.Contains(s, "set_config('statement_timeout'") }) {
					t.Errorf("%s, without settings at the start %t, tells the server %q", name, off, parsed)
				}
				if writes := name == "write" || name == "commit"; !writes && !strings.Contains(parsed[0], "READ ONLY") {
					t.Errorf("%s begins with %q", name, parsed[0])
				}
			}
			if s := db.Stats(); s.ClosedBroken != 0 {
				t.Errorf("%d connections were closed", s.ClosedBroken)
			}
			for _, p := range f.startups {
				if _, set := p["default_transaction_read_only"]; set == off {
					t.Errorf("a session starts with %v", p)
				}
			}
		}
	}
}

func TestReadIsOneRoundTrip(t *testing.T) {
	f := newFake(t)
	db := f.open(Config{AllowSuperuser: true, PoolMax: 1})
	_ = db.Ping(t.Context())
	f.told()
	if _, err := db.Read(t.Context(), Query{SQL: "select f()", Skip: 3, Limit: 5, Timeout: time.Second}, nil); err != nil {
		t.Fatal(err)
	}
	parsed, _ := f.told()
	want := []string{"BEGIN READ ONLY", "SET LOCAL statement_timeout = 1000", declare + "select f()", "MOVE FORWARD 3 IN _mcp", "ROLLBACK", "DISCARD ALL"}
	if !slices.Equal(parsed, want) {
		t.Errorf("the server is told %q", parsed)
	}
}

func TestNonconformingServer(t *testing.T) {
	f := newFake(t)
	f.strings = "off"
	db := f.open(Config{AllowSuperuser: true})
	_, err := db.Read(t.Context(), Query{SQL: "select 1"}, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Refused || !errors.Is(err, errNonconforming) {
		t.Errorf("it reads with %v", err)
	}
}

// TestSettingChanges has a server whose strings change their meaning in use.
func TestSettingChanges(t *testing.T) {
	f := newFake(t)
	f.answer = func(b *pgproto3.Backend, sql string) bool {
		if strings.HasSuffix(sql, "change") {
			b.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "off"})
		}
		return false
	}
	db := f.open(Config{AllowSuperuser: true, PoolMax: 1})
	if _, err := db.Read(t.Context(), Query{SQL: "change"}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := db.Read(t.Context(), Query{SQL: "select 1"}, nil)
	if !errors.Is(err, errNonconforming) {
		t.Errorf("it reads with %v", err)
	}
	if _, err := db.Read(t.Context(), Query{SQL: "select 1"}, nil); err != nil {
		t.Errorf("a new connection reads with %v", err)
	}
}

// TestUnknownCommit has a server that is gone when it should commit.
func TestUnknownCommit(t *testing.T) {
	f := newFake(t)
	f.answer = func(b *pgproto3.Backend, sql string) bool {
		if sql == "COMMIT" {
			f.mu.Lock()
			defer f.mu.Unlock()
			for _, c := range f.conns {
				c.Close()
			}
		}
		return false
	}
	db := f.open(Config{AllowSuperuser: true, Writes: true, PoolMax: 1})
	_, err := db.Write(t.Context(), Query{SQL: "update t"}, nil, func(Result) (bool, error) { return true, nil })
	var e *Error
	if !errors.As(err, &e) || e.Kind != Unknown || e.Retryable {
		t.Errorf("the change ends with %v", err)
	}
}

// TestSecrets looks for the password and the host in what callers and logs read.
func TestSecrets(t *testing.T) {
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := refusing.Addr().String()
	refusing.Close()
	for _, url := range []string{"postgres://u:hunter2@[::1", "postgres://u:hun%ter2@h/d", "host=h password='hunter2", "postgres://u:hunter2@h/d?pool_max_conns=x", "postgres://u:hunter2@h/d?sslmode=hunter2"} {
		_, err := Open(Config{Name: "d", URL: url})
		for ; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(err.Error(), "unter2") {
				t.Errorf("%s: %v", url, err)
			}
		}
	}
	db, err := Open(Config{Name: "d", URL: "postgres://someone:hunter2@" + address + "/d?sslmode=disable"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Read(t.Context(), Query{SQL: "select 1"}, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Unavailable || !e.Retryable || strings.Contains(e.Message+e.Hint+e.Detail, "127.0.0.1") || strings.Contains(e.Err.Error(), "hunter2") {
		t.Errorf("without a server: %v", err)
	}
}

func TestReported(t *testing.T) {
	f := newFake(t)
	long := strings.Repeat("é", 10_000)
	state := ""
	f.answer = func(b *pgproto3.Backend, sql string) bool {
		if state == "" || !strings.Contains(sql, "callers") {
			return false
		}
		b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: state, Message: long, Detail: long, Hint: long, Position: int32(len(declare)) + 7})
		return true
	}
	db := f.open(Config{AllowSuperuser: true, PoolMax: 1})
	for code, want := range map[string]Kind{
		"08006": Unavailable, "22012": Invalid, "23505": Conflict, "25006": Refused, "26000": Invalid, "28000": Denied, "3D000": Missing, "3F000": Missing,
		"40001": Conflict, "40P01": Locked, "42501": Denied, "42601": Invalid, "42883": Missing, "42P01": Missing, "42703": Missing, "53100": Resources,
		"53200": Resources, "53300": Busy, "53400": Resources, "54001": Invalid, "55P03": Locked, "57014": Timeout, "57P01": Unavailable, "57P03": Unavailable,
		"58030": Resources, "XX000": Resources, "ZZZZZ": Invalid, "9": Invalid,
	} {
		state = code
		_, err := db.Read(context.WithoutCancel(t.Context()), Query{SQL: "select callers", Limit: 1}, nil)
		var e *Error
		if !errors.As(err, &e) || e.Kind != want || e.SQLState != code || e.Position != 7 || len(e.Message) > maxMessage+3 || len(e.Detail) > maxDetail+3 || len(e.Hint) > maxDetail+3 {
			t.Errorf("%s: %+v", code, e)
		}
	}
}
