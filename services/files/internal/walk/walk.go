// Package walk visits what is in a directory and below it, in an order that is
// always the same, and follows no link.
//
// Each directory is opened from the one that holds it, so that nothing that is
// renamed or exchanged meanwhile leads out of the root. What ignore files ignore
// is left out unless the options say otherwise.
//
// Begin with [Walk].
package walk

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/ignore"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

const (
	// MaxDepth is how deep a walk goes at most.
	MaxDepth = 1000

	maxExamples = 10
	checkEvery  = 256 // entries between two looks at the context

	patternsPerCheck = 64 // that cost as much as another entry
)

// Options choose what is visited.
type Options struct {
	// Hidden includes names that begin with a dot.
	Hidden bool
	// NoIgnore includes what ignore files ignore, and .git directories.
	NoIgnore bool
	// MaxDepth bounds the depth; the start's entries have depth 1. Zero is no
	// bound but [MaxDepth].
	MaxDepth int
	// MaxEntries ends the walk when this many entries were read; zero is no
	// bound. Then Stats.Truncated is set.
	MaxEntries int
	// After goes on behind the entry with this Rel; what comes before it is not
	// read again.
	After string
	// Include leaves out files, links and others that do not match. Directories
	// are visited whether they match or not, unless nothing below them can match.
	// Nil includes all.
	Include *glob.Set
	// Exclude leaves out what matches, and what is below it.
	Exclude *glob.Set
	// DirsOnly leaves out all but directories.
	DirsOnly bool
	// Progress is called with the number of entries read so far, often.
	Progress func(entries int)
}

// Stats says what a walk has seen.
type Stats struct {
	Entries int // read from directories
	Dirs    int // directories read
	Hidden  int // left out because they begin with a dot
	Ignored int // left out because of ignore files
	// Skipped counts what could not be visited.
	Skipped Skipped
	// Truncated says that MaxEntries ended the walk.
	Truncated bool
}

// Skipped counts what could not be visited.
type Skipped struct {
	Denied      int // directories that the operating system does not let us read
	Failed      int // directories that could not be read for another reason
	TooDeep     int // directories below [MaxDepth]
	IgnoreFiles int // ignore files that are links, too large or unreadable
	// Examples are the first few, relative to the start.
	Examples []string
}

// Total returns how many were skipped.
func (s *Skipped) Total() int { return s.Denied + s.Failed + s.TooDeep + s.IgnoreFiles }

// An Entry is what is visited. It is valid until the visit returns, and with
// [Entry.Hold] until it is released.
type Entry struct {
	// Dir is the directory that holds the entry.
	Dir *tree.Dir
	// Name is the entry's name, which need not be UTF-8.
	Name string
	// Type is what the entry is, a link itself.
	Type tree.Type
	// Depth is 1 for the entries of the start.
	Depth int

	frame *frame
}

// In returns the path of the directory that holds the entry, relative to the
// start of the walk: empty or with a slash at its end.
func (e Entry) In() string { return e.frame.rel }

// Rel returns the entry's path relative to the start of the walk.
func (e Entry) Rel() string { return e.frame.rel + e.Name }

// Path returns where the entry is.
func (e Entry) Path() tree.Path { return e.Dir.Path().Join(e.Name) }

// Hold keeps Dir open until release is called, which may be done once, by any
// goroutine, after the walk as well.
func (e Entry) Hold() (release func()) {
	f := e.frame
	f.refs.Add(1)
	if f.release == nil {
		f.release = f.drop
	}
	return f.release
}

// frame is a directory on the way to where the walk is.
type frame struct {
	dir     *tree.Dir
	full    string // path from the root, empty or with a slash at its end
	rel     string // the same from the start
	level   *ignore.Level
	list    []tree.Entry
	refs    atomic.Int32
	release func()
}

func (f *frame) drop() {
	if f.refs.Add(-1) == 0 {
		f.dir.Close()
	}
}

type walker struct {
	ctx   context.Context
	o     Options
	visit func(Entry) error
	stats Stats
	base  int // length of the start's path from the root, with its slash
	until int // entries left before the next look at the context
	lists [][]tree.Entry
}

// Walk visits what is below start, depth first, names in the order of their
// bytes. A directory is visited before what is in it. visit may return
// [fs.SkipDir] for a directory that is not to be entered, and [fs.SkipAll] to
// end the walk; any other error ends it with that error.
//
// A start that cannot be read is an error. A directory below it that cannot be
// is counted, and one that has gone meanwhile is left out.
func Walk(ctx context.Context, start tree.Path, o Options, visit func(Entry) error) (Stats, error) {
	w := &walker{ctx: ctx, o: o, visit: visit}
	if w.o.MaxDepth <= 0 || w.o.MaxDepth > MaxDepth {
		w.o.MaxDepth = MaxDepth
	}
	place, err := start.Real()
	if err != nil {
		return w.stats, err
	}
	dir, err := place.OpenDir()
	if err != nil {
		return w.stats, err
	}
	f := &frame{dir: dir}
	if !place.IsRoot() {
		f.full = place.Rel + "/"
		w.base = len(f.full)
	}
	if !o.NoIgnore {
		f.level = w.above(place)
	}
	err = w.walk(f, 1, o.After)
	if errors.Is(err, fs.SkipAll) {
		err = nil
	}
	return w.stats, err
}

// above returns the rules of the directories above start, up to the root.
func (w *walker) above(start tree.Path) *ignore.Level {
	if start.IsRoot() {
		return nil
	}
	var l *ignore.Level
	names := strings.Split(start.Rel, "/")
	at := start.Root.Top()
	for i, name := range names {
		if d, err := at.OpenDir(); err == nil {
			full := ""
			if i > 0 {
				full = at.Rel + "/"
			}
			l = l.Enter(full, w.rules(d, full, w.probe(d)))
			d.Close()
		}
		at = at.Join(name)
	}
	return l
}

// walk visits the entries of f, which it closes.
func (w *walker) walk(f *frame, depth int, after string) error {
	f.refs.Store(1)
	defer f.drop()
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if err := w.read(f, depth); err != nil {
		return err
	}
	first, rest, _ := strings.Cut(after, "/")
	for i := range f.list {
		e := f.list[i]
		if e.Name < first {
			continue
		}
		// Ignore files may be made to cost time.
		if w.until -= 1 + f.level.Work()/patternsPerCheck; w.until <= 0 {
			w.until = checkEvery
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		seen := after != "" && e.Name == first
		inside := ""
		if seen {
			inside = rest
		}
		if err := w.entry(f, e, depth, seen, inside); err != nil {
			return err
		}
	}
	return nil
}

// entry visits e, unless it was seen in an earlier walk, and what is below it.
func (w *walker) entry(f *frame, e tree.Entry, depth int, seen bool, after string) error {
	isDir := e.Type == tree.Directory
	if w.o.Exclude.Match(f.rel, e.Name) {
		return nil
	}
	if !isDir && (w.o.DirsOnly || w.o.Include != nil && !w.o.Include.Match(f.rel, e.Name)) {
		return nil
	}
	if f.level != nil && f.level.Ignored(f.full, e.Name, isDir) {
		w.stats.Ignored++
		return nil
	}
	if !seen {
		err := w.visit(Entry{Dir: f.dir, Name: e.Name, Type: e.Type, Depth: depth, frame: f})
		if isDir && err == fs.SkipDir {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if !isDir || depth == w.o.MaxDepth {
		if isDir && depth == MaxDepth {
			w.stats.Skipped.TooDeep++
			w.example(f.rel + e.Name)
		}
		return nil
	}
	full := f.full + e.Name + "/"
	sub := &frame{full: full, rel: full[w.base:], level: f.level}
	if w.o.Include != nil && !w.o.Include.Below(sub.rel) {
		return nil
	}
	var err error
	if sub.dir, err = f.dir.OpenDir(e.Name); err != nil {
		return w.skip(sub.rel, err)
	}
	return w.walk(sub, depth+1, after)
}

// read fills the list of f and its rules.
func (w *walker) read(f *frame, depth int) error {
	for len(w.lists) < depth {
		w.lists = append(w.lists, nil)
	}
	list := w.lists[depth-1][:0]
	var special marks
	err := f.dir.Entries(func(e tree.Entry) error {
		if w.stats.Entries++; w.o.MaxEntries > 0 && w.stats.Entries > w.o.MaxEntries {
			w.stats.Truncated = true
			return fs.SkipAll
		}
		if w.stats.Entries%checkEvery == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		if strings.HasPrefix(e.Name, ".") && !w.o.NoIgnore {
			special.note(e)
		}
		if w.shows(e) {
			list = append(list, e)
		}
		return nil
	})
	w.lists[depth-1] = list
	if err == fs.SkipAll {
		return err
	}
	if err != nil {
		if w.ctx.Err() != nil || depth == 1 {
			return err
		}
		list = list[:0]
		if err := w.skip(f.rel, err); err != nil {
			return err
		}
	}
	w.stats.Dirs++
	if w.o.Progress != nil {
		w.o.Progress(w.stats.Entries)
	}
	slices.SortFunc(list, func(a, b tree.Entry) int { return strings.Compare(a.Name, b.Name) })
	f.list = list
	if special != (marks{}) {
		f.level = f.level.Enter(f.full, w.rules(f.dir, f.full, special))
	}
	return nil
}

// shows reports whether e may be visited by its name.
func (w *walker) shows(e tree.Entry) bool {
	if e.Name == "" || e.Name[0] != '.' {
		return true
	}
	switch {
	case tree.Reserved(e.Name):
		return false
	case !w.o.Hidden:
		w.stats.Hidden++
		return false
	case e.Name == ".git" && !w.o.NoIgnore:
		w.stats.Ignored++
		return false
	}
	return true
}

// skip counts a directory that cannot be read. One that is gone, or became
// something else, is what a walk of a changing tree meets.
func (w *walker) skip(rel string, err error) error {
	s := &w.stats.Skipped
	switch tree.KindOf(err) {
	case tree.NotFound, tree.NotDirectory:
		return nil
	case tree.Denied:
		s.Denied++
	case tree.Busy:
		return err
	default:
		s.Failed++
	}
	w.example(strings.TrimSuffix(rel, "/"))
	return nil
}

func (w *walker) example(rel string) {
	if s := &w.stats.Skipped; len(s.Examples) < maxExamples {
		s.Examples = append(s.Examples, rel)
	}
}

// Compare orders paths as a walk does: name by name, each by its bytes.
func Compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := a[i], b[i]; x != y {
			switch {
			case x == '/':
				return -1
			case y == '/':
				return 1
			}
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}
