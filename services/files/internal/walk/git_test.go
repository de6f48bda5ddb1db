package walk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk/walktest"
)

// TestSameFilesAsGit compares with what git would add of a large tree.
func TestSameFilesAsGit(t *testing.T) {
	dir := t.TempDir()
	if err := walktest.Write(dir, 4000); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	git("init", "-q")
	if err := os.WriteFile(filepath.Join(dir, ".git/info/exclude"), []byte("*.css\n!a*.css\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(git("ls-files", "-z", "-co", "--exclude-standard"), "\x00"), "\x00")
	slices.SortFunc(want, walk.Compare)
	all, stats := list(t, dir, "", walk.Options{Hidden: true})
	got := slices.DeleteFunc(all, func(s string) bool { return strings.HasSuffix(s, "/") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if stats.Ignored < 100 || len(got) < 1000 {
		t.Errorf("%d files and %d ignored are too few to tell", len(got), stats.Ignored)
	}
	// From below, the rules above hold too.
	for _, below := range []string{want[len(want)/2], want[len(want)/3]} {
		sub := filepath.Dir(below)
		got, _ := list(t, dir, sub, walk.Options{Hidden: true})
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasSuffix(s, "/") })
		var part []string
		for _, w := range want {
			if rest, ok := strings.CutPrefix(w, sub+"/"); ok {
				part = append(part, rest)
			}
		}
		if diff := cmp.Diff(part, got); diff != "" {
			t.Errorf("below %s: %s", sub, diff)
		}
	}
}
