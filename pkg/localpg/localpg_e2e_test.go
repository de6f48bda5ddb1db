//go:build e2e && linux

package localpg_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

// each runs a test with PostgreSQL as this machine has it, and as it is fetched.
func each(t *testing.T, test func(*testing.T, localpg.Binaries)) {
	found, err := localpg.Find()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("found", func(t *testing.T) { test(t, found) })
	t.Run("fetched", func(t *testing.T) { test(t, fetched(t)) })
}

func fetched(t *testing.T) localpg.Binaries {
	t.Helper()
	dir, err := localpg.Place("postgresql")
	if err != nil {
		t.Fatal(err)
	}
	b, err := localpg.Fetch(t.Context(), localpg.FetchOptions{Dir: dir, Registry: os.Getenv("NPM_CONFIG_REGISTRY")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// place returns a directory that does not exist yet, where another user can
// reach it.
func place(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "cluster")
}

func start(t *testing.T, o localpg.Options) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// ssl asks a server whether it speaks TLS, in words that are older than any
// version: it answers N or S.
func ssl(t *testing.T, s *localpg.Server) byte {
	t.Helper()
	u, err := url.Parse(s.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	if address == "" {
		network, address = "unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL."+u.Query().Get("port"))
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 1)
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(answer); err != nil {
		t.Fatal(err)
	}
	return answer[0]
}

func TestServer(t *testing.T) {
	each(t, func(t *testing.T, b localpg.Binaries) {
		dir := place(t)
		s := start(t, localpg.Options{Binaries: b, Dir: dir, Durable: true, Settings: map[string]string{"work_mem": "8MB"}})
		if got := ssl(t, s); got != 'N' {
			t.Errorf("it answers %q", got)
		}
		if s.Socket() != dir || !strings.HasPrefix(s.URL("me", "shop"), "postgresql://me@/shop?") {
			t.Errorf("it is at %s", s.URL("me", "shop"))
		}
		for _, d := range []string{dir, filepath.Join(dir, "data")} {
			if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("others may enter %s: %v, %v", d, info.Mode(), err)
			}
		}
		if _, err := localpg.Start(t.Context(), localpg.Options{Binaries: b, Dir: dir}); !errors.Is(err, localpg.ErrRunning) {
			t.Errorf("a second one: %v", err)
		}
		s.Stop()
		select {
		case <-s.Done():
		default:
			t.Error("it runs on")
		}
		if !strings.Contains(s.Log(), "database system is shut down") {
			t.Errorf("it did not end in order:\n%s", s.Log())
		}
		again := start(t, localpg.Options{Binaries: b, Dir: dir, Durable: true})
		if strings.Contains(again.Log(), "not properly shut down") {
			t.Errorf("something was lost:\n%s", again.Log())
		}
		if err := again.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(again.Log(), "not properly shut down") || ssl(t, again) != 'N' {
			t.Errorf("it was not killed:\n%s", again.Log())
		}
	})
}

func TestPortAndPassword(t *testing.T) {
	s := start(t, localpg.Options{Dir: place(t), Port: localpg.AnyPort, Password: "it's secret", Temporary: true})
	u, err := url.Parse(s.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if host, _, err := net.SplitHostPort(u.Host); err != nil || host != "127.0.0.1" || ssl(t, s) != 'N' {
		t.Errorf("it is at %s, %v", u.Host, err)
	}
	if p, _ := u.User.Password(); p != "it's secret" {
		t.Errorf("the password is %q", p)
	}
	if other := s.URL("mcp_reader", "postgres"); strings.Contains(other, "secret") {
		t.Errorf("another user has the password: %s", other)
	}
	if hba, err := os.ReadFile(filepath.Join(s.Socket(), "data", "pg_hba.conf")); err != nil || strings.Contains(string(hba), " trust\n") {
		t.Errorf("anybody is trusted, %v:\n%s", err, hba)
	}
	before := u.Host
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u, _ := url.Parse(s.URL("postgres", "postgres")); u.Host != before {
		t.Errorf("it moved from %s to %s", before, u.Host)
	}
	s.Stop()
	if _, err := os.Stat(s.Socket()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its directory is still there: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(place(t), strings.Repeat("a long name, with a comma \"quoted\" and 'so'", 3))
	s := start(t, localpg.Options{Dir: dir})
	if s.Socket() == dir || ssl(t, s) != 'N' {
		t.Errorf("its socket is in %s", s.Socket())
	}
	s.Stop()
	if _, err := os.Stat(s.Socket()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory of its socket is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "PG_VERSION")); err != nil {
		t.Error(err)
	}
	odd := filepath.Join(filepath.Dir(place(t)), `a, "b" %20 [*]?`)
	if s := start(t, localpg.Options{Dir: odd}); s.Socket() != odd || ssl(t, s) != 'N' {
		t.Errorf("its socket is in %s", s.Socket())
	}
}

func TestStaleProcessID(t *testing.T) {
	dir := place(t)
	s := start(t, localpg.Options{Dir: dir})
	file := filepath.Join(dir, "data", "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.Kill()
	// Another server, of the same user, has the process id of the first by now.
	other := start(t, localpg.Options{Dir: place(t)})
	_, rest, _ := strings.Cut(string(text), "\n")
	for _, path := range []string{file, filepath.Join(dir, ".s.PGSQL.5432.lock")} {
		if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n%s", other.PID(), rest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	start(t, localpg.Options{Dir: dir})
}

func TestOtherVersion(t *testing.T) {
	dir := place(t)
	start(t, localpg.Options{Dir: dir}).Stop()
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "is of PostgreSQL 12, and") {
		t.Errorf("got %v", err)
	}
}

func TestInUseByOthers(t *testing.T) {
	dir := filepath.Dir(place(t))
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Temporary: true}); err == nil || !strings.Contains(err.Error(), "in use by others") {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the directory was changed: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "thesis.txt")); err != nil {
		t.Error(err)
	}
}

func TestUnreachable(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("only root runs PostgreSQL as somebody else")
		return
	}
	dir := place(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(dir, "cluster")})
	if err == nil || !strings.Contains(err.Error(), "who may not enter "+dir+":") {
		t.Errorf("got %v", err)
	}
}

func TestBadSetting(t *testing.T) {
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: place(t), Settings: map[string]string{"shared_preload_libraries": "nothing"}})
	if err == nil || !strings.Contains(err.Error(), `could not access file "nothing"`) {
		t.Errorf("got %v", err)
	}
}

const child = "LOCALPG_TEST_CHILD"

// TestChild is what TestEndsWithItsParent runs as another process.
func TestChild(t *testing.T) {
	dir := os.Getenv(child)
	if dir == "" {
		return
	}
	s, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("pid %d\n", s.PID())
	select {} // until it is killed
}

func TestEndsWithItsParent(t *testing.T) {
	dir := place(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(cmd.Environ(), child+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "pid %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	// At once, while the old server may not have ended.
	start(t, localpg.Options{Dir: dir}).Stop()
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000); n != 1 || err != nil {
		t.Errorf("the server %s has not ended: %v", strconv.Itoa(pid), err)
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
}
