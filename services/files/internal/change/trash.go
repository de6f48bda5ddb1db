package change

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TrashTime is how long things stay in the trash.
const TrashTime = 30 * 24 * time.Hour

// trashStamp begins the names in the trash.
const trashStamp = "20060102T150405Z"

// record is what is known of a thing in the trash.
type record struct {
	Path    string    `json:"path"`
	Deleted time.Time `json:"deleted"`
}

func inTrash(p tree.Path) bool { return strings.HasPrefix(p.Rel, tree.TrashDir+"/") }

// swept reports whether a path leads to what sweeps remove: into a trash, that of
// its root or of a root that is in it, or into something temporary. File systems
// without case know the trash by other spellings.
func swept(p tree.Path) bool {
	for name := range strings.SplitSeq(p.Rel, "/") {
		if strings.EqualFold(name, tree.TrashDir) || tree.IsTemp(name) {
			return true
		}
	}
	return false
}

// discard moves what is at s into the trash, and returns where it is then.
func discard(s *site, info tree.Info) (to tree.Path, err error) {
	top, err := s.path.Root.Top().OpenDir()
	if err != nil {
		return to, err
	}
	defer top.Close()
	if err := top.Mkdir(tree.TrashDir, 0o700); err != nil && tree.KindOf(err) != tree.Exists {
		return to, noTrash(s, err)
	}
	// This follows no link: one that was put here by somebody leads nowhere.
	trash, err := top.OpenDir(tree.TrashDir)
	if err != nil {
		return to, noTrash(s, err)
	}
	defer trash.Close()
	now := time.Now().UTC()
	id := now.Format(trashStamp) + "-" + strings.ToLower(rand.Text()[:8])
	if err := trash.Mkdir(id, 0o700); err != nil {
		return to, noTrash(s, err)
	}
	defer func() {
		if err != nil {
			_ = trash.Remove(id + ".json")
			_ = trash.Remove(id)
		}
	}()
	if err := writeRecord(trash, id, record{s.path.Rel, now}); err != nil {
		return to, noTrash(s, err)
	}
	place, err := trash.OpenDir(id)
	if err != nil {
		return to, err
	}
	defer place.Close()
	if now, exists, err := s.lstat(); err != nil || !exists || now.Ino != info.Ino || now.Type != info.Type {
		return to, errors.Join(err, changed(s.asked))
	}
	if err := s.dir.Rename(s.name, place, s.name, false); err != nil {
		return to, noTrash(s, err)
	}
	return place.Path().Join(s.name), nil
}

func writeRecord(trash *tree.Dir, id string, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := trash.Create(id+".json", 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// noTrash says that the trash cannot be used, and what to do.
func noTrash(s *site, err error) error {
	if errors.Is(err, syscall.EXDEV) {
		err = tree.Errorf(tree.Unsupported, s.asked, "it is on another file system than the trash of its root")
	}
	if tree.KindOf(err) == tree.NotDirectory { // or a link
		err = tree.Errorf(tree.NotDirectory, s.asked, "the trash of its root is not a directory")
	}
	var e *tree.Error
	if errors.As(s.at(err), &e) {
		e.Hint = "trash=false deletes it for good"
		return e
	}
	return err
}

// forget removes the record of something that has left the trash.
func forget(p tree.Path) {
	rest, ok := strings.CutPrefix(p.Rel, tree.TrashDir+"/")
	id, _, _ := strings.Cut(rest, "/")
	if !ok {
		return
	}
	top, err := p.Root.Top().OpenDir()
	if err != nil {
		return
	}
	defer top.Close()
	trash, err := top.OpenDir(tree.TrashDir)
	if err != nil {
		return
	}
	defer trash.Close()
	// A directory that still holds something is not removed.
	if err := trash.Remove(id); err == nil || tree.KindOf(err) == tree.NotFound {
		_ = trash.Remove(id + ".json")
	}
}

// expire removes what has been in a root's trash for too long, and returns how
// many things that were.
func expire(ctx context.Context, root tree.Path, now time.Time) (removed int) {
	top, err := root.OpenDir()
	if err != nil {
		return 0
	}
	defer top.Close()
	trash, err := top.OpenDir(tree.TrashDir)
	if err != nil {
		return 0
	}
	defer trash.Close()
	names, err := list(ctx, trash, DefaultCopyEntries)
	if err != nil {
		return 0
	}
	for _, name := range names {
		if len(name) < len(trashStamp) {
			continue
		}
		then, err := time.Parse(trashStamp, name[:len(trashStamp)])
		if err != nil || now.Sub(then) < TrashTime {
			continue
		}
		r := &remover{ctx: ctx, most: 1 << 40}
		if r.entry(trash, name, 0) == nil && !strings.HasSuffix(name, ".json") {
			removed++
		}
	}
	return removed
}
