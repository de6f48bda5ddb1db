package args

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text reads a string and holds it to its rules; the first that it breaks is
// reported.
func (d *decoder) text(n *node, v reflect.Value) error {
	raw, escaped, err := d.str()
	if err != nil {
		return err
	}
	if escaped {
		raw = unescape(raw)
	}
	s := string(raw)
	v.SetString(s)
	if n.enum != nil && !slices.Contains(n.enum, s) {
		d.notListed(n, s, quote(s))
		return nil
	}
	// Never more characters than bytes: most strings need no counting.
	if n.minLen > 0 || n.maxLen >= 0 && len(s) > n.maxLen {
		if !d.length(n, utf8.RuneCountInString(s), "character", "characters") {
			return nil
		}
	}
	if n.pattern != nil && !n.pattern.MatchString(s) {
		d.must("match %s, got %s", n.pattern, quote(s))
	}
	return nil
}

// length holds the size of a value to its rules and reports whether it fits.
func (d *decoder) length(n *node, size int, one, many string) bool {
	limit, bound := 0, ""
	switch {
	case size < n.minLen:
		limit, bound = n.minLen, "least"
	case n.maxLen >= 0 && size > n.maxLen:
		limit, bound = n.maxLen, "most"
	default:
		return true
	}
	noun := many
	if limit == 1 {
		noun = one
	}
	d.must("have at %s %d %s, got %d", bound, limit, noun, size)
	return false
}

func (d *decoder) notListed(n *node, value, shown string) {
	if !d.room() {
		return
	}
	values, near := n.enum, []string(nil)
	if n.kind == kindString {
		near = nearest(value, values)
	}
	if len(values) > maxListed && len(near) > 0 {
		// The one that is meant may be beyond the end of the list.
		values = append(slices.Clone(near), slices.DeleteFunc(slices.Clone(values), func(v string) bool {
			return slices.Contains(near, v)
		})...)
	}
	choice := "be one of "
	if len(values) == 1 {
		choice = "be "
	}
	path := d.where()
	d.add(path, path+" must "+choice+n.listed(values)+", got "+shown, near...)
}

func (n *node) listed(values []string) string {
	if n.kind == kindString {
		return list(values, ", ")
	}
	return strings.Join(values, ", ")
}

// numeral reads a number of whatever kind n is.
func (d *decoder) numeral(n *node, v reflect.Value) error {
	text, err := d.number()
	if err != nil {
		return err
	}
	switch n.kind {
	case kindNumber:
		v.SetString(string(text))
		return nil
	case kindFloat:
		x, err := strconv.ParseFloat(string(text), n.typ.Bits())
		switch {
		case err != nil:
			d.must("be a number of %d bits, got %s", n.typ.Bits(), clip(string(text), maxQuote))
		case x < n.fmin || x > n.fmax:
			d.outside(n, x < n.fmin, text)
		}
		v.SetFloat(x)
		return nil
	}
	negative, magnitude, whole, fits := integer(text)
	if !whole {
		d.must("be an integer, got %s", got(text))
		return nil
	}
	if n.kind == kindUint {
		if negative && magnitude > 0 {
			fits = false
		}
		if !fits || magnitude < n.umin || magnitude > n.umax {
			d.outside(n, negative || fits && magnitude < n.umin, text)
			return nil
		}
		v.SetUint(magnitude)
	} else {
		x := int64(magnitude)
		if negative {
			x = -x
		}
		// The magnitude of the least int64 is one more than the greatest.
		fits = fits && (magnitude <= math.MaxInt64 || negative && magnitude == 1<<63)
		if !fits || x < n.imin || x > n.imax {
			d.outside(n, negative && !fits || fits && x < n.imin, text)
			return nil
		}
		v.SetInt(x)
	}
	if n.enum != nil {
		value := strconv.FormatUint(magnitude, 10)
		if negative && magnitude > 0 {
			value = "-" + value
		}
		if !slices.Contains(n.enum, value) {
			d.notListed(n, value, clip(string(text), maxQuote))
		}
	}
	return nil
}

// outside reports a number beyond its bounds, or beyond what its type holds.
func (d *decoder) outside(n *node, below bool, text []byte) {
	shown := clip(string(text), maxQuote)
	lower, upper := n.min, n.max
	switch {
	case below && lower != "" && upper == "":
		d.must("be at least %s, got %s", lower, shown)
		return
	case !below && upper != "" && lower == "":
		d.must("be at most %s, got %s", upper, shown)
		return
	}
	if lower == "" {
		lower = strconv.FormatInt(n.imin, 10)
	}
	if upper == "" && n.kind == kindUint {
		upper = strconv.FormatUint(n.umax, 10)
	} else if upper == "" {
		upper = strconv.FormatInt(n.imax, 10)
	}
	d.must("be between %s and %s, got %s", lower, upper, shown)
}

// mismatch skips a value of the wrong type and says what to send instead.
func (d *decoder) mismatch(n *node) error {
	start := d.pos
	if err := d.skip(); err != nil {
		return err
	}
	if !d.room() {
		return nil
	}
	raw := d.data[start:d.pos]
	path := d.where()
	d.add(path, path+" must be "+n.expected()+n.correction(raw))
	return nil
}

// correction ends a message about a value of the wrong type: with the value to
// send if it is plain from what came, else with what came.
func (n *node) correction(raw []byte) string {
	instead := func(value string) string {
		return ": send " + value + ", not " + shown(raw)
	}
	inner := ""
	if raw[0] == '"' {
		inner = strings.TrimSpace(string(unescape(raw[1 : len(raw)-1])))
	}
	switch {
	case inner != "" && (n.kind == kindSlice && inner[0] == '[' || n.kind >= kindMap && inner[0] == '{'):
		return ": send it as JSON, not inside a string"
	case len(raw) > maxQuote:
	case n.kind == kindString && raw[0] != '{' && raw[0] != '[' && raw[0] != 'n':
		return instead(strconv.Quote(string(raw)))
	case n.kind == kindSlice && n.elem.takes(raw):
		return instead("[" + shown(raw) + "]")
	case inner == "":
	case n.kind == kindBool && (strings.EqualFold(inner, "true") || strings.EqualFold(inner, "false")):
		return instead(strings.ToLower(inner))
	case n.kind >= kindInt && n.kind <= kindNumber && n.takes([]byte(inner)):
		return instead(inner)
	}
	return ", got " + got(raw)
}

// takes reports whether a JSON scalar has the type of n.
func (n *node) takes(raw []byte) bool {
	switch c := raw[0]; n.kind {
	case kindString, kindText:
		return c == '"'
	case kindBool:
		return string(raw) == "true" || string(raw) == "false"
	case kindInt, kindUint, kindFloat, kindNumber:
		s := scanner{data: raw}
		if _, err := s.number(); err != nil || s.pos < len(raw) {
			return false
		}
		_, _, whole, _ := integer(raw)
		return whole || n.kind == kindFloat || n.kind == kindNumber
	}
	return false
}

// expected says what a value of n is.
func (n *node) expected() string {
	if n.typ == timeType {
		return `a date and time such as "2026-01-31T12:00:00Z"`
	}
	switch name := n.typeName(); name {
	case "any":
		return "a value"
	case "array":
		// A type with its own JSON may call itself an array; its items are not known.
		if n.elem == nil {
			return "an array"
		}
		if items := n.elem.typeName(); items != "any" {
			return "an array of " + items + "s"
		}
		return "an array"
	case "integer", "object":
		return "an " + name
	default:
		return "a " + name
	}
}

// shown is a scalar as it came, shortened.
func shown(raw []byte) string {
	if raw[0] == '"' {
		return quote(unescape(raw[1 : len(raw)-1]))
	}
	return clip(string(raw), maxQuote)
}

// got names the type of a JSON value, with the value if it is short enough to
// help.
func got(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "string " + shown(raw)
	case 't', 'f':
		return "boolean " + shown(raw)
	case 'n':
		return "null"
	}
	return "number " + shown(raw)
}
