// Package param turns the JSON values that a caller gives for $1, $2 and so on
// into the text that PostgreSQL reads them from. Numbers keep every digit, and
// the server decides what a text means: nothing is guessed.
//
// Start with [Bind].
package param

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// Max is the most parameters of one statement.
const Max = 1000

// maxDepth bounds arrays in arrays; PostgreSQL has six dimensions.
const maxDepth = 6

// Error is a parameter that cannot be what the statement needs.
type Error struct {
	// Index is its place from 0, -1 for all of them.
	Index   int
	Message string
}

// Error returns the message, which names the parameter.
func (e *Error) Error() string { return e.Message }

func wrong(index int, format string, args ...any) *Error {
	if index < 0 {
		return &Error{index, "params: " + fmt.Sprintf(format, args...)}
	}
	return &Error{index, fmt.Sprintf("params[%d]: ", index) + fmt.Sprintf(format, args...)}
}

// Bind returns values in text format, nil for NULL. Only if one of them is an
// array or an object are the types of the parameters needed: then describe is
// asked for them. An error that describe did not make is an [*Error]. So they are
// for a number such as 1.0 or 1e3, which JSON does not tell from 1 or 1000, and
// PostgreSQL takes for no integer.
func Bind(params []json.RawMessage, types value.Types, describe func() ([]uint32, error)) ([][]byte, error) {
	if len(params) > Max {
		return nil, wrong(-1, "at most %d are taken, %d were given", Max, len(params))
	}
	var oids []uint32
	out := make([][]byte, len(params))
	for i, raw := range params {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 {
			return nil, wrong(i, "it is missing")
		}
		integral := decimalOf(raw)
		if raw[0] != '[' && raw[0] != '{' && integral == nil {
			text, err := scalar(raw)
			if err != nil {
				return nil, wrong(i, "%v", err)
			}
			out[i] = text
			continue
		}
		if oids == nil {
			var err error
			if oids, err = describe(); err != nil {
				return nil, err
			}
			if err := Count(len(params), oids, types); err != nil {
				return nil, err
			}
		}
		if integral != nil {
			if out[i] = raw; value.IsInteger(oids[i], types) {
				out[i] = integral
			}
			continue
		}
		text, err := nested(raw, oids[i], types)
		if err != nil {
			return nil, wrong(i, "$%d is %s: %v", i+1, value.TypeName(oids[i], -1, types), err)
		}
		out[i] = text
	}
	return out, nil
}

// Count says what is wrong if a statement with these parameters was given n
// values, else nil.
func Count(n int, oids []uint32, types value.Types) error {
	if n == len(oids) {
		return nil
	}
	if len(oids) == 0 {
		return wrong(-1, "the statement takes none, %d %s given; write $1, $2 and so on where they belong", n, was(n))
	}
	return wrong(-1, "the statement takes %d (%s), %d %s given", len(oids), names(oids, types), n, was(n))
}

// Misfit says that the server could not read the parameter at index, from 0, as
// what the statement needs there. An index of -1 says that it is not known which
// one it was.
func Misfit(index int, oids []uint32, types value.Types, message string) error {
	if index < 0 || index >= len(oids) {
		return wrong(-1, "they must fit %s: %s", names(oids, types), message)
	}
	advice := ""
	if value.IsJSON(oids[index], types) {
		advice = `; a string is read as the text of a document: for one that is a string alone send "\"text\""`
	} else if _, _, ok := value.Element(oids[index], types); ok && strings.HasPrefix(message, "malformed array literal") {
		advice = "; send a JSON array, whose inner arrays are all of one length"
	}
	return wrong(index, "$%d must be %s: %s%s", index+1, value.TypeName(oids[index], -1, types), message, advice)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// maxNames bounds the types that a message lists.
const maxNames = 20

func names(oids []uint32, types value.Types) string {
	var b strings.Builder
	for i, oid := range oids {
		if i == maxNames {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d %s", i+1, value.TypeName(oid, -1, types))
	}
	return b.String()
}

// scalar is the text of a JSON value that holds no others.
func scalar(raw []byte) ([]byte, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || !utf8.ValidString(s) {
			return nil, fmt.Errorf("it is not a valid string")
		}
		if strings.IndexByte(s, 0) >= 0 {
			return nil, fmt.Errorf("PostgreSQL has no text with a NUL character in it")
		}
		return []byte(s), nil
	}
	return raw, nil // a number as it is written, true or false
}

// maxIntegral is the most digits of an integer that PostgreSQL has a type for.
const maxIntegral = 20

// decimalOf returns the digits of a number that is an integer and not written as
// one, such as 1.0, -0.0 or 1e3; nil of all else.
func decimalOf(raw []byte) []byte {
	if c := raw[0]; c != '-' && (c < '0' || c > '9') || !bytes.ContainsAny(raw, ".eE") {
		return nil
	}
	sign, digits := []byte(nil), raw
	if digits[0] == '-' {
		sign, digits = digits[:1], digits[1:]
	}
	exponent := 0
	if i := bytes.IndexAny(digits, "eE"); i >= 0 {
		n, err := strconv.Atoi(string(digits[i+1:]))
		if err != nil || n > maxIntegral || n < -maxIntegral {
			return nil
		}
		digits, exponent = digits[:i], n
	}
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	digits = append(bytes.Clone(whole), fraction...)
	point := len(whole) + exponent
	for ; len(digits) < point; digits = append(digits, '0') {
	}
	if point < 0 || len(bytes.Trim(digits[point:], "0")) > 0 {
		return nil
	}
	if digits = bytes.TrimLeft(digits[:point], "0"); len(digits) == 0 {
		return []byte("0")
	}
	return append(bytes.Clone(sign), digits...)
}

// nested is the text of an array or an object for a parameter of this type.
func nested(raw []byte, oid uint32, types value.Types) ([]byte, error) {
	if value.IsJSON(oid, types) {
		return raw, nil
	}
	element, delim, ok := value.Element(oid, types)
	switch {
	case ok && raw[0] == '[':
		return appendArray(nil, raw, element, delim, types, 1)
	case ok:
		return nil, fmt.Errorf("send an array, not an object")
	case isComposite(oid, types):
		return nil, fmt.Errorf(`send a row as text, such as "(1,abc)"; in the statement ROW($1, $2)::%s takes its fields one by one`, value.TypeName(oid, -1, types))
	case raw[0] == '[':
		return nil, fmt.Errorf("an array does not fit; send one value, or write = ANY($1) for a list of them")
	}
	return nil, fmt.Errorf("an object does not fit; for a JSON document write $1::jsonb in the statement")
}

func isComposite(oid uint32, types value.Types) bool {
	if types == nil {
		return false
	}
	t, ok := types.Type(oid)
	return ok && t.Kind == 'c'
}

// appendArray appends the literal of an array. Each element is quoted, so that
// no text is taken for NULL or for a brace.
func appendArray(dst, raw []byte, element uint32, delim byte, types value.Types, depth int) ([]byte, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("it is not a valid array")
	}
	documents := value.IsJSON(element, types)
	dst = append(dst, '{')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, delim)
		}
		item = bytes.TrimSpace(item)
		var err error
		switch {
		case string(item) == "null":
			dst = append(dst, "NULL"...)
		case documents:
			dst = appendQuoted(dst, item)
		case item[0] == '[' && depth == maxDepth:
			err = fmt.Errorf("it has more than %d dimensions", maxDepth)
		case item[0] == '[':
			dst, err = appendArray(dst, item, element, delim, types, depth+1)
		case item[0] == '{':
			err = fmt.Errorf("element %d is an object; send it as text", i)
		default:
			text := decimalOf(item)
			if text == nil || !value.IsInteger(element, types) {
				text, err = scalar(item)
			}
			if err == nil {
				dst = appendQuoted(dst, text)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
