package model

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestTools(t *testing.T) {
	codec, err := Tokens()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Tools(&mcp.ListToolsResult{Tools: []*mcp.Tool{{Name: "a", Description: "<b>", InputSchema: map[string]any{"type": "object"}}}}, codec)
	if want := (Offered{Count: 1, Bytes: 102, Visible: 21, Tokens: got.Tokens}); err != nil || got != want || got.Tokens < 10 || got.Tokens > 40 {
		t.Errorf("%+v, want %+v, %v", got, want, err)
	}
}

func TestCompact(t *testing.T) {
	if got, err := Compact("a<b>&c"); err != nil || got != `"a<b>&c"` {
		t.Errorf("%s, %v", got, err)
	}
}
