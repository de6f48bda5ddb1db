package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// remote leads to the service at one URL, and knows why it refused.
type remote struct {
	mcp.StreamableClientTransport
	bearer *bearer
}

// readToken reads the file of a key or token.
func readToken(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", fmt.Errorf("--token-file: %s is empty: it must hold the key or token", file)
	}
	if strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("--token-file: %s holds more than the key or token: leave it alone there, on one line", file)
	}
	return token, nil
}

// newRemote leads to u with a token, which people know as what is in from.
func newRemote(u *url.URL, token, from string) *remote {
	b := &bearer{token: token, from: from, url: u.String()}
	return &remote{mcp.StreamableClientTransport{
		Endpoint: b.url, DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: b, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the token is for this URL only
		}},
	}, b}
}

// bearer sends a token with requests to one URL.
type bearer struct {
	token, from string // from is where people gave it
	url         string
	last        atomic.Pointer[reply] // nil if there was none
	lost        atomic.Pointer[error] // why there was none
}

// reply is what the service answered to a message.
type reply struct {
	status int
	header http.Header
	said   string // the message of an error, which may belong to no request
}

// maxRefusal bounds what is read of a refusal before the client gets it.
const maxRefusal = 64 << 10

// replyOf reads what res says, if it is a refusal, and leaves it to be read again.
func replyOf(res *http.Response) *reply {
	a := &reply{status: res.StatusCode, header: res.Header}
	if a.status < http.StatusBadRequest {
		return a
	}
	// An error comes again when the client reads on.
	start, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), res.Body), res.Body}
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(start, &body) == nil {
		a.said = body.Error.Message
	}
	return a
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" && r.URL.String() == b.url {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPost {
		b.last.Store(nil)
		b.lost.Store(&err)
		if err == nil {
			b.last.Store(replyOf(res))
		}
	}
	return res, err
}

// explain returns err as what to change, if the service was not reached or
// refused what was sent last. A service that repeats the token does not get it
// shown.
func (r *remote) explain(err error) error {
	text := err.Error()
	if lost := r.bearer.lost.Load(); lost != nil {
		text = r.bearer.unreached(*lost, text)
	}
	if a := r.bearer.last.Load(); a != nil {
		if advice := r.bearer.advice(a, text); advice != "" {
			text = fmt.Sprintf("the service answers %d %s: %s", a.status, http.StatusText(a.status), advice)
		}
	}
	return errors.New(r.bearer.hide(text))
}

// unreached returns what to do about a service to which there is no connection,
// or else text.
func (b *bearer) unreached(err error, text string) string {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" && !errors.Is(err, context.Canceled) {
		return fmt.Sprintf("nothing answers at %s: %v: start the service there, or correct the URL", b.url, dial.Err)
	}
	if plain := new(tls.RecordHeaderError); errors.As(err, plain) && string(plain.RecordHeader[:]) == "HTTP/" {
		return fmt.Sprintf("%s has no TLS: write http:// in the place of https://", b.url)
	}
	return text
}

// hide takes the token out of what the service has chosen the words of.
func (b *bearer) hide(s string) string {
	if b.token == "" {
		return s
	}
	return strings.ReplaceAll(s, b.token, "[redacted]")
}

// scopeOf finds the scopes in a challenge (RFC 6750, section 3).
var scopeOf = regexp.MustCompile(`(?:^|[\s,])scope="([^"\\]*)"`)

// advice is what to do about an answer, or what the service says; "" if that is
// in the text of the error already.
func (b *bearer) advice(a *reply, text string) string {
	switch a.status {
	case http.StatusUnauthorized:
		if b.token != "" {
			return "the key or token in " + b.from + " is unknown, has expired or is not for this service"
		}
		return "it wants a credential: give the file with the key or token with --token-file"
	case http.StatusForbidden:
		if scope := scopeOf.FindStringSubmatch(a.header.Get("WWW-Authenticate")); scope != nil {
			return "the credential may not do this: it needs the scopes " + readable(b.hide(scope[1]), maxShown)
		}
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if a.said == "" { // else it is a service
			return "no MCP service is at " + b.url + ": the path of a service is usually /mcp"
		}
	case http.StatusTooManyRequests:
		if after := a.header.Get("Retry-After"); after != "" && strings.Trim(after, "0123456789") == "" {
			return "too much was asked of it: try again in " + clip(after) + " seconds"
		}
		return "too much was asked of it: try again later"
	}
	if strings.Contains(text, a.said) {
		return ""
	}
	return readable(b.hide(a.said), maxShown)
}
