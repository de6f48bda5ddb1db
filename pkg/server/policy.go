package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// policy decides which Host and Origin a request to /mcp may carry. A browser
// can be made to send requests here by any page it shows: the Host check stops
// DNS rebinding, the Origin check stops cross-site calls.
type policy struct {
	hosts   []string // allowed names without port, lower case
	domains []string // ".example.com" allows all names that end so
	origins []string // allowed origins besides the server's own
	local   bool     // only loopback names are the server's own
	cross   *http.CrossOriginProtection
}

func newPolicy(cfg Config) (*policy, error) {
	p := &policy{local: loopback(cfg.HTTP), cross: http.NewCrossOriginProtection()}
	for _, h := range cfg.AllowedHosts {
		name, below := strings.CutPrefix(h, "*")
		if strings.ContainsAny(name, "/@ *") || name == "" || below && (name[0] != '.' || hostname(name) == ".") {
			return nil, fmt.Errorf("--allowed-hosts %q: give a host name such as files.example.com, or *.example.com, without scheme or path", h)
		}
		if below {
			p.domains = append(p.domains, hostname(name))
		} else {
			p.hosts = append(p.hosts, hostname(name))
		}
	}
	if cfg.PublicURL != "" {
		u, err := url.Parse(cfg.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("--public-url %q: give an absolute URL such as https://files.example.com/mcp", cfg.PublicURL)
		}
		p.hosts = append(p.hosts, hostname(u.Host))
	}
	if name, err := os.Hostname(); err == nil && !p.local {
		p.hosts = append(p.hosts, hostname(name))
	}
	for _, o := range cfg.AllowedOrigins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
			return nil, fmt.Errorf("--allowed-origins %q: give an origin such as https://app.example.com, without a path", o)
		}
		o = u.Scheme + "://" + strings.ToLower(u.Host)
		if err := p.cross.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("--allowed-origins %q: %v", o, err)
		}
		p.origins = append(p.origins, o)
	}
	return p, nil
}

// host returns an error if the request's Host is not this server's.
func (p *policy) host(r *http.Request) error {
	name := hostname(r.Host)
	if slices.Contains(p.hosts, name) || name == "localhost" {
		return nil
	}
	for _, d := range p.domains {
		if strings.HasSuffix(name, d) && len(name) > len(d) {
			return nil
		}
	}
	// An address cannot be rebound, but on loopback only a loopback one is ours.
	if ip, err := netip.ParseAddr(name); err == nil && (!p.local || ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("the Host %q is not one of this server's; its operator can add it with --allowed-hosts", clip(r.Host))
}

// origin returns an error if the request comes from a page of another site that
// is not allowed. allowed is the origin to confirm in CORS headers, "" if the
// request does not need any.
func (p *policy) origin(r *http.Request) (allowed string, err error) {
	o := r.Header.Get("Origin")
	if o == "" {
		if r.Header.Get("Sec-Fetch-Site") == "" {
			return "", nil // not a browser
		}
		return "", p.cross.Check(r)
	}
	if slices.Contains(p.origins, strings.ToLower(o)) {
		return o, nil
	}
	if u, err := url.Parse(o); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return "", nil
	}
	return "", fmt.Errorf("the Origin %q may not use this server; its operator can add it with --allowed-origins", clip(o))
}

// The headers that a browser client of another origin sends and reads.
const (
	corsAllow  = "Authorization, Content-Type, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID, X-API-Key"
	corsExpose = "WWW-Authenticate, Mcp-Session-Id, X-Request-Id, Retry-After"
)

// enforce applies the policy before next and answers preflight requests. It
// tells refused of what it turns away.
func (p *policy) enforce(next http.Handler, refused func(*http.Request, refusal, target)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.host(r); err != nil {
			refused(r, refusedHost, target{})
			refuse(w, http.StatusForbidden, err.Error())
			return
		}
		allowed, err := p.origin(r)
		if err != nil {
			refused(r, refusedOrigin, target{})
			refuse(w, http.StatusForbidden, err.Error())
			return
		}
		if len(p.origins) > 0 {
			w.Header().Add("Vary", "Origin")
		}
		if allowed != "" {
			w.Header().Set("Access-Control-Allow-Origin", allowed)
			w.Header().Set("Access-Control-Expose-Headers", corsExpose)
		}
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		if allowed != "" {
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
			w.Header().Set("Access-Control-Allow-Headers", corsAllow)
			w.Header().Set("Access-Control-Max-Age", "7200")
		}
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	})
}

// hostname is the host of host:port in lower case, without brackets.
func hostname(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = h
	}
	return strings.ToLower(strings.Trim(hostport, "[]"))
}

// loopback reports whether a listen address can be reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// tame is s as logs and telemetry may show it: clipped, and without what looks
// like a secret. That is looked for before clipping, since half a secret is not
// known for one, but not through megabytes.
func tame(s string) string {
	const most = 1 << 10
	return clip(logging.Redact(s[:min(len(s), most)]))
}

// clip bounds what is repeated of a caller's input.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
