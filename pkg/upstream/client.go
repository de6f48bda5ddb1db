package upstream

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Config says what a Client reaches, and how. The zero value of a field stands
// for its default.
type Config struct {
	// Name is what people call the upstream: "GitHub".
	Name string
	// BaseURLs are what an operator configured. Credentials go to their schemes,
	// hosts and ports only.
	BaseURLs []*url.URL
	// Timeout bounds a request with its retries and its body. The default is 30 s.
	Timeout time.Duration
	Log     *slog.Logger
}

// Client reaches one upstream. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// Open returns a Client for what cfg names. It connects to nothing yet.
func Open(cfg Config) (*Client, error) {
	if len(cfg.BaseURLs) == 0 {
		return nil, fmt.Errorf("no URL of %s", cfg.Name)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	c := &Client{cfg: cfg}
	c.http = &http.Client{Transport: c, Timeout: cfg.Timeout, CheckRedirect: redirect}
	return c, nil
}

// HTTP returns the client for the library that speaks the upstream's API.
func (c *Client) HTTP() *http.Client { return c.http }

// RoundTrip sends a request, with the credential of its context if it goes to a
// host that may see it.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("Authorization")
	for _, base := range c.cfg.BaseURLs {
		if cred := CredentialFrom(r.Context()); cred.header != "" && r.URL.Scheme == base.Scheme && r.URL.Host == base.Host {
			r.Header.Set("Authorization", cred.header)
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Close ends idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// redirect refuses to turn a request that changes something into one that reads.
func redirect(r *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return fmt.Errorf("it was redirected more than 5 times")
	}
	if r.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	return nil
}
