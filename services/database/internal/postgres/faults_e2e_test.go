//go:build e2e && linux

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	neturl "net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func ignore([]postgres.Column, [][]byte) error { return nil }

// TestRestart kills the server under load and starts it again.
func TestRestart(t *testing.T) {
	dir, err := os.MkdirTemp("", "pgtest-") //nolint:usetesting // the server's user has to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	server := pgtest.Start(t, localpg.Options{Dir: dir})
	db := open(t, postgres.Config{URL: server.URL("postgres", "postgres"), AllowSuperuser: true, PoolMax: 8})
	ctx, cancel := context.WithCancel(t.Context())
	var good, bad atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := db.Read(ctx, postgres.Query{SQL: "select * from generate_series(1, 1000)", Limit: 2000}, ignore)
				var e *postgres.Error
				switch {
				case err == nil:
					good.Add(1)
				case errors.As(err, &e) && e.Kind == postgres.Unavailable && e.Retryable:
					bad.Add(1)
				case ctx.Err() == nil:
					t.Errorf("a caller reads %v", err)
				}
			}
		})
	}
	until(t, "reads succeed", func() bool { return good.Load() > 50 })
	server.Kill()
	until(t, "reads fail", func() bool { return bad.Load() > 50 })
	again := pgtest.Start(t, localpg.Options{Dir: dir})
	now := good.Load()
	until(t, "reads succeed again", func() bool { return good.Load() > now+50 })
	now = bad.Load()
	again.Stop()
	until(t, "reads fail again", func() bool { return bad.Load() > now })
	pgtest.Start(t, localpg.Options{Dir: dir})
	now = good.Load()
	until(t, "reads succeed once more", func() bool { return good.Load() > now+50 })
	cancel()
	wg.Wait()
}

// TestTerminated ends idle connections behind the engine's back: nobody notices.
func TestTerminated(t *testing.T) {
	url, owner := newShop(t)
	db := open(t, postgres.Config{URL: url, PoolMax: 3})
	all(t, db, 3, func(*postgres.Tx) {})
	pgtest.Exec(t, owner, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	for range 5 {
		if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
			t.Errorf("%q, %v", rows, err)
		}
	}
}

// TestCut cuts the connection in the middle of a result.
func TestCut(t *testing.T) {
	dir, err := os.MkdirTemp("", "pgtest-") //nolint:usetesting // the server's user has to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pgtest.Start(t, localpg.Options{Dir: dir})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var left atomic.Int64 // bytes that pass until the next cut
	left.Store(1 << 40)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL.5432"))
			if err != nil {
				near.Close()
				continue
			}
			wg.Go(func() { _, _ = io.Copy(far, near); far.Close() })
			wg.Go(func() {
				buf := make([]byte, 4096)
				for {
					n, err := far.Read(buf)
					if err != nil || left.Add(int64(-n)) < 0 {
						break
					}
					_, _ = near.Write(buf[:n])
				}
				near.Close()
			})
		}
	})
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	db, err := postgres.Open(postgres.Config{Name: "cut", URL: "postgres://postgres@" + ln.Addr().String() + "/postgres?sslmode=disable", AllowSuperuser: true, Writes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	left.Store(100_000)
	res, err := db.Read(t.Context(), postgres.Query{SQL: "select repeat('x', 1000) from generate_series(1, 10000)", Limit: 10000}, ignore)
	var e *postgres.Error
	if !errors.As(err, &e) || e.Kind != postgres.Unavailable || res.Rows == 0 || res.Rows > 200 {
		t.Errorf("%d rows, %v", res.Rows, err)
	}
	left.Store(1 << 40)
	if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
		t.Errorf("afterwards: %q, %v", rows, err)
	}
	_, err = db.Write(t.Context(), postgres.Query{SQL: "create table t()"}, ignore, func(postgres.Result) (bool, error) { left.Store(0); return true, nil })
	if !errors.As(err, &e) || e.Kind != postgres.Unknown {
		t.Errorf("a commit without an answer: %v", err)
	}
}

func TestBusy(t *testing.T) {
	url, _ := newShop(t)
	db := open(t, postgres.Config{URL: url, PoolMax: 2, Queue: 200 * time.Millisecond})
	all(t, db, 2, func(*postgres.Tx) {
		if s := db.Stats(); s.Used < 2 {
			return
		}
		began := time.Now()
		_, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1})
		var e *postgres.Error
		if !errors.As(err, &e) || e.Kind != postgres.Busy || e.RetryAfter == 0 || time.Since(began) > time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
	if rows, _, err := read(t, db, postgres.Query{SQL: "select 1", Limit: 1}); err != nil || rows != "1" {
		t.Errorf("afterwards: %q, %v", rows, err)
	}
}

func TestTooManyConnections(t *testing.T) {
	// The limit is a role's, whose connections are this test's: one that made the
	// database counts for that until the server has ended it.
	url, _ := newShop(t, "do $$ begin execute format('create role %I login connection limit 1 in role mcp_reader', current_database()); end $$")
	u, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	url = pgtest.As(t, url, strings.TrimPrefix(u.Path, "/"))
	one := open(t, postgres.Config{URL: url, PoolMax: 1})
	all(t, one, 1, func(*postgres.Tx) {
		_, _, err := read(t, open(t, postgres.Config{URL: url}), postgres.Query{SQL: "select 1", Limit: 1})
		var e *postgres.Error
		if !errors.As(err, &e) || e.Kind != postgres.Busy {
			t.Errorf("one too many reads %v", err)
		}
	})
}

// TestMillionsOfRows reads ten million rows in little memory.
func TestMillionsOfRows(t *testing.T) {
	url, _ := newShop(t)
	db := open(t, postgres.Config{URL: url, StatementTimeout: 2 * time.Minute})
	var m runtime.MemStats
	peak, n := uint64(0), 0
	res, err := db.Read(t.Context(), postgres.Query{SQL: "select generate_series(1, 10000000), 'a row of a result'", Limit: 20_000_000}, func([]postgres.Column, [][]byte) error {
		if n++; n%500_000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.Sys-m.HeapReleased)
		}
		return nil
	})
	if err != nil || res.Rows != 10_000_000 || res.More || peak > 64<<20 {
		t.Errorf("%d rows, %d MB, %v", res.Rows, peak>>20, err)
	}
}

// TestPooler goes through PgBouncer in transaction mode, which refuses most
// settings at the start and gives each transaction another connection.
func TestPooler(t *testing.T) {
	dir, err := os.MkdirTemp("", "pgtest-") //nolint:usetesting // the pooler's user has to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { // for the servers, which do not run as root
		t.Fatal(err)
	}
	port := free(t)
	server := pgtest.Start(t, localpg.Options{Dir: filepath.Join(dir, "pg"), Port: free(t)})
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	ini := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\npostgres = %s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nlogfile = %s\n",
		pooled(server.URL("postgres", "postgres")), port, filepath.Join(dir, "log"))
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/sbin/pgbouncer", ini)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	url := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	db := open(t, postgres.Config{URL: url, StartupOff: true, AllowSuperuser: true, Writes: true, SearchPath: "pg_catalog", WorkMem: "1234kB"})
	until(t, "the pooler answers", func() bool { return db.Ping(t.Context()) == nil })

	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 30 {
				rows, _, err := read(t, db, postgres.Query{SQL: "select $1::int, current_setting('transaction_read_only'), current_setting('work_mem'), current_setting('search_path'), " +
					"current_setting('statement_timeout'), current_setting('standard_conforming_strings'), '1 day'::interval", Args: [][]byte{[]byte(strconv.Itoa(i))}, Limit: 5})
				if want := strconv.Itoa(i) + ",on,1234kB,pg_catalog,30s,on,P1D"; err != nil || rows != want {
					t.Errorf("%s, %v", rows, err)
				}
				if got, err := postgres.Column1[string](t.Context(), db, "select $1::text", "x"); err != nil || got[0] != "x" {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	if _, _, err := read(t, db, postgres.Query{SQL: "select 1/0", Limit: 1}); err == nil {
		t.Error("1/0 is a number")
	}
	if _, err := db.Describe(t.Context(), "select $1::int as a"); err != nil {
		t.Error(err)
	}
	if _, err := db.Write(t.Context(), postgres.Query{SQL: "create table public.written()"}, ignore, func(postgres.Result) (bool, error) { return true, nil }); err != nil {
		t.Error(err)
	}
	if err := db.Transaction(t.Context(), func(tx *postgres.Tx) error {
		got, err := postgres.Column1[string](t.Context(), tx, "select current_setting('work_mem') from public.written right join (values (1)) v on true")
		if err == nil && got[0] != "1234kB" {
			t.Errorf("work_mem is %s", got)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := db.Read(ctx, postgres.Query{SQL: "select pg_sleep(20)", Limit: 1}, ignore); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("past its deadline: %v", err)
	}
	if _, _, err := read(t, open(t, postgres.Config{URL: url, AllowSuperuser: true}), postgres.Query{SQL: "select 1", Limit: 1}); err == nil {
		t.Error("a pooler takes every setting")
	}
}

// pooled is a connection string as PgBouncer writes it.
func pooled(url string) string {
	var port int
	_, _ = fmt.Sscanf(url, "postgresql://postgres@127.0.0.1:%d", &port)
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres user=postgres", port)
}

// free returns a port that nobody listens on.
func free(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
