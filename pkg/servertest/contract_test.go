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
