package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 2 * time.Second
)

// A process is a started server. Whoever starts it calls stop.
type process struct {
	contestant
	pid    int
	call   *call
	client *http.Client
	size   int // bytes of its answer
	log    string
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended
}

// serve starts c over HTTP and returns when it has given its first right
// answer. What it prints goes to a file in dir.
func serve(ctx context.Context, c contestant, dir string, size int) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, c.name+".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close()

	ctx, cancel := context.WithCancel(ctx)
	cmd := c.command(ctx, c.http(ports{addr: addr, admin: admin, size: size})...)
	cmd.Stdout, cmd.Stderr = out, out
	terminate(cmd)
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	p := &process{
		contestant: c, pid: cmd.Process.Pid, call: newCall("http://"+addr+"/mcp", c.protocol, c.token),
		client: newClient(), log: out.Name(), cancel: cancel, done: make(chan struct{}),
	}
	go func() {
		defer close(p.done)
		// How it ended says nothing: stop ends it with a signal.
		_ = cmd.Wait()
	}()
	if err := p.awaitAnswer(ctx); err != nil {
		p.stop()
		return nil, p.explain(err)
	}
	return p, nil
}

func (p *process) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		size, err := p.call.do(ctx, p.client)
		if err == nil {
			p.size = size
			return nil
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-tick.C:
		case <-p.done:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return err
		}
	}
}

// stop ends the process and waits for it.
func (p *process) stop() {
	p.client.CloseIdleConnections()
	p.cancel()
	<-p.done
}

func (p *process) explain(err error) error { return explain(p.name, p.log, err) }

// explain adds a server's name and the end of what it printed to err.
func explain(name, log string, err error) error {
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

// terminate makes the end of cmd's context a SIGTERM, and a kill for who does
// not leave.
func terminate(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
}

// freeAddress returns a loopback address that nothing listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// plainEnvironment drops what would tune a runtime or configure a server.
func plainEnvironment(env []string) []string {
	var plain []string
	for _, kv := range env {
		tuned := false
		for _, prefix := range []string{"GO", "NODE_", "MCP_", "OTEL_", "CALCULATOR_"} {
			tuned = tuned || strings.HasPrefix(kv, prefix)
		}
		if !tuned {
			plain = append(plain, kv)
		}
	}
	return plain
}

// memory is resident memory in bytes.
type memory struct {
	Now  int64 `json:"rss_bytes"`
	Peak int64 `json:"peak_bytes"`
}

func readMemory(pid int) (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	return parseMemory(string(text))
}

func parseMemory(status string) (memory, error) {
	var m memory
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		var field *int64
		switch name {
		case "VmRSS":
			field = &m.Now
		case "VmHWM":
			field = &m.Peak
		default:
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return memory{}, fmt.Errorf("%s: %w", name, err)
		}
		*field = kib * 1024
	}
	if m.Now == 0 || m.Peak == 0 {
		return memory{}, errors.New("no VmRSS or no VmHWM in the status of the process")
	}
	return m, nil
}
