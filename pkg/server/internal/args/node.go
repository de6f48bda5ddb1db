package args

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// maxFields bounds the arguments of one object, so that a set of them is one
// machine word.
const maxFields = 64

type kind uint8

const (
	kindString kind = iota
	kindBool
	kindInt
	kindUint
	kindFloat
	kindNumber // json.Number
	kindText   // encoding.TextUnmarshaler or TextMarshaler
	kindCustom // json.Unmarshaler or Marshaler
	kindRaw    // json.RawMessage
	kindAny
	kindSlice
	kindMap
	kindStruct
)

// node is one place in a type: how to read it, what its value must satisfy.
type node struct {
	typ  reflect.Type // without the pointer
	kind kind
	ptr  bool
	elem *node // of a slice or map

	schema json.RawMessage // what a kindCustom type says of itself

	enum     []string
	min, max string // from tags or the size of an unsigned or narrow type; canonical, empty when none
	imin     int64
	imax     int64
	umin     uint64
	umax     uint64
	fmin     float64
	fmax     float64
	minLen   int
	maxLen   int // -1 when none; also for items
	pattern  *regexp.Regexp
	format   string
	quiet    bool // the default and rules other than enum are not shown

	fields  []field
	names   map[string]int // names and aliases
	pending uint64         // fields that need attention when absent
}

type field struct {
	name        string
	key         string // "name": as it is written
	index       []int
	node        *node
	description string
	example     string
	required    bool
	nullable    bool // written as null when nil
	defaultText string
	defaultJSON json.RawMessage
	// defaultValue is the default itself when copies of it share nothing.
	defaultValue reflect.Value
	omitEmpty    bool
	omitZero     bool
	hidden       bool // an argument that is not shown
}

var (
	numberType   = reflect.TypeFor[json.Number]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

type builder struct {
	dir  Direction
	path []reflect.Type // structs being built, to find recursion
}

func (b *builder) ownJSON(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	if b.dir == Input {
		return p.Implements(reflect.TypeFor[json.Unmarshaler]())
	}
	return p.Implements(reflect.TypeFor[json.Marshaler]())
}

func (b *builder) ownText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	if b.dir == Input {
		return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	}
	return p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func (b *builder) node(t reflect.Type) (*node, error) {
	if t.Kind() == reflect.Pointer {
		n, err := b.node(t.Elem())
		if err != nil {
			return nil, err
		}
		if n.ptr {
			return nil, fmt.Errorf("%v: a pointer to a pointer is not supported", t)
		}
		n.ptr = true
		return n, nil
	}
	n := &node{typ: t, maxLen: -1}
	switch {
	case t == rawType:
		n.kind = kindRaw
		return n, nil
	case t == numberType:
		n.kind = kindNumber
		return n, nil
	case t == durationType:
		return nil, errors.New("time.Duration is not supported: use an integer whose name says the unit")
	case b.ownJSON(t):
		n.kind = kindCustom
		return n, b.describe(n)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[Describer]()):
		return nil, fmt.Errorf("%v describes its JSON but does not read or write it", t)
	case b.ownText(t):
		n.kind = kindText
		return n, nil
	}
	return b.plain(n)
}

// describe asks a type that reads or writes its own JSON for its schema.
func (b *builder) describe(n *node) error {
	n.schema = json.RawMessage("{}")
	if n.typ == timeType {
		n.schema = json.RawMessage(`{"type":"string","format":"date-time"}`)
	}
	d, ok := reflect.New(n.typ).Interface().(Describer)
	if !ok {
		return nil
	}
	var buf bytes.Buffer
	if err := json.Compact(&buf, d.JSONSchema(b.dir == Output)); err != nil || !strings.HasPrefix(buf.String(), "{") {
		return fmt.Errorf("%v: JSONSchema does not return a JSON object", n.typ)
	}
	n.schema = buf.Bytes()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(n.schema, &members); err != nil {
		return err
	}
	if members["description"] != nil || members["default"] != nil {
		return fmt.Errorf("%v: JSONSchema leaves description and default to the tags", n.typ)
	}
	return nil
}

func (b *builder) plain(n *node) (*node, error) {
	t := n.typ
	switch t.Kind() {
	case reflect.String:
		n.kind = kindString
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.kind = kindInt
		n.imin, n.imax = math.MinInt64>>(64-t.Bits()), math.MaxInt64>>(64-t.Bits())
		if t.Bits() < 64 && b.dir == Input {
			n.min, n.max = fmt.Sprint(n.imin), fmt.Sprint(n.imax)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.kind = kindUint
		n.umax = math.MaxUint64 >> (64 - t.Bits())
		if b.dir == Input {
			n.min = "0"
			if t.Bits() < 64 {
				n.max = fmt.Sprint(n.umax)
			}
		}
	case reflect.Float32, reflect.Float64:
		n.kind = kindFloat
		n.fmin, n.fmax = math.Inf(-1), math.Inf(1)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return nil, fmt.Errorf("%v is not supported: the only interface is any", t)
		}
		n.kind = kindAny
	case reflect.Slice:
		n.kind = kindSlice
		if t.Elem().Kind() == reflect.Uint8 {
			return nil, fmt.Errorf("%v is not supported: use a string and say how it is encoded", t)
		}
		return n, b.elem(n)
	case reflect.Map:
		n.kind = kindMap
		if t.Key().Kind() != reflect.String || b.ownText(t.Key()) {
			return nil, fmt.Errorf("%v is not supported: the keys of a map are plain strings", t)
		}
		return n, b.elem(n)
	case reflect.Struct:
		return b.structNode(t)
	default:
		return nil, fmt.Errorf("%v is not supported", t)
	}
	return n, nil
}

func (b *builder) elem(n *node) (err error) {
	n.elem, err = b.node(n.typ.Elem())
	return err
}

// typeName is the JSON Schema type for people: hooks that allow several are any.
func (n *node) typeName() string {
	switch n.kind {
	case kindString, kindText:
		return "string"
	case kindBool:
		return "boolean"
	case kindInt, kindUint:
		return "integer"
	case kindFloat, kindNumber:
		return "number"
	case kindSlice:
		return "array"
	case kindMap, kindStruct:
		return "object"
	case kindCustom:
		var s struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(n.schema, &s) == nil && s.Type != "" {
			return s.Type
		}
	}
	return "any"
}
