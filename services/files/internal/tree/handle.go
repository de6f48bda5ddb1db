package tree

// A Handle is a directory under a path that leads to it, for what takes paths
// alone, as a watcher of the operating system does. It must be closed.
type Handle struct {
	name string
	id   any
	system
}

// Name returns the path. It is for the operating system, not for callers.
func (h *Handle) Name() string { return h.name }

// ID is comparable, and the same for all handles of a directory while one of
// them is open.
func (h *Handle) ID() any { return h.id }
