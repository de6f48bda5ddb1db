package follow

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func TestPipeDoesNotBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	must(t, syscall.Mkfifo(path, 0o600))
	if _, err := Open(path, 100, slog.New(slog.DiscardHandler), nil); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
	must(t, os.Remove(path))
	put(t, path, "one")
	accepted, logged := follow(t, path)
	next(t, accepted)
	must(t, syscall.Mkfifo(path+".tmp", 0o600), os.Rename(path+".tmp", path))
	if line := next(t, logged); !strings.Contains(line, "not a regular file") {
		t.Errorf("logged %q", line)
	}
	put(t, path+".tmp", "two")
	must(t, os.Rename(path+".tmp", path))
	if got := next(t, accepted); got != "two" {
		t.Errorf("got %q", got)
	}
}

// A change whose event the kernel dropped, because too many others were waiting,
// is seen by the event that says so.
func TestOverflowIsAChange(t *testing.T) {
	limit, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(limit)))
	must(t, err)

	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	put(t, path, "one")
	put(t, dir+"/a", "")
	put(t, dir+"/b", "")
	used, leave := make(chan string, 10), make(chan struct{})
	f, err := Open(path, 100, slog.New(slog.DiscardHandler), func(content []byte) error {
		if len(content) == 0 {
			return errors.New("half written")
		}
		used <- string(content)
		if string(content) == "two" {
			<-leave
		}
		return nil
	})
	must(t, err)
	defer f.Close()
	next(t, used)
	put(t, path, "two")
	next(t, used)
	// Nobody takes events now. Equal ones that follow each other would be merged.
	for range n/2 + 10_000 {
		must(t, os.Chmod(dir+"/a", 0o600), os.Chmod(dir+"/b", 0o600))
	}
	put(t, path, "three")
	close(leave)
	if got := next(t, used); got != "three" {
		t.Errorf("got %q", got)
	}
}

// fsnotify reports that it cannot remove the watch of a directory that was moved
// and removed, and waits under its lock until somebody takes that.
func TestErrorsDoNotBlockTheWatcher(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(dir+"/etc", 0o700))
	w, err := newWatch(dir+"/etc/keys", fsnotify.NewWatcher)
	must(t, err)
	// The first event waits to be taken, so that the watcher learns of the move
	// when the directory is gone.
	put(t, dir+"/etc/keys", "one")
	must(t, os.Rename(dir+"/etc", dir+"/old"), os.RemoveAll(dir+"/old"))
	for told := false; !told; {
		select {
		case <-w.events():
		case <-w.lost:
			told = true
		case <-time.After(patience):
			t.Fatal("no error came")
		}
	}
	w.close()
}
