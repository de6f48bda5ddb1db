package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a root on the disk with a manager.
type bench struct {
	*Manager
	*testing.T
	dir  string
	root *tree.Root
}

func newBench(t *testing.T, opts Options) *bench {
	b, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return newBenchOn(t, opts, b)
}

func newBenchOn(t *testing.T, opts Options, b backend) *bench {
	t.Helper()
	dir := t.TempDir()
	tr, err := tree.Open([]tree.Spec{{Name: "r", Path: dir}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := start(opts, b)
	t.Cleanup(func() {
		if err := errors.Join(m.Close(), tr.Close()); err != nil {
			t.Error(err)
		}
	})
	return &bench{m, t, dir, tr.Roots()[0]}
}

func (b *bench) path(rel string) tree.Path { return tree.Path{Root: b.root, Rel: rel} }
func (b *bench) host(rel string) string    { return filepath.Join(b.dir, filepath.FromSlash(rel)) }

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(rel, content string) {
	b.Helper()
	b.must(os.MkdirAll(filepath.Dir(b.host(rel)), 0o755))
	b.must(os.WriteFile(b.host(rel), []byte(content), 0o644))
}

// save is how most editors write.
func (b *bench) save(rel, content string) {
	b.Helper()
	b.write(rel+"~", content)
	b.must(os.Rename(b.host(rel+"~"), b.host(rel)))
}

// ear is what heard changes of a path.
type ear struct {
	*bench
	rel   string
	heard chan struct{}
	times atomic.Int64
	end   context.CancelFunc
}

func (b *bench) watch(rel string) *ear {
	b.Helper()
	e := &ear{bench: b, rel: rel, heard: make(chan struct{}, 1)}
	var ctx context.Context
	ctx, e.end = context.WithCancel(b.Context())
	b.Cleanup(e.end)
	b.must(b.Watch(ctx, b.path(rel), func() {
		e.times.Add(1)
		select {
		case e.heard <- struct{}{}:
		default:
		}
	}))
	return e
}

const patience = 10 * time.Second

// want waits for a change.
func (e *ear) want(what string) {
	e.Helper()
	select {
	case <-e.heard:
	case <-time.After(patience):
		e.Fatalf("%s is not reported", what)
	}
}

// wantAfter does something and waits until a change is heard that cannot have
// begun before that.
func (e *ear) wantAfter(what string, do func()) {
	e.Helper()
	e.settled(time.Time{})
	select {
	case <-e.heard:
	default:
	}
	do()
	e.want(what)
}

// settled waits until the path was looked at after then, and is not to be
// looked at again.
func (e *ear) settled(then time.Time) {
	e.Helper()
	eventually(e.T, "everything was looked at", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		n := e.nodes[e.path(e.rel)]
		return n == nil || !n.dirty && !n.running && n.last.After(then)
	})
}

// silent does something that makes an event and is no change.
func (e *ear) silent(what string, do func()) {
	e.Helper()
	e.settled(time.Time{})
	before, then := e.times.Load(), time.Now()
	do()
	e.settled(then)
	if e.times.Load() != before {
		e.Errorf("%s is reported", what)
	}
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("not in time: ", what)
		}
	}
}

func TestFile(t *testing.T) {
	b := newBench(t, Options{})
	b.write("a/b/f", "one")
	b.write("a/b/g", "one")
	e := b.watch("a/b/f")
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"a write in place", func() { b.write("a/b/f", "two") }},
		{"an atomic save", func() { b.save("a/b/f", "three") }},
		{"a second one", func() { b.save("a/b/f", "four") }},
		{"a write after it", func() { b.write("a/b/f", "five") }},
		{"a rename away", func() { b.must(os.Rename(b.host("a/b/f"), b.host("a/b/f.bak"))) }},
		{"a new file in its place", func() { b.write("a/b/f", "six") }},
		{"a deletion", func() { b.must(os.Remove(b.host("a/b/f"))) }},
		{"a rename back", func() { b.must(os.Rename(b.host("a/b/f.bak"), b.host("a/b/f"))) }},
		{"a directory in its place", func() { b.must(os.Remove(b.host("a/b/f"))); b.must(os.Mkdir(b.host("a/b/f"), 0o755)) }},
		{"a file in that", func() { b.write("a/b/f/x", "seven") }},
		{"the end of that", func() { b.must(os.RemoveAll(b.host("a/b/f"))) }},
		{"an appearance", func() { b.write("a/b/f", "eight") }},
		{"a cut", func() { b.must(os.Truncate(b.host("a/b/f"), 2)) }},
		{"the parent's rename", func() { b.must(os.Rename(b.host("a/b"), b.host("a/c"))) }},
		{"another parent", func() { b.write("a/b/f", "nine") }},
		{"a change in that", func() { b.write("a/b/f", "ten") }},
		{"the end of all", func() { b.must(os.RemoveAll(b.host("a"))) }},
		{"all made anew", func() { b.write("a/b/f", "eleven") }},
		{"a change then", func() { b.write("a/b/f", "twelve") }},
		{"the grandparent's rename", func() { b.must(os.Rename(b.host("a"), b.host("z"))) }},
		{"its rename back", func() { b.must(os.Rename(b.host("z"), b.host("a"))) }},
		{"a change after it", func() { b.save("a/b/f", "thirteen") }},
	} {
		e.wantAfter(step.what, step.do)
	}
	if s := b.Stats(); s.Polled != 0 || s.Files != 1 || s.Directories != 3 {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsNoChange(t *testing.T) {
	b := newBench(t, Options{})
	b.write("f", "same")
	b.write("d/x", "1")
	f, d := b.watch("f"), b.watch("d")
	f.silent("a touch", func() { b.must(os.Chtimes(b.host("f"), time.Now(), time.Now())) })
	f.silent("a chmod", func() { b.must(os.Chmod(b.host("f"), 0o600)) })
	f.silent("the same again", func() { b.write("f", "same") })
	f.silent("the same in another file", func() { b.save("f", "same") })
	d.silent("the same name again", func() { b.save("d/x", "2") })
}

func TestSameSizeAndTime(t *testing.T) {
	b := newBench(t, Options{})
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b.write("f", "old")
	b.must(os.Chtimes(b.host("f"), then, then))
	e := b.watch("f")
	e.wantAfter("a change with size and time as before", func() {
		b.write("f", "new")
		b.must(os.Chtimes(b.host("f"), then, then))
	})
}

func TestDirectory(t *testing.T) {
	b := newBench(t, Options{})
	b.write("d/one", "1")
	for _, rel := range []string{"d", "."} {
		in := filepath.ToSlash(filepath.Join(rel, "x"))
		e := b.watch(rel)
		e.wantAfter("a new name", func() { b.write(in, "1") })
		e.wantAfter("another type", func() { b.must(os.Remove(b.host(in))); b.must(os.Mkdir(b.host(in), 0o755)) })
		e.wantAfter("another name", func() { b.must(os.Rename(b.host(in), b.host(in+"y"))) })
		e.wantAfter("a name less", func() { b.must(os.Remove(b.host(in + "y"))) })
	}
	e := b.watch("d")
	e.wantAfter("its end", func() { b.must(os.RemoveAll(b.host("d"))) })
	e.wantAfter("its return", func() { b.must(os.Mkdir(b.host("d"), 0o755)) })
	e.wantAfter("a name in it", func() { b.write("d/two", "2") })
}

func TestNothingThereYet(t *testing.T) {
	b := newBench(t, Options{})
	e := b.watch("x/y/z")
	b.must(os.Mkdir(b.host("x"), 0o755))
	e.wantAfter("a file in two new directories", func() { b.write("x/y/z", "1") })
	e.wantAfter("a change of it", func() { b.write("x/y/z", "2") })
	below := b.watch("x/y/z/file")
	below.wantAfter("a directory in place of a file", func() {
		b.must(os.Remove(b.host("x/y/z")))
		b.write("x/y/z/file", "1")
	})
}

func TestLinks(t *testing.T) {
	b := newBench(t, Options{})
	b.write("real/f", "one")
	b.write("other/f", "two")
	b.must(os.Symlink("real", b.host("dir")))
	b.must(os.Symlink("../dir/f", b.host("real/last")))
	b.must(os.Mkdir(b.host("s"), 0o755))
	b.must(os.Symlink("../real/last", b.host("s/first")))
	e := b.watch("s/first")
	e.wantAfter("a change at the end of all links", func() { b.write("real/f", "three") })
	e.wantAfter("a link that leads elsewhere", func() {
		b.must(os.Symlink("other", b.host("new")))
		b.must(os.Rename(b.host("new"), b.host("dir")))
	})
	e.wantAfter("a change there", func() { b.save("other/f", "four") })
	e.wantAfter("a file in place of the first link", func() { b.save("s/first", "five") })
	e.silent("a change that it has left", func() {
		b.write("other/f", "six")
		b.write("s/first", "five")
	})
	if s := b.Stats(); s.Directories != 2 {
		t.Errorf("%+v", s)
	}
}

func TestOutside(t *testing.T) {
	b := newBench(t, Options{})
	out := t.TempDir()
	b.must(os.WriteFile(filepath.Join(out, "secret"), []byte("1"), 0o644))
	b.must(os.Symlink(filepath.Join(out, "secret"), b.host("link")))
	b.must(os.Symlink(out, b.host("dir")))
	for _, rel := range []string{"link", "dir", "dir/secret"} {
		err := b.Watch(t.Context(), b.path(rel), func() {})
		if tree.KindOf(err) != tree.Outside || strings.Contains(err.Error(), out) {
			t.Errorf("%s: %v", rel, err)
		}
	}
	if s := b.Stats(); s != (Stats{}) {
		t.Errorf("of what was refused something is left: %+v", s)
	}

	b.write("d/secret", "0")
	e := b.watch("d/secret")
	e.wantAfter("a parent that leads out", func() {
		b.must(os.Rename(b.host("d"), b.host("was")))
		b.must(os.Symlink(out, b.host("d")))
	})
	for x := range b.names {
		if to, err := os.Readlink(x); err == nil && strings.HasPrefix(to, out) {
			t.Errorf("%s is watched", to)
		}
	}
	e.silent("a change outside", func() {
		b.must(os.WriteFile(filepath.Join(out, "secret"), []byte("22"), 0o644))
		b.must(os.Remove(b.host("d"))) // which is an event
		b.must(os.Symlink(out, b.host("d")))
	})
	e.wantAfter("its return", func() {
		b.must(os.Remove(b.host("d")))
		b.must(os.Rename(b.host("was"), b.host("d")))
	})
}

// After the last of many changes there is a report that began after it.
func TestEveryLastChangeIsReported(t *testing.T) {
	b := newBench(t, Options{})
	ways := map[string]func(rel, content string){
		"write": b.write, "save": b.save,
		"move": func(rel, content string) {
			_ = os.Rename(b.host(rel), b.host(rel+".bak"))
			b.write(rel, content)
		},
		"delete": func(rel, content string) {
			_ = os.RemoveAll(b.host(filepath.Dir(rel)))
			b.write(rel, content)
		},
	}
	var wg sync.WaitGroup
	for name, way := range ways {
		rel := name + "/f"
		b.write(rel, "start")
		last := fmt.Sprint(name, 1000)
		seen := make(chan struct{})
		var once sync.Once
		b.must(b.Watch(t.Context(), b.path(rel), func() {
			if data, err := os.ReadFile(b.host(rel)); err == nil && string(data) == last {
				once.Do(func() { close(seen) })
			}
		}))
		wg.Go(func() {
			for i := range 1000 {
				way(rel, fmt.Sprint(name, i+1))
			}
			select {
			case <-seen:
			case <-time.After(patience):
				t.Errorf("%s: the last change is not reported", name)
			}
		})
	}
	wg.Wait()
}

// stalled is a backend whose events come once the gate is open.
func stalled(t *testing.T) (b backend, gate func()) {
	b, err := open()
	if err != nil {
		t.Fatal(err)
	}
	events, errs := make(chan fsnotify.Event), make(chan error)
	opened := make(chan struct{})
	from := b
	b.events, b.errors = events, errs
	go func() {
		defer close(events)
		<-opened
		for e := range from.events {
			events <- e
		}
	}()
	go func() {
		defer close(errs)
		<-opened
		for err := range from.errors {
			errs <- err
		}
	}()
	return b, func() { close(opened) }
}

func TestOverflow(t *testing.T) {
	backend, open := stalled(t)
	b := newBenchOn(t, Options{}, backend)
	b.write("d/f", "one")
	b.write("e/f", "one")
	e := b.watch("e/f")
	b.watch("d/f")
	for i := range 24_000 {
		f, err := os.Create(b.host(fmt.Sprintf("d/%d", i)))
		b.must(err)
		f.Close()
	}
	b.write("e/f", "two") // whose event is dropped
	open()
	e.want("a change that was dropped")
	if s := b.Stats(); s.Overflows != 1 {
		t.Errorf("%+v", s)
	}
	e.wantAfter("a change after it", func() { b.write("e/f", "three") })
}

func TestNoWatchesLeft(t *testing.T) {
	backend, err := open()
	if err != nil {
		t.Fatal(err)
	}
	var left atomic.Int64
	left.Store(1)
	add := backend.add
	backend.add = func(name string) error {
		if left.Add(-1) < 0 {
			return syscall.ENOSPC
		}
		return add(name)
	}
	var notices []string
	b := newBenchOn(t, Options{Poll: 10 * time.Millisecond, Notice: func(m string, err error) {
		notices = append(notices, fmt.Sprintf("%s: %v", m, err))
	}}, backend)
	b.write("d/f", "one")
	b.write("d/g", "one")
	f := b.watch("d/f")
	b.watch("d/g")
	if s := b.Stats(); s.Polled != 2 || s.Directories != 1 {
		t.Fatalf("%+v", s)
	}
	if len(notices) != 1 || !strings.Contains(notices[0], "no space left") {
		t.Errorf("%q", notices)
	}
	f.wantAfter("a change", func() { b.write("d/f", "two") })
	f.wantAfter("an atomic save", func() { b.save("d/f", "three") })
	left.Store(1000)
	eventually(t, "what is free again is used", func() bool { return b.Stats().Polled == 0 })
	f.wantAfter("a change then", func() { b.write("d/f", "four") })
}

func TestPolledAlone(t *testing.T) {
	b := newBenchOn(t, Options{Poll: 5 * time.Millisecond}, backend{
		add: func(string) error { return errNone }, remove: func(string) error { return nil }, close: func() error { return nil },
		remote: (*tree.Handle).Remote})
	b.write("a/f", "one")
	e := b.watch("a/f")
	d := b.watch("a")
	e.wantAfter("a change", func() { b.write("a/f", "two") })
	e.wantAfter("a deletion", func() { b.must(os.Remove(b.host("a/f"))) })
	d.want("a name less")
	d.wantAfter("a name more", func() { b.save("a/f", "three") })
	e.want("a new file")
	then := time.Now().Add(-time.Hour)
	b.must(os.Chtimes(b.host("a/f"), then, then))
	e.wantAfter("a change with the same size and time", func() {
		b.write("a/f", "3hree")
		b.must(os.Chtimes(b.host("a/f"), then, then))
	})
}

func TestRemote(t *testing.T) {
	backend, open := stalled(t)
	backend.remote = func(*tree.Handle) bool { return true }
	b := newBenchOn(t, Options{Poll: 10 * time.Millisecond}, backend)
	t.Cleanup(open) // no event comes before
	b.write("a/f", "one")
	e := b.watch("a/f")
	if s := b.Stats(); s.Polled != 1 || s.Directories != 2 {
		t.Errorf("%+v", s)
	}
	e.wantAfter("a change on another machine", func() { b.write("a/f", "two") })
}

func TestHardLink(t *testing.T) {
	b := newBench(t, Options{Poll: 10 * time.Millisecond})
	b.write("a/f", "one")
	b.must(os.Mkdir(b.host("b"), 0o755))
	b.must(os.Link(b.host("a/f"), b.host("b/g")))
	e := b.watch("a/f")
	e.wantAfter("a write by another name", func() { b.write("b/g", "two") })
}

func TestLimits(t *testing.T) {
	b := newBench(t, Options{MaxWatches: 2, MaxDirectories: 1, Poll: 10 * time.Millisecond})
	b.write("d/f", "one")
	one, two := b.watch("d/f"), b.watch("d/f")
	if err := b.Watch(t.Context(), b.path("x"), func() {}); tree.KindOf(err) != tree.Busy {
		t.Error(err)
	}
	if s := b.Stats(); s != (Stats{Watches: 2, Files: 1, Directories: 1, Polled: 1}) {
		t.Errorf("%+v", s)
	}
	one.wantAfter("a change of what is polled for want of directories", func() { b.write("d/f", "two") })
	two.want("the same to another")
	one.end()
	two.end()
	eventually(t, "all is given back", func() bool { return b.Stats() == Stats{} })
}

func TestLargeFile(t *testing.T) {
	for _, size := range []int{eager + 1, tree.HashedSize + 1} {
		// A watch of the directory from before would tell of the writing here, which
		// may count as a change.
		b := newBench(t, Options{})
		rel := fmt.Sprint(size)
		b.write(rel, strings.Repeat("x", size))
		e := b.watch(rel)
		eventually(t, "its content was looked at", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			n := b.nodes[b.path(rel)]
			return !n.running && !n.known.partial
		})
		e.settled(time.Time{})
		if e.times.Load() != 0 {
			t.Error("what was there is reported")
		}
		e.wantAfter("a change", func() {
			f, err := os.OpenFile(b.host(rel), os.O_WRONLY, 0)
			b.must(err)
			_, err = f.WriteAt([]byte("y"), int64(size)/2)
			b.must(errors.Join(err, f.Close()))
		})
	}
}

// Contexts end while files change and others begin to watch the same.
func TestEndsRaceEvents(t *testing.T) {
	b := newBench(t, Options{})
	before := len(fds(t))
	stop := make(chan struct{})
	var writer, wg sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				b.save(fmt.Sprintf("d%d/f", i%7), fmt.Sprint(i))
				if i%50 == 0 {
					_ = os.RemoveAll(b.host(fmt.Sprintf("d%d", i%3)))
				}
			}
		}
	})
	for k := range 20 {
		wg.Go(func() {
			for i := range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if err := b.Watch(ctx, b.path(fmt.Sprintf("d%d/f", (i+k)%7)), func() {}); err != nil && tree.KindOf(err) != tree.Busy {
					t.Error(err)
				}
				cancel()
				_ = b.Watch(ctx, b.path("d1"), func() {})
			}
		})
	}
	wg.Wait()
	close(stop)
	writer.Wait()
	eventually(t, "all is given back", func() bool { return b.Stats() == Stats{Overflows: b.Stats().Overflows} })
	if b.queue.Len() != 0 || len(b.dirs) != 0 {
		t.Errorf("%d in the queue, %d directories", b.queue.Len(), len(b.dirs))
	}
	if after := fds(t); len(after) > before {
		t.Errorf("%d files were open, now %d: %v", before, len(after), after)
	}
}

func fds(t *testing.T) (open []string) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		to, _ := os.Readlink("/proc/self/fd/" + e.Name())
		open = append(open, to)
	}
	return open
}

func TestClose(t *testing.T) {
	b := newBench(t, Options{})
	b.write("f", "one")
	for i := range 100 {
		b.watch(fmt.Sprintf("d%d/f", i%10))
	}
	b.must(b.Close())
	b.must(b.Close())
	if err := b.Watch(t.Context(), b.path("f"), func() {}); tree.KindOf(err) != tree.Busy {
		t.Error(err)
	}
	if len(b.names) != 0 {
		t.Errorf("%d directories are open", len(b.names))
	}
}

func TestManyWatches(t *testing.T) {
	b := newBench(t, Options{})
	const files, changes = 10_000, 20_000
	name := func(i int) string { return fmt.Sprintf("d%d/f%d", i%500, i) }
	for i := range files {
		b.write(name(i), "0")
	}
	goroutines := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var changed [files]atomic.Int64
	begin := time.Now()
	for i := range files {
		b.must(b.Watch(ctx, b.path(name(i)), func() { changed[i].Store(time.Now().UnixNano()) }))
	}
	t.Logf("%d watches begun in %s: %+v", files, time.Since(begin), b.Stats())
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines for %d watches", n-goroutines, files)
	}
	var last [files]int64
	for i := range changes {
		last[i%files] = time.Now().UnixNano()
		b.write(name(i%files), fmt.Sprint(i))
	}
	for i := range files {
		eventually(t, name(i)+" is reported after its last change", func() bool { return changed[i].Load() >= last[i] })
	}
	cancel()
	eventually(t, "all is given back", func() bool { return b.Stats() == Stats{Overflows: b.Stats().Overflows} })
}
