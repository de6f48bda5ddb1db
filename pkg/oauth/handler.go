package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// maxQuery bounds what comes in a URL, maxForm what comes in a form.
	maxQuery = 16 << 10
	maxForm  = 32 << 10
	// maxUsed is how often one caller may come back from the provider, or disconnect,
	// in ten minutes.
	maxUsed = 30
	// finishLimit bounds the work after somebody has come back.
	finishLimit = 30 * time.Second
	// disconnectAction is what the form says that takes back a sign-in.
	disconnectAction = "disconnect"
)

// attempt is what a state holds: it goes through the provider and back, sealed, so
// that any replica can go on.
type attempt struct {
	ID        string    `json:"i"`
	Principal string    `json:"p"`
	Browser   string    `json:"b"` // hash of the browser's secret
	Verifier  string    `json:"v,omitempty"`
	Expires   time.Time `json:"e"`
}

// Handler serves GET and POST of /oauth/{provider}/start and GET of
// /oauth/{provider}/callback, also below the path of the public URL.
func (f *Flow) Handler() http.Handler {
	mux := http.NewServeMux()
	f.route(mux, "")
	if f.base.Path != "" {
		f.route(mux, f.base.EscapedPath())
	}
	return mux
}

func (f *Flow) route(mux *http.ServeMux, prefix string) {
	mux.HandleFunc(prefix+f.path("start"), f.serveStart)
	mux.HandleFunc(prefix+f.path("callback"), f.serveCallback)
}

// problem answers with a page that says what went wrong.
func (f *Flow) problem(w http.ResponseWriter, status int, text string) {
	f.show(w, status, page{Problem: text})
}

func (f *Flow) serveStart(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		f.problem(w, http.StatusMethodNotAllowed, "This address is for a browser.")
	case len(r.URL.RawQuery) > maxQuery:
		f.problem(w, http.StatusBadRequest, "The link is too long.")
	case r.Method == http.MethodGet:
		f.askFirst(w, r)
	default:
		f.goOn(w, r)
	}
}

const staleLink = "The link is not valid any more. Ask the service again for what you wanted, and use the new link that it gives, within ten minutes."

// askFirst shows who is about to connect what.
func (f *Flow) askFirst(w http.ResponseWriter, r *http.Request) {
	sealed, _ := only(r.URL.Query(), "ticket")
	t, ok := f.openTicket(ticketPurpose, sealed)
	if !ok {
		f.problem(w, http.StatusBadRequest, staleLink)
		return
	}
	f.ask(w, r, http.StatusOK, t.Principal, f.browser(w, r), false)
}

func (f *Flow) ask(w http.ResponseWriter, r *http.Request, status int, principal, browser string, wrong bool) {
	account, connected, err := f.Account(r.Context(), principal)
	if err != nil {
		f.storeAway(w, r, err)
		return
	}
	if f.prove != nil {
		account = "" // who has the link need not be the caller
	}
	f.show(w, status, page{Caller: plain(principal, 200), Ask: &ask{
		// Bound to the browser: no other site can have it send this form.
		Ticket: f.seal(formPurpose, ticket{rand.Text(), principal, f.now().Add(lifetime)}, browser),
		Prove:  f.prove != nil, Wrong: wrong, Connected: connected, Revokes: f.revokes(), Account: plain(account, 200),
		Abilities: f.p.Abilities, Scopes: f.p.Scopes,
	}})
}

// storeAway answers while tokens cannot be kept.
func (f *Flow) storeAway(w http.ResponseWriter, r *http.Request, err error) {
	f.log.ErrorContext(r.Context(), "nobody can sign in", "error", err)
	f.problem(w, http.StatusServiceUnavailable, "The service cannot store tokens just now. Try again in a while.")
}

// goOn sends a browser to the provider, or takes back what the caller granted.
func (f *Flow) goOn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		f.problem(w, http.StatusBadRequest, "The form cannot be read.")
		return
	}
	browser, ok := f.sentBrowser(r)
	site := r.Header.Get("Sec-Fetch-Site")
	if !ok || site != "" && site != "same-origin" {
		f.problem(w, http.StatusForbidden, "The form was not sent from this service's page, or the browser takes no cookies. Open the link again.")
		return
	}
	sealed, _ := only(r.PostForm, "ticket")
	t, ok := f.openTicket(formPurpose, sealed, browser)
	if !ok {
		f.problem(w, http.StatusBadRequest, staleLink)
		return
	}
	action, one := only(r.PostForm, "action")
	if r.PostForm.Has("action") && (!one || action != disconnectAction) {
		f.problem(w, http.StatusBadRequest, "The form cannot be read.")
		return
	}
	principal := t.Principal
	if f.prove != nil {
		credential, _ := only(r.PostForm, "credential")
		proved, err := f.prove(r.Context(), strings.TrimSpace(credential))
		if err != nil || subtle.ConstantTimeCompare([]byte(proved), []byte(principal)) != 1 {
			f.log.WarnContext(r.Context(), "somebody who signs in did not show the caller's credential", "principal", principal)
			f.ask(w, r, http.StatusForbidden, principal, browser, true)
			return
		}
	}
	if action == disconnectAction {
		f.takeBack(w, r, t)
		return
	}
	a := attempt{ID: rand.Text(), Principal: principal, Browser: browser, Expires: f.now().Add(lifetime)}
	if !f.p.NoPKCE {
		a.Verifier = random()
	}
	f.setBrowser(w, r) // its ten minutes begin anew
	f.show(w, http.StatusOK, page{Continue: f.authorizeURL(a)})
}

// takeBack disconnects the account of somebody who was shown to be the caller.
func (f *Flow) takeBack(w http.ResponseWriter, r *http.Request, form ticket) {
	if !f.once(w, r, form.Principal, form.ID, form.Expires) {
		return
	}
	// A browser that hangs up does not leave a token half forgotten.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishLimit)
	defer cancel()
	t, forgotten, err := f.disconnect(ctx, form.Principal)
	g := &gone{Account: plain(t.Account, 200), Manage: f.p.ManageURL, Forgotten: forgotten, Revoked: err == nil && f.revokes(), Failed: err != nil}
	status := http.StatusOK
	switch {
	case err != nil && !forgotten:
		f.log.ErrorContext(ctx, "an account was not disconnected", "principal", form.Principal, "error", err)
		status = http.StatusServiceUnavailable
	case err != nil:
		status = http.StatusBadGateway
	}
	f.show(w, status, page{Caller: plain(form.Principal, 200), Gone: g})
}

func (f *Flow) authorizeURL(a attempt) string {
	query := make(url.Values)
	for name, value := range f.p.Params {
		query.Set(name, value)
	}
	query.Set("response_type", "code")
	query.Set("client_id", f.p.ClientID)
	query.Set("redirect_uri", f.redirectURI())
	query.Set("state", f.seal(statePurpose, a))
	if a.Verifier != "" {
		challenge := sha256.Sum256([]byte(a.Verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
		query.Set("code_challenge_method", "S256")
	}
	if len(f.p.Scopes) > 0 && !query.Has("scope") {
		query.Set("scope", strings.Join(f.p.Scopes, " "))
	}
	return f.p.AuthorizeURL + "?" + query.Encode()
}

func (f *Flow) serveCallback(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET")
		f.problem(w, http.StatusMethodNotAllowed, "This address is for a browser that comes back.")
		return
	case len(r.URL.RawQuery) > maxQuery:
		f.problem(w, http.StatusBadRequest, "The provider's answer is too long.")
		return
	}
	query := r.URL.Query()
	a, ok := f.returned(w, r, query)
	if !ok {
		return
	}
	if code := query.Get("error"); code != "" {
		f.log.InfoContext(r.Context(), "somebody did not sign in", "principal", a.Principal, "error", &AnswerError{Code: code})
		detail := plain(code, 60)
		if text := plain(query.Get("error_description"), 300); text != "" {
			detail += ": " + text
		}
		f.show(w, http.StatusBadRequest, page{Problem: f.p.Title + " says:", Detail: detail})
		return
	}
	code, one := only(query, "code")
	if !one || code == "" || len(code) > 4<<10 {
		f.problem(w, http.StatusBadRequest, f.p.Title+" sent the browser back without a code. Open the link again.")
		return
	}
	// A browser that hangs up does not leave a code half used.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishLimit)
	defer cancel()
	t, err := f.finish(ctx, a, code)
	var unwanted *UnwantedError
	if errors.As(err, &unwanted) {
		f.log.WarnContext(ctx, "a sign-in was turned down", "principal", a.Principal, "reason", unwanted.Reason)
		f.show(w, http.StatusForbidden, page{Problem: plain(unwanted.Reason, 500)})
		return
	}
	if err != nil {
		f.log.ErrorContext(ctx, "somebody did not sign in", "principal", a.Principal, "error", err)
		f.problem(w, http.StatusBadGateway, "Something failed between the service and "+f.p.Title+", or the code was not good any more. Ask the service again for what you wanted, and use the new link.")
		return
	}
	f.log.InfoContext(ctx, "signed in", "principal", a.Principal, "account", t.Account)
	f.show(w, http.StatusOK, page{Caller: plain(a.Principal, 200), Done: &done{Account: plain(t.Account, 200), Manage: f.p.ManageURL}})
}

// returned checks that a browser comes back from where it was sent, for the first
// time, and shows what is wrong otherwise.
func (f *Flow) returned(w http.ResponseWriter, r *http.Request, query url.Values) (a attempt, ok bool) {
	for _, name := range []string{"state", "code", "iss", "error", "error_description"} {
		if len(query[name]) > 1 {
			f.problem(w, http.StatusBadRequest, "The provider's answer says one thing twice.")
			return a, false
		}
	}
	const again = "Open the link again, in one browser, and sign in within ten minutes."
	if !f.open(statePurpose, query.Get("state"), &a) || !f.now().Before(a.Expires) {
		f.problem(w, http.StatusBadRequest, "This sign-in is not valid any more. "+again)
		return a, false
	}
	browser, sent := f.sentBrowser(r)
	if !sent || subtle.ConstantTimeCompare([]byte(browser), []byte(a.Browser)) != 1 {
		f.log.WarnContext(r.Context(), "a sign-in came back in another browser", "principal", a.Principal)
		f.problem(w, http.StatusForbidden, "This sign-in was begun in another browser. "+again)
		return a, false
	}
	if f.p.Issuer != "" && query.Get("iss") != f.p.Issuer {
		f.log.WarnContext(r.Context(), "a sign-in came back from another issuer", "principal", a.Principal)
		f.problem(w, http.StatusBadRequest, "The answer is not from "+f.p.Title+".")
		return a, false
	}
	return a, f.once(w, r, a.Principal, a.ID, a.Expires)
}

// once reports whether what has an id is done for the first time, and not too often
// for one caller, and shows what is wrong otherwise.
func (f *Flow) once(w http.ResponseWriter, r *http.Request, principal, id string, expires time.Time) bool {
	err := f.store.Use(r.Context(), keyOf(f.p.Name, principal), id, expires, maxUsed)
	switch {
	case errors.Is(err, ErrUsed):
		f.problem(w, http.StatusBadRequest, "This was used before. If it is not done, open the link again.")
	case errors.Is(err, ErrTooMany):
		f.problem(w, http.StatusTooManyRequests, "There were too many sign-ins for this caller. Try again in ten minutes.")
	case err != nil:
		f.storeAway(w, r, err)
	}
	return err == nil
}

// finish exchanges a code and keeps the token.
func (f *Flow) finish(ctx context.Context, a attempt, code string) (Token, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirectURI()}}
	if a.Verifier != "" {
		form.Set("code_verifier", a.Verifier)
	}
	t, err := f.exchange(ctx, form)
	if err != nil {
		return Token{}, err
	}
	if f.p.Identify != nil {
		account, err := f.p.Identify(ctx, t)
		var unwanted *UnwantedError
		switch {
		case errors.As(err, &unwanted):
			if err := f.revoke(ctx, t); err != nil {
				f.log.WarnContext(ctx, "a token that is not wanted was not revoked", "principal", a.Principal, "error", err)
			}
			return Token{}, &UnwantedError{Reason: f.hide(errors.New(unwanted.Reason), t).Error()}
		case err != nil:
			return Token{}, f.hide(err, t)
		}
		t.Account = plain(account, 200)
	}
	return t, f.keep(ctx, a.Principal, t)
}

// only returns the value of a parameter that is there at most once.
func only(values url.Values, name string) (string, bool) {
	if len(values[name]) != 1 {
		return "", false
	}
	return values[name][0], true
}

// random returns 32 random bytes as text that needs no escaping.
func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// cookie returns the cookie that tells one browser from another, with a value.
func (f *Flow) cookie(value string) *http.Cookie {
	c := &http.Cookie{Name: "mcp-sign-in", Value: value, Path: "/", MaxAge: int(lifetime / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if f.base.Scheme == "https" {
		// No other host of the domain can set one of that name.
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	return c
}

// browser returns the hash of the browser's secret, which it gets if it has none.
func (f *Flow) browser(w http.ResponseWriter, r *http.Request) string {
	if hash, ok := f.sentBrowser(r); ok {
		f.setBrowser(w, r)
		return hash
	}
	secret := random()
	http.SetCookie(w, f.cookie(secret))
	return hashed(secret)
}

// setBrowser gives back the secret that came, for another ten minutes.
func (f *Flow) setBrowser(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(f.cookie("").Name); err == nil {
		http.SetCookie(w, f.cookie(c.Value))
	}
}

// sentBrowser returns the hash of the secret that the browser has sent.
func (f *Flow) sentBrowser(r *http.Request) (string, bool) {
	sent := r.CookiesNamed(f.cookie("").Name)
	if len(sent) != 1 || len(sent[0].Value) != len(random()) {
		return "", false
	}
	return hashed(sent[0].Value), true
}

func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
