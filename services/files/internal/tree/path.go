package tree

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"syscall"
)

// A Path is a place in a root. Nothing need be there.
type Path struct {
	Root *Root
	// Rel is the path below the root: clean, with slashes, "." for the root. It is
	// what the disk has, and need not be valid UTF-8.
	Rel string
}

// String returns the path as callers write it: below the root if there is one
// root, else behind the root's name. U+FFFD stands for what is not UTF-8, where
// only the URI is exact.
func (p Path) String() string {
	s := path.Join(p.Root.prefix, p.Root.base, p.Rel)
	return strings.ToValidUTF8(s, "\uFFFD")
}

// URI returns the path as file:///root/path, percent-encoded. It is exact.
func (p Path) URI() string {
	u := url.URL{Path: path.Join("/"+p.Root.Name, p.Root.base, p.Rel)}
	return "file://" + u.EscapedPath()
}

// Join returns the path of a name, or of a relative path, below p. It does not
// lead out of the root.
func (p Path) Join(name string) Path {
	rel := path.Join("/", p.Rel, name)[1:]
	if rel == "" {
		rel = "."
	}
	return Path{p.Root, rel}
}

// child is Join for what is a single name.
func (p Path) child(name string) Path {
	if p.Rel == "." {
		return Path{p.Root, name}
	}
	return Path{p.Root, p.Rel + "/" + name}
}

// Dir returns the path of the directory that holds p; that of a root is the root.
func (p Path) Dir() Path { return Path{p.Root, path.Dir(p.Rel)} }

// Base returns the last name of p, "." for a root.
func (p Path) Base() string { return path.Base(p.Rel) }

// IsRoot reports whether p is a root itself.
func (p Path) IsRoot() bool { return p.Rel == "." }

// Open opens a regular file for reading. Links that stay in the root are
// followed. It never waits, and opens no device. The error for what is not there
// has suggestions.
func (p Path) Open() (*File, error) {
	var f *File
	err := p.reach(followAll, func(at place, rel string, l links) error {
		h, info, err := at.openFile(rel, l)
		if err == nil {
			f = &File{h: h, info: info, dir: p}
		}
		return err
	})
	return f, p.suggest(err)
}

// OpenDir opens a directory. Links that stay in the root are followed. The error
// for what is not there has suggestions.
func (p Path) OpenDir() (*Dir, error) {
	d, err := p.openDir()
	return d, p.suggest(err)
}

func (p Path) openDir() (*Dir, error) {
	var d *Dir
	err := p.reach(followAll, func(at place, rel string, l links) error {
		sub, err := at.openDir(rel, l)
		if err == nil {
			d = &Dir{sub, p}
		}
		return err
	})
	return d, err
}

// Parent opens the directory that holds p, whose last name is then used with
// the methods of [Dir]. A root has no parent.
func (p Path) Parent() (*Dir, error) {
	if p.IsRoot() {
		return nil, Errorf(Invalid, p, "this is a root, which cannot be changed")
	}
	return p.Dir().OpenDir()
}

// Stat returns what p is, with links followed. The error for what is not there
// has suggestions.
func (p Path) Stat() (Info, error) {
	info, err := p.stat(followAll)
	return info, p.suggest(err)
}

// Lstat returns what p is, a link itself.
func (p Path) Lstat() (Info, error) { return p.stat(followDirs) }

func (p Path) stat(l links) (Info, error) {
	var info Info
	err := p.reach(l, func(at place, rel string, l links) (err error) {
		info, err = at.stat(rel, l)
		return err
	})
	return info, err
}

// Real returns where p leads: the path without links. What it leads to need not
// exist; the last link is resolved then too.
func (p Path) Real() (Path, error) {
	real := p
	err := p.reach(followAll, func(at place, rel string, _ links) error {
		// Most paths have no links, which one look tells.
		info, err := at.stat(rel, followNone)
		if err == nil && info.Type != Symlink && at.fd() >= 0 {
			real.Rel = rel
			return nil
		}
		real.Rel, err = resolve(p.Root, at, p.Rel, true)
		return err
	})
	return real, err
}

// reachAttempts is how often a path is tried while something exchanges links
// and directories on it.
const reachAttempts = 16

// reach calls fn with the top of the root and p. Where the system refuses a link,
// because it is absolute or leads out, fn is called again with the path that the
// links lead to, if that is inside, and with followNone.
func (p Path) reach(l links, fn func(at place, rel string, l links) error) error {
	r := p.Root
	// A descriptor that is closed while it is used may be another directory's by
	// then.
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.place == nil {
		return Errorf(Busy, p, "the root is closed")
	}
	err := fn(r.place, p.Rel, l)
	if !changed(err) && !errors.Is(err, syscall.EXDEV) {
		return Fail(p, err)
	}
	for range reachAttempts {
		var rel string
		rel, err = resolve(r, r.place, p.Rel, l == followAll)
		if err == nil {
			err = fn(r.place, rel, followNone)
		}
		if !changed(err) {
			return Fail(p, err)
		}
	}
	e := Errorf(Busy, p, "something changes it again and again")
	e.Err = err
	return e
}

// changed reports whether a link may have come between two steps.
func changed(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EAGAIN) || escapes(err)
}
