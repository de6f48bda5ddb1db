package change

import (
	"sync"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// roomFiles is how many of the largest files that may be changed are in memory
// at once, over all changes.
const roomFiles = 8

// A room is the memory that changes share: a few callers with large files must
// not take what the process has. Nobody waits for it, since those who have some
// may wait for the lock of a file.
type room struct {
	mu   sync.Mutex
	used int64
}

// take takes n bytes of what most leaves, for a change of p.
func (r *room) take(p tree.Path, n, most int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used+n > most && r.used > 0 {
		e := tree.Errorf(tree.Busy, p, "too many large files are being changed at the same time")
		e.Hint = "try again in a moment"
		return e
	}
	r.used += n
	return nil
}

func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= n
}

// take takes n bytes of the room of all changes.
func (c *Changer) take(p tree.Path, n int64) error {
	return c.room.take(p, n, roomFiles*c.opt.MaxFile)
}

// takeFor takes room for the content of the file of s, and returns how much.
// That of a file that is too large is never read.
func (c *Changer) takeFor(s *site) (int64, error) {
	info, exists, err := s.lstat()
	if err != nil || !exists || info.Type != tree.Regular || info.Size > c.opt.MaxFile {
		return 0, nil // whoever reads it says what is wrong
	}
	return info.Size, c.take(s.asked, info.Size)
}
