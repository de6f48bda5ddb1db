package change

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TestFlips changes files below a directory that is exchanged for a link to
// outside, and back, all the time (RENAME_EXCHANGE): nothing outside is created,
// changed, removed or read. FILES_RACE_FLIPS says how often for each kind.
func TestFlips(t *testing.T) {
	ctx := context.Background()
	kinds := []struct {
		name string
		once func(b *box) error // returns what the operation did
	}{
		{"write", func(b *box) error {
			_, err := b.c.Put(ctx, b.path("w/a/f"), Write{}, []byte("new"))
			if err == nil {
				_, err = b.c.Put(ctx, b.path("w/a/n/e/w"), Write{MakeParents: true}, []byte("new"))
			}
			return err
		}},
		{"in place", func(b *box) error {
			_, err := b.c.Put(ctx, b.path("w/a/f"), Write{InPlace: true}, []byte("newer"))
			if err == nil {
				_, err = b.c.Append(ctx, b.path("w/a/f"), Write{}, []byte("x"))
			}
			return err
		}},
		{"update and batch", func(b *box) error {
			set := func(cur Current) ([]byte, error) {
				if strings.Contains(string(cur.Data), "secret") {
					b.t.Error("the file outside was read")
				}
				return append([]byte("x"), cur.Data[:min(len(cur.Data), 100)]...), nil
			}
			_, err := b.c.Update(ctx, b.path("w/a/f"), Write{}, set)
			batch := b.c.Begin()
			defer batch.Rollback()
			if err == nil {
				_, err = batch.Update(ctx, b.path("w/a/f"), Write{}, set)
			}
			if err == nil {
				_, err = batch.Update(ctx, b.path("w/a/d/g"), Write{MakeParents: true}, set)
			}
			if err == nil {
				err = batch.Commit(ctx)
			}
			return err
		}},
		{"copy", func(b *box) error {
			_, err := b.c.Copy(ctx, b.path("w"), b.path("copy"), Copying{Recursive: true})
			if err == nil {
				_, err = b.c.Copy(ctx, b.path("w/a/d"), b.path("copy2"), Copying{Recursive: true})
			}
			if err == nil {
				_, err = b.c.Copy(ctx, b.path("g"), b.path("w/a/copied"), Copying{Overwrite: true})
			}
			for _, dir := range []string{"copy", "copy2"} {
				dir = filepath.Join(b.dir, dir)
				if _, none := os.Lstat(dir); none != nil {
					continue
				}
				for _, l := range contents(b.t, dir) {
					if strings.Contains(l, "secret") {
						b.t.Error("copied from outside:", l)
					}
				}
				os.RemoveAll(dir)
			}
			return err
		}},
		{"move", func(b *box) error {
			_, err := b.c.Move(ctx, b.path("g"), b.path("w/a/moved"), Moving{})
			if err == nil {
				_, err = b.c.Move(ctx, b.path("w/a/moved"), b.path("g"), Moving{})
			}
			// A file that could not be cleared away would be in the way of every other.
			if _, gone := os.Stat(filepath.Join(b.dir, "g")); gone != nil || tree.KindOf(err) == tree.Exists {
				b.write("g", "g")
				b.inside(func(w *os.Root, dir string) { w.Remove(dir + "/moved") })
			}
			return err
		}},
		{"delete", func(b *box) error {
			_, err := b.c.Delete(ctx, b.path("w/a/d"), Deleting{Recursive: true})
			if err == nil {
				// The whole of it: the directory and the link are exchanged while it is walked.
				_, err = b.c.Delete(ctx, b.path("w"), Deleting{Recursive: true})
			}
			b.flipping()
			return err
		}},
		{"trash", func(b *box) error {
			_, err := b.c.Delete(ctx, b.path("w/a/f"), Deleting{Trash: true})
			if err == nil {
				_, err = b.c.Delete(ctx, b.path("w/a/d"), Deleting{Recursive: true, Trash: true})
			}
			os.RemoveAll(filepath.Join(b.dir, tree.TrashDir))
			b.flipping()
			return err
		}},
	}
	flips := count(t, "FILES_RACE_FLIPS", 10_000)
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			b := newBox(t)
			for name, content := range map[string]string{"f": "secret f", "moved": "secret moved", "d/g": "secret g", "n/keep": "secret n"} {
				path := filepath.Join(b.outside, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			before := strings.Join(contents(t, b.outside), "\n")
			b.write("g", "g")
			b.flipping()

			flipped, stop := b.flip()
			defer stop()
			done, refused := 0, 0
			for flipped.Load() < int64(flips) || done+refused < flips/20 || done == 0 || refused == 0 {
				if done+refused > 1000*flips {
					t.Fatalf("%d flips, %d operations done and %d refused: both must happen", flipped.Load(), done, refused)
				}
				if err := kind.once(b); err != nil {
					refused++
				} else {
					done++
				}
				if t.Failed() {
					break
				}
			}
			stop()
			if after := strings.Join(contents(t, b.outside), "\n"); after != before {
				t.Errorf("outside there was\n%s\nand is now\n%s", before, after)
			}
			t.Logf("%d flips, %d operations done and %d refused", flipped.Load(), done, refused)
		})
	}
}

// flip exchanges w/a and w/b until it is stopped, at intervals from none to
// those in which a whole operation fits.
func (b *box) flip() (flipped *atomic.Int64, stop func()) {
	flipped = new(atomic.Int64)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		a, z := filepath.Join(b.dir, "w/a"), filepath.Join(b.dir, "w/b")
		for {
			select {
			case <-done:
				return
			default:
			}
			if unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, z, unix.RENAME_EXCHANGE) == nil {
				flipped.Add(1)
			}
			for wait := rand.IntN(1 << rand.IntN(18)); wait > 0; wait-- {
				spin.Add(1)
			}
		}
	}()
	return flipped, sync.OnceFunc(func() { close(done); <-stopped })
}

// spin keeps the compiler from leaving out what only takes time.
var spin atomic.Int64

// flipping makes the directory w/a with files and the link w/b to outside,
// unless they are there.
func (b *box) flipping() {
	w := filepath.Join(b.dir, "w")
	os.Mkdir(w, 0o755)
	link, err := os.Readlink(filepath.Join(w, "b"))
	if err != nil {
		link, err = os.Readlink(filepath.Join(w, "a"))
	}
	if err != nil || link == "" {
		os.Symlink(b.outside, filepath.Join(w, "b"))
	}
	for _, dir := range []string{"a", "b"} {
		// Only what is created afresh, so that the link is never written through.
		if os.Mkdir(filepath.Join(w, dir), 0o755) == nil {
			break
		}
	}
	b.inside(func(w *os.Root, dir string) {
		w.MkdirAll(dir+"/d", 0o755)
		w.WriteFile(dir+"/f", []byte("old"), 0o644)
		w.WriteFile(dir+"/d/g", []byte("old"), 0o644)
	})
}

// inside calls fn for w/a and w/b, in a way that does not lead out by the link.
func (b *box) inside(fn func(w *os.Root, dir string)) {
	w, err := os.OpenRoot(filepath.Join(b.dir, "w"))
	if err != nil {
		return
	}
	defer w.Close()
	fn(w, "a")
	fn(w, "b")
}
