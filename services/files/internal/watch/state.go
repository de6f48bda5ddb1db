package watch

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// state is what is known of a path.
type state struct {
	kind kind
	info tree.Info
	etag string // of the content; "" where there is none
	at   time.Time
	// partial says that the content was not looked at yet.
	partial bool
}

type kind uint8

const (
	absent kind = iota // or outside of the root, which is the same to callers
	file
	directory
	denied
	other
)

// eager is the size of files whose content is looked at before Watch returns.
const eager = 64 << 10

// recent is how old a change must be to be told from a later one by its time.
const recent = 2 * time.Second

// seed makes hashes of directories that nobody can foresee.
var seed = maphash.MakeSeed()

// first returns the state of a path that is to be watched.
func first(p tree.Path) (state, error) {
	info, err := p.Stat()
	if err != nil {
		switch tree.KindOf(err) {
		case tree.NotFound, tree.NotDirectory:
			return state{}, nil
		}
		return state{}, err
	}
	switch {
	case info.Type == tree.Other:
		return state{}, tree.Errorf(tree.NotRegular, p, "it is a device, FIFO or socket")
	case info.Type == tree.Regular && info.Size > eager && info.Size <= tree.HashedSize:
		return state{kind: file, info: info, at: time.Now(), partial: true}, nil
	}
	s, ok := take(p)
	if !ok {
		return state{}, tree.Errorf(tree.Busy, p, "it cannot be read now; try again")
	}
	return s, nil
}

// next returns the state of a path of which s is known. Without an event, the
// content is not looked at if the times say that it is the same.
func (s state) next(p tree.Path, event bool) (state, bool) {
	if !event && !s.partial && (s.kind == file || s.kind == directory) {
		if info, err := p.Stat(); err == nil && same(info, s.info) && s.at.Sub(newest(info)).Abs() > recent {
			return s, true
		}
	}
	return take(p)
}

// differs reports whether now is another state than s. With an event, what was
// not looked at before counts as changed.
func (s state) differs(now state, event bool) bool {
	if s.kind != now.kind {
		return true
	}
	if s.partial {
		return event || !same(s.info, now.info)
	}
	return s.etag != now.etag
}

func same(a, b tree.Info) bool {
	return a.Type == b.Type && a.Dev == b.Dev && a.Ino == b.Ino && a.Size == b.Size &&
		a.ModTime.Equal(b.ModTime) && a.ChangeTime.Equal(b.ChangeTime)
}

func newest(i tree.Info) time.Time {
	if i.ChangeTime.After(i.ModTime) {
		return i.ChangeTime
	}
	return i.ModTime
}

// take returns the state of a path, with links followed, and false if it cannot
// be known now.
func take(p tree.Path) (state, bool) {
	s := state{at: time.Now()}
	f, err := p.Open()
	if err == nil {
		defer f.Close()
		s.kind, s.info = file, f.Info()
		s.etag, err = tree.ETag(f)
		return s, err == nil
	}
	switch tree.KindOf(err) {
	case tree.NotFound, tree.NotDirectory, tree.Outside, tree.Invalid:
		return s, true
	case tree.Denied:
		s.kind = denied
		return s, true
	case tree.NotRegular:
		s.kind = other
		return s, true
	case tree.IsDirectory:
		return list(p, s)
	}
	return s, false
}

// list is take for a directory: its names and their types, in whatever order.
func list(p tree.Path, s state) (state, bool) {
	s.kind = directory
	var err error
	if s.info, err = p.Stat(); err != nil {
		return s, false
	}
	d, err := p.OpenDir()
	if err != nil {
		return s, false
	}
	defer d.Close()
	var sum, count uint64
	err = d.Entries(func(e tree.Entry) error {
		sum += maphash.Comparable(seed, e)
		count++
		return nil
	})
	s.etag = strconv.FormatUint(sum, 36) + "/" + strconv.FormatUint(count, 36)
	return s, err == nil
}
