package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
)

// proves has everybody show a key that is named after the principal.
func proves(c *oauth.Config) {
	c.Prove = func(_ context.Context, credential string) (string, error) {
		if principal, ok := strings.CutPrefix(credential, "s3cret-of-"); ok {
			return principal, nil
		}
		return "", errors.New("no such key " + credential)
	}
}

// connect signs a caller in who shows a key.
func (w *world) connect(t testing.TB, principal, account string) {
	t.Helper()
	b := oauthtest.NewBrowser(account)
	start := w.StartURL(principal)
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("credential", "s3cret-of-"+principal)
	to, err := b.GoOn(start, form)
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Allow(to)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := b.Get(back); err != nil || page.Status != http.StatusOK {
		t.Fatal(page.Status, err)
	}
}

// form opens a link and returns what its button to disconnect sends.
func form(t testing.TB, b *oauthtest.Browser, start string) url.Values {
	t.Helper()
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("action", "disconnect")
	return form
}

// answered sends a form and checks the page that comes back.
func answered(t testing.TB, b *oauthtest.Browser, start string, form url.Values, status int, words ...string) oauthtest.Page {
	t.Helper()
	page, err := b.Post(start, form)
	if err != nil {
		t.Fatal(err)
	}
	hardened(t, page)
	if page.Status != status || page.Header.Get("Refresh") != "" {
		t.Errorf("status %d, want %d:\n%s", page.Status, status, page.Body)
	}
	for _, want := range words {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	return page
}

func TestDisconnectOnThePage(t *testing.T) {
	w := newWorld(t)
	if page, err := oauthtest.NewBrowser("octo<b>cat").SignIn(w.StartURL("key:a")); err != nil || page.Status != http.StatusOK {
		t.Fatal(page.Status, err)
	}
	w.signIn(t, "key:b", "hubot")
	a := w.has(t, "key:a", "octo<b>cat")
	b, start := oauthtest.NewBrowser(""), w.StartURL("key:a")
	page, err := b.Get(start)
	if err != nil {
		t.Fatal(err)
	}
	hardened(t, page)
	for _, want := range []string{"Fake is connected as <b>octo&lt;b&gt;cat</b>", `name="action" value="disconnect">Disconnect octo&lt;b&gt;cat<`, "and Fake ends it"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	sent := form(t, b, start)
	answered(t, b, start, sent, 200, "Fake is disconnected", "<b>octo&lt;b&gt;cat</b>", "key:a", "Fake has ended it", `href="https://fake.example/settings"`)
	if got := w.provider.Account(a.Access); got != "" {
		t.Errorf("the token is still good for %s", got)
	}
	w.mustSignIn(t, "key:a")
	w.has(t, "key:b", "hubot")

	w.signIn(t, "key:a", "octocat")
	answered(t, b, start, sent, 400, "used before")
	w.has(t, "key:a", "octocat")
	answered(t, b, start, form(t, b, start), 200, "Fake is disconnected", "<b>octocat</b>")
	page, err = b.Get(start)
	if err != nil || strings.Contains(page.Body, "isconnect") || strings.Contains(page.Body, "is connected") {
		t.Errorf("%v: nobody is connected:\n%s", err, page.Body)
	}
	answered(t, b, start, form(t, b, start), 200, "No account was connected")
	w.has(t, "key:b", "hubot")
	if problems := w.provider.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestDisconnectIsTheCallersOnly holds that nobody else disconnects an account, or
// learns of it.
func TestDisconnectIsTheCallersOnly(t *testing.T) {
	w := newWorld(t, proves)
	w.connect(t, "key:a", "octocat")
	w.connect(t, "key:b", "hubot")
	b, mallory := oauthtest.NewBrowser(""), oauthtest.NewBrowser("")
	start := w.StartURL("key:a")
	page, err := mallory.Get(start)
	if err != nil || strings.Contains(page.Body, "octocat") || !strings.Contains(page.Body, "An account is connected.") || !strings.Contains(page.Body, ">Disconnect the account<") {
		t.Errorf("%v: who has the link sees\n%s", err, page.Body)
	}
	good := form(t, b, start)
	with := func(name, value string) url.Values {
		changed := url.Values{"action": good["action"], "ticket": good["ticket"], "credential": {"s3cret-of-key:a"}}
		if changed[name] = []string{value}; value == "" {
			delete(changed, name)
		}
		return changed
	}
	for _, wrong := range []string{"", "s3cret-of-key:b", "hunter2"} {
		page := answered(t, b, start, with("credential", wrong), 403, "not one of this caller", "An account is connected.")
		if strings.Contains(page.Body, "octocat") || wrong != "" && strings.Contains(page.Body, wrong) {
			t.Errorf("%q shows\n%s", wrong, page.Body)
		}
	}
	link := strings.SplitN(start, "ticket=", 2)[1]
	for _, wrong := range []string{"", "x", link, form(t, mallory, start).Get("ticket")} {
		answered(t, b, start, with("ticket", wrong), 400, "not valid any more")
	}
	own := form(t, b, w.StartURL("key:b")).Get("ticket")
	answered(t, b, start, with("ticket", own), 403, "not one of this caller")
	answered(t, mallory, start, with("", ""), 400, "not valid any more")
	answered(t, oauthtest.NewBrowser(""), start, with("", ""), 403, "takes no cookies")
	answered(t, b, start, with("action", "Disconnect"), 400, "cannot be read")
	twice := with("", "")
	twice["action"] = []string{"disconnect", "disconnect"}
	answered(t, b, start, twice, 400, "cannot be read")
	if page, err := b.Get(start + "&action=disconnect&credential=s3cret-of-key:a"); err != nil || !strings.Contains(page.Body, "An account is connected.") {
		t.Errorf("%v: a link disconnects:\n%s", err, page.Body)
	}
	for _, site := range []string{"cross-site", "same-site", "none"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, start, strings.NewReader(with("", "").Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		res, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("Sec-Fetch-Site: %s gives %d", site, res.StatusCode)
		}
	}
	w.pass(10*time.Minute + time.Second)
	answered(t, b, start, with("", ""), 400, "not valid any more")
	w.has(t, "key:a", "octocat")
	w.has(t, "key:b", "hubot")

	start = w.StartURL("key:a")
	good = form(t, b, start)
	answered(t, b, start, with("", ""), 200, "<b>octocat</b>", "Fake has ended it")
	w.mustSignIn(t, "key:a")
	w.has(t, "key:b", "hubot")
	for _, secret := range append(w.provider.Secrets(), "s3cret", "hunter2", link, good.Get("ticket")) {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has %.12s…:\n%s", secret, w.log)
		}
	}
}

// TestDisconnectAtOnce sends one form to two replicas, many times at once.
func TestDisconnectAtOnce(t *testing.T) {
	w := newWorld(t)
	_, there := w.replica(t, func(c *oauth.Config) { c.PublicURL = w.url + "/mcp" })
	w.signIn(t, "key:a", "octocat")
	b, start := oauthtest.NewBrowser(""), w.StartURL("key:a")
	sent := form(t, b, start)
	statuses := make([]int, 10)
	var all sync.WaitGroup
	for i := range statuses {
		to := start
		if i%2 == 1 {
			to = there + start[len(w.url):]
		}
		all.Go(func() {
			page, err := b.Post(to, sent)
			if err != nil {
				t.Error(err)
			}
			statuses[i] = page.Status
		})
	}
	all.Wait()
	if got := fmt.Sprint(statuses); strings.Count(got, "200") != 1 || strings.Count(got, "400") != 9 {
		t.Error(got)
	}
	w.mustSignIn(t, "key:a")
}

func TestTooManyDisconnects(t *testing.T) {
	w := newWorld(t)
	b, start := oauthtest.NewBrowser(""), w.StartURL("key:a")
	for range 30 {
		answered(t, b, start, form(t, b, start), 200, "No account was connected")
	}
	answered(t, b, start, form(t, b, start), 429, "too many")
	start = w.StartURL("key:b")
	answered(t, b, start, form(t, b, start), 200, "No account was connected")
}

// TestDisconnectFails has the provider and the store be away, one after the other.
func TestDisconnectFails(t *testing.T) {
	store := &failing{Store: oauth.Memory()}
	w := newWorld(t, func(c *oauth.Config) { c.Store = store })
	w.signIn(t, "key:a", "octocat")
	w.signIn(t, "key:b", "hubot")
	b := oauthtest.NewBrowser("")
	start := w.StartURL("key:a")
	sent := form(t, b, start)
	store.all.Store(true)
	answered(t, b, start, sent, 503, "Fake may still be connected", "store of tokens")
	store.all.Store(false)
	w.has(t, "key:a", "octocat")

	sent = form(t, b, start)
	w.provider.Close()
	page := answered(t, b, start, sent, 502, "Fake is disconnected", "<b>octocat</b>", "has forgotten its token", "could not be told", `href="https://fake.example/settings"`)
	if strings.Contains(page.Body, "has ended it") || strings.Contains(page.Body, strings.TrimPrefix(w.provider.URL, "http://")) {
		t.Errorf("the page says\n%s", page.Body)
	}
	w.mustSignIn(t, "key:a")
	if account, ok, err := w.Account(t.Context(), "key:b"); account != "hubot" || !ok || err != nil {
		t.Error(account, ok, err)
	}
	for _, secret := range append(w.provider.Secrets(), sent.Get("ticket"), strings.SplitN(start, "ticket=", 2)[1]) {
		if strings.Contains(w.log.String()+page.Body, secret) {
			t.Errorf("the log or the page has %.12s…:\n%s", secret, w.log)
		}
	}
}

// TestDisconnectWithoutRevocation has a provider that nobody can tell.
func TestDisconnectWithoutRevocation(t *testing.T) {
	w := newWorld(t, func(c *oauth.Config) { c.Provider.RevokeURL = "" })
	w.signIn(t, "key:a", "octocat")
	b, start := oauthtest.NewBrowser(""), w.StartURL("key:a")
	page := answered(t, b, start, form(t, b, start), 200, "Fake is disconnected", "has forgotten its token.")
	if strings.Contains(page.Body, "has ended it") {
		t.Errorf("the page says\n%s", page.Body)
	}
	w.mustSignIn(t, "key:a")
}
