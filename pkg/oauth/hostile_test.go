package oauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
)

// TestPrincipalsDoNotMix signs in callers whose names look like each other's, or
// like the parts of a key, and holds that each has its own account.
func TestPrincipalsDoNotMix(t *testing.T) {
	w := newWorld(t)
	principals := []string{
		"key:a", "key:A", " key:a", "key:a ", "key:a\x00", "key:a\x00fake", "fake/key:a", "fake\x00key:a", "../key:a", "key:%61", "key:а", // Cyrillic
		"https://id.example|é", "https://id.example|e\u0301", "https://id.example|", "https://id.example", "\u202ea:yek", strings.Repeat("x", 4000), strings.Repeat("x", 4001), "",
	}
	for i, p := range principals {
		w.signIn(t, p, fmt.Sprint("account", i))
	}
	for i, p := range principals {
		w.has(t, p, fmt.Sprint("account", i))
	}
	if err := w.Disconnect(t.Context(), principals[0]); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(t, principals[0])
	for i, p := range principals[1:] {
		w.has(t, p, fmt.Sprint("account", i+1))
	}
}

// TestOneOfManyReplicasTakesACallback sends one callback to two replicas, many
// times at once.
func TestOneOfManyReplicasTakesACallback(t *testing.T) {
	w := newWorld(t)
	_, there := w.replica(t, func(c *oauth.Config) { c.PublicURL = w.url + "/mcp" })
	b := oauthtest.NewBrowser("octocat")
	callback := w.reach(t, b, "key:a")
	var all sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		to := callback
		if i%2 == 1 {
			to = there + callback[len(w.url):]
		}
		all.Go(func() {
			page, err := b.Get(to)
			if err != nil {
				t.Error(err)
			}
			statuses[i] = page.Status
		})
	}
	all.Wait()
	taken := 0
	for _, s := range statuses {
		if s == http.StatusOK {
			taken++
		} else if s != http.StatusBadRequest {
			t.Errorf("status %d", s)
		}
	}
	if taken != 1 {
		t.Errorf("%d took it", taken)
	}
	w.has(t, "key:a", "octocat")
}

// TestHostDecidesNothing holds that a link, a form and a redirect URI are the same
// by whatever name, path and scheme the request says that it came.
func TestHostDecidesNothing(t *testing.T) {
	w := newWorld(t)
	start, err := url.Parse(w.StartURL("key:a"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "evil.example.com", "Forwarded": "host=evil.example.com",
		"X-Original-Url": "//evil.example.com", "X-Forwarded-Prefix": "//evil.example.com", "Referer": "https://evil.example.com/", "Origin": "https://evil.example.com",
	} {
		send := func(method, body string, cookies []*http.Cookie) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, start.RequestURI(), strings.NewReader(body))
			r.Header.Set(name, value)
			if name == "Host" {
				r.Host = value
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range cookies {
				r.AddCookie(c)
			}
			rec := httptest.NewRecorder()
			w.Handler().ServeHTTP(rec, r)
			return rec
		}
		page := send("GET", "", nil)
		_, ticket, _ := strings.Cut(page.Body.String(), `name="ticket" value="`)
		ticket, _, _ = strings.Cut(ticket, `"`)
		next := send("POST", url.Values{"ticket": {ticket}}.Encode(), page.Result().Cookies())
		for _, got := range []*httptest.ResponseRecorder{page, next} {
			if got.Code != 200 || strings.Contains(fmt.Sprint(got.Header(), got.Body), "evil.example.com") || got.Header().Get("Location") != "" {
				t.Errorf("%s: %d %v\n%s", name, got.Code, got.Header(), got.Body)
			}
		}
		_, to, _ := strings.Cut(next.Header().Get("Refresh"), "url=")
		u, err := url.Parse(to)
		if err != nil || u.Query().Get("redirect_uri") != w.url+"/oauth/fake/callback" {
			t.Errorf("%s: %v leads to %s", name, err, to)
		}
	}
}

// TestStrangersLeaveNothing holds that who has no link makes nothing grow, in
// memory, in the store or in the log.
func TestStrangersLeaveNothing(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("mallory")
	for i := range 200 {
		for _, path := range []string{"start?ticket=", "callback?code=x&state=", "callback?error=x&state="} {
			page, err := b.Get(fmt.Sprintf("%s/oauth/fake/%s%d", w.url, path, i))
			if err != nil || page.Status != http.StatusBadRequest || len(page.Header["Set-Cookie"]) > 0 {
				t.Fatal(page.Status, page.Header, err)
			}
		}
	}
	if got := w.log.String(); got != "" {
		t.Errorf("the log has %s", got)
	}
}

// TestLinksOfOthersServeNobody takes a ticket apart, and uses each part in the
// place of another.
func TestLinksOfOthersServeNobody(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	start := w.StartURL("key:a")
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(start)
	if err != nil {
		t.Fatal(err)
	}
	link := u.Query().Get("ticket")
	w.refused(t, b, with(t, start, "ticket", form.Get("ticket")), 400, "not valid any more")
	w.refused(t, b, w.url+"/oauth/fake/callback?code=x&state="+link, 400, "not valid any more")
	w.refused(t, b, w.url+"/oauth/fake/callback?code=x&state="+form.Get("ticket"), 400, "not valid any more")
	for name, form := range map[string]url.Values{
		"link":            {"ticket": {link}},
		"twice":           {"ticket": {form.Get("ticket"), form.Get("ticket")}},
		"none":            {},
		"in the URL only": {"x": {"y"}},
	} {
		page, err := b.Post(start, form)
		if err != nil || page.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %v", name, page.Status, err)
		}
	}
	// A browser of somebody else has the form, and not the cookie.
	other := oauthtest.NewBrowser("mallory")
	if _, err := other.Begin(w.StartURL("key:b")); err != nil {
		t.Fatal(err)
	}
	if page, err := other.Post(start, form); err != nil || page.Status != http.StatusBadRequest {
		t.Error(page.Status, err)
	}
}
