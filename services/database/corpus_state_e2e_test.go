//go:build e2e && linux

package database_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// A world is a server of its own with everything an attack could want, and
// somebody who watches it.
type world struct {
	url     string // as superuser
	major   int
	names   map[string]string // what {{name}} stands for in a corpus
	scratch string            // a directory of the server's user
	data    string

	watcher *pgx.Conn // looks
	victim  *pgx.Conn // is connected, and listens
	heard   []string
}

// watched are settings of a server on which nothing moves by itself: a change of
// the log of changes or of a transaction's number has somebody who made it.
func watched() map[string]string {
	return map[string]string{
		"wal_level": "logical", "max_replication_slots": "4", "autovacuum": "off", "full_page_writes": "off", "checkpoint_timeout": "1d",
		"max_prepared_transactions": "4", "shared_preload_libraries": "pg_stat_statements", "max_connections": "30", "log_min_messages": "fatal",
	}
}

func newWorld(t *testing.T, binaries localpg.Binaries) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "corpus-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	o := localpg.Options{Binaries: binaries, Dir: filepath.Join(dir, "pg"), Settings: watched()}
	server := pgtest.Start(t, o)
	w := &world{scratch: filepath.Join(dir, "scratch"), data: filepath.Join(o.Dir, "data")}
	w.makeScratch(t)

	pgtest.Exec(t, server.URL("postgres", "postgres"), "create database corpus")
	w.url = server.URL("postgres", "corpus")
	u, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	host := u.Query().Get("host")
	w.names = map[string]string{
		"scratch": w.scratch, "db": "corpus",
		"conn": fmt.Sprintf("host=%s port=5432 dbname=corpus user=postgres", host),
		"fdw":  fmt.Sprintf("host '%s', port '5432', dbname 'corpus'", host),
	}
	setup, err := os.ReadFile("testdata/corpus/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	script := string(setup)
	for name, value := range w.names {
		script = strings.ReplaceAll(script, "{{"+name+"}}", value)
	}
	pgtest.Exec(t, w.url, shop.Schema, script, "select lo_from_bytea(4711, 'x')",
		"select pg_create_logical_replication_slot('kept', 'pgoutput')", "vacuum (freeze, analyze)")

	w.watcher = w.connect(t, nil)
	w.victim = w.connect(t, func(_ *pgconn.PgConn, n *pgconn.Notification) { w.heard = append(w.heard, n.Channel+" "+n.Payload) })
	if _, err := w.victim.Exec(t.Context(), "listen corpus"); err != nil {
		t.Fatal(err)
	}
	w.names["pid"] = strconv.Itoa(int(w.victim.PgConn().PID()))
	var version int
	if err := w.watcher.QueryRow(t.Context(), "select current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	w.major = version / 10000
	return w
}

// makeScratch makes a directory for the server's user, with a file to read.
func (w *world) makeScratch(t *testing.T) {
	t.Helper()
	info, err := os.Stat(w.data)
	if err != nil {
		t.Fatal(err)
	}
	readable := filepath.Join(w.scratch, "readable")
	if err := os.Mkdir(w.scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(readable, []byte("secret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	for _, path := range []string{w.scratch, readable} {
		if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) connect(t *testing.T, listen func(*pgconn.PgConn, *pgconn.Notification)) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(w.url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.OnNotification = listen
	for name, value := range map[string]string{"TimeZone": "UTC", "DateStyle": "ISO", "IntervalStyle": "iso_8601", "statement_timeout": "60000"} {
		cfg.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// A state is what a statement could have changed, by what it is called.
type state map[string]string

// diff names what is different.
func (s state) diff(other state) []string {
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name] != other[name] {
			changed = append(changed, fmt.Sprintf("%s: %.300s, was %.300s", name, other[name], s[name]))
		}
	}
	return changed
}

// glance are looks that cost little: after every statement.
var glance = []struct{ name, sql string }{
	// Nothing in a database changes without a transaction that has a number.
	{"transactions with a number", "pg_snapshot_xmax(pg_current_snapshot())::text"},
	{"sequences", "(select string_agg(concat_ws(' ', schemaname, sequencename, last_value), ',' order by 1) from (select * from pg_sequences order by 1, 2) s)"},
	{"advisory locks", "(select count(*)::text from pg_locks where locktype = 'advisory')"},
	// A session that begins holds its database for a moment.
	{"strong locks", "(select string_agg(concat_ws(' ', relation::regclass, mode), ',') from pg_locks where mode in ('ShareLock', 'RowExclusiveLock', 'RowShareLock', 'ExclusiveLock', 'AccessExclusiveLock', 'ShareRowExclusiveLock') and locktype not in ('virtualxid', 'advisory') and (classid, mode) is distinct from ('pg_database'::regclass::oid, 'RowExclusiveLock'))"},
	{"prepared transactions", "(select count(*)::text from pg_prepared_xacts)"},
	{"slots", "(select string_agg(concat_ws(' ', slot_name, active, confirmed_flush_lsn), ',' order by slot_name) from pg_replication_slots)"},
	{"origins", "(select count(*)::text from pg_replication_origin_status)"},
	{"checkpoints", "(select redo_lsn::text from pg_control_checkpoint())"},
	{"segments of the log of changes", "(pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint / 16777216 || ''"},
	{"configuration", "pg_conf_load_time()::text"},
	{"settings", "(select md5(string_agg(name || setting || source, ',' order by name)) from pg_settings where source not in ('session', 'client'))"},
	{"statistics of the database", "(select string_agg(datname || stats_reset, ',' order by datname) from pg_stat_database where stats_reset is not null)"},
	{"statistics of others", "(select string_agg(name || stats_reset, ',' order by name) from pg_stat_slru) || (select stats_reset from pg_stat_bgwriter) || (select stats_reset from pg_stat_wal) || (select stats_reset from pg_stat_archiver)"},
	{"statistics of statements", "(select stats_reset::text from pg_stat_statements_info)"},
	{"sessions that wait in a transaction", "(select count(*)::text from pg_stat_activity where state like 'idle in transaction%')"},
	{"workers", "(select string_agg(backend_type, ',' order by backend_type) from pg_stat_activity where backend_type not in ('client backend', 'parallel worker'))"},
}

// glance returns what a statement could have changed outside of a transaction,
// and whether there was one.
func (w *world) glance(t *testing.T) state {
	t.Helper()
	var parts []string
	s := state{}
	for _, g := range glance {
		parts = append(parts, "coalesce("+g.sql+", '')")
	}
	var got []string
	if err := w.watcher.QueryRow(t.Context(), "select array["+strings.Join(parts, ", ")+"]").Scan(&got); err != nil {
		t.Fatalf("the server does not answer: %v", err)
	}
	for i, v := range got {
		s[glance[i].name] = v
	}
	if _, err := w.victim.Exec(t.Context(), "select 1"); err != nil {
		t.Fatalf("somebody else's session has ended: %v", err)
	}
	s["notifications"] = strings.Join(w.heard, ",")
	s["files"] = w.files(t)
	return s
}

// lsn is how far the log of changes is.
func (w *world) lsn(t *testing.T) int64 {
	t.Helper()
	var n int64
	if err := w.watcher.QueryRow(t.Context(), "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// files lists what is in the scratch directory, and in the server's but for what
// the glance has from the server itself.
func (w *world) files(t *testing.T) string {
	t.Helper()
	moving := []string{"base", "pg_wal", "pg_stat_tmp", "pg_subtrans", "pg_xact", "pg_multixact", "pg_logical", "global"}
	var all []string
	for _, root := range []string{w.scratch, w.data} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(root, path)
			if d.IsDir() && root == w.data && slices.Contains(moving, name) {
				return fs.SkipDir
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			size := info.Size()
			if d.IsDir() {
				size = 0
			}
			all = append(all, fmt.Sprintf("%s %d", name, size))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(all, "\n")
}

// look returns the glance, and the content of every table and catalog.
func (w *world) look(t *testing.T) state {
	t.Helper()
	s := w.glance(t)
	rows, _ := w.watcher.Query(t.Context(), "select oid::regclass::text from pg_class where relkind in ('r', 'm') and relpersistence <> 't' and relnamespace <> 'pg_toast'::regnamespace order by 1")
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var content string
		// The table is named by the catalog, quoted by it.
		sql := "select count(*) || ' rows, ' || coalesce(md5(string_agg(r::text, ',' order by r::text)), '') from " + table + " r"
		if err := w.watcher.QueryRow(t.Context(), sql).Scan(&content); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		s["table "+table] = content
	}
	return s
}
