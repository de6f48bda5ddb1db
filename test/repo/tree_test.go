package repo

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// tree is a repository: its files by path, with slashes, and those of them that
// are Go source.
type tree struct {
	files map[string][]byte
	code  []*source
}

// source is a parsed Go file.
type source struct {
	path string
	fset *token.FileSet
	*ast.File
	lines int
}

func (s *source) dir() string  { return path.Dir(s.path) }
func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }
func (s *source) isMain() bool { return s.Name.Name == "main" }
func (s *source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// span returns how many line ends are inside a node.
func (s *source) span(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line
}

// imports returns the paths that a file imports, with its position.
func (s *source) imports() map[string]string {
	list := make(map[string]string)
	for _, i := range s.Imports {
		list[strings.Trim(i.Path.Value, `"`)] = s.at(i)
	}
	return list
}

// plant parses a tree.
func plant(files fs.FS, paths []string) (*tree, error) {
	t := &tree{files: make(map[string][]byte)}
	for _, p := range paths {
		data, err := fs.ReadFile(files, p)
		if err != nil {
			return nil, err
		}
		t.files[p] = data
		if !strings.HasSuffix(p, ".go") || strings.Contains("/"+p, "/testdata/") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		t.code = append(t.code, &source{p, fset, f, bytes.Count(data, []byte("\n"))})
	}
	return t, nil
}

// repository is this repository: every file that git tracks or would track.
func repository(t *testing.T) *tree {
	t.Helper()
	root := rootOf(t)
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("git ls-files:", err)
	}
	var paths []string
	for p := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if info, err := os.Lstat(filepath.Join(root, p)); err == nil && info.Mode().IsRegular() { // not deleted since
			paths = append(paths, p)
		}
	}
	all, err := plant(os.DirFS(root), paths)
	if err != nil {
		t.Fatal(err)
	}
	if len(all.code) < 50 {
		t.Fatalf("only %d Go files are found", len(all.code))
	}
	return all
}

func rootOf(t *testing.T) string {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// rule is what the repository must keep.
type rule struct {
	name  string
	check func(*tree) []string
	// good breaks nothing; each of bad breaks the rule.
	good map[string]string
	bad  []map[string]string
}

// hold checks the repository against rules, and the rules against their samples.
func hold(t *testing.T, rules []rule) {
	all := repository(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, problem := range r.check(all) {
				t.Error(problem)
			}
			for _, problem := range r.check(sample(t, r.good)) {
				t.Errorf("the rule finds something in a good sample: %s", problem)
			}
			if len(r.bad) == 0 {
				t.Error("the rule has no bad sample")
			}
			for i, bad := range r.bad {
				if len(r.check(sample(t, bad))) == 0 {
					t.Errorf("the rule finds nothing in the bad sample %d: %q", i+1, bad)
				}
			}
		})
	}
}

func sample(t *testing.T, files map[string]string) *tree {
	t.Helper()
	m := make(fstest.MapFS)
	for p, text := range files {
		m[p] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := plant(m, slices.Sorted(maps.Keys(files)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
