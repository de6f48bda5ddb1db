package change

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var errStop = errors.New("stop")

func TestStream(t *testing.T) {
	b := newBox(t)
	b.write("old", "old")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	stream := func(rel string, w Write, fn func(io.Writer) error) (Result, error) {
		return b.c.Stream(t.Context(), b.path(rel), w, fn)
	}
	res, err := stream("n/new", Write{Create: true, MakeParents: true}, text("new"))
	if err != nil || !res.Created || res.Size != 3 || res.ETag != tree.ETagOf([]byte("new")) {
		t.Errorf("%+v, %v", res, err)
	}
	if res, err = stream("old", Write{}, text("second")); err != nil || res.Created || res.Size != 6 {
		t.Errorf("%+v, %v", res, err)
	}
	_, err = stream("old", Write{Create: true}, text("third"))
	wantKind(t, err, tree.Exists)
	_, err = stream("old", Write{InPlace: true}, text("third"))
	wantKind(t, err, tree.Unsupported)
	if _, err = stream("m/other", Write{MakeParents: true}, func(w io.Writer) error {
		return errors.Join(text("half")(w), errStop)
	}); !errors.Is(err, errStop) {
		t.Error(err)
	}
	cause := tree.Errorf(tree.Busy, b.path("source"), "it changes")
	if _, err = stream("old", Write{}, func(io.Writer) error { return cause }); err != error(cause) {
		t.Errorf("%v is not the error of what was read", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = b.c.Stream(ctx, b.path("old"), Write{}, func(w io.Writer) error {
		cancel()
		_ = text("third")(w) // the end of the context counts all the same
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.wants("n/", "n/new new", "old second")
}

func TestFill(t *testing.T) {
	b := newBox(t)
	b.write("taken/f", "f")
	build := func(d *tree.Dir) error {
		if err := d.Mkdir("sub", 0o755); err != nil {
			return err
		}
		f, err := d.Create("f", 0o644)
		if err != nil {
			return err
		}
		_, err = f.WriteString("new")
		return errors.Join(err, f.Close())
	}
	fill := func(rel string, fn func(*tree.Dir) error) error { return b.c.Fill(t.Context(), b.path(rel), fn) }
	if err := fill("n/d", build); err != nil {
		t.Error(err)
	}
	wantKind(t, fill("taken", build), tree.Exists)
	wantKind(t, fill("taken/f", build), tree.Exists)
	wantKind(t, fill("taken/f/d", build), tree.NotDirectory)
	wantKind(t, fill("", build), tree.Invalid)
	if err := fill("m/d", func(d *tree.Dir) error { return errors.Join(build(d), errStop) }); !errors.Is(err, errStop) {
		t.Error(err)
	}
	// What it says is about the directory that was asked for.
	err := fill("m/d", func(d *tree.Dir) error { return errors.Join(build(d), d.Mkdir("sub", 0o755)) })
	if wantKind(t, err, tree.Exists); err != nil && (strings.Contains(err.Error(), ".mcp-files-") || !strings.Contains(err.Error(), "m/d/sub")) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.c.Fill(ctx, b.path("m/d"), func(d *tree.Dir) error { cancel(); return build(d) }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// It does not replace what comes meanwhile.
	wantKind(t, fill("late", func(d *tree.Dir) error { b.write("late/mine", "mine"); return build(d) }), tree.Exists)
	// A sweep lets it alone.
	err = fill("swept", func(d *tree.Dir) error {
		if n, err := New(Options{}).Sweep(t.Context(), b.path(".")); n != 0 || err != nil {
			t.Errorf("%d were swept, %v", n, err)
		}
		return build(d)
	})
	if err != nil {
		t.Error(err)
	}
	b.wants("late/", "late/mine mine", "n/", "n/d/", "n/d/f new", "n/d/sub/", "swept/", "swept/f new", "swept/sub/", "taken/", "taken/f f")
}

// fillForEver fills a directory and does not end.
func fillForEver(args []string) error {
	all, err := tree.Open([]tree.Spec{{Name: "r", Path: args[0]}}, tree.Options{})
	if err != nil {
		return err
	}
	return New(Options{}).Fill(context.Background(), all.Roots()[0].Top().Join("d"), func(d *tree.Dir) error {
		f, err := d.Create("f", 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Println("ready")
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	})
}

// TestKilledWhileFilling: a sweep removes what is left, and not before.
func TestKilledWhileFilling(t *testing.T) {
	b := newBox(t)
	cmd := child(t, "fill", b.dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	sweep := func(want int) {
		t.Helper()
		if n, err := New(Options{}).Sweep(t.Context(), b.path(".")); n != want || err != nil {
			t.Errorf("%d were swept, want %d; %v", n, want, err)
		}
	}
	sweep(0)
	cmd.Process.Kill()
	if cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatal("the child has ended by itself")
	}
	left, err := filepath.Glob(filepath.Join(b.dir, ".mcp-files-*", "f"))
	if err != nil || len(left) != 1 {
		t.Errorf("%q is left, %v", left, err)
	}
	sweep(1)
	b.wants()
}
