package args

import (
	"slices"
	"strconv"
)

// appendSchema renders n, with the description and default of f if it is the
// value of a field. The order of keywords is fixed, so that a golden file of a
// tools/list changes only when a tool does.
func (n *node) appendSchema(b []byte, dir Direction, f *field) []byte {
	if f == nil {
		f = &field{}
	}
	switch {
	case n.kind == kindCustom && f.nullable:
		b = append(append(append(b, `{"anyOf":[`...), n.schema...), `,{"type":"null"}]`...)
	case n.kind == kindCustom:
		b = append(b, n.schema[:len(n.schema)-1]...)
	default:
		b = append(b, '{')
		if t := n.typeName(); t != "any" && f.nullable {
			b = append(append(append(keyword(b, "type"), `["`...), t...), `","null"]`...)
		} else if t != "any" {
			b = AppendString(keyword(b, "type"), t)
		}
	}
	if f.description != "" {
		b = AppendString(keyword(b, "description"), f.description)
	}
	if f.defaultJSON != nil && !n.quiet {
		b = append(keyword(b, "default"), f.defaultJSON...)
	}
	b = n.appendRules(b, f.nullable)
	switch n.kind {
	case kindSlice:
		b = n.elem.appendSchema(keyword(b, "items"), dir, nil)
	case kindMap:
		b = n.elem.appendSchema(keyword(b, "additionalProperties"), dir, nil)
	case kindStruct:
		b = n.appendProperties(b, dir)
	}
	return append(b, '}')
}

func (n *node) appendRules(b []byte, nullable bool) []byte {
	if n.enum != nil {
		b = append(keyword(b, "enum"), '[')
		for i, value := range n.enum {
			if i > 0 {
				b = append(b, ',')
			}
			if n.kind == kindString {
				b = AppendString(b, value)
			} else {
				b = append(b, value...)
			}
		}
		if nullable {
			b = append(b, ",null"...)
		}
		b = append(b, ']')
	}
	if n.quiet {
		return b
	}
	if n.enum == nil {
		if n.min != "" {
			b = append(keyword(b, "minimum"), n.min...)
		}
		if n.max != "" {
			b = append(keyword(b, "maximum"), n.max...)
		}
	}
	suffix := "Length"
	switch n.kind {
	case kindSlice:
		suffix = "Items"
	case kindMap:
		suffix = "Properties"
	}
	if n.minLen > 0 {
		b = strconv.AppendInt(keyword(b, "min"+suffix), int64(n.minLen), 10)
	}
	if n.maxLen >= 0 {
		b = strconv.AppendInt(keyword(b, "max"+suffix), int64(n.maxLen), 10)
	}
	if n.pattern != nil {
		b = AppendString(keyword(b, "pattern"), n.pattern.String())
	}
	if n.format != "" {
		b = AppendString(keyword(b, "format"), n.format)
	}
	return b
}

func (n *node) appendProperties(b []byte, dir Direction) []byte {
	b = append(keyword(b, "properties"), '{')
	for i := range n.fields {
		if f := &n.fields[i]; !f.hidden {
			b = f.node.appendSchema(keyword(b, f.name), dir, f)
		}
	}
	b = append(b, '}')
	first := true
	for i := range n.fields {
		if !n.fields[i].required {
			continue
		}
		if first {
			b = append(keyword(b, "required"), '[')
		} else {
			b = append(b, ',')
		}
		first = false
		b = AppendString(b, n.fields[i].name)
	}
	if !first {
		b = append(b, ']')
	}
	// A client that holds arguments to the schema would not send hidden ones.
	if dir == Input && !slices.ContainsFunc(n.fields, func(f field) bool { return f.hidden }) {
		b = append(keyword(b, "additionalProperties"), "false"...)
	}
	return b
}

// keyword starts the next member of the object that b ends in.
func keyword(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(AppendString(b, name), ':')
}
