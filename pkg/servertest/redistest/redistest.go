//go:build linux

// Package redistest runs a real redis-server for a test: one that is frozen,
// killed and started again at the same address.
//
// [Start] takes the redis-server in the PATH, or on Debian, as root, installs
// the package of that name first. It is imported by tests only.
package redistest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is the longest that a server may take to start. It decides no test on
// a machine that is merely slow.
const patience = time.Minute

// Server is a redis-server that keeps nothing on disk. It ends with the test, or
// with the process of the test, whatever way that ends.
type Server struct {
	// URL is where the server listens, with its password.
	URL string
	// Socket is a unix socket where it listens too.
	Socket string
	// Password is part of the URL. No log or answer may have it.
	Password string

	t    testing.TB
	path string
	args []string
	port int
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Start starts a redis-server, with more arguments such as "--maxmemory", "1mb".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	path, err := find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &Server{Socket: filepath.Join(dir, "redis.sock"), Password: rand.Text(), t: t, path: path}
	t.Cleanup(s.Kill)
	s.args = append([]string{"--bind", "127.0.0.1", "--unixsocket", s.Socket, "--requirepass", s.Password,
		"--save", "", "--appendonly", "no", "--dir", dir, "--logfile", "", "--daemonize", "no"}, args...)
	for range 10 { // others may take the port that was free
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.start(); !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.URL = fmt.Sprintf("redis://:%s@127.0.0.1:%d", s.Password, s.port)
	return s
}

var errEnded = errors.New("redis-server ended")

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// start runs the server and returns when it answers.
func (s *Server) start() error {
	cmd := exec.Command(s.path, append([]string{"--port", strconv.Itoa(s.port)}, s.args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, done := make(chan struct{}), make(chan struct{})
	var log strings.Builder
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			log.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "eady to accept connections") {
				close(ready)
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		// That it was killed is what the test wanted.
		_ = cmd.Wait()
	}()
	select {
	case <-ready:
		s.cmd, s.done = cmd, done
		return nil
	case <-done:
		return fmt.Errorf("%w:\n%s", errEnded, &log)
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-done
		return fmt.Errorf("redis-server is not ready after %s:\n%s", patience, &log)
	}
}

// Kill ends the server at once, if it runs.
func (s *Server) Kill() {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	s.signal(syscall.SIGKILL)
	<-s.done
	s.cmd = nil
}

// Restart starts the server again where it was, without what it had.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Freeze stops the server as if its machine hung: connections are accepted, and
// nothing is answered.
func (s *Server) Freeze() { s.t.Helper(); s.signal(syscall.SIGSTOP) }

// Thaw undoes Freeze.
func (s *Server) Thaw() { s.t.Helper(); s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
}

// find returns the path of redis-server.
func find(ctx context.Context) (string, error) {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Getuid() != 0 {
		return "", errors.New("redis-server is not in the PATH: install Redis (on Debian: apt-get install redis-server)")
	}
	unlock, err := lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, nil // by another test
	}
	for _, args := range [][]string{{"update", "-qq"}, {"install", "-qq", "-y", "--no-install-recommends", "redis-server"}} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.WaitDelay = 5 * time.Second
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("apt-get %s: %w\n%s", args[0], err, bytes.TrimSpace(out))
		}
	}
	return exec.LookPath("redis-server")
}

// lock waits until no other test of this machine installs. The lock ends with
// the process that holds it.
func lock(ctx context.Context) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "redistest.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(&os.PathError{Op: "lock", Path: f.Name(), Err: err}, f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
