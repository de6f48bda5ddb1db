package files_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files"
)

// A writer is a client of a server with roots of its own, and a person who says
// yes or no.
type writer struct {
	t       *testing.T
	session *mcp.ClientSession
	dir     string

	mu    sync.Mutex
	yes   bool
	asked []string
	told  func(*mcp.ProgressNotificationParams)
}

func newWriter(t *testing.T) *writer {
	t.Helper()
	return newWriterOf(t, files.Config{})
}

// newWriterOf is newWriter with a setting, to which the roots are added.
func newWriterOf(t *testing.T, cfg files.Config) *writer {
	t.Helper()
	w := &writer{t: t, dir: t.TempDir(), yes: true}
	for _, d := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(w.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Roots = []string{
		"a=" + filepath.Join(w.dir, "a"), "b=" + filepath.Join(w.dir, "b"), "ro=" + filepath.Join(w.dir, "a") + ":ro",
	}
	w.session = connect(t, cfg, &mcp.ClientOptions{
		ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = append(w.asked, req.Params.Message)
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": w.yes}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.told != nil {
				w.told(req.Params)
			}
		},
	})
	return w
}

// call returns the record that a tool answers, or the error's.
func (w *writer) call(tool, args string) (record map[string]any, failed bool) {
	w.t.Helper()
	res, err := w.session.CallTool(w.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		w.t.Fatalf("%s %s: %v", tool, args, err)
	}
	if err := json.Unmarshal([]byte(res.Content[0].(*mcp.TextContent).Text), &record); err != nil {
		w.t.Fatal(err)
	}
	if res.IsError {
		return record["error"].(map[string]any), true
	}
	return record, false
}

// ok calls a tool that must not fail.
func (w *writer) ok(tool, args string) map[string]any {
	w.t.Helper()
	record, failed := w.call(tool, args)
	if failed {
		w.t.Fatalf("%s %s: %v", tool, args, record)
	}
	return record
}

// refused calls a tool that must fail with this code.
func (w *writer) refused(code, tool, args string) map[string]any {
	w.t.Helper()
	record, failed := w.call(tool, args)
	if !failed || record["code"] != code {
		w.t.Errorf("%s %s: %v, want %s", tool, args, record, code)
	}
	return record
}

// question returns what the person was asked since the last time.
func (w *writer) question() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.asked = nil }()
	return strings.Join(w.asked, "\n")
}

func (w *writer) put(rel, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, rel), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) has(rel, want string) {
	w.t.Helper()
	if got, err := os.ReadFile(filepath.Join(w.dir, rel)); string(got) != want {
		w.t.Errorf("%s holds %.200q, want %.200q; %v", rel, got, want, err)
	}
}

func TestWriteKeepsHowATextIsWritten(t *testing.T) {
	for _, test := range []struct{ name, old, args, want string }{
		{"crlf", "one\r\ntwo\r\n", `"content": "three\nfour\n"`, "three\r\nfour\r\n"},
		{"crlf, on purpose", "one\r\ntwo\r\n", `"content": "three\r\nfour\n"`, "three\r\nfour\n"},
		{"crlf to lf", "one\r\ntwo\r\n", `"content": "three\n", "eol": "lf"`, "three\n"},
		{"mixed", "one\r\ntwo\nx", `"content": "three\n"`, "three\n"},
		{"bom", "\ufeffone\n", `"content": "two\n"`, "\ufefftwo\n"},
		{"bom twice", "\ufeffone\n", `"content": "\ufefftwo\n"`, "\ufefftwo\n"},
		{"utf-16", "\xff\xfeo\x00n\x00e\x00\r\x00\n\x00", `"content": "é\n"`, "\xff\xfe\xe9\x00\r\x00\n\x00"},
		{"utf-16 to utf-8", "\xff\xfeo\x00n\x00e\x00\n\x00", `"content": "é\n", "encoding": "utf-8"`, "é\n"},
		{"to utf-16", "one\n", `"content": "é\n", "encoding": "utf-16le"`, "\xff\xfe\xe9\x00\n\x00"},
		{"to latin-1", "one\n", `"content": "é\n", "encoding": "windows-1252"`, "\xe9\n"},
		{"bytes", "one\r\n", `"base64": "AP8K"`, "\x00\xff\n"},
		{"a text over bytes", "\x00\x01\x02\xff", `"content": "text\n"`, "text\n"},
		{"empty", "", `"content": "x"`, "x"},
		{"to empty", "x", `"content": ""`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWriter(t)
			w.put("a/f", test.old)
			w.ok("write_file", `{"path": "a/f", "mode": "replace", "force": true, `+test.args+`}`)
			w.has("a/f", test.want)
		})
	}
}

func TestAppendKeepsHowATextIsWritten(t *testing.T) {
	long := "\xff\xfe" + strings.Repeat("\xe9\x00\r\x00\n\x00", 20_000)
	for _, test := range []struct{ name, old, args, added string }{
		{"crlf", "one\r\n", `"content": "two\n"`, "two\r\n"},
		{"utf-16", "\xff\xfeo\x00\n\x00", `"content": "é\n"`, "\xe9\x00\n\x00"},
		{"a long utf-16", long, `"content": "é\n"`, "\xe9\x00\r\x00\n\x00"},
		{"bom", "\ufeffone\n", `"content": "two\n"`, "two\n"},
		{"bytes", "one\r\n", `"base64": "AP8K"`, "\x00\xff\n"},
		{"none", "", `"content": "one\n"`, "one\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWriter(t)
			w.put("a/f", test.old)
			w.ok("write_file", `{"path": "a/f", "mode": "append", `+test.args+`}`)
			w.has("a/f", test.old+test.added)
		})
	}
}

// TestQuestions: a person is asked before something is lost that the caller has
// not seen, and before much is deleted at once; a no changes nothing.
func TestQuestions(t *testing.T) {
	for _, test := range []struct{ name, tool, args, want string }{
		{"create", "write_file", `{"path": "a/new", "content": "x"}`, ""},
		{"append", "write_file", `{"path": "a/f", "content": "x", "mode": "append"}`, ""},
		{"replace with an etag", "write_file", `{"path": "a/f", "content": "x", "mode": "replace", "if_match": "ETAG"}`, ""},
		{"force", "write_file", `{"path": "a/f", "content": "x", "mode": "replace", "force": true}`,
			`Replace "a/f" (3 bytes) with other content, whatever it holds now?`},
		{"force, and nothing is there", "write_file", `{"path": "a/new", "content": "x", "mode": "replace", "force": true}`, ""},
		{"move", "move_file", `{"from": "a/f", "to": "b/new"}`, ""},
		{"move over", "move_file", `{"from": "a/f", "to": "a/g", "overwrite": true}`, `"a/g" (1.2 kB) exists. Move "a/f" over it?`},
		{"move over nothing", "move_file", `{"from": "a/f", "to": "a/new", "overwrite": true}`, ""},
		{"copy", "copy_file", `{"from": "a/d", "to": "b/d", "recursive": true}`, ""},
		{"copy over", "copy_file", `{"from": "a/f", "to": "a/g", "overwrite": true}`, `"a/g" (1.2 kB) exists. Replace it, or what is in it, by a copy of "a/f"?`},
		{"trash", "delete_file", `{"path": "a/f"}`, ""},
		{"trash a directory", "delete_file", `{"path": "a/d", "recursive": true}`, `Move "a/d" with all that is in it (2 files, 1 folder, 1 link, 2 bytes) to the trash?`},
		{"for good", "delete_file", `{"path": "a/g", "trash": false}`, `Delete "a/g" (1.2 kB) for good?`},
		{"a link for good", "delete_file", `{"path": "a/d/link", "trash": false}`, `Delete the link "a/d/link" for good?`},
		{"a directory for good", "delete_file", `{"path": "a/d", "trash": false, "recursive": true}`,
			`Delete "a/d" with all that is in it (2 files, 1 folder, 1 link, 2 bytes) for good?`},
		{"dry run", "delete_file", `{"path": "a/d", "trash": false, "recursive": true, "dry_run": true}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWriter(t)
			w.put("a/f", "abc")
			w.put("a/g", strings.Repeat("g", 1234))
			if err := os.MkdirAll(filepath.Join(w.dir, "a/d/e"), 0o755); err != nil {
				t.Fatal(err)
			}
			w.put("a/d/f", "1")
			w.put("a/d/e/g", "2")
			if err := os.Symlink("f", filepath.Join(w.dir, "a/d/link")); err != nil {
				t.Fatal(err)
			}
			read := w.ok("file_info", `{"paths": ["a/f"]}`)["items"].([]any)[0].(map[string]any)
			args := strings.ReplaceAll(test.args, "ETAG", read["etag"].(string))
			w.yes = false
			if test.want != "" {
				w.refused("CANCELLED", test.tool, args)
				if got := w.question(); got != test.want {
					t.Errorf("asked %q, want %q", got, test.want)
				}
			}
			w.has("a/f", "abc")
			w.has("a/g", strings.Repeat("g", 1234))
			w.has("a/d/e/g", "2")
			w.yes = true
			w.ok(test.tool, args)
			if got := w.question(); got != test.want {
				t.Errorf("asked %q, want %q", got, test.want)
			}
		})
	}
}

// TestNoWayAroundQuestions refuses what would lose a file for good without anybody
// having been asked.
func TestNoWayAroundQuestions(t *testing.T) {
	w := newWriter(t)
	w.yes = false
	w.put("a/f", "abc")
	w.put("a/g", "def")
	for _, test := range []struct{ code, tool, args string }{
		{"INVALID_INPUT", "move_file", `{"from": "a/f", "to": "a/.mcp-trash/20200101T000000Z-aaaaaaaa/f"}`},
		{"INVALID_INPUT", "move_file", `{"from": "a/f", "to": "a/.mcp-files-ABCDEFGHIJKLMNOPQRSTUVWXYZ/f"}`},
		{"INVALID_INPUT", "move_file", `{"from": "a/f", "to": "a/g", "overwrite": true, "if_match": "part:"}`},
		{"INVALID_INPUT", "move_file", `{"from": "a/f", "to": "a/g", "if_match": "part:c12cba103550a863f7a9f0870681b51d"}`},
		{"INVALID_INPUT", "write_file", `{"path": "a/f", "content": "x", "mode": "replace", "if_match": "part:"}`},
		{"CONFLICT", "write_file", `{"path": "a/f", "content": "x", "mode": "append", "if_match": "part:"}`},
		{"CONFLICT", "delete_file", `{"path": "a/f", "if_match": "part:"}`},
		{"CONFLICT", "delete_file", `{"path": "a/f", "trash": false, "if_match": "part:c12cba103550a863f7a9f0870681b51d"}`},
	} {
		w.refused(test.code, test.tool, test.args)
	}
	w.has("a/f", "abc")
	w.has("a/g", "def")
}

func TestTrashAndBack(t *testing.T) {
	w := newWriter(t)
	w.put("a/f", "abc")
	gone := w.ok("delete_file", `{"path": "a/f"}`)
	where, _ := gone["trash"].(string)
	if !strings.HasPrefix(where, "a/.mcp-trash/") || !strings.HasSuffix(where, "/f") || gone["files"] != 1.0 || gone["bytes"] != 3.0 {
		t.Fatalf("%v", gone)
	}
	w.refused("RESOURCE_NOT_FOUND", "delete_file", `{"path": "a/f"}`)
	w.ok("move_file", `{"from": "`+where+`", "to": "a/f"}`)
	w.has("a/f", "abc")
	if left, err := os.ReadDir(filepath.Join(w.dir, "a/.mcp-trash")); err != nil || len(left) != 0 {
		t.Errorf("in the trash there is %v, %v", left, err)
	}
}

func TestReadOnlyRoot(t *testing.T) {
	w := newWriter(t)
	w.put("a/f", "abc")
	for tool, args := range map[string]string{
		"write_file": `{"path": "ro/g", "content": "x"}`, "move_file": `{"from": "ro/f", "to": "b/f"}`,
		"copy_file": `{"from": "a/f", "to": "ro/g"}`, "delete_file": `{"path": "ro/f"}`,
	} {
		w.refused("PERMISSION_DENIED", tool, args)
	}
	w.ok("copy_file", `{"from": "ro/f", "to": "b/f"}`)
	w.has("a/f", "abc")
	w.has("b/f", "abc")
}

// TestPartialReadLicensesNoReplace: who saw a part of a file does not replace
// the rest.
func TestPartialReadLicensesNoReplace(t *testing.T) {
	w := newWriter(t)
	w.put("a/f", "one\ntwo\nthree\n")
	res, err := w.session.CallTool(t.Context(), &mcp.CallToolParams{Name: "read_file", Arguments: json.RawMessage(`{"path": "a/f", "end_line": 1}`)})
	if err != nil || len(res.Content) < 2 {
		t.Fatal(res, err)
	}
	var meta struct{ ETag string }
	if err := json.Unmarshal([]byte(res.Content[1].(*mcp.TextContent).Text), &meta); err != nil || meta.ETag == "" {
		t.Fatal(meta, err)
	}
	w.refused("INVALID_INPUT", "write_file", `{"path": "a/f", "content": "one\n", "mode": "replace", "if_match": "`+meta.ETag+`"}`)
	w.put("a/g", "g")
	w.refused("INVALID_INPUT", "move_file", `{"from": "a/g", "to": "a/f", "if_match": "`+meta.ETag+`"}`)
	w.has("a/f", "one\ntwo\nthree\n")
	w.ok("write_file", `{"path": "a/f", "content": "four\n", "mode": "append", "if_match": "`+meta.ETag+`"}`)
	w.has("a/f", "one\ntwo\nthree\nfour\n")
}
