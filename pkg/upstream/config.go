package upstream

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config says what a Client reaches, and how. The zero value of a field stands
// for its default.
type Config struct {
	// Name is what people call the upstream: "GitHub".
	Name string
	// BaseURLs are what an operator configured. Credentials go to their schemes,
	// hosts and ports only, and the library may ask no others.
	BaseURLs []*url.URL
	// TLS is for connections to the base URLs: a private CA, say.
	TLS *tls.Config

	// Timeout bounds a request with its waits, its retries and the body of a JSON
	// answer. The default is 30 s.
	Timeout time.Duration
	// StreamTimeout bounds the body of any other answer from when it begins, and
	// StreamIdle each wait for more of it. The defaults are 10 min and 30 s.
	StreamTimeout, StreamIdle time.Duration
	// ConnectTimeout bounds making a connection, and its TLS handshake again. The
	// default is 5 s.
	ConnectTimeout time.Duration
	// HeaderTimeout bounds the wait for an answer to begin. The default is 15 s.
	HeaderTimeout time.Duration
	// MaxBody bounds a JSON answer, which is read whole. The default is 16 MiB.
	MaxBody int64
	// MaxStream bounds any other answer. The default is 256 MiB.
	MaxStream int64

	// Retries is how often a request is repeated at most. The default is 2; a
	// negative number stands for none.
	Retries int
	// RetryWait bounds what one request waits for its retries in all. The default
	// is 10 s.
	RetryWait time.Duration
	// LimitWait is how long a request waits for a rate limit rather than fail. The
	// default is 2 s.
	LimitWait time.Duration
	// Limits is how the upstream tells its rate limits. The default reads the
	// X-RateLimit headers of GitHub.
	Limits Limits
	// Pace, if it is set, is what a write takes of its credential's time: the next
	// ones wait until it is over, but for what WriteBurst lets run ahead. One that
	// would wait longer than it has time is refused with a *LimitError. Zero is for
	// writes that are not counted.
	Pace func(*http.Request) time.Duration
	// WriteBurst is how far writes may run ahead of their pace.
	WriteBurst time.Duration

	// Concurrent is how many requests run at once; the default is 64. As many as
	// Queue wait for that; the default is 256.
	Concurrent, Queue int
	// PerCredential is how many of them one credential may have; the default is 16.
	PerCredential int
	// OpenAfter is how many failures of a host in a row open its circuit breaker,
	// for OpenFor. The defaults are 10 and 15 s.
	OpenAfter int
	OpenFor   time.Duration

	// CacheBytes bounds what is kept to answer "not modified" from, and CacheEntry
	// one answer of it. The defaults are 16 MiB and 1 MiB; negative CacheBytes
	// keep nothing.
	CacheBytes, CacheEntry int

	// Redirect, if it is set, may refuse to follow a redirect to a base URL's host,
	// which the credential goes along with: its error is that of the request.
	Redirect func(ctx context.Context, to *url.URL) error
	// Propagate sends the trace context to the base URLs, for an upstream of one's
	// own. To others it tells nothing but ids.
	Propagate bool
	Log       *slog.Logger
}

// defaults fills in what is not set.
func (c Config) defaults() Config {
	or(&c.Timeout, 30*time.Second)
	or(&c.StreamTimeout, 10*time.Minute)
	or(&c.StreamIdle, 30*time.Second)
	or(&c.ConnectTimeout, 5*time.Second)
	or(&c.HeaderTimeout, 15*time.Second)
	or(&c.MaxBody, 16<<20)
	or(&c.MaxStream, 256<<20)
	or(&c.Retries, 2)
	or(&c.RetryWait, 10*time.Second)
	or(&c.LimitWait, 2*time.Second)
	or(&c.Concurrent, 64)
	or(&c.Queue, 256)
	or(&c.PerCredential, 16)
	or(&c.OpenAfter, 10)
	or(&c.OpenFor, 15*time.Second)
	or(&c.CacheBytes, 16<<20)
	or(&c.CacheEntry, 1<<20)
	c.Limits = c.Limits.defaults()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check says what of a configuration cannot be.
func (c Config) check() error {
	if len(c.BaseURLs) == 0 {
		return fmt.Errorf("no URL of %s", c.Name)
	}
	for _, u := range c.BaseURLs {
		if u == nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return fmt.Errorf("the URL of %s needs https and a host, and no user", c.Name)
		}
	}
	if c.Timeout < 0 || c.StreamTimeout < 0 || c.StreamIdle < 0 || c.ConnectTimeout < 0 || c.HeaderTimeout < 0 || c.MaxBody < 0 || c.MaxStream < 0 || c.RetryWait < 0 || c.LimitWait < 0 || c.WriteBurst < 0 {
		return fmt.Errorf("a limit of %s is negative", c.Name)
	}
	if c.Concurrent < 0 || c.Queue < 0 || c.PerCredential < 0 || c.OpenAfter < 0 || c.OpenFor < 0 || c.CacheEntry < 0 {
		return fmt.Errorf("a bound of %s is negative", c.Name)
	}
	return nil
}

// ParseBase returns the URL that the flag was set to, for Config.BaseURLs. It
// must be of https, or of this machine, and has a path that ends in a slash.
func ParseBase(flag, raw string) (*url.URL, error) {
	u, err := ParsePlainBase(flag, raw)
	if err == nil && u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("%s: credentials go by https only: give an https URL, or one of this machine", flag)
	}
	return u, err
}

// ParsePlainBase is ParseBase for who has been told to send credentials without
// encryption.
func ParsePlainBase(flag, raw string) (*url.URL, error) {
	// The parser's errors quote what they read, which may hold a password.
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "" {
		return nil, fmt.Errorf("%s: give a URL such as https://api.example.com/", flag)
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("%s: leave out user, query and fragment", flag)
	}
	if !strings.HasSuffix(u.Path, "/") {
		u = u.JoinPath("/")
	}
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Origin is what credentials are bound to: scheme, host and port.
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return u.Scheme + "://" + net.JoinHostPort(lower(u.Hostname()), port)
}

// lower folds the letters of ASCII alone: others are equal to them in Unicode's
// eyes, and of another host in those of DNS.
func lower(host string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, host)
}

// ours says whether r's URL is on a base URL's host.
func (c *Client) ours(r *http.Request) (*host, bool) {
	h, ok := c.hosts[Origin(r.URL)]
	return h, ok
}
