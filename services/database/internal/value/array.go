package value

import "bytes"

// maxDimensions is PostgreSQL's own bound.
const maxDimensions = 6

// appendArray appends the text of an array as a JSON array, one in another for
// each dimension. An array whose bounds do not begin at 1 is not ok: JSON has no
// place for them.
func (e *Encoder) appendArray(dst []byte, f *format, text []byte) ([]byte, bool) {
	r := reader{e: e, f: f, in: text, out: dst}
	mark := len(e.scratch)
	ok := len(text) > 0 && text[0] == '{' && r.list(1) && r.pos == len(text)
	e.scratch = e.scratch[:mark]
	return r.out, ok
}

// reader reads the text of one array.
type reader struct {
	e   *Encoder
	f   *format
	in  []byte
	out []byte
	pos int
}

// list reads {…}, the brace at r.pos.
func (r *reader) list(depth int) bool {
	if depth > maxDimensions {
		return false
	}
	r.pos++
	r.out = append(r.out, '[')
	if r.at('}') {
		r.pos++
		r.out = append(r.out, ']')
		return true
	}
	for {
		var ok bool
		switch {
		case r.at('{'):
			ok = r.list(depth + 1)
		case r.at('"'):
			ok = r.quoted()
		default:
			ok = r.bare()
		}
		switch {
		case !ok:
			return false
		case r.at('}'):
			r.pos++
			r.out = append(r.out, ']')
			return true
		case !r.at(r.f.delim):
			return false
		}
		r.pos++
		r.out = append(r.out, ',')
	}
}

func (r *reader) at(c byte) bool { return r.pos < len(r.in) && r.in[r.pos] == c }

// bare reads an element without quotes.
func (r *reader) bare() bool {
	start := r.pos
	for ; r.pos < len(r.in); r.pos++ {
		switch c := r.in[r.pos]; c {
		case '}', r.f.delim:
			if r.pos == start {
				return false
			}
			return r.element(r.in[start:r.pos], true)
		case '"', '{', '\\':
			return false
		}
	}
	return false
}

// quoted reads an element in quotes, where a backslash stands before what it
// takes the meaning from.
func (r *reader) quoted() bool {
	r.pos++
	rest := r.in[r.pos:]
	end := bytes.IndexAny(rest, `"\`)
	if end < 0 {
		return false
	}
	if rest[end] == '"' {
		r.pos += end + 1
		return r.element(rest[:end], false)
	}
	mark := len(r.e.scratch)
	for ; r.pos < len(r.in); r.pos++ {
		switch c := r.in[r.pos]; c {
		case '"':
			r.pos++
			text := r.e.scratch[mark:]
			ok := r.element(text, false)
			r.e.scratch = r.e.scratch[:mark]
			return ok
		case '\\':
			if r.pos++; r.pos == len(r.in) {
				return false
			}
			fallthrough
		default:
			r.e.scratch = append(r.e.scratch, r.in[r.pos])
		}
	}
	return false
}

func (r *reader) element(text []byte, bare bool) bool {
	if bare && string(text) == "NULL" {
		r.out = append(r.out, "null"...)
		return true
	}
	r.out = r.e.append(r.out, r.f.element, text)
	return true
}
