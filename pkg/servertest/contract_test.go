package servertest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestToolProblems(t *testing.T) {
	no := false
	const described, closed = `{"type":"string","description":"one line"}`, `,"additionalProperties":false`
	for name, tt := range map[string]struct{ property, others, instructions, want string }{
		"described":     {described, closed, "", ""},
		"listed values": {`{"type":"string","enum":["a","b"]}`, closed, "", ""},
		"explained":     {`{"type":"string"}`, closed, "A `word` is one line.", ""},
		"mentioned":     {`{"type":"string"}`, closed, "A word is one line.", "the argument word has no description"},
		"not explained": {`{"type":"string"}`, closed, "", "the argument word has no description"},
		"says nothing":  {described, "", "", ""},
		"open":          {described, `,"additionalProperties":true`, "", "the input schema allows unknown arguments"},
		"open to some":  {described, `,"additionalProperties":{"type":"string"}`, "", "the input schema allows unknown arguments"},
	} {
		tool := &mcp.Tool{Name: "say", Title: "Say", Description: "Says a word that somebody wants to hear. Example: hello",
			Annotations: &mcp.ToolAnnotations{DestructiveHint: &no, OpenWorldHint: &no},
			InputSchema: json.RawMessage(`{"type":"object","properties":{"word":` + tt.property + `}` + tt.others + `}`)}
		if got := strings.Join(toolProblems(tool, tt.instructions), "; "); got != tt.want {
			t.Errorf("%s: problems %q, want %q", name, got, tt.want)
		}
	}
}

func TestViewProblems(t *testing.T) {
	const page = "<!doctype html><html><script>"
	for name, tt := range map[string]struct{ html, want string }{
		"whole":      {page + "// a comment\ndocument.createElementNS('http://www.w3.org/2000/svg', 'path')", ""},
		"fragment":   {"<p>", "it does not begin with <!doctype html>"},
		"long":       {page + strings.Repeat("x", 40<<10), "it has 40989 bytes; the limit is 40960"},
		"library":    {page + `<script src="https://cdn.example/x.js">`, `it has an address in it: "https://c"`},
		"same way":   {page + `<img src="//cdn.example/x.png">`, `it has an address in it: "\"//c"`},
		"socket":     {page + `new WebSocket('wss://a.example')`, `it has an address in it: "wss://a"`},
		"markup":     {page + `main.innerHTML = text`, `it makes elements or code of text: "innerHTML ="`},
		"appended":   {page + `main.insertAdjacentHTML('beforeend', text)`, `it makes elements or code of text: "insertAdjacentHTML("`},
		"evaluation": {page + `eval(text)`, `it makes elements or code of text: "eval("`},
		"function":   {page + `new Function(text)`, `it makes elements or code of text: "new Function"`},
	} {
		if got := strings.Join(viewProblems(tt.html), "; "); got != tt.want {
			t.Errorf("%s: problems %q, want %q", name, got, tt.want)
		}
	}
}
