// Package proc runs a service's binary as a child process of a test, as its
// users run it: with arguments, pipes and signals.
//
// A process that [Start] or [StartCommand] returned must be ended with [Process.Stop] or
// [Process.Kill]. On Linux it also ends with the test that started it, whatever
// way that ends.
package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Build compiles the main package pkg of the module in the directory module,
// and returns the path of the binary, which is put into dir.
func Build(ctx context.Context, module, pkg, dir string) (string, error) {
	binary := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s in %s: %w\n%s", pkg, module, err, out)
	}
	return binary, nil
}

// Process is a started binary. Its methods are safe for concurrent use.
type Process struct {
	// Stdin is closed by the process's end, if not before by the test.
	Stdin io.WriteCloser
	// Stdout may be read on after the process has ended, until Stop or Kill.
	Stdout *os.File

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended and its log is whole
	err  error         // of cmd.Wait; read it after done

	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and replaced with each line
}

// Start runs a binary. It sees no environment, so that no variable of the
// developer's shell can decide a test.
func Start(binary string, args ...string) (*Process, error) {
	cmd := exec.Command(binary, args...)
	cmd.Env = []string{}
	return StartCommand(cmd)
}

// StartCommand runs a command in the folder and the environment that it has.
// Its pipes are made here.
func StartCommand(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{}), changed: make(chan struct{})}
	p.cmd.SysProcAttr = attributes()
	var err error
	if p.Stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	// Pipes of our own: those of package exec are closed when the process ends,
	// whether they were read or not.
	stdout, err := pipe(&p.cmd.Stdout)
	if err != nil {
		return nil, err
	}
	stderr, err := pipe(&p.cmd.Stderr)
	if err != nil {
		return nil, errors.Join(err, stdout.Close())
	}
	p.Stdout = stdout
	err = p.cmd.Start()
	p.cmd.Stdout.(*os.File).Close()
	p.cmd.Stderr.(*os.File).Close()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stderr.Close())
	}
	go func() {
		p.record(stderr)
		stderr.Close()
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func pipe(w *io.Writer) (*os.File, error) {
	r, f, err := os.Pipe()
	*w = f
	return r, err
}

// record keeps what the process writes until it ends.
func (p *Process) record(stderr io.Reader) {
	r := bufio.NewReader(stderr)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			p.mu.Lock()
			p.lines = append(p.lines, line)
			close(p.changed)
			p.changed = make(chan struct{})
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// PID returns the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Log returns what the process has written to its standard error.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "")
}

// Record is a line of the log, with the names and values that it has.
type Record map[string]any

// Text returns the value of a string, or "".
func (r Record) Text(name string) string {
	s, _ := r[name].(string)
	return s
}

// Await waits until the log has n records with the message msg, and returns
// them.
func (p *Process) Await(ctx context.Context, msg string, n int) ([]Record, error) {
	var found []Record
	for read := 0; ; {
		// Before the lines are looked at: what comes later is seen again.
		ended := !p.Running()
		p.mu.Lock()
		lines, changed := p.lines[read:], p.changed
		p.mu.Unlock()
		read += len(lines)
		for _, line := range lines {
			var r Record
			if json.Unmarshal([]byte(line), &r) == nil && r.Text("msg") == msg {
				found = append(found, r)
			}
		}
		if len(found) >= n {
			return found[:n], nil
		}
		if ended {
			return nil, fmt.Errorf("the process ended with %d of %d records %q in its log: %v\n%s", len(found), n, msg, p.err, p.tail())
		}
		select {
		case <-changed:
		case <-p.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d records %q in the log: %w\n%s", len(found), n, msg, ctx.Err(), p.tail())
		}
	}
}

// Signal sends a signal to the process.
func (p *Process) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Wait waits until the process has ended. The error is nil if its status was 0,
// and an *exec.ExitError if it was another or the process died of a signal.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("the process did not end: %w\n%s", ctx.Err(), p.tail())
	}
}

// Stop ends the process with SIGTERM, if it has not ended yet, and releases
// what is held for it. The error is nil if the process's status was 0. A process
// that has not ended when ctx does is killed.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(err, p.Kill())
	}
	err := p.Wait(ctx)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, p.tail())
	}
	return errors.Join(err, p.Kill())
}

// Kill ends the process at once, if it has not ended yet, and releases what is
// held for it.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-p.done
	return errors.Join(err, p.Stdout.Close())
}

// tail returns the end of the log, for an error.
func (p *Process) tail() string {
	const most = 4 << 10
	log := p.Log()
	return log[max(0, len(log)-most):]
}
