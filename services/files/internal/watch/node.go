package watch

import (
	"maps"
	"slices"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// node is a path that is watched, for all who watch it.
type node struct {
	path  tree.Path
	ready chan struct{} // closed when err is known
	err   error

	// The manager's lock guards these.
	listeners map[*listener]struct{}
	places    int       // listeners, and those who are about to be
	due       time.Time // when it is looked at
	place     int       // in the queue, -1 if it is not there
	last      time.Time // when it was last looked at
	cost      time.Duration
	gone      bool // nobody watches it, or nobody can
	running   bool // somebody looks at it
	dirty     bool // it may have changed since the last look
	lost      bool // its path may lead elsewhere
	force     bool // report it whatever it is
	polled    bool
	deps      []dep

	// Whoever looks at it has these for himself.
	known  state
	unsure bool // the last look failed
	looks  int
	walk   int // which walk this is
}

// dep is a name in a directory that a path leads through, "" for all in it.
type dep struct {
	dir  *dir
	name string
	walk int
}

func newNode(p tree.Path) *node {
	return &node{path: p, ready: make(chan struct{}), listeners: make(map[*listener]struct{}), place: -1, running: true}
}

// takeDeps returns the deps of a node that is gone, and cuts it off from
// events. The manager's lock is held.
func (n *node) takeDeps() []dep {
	deps := n.deps
	n.deps = nil
	for _, d := range deps {
		d.dir.cut(n, d.name)
	}
	return deps
}

// begin arms a new node and learns its state, in this order: what changes
// meanwhile makes an event.
func (m *Manager) begin(n *node) {
	start := time.Now()
	polled := m.resolve(n)
	s, err := first(n.path)
	m.mu.Lock()
	n.err, n.known = err, s
	close(n.ready)
	if err != nil {
		m.forget(n)
	}
	m.mu.Unlock()
	m.settle(n, start, polled, nil)
}

// look compares a node with what is known of it, and reports a change.
func (m *Manager) look(n *node) {
	start := time.Now()
	m.mu.Lock()
	event, lost, force, polled := n.dirty || n.unsure, n.lost || n.unsure, n.force, n.polled
	n.dirty, n.lost, n.force, n.unsure = false, false, false, false
	m.mu.Unlock()

	n.looks++
	if lost || !event && (!polled || n.looks%walkEvery == 0) {
		polled = m.resolve(n)
	}
	now, ok := n.known.next(n.path, event)
	var call []*listener
	m.mu.Lock()
	if ok {
		if force || n.known.differs(now, event) {
			call = slices.Collect(maps.Keys(n.listeners))
		}
		n.known = now
	} else {
		n.unsure, n.force, polled = true, force, true
	}
	m.mu.Unlock()
	m.settle(n, start, polled, call)
}

// walkEvery is how often the path of a node that is polled is walked anew, in
// looks: it may be possible to watch it by now.
const walkEvery = 10

// settle ends a look: the node waits for its next one, or its end is completed.
func (m *Manager) settle(n *node, start time.Time, polled bool, call []*listener) {
	m.mu.Lock()
	n.running = false
	n.last = time.Now()
	n.cost = n.last.Sub(start)
	var ends []dep
	if n.gone {
		ends = n.takeDeps()
	} else {
		// What is written by another of its names makes no event here.
		m.setPolled(n, polled || n.known.kind == file && n.known.info.Links > 1)
		m.plan(n)
	}
	m.mu.Unlock()
	m.release(ends)
	for _, l := range call {
		if l.ctx.Err() == nil {
			l.changed()
		}
	}
}

// setPolled counts the nodes that are polled. The lock is held.
func (m *Manager) setPolled(n *node, polled bool) {
	if polled && !n.polled {
		m.polled++
	}
	if !polled && n.polled {
		m.polled--
	}
	n.polled = polled
}
