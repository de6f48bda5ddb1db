package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// answer calls a tool that must not fail, and reads its result into out.
func answer(t *testing.T, r *rig, tool, args string, out any) {
	t.Helper()
	text, failed := r.call(t, tool, args)
	if failed {
		t.Fatalf("%s %s: %s", tool, args, text)
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		t.Fatal(err)
	}
}

// refused calls a tool that must fail with a code, and returns what it says.
func refused(t *testing.T, r *rig, tool, args, code string) string {
	t.Helper()
	text, failed := r.call(t, tool, args)
	if !failed || !strings.Contains(text, `"code":"`+code+`"`) {
		t.Errorf("%s %s: %s, want %s", tool, args, text, code)
	}
	return text
}

// paths are what GitHub was asked, with the queries decoded.
func paths(t *testing.T, r *rig) []string {
	t.Helper()
	var all []string
	for _, q := range r.Requests() {
		p, err := url.QueryUnescape(q.Path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, q.Method+" "+p)
	}
	return all
}

// next is the header of a list that goes on.
func next(r *rig, page int) []string {
	return []string{"Link", fmt.Sprintf(`<%s/x?page=%d>; rel="next"`, r.URL, page)}
}

type listed struct {
	Repos []map[string]any `json:"repos"`
	Files []map[string]any `json:"files"`
	Items []map[string]any `json:"items"`
	Total *int             `json:"total_count"`
	Next  string           `json:"next_cursor"`
	Note  string           `json:"note"`
}

func names(items []map[string]any, key string) []string {
	var all []string
	for _, i := range items {
		all = append(all, fmt.Sprint(i[key]))
	}
	return all
}

func TestSearchRepositories(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /search/repositories", 200, `{"total_count":3,"incomplete_results":true,"items":[{"id":1,"full_name":"octo/ünï","description":"`+strings.Repeat("ä", 300)+`",
		"language":"Go","stargazers_count":7,"forks_count":2,"pushed_at":"2026-01-02T03:04:05+02:00","private":false,"fork":true,"archived":true,"owner":{"login":"octo"},"html_url":"https://x"}]}`,
		next(r, 2)...)
	var out listed
	answer(t, r, "search_repositories", `{"query":"router stars:>9","language":"Jupyter Notebook","sort":"stars","max_results":1}`, &out)
	want := []map[string]any{{"name": "octo/ünï", "description": strings.Repeat("ä", 100) + "…", "language": "Go", "stars": 7., "forks": 2., "pushed": "2026-01-02", "fork": true, "archived": true}}
	if d := cmp.Diff(want, out.Repos); d != "" {
		t.Error(d)
	}
	if out.Total == nil || *out.Total != 3 || !strings.Contains(out.Note, "narrow the query") || out.Next == "" {
		t.Errorf("%+v", out)
	}
	answer(t, r, "search_repositories", `{"query":"router stars:>9","language":"Jupyter Notebook","sort":"stars","cursor":"`+out.Next+`"}`, &out)
	refused(t, r, "search_repositories", `{"query":"another","cursor":"`+out.Next+`"}`, "INVALID_INPUT")
	answer(t, r, "search_repositories", `{"query":"a OR b","language":"c++"}`, &out)
	if d := cmp.Diff([]string{
		`GET /search/repositories?order=desc&page=1&per_page=1&q=router stars:>9 language:"Jupyter Notebook"&sort=stars`,
		`GET /search/repositories?order=desc&page=2&per_page=1&q=router stars:>9 language:"Jupyter Notebook"&sort=stars`,
		`GET /search/repositories?page=1&per_page=30&q=(a OR b) language:c++`,
	}, paths(t, r)); d != "" {
		t.Error(d)
	}
}

func TestSearchInput(t *testing.T) {
	r := newRig(t, github.Config{})
	for tool, inputs := range map[string][]string{
		"search_repositories": {`{}`, `{"query":""}`, `{"query":"a","language":"x\" user:y"}`, `{"query":"a","sort":"help"}`, `{"query":"` + strings.Repeat("a", 401) + `"}`, `{"query":"a","cursor":"x"}`, `{"query":"a","limit":101}`},
		"search_code":         {`{"query":"a","owner":"o","repo":"../x"}`, `{"query":"a","repo":"x"}`, `{"query":"a","owner":"o","repo":"p/q"}`, `{"query":"a","owner":"a b"}`},
		"search_issues":       {`{}`, `{"state":"closed"}`, `{"repo":"x"}`, `{"owner":"o","labels":["a\"b"]}`, `{"author":"a b"}`, `{"author":"x repo:y"}`, `{"query":"x","repo":"o/p?x"}`},
	} {
		for _, in := range inputs {
			refused(t, r, tool, in, "INVALID_INPUT")
		}
	}
	if got := paths(t, r); len(got) > 0 {
		t.Errorf("GitHub was asked %v", got)
	}
}

func TestSearchesEnd(t *testing.T) {
	r := newRig(t, github.Config{})
	page := 0
	r.Handle("GET /search/repositories", func(w http.ResponseWriter, q *http.Request) {
		page++
		if got := q.FormValue("page"); got != fmt.Sprint(page) {
			t.Errorf("page %s after %d pages", got, page-1)
		}
		w.Header().Set("Link", next(r, page+1)[1])
		fmt.Fprint(w, `{"total_count":50000,"items":[]}`)
	})
	var out listed
	for cursor := ""; ; cursor = out.Next {
		out = listed{}
		answer(t, r, "search_repositories", `{"query":"a","limit":100,"cursor":"`+cursor+`"}`, &out)
		if out.Repos == nil {
			t.Error("no repositories should be an empty list")
		}
		if out.Next == "" {
			break
		}
	}
	if page != 10 || !strings.Contains(out.Note, "1,000") {
		t.Errorf("it ended after %d pages: %q", page, out.Note)
	}
}

func TestSearchCode(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	fragment := `package x\n\nvar é = 1\nfunc needle() {}   \n` + strings.Repeat("y", 200) + `\nend`
	r.JSON("GET /search/code", 200, `{"total_count":1,"items":[{"path":"a/b.go","repository":{"full_name":"o/p"},"text_matches":[
		{"property":"path","fragment":"a/needle.go"},
		{"property":"content","fragment":"`+fragment+`","matches":[{"text":"needle","indices":[26,32]}]},
		{"property":"content","fragment":"lone","matches":[{"indices":[999,-1]}]},
		{"property":"content","fragment":"   "},{"property":"content","fragment":"third"},{"property":"content","fragment":"fourth"}]}]}`)
	var out listed
	answer(t, r, "search_code", `{"query":"needle","repo":"o/p"}`, &out)
	answer(t, r, "search_code", `{"query":"needle path:\"a b\"","owner":"o","limit":50}`, &out)
	want := []map[string]any{{"path": "a/b.go", "repo": "o/p", "fragments": []any{
		"var é = 1\nfunc needle() {}\n" + strings.Repeat("y", 120) + "…"}}}
	if d := cmp.Diff(want, out.Files); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{
		`GET /search/code?page=1&per_page=30&q=needle repo:o/p`,
		`GET /search/code?page=1&per_page=50&q=needle path:"a b" user:o`,
	}, paths(t, r)); d != "" {
		t.Error(d)
	}
	if got := r.Requests()[0].Header.Get("Accept"); !strings.Contains(got, "text-match") {
		t.Errorf("Accept: %s", got)
	}
}

func TestSearchIssues(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /search/issues", 200, `{"total_count":1,"items":[{"number":3,"title":"Tïtle","state":"closed","user":{"login":"mona"},"labels":[{"name":"bug"},{"name":"a b"}],
		"comments":4,"updated_at":"2026-01-02T03:04:05.678Z","repository_url":"https://api.example.com/api/v3/repos/o/p","pull_request":{"merged_at":"2026-01-02T03:04:05Z"}}]}`)
	var out listed
	for _, in := range []string{
		`{"query":"crash OR panic","kind":"pr","state":"closed","labels":["bug","good first issue"],"author":"dependabot[bot]","sort":"updated"}`,
		`{"query":" crash ","owner":"o","repo":"p"}`,
		`{"owner":"o","kind":"any","state":"all"}`,
		`{"repo":"o/p","author":"@me"}`,
		`{"repo":"o/p","labels":["a,b"]}`,
	} {
		answer(t, r, "search_issues", in, &out)
		if in == `{"owner":"o","kind":"any","state":"all"}` {
			want := []map[string]any{{"repo": "o/p", "number": 3., "pr": true, "title": "Tïtle", "state": "merged", "author": "mona", "labels": []any{"bug", "a b"}, "comments": 4., "updated": "2026-01-02T03:04:05Z"}}
			if d := cmp.Diff(want, out.Items); d != "" {
				t.Error(d)
			}
		}
	}
	if d := cmp.Diff([]string{
		`GET /search/issues?order=desc&page=1&per_page=30&q=(crash OR panic) is:pr state:closed label:bug label:"good first issue" author:app/dependabot&sort=updated`,
		`GET /search/issues?page=1&per_page=30&q=crash repo:o/p is:issue state:open`,
		`GET /search/issues?page=1&per_page=30&q=user:o (is:issue OR is:pr)`,
		`GET /search/issues?page=1&per_page=30&q=repo:o/p is:issue state:open author:@me`,
		`GET /search/issues?page=1&per_page=30&q=repo:o/p is:issue state:open label:"a,b"`,
	}, paths(t, r)); d != "" {
		t.Error(d)
	}
}

func TestListIssues(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/o/p/issues", 200, `[{"number":2,"title":"b","state":"open","pull_request":{"url":"x"},"draft":true},{"number":1,"title":"a","state":"open"}]`)
	r.JSON("GET /repos/o/p/pulls", 200, `[{"number":2,"title":"b","state":"closed","merged_at":"2026-01-02T03:04:05Z","user":{"login":"mona"},"labels":[{"name":"bug"}]}]`)
	var out listed
	for in, want := range map[string]string{
		`{"owner":"o","repo":"p","kind":"any","sort":"updated"}`:                  `[{"number":2,"pr":true,"title":"b","state":"open","draft":true},{"number":1,"title":"a","state":"open"}]`,
		`{"owner":"o","repo":"p","state":"all","labels":["x","y"]}`:               `[{"number":1,"title":"a","state":"open"}]`,
		`{"owner":"o","repo":"p","kind":"pr","author":"mona"}`:                    `[{"number":2,"pr":true,"title":"b","state":"open","draft":true}]`,
		`{"owner":"o","repo":"p","kind":"pr","state":"closed","sort":"comments"}`: `[{"number":2,"pr":true,"title":"b","state":"merged","author":"mona","labels":["bug"]}]`,
	} {
		out = listed{}
		answer(t, r, "search_issues", in, &out)
		var items []map[string]any
		if err := json.Unmarshal([]byte(want), &items); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(items, out.Items); d != "" {
			t.Error(in, d)
		}
		if out.Total != nil || out.Next != "" {
			t.Errorf("%+v", out)
		}
	}
	asked := strings.Join(paths(t, r), "\n")
	for _, want := range []string{
		`GET /repos/o/p/issues?direction=desc&page=1&per_page=30&sort=updated&state=open`,
		`GET /repos/o/p/issues?direction=desc&labels=x,y&page=1&per_page=100&sort=created&state=all`,
		`GET /repos/o/p/issues?creator=mona&direction=desc&page=1&per_page=100&sort=created&state=open`,
		`GET /repos/o/p/pulls?direction=desc&page=1&per_page=30&sort=popularity&state=closed`,
	} {
		if !strings.Contains(asked, want) {
			t.Errorf("%s\nhas not %s", asked, want)
		}
	}
}

// TestListIssuesSorted reads a list in which most are of the other kind: no page
// leaves one out, none comes twice, and the last says that it is the last.
func TestListIssuesSorted(t *testing.T) {
	const total = 730 // of which every third is an issue
	r := newRig(t, github.Config{})
	r.Handle("GET /repos/o/p/issues", func(w http.ResponseWriter, q *http.Request) {
		var page, size int
		if _, err := fmt.Sscan(q.FormValue("page")+" "+q.FormValue("per_page"), &page, &size); err != nil {
			t.Error(err)
		}
		var items []string
		for n := (page - 1) * size; n < min(page*size, total); n++ {
			pull := ""
			if n%3 != 0 {
				pull = `,"pull_request":{}`
			}
			items = append(items, fmt.Sprintf(`{"number":%d%s}`, n+1, pull))
		}
		if page*size < total {
			w.Header().Set("Link", next(r, page+1)[1])
		}
		fmt.Fprintf(w, "[%s]", strings.Join(items, ","))
	})
	for _, limit := range []int{1, 7, 30, 100} {
		var got []string
		for cursor := ""; ; {
			var out listed
			answer(t, r, "search_issues", fmt.Sprintf(`{"owner":"o","repo":"p","limit":%d,"cursor":%q}`, limit, cursor), &out)
			got = append(got, names(out.Items, "number")...)
			if cursor = out.Next; cursor == "" {
				break
			}
			if len(out.Items) != limit {
				t.Fatalf("limit %d: a page of %d goes on", limit, len(out.Items))
			}
		}
		var want []string
		for n := 0; n < total; n += 3 {
			want = append(want, fmt.Sprint(n+1))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("limit %d: %s", limit, d)
		}
	}
}

func TestSearchesAreHeldToAllowedRepositories(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"octo/*", "me/one"}})
	r.JSON("GET /search/repositories", 200, `{"total_count":2,"items":[{"full_name":"octo/a"},{"full_name":"evil/secret","private":true},{"full_name":"me/two"}]}`)
	r.JSON("GET /search/code", 200, `{"total_count":2,"items":[{"path":"x","repository":{"full_name":"evil/secret"}},{"path":"y","repository":{"full_name":"ME/One"}}]}`)
	r.JSON("GET /search/issues", 200, `{"total_count":2,"items":[{"number":1,"repository_url":"https://api.github.com/repos/evil/secret"},{"number":2,"repository_url":"https://api.github.com/repos/octo/b"}]}`)
	for tool, want := range map[string]string{
		"search_repositories": `{"repos":[{"name":"octo/a"}],"note":"Results outside of --allow-repos are left out"}`,
		"search_code":         `{"files":[{"repo":"ME/One","path":"y"}],"note":"Results outside of --allow-repos are left out"}`,
		"search_issues":       `{"items":[{"repo":"octo/b","number":2,"title":"","state":""}],"note":"Results outside of --allow-repos are left out"}`,
	} {
		text, failed := r.call(t, tool, `{"query":"x"}`)
		if failed || text != want {
			t.Errorf("%s: %s\nwant %s", tool, text, want)
		}
		for _, q := range []string{"x repo:evil/secret", "REPO:evil/secret", "org:evil", "x OR User:evil", `repo:\"evil/secret\"`, "(repo:evil/secret)", "repo: evil/secret", "repo:me/two", "-repo:evil/secret", "repo:octo/../evil"} {
			refused(t, r, tool, `{"query":"`+q+`"}`, "PERMISSION_DENIED")
		}
	}
	refused(t, r, "search_code", `{"query":"x","owner":"evil"}`, "PERMISSION_DENIED")
	refused(t, r, "search_code", `{"query":"x","repo":"me/two"}`, "PERMISSION_DENIED")
	refused(t, r, "search_issues", `{"repo":"evil/secret"}`, "PERMISSION_DENIED")
	refused(t, r, "github_list_repos", `{"owner":"evil"}`, "PERMISSION_DENIED")
	got := paths(t, r)
	if len(got) != 3 {
		t.Errorf("GitHub was asked %v", got)
	}
	for _, p := range got {
		if !strings.Contains(p, "user:octo repo:me/one") && !strings.Contains(p, "(user:octo OR repo:me/one)") {
			t.Error(p)
		}
	}
}

func TestSearchErrors(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /search/issues", 422, `{"message":"Validation Failed","errors":[{"message":"The listed users cannot be searched","resource":"Search","field":"q","code":"invalid"}]}`)
	r.JSON("GET /search/code", 401, `{"message":"Requires authentication"}`)
	r.JSON("GET /repos/o/p/issues", 404, `{"message":"Not Found"}`)
	if text := refused(t, r, "search_issues", `{"query":"author:nobody"}`, "INVALID_INPUT"); !strings.Contains(text, "cannot be searched") {
		t.Error(text)
	}
	refused(t, r, "search_code", `{"query":"x"}`, "AUTHENTICATION_FAILED")
	if text := refused(t, r, "search_issues", `{"repo":"o/p"}`, "RESOURCE_NOT_FOUND"); strings.Contains(text, r.URL) || strings.Contains(text, "t0ken") {
		t.Error(text)
	}
}
