package follow

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// recorder hands on what is logged.
type recorder chan string

func (r recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r recorder) WithGroup(string) slog.Handler            { return r }
func (r recorder) Handle(_ context.Context, rec slog.Record) error {
	var b strings.Builder
	b.WriteString(rec.Level.String() + " " + rec.Message)
	rec.Attrs(func(a slog.Attr) bool { b.WriteString(" " + a.String()); return true })
	r <- b.String()
	return nil
}

// patience is how long a change may take to be seen; it is less than the time
// between two polls, so that it is the kernel's word that is tested.
const patience = fastPoll - time.Second

func next(t *testing.T, c <-chan string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

// follow opens a file and returns what is accepted of it from then on: all but
// what is empty or begins with "bad".
func follow(t *testing.T, path string) (accepted <-chan string, logged recorder) {
	t.Helper()
	c := make(chan string, 100)
	logged = make(recorder, 100)
	f, err := Open(path, 100, slog.New(logged), func(content []byte) error {
		if len(content) == 0 || bytes.HasPrefix(content, []byte("bad")) {
			return errors.New("no good")
		}
		c <- string(content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return c, logged
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// volume makes dir what Kubernetes makes of a secret, or changes it as it does.
func volume(t *testing.T, dir, content string) {
	t.Helper()
	old, _ := os.Readlink(dir + "/..data")
	now := "..2026_" + content
	must(t, os.Mkdir(filepath.Join(dir, now), 0o700))
	put(t, filepath.Join(dir, now, "keys"), content)
	must(t, os.Symlink(now, dir+"/..data_tmp"), os.Rename(dir+"/..data_tmp", dir+"/..data"))
	if old == "" {
		must(t, os.Symlink("..data/keys", dir+"/keys"))
		return
	}
	must(t, os.RemoveAll(filepath.Join(dir, old)))
}

func TestEveryKindOfChangeIsSeen(t *testing.T) {
	tests := []struct {
		name   string
		path   string
		setup  func(t *testing.T, dir string) // nil if change sets up too
		change func(t *testing.T, dir, content string)
	}{
		{"written in place", "keys", nil, func(t *testing.T, dir, content string) { put(t, dir+"/keys", content) }},
		{"renamed over", "keys", nil, func(t *testing.T, dir, content string) {
			put(t, dir+"/keys.tmp", content)
			must(t, os.Rename(dir+"/keys.tmp", dir+"/keys"))
		}},
		{"removed and made again", "keys", func(t *testing.T, dir string) { put(t, dir+"/keys", "one") }, func(t *testing.T, dir, content string) {
			must(t, os.Remove(dir+"/keys"))
			put(t, dir+"/keys", content)
		}},
		{"a secret of Kubernetes", "keys", nil, volume},
		{"a secret of Kubernetes, by a link", "etc/keys", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir+"/etc", 0o700), os.Mkdir(dir+"/run", 0o700), os.Symlink("../run/keys", dir+"/etc/keys"))
			volume(t, dir+"/run", "one")
		}, func(t *testing.T, dir, content string) { volume(t, dir+"/run", content) }},
		{"a link turned", "keys", nil, func(t *testing.T, dir, content string) {
			put(t, filepath.Join(dir, content), content)
			must(t, os.Symlink(content, dir+"/tmp"), os.Rename(dir+"/tmp", dir+"/keys"))
		}},
		{"a link's target replaced in another directory", "keys", func(t *testing.T, dir string) {
			must(t, os.MkdirAll(dir+"/far/away", 0o700), os.Symlink(dir+"/far/away/keys", dir+"/keys"))
			put(t, dir+"/far/away/keys", "one")
		}, func(t *testing.T, dir, content string) {
			put(t, dir+"/far/away/tmp", content)
			must(t, os.Rename(dir+"/far/away/tmp", dir+"/far/away/keys"))
		}},
		{"the directory replaced", "etc/keys", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir+"/etc", 0o700))
			put(t, dir+"/etc/keys", "one")
		}, func(t *testing.T, dir, content string) {
			must(t, os.Mkdir(dir+"/new", 0o700))
			put(t, dir+"/new/keys", content)
			must(t, os.Rename(dir+"/etc", dir+"/old"), os.Rename(dir+"/new", dir+"/etc"), os.RemoveAll(dir+"/old"))
		}},
		{"the directory removed and made again", "etc/keys", nil, func(t *testing.T, dir, content string) {
			must(t, os.RemoveAll(dir+"/etc"), os.Mkdir(dir+"/etc", 0o700))
			put(t, dir+"/etc/keys", content)
		}},
		{"a link far above turned", "etc/a/b/c/keys", func(t *testing.T, dir string) {
			must(t, os.MkdirAll(dir+"/one/a/b/c", 0o700), os.Symlink("one", dir+"/etc"))
			put(t, dir+"/one/a/b/c/keys", "one")
		}, func(t *testing.T, dir, content string) {
			must(t, os.MkdirAll(filepath.Join(dir, content, "a/b/c"), 0o700))
			put(t, filepath.Join(dir, content, "a/b/c/keys"), content)
			must(t, os.Symlink(content, dir+"/tmp"), os.Rename(dir+"/tmp", dir+"/etc"))
		}},
		{"written by another name", "keys", func(t *testing.T, dir string) {
			must(t, os.MkdirAll(dir+"/far/away", 0o700))
			put(t, dir+"/far/away/keys", "one")
			must(t, os.Link(dir+"/far/away/keys", dir+"/keys"))
		}, func(t *testing.T, dir, content string) { put(t, dir+"/far/away/keys", content) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.setup == nil {
				tt.change(t, dir, "one")
			} else {
				tt.setup(t, dir)
			}
			accepted, _ := follow(t, filepath.Join(dir, tt.path))
			if got := next(t, accepted); got != "one" {
				t.Fatalf("opened with %q", got)
			}
			for _, content := range []string{"two", "three", "four"} {
				tt.change(t, dir, content)
				if got := next(t, accepted); got != content {
					t.Fatalf("got %q after the change to %q", got, content)
				}
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "keys", "one")
	accepted, _ := follow(t, "keys")
	next(t, accepted)
	put(t, "keys", "two")
	if got := next(t, accepted); got != "two" {
		t.Errorf("got %q", got)
	}
}

func TestWhatWasAcceptedStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	put(t, path, "one")
	accepted, logged := follow(t, path)
	next(t, accepted)
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"bad content", func() { put(t, path, "bad s3cret") }, `WARN a file changed and cannot be used; what it held before stays in force file=` + path + ` error=no good`},
		{"gone", func() { must(t, os.Remove(path)) }, "no such file"},
		{"too large", func() { put(t, path, strings.Repeat("s3cret ", 20)) }, "larger than 100 bytes"},
		{"a directory", func() { must(t, os.Remove(path), os.Mkdir(path, 0o700)) }, "not a regular file"},
		{"good again", func() { must(t, os.Remove(path)); put(t, path, "two") }, "INFO a file can be used again file="},
	}
	for _, s := range steps {
		s.do()
		for line := ""; !strings.Contains(line, s.want); {
			// A file that is half written or gone for a moment may be told of first.
			if line = next(t, logged); strings.Contains(line, "s3cret") {
				t.Errorf("%s: logged %q", s.name, line)
			}
		}
	}
	if got := next(t, accepted); got != "two" {
		t.Errorf("used %q in between", got)
	}
}

// A problem is told once, however often the file is looked at, and content that
// is in force is not used again.
func TestLooksAreQuiet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	logged := make(recorder, 100)
	var tried []string
	f := &File{path: path, max: 100, log: slog.New(logged), use: func(content []byte) error {
		tried = append(tried, string(content))
		if strings.HasPrefix(string(content), "bad") {
			return errors.New("no good")
		}
		return nil
	}}
	for _, content := range []string{"one", "one", "bad", "bad", "badder", "badder", "two", "bad", "two"} {
		put(t, path, content)
		f.look()
	}
	must(t, os.Remove(path))
	f.look()
	f.look()
	put(t, path, "two")
	f.look()
	close(logged)
	var levels []string
	for line := range logged {
		levels = append(levels, strings.Fields(line)[0])
	}
	if diff := cmp.Diff([]string{"WARN", "WARN", "INFO", "WARN", "INFO", "WARN", "INFO"}, levels); diff != "" {
		t.Errorf("logged: %s", diff)
	}
	if diff := cmp.Diff([]string{"one", "bad", "bad", "badder", "badder", "two", "bad"}, tried); diff != "" {
		t.Errorf("tried: %s", diff)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/large", strings.Repeat("x", 101))
	put(t, dir+"/bad", "bad")
	must(t, os.Symlink("loop", dir+"/loop"))
	before := goleak.IgnoreCurrent()
	for name, want := range map[string]string{
		"missing": "no such file", "large": "larger than 100 bytes", "bad": "no good", ".": "not a regular file", "loop": "too many links", "bad/below": "not a directory",
	} {
		f, err := Open(filepath.Join(dir, name), 100, slog.New(slog.DiscardHandler), func(content []byte) error {
			if string(content) == "bad" {
				return errors.New("no good")
			}
			t.Errorf("%s: used", name)
			return nil
		})
		if f != nil || err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "levels of symbolic ", ""), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	goleak.VerifyNone(t, before)
}

func TestBurstIsOneChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	put(t, path, "one")
	accepted, _ := follow(t, path)
	next(t, accepted)
	for i := range 500 {
		put(t, path, strings.Repeat("x", 1+i%50))
	}
	put(t, path, "two")
	var seen []string
	for !slices.Contains(seen, "two") {
		seen = append(seen, next(t, accepted))
	}
	if len(seen) > 50 {
		t.Errorf("looked %d times at 501 changes", len(seen))
	}
}

func TestCloseWaits(t *testing.T) {
	before := goleak.IgnoreCurrent()
	path := filepath.Join(t.TempDir(), "keys")
	put(t, path, "one")
	entered, leave, left := make(chan string, 1), make(chan struct{}), false
	f, err := Open(path, 100, slog.New(slog.DiscardHandler), func(content []byte) error {
		if string(content) == "two" {
			entered <- ""
			<-leave
			left = true
		}
		return nil
	})
	must(t, err)
	put(t, path, "two")
	next(t, entered)
	closed := make(chan error)
	go func() { closed <- f.Close() }()
	close(leave)
	must(t, <-closed)
	if !left {
		t.Error("Close returned while use ran")
	}
	must(t, f.Close())
	goleak.VerifyNone(t, before)
}

func TestPollsWithoutWatcher(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(dir, "keys")
		put(t, path, "one")
		used, logged := make(chan string, 10), make(recorder, 10)
		f, err := open(path, 100, slog.New(logged), func(content []byte) error { used <- string(content); return nil },
			func() (*fsnotify.Watcher, error) { return nil, errors.New("too many open files") })
		must(t, err)
		defer f.Close()
		if line := <-logged; !strings.Contains(line, "cannot be watched") || !strings.Contains(line, "too many open files") {
			t.Errorf("logged %q", line)
		}
		<-used
		for _, content := range []string{"two", "three"} {
			start := time.Now()
			put(t, path, content)
			if got := <-used; got != content || time.Since(start) > fastPoll {
				t.Errorf("got %q after %s", got, time.Since(start))
			}
			if len(logged) > 0 {
				t.Errorf("said more than once: %q", <-logged)
			}
		}
	})
}

// What took the place of something that was watched is watched too.
func TestReplacementsAreWatched(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/etc/keys"
	must(t, os.Mkdir(dir+"/etc", 0o700))
	put(t, path, "one")
	accepted, logged := follow(t, path)
	next(t, accepted)
	must(t, os.RemoveAll(dir+"/etc"))
	if line := next(t, logged); !strings.Contains(line, "no such file") {
		t.Fatalf("logged %q", line)
	}
	must(t, os.Mkdir(dir+"/etc", 0o700))
	for i, change := range []func(content string){
		func(content string) { put(t, path, content) },
		func(content string) { put(t, path, content) },
		func(content string) { must(t, os.Remove(path)); volume(t, dir+"/etc", content) },
		func(content string) { volume(t, dir+"/etc", content) },
		func(content string) { put(t, dir+"/etc/..2026_5/keys", content) },
	} {
		content := strconv.Itoa(i + 2)
		change(content)
		if got := next(t, accepted); got != content {
			t.Fatalf("got %q, want %q", got, content)
		}
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := make(chan fsnotify.Event)
		f := &File{end: make(chan struct{}), watch: &watch{watcher: &fsnotify.Watcher{Events: events},
			names: map[string]bool{"keys": true}, lost: make(chan struct{}, 1)}}
		// waits runs wait while events for name come every so often.
		waits := func(name string, every time.Duration) time.Duration {
			ctx, stop := context.WithCancel(t.Context())
			go func() {
				for ctx.Err() == nil {
					select {
					case events <- fsnotify.Event{Name: "/etc/" + name, Op: fsnotify.Write}:
					case <-ctx.Done():
					}
					select {
					case <-time.After(every):
					case <-ctx.Done():
					}
				}
			}()
			start := time.Now()
			if !f.wait() {
				t.Error("ended")
			}
			stop()
			synctest.Wait()
			return time.Since(start)
		}
		for _, tt := range []struct {
			name  string
			every time.Duration
			whole bool
			want  time.Duration
		}{
			{"keys", time.Minute, true, quiet},
			{"keys", 40 * time.Millisecond, true, busy},
			{"other", 40 * time.Millisecond, true, slowPoll},
			{"other", 40 * time.Millisecond, false, fastPoll},
		} {
			f.watch.whole = tt.whole
			if got := waits(tt.name, tt.every); got != tt.want {
				t.Errorf("events for %s every %s: looked after %s, want %s", tt.name, tt.every, got, tt.want)
			}
		}
		close(f.end)
		if f.wait() {
			t.Error("did not end")
		}
	})
}

// Changes of other files wake nobody for each of them, and do not hold back one
// of the file.
func TestOthersAreTakenTogether(t *testing.T) {
	for _, tt := range []struct {
		name   string
		others int // before the file
		every  time.Duration
		within time.Duration
		most   int // taken of the others
	}{
		{"a log beside the file", 1 << 20, time.Millisecond, slowPoll, 4000},
		{"many at once", 10_000, 0, 3 * quiet, 10_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := make(chan fsnotify.Event)
				f := &File{end: make(chan struct{}), watch: &watch{watcher: &fsnotify.Watcher{Events: events},
					names: map[string]bool{"keys": true}, lost: make(chan struct{}, 1), whole: true}}
				ctx, stop := context.WithCancel(t.Context())
				taken := 0
				go func() {
					for i := range tt.others + 1 {
						name := "/etc/audit"
						if i == tt.others {
							name = "/etc/keys"
						}
						select {
						case events <- fsnotify.Event{Name: name, Op: fsnotify.Write}:
							taken++
						case <-ctx.Done():
							return
						}
						if tt.every > 0 {
							<-time.After(tt.every)
						}
					}
				}()
				start := time.Now()
				if !f.wait() || time.Since(start) > tt.within {
					t.Errorf("looked after %s, want %s at most", time.Since(start), tt.within)
				}
				stop()
				synctest.Wait()
				if taken-1 > tt.most || taken < 100 {
					t.Errorf("%d events were taken, want %d at most", taken, tt.most)
				}
			})
		})
	}
}

func TestWatchIsWhole(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/keys", "one")
	for path, whole := range map[string]bool{"keys": true, "missing": true, "missing/keys": false} {
		w, err := newWatch(filepath.Join(dir, path), fsnotify.NewWatcher)
		if err != nil || w.whole != whole {
			t.Errorf("%s: whole is %t, %v", path, w.whole, err)
		}
		w.close()
	}
}

func TestLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "line")
	for text, want := range map[string]string{" s3cret\r\n": "s3cret", "": "", "\n": "", strings.Repeat("x", maxLine+1): ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Line(path); got != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: %.10q, %v", text, got, err)
		}
	}
	if _, err := Line(path + "x"); err == nil {
		t.Error("no file is no error")
	}
}
