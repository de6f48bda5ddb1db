// Package child builds, installs and runs the programs that a benchmark
// measures. The guarantee to know: a program starts in an environment that
// leaves every setting at its default, and has ended when [Server.Stop] returns.
//
// Start at [Serve] for a server and [Command] for any other program.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// StartTimeout is the longest that a program may take to begin.
	StartTimeout = 20 * time.Second
	// StopTimeout is the longest that it may take to leave before it is killed.
	StopTimeout = 2 * time.Second
)

// Command is a program in an environment without variables that tune a runtime
// or configure a server, but with those of env. The end of ctx is a SIGTERM,
// and a kill for who does not leave.
func Command(ctx context.Context, env []string, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(plainEnvironment(os.Environ()), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = StopTimeout
	return cmd
}

func plainEnvironment(env []string) []string {
	var plain []string
	for _, kv := range env {
		tuned := false
		for _, prefix := range []string{"GO", "NODE_", "MCP_", "OTEL_", "CALCULATOR_", "FILES_", "ALLOWED_DIR", "DATABASE_", "DB_", "PG"} {
			tuned = tuned || strings.HasPrefix(kv, prefix)
		}
		if !tuned {
			plain = append(plain, kv)
		}
	}
	return plain
}

// A Server is a started program that listens. Whoever starts it calls Stop.
type Server struct {
	PID    int
	name   string
	log    string
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended
}

// Serve starts a server and returns when ready no longer says that the
// connection was refused. What it prints goes to a file in dir.
func Serve(ctx context.Context, name, dir string, env, argv []string, ready func(context.Context) error) (*Server, error) {
	out, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close()

	ctx, cancel := context.WithCancel(ctx)
	cmd := Command(ctx, env, argv...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Server{PID: cmd.Process.Pid, name: name, log: out.Name(), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		// How it ended says nothing: Stop ends it with a signal.
		_ = cmd.Wait()
	}()
	if err := s.await(ctx, ready); err != nil {
		s.Stop()
		return nil, s.Explain(err)
	}
	return s, nil
}

func (s *Server) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, StartTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-tick.C:
		case <-s.done:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return err
		}
	}
}

// Stop ends the server and waits for it.
func (s *Server) Stop() {
	s.cancel()
	<-s.done
}

// Explain adds the server's name and the end of what it printed to err.
func (s *Server) Explain(err error) error { return Explain(s.name, s.log, err) }

// Explain adds a program's name and the end of what it printed to err.
func Explain(name, log string, err error) error {
	printed := tail(log, 2048)
	if printed == "" {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s: %w; it printed:\n%s", name, err, printed)
}

// tail returns the last n bytes of a file, or nothing if it cannot be read.
func tail(path string, n int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > n {
		if _, err := f.Seek(-n, io.SeekEnd); err != nil {
			return ""
		}
	}
	text, _ := io.ReadAll(io.LimitReader(f, n))
	return strings.TrimSpace(string(text))
}

// FreeAddress returns a loopback address that nothing listens on now.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
