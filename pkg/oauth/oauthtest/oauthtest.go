// Package oauthtest is an OAuth provider that is strict, for tests: each code and
// each refresh token is good once, PKCE and the redirect URI have to fit, and a
// refresh token that comes twice ends its grant, as RFC 9700 has it.
//
// Start with [New].
package oauthtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
)

// Provider is a running provider. Change its fields before it is asked, or with
// Set.
type Provider struct {
	*httptest.Server
	ClientID, ClientSecret string
	// Issuer is sent back with each code; "" sends none.
	Issuer string
	// Lifetime is that of the first access token, Renewed that of later ones, in
	// seconds; 0 sends none.
	Lifetime, Renewed int
	// NoRefresh gives out no refresh tokens.
	NoRefresh bool
	// Slack has answers in the shape of Slack's: status 200 with ok, a bot's token at
	// the top and a person's in authed_user, each with a refresh token of its own.
	// Its value says which of "bot" and "user" a sign-in gives.
	Slack []string
	// NoPKCE refuses a challenge, which is asked for otherwise.
	NoPKCE bool
	// Fault answers token requests instead, if it returns true.
	Fault func(w http.ResponseWriter, form url.Values) bool

	mu        sync.Mutex
	redirects map[string]bool
	codes     map[string]code
	grants    map[string]*grant // by access and refresh token, old ones too
	refreshes map[string]int    // by account
	reused    int
	problems  []string
	secrets   []string
}

type code struct{ account, challenge, redirect string }

type grant struct {
	account         string
	kind            string // "" without Slack
	access, refresh string
	revoked         bool
}

// New starts a provider that sends browsers back to the URIs named. It ends with
// the test.
func New(t testing.TB, redirects ...string) *Provider {
	t.Helper()
	p := &Provider{ClientID: "client-1", ClientSecret: "client-secret-" + rand.Text(), Lifetime: 3600, Renewed: 3600, redirects: make(map[string]bool),
		codes: make(map[string]code), grants: make(map[string]*grant), refreshes: make(map[string]int)}
	p.secrets = []string{p.ClientSecret}
	for _, uri := range redirects {
		p.redirects[uri] = true
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /revoke", p.revoke)
	mux.HandleFunc("GET /user", p.user)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Server.Close)
	return p
}

// Config returns the provider as package oauth wants it.
func (p *Provider) Config() oauth.Provider {
	return oauth.Provider{
		Name: "fake", Title: "Fake", Issuer: p.Issuer,
		AuthorizeURL: p.URL + "/authorize", TokenURL: p.URL + "/token", RevokeURL: p.URL + "/revoke",
		ManageURL: "https://fake.example/settings", ClientID: p.ClientID, ClientSecret: oauth.Secret(p.ClientSecret),
		Scopes: []string{"repo", "read:org"}, Abilities: []string{"Read your repositories."},
		Identify: p.identify,
	}
}

func (p *Provider) identify(ctx context.Context, t oauth.Token) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/user", nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+t.Access)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var user struct {
		Login string `json:"login"`
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the provider answered %d", res.StatusCode)
	}
	err = json.NewDecoder(res.Body).Decode(&user)
	return user.Login, err
}

// Allow adds a redirect URI.
func (p *Provider) Allow(uri string) { p.Set(func() { p.redirects[uri] = true }) }

// Set changes the provider while it runs.
func (p *Provider) Set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// Refreshes returns how often tokens of an account were renewed.
func (p *Provider) Refreshes(account string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refreshes[account]
}

// Reused returns how many refresh tokens came a second time.
func (p *Provider) Reused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reused
}

// Secrets returns everything that was given out or came in and that nobody else
// may see.
func (p *Provider) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.secrets...)
}

// Problems returns how clients have broken the protocol.
func (p *Provider) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.problems...)
}

// Account returns whose access token it is, "" if it is not good.
func (p *Provider) Account(access string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.grants[access]; g != nil && !g.revoked && g.access == access {
		return g.account
	}
	return ""
}

// authorize sends the browser back at once, with a code for the account that the
// parameter login names.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	redirect := q.Get("redirect_uri")
	if q.Get("client_id") != p.ClientID || !p.redirects[redirect] {
		p.refuse(w, "authorize: client or redirect URI "+redirect)
		return
	}
	challenged := q.Get("code_challenge_method") == "S256" && len(q.Get("code_challenge")) == 43
	if p.NoPKCE {
		challenged = !q.Has("code_challenge_method") && !q.Has("code_challenge")
	}
	if q.Get("response_type") != "code" || !challenged || len(q.Get("state")) < 32 {
		p.refuse(w, "authorize: response type, challenge or state")
		return
	}
	id := "code-" + rand.Text()
	p.secrets = append(p.secrets, id, q.Get("state"))
	p.codes[id] = code{q.Get("login"), q.Get("code_challenge"), redirect}
	back := url.Values{"code": {id}, "state": {q.Get("state")}}
	if p.Issuer != "" {
		back.Set("iss", p.Issuer)
	}
	http.Redirect(w, r, redirect+"?"+back.Encode(), http.StatusFound)
}

func (p *Provider) refuse(w http.ResponseWriter, problem string) {
	p.problems = append(p.problems, problem)
	answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
}

func answer(w http.ResponseWriter, status int, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) client(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	if ok {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return id == p.ClientID && secret == p.ClientSecret
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.mu.Lock()
	fault := p.Fault
	p.mu.Unlock()
	if fault != nil && fault(w, r.PostForm) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.client(r) {
		p.problems = append(p.problems, "token: client")
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	form := r.PostForm
	switch form.Get("grant_type") {
	case "authorization_code":
		fits := func(c code) bool {
			sum := sha256.Sum256([]byte(form.Get("code_verifier")))
			return base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge
		}
		if p.NoPKCE {
			fits = func(code) bool { return !form.Has("code_verifier") }
		} else {
			p.secrets = append(p.secrets, form.Get("code_verifier"))
		}
		c, has := p.codes[form.Get("code")]
		delete(p.codes, form.Get("code"))
		if !has || c.redirect != form.Get("redirect_uri") || !fits(c) {
			p.problems = append(p.problems, "token: code, verifier or redirect URI")
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			return
		}
		if p.Slack != nil {
			p.giveSlack(w, c.account)
			return
		}
		p.give(w, &grant{account: c.account}, p.Lifetime)
	case "refresh_token":
		g := p.grants[form.Get("refresh_token")]
		if g == nil || g.revoked || g.refresh != form.Get("refresh_token") {
			if g != nil && !g.revoked {
				p.reused++
				g.revoked = true
			}
			if p.Slack != nil {
				answer(w, http.StatusOK, map[string]any{"ok": false, "error": "invalid_refresh_token"})
				return
			}
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			return
		}
		p.refreshes[g.account]++
		p.give(w, g, p.Renewed)
	default:
		p.refuse(w, "token: grant type")
	}
}

func (p *Provider) give(w http.ResponseWriter, g *grant, lifetime int) {
	answer(w, http.StatusOK, p.fields(g, lifetime))
}

// giveSlack gives what a sign-in at Slack gives.
func (p *Provider) giveSlack(w http.ResponseWriter, account string) {
	out := map[string]any{"ok": true, "authed_user": map[string]any{"id": account}}
	for _, kind := range p.Slack {
		g := &grant{account: account, kind: kind}
		if kind == "user" {
			fields := p.fields(g, p.Lifetime)
			fields["id"] = account
			out["authed_user"] = fields
			continue
		}
		g.account += "'s bot"
		for name, v := range p.fields(g, p.Lifetime) {
			out[name] = v
		}
	}
	answer(w, http.StatusOK, out)
}

// fields is what is said of the next tokens of a grant.
func (p *Provider) fields(g *grant, lifetime int) map[string]any {
	g.access = "access-" + rand.Text()
	switch g.kind {
	case "bot":
		g.access = "xoxb-" + g.access
	case "user":
		g.access = "xoxp-" + g.access
	}
	p.grants[g.access] = g
	out := map[string]any{"access_token": g.access, "token_type": "bearer", "scope": "repo,read:org"}
	if !p.NoRefresh {
		g.refresh = "refresh-" + rand.Text()
		p.grants[g.refresh] = g
		out["refresh_token"] = g.refresh
		p.secrets = append(p.secrets, g.refresh)
	}
	if lifetime != 0 {
		out["expires_in"] = lifetime
	}
	if g.kind != "" {
		out["ok"], out["token_type"], out["scope"] = true, g.kind, g.kind+":read"
	}
	p.secrets = append(p.secrets, g.access)
	return out
}

func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.client(r) {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	if g := p.grants[r.PostForm.Get("token")]; g != nil {
		g.revoked = true
	}
}

func (p *Provider) user(w http.ResponseWriter, r *http.Request) {
	account := p.Account(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if account == "" {
		answer(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"login": account})
}

// Browser is somebody's browser: it has cookies, and goes where pages send it.
type Browser struct {
	*http.Client
	// Account is whom the provider takes it for.
	Account string
}

// NewBrowser returns one without cookies that follows no redirect by itself.
func NewBrowser(account string) *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it has no options that could be wrong
	}
	return &Browser{Client: &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, Account: account}
}

var (
	hidden  = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
	refresh = regexp.MustCompile(`^0; url=(.+)$`)
)

// Page is what a browser was shown.
type Page struct {
	Status int
	Header http.Header
	Body   string
}

// Get opens a URL.
func (b *Browser) Get(to string) (Page, error) {
	res, err := b.Client.Get(to)
	return read(res, err)
}

// Post sends a form.
func (b *Browser) Post(to string, form url.Values) (Page, error) {
	res, err := b.PostForm(to, form)
	return read(res, err)
}

func read(res *http.Response, err error) (Page, error) {
	if err != nil {
		return Page{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return Page{res.StatusCode, res.Header, string(body)}, err
}

// Begin opens a start link and returns the page's form.
func (b *Browser) Begin(start string) (url.Values, error) {
	page, err := b.Get(start)
	if err != nil {
		return nil, err
	}
	found := hidden.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || found == nil {
		return nil, fmt.Errorf("the start page has status %d and no form: %s", page.Status, page.Body)
	}
	return url.Values{"ticket": {found[1]}}, nil
}

// GoOn sends the form and returns where the page leads at the provider.
func (b *Browser) GoOn(start string, form url.Values) (string, error) {
	page, err := b.Post(start, form)
	if err != nil {
		return "", err
	}
	found := refresh.FindStringSubmatch(page.Header.Get("Refresh"))
	if page.Status != http.StatusOK || found == nil {
		return "", fmt.Errorf("the form was answered with status %d: %s", page.Status, page.Body)
	}
	return found[1], nil
}

// Allow grants what the provider asks for, and returns where it sends the browser
// back to.
func (b *Browser) Allow(authorize string) (string, error) {
	page, err := b.Get(authorize + "&login=" + url.QueryEscape(b.Account))
	if err != nil {
		return "", err
	}
	if page.Status != http.StatusFound {
		return "", fmt.Errorf("the provider answered %d: %s", page.Status, page.Body)
	}
	return page.Header.Get("Location"), nil
}

// Reach goes from a start link up to the callback, and returns that.
func (b *Browser) Reach(start string) (callback string, err error) {
	form, err := b.Begin(start)
	if err != nil {
		return "", err
	}
	authorize, err := b.GoOn(start, form)
	if err != nil {
		return "", err
	}
	return b.Allow(authorize)
}

// SignIn goes the whole way and returns the last page.
func (b *Browser) SignIn(start string) (Page, error) {
	callback, err := b.Reach(start)
	if err != nil {
		return Page{}, err
	}
	return b.Get(callback)
}
