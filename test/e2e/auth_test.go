//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// guarded is an mcp-demo at which callers must authenticate.
type guarded struct {
	*server
	// metadata is where it says whose tokens it takes, "" if it takes none.
	metadata string
}

// guard runs an mcp-demo that takes tokens of the issuer.
func guard(t *testing.T, issuer provider.Issuer, args ...string) *guarded {
	t.Helper()
	address := freeAddress(t)
	args = append([]string{"--http", address, "--public-url", "http://" + address + "/mcp",
		"--auth", "oauth", "--oauth-issuer", string(issuer)}, args...)
	s := serving(t, startBinary(t, demo, args...))
	return &guarded{s, "http://" + address + "/.well-known/oauth-protected-resource/mcp"}
}

// guardWithKeys runs an mcp-demo that takes the keys of a file.
func guardWithKeys(t *testing.T, keysFile string, args ...string) *guarded {
	t.Helper()
	args = append([]string{"--http", "127.0.0.1:0", "--auth", "keys", "--api-keys-file", keysFile}, args...)
	return &guarded{serving(t, startBinary(t, demo, args...)), ""}
}

// freeAddress returns an address of this machine that nobody listens on. Its
// port is below those that the system gives to whoever asks for any, so that
// nobody gets it before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("of 100 ports none is free")
	return ""
}

// authority runs a provider until the end of the test.
func authority(t *testing.T) *provider.Provider {
	t.Helper()
	p, err := provider.Start(wait(t), install(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tokenFor returns a client's own token for the server.
func (s *guarded) tokenFor(t *testing.T, issuer provider.Issuer, client, scope string) string {
	t.Helper()
	token, err := issuer.Token(wait(t), client, s.url, scope)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// keysFile writes a file of keys.
func keysFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reply is an HTTP answer that was read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) String() string {
	return fmt.Sprintf("%d %v %.1000q", r.status, r.header, r.body)
}

// text is what a tool answered with, or "".
func (r reply) text(t *testing.T) string {
	t.Helper()
	if r.status != http.StatusOK {
		return ""
	}
	a := r.answer(t)
	if a.Error != nil || a.Result.IsError || len(a.Result.Content) == 0 {
		return ""
	}
	return a.Result.Content[0].Text
}

// answer is the message in the reply, or the last one if it is a stream.
func (r reply) answer(t *testing.T) answer {
	t.Helper()
	message := r.body
	if strings.HasPrefix(r.header.Get("Content-Type"), "text/event-stream") {
		for line := range strings.Lines(r.body) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				message = data
			}
		}
	}
	return decode(t, []byte(message))
}

func read(t *testing.T, res *http.Response) reply {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

// do sends a request whose headers are given as name, value, name, value.
func do(t *testing.T, method, url, body string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(wait(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		req.Header.Add(pair[0], pair[1])
	}
	// What a server sends its callers on to is part of its answer.
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

// The eras of the protocol: with sessions, and without.
const (
	legacy = "2025-11-25"
	modern = "2026-07-28"
)

// post sends a message of an era. Without a credential it sends none.
func (s *server) post(t *testing.T, version, credential, body string, header ...string) reply {
	t.Helper()
	header = append(header, "Content-Type", "application/json", "Accept", "application/json, text/event-stream", "Mcp-Protocol-Version", version)
	if credential != "" {
		header = append(header, "Authorization", "Bearer "+credential)
	}
	return do(t, "POST", s.url, body, header...)
}

// modernMessage is a message that needs no session.
func modernMessage(method string, params map[string]any) string {
	if params == nil {
		params = make(map[string]any)
	}
	params["_meta"] = map[string]any{
		"io.modelcontextprotocol/protocolVersion":    modern,
		"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "e2e", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": struct{}{},
	}
	return message(1, method, params)
}

// initialize begins a session, and returns its id.
func (s *server) initialize(t *testing.T, credential string) (string, reply) {
	t.Helper()
	hello := message(0, "initialize", map[string]any{
		"protocolVersion": legacy, "capabilities": struct{}{}, "clientInfo": map[string]string{"name": "e2e", "version": "1"},
	})
	r := s.post(t, legacy, credential, hello)
	id := r.header.Get("Mcp-Session-Id")
	if r.status != http.StatusOK {
		return id, r
	}
	if ack := s.post(t, legacy, credential, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Mcp-Session-Id", id); ack.status != http.StatusAccepted {
		return id, ack
	}
	return id, r
}

// call calls a tool as a client of an era does, and returns the first answer
// that refuses the client, or the tool's.
func (s *server) call(t *testing.T, version, credential, tool string, arguments any) reply {
	t.Helper()
	params := map[string]any{"name": tool, "arguments": arguments}
	if version == modern {
		return s.post(t, modern, credential, modernMessage("tools/call", params), "Mcp-Method", "tools/call", "Mcp-Name", tool)
	}
	id, r := s.initialize(t, credential)
	if r.status != http.StatusOK {
		return r
	}
	return s.post(t, legacy, credential, message(1, "tools/call", params), "Mcp-Session-Id", id)
}

// greets fails the test unless the credential may read the note that is there
// from the start.
func (s *server) greets(t *testing.T, version, credential string) {
	t.Helper()
	if r := s.call(t, version, credential, "read_note", map[string]string{"name": "welcome"}); r.text(t) != `{"text":"Hello!"}` {
		t.Errorf("%s: read_note is answered with %s", version, r)
	}
}

// refuses fails the test unless the credential is refused as invalid.
func (s *guarded) refuses(t *testing.T, version, credential string) {
	t.Helper()
	r := s.call(t, version, credential, "read_note", map[string]string{"name": "welcome"})
	if c := s.challenge(t, r); r.status != http.StatusUnauthorized || c["error"] != "invalid_token" {
		t.Errorf("%s: answered with %s", version, r)
	}
}

var (
	bearer = regexp.MustCompile(`^Bearer ([a-z_]+="[^"\\]+"(, [a-z_]+="[^"\\]+")*)$`)
	param  = regexp.MustCompile(`([a-z_]+)="([^"\\]+)"`)
)

// challenge returns the parameters of the WWW-Authenticate header that a
// refusal must have. It fails the test unless the header is one challenge of the
// scheme Bearer with at least one parameter and none twice, of visible ASCII
// (RFC 6750 section 3), that names the metadata if there are any (RFC 9728
// section 5.1).
func (s *guarded) challenge(t *testing.T, r reply) map[string]string {
	t.Helper()
	values := r.header.Values("WWW-Authenticate")
	if len(values) != 1 || !bearer.MatchString(values[0]) || strings.Trim(values[0], printable) != "" {
		t.Errorf("%d with the challenges %q", r.status, values)
		return nil
	}
	c := make(map[string]string)
	for _, m := range param.FindAllStringSubmatch(values[0], -1) {
		if _, twice := c[m[1]]; twice {
			t.Errorf("the challenge %q has %s twice", values[0], m[1])
		}
		c[m[1]] = m[2]
	}
	if got := c["resource_metadata"]; got != s.metadata {
		t.Errorf("the challenge %q names the metadata %q, not %q", values[0], got, s.metadata)
	}
	if !json.Valid([]byte(r.body)) || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("the body is not JSON: %s", r)
	}
	return c
}

var printable = func() string {
	var b strings.Builder
	for c := ' '; c <= '~'; c++ {
		b.WriteRune(c)
	}
	return b.String()
}()

// inner are words that stand for something inside: how a credential is checked,
// where, and with what it failed.
var inner = []string{
	"jwt", "jws", "jwk", "kid", "signature", "algorithm", "base64", "sha256", "hash", "hmac", "rsa", "ecdsa", "claim",
	"crypto", "panic", "runtime", "goroutine", ".go:", "nil", "unexpected", "parse", "decode",
	"/tmp", "/root", "/home", "/etc", "keys file", "introspection", "no such", "0x",
}

// discreet fails the test if an answer tells something from inside, or repeats
// a secret.
func discreet(t *testing.T, r reply, secrets ...string) {
	t.Helper()
	var all strings.Builder
	for name, values := range r.header {
		if name != "X-Request-Id" && name != "Date" {
			fmt.Fprintf(&all, "%s: %s\n", name, values)
		}
	}
	all.WriteString(r.body)
	text := strings.ToLower(all.String())
	for _, word := range slices.Concat(inner, secrets) {
		if word != "" && strings.Contains(text, strings.ToLower(word)) {
			t.Errorf("the answer has %q in it: %s", word, r)
		}
	}
}

// raw sends the bytes of a request, and returns the first answer.
func (s *server) raw(t *testing.T, request string) reply {
	t.Helper()
	conn := s.dial(t)
	// The server may refuse before it has read everything.
	go io.WriteString(conn, request)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%v after %.300q", err, request)
	}
	return read(t, res)
}
