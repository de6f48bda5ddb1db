package servertest

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// patience is how long what must happen may take. It says nothing about speed: it
// is when a test gives up.
const patience = 2 * time.Minute

// Call calls a tool with arguments in JSON, and returns the text of the first block
// of its result, and whether it failed.
func Call(t testing.TB, client *mcp.ClientSession, tool, arguments string) (text string, failed bool) {
	t.Helper()
	res, err := client.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}

// Complete completes a variable of a resource template, which of is the URI of, or
// an argument of the prompt of. settled are names and values in turn.
func Complete(t testing.TB, client *mcp.ClientSession, of, argument, typed string, settled ...string) []string {
	t.Helper()
	ref := &mcp.CompleteReference{Type: "ref/prompt", Name: of}
	if strings.Contains(of, "://") {
		ref = &mcp.CompleteReference{Type: "ref/resource", URI: of}
	}
	args := make(map[string]string)
	for i := 0; i+1 < len(settled); i += 2 {
		args[settled[i]] = settled[i+1]
	}
	res, err := client.Complete(t.Context(), &mcp.CompleteParams{
		Ref:      ref,
		Argument: mcp.CompleteParamsArgument{Name: argument, Value: typed},
		Context:  &mcp.CompleteContext{Arguments: args},
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.Completion.Values
}

// Says holds what a prompt says to words that must be in it, in this order, and to
// a length, in bytes.
func Says(t testing.TB, client *mcp.ClientSession, prompt string, arguments map[string]string, most int, words ...string) {
	t.Helper()
	res, err := client.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: prompt, Arguments: arguments})
	if err != nil {
		t.Errorf("%s %v: %v", prompt, arguments, err)
		return
	}
	text := res.Messages[0].Content.(*mcp.TextContent).Text
	if strings.Contains(text, "%!") || len(text) > most {
		t.Errorf("%s: %d bytes: %s", prompt, len(text), text)
	}
	rest := text
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Errorf("%s: %q is not in its place in:\n%s", prompt, w, text)
			return
		}
		rest = after
	}
}

// Within fails a test for what never happens, with all goroutines. f goes on then,
// and must not end the test itself.
func Within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		stacks := make([]byte, 1<<20)
		t.Fatalf("not %s:\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
}
