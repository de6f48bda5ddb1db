package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// burner is a service whose tool does only what was agreed to: as much as was
// there when it was asked.
type burner struct {
	shredder
	books int
	agree []string // what the handlers were agreed to with
}

func (s *burner) Register(r *Registry) {
	yes := true
	def := func(name string) *mcp.Tool {
		return &mcp.Tool{Name: name, Title: "T " + name, Description: "The tool " + name + ".", Annotations: &mcp.ToolAnnotations{DestructiveHint: &yes}}
	}
	ask := func(context.Context, json.RawMessage) (string, string, error) {
		return fmt.Sprintf("Burn %d?", s.books), fmt.Sprint(s.books), nil
	}
	AddTool(r, def("burn"), s.burn, Scope("demo:write"), Writes(), ConfirmFact(func(ctx context.Context, in wipeInput) (string, string, error) {
		q, fact, err := ask(ctx, nil)
		if in.Path == "none" {
			q = ""
		}
		return q, fact, err
	}))
	interview := def("interview")
	interview.InputSchema = json.RawMessage(`{"type":"object"}`)
	next := s.asker(1)
	AddRawTool(r, interview, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.note(ctx)
		return next(ctx, req)
	}, Scope("demo:write"), Writes(), ConfirmFact(ask))
	huge := def("huge")
	AddTool(r, huge, s.burn, Scope("demo:write"), Writes(), ConfirmFact(func(context.Context, wipeInput) (string, string, error) {
		return "Well?", strings.Repeat("x", seal.MaxToken), nil
	}))
}

func (s *burner) note(ctx context.Context) {
	fact, ok := Confirmed(ctx)
	s.agree = append(s.agree, fmt.Sprint(fact, " ", ok))
}

func (s *burner) burn(ctx context.Context, _ wipeInput) (text, error) {
	s.note(ctx)
	return text{"burnt"}, nil
}

func newBurner(t *testing.T, cfg Config) (*burner, *Server) {
	t.Helper()
	burner := &burner{books: 17}
	s, err := New("demo", burner, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return burner, s
}

func TestFactComesBack(t *testing.T) {
	tests := []struct {
		confirm, tool, args string
		action              string
		asked, agreed       []string
	}{
		{"", "burn", `{"path":"a"}`, "accept", []string{"Burn 17?"}, []string{"17 true"}},
		{"", "burn", `{"path":"a"}`, "decline", []string{"Burn 17?"}, nil},
		{"", "burn", `{"path":"none"}`, "decline", nil, []string{"17 true"}},
		{"never", "burn", `{"path":"a"}`, "decline", nil, []string{" false"}},
		{"always", "burn", `{"path":"none"}`, "accept", []string{`Run "T burn" with the arguments {"path":"none"}?`}, []string{"17 true"}},
		{"", "interview", `{}`, "accept", []string{"Burn 17?", "Question 1?"}, []string{"17 true", "17 true"}},
		{"never", "interview", `{}`, "accept", []string{"Question 1?"}, []string{" false", " false"}},
		{"", "huge", `{"path":"a"}`, "accept", nil, nil},
	}
	for _, era := range eras {
		for _, tt := range tests {
			burner, s := newBurner(t, Config{Confirm: tt.confirm})
			var asked []string
			here, there := mcp.NewInMemoryTransports()
			if _, err := s.Connect(t.Context(), there); err != nil {
				t.Fatal(err)
			}
			session := dial(t, here, era, &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
				asked = append(asked, req.Params.Message)
				burner.books = 18 // what was asked counts, not what is
				return &mcp.ElicitResult{Action: tt.action, Content: map[string]any{"confirm": true}}, nil
			}})
			if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tt.tool, Arguments: json.RawMessage(tt.args)}); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(asked, tt.asked) || !slices.Equal(burner.agree, tt.agreed) {
				t.Errorf("%s: %s %s %s: asked %q, agreed to %q", era, tt.confirm, tt.tool, tt.args, asked, burner.agree)
			}
		}
	}
}

// TestFactIsForEveryReplica asks one replica and answers another.
func TestFactIsForEveryReplica(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(seal.Generate()), 0o600); err != nil {
		t.Fatal(err)
	}
	connect := func() (*burner, *mcp.ClientSession) {
		burner, s := newBurner(t, Config{SigningKeyFile: keys})
		here, there := mcp.NewInMemoryTransports()
		if _, err := s.Connect(t.Context(), there); err != nil {
			t.Fatal(err)
		}
		return burner, dial(t, here, "2026-07-28", manual())
	}
	_, one := connect()
	other, two := connect()
	other.books = 3
	const args = `{"path":"a"}`
	yes := yesTo("burn", args, stateOf(t, one, "burn", args))
	for range 2 { // the second time it is asked again
		if _, err := two.CallTool(t.Context(), yes); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"17 true"}, other.agree); diff != "" {
		t.Error(diff)
	}
}

func TestCutFact(t *testing.T) {
	for _, fact := range []string{"", "17", strings.Repeat("x", 300)} {
		for _, state := range []string{"", "state"} {
			if f, s, ok := cutFact(withFact(fact, state)); f != fact || s != state || !ok {
				t.Errorf("%q, %q: got %q, %q, %t", fact, state, f, s, ok)
			}
		}
	}
	for _, bad := range []string{"", "\x01", "\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"} {
		if f, s, ok := cutFact(bad); ok {
			t.Errorf("%q is %q, %q", bad, f, s)
		}
	}
}
