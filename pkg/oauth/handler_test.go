package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// reach goes up to the callback.
func (w *world) reach(t testing.TB, b *oauthtest.Browser, principal string) string {
	t.Helper()
	callback, err := b.Reach(w.StartURL(principal))
	if err != nil {
		t.Fatal(err)
	}
	return callback
}

// refused opens a URL, and checks that it is refused and connects nobody.
func (w *world) refused(t testing.TB, b *oauthtest.Browser, to string, status int, words string) {
	t.Helper()
	page, err := b.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	if page.Status != status || !strings.Contains(page.Body, words) {
		t.Errorf("status %d, want %d with %q:\n%s", page.Status, status, words, page.Body)
	}
	hardened(t, page)
	for _, principal := range []string{"key:a", "key:b"} {
		if account, ok, _ := w.Account(t.Context(), principal); ok {
			t.Errorf("%s is connected to %s", principal, account)
		}
	}
}

func hardened(t testing.TB, page oauthtest.Page) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		"X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := page.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, want := range []string{"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if got := page.Header.Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("the policy %q has no %s", got, want)
		}
	}
	referrer := "no-referrer"
	if strings.Contains(page.Body, "<form") {
		referrer = "same-origin"
	}
	if got := page.Header.Get("Referrer-Policy"); got != referrer {
		t.Errorf("Referrer-Policy: %q, want %q", got, referrer)
	}
	if strings.Contains(page.Body, "<script") || strings.Contains(page.Body, " src=") || strings.Contains(page.Body, "@import") {
		t.Errorf("the page loads or runs something:\n%s", page.Body)
	}
}

// with returns a URL with a parameter changed; "" removes it.
func with(t testing.TB, raw, name, value string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func TestStartPageSaysWhatIsAsked(t *testing.T) {
	w := newWorld(t)
	page, err := oauthtest.NewBrowser("").Get(w.StartURL("https://id.example|<b>alice</b>"))
	if err != nil {
		t.Fatal(err)
	}
	hardened(t, page)
	for _, want := range []string{"Test service at " + w.url, "https://id.example|&lt;b&gt;alice&lt;/b&gt;", "Fake", "Read your repositories.", "<code>repo</code>", "Go on only if this caller is yours"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	w.signIn(t, "key:a", "octocat")
	page, err = oauthtest.NewBrowser("").Get(w.StartURL("key:a"))
	if err != nil || !strings.Contains(page.Body, "instead of <b>octocat</b>") {
		t.Errorf("%v: the account that is connected is not named:\n%s", err, page.Body)
	}
}

func TestCookie(t *testing.T) {
	f, err := oauth.New(oauth.Config{PublicURL: "https://mcp.example.com/github/mcp", Store: oauth.Memory(), Keys: seal.New(), Provider: oauth.Provider{
		Name: "github", Title: "GitHub", AuthorizeURL: "https://github.com/a", TokenURL: "https://github.com/t", ClientID: "i", ClientSecret: "s"}})
	if err != nil {
		t.Fatal(err)
	}
	start := f.StartURL("key:a")
	for _, path := range []string{"https://mcp.example.com/github/oauth/github/start", "https://mcp.example.com/oauth/github/start"} {
		r := httptest.NewRequest(http.MethodGet, path+start[strings.Index(start, "?"):], nil)
		rw := httptest.NewRecorder()
		f.Handler().ServeHTTP(rw, r)
		cookies := rw.Result().Cookies()
		if rw.Code != http.StatusOK || len(cookies) != 1 {
			t.Fatalf("%s: %d with %d cookies", path, rw.Code, len(cookies))
		}
		c := cookies[0]
		if c.Name != "__Host-mcp-sign-in" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 || len(c.Value) != 43 {
			t.Errorf("the cookie is %s", c.Raw)
		}
	}
}

func TestLinkThatIsStale(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	start := w.StartURL("key:a")
	w.refused(t, b, with(t, start, "ticket", ""), 400, "not valid any more")
	w.refused(t, b, with(t, start, "ticket", "AQ"), 400, "not valid any more")
	w.refused(t, b, start+"&ticket=x", 400, "not valid any more")
	w.refused(t, b, start+"&x="+strings.Repeat("x", 20<<10), 400, "too long")
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(10*time.Minute + time.Second)
	w.refused(t, b, start, 400, "not valid any more")
	if _, err := b.GoOn(start, form); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("a form that is stale: %v", err)
	}
	other := newWorld(t)
	w.refused(t, b, with(t, start, "ticket", strings.SplitN(other.StartURL("key:a"), "ticket=", 2)[1]), 400, "not valid any more")
}

// TestFormOfAnotherSite has other people's pages send the form in somebody's
// browser.
func TestFormOfAnotherSite(t *testing.T) {
	w := newWorld(t)
	start := w.StartURL("key:a")
	attacker, victim := oauthtest.NewBrowser("attacker"), oauthtest.NewBrowser("victim")
	form, err := attacker.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := victim.GoOn(start, form); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("without a cookie: %v", err)
	}
	if _, err := victim.Begin(w.StartURL("key:victim")); err != nil {
		t.Fatal(err)
	}
	if _, err := victim.GoOn(start, form); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("with the victim's cookie: %v", err)
	}
	link := url.Values{"ticket": {strings.SplitN(start, "ticket=", 2)[1]}}
	if _, err := victim.GoOn(start, link); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("the link's ticket in the form: %v", err)
	}
	for site, status := range map[string]int{"cross-site": 403, "same-site": 403, "none": 403, "same-origin": 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, start, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		res, err := attacker.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("Sec-Fetch-Site: %s gives %d, want %d", site, res.StatusCode, status)
		}
	}
}

func TestStateIsForOneBrowser(t *testing.T) {
	w := newWorld(t)
	attacker, victim := oauthtest.NewBrowser("attacker"), oauthtest.NewBrowser("victim")
	callback := w.reach(t, attacker, "key:a")
	w.refused(t, victim, callback, 403, "another browser")
	mine := w.reach(t, victim, "key:b")
	w.refused(t, victim, callback, 403, "another browser")
	// The attacker's code with the victim's state is for another verifier.
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	w.refused(t, victim, with(t, mine, "code", u.Query().Get("code")), 502, "Something failed")
}

func TestTwoTabs(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	first, second := w.reach(t, b, "key:a"), w.reach(t, b, "key:b")
	for _, callback := range []string{first, second} {
		if page, err := b.Get(callback); err != nil || page.Status != http.StatusOK {
			t.Error(page.Status, err, page.Body)
		}
	}
}

func TestStateIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	_, there := w.replica(t)
	b := oauthtest.NewBrowser("octocat")
	callback := w.reach(t, b, "key:a")
	page, err := b.Get(callback)
	if err != nil || page.Status != http.StatusOK {
		t.Fatal(page.Status, err)
	}
	hardened(t, page)
	for _, want := range []string{"<b>octocat</b>", "key:a", "Test service", "https://fake.example/settings"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	if err := w.Disconnect(t.Context(), "key:a"); err != nil {
		t.Fatal(err)
	}
	w.refused(t, b, callback, 400, "used before")
	w.refused(t, b, with(t, callback, "code", "another"), 400, "used before")
	// Another replica has another redirect URI here, so it is not its state at all.
	w.refused(t, b, there+callback[len(w.url):], 400, "not valid any more")
}

func TestStateThatIsWrong(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	callback := w.reach(t, b, "key:a")
	w.refused(t, b, with(t, callback, "state", ""), 400, "not valid any more")
	w.refused(t, b, with(t, callback, "state", strings.SplitN(w.StartURL("key:a"), "ticket=", 2)[1]), 400, "not valid any more")
	w.refused(t, b, callback+"&state=x", 400, "twice")
	w.refused(t, b, callback+"&code=x", 400, "twice")
	w.refused(t, b, callback+"&x="+strings.Repeat("x", 20<<10), 400, "too long")
	w.refused(t, b, with(t, callback, "code", ""), 400, "without a code")
	callback = w.reach(t, b, "key:a")
	w.refused(t, b, with(t, callback, "code", strings.Repeat("c", 5<<10)), 400, "without a code")
	callback = w.reach(t, b, "key:a")
	w.pass(10*time.Minute + time.Second)
	w.refused(t, b, callback, 400, "not valid any more")
}

func TestIssuer(t *testing.T) {
	const issuer = "https://id.fake.example"
	w := newWorld(t, func(c *oauth.Config) { c.Provider.Issuer = issuer })
	w.provider.Set(func() { w.provider.Issuer = issuer })
	b := oauthtest.NewBrowser("octocat")
	callback := w.reach(t, b, "key:a")
	for _, iss := range []string{"", issuer + "/", "https://evil.example"} {
		w.refused(t, b, with(t, callback, "iss", iss), 400, "not from Fake")
	}
	w.refused(t, b, with(t, with(t, callback, "iss", ""), "error", "access_denied"), 400, "not from Fake")
	if page, err := b.Get(callback); err != nil || page.Status != http.StatusOK {
		t.Error("the right issuer after wrong ones:", page.Status, err)
	}
}

func TestProviderSaysNo(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	callback := with(t, w.reach(t, b, "key:a"), "code", "")
	hostile := with(t, with(t, callback, "error", "<script>alert(1)</script>"), "error_description", "<b onclick=alert(2)>\r\n\u202e"+strings.Repeat("é", 1000))
	page, err := b.Get(hostile)
	if err != nil || page.Status != http.StatusBadRequest {
		t.Fatal(page.Status, err)
	}
	hardened(t, page)
	if strings.Contains(page.Body, "<b onclick") || strings.Contains(page.Body, "\u202e") || !strings.Contains(page.Body, "&lt;b onclick") || len(page.Body) > 6000 {
		t.Errorf("the provider's words are shown as they are:\n%.6000s", page.Body)
	}
	if strings.Contains(w.log.String(), "alert") {
		t.Errorf("the provider's words are in the log:\n%s", w.log)
	}
	w.refused(t, b, callback, 400, "used before")
	w.refused(t, b, with(t, with(t, w.reach(t, b, "key:a"), "code", ""), "error", "access_denied"), 400, "access_denied")
}

// TestParametersAreNotRepeated sends what would run as HTML in every parameter, and
// addresses of elsewhere.
func TestParametersAreNotRepeated(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	start := w.StartURL("key:a")
	for _, evil := range []string{`"><script>alert(1)</script>`, "https://evil.example/", "//evil.example", "javascript:alert(1)"} {
		callback := w.reach(t, b, "key:a")
		urls := []string{w.url + "/oauth/fake/start?ticket=" + url.QueryEscape(evil), w.url + "/oauth/fake/" + url.PathEscape(evil)}
		for _, name := range []string{"next", "redirect_uri", "return_to", "state", "provider", "iss", "scope", "client_id", "login"} {
			urls = append(urls, with(t, start, name, evil), with(t, callback, name, evil), with(t, with(t, callback, "code", ""), name, evil))
		}
		for _, u := range urls {
			page, err := b.Get(u)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(page.Body, "<script") || strings.Contains(page.Body, "evil.example") || strings.Contains(page.Body, "javascript:") {
				t.Errorf("%s is repeated:\n%s", evil, page.Body)
			}
			if to := page.Header.Get("Location") + page.Header.Get("Refresh"); strings.Contains(to, "evil") || strings.Contains(to, "javascript") {
				t.Errorf("%s leads to %s", u, to)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	for path, methods := range map[string]string{"start": "PUT DELETE HEAD PATCH", "callback": "POST PUT HEAD"} {
		for method := range strings.FieldsSeq(methods) {
			r, err := http.NewRequestWithContext(t.Context(), method, w.url+"/oauth/fake/"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
				t.Errorf("%s %s: %d", method, path, res.StatusCode)
			}
		}
	}
}

func TestBigForm(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("")
	start := w.StartURL("key:a")
	if _, err := b.Begin(start); err != nil {
		t.Fatal(err)
	}
	page, err := b.Post(start, url.Values{"ticket": {strings.Repeat("x", 64<<10)}})
	if err != nil || page.Status != http.StatusBadRequest {
		t.Error(page.Status, err)
	}
}

func TestProve(t *testing.T) {
	w := newWorld(t, func(c *oauth.Config) {
		c.Prove = func(_ context.Context, credential string) (string, error) {
			switch credential {
			case "key-of-a":
				return "key:a", nil
			case "key-of-b":
				return "key:b", nil
			}
			return "", errors.New("no such key " + credential)
		}
	})
	b := oauthtest.NewBrowser("octocat")
	start := w.StartURL("key:a")
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "key-of-b", "hunter2"} {
		form.Set("credential", wrong)
		page, err := b.Post(start, form)
		if err != nil || page.Status != http.StatusForbidden || page.Header.Get("Refresh") != "" || !strings.Contains(page.Body, `type="password"`) {
			t.Errorf("%q: %d, %v\n%s", wrong, page.Status, err, page.Body)
		}
		if wrong != "" && strings.Contains(page.Body+w.log.String(), wrong) {
			t.Errorf("the credential %q is shown", wrong)
		}
	}
	form.Set("credential", " key-of-a\n")
	authorize, err := b.GoOn(start, form)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(authorize, "key-of-a") {
		t.Error("the credential goes to the provider")
	}
	callback, err := b.Allow(authorize)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := b.Get(callback); err != nil || page.Status != http.StatusOK {
		t.Error(page.Status, err)
	}
	w.has(t, "key:a", "octocat")
}

func TestTooManySignIns(t *testing.T) {
	w := newWorld(t)
	b := oauthtest.NewBrowser("octocat")
	refuse := func() int {
		page, err := b.Get(with(t, with(t, w.reach(t, b, "key:a"), "code", ""), "error", "access_denied"))
		if err != nil {
			t.Fatal(err)
		}
		return page.Status
	}
	n := 0
	for ; n < 100 && refuse() == http.StatusBadRequest; n++ {
	}
	if n != 30 || refuse() != http.StatusTooManyRequests {
		t.Errorf("%d sign-ins were begun", n)
	}
	w.signIn(t, "key:b", "octocat") // others are let in
}

func TestIdentifyFails(t *testing.T) {
	w := newWorld(t, func(c *oauth.Config) {
		c.Provider.Identify = func(_ context.Context, token oauth.Token) (string, error) {
			return "", errors.New("no account has " + token.Access)
		}
	})
	b := oauthtest.NewBrowser("octocat")
	w.refused(t, b, w.reach(t, b, "key:a"), 502, "Something failed")
	if strings.Contains(w.log.String(), "access-") {
		t.Errorf("the token is in the log:\n%s", w.log)
	}
}

func TestStoreIsAway(t *testing.T) {
	store := &failing{Store: oauth.Memory()}
	w := newWorld(t, func(c *oauth.Config) { c.Store = store })
	b := oauthtest.NewBrowser("octocat")
	callback := w.reach(t, b, "key:a")
	store.all.Store(true)
	page, err := b.Get(w.StartURL("key:a"))
	if err != nil || page.Status != http.StatusServiceUnavailable {
		t.Error(page.Status, err)
	}
	page, err = b.Get(callback)
	if err != nil || page.Status != http.StatusBadGateway {
		t.Error(page.Status, err)
	}
}

func FuzzCallback(f *testing.F) {
	w := newWorld(f)
	b := oauthtest.NewBrowser("octocat")
	callback, err := b.Reach(w.StartURL("key:a"))
	if err != nil {
		f.Fatal(err)
	}
	u, err := url.Parse(callback)
	if err != nil {
		f.Fatal(err)
	}
	handler := w.Handler()
	f.Add("", "mcp-sign-in=x")
	f.Add("state="+u.Query().Get("state")+"&error=<script>", "")
	f.Add("state=AQ&code=x&iss=%3Cscript%3E", "mcp-sign-in="+strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, query, cookie string) {
		for _, path := range []string{"/oauth/fake/callback", "/oauth/fake/start"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.URL.RawQuery = query
			r.Header.Set("Cookie", cookie)
			rw := httptest.NewRecorder()
			handler.ServeHTTP(rw, r)
			if rw.Code/100 != 4 || strings.Contains(rw.Body.String(), "<script") || rw.Header().Get("Location") != "" {
				t.Errorf("%d\n%s", rw.Code, rw.Body)
			}
		}
		if _, ok, _ := w.Account(t.Context(), "key:a"); ok {
			t.Error("somebody is connected")
		}
	})
}
