//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// shops is the PostgreSQL server that tests share: it has a shop, and a copy of
// it for each test that asks.
var shops shopServer

type shopServer struct {
	mu     sync.Mutex
	server *localpg.Server
	copies int
}

func (s *shopServer) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		s.server.Kill()
	}
}

// shop is a database with the shop of the demo, and the roles mcp_reader and
// mcp_writer.
type shop struct {
	server *localpg.Server
	name   string
}

// url is the connection string of a role; postgres is the superuser.
func (s shop) url(role string) string { return s.server.URL(role, s.name) }

// newShop returns a database of the server that tests share. Nobody looks at it
// when the test has ended.
func newShop(t *testing.T) shop {
	t.Helper()
	shops.mu.Lock()
	defer shops.mu.Unlock()
	if shops.server == nil {
		// Not of the test that comes first, which ends before the others.
		server, err := startPostgres(localpg.Options{Dir: clusterDir(), Temporary: true})
		if err != nil {
			t.Fatal(err)
		}
		shops.server = server
		stock(t, shop{server, "postgres"})
	}
	shops.copies++
	s := shop{shops.server, fmt.Sprintf("shop%d", shops.copies)}
	runSQL(t, shops.server.URL("postgres", "template1"), "create database "+s.name+" template postgres")
	return s
}

// ownShop returns the shop on a server that this test may do anything to.
func ownShop(t *testing.T, o localpg.Options) shop {
	t.Helper()
	dir := clusterDir()
	o.Dir = dir // which stays while the server is down
	server, err := startPostgres(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Kill()
		os.RemoveAll(dir)
	})
	s := shop{server, "postgres"}
	stock(t, s)
	return s
}

// clusterPrefix begins the names of directories of PostgreSQL servers.
const clusterPrefix = "e2e-pg-"

// clusterDir is a directory that is not there yet. The account that PostgreSQL
// runs as may not enter that of a test, and a socket's path is short.
func clusterDir() string { return filepath.Join(os.TempDir(), clusterPrefix+rand.Text()[:8]) }

func startPostgres(o localpg.Options) (*localpg.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return localpg.Start(ctx, o)
}

// stock makes the shop in an empty database, and tells the channel shop_orders
// of changed orders.
func stock(t *testing.T, s shop) {
	t.Helper()
	const dir = "../../services/database/internal/shop/"
	runSQL(t, s.url("postgres"), content(t, dir, "schema.sql"), content(t, dir, "reader.sql"), `
create role mcp_writer login;
grant usage on schema public to mcp_writer;
grant select, insert, update, delete on all tables in schema public to mcp_writer;
create function orders_changed() returns trigger language plpgsql as
  $$ begin perform pg_notify('shop_orders', ''); return null; end $$;
create trigger orders_changed after insert or update or delete on orders
  for each statement execute function orders_changed();`)
}

// runSQL runs scripts in a database.
func runSQL(t *testing.T, url string, scripts ...string) {
	t.Helper()
	conn := dialSQL(t, url)
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, s := range scripts {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%.80s: %v", strings.TrimSpace(s), err)
		}
	}
}

func dialSQL(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(wait(t), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// ask returns the one value of a query, as the superuser.
func (s shop) ask(t *testing.T, query string) string {
	t.Helper()
	conn := dialSQL(t, s.url("postgres"))
	defer conn.Close(context.WithoutCancel(t.Context()))
	var value string
	if err := conn.QueryRow(t.Context(), "select ("+query+")::text").Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

// left is how many sessions of the roles that are served do something, are in a
// transaction, or hold a lock.
const left = `select count(*) from pg_stat_activity a where usename in ('mcp_reader', 'mcp_writer') and
  (state <> 'idle' or exists (select from pg_locks l where l.pid = a.pid))`

// rests waits until no statement of a caller is left on the server, and returns
// how long it took.
func (s shop) rests(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	return until(t, func() bool { return s.ask(t, left) == "0" }).Sub(begun)
}

// serveDatabase runs an mcp-database over HTTP. How much it is asked is not
// limited.
func serveDatabase(t *testing.T, url string, args ...string) *server {
	t.Helper()
	return serving(t, startBinary(t, database, append([]string{"--http", "127.0.0.1:0", "--rate-limit", "off",
		"--caller-concurrency", "128", "--database-url-file", urlFile(t, url)}, args...)...))
}

// urlFile is a file with a connection string.
func urlFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rows are the rows of a query's answer, and what comes with them.
type rows struct {
	Rows      []json.RawMessage `json:"rows"`
	Truncated bool              `json:"truncated"`
	Next      string            `json:"next_cursor"`
}

// rows fails the test unless the answer has rows.
func (a answer) rows(t *testing.T) rows {
	t.Helper()
	if a.Error != nil || a.Result.IsError || len(a.Result.Content) == 0 {
		t.Fatalf("got %s", a)
	}
	var r rows
	if err := json.Unmarshal([]byte(a.Result.Content[0].Text), &r); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	return r
}

// query runs a query.
func (s *server) query(t *testing.T, query string, more ...any) answer {
	t.Helper()
	arguments := map[string]any{"query": query}
	for pair := range slices.Chunk(more, 2) {
		arguments[pair[0].(string)] = pair[1]
	}
	return s.callTool(t, "execute_query", arguments)
}

// counts fails the test unless the service can count the orders.
func (s *server) counts(t *testing.T) {
	t.Helper()
	if got := s.query(t, "SELECT count(*) FROM orders").rows(t); len(got.Rows) != 1 || string(got.Rows[0]) != "[5000]" {
		t.Errorf("the orders are %s", got.Rows)
	}
}

// readiness returns the status of /readyz.
func (s *server) readiness(t *testing.T) int {
	t.Helper()
	return do(t, "GET", strings.TrimSuffix(s.url, "/mcp")+"/readyz", "").status
}

// trouble is what a tool says when it cannot do its work.
type trouble struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable"`
	After     int    `json:"retry_after_seconds"`
	Details   struct {
		Reason string `json:"reason"`
	} `json:"details"`
}

// trouble fails the test unless the answer is a tool's error.
func (a answer) trouble(t *testing.T) trouble {
	t.Helper()
	e, ok := a.failure()
	if !ok {
		t.Fatalf("got %s", a)
	}
	return e
}

func (a answer) failure() (trouble, bool) {
	var payload struct {
		Error trouble `json:"error"`
	}
	ok := a.Error == nil && a.Result.IsError && len(a.Result.Content) > 0 && json.Unmarshal([]byte(a.Result.Content[0].Text), &payload) == nil
	return payload.Error, ok && payload.Error.Code != ""
}

// What a key allows: to read, to change rows, to delete a record.
func TestScopesOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := newShop(t)
	const reader, writer, admin = "reader-0123456789abcdef0123456789", "writer-0123456789abcdef0123456789", "admin-0123456789abcdef01234567890"
	keys := keysFile(t, reader+"=database:read", writer+"=database:write", admin+"=database:admin")
	s := &guarded{serveDatabase(t, db.url("mcp_writer"), "--write", "--confirm", "never", "--auth", "keys", "--api-keys-file", keys), ""}
	const insert = "INSERT INTO categories (name) VALUES ('Toys of %s')"
	for _, version := range []string{legacy, modern} {
		for _, tt := range []struct {
			key, tool string
			arguments map[string]any
			needs     string // "": it may
		}{
			{reader, "execute_query", map[string]any{"query": "SELECT 1"}, ""},
			{writer, "execute_query", map[string]any{"query": "SELECT 1"}, ""},
			{admin, "execute_query", map[string]any{"query": "SELECT 1"}, ""},
			{reader, "query_database", map[string]any{"query": "SELECT 1", "timeout_seconds": 5}, ""},
			{reader, "modify_data", map[string]any{"statement": fmt.Sprintf(insert, "reader"+version)}, "database:write"},
			{writer, "modify_data", map[string]any{"statement": fmt.Sprintf(insert, "writer"+version)}, ""},
			{admin, "modify_data", map[string]any{"statement": fmt.Sprintf(insert, "admin"+version)}, ""},
			{reader, "delete_record", map[string]any{"table": "order_items", "id": "1,1"}, "database:admin"},
			{writer, "delete_record", map[string]any{"table": "order_items", "id": "1,1"}, "database:admin"},
		} {
			r := s.call(t, version, tt.key, tt.tool, tt.arguments)
			if tt.needs == "" {
				if r.text(t) == "" {
					t.Errorf("%s: %s by %.6s: %s", version, tt.tool, tt.key, r)
				}
				continue
			}
			if c := s.challenge(t, r); r.status != http.StatusForbidden || c["error"] != "insufficient_scope" || c["scope"] != tt.needs {
				t.Errorf("%s: %s by %.6s: %s", version, tt.tool, tt.key, r)
			}
		}
		if r := s.call(t, version, "", "execute_query", map[string]any{"query": "SELECT 1"}); r.status != http.StatusUnauthorized {
			t.Errorf("without a key: %s", r)
		}
	}
	if got := db.ask(t, "select string_agg(substr(name, 9), ' ' order by name) from categories where name like 'Toys%'"); got != "admin2025-11-25 admin2026-07-28 writer2025-11-25 writer2026-07-28" {
		t.Errorf("rows were added by %s", got)
	}
}

// bouncer runs PgBouncer in transaction mode before a shop, and returns the
// connection string of a role through it.
func bouncer(t *testing.T, s shop, role string) string {
	t.Helper()
	server, err := url.Parse(s.url(role))
	if err != nil {
		t.Fatal(err)
	}
	// PgBouncer refuses to be root, and may read only this.
	dir, err := os.MkdirTemp("", "e2e-bouncer-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	host, port, _ := strings.Cut(address, ":")
	config := fmt.Sprintf("[databases]\n%s = host=%s port=%s\n[pgbouncer]\nlisten_addr = %s\nlisten_port = %s\nunix_socket_dir =\nauth_type = trust\nauth_file = %s\npool_mode = transaction\ndefault_pool_size = 3\n",
		s.name, server.Hostname(), server.Port(), host, port, filepath.Join(dir, "users"))
	for name, text := range map[string]string{"config": config, "users": fmt.Sprintf("%q \"\"\n", role)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("/usr/sbin/pgbouncer", "-q", filepath.Join(dir, "config"))
	if os.Geteuid() == 0 {
		cmd = exec.Command("setpriv", append([]string{"--reuid", "nobody", "--regid", "nogroup", "--clear-groups"}, cmd.Args...)...)
	}
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	through := fmt.Sprintf("postgresql://%s@%s/%s?sslmode=disable", role, address, s.name)
	until(t, func() bool {
		conn, err := pgx.Connect(wait(t), through)
		if err != nil {
			return false
		}
		return conn.Close(wait(t)) == nil
	})
	return through
}
