package walk_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// flips is how often a directory is exchanged; FILES_RACE_FLIPS sets it.
func flips(t *testing.T) int {
	t.Helper()
	s := os.Getenv("FILES_RACE_FLIPS")
	if s == "" {
		return 10_000
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWalkDuringExchanges exchanges a directory and a link to one outside of the
// root, over and over, while it is walked.
func TestWalkDuringExchanges(t *testing.T) {
	outside := unpack(t, "-- secret --\n-- sub/secret --\n-- .gitignore --\nkept\n")
	dir := unpack(t, "-- a/d/kept --\n-- a/d/sub/kept --\n-- a/z --\n")
	if err := os.Symlink(outside, filepath.Join(dir, "a/link")); err != nil {
		t.Fatal(err)
	}
	start := open(t, dir).Roots()[0].Top()
	stop, done := make(chan struct{}), make(chan error, 1)
	times := flips(t)
	go func() {
		for range times {
			err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, "a/d"), unix.AT_FDCWD, filepath.Join(dir, "a/link"), unix.RENAME_EXCHANGE)
			if err != nil {
				done <- err
				return
			}
		}
		close(stop)
		done <- nil
	}()
	var walks, entered, links, ignored int
	for running := true; running || walks < 10; walks++ {
		select {
		case <-stop:
			running = false
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		stats, err := walk.Walk(t.Context(), start, walk.Options{}, func(e walk.Entry) error {
			switch {
			case e.Name == "secret":
				t.Errorf("the walk came to %s, which is outside", e.Rel())
			case e.Name == "kept" && e.Depth > 2:
				entered++
			case e.Type == tree.Symlink:
				links++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ignored += stats.Ignored
	}
	if entered == 0 || links == 0 {
		t.Errorf("%d walks entered the directory %d times and saw %d links: nothing was exchanged", walks, entered, links)
	}
	if ignored > 0 {
		t.Errorf("the ignore file outside was read, %d times", ignored)
	}
	t.Logf("%d walks, %d times in the directory", walks, entered)
}

// TestIgnoreFilesThatAreNone plants what must not be read, or not be waited for.
func TestIgnoreFilesThatAreNone(t *testing.T) {
	outside := unpack(t, "-- rules --\n*\n")
	dir := unpack(t, "-- link/x --\n-- inner/x --\n-- inner/rules --\n*\n-- fifo/x --\n-- huge/x --\n-- directory/.gitignore/x --\n-- directory/x --\n")
	for _, err := range []error{
		os.Symlink(filepath.Join(outside, "rules"), filepath.Join(dir, "link/.gitignore")),
		os.Symlink("rules", filepath.Join(dir, "inner/.gitignore")),
		unix.Mkfifo(filepath.Join(dir, "fifo/.gitignore"), 0o644),
		os.WriteFile(filepath.Join(dir, "huge/.gitignore"), make([]byte, 600<<10), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, stats := list(t, dir, "", walk.Options{})
	want := []string{"directory/", "directory/x", "fifo/", "fifo/x", "huge/", "huge/x", "inner/", "inner/rules", "inner/x", "link/", "link/x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if stats.Skipped.IgnoreFiles != 4 {
		t.Errorf("skipped: %+v", stats.Skipped)
	}
}
