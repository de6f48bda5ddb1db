package follow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// maxLinks is how many symbolic links Linux follows in one path.
const maxLinks = 40

// watch is a view of everything on the way to a file whose change can change
// what its path leads to.
type watch struct {
	watcher *fsnotify.Watcher // nil if there is none
	names   map[string]bool   // the last elements of the paths of events that matter
	whole   bool              // nothing could not be watched
	lost    chan struct{}     // holds one when events may have been lost
	drained chan struct{}
}

// newWatch watches the directory of the file, the one above it, each that holds
// a link on the way, and the file itself, which may have names elsewhere: it may
// be mounted alone into a container. The error says why something cannot be
// watched; that a directory is missing is not one.
func newWatch(path string, connect func() (*fsnotify.Watcher, error)) (*watch, error) {
	w := &watch{names: make(map[string]bool), whole: true, lost: make(chan struct{}, 1), drained: make(chan struct{})}
	path, err := filepath.Abs(path)
	if err == nil {
		w.watcher, err = connect()
	}
	if err != nil {
		w.whole = false
		return w, err
	}
	go w.drain()

	volume := filepath.VolumeName(path) + string(filepath.Separator)
	dir := volume
	rest := elements(path[len(volume):])
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			dir = filepath.Dir(dir)
			continue
		}
		next := filepath.Join(dir, name)
		target, notLink := os.Readlink(next)
		if len(rest) < 2 || notLink == nil {
			err = errors.Join(err, w.add(dir, name))
			target, notLink = os.Readlink(next) // again, now that a change would be seen
		}
		if notLink != nil {
			dir = next
			continue
		}
		if links++; links > maxLinks {
			break
		}
		if filepath.IsAbs(target) {
			dir = volume
			target = target[len(filepath.VolumeName(target)):]
		}
		rest = append(elements(target), rest...)
	}
	_ = w.watcher.Add(dir) // the file, which may be missing
	return w, err
}

// add watches what happens to a name in a directory.
func (w *watch) add(dir, name string) error {
	w.names[name] = true
	w.names[filepath.Base(dir)] = true
	err := w.watcher.Add(dir)
	if err != nil {
		w.whole = false
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// drain takes the watcher's errors: that the kernel's queue overflowed, or that
// something failed. It does so at all times, because the watcher holds its lock
// while it reports some of them, and Add and Close wait for that.
func (w *watch) drain() {
	defer close(w.drained)
	for range w.watcher.Errors {
		select {
		case w.lost <- struct{}{}:
		default:
		}
	}
}

// events returns nil, on which nothing ever comes, if there is no watcher.
func (w *watch) events() <-chan fsnotify.Event {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Events
}

func (w *watch) close() {
	if w != nil && w.watcher != nil {
		w.watcher.Close()
		<-w.drained
	}
}

// elements splits a path, without resolving "..", which in a path with links is
// not what stands before it.
func elements(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) })
}
