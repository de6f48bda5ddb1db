package upstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestCredentialsAreSentToBaseURLsOnly(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]http.Header)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen["elsewhere"+r.URL.Path] = r.Header.Clone()
		mu.Unlock()
		if r.URL.Path == "/back" {
			http.Redirect(w, r, "http://"+r.URL.Query().Get("to")+"/returned", http.StatusFound)
			return
		}
		fmt.Fprint(w, "a log")
	}))
	t.Cleanup(elsewhere.Close)
	r := newRig(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path] = r.Header.Clone()
		mu.Unlock()
		switch r.URL.Path {
		case "/away":
			w.Header().Set("Location", elsewhere.URL+"/log?sig=s3cret")
			w.WriteHeader(http.StatusFound)
		case "/round":
			w.Header().Set("Location", elsewhere.URL+"/back?to="+r.Host)
			w.WriteHeader(http.StatusFound)
		case "/renamed":
			w.Header().Set("Location", "/repositories/1")
			w.WriteHeader(http.StatusMovedPermanently)
		default:
			json(w, 200, `{}`)
		}
	})
	ctx := as(t.Context(), canary)
	library := []string{"Authorization", "Bearer another", "Cookie", "session=1", "Proxy-Authorization", "Basic eA==", "X-Token", "kept"}
	if got := r.get(t, ctx, "/away", library...); got.body != "a log" || got.status != 200 {
		t.Errorf("%+v", got)
	}
	r.get(t, ctx, "/renamed", library...)
	for _, path := range []string{"/away", "/renamed", "/repositories/1"} {
		if h := seen[path]; h.Get("Authorization") != "Bearer "+canary || h.Get("Cookie") != "" || h.Get("Proxy-Authorization") != "" || h.Get("X-Token") != "kept" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if h := seen["elsewhere/log"]; h == nil || h.Get("Authorization") != "" || h.Get("Cookie") != "" || h.Get("X-Token") != "" || h.Get("Referer") != "" {
		t.Errorf("elsewhere: %v", h)
	}
	if r.get(t, ctx, "/round"); seen["/returned"] == nil || seen["/returned"].Get("Authorization") != "" {
		t.Errorf("back from elsewhere: %v", seen["/returned"])
	}
	resp, err := r.Fetch(ctx, elsewhere.URL+"/fetched")
	if got, err := read(resp, err); err != nil || got.body != "a log" || seen["elsewhere/fetched"].Get("Authorization") != "" {
		t.Errorf("%+v %v %v", got, err, seen["elsewhere/fetched"])
	}
	resp, err = r.Fetch(ctx, r.url+"/base")
	if _, err := read(resp, err); err != nil || seen["/base"].Get("Authorization") != "" {
		t.Errorf("what is fetched from the base URL's host: %v %v", err, seen["/base"])
	}

	q, _ := http.NewRequestWithContext(ctx, "GET", elsewhere.URL+"/direct", nil)
	var refused *RefusedError
	if _, err := read(r.HTTP().Do(q)); !errors.As(err, &refused) || seen["elsewhere/direct"] != nil {
		t.Errorf("a host that is not configured: %v", err)
	}
	q, _ = http.NewRequestWithContext(t.Context(), "GET", r.url+"/anonymous", nil)
	q.SetBasicAuth("library", "pw")
	if _, err := read(r.HTTP().Do(q)); err != nil || seen["/anonymous"].Get("Authorization") != "" {
		t.Errorf("without a credential: %v %v", err, seen["/anonymous"])
	}
}

func TestOriginIsSchemeHostAndPort(t *testing.T) {
	r := newScript(t, Config{BaseURLs: []*url.URL{{Scheme: "https", Host: "api.example.com", Path: "/v3/"}}}, func(w http.ResponseWriter, _ *http.Request) { json(w, 200, `{}`) })
	for to, ok := range map[string]bool{
		"https://api.example.com/x":       true,
		"https://API.example.com:443/x":   true,
		"http://api.example.com/x":        false,
		"https://api.example.com:8443/x":  false,
		"https://api.example.com.evil/x":  false,
		"https://evil@api.example.com/x":  true,
		"https://api.example.com@evil/x":  false,
		"http://127.0.0.1:1/x":            true,
		"http://127.0.0.1/x":              false,
		"https://api.example.com%2eevil/": false,
	} {
		u, err := url.Parse(to)
		if err != nil {
			continue
		}
		_, err = read(r.RoundTrip((&http.Request{Method: "GET", URL: u, Header: http.Header{}}).WithContext(as(t.Context(), canary))))
		if (err == nil) != ok {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestCredentialIsNotPrinted(t *testing.T) {
	for _, c := range []Credential{Bearer(canary), Basic("user", canary), InBody(canary)} {
		var b strings.Builder
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "c", c)
		fmt.Fprintf(&b, "%v %+v %#v %s %q", c, c, c, c, c)
		if strings.Contains(b.String(), canary) || strings.Contains(b.String(), "Bearer") || !strings.Contains(b.String(), c.ID()) {
			t.Error(b.String())
		}
	}
	for _, c := range []Credential{Bearer(canary), {}, InBody("other")} {
		if got := c.Hide("not with " + canary + ", 3 " + canary); (got == "not with [redacted], 3 [redacted]") != (c == Bearer(canary)) {
			t.Errorf("%v leaves %q", c, got)
		}
	}
	one, again := Bearer("a"), Bearer("a")
	if one != again || one == Bearer("b") || (Credential{}).ID() != "" || InBody("a").header != "" {
		t.Error("credentials are not told apart")
	}
}

func TestErrorsHaveNothingOfTheRequest(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	r := newRig(t, Config{Retries: -1}, func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/garbage":
			conn, buf, _ := w.(http.Hijacker).Hijack()
			fmt.Fprintf(buf, "HTTP/1.1 %s\r\n\r\n", q.Header.Get("Authorization"))
			buf.Flush()
			conn.Close()
		case "/away":
			w.Header().Set("Location", dead.URL+"/log?sig="+canary)
			w.WriteHeader(302)
		case "/moved":
			w.Header().Set("Location", "/new?token="+canary)
			w.WriteHeader(301)
		case "/reset":
			reset(w)
		}
	})
	ctx := as(t.Context(), canary)
	for _, path := range []string{"/garbage", "/away", "/reset"} {
		_, err := r.do(ctx, "GET", path+"?q="+canary, "")
		if err == nil || strings.Contains(Redact(err).Error(), canary) {
			t.Errorf("%s: %v", path, err)
		}
		shown := Shown(err, "GitHub")
		if shown == nil || strings.Contains(fmt.Sprint(shown, " ", shown.Cause), canary) {
			t.Errorf("%s: %v", path, shown)
		}
	}
	_, err := r.do(ctx, "POST", "/moved", "{}")
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
	if _, err := read(r.Fetch(ctx, dead.URL+"/?sig="+canary)); err == nil || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
	if _, err := read(r.Fetch(ctx, ":"+canary)); err == nil || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}
