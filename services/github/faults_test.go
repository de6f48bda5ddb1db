package github_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
)

// bulkheadSlots is how many requests of one credential run at once, and more.
const bulkheadSlots = 40

const releasesArgs = `{"owner":"ann","repo":"hello"}`

// says writes an answer of a type.
func says(kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = io.WriteString(w, body)
	}
}

// fails is an answer with a status and GitHub's way of an error.
func fails(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"Server Error"}`)
	}
}

// breaksOff ends the connection in the middle of an answer.
func breaksOff(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `[{"tag_`)
	}
}

// resets ends the connection without an answer.
func resets(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// bomb is JSON that takes a thousandth of its size on its way.
func bomb() http.HandlerFunc {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 24<<20))
	_ = z.Close()
	return says("application/json", b.String(), "Content-Encoding", "gzip")
}

// endless writes a text without an end, as long as somebody reads.
func endless(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for range 400 << 20 / len(text) {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	}
}

// once fails the first time.
func once(first http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, q *http.Request) {
		if n.Add(1) == 1 {
			first(w, q)
			return
		}
		says("application/json", `[{"tag_name":"v1"}]`)(w, q)
	}
}

func TestFaultsOfReads(t *testing.T) {
	const (
		fine        = `"v1"`
		unreadable  = `"SERVICE_UNAVAILABLE","message":"releases of ann/hello: GitHub's answer cannot be read"`
		unavailable = `"SERVICE_UNAVAILABLE"`
		tooLong     = `"INVALID_INPUT","message":"releases of ann/hello: the answer of GitHub is longer than 16777216 bytes`
	)
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
		sent   int
	}{
		"502 once":                     {once(fails(502)), fine, 2},
		"503 once":                     {once(fails(503)), fine, 2},
		"504 once":                     {once(fails(504)), fine, 2},
		"502 always":                   {fails(502), unavailable, 3},
		"500":                          {fails(500), unavailable, 1},
		"reset once":                   {once(resets), fine, 2},
		"reset always":                 {resets, unavailable, 3},
		"half an answer once":          {once(breaksOff("application/json")), fine, 2},
		"half an answer always":        {breaksOff("application/json"), unavailable, 3},
		"half a text":                  {breaksOff("text/plain"), unavailable, 1},
		"HTML with 200":                {says("text/html", "<html>It works!</html>"), unreadable, 1},
		"HTML as JSON":                 {says("application/json", "<html>It works!</html>"), unreadable, 1},
		"JSON without a type":          {says("", `[{"tag_name":"v1"}]`), fine, 1},
		"JSON of another shape":        {says("application/json", `{"tag_name":"v1"}`), unreadable, 1},
		"half of JSON":                 {says("application/json", `[{"tag_name":"v1"}`), unreadable, 1},
		"huge JSON":                    {endless("application/json", strings.Repeat("[ ", 1<<15)), tooLong, 1},
		"huge JSON that tells":         {says("application/json", "", "Content-Length", "99999999999"), tooLong, 1},
		"deep JSON":                    {says("application/json", strings.Repeat("[", 1<<20)), unreadable, 1},
		"deep JSON in what is skipped": {says("application/json", `[{"x":`+strings.Repeat(`{"a":`, 1<<18)), unreadable, 1},
		"gzip bomb":                    {bomb(), tooLong, 1},
		"no gzip":                      {says("application/json", "[]", "Content-Encoding", "gzip"), unavailable, 3},
		"invalid UTF-8":                {says("application/json", "[{\"tag_name\":\"v1\",\"name\":\"\xff\xfe\xed\xa0\x80\"}]"), fine, 1},
		"lone surrogates":              {says("application/json", `[{"tag_name":"v1","name":"\ud800\udfff\udc00"}]`), fine, 1},
		"control characters":           {says("application/json", `[{"tag_name":"v1","name":"\u001b[2J\u0000\u202e"}]`), fine, 1},
		"nulls":                        {says("application/json", `[{"tag_name":"v1","author":null,"assets":[null],"published_at":null}]`), fine, 1},
		"a time that is none":          {says("application/json", `[{"tag_name":"v1","published_at":"yesterday"}]`), unreadable, 1},
		"a number that is too large":   {says("application/json", `[{"tag_name":"v1","id":1e999}]`), unreadable, 1},
		"redirected round":             {func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, q.URL.Path, http.StatusFound) }, unavailable, 6},
		"redirected nowhere": {func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Location", "https:///")
			w.WriteHeader(302)
		}, unavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, github.Config{Token: "t0ken"})
			r.Handle("GET /repos/ann/hello/releases", tt.answer)
			text, failed := r.call(t, "list_releases", releasesArgs)
			if failed == (tt.want == fine) || !strings.Contains(text, tt.want) || !utf8.ValidString(text) || len(text) > 2000 || strings.Contains(text, "INTERNAL") {
				t.Errorf("no %s in %.2000s", tt.want, text)
			}
			if strings.ContainsAny(text, "\x00\x1b") || strings.Contains(text, r.URL) {
				t.Errorf("%q", text)
			}
			if n := len(r.Requests()); n != tt.sent {
				t.Errorf("%d requests, want %d", n, tt.sent)
			}
		})
	}
}

// A change is sent once, whatever comes of it, and what may have been done is said.
func TestFaultsOfWrites(t *testing.T) {
	const may = "it may have been done all the same"
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"502":            {fails(502), may},
		"reset":          {resets, may},
		"half an answer": {breaksOff("application/json"), may},
		"HTML with 200":  {says("text/html", "<html>It works!</html>"), may},
		"huge JSON":      {endless("application/json", strings.Repeat("[ ", 1<<15)), may},
		"deep JSON":      {says("application/json", strings.Repeat("[", 1<<20)), may},
		"nothing":        {says("application/json", `{}`), ""},
		"a list":         {says("application/json", `[]`), may},
		"redirected elsewhere": {func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "https://example.com/", http.StatusTemporaryRedirect)
		}, "nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, github.Config{Token: "t0ken"})
			r.Handle("POST /repos/ann/hello/issues", tt.answer)
			text, failed := r.call(t, "create_issue", everyTool["create_issue"])
			if !failed || !strings.Contains(text, tt.want) || strings.Contains(text, "INTERNAL") {
				t.Error(text)
			}
			if n := len(r.Requests()); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

// TestFaultsOfEveryTool holds that no tool takes what GitHub never says for an
// answer, or fails without saying why.
func TestFaultsOfEveryTool(t *testing.T) {
	for tool, args := range everyTool {
		for name, answer := range map[string]http.HandlerFunc{
			"HTML":    says("text/html", "<html>It works!</html>"),
			"number":  says("application/json", "7"),
			"nothing": says("application/json", ""),
			"deep":    says("application/json", strings.Repeat(`{"a":`, 1<<14)),
			"nulls":   says("application/json", `[null,null]`),
			"nulls inside": says("application/json", `{"number":1,"state":"open","items":[null],"jobs":[null],"workflow_runs":[null],"check_runs":[null],"statuses":[null],"tree":[null],"commits":[null],
				"files":[null],"steps":[null],"labels":[null],"assignees":[null],"comments":[null],"requested_reviewers":[null],"entries":[null],"user":null,"head":null,"base":null,"type":"dir"}`),
			"accepted": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
		} {
			t.Run(tool+" "+name, func(t *testing.T) {
				t.Parallel()
				r, _ := newWriteRig(t)
				for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
					r.Handle(method+" /", answer)
				}
				text, failed := r.call(t, tool, args)
				if strings.HasPrefix(name, "nulls") {
					return // it is enough that the process lives
				}
				if strings.Contains(text, "INTERNAL") {
					t.Error(text)
				}
				if unread := tool == "run_workflow"; !failed && !unread {
					t.Errorf("an answer: %.500s", text)
				}
			})
		}
	}
}

// TestPagesWithoutAnEnd holds that a list that goes on for ever is given up.
func TestPagesWithoutAnEnd(t *testing.T) {
	full := func(one string) string { return "[" + strings.Repeat(one+",", 99) + one + "]" }
	for tool, tt := range map[string]struct {
		args, body string
		most       int
	}{
		"get_workflow_logs":       {`{"owner":"ann","repo":"hello","run_id":1}`, `{"total_count":1000000,"jobs":` + full(`{"id":1,"status":"completed","conclusion":"success"}`) + `}`, 20},
		"get_pull_request_diff":   {`{"owner":"ann","repo":"hello","number":1,"paths":["no/such"]}`, full(`{"filename":"a.go"}`), 31},
		"get_pull_request_status": {`{"owner":"ann","repo":"hello","number":1}`, full(`{"state":"COMMENTED"}`), 60},
		"search_issues":           {`{"owner":"ann","repo":"hello"}`, full(`{"number":1}`), 20},
		"list_releases":           {releasesArgs, full(`{"tag_name":"v1"}`), 1},
		"list_commits":            {releasesArgs, full(`{"sha":"1"}`), 1},
		"github_list_repos":       {`{"owner":"ann"}`, full(`{"name":"a"}`), 3},
	} {
		t.Run(tool, func(t *testing.T) {
			r := newRig(t, github.Config{Token: "t0ken"})
			r.Handle("GET /", func(w http.ResponseWriter, q *http.Request) {
				page := 1
				_, _ = fmt.Sscan(q.URL.Query().Get("page"), &page)
				w.Header().Set("Link", next(r, page+1)[1])
				w.Header().Set("Content-Type", "application/json")
				switch {
				case strings.HasSuffix(q.URL.Path, "/pulls/1"):
					_, _ = fmt.Fprintf(w, pullJSON, 9999, sha1)
				case strings.Contains(q.URL.Path, "/check-runs"):
					_, _ = io.WriteString(w, `{"total_count":99999,"check_runs":`+full(`{"name":"x","status":"completed","conclusion":"success"}`)+`}`)
				case strings.HasSuffix(q.URL.Path, "/status"):
					_, _ = io.WriteString(w, `{"state":"success","statuses":[]}`)
				case strings.Contains(q.URL.Path, "/users/"):
					_, _ = io.WriteString(w, `{"login":"ann","type":"User"}`)
				default:
					_, _ = io.WriteString(w, tt.body)
				}
			})
			text, failed := r.call(t, tool, tt.args)
			if failed && !strings.Contains(text, "RESOURCE_NOT_FOUND") && !strings.Contains(text, "INVALID_INPUT") {
				t.Error(text)
			}
			if n := len(r.Requests()); n > tt.most {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestPagesElsewhere holds that where a list goes on is a number to this service,
// whatever address it has.
func TestPagesElsewhere(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /repos/ann/hello/releases", 200, `[{"tag_name":"v1"}]`, "Link", `<http://169.254.169.254/x?page=2>; rel="next", <https://example.com/?page=9>; rel="last"`)
	var out listed
	answer(t, r, "list_releases", releasesArgs, &out)
	if out.Next == "" {
		t.Fatal("there is no next page")
	}
	answer(t, r, "list_releases", `{"owner":"ann","repo":"hello","cursor":"`+out.Next+`"}`, &out)
	if got := paths(t, r); len(got) != 2 || !strings.Contains(got[1], "/repos/ann/hello/releases?page=2") {
		t.Errorf("GitHub was asked %v", got)
	}
}

// TestHugeTexts reads as much of a text without an end as is shown, or looked
// through.
func TestHugeTexts(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.Handle("GET /repos/ann/hello/pulls/1", endless("application/vnd.github.diff; charset=utf-8", strings.Repeat("+0123456789\n", 1000)))
	got, err := r.client.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "github://ann/hello/pulls/1/diff"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Contents[0].Text); n > 1<<20+200 {
		t.Errorf("%d bytes of a diff", n)
	}
	r.JSON("GET /repos/ann/hello/contents/a", 200, `{"type":"file","path":"a","sha":"b16","size":400000000,"encoding":"none","content":""}`)
	r.Handle("GET /repos/ann/hello/git/blobs/b16", endless("application/vnd.github.raw+json", strings.Repeat("x", 1<<16)))
	if text, failed := r.call(t, "get_file_contents", everyTool["get_file_contents"]); failed || len(text) > 42<<10 {
		t.Errorf("%d bytes of a line: %.200s", len(text), text)
	}
}

// TestSlotsComeBack runs what fails more often than requests of one credential
// run at once.
func TestSlotsComeBack(t *testing.T) {
	r, _ := newWriteRig(t)
	r.JSON("GET /repos/ann/hello/releases/latest", 200, `{"tag_name":"v1"}`)
	where := func(path string, h http.HandlerFunc) { r.Handle("GET /repos/ann/"+path, h) }
	where("html/releases", says("text/html", "<html>"))
	where("half/releases", breaksOff("text/plain"))
	where("long/releases", says("application/json", "", "Content-Length", "99999999999"))
	where("deep/releases", says("application/json", strings.Repeat("[", 1<<16)))
	where("missing/releases", fails(404))
	where("accepted/releases", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "wait")
	})
	where("round/releases", func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "http://169.254.169.254/", http.StatusFound)
	})
	where("blob/contents/a", says("application/json", `{"type":"file","path":"a","sha":"b16","size":2000000,"encoding":"none","content":""}`))
	where("blob/git/blobs/b16", breaksOff("application/vnd.github.raw+json"))
	where("gone/contents/a", says("application/json", `{"type":"file","path":"a","sha":"b16","size":2000000,"encoding":"none","content":""}`))
	where("gone/git/blobs/b16", fails(404))
	where("binary/contents/a", says("application/json", `{"type":"file","path":"a","sha":"b16","size":2000000,"encoding":"none","content":""}`))
	where("binary/git/blobs/b16", says("application/vnd.github.raw+json", strings.Repeat("\x00", 2_000_000)))
	logs := store(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/half" {
			breaksOff("text/plain")(w, q)
			return
		}
		fails(404)(w, q)
	})
	for repo, to := range map[string]string{"cut": logs.URL + "/half", "lost": logs.URL + "/lost", "inner": "http://10.0.0.1/"} {
		where(repo+"/actions/jobs/1", says("application/json", job(1, "build", "completed", `"failure"`)))
		r.redirect("GET /repos/ann/"+repo+"/actions/jobs/1/logs", to)
	}
	where("nolog/actions/jobs/1", says("application/json", job(1, "build", "completed", `"failure"`)))
	where("nolog/actions/jobs/1/logs", says("text/plain", "this should have been a redirect"))
	for range bulkheadSlots {
		for _, repo := range []string{"html", "half", "long", "deep", "missing", "accepted", "round"} {
			if text, failed := r.call(t, "list_releases", `{"owner":"ann","repo":"`+repo+`"}`); !failed {
				t.Fatalf("%s: %s", repo, text)
			}
		}
		for _, repo := range []string{"blob", "gone"} {
			if text, failed := r.call(t, "get_file_contents", `{"owner":"ann","repo":"`+repo+`","path":"a"}`); !failed {
				t.Fatalf("%s: %.300s", repo, text)
			}
		}
		if text, failed := r.call(t, "get_file_contents", `{"owner":"ann","repo":"binary","path":"a"}`); failed {
			t.Fatal(text)
		}
		for _, repo := range []string{"cut", "lost", "inner", "nolog"} {
			if text, failed := r.call(t, "get_workflow_logs", `{"owner":"ann","repo":"`+repo+`","job_id":1}`); !failed {
				t.Fatalf("%s: %.300s", repo, text)
			}
		}
	}
	servertest.Within(t, "a slot was free", func() {
		res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_releases", Arguments: json.RawMessage(`{"owner":"ann","repo":"hello","tag":"latest"}`)})
		if err != nil || res.IsError {
			t.Errorf("%+v %v", res, err)
		}
	})
}
