package watch

import (
	"path/filepath"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// dir is a directory that the system watches, for all nodes whose paths lead
// through it.
type dir struct {
	handle *tree.Handle
	id     any
	remote bool

	// The manager's lock guards these.
	refs  int
	dead  bool // it was moved or deleted, and is not watched any more
	epoch int  // of the manager, when it was last armed
	nodes map[string]map[*node]struct{}
}

func (d *dir) cut(n *node, name string) {
	delete(d.nodes[name], n)
	if len(d.nodes[name]) == 0 {
		delete(d.nodes, name)
	}
}

// A path with more links than this, or that leads through more names, is not
// walked to its end.
const (
	maxLinks = 40
	maxDeps  = 512
)

// resolve walks the path of a node as the kernel does, from directory to
// directory, and makes events of each name that it depends on reach the node,
// also where there is nothing yet. A directory is watched, and its events reach
// the node, before a name in it is looked up. It reports whether the node must
// be polled, because a directory could not be watched. The caller looks at the
// node.
func (m *Manager) resolve(n *node) (polled bool) {
	n.walk++
	w := &walker{m: m, n: n, rest: split(n.path.Rel)}
	defer w.close()
	if w.restart() {
		for w.step() {
		}
	}

	m.mu.Lock()
	var ends []dep
	kept := n.deps[:0]
	for _, d := range n.deps {
		if d.walk == n.walk {
			kept = append(kept, d)
		} else {
			d.dir.cut(n, d.name)
			ends = append(ends, d)
		}
	}
	clear(n.deps[len(kept):])
	n.deps = kept
	m.mu.Unlock()
	m.release(ends)
	return w.polled
}

// walker is a walk along a path.
type walker struct {
	m      *Manager
	n      *node
	stack  []*tree.Dir // from the root to where the walk is
	rest   []string    // names that are still to come
	links  int
	polled bool
}

func (w *walker) close() {
	for _, d := range w.stack {
		d.Close()
	}
	w.stack = nil
}

// restart goes to the root.
func (w *walker) restart() bool {
	w.close()
	top, err := w.n.path.Root.Top().OpenDir()
	if err != nil {
		w.polled = true
		return false
	}
	w.stack = append(w.stack, top)
	return true
}

// step goes one name on, and reports whether there is more to do.
func (w *walker) step() bool {
	here := w.stack[len(w.stack)-1]
	if len(w.rest) == 0 {
		w.depend(here, "")
		return false
	}
	name := w.rest[0]
	w.rest = w.rest[1:]
	switch name {
	case "", ".":
		return true
	case "..":
		if len(w.stack) == 1 {
			return false // out of the root, where nothing is watched
		}
		here.Close()
		w.stack = w.stack[:len(w.stack)-1]
		return true
	}
	if !w.depend(here, name) {
		return false
	}
	info, err := here.Lstat(name)
	if err != nil {
		return w.stop(err)
	}
	switch info.Type {
	case tree.Directory:
		sub, err := here.OpenDir(name)
		if err != nil {
			return w.stop(err)
		}
		w.stack = append(w.stack, sub)
		return true
	case tree.Symlink:
		target, err := here.Readlink(name)
		if err != nil {
			return w.stop(err)
		}
		return w.follow(target)
	}
	return false
}

// follow goes on along the target of a link.
func (w *walker) follow(target string) bool {
	if w.links++; w.links > maxLinks {
		return false
	}
	target = filepath.ToSlash(target)
	if filepath.IsAbs(target) {
		rest, ok := strings.CutPrefix(target, filepath.ToSlash(w.n.path.Root.Host()))
		if !ok || rest != "" && rest[0] != '/' {
			return false // out of the root
		}
		target = rest
		if !w.restart() {
			return false
		}
	}
	w.rest = append(split(target), w.rest...)
	return true
}

// stop ends the walk where it fails. Where nothing is, something that comes is
// seen; of other failures nobody tells when they end.
func (w *walker) stop(err error) bool {
	switch tree.KindOf(err) {
	case tree.NotFound, tree.NotDirectory, tree.Outside, tree.Invalid:
	default:
		w.polled = true
	}
	return false
}

// depend makes events of a name in d reach the node. It reports whether the
// walk may go on.
func (w *walker) depend(d *tree.Dir, name string) bool {
	if len(w.n.deps) >= maxDeps {
		w.polled = true
		return false
	}
	x := w.m.arm(d)
	if x == nil {
		w.polled = true
		return true
	}
	w.polled = w.polled || x.remote
	w.m.mu.Lock()
	for i := range w.n.deps {
		if o := &w.n.deps[i]; o.dir == x && o.name == name {
			o.walk = w.n.walk
			w.m.mu.Unlock()
			w.m.release([]dep{{dir: x}})
			return true
		}
	}
	w.n.deps = append(w.n.deps, dep{x, name, w.n.walk})
	if x.nodes[name] == nil {
		x.nodes[name] = make(map[*node]struct{})
	}
	x.nodes[name][w.n] = struct{}{}
	// It may have been moved since it was armed, and have said so already.
	w.n.lost = w.n.lost || x.dead
	w.n.dirty = w.n.dirty || x.dead
	w.m.mu.Unlock()
	return true
}

// arm makes the system watch d. The result, which is nil if that cannot be, must
// be released.
func (m *Manager) arm(d *tree.Dir) *dir {
	h, err := d.Handle()
	if err != nil {
		m.fellBack(err)
		return nil
	}
	m.arming.Lock()
	defer m.arming.Unlock()
	m.mu.Lock()
	x, epoch := m.dirs[h.ID()], m.epoch
	again := x != nil && x.epoch != epoch
	if x != nil {
		x.refs++
		x.epoch = epoch
	}
	full := x == nil && len(m.names) >= m.opts.MaxDirectories
	m.mu.Unlock()
	switch {
	case x != nil:
		h.Close()
		if again {
			if err = m.backend.add(x.handle.Name()); err != nil {
				m.mu.Lock()
				m.bury(x)
				m.mu.Unlock()
			}
		}
	case full:
		h.Close()
		m.fellBack(errFull)
		return nil
	default:
		x = &dir{handle: h, id: h.ID(), remote: m.backend.remote(h), refs: 1, epoch: epoch, nodes: make(map[string]map[*node]struct{})}
		m.mu.Lock()
		m.dirs[x.id], m.names[h.Name()] = x, x
		m.mu.Unlock()
		if err = m.backend.add(h.Name()); err == nil {
			err = h.Check()
		}
	}
	if err != nil {
		m.drop(x)
		m.fellBack(err)
		return nil
	}
	return x
}

// bury makes the nodes of a directory that is not watched any more walk their
// paths again. The lock is held.
func (m *Manager) bury(x *dir) {
	x.dead = true
	if m.dirs[x.id] == x {
		delete(m.dirs, x.id)
	}
	m.markAll(x, true)
}

// release gives the directories of deps back.
func (m *Manager) release(deps []dep) {
	if len(deps) == 0 {
		return
	}
	m.arming.Lock()
	defer m.arming.Unlock()
	for _, d := range deps {
		m.drop(d.dir)
	}
}

// drop takes one reference from x. arming is held.
func (m *Manager) drop(x *dir) {
	m.mu.Lock()
	x.refs--
	last := x.refs == 0
	if last {
		if m.dirs[x.id] == x {
			delete(m.dirs, x.id)
		}
		delete(m.names, x.handle.Name())
	}
	m.mu.Unlock()
	if last {
		// An error means that it is not watched any more.
		_ = m.backend.remove(x.handle.Name())
		x.handle.Close()
	}
}

func split(rel string) []string {
	if rel == "." {
		return nil
	}
	return strings.Split(rel, "/")
}
