package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

const blockedPull = `{"number":7,"title":"T","state":"open","draft":true,"mergeable":false,"mergeable_state":"dirty","user":{"login":"alice"},
	"requested_reviewers":[{"login":"dora"}],"requested_teams":[{"slug":"core"}],
	"head":{"ref":"f","label":"alice:f","sha":"` + sha1 + `","repo":{"full_name":"alice/hello"}},"base":{"ref":"main","repo":{"full_name":"octocat/hello"}}}`

func TestPullRequestStatus(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, blockedPull)
	r.JSON("GET /repos/octocat/hello/pulls/7/reviews", 200, `[
		{"user":{"login":"bob"},"state":"CHANGES_REQUESTED","submitted_at":"2024-01-01T00:00:00Z","commit_id":"`+sha1+`"},
		{"user":{"login":"carl"},"state":"CHANGES_REQUESTED","submitted_at":"2024-01-01T00:00:00Z","commit_id":"old"},
		{"user":{"login":"bob"},"state":"COMMENTED","submitted_at":"2024-01-02T00:00:00Z","commit_id":"`+sha1+`"},
		{"user":{"login":"carl"},"state":"APPROVED","submitted_at":"2024-01-03T00:00:00Z","commit_id":"old"},
		{"user":{"login":"eve"},"state":"PENDING"}]`)
	r.JSON("GET /repos/octocat/hello/pulls/7/comments", 200, `[
		{"id":1,"path":"a.go","line":3,"position":1,"user":{"login":"bob"},"body":"why\n\u001b[1m?"},
		{"id":2,"path":"a.go","line":null,"position":null,"user":{"login":"bob"},"body":"outdated"},
		{"id":3,"path":"a.go","line":3,"in_reply_to_id":1,"user":{"login":"alice"},"body":"because"},
		{"id":4,"path":"b.go","line":null,"subject_type":"file","user":{"login":"bob"},"body":"`+strings.Repeat("ä", 200)+`"}]`)
	r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/check-runs", 200, `{"total_count":4,"check_runs":[
		{"id":101,"name":"lint","status":"completed","conclusion":"success","app":{"slug":"github-actions"}},
		{"id":102,"name":"test","status":"completed","conclusion":"failure","details_url":"https://github.com/octocat/hello/actions/runs/5/job/77","app":{"slug":"github-actions"}},
		{"id":103,"name":"build","status":"in_progress","app":{"slug":"github-actions"}},
		{"id":104,"name":"scan","status":"completed","conclusion":"timed_out","details_url":"https://ci.example.com/?token=x","output":{"title":"3 findings"},"app":{"slug":"scan"}}]}`)
	r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/status", 200, `{"state":"pending","statuses":[
		{"context":"ci/a","state":"success"},{"context":"ci/b","state":"error","description":"broken"},{"context":"ci/c","state":"pending"}]}`)
	text, failed := r.call(t, "get_pull_request_status", `{"owner":"octocat","repo":"hello","number":7}`)
	want := `{"title":"T","state":"draft","head":"alice:f","head_sha":"` + sha1 + `","base":"main","mergeable":"dirty","blockers":["it is a draft","it has conflicts with main",` +
		`"bob requested changes","3 checks failed: test, scan, ci/b","2 checks not finished: build, ci/c","a review is awaited from dora, core"],` +
		`"reviews":[{"user":"bob","state":"changes_requested","at":"2024-01-01T00:00:00Z"},{"user":"carl","state":"approved","at":"2024-01-03T00:00:00Z","old":true}],` +
		`"comments":[{"id":1,"path":"a.go","line":3,"user":"bob","text":"why �[1m?","replies":1},{"id":4,"path":"b.go","user":"bob","text":"` + strings.Repeat("ä", 80) + `…"}],` +
		`"checks":[{"name":"test","state":"failure","job_id":77},{"name":"scan","state":"timed_out","detail":"3 findings"},{"name":"ci/b","state":"error","detail":"broken"},` +
		`{"name":"build","state":"in_progress","job_id":103},{"name":"ci/c","state":"pending"}],"passed":["lint","ci/a"]}`
	if d := cmp.Diff(want, text); failed || d != "" {
		t.Error(d)
	}
	asked := r.asks()
	slices.Sort(asked)
	if d := cmp.Diff([]string{
		"GET /repos/octocat/hello/commits/" + sha1 + "/check-runs?page=1&per_page=100", "GET /repos/octocat/hello/commits/" + sha1 + "/status?page=1&per_page=100",
		"GET /repos/octocat/hello/pulls/7", "GET /repos/octocat/hello/pulls/7/comments?page=1&per_page=100", "GET /repos/octocat/hello/pulls/7/reviews?page=1&per_page=100"}, asked); d != "" {
		t.Error(d)
	}
}

func TestPullRequestStatusWithMissingParts(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, `{"number":7,"title":"T","state":"open","mergeable":true,"mergeable_state":"blocked","head":{"sha":"`+sha1+`"},"base":{"ref":"main"}}`)
	r.JSON("GET /repos/octocat/hello/pulls/7/reviews", 200, `[]`)
	r.JSON("GET /repos/octocat/hello/pulls/7/comments", 500, `oops`)
	r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/check-runs", 403, `{"message":"Resource not accessible by personal access token"}`, "X-Accepted-GitHub-Permissions", "checks=read")
	r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/status", 404, `{"message":"Not Found"}`)
	text, failed := r.call(t, "get_pull_request_status", `{"owner":"octocat","repo":"hello","number":7}`)
	for _, want := range []string{
		`"mergeable":"blocked","blockers":["the rules of main are not met, such as an approval: nobody has approved the latest commit"]`,
		`"missing":["review comments: GitHub says 500: Internal Server Error",`,
		`"checks: GitHub says 403: Resource not accessible by personal access token. The token lacks a permission: checks=read",`,
		`"commit statuses: GitHub says 404: Not Found. It does not exist, or this credential may not see it"]`,
	} {
		if failed || !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

func TestPullRequestStatusWords(t *testing.T) {
	for pull, want := range map[string]string{
		`"state":"open","mergeable_state":"unknown"`:                 `"mergeable":"unknown: GitHub is working it out, ask again in a few seconds","blockers":[]`,
		`"state":"open","mergeable":true,"mergeable_state":"clean"`:  `"mergeable":"clean","blockers":[]`,
		`"state":"open","mergeable":true,"mergeable_state":"behind"`: `"blockers":["it is behind main, which must be merged into it first"]`,
		`"state":"closed","merged":true`:                             `"state":"merged","head":"","head_sha":"` + sha1 + `","base":"main","blockers":[]`,
		`"state":"closed"`:                                           `"state":"closed"`,
	} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/pulls/7", 200, `{"number":7,`+pull+`,"head":{"sha":"`+sha1+`"},"base":{"ref":"main"}}`)
		for _, part := range []string{"pulls/7/reviews", "pulls/7/comments"} {
			r.JSON("GET /repos/octocat/hello/"+part, 200, `[]`)
		}
		r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/check-runs", 200, `{}`)
		r.JSON("GET /repos/octocat/hello/commits/"+sha1+"/status", 200, `{"state":"pending","statuses":[]}`)
		if text, failed := r.call(t, "get_pull_request_status", `{"owner":"octocat","repo":"hello","number":7}`); failed || !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
