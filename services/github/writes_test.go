package github_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// answers are what a scripted GitHub says: a pattern, a status and a body.
type answers []struct {
	pattern string
	status  int
	body    string
}

const inHello = `"owner":"octocat","repo":"hello"`

// change is a call that changes something.
type change struct {
	name, tool, args string
	answers          answers
	want             string // what the reply holds
	failed           bool
	asked            []string
}

func TestWritesToIssues(t *testing.T) {
	testWrites(t, []change{
		{"issue", "create_issue", `{` + inHello + `,"title":"Crash <é>","body":"b","labels":["bug","p1"],"assignees":["Bob","eve"]}`,
			answers{{"POST /repos/octocat/hello/issues", 201, `{"number":4,"labels":[{"name":"bug"}],"assignees":[{"login":"bob"}]}`}},
			`{"number":4,"ignored":["assignee eve","label p1"]}`, false,
			[]string{`POST /repos/octocat/hello/issues {"title":"Crash <é>","body":"b","labels":["bug","p1"],"assignees":["Bob","eve"]}`}},
		{"issue that is not there afterwards", "create_issue", `{` + inHello + `,"title":"t"}`,
			answers{{"POST /repos/octocat/hello/issues", 200, `{}`}}, `GitHub's answer does not hold it; it may have been done all the same: look before you try again","retryable":false`, true, nil},
		{"issue in a repository that moved", "create_issue", `{` + inHello + `,"title":"t"}`,
			answers{{"POST /repos/octocat/hello/issues", 301, `{"message":"Moved Permanently"}`}}, `"CONFLICT"`, true, []string{`POST /repos/octocat/hello/issues {"title":"t"}`}},
		{"answer that breaks off", "create_issue", `{` + inHello + `,"title":"t"}`,
			answers{{"POST /repos/octocat/hello/issues", 201, `{"number":`}}, `look before you try again","retryable":false`, true, []string{`POST /repos/octocat/hello/issues {"title":"t"}`}},
		{"answer of a proxy", "create_issue", `{` + inHello + `,"title":"t"}`,
			answers{{"POST /repos/octocat/hello/issues", 502, `<html>`}}, `"SERVICE_UNAVAILABLE","message":"new issue in octocat/hello: GitHub says 502: Bad Gateway; it may have been done all the same: look before you try again","retryable":false`, true,
			[]string{`POST /repos/octocat/hello/issues {"title":"t"}`}},

		{"all of an issue", "update_issue", `{` + inHello + `,"number":3,"title":"T","body":"","state":"closed","state_reason":"not_planned","assignees":[],"add_labels":["a b"],"remove_labels":["x/y?z#é","gone"]}`,
			answers{{"PATCH /repos/octocat/hello/issues/3", 200, `{"number":3,"state":"closed"}`}, {"POST /repos/octocat/hello/issues/3/labels", 200, `[{"name":"a b"},{"name":"X/Y?z#é"}]`},
				{"DELETE /repos/octocat/hello/issues/3/labels/gone", 404, `{"message":"Label does not exist"}`}, {"DELETE /repos/octocat/hello/issues/3/labels/{label}", 200, `[]`}},
			`{"number":3,"state":"closed","labels":["a b"],"done":["title, body, state, assignees","add_labels","remove label x/y?z#é","remove label gone"]}`, false,
			[]string{`PATCH /repos/octocat/hello/issues/3 {"title":"T","body":"","state":"closed","state_reason":"not_planned","assignees":[]}`,
				`POST /repos/octocat/hello/issues/3/labels ["a b"]`, `DELETE /repos/octocat/hello/issues/3/labels/x%2Fy%3Fz%23%C3%A9`, `DELETE /repos/octocat/hello/issues/3/labels/gone`}},
		{"a part of an issue fails", "update_issue", `{` + inHello + `,"number":3,"state":"open","add_labels":["a"],"remove_labels":["b"]}`,
			answers{{"PATCH /repos/octocat/hello/issues/3", 200, `{"number":3,"state":"open"}`}, {"POST /repos/octocat/hello/issues/3/labels", 403, `{"message":"Must have admin rights"}`}},
			`{"number":3,"state":"open","done":["state"],"failed":["add_labels of octocat/hello#3: GitHub says 403: Must have admin rights","remove label b: not tried after the failure before it"]}`, false, nil},
		{"a label fails and another does not", "update_issue", `{` + inHello + `,"number":3,"remove_labels":["a","b"]}`,
			answers{{"DELETE /repos/octocat/hello/issues/3/labels/a", 422, `{"message":"no"}`}, {"DELETE /repos/octocat/hello/issues/3/labels/b", 200, `[]`}},
			`{"number":3,"done":["remove label b"],"failed":["remove label a of octocat/hello#3: GitHub says 422: no"]}`, false, nil},
		{"nothing of an issue is done", "update_issue", `{` + inHello + `,"number":3,"title":"T","add_labels":["a"]}`,
			answers{{"PATCH /repos/octocat/hello/issues/3", 410, `{"message":"Issues are disabled for this repo"}`}, {"POST /repos/octocat/hello/issues/3/labels", 410, `{}`}},
			`"RESOURCE_NOT_FOUND","message":"title of octocat/hello#3: GitHub says 410: Issues are disabled for this repo"`, true, nil},
		{"nothing to change", "update_issue", `{` + inHello + `,"number":3}`, nil, `give what to change`, true, nil},
		{"reason without state", "update_issue", `{` + inHello + `,"number":3,"state_reason":"completed"}`, nil, `it goes with state closed`, true, nil},
		{"label that a path cannot name", "update_issue", `{` + inHello + `,"number":3,"remove_labels":[".."]}`, nil, `"argument":"remove_labels"`, true, nil},

		{"comment", "add_comment", `{` + inHello + `,"number":3,"body":"hi"}`,
			answers{{"POST /repos/octocat/hello/issues/3/comments", 201, `{"id":9007199254740993}`}}, `{"id":9007199254740993}`, false, []string{`POST /repos/octocat/hello/issues/3/comments {"body":"hi"}`}},
		{"comment on what is locked", "add_comment", `{` + inHello + `,"number":3,"body":"hi"}`,
			answers{{"POST /repos/octocat/hello/issues/3/comments", 403, `{"message":"Unable to create comment because issue is locked."}`}}, `"PERMISSION_DENIED"`, true, nil},
		{"reply", "add_comment", `{` + inHello + `,"number":7,"body":"hi","in_reply_to":5}`,
			answers{{"POST /repos/octocat/hello/pulls/7/comments/5/replies", 201, `{"id":6}`}}, `{"id":6}`, false, []string{`POST /repos/octocat/hello/pulls/7/comments/5/replies {"body":"hi"}`}},
		{"edited comment", "add_comment", `{` + inHello + `,"number":3,"body":"hi","edit_id":5}`,
			answers{{"GET /repos/octocat/hello/issues/comments/5", 200, `{"id":5,"issue_url":"https://x/repos/octocat/hello/issues/3"}`}, {"PATCH /repos/octocat/hello/issues/comments/5", 200, `{"id":5}`}},
			`{"id":5}`, false, []string{`GET /repos/octocat/hello/issues/comments/5`, `PATCH /repos/octocat/hello/issues/comments/5 {"body":"hi"}`}},
		{"edited review comment", "add_comment", `{` + inHello + `,"number":7,"body":"hi","edit_id":5}`,
			answers{{"GET /repos/octocat/hello/issues/comments/5", 404, `{"message":"Not Found"}`}, {"GET /repos/octocat/hello/pulls/comments/5", 200, `{"id":5,"pull_request_url":"https://x/pulls/7"}`},
				{"PATCH /repos/octocat/hello/pulls/comments/5", 200, `{"id":5}`}}, `{"id":5}`, false, nil},
		{"comment of another issue", "add_comment", `{` + inHello + `,"number":3,"body":"hi","edit_id":5}`,
			answers{{"GET /repos/octocat/hello/issues/comments/5", 200, `{"id":5,"issue_url":"https://x/issues/33"}`}, {"GET /repos/octocat/hello/pulls/comments/5", 404, `{}`}},
			`edit_id: comment 5 is not one of octocat/hello#3`, true, nil},
		{"blank comment", "add_comment", `{` + inHello + `,"number":3,"body":" \n"}`, nil, `must not be blank`, true, nil},
	})
}

func TestWritesToPullRequests(t *testing.T) {
	testWrites(t, []change{
		{"pull request", "create_pull_request", `{` + inHello + `,"title":"T","head":"f","draft":true,"reviewers":["bob","octo-org/core"]}`,
			answers{{"GET /repos/octocat/hello", 200, `{"default_branch":"trunk"}`}, {"POST /repos/octocat/hello/pulls", 201, `{"number":8}`}, {"POST /repos/octocat/hello/pulls/8/requested_reviewers", 201, `{}`}},
			`{"number":8,"base":"trunk"}`, false, []string{`GET /repos/octocat/hello`, `POST /repos/octocat/hello/pulls {"title":"T","head":"f","base":"trunk","draft":true}`,
				`POST /repos/octocat/hello/pulls/8/requested_reviewers {"reviewers":["bob"],"team_reviewers":["core"]}`}},
		{"pull request whose reviewers fail", "create_pull_request", `{` + inHello + `,"title":"T","head":"f","base":"main","body":"b","reviewers":["alice"]}`,
			answers{{"POST /repos/octocat/hello/pulls", 201, `{"number":8}`}, {"POST /repos/octocat/hello/pulls/8/requested_reviewers", 422, `{"message":"Review cannot be requested from pull request author."}`}},
			`{"number":8,"base":"main","failed":["reviewers: GitHub says 422: Review cannot be requested from pull request author."]}`, false, nil},
		{"pull request that exists", "create_pull_request", `{` + inHello + `,"title":"T","head":"f","base":"main"}`,
			answers{{"POST /repos/octocat/hello/pulls", 422, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for octocat:f."}]}`}},
			`"CONFLICT","message":"new pull request in octocat/hello: GitHub says 422: Validation Failed; A pull request already exists for octocat:f."`, true, nil},
		{"pull request of nothing", "create_pull_request", `{` + inHello + `,"title":"T","head":"f","base":"main"}`,
			answers{{"POST /repos/octocat/hello/pulls", 422, `{"message":"Validation Failed","errors":[{"code":"custom","message":"No commits between main and f"}]}`}},
			`push commits first`, true, nil},

		{"review", "submit_review", `{` + inHello + `,"number":7,"event":"request_changes","body":"b","comments":[{"path":"a.go","line":3,"body":"x"},{"path":"a.go","start_line":4,"line":6,"side":"left","body":"y"}]}`,
			answers{{"POST /repos/octocat/hello/pulls/7/reviews", 200, `{"id":1,"state":"CHANGES_REQUESTED"}`}}, `{"id":1,"state":"changes_requested"}`, false,
			[]string{`POST /repos/octocat/hello/pulls/7/reviews {"body":"b","event":"REQUEST_CHANGES","comments":[{"path":"a.go","body":"x","side":"RIGHT","line":3},{"path":"a.go","body":"y","start_side":"LEFT","side":"LEFT","start_line":4,"line":6}]}`}},
		{"review of one's own", "submit_review", `{` + inHello + `,"number":7,"event":"approve"}`,
			answers{{"POST /repos/octocat/hello/pulls/7/reviews", 422, `{"message":"Unprocessable Entity","errors":["Review Can not approve your own pull request"]}`}},
			`use event comment`, true, []string{`POST /repos/octocat/hello/pulls/7/reviews {"event":"APPROVE"}`}},
		{"review of a line elsewhere", "submit_review", `{` + inHello + `,"number":7,"event":"comment","comments":[{"path":"a.go","line":3,"body":"x"}]}`,
			answers{{"POST /repos/octocat/hello/pulls/7/reviews", 422, `{"message":"Unprocessable Entity","errors":["Line could not be resolved"]}`}}, `lines that get_pull_request_diff shows`, true, nil},
		{"review without words", "submit_review", `{` + inHello + `,"number":7,"event":"request_changes"}`, nil, `say what should change`, true, nil},
		{"comment review without anything", "submit_review", `{` + inHello + `,"number":7,"event":"comment"}`, nil, `give a body, comments or both`, true, nil},
		{"lines in the wrong order", "submit_review", `{` + inHello + `,"number":7,"event":"comment","comments":[{"path":"a","start_line":5,"line":3,"body":"x"}]}`, nil, `comments[0].start_line`, true, nil},
	})
}

func testWrites(t *testing.T, tests []change) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, github.Config{Token: "t"})
			for _, a := range tt.answers {
				r.JSON(a.pattern, a.status, a.body)
			}
			text, failed := r.call(t, tt.tool, tt.args)
			if failed != tt.failed || !strings.Contains(text, tt.want) {
				t.Errorf("got %s\nwant %s", text, tt.want)
			}
			if d := cmp.Diff(tt.asked, r.asks()); d != "" && (tt.asked != nil || tt.answers == nil) {
				t.Error(d)
			}
		})
	}
}
