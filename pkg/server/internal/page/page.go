// Package page makes the page that a person sees who opens a service's address:
// what the service offers, how to connect to it, and whether it is well.
//
// All of it is public: strangers see it, on guarded services too. It is one
// document without anything from elsewhere, whose policy lets nothing but its own
// style and script run. Start with [New]; [Page.Serve] answers a request.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed offer.html
	offerHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// A page is read more often than it is debugged: what only the source needs is left
// out. Neither language minds, as no text in them spans lines.
var (
	margins  = regexp.MustCompile(`(?m)^[ \t]+|[ \t]*\n$`)
	comments = regexp.MustCompile(`(?m)^//.*\n`)
)

func trimmed(source string) string {
	return comments.ReplaceAllString(margins.ReplaceAllString(source, ""), "")
}

var style, script = dense.Replace(trimmed(pageCSS)), trimmed(pageJS)

// dense takes the space out of a style sheet that stands only for its readers. No
// text in it has any of these.
var dense = strings.NewReplacer("\n", "", " { ", "{", " {\n", "{", " }", "}", "; ", ";", ";\n", ";", ": ", ":", ", ", ",", ",\n", ",")

var (
	outer = template.Must(template.New("page").Parse(pageHTML))
	inner = template.Must(template.New("offer").Parse(offerHTML))
)

// Service is what there is to tell of a service while its process runs.
type Service struct {
	// Name is the service's, as in files; Title is for people.
	Name, Title, Version string
	// Keys and OAuth are the ways in which callers show who they are. With neither
	// everybody may call.
	Keys, OAuth bool
	// Local says that only this machine reaches the service.
	Local bool
	// KeyEnv is the variable in which clients keep their key, with Keys.
	KeyEnv string
	// Try adds forms that call the tools which only read.
	Try bool

	Tools     []Tool
	Prompts   []*mcp.Prompt
	Resources []Resource
}

// Tool is a tool as the page shows it.
type Tool struct {
	Name, Title, Description string
	Arguments                []args.Property
	// Opaque says that the arguments are not known one by one.
	Opaque      bool
	Scopes      []string
	Writes      bool
	Annotations *mcp.ToolAnnotations
}

// Resource is a resource or, with Template, a family of them.
type Resource struct {
	URI, Title, Description, MIMEType string
	Template                          bool
}

// Now is what may differ from one request to the next.
type Now struct {
	// URL is where clients reach the service.
	URL string
	// Ready and Detail are what /readyz says.
	Ready  bool
	Detail string
}

// Page is the page of a service. Its methods are safe for concurrent use.
type Page struct {
	service Service
	offer   template.HTML
	groups  []group
	policy  string
	last    atomic.Pointer[document]
}

// document is a page as it was made for one moment.
type document struct {
	now  Now
	body []byte
	etag string
}

// New returns the page of s, after making what does not change.
func New(s Service) (*Page, error) {
	p := &Page{service: s, groups: groups(s)}
	var b bytes.Buffer
	if err := inner.Execute(&b, struct {
		Service
		Groups []group
	}{s, p.groups}); err != nil {
		return nil, fmt.Errorf("the page of %s: %w", s.Name, err)
	}
	p.offer = template.HTML(b.String()) // what the template above has escaped
	connects := ""
	if s.Try {
		connects = "connect-src 'self'; "
	}
	p.policy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; img-src data:; " + connects +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	return p, nil
}

// hash is how a policy names what stands between two tags.
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Serve answers a GET or HEAD: with HTML if the client says that it reads it, else
// with text.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request, now Now) {
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// What it says of the service's health is of the moment, and the address is the
	// one that this client uses.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept")
	body := []byte(nil)
	if readsHTML(r.Header) {
		d, err := p.document(now)
		if err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		h.Set("ETag", d.etag)
		if r.Header.Get("If-None-Match") == d.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = d.body
	} else {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		body = p.text(now)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		// A client that hung up does not need the rest.
		_, _ = w.Write(body)
	}
}

// readsHTML reports whether a client asks for HTML by name, as browsers do and
// programs do not.
func readsHTML(h http.Header) bool {
	for _, list := range h.Values("Accept") {
		for part := range strings.SplitSeq(list, ",") {
			kind, weight, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "text/html") && strings.ReplaceAll(weight, " ", "") != "q=0" {
				return true
			}
		}
	}
	return false
}

// document returns the page of a moment. The last one is kept: it seldom changes.
func (p *Page) document(now Now) (*document, error) {
	if d := p.last.Load(); d != nil && d.now == now {
		return d, nil
	}
	var b bytes.Buffer
	if err := outer.Execute(&b, struct {
		Service
		Now
		Groups  []group
		Offer   template.HTML
		Clients []client
		Style   template.CSS
		Script  template.JS
	}{p.service, now, p.groups, p.offer, p.clients(now.URL), template.CSS(style), template.JS(script)}); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	d := &document{now, b.Bytes(), `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	p.last.Store(d)
	return d, nil
}

// client is how one client is told of the service.
type client struct {
	connect.Snippet
	Install template.URL // opens the client, "" if it has no such links
}

// opens are the beginnings of links that open a client on the person's machine.
// What the operator calls the service is in such a link: it must not become one
// of another kind.
var opens = []string{"cursor://", "vscode:mcp/"}

func (p *Page) clients(url string) []client {
	t := connect.Target{Name: p.service.Name, URL: url}
	if p.service.Keys {
		t.KeyEnv = p.service.KeyEnv
	}
	var list []client
	for _, name := range connect.Clients() {
		snippet, err := connect.For(name, t)
		if err != nil {
			continue // it cannot reach such an address
		}
		snippet.Text = strings.TrimRight(snippet.Text, "\n")
		c := client{Snippet: snippet}
		for _, prefix := range opens {
			if strings.HasPrefix(snippet.Link, prefix) {
				c.Install = template.URL(snippet.Link)
			}
		}
		list = append(list, c)
	}
	return list
}

// text is the page for those who read it in a terminal.
func (p *Page) text(now Now) []byte {
	s := p.service
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s (mcp-%s %s)\n\nThis is a Model Context Protocol server. Point an MCP client at %s\n\n", s.Title, s.Name, s.Version, now.URL)
	state := "ready"
	if !now.Ready {
		state = "not ready"
	}
	if now.Detail != "" {
		state += ": " + now.Detail
	}
	fmt.Fprintf(&b, "Health: %s\nWho may call: %s\n", state, strings.Join(s.Access(), "; "))
	for _, g := range p.groups {
		fmt.Fprintf(&b, "\n%s:\n", g.Title)
		for _, t := range g.Tools {
			fmt.Fprintf(&b, "  %s: %s\n", t.Name, t.Title)
		}
	}
	return b.Bytes()
}

// Access says in words who may call.
func (s Service) Access() []string {
	var ways []string
	if s.Keys {
		ways = append(ways, "Who has an API key, as a bearer token or in X-API-Key")
	}
	if s.OAuth {
		ways = append(ways, "Who signs in with OAuth; clients find out where by themselves")
	}
	switch {
	case len(ways) > 0:
	case s.Local:
		ways = append(ways, "Everyone on this machine, without a key")
	default:
		ways = append(ways, "Everyone who reaches this address, without a key")
	}
	return ways
}
