//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// model stands in for the model behind Claude Code: it asks for one tool call,
// and when it is given the result, ends its turn. It is the client's proxy, too,
// so that it sees what the client wants of any other host, and refuses it.
type model struct {
	*httptest.Server
	tool      string
	arguments any

	mu      sync.Mutex
	offered bool     // the tool was in a request
	results []string // of the tool
	strange []string // requests that are not for the model
}

func newModel(t *testing.T, tool string, arguments any) *model {
	m := &model{tool: tool, arguments: arguments}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

// ServeHTTP answers POST /v1/messages with a stream, as the Messages API does.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Tools []struct {
			Name string `json:"name"`
		} `json:"tools"`
		Messages []struct {
			Content json.RawMessage `json:"content"` // a text or blocks
		} `json:"messages"`
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.URL.Host != "" || r.Method == http.MethodConnect {
		m.strange = append(m.strange, r.Method+" "+r.RequestURI)
		http.Error(w, "no way out", http.StatusBadGateway)
		return
	}
	if r.URL.Path != "/v1/messages" {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	offered := false
	for _, tool := range req.Tools {
		offered = offered || tool.Name == m.tool
	}
	m.offered = m.offered || offered
	var results []string
	for _, message := range req.Messages {
		results = append(results, toolResults(message.Content)...)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	if offered && len(results) == 0 {
		m.ask(w)
		return
	}
	m.results = append(m.results, results...)
	m.end(w)
}

// toolResults returns the texts of the tool results in a message.
func toolResults(content json.RawMessage) []string {
	var blocks []struct {
		Type    string          `json:"type"`
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(content, &blocks) != nil {
		return nil // a text
	}
	var texts []string
	for _, b := range blocks {
		if b.Type == "tool_result" {
			texts = append(texts, string(b.Content))
		}
	}
	return texts
}

func (m *model) ask(w io.Writer) {
	arguments, err := json.Marshal(m.arguments)
	if err != nil {
		panic(err) // made of strings and lists of them
	}
	turn(w, "tool_use",
		map[string]any{"type": "tool_use", "id": "toolu_1", "name": m.tool, "input": struct{}{}},
		map[string]any{"type": "input_json_delta", "partial_json": string(arguments)})
}

func (m *model) end(w io.Writer) {
	turn(w, "end_turn",
		map[string]any{"type": "text", "text": ""},
		map[string]any{"type": "text_delta", "text": "done"})
}

// turn writes the events of a message that has one block.
func turn(w io.Writer, stop string, block, delta map[string]any) {
	event := func(name string, fields map[string]any) {
		fields["type"] = name
		data, err := json.Marshal(fields)
		if err != nil {
			panic(err) // made of strings and numbers only
		}
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	}
	usage := map[string]int{"input_tokens": 1, "output_tokens": 1}
	event("message_start", map[string]any{"message": map[string]any{
		"id": "msg_1", "type": "message", "role": "assistant", "model": "stand-in", "content": []any{}, "usage": usage,
	}})
	event("content_block_start", map[string]any{"index": 0, "content_block": block})
	event("content_block_delta", map[string]any{"index": 0, "delta": delta})
	event("content_block_stop", map[string]any{"index": 0})
	event("message_delta", map[string]any{"delta": map[string]any{"stop_reason": stop}, "usage": usage})
	event("message_stop", map[string]any{})
}

// check fails the test unless the model was offered the tool and was given one
// result of it, with want in it, and the client wanted nothing from elsewhere.
func (m *model) check(t *testing.T, want string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.offered {
		t.Errorf("%s was not offered to the model", m.tool)
	}
	if len(m.results) != 1 || !strings.Contains(m.results[0], want) {
		t.Errorf("the model was given the results %q; want one with %s", m.results, want)
	}
	if len(m.strange) > 0 {
		t.Errorf("the client wanted to reach %q", m.strange)
	}
}
