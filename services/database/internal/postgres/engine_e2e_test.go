//go:build e2e && linux

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// read returns the rows of a query joined by "|" and ",".
func read(t testing.TB, db *postgres.DB, q postgres.Query) (string, postgres.Result, error) {
	t.Helper()
	var lines []string
	res, err := db.Read(t.Context(), q, func(_ []postgres.Column, row [][]byte) error {
		lines = append(lines, joined(row))
		return nil
	})
	return strings.Join(lines, "|"), res, err
}

func joined(row [][]byte) string {
	var b strings.Builder
	for i, v := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		if v == nil {
			b.WriteString("NULL")
		}
		b.Write(v)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	url, _ := newShop(t)
	db := open(t, postgres.Config{URL: url})
	for _, c := range []struct {
		name string
		q    postgres.Query
		rows string
		more bool
		cut  bool
	}{
		{"one", postgres.Query{SQL: "select 1, null, 'x'", Limit: 10}, "1,NULL,x", false, false},
		{"none", postgres.Query{SQL: "select 1 where false", Limit: 10}, "", false, false},
		{"limit", postgres.Query{SQL: "select generate_series(1,10)", Limit: 3}, "1|2|3", true, false},
		{"exact", postgres.Query{SQL: "values (1),(2)", Limit: 2}, "1|2", false, false},
		{"zero", postgres.Query{SQL: "values (1),(2)"}, "", true, false},
		{"skip", postgres.Query{SQL: "select generate_series(1,10)", Skip: 7, Limit: 2}, "8|9", true, false},
		{"beyond", postgres.Query{SQL: "select generate_series(1,10)", Skip: 17, Limit: 2}, "", false, false},
		{"bytes", postgres.Query{SQL: "select repeat('x', 10) from generate_series(1, 5)", Limit: 9, MaxBytes: 25}, "xxxxxxxxxx|xxxxxxxxxx", true, true},
		{"first", postgres.Query{SQL: "select repeat('x', 10) from generate_series(1, 5)", Limit: 9, MaxBytes: 5}, "xxxxxxxxxx", true, true},
		{"args", postgres.Query{SQL: "select $1::int + 1, $2::text, $3::text", Args: [][]byte{[]byte("41"), []byte("'); drop"), nil}, Limit: 9}, "42,'); drop,NULL", false, false},
		{"comment", postgres.Query{SQL: "select 1 -- ; rollback", Limit: 9}, "1", false, false},
		{"show", postgres.Query{SQL: "show transaction_read_only", Direct: true}, "on", false, false},
		{"explain", postgres.Query{SQL: "explain (costs off) select 1 union all select 2", Direct: true, Limit: 1}, "Append", true, false},
		{"no columns", postgres.Query{SQL: "select from generate_series(1, 2)", Limit: 9}, "|", false, false},
		{"settings", postgres.Query{SQL: "select '1 day'::interval, 'a'::bytea, current_setting('TimeZone'), 0.1::float8, current_setting('application_name')", Limit: 1},
			`P1D,\x61,UTC,0.1,mcp-database`, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, res, err := read(t, db, c.q)
			if err != nil {
				t.Fatal(err)
			}
			if rows != c.rows || res.More != c.more || res.Cut != c.cut {
				t.Errorf("%q gives %q, more %t, cut %t", c.q.SQL, rows, res.More, res.Cut)
			}
		})
	}
	if s := db.Stats(); s.ClosedBroken != 0 {
		t.Errorf("%d connections were closed", s.ClosedBroken)
	}
}

func TestReadStops(t *testing.T) {
	url, _ := newShop(t)
	db := open(t, postgres.Config{URL: url, PoolMax: 1})
	ours := errors.New("ours")
	for _, c := range []struct {
		sql  string
		stop error
		want error
	}{
		{"select generate_series(1, 100)", postgres.ErrStop, nil},
		{"select generate_series(1, 100)", ours, ours},
		{"select repeat('x', 1000000) from generate_series(1, 5000)", postgres.ErrStop, nil},
		{"select repeat('x', 20000), pg_sleep(case when i < 3 then 0 else 20 end) from generate_series(1, 3) i", postgres.ErrStop, nil},
	} {
		began := time.Now()
		res, err := db.Read(t.Context(), postgres.Query{SQL: c.sql, Limit: 10000}, func([]postgres.Column, [][]byte) error { return c.stop })
		if err != c.want || res.Rows != 0 || time.Since(began) > 5*time.Second {
			t.Errorf("%s ends with %v after %v", c.sql, err, time.Since(began))
		}
		if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
			t.Errorf("after %s: %q, %v", c.sql, rows, err)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = db.Read(t.Context(), postgres.Query{SQL: "select 1", Limit: 1}, func([]postgres.Column, [][]byte) error { panic("here") })
	}()
	if rows, _, err := read(t, db, postgres.Query{SQL: "select 2", Limit: 1}); err != nil || rows != "2" {
		t.Errorf("after a panic: %q, %v", rows, err)
	}
}

func TestErrors(t *testing.T) {
	url, owner := newShop(t, "create table locked(a int primary key); insert into locked values (1); grant select on locked to mcp_reader")
	db := open(t, postgres.Config{URL: url, StatementTimeout: 2 * time.Second, LockTimeout: 200 * time.Millisecond, MaxMessage: 8 << 20})
	holder, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.WithoutCancel(t.Context()))
	if _, err := holder.Exec(t.Context(), "begin; lock locked"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q        postgres.Query
		kind     postgres.Kind
		state    string
		position int
		says     string
	}{
		{postgres.Query{SQL: "selec 1"}, postgres.Invalid, "42601", 1, "SELECT, VALUES"},
		{postgres.Query{SQL: "select 1 +"}, postgres.Invalid, "42601", 0, "syntax error"},
		{postgres.Query{SQL: "select nope from orders"}, postgres.Missing, "42703", 8, "nope"},
		{postgres.Query{SQL: "select é, nope from (select 1 as é) s"}, postgres.Missing, "42703", 11, "nope"},
		{postgres.Query{SQL: "select * from nope"}, postgres.Missing, "42P01", 15, "nope"},
		{postgres.Query{SQL: "select nope()"}, postgres.Missing, "42883", 8, "nope"},
		{postgres.Query{SQL: "select 1/0"}, postgres.Invalid, "22012", 0, "division"},
		{postgres.Query{SQL: "select 'x'::int"}, postgres.Invalid, "22P02", 8, "integer"},
		{postgres.Query{SQL: "select 1; select 2"}, postgres.Invalid, "42601", 0, "multiple"},
		{postgres.Query{SQL: "delete from orders"}, postgres.Invalid, "42601", 1, "SELECT, VALUES"},
		{postgres.Query{SQL: "with d as (delete from orders returning id) select * from d"}, postgres.Refused, "0A000", 0, "data-modifying"},
		{postgres.Query{SQL: "select 1 into t"}, postgres.Invalid, "42601", 15, "INTO"},
		{postgres.Query{SQL: "select * from orders for update"}, postgres.Refused, "25006", 0, "read-only"},
		{postgres.Query{SQL: "create temp table t(a int)", Direct: true}, postgres.Refused, "25006", 0, "read-only"},
		{postgres.Query{SQL: "commit", Direct: true}, postgres.Refused, "", 0, "ends its transaction"},
		{postgres.Query{SQL: "rollback", Direct: true}, postgres.Refused, "", 0, "ends its transaction"},
		{postgres.Query{SQL: "copy orders to stdout", Direct: true}, postgres.Refused, "", 0, "COPY"},
		{postgres.Query{SQL: "select * from pg_authid"}, postgres.Denied, "42501", 0, "permission denied"},
		{postgres.Query{SQL: "select pg_sleep(10)"}, postgres.Timeout, "57014", 0, "statement timeout"},
		{postgres.Query{SQL: "select pg_sleep(10)", Timeout: 100 * time.Millisecond}, postgres.Timeout, "57014", 0, "statement timeout"},
		{postgres.Query{SQL: "select * from locked"}, postgres.Locked, "55P03", 0, "lock"},
		{postgres.Query{SQL: "select repeat('x', 200000000)", Timeout: 20 * time.Second}, postgres.TooLarge, "", 0, "larger than the limit"},
		{postgres.Query{SQL: "select " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000)}, postgres.Invalid, "", 0, ""},
		{postgres.Query{SQL: "select $1::int", Args: [][]byte{[]byte("x")}}, postgres.Invalid, "22P02", 0, "integer"},
		{postgres.Query{SQL: "select ('" + strings.Repeat("x", 20000) + "')::int"}, postgres.Invalid, "22P02", 9, "integer"},
	} {
		c.q.Limit = 10
		rows, _, err := read(t, db, c.q)
		var e *postgres.Error
		if !errors.As(err, &e) {
			t.Errorf("%.60s: %q, %v", c.q.SQL, rows, err)
			continue
		}
		if e.Kind != c.kind || c.state != "" && e.SQLState != c.state || c.position != 0 && e.Position != c.position || !strings.Contains(e.Message+e.Hint, c.says) || len(e.Message) > 2100 {
			t.Errorf("%.60s: %s %s at %d: %.300s (%s)", c.q.SQL, e.Kind, e.SQLState, e.Position, e.Message, e.Hint)
		}
		if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
			t.Fatalf("after %.60s: %q, %v", c.q.SQL, rows, err)
		}
	}
}

// TestCancel looks on the server for a statement whose caller has gone.
func TestCancel(t *testing.T) {
	url, owner := newShop(t)
	db := open(t, postgres.Config{URL: url})
	watcher, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close(context.WithoutCancel(t.Context()))
	running := func() (n int) {
		if err := watcher.QueryRow(t.Context(), "select count(*) from pg_stat_activity where state = 'active' and query like '%gone%' and pid <> pg_backend_pid()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, try := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := db.Read(ctx, postgres.Query{SQL: "select pg_sleep(60) as gone", Limit: 1}, nil)
			return err
		},
		func(ctx context.Context) error {
			_, err := postgres.Column1[string](ctx, db, "select pg_sleep(60)::text as gone")
			return err
		},
		func(ctx context.Context) error {
			return db.Transaction(ctx, func(tx *postgres.Tx) error {
				_, err := tx.Read(ctx, postgres.Query{SQL: "select pg_sleep(60) as gone", Limit: 1}, nil)
				return err
			})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- try(ctx) }()
		until(t, "it runs", func() bool { return running() == 1 })
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller reads %v", err)
		}
		until(t, "it ends", func() bool { return running() == 0 })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := db.Read(ctx, postgres.Query{SQL: "select pg_sleep(60) as gone", Limit: 1}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("past its deadline the caller reads %v", err)
	}
	until(t, "it ends", func() bool { return running() == 0 })
}

// TestCancelEarly has callers go away while the server is still preparing, when
// it forgets that it was asked to stop.
func TestCancelEarly(t *testing.T) {
	url, _ := newShop(t)
	soonest := time.Hour
	for _, delay := range []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond} {
		db := open(t, postgres.Config{URL: url}) // a session that has not prepared anything
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), delay)
		begun := time.Now()
		_, err := db.Read(ctx, postgres.Query{SQL: "select count(*) from generate_series(1, 1000000000)", Limit: 1}, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller reads %v", err)
		}
		soonest = min(soonest, time.Since(begun))
		cancel()
	}
	// A request that is forgotten costs two seconds each time; a busy machine is
	// slow for once.
	if soonest >= 2*time.Second {
		t.Errorf("callers who go away early are waited for %v", soonest)
	}
}

// until waits for what another process does.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-limit.C:
			t.Fatalf("not so after 10 s: %s", what)
		case <-tick.C:
		}
	}
}

// TestClean plants what a statement may leave behind and looks for it on all
// connections.
func TestClean(t *testing.T) {
	reader, owner := newShop(t, `do $$ begin
		if exists (select from pg_available_extensions where name = 'hypopg') then create extension hypopg; end if;
	end $$`, `create function planted() returns int language plpgsql volatile as
		$$ begin execute 'prepare planted as select 1'; perform pg_advisory_lock(42); return 1; end $$`)
	for name, cfg := range map[string]postgres.Config{
		"reader": {URL: reader, PoolMax: 3}, "owner": {URL: owner, PoolMax: 3, AllowSuperuser: true, Writes: true},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, cfg)
			yes := func(postgres.Result) (bool, error) { return true, nil }
			for _, plant := range plants {
				ways := map[string]func(){
					"direct": func() { _, _ = db.Read(t.Context(), postgres.Query{SQL: plant, Direct: true, Limit: 10}, ignore) },
					"transaction": func() {
						_ = db.Transaction(t.Context(), func(tx *postgres.Tx) error {
							_, _ = tx.Read(t.Context(), postgres.Query{SQL: plant, Direct: true, Limit: 10}, ignore)
							return nil
						})
					},
					"write": func() { _, _ = db.Write(t.Context(), postgres.Query{SQL: plant}, ignore, yes) },
					"undone": func() {
						_, _ = db.Write(t.Context(), postgres.Query{SQL: plant}, ignore, func(postgres.Result) (bool, error) { return false, nil })
					},
					"read": func() { _, _ = db.Read(t.Context(), postgres.Query{SQL: plant, Limit: 1}, ignore) },
					"failed": func() {
						_, _ = db.Read(t.Context(), postgres.Query{SQL: plant + ", 1/(random() - random())::int", Limit: 1}, ignore)
					},
				}
				for way, run := range ways {
					run()
					all(t, db, 3, func(tx *postgres.Tx) {
						if found, err := postgres.Column1[string](t.Context(), tx, leftovers); err != nil || len(found) > 0 {
							t.Errorf("%s, %s: a connection has %q, %v", plant, way, found, err)
						}
					})
				}
			}
			server, err := db.Server(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if server.Extensions["hypopg"] == "" {
				return
			}
			if err := db.Transaction(t.Context(), func(tx *postgres.Tx) error {
				tx.Retire()
				_, err := postgres.Column1[string](t.Context(), tx, "select indexname::text from hypopg_create_index('create index on orders(status)')")
				return err
			}); err != nil {
				t.Error(err)
			}
			all(t, db, 3, func(tx *postgres.Tx) {
				if found, err := postgres.Column1[string](t.Context(), tx, "select indexname::text from hypopg()"); err != nil || len(found) > 0 {
					t.Errorf("a connection has %q, %v", found, err)
				}
			})
		})
	}
}

// plants leave something in a session, most of them also past a rollback.
var plants = []string{
	"prepare planted as select 1", "set work_mem = '123kB'", "set session characteristics as transaction read write",
	"set default_transaction_read_only = off", "listen planted", "set role mcp_reader", "set standard_conforming_strings = off", "commit",
	"create temp table planted(a int)", "declare planted cursor with hold for select 1",
	"select pg_advisory_lock(42)", "select planted()", "select set_config('work_mem', '123kB', false)",
	"select set_config('standard_conforming_strings', 'off', false)",
}

// leftovers finds what plants leave.
const leftovers = `
select 'prepared ' || name from pg_prepared_statements
union all select 'lock ' || objid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
union all select 'work_mem' where current_setting('work_mem') = '123kB'
union all select 'strings' where current_setting('standard_conforming_strings') <> 'on'
union all select 'writable' where current_setting('default_transaction_read_only') <> 'on'
union all select 'listen ' || pg_listening_channels()
union all select 'role' where current_user <> session_user
union all select 'temporary ' || relname from pg_class where relname = 'planted'
union all select 'cursor ' || name from pg_cursors where name = 'planted'`

// all calls fn in a transaction on each of the n connections of a pool.
func all(t *testing.T, db *postgres.DB, n int, fn func(tx *postgres.Tx)) {
	t.Helper()
	err := db.Transaction(t.Context(), func(tx *postgres.Tx) error {
		fn(tx)
		if n > 1 {
			all(t, db, n-1, fn)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTransaction(t *testing.T) {
	url, _ := newShop(t)
	db := open(t, postgres.Config{URL: url})
	err := db.Transaction(t.Context(), func(tx *postgres.Tx) error {
		if err := tx.Set(t.Context(), "work_mem", "100kB"); err != nil {
			t.Error(err)
		}
		if err := tx.Set(t.Context(), "work_mem", "'; drop"); err == nil {
			t.Error("it takes any value")
		}
		if _, err := postgres.Column1[int](t.Context(), tx, "select 1/0"); err == nil {
			t.Error("1/0 is a number")
		}
		var got string
		each := func(_ []postgres.Column, row [][]byte) error { got = joined(row); return nil }
		for range 3 {
			if _, err := tx.Read(t.Context(), postgres.Query{SQL: "show work_mem", Direct: true}, each); err != nil || got != "100kB" {
				t.Errorf("work_mem is %s, %v", got, err)
			}
			if _, err := tx.Read(t.Context(), postgres.Query{SQL: "select set_config('work_mem', '200kB', true) from orders", Limit: 3}, each); err != nil {
				t.Error(err)
			}
			if _, err := tx.Read(t.Context(), postgres.Query{SQL: "select pg_sleep(9)", Limit: 3, Timeout: 50 * time.Millisecond}, each); err == nil {
				t.Error("it has no timeout")
			}
		}
		return tx.Timeout(t.Context(), time.Second)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWrite(t *testing.T) {
	url := pgtest.Database(t, "create table t(a int primary key check (a < 100), b int references t deferrable initially deferred); insert into t select generate_series(1, 10)")
	db := open(t, postgres.Config{URL: url, Writes: true, AllowSuperuser: true})
	write := func(sql string, commit bool) (string, int, error) {
		res, err := db.Write(t.Context(), postgres.Query{SQL: sql, Limit: 2}, func([]postgres.Column, [][]byte) error { return nil },
			func(postgres.Result) (bool, error) { return commit, nil })
		return res.Tag, res.Rows, err
	}
	count := func() string {
		rows, _, err := read(t, db, postgres.Query{SQL: "select count(*) from t", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for _, c := range []struct {
		sql    string
		commit bool
		tag    string
		rows   int
		kind   postgres.Kind
		left   string
	}{
		{"delete from t where a > 5 returning a", false, "DELETE 5", 2, "", "10"},
		{"delete from t where a > 5 returning a", true, "DELETE 5", 2, "", "5"},
		{"insert into t values (1)", true, "", 0, postgres.Conflict, "5"},
		{"insert into t values (200)", true, "", 0, postgres.Conflict, "5"},
		{"insert into t values (20, 77)", true, "INSERT 0 1", 0, postgres.Conflict, "5"},
		{"commit", true, "COMMIT", 0, postgres.Refused, "5"},
		{"insert into t values (30); insert into t values (31)", true, "", 0, postgres.Invalid, "5"},
	} {
		tag, rows, err := write(c.sql, c.commit)
		var e *postgres.Error
		kind := postgres.Kind("")
		if errors.As(err, &e) {
			kind = e.Kind
		}
		if c.tag != "" && tag != c.tag || rows != c.rows || kind != c.kind || count() != c.left {
			t.Errorf("%s: %s, %d rows, %v; %s are left", c.sql, tag, rows, err, count())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := db.Write(ctx, postgres.Query{SQL: "delete from t"}, nil, func(postgres.Result) (bool, error) { cancel(); return true, ctx.Err() })
	if !errors.Is(err, context.Canceled) || count() != "5" {
		t.Errorf("a caller who has gone deletes: %v, %s are left", err, count())
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = db.Write(t.Context(), postgres.Query{SQL: "delete from t"}, nil, func(postgres.Result) (bool, error) { panic("here") })
	}()
	if count() != "5" {
		t.Errorf("a panic deletes: %s are left", count())
	}
}

func TestSuperuser(t *testing.T) {
	reader, owner := newShop(t, `do $$ begin
		if not exists (select from pg_roles where rolname = 'file_reader') then create role file_reader login in role pg_read_server_files; end if;
	end $$`)
	for role, says := range map[string]string{"": "a superuser", "file_reader": "a member of pg_read_server_files"} {
		url := owner
		if role != "" {
			url = pgtest.As(t, owner, role)
		}
		for _, writes := range []bool{false, true} {
			db := open(t, postgres.Config{URL: url, Writes: writes})
			_, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1})
			var e *postgres.Error
			if !errors.As(err, &e) || e.Kind != postgres.Refused || !strings.Contains(e.Message, says) || !strings.Contains(e.Hint, "--allow-superuser") {
				t.Errorf("as %q: %v", role, err)
			}
			if _, err := postgres.Column1[int](t.Context(), db, "select 1"); !errors.As(err, &e) || e.Kind != postgres.Refused {
				t.Errorf("as %q: %v", role, err)
			}
			if s, err := db.Server(t.Context()); err != nil || s.Superuser != (role == "") || s.VersionNum < 130000 || len(s.Memberships) == 0 {
				t.Errorf("as %q: %+v, %v", role, s, err)
			}
		}
		db := open(t, postgres.Config{URL: url, AllowSuperuser: true})
		if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
			t.Errorf("as %q, which is allowed: %v", role, err)
		}
	}
	db := open(t, postgres.Config{URL: reader})
	if s, err := db.Server(t.Context()); err != nil || s.Superuser || len(s.Memberships) > 0 || s.Role != "mcp_reader" || s.Encoding != "UTF8" || s.Extensions["plpgsql"] == "" {
		t.Errorf("the reader's server is %+v, %v", s, err)
	}
}

func TestTargetSessionAttributes(t *testing.T) {
	url, _ := newShop(t)
	for attrs, want := range map[string]bool{"any": true, "read-write": true, "primary": true, "prefer-standby": true, "standby": false, "read-only": false} {
		db := open(t, postgres.Config{URL: url + "&target_session_attrs=" + attrs, Queue: 2 * time.Second})
		if err := db.Ping(t.Context()); (err == nil) != want {
			t.Errorf("%s: %v", attrs, err)
		}
	}
}

func TestTrace(t *testing.T) {
	url, _ := newShop(t)
	var spans []string
	db := open(t, postgres.Config{URL: url, Trace: func(ctx context.Context, name string) (context.Context, func(error)) {
		return ctx, func(err error) { spans = append(spans, fmt.Sprint(name, " ", err != nil)) }
	}})
	_, _, _ = read(t, db, postgres.Query{SQL: "select 1/0", Limit: 1})
	if got := strings.Join(spans, ", "); got != "acquire false, read true" {
		t.Errorf("the spans are %s", got)
	}
}
