package args

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math/bits"
	"reflect"
)

// decoder reads one document. Its methods return an error only when the
// document cannot be read on; broken rules are collected.
type decoder struct {
	scanner
	path  []segment
	list  []Violation
	total int
}

// document reads the arguments of a tool: an object, null or nothing.
func (d *decoder) document(n *node, v reflect.Value) error {
	var err error
	switch start := d.pos; d.peek() {
	case 0:
		if d.pos == len(d.data) {
			d.absent(n, v, n.pending)
		} else {
			err = d.unexpected("an object")
		}
	case 'n':
		if err = d.literal("null"); err == nil {
			d.absent(n, v, n.pending)
		}
	case '{':
		err = d.object(n, v)
	default:
		if err = d.skip(); err == nil && d.room() {
			d.add("", "arguments must be an object, got "+got(bytes.TrimSpace(d.data[start:d.pos])))
		}
	}
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return whole(err.Error())
	}
	return d.result()
}

// one reads a document that is a single value.
func (d *decoder) one(n *node, v reflect.Value) error {
	d.peek()
	if err := d.value(n, v); err != nil {
		return err
	}
	return d.end()
}

// value reads the value at d.pos, which is not white space.
func (d *decoder) value(n *node, v reflect.Value) error {
	c := d.peek()
	if c == 'n' && n.kind != kindAny && n.kind != kindRaw {
		return d.mismatch(n)
	}
	if n.ptr {
		v.Set(reflect.New(n.typ))
		v = v.Elem()
	}
	switch n.kind {
	case kindString:
		if c == '"' {
			return d.text(n, v)
		}
	case kindBool:
		if c == 't' {
			v.SetBool(true)
			return d.literal("true")
		} else if c == 'f' {
			return d.literal("false")
		}
	case kindInt, kindUint, kindFloat, kindNumber:
		if c == '-' || '0' <= c && c <= '9' {
			return d.numeral(n, v)
		}
	case kindText:
		if c == '"' {
			return d.own(n, v)
		}
	case kindSlice:
		if c == '[' {
			return d.array(n, v)
		}
	case kindMap:
		if c == '{' {
			return d.mapping(n, v)
		}
	case kindStruct:
		if c == '{' {
			return d.object(n, v)
		}
	default:
		return d.own(n, v)
	}
	return d.mismatch(n)
}

func (d *decoder) object(n *node, v reflect.Value) error {
	if err := d.open(); err != nil {
		return err
	}
	var (
		given, set uint64
		renamed    []alias
	)
	for first := true; ; {
		more, err := d.more('}', &first)
		if err != nil {
			return err
		}
		if !more {
			d.absent(n, v, n.pending&^set)
			return nil
		}
		key, err := d.key()
		if err != nil {
			return err
		}
		i, known := n.names[string(key)]
		if !known {
			d.unknown(n, string(key))
			d.push(member(string(key)))
			if err := d.skip(); err != nil {
				return err
			}
			d.pop()
			continue
		}
		f := &n.fields[i]
		bit := uint64(1) << i
		if given&bit != 0 {
			d.twice(f, i, string(key), renamed)
			d.push(member(string(key)))
			if err := d.skip(); err != nil {
				return err
			}
			d.pop()
			continue
		}
		given |= bit
		if f.name != string(key) {
			renamed = append(renamed, alias{i, string(key)})
		}
		if d.peek() == 'n' && !(f.required && (f.node.kind == kindAny || f.node.kind == kindRaw)) {
			if err := d.literal("null"); err != nil {
				return err
			}
			continue
		}
		set |= bit
		d.push(segment{name: f.name})
		if err := d.value(f.node, f.in(v)); err != nil {
			return err
		}
		d.pop()
	}
}

// alias is a field that was given by an older name.
type alias struct {
	field int
	name  string
}

func (d *decoder) twice(f *field, index int, key string, renamed []alias) {
	if !d.room() {
		return
	}
	before := f.name
	for _, a := range renamed {
		if a.field == index {
			before = a.name
		}
	}
	path := d.inside(key)
	if before == key {
		d.add(path, fmt.Sprintf("argument %q is given twice", path))
		return
	}
	d.add(path, fmt.Sprintf("%q and %q are the same argument; send only %q", d.inside(before), path, d.inside(f.name)))
}

// absent deals with the fields of set, which the document does not give: they
// are missing or have defaults.
func (d *decoder) absent(n *node, v reflect.Value, set uint64) {
	for ; set != 0; set &= set - 1 {
		f := &n.fields[bits.TrailingZeros64(set)]
		if !f.required {
			f.fill(v)
		} else if d.room() {
			path := d.inside(f.name)
			d.add(path, fmt.Sprintf("missing required argument %q (%s)", path, f.node.expected()))
		}
	}
}

// fill sets the default of an absent field, or those inside it.
func (f *field) fill(v reflect.Value) {
	v = f.in(v)
	switch {
	case f.defaultValue.IsValid():
		v.Set(f.defaultValue)
	case f.defaultJSON != nil:
		// Read again for every call: a default that is shared could be changed.
		d := decoder{scanner: scanner{data: f.defaultJSON}}
		_ = d.value(f.node, v)
	case f.node.kind == kindStruct && !f.node.ptr:
		for i := range f.node.fields {
			f.node.fields[i].fill(v)
		}
	}
}

// in is the field's place in a struct, behind embedded pointers if need be.
func (f *field) in(v reflect.Value) reflect.Value {
	for i, x := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

func (d *decoder) array(n *node, v reflect.Value) error {
	if err := d.open(); err != nil {
		return err
	}
	count := 0
	for first := true; ; count++ {
		more, err := d.more(']', &first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		d.push(segment{index: count})
		if n.maxLen >= 0 && count >= n.maxLen {
			err = d.skip()
		} else {
			if count == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(count + 1)
			err = d.value(n.elem, v.Index(count))
		}
		if err != nil {
			return err
		}
		d.pop()
	}
	if count == 0 {
		v.Set(reflect.MakeSlice(n.typ, 0, 0))
	}
	d.length(n, count, "item", "items")
	return nil
}

func (d *decoder) mapping(n *node, v reflect.Value) error {
	if err := d.open(); err != nil {
		return err
	}
	v.Set(reflect.MakeMap(n.typ))
	count := 0
	for first := true; ; count++ {
		more, err := d.more('}', &first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		name, err := d.key()
		if err != nil {
			return err
		}
		key := reflect.New(n.typ.Key()).Elem()
		key.SetString(string(name))
		if v.MapIndex(key).IsValid() && d.room() {
			path := d.inside(string(name))
			d.add(path, fmt.Sprintf("argument %q is given twice", path))
		}
		d.push(member(string(name)))
		if n.maxLen >= 0 && count >= n.maxLen {
			err = d.skip()
		} else {
			entry := reflect.New(n.typ.Elem()).Elem()
			err = d.value(n.elem, entry)
			v.SetMapIndex(key, entry)
		}
		if err != nil {
			return err
		}
		d.pop()
	}
	d.length(n, count, "entry", "entries")
	return nil
}

// own reads a value that goes to its type as it stands.
func (d *decoder) own(n *node, v reflect.Value) error {
	start, before := d.pos, d.total
	if err := d.skip(); err != nil {
		return err
	}
	if d.total > before {
		return nil
	}
	raw := d.data[start:d.pos]
	var err error
	switch n.kind {
	case kindRaw:
		v.SetBytes(bytes.Clone(raw))
	case kindAny:
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err = dec.Decode(v.Addr().Interface())
	case kindText:
		err = v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(unescape(raw[1 : len(raw)-1]))
	case kindCustom:
		err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw)
	}
	if err != nil && n.typ == timeType {
		d.must("be %s, got %s", n.expected(), got(raw))
	} else if err != nil && d.room() {
		path := d.where()
		d.add(path, path+" is not valid: "+err.Error())
	}
	return nil
}

// skip reads a value that is not kept, and refuses names given twice in it: two
// readers of what was kept might otherwise see different values.
func (d *decoder) skip() error {
	switch c := d.peek(); c {
	case '"':
		_, _, err := d.str()
		return err
	case '{', '[':
		return d.skipInto(c)
	case 't':
		return d.literal("true")
	case 'f':
		return d.literal("false")
	case 'n':
		return d.literal("null")
	}
	_, err := d.number()
	return err
}

func (d *decoder) skipInto(opening byte) error {
	if err := d.open(); err != nil {
		return err
	}
	seen := map[string]bool{}
	closing := opening + 2 // in ASCII both pairs are two apart
	count := 0
	for first := true; ; count++ {
		more, err := d.more(closing, &first)
		if err != nil || !more {
			return err
		}
		at := segment{index: count}
		if opening == '{' {
			key, err := d.key()
			if err != nil {
				return err
			}
			at = member(string(key))
			if seen[at.name] && d.room() {
				path := d.inside(at.name)
				d.add(path, fmt.Sprintf("argument %q is given twice", path))
			}
			seen[at.name] = true
		}
		d.push(at)
		if err := d.skip(); err != nil {
			return err
		}
		d.pop()
	}
}
