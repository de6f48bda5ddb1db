package page

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
)

var yes, no = true, false

// service has one of everything.
func service() Service {
	return Service{
		Name: "demo", Title: "Demo", Version: "1.2.3", Local: true, KeyEnv: "MCP_DEMO_KEY", Try: true,
		Tools: []Tool{
			{
				Name: "look", Title: "Look", Scopes: []string{"demo:read"},
				Description: "Looks around.\n\nFar too. Example: {\"depth\": 3} gives a <map>.",
				Arguments: []args.Property{
					{Name: "where", Type: "string", Required: true, Enum: []string{"here", "there"}, Description: "The place."},
					{Name: "depth", Type: "integer", Default: "10"},
					{Name: "names", Type: "array", Items: "string"},
				},
				Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &no, OpenWorldHint: &no},
			},
			{
				Name: "burn", Title: "Burn", Description: "Burns it.", Scopes: []string{"demo:write"}, Writes: true,
				Annotations: &mcp.ToolAnnotations{IdempotentHint: true, OpenWorldHint: &yes},
			},
		},
		Prompts:   []*mcp.Prompt{{Name: "ask", Title: "Ask", Description: "Asks.", Arguments: []*mcp.PromptArgument{{Name: "topic", Description: "what about", Required: true}}}},
		Resources: []Resource{{URI: "demo://one", Title: "One", Description: "The first."}, {URI: "demo://item/{+path}", Description: "An item.", MIMEType: "text/plain", Template: true}},
	}
}

var well = Now{URL: "http://127.0.0.1:8105/mcp", Ready: true}

func get(t *testing.T, s Service, now Now, method string, header ...string) *http.Response {
	t.Helper()
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, p, now, method, header...)
}

func ask(t *testing.T, p *Page, now Now, method string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.Serve(w, r, now)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A browser is given the page, whatever else it takes; a program is not.
func TestWhoGetsHTML(t *testing.T) {
	for accept, want := range map[string]string{
		"":                           "text/plain",
		"*/*":                        "text/plain",
		"text/plain":                 "text/plain",
		"application/json, text/*":   "text/plain",
		"text/html;q=0, text/plain":  "text/plain",
		"text/html":                  "text/html",
		"TEXT/HTML;q=0.9, */*;q=0.1": "text/html",
		"application/xhtml+xml,text/html;level=1": "text/html",
	} {
		res := get(t, service(), well, "GET", "Accept", accept)
		if got := res.Header.Get("Content-Type"); got != want+"; charset=utf-8" {
			t.Errorf("Accept %q gets %q, want %s", accept, got, want)
		}
	}
}

func TestContent(t *testing.T) {
	html := body(t, get(t, service(), well, "GET", "Accept", "text/html"))
	for _, want := range []string{
		"<title>Demo · mcp-demo</title>", "mcp-demo 1.2.3", "<b>Ready</b>", "http://127.0.0.1:8105/mcp",
		"Everyone on this machine, without a key",
		`<h2 id="reading-title">Tools that read <span class="count">1</span>`, `<h2 id="changing-title">Tools that change <span class="count">1</span>`,
		"<p>Looks around.</p>\n<p>Far too.</p>", "<code>where</code> <span>string, <b>required</b></span>", "The place.",
		"One of <code>here</code> <code>there</code>", "Default <code>10</code>", "list of string",
		"{&#34;where&#34;: &#34;here&#34;, &#34;depth&#34;: 3}", "… gives a &lt;map&gt;.",
		"<code>demo:write</code> <span>may destroy</span> <span>same effect if repeated</span> <span>reaches other systems</span>",
		"Read-only: they change nothing.",
		"<code>ask</code>", "what about", "<code>demo://item/{&#43;path}</code>", "An item.", "Claude Desktop", "Add to Cursor", "Add to VS Code",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	text := body(t, get(t, service(), well, "GET"))
	for _, want := range []string{"Demo (mcp-demo 1.2.3)", "Point an MCP client at http://127.0.0.1:8105/mcp\n", "Health: ready\n", "Tools that change:\n  burn: Burn\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
}

func TestHealth(t *testing.T) {
	p, err := New(service())
	if err != nil {
		t.Fatal(err)
	}
	unwell := Now{URL: well.URL, Detail: "set DEMO_TOKEN <now>"}
	for range 2 { // and back: what was made for another moment is not shown
		if html := body(t, ask(t, p, well, "GET", "Accept", "text/html")); !strings.Contains(html, "<b>Ready</b>") {
			t.Error("a service that is ready is not said to be")
		}
		if html := body(t, ask(t, p, unwell, "GET", "Accept", "text/html")); !strings.Contains(html, "<b>Not ready</b> <span>set DEMO_TOKEN &lt;now&gt;</span>") {
			t.Error("it is not said what to set")
		}
	}
	if text := body(t, ask(t, p, unwell, "GET")); !strings.Contains(text, "Health: not ready: set DEMO_TOKEN <now>\n") {
		t.Errorf("the text has no health: %s", text)
	}
}

func TestAccess(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*Service)
		want []string
		not  string
	}{
		{"open", func(s *Service) { s.Local = false }, []string{"Everyone who reaches this address, without a key"}, "MCP_DEMO_KEY"},
		{"keys", func(s *Service) { s.Keys = true }, []string{"Who has an API key", "MCP_DEMO_KEY"}, "Everyone"},
		{"OAuth", func(s *Service) { s.OAuth = true }, []string{"Who signs in with OAuth", ".well-known/oauth-protected-resource"}, "MCP_DEMO_KEY"},
		{"both", func(s *Service) { s.Keys, s.OAuth = true, true }, []string{"Who has an API key", "Who signs in with OAuth", "MCP_DEMO_KEY"}, "Everyone"},
	} {
		s := service()
		tt.set(&s)
		html := body(t, get(t, s, well, "GET", "Accept", "text/html"))
		for _, want := range tt.want {
			if !strings.Contains(html, want) {
				t.Errorf("%s: the page has no %q", tt.name, want)
			}
		}
		if strings.Contains(html, tt.not) {
			t.Errorf("%s: the page has %q", tt.name, tt.not)
		}
	}
}

// Nothing runs on the page, and nothing styles it, but what the policy names.
func TestPolicy(t *testing.T) {
	for _, try := range []bool{true, false} {
		s := service()
		s.Try = try
		res := get(t, s, well, "GET", "Accept", "text/html")
		html, policy := body(t, res), res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy %q has no %s", policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "connect-src") != try {
			t.Errorf("with forms %v the policy is %q", try, policy)
		}
		for _, tag := range []string{"style", "script"} {
			found := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(html, -1)
			if len(found) != 1 || !strings.Contains(policy, tag+"-src "+hash(found[0][1])+";") {
				t.Errorf("%d %s elements, and the policy is %q", len(found), tag, policy)
			}
		}
		if m := regexp.MustCompile(`(?i)<[^>]*\s(on[a-z]+|style|src)=`).FindString(html); m != "" {
			t.Errorf("the policy has no place for %s", m)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-cache"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if strings.Contains(html, "data-tool=") != try {
			t.Errorf("with forms %v, the page has tools to try: %v", try, !try)
		}
		if strings.Contains(html, `data-tool="burn"`) {
			t.Error("a tool that changes something can be tried")
		}
	}
}

// What others chose does not become markup, and no link leads where they want.
func TestEscaping(t *testing.T) {
	const bad = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
	s := service()
	s.Title, s.Version = "T"+bad, "1"+bad
	s.Tools[0].Title, s.Tools[0].Description, s.Tools[0].Arguments[0].Description, s.Tools[0].Arguments[0].Enum[0] = bad, bad, bad, bad
	s.Prompts[0].Description, s.Resources[0].URI = bad, "javascript:alert(1)"+bad
	html := body(t, get(t, s, Now{URL: "https://x.example/" + bad, Detail: bad}, "GET", "Accept", "text/html"))
	if n := strings.Count(html, "<script"); n != 1 || strings.Contains(html, "<img") {
		t.Errorf("there are %d scripts", n)
	}
	if _, ok := strings.CutSuffix(html, "</html>\n"); !ok {
		t.Error("the page is cut")
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		here := strings.HasPrefix(link[1], "#") || !strings.Contains(link[1], ":")
		opens := slices.ContainsFunc([]string{"cursor://anysphere.cursor-deeplink/mcp/install?", "vscode:mcp/install?", "data:image/svg+xml,"},
			func(p string) bool { return strings.HasPrefix(link[1], p) })
		if !here && !opens {
			t.Errorf("a link to %s", link[1])
		}
	}
}

func TestHead(t *testing.T) {
	want := get(t, service(), well, "GET", "Accept", "text/html")
	got := get(t, service(), well, "HEAD", "Accept", "text/html")
	if got.StatusCode != 200 || got.Header.Get("Content-Length") != want.Header.Get("Content-Length") || got.Header.Get("ETag") != want.Header.Get("ETag") {
		t.Errorf("HEAD: %d %v, GET: %v", got.StatusCode, got.Header, want.Header)
	}
	if b := body(t, got); b != "" {
		t.Errorf("HEAD has a body of %d bytes", len(b))
	}
}

func TestUnchanged(t *testing.T) {
	p, err := New(service())
	if err != nil {
		t.Fatal(err)
	}
	tag := ask(t, p, well, "GET", "Accept", "text/html").Header.Get("ETag")
	if res := ask(t, p, well, "GET", "Accept", "text/html", "If-None-Match", tag); tag == "" || res.StatusCode != 304 || body(t, res) != "" {
		t.Errorf("the same page again: %d", res.StatusCode)
	}
	if res := ask(t, p, Now{URL: well.URL}, "GET", "Accept", "text/html", "If-None-Match", tag); res.StatusCode != 200 {
		t.Errorf("another page: %d", res.StatusCode)
	}
}

func TestSplit(t *testing.T) {
	arguments := []args.Property{
		{Name: "owner", Type: "string", Required: true}, {Name: "n", Type: "integer", Required: true}, {Name: "all", Type: "boolean", Required: true},
		{Name: "list", Type: "array", Required: true}, {Name: "o", Type: "object", Required: true}, {Name: "x", Type: "string"},
	}
	const made = `{"owner": "…", "n": 1, "all": true, "list": [], "o": {}}`
	for _, tt := range []struct {
		description    string
		about          []string
		example, gives string
	}{
		{"Does it.", []string{"Does it."}, made, ""},
		{"Does it. Example: none.", []string{"Does it. Example: none."}, made, ""},
		{`Does it. Example: {"n":`, []string{`Does it. Example: {"n":`}, made, ""},
		{"A.\nB. Example: {\"x\": \"{\",\"owner\":\"a\",\"n\":7,\"all\":false,\"list\":[1],\"o\":{\"k\":1}}, or not", []string{"A.", "B."},
			`{"x": "{", "owner": "a", "n": 7, "all": false, "list": [1], "o": {"k":1}}`, "or not"},
		{`Example: {"x":"y"}`, nil, `{"owner": "…", "n": 1, "all": true, "list": [], "o": {}, "x": "y"}`, ""},
	} {
		about, example, gives := split(Tool{Description: tt.description, Arguments: arguments})
		if diff := cmp.Diff(tt.about, about); diff != "" || example != tt.example || gives != tt.gives {
			t.Errorf("%q: %q, %s, %q", tt.description, about, example, gives)
		}
	}
}

// An argument's own example is for who reads; who changes something says what.
func TestExampleOfAnArgument(t *testing.T) {
	tool := Tool{Arguments: []args.Property{{Name: "owner", Type: "string", Required: true, Example: "a\"b"}, {Name: "n", Type: "integer", Required: true, Example: "7"}, {Name: "x", Type: "string", Example: "y"}}}
	for writes, want := range map[bool]string{false: `{"owner": "a\"b", "n": 7}`, true: `{"owner": "…", "n": 1}`} {
		tool.Writes = writes
		if _, example, _ := split(tool); example != want {
			t.Errorf("%s, want %s", example, want)
		}
	}
}

// A service with more tools than any of the fleet fits.
func TestSize(t *testing.T) {
	s := service()
	for i := range 22 {
		tool := s.Tools[i%2]
		tool.Name, tool.Description = fmt.Sprintf("do_something_%d", i), strings.Repeat("A word or two. ", 8)
		tool.Arguments = nil
		for j := range 5 {
			tool.Arguments = append(tool.Arguments, args.Property{Name: fmt.Sprintf("argument_%d", j), Type: "string", Required: j < 2, Description: "What it is."})
		}
		s.Tools = append(s.Tools, tool)
	}
	const most = 60_000
	if n := len(body(t, get(t, s, well, "GET", "Accept", "text/html"))); n > most {
		t.Errorf("the page has %d bytes, more than %d", n, most)
	}
}

// Renders a page that was not made yet, as each new address asks for.
func BenchmarkPage(b *testing.B) {
	p, err := New(service())
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := p.document(Now{URL: fmt.Sprintf("http://127.0.0.1:%d/mcp", 1+i%60000), Ready: true}); err != nil {
			b.Fatal(err)
		}
	}
}
