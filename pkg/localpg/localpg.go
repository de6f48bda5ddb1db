// Package localpg runs a private PostgreSQL server on this machine: it finds the
// programs or fetches them, makes a cluster in a directory that nobody else may
// enter, and starts it on a unix socket or a loopback port, as another user when
// this process is root, which PostgreSQL refuses to be.
//
// On Linux a server ends with the process that started it, whatever way that
// ends; elsewhere by [Server.Stop]. Windows is not supported. Start with [Find]
// or [Fetch], and [Start].
package localpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// AnyPort is a port that is free.
const AnyPort = -1

// socketPort is part of the name of a socket, where there is no other port.
const socketPort = 5432

// Options say how a server is run.
type Options struct {
	// Binaries are the programs; the zero value: what Find returns.
	Binaries Binaries
	// Dir holds the cluster and its socket. It is made if it is missing, and a
	// cluster that is there is used as it is. A directory that has other things
	// in it is refused.
	Dir string
	// Temporary removes Dir when the server is stopped or killed.
	Temporary bool
	// Port on 127.0.0.1; 0: none, the socket alone; AnyPort: a free one.
	Port int
	// Durable writes to the disk before it says so. Without it a machine that
	// crashes may leave a broken cluster; a server that crashes does not.
	Durable bool
	// Settings are parameters of the server, such as "work_mem": "8MB".
	Settings map[string]string
	// Password of the superuser postgres, for a cluster that is made now; "":
	// whoever reaches the socket or the port is believed.
	Password string
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	o      Options
	owner  account
	ours   bool   // Dir may be changed, and removed if it is temporary
	socket string // the directory of the socket
	port   int    // 0: none

	mu      sync.Mutex
	process *process
}

// Start makes the cluster if there is none, starts the server, and waits until
// it takes connections. An error has the end of what the server has logged.
func Start(ctx context.Context, o Options) (*Server, error) {
	if !supported {
		return nil, errors.New("a private PostgreSQL server is not supported on this system")
	}
	if o.Dir == "" {
		return nil, errors.New("a private PostgreSQL server needs a directory")
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if o.Binaries.Dir == "" {
		if o.Binaries, err = Find(); err != nil {
			return nil, err
		}
	}
	s := &Server{o: o, port: o.Port}
	if s.owner, err = runAs(); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.clean())
	}
	for range 5 { // others may take the port that was free
		if o.Port == AnyPort {
			if s.port, err = freePort(); err != nil {
				break
			}
		}
		if err = s.start(ctx); o.Port != AnyPort || !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.clean())
	}
	return s, nil
}

var errEnded = errors.New("the PostgreSQL server ended")

// start starts the server and waits until it takes connections.
func (s *Server) start(ctx context.Context) error {
	if err := s.vacate(ctx); err != nil {
		return err
	}
	p, err := run(s.o.Binaries.path("postgres"), s.arguments(), s.owner)
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !isReady(s.data(), p.pid()) {
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("%w:\n%s", errEnded, p.log)
		case <-ctx.Done():
			p.end(syscall.SIGQUIT, killLimit)
			return fmt.Errorf("the PostgreSQL server is not ready: %w\n%s", ctx.Err(), p.log)
		}
	}
	s.mu.Lock()
	s.process = p
	s.mu.Unlock()
	return nil
}

func (s *Server) arguments() []string {
	port, listen := s.port, "127.0.0.1"
	if port == 0 {
		port, listen = socketPort, ""
	}
	settings := map[string]string{
		"listen_addresses": listen,
		"port":             strconv.Itoa(port),
		// A list, whose elements may be quoted.
		"unix_socket_directories": `"` + strings.ReplaceAll(s.socket, `"`, `""`) + `"`,
		"unix_socket_permissions": "0700",
		"logging_collector":       "off",
		"log_destination":         "stderr",
		"log_checkpoints":         "off",
		"lc_messages":             "C",
	}
	if !s.o.Durable {
		for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
			settings[name] = "off"
		}
		settings["shared_buffers"] = "32MB"
	}
	for name, value := range s.o.Settings {
		settings[name] = value
	}
	args := []string{"-D", s.data()}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// isReady reports what the server with a process id says of itself in the file
// that pg_ctl reads too. The file may be an older server's.
func isReady(data string, pid int) bool {
	const pidLine, statusLine = 0, 7
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > statusLine && lines[pidLine] == strconv.Itoa(pid) && strings.TrimSpace(lines[statusLine]) == "ready"
}

// URL returns the connection string of a user for a database, by the socket if
// there is no port. For the superuser it has the password.
func (s *Server) URL(user, database string) string {
	u := url.URL{Scheme: "postgresql", User: url.User(user), Path: "/" + database}
	if user == superuser && s.o.Password != "" {
		u.User = url.UserPassword(user, s.o.Password)
	}
	query := url.Values{"sslmode": {"disable"}}
	if s.port == 0 {
		query.Set("host", s.socket)
		query.Set("port", strconv.Itoa(socketPort))
	} else {
		u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Socket returns the directory of the server's socket.
func (s *Server) Socket() string { return s.socket }

// PID returns the id of the server's first process.
func (s *Server) PID() int { return s.current().pid() }

// Log returns the end of what the server has logged since it was started.
func (s *Server) Log() string { return s.current().log.String() }

// Done returns a channel that is closed when the server has ended, for whatever
// reason. After a Restart there is another.
func (s *Server) Done() <-chan struct{} { return s.current().done }

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

const (
	// stopLimit is how long a server may take to end in order.
	stopLimit = 15 * time.Second
	// killLimit is how long it may take to cut off its sessions.
	killLimit = 5 * time.Second
)

// Stop ends the server: sessions are cut off, nothing is lost. One that does not
// end is killed.
func (s *Server) Stop() {
	s.current().end(syscall.SIGINT, stopLimit)
	_ = s.clean() // what is left is in a directory for temporary files
}

// Kill ends the server as a crash would.
func (s *Server) Kill() {
	s.current().end(syscall.SIGQUIT, killLimit)
	_ = s.clean()
}

// Restart ends the server as a crash would, if it runs, and starts it again at
// the same socket and port, on the same cluster.
func (s *Server) Restart(ctx context.Context) error {
	s.current().end(syscall.SIGQUIT, killLimit)
	return s.start(ctx)
}

// clean removes what is not needed without the server.
func (s *Server) clean() error {
	if s.socket != "" && s.socket != s.o.Dir {
		// Only if it is empty: another server may have taken it.
		_ = os.Remove(s.socket)
	}
	if s.o.Temporary && s.ours {
		return os.RemoveAll(s.o.Dir)
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// vacate waits for a server that is ending on the cluster, such as that of a
// process that was killed a moment ago, and removes what one has left whose
// process id belongs to somebody else by now: PostgreSQL would take that for a
// server that runs.
func (s *Server) vacate(ctx context.Context) error {
	pids, known := occupants(s.data())
	if !known {
		return nil // PostgreSQL has a look for itself
	}
	limit := time.NewTimer(killLimit)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(pids) > 0 {
		select {
		case <-tick.C:
			pids, _ = occupants(s.data())
		case <-limit.C:
			return fmt.Errorf("%w: process %d", ErrRunning, slices.Min(pids))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	locks, err := filepath.Glob(filepath.Join(globQuote(s.socket), ".s.PGSQL.*.lock"))
	for _, file := range append(locks, filepath.Join(s.data(), "postmaster.pid")) {
		if e := os.Remove(file); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// ErrRunning says that another server runs on the cluster.
var ErrRunning = errors.New("another PostgreSQL server runs on this cluster")
