// Package model measures what a language model sees of a server: its tools, and
// the tokens of its texts.
//
// Start at [Tools].
package model

import (
	"encoding/json"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/tiktoken-go/tokenizer"
)

// Tokens returns the tokenizer that all figures are of, o200k_base.
func Tokens() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.O200kBase) }

// Offered is what a server says of its tools: the bytes of tools/list, and the
// bytes and tokens of names, descriptions and input schemas.
type Offered struct{ Count, Bytes, Visible, Tokens int }

// Tools measures an answer to tools/list.
func Tools(list *mcp.ListToolsResult, codec tokenizer.Codec) (Offered, error) {
	whole, err := Compact(list)
	if err != nil {
		return Offered{}, err
	}
	o := Offered{Count: len(list.Tools), Bytes: len(whole)}
	for _, t := range list.Tools {
		schema, err := Compact(t.InputSchema)
		if err != nil {
			return Offered{}, err
		}
		// What clients give to a model of a tool.
		text, err := Compact(map[string]any{"name": t.Name, "description": t.Description, "input_schema": t.InputSchema})
		if err != nil {
			return Offered{}, err
		}
		n, err := codec.Count(text)
		if err != nil {
			return Offered{}, err
		}
		o.Visible += len(t.Name) + len(t.Description) + len(schema)
		o.Tokens += n
	}
	return o, nil
}

// Compact is v as JSON without escapes that only HTML needs.
func Compact(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
