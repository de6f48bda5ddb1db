//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// treasure is what no answer may hold: it is beside the roots.
const treasure = "TREASURE"

// A prison is a root that tempts to leave it: r of an mcp-files, beside which it
// serves /dev and /proc for reading.
type prison struct {
	top  string // what the root and the treasure are in
	root string
	args []string
}

func newPrison(t *testing.T) *prison {
	t.Helper()
	p := &prison{top: folder(t, map[string]string{
		"root/a.txt": "inside\n", "root/sub/b.txt": "inside\n",
		"rootsecret/secret.txt": treasure + "\n", "outside/secret.txt": treasure + "\n", "outside/dir/secret.txt": treasure + "\n",
		"ROOT/secret.txt": treasure + "\n", "root/caf\u00e9.txt": "inside\n", "root/cafe\u0301.txt": "inside\n",
	})}
	p.root = filepath.Join(p.top, "root")
	for name, target := range map[string]string{
		"abs": p.top + "/outside", "rel": "../outside", "file": "../outside/secret.txt", "loop": "loop", "dangling": p.top + "/outside/new",
		"chain0": "../outside", "chain1": "chain0", "chain2": "chain1", "etc": "/etc", "up": "..", "self": "/proc/self/root",
	} {
		if err := os.Symlink(target, filepath.Join(p.root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(p.root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.args = []string{"--root", "r=" + p.root, "--root", "dev=/dev:ro", "--root", "proc=/proc:ro", "--confirm", "never", "--rate-limit", "off"}
	return p
}

// outside tells everything that is beside the root, to compare.
func (p *prison) outside(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(p.top, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == p.root {
			return errOrSkip(err)
		}
		var data []byte
		if e.Type().IsRegular() {
			data, err = os.ReadFile(path)
		}
		fmt.Fprintf(&b, "%s %s %q\n", path, e.Type(), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func errOrSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// escapes are paths that lead to nothing that may be reached. %s stands for the
// directory that the root is in.
var escapes = []string{
	"", "..", "../rootsecret/secret.txt", "r/../rootsecret/secret.txt", "r/../../../../../../../../etc/passwd", "r/sub/../../rootsecret/secret.txt",
	"r/" + strings.Repeat("sub/../", 400) + "../rootsecret/secret.txt", "%s/rootsecret/secret.txt", "%s/rootsecret", "%s/root/../rootsecret/secret.txt",
	"%s/ROOT/secret.txt", "R/a.txt", "rootsecret/secret.txt", "/etc/passwd", "//etc/passwd", "~/secret.txt", "$HOME/secret.txt",
	"r/abs/secret.txt", "r/rel/secret.txt", "r/rel/dir/secret.txt", "r/chain2/secret.txt", "r/etc/passwd", "r/up/rootsecret/secret.txt", "r/self/etc/passwd",
	"file://%s/rootsecret/secret.txt", "file:///etc/passwd", "file:///r/../rootsecret/secret.txt", "file:///r/%%2e%%2e/rootsecret/secret.txt",
	"file:///r/..%%2frootsecret%%2fsecret.txt", "file:///r/a.txt%%00.png",
	"file://evil.example/r/a.txt", "file:///C:/Windows/win.ini", "http://127.0.0.1/r/a.txt", `\\?\C:\Windows`, `..\rootsecret\secret.txt`, `C:\Windows`,
	"r/a.txt\x00.png", "\x00", "r/" + strings.Repeat("n", 256), "r/" + strings.Repeat("d/", 2048) + "x", "r/" + strings.Repeat("d/", 30_000) + "x",
	"dev/zero", "dev/full", "dev/null", "dev/fd/0", "dev/stdin", "dev/tty/x", "proc/self/root/etc/passwd", "proc/self/cwd/a.txt", "proc/self/exe", "proc/self/fd/1",
	"proc/1/root/etc/passwd", "proc/self/map_files/x", "proc/self/mem/x",
}

// tempting are paths at which nothing can be read, and that something may be
// done to as what they are: links, a FIFO, and names that only look like a way
// out or like no name.
var tempting = []string{
	"file:///r/%%252e%%252e/rootsecret/secret.txt", "file:///r/%%ff%%fe/x", "r/%%2e%%2e/rootsecret/secret.txt",
	"r/abs", "r/abs/", "r/rel", "r/rel/", "r/file", "r/loop", "r/dangling", "r/chain2", "r/chain2/", "r/etc/", "r/fifo",
}

// abuses are calls with a path. Those of a kind that reads refuse all of them.
var abuses = []struct {
	name, tool string
	reads      bool
	arguments  func(path string) any
}{
	{"read", "read_file", true, func(p string) any { return map[string]any{"path": p} }},
	{"read the end", "read_file", true, func(p string) any { return map[string]any{"path": p, "tail": 10} }},
	{"write", "write_file", true, func(p string) any { return map[string]any{"path": p, "content": "x"} }},
	{"replace", "write_file", false, func(p string) any {
		return map[string]any{"path": p, "content": "x", "mode": "replace", "force": true, "make_parents": true}
	}},
	{"replace in place", "write_file", true, func(p string) any {
		return map[string]any{"path": p, "content": "x", "mode": "replace", "force": true, "in_place": true}
	}},
	{"append", "write_file", true, func(p string) any { return map[string]any{"path": p, "content": "x", "mode": "append"} }},
	{"edit", "edit_file", true, func(p string) any {
		return map[string]any{"path": p, "edits": []map[string]string{{"old": treasure, "new": "x"}}}
	}},
	{"patch", "apply_patch", true, func(p string) any {
		return map[string]any{"patch": "--- a/" + p + "\n+++ b/" + p + "\n@@ -1 +1 @@\n-" + treasure + "\n+x\n"}
	}},
	{"patch a new file", "apply_patch", false, func(p string) any {
		return map[string]any{"patch": "--- /dev/null\n+++ b/" + p + "/new\n@@ -0,0 +1 @@\n+x\n"}
	}},
	{"copy from", "copy_file", false, func(p string) any {
		return map[string]any{"from": p, "to": "r/stolen", "recursive": true, "overwrite": true}
	}},
	{"copy to", "copy_file", false, func(p string) any {
		return map[string]any{"from": "r/sub", "to": p, "recursive": true, "overwrite": true}
	}},
	{"move from", "move_file", false, func(p string) any { return map[string]any{"from": p, "to": "r/stolen", "overwrite": true} }},
	{"move to", "move_file", false, func(p string) any { return map[string]any{"from": "r/a.txt", "to": p, "overwrite": true} }},
	{"delete", "delete_file", false, func(p string) any { return map[string]any{"path": p, "recursive": true, "trash": false} }},
	{"delete to trash", "delete_file", false, func(p string) any { return map[string]any{"path": p, "recursive": true} }},
	{"list", "list_directory", false, func(p string) any { return map[string]any{"path": p, "hidden": true} }},
	{"tree", "directory_tree", false, func(p string) any { return map[string]any{"path": p} }},
	{"find", "find_files", false, func(p string) any { return map[string]any{"path": p, "globs": []string{"*secret*", "passwd"}} }},
	{"search", "search_content", false, func(p string) any { return map[string]any{"path": p, "pattern": treasure + "|root:"} }},
	{"info", "file_info", false, func(p string) any { return map[string]any{"paths": []string{p}, "hash": true} }},
	{"read many", "read_files", false, func(p string) any { return map[string]any{"paths": []string{p}} }},
}

// Whatever a path looks like and whatever is done with it, what is outside is
// neither told nor changed, and no answer is waited for.
func TestHostilePaths(t *testing.T) {
	t.Parallel()
	for _, abuse := range abuses {
		t.Run(abuse.name, func(t *testing.T) {
			t.Parallel()
			p := newPrison(t)
			before := p.outside(t)
			s := serving(t, startBinary(t, files, append([]string{"--http", "127.0.0.1:0"}, p.args...)...))
			o := speak(t, startBinary(t, files, p.args...), legacy)
			for i, path := range append(slices.Clone(escapes), tempting...) {
				path = strings.ReplaceAll(strings.ReplaceAll(path, "%s", p.top), "%%", "%")
				arguments := abuse.arguments(path)
				for transport, a := range map[string]answer{
					"HTTP":  s.callTool(t, abuse.tool, arguments),
					"stdio": o.await(t, o.request("tools/call", map[string]any{"name": abuse.tool, "arguments": arguments})),
				} {
					leaks(t, fmt.Sprintf("%s: %.100q", transport, path), p, path, a.raw)
					// Those that look report what fails, or find nothing; no path at all is all
					// of the roots.
					if refuses := abuse.reads || path != "" && i < len(escapes) && !slices.Contains(lookingTools, abuse.tool); refuses && a.Error == nil && !a.Result.IsError {
						t.Errorf("%s: %.100q is answered with %s", transport, path, a)
					}
				}
			}
			if after := p.outside(t); after != before {
				t.Errorf("outside there was\n%s\nand is\n%s", before, after)
			}
			s.answers(t)
			s.modest(t, 128<<20)
			modest(t, o.Process, 128<<20)
			for _, log := range []string{s.Log(), o.Log()} {
				leaks(t, "the log", p, "", log)
			}
		})
	}
}

// leaks fails the test if a text tells what is outside, or where the roots are
// on this machine, unless the caller has said so.
func leaks(t *testing.T, what string, p *prison, said, text string) {
	t.Helper()
	for _, secret := range []string{treasure + "\n", treasure + `\n`, `"` + treasure, "root:x:", "root:*:"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s: %q is told in %.1000s", what, secret, text)
		}
	}
	if strings.Contains(text, p.top) && !strings.Contains(said, p.top) {
		t.Errorf("%s: the host's path of the root is told in %.1000s", what, text)
	}
	if len(text) > 32<<10 && what != "the log" {
		t.Errorf("%s: the answer has %d bytes", what, len(text))
	}
}

// answers fails the test unless the process is the one that was started, and
// reads a file of a prison or lists the roots.
func (s *server) answers(t *testing.T) {
	t.Helper()
	if !s.Running() {
		t.Fatalf("the process has ended\n%s", s.Log())
	}
	s.callTool(t, "list_directory", map[string]any{}).text(t)
}

// The same paths as URIs of resources.
func TestHostileURIs(t *testing.T) {
	t.Parallel()
	p := newPrison(t)
	s := serving(t, startBinary(t, files, append([]string{"--http", "127.0.0.1:0"}, p.args...)...))
	for _, path := range append(slices.Clone(escapes), tempting...) {
		path = strings.ReplaceAll(strings.ReplaceAll(path, "%s", p.top), "%%", "%")
		for _, uri := range []string{path, "file:///" + path, "file:///" + strings.ReplaceAll(path, "/", "%2F"), "file:///" + path + "?offset=0&length=100"} {
			r := s.post(t, modern, "", modernMessage("resources/read", map[string]any{"uri": uri}), "Mcp-Method", "resources/read", "Mcp-Name", uriHeader(uri))
			leaks(t, uri, p, path, r.body)
			if path != "" && strings.Contains(r.body, `"contents"`) {
				t.Errorf("%.100q is answered with %s", uri, r)
			}
		}
	}
	s.answers(t)
}

// uriHeader is a URI as a header has it: what a header cannot have is left out,
// and the server must cope with a header that does not fit.
func uriHeader(uri string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, uri[:min(len(uri), 4000)])
}

// Bytes that are no text are no path.
func TestPathsThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	p := newPrison(t)
	s := serving(t, startBinary(t, files, append([]string{"--http", "127.0.0.1:0"}, p.args...)...))
	for _, bytes := range []string{"\xff\xfe", "a\x80.txt", "\xc0\xae\xc0\xae/rootsecret/secret.txt", "\xed\xa0\x80"} {
		body := strings.Replace(toolMessage(1, "write_file", map[string]string{"path": "r/PATH", "content": "x"}, ""), "PATH", bytes, 1)
		r := s.post(t, modern, "", body, "Mcp-Method", "tools/call", "Mcp-Name", "write_file")
		if r.status == http.StatusOK && !r.answer(t).Result.IsError && r.answer(t).Error == nil {
			t.Errorf("%q is answered with %s", bytes, r)
		}
		leaks(t, fmt.Sprintf("%q", bytes), p, "", r.body)
	}
	s.answers(t)
}

// Arguments that have made servers hang, grow or die.
func TestHostileArguments(t *testing.T) {
	t.Parallel()
	lines := number(t, "FILES_READ_BYTES", 128<<20)
	dir := folder(t, map[string]string{"a.txt": strings.Repeat("a", 1<<20) + "!\n", "tiny.txt": "one\n"})
	long, err := os.Create(filepath.Join(dir, "line.txt"))
	if err != nil {
		t.Fatal(err)
	}
	block := []byte(strings.Repeat("abcdefgh", 1<<17))
	for n := 0; n < lines; n += len(block) {
		if _, err := long.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := long.Close(); err != nil {
		t.Fatal(err)
	}
	sparse, err := os.Create(filepath.Join(dir, "sparse.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sparse.Truncate(1 << 40); err != nil {
		t.Fatal(err)
	}
	sparse.Close()
	search := func(path, pattern string) map[string]any {
		return map[string]any{"path": path, "pattern": pattern}
	}
	glob := func(g string) map[string]any { return map[string]any{"globs": []string{g}} }
	list := func(n int, text string) []string { return slices.Repeat([]string{text}, n) }
	s := serveFiles(t, "--root", "r="+dir, "--confirm", "never", "--tool-deadline", "30s")
	for _, h := range []struct {
		name, tool string
		arguments  map[string]any
		want       string // a code, or "" for an answer
	}{
		{"a line without end", "search_content", search("line.txt", "hab"), ""},
		{"a line without end and a class", "search_content", search("line.txt", "[x-z][0-9]"), ""},
		{"a line without end, counted", "search_content", map[string]any{"path": "line.txt", "pattern": "abc", "mode": "count"}, ""},
		{"a line without end, with all around it", "search_content", search("line.txt", "^.*h.*$"), ""},
		{"read a line without end", "read_file", map[string]any{"path": "line.txt", "start_line": 1, "end_line": 2}, ""},
		{"the end of a line without end", "read_file", map[string]any{"path": "line.txt", "tail": 1}, ""},
		{"nested repetition", "search_content", search("a.txt", "(a+)+$"), ""},
		{"more nested repetition", "search_content", search("a.txt", "(((a*)*)*)*b"), ""},
		{"alternatives that overlap", "search_content", search("a.txt", "(a|aa|aaa)+!?b"), ""},
		{"repetition of repetition", "search_content", search("a.txt", "((a{0,100}){0,100}){0,100}b"), "INVALID_INPUT"},
		{"a large repetition", "search_content", search("a.txt", "(x{1000}){1000}"), "INVALID_INPUT"},
		{"classes of everything", "search_content", search("a.txt", strings.Repeat(`\pL{1,900}`, 50)), "INVALID_INPUT"},
		{"100,000 parentheses", "search_content", search("a.txt", strings.Repeat("(", 100_000)+strings.Repeat(")", 100_000)), "INVALID_INPUT"},
		{"a reference back", "search_content", search("a.txt", `(a)\1`), "INVALID_INPUT"},
		{"1 MB of pattern", "search_content", search("a.txt", strings.Repeat("ab|", 1<<18)), "INVALID_INPUT"},
		{"an unclosed pattern", "search_content", search("a.txt", "("), "INVALID_INPUT"},
		{"braces", "find_files", glob(strings.Repeat("{a,b}", 40)), "INVALID_INPUT"},
		{"nested braces", "find_files", glob(strings.Repeat("{a,", 5000) + strings.Repeat("}", 5000)), "INVALID_INPUT"},
		{"asterisks", "find_files", glob(strings.Repeat("*a", 500) + "b"), ""},
		{"directories of asterisks", "find_files", glob(strings.Repeat("**/", 500) + "x"), ""},
		{"a glob of 1 MB", "find_files", glob(strings.Repeat("a", 1<<20)), "INVALID_INPUT"},
		{"many globs", "find_files", map[string]any{"globs": list(10_000, "*")}, "INVALID_INPUT"},
		{"many paths", "read_files", map[string]any{"paths": list(100_000, "tiny.txt")}, "INVALID_INPUT"},
		{"many paths to look at", "file_info", map[string]any{"paths": list(100_000, "tiny.txt")}, "INVALID_INPUT"},
		{"many edits", "edit_file", map[string]any{"path": "tiny.txt", "edits": slices.Repeat([]map[string]string{{"old": "one", "new": "one"}}, 10_000)}, "INVALID_INPUT"},
		{"a patch above the limit", "apply_patch", map[string]any{"patch": strings.Repeat("+x\n", 400_000)}, "INVALID_INPUT"},
		{"a patch of many files", "apply_patch", map[string]any{"patch": strings.Repeat("--- a/t\n+++ b/t\n@@ -1 +1 @@\n-a\n+b\n", 20_000)}, "INVALID_INPUT"},
		{"a hunk of the future", "apply_patch", map[string]any{"patch": "--- a/tiny.txt\n+++ b/tiny.txt\n@@ -99999999999999999999,1 +1,99999999999 @@\n-a\n+b\n"}, "CONFLICT"},
		{"a line of the future", "read_file", map[string]any{"path": "tiny.txt", "start_line": 1 << 52, "end_line": 1 << 52}, "INVALID_INPUT"},
		{"a negative offset", "read_file", map[string]any{"path": "tiny.txt", "offset": -1}, "INVALID_INPUT"},
		{"1 TB, sparse", "read_file", map[string]any{"path": "sparse.bin"}, ""},
		{"1 TB, sparse, searched", "search_content", search("sparse.bin", "abc"), ""},
		{"1 TB, sparse, edited", "edit_file", map[string]any{"path": "sparse.bin", "edits": []map[string]string{{"old": "a", "new": "b"}}}, "INVALID_INPUT"},
		{"1 TB, sparse, with more of it", "write_file", map[string]any{"path": "sparse.bin", "content": "x", "mode": "append"}, ""},
		{"not base64", "write_file", map[string]any{"path": "new", "base64": strings.Repeat("!", 1<<20)}, "INVALID_INPUT"},
		{"an encoding that is none", "write_file", map[string]any{"path": "new", "content": "x", "encoding": strings.Repeat("utf", 1<<18)}, "INVALID_INPUT"},
		{"a cursor that is none", "list_directory", map[string]any{"cursor": strings.Repeat("A", 1<<20)}, "INVALID_INPUT"},
		{"depth", "directory_tree", map[string]any{"depth": 1 << 40}, "INVALID_INPUT"},
		{"an argument that is none", "read_file", map[string]any{"path": "tiny.txt", "__proto__": map[string]any{}}, "INVALID_INPUT"},
		{"a path that is a list", "read_file", map[string]any{"path": []any{[]any{}}}, "INVALID_INPUT"},
	} {
		t.Run(h.name, func(t *testing.T) {
			a := s.callTool(t, h.tool, h.arguments)
			switch code, message := a.refusal(); {
			case code == "TIMEOUT":
				t.Errorf("it takes too long: %s", message)
			case code != h.want || h.want == "" && (a.Error != nil || a.Result.IsError):
				t.Errorf("answered with %s; want %q", a, h.want)
			case h.want != "" && len(a.raw) > 4<<10:
				t.Errorf("the refusal has %d bytes", len(a.raw))
			}
			s.answers(t)
		})
	}
	s.modest(t, 256<<20)
}

// A body above the limit is refused before it is read.
func TestContentAboveTheLimit(t *testing.T) {
	t.Parallel()
	dir := folder(t, nil)
	s := serveFiles(t, "--root", "r="+dir)
	body, err := json.Marshal(strings.Repeat("x", 5<<20))
	if err != nil {
		t.Fatal(err)
	}
	message := strings.Replace(toolMessage(1, "write_file", map[string]string{"path": "new", "content": "BODY"}, ""), `"BODY"`, string(body), 1)
	res, err := http.DefaultClient.Do(s.request(t, message))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered with %s: %.300s, %v", res.Status, text, err)
	}
	s.answers(t)
	s.modest(t, 96<<20)
}
