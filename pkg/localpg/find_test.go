package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes a directory with programs that do nothing.
func programs(t *testing.T, dir string, names ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, program(name)), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindOrder(t *testing.T) {
	root := t.TempDir()
	bin := func(elem ...string) string { return filepath.Join(append([]string{root}, elem...)...) }
	patterns := []string{bin("lib", "postgresql", "*", "bin"), bin("pgsql-*", "bin"), bin("opt", "postgresql@*", "bin")}
	want := func(first, dir string) {
		t.Helper()
		b, err := find(first, patterns...)
		if dir == "" {
			if !errors.Is(err, ErrNone) {
				t.Errorf("got %v, %v", b, err)
			}
			return
		}
		if b.Dir != dir || err != nil {
			t.Errorf("got %v, %v, want %s", b, err, dir)
		}
	}
	want("", "")
	client := programs(t, bin("usr", "bin"), "psql", "postgres")
	want(client, "")
	nine := programs(t, bin("lib", "postgresql", "9.6", "bin"), "postgres", "initdb")
	want("", nine)
	fifteen := programs(t, bin("lib", "postgresql", "15", "bin"), "postgres", "initdb")
	want("", fifteen)
	programs(t, bin("lib", "postgresql", "17", "bin"), "initdb")
	want(client, fifteen)
	sixteen := programs(t, bin("opt", "postgresql@16", "bin"), "postgres", "initdb")
	want("", sixteen)
	notYet := programs(t, bin("pgsql-18", "bin"), "postgres", "initdb")
	if err := os.Chmod(filepath.Join(notYet, program("initdb")), 0o644); err != nil {
		t.Fatal(err)
	}
	want("", sixteen)
	want(nine, nine)
}

func TestMajor(t *testing.T) {
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1":                          18,
		"15\n":                                                   15,
		"9.6":                                                    9,
		"postgres (PostgreSQL)":                                  0,
		"":                                                       0,
		"no such file":                                           0,
	} {
		if got, err := major(text); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestHasLibrary(t *testing.T) {
	for _, path := range []string{"lib/x.so", "lib/postgresql/x.so", "lib/postgresql@16/x.dylib"} {
		root := filepath.Join(t.TempDir(), "with [odd] name")
		b := Binaries{programs(t, filepath.Join(root, "bin"), "postgres")}
		if b.HasLibrary("x") {
			t.Error("a library is there before it is made")
		}
		programs(t, filepath.Dir(filepath.Join(root, path)))
		if err := os.WriteFile(filepath.Join(root, path), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		linked := Binaries{filepath.Join(t.TempDir(), "links")}
		if err := errors.Join(os.Mkdir(linked.Dir, 0o755), os.Symlink(b.path("postgres"), linked.path("postgres"))); err != nil {
			t.Fatal(err)
		}
		if !b.HasLibrary("x") || !linked.HasLibrary("x") || b.HasLibrary("y") {
			t.Errorf("%s is not found", path)
		}
	}
}

func TestTail(t *testing.T) {
	var b tail
	for range 3 {
		if n, err := b.Write([]byte(strings.Repeat("x", maxTail/2))); n != maxTail/2 || err != nil {
			t.Fatal(n, err)
		}
	}
	if n, err := b.Write([]byte(strings.Repeat("y", 2*maxTail) + "end")); n != 2*maxTail+3 || err != nil {
		t.Fatal(n, err)
	}
	if s := b.String(); len(s) != maxTail || !strings.HasSuffix(s, "yend") {
		t.Errorf("it keeps %d bytes", len(s))
	}
}

func TestStartWantsADirectory(t *testing.T) {
	if _, err := Start(t.Context(), Options{}); err == nil {
		t.Error("a server without a directory was started")
	}
}
