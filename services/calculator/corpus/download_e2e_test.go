//go:build e2e

package corpus

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// downloadLimit is how long one download may take.
const downloadLimit = 3 * time.Minute

// download runs a program that fetches something into dir, and returns what it
// prints. The remedy is for the person who reads that it failed.
func download(t *testing.T, dir, remedy, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), downloadLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	var stdout, all strings.Builder
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, &all), &all
	err := cmd.Run()
	command := program + " " + strings.Join(args, " ")
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		t.Fatalf("%s was not done in %v: is the registry reachable?\n%s", command, downloadLimit, tail(all.String()))
	case err != nil:
		t.Fatalf("%s: %v; %s\n%s", command, err, remedy, tail(all.String()))
	}
	return stdout.String()
}

// tail is the end of a long output, where programs say what went wrong.
func tail(s string) string { return s[max(0, len(s)-2000):] }

// debianFile returns the contents of the file at path, such as
// "/usr/lib/x/y.txt", of a Debian package. The file of an installed package is
// read; otherwise the package is downloaded and unpacked into a temporary
// folder, which takes no privileges.
func debianFile(t *testing.T, pkg, path string) string {
	t.Helper()
	if data, err := os.ReadFile(path); err == nil {
		return string(data)
	}
	dir := t.TempDir()
	// The user that apt would change to cannot write to the folder.
	download(t, dir, "it needs Debian's package lists: apt-get update", "apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", pkg)
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("apt-get download %s left %q (%v)", pkg, debs, err)
	}
	unpacked := filepath.Join(dir, "unpacked")
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "-x", debs[0], unpacked).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb -x %s: %v\n%s", debs[0], err, out)
	}
	data, err := os.ReadFile(filepath.Join(unpacked, path))
	if err != nil {
		t.Fatalf("%s has changed: %v", pkg, err)
	}
	return string(data)
}

// npmFile returns one file of a package of the npm registry.
func npmFile(t *testing.T, pkg, name string) []byte {
	t.Helper()
	dir := t.TempDir()
	file := download(t, dir, "it needs npm and its registry", "npm", "pack", "--silent", pkg)
	f, err := os.Open(filepath.Join(dir, strings.TrimSpace(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("%s in %s: %v", name, pkg, err)
		}
		if h.Name != name {
			continue
		}
		const most = 4 << 20
		text, err := io.ReadAll(io.LimitReader(r, most))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

// installMathjs returns a folder with mathjs and the script that asks it.
func installMathjs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "evaluate.mjs"} {
		data, err := os.ReadFile(filepath.Join("testdata", "mathjs", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	download(t, dir, "it needs npm and its registry", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	return dir
}
