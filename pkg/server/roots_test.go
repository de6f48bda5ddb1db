package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// desk is a service whose tool says what the client's roots are.
type desk struct{ shy bool }

func (d *desk) Register(r *Registry) {
	if !d.shy {
		r.AskRoots()
	}
	AddTool(r, &mcp.Tool{Name: "tell_roots", Title: "Tell roots", Description: "Tells the client's roots.", Annotations: ReadOnly(false)},
		func(ctx context.Context, _ none) (text, error) {
			uris, ok, err := ClientRoots(ctx)
			return text{fmt.Sprint(ok, uris)}, err
		}, Scope("desk:read"))
	r.AddPrompt(&mcp.Prompt{Name: "tell", Description: "Tells."}, func(ctx context.Context, _ *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		uris, ok, err := ClientRoots(ctx)
		return &mcp.GetPromptResult{Description: fmt.Sprint(ok, uris)}, err
	}, Scope("desk:read"))
}

// nomad is a client that counts how often it is asked where it works.
type nomad struct {
	*mcp.Client
	asked atomic.Int32
}

func newNomad(roots ...*mcp.Root) *nomad {
	n := &nomad{Client: mcp.NewClient(&mcp.Implementation{Name: "nomad", Version: "1"}, nil)}
	n.AddRoots(roots...)
	n.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == "roots/list" {
				n.asked.Add(1)
			}
			return next(ctx, method, req)
		}
	})
	return n
}

func (n *nomad) connect(t *testing.T, transport mcp.Transport, version string) *mcp.ClientSession {
	t.Helper()
	s, err := n.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// told is what the tool says.
func told(t *testing.T, s *mcp.ClientSession) string {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "tell_roots", Arguments: map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text
}

// ways are the transports on which a client can reach a service.
func (r *rig) ways(t *testing.T) map[string]mcp.Transport {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	if _, err := r.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- r.ServeStdio(context.WithoutCancel(t.Context()), in, out) }()
	t.Cleanup(func() {
		toServer.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return map[string]mcp.Transport{
		"in process": here, "stdio": &mcp.IOTransport{Reader: fromServer, Writer: toServer},
		"http": &mcp.StreamableClientTransport{Endpoint: r.url},
	}
}

func TestClientRootsOfSessions(t *testing.T) {
	r := newRigFor(t, new(desk), Config{})
	for way, transport := range r.ways(t) {
		n := newNomad(&mcp.Root{URI: "file:///work"})
		s := n.connect(t, transport, "2025-11-25")
		for range 3 {
			if got := told(t, s); got != "true [file:///work]" {
				t.Errorf("%s: %s", way, got)
			}
		}
		if p, err := s.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "tell"}); err != nil || p.Description != "true [file:///work]" {
			t.Errorf("%s: %+v, %v", way, p, err)
		}
		if asked := n.asked.Load(); asked != 1 {
			t.Errorf("%s: the client was asked %d times", way, asked)
		}
		n.AddRoots(&mcp.Root{URI: "file:///more"})
		// The notification and the call may overtake each other over HTTP.
		for told(t, s) != "true [file:///more file:///work]" {
			if t.Context().Err() != nil || n.asked.Load() > 2 {
				t.Fatalf("%s: %s", way, told(t, s))
			}
		}
	}
}

func TestClientRootsAreNotAskedOf(t *testing.T) {
	asking, shy := newRigFor(t, new(desk), Config{}), newRigFor(t, &desk{shy: true}, Config{})
	stateless := newRigFor(t, new(desk), Config{LegacySessions: "off"})
	for name, tt := range map[string]struct {
		rig     *rig
		version string
		opts    *mcp.ClientOptions
	}{
		"a client of the stateless protocol": {asking, "2026-07-28", nil},
		"a service that does not use them":   {shy, "2025-11-25", nil},
		"a request without a session":        {stateless, "2025-11-25", nil},
		"a client without the capability":    {asking, "2025-11-25", &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}},
	} {
		for way, transport := range tt.rig.ways(t) {
			if tt.rig == stateless && way != "http" {
				continue
			}
			n := newNomad()
			n.Client = mcp.NewClient(&mcp.Implementation{Name: "nomad", Version: "1"}, tt.opts)
			n.AddRoots(&mcp.Root{URI: "file:///work"})
			if got := told(t, n.connect(t, transport, tt.version)); got != "false []" {
				t.Errorf("%s, %s: %s", name, way, got)
			}
		}
	}
}

// TestClientRootsMustBeTold treats silence as no answer, not as no roots.
func TestClientRootsMustBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New("desk", new(desk), Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var asked atomic.Int32
		n := newNomad(&mcp.Root{URI: "file:///work"})
		n.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
			return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
				if method != "roots/list" {
					return next(ctx, method, req)
				}
				switch asked.Add(1) {
				case 1:
					<-ctx.Done()
					return nil, ctx.Err()
				case 2:
					return nil, errors.New(secret)
				}
				return next(ctx, method, req)
			}
		})
		here, there := mcp.NewInMemoryTransports()
		if _, err := s.Connect(t.Context(), there); err != nil {
			t.Fatal(err)
		}
		session := n.connect(t, here, "2025-11-25")
		defer session.Close()
		start := time.Now()
		if got := told(t, session); !strings.Contains(got, "SERVICE_UNAVAILABLE") || time.Since(start) != rootsTime {
			t.Errorf("after %s: %s", time.Since(start), got)
		}
		if got := told(t, session); !strings.Contains(got, "did not name them") || strings.Contains(got, "hunter2") {
			t.Error(got)
		}
		if got := told(t, session); got != "true [file:///work]" {
			t.Error(got)
		}
		for i := range maxRoots {
			n.AddRoots(&mcp.Root{URI: fmt.Sprintf("file:///%d", i)})
		}
		synctest.Wait()
		if got := told(t, session); !strings.Contains(got, "the limit is 100") {
			t.Error(got)
		}
		session.Close()
		synctest.Wait()
		if len(s.roots.by) != 0 {
			t.Error("a session that has ended is kept")
		}
	})
}
