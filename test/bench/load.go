package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// burst sends calls to p, 16 at a time, until it has made that many and lasted
// that long. It returns how long each took, in ascending order. The first wrong
// answer ends it.
func burst(ctx context.Context, p *process, calls int, lasting time.Duration) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var took [inFlight][]time.Duration
	var made atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for worker := range inFlight {
		wg.Go(func() {
			for ctx.Err() == nil && (made.Add(1) <= int64(calls) || time.Since(begin) < lasting) {
				start := time.Now()
				if _, err := p.call.do(ctx, p.client); err != nil {
					cancel(err)
					return
				}
				took[worker] = append(took[worker], time.Since(start))
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, p.Explain(err)
	}
	all := slices.Concat(took[:]...)
	slices.Sort(all)
	return all, nil
}

// A round is one counted burst.
type round struct {
	CPU  float64 `json:"cpu_us_per_call"`
	Rate float64 `json:"calls_per_second"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
}

// measureRound warms p up, then counts.
func measureRound(ctx context.Context, p *process, o options) (round, error) {
	if _, err := burst(ctx, p, o.warmup, 0); err != nil {
		return round{}, err
	}
	before, err := host.CPUTime(p.PID)
	if err != nil {
		return round{}, err
	}
	start := time.Now()
	took, err := burst(ctx, p, o.calls, o.lasting)
	if err != nil {
		return round{}, err
	}
	wall := time.Since(start)
	after, err := host.CPUTime(p.PID)
	if err != nil {
		return round{}, err
	}
	calls := float64(len(took))
	return round{
		CPU:  float64((after - before).Nanoseconds()) / 1e3 / calls,
		Rate: calls / wall.Seconds(),
		P50:  milliseconds(report.Quantile(took, 0.50)),
		P99:  milliseconds(report.Quantile(took, 0.99)),
	}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
