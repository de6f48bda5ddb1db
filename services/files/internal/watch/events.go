package watch

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fsnotify/fsnotify"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// backend is the system's watcher. The zero value watches nothing.
type backend struct {
	events <-chan fsnotify.Event
	errors <-chan error
	add    func(string) error
	remove func(string) error
	close  func() error
	remote func(*tree.Handle) bool // whether there are changes without events
}

var (
	errFull = errors.New("as many directories are watched as may be")
	errNone = errors.New("there is no watcher")
)

// queued is how many events may wait in the process, beside those that wait in
// the kernel.
const queued = 4096

func open() (backend, error) {
	w, err := fsnotify.NewBufferedWatcher(queued)
	if err != nil {
		return backend{
			add:    func(string) error { return errNone },
			remove: func(string) error { return nil },
			close:  func() error { return nil },
			remote: (*tree.Handle).Remote,
		}, err
	}
	return backend{w.Events, w.Errors, w.Add, w.Remove, w.Close, (*tree.Handle).Remote}, nil
}

// exact says that a name in an event is spelled as in the path that leads to it.
const exact = runtime.GOOS == "linux"

// drain takes events as fast as they come: what waits too long in the kernel is
// dropped there.
func (m *Manager) drain() {
	events, errs := m.backend.events, m.backend.errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			m.event(e)
		case _, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			// Most likely fsnotify.ErrEventOverflow. Whatever it is, events may be lost.
			m.suspect()
		}
	}
}

// event marks the nodes that e concerns.
func (m *Manager) event(e fsnotify.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	moved := e.Op.Has(fsnotify.Create) || e.Op.Has(fsnotify.Remove) || e.Op.Has(fsnotify.Rename)
	if x := m.names[e.Name]; x != nil {
		switch {
		case e.Op.Has(fsnotify.Remove) || e.Op.Has(fsnotify.Rename):
			// fsnotify has ended the watch.
			m.bury(x)
		case !exact:
			m.markAll(x, false) // a directory's own time, where that is all one is told
		}
		if exact {
			return
		}
	}
	i := strings.LastIndexByte(e.Name, filepath.Separator)
	if i < 0 {
		return
	}
	x := m.names[e.Name[:i]]
	if x == nil {
		return
	}
	if !exact {
		m.markAll(x, moved)
		return
	}
	for n := range x.nodes[e.Name[i+1:]] {
		m.mark(n, moved)
	}
	if moved {
		for n := range x.nodes[""] {
			m.mark(n, false)
		}
	}
}

func (m *Manager) markAll(x *dir, lost bool) {
	for _, nodes := range x.nodes {
		for n := range nodes {
			m.mark(n, lost)
		}
	}
}

// mark says that a node may have changed, and that its path may lead elsewhere
// if it is lost. The lock is held.
func (m *Manager) mark(n *node, lost bool) {
	n.lost = n.lost || lost
	if n.dirty {
		return
	}
	n.dirty = true
	if !n.running && !n.gone {
		m.plan(n)
	}
}

// suspect says that all nodes may have changed.
func (m *Manager) suspect() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	for _, n := range m.nodes {
		m.mark(n, true)
	}
}
