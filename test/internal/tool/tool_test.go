package tool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func TestProgramsArePinned(t *testing.T) {
	for name, p := range programs() {
		if err := module.Check(p.module, p.version); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if semver.Canonical(p.version) != p.version || semver.Prerelease(p.version) != "" {
			t.Errorf("%s is at %s, which is no release", name, p.version)
		}
		if filepath.Base(p.pkg) != name {
			t.Errorf("%s is built from %s", name, p.pkg)
		}
	}
	if _, err := Find(t.Context(), "docker"); err == nil {
		t.Error("a program that is not pinned was found")
	}
}

// A program of the PATH that says another version, or nothing, is not taken.
func TestSameHelm(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{
		"other version":    "echo v3.21.0",
		"other kubernetes": `if [ "$1" = version ]; then echo v3.22.0; else echo 'kind: 20'; fi`,
		"broken":           "exit 1",
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if sameHelm(t.Context(), path) {
			t.Errorf("%s: taken for the pinned helm", name)
		}
	}
	path := filepath.Join(dir, "same")
	script := `#!/bin/sh
if [ "$1" = version ]; then echo v3.22.0; else echo 'kind: 36'; fi
`
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if !sameHelm(t.Context(), path) {
		t.Error("the pinned helm was not taken")
	}
}

func TestCached(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	broken := errors.New("broken")
	if _, err := cached(t.Context(), "x@1", func(string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("a failure was told as %v", err)
	}
	var filled atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			dir, err := cached(t.Context(), "x@1", func(partial string) error {
				filled.Add(1)
				return os.WriteFile(filepath.Join(partial, "x"), []byte("x"), 0o755)
			})
			if err != nil {
				t.Error(err)
			} else if _, err := os.Stat(filepath.Join(dir, "x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := filled.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}
