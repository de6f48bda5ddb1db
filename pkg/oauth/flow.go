package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// Config says where people sign in, and what keeps what comes of it.
type Config struct {
	Provider Provider
	// Service is what people call the service that asks for the token.
	Service string
	// PublicURL is where browsers and clients reach the service: its origin, with a
	// path if there is one in front of the service. A last /mcp is not part of that.
	PublicURL string
	// Store and Keys are the caller's to close. With more than one replica both
	// must be the same for all.
	Store Store
	Keys  *seal.Keys
	// Prove returns the principal of a credential that somebody shows to the
	// service, such as an API key. If it is set, who signs in has to show the one
	// of the caller, so that nobody can be talked into connecting an account to
	// somebody else's caller. It must not log the credential.
	Prove func(ctx context.Context, credential string) (principal string, err error)
	// HTTP reaches the provider; nil: a client of its own. It must leave the
	// Authorization header alone. Redirects are not followed.
	HTTP *http.Client
	// Log is told who signed in and what failed; nil: nobody is.
	Log *slog.Logger
}

// Flow signs callers in at one provider and has their tokens. It is safe for
// concurrent use.
type Flow struct {
	p       Provider
	service string
	base    *url.URL // without /mcp and a slash at the end
	store   Store
	keys    *seal.Keys
	prove   func(context.Context, string) (string, error)
	http    *http.Client
	log     *slog.Logger
	now     func() time.Time
	flight  singleflight.Group

	mu       sync.Mutex
	paused   noted[time.Time] // principals whose token is not renewed before then
	unsaved  noted[unsaved]   // what could not be stored, by principal
	unopened noted[bool]      // principals of whom the log was told that their token cannot be opened
}

// New returns a Flow. It reaches neither the provider nor the store yet.
func New(cfg Config) (*Flow, error) {
	if err := cfg.Provider.validate(); err != nil {
		return nil, err
	}
	base, err := endpoint(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("the public URL, to which %s sends browsers back: %w", cfg.Provider.Title, err)
	}
	base.Path = strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(base.Path, "/"), "/mcp"), "/")
	base.RawPath = ""
	if cfg.Store == nil || cfg.Keys == nil {
		return nil, errors.New("signing in needs a store and keys")
	}
	client := http.Client{Transport: http.DefaultTransport}
	if cfg.HTTP != nil {
		client = *cfg.HTTP
	}
	// A redirect would carry the client's secret to wherever it leads.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Flow{
		p: cfg.Provider, service: cfg.Service, base: base, store: cfg.Store, keys: cfg.Keys, prove: cfg.Prove,
		http: &client, log: log.With("provider", cfg.Provider.Name), now: time.Now,
		paused: make(noted[time.Time]), unsaved: make(noted[unsaved]), unopened: make(noted[bool]),
	}, nil
}

// lifetime is how long a link, a form and a state are good for.
const lifetime = 10 * time.Minute

// Purposes of what is sealed.
const (
	ticketPurpose = "oauth ticket"
	formPurpose   = "oauth form"
	statePurpose  = "oauth state"
	tokenPurpose  = "oauth token"
)

// ticket is a link's or a form's: whoever has it can ask to sign in for the
// principal. A form's has an ID, for what is done once.
type ticket struct {
	ID        string    `json:"i,omitempty"`
	Principal string    `json:"p"`
	Expires   time.Time `json:"e"`
}

// path returns the path of a step: "start" or "callback".
func (f *Flow) path(step string) string { return "/oauth/" + f.p.Name + "/" + step }

// redirectURI is what the provider sends browsers back to, exactly.
func (f *Flow) redirectURI() string { return f.base.JoinPath(f.path("callback")).String() }

// StartURL returns where the principal signs in, and takes that back. The link is for that caller only:
// it is not for logs. It is good for ten minutes.
func (f *Flow) StartURL(principal string) string {
	u := f.base.JoinPath(f.path("start"))
	u.RawQuery = url.Values{"ticket": {f.seal(ticketPurpose, ticket{Principal: principal, Expires: f.now().Add(lifetime)})}}.Encode()
	return u.String()
}

// openTicket returns a ticket that is good.
func (f *Flow) openTicket(purpose, sealed string, bound ...string) (ticket, bool) {
	var t ticket
	ok := f.open(purpose, sealed, &t, bound...) && f.now().Before(t.Expires)
	return t, ok
}

// seal returns v sealed for this flow: the provider and where it sends browsers.
func (f *Flow) seal(purpose string, v any, bound ...string) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a struct of texts and times
	}
	return f.keys.Seal(purpose, b, slices.Concat([]string{f.p.Name, f.redirectURI()}, bound)...)
}

func (f *Flow) open(purpose, sealed string, v any, bound ...string) bool {
	b, err := f.keys.Open(purpose, sealed, slices.Concat([]string{f.p.Name, f.redirectURI()}, bound)...)
	return err == nil && json.Unmarshal(b, v) == nil
}

func (f *Flow) signIn(principal string) error {
	return &SignInError{Provider: f.p.Name, Title: f.p.Title, URL: f.StartURL(principal)}
}
