package tree

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Limits of a path and what links make of it. The kernel follows as many links.
const (
	maxLinks = 40
	maxSteps = 4096
)

// Why a path cannot be resolved.
var (
	errOutside = errors.New("a link leads out")
	errLoop    = errors.New("too many links")
)

// resolve returns rel without links, the last one only if last. What the links
// lead to need not exist. It follows absolute links, and those that leave the
// root by ".." and come back, as long as what is outside are names of the root's
// own path: nothing outside is looked at, so that no error tells what is there.
func resolve(r *Root, at place, rel string, last bool) (string, error) {
	w := walk{host: split(r.host)}
	w.push(rel)
	links := 0
	for steps := 0; len(w.todo) > 0; steps++ {
		if steps > maxSteps {
			return "", errLoop
		}
		name, err := w.next()
		if err != nil {
			return "", err
		}
		if name == "" {
			continue
		}
		here := path.Join(w.rel(), name)
		info, target, err := at.peek(here)
		if errors.Is(err, fs.ErrNotExist) {
			return w.missing(here)
		}
		if err != nil {
			return "", err
		}
		if info.Type != Symlink || len(w.todo) == 0 && !last {
			if info.Type != Directory && len(w.todo) > 0 {
				return "", syscall.ENOTDIR
			}
			w.done = append(w.done, name)
			continue
		}
		if links++; links > maxLinks {
			return "", errLoop
		}
		if err := w.follow(r, target); err != nil {
			return "", err
		}
	}
	if w.above > 0 {
		return "", errOutside
	}
	return w.rel(), nil
}

// A walk is a path that is being resolved.
type walk struct {
	host  []string // the names of the root's real path
	above int      // how many names of host are left behind, 0 if inside
	done  []string // below the root, without links
	todo  []string // in reverse
}

func (w *walk) rel() string {
	if len(w.done) == 0 {
		return "."
	}
	return strings.Join(w.done, "/")
}

func (w *walk) push(p string) {
	names := split(p)
	for i := len(names) - 1; i >= 0; i-- {
		w.todo = append(w.todo, names[i])
	}
}

// next takes the next name, and returns it if it is below the root and must be
// looked up.
func (w *walk) next() (string, error) {
	name := w.todo[len(w.todo)-1]
	w.todo = w.todo[:len(w.todo)-1]
	switch {
	case name == "..":
		if n := len(w.done); n > 0 {
			w.done = w.done[:n-1]
		} else {
			w.above = min(w.above+1, len(w.host))
		}
		return "", nil
	case w.above == 0:
		return name, nil
	case name == w.host[len(w.host)-w.above]:
		w.above--
		return "", nil
	}
	return "", errOutside
}

// follow goes on with the target of a link.
func (w *walk) follow(r *Root, target string) error {
	if target == "" {
		return syscall.ENOENT
	}
	if len(w.todo)+strings.Count(target, "/") > maxSteps {
		return errLoop
	}
	slashed := filepath.ToSlash(target)
	if !filepath.IsAbs(target) && !strings.HasPrefix(slashed, "/") {
		w.push(slashed)
		return nil
	}
	w.done, w.above = nil, len(w.host)
	// The operator may have named the root by a path with links, and so may those
	// who made links in it.
	if rest, ok := below(slashed, filepath.ToSlash(r.given)); ok {
		w.above = 0
		slashed = rest
	}
	w.push(slashed)
	return nil
}

// missing returns the path when nothing is at here: what is behind cannot have
// links.
func (w *walk) missing(here string) (string, error) {
	for i := len(w.todo) - 1; i >= 0; i-- {
		if w.todo[i] == ".." {
			return "", syscall.ENOENT
		}
		here += "/" + w.todo[i]
	}
	return here, nil
}

// split returns the names of a path with slashes, without those that mean the
// same place.
func split(p string) []string {
	names := strings.Split(p, "/")
	return slices.DeleteFunc(names, func(n string) bool { return n == "" || n == "." })
}
