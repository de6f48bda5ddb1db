package slack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

const (
	generalJSON  = `{"ok":true,"channel":{"id":"C000000001","name":"general","is_channel":true,"is_member":true,"num_members":214}}`
	externalJSON = `{"ok":true,"channel":{"id":"C000000001","name":"partners","is_channel":true,"is_member":true,"is_ext_shared":true,"num_members":12}}`
	sentTS       = "1503435956.000247"
)

// asked is a person in front of a service who answers what it asks.
type asked struct {
	mu        sync.Mutex
	questions []string
	refuses   bool
	meanwhile func() // happens before the answer
}

func (p *asked) answer(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.questions = append(p.questions, req.Params.Message)
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": !p.refuses}}, nil
}

func (p *asked) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.questions) == 0 {
		return ""
	}
	return p.questions[len(p.questions)-1]
}

// newAskedRig is a rig with a person in front of it.
func newAskedRig(t *testing.T, cfg slack.Config, choice server.Config) (*rig, *asked) {
	t.Helper()
	p := &asked{}
	return newRigFor(t, cfg, choice, &mcp.ClientOptions{ElicitationHandler: p.answer}), p
}

// last returns the newest request for a method, and fails without one.
func (r *rig) last(t *testing.T, method string) slacktest.Request {
	t.Helper()
	all := r.Requests()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Method == method {
			return all[i]
		}
	}
	t.Fatalf("%s was not called", method)
	return slacktest.Request{}
}

// refusal answers with one of Slack's codes.
func refusal(code string) http.HandlerFunc {
	return slacktest.JSON(`{"ok":false,"error":"` + code + `"}`)
}

// args are arguments as JSON.
func args(t *testing.T, v map[string]any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantRefusal(t *testing.T, r *rig, tool, arguments string, want ...string) {
	t.Helper()
	text, failed := r.call(t, tool, arguments)
	if !failed {
		t.Errorf("%s %s succeeded: %s", tool, arguments, text)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s %s: no %s in %s", tool, arguments, w, text)
		}
	}
}

// refused calls a tool for a client that cannot be asked.
func (r *rig) refused(t *testing.T, tool, arguments string) error {
	t.Helper()
	_, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	return err
}
