// Package follow keeps up with one small file that somebody may replace while
// the process runs: by writing into it, by renaming another one over it, by
// removing it and making it again, or by turning a link on the way to it, as
// Kubernetes does with the files of a secret.
//
// What was accepted last stays in force until something else is accepted: a file
// that is gone, half written or wrong changes nothing but the log, where its
// content never appears. Start with [Open].
package follow

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before a change is looked at, so that
	// a file is seldom read half written; busy is the longest to wait for that.
	quiet = 50 * time.Millisecond
	busy  = time.Second
	// After what happens to another file of a directory nothing is taken of the
	// kernel for quiet, and then for taken everything. It merges what is alike
	// meanwhile, so that a log beside the file does not wake the process for each
	// line; and many changes of others do not hold one of the file back.
	taken = 5 * time.Millisecond
	// slowPoll finds what the kernel does not tell of: changes that another
	// machine makes on a network file system, and of directories far above.
	slowPoll = 30 * time.Second
	// fastPoll is for when something could not be watched.
	fastPoll = 5 * time.Second
)

// File is a file that is followed until Close.
type File struct {
	path    string
	max     int64
	log     *slog.Logger
	use     func([]byte) error
	connect func() (*fsnotify.Watcher, error)

	watch    *watch
	polling  bool // said in the log
	accepted [sha256.Size]byte
	problem  problem

	end   chan struct{}
	ended chan struct{}
	once  sync.Once
}

// problem is why the file is not in force as it is now; it is logged once.
type problem struct {
	text string
	sum  [sha256.Size]byte
}

// maxLine bounds a file of one line, in bytes.
const maxLine = 4 << 10

// Line returns the content of a small regular file, once, without the white
// space around it. An empty one is an error.
func Line(path string) (string, error) {
	content, err := read(path, maxLine)
	if err != nil {
		return "", err
	}
	line := strings.TrimSpace(string(content))
	if line == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return line, nil
}

// Open reads the regular file at path, which may have at most limit bytes, and
// returns the error of reading it or of calling use with its content. From then
// on use is called whenever the content is not what it accepted last, until
// Close; calls never overlap, and use may not keep the content. When use returns
// an error, or the file cannot be read, log gets one warning with that error,
// which must not hold the content, and the file is tried again when it changes
// and every 30 seconds.
func Open(path string, limit int64, log *slog.Logger, use func(content []byte) error) (*File, error) {
	return open(path, limit, log, use, fsnotify.NewWatcher)
}

func open(path string, limit int64, log *slog.Logger, use func([]byte) error, connect func() (*fsnotify.Watcher, error)) (*File, error) {
	f := &File{path: path, max: limit, log: log, use: use, connect: connect,
		end: make(chan struct{}), ended: make(chan struct{})}
	f.rewatch()
	content, err := read(path, limit)
	if err == nil {
		f.accepted = sha256.Sum256(content)
		err = use(content)
	}
	if err != nil {
		f.watch.close()
		return nil, err
	}
	go f.run()
	return f, nil
}

// Close ends the calls of use and returns when the last one has returned. It
// may be called more than once, but not by use.
func (f *File) Close() error {
	f.once.Do(func() { close(f.end) })
	<-f.ended
	return nil
}

func (f *File) run() {
	defer close(f.ended)
	defer func() { f.watch.close() }()
	for f.wait() {
		// What is read after it is watched cannot change unseen.
		f.rewatch()
		f.look()
	}
}

// wait returns true when the file may have changed and is left alone again, and
// false at the end.
func (f *File) wait() bool {
	every := slowPoll
	if !f.watch.whole {
		every = fastPoll
	}
	poll := time.NewTimer(every)
	defer poll.Stop()
	var settled <-chan time.Time
	var latest time.Time
	events := f.watch.events()
	var resume <-chan time.Time // not nil while no events are taken
	var until time.Time         // when the next pause may begin
	for {
		select {
		case <-f.end:
			return false
		case <-poll.C:
			return true
		case <-settled:
			return true
		case e, ok := <-events:
			if !ok {
				events = nil
			} else if !f.watch.names[filepath.Base(e.Name)] {
				if time.Now().After(until) {
					events, resume = nil, time.After(quiet)
				}
				continue
			}
		case <-resume:
			events, resume, until = f.watch.events(), nil, time.Now().Add(taken)
			continue
		case <-f.watch.lost:
		}
		now := time.Now()
		if settled == nil {
			latest = now.Add(busy)
		}
		settled = time.After(min(quiet, latest.Sub(now)))
	}
}

// rewatch watches anew all that leads to the file. Watches are not mended: those
// of directories and files that were replaced are dead, or watch what nobody
// looks at any more.
func (f *File) rewatch() {
	f.watch.close()
	var err error
	f.watch, err = newWatch(f.path, f.connect)
	if err != nil && !f.polling {
		f.log.Warn("a file cannot be watched for changes; it is read every few seconds instead",
			"file", f.path, "every", fastPoll.String(), "error", err)
	}
	f.polling = err != nil
}

func (f *File) look() {
	content, err := read(f.path, f.max)
	now := problem{}
	if err == nil {
		now.sum = sha256.Sum256(content)
		if now.sum != f.accepted {
			err = f.use(content)
		}
	}
	if err == nil {
		if f.problem.text != "" {
			f.log.Info("a file can be used again", "file", f.path)
		}
		f.accepted, f.problem = now.sum, problem{}
		return
	}
	if now.text = err.Error(); now != f.problem {
		f.problem = now
		f.log.Warn("a file changed and cannot be used; what it held before stays in force", "file", f.path, "error", err)
	}
}

// read returns the content of a regular file.
func read(path string, limit int64) ([]byte, error) {
	// To open a device may set it going, so it is not tried, and a pipe that
	// takes the file's place afterwards must not block.
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var file *os.File
	if fi.Mode().IsRegular() {
		if file, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
			return nil, err
		}
		defer file.Close()
		if fi, err = file.Stat(); err != nil {
			return nil, err
		}
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return content, nil
}
