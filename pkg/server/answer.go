package server

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
)

// answerRoom is what an answer takes beside its text blocks, in bytes. Text
// takes a sixteenth more than its length, since line ends are escaped.
const answerRoom = 1024

// appendResult writes the answer to a tools/call, with the type of the result if
// typed. A large text is copied once: encoding/json would do it three times.
func appendResult(b []byte, id json.RawMessage, res *mcp.CallToolResult, typed bool) ([]byte, error) {
	n := size(res)
	if res.StructuredContent != nil {
		n *= 2
	}
	b = slices.Grow(b, n+n/16+answerRoom)
	b = append(appendHead(b, id), `"result":{"_meta":{`...)
	var err error
	keys := slices.AppendSeq(make([]string, 0, len(res.Meta)), maps.Keys(res.Meta))
	slices.Sort(keys)
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(args.AppendString(b, key), ':')
		if b, err = appendAny(b, res.Meta[key]); err != nil {
			return nil, err
		}
	}
	b = append(b, `},"content":[`...)
	for i, c := range res.Content {
		if i > 0 {
			b = append(b, ',')
		}
		if t, ok := c.(*mcp.TextContent); ok && t.Meta == nil && t.Annotations == nil {
			b = append(args.AppendString(append(b, `{"type":"text","text":`...), t.Text), '}')
		} else if b, err = appendAny(b, c); err != nil {
			return nil, err
		}
	}
	b = append(b, ']')
	if res.StructuredContent != nil {
		if b, err = appendAny(append(b, `,"structuredContent":`...), res.StructuredContent); err != nil {
			return nil, err
		}
	}
	if res.IsError {
		b = append(b, `,"isError":true`...)
	}
	if res.InputRequests != nil {
		if b, err = appendAny(append(b, `,"inputRequests":`...), res.InputRequests); err != nil {
			return nil, err
		}
		b = args.AppendString(append(b, `,"requestState":`...), res.RequestState)
	}
	switch {
	case typed && res.InputRequests != nil:
		b = append(b, `,"resultType":"input_required"`...)
	case typed:
		b = append(b, `,"resultType":"complete"`...)
	}
	return append(b, '}', '}'), nil
}

// appendError writes the answer to a request that failed.
func appendError(b []byte, id json.RawMessage, e *jsonrpc.Error) ([]byte, error) {
	b, err := appendAny(append(appendHead(b, id), `"error":`...), e)
	return append(b, '}'), err
}

func appendHead(b []byte, id json.RawMessage) []byte {
	return append(append(append(b, `{"jsonrpc":"2.0","id":`...), id...), ',')
}

// appendAny writes a value; one that is JSON, as a tool's record is, is whole and
// on one line.
func appendAny(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case json.RawMessage:
		return append(b, v...), nil
	case *record:
		return append(b, v.RawMessage...), nil
	case string:
		return args.AppendString(b, v), nil
	}
	text, err := marshal(v)
	return append(b, text...), err
}
