package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/segmentio/encoding/json"
	"github.com/yosida95/uritemplate/v3"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// target is what a message acts on, as far as it decides who may send it.
type target struct {
	method string
	name   string   // of a tool or prompt
	uris   []string // of resources, or the template that is completed
}

// The longest names and URIs, in bytes, and the most URIs of a listen. Matching
// one with a template takes time and memory with its length.
const (
	maxName = 256
	maxURI  = 8 << 10
	maxURIs = 1000
)

// checkSize returns why the target is refused for its size, if it is.
func (t *target) checkSize() error {
	if len(t.name) > maxName {
		return fmt.Errorf("the name has %d bytes; the limit is %d", len(t.name), maxName)
	}
	if len(t.uris) > maxURIs {
		return fmt.Errorf("%d resources are more than the limit of %d", len(t.uris), maxURIs)
	}
	for _, uri := range t.uris {
		if len(uri) > maxURI {
			return fmt.Errorf("the URI has %d bytes; the limit is %d", len(uri), maxURI)
		}
	}
	return nil
}

// families are what the methods that run a service's code belong to.
var families = map[string]string{
	methodCallTool:        "tools",
	"prompts/get":         "prompts",
	methodListResources:   "resources",
	"resources/read":      "resources",
	methodSubscribe:       "resources",
	methodListen:          "resources",
	"completion/complete": "", // its reference says
}

// targetOf reads the target from a message's parameters, with the rules
// of the decoder behind it.
func targetOf(method string, params []byte) target {
	t := target{method: method}
	if _, ok := families[method]; !ok {
		return t
	}
	var p struct {
		Name string `json:"name"`
		URI  string `json:"uri"`
		Ref  struct {
			Type string `json:"type"`
			Name string `json:"name"`
			URI  string `json:"uri"`
		} `json:"ref"`
		Notifications struct {
			Resources []string `json:"resourceSubscriptions"`
		} `json:"notifications"`
	}
	// What does not fit is refused by the SDK, which decodes all of it.
	_, _ = json.Parse(params, &p, decodeFlags)
	switch method {
	case "completion/complete":
		t.complete(p.Ref.Type, p.Ref.Name, p.Ref.URI)
	case methodListen:
		t.uris = p.Notifications.Resources
	case methodCallTool, "prompts/get":
		t.name = p.Name
	case methodListResources:
	default:
		t.uris = []string{p.URI}
	}
	return t
}

func (t *target) complete(kind, name, uri string) {
	if kind == "ref/prompt" {
		t.name = name
	} else {
		t.uris = []string{uri}
	}
}

// targetIn is targetOf for a decoded request.
func targetIn(method string, req mcp.Request) target {
	t := target{method: method}
	switch r := req.(type) {
	case *mcp.CallToolRequest:
		t.name = r.Params.Name
	case *mcp.GetPromptRequest:
		t.name = r.Params.Name
	case *mcp.ReadResourceRequest:
		t.uris = []string{r.Params.URI}
	case *mcp.SubscribeRequest:
		t.uris = []string{r.Params.URI}
	case *mcp.SubscriptionsListenRequest:
		if r.Params.Notifications != nil {
			t.uris = r.Params.Notifications.ResourceSubscriptions
		}
	case *mcp.CompleteRequest:
		if r.Params.Ref != nil {
			t.complete(r.Params.Ref.Type, r.Params.Ref.Name, r.Params.Ref.URI)
		}
	}
	return t
}

// need returns what a message to the target needs. What does not exist needs nothing: the
// answer says that it does not.
func (r *Registry) need(t target) auth.Need {
	n := auth.Need{Family: families[t.method]}
	switch {
	case t.method == methodCallTool:
		if x := r.tools[r.toolName(t.name)]; x != nil {
			n.Scopes = x.scopes
		}
	case t.method == methodListResources:
		if r.list != nil {
			n.Scopes = r.rules[methodListResources].scopes
		}
	case t.name != "":
		n.Family = "prompts"
		if u := r.rules[t.name]; u != nil {
			n.Scopes = u.scopes
		}
	case len(t.uris) > 0:
		n.Family = "resources"
		for _, uri := range t.uris {
			n.Scopes = append(n.Scopes, r.scopesOf(uri)...)
		}
	}
	return n
}

// scopesOf returns the scopes of the resource or template that uri names or is.
// The scopes of all that match are needed: which one answers is the SDK's
// choice. So are those of what uri is without its percent-encoding, which a
// handler sees: another spelling must not need less.
func (r *Registry) scopesOf(uri string) []string {
	plain, err := url.PathUnescape(uri)
	if err != nil {
		plain = uri
	}
	if u := r.rules[uri]; u != nil {
		return u.scopes
	}
	var scopes []string
	if u := r.rules[plain]; u != nil {
		scopes = append(scopes, u.scopes...)
	}
	for _, t := range r.templates {
		if t.re.MatchString(uri) || t.re.MatchString(plain) {
			scopes = append(scopes, t.rule.scopes...)
		}
	}
	return scopes
}

// template is a resource template that a URI may match.
type template struct {
	tmpl *uritemplate.Template
	re   *regexp.Regexp
	rule *rule
}

// scopes returns the scopes that reading needs, and all there are, sorted.
func (r *Registry) scopes() (basic, all []string) {
	for _, t := range r.tools {
		all = append(all, t.scopes...)
		if !t.writes {
			basic = append(basic, t.scopes...)
		}
	}
	for _, u := range r.rules {
		all, basic = append(all, u.scopes...), append(basic, u.scopes...)
	}
	slices.Sort(all)
	slices.Sort(basic)
	return slices.Compact(basic), slices.Compact(all)
}

// allowed reports whether the request's caller may do all that its body asks
// for, and answers the request if not. This is where a client learns what to
// ask its authorization server for; [Server.authorize] is what holds.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request, targets []target) bool {
	if s.auth == nil {
		return true
	}
	caller := auth.CallerFrom(r.Context())
	var needed []string
	var denied *target
	for i := range targets {
		n := s.reg.need(targets[i])
		needed = append(needed, n.Scopes...)
		if denied == nil && !caller.Grants.Cover(n) {
			denied = &targets[i]
		}
	}
	if denied == nil {
		return true
	}
	s.refused(r, refusedForbidden, *denied)
	refuseCaller(w, r, s.auth.Forbid(needed))
	return false
}

// authorize lets nobody do what they were not granted.
func (s *Server) authorize(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		t := targetIn(method, req)
		if err := t.checkSize(); err != nil {
			return nil, invalidParams("%s", err)
		}
		n := s.reg.need(t)
		if len(n.Scopes) == 0 {
			return next(ctx, method, req)
		}
		caller := auth.CallerFrom(ctx)
		var refused *toolerr.Error
		switch {
		case caller == nil: // its request has ended before it got here
			refused = toolerr.New(toolerr.Cancelled, "the caller went away")
		case !caller.Grants.Cover(n):
			refused = toolerr.New(toolerr.PermissionDenied, "the credential does not allow this; it needs %s", strings.Join(n.Scopes, " "))
		default:
			return next(ctx, method, req)
		}
		if call, ok := req.(*mcp.CallToolRequest); ok {
			s.audit(ctx, s.reg.toolName(call.Params.Name), call, string(refused.Code), time.Now(), 0)
		}
		return nil, protocolError(ctx, refused)
	}
}
