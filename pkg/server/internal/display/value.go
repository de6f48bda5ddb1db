package display

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

type kind int

const (
	scalar kind = iota // true, false, null
	number
	text
	list
	object
)

// value is JSON whose members are in the order in which they were written, which
// is that of the tool's schema, and whose numbers are as they were written.
type value struct {
	kind  kind
	text  string   // of all but lists and objects
	names []string // of the members of an object
	items []value  // the members, or the elements
}

// maxDepth bounds the stack that a result from elsewhere can use.
const maxDepth = 64

var errDepth = errors.New("nested too deeply")

// parse reads one JSON value.
func parse(raw []byte) (value, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := next(dec, 0)
	if err != nil {
		return value{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return value{}, errors.New("more than one value")
	}
	return v, nil
}

func next(dec *json.Decoder, depth int) (value, error) {
	if depth > maxDepth {
		return value{}, errDepth
	}
	token, err := dec.Token()
	if err != nil {
		return value{}, err
	}
	switch t := token.(type) {
	case string:
		return value{kind: text, text: t}, nil
	case json.Number:
		return value{kind: number, text: t.String()}, nil
	case bool:
		if t {
			return value{text: "true"}, nil
		}
		return value{text: "false"}, nil
	case json.Delim:
		v := value{kind: list}
		if t == '{' {
			v.kind = object
		}
		for dec.More() {
			if v.kind == object {
				name, err := dec.Token()
				if err != nil {
					return value{}, err
				}
				v.names = append(v.names, name.(string))
			}
			item, err := next(dec, depth+1)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, item)
		}
		_, err := dec.Token() // the end
		return v, err
	}
	return value{text: "null"}, nil
}

// member returns that of an object.
func (v value) member(name string) (value, bool) {
	for i, n := range v.names {
		if n == name {
			return v.items[i], true
		}
	}
	return value{}, false
}

// without returns an object without some of its members.
func (v value) without(names ...string) value {
	out := value{kind: object}
next:
	for i, n := range v.names {
		for _, not := range names {
			if n == not {
				continue next
			}
		}
		out.names, out.items = append(out.names, n), append(out.items, v.items[i])
	}
	return out
}

// of reports whether v is a list of nothing but values of a kind, and of one at
// least.
func (v value) of(k kind) bool {
	for _, item := range v.items {
		if item.kind != k {
			return false
		}
	}
	return v.kind == list && len(v.items) > 0
}

// maxCompact bounds what is made of a value that has to fit on a line or a few.
const maxCompact = 64 << 10

// compact writes a value in as few signs as a person needs to read it.
func compact(v value) string {
	var b strings.Builder
	appendCompact(&b, v, 0)
	return b.String()
}

func appendCompact(b *strings.Builder, v value, depth int) {
	switch v.kind {
	case list, object:
		if len(v.items) == 0 {
			b.WriteString("(none)")
			return
		}
		brackets := map[kind]string{list: "[]", object: "{}"}[v.kind]
		if depth > 0 {
			b.WriteByte(brackets[0])
		}
		for i, item := range v.items {
			if b.Len() > maxCompact {
				b.WriteString(" ...")
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			if v.kind == object {
				b.WriteString(terminal.Line(v.names[i]) + ": ")
			}
			appendCompact(b, item, depth+1)
		}
		if depth > 0 {
			b.WriteByte(brackets[1])
		}
	case text:
		if v.text == "" {
			b.WriteString(`""`)
			return
		}
		if depth == 0 {
			b.WriteString(terminal.Clean(v.text))
			return
		}
		b.WriteString(terminal.Line(v.text))
	default:
		b.WriteString(v.text)
	}
}
