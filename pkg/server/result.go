package server

import (
	"encoding/json"
	"reflect"
	"sync"
	"unsafe"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
)

// Texter is a tool output that is text: a file's body, a diff, a log. The body
// is the first block of the result, as it is; meta is the second, as one line
// of JSON. Such a tool has no output schema.
type Texter interface {
	Text() (body string, meta any)
}

// Attacher is a tool output with further blocks, such as images, after its
// record or text.
type Attacher interface {
	Attachments() []mcp.Content
}

// Lender is a tool output in memory that can be used again: Return is called
// once the output is encoded, and nothing of it is read after that.
type Lender interface {
	Return()
}

// encoder turns a handler's output into a result. What depends on the type
// alone is settled at registration.
type encoder struct {
	schema  *args.Schema // nil for text
	metas   sync.Map     // of texts: reflect.Type → args.Encoder
	records sync.Pool    // of *record: they would be much of what a call leaves to the collector
}

// record is a tool's output as JSON, made once and never decoded again: an int64
// above 2^53 would come back rounded.
type record struct {
	json.RawMessage
	pool *sync.Pool
}

// done gives the memory of a record back, when the answer that has it in it is
// written. A record that is not given back is the collector's.
func (r *record) done() {
	if cap(r.RawMessage) <= maxBuffer {
		r.pool.Put(r)
	}
}

func newEncoder(t reflect.Type) (*encoder, error) {
	if t.Implements(reflect.TypeFor[Texter]()) {
		return &encoder{}, nil
	}
	schema, err := args.For(t, args.Output)
	if err != nil {
		return nil, err
	}
	return &encoder{schema: schema}, nil
}

func (e *encoder) encode(v any) (*mcp.CallToolResult, error) {
	res := new(mcp.CallToolResult)
	if e.schema == nil {
		body, meta := v.(Texter).Text()
		res.Content = []mcp.Content{&mcp.TextContent{Text: body}}
		if meta != nil {
			line, err := e.encodeMeta(meta)
			if err != nil {
				return nil, err
			}
			res.Content = append(res.Content, &mcp.TextContent{Text: string(line)})
		}
	} else {
		r, _ := e.records.Get().(*record)
		if r == nil {
			r = &record{pool: &e.records}
		}
		text, err := e.schema.Append(r.RawMessage[:0], v)
		if err != nil {
			return nil, err
		}
		r.RawMessage = text
		res.StructuredContent = r
		// Nobody changes the bytes as long as there is the result, so that the
		// text need be no copy.
		res.Content = []mcp.Content{&mcp.TextContent{Text: unsafe.String(unsafe.SliceData(text), len(text))}}
	}
	if a, ok := v.(Attacher); ok {
		res.Content = append(res.Content, a.Attachments()...)
	}
	if l, ok := v.(Lender); ok {
		l.Return()
	}
	return res, nil
}

// encodeMeta writes what goes beside a text. What its type is written as is
// found out once: a tool has one type of it, or a few.
func (e *encoder) encodeMeta(meta any) (json.RawMessage, error) {
	t := reflect.TypeOf(meta)
	enc, ok := e.metas.Load(t)
	if !ok {
		enc, _ = e.metas.LoadOrStore(t, args.EncoderFor(t))
	}
	return enc.(args.Encoder)(meta)
}

// size is what a result costs its reader, in bytes. Structured content repeats
// the text block and is counted once.
func size(res *mcp.CallToolResult) int {
	n := 0
	for _, c := range res.Content {
		n += contentSize(c)
	}
	return n
}

func contentSize(c mcp.Content) int {
	switch c := c.(type) {
	case *mcp.TextContent:
		return len(c.Text)
	case *mcp.ImageContent:
		return len(c.Data)
	case *mcp.AudioContent:
		return len(c.Data)
	case *mcp.EmbeddedResource:
		if c.Resource != nil {
			return len(c.Resource.Text) + len(c.Resource.Blob)
		}
	}
	return 0
}
