package tree_test

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// iterations returns how often each operation is tried while links and
// directories are exchanged.
func iterations(t *testing.T) int {
	t.Helper()
	s := os.Getenv("FILES_RACE_FLIPS")
	if s == "" {
		return 10_000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("FILES_RACE_FLIPS is %q", s)
	}
	return n
}

// arena is a root in which a directory and a link to outside change places, and
// so do a file and a link to one outside, for as long as the test runs.
type arena struct {
	root, outside string
	flips         atomic.Int64
}

func newArena(t *testing.T) *arena {
	t.Helper()
	a := new(arena)
	a.root, a.outside = pair(t)
	for _, name := range []string{"in.txt", "victim", "file", "secret.txt", "deep/in.txt"} {
		put(t, a.outside, name, secret+" of "+name)
	}
	for _, dir := range []string{"dir", "two/dir"} {
		for _, name := range []string{"in.txt", "victim", "file", "deep/in.txt"} {
			put(t, a.root, dir+"/"+name, "inside")
		}
	}
	put(t, a.root, "sub/x", "inside")
	link(t, a.outside, a.root+"/swap")
	link(t, "../../outside", a.root+"/two/swap")
	link(t, a.outside+"/file", a.root+"/two/dir/swap")
	link(t, a.root+"/dir", a.root+"/abs")
	link(t, "sub/../dir", a.root+"/up")

	ctx, end := make(chan struct{}), sync.WaitGroup{}
	end.Go(func() {
		pairs := [][2]string{{"dir", "swap"}, {"two/dir", "two/swap"}, {"two/dir/file", "two/dir/swap"}}
		for {
			for _, p := range pairs {
				err := unix.Renameat2(unix.AT_FDCWD, a.root+"/"+p[0], unix.AT_FDCWD, a.root+"/"+p[1], unix.RENAME_EXCHANGE)
				// The third pair is in a directory that has gone half of the time.
				if err != nil && err != unix.ENOENT {
					t.Errorf("exchange: %v", err)
				}
				a.flips.Add(1)
			}
			select {
			case <-ctx:
				return
			default:
			}
		}
	})
	before := a.snapshot(t)
	t.Cleanup(func() {
		close(ctx)
		end.Wait()
		if diff := cmp.Diff(before, a.snapshot(t)); diff != "" {
			t.Errorf("the directory outside has changed: %s", diff)
		}
	})
	return a
}

// snapshot returns what is outside.
func (a *arena) snapshot(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(a.outside, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all[path] = e.Type().String()
		if e.Type().IsRegular() {
			b, err := os.ReadFile(path)
			all[path] += string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An attempt does something at path, and returns what it saw.
type attempt struct {
	name string
	do   func(tr *tree.Tree, path string, n int) (string, error)
}

// in opens the directory of path, calls fn with it and the last name.
func in(tr *tree.Tree, path string, fn func(d *tree.Dir, name string) error) error {
	p, err := tr.Path(path)
	if err != nil {
		return err
	}
	d, err := p.Parent()
	if err != nil {
		return err
	}
	defer d.Close()
	return fn(d, p.Base())
}

// all reads and closes a file.
func all(f *tree.File, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

var attempts = []attempt{
	{"read", func(tr *tree.Tree, path string, _ int) (string, error) {
		p, err := tr.Path(path)
		if err != nil {
			return "", err
		}
		return all(p.Open())
	}},
	{"read by steps", func(tr *tree.Tree, path string, _ int) (s string, err error) {
		d, err := tr.Roots()[0].Top().OpenDir()
		if err != nil {
			return "", err
		}
		names := strings.Split(path, "/")
		for _, name := range names[:len(names)-1] {
			sub, err := d.OpenDir(name)
			d.Close()
			if err != nil {
				return "", err
			}
			d = sub
		}
		defer d.Close()
		return all(d.Open(names[len(names)-1]))
	}},
	{"read real", func(tr *tree.Tree, path string, _ int) (string, error) {
		p, err := tr.Path(path)
		if err == nil {
			p, err = p.Real()
		}
		if err != nil {
			return "", err
		}
		return all(p.Open())
	}},
	{"stat", func(tr *tree.Tree, path string, _ int) (string, error) {
		p, err := tr.Path(path)
		if err != nil {
			return "", err
		}
		info, err := p.Stat()
		if err == nil && info.Size >= int64(len(secret+" of file")) && info.Type == tree.Regular {
			return secret, nil
		}
		return "", err
	}},
	{"list", func(tr *tree.Tree, path string, _ int) (s string, err error) {
		err = in(tr, path, func(d *tree.Dir, _ string) error {
			list, err := names(d)
			s = strings.ReplaceAll(strings.Join(list, " "), "secret.txt", secret)
			return err
		})
		return s, err
	}},
	{"narrow", func(tr *tree.Tree, path string, _ int) (string, error) {
		n, err := tr.Narrow([]string{"file:///work/" + filepath.Dir(path)})
		if err != nil {
			return "", err
		}
		defer n.Close()
		if len(n.Roots()) == 0 {
			_, err := n.Path("")
			return "", err
		}
		return read(n.Roots()[0].Top().Join(filepath.Base(path)))
	}},
	{"create", func(tr *tree.Tree, path string, n int) (string, error) {
		return "", in(tr, path, func(d *tree.Dir, _ string) error {
			f, err := d.Create("new"+strconv.Itoa(n), 0o600)
			if err != nil {
				return err
			}
			f.Close()
			return d.Remove("new" + strconv.Itoa(n))
		})
	}},
	{"write", func(tr *tree.Tree, path string, _ int) (s string, err error) {
		err = in(tr, path, func(d *tree.Dir, name string) error {
			f, _, err := d.OpenWrite(name)
			if err != nil {
				return err
			}
			defer f.Close()
			b, err := io.ReadAll(f)
			s = string(b)
			f.WriteAt([]byte("inside"), 0)
			return err
		})
		return s, err
	}},
	{"mkdir", func(tr *tree.Tree, path string, n int) (string, error) {
		return "", in(tr, path, func(d *tree.Dir, _ string) error {
			if err := d.Mkdir("sub"+strconv.Itoa(n), 0o700); err != nil {
				return err
			}
			return d.Remove("sub" + strconv.Itoa(n))
		})
	}},
	{"rename", func(tr *tree.Tree, path string, n int) (string, error) {
		return "", in(tr, path, func(d *tree.Dir, _ string) error {
			return in(tr, "sub/x", func(sub *tree.Dir, _ string) error {
				temp, to := "temp"+strconv.Itoa(n), "victim"
				f, err := sub.Create(temp, 0o600)
				if err != nil {
					return err
				}
				f.Close()
				if err := sub.Rename(temp, d, to, n%2 == 0); err != nil {
					sub.Remove(temp)
					return err
				}
				return nil
			})
		})
	}},
	{"rename back", func(tr *tree.Tree, path string, _ int) (string, error) {
		return "", in(tr, path, func(d *tree.Dir, _ string) error {
			return in(tr, "sub/x", func(sub *tree.Dir, _ string) error {
				if err := d.Rename("victim", sub, "victim", true); err != nil {
					if f, err := d.Create("victim", 0o600); err == nil { // one was left behind
						f.Close()
					}
					return err
				}
				return sub.Rename("victim", d, "victim", false)
			})
		})
	}},
	{"remove", func(tr *tree.Tree, path string, n int) (string, error) {
		return "", in(tr, path, func(d *tree.Dir, _ string) error {
			if err := d.Remove("victim"); err != nil && tree.KindOf(err) != tree.NotFound {
				return err
			}
			f, err := d.Create("victim", 0o600)
			if err == nil {
				f.Close()
			}
			return err
		})
	}},
}

// TestRaces does all that can be done while links and directories change places.
// Nothing that is outside is seen or changed, and each attempt succeeds at times,
// and is refused at times.
func TestRaces(t *testing.T) {
	n := iterations(t)
	paths := []string{"dir/in.txt", "two/dir/file", "abs/in.txt", "up/in.txt", "dir/deep/in.txt"}
	each(t, func(t *testing.T, opt tree.Options) {
		for _, at := range attempts {
			t.Run(at.name, func(t *testing.T) {
				a := newArena(t)
				tr := open(t, opt, "work="+a.root)
				done, refused := 0, 0
				for i := range n {
					path := paths[i%len(paths)]
					saw, err := at.do(tr, path, i)
					switch kind := tree.KindOf(err); {
					case strings.Contains(saw, secret):
						t.Fatalf("%s: it leaks", path)
					case err == nil:
						done++
					case kind == "" || kind == tree.Failed:
						t.Fatalf("%s: %v", path, err)
					case strings.Contains(err.Error(), a.outside):
						t.Fatalf("%s: %v names what is outside", path, err)
					default:
						refused++
					}
				}
				t.Logf("%d done, %d refused, %d exchanges", done, refused, a.flips.Load())
				// A few attempts may all meet the same state.
				if n >= 10_000 && (done == 0 || refused == 0 || a.flips.Load() < int64(n/100)) {
					t.Errorf("%d done, %d refused, %d exchanges", done, refused, a.flips.Load())
				}
			})
		}
	})
}
