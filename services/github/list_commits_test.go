package github_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

const oneCommit = `{"sha":"5ba","author":{"login":"mona"},"commit":{"message":"One\n\nWhy.","author":{"name":"Mona","date":"2026-02-03T04:05:06+02:00"}}}`

func TestListCommits(t *testing.T) {
	for _, tt := range []struct{ args, asked, want string }{
		{``, "?page=1&per_page=30", `{"commits":[{"sha":"5ba","message":"One","author":"mona","date":"2026-02-03T02:05:06Z"}]}`},
		{`,"full":true`, "?page=1&per_page=30", `{"commits":[{"sha":"5ba","message":"One\n\nWhy.","author":"mona","date":"2026-02-03T02:05:06Z"}]}`},
		{`,"ref":"a/b","path":"/src/x y","author":"mona","since":"2026-01-31","until":"2026-02-28","max_results":2`,
			"?author=mona&page=1&path=src%2Fx+y&per_page=2&sha=a%2Fb&since=2026-01-31T00%3A00%3A00Z&until=2026-02-28T23%3A59%3A59Z", `"sha":"5ba"`},
		{`,"since":"2026-01-31T12:00:00.5+02:00"`, "?page=1&per_page=30&since=2026-01-31T10%3A00%3A00Z", `"sha":"5ba"`},
	} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/commits", 200, `[`+oneCommit+`]`)
		if text, failed := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello"`+tt.args+`}`); failed || !strings.Contains(text, tt.want) {
			t.Error(text)
		}
		if got := r.Requests()[0].Path; got != "/repos/octocat/hello/commits"+tt.asked {
			t.Errorf("%s asks for %s", tt.args, got)
		}
	}
}

func TestListCommitsRefuses(t *testing.T) {
	r := newRig(t, github.Config{})
	for args, want := range map[string]string{
		`"since":"yesterday"`:                         "since must be a date",
		`"until":"2026-13-01"`:                        "until must be a date",
		`"since":"2026-02-01","until":"2026-01-01"`:   "until is before since",
		`"base":"main","path":"x"`:                    "GitHub compares without path",
		`"base":"other:main"`:                         "base must be a branch",
		`"base":"a...b"`:                              "base must be a branch",
		`"ref":"-x"`:                                  "ref must be a branch",
		`"path":"../x"`:                               "path must be a path",
		`"author":"` + strings.Repeat("a", 256) + `"`: "author is longer",
		`"limit":101`:                                 "limit",
	} {
		if text, failed := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello",`+args+`}`); !failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
}

func TestListCommitsErrors(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{409, `{"message":"Git Repository is empty."}`, `"RESOURCE_NOT_FOUND","message":"octocat/hello is empty: it has no commit yet"`},
		{404, `{"message":"Not Found"}`, `"RESOURCE_NOT_FOUND"`},
	} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/commits", tt.status, tt.body)
		if text, failed := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello"}`); !failed || !strings.Contains(text, tt.want) {
			t.Error(text)
		}
	}
}

func TestListCommitsBoundsMessages(t *testing.T) {
	var list []string
	for i := range 20 {
		list = append(list, fmt.Sprintf(`{"sha":"%d","commit":{"message":"%s\n\n%s"}}`, i, strings.Repeat("s", 300), strings.Repeat("m", 5000)))
	}
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/commits", 200, `[`+strings.Join(list, ",")+`]`)
	text, _ := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello"}`)
	if !strings.Contains(text, `"message":"`+strings.Repeat("s", 200)+`…"`) || len(text) > 6000 {
		t.Error(text)
	}
	text, _ = r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","full":true}`)
	if !strings.Contains(text, "messages are cut") || len(text) > 48<<10 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestCompareCommits(t *testing.T) {
	r := newRig(t, github.Config{})
	next := `<` + r.URL + `/repositories/1/compare/a%2Fb...HEAD?page=2&per_page=1>; rel="next"`
	r.JSON("GET /repos/octocat/hello/compare/{refs...}", 200, `{"ahead_by":2,"behind_by":1,"merge_base_commit":{"sha":"ba5e"},"commits":[`+oneCommit+`],`+
		`"files":[{"filename":"n","previous_filename":"o","status":"renamed","additions":1,"deletions":2,"patch":"@@ secret @@"}]}`, "Link", next)
	text, failed := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","base":"a/b","limit":1}`)
	want := `{"commits":[{"sha":"5ba","message":"One","author":"mona","date":"2026-02-03T02:05:06Z"}],"ahead":2,"behind":1,"merge_base":"ba5e",` +
		`"files":[{"path":"n","status":"renamed","additions":1,"deletions":2,"from":"o"}],"next_cursor":"`
	if failed || !strings.HasPrefix(text, want) {
		t.Error(cmp.Diff(want, text))
	}
	var out struct {
		NextCursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	text, failed = r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","base":"a/b","limit":1,"cursor":"`+out.NextCursor+`"}`)
	if failed || strings.Contains(text, `"files"`) {
		t.Errorf("the files are told twice: %s", text)
	}
	text, failed = r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","base":"other","limit":1,"cursor":"`+out.NextCursor+`"}`)
	if !failed || !strings.Contains(text, `"argument":"cursor"`) {
		t.Error(text)
	}
	var asked []string
	for _, q := range r.Requests() {
		asked = append(asked, q.Path)
	}
	if diff := cmp.Diff([]string{"/repos/octocat/hello/compare/a%2Fb...HEAD?page=1&per_page=1", "/repos/octocat/hello/compare/a%2Fb...HEAD?page=2&per_page=1"}, asked); diff != "" {
		t.Error(diff)
	}
}

func TestCompareCommitsLimits(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/compare/a...b", 200, `{"ahead_by":1,"behind_by":0,"commits":[],"files":[`+strings.Repeat(`{"filename":"f","status":"added"},`, 299)+`{"filename":"f","status":"added"}]}`)
	r.JSON("GET /repos/octocat/hello/compare/a...nope", 404, `{"message":"Not Found"}`)
	text, _ := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","base":"a","ref":"b"}`)
	if !strings.Contains(text, "no more than 300 files") {
		t.Error(text)
	}
	text, failed := r.call(t, "list_commits", `{"owner":"octocat","repo":"hello","base":"a","ref":"nope"}`)
	if !failed || !strings.Contains(text, "RESOURCE_NOT_FOUND") || !strings.Contains(text, "in common") {
		t.Error(text)
	}
}
