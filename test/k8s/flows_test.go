//go:build k8s

package k8s

import (
	"fmt"
	"testing"
)

// What takes several calls works though each goes to whichever replica the
// Service picks: each has a connection of its own.
func TestFlows(t *testing.T) {
	t.Parallel()
	ns := namespace(t, "flows", nil)
	provide(t, ns)
	database(t, ns, "mcp-database")
	r := prepare(t, ns)
	r.install(t, secrets+`
defaults:
  replicas: 3
  config: {MCP_RATE_LIMIT: "off"}
services:
  calculator: {}
  files:
    replicas: 3
    data: {create: true, size: 1Gi, keep: false, accessModes: [ReadWriteMany]}
  database:
    enabled: true
    config: {MCP_RATE_LIMIT: "off", DATABASE_WRITE: true}
    secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}
`)
	for _, service := range []string{"calculator", "database", "files"} {
		t.Run(service, func(t *testing.T) {
			pods := r.awaitPods(t, service, 3)
			before := counts(t, pods)
			for _, era := range []string{modern, legacy} {
				switch service {
				case "calculator":
					r.flowOfCalls(t, era)
				case "database":
					r.flowOfRows(t, era)
				case "files":
					r.flowOfFiles(t, era)
				}
			}
			got := since(before, counts(t, pods))
			for name, n := range got {
				if n == 0 {
					t.Errorf("%s answered no call: %v", name, got)
				}
			}
			t.Logf("calls of each replica: %v", got)
		})
	}
}

// flowOfCalls is several sessions with several calls each.
func (r *release) flowOfCalls(t *testing.T, era string) {
	t.Helper()
	for i := range 8 {
		s := r.connect(t, "calculator", era)
		for j := range 10 {
			out := call(t, s, "calculate", map[string]string{"expression": fmt.Sprintf("%d * 100 + %d", i+1, j)})
			if want := fmt.Sprint((i+1)*100 + j); out["result"] != want {
				t.Errorf("got %v, want %s", out["result"], want)
			}
		}
	}
}

// pages follows cursors to the end, and returns how many pages and entries there
// are.
func pages(t *testing.T, next func(cursor string) map[string]any, list string) (pages, entries int) {
	t.Helper()
	for cursor := ""; ; {
		out := next(cursor)
		all, ok := out[list].([]any)
		if !ok {
			t.Fatalf("a page without %s: %v", list, out)
		}
		pages++
		entries += len(all)
		if cursor, _ = out["next_cursor"].(string); cursor == "" || pages > 1000 {
			return pages, entries
		}
	}
}

// flowOfRows reads a table page by page, and writes with a confirmation.
func (r *release) flowOfRows(t *testing.T, era string) {
	t.Helper()
	s := r.connect(t, "database", era)
	n, entries := pages(t, func(cursor string) map[string]any {
		arguments := map[string]any{"query": "select n from numbers order by n", "max_rows": 20}
		if cursor != "" {
			arguments["cursor"] = cursor
		}
		return call(t, s, "execute_query", arguments)
	}, "rows")
	if entries != rows {
		t.Errorf("%s: %d rows on %d pages, want %d", era, entries, n, rows)
	}
	for i := range 10 {
		call(t, s, "modify_data", map[string]any{"statement": fmt.Sprintf("update numbers set square = 0 where n = %d", i+1)})
	}
}

// flowOfFiles writes files, lists them page by page, and deletes them, which is
// to be confirmed.
func (r *release) flowOfFiles(t *testing.T, era string) {
	t.Helper()
	const files = 20
	s := r.connect(t, "files", era)
	for i := range files {
		call(t, s, "write_file", map[string]any{"path": fmt.Sprintf("%s/%d.txt", era, i), "content": "text", "make_parents": true})
	}
	n, entries := pages(t, func(cursor string) map[string]any {
		arguments := map[string]any{"path": era, "limit": 2}
		if cursor != "" {
			arguments["cursor"] = cursor
		}
		return call(t, s, "list_directory", arguments)
	}, "entries")
	if entries != files {
		t.Errorf("%s: %d files on %d pages, want %d", era, entries, n, files)
	}
	for i := range files {
		call(t, s, "delete_file", map[string]any{"path": fmt.Sprintf("%s/%d.txt", era, i)})
	}
}
