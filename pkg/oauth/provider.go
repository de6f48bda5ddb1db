package oauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
)

// AuthStyle is how a client proves to a provider's token endpoint who it is.
type AuthStyle int

const (
	// InBody sends the id and the secret among the parameters.
	InBody AuthStyle = iota
	// InHeader sends them as HTTP basic authentication.
	InHeader
)

// Provider is an upstream where people sign in.
type Provider struct {
	// Name is part of paths: "github". Title is what people call it: "GitHub".
	Name, Title string
	// Issuer is what the parameter iss of a callback must be (RFC 9207); "" for a
	// provider that sends none.
	Issuer string
	// AuthorizeURL is where a browser is sent, TokenURL where codes and refresh
	// tokens are exchanged. They are https, or http on this machine.
	AuthorizeURL, TokenURL string
	// RevokeURL is for RFC 7009; "" if the provider has no such thing.
	RevokeURL string
	// ManageURL is a page of the provider on which people take back what they have
	// granted; "" if there is none.
	ManageURL string
	// ClientID and ClientSecret are the application's. Style says how they are sent.
	ClientID     string
	ClientSecret Secret
	Style        AuthStyle
	// Scopes are asked for. Abilities say in plain words what they allow, one
	// sentence each, to whoever is about to sign in.
	Scopes, Abilities []string
	// Params are more parameters for AuthorizeURL.
	Params map[string]string
	// NoPKCE leaves the challenge of PKCE out, for a provider at which sending one
	// changes what the application may do. A code is then good for whoever has the
	// client's secret; state binds it to the browser as always.
	NoPKCE bool
	// Decode reads an answer of TokenURL. Nil: as RFC 6749 has it. A provider's own
	// error is an *AnswerError. What a renewal gives may come as the token or as its
	// Companion; the one of the right Kind is taken.
	Decode func(answer []byte) (Token, error)
	// Identify returns whose token it is: a name that the owner knows. It may be nil.
	// It is asked before anything is kept: an *UnwantedError turns the sign-in down,
	// and what came of it is revoked.
	Identify func(ctx context.Context, t Token) (account string, err error)
	// Revoke ends a token upstream; it is called for a Companion by itself. Nil:
	// RevokeURL, if there is one.
	Revoke func(ctx context.Context, t Token) error
}

// slug is what may stand in a path and a file without a second thought.
var slug = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (p Provider) validate() error {
	switch {
	case !slug.MatchString(p.Name):
		return fmt.Errorf("the name %q of a provider is not lower-case letters, digits and dashes", p.Name)
	case p.Title == "":
		return fmt.Errorf("the provider %s has no title", p.Name)
	case p.ClientID == "" || p.ClientSecret == "":
		return fmt.Errorf("signing in at %s needs the id and the secret of an OAuth application", p.Title)
	}
	for what, raw := range map[string]string{"authorization": p.AuthorizeURL, "token": p.TokenURL} {
		if _, err := endpoint(raw); err != nil {
			return fmt.Errorf("the %s URL of %s: %w", what, p.Title, err)
		}
	}
	if p.RevokeURL != "" {
		if _, err := endpoint(p.RevokeURL); err != nil {
			return fmt.Errorf("the revocation URL of %s: %w", p.Title, err)
		}
	}
	return nil
}

// endpoint reads a URL to which secrets are sent.
func endpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "":
		return nil, errors.New("give an absolute URL without user, query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, errors.New("give an https URL; http is for this machine only")
	}
	return u, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// origin is a URL's scheme, host and port, for people.
func origin(u *url.URL) string {
	if host, port, err := net.SplitHostPort(u.Host); err == nil && (port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http") {
		return u.Scheme + "://" + host
	}
	return u.Scheme + "://" + u.Host
}

// UnwantedError turns down a sign-in that the provider has granted, such as one at
// a workspace that the service is not for.
type UnwantedError struct {
	// Reason says to the person what to do instead, in one or two sentences.
	Reason string
}

// Error returns the reason.
func (e *UnwantedError) Error() string { return "the sign-in is turned down: " + e.Reason }
