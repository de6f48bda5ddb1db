package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// lender is a service whose callers may not all do everything at its upstream.
type lender struct {
	lends    atomic.Bool // whether anybody but the keeper can lend
	asked    atomic.Int32
	ran      atomic.Int32
	registry *Registry
}

const noCard = "lend_book needs a library card: get one at the desk"

func (l *lender) Register(r *Registry) {
	l.registry = r
	yes := true
	AddTool(r, &mcp.Tool{Name: "find_book", Title: "Find", Description: "Finds.", Annotations: ReadOnly(false)},
		func(context.Context, none) (text, error) { return text{"found"}, nil }, Scope("shelf:read"))
	AddTool(r, &mcp.Tool{Name: "lend_book", Title: "Lend", Description: "Lends.", Annotations: &mcp.ToolAnnotations{DestructiveHint: &yes}},
		func(context.Context, none) (text, error) { l.ran.Add(1); return text{"lent"}, nil },
		Scope("shelf:write"), Writes(), Alias("take_book"), Confirm(func(context.Context, none) (string, error) {
			l.asked.Add(1)
			return "Lend it?", nil
		}))
	r.Usable(func(ctx context.Context, tool string) string {
		if tool != "lend_book" || l.lends.Load() || strings.HasSuffix(auth.CallerFrom(ctx).Principal, "keeper") {
			return ""
		}
		return noCard
	})
}

// shows is a transport that shows a key.
type shows string

func (key shows) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(r)
}

// as returns a client that shows a key.
func (r *rig) as(t *testing.T, key, version string) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: r.url, DisableStandaloneSSE: true, HTTPClient: &http.Client{Transport: shows(key)}},
		&mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func names(t *testing.T, c *mcp.ClientSession) (string, *mcp.ListToolsResult) {
	t.Helper()
	list, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, tool := range list.Tools {
		all = append(all, tool.Name)
	}
	return strings.Join(all, " "), list
}

// Each caller is offered what they can use, in both eras, and hears why they cannot
// use the rest.
func TestUsable(t *testing.T) {
	const keeper, reader = "0123456789abcdef0123456789abcde1", "0123456789abcdef0123456789abcde2"
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, fmt.Appendf(nil, "keeper:sha256:%x=*\nreader:sha256:%x=*\n", sha256.Sum256([]byte(keeper)), sha256.Sum256([]byte(reader))), 0o600); err != nil {
		t.Fatal(err)
	}
	l := new(lender)
	r := newRigFor(t, l, Config{APIKeysFile: path, HTTP: "127.0.0.1:8199", Confirm: "never"})
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		l.lends.Store(false)
		own, other := r.as(t, keeper, version), r.as(t, reader, version)
		if got, list := names(t, own); got != "find_book lend_book" || version == "2026-07-28" && (list.CacheScope != "private" || list.TTLMs > 60_000 || list.TTLMs == 0) {
			t.Errorf("%s: the keeper is offered %q, %+v", version, got, list.Cacheable)
		}
		if got, _ := names(t, other); got != "find_book" {
			t.Errorf("%s: a reader is offered %q", version, got)
		}
		for _, name := range []string{"lend_book", "take_book"} {
			res, err := other.CallTool(t.Context(), &mcp.CallToolParams{Name: name})
			if err != nil || !res.IsError || !strings.Contains(res.Content[0].(*mcp.TextContent).Text, `"code":"PERMISSION_DENIED","message":"`+noCard) {
				t.Errorf("%s %s: %+v, %v", version, name, res, err)
			}
		}
		if got, _ := names(t, own); got != "find_book lend_book" {
			t.Errorf("%s: what a reader was offered is the keeper's list: %q", version, got)
		}
		if res, err := own.CallTool(t.Context(), &mcp.CallToolParams{Name: "lend_book"}); err != nil || res.IsError {
			t.Errorf("%s: %+v, %v", version, res, err)
		}
		l.lends.Store(true)
		if got, _ := names(t, r.as(t, reader, version)); got != "find_book lend_book" {
			t.Errorf("%s: with a card a reader is offered %q", version, got)
		}
	}
	if l.ran.Load() != 2 {
		t.Errorf("it ran %d times", l.ran.Load())
	}
	if caps := r.as(t, keeper, "2025-11-25").InitializeResult().Capabilities; caps.Tools.ListChanged {
		t.Error("over HTTP clients are told of changes")
	}
}

// Nobody is asked to confirm what cannot be done.
func TestUsableBeforeTheQuestion(t *testing.T) {
	l := new(lender)
	r := newRigFor(t, l, Config{})
	c := r.connect(t, "2026-07-28", &mcp.ClientOptions{ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		return &mcp.ElicitResult{Action: "accept"}, nil
	}})
	res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "lend_book"})
	if err != nil || !res.IsError || l.asked.Load() != 0 {
		t.Errorf("%+v, %v after %d questions", res, err, l.asked.Load())
	}
}

// On stdio a client hears that it is offered more.
func TestRelistTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(lender)
		s, err := New("shelf", l, Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		near, far := mcp.NewInMemoryTransports()
		ss, err := s.Connect(t.Context(), near)
		if err != nil {
			t.Fatal(err)
		}
		c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
			ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { told++ },
		}).Connect(t.Context(), far, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { c.Close(); ss.Wait(); s.Close() }()
		if got, _ := names(t, c); got != "find_book" {
			t.Errorf("it is offered %q", got)
		}
		time.Sleep(time.Second) // what registering has to tell is told
		synctest.Wait()
		before := told
		l.lends.Store(true)
		l.registry.RelistTools()
		time.Sleep(time.Second)
		synctest.Wait()
		if got, _ := names(t, c); got != "find_book lend_book" || told != before+1 {
			t.Errorf("it is told %d times and offered %q", told-before, got)
		}
	})
}
