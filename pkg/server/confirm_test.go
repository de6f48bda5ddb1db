package server

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// shredder is a service with tools that ask before they run.
type shredder struct {
	mu   sync.Mutex
	done []string // what ran
}

func (s *shredder) did(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, what)
}

func (s *shredder) runs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

type wipeInput struct {
	Path string `json:"path" jsonschema:"what to wipe"`
	ID   Int64  `json:"id,omitempty" jsonschema:"an id"`
}

func (s *shredder) wipe(_ context.Context, in wipeInput) (text, error) {
	s.did("wipe " + in.Path)
	return text{"wiped " + in.Path}, nil
}

func (s *shredder) askWipe(_ context.Context, in wipeInput) (string, error) {
	switch in.Path {
	case "tmp":
		return "", nil
	case "gone":
		return "", toolerr.New(toolerr.ResourceNotFound, "there is no gone")
	}
	return "Wipe " + in.Path + "?", nil
}

// questions asks as many questions as it is told to, one a round, and answers
// with their number.
func (s *shredder) questions(n int) func(responses mcp.InputResponseMap, state string) (mcp.InputRequestMap, string) {
	return func(responses mcp.InputResponseMap, state string) (mcp.InputRequestMap, string) {
		asked := len(state)
		if r, _ := responses["q"].(*mcp.ElicitResult); asked > 0 && r == nil {
			return nil, "no answer"
		}
		if asked == n {
			s.did(fmt.Sprintf("asked %d", n))
			return nil, fmt.Sprintf("asked %d", n)
		}
		return mcp.InputRequestMap{"q": &mcp.ElicitParams{Message: fmt.Sprintf("Question %d?", asked+1)}}, state + "x"
	}
}

func (s *shredder) asker(n int) mcp.ToolHandler {
	next := s.questions(n)
	return func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		q, state := next(req.Params.InputResponses, req.Params.RequestState)
		if q == nil {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: state}}}, nil
		}
		return &mcp.CallToolResult{InputRequests: q, RequestState: state}, nil
	}
}

func (s *shredder) Register(r *Registry) {
	write := Scope("demo:write")
	yes, no := true, false
	def := func(name string, destructive *bool) *mcp.Tool {
		return &mcp.Tool{Name: name, Title: "T " + name, Description: "The tool " + name + ".", Annotations: &mcp.ToolAnnotations{DestructiveHint: destructive}}
	}
	raw := func(t *mcp.Tool) *mcp.Tool { t.InputSchema = json.RawMessage(`{"type":"object"}`); return t }
	ask := func(q mcp.InputRequest) mcp.ToolHandler {
		return func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"q": q}}, nil
		}
	}
	AddTool(r, def("wipe", &yes), s.wipe, write, Writes(), Confirm(s.askWipe))
	AddTool(r, def("shred", nil), s.wipe, write, Writes())
	AddTool(r, def("store", &no), s.wipe, write, Writes())
	AddRawTool(r, raw(def("interview", &yes)), s.asker(2), write, Writes())
	read := func(name string) *mcp.Tool {
		return raw(&mcp.Tool{Name: name, Title: "T " + name, Description: "The tool " + name + ".", Annotations: ReadOnly(false)})
	}
	AddRawTool(r, read("twice"), s.asker(2), write)
	AddRawTool(r, read("endless"), s.asker(1000), write)
	AddRawTool(r, read("sample"), ask(&mcp.CreateMessageParams{MaxTokens: 1, Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "x"}}}}), write)
	AddRawTool(r, read("roots"), ask(&mcp.ListRootsParams{}), write)
	AddRawTool(r, read("visit"), ask(&mcp.ElicitParams{Message: "x", URL: "https://example.com", ElicitationID: "1"}), write)
	AddTool(r, read("look"), func(context.Context, none) (text, error) { return text{"seen"}, nil }, write)
	next := s.questions(2)
	r.AddPrompt(&mcp.Prompt{Name: "twice", Description: "Asks twice."}, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		q, state := next(req.Params.InputResponses, req.Params.RequestState)
		if q == nil {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: state}}}}, nil
		}
		return &mcp.GetPromptResult{InputRequests: q, RequestState: state}, nil
	}, write)
}

type confirmRig struct {
	*shredder
	*Server
	log *logBuffer
	url string
}

// newShredder returns the service without HTTP, so that it works in a bubble.
func newShredder(t *testing.T, cfg Config) *confirmRig {
	t.Helper()
	r := &confirmRig{shredder: new(shredder), log: new(logBuffer)}
	var err error
	if r.Server, err = New("demo", r.shredder, cfg, slog.New(slog.NewJSONHandler(r.log, nil))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Server.Close() })
	return r
}

func (r *confirmRig) serve(t *testing.T, wrap func(http.Handler) http.Handler) *confirmRig {
	t.Helper()
	ts := httptest.NewServer(wrap(r.Handler()))
	t.Cleanup(ts.Close)
	r.url = ts.URL + "/mcp"
	return r
}

func unwrapped(h http.Handler) http.Handler { return h }

// transport is a way to reach the service: HTTP if it is served, else in memory.
func (r *confirmRig) transport(t *testing.T, client *http.Client) mcp.Transport {
	t.Helper()
	if r.url != "" {
		return &mcp.StreamableClientTransport{Endpoint: r.url, HTTPClient: client, DisableStandaloneSSE: true}
	}
	here, there := mcp.NewInMemoryTransports()
	if _, err := r.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	return here
}

// pipes serves stdio over pipes.
func (r *confirmRig) pipes(t *testing.T) mcp.Transport {
	t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- r.ServeStdio(context.WithoutCancel(t.Context()), in, out) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &mcp.IOTransport{Reader: fromServer, Writer: toServer}
}

func dial(t *testing.T, transport mcp.Transport, version string, opts *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, opts)
	s, err := c.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// person answers every question the same way, and writes down what was asked.
type person struct {
	action string
	yes    bool
	err    error

	mu    sync.Mutex
	asked []string
}

func (p *person) options() *mcp.ClientOptions {
	return &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, req.Params.Message)
		if p.err != nil || p.action != "accept" {
			return &mcp.ElicitResult{Action: p.action}, p.err
		}
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": p.yes}}, nil
	}}
}

// manual is a client that does rounds by hand.
func manual() *mcp.ClientOptions {
	opts := new(person).options()
	opts.MultiRoundTrip = &mcp.MultiRoundTripOptions{Disabled: true}
	return opts
}

func TestConfirm(t *testing.T) {
	const disagreed = `"code":"CANCELLED","message":"the person who was asked did not agree`
	tests := []struct {
		name, confirm, tool, args string
		person                    person
		want                      string // of the result's text
		asked                     []string
		runs                      []string
	}{
		{"accept", "", "wipe", `{"path":"a"}`, person{action: "accept", yes: true}, "wiped a", []string{"Wipe a?"}, []string{"wipe a"}},
		{"accept without a yes", "", "wipe", `{"path":"a"}`, person{action: "accept"}, disagreed, []string{"Wipe a?"}, nil},
		{"decline", "", "wipe", `{"path":"a"}`, person{action: "decline"}, disagreed, []string{"Wipe a?"}, nil},
		{"cancel", "", "wipe", `{"path":"a"}`, person{action: "cancel"}, disagreed, []string{"Wipe a?"}, nil},
		{"no question", "", "wipe", `{"path":"tmp"}`, person{}, "wiped tmp", nil, []string{"wipe tmp"}},
		{"the question fails", "", "wipe", `{"path":"gone"}`, person{}, "there is no gone", nil, nil},
		{"wrong arguments", "", "wipe", `{"pat":"a"}`, person{}, "INVALID_INPUT", nil, nil},
		{"default question", "", "shred", `{"path":"a\nb", "id":"9007199254740995"}`, person{action: "accept", yes: true}, "wiped a\nb",
			[]string{`Run "T shred" with the arguments {"id":"9007199254740995","path":"a\nb"}?`}, []string{"wipe a\nb"}},
		{"harmless", "", "store", `{"path":"a"}`, person{}, "wiped a", nil, []string{"wipe a"}},
		{"always", "always", "store", `{"path":"a"}`, person{action: "decline"}, disagreed,
			[]string{`Run "T store" with the arguments {"path":"a"}?`}, nil},
		{"always, without a question of the tool", "always", "wipe", `{"path":"tmp"}`, person{action: "decline"}, disagreed,
			[]string{`Run "T wipe" with the arguments {"path":"tmp"}?`}, nil},
		{"always, and read-only", "always", "look", `{}`, person{}, "seen", nil, nil},
		{"never", "never", "wipe", `{"path":"a"}`, person{}, "wiped a", nil, []string{"wipe a"}},
		{"a tool with questions of its own", "", "interview", `{}`, person{action: "accept", yes: true}, "asked 2",
			[]string{`Run "T interview" with the arguments {}?`, "Question 1?", "Question 2?"}, []string{"asked 2"}},
		{"two questions", "", "twice", `{}`, person{action: "accept"}, "asked 2", []string{"Question 1?", "Question 2?"}, []string{"asked 2"}},
	}
	for _, era := range eras {
		for _, way := range []string{"http", "memory", "stdio"} {
			for i := range tests {
				tt := &tests[i]
				t.Run(era+"/"+way+"/"+tt.name, func(t *testing.T) {
					r := newShredder(t, Config{Confirm: tt.confirm})
					if way == "http" {
						r.serve(t, unwrapped)
					}
					transport := r.transport(t, nil)
					if way == "stdio" {
						transport = r.pipes(t)
					}
					p := &person{action: tt.person.action, yes: tt.person.yes}
					session := dial(t, transport, era, p.options())
					res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tt.tool, Arguments: json.RawMessage(tt.args)})
					if err != nil {
						t.Fatal(err)
					}
					if got := textOf(res); !strings.Contains(got, tt.want) {
						t.Errorf("got %s, want %s", got, tt.want)
					}
					if diff := cmp.Diff(tt.asked, p.asked); diff != "" {
						t.Errorf("asked (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(tt.runs, r.runs()); diff != "" {
						t.Errorf("ran (-want +got):\n%s", diff)
					}
					var want []string
					for range tt.asked {
						want = append(want, "input_required")
					}
					if got := outcomes(r.log); len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
						t.Errorf("the audit log has %q after %d questions", got, len(tt.asked))
					}
				})
			}
		}
	}
}

// outcomes lists the outcomes of the audit lines in a log.
func outcomes(log *logBuffer) (list []string) {
	for line := range strings.Lines(log.String()) {
		var l struct {
			Audit   bool
			Outcome string
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Audit {
			list = append(list, l.Outcome)
		}
	}
	return list
}

// TestClientThatCannotAnswer calls tools that ask what was not declared.
func TestClientThatCannotAnswer(t *testing.T) {
	const operator = "--confirm=never"
	urls := &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}}
	forms := &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}}
	tests := []struct {
		tool          string
		caps          *mcp.ClientCapabilities
		message, data string
	}{
		{"wipe", new(mcp.ClientCapabilities), operator, `{"requiredCapabilities":{"elicitation":{"form":{}}}}`},
		{"shred", urls, operator, `{"requiredCapabilities":{"elicitation":{"form":{}}}}`},
		{"twice", new(mcp.ClientCapabilities), "not declared: elicitation", `{"requiredCapabilities":{"elicitation":{"form":{}}}}`},
		{"visit", forms, "not declared: elicitation", `{"requiredCapabilities":{"elicitation":{"url":{}}}}`},
		{"sample", forms, "not declared: sampling", `{"requiredCapabilities":{"sampling":{}}}`},
		{"roots", forms, "not declared: roots", `{"requiredCapabilities":{"roots":{}}}`},
	}
	check := func(t *testing.T, what string, err error, message, data string) {
		t.Helper()
		var wire *jsonrpc.Error
		if !errors.As(err, &wire) || wire.Code != mcp.CodeMissingRequiredClientCapabilities ||
			!strings.Contains(wire.Message, message) || string(wire.Data) != data {
			t.Errorf("%s: %v %+v", what, err, wire)
		}
	}
	for _, sessions := range []string{"stateful", "off"} {
		for _, era := range eras {
			r := newShredder(t, Config{LegacySessions: sessions}).serve(t, unwrapped)
			for _, tt := range tests {
				session := dial(t, r.transport(t, nil), era, &mcp.ClientOptions{Capabilities: tt.caps})
				_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tt.tool, Arguments: json.RawMessage(`{"path":"a"}`)})
				check(t, sessions+"/"+era+"/"+tt.tool, err, tt.message, tt.data)
			}
			session := dial(t, r.transport(t, nil), era, &mcp.ClientOptions{Capabilities: new(mcp.ClientCapabilities)})
			_, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "twice"})
			check(t, sessions+"/"+era+"/prompt", err, "not declared: elicitation", `{"requiredCapabilities":{"elicitation":{"form":{}}}}`)
			if len(r.runs()) != 0 || !slices.Contains(outcomes(r.log), "-32021") {
				t.Errorf("%s: ran %q; audited %q", era, r.runs(), outcomes(r.log))
			}
		}
	}
}

// TestSessionlessOlderClientCannotBeAsked: what such a client declared is not
// known.
func TestSessionlessOlderClientCannotBeAsked(t *testing.T) {
	r := newShredder(t, Config{LegacySessions: "off"}).serve(t, unwrapped)
	session := dial(t, r.transport(t, nil), "2025-11-25", (&person{action: "accept", yes: true}).options())
	_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "wipe", Arguments: json.RawMessage(`{"path":"a"}`)})
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || wire.Code != mcp.CodeMissingRequiredClientCapabilities || len(r.runs()) != 0 {
		t.Errorf("%v; ran %q", err, r.runs())
	}
}

// yesTo is a tools/call that says yes to whatever was asked, in one request.
func yesTo(tool, args, state string) *mcp.CallToolParams {
	return &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args), RequestState: state,
		InputResponses: mcp.InputResponseMap{"confirm": &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}}}
}

// stateOf asks for tool and returns the state of the question.
func stateOf(t *testing.T, session *mcp.ClientSession, tool, args string) string {
	t.Helper()
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		t.Fatal(err)
	}
	if !res.NeedsInput() || len(res.InputRequests) != 1 || res.RequestState == "" {
		t.Fatalf("%s %s does not ask: %+v", tool, args, res)
	}
	return res.RequestState
}

// TestYesIsForOneCall sends answers that are not to what was asked. None runs
// the tool; the person is asked again.
func TestYesIsForOneCall(t *testing.T) {
	const args = `{"path":"a","id":9007199254740993}`
	for _, way := range []string{"http", "memory"} {
		r := newShredder(t, Config{})
		if way == "http" {
			r.serve(t, unwrapped)
		}
		session := dial(t, r.transport(t, nil), "2026-07-28", manual())
		state := stateOf(t, session, "wipe", args)
		elsewhere := seal.New().Seal(stateAsked, binary.BigEndian.AppendUint64(nil, 1<<60))
		interview := stateOf(t, session, "interview", `{}`)
		for name, params := range map[string]*mcp.CallToolParams{
			"no state":              yesTo("wipe", args, ""),
			"garbage":               yesTo("wipe", args, "garbage"),
			"another key":           yesTo("wipe", args, elsewhere),
			"changed":               yesTo("wipe", args, state[:len(state)-1]+"."),
			"other arguments":       yesTo("wipe", `{"path":"b","id":9007199254740993}`, state),
			"a number nearby":       yesTo("wipe", `{"path":"a","id":9007199254740992}`, state),
			"one argument less":     yesTo("wipe", `{"path":"a"}`, state),
			"another tool":          yesTo("shred", args, state),
			"another tool's state":  yesTo("wipe", args, stateOf(t, session, "shred", args)),
			"state and no answer":   {Name: "wipe", Arguments: json.RawMessage(args), RequestState: state},
			"question as agreement": {Name: "interview", Arguments: json.RawMessage(`{}`), RequestState: interview},
			"a handler's own state": yesTo("interview", `{}`, "xx"),
			"answer of another kind": {Name: "wipe", Arguments: json.RawMessage(args), RequestState: state,
				InputResponses: mcp.InputResponseMap{"confirm": &mcp.ListRootsResult{Roots: []*mcp.Root{}}}},
			"answer to another question": {Name: "wipe", Arguments: json.RawMessage(args), RequestState: state,
				InputResponses: mcp.InputResponseMap{"other": yesTo("", "", "").InputResponses["confirm"]}},
		} {
			res, err := session.CallTool(t.Context(), params)
			if err != nil {
				t.Errorf("%s: %s: %v", way, name, err)
			} else if !res.NeedsInput() || len(r.runs()) != 0 {
				t.Fatalf("%s: %s: ran %q, answered %s", way, name, r.runs(), textOf(res))
			}
		}
		// What was refused did not use the state up, and the same call in other words
		// is the same call.
		again := yesTo("wipe", ` { "id" : 9007199254740993, "\u0070ath" : "\u0061" } `, state)
		if res, err := session.CallTool(t.Context(), again); err != nil || textOf(res) != "wiped a\n{\"bytes\":7}" {
			t.Fatalf("%s: %v, %v", way, res, err)
		}
		if res, err := session.CallTool(t.Context(), again); err != nil || !res.NeedsInput() || len(r.runs()) != 1 {
			t.Errorf("%s: a used answer: %v, %v, ran %q", way, res, err, r.runs())
		}
	}
}

func TestNoIsFinal(t *testing.T) {
	r := newShredder(t, Config{})
	session := dial(t, r.transport(t, nil), "2026-07-28", manual())
	const args = `{"path":"a"}`
	yes := yesTo("wipe", args, stateOf(t, session, "wipe", args))
	no := *yes
	no.InputResponses = mcp.InputResponseMap{"confirm": &mcp.ElicitResult{Action: "decline", Content: map[string]any{"confirm": true}}}
	if res, err := session.CallTool(t.Context(), &no); err != nil || !strings.Contains(textOf(res), "CANCELLED") {
		t.Errorf("no: %v, %v", res, err)
	}
	if res, err := session.CallTool(t.Context(), yes); err != nil || !res.NeedsInput() || len(r.runs()) != 0 {
		t.Errorf("yes after no: %v, %v, ran %q", res, err, r.runs())
	}
}

type bearerToken string

func (b bearerToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestYesIsForOnePrincipal(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("alice-key-of-tests = tools\nbob-key-of-tests = tools\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newShredder(t, Config{APIKeysFile: keys}).serve(t, unwrapped)
	as := func(user string) *mcp.ClientSession {
		return dial(t, r.transport(t, &http.Client{Transport: bearerToken(user)}), "2026-07-28", manual())
	}
	const args = `{"path":"a"}`
	alice, bob := as("alice-key-of-tests"), as("bob-key-of-tests")
	yes := yesTo("wipe", args, stateOf(t, alice, "wipe", args))
	if res, err := bob.CallTool(t.Context(), yes); err != nil || !res.NeedsInput() {
		t.Errorf("bob: %v, %v", res, err)
	}
	if res, err := alice.CallTool(t.Context(), yes); err != nil || res.NeedsInput() || len(r.runs()) != 1 {
		t.Errorf("alice: %v, %v, ran %q", res, err, r.runs())
	}
}

func TestYesCountsAtEveryReplica(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(seal.Generate()), 0o600); err != nil {
		t.Fatal(err)
	}
	const args = `{"path":"a"}`
	connect := func(cfg Config) *mcp.ClientSession {
		return dial(t, newShredder(t, cfg).transport(t, nil), "2026-07-28", manual())
	}
	shared := Config{SigningKeyFile: keys}
	yes := yesTo("wipe", args, stateOf(t, connect(shared), "wipe", args))
	if res, err := connect(shared).CallTool(t.Context(), yes); err != nil || res.NeedsInput() {
		t.Errorf("another replica: %v, %v", res, err)
	}
	if res, err := connect(Config{}).CallTool(t.Context(), yes); err != nil || !res.NeedsInput() {
		t.Errorf("another server: %v, %v", res, err)
	}
	if err := os.WriteFile(keys, []byte("a:b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New("demo", new(shredder), shared, nil); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("bad keys: %v", err)
	}
}

func TestYesExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newShredder(t, Config{})
		session := dial(t, r.transport(t, nil), "2026-07-28", manual())
		const args = `{"path":"a"}`
		late, soon := yesTo("wipe", args, stateOf(t, session, "wipe", args)), yesTo("wipe", args, stateOf(t, session, "wipe", args))
		<-time.After(confirmTime - time.Millisecond)
		if res, err := session.CallTool(t.Context(), soon); err != nil || res.NeedsInput() {
			t.Errorf("in time: %v, %v", res, err)
		}
		<-time.After(time.Millisecond)
		if res, err := session.CallTool(t.Context(), late); err != nil || !res.NeedsInput() || len(r.runs()) != 1 {
			t.Errorf("late: %v, %v, ran %q", res, err, r.runs())
		}
		session.Close()
	})
}

// TestThinkingTimeIsNotTheToolsTime asks a person who takes longer than the tool
// may, and does another call meanwhile in the only slot.
func TestThinkingTimeIsNotTheToolsTime(t *testing.T) {
	for _, era := range eras {
		late := `"code":"TIMEOUT"`
		if era == eras[0] {
			late = `"code":"CANCELLED"` // asked again, and declined
		}
		for _, tt := range []struct {
			think time.Duration
			want  string
			runs  int
		}{
			{answerTime - time.Second, "wiped a", 1},
			{answerTime + time.Second, late, 0},
		} {
			synctest.Test(t, func(t *testing.T) {
				r := newShredder(t, Config{MaxConcurrency: 1, ToolDeadline: time.Second})
				var session *mcp.ClientSession
				asked := 0
				opts := &mcp.ClientOptions{ElicitationHandler: func(ctx context.Context, _ *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
					if asked++; asked > 1 {
						return &mcp.ElicitResult{Action: "decline"}, nil
					}
					res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "look", Arguments: json.RawMessage(`{}`)})
					if err != nil || !strings.HasPrefix(textOf(res), "seen") {
						t.Errorf("%s: another call while the person thinks: %v, %v", era, res, err)
					}
					<-time.After(tt.think)
					return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
				}}
				session = dial(t, r.transport(t, nil), era, opts)
				res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "wipe", Arguments: json.RawMessage(`{"path":"a"}`)})
				if err != nil || !strings.Contains(textOf(res), tt.want) || len(r.runs()) != tt.runs {
					t.Errorf("%s: after %s: %v, %v; ran %q", era, tt.think, res, err, r.runs())
				}
				session.Close()
				synctest.Wait()
				<-time.After(time.Minute) // until a handler that was given up has ended
			})
		}
	}
}

func TestOlderClientIsAskedAsOftenAsNeeded(t *testing.T) {
	for _, era := range eras[1:] {
		r := newShredder(t, Config{}).serve(t, unwrapped)
		p := &person{action: "accept", yes: true}
		session := dial(t, r.transport(t, nil), era, p.options())
		res, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "twice"})
		if err != nil || len(res.Messages) != 1 || len(p.asked) != 2 {
			t.Errorf("%s: prompt: %v, %v after %q", era, res, err, p.asked)
		}
		p.asked = nil
		ended, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "endless", Arguments: json.RawMessage(`{}`)})
		if err != nil || !strings.Contains(textOf(ended), "asked 10 times in a row") || len(p.asked) != maxRounds {
			t.Errorf("%s: endless: %v, %v after %d questions", era, ended, err, len(p.asked))
		}
		if got := outcomes(r.log); got[len(got)-1] != "INTERNAL_ERROR" {
			t.Errorf("%s: the audit log ends with %q", era, got)
		}
	}
}

func TestOlderClientThatFailsToAsk(t *testing.T) {
	r := newShredder(t, Config{}).serve(t, unwrapped)
	session := dial(t, r.transport(t, nil), "2025-11-25", (&person{err: errors.New("no screen")}).options())
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "wipe", Arguments: json.RawMessage(`{"path":"a"}`)})
	if err != nil || !strings.Contains(textOf(res), `"code":"CANCELLED","message":"the client could not answer`) || len(r.runs()) != 0 {
		t.Errorf("%v, %v; ran %q", res, err, r.runs())
	}
	if diff := cmp.Diff([]string{"input_required", "CANCELLED"}, outcomes(r.log)); diff != "" {
		t.Errorf("audit log: %s", diff)
	}
}

func TestQuestionCannotLieAboutItsText(t *testing.T) {
	r := newShredder(t, Config{})
	p := &person{action: "decline"}
	session := dial(t, r.transport(t, nil), "2026-07-28", p.options())
	for _, tt := range []struct{ path, want, not string }{
		{"a\u202egpj.exe", "\ufffd", "\u202e"},
		{"x\u009b2J", "\ufffd", "\u009b"},
		{secret, "[redacted]", "hunter2"},
		{strings.Repeat("é", maxShown), "…", strings.Repeat("é", maxShown/2)},
	} {
		for _, tool := range []string{"wipe", "shred"} {
			if tool == "wipe" && !strings.ContainsAny(tt.path, "\u202e\u009b") {
				continue
			}
			args, err := json.Marshal(wipeInput{Path: tt.path})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)}); err != nil {
				t.Fatal(err)
			}
			if q := p.asked[len(p.asked)-1]; !strings.Contains(q, tt.want) || strings.Contains(q, tt.not) || len(q) > maxQuestion {
				t.Errorf("%s: asked %q", tool, q)
			}
		}
	}
}

func TestSpentIsBounded(t *testing.T) {
	var s spent
	start := time.Unix(1_800_000_000, 0)
	id := func(n int) (b [sha256.Size]byte) {
		binary.BigEndian.PutUint64(b[:], uint64(n))
		return b
	}
	at := func(n int) time.Time { return start.Add(time.Minute + time.Duration(n)*time.Millisecond) }
	for n := range 2 * maxSpent {
		if !s.first(id(n), at(n), start) {
			t.Fatalf("state %d is refused", n)
		}
	}
	if len(s.seen) != maxSpent || len(s.order) != maxSpent {
		t.Errorf("it keeps %d and %d", len(s.seen), len(s.order))
	}
	for _, n := range []int{0, maxSpent - 1, maxSpent, 2*maxSpent - 1} {
		if s.first(id(n), at(n), start) {
			t.Errorf("state %d counts twice", n)
		}
	}
	if s.first(id(-1), at(0), start) {
		t.Error("a state counts that may have been forgotten")
	}
	later := start.Add(time.Hour)
	if !s.first(id(0), later.Add(time.Second), later) || len(s.order) != 1 || len(s.seen) != 1 {
		t.Errorf("it keeps %d after all have expired", len(s.order))
	}
	if s.first(id(1), later, later) {
		t.Error("a state counts at its end")
	}
}
