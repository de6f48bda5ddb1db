package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-rounds", "3", "-ours", "x"})
	if err != nil || o.rounds != 3 || o.ours != "x" {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-rounds", "0"}, {"-rounds", "101"}, {"extra"}, {"-none"}} {
		if o, err := parse(args); err == nil {
			t.Errorf("%v is taken as %+v", args, o)
		}
	}
}

// little is what the bodies are made of, without what they are made longer by.
func little() examples {
	list := examples{}
	for name, text := range map[string]string{
		"issue": `{"number":1,"pull_request":{}}`, "issue-comment-items": `[{"id":1}]`,
		"pull-request": `{"number":1,"head":{"sha":"` + headSHA + `"}}`, "diff-entry-items": `[{}]`, "pull-request-review-items": `[{}]`,
		"pull-request-review-comment-items": `[{}]`, "check-run-paginated": `{"check_runs":[{}]}`, "combined-commit-status": `{"state":"success"}`,
		"commit-items": `[{"commit":{}}]`, "content-file-response-if-content-is-a-file": `{}`, "release-items": `[{}]`,
		"workflow-run-paginated": `{"workflow_runs":[{}]}`, "job-paginated": `{"jobs":[{"steps":[{},{}]}]}`,
		"full-repository-default-response": `{"id":1}`, "repo-search-result-item-paginated": `{"items":[{}]}`,
	} {
		e := list[name]
		e.Value = json.RawMessage(text)
		list[name] = e
	}
	return list
}

func TestFakeHasWhatTasksNeed(t *testing.T) {
	f, err := newFake(little())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	for _, task := range append(tasks(), long()) {
		var all strings.Builder
		for _, at := range task.raw {
			if rest, ok := strings.CutPrefix(at, "."); ok {
				at = "/repos/o/r" + rest
			}
			body, err := get(t.Context(), f.URL+at)
			if err != nil {
				t.Errorf("%s: %v", task.name, err)
			}
			var file struct{ Content []byte }
			if json.Unmarshal(body, &file) == nil {
				all.Write(file.Content)
			}
			all.Write(body)
		}
		if len(task.holds) == 0 {
			t.Errorf("%s is to hold nothing", task.name)
		}
		// The API's JSON says the same, but some signs otherwise.
		said := strings.NewReplacer(`\u003e`, ">", `\u003c`, "<", `\u0026`, "&").Replace(all.String())
		if err := complete(said, task.holds, true); err != nil {
			t.Errorf("%s: %v", task.name, err)
		}
	}
	if _, err := newFake(examples{}); err == nil {
		t.Error("bodies are made of no examples")
	}
}

func TestComplete(t *testing.T) {
	parts := []string{"a\tb", "<c>"}
	for text, good := range map[string]bool{
		"a\tb <c>": true, `{"x":"a\tb","y":"<c>"}`: true, "a\tb": false, "<c> a b": false,
		"a\tb <c>\n{\"left_out\":[\"d\"]}": false, "a\tb <c>\n(earlier lines are left out)": false, `a\tb <c> "truncated":true`: false, `a\tb <c> "next_cursor": "x"`: false,
	} {
		if err := complete(text, parts, true); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := complete("a\tb <c> left_out", parts, false); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{`{"next_cursor":"abc"}`: "abc", `{"next_cursor": "abc", "x": 1}`: "abc", `{"x":"y"}`: ""} {
		if got := nextCursor(text); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestFakeKnowsWhatItSent(t *testing.T) {
	f, err := newFake(little())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	var tag string
	for _, want := range []int{200, 304} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+"/repos/o/r/releases", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tag)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if err != nil || res.StatusCode != want || (len(body) == 0) != (want == 304) {
			t.Errorf("%s with %d bytes, %v; want %d", res.Status, len(body), err, want)
		}
		tag = res.Header.Get("ETag")
	}
	if got := f.told(); len(got) != 2 || got[1] != 304 || len(f.told()) != 0 {
		t.Errorf("the answers were %v", got)
	}
}

func TestTargets(t *testing.T) {
	good := results{Tools: model.Offered{Count: 18, Bytes: 20_000, Visible: 12_000, Tokens: 2400}, Tasks: []answered{{Name: "x", Text: 50, Raw: 100}}, Again: []int{304}, Batch: batched{[]float64{100}, []float64{190}}}
	if err := good.Targets().Enforce(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*results){
		"Names": func(r *results) { r.Tools.Visible = 13_000 }, "tokens": func(r *results) { r.Tools.Tokens = 2600 },
		"Text of x": func(r *results) { r.Tasks = []answered{{Name: "x", Text: 51, Raw: 100}} }, "Time": func(r *results) { r.Batch.Ten = []float64{210} },
		"one 304": func(r *results) { r.Again = []int{200} }, "read before": func(r *results) { r.Again = []int{304, 200} },
		"Answers": func(r *results) { r.Again = nil },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Targets().Enforce(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
