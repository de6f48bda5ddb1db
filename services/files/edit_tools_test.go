package files_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// text calls a tool that answers with a text, and returns that and its metadata.
func (w *writer) text(tool string, args any) (body string, meta map[string]any) {
	w.t.Helper()
	res, err := w.session.CallTool(w.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		w.t.Fatal(err)
	}
	body = res.Content[0].(*mcp.TextContent).Text
	if res.IsError {
		w.t.Fatalf("%s %v: %s", tool, args, body)
	}
	if err := json.Unmarshal([]byte(res.Content[1].(*mcp.TextContent).Text), &meta); err != nil {
		w.t.Fatal(err)
	}
	return body, meta
}

// replace is the arguments of one edit.
func replace(path, old, repl string, more ...any) map[string]any {
	args := map[string]any{"path": path, "edits": []map[string]any{{"old": old, "new": repl}}}
	for i := 0; i < len(more); i += 2 {
		args[more[i].(string)] = more[i+1]
	}
	return args
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// No byte that was not meant changes, however the text is written down.
func TestEditKeepsBytes(t *testing.T) {
	w := newWriter(t)
	utf16 := func(s string) string {
		b := []byte("\xff\xfe")
		for _, r := range s {
			b = append(b, byte(r), byte(r>>8))
		}
		return string(b)
	}
	const long = "Grüße aus Köln, schöne Straßen, übermäßig viele Bäume, und Äpfel für alle Mädchen.\r\n"
	latin1 := func(s string) string {
		var b []byte
		for _, r := range s {
			b = append(b, byte(r))
		}
		return string(b)
	}
	for _, test := range []struct {
		name, old, encoding string
		edit                [2]string
		want                string
	}{
		{"crlf", "a\r\nb\r\n", "utf-8", [2]string{"a\nb", "a\nx\nb"}, "a\r\nx\r\nb\r\n"},
		{"mixed", "a\r\nb\nc\r\n", "utf-8", [2]string{"b", "B"}, "a\r\nB\nc\r\n"},
		{"no final newline", "a\nb", "utf-8", [2]string{"b", "c"}, "a\nc"},
		{"bom", "\ufeffa\nb\n", "utf-8", [2]string{"a", "ä"}, "\ufeffä\nb\n"},
		{"utf-16", utf16("Grüße\r\n€\r\n"), "utf-16le", [2]string{"€\n", "$\n€€\n"}, utf16("Grüße\r\n$\r\n€€\r\n")},
		{"latin-1", latin1(long + long + "Ende"), "windows-1252", [2]string{"Ende", "Änderung"}, latin1(long + long + "Änderung")},
		{"gbk", "\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7\xa1\xa3\xce\xd2\xc3\xc7\xb5\xc4\xb3\xcc\xd0\xf2\xa1\xa3\nend\n", "gbk", [2]string{"end", "世界"}, "\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7\xa1\xa3\xce\xd2\xc3\xc7\xb5\xc4\xb3\xcc\xd0\xf2\xa1\xa3\n\xca\xc0\xbd\xe7\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.put("a/x", test.old)
			_, meta := w.text("edit_file", replace("a/x", test.edit[0], test.edit[1]))
			w.has("a/x", test.want)
			if meta["encoding"] != test.encoding || meta["bytes"] != float64(len(test.want)) {
				t.Errorf("%v", meta)
			}
		})
	}
	w.put("a/x", latin1(long+long+"Ende"))
	e := w.refused("INVALID_INPUT", "edit_file", asJSON(t, replace("a/x", "Ende", "終わり")))
	if s := fmt.Sprint(e["message"]); !strings.Contains(s, "終") {
		t.Errorf("the character is not named: %s", s)
	}
	w.has("a/x", latin1(long+long+"Ende"))
	w.put("a/x", "\x00\x01\x02\x00")
	w.refused("INVALID_INPUT", "edit_file", asJSON(t, replace("a/x", "a", "b")))
}

func TestEditWithETags(t *testing.T) {
	w := newWriter(t)
	w.put("a/x", "one\ntwo\n")
	diff, dry := w.text("edit_file", replace("a/x", "one", "1", "dry_run", true))
	w.has("a/x", "one\ntwo\n")
	etag := dry["etag"].(string)
	again, meta := w.text("edit_file", replace("a/x", "one", "1", "if_match", "part:"+etag))
	if again != diff || meta["before_etag"] != etag || meta["etag"] == etag {
		t.Errorf("%s\n%s\n%v", diff, again, meta)
	}
	w.refused("CONFLICT", "edit_file", asJSON(t, replace("a/x", "two", "2", "if_match", etag)))
	w.has("a/x", "1\ntwo\n")
	_, meta = w.text("edit_file", replace("a/x", "two", "2", "if_match", meta["etag"]))
	w.has("a/x", "1\n2\n")
	patch := "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+one\n"
	w.refused("CONFLICT", "apply_patch", asJSON(t, map[string]any{"patch": patch, "path": "a", "if_match": map[string]any{"a/x": etag}}))
	w.refused("INVALID_INPUT", "apply_patch", asJSON(t, map[string]any{"patch": patch, "path": "a", "if_match": map[string]any{"a/y": etag}}))
	w.text("apply_patch", map[string]any{"patch": patch, "path": "a", "if_match": map[string]any{"a/x": "part:" + meta["etag"].(string)}})
	w.has("a/x", "one\n2\n")
}

func TestEditAsksNobody(t *testing.T) {
	w := newWriter(t)
	w.put("a/x", "one\n")
	w.text("edit_file", replace("a/x", "one", "two"))
	w.text("apply_patch", map[string]any{"patch": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-two\n+three\n", "path": "a"})
	w.text("apply_patch", map[string]any{"patch": "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-three\n", "path": "a", "dry_run": true})
	w.has("a/x", "three\n")
	if q := w.question(); q != "" {
		t.Errorf("somebody is asked: %s", q)
	}
	gone := map[string]any{"patch": "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-three\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+y\n", "path": "a"}
	w.yes = false
	w.refused("CANCELLED", "apply_patch", asJSON(t, gone))
	w.has("a/x", "three\n")
	w.yes = true
	w.question()
	body, _ := w.text("apply_patch", gone)
	if q := w.question(); q != `Delete "a/x", and change 1 other file?` {
		t.Errorf("asked: %s", q)
	}
	if body != "a/x | +0 -1\na/y | +1 -0\n" {
		t.Errorf("%s", body)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "a/x")); !os.IsNotExist(err) {
		t.Errorf("x is there: %v", err)
	}
}

func TestEditShowsTheBeginningOfALargeDiff(t *testing.T) {
	w := newWriter(t)
	w.put("a/x", strings.Repeat("a line\n", 40_000))
	body, meta := w.text("edit_file", map[string]any{"path": "a/x", "edits": []map[string]any{{"old": "a line", "new": "another", "expect": 0}}})
	if len(body) < 30<<10 || len(body) > 64<<10 || meta["diff_truncated"] != true {
		t.Errorf("%d bytes, %v", len(body), meta)
	}
	w.has("a/x", strings.Repeat("another\n", 40_000))
}

// A patch that fails anywhere leaves every file as it was.
func TestPatchIsAllOrNothing(t *testing.T) {
	w := newWriter(t)
	before := map[string]string{"a/1": "one\n", "a/2": "two\n", "b/3": "three\n"}
	for name, s := range before {
		w.put(name, s)
	}
	if err := os.Symlink("1", filepath.Join(w.dir, "a/link")); err != nil {
		t.Fatal(err)
	}
	const good = "--- a/a/1\n+++ b/a/1\n@@ -1 +1 @@\n-one\n+1\n--- /dev/null\n+++ b/a/new/4\n@@ -0,0 +1 @@\n+four\n"
	for name, bad := range map[string]string{
		"INVALID_INPUT twice":         "--- a/a/1\n+++ b/a/1\n@@ -1 +1 @@\n-one\n+1\n",
		"INVALID_INPUT by a link":     "--- a/a/link\n+++ b/a/link\n@@ -1 +1 @@\n-1\n+eins\n",
		"INVALID_INPUT rename chain":  "diff --git a/a/2 b/a/1\nrename from a/2\nrename to a/1\n",
		"PERMISSION_DENIED outside":   "--- a/a/../../x\n+++ b/a/../../x\n@@ -1 +1 @@\n-one\n+1\n",
		"PERMISSION_DENIED no root":   "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+1\n",
		"PERMISSION_DENIED read-only": "--- a/ro/2\n+++ b/ro/2\n@@ -1 +1 @@\n-two\n+2\n",
		"CONFLICT context":            "--- a/a/2\n+++ b/a/2\n@@ -1 +1 @@\n-zwei\n+2\n",
		"CONFLICT exists":             "--- /dev/null\n+++ b/b/3\n@@ -0,0 +1 @@\n+3\n",
		"RESOURCE_NOT_FOUND missing":  "--- a/a/5\n+++ b/a/5\n@@ -1 +1 @@\n-five\n+5\n",
		"CONFLICT delete":             "--- a/a/2\n+++ /dev/null\n@@ -1 +0,0 @@\n-zwei\n",
		"CONFLICT rename onto":        "diff --git a/a/2 b/b/3\nrename from a/2\nrename to b/3\n",
		"INVALID_INPUT directory":     "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-five\n+5\n",
	} {
		code, _, _ := strings.Cut(name, " ")
		w.refused(code, "apply_patch", asJSON(t, map[string]any{"patch": good + bad}))
		for name, s := range before {
			w.has(name, s)
		}
		if entries, err := os.ReadDir(filepath.Join(w.dir, "a")); err != nil || len(entries) != 3 {
			t.Errorf("%s: %v, %v", name, entries, err)
		}
	}
	body, _ := w.text("apply_patch", map[string]any{"patch": good + "diff --git a/a/2 b/b/zwei\nrename from a/2\nrename to b/zwei\n"})
	if diff := cmp.Diff("a/1 | +1 -1\na/new/4 | +1 -0\na/2 => b/zwei | +0 -0\n", body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.has("a/1", "1\n")
	w.has("a/new/4", "four\n")
	w.has("b/zwei", "two\n")
}

// What a model sees of each tool stays small.
func TestEditToolsAreShort(t *testing.T) {
	w := newWriter(t)
	budget := map[string]int{"edit_file": 1300, "apply_patch": 750}
	for tool, err := range w.session.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		most, ok := budget[tool.Name]
		if n := len(tool.Name) + len(tool.Description) + len(asJSON(t, tool.InputSchema)); ok && n > most {
			t.Errorf("%s: %d bytes, more than %d", tool.Name, n, most)
		} else if ok {
			t.Logf("%s: %d bytes", tool.Name, n)
			delete(budget, tool.Name)
		}
	}
	if len(budget) > 0 && !t.Failed() {
		t.Errorf("not offered: %v", budget)
	}
}
