package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// endLimit is longer than a service drains by default.
const endLimit = 25 * time.Second

// part is a service that was started, or could not be.
type part struct {
	instance
	process int
	ended   chan struct{} // closed when it has ended
	failure error         // why; set before that
}

// runAll runs the services until ctx ends. One that ends before is reported and
// leaves the others alone, since whoever tries out one of them has no use for its
// end: the error tells of all that did, when ctx ends or none is left. No process
// is left when it returns.
func runAll(ctx context.Context, out *screen, bin string, services []instance) error {
	children, cancel := context.WithCancel(ctx)
	width := 0
	for _, s := range services {
		width = max(width, len(s.Name))
	}

	var running sync.WaitGroup
	var parts []*part
	ended := make(chan *part, len(services))
	for i, s := range services {
		prefix := fmt.Sprintf("%-*s |", width, s.Name)
		log := &prefixer{w: out, prefix: out.paint(palette[i%len(palette)], prefix) + " "}
		parts = append(parts, launch(children, out, bin, s, log, &running, ended))
	}
	running.Go(func() {
		states := awaitAll(children, out, parts)
		if children.Err() == nil {
			fmt.Fprint(out, banner(children, bin, parts, states))
		}
	})

	left := len(parts)
	for left > 0 && ctx.Err() == nil {
		select {
		case p := <-ended:
			left--
			if ctx.Err() == nil && left > 0 {
				out.alarm("%s HAS ENDED (%v): what it said last is above. The others go on; Ctrl-C and make up start it again.", p.Name, p.failure)
			}
		case <-ctx.Done():
		}
	}
	if left > 0 {
		out.say("ending")
	}
	// Those that ended by themselves, as opposed to those that are ended now.
	var failures []error
	for _, p := range parts {
		select {
		case <-p.ended:
			failures = append(failures, fmt.Errorf("%s has ended (%w)", p.Name, p.failure))
		default:
		}
	}
	cancel()
	running.Wait()
	if left == 0 && ctx.Err() == nil {
		failures = append(failures, errors.New("no service is left"))
	}
	return errors.Join(failures...)
}

// launch starts a service, and sends it to ended when it is no more.
func launch(ctx context.Context, out *screen, bin string, s instance, log *prefixer, running *sync.WaitGroup, ended chan<- *part) *part {
	p := &part{instance: s, ended: make(chan struct{})}
	over := func(why error) {
		p.failure = why
		close(p.ended)
		ended <- p
	}
	cmd := command(ctx, bin, s, log)
	if err := cmd.Start(); err != nil {
		over(err)
		return p
	}
	p.process = cmd.Process.Pid
	fmt.Fprintf(out, "%sstarted as process %d\n", log.prefix, p.process)
	running.Go(func() {
		_ = cmd.Wait() // its state says how it went
		log.Flush()
		if ctx.Err() == nil {
			over(errors.New(cmd.ProcessState.String()))
		}
	})
	return p
}

// command is a service's process, or that of the demo command that runs it. It
// has a process group of its own, so that a Ctrl-C on the terminal reaches it
// once, from here.
func command(ctx context.Context, bin string, s instance, log *prefixer) *exec.Cmd {
	name, args := s.Command(), []string{"--http", address(s.Port), "--admin", address(s.AdminPort()), "--log-format", "text"}
	switch {
	case s.emulated:
		name = s.DemoCommand()
	case s.instead != "":
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
