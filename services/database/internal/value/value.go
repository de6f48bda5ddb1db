// Package value turns what PostgreSQL sends in text format into JSON, CSV and
// Markdown by the OID of its type, without a loss: what JSON has no number for
// stays text.
//
// Whatever the server sent, each value becomes one line of valid JSON whose
// numbers no reader rounds, and which is nested 50 levels deep at the most.
// Start with [NewEncoder].
package value

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Types tells what types other than PostgreSQL's own are.
type Types interface {
	// Type returns a type by its OID.
	Type(oid uint32) (Type, bool)
}

// Type is a type of the database.
type Type struct {
	OID     uint32
	Name    string // as format_type writes it
	Kind    byte   // pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange, p pseudo
	Element uint32 // of an array: the OID of its elements, 0 for none
	Base    uint32 // of a domain: what it is made of
	Delim   byte   // between the elements of an array, ',' almost always
}

// Limits bound what is kept of values, and choose between forms.
type Limits struct {
	Value int // bytes of one value; 0: 64 KiB. More is cut, with "…(+N bytes)" behind it.
	// NumericNumber writes a numeric of at most 15 significant digits as a JSON
	// number, which every reader can hold; else all are strings.
	NumericNumber bool
	// Formulas puts an apostrophe before a text in CSV that a spreadsheet would
	// run as a formula (CWE-1236).
	Formulas bool
}

// defaultValue is the most of one value that is kept.
const defaultValue = 64 << 10

// Encoder writes rows of one result. It is used by one goroutine.
type Encoder struct {
	columns []postgres.Column
	types   Types
	limits  Limits
	forms   []format
	row     int
	cut     []Cut
	scratch []byte // elements of arrays without their escapes
}

// Cut names a value that was cut.
type Cut struct {
	Row    int    `json:"row"` // from 0
	Column string `json:"column"`
	Bytes  int    `json:"bytes"` // of the whole value
}

// NewEncoder returns an encoder of rows with these columns. types may be nil:
// then the types of the database itself are text.
func NewEncoder(columns []postgres.Column, types Types, limits Limits) *Encoder {
	if limits.Value <= 0 {
		limits.Value = defaultValue
	}
	e := &Encoder{columns: columns, types: types, limits: limits, forms: make([]format, len(columns))}
	for i, c := range columns {
		e.forms[i] = formatOf(c.OID, types)
	}
	return e
}

// AppendJSON appends one value as JSON.
func (e *Encoder) AppendJSON(dst []byte, column int, text []byte) []byte {
	if text == nil {
		return append(dst, "null"...)
	}
	if len(text) > e.limits.Value {
		head, tail := e.shorten(column, text, e.limits.Value)
		dst = appendString(dst, head)
		return append(append(dst[:len(dst)-1], tail...), '"')
	}
	return e.append(dst, &e.forms[column], text)
}

// append appends a value that is not NULL.
func (e *Encoder) append(dst []byte, f *format, text []byte) []byte {
	switch f.form {
	case boolean:
		switch string(text) {
		case "t":
			return append(dst, "true"...)
		case "f":
			return append(dst, "false"...)
		}
	case integer:
		if safeInteger(text) {
			return append(dst, text...)
		}
	case float:
		if n := number(text); n > 0 && n == len(text) {
			return append(dst, text...)
		}
	case numeric:
		if e.limits.NumericNumber && shortNumber(text) {
			return append(dst, text...)
		}
	case document:
		if out, ok := appendDocument(dst, text); ok {
			return out
		}
	case moment:
		if out, ok := appendMoment(append(dst, '"'), text); ok {
			return append(out, '"')
		}
	case array:
		if out, ok := e.appendArray(dst, f, text); ok {
			return out
		}
	}
	return appendString(dst, text)
}

// AppendRow appends a row as a JSON array.
func (e *Encoder) AppendRow(dst []byte, row [][]byte) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.AppendJSON(dst, i, v)
	}
	e.row++
	return append(dst, ']')
}

// Cuts returns the values that were cut so far.
func (e *Encoder) Cuts() []Cut { return e.cut }

// DropRow forgets the row that was appended last, which its caller does not use.
func (e *Encoder) DropRow() {
	e.row--
	for len(e.cut) > 0 && e.cut[len(e.cut)-1].Row >= e.row {
		e.cut = e.cut[:len(e.cut)-1]
	}
}

// shorten cuts a value to at most limit bytes of whole characters, and says in
// tail how much is left out; of a bytea it counts the bytes that it stands for.
func (e *Encoder) shorten(column int, text []byte, limit int) (head []byte, tail string) {
	whole, n := len(text), limit
	for n > 0 && n > limit-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	left := whole - n
	if e.forms[column].form == hex && bytes.HasPrefix(text, []byte(`\x`)) {
		n = max(2, limit&^1)
		whole, left = (whole-2)/2, (whole-n)/2
	}
	e.cut = append(e.cut, Cut{Row: e.row, Column: e.columns[column].Name, Bytes: whole})
	return text[:n], "…(+" + strconv.Itoa(left) + " bytes)"
}
