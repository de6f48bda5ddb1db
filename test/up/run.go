package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	// startLimit is how long a service may take until it is ready.
	startLimit = 30 * time.Second
	// demoLimit is how long it may take if a demo command must first get what it
	// serves, perhaps from far away.
	demoLimit = 5 * time.Minute
	// endLimit is longer than a service drains by default.
	endLimit = 25 * time.Second
)

// runAll runs the services until ctx ends or one of them does. None is left
// when it returns.
func runAll(ctx context.Context, w io.Writer, bin string, services []instance) error {
	children, cancel := context.WithCancel(ctx)
	out := &lockedWriter{w: w}
	width := 0
	for _, s := range services {
		width = max(width, len(s.Name))
	}

	var running sync.WaitGroup
	defer running.Wait()
	defer cancel() // before it waits
	ended := make(chan error, len(services))
	for _, s := range services {
		log := &prefixer{w: out, prefix: fmt.Sprintf("%-*s | ", width, s.Name)}
		cmd := command(children, bin, s, log)
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("starting %s: %w", s.Name, err)
		}
		fmt.Fprintf(out, "%sstarted as process %d\n", log.prefix, cmd.Process.Pid)
		running.Go(func() {
			_ = cmd.Wait() // its state says how it went
			log.Flush()
			if children.Err() == nil {
				ended <- fmt.Errorf("%s has ended (%s), so the others end too", s.Name, cmd.ProcessState)
			}
		})
	}

	ready := make(chan error, 1)
	running.Go(func() { ready <- waitReady(children, services) })
	for {
		select {
		case err := <-ready:
			if err != nil && children.Err() == nil {
				return err
			}
			if err == nil {
				fmt.Fprint(out, banner(services))
			}
		case err := <-ended:
			return err
		case <-ctx.Done():
			fmt.Fprintln(out, "ending")
			return nil
		}
	}
}

// command is a service's process, or that of the demo command that runs it. It
// has a process group of its own, so that a Ctrl-C on the terminal reaches it
// once, from here.
func command(ctx context.Context, bin string, s instance, log io.Writer) *exec.Cmd {
	name, args := s.Command(), []string{"--http", address(s.Port), "--admin", address(s.AdminPort()), "--log-format", "text"}
	if s.instead != "" {
		name, args = s.DemoCommand(), append([]string{"--"}, args...)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
	cmd.Env = append(cmd.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endLimit
	cmd.SysProcAttr = attributes()
	return cmd
}

// waitReady returns when every service says that it is ready. A demo command that
// can get nothing to serve runs the service without, and some services have no
// demo: that they live is enough, or the others would end with them.
func waitReady(ctx context.Context, services []instance) error {
	start := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, s := range services {
		limit, health := startLimit, "/readyz"
		switch {
		case s.instead != "":
			limit, health = demoLimit, "/livez"
		case s.lacks != "":
			health = "/livez"
		}
		ctx, cancel := context.WithDeadline(ctx, start.Add(limit))
		defer cancel()
		for !answers(ctx, "http://"+address(s.Port)+health) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("%s is not ready after %s", s.Name, limit)
			}
		}
	}
	return nil
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// lockedWriter keeps the lines of several services apart.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// prefixer writes whole lines, each behind a prefix.
type prefixer struct {
	w       io.Writer
	prefix  string
	partial []byte
}

func (p *prefixer) Write(data []byte) (int, error) {
	p.partial = append(p.partial, data...)
	for {
		line, rest, whole := bytes.Cut(p.partial, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		if _, err := fmt.Fprintf(p.w, "%s%s\n", p.prefix, line); err != nil {
			return 0, err
		}
		p.partial = rest
	}
}

// Flush writes what has no line end yet.
func (p *prefixer) Flush() {
	if len(bytes.TrimSpace(p.partial)) > 0 {
		fmt.Fprintf(p.w, "%s%s\n", p.prefix, p.partial)
	}
	p.partial = nil
}
