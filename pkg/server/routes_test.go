package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// hooked is a service with routes of its own.
type hooked struct {
	*demo
	public string
}

func (h *hooked) Register(r *Registry) {
	h.demo.Register(r)
	h.public = r.PublicURL()
	r.Handle("GET /oauth/demo/callback", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "code %s, caller %v, correlation %s", r.FormValue("code"), auth.CallerFrom(r.Context()), logging.Correlation(r.Context()))
	}))
	r.Handle("POST /webhooks/demo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes, %v", len(b), err)
	}))
	r.Handle("GET /webhooks/panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) }))
}

func TestRoutes(t *testing.T) {
	// Keys guard /mcp, and these are reached without.
	cfg := Config{HTTP: "127.0.0.1:8105", APIKey: "0123456789abcdef0123456789abcdef", MaxBody: 1000}
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"callback", "GET", "/oauth/demo/callback?code=s3cret", "", []string{"X-Request-Id", "given-id-1"}, 200, "code s3cret, caller <nil>, correlation given-id-1"},
		{"callback from another site", "GET", "/oauth/demo/callback?code=s3cret", "", []string{"Sec-Fetch-Site", "cross-site"}, 200, "code s3cret"},
		{"webhook", "POST", "/webhooks/demo", strings.Repeat("x", 1000), nil, 200, "1000 bytes, <nil>"},
		{"webhook from a page", "POST", "/webhooks/demo", "x", []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross-origin"},
		{"webhook from a page of before", "POST", "/webhooks/demo", "x", []string{"Origin", "https://evil.example.com"}, 403, "cross-origin"},
		{"large", "POST", "/webhooks/demo", strings.Repeat("x", 1001), nil, 413, "above the limit of 1000 bytes"},
		{"rebound name", "GET", "/oauth/demo/callback?code=s3cret", "", []string{"Host", "evil.example.com"}, 403, "--allowed-hosts"},
		{"panic", "GET", "/webhooks/panic", "", nil, 500, "the log has it under"},
		{"another method", "POST", "/oauth/demo/callback", "", nil, 405, ""},
		{"another path", "GET", "/oauth/demo", "", nil, 404, ""},
		{"mcp", "POST", "/mcp", "{}", nil, 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRigFor(t, &hooked{demo: newDemo()}, cfg)
			res, body := r.to(t, tt.method, tt.path, tt.body, tt.header...)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || strings.Contains(body, "hunter2") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if tt.status == 200 && (res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Request-Id") == "") {
				t.Error(res.Header)
			}
			if log := r.log.String(); strings.Contains(log, "s3cret") || tt.status == 200 && !strings.Contains(log, `"route":"`+tt.method) {
				t.Error(log)
			}
		})
	}
}

func TestRoutesAreLimited(t *testing.T) {
	r := newRigFor(t, &hooked{demo: newDemo()}, Config{})
	handler := r.Handler()
	from := func(address string) int {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/oauth/demo/callback", nil)
		req.RemoteAddr = address
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return w.Code
	}
	refused := 0
	for range 1000 {
		if from("[2001:db8::1]:1") != 200 {
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("%d of 1000 were refused", refused)
	}
	for address, want := range map[string]string{"[2001:db8::2]:1": "2001:db8::/64", "[::ffff:192.0.2.1]:1": "192.0.2.1", "192.0.2.1:5": "192.0.2.1", "@": ""} {
		if got := clientAddress(&http.Request{RemoteAddr: address}); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
	if status := from("192.0.2.1:1"); status != 200 {
		t.Errorf("another address has %d", status)
	}
}

func TestRoutesAreBoundedAtOnce(t *testing.T) {
	for _, p := range places {
		t.Run(p.prefix, func(t *testing.T) {
			r := newRigFor(t, newDemo(), Config{})
			wait := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				r.demoOf().started <- struct{}{}
				<-r.demoOf().gate
			})
			r.reg.Handle("GET "+p.prefix+"wait", wait)
			for _, other := range places {
				r.reg.Handle("GET "+other.prefix+"now", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			}
			handler := r.Handler()
			// Who has gone waits for no room, and is let in if there is some.
			gone, leave := context.WithCancel(t.Context())
			leave()
			get := func(address, path string) int {
				ctx := t.Context()
				if strings.HasSuffix(path, "now") {
					ctx = gone
				}
				req := httptest.NewRequestWithContext(ctx, "GET", "http://localhost"+path, nil)
				req.RemoteAddr = address
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, req)
				return w.Code
			}
			done := make(chan int, p.atOnce)
			fill := func(address string) {
				for range p.each {
					go func() { done <- get(address, p.prefix+"wait") }()
					<-r.demoOf().started
				}
			}
			fill("192.0.2.1:1")
			if status := get("192.0.2.1:2", p.prefix+"now"); status != http.StatusServiceUnavailable {
				t.Errorf("one more of an address has %d", status)
			}
			for i := range p.atOnce/p.each - 1 {
				fill(fmt.Sprintf("192.0.2.%d:1", i+2))
			}
			for _, other := range places {
				want := 200
				if other.prefix == p.prefix {
					want = http.StatusServiceUnavailable
				}
				if status := get("192.0.2.200:1", other.prefix+"now"); status != want {
					t.Errorf("%s: one more has %d", other.prefix, status)
				}
			}
			close(r.demoOf().gate)
			for range p.atOnce {
				if status := <-done; status != 200 {
					t.Errorf("status %d", status)
				}
			}
			if status := get("192.0.2.1:1", p.prefix+"now"); status != 200 {
				t.Errorf("afterwards there is %d", status)
			}
		})
	}
}

// TestDeliveriesThroughAProxy holds that what an upstream sends at once, by one
// address, is taken.
func TestDeliveriesThroughAProxy(t *testing.T) {
	r := newRigFor(t, newDemo(), Config{})
	r.reg.Handle("POST /webhooks/demo", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		r.demoOf().started <- struct{}{}
		<-r.demoOf().gate
	}))
	handler, done := r.Handler(), make(chan int, 10)
	for range cap(done) {
		go func() {
			req := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/webhooks/demo", strings.NewReader("{}"))
			req.RemoteAddr = "192.0.2.1:1"
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, req)
			done <- w.Code
		}()
	}
	for range places[1].each {
		<-r.demoOf().started
	}
	close(r.demoOf().gate)
	for range cap(done) {
		if status := <-done; status != 200 {
			t.Errorf("status %d", status)
		}
	}
}

// TestTricksWithPaths holds that what is guarded at one path is guarded by all of
// its spellings, and that no request is sent elsewhere.
func TestTricksWithPaths(t *testing.T) {
	r := newRigFor(t, &hooked{demo: newDemo()}, Config{HTTP: "127.0.0.1:8105", APIKey: "0123456789abcdef0123456789abcdef"})
	handler := r.Handler()
	for _, path := range []string{
		"/oauth/../mcp", "/oauth/demo/../../mcp", "/webhooks/demo/../../mcp", "//mcp", "/oauth/demo/callback/../../../mcp", "/./mcp", "/oauth/%2e%2e/mcp",
		"/oauth%2f..%2fmcp", "/oauth/demo%2fcallback", "/oauth/demo/callback/", "/OAUTH/demo/callback", "/oauth//demo/callback", "//evil.example.com/oauth/demo/callback",
		"//evil.example.com/..", `/\evil.example.com`, "/oauth/demo/callback;x", "/mcp/", "/mcp%2f", "/mcp/../mcp",
	} {
		for _, method := range []string{"GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT"} {
			req := httptest.NewRequestWithContext(t.Context(), method, "http://localhost/", strings.NewReader("{}"))
			req.URL = &url.URL{Path: path, RawQuery: "ticket=s3cret"}
			if unescaped, err := url.PathUnescape(path); err == nil {
				req.URL.Path, req.URL.RawPath = unescaped, path
			}
			req.Header.Set("X-HTTP-Method-Override", "GET")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, req)
			to := w.Header().Get("Location")
			if w.Code < 300 || to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
				t.Errorf("%s %s: %d %s %q", method, path, w.Code, w.Body, to)
			}
		}
	}
	// Pages of other sites are told nothing and cannot ask for leave.
	req := httptest.NewRequestWithContext(t.Context(), "OPTIONS", "http://localhost/oauth/demo/callback", nil)
	req.Header.Set("Origin", "https://evil.example.com")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error(w.Code, w.Header())
	}
}

// TestRoutesTakeNoMoreThanTheyNeed holds that who signs in sends no more than a
// form, and what an upstream sends is bounded too, whatever a call may be.
func TestRoutesTakeNoMoreThanTheyNeed(t *testing.T) {
	for path, most := range map[string]int{"/oauth/demo/start": 64 << 10, "/webhooks/demo": 4 << 20} {
		r, called := newRigFor(t, newDemo(), Config{MaxBody: 8 << 20}), 0
		r.reg.Handle("POST "+path, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			called++
			if b, err := io.ReadAll(q.Body); err != nil || len(b) != most {
				t.Error(len(b), err)
			}
		}))
		handler := r.Handler()
		for size, want := range map[int]int{most: 200, most + 1: http.StatusRequestEntityTooLarge} {
			for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", size)), io.MultiReader(strings.NewReader(strings.Repeat("x", size)))} {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost"+path, body))
				if w.Code != want {
					t.Error(path, size, w.Code, w.Body)
				}
			}
		}
		if called != 2 {
			t.Errorf("%s was called %d times", path, called)
		}
	}
}

func (r *rig) demoOf() *demo { return r.svc.(*demo) }

func TestRoutesOnlyInTheirPlaces(t *testing.T) {
	nothing := http.NotFoundHandler()
	for _, pattern := range []string{
		"POST /mcp", "GET /", "GET /livez", "/oauth/demo/start", "GET /.well-known/oauth-protected-resource", "GET /oauth/", "GET /webhooks", "GET /oauth/../mcp",
		"GET evil.example.com/oauth/x", "GET /oauth//x", "FETCH /oauth/x", "GET  /oauth/x", "GET /oauth/twice",
	} {
		func() {
			r := newRegistry("demo")
			r.Handle("GET /oauth/twice", nothing)
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", pattern)
				}
			}()
			r.Handle(pattern, nothing)
		}()
	}
}

func TestPublicURL(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, ""},
		{Config{PublicURL: "https://h.example.com/mcp"}, ""},
		{Config{HTTP: "127.0.0.1:8103"}, "http://127.0.0.1:8103"},
		{Config{HTTP: "0.0.0.0:8080", Auth: []string{"none"}}, ""},
		{Config{HTTP: "0.0.0.0:8080", Auth: []string{"none"}, PublicURL: "https://h.example.com/github/mcp/"}, "https://h.example.com/github"},
		{Config{HTTP: "0.0.0.0:8080", Auth: []string{"none"}, PublicURL: "https://h.example.com"}, "https://h.example.com"},
	} {
		h := &hooked{demo: newDemo()}
		newRigFor(t, h, tt.cfg)
		if h.public != tt.want {
			t.Errorf("%+v: %q", tt.cfg, h.public)
		}
	}
}

func TestProve(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	open, guarded := newRigFor(t, newDemo(), Config{}), newRigFor(t, newDemo(), Config{APIKey: key})
	if _, err := open.reg.Prove(t.Context(), key); err == nil {
		t.Error("a key counts without authentication")
	}
	if open.reg.Guarded() || !guarded.reg.Guarded() {
		t.Error("it is not known who is guarded")
	}
	if _, err := guarded.reg.Prove(t.Context(), "x"+key); err == nil || strings.Contains(err.Error(), key) {
		t.Error(err)
	}
	if who, err := guarded.reg.Prove(t.Context(), key); err != nil || !strings.HasPrefix(who, "key:") {
		t.Errorf("%q, %v", who, err)
	}
}
