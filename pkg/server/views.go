package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// ViewsExtension is the MCP extension by which clients show views: MCP Apps,
// SEP-1865.
const ViewsExtension = "io.modelcontextprotocol/ui"

// ViewType is the MIME type of views, which a client says that it shows.
const ViewType = "text/html;profile=mcp-app"

// MaxView bounds the page of a view, in bytes.
const MaxView = 40 << 10

// View is a page that a client shows in place of a tool's plain result, in a
// frame of its own without a network. Package view makes such pages. The plain
// result is complete without it: most clients show no views.
type View struct {
	// URI is the view's name among resources: ui://calculator/plot.
	URI string
	// Title is for people, and Description says what the view shows.
	Title, Description string
	// HTML is the whole page. Style and script are in it: nothing is loaded.
	HTML string
}

// AddView adds a view for tools to show with [Shows]. Whoever may call one of
// these must be allowed to read the view. Clients that show no views are not
// told of it.
func (r *Registry) AddView(v *View, opts ...Option) {
	switch {
	case !strings.HasPrefix(v.URI, "ui://"):
		panic(fmt.Sprintf("view %q: the URI must begin with ui://", v.URI))
	case v.Title == "":
		panic(fmt.Sprintf("view %q has no title", v.URI))
	case len(v.HTML) == 0 || len(v.HTML) > MaxView:
		panic(fmt.Sprintf("view %q has %d bytes of HTML; it can have 1 to %d", v.URI, len(v.HTML), MaxView))
	}
	r.AddResource(&mcp.Resource{
		URI: v.URI, Name: v.URI[strings.LastIndexByte(v.URI, '/')+1:], Title: v.Title, Description: v.Description,
		MIMEType: ViewType, Size: int64(len(v.HTML)), Meta: v.meta(),
	}, func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
		return []*mcp.ResourceContents{{URI: v.URI, MIMEType: ViewType, Text: v.HTML, Meta: v.meta()}}, nil
	}, append([]Option{TTL(viewTTL)}, opts...)...)
	r.views[v.URI] = v
}

// viewTTL is how long a client may reuse a view. A newer release may have
// another one for the same results.
const viewTTL = time.Hour

// meta says how a host is to frame the view. The lists are there, and empty, so
// that a host need not guess: the view reaches nothing.
func (v *View) meta() mcp.Meta {
	return mcp.Meta{"ui": map[string]any{
		"csp":           map[string]any{"connectDomains": []string{}, "resourceDomains": []string{}},
		"prefersBorder": true,
	}}
}

// Shows has clients that can show v's page with the tool's results. The view is
// registered with [Registry.AddView].
func Shows(v *View) ToolOption { return toolOptionFunc(func(t *tool) { t.view = v }) }

// Views lists the registered views by URI.
func (s *Server) Views() []*View {
	return slices.SortedFunc(maps.Values(s.reg.views), func(a, b *View) int { return strings.Compare(a.URI, b.URI) })
}

// checkViews panics if what a tool shows is not there for its callers.
func (r *Registry) checkViews() {
	for name, t := range r.tools {
		if t.view == nil {
			continue
		}
		if r.views[t.view.URI] != t.view {
			panic(fmt.Sprintf("tool %q shows the view %q, which is not registered", name, t.view.URI))
		}
		for _, scope := range r.rules[t.view.URI].scopes {
			if !slices.Contains(t.scopes, scope) {
				panic(fmt.Sprintf("tool %q shows the view %q, which needs %s and the tool does not", name, t.view.URI, scope))
			}
		}
	}
}

// viewed tells the clients that show views, and only them, which there are.
func (s *Server) viewed(next mcp.MethodHandler) mcp.MethodHandler {
	if len(s.reg.views) == 0 {
		return next
	}
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		res, err := next(ctx, method, req)
		if err != nil {
			return res, err
		}
		// Lists depend on what the client says of itself, which the key of a shared
		// cache may leave out.
		switch list := res.(type) {
		case *mcp.ListToolsResult:
			list.CacheScope = "private"
			if r, ok := req.(*mcp.ListToolsRequest); ok && showsViews(r.ClientCapabilities()) {
				s.reg.addViews(list.Tools)
			}
		case *mcp.ListResourcesResult:
			list.CacheScope = "private"
			if r, ok := req.(*mcp.ListResourcesRequest); ok && !showsViews(r.ClientCapabilities()) {
				list.Resources = slices.DeleteFunc(list.Resources, func(x *mcp.Resource) bool { return s.reg.views[x.URI] != nil })
			}
		}
		return res, nil
	}
}

// addViews says of the tools which views they show. The definitions are
// everybody's, the list is the answer's own.
func (r *Registry) addViews(list []*mcp.Tool) {
	for i, def := range list {
		t := r.tools[def.Name]
		if t == nil || t.view == nil {
			continue
		}
		shown := *def
		shown.Meta = maps.Clone(def.Meta)
		if shown.Meta == nil {
			shown.Meta = make(mcp.Meta, 1)
		}
		shown.Meta["ui"] = map[string]any{"resourceUri": t.view.URI}
		list[i] = &shown
	}
}

// showsViews reports whether a client says that it shows views, or cannot have
// said: without a session, an older client's capabilities are not known later.
func showsViews(c *mcp.ClientCapabilities) bool {
	if c == nil {
		return true
	}
	settings, _ := c.Extensions[ViewsExtension].(map[string]any)
	types, _ := settings["mimeTypes"].([]any)
	return slices.Contains(types, any(ViewType))
}
