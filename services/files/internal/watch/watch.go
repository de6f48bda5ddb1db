// Package watch tells when files change, and loses no change: each one that is
// watched is reported at least once after its last change. What counts is the
// content: a file that was touched, or has the bytes that it had before when it
// is looked at, has not changed. What is written through shared memory is seen
// within two minutes.
//
// [New] starts a [Manager], [Manager.Watch] begins a watch. A path is watched
// name by name, so that it does not matter which directory on it is moved,
// deleted, made again or replaced by a link. Directories that the system cannot
// watch are polled.
package watch

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// The defaults of [Options].
const (
	DefaultMaxWatches = 100_000
	DefaultPoll       = time.Second
)

// Options change how a Manager watches. The zero value is usable.
type Options struct {
	// MaxWatches is how many watches there may be; 0 stands for DefaultMaxWatches.
	MaxWatches int
	// MaxDirectories is how many directories the system is asked to watch, each
	// of which keeps a file open; those above are polled. 0 stands for as many
	// as half the files that the process may open, and 16,384 at most.
	MaxDirectories int
	// Poll is how often what is polled is looked at, at most; half as often at
	// least. 0 stands for DefaultPoll.
	Poll time.Duration
	// Notice is told once when directories are polled that should not be, and why.
	Notice func(message string, cause error)
}

// How long a change waits for others of the same file, and the least time
// between two looks at one.
const (
	coalesce = 50 * time.Millisecond
	between  = 100 * time.Millisecond
)

// audit is how often a file is looked at, at least, though no event has come:
// some changes make none, as when something is mounted.
const audit = time.Minute

// A Manager watches files for all sessions of a process. It is safe for
// concurrent use.
type Manager struct {
	opts    Options
	backend backend
	notice  sync.Once

	// arming is held while directories are given to the backend or taken from
	// it. It is taken before mu.
	arming sync.Mutex

	mu        sync.Mutex
	closed    bool
	nodes     map[tree.Path]*node
	listeners int
	dirs      map[any]*dir    // by identity
	names     map[string]*dir // by the name that the backend knows
	queue     queue
	epoch     int // how often events were lost
	polled    int

	wake chan struct{} // the head of the queue came nearer
	work chan *node
	done chan struct{}
	wg   sync.WaitGroup
}

// A listener is one call of Watch.
type listener struct {
	ctx     context.Context
	changed func()
	stop    func() bool
}

// New returns a Manager. It must be closed. Where the system can watch nothing,
// it polls.
func New(opts Options) *Manager {
	b, err := open()
	m := start(opts, b)
	if err != nil {
		m.fellBack(err)
	}
	return m
}

func start(opts Options, b backend) *Manager {
	opts.MaxWatches = cmp.Or(opts.MaxWatches, DefaultMaxWatches)
	opts.MaxDirectories = cmp.Or(opts.MaxDirectories, mostDirectories())
	opts.Poll = cmp.Or(opts.Poll, DefaultPoll)
	m := &Manager{
		opts: opts, backend: b,
		nodes: make(map[tree.Path]*node), dirs: make(map[any]*dir), names: make(map[string]*dir),
		wake: make(chan struct{}, 1), work: make(chan *node), done: make(chan struct{}),
	}
	if b.events != nil {
		m.wg.Go(m.drain)
	}
	m.wg.Go(m.schedule)
	for range workers {
		m.wg.Go(m.serve)
	}
	return m
}

// Watch calls changed after each change of p until ctx ends: of a file's
// content, of the names and types in a directory, or of whether it is there.
// Nothing need be there yet. It returns when no further change is missed.
// changed must not wait; it may be called by several goroutines. What lies
// outside of the root, also if a link leads there, is refused, and is as if it
// were not there if that comes to be later.
func (m *Manager) Watch(ctx context.Context, p tree.Path, changed func()) error {
	n, fresh, err := m.join(p)
	if err != nil {
		return err
	}
	if fresh {
		m.begin(n)
	}
	select {
	case <-n.ready:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		m.leave(n, nil)
		return err
	}
	if n.err != nil {
		m.leave(n, nil)
		return n.err
	}
	l := &listener{ctx: ctx, changed: changed}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed(p)
	}
	n.listeners[l] = struct{}{}
	if n.dirty || n.running {
		// Whoever joins now may have read what was there between what is known
		// and what will be found.
		n.dirty, n.force = true, true
	}
	l.stop = context.AfterFunc(ctx, func() { m.leave(n, l) })
	return nil
}

func errClosed(p tree.Path) error { return tree.Errorf(tree.Busy, p, "the server is shutting down") }

// join takes a place at the node of p, which is made if it is not there.
func (m *Manager) join(p tree.Path) (n *node, fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return nil, false, errClosed(p)
	case m.listeners >= m.opts.MaxWatches:
		return nil, false, tree.Errorf(tree.Busy, p, "%d files are watched, the most that can be", m.opts.MaxWatches)
	}
	if n = m.nodes[p]; n == nil {
		n, fresh = newNode(p), true
		m.nodes[p] = n
	}
	n.places++
	m.listeners++
	return n, fresh, nil
}

// leave gives a place back, with the listener that has it, and ends the node
// with the last.
func (m *Manager) leave(n *node, l *listener) {
	m.mu.Lock()
	delete(n.listeners, l)
	m.listeners--
	n.places--
	var ends []dep
	if n.places == 0 {
		ends = m.forget(n)
	}
	m.mu.Unlock()
	m.release(ends)
}

// forget removes a node, and returns the directories that it has no use for any
// more. The lock is held.
func (m *Manager) forget(n *node) []dep {
	n.gone = true
	if m.nodes[n.path] == n {
		delete(m.nodes, n.path)
	}
	m.queue.remove(n)
	m.setPolled(n, false)
	if n.running {
		return nil // whoever looks at it does the rest
	}
	return n.takeDeps()
}

// Stats is what a Manager does now, and how often it fell behind.
type Stats struct {
	// Watches are calls of Watch that have not ended, Files what they watch.
	Watches, Files int
	// Directories is how many the system watches.
	Directories int
	// Polled are the files that are polled.
	Polled int
	// Overflows is how often the system dropped events, after which every file
	// was looked at.
	Overflows int
}

// Stats returns what the Manager does now.
func (m *Manager) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{Watches: m.listeners, Files: len(m.nodes), Directories: len(m.names), Polled: m.polled, Overflows: m.epoch}
}

// Close ends all watches.
func (m *Manager) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	close(m.done)
	var ends []dep
	for _, n := range m.nodes {
		for l := range n.listeners {
			l.stop()
		}
		ends = append(ends, m.forget(n)...)
	}
	m.mu.Unlock()
	err := m.backend.close()
	m.wg.Wait()
	m.release(ends)
	return err
}

// fellBack says, the first time, that files are polled.
func (m *Manager) fellBack(cause error) {
	m.notice.Do(func() {
		if m.opts.Notice != nil {
			m.opts.Notice("the system cannot watch some directories; what is in them is polled", cause)
		}
	})
}
