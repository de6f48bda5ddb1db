package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestCostlyMessages sends what would cost far more than its bytes.
func TestCostlyMessages(t *testing.T) {
	r := newRig(t, Config{})
	values := strings.TrimSuffix(strings.Repeat("{},", maxValues/containerValues), ",")
	long := strings.Repeat("a", maxURI)
	many := strings.TrimSuffix(strings.Repeat(`"demo://one",`, maxURIs+1), ",")
	for name, tt := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"values in _meta":  {`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"x":[` + values + `]}}}`, 400, "more than 262144 values"},
		"values in a list": {`[{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"x":[` + values + `]}}}]`, 400, "more than 262144 values"},
		"a long greeting": {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"` +
			strings.Repeat("token ", maxInitialize/6) + `","version":"1"}}}`, 413, "65536 bytes"},
		"a long name":    {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + long + `"}}`, 400, "the limit is 256"},
		"a long URI":     {`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"demo://item/` + long + `"}}`, 400, "the limit is 8192"},
		"many resources": {`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[` + many + `]}}}`, 400, "more than the limit of 1000"},
	} {
		if res, body := r.post(t, tt.body); res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %.200s", name, res.StatusCode, body)
		}
	}
	numbers := strings.TrimSuffix(strings.Repeat("1,", maxValues/2), ",")
	if res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"x":[`+numbers+`]}}}`); res.StatusCode == http.StatusBadRequest && strings.Contains(body, "values") {
		t.Errorf("a long list of numbers: %d %.200s", res.StatusCode, body)
	}
	s := r.Server
	read := func(context.Context, string, mcp.Request) (mcp.Result, error) { return nil, nil }
	if _, err := s.authorize(read)(t.Context(), "resources/read", &mcp.ReadResourceRequest{Params: &mcp.ReadResourceParams{URI: long + "a"}}); err == nil {
		t.Error("a long URI passes where there is no HTTP")
	}
}

func TestTame(t *testing.T) {
	if got := tame(strings.Repeat("token ", 1<<20)); len(got) > 100 {
		t.Errorf("%d bytes are shown", len(got))
	}
	if got := tame("Bearer " + strings.Repeat("s3cret", 1000)); strings.Contains(got, "s3cret") {
		t.Error(got)
	}
}

// TestSessionIsOfOneService shares keys between services, as one secret for all
// of them does.
func TestSessionIsOfOneService(t *testing.T) {
	keys := keyFile(t)
	a := newRigFor(t, newDemo(), Config{SigningKeyFile: keys})
	another, err := New("another", newDemo(), Config{SigningKeyFile: keys}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { another.Close() })
	token := a.sealSession("inner", "key:ci")
	if _, ok := a.openSession(token, "key:ci"); !ok {
		t.Error("the session is not its own service's")
	}
	if _, ok := another.openSession(token, "key:ci"); ok {
		t.Error("the session is another service's too")
	}
}

// TestSpellingsOfAURI holds that percent-encoding does not change what a URI needs.
func TestSpellingsOfAURI(t *testing.T) {
	r := newRigFor(t, new(shelf), Config{})
	for _, uri := range []string{"shelf://book/a", "shelf://b%6Fok/a", "shelf://book%2Fa", "shelf%3A//book/a"} {
		if got := r.reg.scopesOf(uri); !slices.Contains(got, "books:read") {
			t.Errorf("%s needs %v", uri, got)
		}
	}
	if got := r.reg.scopesOf("shelf://a%6Cl"); !slices.Contains(got, "shelf:read") {
		t.Errorf("another spelling of a fixed URI needs %v", got)
	}
}

func TestRequestsUnderWay(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("alice-key-of-tests = *\nbob-key-of-tests = *\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, Config{APIKeysFile: keys, CallerConcurrency: 1})
	body, send := io.Pipe()
	t.Cleanup(func() { send.Close() })
	for range requestsPerCall {
		req, err := http.NewRequestWithContext(t.Context(), "POST", r.url, io.MultiReader(strings.NewReader("{"), body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer alice-key-of-tests")
		go func() {
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		}()
	}
	eventually(t, "all are under way", func() bool {
		r.inflight.mu.Lock()
		defer r.inflight.mu.Unlock()
		for _, n := range r.inflight.of {
			return n == requestsPerCall
		}
		return false
	})
	if res, text := r.post(t, ping, "Authorization", "Bearer alice-key-of-tests"); res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("one more: %d %s", res.StatusCode, text)
	}
	if res, text := r.post(t, ping, "Authorization", "Bearer bob-key-of-tests"); res.StatusCode != 200 {
		t.Errorf("another caller: %d %s", res.StatusCode, text)
	}
}

// TestStreamsAreNotRequestsUnderWay opens more streams than requests may be under
// way: clients hold one for as long as they live.
func TestStreamsAreNotRequestsUnderWay(t *testing.T) {
	r := newRig(t, Config{MaxConcurrency: 1, CallerConcurrency: 1})
	id := r.beginAs(t, "")
	for range requestsPerCall {
		if res := r.do(t.Context(), t, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen"); res.StatusCode != 200 {
			t.Fatalf("a listen: %s", res.Status)
		}
	}
	if res := r.do(t.Context(), t, "GET", "", headerSession, id); res.StatusCode != 200 {
		t.Fatalf("a standing stream: %s", res.Status)
	}
	if res, body := r.post(t, ping); res.StatusCode != 200 {
		t.Errorf("a request beside them: %d %s", res.StatusCode, body)
	}
}

// TestStreamEndsWithItsKey withdraws a key while its holder listens.
func TestStreamEndsWithItsKey(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("alice-key-of-tests = *\n")
	r := newRig(t, Config{APIKeysFile: keys})
	res := r.do(t.Context(), t, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`,
		"Authorization", "Bearer alice-key-of-tests", "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen")
	stream := bufio.NewReader(res.Body)
	if line, err := stream.ReadString('}'); err != nil || !strings.Contains(line, "acknowledged") {
		t.Fatal(line, err)
	}
	write("bob-key-of-tests = *\n")
	if _, err := io.Copy(io.Discard, stream); err != nil {
		t.Error(err)
	}
	if res, _ := r.post(t, ping, "Authorization", "Bearer alice-key-of-tests"); res.StatusCode != 401 {
		t.Errorf("the key still counts: %d", res.StatusCode)
	}
}

// TestKeyWithdrawnDuringTheBody begins to listen with a body that arrives after
// its key was withdrawn.
func TestKeyWithdrawnDuringTheBody(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("alice-key-of-tests = *\n")
	r := newRig(t, Config{APIKeysFile: keys})
	body, send := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer alice-key-of-tests"}, "Content-Type": {"application/json"},
		"Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {methodListen}}
	done := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body) // ends with the stream
			res.Body.Close()
		}
		done <- err
	}()
	eventually(t, "the request is under way", func() bool {
		r.inflight.mu.Lock()
		defer r.inflight.mu.Unlock()
		return r.inflight.total == 1
	})
	before := r.keyed.Load()
	write("bob-key-of-tests = *\n")
	eventually(t, "the keys have changed", func() bool { return r.keyed.Load() != before })
	fmt.Fprint(send, `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`)
	send.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestStrangerDoesNotHoldAConnection sends a header and never a body.
func TestStrangerDoesNotHoldAConnection(t *testing.T) {
	r := newRig(t, Config{APIKey: "the-one-key-of-tests"})
	addr := strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n", addr)
	answer, err := io.ReadAll(conn) // ends when the server closes the connection
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401") {
		t.Errorf("%s, %v", answer, err)
	}
}

func TestReadsAreNotForSharedCaches(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{{Config{}, `"cacheScope":"public"`}, {Config{APIKey: "the-one-key-of-tests"}, `"cacheScope":"private"`}} {
		r := newRigFor(t, new(shelf), tt.cfg)
		_, body := r.ask(t, "the-one-key-of-tests", "2026-07-28", "resources/read", "shelf://all", `{"uri":"shelf://all"}`)
		if !strings.Contains(body, tt.want) {
			t.Errorf("%s, want %s", body, tt.want)
		}
	}
}
