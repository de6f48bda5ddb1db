//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// allTools are the tools of mcp-files, of which the first half changes nothing.
var (
	lookingTools  = []string{"directory_tree", "file_info", "find_files", "list_directory", "read_file", "read_files", "search_content"}
	changingTools = []string{"apply_patch", "copy_file", "delete_file", "edit_file", "move_file", "write_file"}
)

// folder makes a directory with these files.
func folder(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// content returns what a file in dir holds.
func content(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// serveFiles runs an mcp-files over HTTP. How much it is asked is not limited.
func serveFiles(t *testing.T, args ...string) *server {
	t.Helper()
	return serving(t, startBinary(t, files, append([]string{"--http", "127.0.0.1:0", "--rate-limit", "off"}, args...)...))
}

// text is the first text of an answer that is no error, and meta what follows it.
func (a answer) text(t *testing.T) (text string, meta map[string]any) {
	t.Helper()
	if a.Error != nil || a.Result.IsError || len(a.Result.Content) == 0 {
		t.Fatalf("got %s", a)
	}
	last := a.Result.Content[len(a.Result.Content)-1].Text
	if err := json.Unmarshal([]byte(last), &meta); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	return a.Result.Content[0].Text, meta
}

// etag reads a file, and returns the etag that it has.
func (s *server) etag(t *testing.T, path string) string {
	t.Helper()
	_, meta := s.callTool(t, "read_file", map[string]any{"path": path}).text(t)
	return meta["etag"].(string)
}

func TestClientClaudeCodeInFiles(t *testing.T) {
	t.Parallel()
	tools := install(t)
	for _, transport := range []string{"HTTP", "stdio"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"notes/hello.txt": "hello wörld\n"})
			add := []string{"files", "--", files, "--root", "r=" + dir}
			if transport == "HTTP" {
				add = []string{"--transport", "http", "files", serveFiles(t, "--root", "r="+dir).url}
			}
			claudeCode(t, tools, "files", add, conversation{"Greet them.", "edit_file", map[string]any{
				"path": "notes/hello.txt", "edits": []map[string]string{{"old": "wörld", "new": "there"}},
			}, "+hello there"})
			if got := content(t, dir, "notes/hello.txt"); got != "hello there\n" {
				t.Errorf("the file holds %q", got)
			}
		})
	}
}

func TestClientInspectorInFiles(t *testing.T) {
	t.Parallel()
	tools := install(t)
	for _, transport := range []string{"HTTP legacy", "HTTP modern", "stdio legacy", "stdio modern"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"notes/hello.txt": "hello wörld\n"})
			kind, era, _ := strings.Cut(transport, " ")
			target := []string{"-e", "ALLOWED_DIR=" + dir, files}
			if kind == "HTTP" {
				target = []string{serveFiles(t, "--root", dir).url, "--transport", "http"}
			}
			root := filepath.Base(dir)
			c := newClient(t)
			inspect := func(args ...string) []byte {
				args = slices.Concat([]string{"--cli"}, target, []string{"--protocol-era", era}, args)
				return []byte(c.run(t, tools.Command(wait(t), tools.Inspector, args...)))
			}
			var list struct {
				Tools []struct {
					Name string `json:"name"`
				} `json:"tools"`
			}
			if out := inspect("--method", "tools/list"); json.Unmarshal(out, &list) != nil || len(list.Tools) != len(lookingTools)+len(changingTools) {
				t.Errorf("tools/list: %s", out)
			}
			if out := inspect("--method", "resources/read", "--uri", "file:///"+root+"/notes/hello.txt"); !bytes.Contains(out, []byte("hello wörld")) {
				t.Errorf("resources/read: %s", out)
			}
			for _, call := range []struct {
				tool, want string
				arguments  []string
			}{
				{"read_file", "hello wörld", []string{"path=notes/hello.txt"}},
				{"search_content", "notes/hello.txt", []string{"pattern=w.rld"}},
				{"edit_file", "+hello there", []string{"path=notes/hello.txt", `edits=[{"old":"wörld","new":"there"}]`}},
			} {
				args := []string{"--method", "tools/call", "--tool-name", call.tool}
				for _, a := range call.arguments {
					args = append(args, "--tool-arg", a)
				}
				var got answer
				out := inspect(args...)
				if err := json.Unmarshal(out, &got.Result); err != nil || got.Result.IsError || !bytes.Contains(out, []byte(call.want)) {
					t.Errorf("%s: %s", call.tool, out)
				}
			}
			if got := content(t, dir, "notes/hello.txt"); got != "hello there\n" {
				t.Errorf("the file holds %q", got)
			}
		})
	}
}

func TestClientTypeScriptSDKInFiles(t *testing.T) {
	t.Parallel()
	tools := install(t)
	script := clientScript(t, "files.mjs")
	type outcome struct {
		Tools     []string `json:"tools"`
		Resources []string `json:"resources"`
		Resource  string   `json:"resource"`
		MIMEType  string   `json:"mimeType"`
		Empty     []string `json:"empty"`
		Body      string   `json:"body"`
		Found     []string `json:"found"`
		Diff      string   `json:"diff"`
		Stale     bool     `json:"stale"`
		Outside   bool     `json:"outside"`
		Completed []string `json:"completed"`
		Updated   string   `json:"updated"`
		After     string   `json:"after"`
	}
	want := outcome{
		Tools:     slices.Sorted(slices.Values(slices.Concat(lookingTools, changingTools))),
		Resources: []string{"file:///r", "file:///r/empty.txt", "file:///r/notes/hello.txt"}, Resource: "hello wörld\n", MIMEType: "text/plain",
		Empty: []string{"", ""},
		Body:  "hello wörld\n", Found: []string{"notes/hello.txt:1"},
		Diff:  "--- a/notes/hello.txt\n+++ b/notes/hello.txt\n@@ -1 +1 @@\n-hello wörld\n+hello there\n",
		Stale: true, Outside: true, Completed: []string{"r/none/", "r/notes/"}, Updated: "file:///r/notes/hello.txt", After: "changed\n",
	}
	for _, edition := range []string{"v1", "v2"} {
		for _, kind := range []string{"http", "stdio"} {
			t.Run(edition+"/"+kind, func(t *testing.T) {
				t.Parallel()
				dir := folder(t, map[string]string{"notes/hello.txt": "hello wörld\n", "empty.txt": ""})
				if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
					t.Fatal(err)
				}
				args := []string{"-", edition, kind}
				if kind == "http" {
					args = append(args, serveFiles(t, "--root", "r="+dir).url, dir)
				} else {
					args = append(args, files, dir, "--root", "r="+dir)
				}
				cmd := tools.Command(wait(t), "--input-type=module", args...)
				cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				var got outcome
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("what the client got (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// What a root, the whole service and a key allow, each by itself.
func TestWhatMayBeWritten(t *testing.T) {
	t.Parallel()
	write := func(path string) map[string]string { return map[string]string{"path": path, "content": "new"} }
	t.Run("roots", func(t *testing.T) {
		t.Parallel()
		open, closed := folder(t, nil), folder(t, map[string]string{"a.txt": "kept"})
		s := serveFiles(t, "--root", "open="+open, "--root", "closed="+closed+":ro", "--confirm", "never")
		s.callTool(t, "write_file", write("open/a.txt")).text(t)
		if got := content(t, open, "a.txt"); got != "new" {
			t.Errorf("the file holds %q", got)
		}
		for tool, arguments := range map[string]map[string]any{
			"write_file":  {"path": "closed/b.txt", "content": "new"},
			"edit_file":   {"path": "closed/a.txt", "edits": []map[string]string{{"old": "kept", "new": "lost"}}},
			"apply_patch": {"patch": "--- a/closed/a.txt\n+++ b/closed/a.txt\n@@ -1 +1 @@\n-kept\n+lost\n"},
			"move_file":   {"from": "closed/a.txt", "to": "open/b.txt"},
			"copy_file":   {"from": "open/a.txt", "to": "closed/b.txt"},
			"delete_file": {"path": "closed/a.txt"},
		} {
			if code, message := s.callTool(t, tool, arguments).refusal(); code != "PERMISSION_DENIED" || !strings.Contains(message, "read-only") {
				t.Errorf("%s: %s: %s", tool, code, message)
			}
		}
		if list, err := os.ReadDir(closed); err != nil || len(list) != 1 || content(t, closed, "a.txt") != "kept" {
			t.Errorf("there is %v, %v", list, err)
		}
		s.callTool(t, "copy_file", map[string]string{"from": "closed/a.txt", "to": "open/copy.txt"}).text(t)
	})
	t.Run("--read-only", func(t *testing.T) {
		t.Parallel()
		dir := folder(t, map[string]string{"a.txt": "kept"})
		s := serveFiles(t, "--root", "r="+dir, "--read-only")
		var list struct {
			Result mcp.ListToolsResult `json:"result"`
		}
		r := s.post(t, modern, "", modernMessage("tools/list", nil), "Mcp-Method", "tools/list")
		if err := json.Unmarshal([]byte(r.body), &list); err != nil {
			t.Fatalf("%v in %s", err, r)
		}
		var names []string
		for _, tool := range list.Result.Tools {
			names = append(names, tool.Name)
		}
		if diff := cmp.Diff(lookingTools, names); diff != "" {
			t.Error(diff)
		}
		for _, tool := range changingTools {
			if r := s.call(t, modern, "", tool, write("b.txt")); r.text(t) != "" {
				t.Errorf("%s: %s", tool, r)
			}
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("there is %v, %v", list, err)
		}
	})
	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		dir := folder(t, map[string]string{"a.txt": "kept"})
		const reader, writer = "reader-0123456789abcdef0123456789", "writer-0123456789abcdef0123456789"
		keys := keysFile(t, reader+"=files:read", writer+"=files:write")
		s := &guarded{serveFiles(t, "--root", "r="+dir, "--auth", "keys", "--api-keys-file", keys), ""}
		for _, version := range []string{legacy, modern} {
			for _, tool := range changingTools {
				r := s.call(t, version, reader, tool, write("b.txt"))
				if c := s.challenge(t, r); r.status != http.StatusForbidden || c["error"] != "insufficient_scope" || c["scope"] != "files:write" {
					t.Errorf("%s with files:read is answered with %s", tool, r)
				}
			}
			for _, key := range []string{reader, writer} { // who may write may read
				if r := s.call(t, version, key, "read_file", map[string]string{"path": "a.txt"}); r.text(t) != "kept" {
					t.Errorf("read_file is answered with %s", r)
				}
			}
			if r := s.call(t, version, writer, "write_file", write(version+".txt")); r.text(t) == "" {
				t.Errorf("write_file with files:write is answered with %s", r)
			}
			if r := s.call(t, version, "", "read_file", map[string]string{"path": "a.txt"}); r.status != http.StatusUnauthorized {
				t.Errorf("without a key: %s", r)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "b.txt")); err == nil {
			t.Error("a key that may only read has written")
		}
	})
}

// Of two clients that have read the same, one changes the file and the other is
// told that it has changed.
func TestTwoClientsWithOneEtag(t *testing.T) {
	t.Parallel()
	const rounds, clients = 50, 2
	dir := folder(t, map[string]string{"a.txt": "begin\n"})
	s := serveFiles(t, "--root", "r="+dir)
	before := "begin\n"
	for i := range rounds {
		etag := s.etag(t, "a.txt")
		var answers [clients]answer
		var both sync.WaitGroup
		after := [clients]string{before + "first\n", before + "second\n"}
		for c := range clients {
			tool, arguments := "write_file", map[string]any{"path": "a.txt", "if_match": etag, "mode": "replace", "content": after[c]}
			if i%2 == 0 {
				arguments = map[string]any{"path": "a.txt", "if_match": etag, "edits": []map[string]string{{"old": before, "new": after[c]}}}
				tool = "edit_file"
			}
			both.Go(func() { answers[c] = s.callTool(t, tool, arguments) })
		}
		both.Wait()
		winner := slices.IndexFunc(answers[:], func(a answer) bool { return a.Error == nil && !a.Result.IsError })
		if winner < 0 {
			t.Fatalf("round %d: nobody could write: %v", i, answers)
		}
		if code, _ := answers[1-winner].refusal(); code != "CONFLICT" {
			t.Fatalf("round %d: the other is answered with %s", i, answers[1-winner])
		}
		if got := content(t, dir, "a.txt"); got != after[winner] {
			t.Fatalf("round %d: the file holds %q, not what %d wrote", i, got, winner)
		}
		if i%10 == 9 {
			after[winner] = "begin\n"
			if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("begin\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before = after[winner]
	}
}
