package tree_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// forms are the implementations that a test runs against. The first is that of
// the system, which is the second too where there is no faster one.
var forms = []struct {
	name string
	opt  tree.Options
}{
	{"system", tree.Options{}},
	{"portable", tree.Options{Portable: true}},
}

// each runs a test against all forms.
func each(t *testing.T, test func(t *testing.T, opt tree.Options)) {
	t.Helper()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) { test(t, f.opt) })
	}
}

// open opens roots, written as on a command line.
func open(t testing.TB, opt tree.Options, roots ...string) *tree.Tree {
	t.Helper()
	var specs []tree.Spec
	for _, r := range roots {
		s, err := tree.ParseSpec(r)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	tr, err := tree.Open(specs, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

// locate reads a path.
func locate(t testing.TB, tr *tree.Tree, s string) tree.Path {
	t.Helper()
	p, err := tr.Path(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return p
}

// put writes a file and the directories that it is in.
func put(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link makes a symbolic link.
func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// read returns the content of a file.
func read(p tree.Path) (string, error) {
	f, err := p.Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// names returns the names in a directory.
func names(d *tree.Dir) ([]string, error) {
	var out []string
	err := d.Entries(func(e tree.Entry) error {
		out = append(out, e.Name)
		return nil
	})
	return out, err
}

// pair returns a directory to serve and one beside it with a secret.
func pair(t testing.TB) (root, outside string) {
	t.Helper()
	dir := t.TempDir()
	root, outside = filepath.Join(dir, "root"), filepath.Join(dir, "outside")
	put(t, root, "in.txt", "inside")
	put(t, root, "dir/in.txt", "inside dir")
	put(t, outside, "secret.txt", secret)
	put(t, outside, "in.txt", secret)
	return root, outside
}

const secret = "SECRET"
