//go:build e2e

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A disk that fails while something is written leaves what was there, says so in
// words that are no internal error, and nothing else stays behind. strace makes
// the system calls fail.
func TestFailingDisk(t *testing.T) {
	const patch = "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n--- a/b.txt\n+++ b/b.txt\n@@ -1 +1 @@\n-old\n+new\n"
	before := map[string]string{"a.txt": "old\n", "b.txt": "old\n"}
	// The etag is the beginning of the SHA-256 of "old\n".
	replaces := func(more ...string) []string {
		return append([]string{"write_file", "path=a.txt", "mode=replace", "content=new", "if_match=01d09d19c2139a46aebfb577780d123d"}, more...)
	}
	for _, tt := range []struct {
		name, calls, when string // of strace
		call              []string
	}{
		{"fsync", "fsync", "", replaces("durable=true")},
		{"fsync of a new file", "fsync", "", []string{"write_file", "path=c.txt", "content=new", "durable=true"}},
		{"rename", "renameat2,renameat", "", replaces()},
		{"rename of a new file", "renameat2,renameat,linkat", "", []string{"write_file", "path=c.txt", "content=new"}},
		{"rename of an edit", "renameat2,renameat", "", []string{"edit_file", "path=a.txt", `edits=[{"old":"old","new":"new"}]`}},
		{"the second rename of a patch", "renameat2,renameat", ":when=2", []string{"apply_patch", "patch=" + patch}},
		{"permissions", "fchmod", "", replaces()},
		{"rename of a move", "renameat2,renameat", "", []string{"move_file", "from=a.txt", "to=c.txt"}},
		{"rename into the trash", "renameat2,renameat", "", []string{"delete_file", "path=a.txt"}},
		{"listing", "getdents64", "", []string{"list_directory"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, out, err := faulty(t, before, "inject="+tt.calls+":error=EIO"+tt.when, tt.calls, tt.call)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), `"SERVICE_UNAVAILABLE"`) || strings.Contains(string(out), dir) {
				t.Errorf("%v: %s", err, out)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// faulty has a call of a tool meet a fault of strace's, in a new folder with files,
// and returns the folder and what the call did. strace counts the system calls of
// each thread apart, so that the second one of a process is met only if one thread
// makes both: the call is made again until it is.
func faulty(t *testing.T, content map[string]string, fault, calls string, call []string) (dir string, out []byte, err error) {
	t.Helper()
	for range 20 {
		dir = t.TempDir()
		for name, text := range content {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		log := filepath.Join(t.TempDir(), "trace")
		cmd := exec.CommandContext(t.Context(), "strace", "-f", "-qq", "-o", log, "-e", "trace="+calls, "-e", fault, files, "call", "--root", "r="+dir)
		cmd.Args = append(cmd.Args, call...)
		out, err = cmd.CombinedOutput()
		trace, unread := os.ReadFile(log)
		if unread != nil {
			t.Fatal(unread)
		}
		if strings.Contains(string(trace), "(INJECTED)") {
			return dir, out, err
		}
	}
	t.Fatalf("the fault was never met: %v: %s", err, out)
	return "", nil, nil
}

// contents are the files below dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		got[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
