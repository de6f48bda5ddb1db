//go:build e2e

package search

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// source is what is searched: FILES_SEARCH_TREE, or the source of the Go
// distribution.
func source(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("FILES_SEARCH_TREE"); dir != "" {
		return dir
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "src")
}

// rg runs ripgrep, which has to be installed.
func rg(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("rg", append(args, "./")...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if e, ok := err.(*exec.ExitError); err != nil && (!ok || e.ExitCode() > 2) {
		t.Fatal(err)
	}
	return out
}

// equal are patterns that mean the same to RE2 and to ripgrep on this text.
var equal = []struct {
	pattern string
	flags   string // of rg
	globs   []string
}{
	{pattern: "EvalSymlinks"}, {pattern: "evalsymlinks"}, {pattern: "evalsymlinks", flags: "-s"}, {pattern: "EvalSymlinks", flags: "-i"},
	{pattern: "func (", flags: "-F"}, {pattern: "[a-z]+(", flags: "-F"}, {pattern: "a.b", flags: "-F"}, {pattern: "TODO", flags: "-w"},
	{pattern: "err", flags: "-w", globs: []string{"*.go"}}, {pattern: "-1", flags: "-w"}, {pattern: "x", flags: "-F -w", globs: []string{"*.go"}}, {pattern: "IOTA", flags: "-i -w"},
	{pattern: `func \(.*\) Read[A-Z]\w*\(`}, {pattern: `func \w+Handler`}, {pattern: `\bgoto\b`}, {pattern: `\Bing\b`, globs: []string{"os/**"}},
	{pattern: `^package os$`}, {pattern: `^$`, globs: []string{"*.s"}}, {pattern: `^\s*$`, globs: []string{"net/*.go"}}, {pattern: `[ \t]+$`},
	{pattern: `\.$`, globs: []string{"*.md"}}, {pattern: `^\}$`, globs: []string{"fmt/*"}}, {pattern: `[A-Z]{4,}_[A-Z]{4,}_[A-Z]+`},
	{pattern: `[0-9a-f]{32}`}, {pattern: `[0-9]{3}-[0-9]{4}`}, {pattern: `[a-z]+\[[0-9]+\]\s*=`}, {pattern: `(foo|bar|baz)+`}, {pattern: `foo|bar|baz|qux`},
	{pattern: `(read|write)(file|dir)`, flags: "-i"}, {pattern: `(?i)straße`}, {pattern: `(?i)σ`}, {pattern: `ſ`}, {pattern: `kelvin`, flags: "-i"},
	{pattern: `mask`, flags: "-i", globs: []string{"unicode/**"}}, {pattern: `ss`, flags: "-i", globs: []string{"strings/**"}}, {pattern: `é|è|ü`}, {pattern: `日本`},
	{pattern: `[α-ω]+`}, {pattern: `[À-ÿ]{3}`}, {pattern: `\p{Greek}`}, {pattern: `世.*界`},
	{pattern: `a.{30,40}b$`, globs: []string{"net/**"}}, {pattern: `(a|b)*c{3}`}, {pattern: `x*y+z?w`}, {pattern: `((a{2}){2}){2}`}, {pattern: `"[^"]{60,}"`},
	{pattern: `//go:(build|embed)`}, {pattern: `//\s*(TODO|FIXME|BUG)\([a-z]+\)`}, {pattern: `0[xX][0-9A-F]{8}\b`, flags: "-s"}, {pattern: `\d+\.\d+\.\d+`, globs: []string{"*.go", "*.md"}},
	{pattern: `return (nil|err), `}, {pattern: `if err != nil \{ return`}, {pattern: `^func Test\w+Race`, globs: []string{"*_test.go"}}, {pattern: `[[:upper:]]{12}`},
	{pattern: `\x{2014}`}, {pattern: `EvalSymlinks\(`}, {pattern: `(?s)package.main`}, {pattern: `\S{120}`, globs: []string{"crypto/**"}}, {pattern: `nothing matches this`},
	{pattern: `.`, globs: []string{"*.bash"}}, {pattern: `Copyright 20(09|10).*\n// Use of`, flags: "-U"}, {pattern: `\{\n\n`, flags: "-U", globs: []string{"os/*.go"}},
	{pattern: `(?s)import \(.*?"unsafe"\n\)`, flags: "-U", globs: []string{"os/*.go"}}, {pattern: `^\)\n\nfunc \w+`, flags: "-U", globs: []string{"fmt/*.go", "io/*.go"}},
	{pattern: `}\n\n}`, flags: "-U"}, {pattern: `EvalSymlinks`, flags: "-U"},
}

// TestFindsWhatRipgrepFinds compares the lines that are found.
func TestFindsWhatRipgrepFinds(t *testing.T) {
	dir := source(t)
	start := startOf(t, dir)
	total := 0
	for _, c := range equal {
		o := match.Options{}
		var err error
		run := Options{Context: 0}
		args := []string{"-n", "--no-heading", "--with-filename", "-S", "--crlf", "--no-messages", "--no-require-git"}
		for _, f := range strings.Fields(c.flags) {
			switch args = append(args, f); f {
			case "-F":
				o.Literal = true
			case "-w":
				o.Word = true
			case "-i":
				o.Case = match.Insensitive
			case "-s":
				o.Case = match.Sensitive
			case "-U":
				o.Multiline, run.Multiline = true, true
				args = slices.DeleteFunc(args, func(a string) bool { return a == "--crlf" })
			}
		}
		for _, g := range c.globs {
			// Of rg, a glob with a slash begins at the top as well.
			args = append(args, "-g", "/"+g)
			if !strings.Contains(g, "/") {
				args[len(args)-1] = g
			}
		}
		if run.Walk.Include, err = glob.NewSet(c.globs, glob.Options{}); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-e", c.pattern)
		r, err := Run(t.Context(), []tree.Path{start}, compile(t, c.pattern, o), run)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, f := range r.Files {
			for _, m := range f.Matches {
				for line := m.Line; line <= m.EndLine; line++ {
					got[fmt.Sprintf("%s:%d", f.Path.Rel, line)] = true
				}
			}
		}
		want := map[string]bool{}
		for line := range strings.Lines(string(rg(t, dir, args...))) {
			path, rest, _ := strings.Cut(strings.TrimPrefix(line, "./"), ":")
			if n, _, ok := strings.Cut(rest, ":"); ok && !strings.HasPrefix(line, "Binary file") {
				want[path+":"+n] = true
			}
		}
		total += len(want)
		if missing, extra := minus(want, got), minus(got, want); len(missing)+len(extra) > 0 {
			t.Errorf("%q %s %v: %d lines, rg %d; missing %.5q, extra %.5q", c.pattern, c.flags, c.globs, len(got), len(want), head(missing), head(extra))
		}
	}
	t.Logf("%d patterns, %d lines", len(equal), total)
}

func minus(a, b map[string]bool) []string {
	var list []string
	for k := range a {
		if !b[k] {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

func head(list []string) []string { return list[:min(len(list), 4)] }
