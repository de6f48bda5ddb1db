package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// theatre is a service with a tool that shows a view, and one that does not.
type theatre struct {
	view  *View
	shown *View
	scope string // of the view
}

func newTheatre() *theatre {
	v := &View{URI: "ui://demo/frame", Title: "Frame", Description: "A picture.", HTML: "<!doctype html><title>Frame</title>"}
	return &theatre{v, v, "demo:read"}
}

func (g *theatre) Register(r *Registry) {
	run := func(context.Context, none) (text, error) { return text{"seen"}, nil }
	AddTool(r, &mcp.Tool{Name: "look", Title: "Look", Description: "Looks.", Annotations: ReadOnly(false), Meta: mcp.Meta{"kept": true}}, run, Scope("demo:read"), Shows(g.shown))
	AddTool(r, &mcp.Tool{Name: "listen", Title: "Listen", Description: "Listens.", Annotations: ReadOnly(false)}, run, Scope("demo:read"))
	r.AddResource(&mcp.Resource{URI: "demo://one", Name: "one", Description: "One."},
		func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
			return []*mcp.ResourceContents{{Text: "1"}}, nil
		}, Scope("demo:read"))
	r.AddView(g.view, Scope(g.scope))
}

// showing are the options of a client that shows pages of a type.
func showing(kind string) *mcp.ClientOptions {
	c := new(mcp.ClientCapabilities)
	c.AddExtension(ViewsExtension, map[string]any{"mimeTypes": []any{kind}})
	return &mcp.ClientOptions{Capabilities: c}
}

var viewMeta = mcp.Meta{"ui": map[string]any{
	"csp":           map[string]any{"connectDomains": []any{}, "resourceDomains": []any{}},
	"prefersBorder": true,
}}

func TestViewsAreShownToWhoShowsThem(t *testing.T) {
	r := newRigFor(t, newTheatre(), Config{})
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		for name, tt := range map[string]struct {
			opts  *mcp.ClientOptions
			tool  mcp.Meta
			views int
		}{
			"shows views":        {showing(ViewType), mcp.Meta{"kept": true, "ui": map[string]any{"resourceUri": "ui://demo/frame"}}, 1},
			"shows other pages":  {showing("text/html"), mcp.Meta{"kept": true}, 0},
			"says nothing of it": {&mcp.ClientOptions{}, mcp.Meta{"kept": true}, 0},
		} {
			c := r.connect(t, version, tt.opts)
			if _, ok := c.InitializeResult().Capabilities.Extensions[ViewsExtension]; !ok {
				t.Errorf("%s, %s: the server does not say that it has views", version, name)
			}
			tools, err := c.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			metas := map[string]mcp.Meta{}
			for _, tool := range tools.Tools {
				metas[tool.Name] = tool.Meta
			}
			if diff := cmp.Diff(map[string]mcp.Meta{"look": tt.tool, "listen": nil}, metas); diff != "" {
				t.Errorf("%s, %s: _meta of tools (-want +got):\n%s", version, name, diff)
			}
			resources, err := c.ListResources(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			views := 0
			for _, x := range resources.Resources {
				if x.URI != "ui://demo/frame" {
					continue
				}
				views++
				if x.MIMEType != ViewType || cmp.Diff(viewMeta, x.Meta) != "" {
					t.Errorf("%s, %s: the view is listed as %+v", version, name, x)
				}
			}
			if views != tt.views || len(resources.Resources) != 1+views {
				t.Errorf("%s, %s: %d resources, %d of them views; want %d", version, name, len(resources.Resources), views, tt.views)
			}
			if version == "2026-07-28" && (tools.CacheScope != "private" || resources.CacheScope != "private") {
				t.Errorf("%s: lists that differ by client have the cache scopes %q and %q", name, tools.CacheScope, resources.CacheScope)
			}
			// A name that a client knows is good, whatever it says of itself.
			res, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "ui://demo/frame"})
			if err != nil {
				t.Fatal(err)
			}
			want := []*mcp.ResourceContents{{URI: "ui://demo/frame", MIMEType: ViewType, Text: "<!doctype html><title>Frame</title>", Meta: viewMeta}}
			if diff := cmp.Diff(want, res.Contents); diff != "" {
				t.Errorf("%s, %s: the view (-want +got):\n%s", version, name, diff)
			}
			if version == "2026-07-28" && res.TTLMs != int(time.Hour.Milliseconds()) {
				t.Errorf("the view may be kept for %d ms", res.TTLMs)
			}
		}
	}
}

// A client of an older protocol without a session has said what it shows in a
// request that nobody remembers.
func TestViewsWithoutASession(t *testing.T) {
	r := newRigFor(t, newTheatre(), Config{LegacySessions: "off"})
	_, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`, "Mcp-Protocol-Version", "2025-11-25")
	if !strings.Contains(body, `"resourceUri":"ui://demo/frame"`) {
		t.Errorf("tools/list without a session has no view: %s", body)
	}
}

// Without views nothing speaks of them.
func TestNoViews(t *testing.T) {
	r := newRig(t, Config{})
	c := r.connect(t, "2026-07-28", showing(ViewType))
	if got := c.InitializeResult().Capabilities.Extensions; len(got) != 0 {
		t.Errorf("a server without views has the extensions %v", got)
	}
	tools, err := c.ListTools(t.Context(), nil)
	if err != nil || tools.CacheScope != "public" {
		t.Errorf("cache scope %q, %v; want public", tools.CacheScope, err)
	}
}

func TestViewsNeedAScope(t *testing.T) {
	const reader, stranger = "0123456789abcdef0123456789abcde1", "0123456789abcdef0123456789abcde2"
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, fmt.Appendf(nil, "reader:sha256:%x=demo:read\nstranger:sha256:%x=other:read\n",
		sha256.Sum256([]byte(reader)), sha256.Sum256([]byte(stranger))), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRigFor(t, newTheatre(), Config{APIKeysFile: path})
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		res, err := r.as(t, reader, version).ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "ui://demo/frame"})
		if err != nil || len(res.Contents) != 1 {
			t.Errorf("%s: the view for who may call its tool: %+v, %v", version, res, err)
		} else if version == "2026-07-28" && res.CacheScope != "private" {
			t.Errorf("a view that not everybody may read has the cache scope %q", res.CacheScope)
		}
		for _, uri := range []string{"ui://demo/frame", "ui://demo/fr%61me"} {
			if res, err := r.as(t, stranger, version).ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil {
				t.Errorf("%s: %s for who may not call its tool: %+v", version, uri, res)
			}
		}
	}
	body := `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"ui://demo/frame",` + meta + `}}`
	header := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "resources/read", "Mcp-Name", "ui://demo/frame"}
	if res, _ := r.post(t, body, header...); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the view without a credential: %s", res.Status)
	}
	if res, _ := r.post(t, body, append(header, "Authorization", "Bearer "+stranger)...); res.StatusCode != http.StatusForbidden {
		t.Errorf("the view for who may not call its tool: %s", res.Status)
	}
}

func TestViewsThatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*theatre){
		"is not registered": func(g *theatre) { g.shown = &View{URI: "ui://demo/other"} },
		"needs demo:write":  func(g *theatre) { g.scope = "demo:write" },
		"begin with ui://":  func(g *theatre) { g.view.URI = "https://demo/frame" },
		"has no title":      func(g *theatre) { g.view.Title = "" },
		"no description":    func(g *theatre) { g.view.Description = "" },
		"40961 bytes":       func(g *theatre) { g.view.HTML = strings.Repeat("x", MaxView+1) },
		"has 0 bytes":       func(g *theatre) { g.view.HTML = "" },
	} {
		func() {
			g := newTheatre()
			change(g)
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("the service is registered, or refused with %q; want %q", got, want)
				}
			}()
			if s, err := New("demo", g, Config{}, nil); err == nil {
				s.Close()
			}
		}()
	}
}
