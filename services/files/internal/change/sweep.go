package change

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

const (
	// sweptMost bounds how many directories are remembered as swept.
	sweptMost = 4096
	// sweptEntries bounds how much of a directory is looked at before a write.
	sweptEntries = 4096
	// maxDepth bounds how deep directories are entered: each level holds one or
	// two descriptors.
	maxDepth = 400
	// staleAfter is the age at which a temporary file is abandoned where locks
	// cannot tell.
	staleAfter = time.Hour
)

// sweptDirs remembers the directories that were swept, by identity.
type sweptDirs struct {
	mu   sync.Mutex
	seen map[[2]uint64]struct{}
}

// first reports whether the directory is not remembered, and remembers it.
func (s *sweptDirs) first(dir tree.Info) bool {
	key := [2]uint64{dir.Dev, dir.Ino}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[key]; ok || dir.Ino == 0 {
		return false
	}
	if s.seen == nil || len(s.seen) >= sweptMost {
		s.seen = make(map[[2]uint64]struct{})
	}
	s.seen[key] = struct{}{}
	return true
}

// sweepOnce removes abandoned temporary files where the process is about to
// write for the first time.
func (c *Changer) sweepOnce(ctx context.Context, s *site) {
	if s.dir == nil {
		return
	}
	info, err := s.path.Dir().Stat()
	if err != nil || !c.swept.first(info) {
		return
	}
	left := sweptEntries
	var stale []string
	_ = s.dir.Entries(func(e tree.Entry) error {
		if left--; left < 0 {
			return context.Canceled
		}
		if tree.IsTemp(e.Name) {
			stale = append(stale, e.Name)
		}
		return ctx.Err()
	})
	for _, name := range stale {
		removeStale(s.dir, name)
	}
}

// removeStale removes a temporary file or directory whose writer is gone, and
// reports whether it did.
func removeStale(d *tree.Dir, name string) bool {
	info, err := d.Lstat(name)
	if err != nil || info.Type != tree.Regular && info.Type != tree.Directory {
		return false
	}
	old := time.Since(info.ModTime) > staleAfter
	f, err := openStale(d, name, info.Type)
	if err != nil {
		return old && removeTree(d, name)
	}
	gone, known := abandoned(f)
	if !known {
		gone = old
	}
	if !renamesOpen {
		f.Close()
	}
	removed := gone && removeTree(d, name)
	// Not before it is removed: the lock keeps a writer from taking it over.
	f.Close()
	return removed
}

// openStale opens what may be locked.
func openStale(d *tree.Dir, name string, t tree.Type) (*os.File, error) {
	if t == tree.Regular {
		f, _, err := d.OpenWrite(name)
		return f, err
	}
	sub, err := d.OpenDir(name)
	if err != nil {
		return nil, err
	}
	defer sub.Close()
	return sub.File()
}

// Sweep removes what killed processes left below the directories: temporary
// files and directories that nobody fills any more, and from a root what has
// been in its trash for longer than [TrashTime]. It follows no link, leaves
// read-only roots alone, and returns how many things it removed. A directory
// that cannot be read is passed over.
func (c *Changer) Sweep(ctx context.Context, tops ...tree.Path) (removed int, err error) {
	for _, top := range tops {
		if top.Root.ReadOnly {
			continue
		}
		if top.IsRoot() {
			removed += expire(ctx, top, time.Now())
		}
		d, err := top.OpenDir()
		if err != nil {
			return removed, err
		}
		n, err := sweepTree(ctx, d, 0)
		d.Close()
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func sweepTree(ctx context.Context, d *tree.Dir, depth int) (removed int, err error) {
	var stale, dirs []string
	err = d.Entries(func(e tree.Entry) error {
		switch {
		case tree.IsTemp(e.Name):
			stale = append(stale, e.Name)
		case e.Type == tree.Directory:
			dirs = append(dirs, e.Name)
		}
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, nil
	}
	for _, name := range stale {
		if removeStale(d, name) {
			removed++
		}
	}
	if depth == maxDepth {
		return removed, nil
	}
	for _, name := range dirs {
		sub, err := d.OpenDir(name)
		if err != nil {
			continue
		}
		n, err := sweepTree(ctx, sub, depth+1)
		sub.Close()
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}
