// Package fleettest gives tests a copy of the repository to change. It is
// imported by tests only.
package fleettest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// Copy returns a folder with every file of the repository that git tracks or
// would track. It is not a git repository, and goes when the test ends.
func Copy(t *testing.T) string {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list := Run(t, root, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for path := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		if err := copyFile(filepath.Join(dir, path), filepath.Join(root, path)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return dir
}

// copyFile fails with os.ErrNotExist for a file that is tracked and deleted.
func copyFile(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// Commit makes dir a git repository with one commit of everything in it.
func Commit(t *testing.T, dir string) {
	t.Helper()
	Run(t, dir, Git(), "git", "init", "--quiet", "--initial-branch=main")
	Run(t, dir, Git(), "git", "add", "--all")
	Run(t, dir, Git(), "git", "commit", "--quiet", "--message", "everything")
}

// Git returns variables under which git commits without the user's settings.
func Git() []string {
	return []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_AUTHOR_NAME=A Tester", "GIT_AUTHOR_EMAIL=tester@example.com",
		"GIT_COMMITTER_NAME=A Tester", "GIT_COMMITTER_EMAIL=tester@example.com",
	}
}

// Run runs a program in dir with further variables and returns what it writes
// to its standard output. A failure ends the test with all that it wrote. Go
// compiles without the names of folders, so that its cache, which they are part of
// otherwise, serves every copy.
func Run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(cmd.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -trimpath")), env...)
	var stdout, both bytes.Buffer
	cmd.Stdout = io.MultiWriter(&stdout, &both)
	cmd.Stderr = &both
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &both)
	}
	return stdout.String()
}
