package value

import (
	"bytes"
	"unicode/utf8"
)

// AppendCSVHeader appends the line of the columns' names.
func (e *Encoder) AppendCSVHeader(dst []byte) []byte {
	for i, c := range e.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.appendCSVField(dst, []byte(c.Name), true)
	}
	return append(dst, '\n')
}

// AppendCSV appends a row as a line of CSV as in RFC 4180, ended by a line feed
// alone. NULL is empty and an empty text is "", as PostgreSQL's own COPY has it.
func (e *Encoder) AppendCSV(dst []byte, row [][]byte) []byte {
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch {
		case v == nil && len(row) > 1:
		case v == nil:
			// A line with nothing in it is none to readers of CSV.
			dst = append(dst, `""`...)
		default:
			start := len(e.scratch)
			e.scratch = e.appendCell(e.scratch, i, v, e.limits.Value)
			dst = e.appendCSVField(dst, e.scratch[start:], e.forms[i].form == words)
			e.scratch = e.scratch[:start]
		}
	}
	e.row++
	return append(dst, '\n')
}

func (e *Encoder) appendCSVField(dst, text []byte, typed bool) []byte {
	formula := e.limits.Formulas && typed && len(text) > 0 && bytes.IndexByte([]byte("=+-@\t\r"), text[0]) >= 0
	if len(text) > 0 && !bytes.ContainsAny(text, ",\"\r\n") && text[0] != ' ' && text[len(text)-1] != ' ' {
		if formula {
			dst = append(dst, '\'')
		}
		return append(dst, text...)
	}
	dst = append(dst, '"')
	if formula {
		dst = append(dst, '\'')
	}
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			return append(append(dst, text...), '"')
		}
		dst = append(append(dst, text[:i+1]...), '"')
		text = text[i+1:]
	}
}

// maxCell is the most of one value in a Markdown table, which is for people.
const maxCell = 1 << 10

// AppendMarkdownHeader appends the names of the columns and the line below them,
// numbers to the right.
func (e *Encoder) AppendMarkdownHeader(dst []byte) []byte {
	for _, c := range e.columns {
		dst = appendMarkdownText(append(dst, '|'), []byte(c.Name))
	}
	dst = append(dst, "|\n"...)
	for i := range e.columns {
		if e.forms[i].form.number() {
			dst = append(dst, "|-:"...)
		} else {
			dst = append(dst, "|-"...)
		}
	}
	return append(dst, "|\n"...)
}

// AppendMarkdown appends a row as a line of a table in GitHub's Markdown. NULL is
// empty and an empty text is "". Nothing in a cell is markup: it makes no link
// and loads no image.
func (e *Encoder) AppendMarkdown(dst []byte, row [][]byte) []byte {
	for i, v := range row {
		dst = append(dst, '|')
		switch {
		case v == nil:
		case len(v) == 0:
			dst = append(dst, `""`...)
		default:
			start := len(e.scratch)
			e.scratch = e.appendCell(e.scratch, i, v, min(maxCell, e.limits.Value))
			dst = appendMarkdownText(dst, e.scratch[start:])
			e.scratch = e.scratch[:start]
		}
	}
	e.row++
	return append(dst, "|\n"...)
}

// appendCell appends a value as text, in the form that its column has in JSON but
// for arrays and documents, which stay as PostgreSQL wrote them.
func (e *Encoder) appendCell(dst []byte, column int, text []byte, limit int) []byte {
	if len(text) > limit {
		head, tail := e.shorten(column, text, limit)
		return append(append(dst, head...), tail...)
	}
	switch e.forms[column].form {
	case boolean:
		switch string(text) {
		case "t":
			return append(dst, "true"...)
		case "f":
			return append(dst, "false"...)
		}
	case moment:
		if out, ok := appendMoment(dst, text); ok {
			return out
		}
	}
	return append(dst, text...)
}

// appendMarkdownText appends text on one line, with a backslash before what
// begins markup.
func appendMarkdownText(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' || c == '|' || c == '`' || c == '<' || c == '[':
			dst = append(dst, '\\', c)
			i++
		case c == '\n':
			dst = append(dst, `\n`...)
			i++
		case c == '\r':
			dst = append(dst, `\r`...)
			i++
		case c < ' ' || c == 0x7f:
			dst = append(dst, ' ')
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRune(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return dst
}
