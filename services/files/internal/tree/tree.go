// Package tree is the boundary: named directories, and what is in them, nothing
// beside it. Whatever a path says, and however links and directories are
// exchanged meanwhile, no operation leaves its [Root]: every step is taken from
// an open directory, never from a path that was checked before.
//
// [Open] opens the roots, [Tree.Path] reads a path as callers write it, and the
// methods of [Path] and [Dir] do the rest.
package tree

import (
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// MinimumGo is the first release of Go whose os.Root holds: one before follows a
// link with a slash behind it to the outside (CVE-2026-39822). It is of no
// concern where descriptors are used.
const MinimumGo = "go1.26.5"

// Options change how a tree is opened.
type Options struct {
	// OneFilesystem refuses what is mounted below a root.
	OneFilesystem bool
	// Portable uses the os.Root of the standard library where the kernel has
	// something faster and stricter.
	Portable bool
}

// A Tree is the roots that a server serves. It is safe for concurrent use.
type Tree struct {
	roots   []*Root
	several bool // paths begin with a root's name
}

// A Root is an open directory that is served. Each is a view of its own: where
// one is in another, a path below the outer one keeps the rights of the outer.
type Root struct {
	// Name is what callers call it.
	Name string
	// ReadOnly says that nothing below it may be changed. The methods of Dir refuse
	// to.
	ReadOnly bool

	host   string // the real path on the host
	given  string // the path on the host as the operator wrote it, absolute
	prefix string // what stands before a path in it, as callers write it
	base   string // where it is in the root that it was narrowed from, "" for all of it

	mu    sync.RWMutex
	place place // nil when closed
}

// Open opens the directories of specs. A root may be in another one; names are
// unique.
func Open(specs []Spec, opt Options) (*Tree, error) {
	t := &Tree{several: len(specs) > 1}
	seen := make(map[string]bool, len(specs))
	for _, s := range specs {
		err := checkRootName(s.Name)
		if err == nil && seen[s.Name] {
			err = errors.New("two roots have this name; give one another, as in name=/path")
		}
		var r *Root
		if err == nil {
			r, err = openRoot(s, opt, t.several)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("root %q: %w", s.Name, err), t.Close())
		}
		seen[s.Name] = true
		t.roots = append(t.roots, r)
	}
	return t, nil
}

func openRoot(s Spec, opt Options, several bool) (*Root, error) {
	given, err := filepath.Abs(s.Path)
	if err != nil {
		return nil, err
	}
	host, err := filepath.EvalSymlinks(given)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(s.Path, "~") {
			err = fmt.Errorf("%w (~ is not expanded here: write the whole path)", err)
		}
		return nil, err
	}
	if fi, err := os.Stat(host); err != nil || !fi.IsDir() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a directory", host))
	}
	at, err := openPlace(host, opt)
	if err != nil {
		return nil, err
	}
	if _, portable := at.(*rootPlace); portable {
		if err := checkGo(runtime.Version()); err != nil {
			return nil, errors.Join(err, at.close())
		}
	}
	r := &Root{Name: s.Name, ReadOnly: s.ReadOnly, host: host, given: given, place: at}
	if several {
		r.prefix = s.Name
	}
	return r, nil
}

// checkGo refuses a release whose os.Root can be left. What is not released, and
// what vendors call otherwise, is theirs to judge.
func checkGo(v string) error {
	v, _, _ = strings.Cut(v, " ")
	v, _, _ = strings.Cut(v, "-")
	if version.IsValid(v) && version.Compare(v, MinimumGo) < 0 {
		return fmt.Errorf("this program was built with %s, in which links lead out of a directory (CVE-2026-39822): build it with %s or later", v, MinimumGo)
	}
	return nil
}

// Roots returns the roots in the order in which they were given.
func (t *Tree) Roots() []*Root { return t.roots }

// Close closes the roots, after the operations on paths that have begun. What
// was opened in them stays open.
func (t *Tree) Close() error {
	var all error
	for _, r := range t.roots {
		r.mu.Lock()
		if r.place != nil {
			all = errors.Join(all, r.place.close())
		}
		r.place = nil
		r.mu.Unlock()
	}
	return all
}

// Host returns the root's directory on the host. It is for the operator, not
// for callers.
func (r *Root) Host() string { return r.host }

// Top returns the path of the root itself.
func (r *Root) Top() Path { return Path{Root: r, Rel: "."} }

// Check tells the operator what is wrong with the root, and may name host paths.
func (r *Root) Check() error {
	d, err := r.Top().openDir()
	if err != nil {
		return err
	}
	defer d.Close()
	stop := errors.New("one is enough")
	if err := d.Entries(func(Entry) error { return stop }); err != nil && err != stop {
		return fmt.Errorf("%s cannot be listed: %w", r.host, errors.Join(err, errors.Unwrap(err)))
	}
	if err := r.inPlace(); err != nil {
		return err
	}
	if r.ReadOnly {
		return nil
	}
	if err := d.place.writable(); err != nil {
		return fmt.Errorf("nothing can be written in %s (%w): let the server's user write there, or serve it with :ro", r.host, err)
	}
	return nil
}

// inPlace refuses a root that is no longer what its path leads to.
func (r *Root) inPlace() error {
	there, err := os.Stat(r.host)
	if err != nil {
		return fmt.Errorf("the directory was moved or removed since the server started: %w", err)
	}
	here, err := r.Top().stat(followAll)
	if err != nil {
		return err
	}
	if now := infoOf(there); now.Dev != here.Dev || now.Ino != here.Ino {
		return fmt.Errorf("%s is another directory than when the server started: start it again", r.host)
	}
	return nil
}
