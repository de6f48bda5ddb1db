package ignore_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/ignore"
)

// repository makes an empty git repository.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, nil, "init", "-q")
	return dir
}

// git runs git without anyone's configuration.
func git(t *testing.T, dir string, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if e, ok := err.(*exec.ExitError); err != nil && (!ok || e.ExitCode() != 1 || args[0] != "check-ignore") {
		t.Fatalf("git %v: %v: %s", args, err, stderr.Bytes())
	}
	return out
}

// gitIgnores asks git which of the paths are ignored.
func gitIgnores(t *testing.T, dir string, paths []string) map[string]bool {
	t.Helper()
	out := git(t, dir, []byte(strings.Join(paths, "\x00")+"\x00"), "check-ignore", "-z", "--stdin", "--verbose", "--non-matching", "--no-index")
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(fields) != 4*len(paths) {
		t.Fatalf("git answers %d fields for %d paths", len(fields), len(paths))
	}
	ignored := make(map[string]bool)
	for f := range slices.Chunk(fields, 4) {
		ignored[f[3]] = f[2] != "" && f[2][0] != '!'
	}
	return ignored
}

// weIgnore decides the same for everything below dir.
func weIgnore(t *testing.T, dir string) (paths []string, ignored map[string]bool) {
	t.Helper()
	ignored = make(map[string]bool)
	load := func(rel string) *ignore.Rules {
		data, err := os.ReadFile(filepath.Join(dir, rel))
		if err != nil {
			return nil
		}
		return ignore.Parse(data)
	}
	var enter func(rel string, above *ignore.Level, all bool)
	enter = func(rel string, above *ignore.Level, all bool) {
		f := ignore.Files{Git: load(rel + ".gitignore")}
		if rel == "" {
			f.Repository, f.Exclude = true, load(".git/info/exclude")
		}
		l := above.Enter(rel, f)
		list, err := os.ReadDir(filepath.Join(dir, rel))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Name() == ".git" {
				continue
			}
			p := rel + e.Name()
			paths = append(paths, p)
			ignored[p] = all || l.Ignored(rel, e.Name(), e.IsDir())
			if e.IsDir() {
				enter(p+"/", l, ignored[p])
			}
		}
	}
	enter("", nil, false)
	return paths, ignored
}

func compare(t *testing.T, dir string) (ignored, total int) {
	t.Helper()
	paths, ours := weIgnore(t, dir)
	theirs := gitIgnores(t, dir, paths)
	if diff := cmp.Diff(theirs, ours); diff != "" {
		var bad []string
		for _, p := range paths {
			if ours[p] != theirs[p] {
				bad = append(bad, fmt.Sprintf("%q: git says %v", p, theirs[p]))
			}
		}
		t.Errorf("in %d of %d paths git decides otherwise: %s", len(bad), len(paths), strings.Join(bad[:min(len(bad), 10)], ", "))
	}
	for _, x := range theirs {
		if x {
			ignored++
		}
	}
	return ignored, len(paths)
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tricky are patterns that implementations get wrong, with paths to try.
var tricky = []struct{ rules, paths string }{
	{"*.o", "a.o d/a.o .o o d.o/x"},
	{"foo", "foo d/foo foo.x d/foo/x"},
	{"/foo", "foo d/foo"},
	{"foo/", "foo/x d/foo/x e/foo"},
	{"/foo/", "foo/x d/foo/x"},
	{"d/foo", "d/foo e/d/foo d/foox"},
	{"/d/foo", "d/foo e/d/foo"},
	{"d/foo/", "d/foo/x e/d/foo/x"},
	{"**/foo", "foo d/foo d/e/foo d/foox"},
	{"**/foo/bar", "foo/bar d/foo/bar d/foo/x/bar"},
	{"foo/**", "foo/x foo/d/x e/foo/x foo2"},
	{"foo/**/bar", "foo/bar foo/a/bar foo/a/b/bar foobar foo/xbar"},
	{"foo/**/", "foo/x foo/d/x"},
	{"**", "a d/b"},
	{"/**", "a d/b"},
	{"**/", "a d/b d/e/f"},
	{"/*", "a d/b"},
	{"*/", "a d/b"},
	{"/*/", "a d/b d/e/f"},
	{"*/*", "a d/b d/e/f"},
	{"a**b", "ab axb a/b axxb d/axb"},
	{"d/a**b", "d/ab d/axb d/a/b"},
	{"d/**b", "d/b d/ab d/c/b"},
	{"**b", "b ab d/ab"},
	{"***", "a d/b"},
	{"d/***/x", "d/x d/e/x d/e/f/x"},
	{"**/**/x", "x d/x d/e/x"},
	{"a/**/**/x", "a/x a/b/x a/b/c/x"},
	{"[abc]", "a b d x/c"},
	{"[a-c]", "a b d -"},
	{"[!a-c]", "a b d - x/b"},
	{"[^a-c]", "a b d -"},
	{"[]a]", "] a b"},
	{"[!]a]", "] a b"},
	{"[]-a]", "] ^ a b -"},
	{"[a-]", "a - b"},
	{"[-a]", "a - b"},
	{"[a", "a [a"},
	{"x[", "x x["},
	{"[", "["},
	{"[]", "[] ] ["},
	{"[!]", "[!] ! x"},
	{"[[:digit:]]", "1 a :"},
	{"[[:alpha:]-z]", "a - z 1"},
	{"[[:nope:]]", "n o :"},
	{"[[:digit:]", "1 [ :"},
	{"[[:digit]", "1 d [ :"},
	{"[[:upper:][:digit:]]x", "Ax 1x ax"},
	{`[\]]`, `] \`},
	{`[a\-z]`, "a - m z"},
	{`[\a-\c]`, "a b c d"},
	{"d[/]x", "d/x dx"},
	{"d[x/]y/z", "dxy/z d/y/z"},
	{"[z-a]", "z a m"},
	{"a[b-d-f]", "ab ac ad a- ae af"},
	{`\#a`, "#a a"},
	{"#a", "#a a"},
	{`\!a`, "!a a"},
	{"*.o\n!a.o", "a.o b.o d/a.o"},
	{"!a.o\n*.o", "a.o b.o"},
	{"d/\n!d/x", "d/x d/y"},
	{"d/*\n!d/x", "d/x d/y d/z/x"},
	{"/*\n!/d\n/d/*\n!/d/x", "a d/x d/y"},
	{"!!a\n!a", "a !a"},
	{"*\n!*/\n!*.go", "a.go b.c d/a.go d/b.c"},
	{"a ", "a b"},
	{"a\\ ", "a"},
	{"a\\  ", "a"},
	{"a\t", "a"},
	{"a\r\nb\r", "a b"},
	{"\xef\xbb\xbfa\nb", "a b"},
	{"a\n\xef\xbb\xbfb", "a b"},
	{"a\x00b\nc", "a ab c"},
	{`a\`, `a a\`},
	{`a\\`, `a a\`},
	{`\a`, `a \a`},
	{`a\*`, "a* ab"},
	{`a\?`, "a? ab"},
	{`\*`, "* a"},
	{`d\/x`, "d/x"},
	{`*\.o`, "a.o d/b.o ao"},
	{"?", "a ab é"},
	{"??", "a ab é"},
	{"a?c", "abc a/c ac"},
	{"d?x", "d/x dax"},
	{"é", "é e"},
	{"[é]", "é e"},
	{"{a,b}", "a b {a,b}"},
	{"*.{a,b}", "x.a x.b x.{a,b}"},
	{"a//b", "a/b"},
	{"a/b//", "a/b/c"},
	{"//a", "a d/a"},
	{"/", "a"},
	{"//", "a"},
	{"./a", "a"},
	{"d/../a", "a d/a"},
	{"A", "a A"},
	{"*a*b*c*", "abc xaxbxcx acb"},
	{"*/x/*", "d/x/y d/e/x/y x/y"},
	{"d/*/x", "d/e/x d/x d/e/f/x"},
	{"node_modules/\n!node_modules/keep", "node_modules/keep d/node_modules/x"},
	{".*\n!.gitignore", ".a d/.b .gitignore"},
	{"*.txt\n!d/*.txt\nd/a.txt", "a.txt d/a.txt d/b.txt"},
	{"build\n!build/", "build d/build/x"},
	{"!build/\nbuild", "build d/build/x"},
	{"*~", "a~ ~ a"},
	{"~*", "~a a~"},
	{"**.o", "a.o d/a.o"},
	{"d/*.o", "d/a.o d/e/a.o"},
	{"d/**/*.o", "d/a.o d/e/a.o d/e/f/a.o"},
	{"**/d/**", "d/a e/d/b e/d/f/g"},
	{"**/*", "a d/b"},
	{"*/**/*.o", "a.o d/a.o d/e/a.o"},
}

// TestTrickyAsGit asks git about each pattern, in a directory of its own.
func TestTrickyAsGit(t *testing.T) {
	dir := repository(t)
	for i, c := range tricky {
		sub := fmt.Sprintf("t%03d", i)
		write(t, dir, sub+"/.gitignore", c.rules)
		paths := strings.Fields(c.paths)
		// A name that is a file of one path and a directory of another is a directory.
		slices.SortFunc(paths, func(a, b string) int { return len(b) - len(a) })
		for _, p := range paths {
			if _, err := os.Lstat(filepath.Join(dir, sub, p)); err != nil {
				write(t, dir, sub+"/"+p, "")
			}
		}
	}
	ignored, total := compare(t, dir)
	t.Logf("%d patterns: %d of %d paths are ignored", len(tricky), ignored, total)
	if ignored < total/4 || ignored > total*3/4 {
		t.Errorf("%d of %d paths are ignored: the table no longer tells patterns apart", ignored, total)
	}
}

// TestRandomAsGit compares decisions in random trees with random ignore files.
// FILES_IGNORE_TREES sets how many.
func TestRandomAsGit(t *testing.T) {
	trees := 300
	if s := os.Getenv("FILES_IGNORE_TREES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		trees = n
	}
	dir := repository(t)
	write(t, dir, ".git/info/exclude", "c\n!a/c\n*.y/\n")
	for i := range trees {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		sub := fmt.Sprintf("t%d", i)
		dirs := []string{sub}
		for range 12 {
			d := dirs[r.IntN(len(dirs))]
			name := d + "/" + pick(r, "a", "b", "c", "ab", "a.x", "b.y", "é", "-", "[a]", "a b")
			if fi, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				if fi.IsDir() {
					dirs = append(dirs, name)
				}
				continue
			}
			switch r.IntN(3) {
			case 0:
				write(t, dir, name, "")
			case 1:
				if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
					t.Fatal(err)
				}
				dirs = append(dirs, name)
			case 2:
				write(t, dir, name+"/"+pick(r, "a", "b", "c"), "")
				dirs = append(dirs, name)
			}
		}
		for range 1 + r.IntN(3) {
			write(t, dir, dirs[r.IntN(len(dirs))]+"/.gitignore", randomRules(r))
		}
	}
	ignored, total := compare(t, dir)
	t.Logf("%d trees: %d of %d paths are ignored", trees, ignored, total)
	if ignored < total/5 {
		t.Errorf("%d of %d paths are ignored: the trees no longer meet their rules", ignored, total)
	}
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func randomRules(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(5) {
		if r.IntN(4) == 0 {
			b.WriteByte('!')
		}
		if r.IntN(5) == 0 {
			b.WriteByte('/')
		}
		for i := range 1 + r.IntN(3) {
			if i > 0 {
				b.WriteByte('/')
			}
			b.WriteString(randomSegment(r))
		}
		b.WriteString(pick(r, "", "", "", "/", " ", "\\ ", "\\"))
		b.WriteString(pick(r, "\n", "\n", "\n", "\r\n", "\n\n", "\n#x\n"))
	}
	return b.String()
}

func randomSegment(r *rand.Rand) string {
	if r.IntN(4) == 0 {
		return "**"
	}
	var b strings.Builder
	for range 1 + r.IntN(3) {
		// A ** behind text is left out: git 2.51 and older read "a**/b" as "a" and
		// then "**/b", which their own manual says they do not.
		b.WriteString(pick(r, "a", "b", "c", "a", "b", ".x", ".y", "*.", "?", "[ab]", "[!a]", "[^b-c]", "[a-", "]", "\\a", "\\[", "\\", " ", "é", "-", "[[:alpha:]]", "[]-a]"))
	}
	if r.IntN(4) == 0 {
		return "*" + b.String()
	}
	return b.String()
}
