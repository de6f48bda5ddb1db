package args

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

var nameSyntax = regexp.MustCompile(`^[A-Za-z0-9_.$-]{1,64}$`)

func (b *builder) structNode(t reflect.Type) (*node, error) {
	if slices.Contains(b.path, t) {
		return nil, fmt.Errorf("%v contains itself, which is not supported", t)
	}
	b.path = append(b.path, t)
	defer func() { b.path = b.path[:len(b.path)-1] }()

	n := &node{typ: t, kind: kindStruct, maxLen: -1, names: map[string]int{}}
	if err := b.fields(n, t, nil, false); err != nil {
		return nil, err
	}
	if len(n.fields) > maxFields && b.dir == Input {
		return nil, fmt.Errorf("%v has %d arguments, more than %d", t, len(n.fields), maxFields)
	}
	for i := range n.fields {
		f := &n.fields[i]
		if b.dir == Input && (f.required || f.defaultJSON != nil || f.fillsNested()) {
			n.pending |= 1 << i
		}
	}
	return n, nil
}

// fillsNested reports whether an absent value still has defaults inside.
func (f *field) fillsNested() bool {
	return f.node.kind == kindStruct && !f.node.ptr && slices.ContainsFunc(f.node.fields, func(g field) bool {
		return g.defaultJSON != nil || g.fillsNested()
	})
}

// fields adds the fields of t, and of the structs embedded in it, to n.
func (b *builder) fields(n *node, t reflect.Type, index []int, optional bool) error {
	for sf := range t.Fields() {
		at := append(slices.Clone(index), sf.Index...)
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if sf.Tag.Get("json") == "-" {
			continue
		}
		if sf.Anonymous && name == "" {
			if err := b.embedded(n, t, sf, at, optional); err != nil {
				return err
			}
			continue
		}
		if !sf.IsExported() {
			if name != "" {
				return fmt.Errorf("%v.%s: has a JSON name but is not exported", t, sf.Name)
			}
			continue
		}
		f, aliases, err := b.field(sf, name, options)
		if err == nil {
			f.index = at
			f.required = f.required && !(optional && b.dir == Output)
			err = n.add(f, aliases)
		}
		if err != nil {
			return fmt.Errorf("%v.%s: %w", t, sf.Name, err)
		}
	}
	return nil
}

func (b *builder) embedded(n *node, t reflect.Type, sf reflect.StructField, at []int, optional bool) error {
	et := sf.Type
	if et.Kind() == reflect.Pointer {
		et, optional = et.Elem(), true
		if !sf.IsExported() {
			return fmt.Errorf("%v.%s: a pointer to an unexported struct cannot be embedded", t, sf.Name)
		}
	}
	if et.Kind() != reflect.Struct || b.ownJSON(et) || b.ownText(et) {
		return fmt.Errorf("%v.%s: only plain structs can be embedded without a name", t, sf.Name)
	}
	if slices.Contains(b.path, et) {
		return fmt.Errorf("%v contains itself, which is not supported", et)
	}
	b.path = append(b.path, et)
	defer func() { b.path = b.path[:len(b.path)-1] }()
	return b.fields(n, et, at, optional)
}

func (b *builder) field(sf reflect.StructField, name, options string) (f field, aliases []string, err error) {
	if err := checkTagKeys(sf.Tag); err != nil {
		return f, nil, err
	}
	f.name = name
	if name == "" {
		f.name = sf.Name
	}
	f.key = string(append(AppendString(nil, f.name), ':'))
	f.description, f.example = sf.Tag.Get("jsonschema"), sf.Tag.Get("example")
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero = true
		case "string":
			return f, nil, errors.New("the json option string is not supported: use Int64")
		}
	}
	if f.node, err = b.node(sf.Type); err != nil {
		return f, nil, err
	}
	if err := f.node.applyTags(sf.Tag); err != nil {
		return f, nil, err
	}
	f.required = !f.omitEmpty && !f.omitZero
	if b.dir == Output {
		f.nullable = f.node.ptr && f.required
		return f, nil, f.setHidden(sf.Tag)
	}
	f.required = f.required && !f.node.ptr
	if text, ok := sf.Tag.Lookup("default"); ok {
		f.required = false
		if err := f.setDefault(text); err != nil {
			return f, nil, err
		}
	}
	if err := f.setHidden(sf.Tag); err != nil {
		return f, nil, err
	}
	if text, ok := sf.Tag.Lookup("alias"); ok {
		aliases = strings.Split(text, ",")
	}
	return f, aliases, nil
}

func (f *field) setHidden(tag reflect.StructTag) error {
	text, ok := tag.Lookup("hidden")
	if f.hidden = text == "true"; ok && (!f.hidden || f.required) {
		return fmt.Errorf("hidden:%q: it is \"true\", and for what is optional", text)
	}
	return nil
}

func (n *node) add(f field, aliases []string) error {
	for _, name := range append([]string{f.name}, aliases...) {
		if !nameSyntax.MatchString(name) {
			return fmt.Errorf("%q is not a usable name", name)
		}
		if i, taken := n.names[name]; taken && i < len(n.fields) {
			return fmt.Errorf("the name %q is already taken by %q", name, n.fields[i].name)
		} else if taken {
			return fmt.Errorf("the name %q is given twice", name)
		}
		n.names[name] = len(n.fields)
	}
	n.fields = append(n.fields, f)
	return nil
}

// setDefault turns the text of a default tag into JSON and holds it to the
// rules of its own field.
func (f *field) setDefault(text string) error {
	n := f.node
	raw := []byte(text)
	switch n.kind {
	case kindStruct:
		return errors.New("a struct has no default: give its fields defaults")
	case kindString, kindText:
		raw = AppendString(nil, text)
	case kindCustom:
		if !json.Valid(raw) {
			raw = AppendString(nil, text)
		}
	}
	d := decoder{scanner: scanner{data: raw}, path: []segment{{name: f.name}}}
	target := reflect.New(n.typ).Elem()
	bare := *n
	bare.ptr = false
	err := d.one(&bare, target)
	if err == nil {
		err = d.result()
	}
	if err != nil {
		return fmt.Errorf("default:%q: %w", text, err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return err
	}
	f.defaultText, f.defaultJSON = text, compact.Bytes()
	if n.kind <= kindNumber && !n.ptr {
		f.defaultValue = target
	}
	return nil
}
