package files_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestRefusalsAreShort repeats no more of an argument than tells which it is:
// an answer goes to a model, and a log.
func TestRefusalsAreShort(t *testing.T) {
	w := newWriter(t)
	w.put("a/f", "one\n")
	long := strings.Repeat("long/", 50_000)
	for _, c := range []struct {
		tool      string
		arguments map[string]any
	}{
		{"read_file", map[string]any{"path": long}},
		{"read_file", map[string]any{"path": "a/f", "encoding": long}},
		{"read_files", map[string]any{"paths": []string{long}}},
		{"read_files", map[string]any{"globs": []string{"[" + long}}},
		{"file_info", map[string]any{"paths": []string{long}}},
		{"list_directory", map[string]any{"path": "a", "cursor": long}},
		{"directory_tree", map[string]any{"path": "a/" + long}},
		{"find_files", map[string]any{"path": long, "globs": []string{"*"}}},
		{"find_files", map[string]any{"globs": []string{"[" + long}}},
		{"search_content", map[string]any{"pattern": "(" + long}},
		{"search_content", map[string]any{"pattern": "x", "path": long}},
		{"write_file", map[string]any{"path": "a/g", "content": "x", "encoding": long}},
		{"write_file", map[string]any{"path": "a/f", "content": "x", "mode": "replace", "if_match": long}},
		{"write_file", map[string]any{"path": "a/g", "content": "x", "eol": long}},
		{"edit_file", map[string]any{"path": "a/f", "edits": []map[string]string{{"old": long, "new": "x"}}}},
		{"apply_patch", map[string]any{"patch": "--- a/" + long + "\n+++ b/" + long + "x\n@@ -1 +1 @@\n-a\n+b\n"}},
		{"apply_patch", map[string]any{"patch": "--- a/a/f\n+++ b/a/f\n@@ -1 +1 @@\n-" + long + "\n+b\n"}},
		{"apply_patch", map[string]any{"patch": "--- a/a/f\n+++ b/a/f\n@@ -1 +1 @@\n-one\n+b\n", "if_match": map[string]string{long: "x"}}},
		{"move_file", map[string]any{"from": "a/f", "to": "a/" + long}},
		{"copy_file", map[string]any{"from": long, "to": "a/g"}},
		{"delete_file", map[string]any{"path": long}},
	} {
		res, err := w.session.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.arguments})
		if err != nil {
			t.Fatalf("%s: %v", c.tool, err)
		}
		answer, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer) > 12<<10 || !strings.Contains(string(answer), "error") {
			t.Errorf("%s: an answer of %d bytes: %.300s", c.tool, len(answer), answer)
		}
	}
}
