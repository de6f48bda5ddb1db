package search

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

const (
	maxWorkers = 8
	batchFiles = 16 // what is handed to a worker at once
	reportTime = 250 * time.Millisecond
)

// run is one call of [Run].
type run struct {
	o       Options
	matcher *match.Matcher
	starts  []tree.Path
	expired <-chan time.Time

	result Result
	found  int  // lines or files
	size   int  // as JSON, about
	passed bool // a file was taken
	done   bool
	last   Place // what was taken last
	bytes  atomic.Int64
}

// A task is a file that is to be searched, and afterwards what was found.
type task struct {
	dir     *tree.Dir // nil for a start that is a file
	name    string
	rel     string // below the start
	after   int    // lines up to this one are known
	release func()

	file outcome
	done bool
}

// A batch is a few files, searched by one worker.
type batch struct {
	tasks []task
	ready chan struct{}
}

// search searches what is below one start.
func (r *run) search(ctx context.Context, start int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	p := &producer{
		ctx: ctx, cancel: cancel, run: r, start: start,
		work:  make(chan *batch, workers),
		order: make(chan *batch, 2*workers),
	}
	var wg sync.WaitGroup
	wg.Go(p.produce)
	for range workers {
		wg.Go(func() {
			w := newWorker(ctx, r)
			for b := range p.work {
				for i := range b.tasks {
					w.search(r.starts[start], &b.tasks[i])
				}
				close(b.ready)
			}
		})
	}
	err := r.collect(ctx, p)
	cancel()
	left := 0
	for b := range p.order { // what nobody wants any more
		<-b.ready
		left++
	}
	wg.Wait()
	if r.result.Partial && !r.passed && left == 0 && p.dir != "" {
		// Nothing but directories was seen in all of the time.
		r.stop(Place{Start: start, Rel: p.dir})
	}
	r.result.Stats.Bytes = r.bytes.Load()
	s := &r.result.Stats.Walk
	s.Entries += p.stats.Entries
	s.Dirs += p.stats.Dirs
	s.Hidden += p.stats.Hidden
	s.Ignored += p.stats.Ignored
	skipped := &r.result.Stats.Skipped
	skipped.Denied += p.stats.Skipped.Denied
	skipped.Other += p.stats.Skipped.Failed + p.stats.Skipped.TooDeep
	if err == nil && !r.done {
		err = p.err
	}
	return err
}

// collect takes the batches in their order.
func (r *run) collect(ctx context.Context, p *producer) error {
	tick := time.NewTicker(reportTime)
	defer tick.Stop()
	for {
		var b *batch
		select {
		case b = <-p.order:
		case <-tick.C:
			r.report()
			continue
		case <-r.expired:
			r.expire(p, nil)
			return nil
		}
		if b == nil {
			return nil
		}
		for waiting := true; waiting; {
			select {
			case <-b.ready:
				waiting = false
			case <-tick.C:
				r.report()
			case <-r.expired:
				r.expire(p, b)
				return nil
			case <-ctx.Done():
				<-b.ready
				return ctx.Err()
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		before := r.found
		for i := range b.tasks {
			if r.take(p.start, &b.tasks[i]); r.done {
				return nil
			}
		}
		if before == 0 && r.found > 0 {
			r.report()
		}
	}
}

func (r *run) report() {
	if r.o.Progress != nil {
		r.o.Progress(r.bytes.Load(), r.result.Stats.Files, r.found)
	}
}

// expire ends the search because the time ran out, while it waited for a batch.
// A file that has taken all of the time is passed over, or no further search
// would come past it.
func (r *run) expire(p *producer, b *batch) {
	p.cancel()
	if b != nil {
		<-b.ready
		for i := range b.tasks {
			if t := &b.tasks[i]; t.done {
				r.take(p.start, t)
			} else if !r.passed {
				t.file = outcome{fate: large}
				r.take(p.start, t)
				break
			} else {
				break
			}
			if r.done {
				return
			}
		}
	}
	if !r.passed {
		r.last = r.o.After
	}
	r.result.Partial = true
	r.stop(r.last)
}

// take adds what was found in a file.
func (r *run) take(start int, t *task) {
	f := &t.file
	if r.o.Mode == Lines && r.found > 0 && f.count > 0 && r.size+weigh(f.matches[0]) > r.o.MaxBytes {
		r.stop(r.last) // the file is the first of the next search
		return
	}
	s := &r.result.Stats
	r.passed, r.last = true, Place{Start: start, Rel: t.rel}
	switch f.fate {
	case searched:
		s.Files++
	case binary:
		s.Skipped.Binary++
	case large:
		s.Skipped.Large++
	case denied:
		s.Skipped.Denied++
	case failed:
		s.Skipped.Other++
	}
	if t.rel == "" { // of a start that is a file nothing is behind
		r.last = Place{Start: start + 1}
	}
	if f.count == 0 {
		return
	}
	s.Matched++
	out := File{Path: r.starts[start]}
	if t.rel != "" {
		out.Path = out.Path.Join(t.rel)
	}
	r.size += len(out.Path.String()) + 40
	if r.o.Mode == Lines {
		out.Matches = r.fit(f.matches)
		f.more = f.more || len(out.Matches) < len(f.matches)
	} else {
		r.found++
		out.Count = f.count
	}
	r.result.Files = append(r.result.Files, out)
	if f.more {
		r.last = Place{Start: start, Rel: t.rel, Line: out.Matches[len(out.Matches)-1].Line}
	}
	if f.more || r.full() {
		r.stop(r.last)
	}
}

// fit returns as many matches of a file as there is room for, at least one.
func (r *run) fit(matches []Match) []Match {
	for i := range matches {
		n := weigh(matches[i])
		if i > 0 && (r.full() || r.size+n > r.o.MaxBytes) {
			return matches[:i]
		}
		r.size += n
		r.found++
	}
	return matches
}

// stop ends the search; the next one begins behind last.
func (r *run) stop(last Place) {
	r.done = true
	r.result.Next = &last
}

func (r *run) full() bool { return r.found >= r.o.Limit || r.size > r.o.MaxBytes }

// A producer walks, and makes batches of the files that it meets.
type producer struct {
	ctx    context.Context
	cancel context.CancelFunc
	run    *run
	start  int
	work   chan *batch
	order  chan *batch
	batch  *batch
	dir    string // the last one that was seen
	stats  walk.Stats
	err    error
}

func (p *producer) produce() {
	defer close(p.order)
	defer close(p.work)
	start, after := p.run.starts[p.start], Place{}
	if p.start == p.run.o.After.Start {
		after = p.run.o.After
	}
	info, err := start.Stat()
	if err != nil || info.Type != tree.Directory {
		if err == nil && (after.Rel == "" || after.Line > 0) {
			p.add(task{after: after.Line})
			p.send()
		}
		p.err = err
		return
	}
	if after.Rel != "" && after.Line > 0 {
		p.resume(start.Join(after.Rel), after)
	}
	o := p.run.o.Walk
	o.After = after.Rel
	p.stats, p.err = walk.Walk(p.ctx, start, o, p.visit)
	p.send()
}

// resume searches the rest of a file.
func (p *producer) resume(path tree.Path, after Place) {
	dir, err := path.Parent()
	if err != nil {
		return // it is gone, and so are its lines
	}
	p.add(task{dir: dir, name: path.Base(), rel: after.Rel, after: after.Line, release: func() { dir.Close() }})
}

func (p *producer) visit(e walk.Entry) error {
	switch e.Type {
	case tree.Directory:
		p.dir = e.Rel()
	case tree.Regular:
		p.add(task{dir: e.Dir, name: e.Name, rel: e.Rel(), release: e.Hold()})
	case tree.Other:
		p.add(task{rel: e.Rel(), file: outcome{fate: failed}, done: true})
	}
	if p.ctx.Err() != nil {
		return fs.SkipAll
	}
	return nil
}

func (p *producer) add(t task) {
	if p.batch == nil {
		p.batch = &batch{tasks: make([]task, 0, batchFiles), ready: make(chan struct{})}
	}
	if p.batch.tasks = append(p.batch.tasks, t); len(p.batch.tasks) == batchFiles {
		p.send()
	}
}

// send hands the batch on. The channel of the order is the one that holds the
// producer back.
func (p *producer) send() {
	if p.batch == nil {
		return
	}
	b := p.batch
	p.batch = nil
	select {
	case p.order <- b:
		p.work <- b // a worker takes it: they run until this channel is closed
	case <-p.ctx.Done():
		for i := range b.tasks {
			b.tasks[i].drop()
		}
	}
}

// drop releases the directory.
func (t *task) drop() {
	if t.release != nil {
		t.release()
		t.release = nil
	}
}

// fateOf says what becomes of a file that failed.
func fateOf(err error) fate {
	switch tree.KindOf(err) {
	case tree.NotFound, tree.NotDirectory:
		return gone
	case tree.Denied:
		return denied
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return gone
	}
	return failed
}

// weigh estimates the size of a match as JSON.
func weigh(m Match) int {
	n := 40 + quoted(m.Text)
	for _, s := range m.Before {
		n += quoted(s)
	}
	for _, s := range m.After {
		n += quoted(s)
	}
	return n
}

func quoted(s string) int {
	n := 3 + len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '<', c == '>', c == '&':
			n += 5
		case c == '"', c == '\\':
			n++
		}
	}
	return n
}
