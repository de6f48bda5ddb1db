package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	watchedURI = "db://default/public/orders"
	channel    = "bench_orders"
	// pause between two NOTIFYs is longer than what the server may gather, so
	// that each is told by itself.
	pause    = 120 * time.Millisecond
	patience = 10 * time.Second
)

// notified is how soon NOTIFYs were told, in milliseconds.
type notified struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Most  float64 `json:"most_ms"`
}

// String is the result in words.
func (n *notified) String() string {
	return fmt.Sprintf("%d NOTIFYs, each told to a subscriber over HTTP: median %.1f ms, p99 %.1f ms, at most %.1f ms from before the NOTIFY to the client's notification.",
		n.Count, n.P50, n.P99, n.Most)
}

// notify sends NOTIFYs one after the other and waits for each to be told.
func (b *bench) notify(ctx context.Context, s *localpg.Server) (*notified, error) {
	addr, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	env := []string{"DATABASE_URL=" + b.url(), "DATABASE_SUBSCRIBE=orders=" + channel}
	p, err := child.Serve(ctx, "notify", b.dir, env, []string{b.binary, "--http", addr, "--rate-limit", "off"}, listening(addr))
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	conn, err := pgx.Connect(ctx, s.URL("postgres", "postgres"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ready, told := make(chan struct{}, 1), make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cancel(toolcall.Listen(ctx, "http://"+addr+"/mcp", []string{watchedURI}, ready, func(string) { told <- struct{}{} }))
	}()
	defer func() { <-ended }()
	defer cancel(nil)
	wait := func(c <-chan struct{}) error {
		select {
		case <-c:
			return nil
		case <-ctx.Done():
			return p.Explain(context.Cause(ctx))
		case <-time.After(patience):
			return p.Explain(fmt.Errorf("nothing was told in %v", patience))
		}
	}
	if err := wait(ready); err != nil {
		return nil, err
	}
	took := make([]float64, b.notifications)
	for n := range took {
		begin := time.Now()
		if _, err := conn.Exec(ctx, "select pg_notify($1, '')", channel); err != nil {
			return nil, err
		}
		if err := wait(told); err != nil {
			return nil, err
		}
		took[n] = float64(time.Since(begin).Microseconds()) / 1e3
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	slices.Sort(took)
	res := &notified{Count: len(took), P50: report.Quantile(took, 0.5), P99: report.Quantile(took, 0.99), Most: took[len(took)-1]}
	b.say("%s", res)
	return res, nil
}
