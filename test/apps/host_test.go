//go:build e2e

package apps

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/browser"
	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// patience is the longest that a test waits for one thing to happen.
const patience = 90 * time.Second

var (
	//go:embed host.html
	hostPage []byte
	//go:embed host.mjs
	hostScript string
	//go:embed sandbox.html
	sandboxPage []byte
	//go:embed bundle.mjs
	bundleScript string
	//go:embed prelude.mjs
	prelude string

	// pixel is an image that a view must not get.
	pixel, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
)

// host is a page that shows views, and the origin of their sandbox.
type host struct {
	tools       *node.Tools
	page        *httptest.Server
	sandbox     *httptest.Server
	screenshots string
}

func newHost(t *testing.T) *host {
	t.Helper()
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := tools.Command(ctx, "--input-type=module", "-")
	cmd.Dir, cmd.Stdin = tools.Dir, strings.NewReader(bundleScript)
	cmd.Env = append(cmd.Environ(), "SOURCE="+hostScript)
	var script, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &script, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("bundling the host: %v\n%s", err, &stderr)
	}
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{tools: tools, screenshots: filepath.Join(root, "dist", "screenshots")}
	if err := os.MkdirAll(h.screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	pages := http.NewServeMux()
	serveContent := func(pattern, kind string, content []byte) {
		pages.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(content)
		})
	}
	serveContent("GET /{$}", "text/html; charset=utf-8", hostPage)
	serveContent("GET /host.js", "text/javascript; charset=utf-8", script.Bytes())
	serveContent("GET /pixel.png", "image/gif", pixel)
	serveContent("GET /favicon.ico", "image/gif", pixel)
	h.page = httptest.NewServer(pages)
	t.Cleanup(h.page.Close)
	h.sandbox = httptest.NewServer(http.HandlerFunc(sandbox))
	t.Cleanup(h.sandbox.Close)
	return h
}

// sandbox serves the frame that a view runs in, with the policy that the
// specification has for what the view declares.
func sandbox(w http.ResponseWriter, r *http.Request) {
	var csp struct{ ConnectDomains, ResourceDomains []string }
	if err := json.Unmarshal([]byte(r.URL.Query().Get("csp")), &csp); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	connect := "'none'"
	if len(csp.ConnectDomains) > 0 {
		connect = strings.Join(csp.ConnectDomains, " ")
	}
	more := strings.Join(append([]string{""}, csp.ResourceDomains...), " ")
	w.Header().Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self' 'unsafe-inline'" + more, "style-src 'self' 'unsafe-inline'" + more,
		"img-src 'self' data:" + more, "media-src 'self' data:" + more, "object-src 'none'", "connect-src " + connect,
		// Not of the specification's: the frames that the sandbox makes itself.
		"frame-src 'self'",
	}, "; "))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(sandboxPage)
}

// programs has what was built, which TestMain removes.
var programs struct {
	sync.Mutex
	dir   string
	paths map[string]string // by service
}

func TestMain(m *testing.M) {
	var err error
	if programs.dir, err = os.MkdirTemp("", "apps"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.paths = make(map[string]string)
	status := m.Run()
	os.RemoveAll(programs.dir)
	os.Exit(status)
}

// program returns a service's program, after building it if this is the first
// test that asks.
func program(t *testing.T, service string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if path, ok := programs.paths[service]; ok {
		return path
	}
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	path, err := proc.Build(t.Context(), filepath.Join(root, "services", service), "./cmd/mcp-"+service, programs.dir)
	if err != nil {
		t.Fatal(err)
	}
	programs.paths[service] = path
	return path
}

// serve starts a service, which the host's page may call, and returns the URL of
// its endpoint.
func (h *host) serve(t *testing.T, service string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t, service), append([]string{"serve", "--http", "127.0.0.1:0", "--allowed-origins", h.page.URL}, args...)...)
	cmd.Env = append([]string{}, env...)
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stopping %s: %v\n%s", service, err, p.Log())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	records, err := p.Await(ctx, "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	return records[0].Text("url")
}

// The sandboxes of a view: with the origin of the frame around it, as the
// official example of a host has it, and with none.
const (
	sameOrigin = "allow-scripts allow-same-origin allow-forms"
	noOrigin   = "allow-scripts"
)

// call is a tool call whose view is shown.
type call struct {
	// Server is the endpoint, and Key what it asks for, if it does.
	Server string `json:"server"`
	Key    string `json:"key,omitempty"`
	// Mode is how the client settles on a protocol: "auto" is the newest, which is
	// the default, and "legacy" an older one.
	Mode      string         `json:"mode"`
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
	// Result is shown in place of the tool's, if there is one.
	Result map[string]any `json:"result,omitempty"`
	// Context is added to the host's, such as a theme.
	Context map[string]any `json:"context,omitempty"`
	// Frame is the sandbox of the view's frame: noOrigin by default.
	Frame string `json:"frame"`

	Sandbox string `json:"sandbox"`
}

// show calls a tool, shows its view and runs a script, of which out gets what it
// hands to done.
func (h *host) show(t *testing.T, c call, script string, out any) {
	t.Helper()
	if c.Frame == "" {
		c.Frame = noOrigin
	}
	if c.Mode == "" {
		c.Mode = "auto"
	}
	c.Sandbox = h.sandbox.URL
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	given := map[string]any{"host": h.page.URL, "screenshots": h.screenshots, "call": c}
	if err := browser.Run(ctx, h.tools, strings.Replace(prelude, "/* script */", script, 1), given, out); err != nil {
		t.Fatal(err)
	}
}

// checked is what check collects.
type checked struct {
	Axe                         []map[string]any
	Requests, Problems, Reached []string
}

// clean holds a view to what all are held to: nobody is kept out of it, it asks
// the network for nothing and could not, and nothing in it fails.
func (c checked) clean(t *testing.T) {
	t.Helper()
	for _, v := range c.Axe {
		t.Errorf("a barrier: %v", v)
	}
	if len(c.Requests) > 0 {
		t.Errorf("the view asked for %q", c.Requests)
	}
	if len(c.Problems) > 0 {
		t.Errorf("errors in the console: %q", c.Problems)
	}
	if len(c.Reached) > 0 {
		t.Errorf("the view can use %q", c.Reached)
	}
}

// shown is what a host sees of the server.
type shown struct {
	URI, MimeType string
	Bytes         int
	Listed        bool
	Meta, Tool    map[string]any
	Server        map[string]any
	Result        map[string]any
}

// announced fails unless the server says of its view what the specification wants.
func (s shown) announced(t *testing.T, uri string) {
	t.Helper()
	if s.URI != uri || s.MimeType != "text/html;profile=mcp-app" || !s.Listed || s.Bytes > 40<<10 {
		t.Errorf("%s, %s, listed: %t, %d bytes; want %s listed, at most 40 KB", s.URI, s.MimeType, s.Listed, s.Bytes, uri)
	}
	if _, ok := s.Server["io.modelcontextprotocol/ui"]; !ok {
		t.Errorf("the server's extensions are %v", s.Server)
	}
	want := `{"ui":{"csp":{"connectDomains":[],"resourceDomains":[]},"prefersBorder":true}}`
	if got, err := json.Marshal(s.Meta); err != nil || string(got) != want {
		t.Errorf("_meta of the view is %s, want %s", got, want)
	}
	if got := fmt.Sprint(s.Tool["ui"]); got != "map[resourceUri:"+uri+"]" {
		t.Errorf("_meta.ui of the tool is %s", got)
	}
}
