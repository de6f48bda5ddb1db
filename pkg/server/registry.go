package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/yosida95/uritemplate/v3"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// Registry collects what a service offers. It is used by one goroutine, inside
// [Service.Register].
type Registry struct {
	name         string
	title        string
	instructions string
	logs         bool                                                // MCP log messages are offered
	dynamic      bool                                                // lists may change while the process runs
	useless      func(ctx context.Context, tool string) (why string) // nil if everybody can use everything
	relists      bool                                                // clients can be told that they have, without a stream for each

	sharesWatches bool

	tools       map[string]*tool
	aliases     map[string]string // old name → name
	resources   []*resource
	prompts     []*prompt
	completions map[completionKey]CompleteFunc
	rules       map[string]*rule // prompt, resource URI or template → its options
	templates   []*template
	views       map[string]*View // URI →
	list        ListFunc         // nil if all resources are registered
	asksRoots   bool             // [ClientRoots] is used
	choice      choice
	off         map[string]string // tools that are not offered → why
	routes      []route
	public      string // see PublicURL
	guarded     bool   // callers authenticate
	who         func(*http.Request) (*auth.Caller, *auth.Refusal)

	keys   *seal.Keys
	server *mcp.Server // set once the server is built
}

func newRegistry(name string) *Registry {
	return &Registry{
		name: name, title: "mcp-" + name,
		tools:       make(map[string]*tool),
		aliases:     make(map[string]string),
		completions: make(map[completionKey]CompleteFunc),
		rules:       make(map[string]*rule),
		views:       make(map[string]*View),
		off:         make(map[string]string),
	}
}

// Describe sets the title shown to people and the instructions shown to
// models, which say when to use the service and how its tools work together.
func (r *Registry) Describe(title, instructions string) {
	r.title, r.instructions = title, strings.TrimSpace(instructions)
}

// Dynamic declares that the service adds or removes tools, prompts or resources
// while it runs, through [Registry.Server]. Clients then hold a stream open to
// hear of it.
func (r *Registry) Dynamic() { r.dynamic = true }

// Logs declares that handlers send MCP log messages.
func (r *Registry) Logs() { r.logs = true }

// ShareWatches declares that what the service's Watch sees does not depend on who
// asks, beyond the scopes of what is watched: a resource is then watched once for
// all callers, and the context of Watch has none.
func (r *Registry) ShareWatches() { r.sharesWatches = true }

// Server returns the MCP server behind the registry, nil before Register has
// returned. It is for what the registry cannot express; what is added there
// gets none of the registry's guarantees.
func (r *Registry) Server() *mcp.Server { return r.server }

// Keys returns the keys that seal what clients carry for this server, such as
// cursors. They are those of all replicas if --signing-key-file is set. They may
// be used while the process runs.
func (r *Registry) Keys() *seal.Keys { return r.keys }

// rule is what every registered thing is held to.
type rule struct {
	scopes  []string
	ttl     time.Duration
	private bool
}

// Option configures a resource or a prompt, and with [ToolOption] a tool.
type Option interface{ apply(*rule) }

type scopeOption []string

func (o scopeOption) apply(r *rule)     { r.scopes = append(r.scopes, o...) }
func (o scopeOption) applyTool(t *tool) { t.scopes = append(t.scopes, o...) }

// Scope names what a caller must be allowed to use this, all of them. Every
// tool, resource and prompt needs at least one: registering without panics.
func Scope(scopes ...string) interface {
	Option
	ToolOption
} {
	return scopeOption(scopes)
}

type optionFunc func(*rule)

func (f optionFunc) apply(r *rule) { f(r) }

// TTL says how long a client may reuse what it read. The default is not at all.
func TTL(d time.Duration) Option { return optionFunc(func(r *rule) { r.ttl = d }) }

// Private says that a read result depends on who asks, so that no shared cache
// may keep it.
func Private() Option { return optionFunc(func(r *rule) { r.private = true }) }

// ReadFunc reads a resource. vars holds the template's variables, decoded; it
// is nil for a resource with a fixed URI. A nil slice without an error means
// that there is no such resource. Contents without a URI or MIME type get the
// request's and the resource's.
type ReadFunc func(ctx context.Context, uri string, vars map[string]string) ([]*mcp.ResourceContents, error)

type resource struct {
	fixed    *mcp.Resource
	template *mcp.ResourceTemplate
	parsed   *template
	read     ReadFunc
}

// AddResource adds a resource with a fixed URI.
func (r *Registry) AddResource(res *mcp.Resource, read ReadFunc, opts ...Option) {
	r.addRule("resource", res.URI, res.Description, opts)
	r.resources = append(r.resources, &resource{fixed: res, read: read})
}

// AddTemplate adds a family of resources. A variable that may hold slashes
// needs reserved expansion: file:///{+path}.
func (r *Registry) AddTemplate(t *mcp.ResourceTemplate, read ReadFunc, opts ...Option) {
	r.addRule("resource template", t.URITemplate, t.Description, opts)
	tmpl, err := uritemplate.New(t.URITemplate)
	if err != nil {
		panic(fmt.Sprintf("resource template %q: %v", t.URITemplate, err))
	}
	x := &template{tmpl: tmpl, re: tmpl.Regexp(), rule: r.rules[t.URITemplate]}
	r.templates = append(r.templates, x)
	r.resources = append(r.resources, &resource{template: t, parsed: x, read: read})
}

type prompt struct {
	prompt *mcp.Prompt
	handle mcp.PromptHandler
}

// AddPrompt adds a prompt. Its handler sees requests that hold every required
// argument and no unknown one.
func (r *Registry) AddPrompt(p *mcp.Prompt, h mcp.PromptHandler, opts ...Option) {
	r.addRule("prompt", p.Name, p.Description, opts)
	r.prompts = append(r.prompts, &prompt{p, h})
}

func (r *Registry) addRule(kind, name, description string, opts []Option) {
	u := new(rule)
	for _, o := range opts {
		o.apply(u)
	}
	switch {
	case len(u.scopes) == 0:
		panic(fmt.Sprintf("%s %q has no scope", kind, name))
	case description == "":
		panic(fmt.Sprintf("%s %q has no description", kind, name))
	case r.rules[name] != nil:
		panic(fmt.Sprintf("%s %q is registered twice", kind, name))
	}
	r.rules[name] = u
}

// attach moves what was collected into the SDK's server.
func (r *Registry) attach(s *Server, srv *mcp.Server) {
	r.server = srv
	for _, t := range r.tools {
		t.call = s.invoke(t)
		srv.AddTool(t.def, t.call)
	}
	for _, p := range r.prompts {
		srv.AddPrompt(p.prompt, s.prompt(p))
	}
	for _, res := range r.resources {
		if res.fixed != nil {
			srv.AddResource(res.fixed, s.readFixed(res))
			continue
		}
		srv.AddResourceTemplate(res.template, s.readTemplate(res))
	}
}

func (s *Server) readFixed(res *resource) mcp.ResourceHandler {
	u := s.reg.rules[res.fixed.URI]
	return func(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		got, err := read(ctx, req.Params.URI, nil, res.read, u)
		return s.offered(ctx, req, got, err)
	}
}

func (s *Server) readTemplate(res *resource) mcp.ResourceHandler {
	tmpl, re, u := res.parsed.tmpl, res.parsed.re, res.parsed.rule
	names := tmpl.Varnames()
	return func(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		if !re.MatchString(req.Params.URI) {
			return nil, mcp.ResourceNotFoundError(req.Params.URI)
		}
		match := tmpl.Match(req.Params.URI)
		vars := make(map[string]string, len(names))
		for _, name := range names {
			vars[name] = match.Get(name).String()
		}
		got, err := read(ctx, req.Params.URI, vars, res.read, u)
		return s.offered(ctx, req, got, err)
	}
}

func read(ctx context.Context, uri string, vars map[string]string, fn ReadFunc, u *rule) (*mcp.ReadResourceResult, error) {
	contents, err := fn(ctx, uri, vars)
	if err != nil {
		if e := toolerr.From(err); e.Code == toolerr.ResourceNotFound {
			return nil, mcp.ResourceNotFoundError(uri)
		}
		return nil, err
	}
	if contents == nil {
		return nil, mcp.ResourceNotFoundError(uri)
	}
	for i, c := range contents {
		// The SDK leaves an empty text out, and clients refuse contents that have
		// neither text nor blob.
		if c.Text == "" && c.Blob == nil {
			empty := *c
			empty.Blob = []byte{}
			contents[i] = &empty
		}
	}
	res := &mcp.ReadResourceResult{Contents: contents}
	res.TTLMs = int(u.ttl.Milliseconds())
	if u.private {
		res.CacheScope = "private"
	}
	return res, nil
}

// prompt returns the handler that the SDK calls for p.
func (s *Server) prompt(p *prompt) mcp.PromptHandler {
	checked, subject := checkPrompt(p), methodGetPrompt+" "+p.prompt.Name
	return func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return rounds(ctx, s, req, func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			res, err := signedIn(ctx, s, subject, req, func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
				return within(ctx, s, func(ctx context.Context) (*mcp.GetPromptResult, error) { return checked(ctx, req) })
			})
			if err != nil {
				if ask, state, ok := s.offer(ctx, subject, req, req.ClientCapabilities(), err); ok {
					res, err = &mcp.GetPromptResult{InputRequests: ask, RequestState: state}, nil
				}
			}
			if err == nil && res != nil && res.InputRequests != nil {
				err = require(req.ClientCapabilities(), res.InputRequests, "")
			}
			return res, err
		})
	}
}

// checkPrompt holds a prompt's arguments to its declaration before the handler
// sees them.
func checkPrompt(p *prompt) mcp.PromptHandler {
	known := make(map[string]bool, len(p.prompt.Arguments))
	for _, a := range p.prompt.Arguments {
		known[a.Name] = true
	}
	return func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		for _, a := range p.prompt.Arguments {
			if _, ok := req.Params.Arguments[a.Name]; a.Required && !ok {
				return nil, invalidParams("prompt %q needs the argument %q: %s", p.prompt.Name, a.Name, a.Description)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(req.Params.Arguments)) {
			if !known[name] {
				return nil, invalidParams("prompt %q has no argument %q; it takes: %s", p.prompt.Name, name,
					strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
		}
		return p.handle(ctx, req)
	}
}

func invalidParams(format string, args ...any) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf(format, args...)}
}

// protocolError turns what a handler outside of tools returned into a JSON-RPC
// error that is safe to show. Of an error that wraps one, the inner one is shown.
func protocolError(ctx context.Context, err error) error {
	var wire *jsonrpc.Error
	if errors.As(err, &wire) {
		return wire
	}
	e := toolerr.From(err)
	code := int64(jsonrpc.CodeInvalidRequest)
	switch e.Code {
	case toolerr.InvalidInput, toolerr.ResourceNotFound:
		code = jsonrpc.CodeInvalidParams
	case toolerr.Internal, toolerr.ServiceUnavailable, toolerr.Timeout:
		code = jsonrpc.CodeInternalError
	}
	return &jsonrpc.Error{Code: code, Message: e.Message, Data: toolerr.Payload(e, logging.Correlation(ctx))}
}

// listTTL is how long a client may reuse a list that cannot change while the
// process runs. A rollout may change it, so it is not for ever.
const listTTL = 5 * time.Minute

// setCacheable runs under the SDK's lock: it must not call the server back.
func (r *Registry) setCacheable(_ context.Context, req mcp.Request, c *mcp.Cacheable) {
	switch req.(type) {
	case *mcp.ReadResourceRequest, *mcp.ListResourcesRequest:
		return // set by the handler, or as fresh as the moment
	}
	if !r.dynamic {
		c.TTLMs = int(listTTL.Milliseconds())
	}
}

func (r *Registry) capabilities() *mcp.ServerCapabilities {
	c := new(mcp.ServerCapabilities)
	if r.logs {
		c.Logging = new(mcp.LoggingCapabilities)
	}
	if len(r.tools) > 0 {
		c.Tools = &mcp.ToolCapabilities{ListChanged: r.dynamic || r.relists && r.useless != nil}
	}
	if len(r.prompts) > 0 {
		c.Prompts = &mcp.PromptCapabilities{ListChanged: r.dynamic}
	}
	if len(r.resources) > 0 || r.list != nil {
		c.Resources = &mcp.ResourceCapabilities{ListChanged: r.dynamic}
	}
	if len(r.views) > 0 {
		c.AddExtension(ViewsExtension, nil)
	}
	return c
}
