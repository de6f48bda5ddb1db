package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// probeCmd tells by its exit status whether a service is well. It opens no
// service, so it needs none of the configuration of one.
type probeCmd[C any] struct {
	URL          string        `arg:"" name:"url" optional:"" help:"A health endpoint, such as http://127.0.0.1:8080/livez, which has to answer 200, or the URL of a service, which ends in /mcp, for a round trip of the protocol. The default is /readyz at the address in MCP_HTTP_ADDR."`
	Era          string        `enum:"modern,legacy,both" default:"modern" help:"The protocol of the round trip: modern is 2026-07-28, legacy is 2025-11-25, with a session (${enum})."`
	TokenFile    string        `placeholder:"FILE" help:"Send the key or token in this file; MCP_PROBE_TOKEN holds the token itself."`
	Token        string        `env:"MCP_PROBE_TOKEN" hidden:"" secret:"" help:"The key or token to send."`
	Unauthorized bool          `help:"Send none, and expect to be refused for that, with status 401."`
	Timeout      time.Duration `default:"5s" help:"How long all of it may take."`
	HTTP         string        `name:"http" env:"MCP_HTTP_ADDR" hidden:"" help:"The address that the service listens on."`
}

// lastStateful is the newest protocol with sessions.
const lastStateful = "2025-11-25"

func (c *probeCmd[C]) Run(in *invocation[C]) error {
	u, err := c.target()
	if err != nil {
		return err
	}
	if c.Timeout < time.Millisecond {
		return fmt.Errorf("--timeout %s: give a duration of at least 1ms, such as 5s", c.Timeout)
	}
	ctx, cancel := context.WithTimeout(in.ctx, c.Timeout)
	defer cancel()
	probe := c.service
	if !strings.HasSuffix(u.Path, "/mcp") {
		if c.TokenFile != "" || c.Unauthorized || c.Era != "modern" {
			return fmt.Errorf("%s: --token-file, --unauthorized and --era go with the URL of a service, which ends in /mcp", u.Redacted())
		}
		probe = c.health
	}
	found, err := probe(ctx, in.p.name, u)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil {
		err = fmt.Errorf("no answer within %s", c.Timeout)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	_, err = fmt.Fprintf(in.p.stdout, "ok %s: %s\n", u.Redacted(), found)
	return err
}

// target is the URL to probe.
func (c *probeCmd[C]) target() (*url.URL, error) {
	raw := c.URL
	if raw == "" {
		host, port, err := net.SplitHostPort(c.HTTP)
		if err != nil || port == "" {
			return nil, errors.New("give a URL, or the address that the service listens on in MCP_HTTP_ADDR")
		}
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		raw = "http://" + net.JoinHostPort(host, port) + "/readyz"
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		// It is not repeated: it may hold a password that cannot be told from the rest.
		return nil, errors.New("give a whole URL, such as http://127.0.0.1:8080/readyz or https://tools.example.com/mcp")
	}
	return u, nil
}

// maxHealth bounds what is read of a health endpoint's answer.
const maxHealth = 4 << 10

// health asks a health endpoint. A redirect is no health.
func (c *probeCmd[C]) health(ctx context.Context, _ string, u *url.URL) (string, error) {
	res, err := ask(ctx, http.MethodGet, u, "")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var said struct{ Status, Detail string }
	if body, err := io.ReadAll(io.LimitReader(res.Body, maxHealth)); err != nil {
		return "", err
	} else if json.Unmarshal(body, &said) != nil {
		said.Status = "it says nothing more"
	}
	if said.Detail != "" {
		said.Status += ": " + said.Detail
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the service answers %d %s: %s", res.StatusCode, http.StatusText(res.StatusCode), readable(said.Status, maxShown))
	}
	return readable(said.Status, maxShown), nil
}

// ask sends one request without a credential.
func ask(ctx context.Context, method string, u *url.URL, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if failed := new(url.Error); errors.As(err, &failed) {
		err = failed.Err // the rest is the URL
	}
	return res, err
}

// service speaks with a service as a client does.
func (c *probeCmd[C]) service(ctx context.Context, name string, u *url.URL) (string, error) {
	if c.Unauthorized {
		return c.refused(ctx, u)
	}
	token, from := strings.TrimSpace(c.Token), "MCP_PROBE_TOKEN"
	if c.TokenFile != "" {
		var err error
		if token, err = readToken(c.TokenFile); err != nil {
			return "", err
		}
		from = "--token-file"
	}
	var versions []string
	if c.Era != "legacy" {
		versions = append(versions, statelessSince)
	}
	if c.Era != "modern" {
		versions = append(versions, lastStateful)
	}
	found := ""
	for _, version := range versions {
		r := newRemote(u, token, from)
		who, err := roundTrip(ctx, r, name, version)
		if err != nil {
			return "", r.explain(err)
		}
		if found == "" {
			found = readable(r.bearer.hide(who), maxShown)
		}
	}
	return found + ", protocol " + strings.Join(versions, " and "), nil
}

// roundTrip connects with one protocol and asks for something. It returns what
// the service calls itself.
func roundTrip(ctx context.Context, r *remote, name, version string) (string, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "mcp-" + name, Version: Version()}, nil)
	session, err := client.Connect(ctx, r, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		return "", fmt.Errorf("connecting: %w", err)
	}
	defer session.Close()
	has := session.InitializeResult()
	if has.ProtocolVersion != version {
		return "", fmt.Errorf("it speaks protocol %s, not %s", clip(has.ProtocolVersion), version)
	}
	if version == statelessSince {
		_, err = session.ListTools(ctx, nil)
	} else {
		err = session.Ping(ctx, nil)
	}
	if err != nil || has.ServerInfo == nil {
		return "a service", err
	}
	return has.ServerInfo.Name + " " + has.ServerInfo.Version, nil
}

// refused expects that a stranger is refused.
func (c *probeCmd[C]) refused(ctx context.Context, u *url.URL) (string, error) {
	if c.TokenFile != "" {
		return "", errors.New("leave out --token-file: with --unauthorized none is sent")
	}
	res, err := ask(ctx, http.MethodPost, u, `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	if err != nil {
		return "", err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		return "", fmt.Errorf("the service answers %d %s to a request without a credential, not 401", res.StatusCode, http.StatusText(res.StatusCode))
	}
	return "it refuses a request without a credential", nil
}
