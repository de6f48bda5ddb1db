package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/limit"
)

// routeRate is how many requests to a service's own routes one address may send.
// Nobody has said who they are, so the address is all there is to tell them apart;
// behind a proxy that is one for all.
const routeRate = "20/s"

// place is where a service may have routes of its own. Those of one place are
// bounded together, and apart from those of others.
type place struct {
	prefix string
	// atOnce bounds how many requests are answered at once, and each how many of one
	// address: a body may take its time to come, and is in memory. As many as queue
	// wait a moment for that: behind a proxy all have one address.
	atOnce, each, queue int
	body                int64
}

var places = []place{
	{prefix: "/oauth/", atOnce: 64, each: 16, queue: 64, body: 64 << 10}, // forms
	{prefix: "/webhooks/", atOnce: 16, each: 4, queue: 64, body: 4 << 20},
}

// route is what a service answers over HTTP itself.
type route struct {
	pattern string
	handler http.Handler
}

// Handle makes h answer requests to the public HTTP listener that are not MCP's:
// those of a browser in which a person signs in at an upstream, and those that an
// upstream sends. The pattern is one of [http.ServeMux] with a method, such as
// "GET /oauth/github/callback" or "POST /webhooks/github"; any other place panics.
// On stdio there are no routes.
//
// Anybody can send such a request: h must find out by itself whether it is from
// whom it should be. It has the process's Host policy, size of a body and time
// behind it, its body is read already, and each address may send only so many;
// pages of other sites cannot have a browser POST to it. The log and traces have
// the pattern, never the URL.
func (r *Registry) Handle(pattern string, h http.Handler) {
	method, at, ok := strings.Cut(pattern, " ")
	in := func(p place) bool { return strings.HasPrefix(at, p.prefix) && len(at) > len(p.prefix) }
	if !ok || !slices.Contains(httpMethods, method) || !slices.ContainsFunc(places, in) || path.Clean(at) != at || h == nil {
		panic(fmt.Sprintf("route %q: give a method and a path below /oauth/ or /webhooks/", pattern))
	}
	if slices.ContainsFunc(r.routes, func(other route) bool { return other.pattern == pattern }) {
		panic(fmt.Sprintf("route %q is registered twice", pattern))
	}
	r.routes = append(r.routes, route{pattern, h})
}

// PublicURL returns the URL below which the routes of [Registry.Handle] are
// reached, without a slash at its end. It is --public-url without the /mcp at its
// end, else the address on this machine that is listened on. It is "" on stdio,
// and if other machines reach the address and nobody said by which name.
func (r *Registry) PublicURL() string { return r.public }

// Guarded reports whether callers have to show who they are. It is known when the
// process starts to serve.
func (r *Registry) Guarded() bool { return r.guarded }

// Prove returns whose credential it is that somebody shows on a page of the
// service's own, an API key or an access token, for the page to know who they are.
// It may be used while the process runs. The error says no more than that it is
// nobody's.
func (r *Registry) Prove(ctx context.Context, credential string) (principal string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+credential)
	if !r.guarded {
		return "", errors.New("nobody has a credential here: authentication is off")
	}
	caller, refusal := r.who(req)
	if refusal != nil {
		return "", errors.New("this is nobody's credential")
	}
	return caller.Principal, nil
}

// public is what [Registry.PublicURL] returns.
func (c Config) public() string {
	switch {
	case c.HTTP == "":
		return ""
	case c.PublicURL != "":
		return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(c.PublicURL, "/"), "/mcp"), "/")
	case loopback(c.HTTP):
		return "http://" + c.HTTP
	}
	return ""
}

// routes adds the service's routes.
func (s *Server) routes(mux *http.ServeMux) {
	if len(s.reg.routes) == 0 {
		return
	}
	rate, err := limit.ParseRate(routeRate)
	if err != nil {
		panic(err) // a constant
	}
	for _, p := range places {
		limits, running := limit.NewLocal(rate), newCrowd(p)
		for _, route := range s.reg.routes {
			if _, at, _ := strings.Cut(route.pattern, " "); strings.HasPrefix(at, p.prefix) {
				mux.Handle(route.pattern, s.routed(route.handler, limits, running))
			}
		}
	}
}

// routed is everything that stands between a stranger and a service's route.
func (s *Server) routed(h http.Handler, limits *limit.Local, running *crowd) http.Handler {
	turnAway := func(w http.ResponseWriter, r *http.Request, reason refusal, status int, message string) {
		s.refused(r, reason, target{})
		http.Error(w, message, status)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.policy.host(r); err != nil {
			turnAway(w, r, refusedHost, http.StatusForbidden, err.Error())
			return
		}
		// A browser that comes back from the upstream comes from another site, with
		// GET; what changes something does not.
		if err := s.policy.cross.Check(r); err != nil {
			turnAway(w, r, refusedOrigin, http.StatusForbidden, err.Error())
			return
		}
		address := clientAddress(r)
		if ok, after := limits.Take(address, 1, time.Now()); !ok {
			w.Header().Set("Retry-After", fmt.Sprint(seconds(after)))
			turnAway(w, r, refusedRateLimited, http.StatusTooManyRequests, "too many requests from this address; try again later")
			return
		}
		leave, ok := running.enter(r.Context(), address)
		if !ok {
			w.Header().Set("Retry-After", "1")
			turnAway(w, r, refusedOverloaded, http.StatusServiceUnavailable, "too many requests at once; try again later")
			return
		}
		defer leave()
		r.Body = http.MaxBytesReader(w, r.Body, running.body)
		body, err := s.readBody(w, r)
		if err != nil {
			s.refuseBody(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(logging.WithCorrelation(r.Context(), r.Header.Get("X-Request-Id")), s.cfg.ToolDeadline)
		defer cancel()
		defer s.abort.bind(cancel)()
		// The URL of such a page has secrets in it, and nobody else may show the page.
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.ServeHTTP(timedWriter{w}, withBody(r.WithContext(ctx), body))
	})
}

// clientAddress tells clients apart by where they connect from. One that has an
// IPv6 address has many of them.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if ip = ip.Unmap(); ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
