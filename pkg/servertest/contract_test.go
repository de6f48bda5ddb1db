package servertest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestToolProblems(t *testing.T) {
	no := false
	for name, tt := range map[string]struct{ property, instructions, want string }{
		"described":     {`{"type":"string","description":"one line"}`, "", ""},
		"listed values": {`{"type":"string","enum":["a","b"]}`, "", ""},
		"explained":     {`{"type":"string"}`, "A `word` is one line.", ""},
		"mentioned":     {`{"type":"string"}`, "A word is one line.", "the argument word has no description"},
		"not explained": {`{"type":"string"}`, "", "the argument word has no description"},
	} {
		tool := &mcp.Tool{Name: "say", Title: "Say", Description: "Says a word that somebody wants to hear. Example: hello",
			Annotations: &mcp.ToolAnnotations{DestructiveHint: &no, OpenWorldHint: &no},
			InputSchema: json.RawMessage(`{"type":"object","properties":{"word":` + tt.property + `},"additionalProperties":false}`)}
		if got := strings.Join(toolProblems(tool, tt.instructions), "; "); got != tt.want {
			t.Errorf("%s: problems %q, want %q", name, got, tt.want)
		}
	}
}
