//go:build e2e

package github

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/openapi"
)

// oracle is an API of GitHub that fails the test for a request which the
// description does not allow. It answers with the description's examples, or as
// another server does.
type oracle struct {
	// URL is what GITHUB_API_URL is set to.
	URL string
	// Elsewhere is the host that logs are redirected to.
	Elsewhere string

	token  string // what every request must carry; "" for anything
	behind *httputil.ReverseProxy
	gaps   string // operations that the server behind does not have

	mu sync.Mutex
	expects
	asked []asked
}

// expects are what requests are answered with, until others are set.
type expects struct {
	t        *testing.T        // which fails
	examples map[string]string // the names of examples, by operation
	absent   string            // operations that find nothing
}

// gaps of the emulator: statuses of commits, repositories of organizations, files
// of pull requests, and GitHub Actions, in which nothing can be made.
const gaps = "repos/get-combined-status-for-ref repos/list-for-org pulls/list-files " +
	"actions/list-workflow-runs-for-repo actions/list-workflow-runs actions/get-workflow-run actions/list-jobs-for-workflow-run " +
	"actions/get-job-for-workflow-run actions/download-job-logs-for-workflow-run " +
	"actions/create-workflow-dispatch actions/re-run-workflow actions/re-run-workflow-failed-jobs actions/cancel-workflow-run"

// asked is a request that an oracle has had.
type asked struct {
	operation string
	path      string // without escapes
	query     url.Values
	header    http.Header
	body      string
}

// consult starts an oracle for requests with a token.
func consult(t *testing.T, token string) *oracle {
	o := &oracle{token: token, expects: expects{t: t}}
	elsewhere := httptest.NewServer(http.HandlerFunc(o.elsewhere))
	t.Cleanup(elsewhere.Close)
	ts := httptest.NewServer(o)
	t.Cleanup(ts.Close)
	o.URL, o.Elsewhere = ts.URL, elsewhere.URL
	return o
}

// guard starts an oracle before the API at target.
func guard(t *testing.T, target string) *oracle {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	o := consult(t, "")
	o.gaps = gaps
	o.behind = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		// GitHub finds organizations there too.
		if r.Out.URL.Path == "/users/acme/installation" {
			r.Out.URL.Path = "/orgs/acme/installation"
		}
		r.SetURL(u)
	}}
	return o
}

// expect has requests from now on answered so, and forgets the ones until now.
func (o *oracle) expect(x expects) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expects, o.asked = x, nil
}

// expected returns what the requests of now are answered with.
func (o *oracle) expected() expects {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.expects
}

// told returns what the oracle was asked since the last time.
func (o *oracle) told() []asked {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.asked
	o.asked = nil
	return list
}

func (o *oracle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := o.expected()
	content, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		x.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	op, path := api.Find(r.Method, r.URL.EscapedPath())
	if op == nil {
		x.t.Errorf("%s %s is no operation of GitHub's API", r.Method, r.URL)
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return
	}
	for _, p := range append(op.Check(r, path, worded(op.ID, content)), o.manners(r)...) {
		x.t.Errorf("%s, %s %s: %s", op.ID, r.Method, r.URL, p)
	}
	o.mu.Lock()
	o.asked = append(o.asked, asked{op.ID, r.URL.Path, r.URL.Query(), r.Header.Clone(), string(content)})
	o.mu.Unlock()
	example := x.examples[op.ID]
	switch {
	case o.behind != nil && !slices.Contains(strings.Fields(o.gaps), op.ID):
		o.behind.ServeHTTP(w, r)
	case slices.Contains(strings.Fields(x.absent), op.ID):
		w.Header().Set("Content-Type", "application/json")
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	case example == "" && op.ID == "repos/get-content":
		o.answer(x.t, w, r, op, "response-if-content-is-a-file")
	default:
		o.answer(x.t, w, r, op, example)
	}
}

// worded returns a body as the description's schema has it where its words allow
// another form too.
func worded(operation string, content []byte) []byte {
	if operation == "issues/add-labels" && bytes.HasPrefix(content, []byte("[")) {
		return fmt.Appendf(nil, `{"labels":%s}`, content)
	}
	return content
}

// manners returns what is wrong with a request by the rules that GitHub has for
// all of them.
func (o *oracle) manners(r *http.Request) (problems []string) {
	if r.UserAgent() == "" {
		problems = append(problems, "GitHub refuses requests without User-Agent")
	}
	if v := r.Header.Values("X-GitHub-Api-Version"); len(v) != 1 || v[0] != "2022-11-28" {
		problems = append(problems, fmt.Sprintf("X-GitHub-Api-Version is %q", v))
	}
	for accept := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if accept = strings.TrimSpace(accept); !strings.HasPrefix(accept, "application/vnd.github") && accept != "application/json" {
			problems = append(problems, fmt.Sprintf("Accept is %q", accept))
		}
	}
	if o.token != "" && r.Header.Get("Authorization") != "Bearer "+o.token {
		problems = append(problems, "it is not made with the token")
	}
	if len(r.URL.RequestURI()) > 8<<10 {
		problems = append(problems, "the address is too long")
	}
	return problems
}

func (o *oracle) answer(t *testing.T, w http.ResponseWriter, r *http.Request, op *openapi.Operation, example string) {
	a, err := op.Example(example)
	if err == nil {
		a.Body, err = whole(op.ID, a.Body)
	}
	if err != nil {
		t.Error(err)
	}
	h := w.Header()
	for k, v := range map[string]string{"Limit": "5000", "Remaining": "4999", "Used": "1", "Reset": "4102444800", "Resource": "core"} {
		h.Set("X-RateLimit-"+k, v)
	}
	if op.Has("page") && r.URL.Query().Get("page") != "2" {
		next := *r.URL
		q := next.Query()
		q.Set("page", "2")
		next.RawQuery = q.Encode()
		h.Set("Link", fmt.Sprintf(`<%s%s>; rel="next"`, o.URL, next.RequestURI()))
	}
	body, media := []byte(a.Body), a.Type
	switch accept := r.Header.Get("Accept"); {
	case a.Status == http.StatusFound:
		h.Set("Location", o.Elsewhere+"/signed/log?signature=abc")
	case strings.Contains(accept, ".raw"):
		body, media = []byte(aFile), "application/vnd.github.raw+json; charset=utf-8"
	case strings.Contains(accept, ".diff"):
		body, media = []byte(aDiff), "application/vnd.github.v3.diff; charset=utf-8"
	}
	if media != "" {
		h.Set("Content-Type", media)
	}
	h.Set("ETag", strconv.Quote(op.ID))
	w.WriteHeader(a.Status)
	_, _ = w.Write(body)
}

// whole returns an example with what stands for more in it: the content of a file
// is three dots, and the conversation of an issue has comments.
func whole(operation string, body json.RawMessage) (json.RawMessage, error) {
	var more map[string]any
	switch operation {
	case "repos/get-content", "git/get-blob":
		more = map[string]any{"content": base64.StdEncoding.EncodeToString([]byte(aFile)), "size": len(aFile), "encoding": "base64"}
	case "issues/get":
		more = map[string]any{"comments": 1}
	}
	var object map[string]any
	if more == nil || json.Unmarshal(body, &object) != nil {
		return body, nil // a directory is a list
	}
	maps.Copy(object, more)
	return json.Marshal(object)
}

// aFile is what files hold.
const aFile = "# Hello\n\nThis is the first file.\n"

const aDiff = `diff --git a/README.md b/README.md
index 1b2c3d4..5e6f7a8 100644
--- a/README.md
+++ b/README.md
@@ -1,2 +1,2 @@
 # Hello
-old
+new
`

// aLog is what lies behind the address of a job's log.
const aLog = "2026-01-02T03:04:05.1234567Z ##[group]Run go test ./...\n" +
	"2026-01-02T03:04:05.2234567Z ##[endgroup]\n" +
	"2026-01-02T03:04:06.1234567Z --- FAIL: TestHello (0.00s)\n" +
	"2026-01-02T03:04:06.2234567Z ##[error]Process completed with exit code 1.\n"

// elsewhere is the store of logs, which is no part of GitHub.
func (o *oracle) elsewhere(w http.ResponseWriter, r *http.Request) {
	for k, v := range r.Header {
		if k == "Authorization" || slices.ContainsFunc(v, func(s string) bool { return o.token != "" && strings.Contains(s, o.token) }) {
			o.expected().t.Errorf("the store of logs is told %s", k)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, aLog)
}
