package change

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// child returns a command that plays a role in another process.
func child(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "FILES_CHILD="+role)
	return cmd
}

// count returns how often a long test does its thing.
func count(t *testing.T, variable string, usual int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number", variable, s)
	}
	return n
}

// Contents of several pieces, so that a kill comes in the middle of one.
func versions() (a, b string) {
	return strings.Repeat("a", 3*piece/2), strings.Repeat("b", 2*piece)
}

// writeForEver changes files in every way that promises the old or the new.
func writeForEver(args []string) error {
	all, err := tree.Open([]tree.Spec{{Name: "r", Path: args[0]}}, tree.Options{})
	if err != nil {
		return err
	}
	c, top := New(Options{}), all.Roots()[0].Top()
	ctx := context.Background()
	oldText, newText := versions()
	fmt.Println("ready")
	for i := 0; ; i++ {
		data := []byte(newText)
		if i%2 == 0 {
			data = []byte(oldText)
		}
		if _, err := c.Put(ctx, top.Join("put"), Write{Durable: i%5 == 0}, data); err != nil {
			return err
		}
		batch := c.Begin()
		for _, name := range []string{"one", "two"} {
			if _, err := batch.Update(ctx, top.Join(name), Write{}, func(Current) ([]byte, error) { return data, nil }); err != nil {
				return err
			}
		}
		if err := batch.Commit(ctx); err != nil {
			return err
		}
		if _, err := c.Copy(ctx, top.Join("put"), top.Join("copy"), Copying{Overwrite: true}); err != nil {
			return err
		}
	}
}

// TestKilledInTheMiddle kills a process that writes, at random times: every file
// is whole, old or new, and after a sweep nothing else is there.
// FILES_KILLS says how often.
func TestKilledInTheMiddle(t *testing.T) {
	b := newBox(t)
	oldText, newText := versions()
	files := []string{"copy", "one", "put", "two"}
	for _, f := range files {
		b.write(f, oldText)
	}
	left, kills := 0, count(t, "FILES_KILLS", 100)
	for i := range kills {
		cmd := child(t, "write", b.dir)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
			t.Fatalf("the child did not begin: %v: %s", err, said.String())
		}
		<-time.After(time.Duration(rand.Int64N(int64(8 * time.Millisecond))))
		cmd.Process.Kill()
		if cmd.Wait(); cmd.ProcessState.Exited() {
			t.Fatalf("the child has ended by itself: %s", said.String())
		}
		entries, err := os.ReadDir(b.dir)
		if err != nil {
			t.Fatal(err)
		}
		left += len(entries) - len(files)
		for _, f := range files {
			if got := b.read(f); got != oldText && got != newText {
				t.Fatalf("kill %d: %s has %d bytes: neither the old content nor the new", i, f, len(got))
			}
		}
		if _, err := New(Options{}).Sweep(t.Context(), b.path(".")); err != nil {
			t.Fatal(err)
		}
		entries, err = os.ReadDir(b.dir)
		if err != nil || len(entries) != len(files) {
			t.Fatalf("kill %d: after the sweep there are %v, %v", i, entries, err)
		}
	}
	if _, err := os.Stat(filepath.Join(b.dir, "put")); err != nil || left == 0 && kills >= 100 {
		t.Errorf("no kill of %d came in the middle of a write, %v", kills, err)
	}
	t.Logf("%d kills, %d temporary files swept", kills, left)
}
