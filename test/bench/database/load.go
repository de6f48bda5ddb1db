package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/session"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// inFlight are the calls at a time over HTTP, and over stdio.
const (
	inFlight      = 32
	stdioInFlight = 16
	warmup        = 300
)

// A measured is what one server showed with one statement: a sample a round.
type measured struct {
	Label     string      `json:"label"`
	Statement string      `json:"statement"`
	Alone     []float64   `json:"calls_per_second_alone"`
	Together  []float64   `json:"calls_per_second_together"`
	CPU       []float64   `json:"cpu_us_per_call_together"`
	Ready     []float64   `json:"ready_ms"` // from before the process to its first answer
	Bytes     int         `json:"answer_bytes"`
	Text      int         `json:"text_bytes"` // what a model sees
	Memory    host.Memory `json:"memory"`
}

// sampler makes calls: so many in flight, that many and that long.
type sampler func(inFlight, calls int, lasting time.Duration) (session.Counted, error)

// sample counts with one call at a time and with many.
func (m *measured) sample(pid, many int, lasting time.Duration, do sampler) error {
	if _, err := do(many, warmup, 0); err != nil {
		return err
	}
	alone, err := do(1, 100, lasting/2)
	if err != nil {
		return err
	}
	before, err := host.CPUTime(pid)
	if err != nil {
		return err
	}
	together, err := do(many, 500, lasting)
	if err != nil {
		return err
	}
	after, err := host.CPUTime(pid)
	if err != nil {
		return err
	}
	m.Alone, m.Together = append(m.Alone, alone.Rate()), append(m.Together, together.Rate())
	m.CPU = append(m.CPU, float64((after-before).Microseconds())/float64(together.Calls))
	m.Memory, err = host.ReadMemory(pid)
	return err
}

// running is a server that was started and has answered once.
type running struct {
	pid  int
	do   func(statement, *measured) sampler
	stop func()
}

// each measures every server with every statement, round by round.
func (b *bench) each(ctx context.Context, list []server, many int, start func(context.Context, *server) (running, error)) ([]*measured, error) {
	all := make([][]*measured, len(list))
	for i := range list {
		all[i] = make([]*measured, len(statements))
	}
	for n := range b.rounds {
		for k := range list {
			i := (n + k) % len(list)
			s := &list[i]
			begin := time.Now()
			r, err := start(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			ready := float64(time.Since(begin).Microseconds()) / 1e3
			for j, st := range statements {
				if !s.takes(st) {
					continue
				}
				if n == 0 {
					all[i][j] = &measured{Label: s.label, Statement: st.name}
				}
				m := all[i][j]
				m.Ready = append(m.Ready, ready)
				if err := m.sample(r.pid, many, b.lasting, r.do(st, m)); err != nil {
					r.stop()
					return nil, fmt.Errorf("%s, %s: %w", s.name, st.name, err)
				}
				b.say("round %d/%d: %-22s %-15s %6.0f/s alone, %6.0f/s together, %5.0f µs", n+1, b.rounds, s.name, st.name, m.Alone[n], m.Together[n], m.CPU[n])
			}
			r.stop()
		}
	}
	var flat []*measured
	for j := range statements {
		for i := range all {
			if all[i][j] != nil {
				flat = append(flat, all[i][j])
			}
		}
	}
	return flat, nil
}

// http measures over HTTP those that have it.
func (b *bench) http(ctx context.Context, list []server) ([]*measured, error) {
	var with []server
	for _, s := range list {
		if s.http != nil {
			with = append(with, s)
		}
	}
	return b.each(ctx, with, inFlight, func(ctx context.Context, s *server) (running, error) {
		addr, err := child.FreeAddress()
		if err != nil {
			return running{}, err
		}
		p, err := child.Serve(ctx, s.name, b.dir, s.env, s.http(addr), listening(addr))
		if err != nil {
			return running{}, err
		}
		do := func(st statement, m *measured) sampler {
			return func(inFlight, calls int, lasting time.Duration) (session.Counted, error) {
				request, err := toolcall.New("http://"+addr+"/mcp", s.protocol, "", s.tool, s.arguments(st)).Bytes()
				if err != nil {
					return session.Counted{}, err
				}
				c, err := burst(ctx, addr, request, st, m, inFlight, calls, lasting)
				if err != nil {
					err = p.Explain(err)
				}
				return c, err
			}
		}
		return running{p.PID, do, p.Stop}, nil
	})
}

// burst keeps so many calls in flight, each on a connection of its own, until it
// has made that many and lasted that long. The first wrong answer ends it.
func burst(ctx context.Context, addr string, request []byte, st statement, m *measured, inFlight, calls int, lasting time.Duration) (session.Counted, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var made, answered atomic.Int64
	var once sync.Once
	var wg sync.WaitGroup
	begin := time.Now()
	for range inFlight {
		wg.Go(func() {
			c, err := dial(ctx, addr, request)
			if err != nil {
				cancel(err)
				return
			}
			defer c.close()
			for n := made.Add(1); ctx.Err() == nil && (n <= int64(calls) || time.Since(begin) < lasting); n = made.Add(1) {
				body, err := c.call(int(n))
				if err == nil {
					err = check(st, body)
				}
				if err == nil {
					once.Do(func() { m.Bytes = len(body); m.Text, err = visible(body) })
				}
				if err != nil {
					cancel(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	wg.Wait()
	return session.Counted{Calls: int(answered.Load()), Took: time.Since(begin)}, context.Cause(ctx)
}

// stdio measures over stdio.
func (b *bench) stdio(ctx context.Context, list []server) ([]*measured, error) {
	return b.each(ctx, list, stdioInFlight, func(ctx context.Context, s *server) (running, error) {
		c, err := session.Start(ctx, s.name, b.dir, s.env, s.stdio...)
		if err != nil {
			return running{}, err
		}
		do := func(st statement, m *measured) sampler {
			return func(inFlight, calls int, lasting time.Duration) (session.Counted, error) {
				text := []byte(s.arguments(st))
				at := bytes.Index(text, []byte(mark))
				next := func(n int) []byte {
					set(text, at, n)
					return text
				}
				return c.Burst(s.tool, next, inFlight, calls, lasting, func(n int, line []byte) error {
					if n > 0 {
						return check(st, line)
					}
					m.Bytes = len(line)
					var err error
					if m.Text, err = visible(line); err != nil {
						return err
					}
					return check(st, line)
				})
			}
		}
		if _, err := do(one, new(measured))(1, 1, 0); err != nil {
			c.Stop()
			return running{}, err
		}
		return running{c.PID(), do, c.Stop}, nil
	})
}
