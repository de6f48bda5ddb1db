package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
)

// group is the tools of one kind.
type group struct {
	ID, Title, About string
	Try              bool
	Tools            []shown
}

// shown is a tool with what the template needs of it.
type shown struct {
	Tool
	About   []string // the paragraphs of the description, without its example
	Example string   // the arguments of a call, as JSON
	Gives   string   // what the description says of that call
	Hints   []string
}

// groups parts the tools into those that read and those that change something.
func groups(s Service) []group {
	reading := group{ID: "reading", Title: "Tools that read", About: "Read-only: they change nothing.", Try: s.Try}
	changing := group{ID: "changing", Title: "Tools that change", About: "They need a scope that allows it, and some ask a person before they run."}
	for _, t := range s.Tools {
		about, example, gives := split(t)
		x := shown{t, about, example, gives, hints(t)}
		if t.Writes {
			changing.Tools = append(changing.Tools, x)
		} else {
			reading.Tools = append(reading.Tools, x)
		}
	}
	var list []group
	for _, g := range []group{reading, changing} {
		if len(g.Tools) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// hints are a tool's annotations in words.
func hints(t Tool) []string {
	a := t.Annotations
	if a == nil {
		return nil
	}
	var list []string
	switch {
	case a.ReadOnlyHint: // as the heading says
	case a.DestructiveHint == nil || *a.DestructiveHint:
		list = append(list, "may destroy")
	default:
		list = append(list, "destroys nothing")
	}
	if a.IdempotentHint && !a.ReadOnlyHint {
		list = append(list, "same effect if repeated")
	}
	if a.OpenWorldHint == nil || *a.OpenWorldHint {
		list = append(list, "reaches other systems")
	}
	return list
}

const exampleMark = "Example:"

// split takes the example out of a tool's description, where the services have it:
// after "Example:", as the JSON of the arguments, which may leave out what is
// obvious. Without one, an example is made of what is required.
func split(t Tool) (about []string, example, gives string) {
	text := t.Description
	var given []member
	if at := strings.LastIndex(text, exampleMark); at >= 0 {
		rest := text[at+len(exampleMark):]
		if members, tail, ok := decodeObject(rest); ok {
			given, gives = members, strings.TrimLeft(tail, " ,.;\n")
			text = text[:at]
		}
	}
	for para := range strings.SplitSeq(text, "\n") {
		if para = strings.TrimSpace(para); para != "" {
			about = append(about, para)
		}
	}
	return about, call(t, given), gives
}

// member is an argument of an example.
type member struct{ name, value string }

// decodeObject reads the JSON object at the start of s, in its order.
func decodeObject(s string) (members []member, tail string, ok bool) {
	d := json.NewDecoder(strings.NewReader(s))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, "", false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, "", false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, "", false
		}
		members = append(members, member{fmt.Sprint(name), string(value)})
	}
	if _, err := d.Token(); err != nil {
		return nil, "", false
	}
	return members, s[d.InputOffset():], true
}

// call is the arguments of a call of t: those given, and before them what is
// required and not given.
func call(t Tool, given []member) string {
	has := make(map[string]bool)
	for _, m := range given {
		has[m.name] = true
	}
	var all []member
	for _, a := range t.Arguments {
		if a.Required && !has[a.Name] {
			if t.Writes {
				a.Example = "" // who copies it says what is changed
			}
			all = append(all, member{a.Name, placeholder(a)})
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range append(all, given...) {
		if i > 0 {
			b.WriteString(", ")
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			panic(err) // a string
		}
		fmt.Fprintf(&b, "%s: %s", name, m.value)
	}
	b.WriteByte('}')
	return b.String()
}

// placeholder is a value of an argument's type.
func placeholder(a args.Property) string {
	switch {
	case a.Example != "" && a.Type == "string":
		return fmt.Sprintf("%q", a.Example)
	case a.Example != "":
		return a.Example
	case len(a.Enum) > 0 && a.Type == "string":
		return fmt.Sprintf("%q", a.Enum[0])
	case a.Type == "integer" || a.Type == "number":
		return "1"
	case a.Type == "boolean":
		return "true"
	case a.Type == "array":
		return "[]"
	case a.Type == "object":
		return "{}"
	}
	return `"…"`
}

// Kind is an argument's type in words.
func (t Tool) Kind(a args.Property) string {
	if a.Type == "array" && a.Items != "" {
		return "list of " + a.Items
	}
	return a.Type
}
