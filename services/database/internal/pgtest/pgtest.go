//go:build unix

// Package pgtest gives tests a PostgreSQL server of their own and databases on
// it. It is imported by tests only, those with the build tag e2e.
//
// The server is the newest that this machine has, or with
// DATABASE_TEST_POSTGRES=18 in the environment one of version 18, whose programs
// are fetched once. It ends with the tests, whatever way they end. Start with
// [Main] and [Database].
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

var (
	mu     sync.Mutex
	shared = make(map[string]*localpg.Server) // by Version.Name
	number atomic.Int64
)

// patience is the longest that a server may take to be fetched and to start.
const patience = 5 * time.Minute

// Main runs the tests of a package and ends their servers. Call it in TestMain.
func Main(m *testing.M) {
	sweep()
	m.Run() // package testing passes on how it went
	mu.Lock()
	defer mu.Unlock()
	for _, s := range shared {
		s.Kill()
	}
}

// A Version is a shared server and what to call it.
type Version struct {
	// Name is "local" for what this machine has, or "18".
	Name   string
	Server *localpg.Server
}

const (
	local    = "local"
	eighteen = "18"
)

// Versions returns the shared servers of all versions that are tested: the newest
// that this machine has, and 18.
func Versions(t testing.TB) []Version {
	t.Helper()
	return []Version{{local, get(t, local)}, {eighteen, get(t, eighteen)}}
}

// With18 returns the shared server of version 18.
func With18(t testing.TB) *localpg.Server {
	t.Helper()
	return get(t, eighteen)
}

// Server returns the server that all tests of the package share: on a socket,
// with no durability.
func Server(t testing.TB) *localpg.Server {
	t.Helper()
	return get(t, chosen())
}

// chosen returns the name of the version that the environment asks for.
func chosen() string {
	if environment("DATABASE_TEST_POSTGRES") == eighteen {
		return eighteen
	}
	return local
}

func get(t testing.TB, version string) *localpg.Server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if shared[version] == nil {
		shared[version] = start(t, localpg.Options{Binaries: binaries(t, version)})
	}
	return shared[version]
}

// Binaries18 returns the programs of version 18, for Start.
func Binaries18(t testing.TB) localpg.Binaries {
	t.Helper()
	return binaries(t, eighteen)
}

func binaries(t testing.TB, version string) (b localpg.Binaries) {
	t.Helper()
	if version == local {
		b, err := localpg.Find()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	dir, err := localpg.Place("postgresql")
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		b, err = localpg.Fetch(ctx, localpg.FetchOptions{Dir: dir, Registry: environment("NPM_CONFIG_REGISTRY")})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Start starts a server for this test alone. Without other options it is like
// the shared one; with localpg.AnyPort as port it listens on TCP. Its directory
// is removed after the test if none is given.
func Start(t testing.TB, o localpg.Options) *localpg.Server {
	t.Helper()
	if o.Binaries.Dir == "" {
		o.Binaries = binaries(t, chosen())
	}
	s := start(t, o)
	t.Cleanup(s.Kill)
	return s
}

func start(t testing.TB, o localpg.Options) *localpg.Server {
	t.Helper()
	if o.Dir == "" {
		// Not the test's own: others share the server.
		name := fmt.Sprintf("%s%d-%s", prefix, os.Getpid(), rand.Text()[:8])
		o.Dir, o.Temporary = filepath.Join(os.TempDir(), name), true
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := localpg.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// prefix begins the names of temporary directories; the id of the process that
// made it follows.
const prefix = "pgtest-"

// sweep removes the directories of tests that were killed.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range dirs {
		digits, _, named := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		pid, err := strconv.Atoi(digits)
		if named && err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir) // the next run tries again
		}
	}
}

// environment returns a variable of the environment, "" if it is not set.
func environment(name string) string {
	for _, v := range os.Environ() {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// Database makes a new database on the shared server, runs the scripts in it as
// superuser, and returns its connection string for that superuser. It is dropped
// after the test.
func Database(t testing.TB, scripts ...string) string {
	t.Helper()
	return On(t, Server(t), scripts...)
}

// On is Database on a server that the caller names.
func On(t testing.TB, s *localpg.Server, scripts ...string) string {
	t.Helper()
	name := fmt.Sprintf("t%d", number.Add(1))
	Exec(t, s.URL("postgres", "postgres"), "create database "+name)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		conn, err := pgx.Connect(ctx, s.URL("postgres", "postgres"))
		if err != nil {
			return // the test has ended the server
		}
		defer conn.Close(ctx)
		_, _ = conn.Exec(ctx, "drop database if exists "+name+" with (force)")
	})
	u := s.URL("postgres", name)
	Exec(t, u, scripts...)
	return u
}

// Exec runs scripts of several statements.
func Exec(t testing.TB, url string, scripts ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, s := range scripts {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", first(s), err)
		}
	}
}

// As returns the connection string for another user.
func As(t testing.TB, connection, name string) string {
	t.Helper()
	u, err := url.Parse(connection)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(name)
	return u.String()
}

func first(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
