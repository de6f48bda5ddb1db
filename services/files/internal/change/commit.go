package change

import (
	"context"
	"errors"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// A commit is the making of a batch.
type commit struct {
	c     *Changer
	steps []*step
	left  map[*node]bool // nodes whose file is moved, not removed
}

// A step is what is to be done to one file, and what undoes it.
type step struct {
	*node
	site   *site
	temp   *temp // the new content
	backup *temp // the old file, by another name; its lock keeps sweeps away
	done   bool
}

func (k *commit) run(ctx context.Context, list []*node) error {
	var sites []*site
	for _, n := range list {
		s, err := openSite(n.asked, n.path, Write{MakeParents: n.exists && n.w.MakeParents, MustExist: n.orig.Exists})
		if err != nil {
			return err
		}
		k.steps = append(k.steps, &step{node: n, site: s})
		sites = append(sites, s)
		if n.moves() {
			k.left[n.from] = true
		}
	}
	if len(sites) == 0 {
		return ctx.Err()
	}
	if err := k.c.lockSites(ctx, sites...); err != nil {
		return err
	}
	for _, st := range k.steps {
		if err := st.site.unchanged(st.orig); err != nil {
			return err
		}
		if _, exists, err := st.site.lstat(); err != nil || exists && !st.orig.Exists {
			return errors.Join(err, conflict(st.asked, "something else has created it meanwhile"))
		}
	}
	for _, st := range k.steps {
		if !st.exists || st.moves() {
			continue
		}
		cur := st.orig
		if !cur.Exists && st.mode != 0 {
			cur.Exists, cur.Info.Mode = true, st.mode // it was moved here with its mode
		}
		if cur.Exists {
			cur.Info.Mode = st.mode
		}
		var err error
		if st.temp, err = st.site.stage(ctx, cur, st.w.Durable, st.data); err != nil {
			return st.site.at(err)
		}
	}
	for _, st := range k.steps {
		if st.temp != nil && st.orig.Exists {
			var err error
			if st.backup, err = keep(ctx, st.site); err != nil {
				return st.site.at(err)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.make()
}

// moves reports whether the file of another node becomes this one as it is.
func (n *node) moves() bool {
	return n.exists && !n.orig.Exists && n.from != nil && !n.from.exists && !n.from.w.DryRun
}

// make makes the changes: first what takes a name, then what gives one up.
func (k *commit) make() error {
	for _, st := range k.steps {
		var err error
		switch {
		case st.moves():
			from := k.stepOf(st.from)
			err = from.site.dir.Rename(from.site.name, st.site.dir, st.site.name, false)
		case st.exists:
			err = st.temp.rename(st.site.name, st.orig.Exists)
		default:
			continue
		}
		if err != nil {
			return st.site.at(err)
		}
		st.done = true
	}
	for _, st := range k.steps {
		if st.exists || k.left[st.node] {
			continue
		}
		st.backup = &temp{dir: st.site.dir, name: tree.TempName()}
		if f, _, err := st.site.dir.OpenWrite(st.site.name); err == nil {
			lockTemp(f)
			st.backup.f = f
		}
		if err := st.site.dir.Rename(st.site.name, st.site.dir, st.backup.name, false); err != nil {
			st.backup.close()
			st.backup = nil
			return st.site.at(err)
		}
		st.done = true
	}
	for _, st := range k.steps {
		if st.w.Durable {
			if err := st.site.dir.Sync(); err != nil {
				return st.site.at(err)
			}
		}
	}
	return nil
}

func (k *commit) stepOf(n *node) *step {
	for _, st := range k.steps {
		if st.node == n {
			return st
		}
	}
	return nil
}

// end undoes what was made if err says so, and releases everything.
func (k *commit) end(err error) {
	var lost []string
	for i := len(k.steps) - 1; i >= 0; i-- {
		st := k.steps[i]
		if err != nil && st.done {
			if st.undo(k) != nil {
				lost = append(lost, st.path.String())
			}
		}
	}
	var e *tree.Error
	if len(lost) > 0 && errors.As(err, &e) {
		e.Details = map[string]any{"not_restored": lost}
	}
	for _, st := range k.steps {
		st.temp.discard()
		if st.backup != nil {
			_ = st.site.dir.Remove(st.backup.name)
			st.backup.close()
		}
	}
	for i := len(k.steps) - 1; i >= 0; i-- {
		if s := k.steps[i].site; i > 0 || s.unlock == nil {
			s.leave(err)
		}
	}
	if len(k.steps) > 0 && k.steps[0].site.unlock != nil {
		k.steps[0].site.leave(err)
	}
}

// undo takes one change back.
func (st *step) undo(k *commit) error {
	d := st.site.dir
	switch {
	case st.backup != nil:
		err := d.Rename(st.backup.name, d, st.site.name, st.exists)
		if err == nil {
			st.backup.close()
			st.backup = nil
		}
		return err
	case st.moves():
		from := k.stepOf(st.from)
		return d.Rename(st.site.name, from.site.dir, from.site.name, false)
	}
	return d.Remove(st.site.name)
}

// keep gives the file of s a second name, so that the first can come back with
// the same inode. Where there are no hard links it makes a copy.
func keep(ctx context.Context, s *site) (*temp, error) {
	t := &temp{dir: s.dir, name: tree.TempName()}
	if f, _, err := s.dir.OpenWrite(s.name); err == nil {
		lockTemp(f)
		t.f = f
	}
	if s.dir.Link(s.name, t.name) == nil {
		return t, nil
	}
	t.close()
	f, err := s.dir.Open(s.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if t, err = newTemp(s.dir, 0o600); err != nil {
		return nil, err
	}
	if err = transfer(ctx, t.f, f, nil); err == nil {
		err = like(t.f, f.Info())
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

// like gives f the mode and the time of another file.
func like(f *os.File, info tree.Info) error {
	if err := setMode(f, permissions(info.Mode)); err != nil {
		return err
	}
	return setTime(f, info.ModTime)
}

// close closes the file without removing it.
func (t *temp) close() {
	if t.f != nil {
		t.f.Close()
		t.f = nil
	}
}
