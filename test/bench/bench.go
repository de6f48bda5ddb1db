package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

// A bench is one run.
type bench struct {
	options
	dir      string // for binaries and logs; its owner removes it
	progress io.Writer
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "bench: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (*results, error) {
	list, err := b.contestants(ctx)
	if err != nil {
		return nil, err
	}
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	r := &results{Machine: machine, Options: b.options.published(), Servers: make([]*result, len(list))}
	for i, c := range list {
		r.Servers[i] = &result{Name: c.name, Label: c.label}
		if !c.bare {
			r.Servers[i].Protocol = c.protocol
		}
	}
	for _, phase := range []func(context.Context, []contestant, *results) error{b.cpu, b.stdio, b.memoryUse} {
		if err := phase(ctx, list, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// cpu keeps all servers running and takes them in turn, beginning each round
// with another one.
func (b *bench) cpu(ctx context.Context, list []contestant, r *results) error {
	var servers []*process
	defer func() {
		for _, p := range servers {
			p.stop()
		}
	}()
	for _, c := range list {
		size := 0
		if len(servers) > 0 {
			size = servers[0].size
		}
		p, err := serve(ctx, c, b.dir, size)
		if err != nil {
			return err
		}
		servers = append(servers, p)
	}
	pids := []int{os.Getpid()}
	for _, p := range servers {
		pids = append(pids, p.PID)
	}
	others, err := host.Watch(pids...)
	if err != nil {
		return err
	}
	for n := range b.rounds {
		for k := range servers {
			i := (n + k) % len(servers)
			sample, err := measureRound(ctx, servers[i], b.options)
			if err != nil {
				return err
			}
			r.Servers[i].Rounds = append(r.Servers[i].Rounds, sample)
			b.say("round %d/%d: %-14s %6.1f µs CPU per call", n+1, b.rounds, servers[i].name, sample.CPU)
		}
	}
	r.Others, err = others.Share()
	return err
}

// stdio starts the servers in turn too.
func (b *bench) stdio(ctx context.Context, list []contestant, r *results) error {
	b.say("%d stdio starts each", b.starts)
	for range b.starts {
		for i, c := range list {
			if !c.stdio {
				continue
			}
			took, err := firstAnswer(ctx, c, b.dir)
			if err != nil {
				return err
			}
			r.Servers[i].Starts = append(r.Servers[i].Starts, milliseconds(took))
		}
	}
	return nil
}

// memoryUse gives each server a process of its own, so that it has served
// exactly the calls it is charged for.
func (b *bench) memoryUse(ctx context.Context, list []contestant, r *results) error {
	for i, c := range list {
		b.say("memory of %s after %d calls", c.name, b.memory)
		m, err := b.memoryOf(ctx, c)
		if err != nil {
			return err
		}
		r.Servers[i].Memory = m
	}
	return nil
}

func (b *bench) memoryOf(ctx context.Context, c contestant) (host.Memory, error) {
	p, err := serve(ctx, c, b.dir, 0)
	if err != nil {
		return host.Memory{}, err
	}
	defer p.stop()
	// One call was made to see that it is up.
	if _, err := burst(ctx, p, b.memory-1, 0); err != nil {
		return host.Memory{}, err
	}
	return host.ReadMemory(p.PID)
}
