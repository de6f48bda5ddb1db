package server

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// library is a service whose resource, prompt and completion take their time,
// and whose answers have a size that the caller chooses.
type library struct {
	started chan struct{}
	gate    chan struct{}
}

func (l *library) Register(r *Registry) {
	read := Scope("library:read")
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "lib://{name}", Name: "book", Description: "A book."},
		func(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
			text, err := l.open(ctx, vars["name"])
			return []*mcp.ResourceContents{{Text: text}}, err
		}, read)
	r.AddPrompt(&mcp.Prompt{Name: "tell", Description: "Tells.", Arguments: []*mcp.PromptArgument{{Name: "name", Description: "what"}}},
		func(ctx context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			text, err := l.open(ctx, req.Params.Arguments["name"])
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}}, err
		}, read)
	r.CompletePrompt("tell", "name", func(ctx context.Context, prefix string, _ map[string]string) ([]string, error) {
		_, err := l.open(ctx, prefix)
		return nil, err
	})
}

func (l *library) open(ctx context.Context, name string) (string, error) {
	switch name {
	case "panic":
		panic(secret)
	case "fits":
		return strings.Repeat("x", 100), nil
	case "large":
		return strings.Repeat("x", 101), nil
	}
	l.started <- struct{}{}
	select {
	case <-l.gate:
		return "", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// reads are the requests that run a service's code and are no tool calls.
var reads = map[string]func(context.Context, *mcp.ClientSession, string) error{
	"resources/read": func(ctx context.Context, s *mcp.ClientSession, name string) error {
		_, err := s.ReadResource(ctx, &mcp.ReadResourceParams{URI: "lib://" + name})
		return err
	},
	"prompts/get": func(ctx context.Context, s *mcp.ClientSession, name string) error {
		_, err := s.GetPrompt(ctx, &mcp.GetPromptParams{Name: "tell", Arguments: map[string]string{"name": name}})
		return err
	},
	"completion/complete": func(ctx context.Context, s *mcp.ClientSession, name string) error {
		_, err := s.Complete(ctx, &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "tell"},
			Argument: mcp.CompleteParamsArgument{Name: "name", Value: name}})
		return err
	},
}

// eachRead runs test with every kind of read, in both eras, as one caller.
func eachRead(t *testing.T, cfg Config, test func(t *testing.T, s *Server, l *library, read func(name string) error)) {
	for method, read := range reads {
		for _, era := range []string{"2026-07-28", "2025-11-25"} {
			t.Run(method+"/"+era, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := &library{started: make(chan struct{}, 100), gate: make(chan struct{})}
					s, err := New("library", l, cfg, nil)
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					s.local = auth.Everything("key:alice")
					near, far := mcp.NewInMemoryTransports()
					if _, err := s.Connect(t.Context(), far); err != nil {
						t.Fatal(err)
					}
					c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
					session, err := c.Connect(t.Context(), near, &mcp.ClientSessionOptions{ProtocolVersion: era})
					if err != nil {
						t.Fatal(err)
					}
					defer session.Close()
					test(t, s, l, func(name string) error { return read(t.Context(), session, name) })
				})
			})
		}
	}
}

// refusedWith fails the test unless err is the protocol's and has both texts in it.
func refusedWith(t *testing.T, err error, code, message string) {
	t.Helper()
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || !strings.Contains(wire.Message, message) {
		t.Errorf("%v: want %q", err, message)
		return
	}
	var data struct{ Error struct{ Code string } }
	if err := json.Unmarshal(wire.Data, &data); err != nil || data.Error.Code != code {
		t.Errorf("%s: want %s", wire.Data, code)
	}
}

func TestReadsTakeSlots(t *testing.T) {
	eachRead(t, Config{CallerConcurrency: 2}, func(t *testing.T, s *Server, l *library, read func(string) error) {
		const calls = 150
		ended := make(chan error, calls)
		for range calls {
			go func() { ended <- read("slow") }()
		}
		synctest.Wait()
		if n := len(l.started); n != 2 {
			t.Errorf("%d run at once", n)
		}
		// Two run and eight wait.
		if len(ended) != calls-10 {
			t.Fatalf("%d were answered", len(ended))
		}
		for range calls - 10 {
			refusedWith(t, <-ended, "RATE_LIMITED", "this caller already has 2 calls running")
		}
		close(l.gate)
		for range 10 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if n := s.slots.Running(); n != 0 {
			t.Errorf("%d slots are still taken", n)
		}
	})
}

func TestReadsHaveADeadline(t *testing.T) {
	eachRead(t, Config{ToolDeadline: time.Second}, func(t *testing.T, s *Server, _ *library, read func(string) error) {
		start := time.Now()
		refusedWith(t, read("slow"), "TIMEOUT", "did not finish within 1s")
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestReadsEndWithTheProcess(t *testing.T) {
	eachRead(t, Config{}, func(t *testing.T, s *Server, l *library, read func(string) error) {
		ended := make(chan error)
		go func() { ended <- read("slow") }()
		<-l.started
		s.abort.end()
		refusedWith(t, <-ended, "CANCELLED", "cancelled")
	})
}

func TestReadThatPanicsGivesItsSlotBack(t *testing.T) {
	eachRead(t, Config{}, func(t *testing.T, s *Server, _ *library, read func(string) error) {
		refusedWith(t, read("panic"), "INTERNAL_ERROR", "")
		if n := s.slots.Running(); n != 0 {
			t.Errorf("%d slots are still taken", n)
		}
	})
}

func TestReadsHaveALimit(t *testing.T) {
	eachRead(t, Config{MaxResult: 100}, func(t *testing.T, _ *Server, _ *library, read func(string) error) {
		if err := read("fits"); err != nil {
			t.Error(err)
		}
		if strings.Contains(t.Name(), "completion") { // which names what is large, and does not have it
			return
		}
		refusedWith(t, read("large"), "INVALID_INPUT", "the result has 101 bytes; the limit is 100: ask for less")
	})
}

// A person who thinks about what a prompt asks takes no slot and none of its time.
func TestThinkingTimeIsNotThePrompts(t *testing.T) {
	for _, era := range eras {
		synctest.Test(t, func(t *testing.T) {
			r := newShredder(t, Config{MaxConcurrency: 1, ToolDeadline: time.Second})
			var session *mcp.ClientSession
			opts := &mcp.ClientOptions{ElicitationHandler: func(ctx context.Context, _ *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
				res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "look", Arguments: json.RawMessage(`{}`)})
				if err != nil || !strings.HasPrefix(textOf(res), "seen") {
					t.Errorf("%s: another call while the person thinks: %v, %v", era, res, err)
				}
				<-time.After(time.Minute)
				return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
			}}
			session = dial(t, r.transport(t, nil), era, opts)
			if res, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "twice"}); err != nil || len(res.Messages) != 1 {
				t.Errorf("%s: %v, %v", era, res, err)
			}
			session.Close()
		})
	}
}
