package server

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/page"
)

// newFront returns the handler of what a person sees who opens the server's
// address in a browser.
func (s *Server) newFront() http.HandlerFunc {
	p, err := page.New(s.public())
	if err != nil {
		panic(err) // it is made of what was registered, which each test of the service sees
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.policy.host(r); err != nil {
			refuse(w, http.StatusForbidden, err.Error())
			return
		}
		at, err := s.address(r)
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		_, health := s.state(r.Context())
		p.Serve(timedWriter{w}, r, page.Now{URL: at, Ready: health.Status == stateReady, Detail: health.Detail})
	}
}

// public is what strangers are told of the service.
func (s *Server) public() page.Service {
	ways, err := s.cfg.ways()
	if err != nil {
		panic(err) // checked when the server was made
	}
	here := s.cfg.onlyHere()
	d := page.Service{
		Name: s.name, Title: s.reg.title, Version: Version(),
		Keys: s.auth != nil && slices.Contains(ways, wayKeys), OAuth: s.auth != nil && slices.Contains(ways, wayOAuth),
		Local:  here,
		KeyEnv: strings.ToUpper("mcp_"+s.name) + "_KEY",
		// A form is for whoever may call anyway. A key does not belong in a page.
		Try: s.auth == nil && here,
	}
	for _, t := range s.Tools() {
		d.Tools = append(d.Tools, page.Tool{
			Name: t.Name, Title: t.Title, Description: t.Description, Arguments: t.Arguments, Opaque: s.reg.tools[t.Name].input == nil,
			Scopes: t.Scopes, Writes: t.Writes, Annotations: t.Annotations,
		})
	}
	for _, p := range s.reg.prompts {
		d.Prompts = append(d.Prompts, p.prompt)
	}
	for _, r := range s.reg.resources {
		if f := r.fixed; f != nil {
			d.Resources = append(d.Resources, page.Resource{URI: f.URI, Title: f.Title, Description: f.Description, MIMEType: f.MIMEType})
		} else {
			t := r.template
			d.Resources = append(d.Resources, page.Resource{URI: t.URITemplate, Title: t.Title, Description: t.Description, MIMEType: t.MIMEType, Template: true})
		}
	}
	return d
}

// onlyHere reports whether this machine alone reaches the service. Who gives it a
// name that others use has a proxy before it, which they come through.
func (c Config) onlyHere() bool {
	if !loopback(c.HTTP) || len(c.AllowedHosts) > 0 {
		return false
	}
	u, err := url.Parse(c.PublicURL)
	return c.PublicURL == "" || err == nil && loopback(net.JoinHostPort(u.Hostname(), "0"))
}

// reached is where others reach the service if it is not [Config.onlyHere], for
// people to read.
func (c Config) reached() string {
	if !loopback(c.HTTP) {
		return c.HTTP
	}
	return cmp.Or(strings.Join(c.AllowedHosts, ", "), c.PublicURL)
}

// plainHost is what a Host header looks like whose text may stand in a command that
// people copy. More is allowed in one.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

var errHost = errors.New("the Host of this request is no host name with a port; open the page by the server's name")

// address is the URL at which clients reach the service: --public-url, else where
// the sender of this request did.
func (s *Server) address(r *http.Request) (string, error) {
	if at := s.cfg.PublicURL; at != "" {
		if u, err := url.Parse(at); err == nil && strings.Trim(u.Path, "/") == "" {
			return strings.TrimRight(at, "/") + "/mcp", nil // an origin: the path is ours
		}
		return at, nil
	}
	if !plainHost.MatchString(r.Host) {
		return "", errHost
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" { // it is told to nobody else
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/mcp", nil
}
