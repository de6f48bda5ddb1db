package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// together is how many hostile calls are in flight at a time in a flood: with
// 1+1 as many as the service runs at once for one caller.
const together = 15

// A floodResult is what many hostile calls at a time showed.
type floodResult struct {
	Together  int         `json:"together"`
	Took      float64     `json:"took_ms"` // the slowest
	Name      string      `json:"slowest"`
	Bystander float64     `json:"bystander_ms"` // the slowest 1+1 meanwhile
	Memory    host.Memory `json:"memory"`
}

// flood sends every hostile call once, many at a time, and meanwhile asks for
// 1+1.
func (v *victim) flood(ctx context.Context, list []hostileCall) (*floodResult, error) {
	r := &floodResult{Together: together}
	var err error
	_, r.Bystander, err = v.during(ctx, func(ctx context.Context) error { return r.send(ctx, v, list) })
	if err != nil {
		return nil, err
	}
	r.Memory, err = host.ReadMemory(v.PID)
	return r, err
}

// send sends each of list to v.
func (r *floodResult) send(ctx context.Context, v *victim, list []hostileCall) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var next atomic.Int64
	var wg sync.WaitGroup
	for range together {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(len(list)) && ctx.Err() == nil; i = next.Add(1) {
				c := list[i-1]
				start := time.Now()
				body, err := toolcall.New(v.url, toolcall.Modern, "", c.Tool, string(c.Arguments)).Do(ctx, v.hostile)
				took := milliseconds(time.Since(start))
				if err == nil {
					_, err = c.check(body, true)
				}
				if err != nil {
					cancel(fmt.Errorf("%s: %w", c.Name, err))
					return
				}
				mu.Lock()
				if took > r.Took {
					r.Took, r.Name = took, c.Name
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (r *floodResult) String() string {
	return fmt.Sprintf("With %d hostile calls at a time the slowest `1+1` took %s ms, the slowest hostile call %s ms (%s), and the RSS rose to %.0f MB.",
		r.Together, figures(r.Bystander), figures(r.Took), r.Name, host.Megabytes(r.Memory.Peak))
}
