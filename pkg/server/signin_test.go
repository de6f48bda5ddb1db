package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const signInPage = "https://upstream.example.com/oauth/demo/start?ticket=s3cret&x=1"

// account is a service whose upstream wants a person to sign in.
type account struct {
	mu     sync.Mutex
	in     bool
	signed chan struct{} // closed when the person has signed in
	ran    []string
}

func (a *account) use(what string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.in {
		return fmt.Errorf("asking upstream: %w", toolerr.SignIn(signInPage, a.wait, "sign in to Demo first"))
	}
	a.ran = append(a.ran, what)
	return nil
}

func (a *account) wait(ctx context.Context) error {
	select {
	case <-a.signed:
		a.mu.Lock()
		defer a.mu.Unlock()
		a.in = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *account) Register(r *Registry) {
	scope, yes := Scope("demo:read"), true
	AddTool(r, &mcp.Tool{Name: "look", Title: "Look", Description: "Looks.", Annotations: ReadOnly(true)},
		func(context.Context, none) (text, error) { return text{"seen"}, a.use("look") }, scope)
	AddTool(r, &mcp.Tool{Name: "wipe", Title: "Wipe", Description: "Wipes.", Annotations: &mcp.ToolAnnotations{DestructiveHint: &yes}},
		func(ctx context.Context, _ none) (text, error) {
			fact, _ := Confirmed(ctx)
			return text{"wiped " + fact}, a.use("wipe")
		}, scope, Writes(), ConfirmFact(func(context.Context, none) (string, string, error) { return "Wipe it?", "7 rows", nil }))
	r.AddPrompt(&mcp.Prompt{Name: "ask", Description: "Asks."}, func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "asked"}}}}, a.use("ask")
	}, scope)
	read := func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
		return []*mcp.ResourceContents{{Text: "read"}}, a.use("read")
	}
	r.AddResource(&mcp.Resource{URI: "demo://me", Name: "me", Description: "Me."}, read, scope)
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "demo://item/{id}", Name: "item", Description: "An item."}, read, scope)
}

// visitor is a person with a browser.
type visitor struct {
	action  string
	visits  func() // what happens at the page
	mu      sync.Mutex
	asked   []string
	done    []string // ids that were said to be complete
	ids     []string
	learned chan struct{}
}

func (v *visitor) options(caps *mcp.ElicitationCapabilities) *mcp.ClientOptions {
	return &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: caps},
		ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			if req.Params.Mode == "form" {
				v.asked = append(v.asked, req.Params.Message)
				return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
			}
			v.asked, v.ids = append(v.asked, req.Params.Message+" "+req.Params.URL), append(v.ids, req.Params.ElicitationID)
			if v.action == "accept" {
				v.visits()
			}
			return &mcp.ElicitResult{Action: v.action}, nil
		},
		ElicitationCompleteHandler: func(_ context.Context, req *mcp.ElicitationCompleteNotificationRequest) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.done = append(v.done, req.Params.ElicitationID)
			close(v.learned)
		},
	}
}

var (
	bothModes = &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}, URL: &mcp.URLElicitationCapabilities{}}
	formMode  = &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}
)

// uses are the ways to need an upstream, as text or as the failure's payload.
var uses = map[string]func(ctx context.Context, s *mcp.ClientSession) (string, error){
	"look": func(ctx context.Context, s *mcp.ClientSession) (string, error) { return callText(ctx, s, "look") },
	"wipe": func(ctx context.Context, s *mcp.ClientSession) (string, error) { return callText(ctx, s, "wipe") },
	"ask": func(ctx context.Context, s *mcp.ClientSession) (string, error) {
		res, err := s.GetPrompt(ctx, &mcp.GetPromptParams{Name: "ask"})
		if err != nil {
			return payloadOf(err)
		}
		return res.Messages[0].Content.(*mcp.TextContent).Text, nil
	},
	"demo://me": func(ctx context.Context, s *mcp.ClientSession) (string, error) { return readText(ctx, s, "demo://me") },
	"demo://item/1": func(ctx context.Context, s *mcp.ClientSession) (string, error) {
		return readText(ctx, s, "demo://item/1")
	},
}

func callText(ctx context.Context, s *mcp.ClientSession, tool string) (string, error) {
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(`{}`)})
	if err != nil {
		return "", err
	}
	return textOf(res), nil
}

func readText(ctx context.Context, s *mcp.ClientSession, uri string) (string, error) {
	res, err := s.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return payloadOf(err)
	}
	return res.Contents[0].Text, nil
}

func payloadOf(err error) (string, error) {
	if wire, ok := errors.AsType[*jsonrpc.Error](err); ok && len(wire.Data) > 0 {
		return strings.ReplaceAll(string(wire.Data), `\u0026`, "&"), nil
	}
	return "", err
}

func TestSignIn(t *testing.T) {
	const failed = `"code":"AUTHENTICATION_FAILED","message":"sign in to Demo first","retryable":false,"details":{"auth_required":true,"url":"` + signInPage + `"}`
	done := map[string]string{"look": "seen", "wipe": "wiped 7 rows", "ask": "asked", "demo://me": "read", "demo://item/1": "read"}
	for _, tt := range []struct {
		name   string
		caps   *mcp.ElicitationCapabilities
		action string
		asks   bool
		signs  bool
	}{
		{"signs in", bothModes, "accept", true, true},
		{"declines", bothModes, "decline", true, false},
		{"cancels", bothModes, "cancel", true, false},
		{"cannot open pages", formMode, "", false, false},
	} {
		for _, era := range eras {
			for _, way := range []string{"http", "memory", "stdio"} {
				for use, run := range uses {
					t.Run(tt.name+"/"+era+"/"+way+"/"+use, func(t *testing.T) {
						t.Parallel()
						a := &account{signed: make(chan struct{})}
						v := &visitor{action: tt.action, learned: make(chan struct{}), visits: func() { close(a.signed) }}
						log := new(logBuffer)
						srv, err := New("demo", a, Config{}, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
						if err != nil {
							t.Fatal(err)
						}
						t.Cleanup(func() { srv.Close() })
						r := &confirmRig{Server: srv}
						if way == "http" {
							r.serve(t, unwrapped)
						}
						transport := r.transport(t, nil)
						if way == "stdio" {
							transport = r.pipes(t)
						}
						got, err := run(t.Context(), dial(t, transport, era, v.options(tt.caps)))
						if err != nil {
							t.Fatal(err)
						}
						want, ran := failed, 0
						if tt.signs {
							want, ran = done[use], 1
						}
						if !strings.Contains(got, want) || len(a.ran) != ran {
							t.Errorf("got %s, ran %q", got, a.ran)
						}
						var asked []string
						if use == "wipe" {
							asked = append(asked, "Wipe it?")
						}
						if tt.asks {
							asked = append(asked, "sign in to Demo first "+signInPage)
						}
						if fmt.Sprint(v.asked) != fmt.Sprint(asked) {
							t.Errorf("asked %q", v.asked)
						}
						if strings.Contains(log.String(), "s3cret") {
							t.Errorf("the log has the page: %s", log)
						}
						if legacy := era < statelessSince; tt.signs && legacy {
							<-v.learned
							if len(v.ids[0]) < 20 || fmt.Sprint(v.ids) != fmt.Sprint(v.done) {
								t.Errorf("asked as %q, complete are %q", v.ids, v.done)
							}
						} else if tt.signs && v.ids[0] != "" {
							t.Errorf("the revision has no ids: %q", v.ids)
						}
					})
				}
			}
		}
	}
}

// A person who agrees to open the page and does not come back is waited for only
// so long, and not asked again.
func TestSignInNotFinished(t *testing.T) {
	for _, era := range eras {
		synctest.Test(t, func(t *testing.T) {
			a := &account{signed: make(chan struct{})}
			v := &visitor{action: "accept", visits: func() {}}
			srv, err := New("demo", a, Config{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			r := &confirmRig{Server: srv}
			s := dial(t, r.transport(t, nil), era, v.options(bothModes))
			got, err := callText(t.Context(), s, "look")
			if err != nil || !strings.Contains(got, signInPage) || len(v.asked) != 1 {
				t.Errorf("%s, %v, asked %q", got, err, v.asked)
			}
			s.Close()
		})
	}
}

// What a person agreed to open is of no use to another call or caller.
func TestSignInStateIsBound(t *testing.T) {
	a := &account{signed: make(chan struct{})}
	r := newRigFor(t, a, Config{})
	s := r.connect(t, "", &mcp.ClientOptions{
		Capabilities:       &mcp.ClientCapabilities{Elicitation: bothModes},
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) { return nil, errors.New("unused") },
		MultiRoundTrip:     &mcp.MultiRoundTripOptions{Disabled: true},
	})
	call := func(tool, action, state string) *mcp.CallToolResult {
		t.Helper()
		p := &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(`{}`), RequestState: state}
		if action != "" {
			p.InputResponses = mcp.InputResponseMap{askSignIn: &mcp.ElicitResult{Action: action}}
		}
		res, err := s.CallTool(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	first := call("look", "", "")
	if !first.NeedsInput() || strings.Contains(first.RequestState, "s3cret") {
		t.Fatalf("%+v", first)
	}
	if other := call("wipe", "decline", first.RequestState); other.IsError || !other.NeedsInput() {
		t.Errorf("another tool took the state: %+v", other)
	}
	if forged := call("look", "decline", first.RequestState+"x"); !forged.NeedsInput() {
		t.Errorf("forged state was taken: %+v", forged)
	}
	if declined := call("look", "decline", first.RequestState); !declined.IsError {
		t.Errorf("%+v", declined)
	}
	if again := call("look", "decline", first.RequestState); !again.NeedsInput() {
		t.Errorf("the state was taken twice: %+v", again)
	}
}
