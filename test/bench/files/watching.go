package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	watchedDirs   = 100
	watchedFiles  = 10_000
	listens       = 10
	changesPerSec = 2_000
	settleTime    = 30 * time.Second
	quiet         = time.Second
)

// watchings is how soon changes were told. Times are in milliseconds.
type watchings struct {
	Subscriptions int         `json:"subscriptions"`
	Changes       int         `json:"changes"`
	Notified      int         `json:"notifications"`
	P50           float64     `json:"p50_ms"`
	P99           float64     `json:"p99_ms"`
	Most          float64     `json:"most_ms"`
	CPU           float64     `json:"cpu_seconds"`
	Memory        host.Memory `json:"memory"`
}

// String is the result in words.
func (w *watchings) String() string {
	return fmt.Sprintf("%d subscriptions on %d streams, %d changes at %d a second: every one was told. "+
		"From the beginning of a change to its notification: median %.0f ms, p99 %.0f ms, at most %.0f ms; %d notifications, %.1f s of CPU, RSS at its peak %.1f MB.",
		w.Subscriptions, listens, w.Changes, changesPerSec, w.P50, w.P99, w.Most, w.Notified, w.CPU, host.Megabytes(w.Memory.Peak))
}

// watched is what is known of each file: when the oldest change was made that
// nobody was told of.
type watched struct {
	mu       sync.Mutex
	since    map[string]time.Time // by URI
	took     []float64
	notified int
}

func (w *watched) changed(uri string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since[uri].IsZero() {
		w.since[uri] = time.Now()
	}
}

func (w *watched) told(uri string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notified++
	if t := w.since[uri]; !t.IsZero() {
		w.took = append(w.took, milliseconds(time.Since(t)))
		delete(w.since, uri)
	}
}

// counts returns how many changes were not told yet, and how many notifications
// there were.
func (w *watched) counts() (untold, notified int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.since), w.notified
}

// watching subscribes to 10,000 files, changes them at random, and at the end
// each of them once more.
func (b *bench) watching(ctx context.Context, binary string) (*watchings, error) {
	dir := filepath.Join(b.dir, "watched")
	names, err := watchedTree(dir)
	if err != nil {
		return nil, err
	}
	server, url, err := b.serve(ctx, binary, "watched="+dir)
	if err != nil {
		return nil, err
	}
	defer server.Stop()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &watched{since: make(map[string]time.Time)}
	var streams sync.WaitGroup
	defer streams.Wait()
	defer cancel(nil) // before it waits
	b.say("subscribing to %d files", len(names))
	ready := make(chan struct{}, listens)
	for part := range slices.Chunk(names, len(names)/listens) {
		streams.Go(func() {
			if err := toolcall.Listen(ctx, url, watchedURIs(part), ready, w.told); ctx.Err() == nil {
				cancel(fmt.Errorf("a stream has ended: %w", err))
			}
		})
	}
	for range listens {
		select {
		case <-ready:
		case <-ctx.Done():
			return nil, server.Explain(context.Cause(ctx))
		}
	}

	b.say("changing them %d times", b.changes)
	before, err := host.CPUTime(server.PID)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(3, 4))
	pace := time.NewTicker(time.Second / changesPerSec)
	defer pace.Stop()
	for n := range b.changes + len(names) {
		if n == b.changes {
			if err := settle(ctx, w); err != nil {
				return nil, server.Explain(err)
			}
		}
		name := names[n%len(names)]
		if n < b.changes {
			name = names[r.IntN(len(names))]
		}
		w.changed(watchedURI(name)) // before, since it may be told at once
		if err := rewrite(filepath.Join(dir, name), n); err != nil {
			return nil, err
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return nil, server.Explain(context.Cause(ctx))
		}
	}
	if err := settle(ctx, w); err != nil {
		return nil, server.Explain(err)
	}
	after, err := host.CPUTime(server.PID)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.took)
	res := &watchings{Subscriptions: len(names), Changes: b.changes + len(names), Notified: w.notified, CPU: (after - before).Seconds(),
		P50: report.Quantile(w.took, 0.5), P99: report.Quantile(w.took, 0.99), Most: w.took[len(w.took)-1]}
	if res.Memory, err = host.ReadMemory(server.PID); err != nil {
		return nil, err
	}
	b.say("%s", res)
	return res, nil
}

// settle waits until nothing is untold and no notification has come for a
// while, and fails when that takes too long.
func settle(ctx context.Context, w *watched) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	for last := -1; ; {
		untold, notified := w.counts()
		if untold == 0 && notified == last {
			return nil
		}
		last = notified
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d changes were not told: %w", untold, context.Cause(ctx))
		}
	}
}

func watchedURI(name string) string { return "file:///watched/" + name }

func watchedURIs(names []string) []string {
	uris := make([]string, len(names))
	for i, name := range names {
		uris[i] = watchedURI(name)
	}
	return uris
}

// watchedTree makes the files and returns their names.
func watchedTree(dir string) ([]string, error) {
	var names []string
	for i := range watchedFiles {
		name := fmt.Sprintf("d%02d/f%d.txt", i%watchedDirs, i)
		if i < watchedDirs {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
				return nil, err
			}
		}
		if err := rewrite(filepath.Join(dir, name), -1); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// rewrite gives a file another content, in turns as an editor saves it and in
// place.
func rewrite(path string, n int) error {
	body := fmt.Appendf(nil, "content %d\n", n)
	if n%2 == 0 {
		return os.WriteFile(path, body, 0o644)
	}
	temp := path + "~"
	if err := os.WriteFile(temp, body, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
