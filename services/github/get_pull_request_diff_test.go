package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// blocks calls a tool and returns the texts of all blocks.
func (r *rig) blocks(t *testing.T, tool, args string) []string {
	t.Helper()
	res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range res.Content {
		texts = append(texts, c.(*mcp.TextContent).Text)
	}
	if res.IsError {
		t.Fatalf("%s failed: %s", tool, texts[0])
	}
	return texts
}

// asks returns the method, path and body of each request.
func (r *rig) asks() []string {
	var list []string
	for _, q := range r.Requests() {
		list = append(list, strings.TrimSpace(q.Method+" "+q.Path+" "+q.Body))
	}
	return list
}

const pullJSON = `{"number":7,"title":"Add \u001b[31mred\u202e","state":"open","changed_files":%d,"additions":3,"deletions":1,"mergeable":true,"mergeable_state":"clean",
	"user":{"login":"alice"},"head":{"ref":"feature","label":"octocat:feature","sha":%q,"repo":{"full_name":"octocat/hello"}},
	"base":{"ref":"main","repo":{"full_name":"octocat/hello","default_branch":"main"}}}`

const sha1 = "1111111111111111111111111111111111111111"

func TestDiff(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, fmt.Sprintf(pullJSON, 5, sha1))
	r.JSON("GET /repos/octocat/hello/pulls/7/files", 200, `[
		{"filename":"a.go","status":"modified","additions":1,"deletions":1,"patch":"@@ -1 +1 @@\n-\"a\"\r\n+\u001b[2Jb\u0000"},
		{"filename":"new.go","previous_filename":"old.go","status":"renamed"},
		{"filename":"x.png","status":"added"},
		{"filename":"big.sql","status":"added","additions":90000},
		{"filename":"bad\n=== name","status":"removed","deletions":1,"patch":"@@ -1 +0,0 @@\n-é"}]`)
	got := r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","pr_number":7}`)
	want := []string{`octocat/hello#7 Add �[31mred�
open, feature -> main, 5 files, +3 -1, head ` + sha1 + `
=== a.go (+1 -1)
@@ -1 +1 @@
-"a"` + "\r" + `
+�[2Jb�
=== new.go (+0 -0, renamed from old.go, unchanged)
=== x.png (+0 -0, added, no patch: binary, empty or only another mode)
=== big.sql (+90000 -0, added, no patch: too large for GitHub to show)
=== "bad\n=== name" (+0 -1, removed)
@@ -1 +0,0 @@
-é
`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	asked := r.asks()
	slices.Sort(asked)
	if d := cmp.Diff([]string{"GET /repos/octocat/hello/pulls/7", "GET /repos/octocat/hello/pulls/7/files?page=1&per_page=20"}, asked); d != "" {
		t.Error(d)
	}
}

// manyFiles answers a list of n files of one hunk each.
func manyFiles(n int, hunk string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.FormValue("page"))
		size, _ := strconv.Atoi(r.FormValue("per_page"))
		files := []map[string]any{}
		for i := (page - 1) * size; i < min(page*size, n); i++ {
			files = append(files, map[string]any{"filename": fmt.Sprintf("d%d/f%d.go", i%10, i), "additions": 1, "patch": fmt.Sprintf("@@ -1 +1 @@\n+%d %s", i, hunk)})
		}
		if page*size < n {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
		}
		_ = json.NewEncoder(w).Encode(files)
	}
}

func TestDiffGoesOnWithoutLoss(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, fmt.Sprintf(pullJSON, 130, sha1))
	r.Handle("GET /repos/octocat/hello/pulls/7/files", manyFiles(130, strings.Repeat("x", 100)))
	var all strings.Builder
	args := map[string]any{"owner": "octocat", "repo": "hello", "number": 7, "exclude": []string{"f5.go"}, "limit": 9, "max_bytes": 1000}
	for pages := 0; ; pages++ {
		b, _ := json.Marshal(args)
		got := r.blocks(t, "get_pull_request_diff", string(b))
		if len(got[0]) > 1300 {
			t.Errorf("a page has %d bytes", len(got[0]))
		}
		all.WriteString(got[0])
		if len(got) == 1 {
			break
		}
		var meta struct {
			Cursor  string   `json:"next_cursor"`
			LeftOut []string `json:"left_out"`
		}
		if err := json.Unmarshal([]byte(got[1]), &meta); err != nil || meta.Cursor == "" || len(meta.LeftOut) == 0 || pages > 60 {
			t.Fatalf("page %d: %s", pages, got[1])
		}
		args["cursor"] = meta.Cursor
	}
	for i := range 130 {
		want := 1
		if i == 5 {
			want = 0
		}
		if n := strings.Count(all.String(), fmt.Sprintf("\n+%d x", i)); n != want {
			t.Errorf("file %d is shown %d times", i, n)
		}
	}
}

func TestDiffFilterAsksForFewPages(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, fmt.Sprintf(pullJSON, 250, sha1))
	r.Handle("GET /repos/octocat/hello/pulls/7/files", manyFiles(250, "x"))
	got := r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","number":7,"paths":["f249.go"]}`)
	if len(got) != 1 || !strings.Contains(got[0], "=== d9/f249.go (+1 -0)\n@@ -1 +1 @@\n+249 x\n") || len(r.Requests()) != 4 {
		t.Errorf("%d requests, %q", len(r.Requests()), got)
	}
	got = r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","number":7,"paths":["nothing"]}`)
	if !strings.Contains(got[0], "no changed file matches") {
		t.Error(got)
	}
}

func TestDiffOfAnotherHeadDoesNotGoOn(t *testing.T) {
	r := newRig(t, github.Config{})
	head := sha1
	r.Handle("GET /repos/octocat/hello/pulls/7", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, pullJSON, 5000, head)
	})
	r.Handle("GET /repos/octocat/hello/pulls/7/files", manyFiles(30, "x"))
	got := r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","number":7}`)
	if !strings.Contains(got[0], "GitHub lists the first 3000 files only") {
		t.Error(got[0])
	}
	var meta struct {
		Cursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal([]byte(got[1]), &meta); err != nil {
		t.Fatal(err)
	}
	head = strings.Repeat("2", 40)
	text, failed := r.call(t, "get_pull_request_diff", fmt.Sprintf(`{"owner":"octocat","repo":"hello","number":7,"cursor":%q}`, meta.Cursor))
	if !failed || !strings.Contains(text, "CONFLICT") || !strings.Contains(text, "new commits") {
		t.Error(text)
	}
}

func TestHugeDiff(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, fmt.Sprintf(pullJSON, 2, sha1))
	var patch strings.Builder
	for i := range 200_000 {
		if i%20_000 == 0 {
			fmt.Fprintf(&patch, "@@ -%d +%d @@\n", i, i)
		}
		fmt.Fprintf(&patch, "+line %d ääääääääääääääääääää\n", i)
	}
	b, _ := json.Marshal([]map[string]any{{"filename": "go.sum", "patch": patch.String()}, {"filename": "z.go", "patch": "@@ -1 +1 @@\n+z"}})
	r.JSON("GET /repos/octocat/hello/pulls/7/files", 200, string(b))
	got := r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","number":7}`)
	if n := len(got[0]); patch.Len() < 10<<20 || n > 41_000 || n < 30_000 {
		t.Errorf("%d of %d bytes", n, patch.Len())
	}
	if !strings.Contains(got[1], `"go.sum: hunk 1, `) || !strings.Contains(got[1], `"go.sum: hunks 2 to 10 of 10","z.go"`) {
		t.Error(got[1])
	}
	got = r.blocks(t, "get_pull_request_diff", `{"owner":"octocat","repo":"hello","number":7,"exclude":["go.sum"]}`)
	if len(got) != 1 || !strings.HasSuffix(got[0], "=== z.go (+0 -0)\n@@ -1 +1 @@\n+z\n") {
		t.Error(got)
	}
}
