package args

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Encoder writes values of one type as JSON.
type Encoder func(v any) (json.RawMessage, error)

// EncoderFor returns what writes values of type t as [Schema.Encode] writes
// outputs. Values that are not structs, or structs that no schema can describe,
// keep null for nil slices and maps.
func EncoderFor(t reflect.Type) Encoder {
	if s, err := For(t, Output); err == nil {
		return s.Encode
	}
	return func(v any) (json.RawMessage, error) { return appendOther(nil, v) }
}

// appendOther leaves v to encoding/json, without its escaping of HTML.
func appendOther(b []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func (n *node) appendValue(b []byte, v reflect.Value) ([]byte, error) {
	if n.ptr {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		v = v.Elem()
	}
	switch n.kind {
	case kindString:
		return AppendString(b, v.String()), nil
	case kindBool:
		return strconv.AppendBool(b, v.Bool()), nil
	case kindInt:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case kindUint:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case kindFloat:
		x := v.Float()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%v is not a JSON number", x)
		}
		return appendFloat(b, x, n.typ.Bits()), nil
	case kindSlice:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = n.elem.appendValue(b, v.Index(i)); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return append(b, ']'), nil
	case kindMap:
		return n.appendMap(b, v)
	case kindStruct:
		return n.appendStruct(b, v)
	case kindCustom, kindText:
		return n.appendOwn(b, v)
	}
	return appendOther(b, v.Interface())
}

// appendOwn writes a value that knows its own JSON or text.
func (n *node) appendOwn(b []byte, v reflect.Value) ([]byte, error) {
	if !v.CanAddr() {
		// The method may have a pointer receiver.
		p := reflect.New(n.typ)
		p.Elem().Set(v)
		v = p.Elem()
	}
	if a, ok := v.Addr().Interface().(Appender); ok && n.kind == kindCustom {
		return a.AppendJSON(b), nil
	}
	if n.kind == kindText {
		text, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
		return AppendString(b, string(text)), err
	}
	raw, err := v.Addr().Interface().(json.Marshaler).MarshalJSON()
	if err != nil {
		return nil, err
	}
	buf := bytes.NewBuffer(b)
	if err := json.Compact(buf, raw); err != nil {
		return nil, fmt.Errorf("%v: MarshalJSON: %w", n.typ, err)
	}
	return buf.Bytes(), nil
}

func (n *node) appendStruct(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	for i := range n.fields {
		f := &n.fields[i]
		fv, ok := f.value(v)
		if !ok || f.omitted(fv) {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		var err error
		if b, err = f.node.appendValue(append(b, f.key...), fv); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return append(b, '}'), nil
}

// value is the field in a struct; it is not there behind a nil embedded pointer.
func (f *field) value(v reflect.Value) (reflect.Value, bool) {
	for i, x := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v, true
}

func (f *field) omitted(v reflect.Value) bool {
	if f.omitEmpty {
		switch v.Kind() {
		case reflect.Struct:
		case reflect.Slice, reflect.Map, reflect.String:
			if v.Len() == 0 {
				return true
			}
		default:
			if v.IsZero() {
				return true
			}
		}
	}
	if !f.omitZero {
		return false
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return true
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	if z, ok := p.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

func (n *node) appendMap(b []byte, v reflect.Value) ([]byte, error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, key.String()), ':')
		var err error
		if b, err = n.elem.appendValue(b, v.MapIndex(key)); err != nil {
			return nil, fmt.Errorf("%s: %w", quote(key.String()), err)
		}
	}
	return append(b, '}'), nil
}

// appendFloat writes x as ECMAScript does, and so as encoding/json.
func appendFloat(b []byte, x float64, bits int) []byte {
	format := byte('f')
	if abs := math.Abs(x); abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	b = strconv.AppendFloat(b, x, format, -1, bits)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 is e-9
		b = b[:n-1]
	}
	return b
}

// plain returns how many of the first bytes of eight need no look: none of them is
// a quote, a backslash, a control character or part of a longer rune.
func plain(w uint64) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	// A borrow may mark a byte wrongly, but only one behind a byte that is marked.
	marked := (w | (w - ones*' ') | (quote-ones)&^quote | (slash-ones)&^slash) & highs
	return bits.TrailingZeros64(marked) / 8
}

// word returns the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

const hexDigits = "0123456789abcdef"

// AppendString writes s as a JSON string. What is not UTF-8 becomes U+FFFD:
// unlike an argument, a result must reach its reader. Text with many quotes is
// what it is made for: a record inside a text block.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := word(s[i:])
			n := plain(w)
			b = binary.LittleEndian.AppendUint64(b, w)
			if n == 8 {
				i += 8
				continue
			}
			b = b[:len(b)-8+n]
			i += n
		}
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c >= ' ' && c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			n := unescaped(s[i:])
			b = append(b, s[i:i+n]...)
			if i += n; n == 0 {
				b, n = appendEscape(b, s[i:])
				i += n
			}
		}
	}
	return append(b, '"')
}

// unescaped returns how many of the first bytes of s are runes that are not ASCII
// and stay as they are. U+2028 and U+2029 do not: they end a line in older
// JavaScript.
func unescaped(s string) (n int) {
	for n < len(s) && s[n] >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == '\u2028' || r == '\u2029' || r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// appendEscape writes the escape of the rune that s begins with, and returns how
// long that is in s.
func appendEscape(b []byte, s string) ([]byte, int) {
	r, size := utf8.DecodeRuneInString(s)
	if i := strings.IndexRune("\b\f\n\r\t", r); i >= 0 {
		return append(b, '\\', "bfnrt"[i]), size
	}
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15]), size
}
