package edit_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
)

// sources returns the text of files of the Go distribution.
func sources(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, dir := range []string{"bufio", "bytes", "sort", "strconv", "text/template", "encoding/json"} {
		err := filepath.WalkDir(filepath.Join(strings.TrimSpace(string(out)), "src", dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil && len(data) < 200<<10 {
				list = append(list, string(data))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// A mutator changes texts at random.
type mutator struct {
	*rand.Rand
	n int
}

// lines returns s with some lines changed, removed, added or moved, with other
// line ends at times.
func (m *mutator) lines(s string) string {
	lines := strings.SplitAfter(s, "\n")
	for range 1 + m.IntN(8) {
		i := m.IntN(len(lines))
		n := min(1+m.IntN(4), len(lines)-i)
		m.n++
		switch m.IntN(5) {
		case 0:
			lines = append(lines[:i:i], lines[i+n:]...)
		case 1:
			lines = append(lines[:i:i], append([]string{fmt.Sprintf("added %d\n", m.n)}, lines[i:]...)...)
		case 2:
			lines[i] = fmt.Sprintf("changed %d %s", m.n, lines[i])
		case 3:
			lines = append(lines[:i:i], append(append([]string{}, lines[i:i+n]...), lines[i:]...)...)
		case 4:
			lines[i] = strings.ReplaceAll(lines[i], "\t", " ")
		}
		if len(lines) == 0 {
			lines = []string{""}
		}
	}
	return strings.Join(lines, "")
}

// dress gives s the line ends and the end that texts may have.
func (m *mutator) dress(s string) string {
	switch m.IntN(5) {
	case 0:
		s = strings.ReplaceAll(s, "\n", "\r\n")
	case 1: // mixed
		lines := strings.SplitAfter(s, "\n")
		for i, l := range lines {
			if m.IntN(3) == 0 {
				lines[i] = strings.Replace(l, "\n", "\r\n", 1)
			}
		}
		s = strings.Join(lines, "")
	}
	if m.IntN(3) == 0 {
		s = strings.TrimRight(s, "\r\n")
	}
	return s
}

// git runs git in a directory of its own configuration.
func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := cmd.Output()
	return string(out), err
}

func write(t *testing.T, dir, name, s string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// place applies a patch of one file.
func place(t *testing.T, patch, old string) (string, error) {
	t.Helper()
	p, err := edit.ParsePatch(patch)
	if err != nil {
		return "", err
	}
	if len(p.Files) != 1 {
		t.Fatalf("%d files in\n%s", len(p.Files), patch)
	}
	placed, failures := p.Files[0].Place(old)
	if failures != nil {
		return "", failures[0]
	}
	return spliced(t, old, placed.Changes), nil
}

// What git diff writes and git apply takes has the same result here: at its
// place, and where the file has other lines above.
func TestPatchesAsGitApplies(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	texts := sources(t)
	m := &mutator{Rand: rand.New(rand.NewPCG(1, 2))}
	dir := t.TempDir()
	moved := 0
	for i := range rounds {
		old := m.dress(texts[m.IntN(len(texts))])
		repl := m.lines(old)
		if old == repl {
			continue
		}
		write(t, dir, "old", old)
		write(t, dir, "new", repl)
		around := m.IntN(5)
		if strings.Contains(old, "\r") {
			around = max(around, 1) // a lone line that comes takes the end that lines there have
		}
		patch, _ := git(t, dir, "diff", "--no-index", fmt.Sprintf("-U%d", around), "old", "new")
		patch = strings.NewReplacer("a/old", "a/x", "b/new", "b/x").Replace(patch)
		got, err := place(t, patch, old)
		if err != nil {
			t.Fatalf("round %d: %v\n%s", i, err, patch)
		}
		if got != repl {
			t.Fatalf("round %d: another result (-want +got):\n%s\nby\n%s", i, cmp.Diff(repl, got), patch)
		}

		if around == 0 {
			continue // nothing says where a line comes in
		}
		head := strings.Repeat("// moved\n", 1+m.IntN(40))
		write(t, dir, "x", head+old)
		write(t, dir, "patch", patch)
		if _, err := git(t, dir, "apply", "patch"); err != nil {
			continue // a hunk began the file, or had no line around it
		}
		moved++
		// Git looks for each hunk beside its line, and so may take another place
		// that looks the same, where here it is known how far the one before was.
		got, err = place(t, patch, head+old)
		if err != nil || got != head+repl && got != read(t, dir, "x") {
			t.Fatalf("round %d, moved: %v, another result (-want +got):\n%s\nby\n%s", i, err, cmp.Diff(head+repl, got), patch)
		}
	}
	if moved < rounds/3 {
		t.Errorf("only %d of %d patches were applied to a text that had moved", moved, rounds)
	}
}

// What Diff prints, git apply takes, and so does Place.
func TestDiffsAreTakenByGit(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	texts := sources(t)
	m := &mutator{Rand: rand.New(rand.NewPCG(3, 4))}
	dir := t.TempDir()
	for i := range rounds {
		old := m.dress(texts[m.IntN(len(texts))])
		var edits []edit.Edit
		for len(edits) < 1+m.IntN(6) {
			edits = append(edits, m.edit(old))
		}
		res, err := edit.Apply(t.Context(), old, edits, edit.Options{})
		if err != nil {
			continue // one took away what another needs
		}
		check(t, dir, "a b.go", old, res.Text, res.Changes)
		_ = i
	}
	for _, tt := range []struct{ old, repl string }{
		{"", "a\n"}, {"", "a"}, {"a\n", ""}, {"a", ""}, {"a", "a\n"}, {"a\n", "a"}, {"a\nb", "a\nb\nc"}, {"a\nb\n", "b\n"}, {"a\n", "b\na\n"},
		{"\n", "\n\n"}, {"a\r\n", "a\n"}, {"--- a\n", "--- b\n"}, {"-- a\n", "++ a\n"},
	} {
		check(t, dir, "x", tt.old, tt.repl, []text.Change{{Start: 0, End: len(tt.old), New: tt.repl}})
	}
}

func check(t *testing.T, dir, name, old, repl string, changes []text.Change) {
	t.Helper()
	diff, cut := edit.Diff(name, name, old, changes, 1<<30)
	if cut {
		t.Fatal("the diff is cut")
	}
	write(t, dir, name, old)
	write(t, dir, "patch", diff)
	if _, err := git(t, dir, "apply", "--unidiff-zero", "patch"); err != nil {
		t.Fatalf("git refuses: %s\n%s", err.(*exec.ExitError).Stderr, diff)
	}
	if got := read(t, dir, name); got != repl {
		t.Fatalf("git makes something else (-want +got):\n%s\nby\n%s", cmp.Diff(repl, got), diff)
	}
	if got, err := place(t, diff, old); err != nil || got != repl {
		t.Fatalf("Place: %v (-want +got):\n%s\nby\n%s", err, cmp.Diff(repl, got), diff)
	}
}

// edit returns an edit of some part of s.
func (m *mutator) edit(s string) edit.Edit {
	start := m.IntN(len(s))
	end := min(start+1+m.IntN(400), len(s))
	if m.IntN(2) == 0 { // whole lines
		start = strings.LastIndexByte(s[:start], '\n') + 1
		if i := strings.IndexByte(s[end:], '\n'); i >= 0 {
			end += i + 1
		}
	}
	for start > 0 && s[start]&0xc0 == 0x80 {
		start--
	}
	for end < len(s) && s[end]&0xc0 == 0x80 {
		end++
	}
	e := edit.Edit{Old: s[start:end], Expect: m.IntN(2)}
	if m.IntN(2) == 0 {
		e.Old = strings.ReplaceAll(e.Old, "\r\n", "\n")
	}
	switch m.IntN(3) {
	case 0:
		e.New = m.lines(e.Old)
	case 1:
		m.n++
		e.New = e.Old + fmt.Sprintf("inserted %d\n", m.n)
	}
	return e
}
