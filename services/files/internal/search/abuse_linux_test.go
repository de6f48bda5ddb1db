package search

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TestNothingOutsideIsFound exchanges a directory and a link that leads out of
// the root, again and again, while both are searched.
func TestNothingOutsideIsFound(t *testing.T) {
	flips, err := strconv.Atoi(os.Getenv("FILES_RACE_FLIPS"))
	if err != nil {
		flips = 10_000
	}
	outside, dir := t.TempDir(), t.TempDir()
	write(t, outside, map[string]string{"f1": "OUTSIDE needle", "sub/f2": "OUTSIDE needle"})
	write(t, dir, map[string]string{"a/d/f1": "inside needle", "a/d/sub/f2": "inside needle", "a/file": "inside needle"})
	for from, to := range map[string]string{"a/link": outside, "a/flink": filepath.Join(outside, "f1")} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var flipping sync.WaitGroup
	flipping.Go(func() {
		defer close(stop)
		for range flips {
			for _, pair := range [][2]string{{"a/d", "a/link"}, {"a/file", "a/flink"}} {
				if err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, pair[0]), unix.AT_FDCWD, filepath.Join(dir, pair[1]), unix.RENAME_EXCHANGE); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	defer flipping.Wait()
	top := startOf(t, dir)
	m := compile(t, "needle", match.Options{})
	searches, inside := 0, 0
	for done := false; !done; searches++ {
		select {
		case <-stop:
			done = true
		default:
		}
		for _, start := range []tree.Path{top, top.Join("a/d"), top.Join("a/file")} {
			r, err := Run(t.Context(), []tree.Path{start}, m, Options{})
			if err != nil && start == top {
				t.Fatal(err)
			}
			for _, line := range flat(r) {
				if strings.Contains(line, "OUTSIDE") {
					t.Fatalf("search %d found %s", searches, line)
				}
				inside++
			}
		}
		if searches == 0 {
			// Going on inside a file opens it by its path again.
			if _, err := Run(t.Context(), []tree.Path{top}, m, Options{After: Place{Rel: "a/d/f1", Line: 1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d flips, %d searches, %d lines found", flips, searches, inside)
	if inside == 0 {
		t.Error("nothing was ever found")
	}
}

func TestSpecialFilesAreCounted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "needle\n", "locked": "needle\n", "z": "needle\n"})
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l)
	if err := unix.Bind(l, &unix.SockaddrUnix{Name: filepath.Join(dir, "s")}); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"zero": "/dev/zero", "loop": "loop", "dangling": "none"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "locked"), 0); err != nil {
		t.Fatal(err)
	}
	want := Skipped{Other: 2, Denied: 1}
	if os.Getuid() == 0 { // root reads everything
		want.Denied = 0
	}
	r := find(t, dir, "needle", Options{})
	if r.Stats.Skipped != want || r.Stats.Files+want.Denied != 3 {
		t.Errorf("%+v, want %+v skipped", r.Stats, want)
	}
	if _, err := Run(t.Context(), []tree.Path{startOf(t, dir).Join("fifo")}, compile(t, "x", match.Options{}), Options{}); err != nil && tree.KindOf(err) != tree.NotRegular {
		t.Error(err)
	}
}

// TestFilesThatChange searches files that grow and shrink meanwhile.
func TestFilesThatChange(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	text := strings.Repeat("some text\n", chunk/5) + "needle\n"
	write(t, dir, map[string]string{"f": text})
	var changing sync.WaitGroup
	defer changing.Wait()
	stop := make(chan struct{})
	defer close(stop)
	changing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if i%2 == 0 {
				os.Truncate(path, int64(i%7*chunk/3))
			} else {
				os.WriteFile(path, []byte(text), 0o644)
			}
		}
	})
	m := compile(t, "needle|text$", match.Options{})
	start := startOf(t, dir)
	for range 50 {
		r, err := Run(t.Context(), []tree.Path{start}, m, Options{Limit: 10, Context: 2})
		if err != nil {
			t.Fatal(err)
		}
		if r.Stats.Skipped.Other+r.Stats.Skipped.Denied > 0 {
			t.Fatalf("%+v", r.Stats)
		}
	}
}
