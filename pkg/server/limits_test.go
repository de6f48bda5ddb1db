package server

import (
	"context"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// A caller's calls must not take the slots of others.
func TestCallerConcurrency(t *testing.T) {
	r := newRig(t, Config{MaxConcurrency: 3, CallerConcurrency: 1})
	req := &mcp.CallToolRequest{Params: &mcp.CallToolParamsRaw{Name: "wait"}}
	alice := auth.WithCaller(t.Context(), auth.Everything("key:alice"))
	bob := auth.WithCaller(t.Context(), auth.Everything("key:bob"))
	answers := make(chan string, 8)
	call := func(ctx context.Context) {
		res, err := r.Server.invoke(r.reg.tools["wait"])(ctx, req)
		if err != nil {
			t.Error(err)
		}
		answers <- res.Content[0].(*mcp.TextContent).Text
	}
	for range 6 {
		go call(alice)
	}
	// One runs and four wait: the sixth, whichever it is, does not.
	got := <-answers
	for _, want := range []string{"RATE_LIMITED", "this caller already has 1 calls running", `"retry_after_seconds":1`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: want %s", got, want)
		}
	}
	go call(bob)
	go call(t.Context()) // over stdio, where only the total applies
	for range 3 {
		<-r.started
	}
	if len(r.started) > 0 {
		t.Error("more than one call of a caller runs")
	}
	close(r.demo.gate)
	for range 7 {
		if got := <-answers; !strings.Contains(got, "waited") {
			t.Error(got)
		}
	}
}

func TestConcurrencyFlags(t *testing.T) {
	for flag, cfg := range map[string]Config{"--max-concurrency": {MaxConcurrency: -1}, "--caller-concurrency": {CallerConcurrency: -1}} {
		if err := cfg.withDefaults().validate(); err == nil || err.Error() != flag+" -1: give at least 1" {
			t.Error(err)
		}
	}
}
