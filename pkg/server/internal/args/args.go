// Package args turns the input and output structs of tools into JSON Schemas
// and moves JSON in and out of those structs by the same rules.
//
// Everything about a type is worked out once, by [For]; the [Schema] it returns
// renders what a model sees ([Schema.JSON]), reads arguments ([Schema.Decode])
// and writes results ([Schema.Encode]). The guarantee to know: what Decode
// accepts satisfies every rule in the schema and means one thing only. Numbers
// are exact, names are matched byte for byte, and duplicate names, invalid
// UTF-8 and unpaired surrogates are refused rather than repaired.
//
// # Tags
//
//	json:"name,omitempty"    name; omitempty, omitzero, a pointer or a default make an argument optional
//	jsonschema:"text"        description
//	default:"5"              value of an absent argument; JSON for arrays, maps and any
//	alias:"old,older"        other spellings that are accepted but not shown
//	example:"golang"         value in examples of calls that only read; not in the schema
//	hidden:"true"            an optional argument that is accepted, or part of a result that is sent, but not shown
//	enum:"a,b"               strings and integers
//	min:"1" max:"20"         integers and numbers, inclusive
//	minLength:"1" maxLength:"500"   strings, in Unicode code points
//	pattern:"^[a-z]+$"       strings, RE2, anchored only as written
//	format:"date"            strings, shown but not checked
//	minItems:"1" maxItems:"9"       arrays, and maps by their number of entries
//	quiet:"true"             default, and rules other than enum, hold but are not shown
//
// On an array or a map, rules other than minItems and maxItems hold for each
// element. Outputs ignore default and alias.
package args

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Direction says which way values travel: it decides what a schema requires
// and whether it is open.
type Direction int

const (
	// Input is for arguments: objects are closed, and say so unless something is
	// hidden in them.
	Input Direction = iota
	// Output is for results: objects may grow, and every field that is always
	// written is required.
	Output
)

// Describer is implemented by types that read or write their own JSON and know
// its schema. JSONSchema is called on the zero value and returns one JSON
// object. A type with its own JSON but without Describer is described as any
// value.
type Describer interface {
	JSONSchema(output bool) json.RawMessage
}

// Appender is implemented by types that write their own JSON and vouch for it:
// AppendJSON appends one value on one line, and it is not read again. It is for
// what is large and was made value by value.
type Appender interface {
	json.Marshaler
	AppendJSON(dst []byte) []byte
}

// Schema is what is known about one struct type in one direction. It is
// immutable and safe for concurrent use.
type Schema struct {
	root *node
	dir  Direction
	json json.RawMessage
}

// For derives the schema of t, a struct or a pointer to one. Its errors are
// mistakes in the program (a tag that does not fit its field, two fields with
// one name, a type that JSON cannot carry) and name the field.
func For(t reflect.Type, dir Direction) (*Schema, error) {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("args: %v is not a struct", t)
	}
	b := builder{dir: dir}
	if b.ownJSON(t) || b.ownText(t) {
		return nil, fmt.Errorf("args: %v reads or writes its own JSON; a tool needs a plain struct", t)
	}
	root, err := b.structNode(t)
	if err != nil {
		return nil, fmt.Errorf("args: %w", err)
	}
	return &Schema{root: root, dir: dir, json: root.appendSchema(nil, dir, nil)}, nil
}

// JSON returns the JSON Schema (draft 2020-12), compact, with the properties in
// the order of the fields. The caller must not modify it.
func (s *Schema) JSON() json.RawMessage { return s.json }

// Property describes one argument, for help texts and command lines.
type Property struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`            // string, integer, number, boolean, array, object or any
	Items       string   `json:"items,omitempty"` // the type of the elements of an array
	Description string   `json:"description,omitempty"`
	Required    bool     `json:"required"`
	Default     string   `json:"default,omitempty"` // as written in the tag
	Enum        []string `json:"enum,omitempty"`    // of an array: of its elements
	Example     string   `json:"example,omitempty"` // as written in the tag; for calls that only read
}

// Properties lists the top-level properties in the order of the fields.
func (s *Schema) Properties() []Property {
	out := make([]Property, 0, len(s.root.fields))
	for i := range s.root.fields {
		f := &s.root.fields[i]
		if f.hidden {
			continue
		}
		p := Property{
			Name:        f.name,
			Type:        f.node.typeName(),
			Description: f.description,
			Required:    f.required,
			Default:     f.defaultText,
			Enum:        slices.Clone(f.node.enum),
			Example:     f.example,
		}
		if f.node.kind == kindSlice {
			p.Items = f.node.elem.typeName()
			p.Enum = slices.Clone(f.node.elem.enum)
		}
		out = append(out, p)
	}
	return out
}

// Type returns the type of the argument that goes by a name, which may be an alias
// or that of a hidden one, in the words of [Property]; "" if there is none.
func (s *Schema) Type(name string) string {
	if i, ok := s.root.names[name]; ok {
		return s.root.fields[i].node.typeName()
	}
	return ""
}

// Decode reads arguments into dst, a pointer to the struct of an Input schema,
// and checks them. What dst held before is forgotten; defaults stand in for
// absent arguments at every level, and null counts as absent. Empty or null raw
// is an empty object. When the arguments break the rules the error is an
// [*Error] and dst is unspecified.
func (s *Schema) Decode(raw json.RawMessage, dst any) error {
	v := reflect.ValueOf(dst)
	if s.dir != Input {
		return fmt.Errorf("args: the schema of %v is for output", s.root.typ)
	}
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem() != s.root.typ {
		return fmt.Errorf("args: Decode needs a non-nil *%v, not %T", s.root.typ, dst)
	}
	v = v.Elem()
	v.SetZero()
	var path [4]segment // on the stack; deeper arguments grow it
	d := decoder{scanner: scanner{data: raw}, path: path[:0]}
	return d.document(s.root, v)
}

// Encode writes v, a struct of an Output schema or a pointer to one, as compact
// JSON: no HTML escaping, [] and {} for nil slices and maps, map keys sorted.
// Its errors name the field. Nothing in v is modified.
func (s *Schema) Encode(v any) (json.RawMessage, error) {
	return s.Append(make([]byte, 0, 512), v)
}

// Append is [Schema.Encode] into the memory behind dst.
func (s *Schema) Append(dst []byte, v any) (json.RawMessage, error) {
	rv := reflect.ValueOf(v)
	if s.dir != Output {
		return nil, fmt.Errorf("args: the schema of %v is for input", s.root.typ)
	}
	if rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if !rv.IsValid() || rv.Type() != s.root.typ {
		return nil, fmt.Errorf("args: Encode needs a %v, not %T", s.root.typ, v)
	}
	out, err := s.root.appendValue(dst, rv)
	if err != nil {
		return nil, fmt.Errorf("args: encode %v: %w", s.root.typ, err)
	}
	return out, nil
}
