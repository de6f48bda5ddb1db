//go:build e2e

package github

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
)

// The canary's token, and what is looked for: both of its halves.
const canary = "ghp_CanaryFeathers0123BeakAndClaws4567"

var needles = []string{"CanaryFeathers0123", "BeakAndClaws4567"}

// clean fails the test if there is something of the token in text.
func clean(t *testing.T, where, text string) {
	t.Helper()
	for _, n := range needles {
		if i := strings.Index(text, n); i >= 0 {
			t.Errorf("%s has the token: %.200q", where, text[max(0, i-80):])
		}
	}
}

// leaky is an API that does with a token whatever it should not: it says it in
// errors of every kind, and sends those who ask elsewhere.
type leaky struct {
	elsewhere string

	mu     sync.Mutex
	shown  bool // it was given the token
	asked  int
	strays []string // requests elsewhere that had the token
}

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	auth := r.Header.Get("Authorization")
	l.mu.Lock()
	l.shown = l.shown || auth == "Bearer "+canary
	l.asked++
	n := l.asked
	l.mu.Unlock()
	if r.Method == http.MethodGet && n%2 == 0 {
		http.Redirect(w, r, l.elsewhere+r.URL.RequestURI()+"#"+strings.TrimPrefix(auth, "Bearer "), http.StatusFound)
		return
	}
	// Not too often what makes a client wait, or give up for all that comes after.
	statuses := []int{401, 403, 404, 409, 422, 403, 404, 422, 400, 410, 502}
	status := statuses[n/2%len(statuses)]
	w.Header().Set("X-Echo", auth)
	if n%3 == 0 {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html>%s</html>", auth)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"message": "not with " + auth, "documentation_url": "https://docs.github.com/" + auth,
		"errors": []any{map[string]string{"resource": "Issue", "field": auth, "code": "custom", "message": auth}}})
}

// stray is another host, which looks like the API.
func (l *leaky) stray(w http.ResponseWriter, r *http.Request) {
	dump := fmt.Sprint(r.URL, r.Header)
	for _, n := range needles {
		if strings.Contains(dump, n) {
			l.mu.Lock()
			l.strays = append(l.strays, dump)
			l.mu.Unlock()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `[]`)
}

// collector stands in for a collector of traces and metrics.
type collector struct {
	mu   sync.Mutex
	got  bytes.Buffer
	some chan struct{} // closed with the first trace
	once sync.Once
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return
		}
		body = z
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.Copy(&c.got, io.LimitReader(body, 8<<20))
	if strings.HasSuffix(r.URL.Path, "/traces") {
		c.once.Do(func() { close(c.some) })
	}
}

// readAll reads every resource several times, has every prompt worded and every
// argument completed, and looks for the token in what comes.
func (c client) readAll(t *testing.T) {
	t.Helper()
	look := func(where string, answer any, err error) {
		text, unreadable := json.Marshal(answer)
		if unreadable != nil {
			t.Error(unreadable)
		}
		clean(t, where, fmt.Sprint(string(text), err))
	}
	tried := map[string]bool{}
	for range 3 {
		for _, r := range resources {
			tried[r.of] = true
			res, err := c.ReadResource(wait(t), &mcp.ReadResourceParams{URI: r.uri})
			look(r.uri, res, err)
		}
		for _, x := range completions {
			tried[x.of+" "+x.argument] = true
			list, err := c.complete(t, x)
			look(x.argument+" of "+x.of, list, err)
		}
	}
	for name, a := range prompts {
		tried[name] = true
		res, err := c.GetPrompt(wait(t), &mcp.GetPromptParams{Name: name, Arguments: a})
		look(name, res, err)
	}
	for _, name := range c.readable(t) {
		if !tried[name] {
			t.Errorf("%s is not read here", name)
		}
	}
}

// secretRule is what GitHub's tokens, JSON web tokens and private keys look like.
var secretRule = regexp.MustCompile(`gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|PRIVATE KEY-----|(?i:bearer|basic) [A-Za-z0-9+/=._-]{16,}|(?i:signature|sig|access_token|client_secret)=[A-Za-z0-9%+/_-]{16,}`)

// TestFilesHaveNoToken looks at what the service's tests have recorded: golden
// files and transcripts.
func TestFilesHaveNoToken(t *testing.T) {
	t.Parallel()
	for _, s := range []string{aToken, canary, emulator.Alice, "github_pat_11AAAAAAA0123456789abc", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.abc", "Authorization: Bearer 0123456789abcdef0123", "?sig=0123456789abcdef0123"} {
		if !secretRule.MatchString(s) {
			t.Errorf("%q is not seen", s)
		}
	}
	looked := map[string]int{}
	err := filepath.WalkDir("../../services/github", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "testdata") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked[filepath.Ext(path)]++
		if at := secretRule.FindIndex(text); at != nil {
			t.Errorf("%s has what looks like a secret at byte %d", path, at[0])
		}
		clean(t, path, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked[".json"] == 0 || looked[".txtar"] == 0 {
		t.Errorf("there are no golden files or no transcripts: %v", looked)
	}
}

// TestTokenStaysHome has all that can be called and read fail in every way before an API that repeats
// the token, and looks for it in all that leaves the process.
func TestTokenStaysHome(t *testing.T) {
	t.Parallel()
	l := &leaky{}
	elsewhere := httptest.NewServer(http.HandlerFunc(l.stray))
	t.Cleanup(elsewhere.Close)
	l.elsewhere = elsewhere.URL
	ts := httptest.NewServer(l)
	t.Cleanup(ts.Close)
	traces := &collector{some: make(chan struct{})}
	otlp := httptest.NewServer(traces)
	t.Cleanup(otlp.Close)
	audit := filepath.Join(t.TempDir(), "audit")
	s := serveAs(t, ts.URL, []string{"GITHUB_TOKEN=" + canary, "OTEL_EXPORTER_OTLP_ENDPOINT=" + otlp.URL, "OTEL_BSP_SCHEDULE_DELAY=100"},
		"--http", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-level", "debug", "--debug-protocol", "--audit-file", audit)
	records, err := s.Await(wait(t), "serving operators", 1)
	if err != nil {
		t.Fatal(err)
	}
	c := s.connect(t)

	list, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	clean(t, "tools/list", string(text))
	for range 3 { // so that a tool meets several kinds of failure
		for _, r := range slices.Concat(reading, changing) {
			got, err := c.try(wait(t), r.tool, r.args)
			if err != nil {
				t.Fatal(err)
			}
			clean(t, r.tool, string(got.Raw))
		}
	}
	c.readAll(t)
	older := connectAs(t, s.url, "", eras[1], nil)
	for uri := range watched {
		clean(t, "watching "+uri, fmt.Sprint(older.Subscribe(wait(t), &mcp.SubscribeParams{URI: uri})))
	}

	l.mu.Lock()
	if !l.shown {
		t.Error("the API was never given the token, so that nothing was tried")
	}
	for _, s := range l.strays {
		t.Errorf("another host was given the token: %.500s", s)
	}
	l.mu.Unlock()
	for _, path := range []string{"/metrics", "/debug/mcp", "/debug/pprof/goroutine?debug=2", "/debug/pprof/cmdline", "/readyz", "/version"} {
		res, err := http.Get(strings.TrimSuffix(records[0].Text("url"), "/metrics") + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Error(err)
		}
		clean(t, path, string(body))
	}
	select {
	case <-traces.some:
	case <-time.After(patience):
		t.Error("no trace was sent")
	}
	traces.mu.Lock()
	clean(t, "a trace", traces.got.String())
	traces.mu.Unlock()
	lines, err := os.ReadFile(audit)
	if err != nil || len(lines) == 0 {
		t.Errorf("the audit file has %d bytes: %v", len(lines), err)
	}
	clean(t, "the audit file", string(lines))
	clean(t, "the log", s.Log())
}
