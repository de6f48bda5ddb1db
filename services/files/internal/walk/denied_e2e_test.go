//go:build e2e && linux

package walk_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// TestWalkGoesOnWhereAccessIsDenied walks as another user: for root there is no
// such thing as a directory that may not be read.
func TestWalkGoesOnWhereAccessIsDenied(t *testing.T) {
	dir := unpack(t, "-- a/x --\n-- b/x --\n-- c/x --\n")
	if err := os.Chmod(filepath.Join(dir, "b"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "b"), 0o755) })
	start := open(t, dir).Roots()[0].Top()
	if os.Getuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		const nobody = 65534
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Fatal(err)
		}
		defer unix.SetfsuidRetUid(0)
	}
	var got []string
	stats, err := walk.Walk(t.Context(), start, walk.Options{}, func(e walk.Entry) error {
		got = append(got, e.Rel())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "a/x", "b", "c", "c/x"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(walk.Skipped{Denied: 1, Examples: []string{"b"}}, stats.Skipped); diff != "" {
		t.Error(diff)
	}
}
