//go:build k8s

package k8s

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The two eras of the protocol: without sessions, and with.
const (
	modern = "2026-07-28"
	legacy = "2025-11-25"
)

// transport leads to addr, whatever the name in a URL is.
func transport(addr string, keepAlive bool) *http.Transport {
	d := net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: 1000,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, addr)
		},
	}
}

// bearer sends a key with each request.
type bearer struct {
	key  string
	next http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.key != "" {
		r.Header.Set("Authorization", "Bearer "+b.key)
	}
	return b.next.RoundTrip(r)
}

// connect begins what the protocol of an era calls a connection, over a new
// connection of TCP for each request. Every question is answered with yes.
func (r *release) connect(t *testing.T, service, era string) *mcp.ClientSession {
	t.Helper()
	return r.connectTo(t, service, net.JoinHostPort(address(t.Context(), t, r.host(service)), "80"), era)
}

// connectTo does so at the address of a pod.
func (r *release) connectTo(t *testing.T, service, addr, era string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "k8s", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: r.endpoint(service), HTTPClient: &http.Client{Transport: bearer{r.key, transport(addr, false)}},
	}, &mcp.ClientSessionOptions{ProtocolVersion: era})
	if err != nil {
		t.Fatalf("%s, %s: %v", service, era, err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// call calls a tool and returns its structured result.
func call(t *testing.T, s *mcp.ClientSession, tool string, arguments any) map[string]any {
	t.Helper()
	res, err := tryCall(t, s, tool, arguments)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func tryCall(t *testing.T, s *mcp.ClientSession, tool string, arguments any) (map[string]any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tool, err)
	}
	out, _ := res.StructuredContent.(map[string]any)
	if res.IsError || out == nil {
		text, _ := json.Marshal(res.Content)
		return nil, fmt.Errorf("%s is answered with %.500s", tool, text)
	}
	return out, nil
}

// initialize begins a session.
const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + legacy + `","capabilities":{},"clientInfo":{"name":"k8s","version":"1"}}}`

// message is a call of the calculator in one era.
func message(era, expression string) string {
	params := map[string]any{"name": "calculate", "arguments": map[string]string{"expression": expression}}
	if era == modern {
		params["_meta"] = map[string]any{
			"io.modelcontextprotocol/protocolVersion":    modern,
			"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "k8s", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": struct{}{},
		}
	}
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
	if err != nil {
		panic(err) // made of strings and JSON only
	}
	return string(b)
}

// reply is what the answer to a message says.
type reply struct {
	status  int
	session string
	value   string // of a calculation
	body    string
}

// post sends a message. An error says that there was no whole answer.
func post(ctx context.Context, rt http.RoundTripper, url, era, session, body string) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	header := map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": era}
	if era == modern {
		header["Mcp-Method"], header["Mcp-Name"] = "tools/call", "calculate"
	}
	if session != "" {
		header["Mcp-Session-Id"] = session
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return reply{}, err
	}
	r := reply{status: res.StatusCode, session: res.Header.Get("Mcp-Session-Id"), body: string(b)}
	for line := range strings.Lines(r.body) {
		var a struct {
			Result struct {
				StructuredContent struct{ Result string }
			}
		}
		if json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &a) == nil && a.Result.StructuredContent.Result != "" {
			r.value = a.Result.StructuredContent.Result
		}
	}
	return r, nil
}

// status is what a request with some key is answered with at an address.
func (r *release) status(t *testing.T, service, addr, key string) int {
	t.Helper()
	res, err := post(t.Context(), bearer{key, transport(addr, false)}, r.endpoint(service), modern, "", message(modern, "1 + 1"))
	if err != nil {
		t.Fatal(err)
	}
	return res.status
}

// answered returns how many calls of tools a pod has answered, by its metrics.
func answered(ctx context.Context, p pod) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(p.Status.PodIP, "9090")+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, errors.New(res.Status)
	}
	sum := 0
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "mcp_server_operation_duration_seconds_count{") && strings.Contains(line, `mcp_method_name="tools/call"`) {
			n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return 0, err
			}
			sum += int(n)
		}
	}
	return sum, nil
}

// counts returns how many calls each pod has answered.
func counts(t *testing.T, pods []pod) map[string]int {
	t.Helper()
	all := make(map[string]int, len(pods))
	for _, p := range pods {
		n, err := answered(t.Context(), p)
		if err != nil {
			t.Fatalf("metrics of %s: %v", p.name(), err)
		}
		all[p.name()] = n
	}
	return all
}

// since returns what was counted after before.
func since(before, now map[string]int) map[string]int {
	d := make(map[string]int, len(now))
	for k, n := range now {
		d[k] = n - before[k]
	}
	return d
}
