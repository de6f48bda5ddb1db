package tree

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxNarrow is how many URIs a tree may be narrowed to.
const maxNarrow = 256

// Narrow returns a tree of what t has in common with the directories that the
// URIs name, as file:///root/dir or by their paths on the host. A directory below
// a root becomes a boundary of its own, out of which no link leads; paths in it
// are written as in t. A URI that names nothing in t is left out: with none left
// the tree has no roots. It must be closed, which leaves t as it is.
func (t *Tree) Narrow(uris []string) (*Tree, error) {
	if len(uris) > maxNarrow {
		return nil, Errorf(Invalid, Path{}, "more than %d directories", maxNarrow)
	}
	var dirs []Path
	for _, u := range uris {
		for _, p := range t.common(u) {
			real, err := p.Real()
			if err == nil {
				dirs = append(dirs, real)
			} else if !lost(err) {
				return nil, err
			}
		}
	}
	n := &Tree{several: t.several}
	for _, r := range t.roots {
		for _, p := range outermost(r, dirs) {
			sub, err := p.boundary()
			if lost(err) {
				continue
			}
			if err != nil {
				return nil, errors.Join(err, n.Close())
			}
			n.roots = append(n.roots, sub)
		}
	}
	return n, nil
}

// lost reports whether err says that there is nothing to have in common.
func lost(err error) bool {
	switch KindOf(err) {
	case Invalid, NotFound, Outside, Denied, NotDirectory:
		return true
	}
	return false
}

// common returns the places in t that a URI names, each root of them that is
// below it whole.
func (t *Tree) common(uri string) []Path {
	rest, ok := cutScheme(uri)
	if !ok || len(uri) > maxText {
		return nil
	}
	decoded, err := decodeURI(rest)
	if err != nil || slices.Contains(split(decoded), "..") {
		return nil
	}
	if p, named, err := t.fromURI(decoded); err == nil && named && decoded != "/" {
		return []Path{p}
	}
	var all []Path
	decoded = path.Clean(filepath.ToSlash(decoded))
	for _, r := range t.roots {
		for _, dir := range []string{r.host, r.given} {
			dir = filepath.ToSlash(dir)
			if rel, ok := belowHost(decoded, dir); ok {
				if p, err := (Path{r, rel}).checked(); err == nil {
					all = append(all, p)
				}
			} else if _, ok := belowHost("/"+strings.TrimPrefix(dir, "/"), decoded); ok {
				all = append(all, r.Top())
			}
		}
	}
	return all
}

// outermost returns the dirs of r that are in no other of them, in order.
func outermost(r *Root, dirs []Path) []Path {
	var rels []string
	for _, p := range dirs {
		if p.Root == r {
			rels = append(rels, p.Rel)
		}
	}
	slices.Sort(rels)
	var out []Path
	for _, rel := range slices.Compact(rels) {
		in := slices.ContainsFunc(out, func(p Path) bool {
			_, ok := below(rel, strings.TrimPrefix(p.Rel, "."))
			return ok
		})
		if !in {
			out = append(out, Path{r, rel})
		}
	}
	return out
}

// boundary opens p, which has no links, as a root.
func (p Path) boundary() (*Root, error) {
	var sub place
	err := p.reach(followNone, func(at place, rel string, l links) (err error) {
		sub, err = at.openDir(rel, followNone)
		return err
	})
	if err != nil {
		return nil, err
	}
	if d, ok := sub.(*rootPlace); ok {
		// What is renamed must not be looked up from further above.
		d.top, d.rel = d.dir, "."
	}
	r := p.Root
	n := &Root{
		Name: r.Name, ReadOnly: r.ReadOnly, prefix: r.prefix, base: r.base, place: sub,
		host: filepath.Join(r.host, filepath.FromSlash(p.Rel)), given: filepath.Join(r.given, filepath.FromSlash(p.Rel)),
	}
	if !p.IsRoot() {
		n.base = path.Join(r.base, p.Rel)
	}
	return n, nil
}
