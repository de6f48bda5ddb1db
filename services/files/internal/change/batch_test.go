package change

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func (b *box) stage(batch *Batch, rel, content string, w Write) error {
	_, err := batch.Update(b.t.Context(), b.path(rel), w, func(Current) ([]byte, error) { return []byte(content), nil })
	return err
}

func TestBatch(t *testing.T) {
	b := newBox(t)
	for _, f := range []string{"edit", "gone", "from", "both"} {
		b.write(f, f)
	}
	before, err := os.Stat(filepath.Join(b.dir, "from"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	batch := b.c.Begin()
	for _, err := range []error{
		b.stage(batch, "edit", "first", Write{IfMatch: tree.ETagOf([]byte("edit"))}),
		b.stage(batch, "edit", "second", Write{IfMatch: tree.ETagOf([]byte("first"))}),
		b.stage(batch, "new/dir/f", "new", Write{Create: true, MakeParents: true}),
		batch.Remove(ctx, b.path("gone"), tree.ETagOf([]byte("gone"))),
		batch.Move(ctx, b.path("from"), b.path("to/there")),
		batch.Move(ctx, b.path("both"), b.path("both2")),
		b.stage(batch, "both2", "moved and changed", Write{}),
		b.stage(batch, "never", "x", Write{DryRun: true}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.wants("both both", "edit edit", "from from", "gone gone")
	if err := batch.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	batch.Rollback()
	b.wants("both2 moved and changed", "edit second", "new/", "new/dir/", "new/dir/f new", "to/", "to/there from")
	after, err := os.Stat(filepath.Join(b.dir, "to/there"))
	if err != nil || !os.SameFile(before, after) {
		t.Error("a file that was only moved is another one:", err)
	}
}

func TestBatchSwaps(t *testing.T) {
	b := newBox(t)
	b.write("a", "A")
	b.write("b", "B")
	batch := b.c.Begin()
	ctx := t.Context()
	for _, m := range [][2]string{{"a", "t"}, {"b", "a"}, {"t", "b"}} {
		if err := batch.Move(ctx, b.path(m[0]), b.path(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	b.wants("a B", "b A")
}

func TestBatchRefuses(t *testing.T) {
	b := newBox(t)
	b.write("f", "f")
	b.write("g", "g")
	ctx := t.Context()
	batch := b.c.Begin()
	wantKind(t, b.stage(batch, "f", "x", Write{Create: true}), tree.Exists)
	wantKind(t, b.stage(batch, "f", "x", Write{IfMatch: "other"}), tree.Conflict)
	wantKind(t, b.stage(batch, "f", "x", Write{InPlace: true}), tree.Unsupported)
	wantKind(t, b.stage(batch, "none", "x", Write{MustExist: true}), tree.NotFound)
	wantKind(t, batch.Move(ctx, b.path("f"), b.path("g")), tree.Exists)
	wantKind(t, batch.Move(ctx, b.path("f"), b.path("f")), tree.Invalid)
	wantKind(t, batch.Remove(ctx, b.path("f"), "other"), tree.Conflict)
	wantKind(t, batch.Remove(ctx, b.path("f"), ""), "")
	wantKind(t, batch.Remove(ctx, b.path("f"), ""), tree.NotFound)
	batch.Rollback()
	if err := batch.Commit(ctx); err != nil {
		t.Error(err)
	}
	wantKind(t, b.stage(batch, "f", "x", Write{}), tree.Invalid)
	b.wants("f f", "g g")
}

// TestBatchRollsBack fails the last of the changes and expects everything as it
// was: content, mode, time and the file itself.
func TestBatchRollsBack(t *testing.T) {
	b := newBox(t)
	then := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	before := make(map[string]os.FileInfo)
	for _, f := range []string{"a", "b", "gone", "from"} {
		b.write(f, f)
		name := filepath.Join(b.dir, f)
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		before[f] = fi
	}
	ctx := t.Context()
	batch := b.c.Begin()
	for _, err := range []error{
		b.stage(batch, "a", "new a", Write{}), b.stage(batch, "b", "new b", Write{}),
		b.stage(batch, "n/e/w", "new", Write{MakeParents: true}), batch.Remove(ctx, b.path("gone"), ""),
		batch.Move(ctx, b.path("from"), b.path("to")), b.stage(batch, "zz", "new", Write{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	k := commit{c: b.c, left: make(map[*node]bool)}
	var list []*node
	for _, n := range batch.nodes {
		list = append(list, n)
	}
	// The undoing is asked for after all changes were made, which no earlier
	// failure could show.
	if err := k.run(ctx, list); err != nil {
		t.Fatal(err)
	}
	if b.read("a") != "new a" || b.read("to") != "from" {
		t.Error("the changes were not made")
	}
	k.end(tree.Errorf(tree.Failed, tree.Path{}, "made up"))
	b.wants("a a", "b b", "from from", "gone gone")
	for f, was := range before {
		fi, err := os.Stat(filepath.Join(b.dir, f))
		if err != nil || !os.SameFile(was, fi) || fi.Mode() != was.Mode() || !fi.ModTime().Equal(then) {
			t.Errorf("%s came back as %v %v, %v", f, fi.Mode(), fi.ModTime(), err)
		}
	}
	if len(b.c.locks.held) != 0 {
		t.Error("locks are left")
	}
}

func TestBatchConflict(t *testing.T) {
	for name, meddle := range map[string]func(*box){
		"changed": func(b *box) { b.write("f", "theirs") },
		"created": func(b *box) { b.write("new", "theirs") },
		"gone":    func(b *box) { os.Remove(filepath.Join(b.dir, "f")) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			b.write("e", "e")
			b.write("f", "f")
			batch := b.c.Begin()
			for _, err := range []error{
				b.stage(batch, "e", "mine", Write{}), b.stage(batch, "f", "mine", Write{}),
				b.stage(batch, "new", "mine", Write{}), b.stage(batch, "n/p", "mine", Write{MakeParents: true}),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			meddle(b)
			want := contents(t, b.dir)
			wantKind(t, batch.Commit(t.Context()), tree.Conflict)
			b.wants(want...)
		})
	}
}

// TestBatchesDoNotMix commits batches over the same files from many goroutines:
// after each, all files are of one batch.
func TestBatchesDoNotMix(t *testing.T) {
	b := newBox(t)
	const files, writers = 5, 20
	for i := range files {
		b.write(fmt.Sprint(i), "0")
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			batch := b.c.Begin()
			for i := range files {
				n := (i + w) % files // another order for each: the locks must not care
				if err := b.stage(batch, fmt.Sprint(n), fmt.Sprint("writer ", w), Write{}); err != nil {
					t.Error(err)
				}
			}
			if err := batch.Commit(t.Context()); err != nil {
				wantKind(t, err, tree.Conflict)
			}
		})
	}
	wg.Wait()
	first := b.read("0")
	if !strings.HasPrefix(first, "writer ") {
		t.Errorf("nobody has written: %q", first)
	}
	for i := range files {
		if got := b.read(fmt.Sprint(i)); got != first {
			t.Errorf("the file %d is of %q, the first of %q", i, got, first)
		}
	}
	if got := contents(t, b.dir); len(got) != files {
		t.Errorf("left: %q", got)
	}
}

func TestBatchLimits(t *testing.T) {
	b := newBox(t)
	b.c = New(Options{MaxFile: 10})
	batch := b.c.Begin()
	for i := range batchBytes {
		if err := b.stage(batch, fmt.Sprint(i), "0123456789", Write{}); err != nil {
			t.Error(err)
		}
	}
	wantKind(t, b.stage(batch, "more", "0", Write{}), tree.TooLarge)
	batch = b.c.Begin()
	for i := range batchFiles {
		if err := b.stage(batch, fmt.Sprint(i), "", Write{}); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, b.stage(batch, "more", "", Write{}), tree.TooLarge)
	b.wants()
}

// TestRoom bounds what all changes have in memory together, and gives it back
// whatever becomes of them.
func TestRoom(t *testing.T) {
	b := newBox(t)
	b.c = New(Options{MaxFile: 1000})
	ctx := t.Context()
	same := func(cur Current) ([]byte, error) { return append(cur.Data, 'x'), nil }
	for i := range 9 {
		b.write(fmt.Sprint("f", i), strings.Repeat("x", 900))
	}
	stage := func(batch *Batch, from, n int) error {
		for i := from; i < from+n; i++ {
			if _, err := batch.Update(ctx, b.path(fmt.Sprint("f", i)), Write{}, same); err != nil {
				return err
			}
		}
		return nil
	}
	one, two := b.c.Begin(), b.c.Begin()
	if err := errors.Join(stage(one, 0, 2), stage(two, 2, 2)); err != nil {
		t.Fatal(err)
	}
	_, err := b.c.Update(ctx, b.path("f8"), Write{}, same)
	wantKind(t, err, tree.Busy)
	wantKind(t, stage(b.c.Begin(), 8, 1), tree.Busy)
	if err := one.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := b.c.Update(ctx, b.path("f8"), Write{}, same); err != nil {
		t.Error(err)
	}
	two.Rollback()
	two.Rollback()
	_, err = b.c.Update(ctx, b.path("f8"), Write{}, func(Current) ([]byte, error) { return nil, errors.New("no") })
	if err == nil || b.c.room.used != 0 {
		t.Errorf("%v; %d bytes are still taken", err, b.c.room.used)
	}
}
