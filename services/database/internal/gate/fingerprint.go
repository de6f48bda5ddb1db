package gate

import (
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// maxFingerprint is the length of a fingerprint, in bytes.
const maxFingerprint = 500

// cut ends a fingerprint that does not tell all of a statement.
const cut = " …"

// Fingerprint returns what statements that differ in their values have in
// common, for traces and audit lines: each literal and parameter is $1, $2 and
// so on, a list of them is $1, …, names that are not quoted
// are in lower case, and comments are left out. It has no value of the
// statement in it, is one line of UTF-8, and of at most 500 bytes; what is
// longer, or is no text of PostgreSQL tokens from some place on, ends with "…".
func Fingerprint(sql string) string {
	if len(sql) > maxBytes {
		sql = sql[:maxBytes]
	}
	p := printer{src: sql}
	for l := lexer.New(sql); ; {
		t, err := l.Next()
		if err != nil || p.Len() > maxFingerprint {
			return p.end(true)
		}
		if t.Kind == lexer.EOF {
			return p.end(false)
		}
		p.add(t)
	}
}

// printer writes a fingerprint.
type printer struct {
	strings.Builder
	src    string
	last   lexer.Token
	values int
	list   int // values that came one behind the other with commas between
	comma  bool
}

func (p *printer) add(t lexer.Token) {
	switch t.Kind {
	case lexer.String, lexer.Number, lexer.Param:
		p.value(t)
	case lexer.Comma:
		p.flush()
		p.comma = true
	default:
		p.flush()
		p.list = 0
		text := p.src[t.Start:t.End]
		if t.Kind == lexer.Ident {
			text = lexer.Fold(text)
		}
		p.space(t)
		p.WriteString(text)
	}
	p.last = t
}

// value writes a literal, or of a list the first one.
func (p *printer) value(t lexer.Token) {
	if !p.comma {
		p.list = 0
	}
	if p.list++; p.list > 1 {
		p.comma = false
		if p.list == 2 {
			p.WriteString(", …")
		}
		return
	}
	p.flush()
	p.space(t)
	p.values++
	p.WriteByte('$')
	p.WriteString(strconv.Itoa(p.values))
}

// flush writes a comma that was held back.
func (p *printer) flush() {
	if p.comma {
		p.WriteByte(',')
		p.comma = false
	}
}

// space writes the space between two tokens, where one is customary.
func (p *printer) space(t lexer.Token) {
	if p.Len() == 0 {
		return
	}
	switch p.last.Kind {
	case lexer.LeftParen, lexer.LeftBracket, lexer.Dot, lexer.Typecast:
		return
	}
	switch t.Kind {
	case lexer.RightParen, lexer.LeftBracket, lexer.RightBracket, lexer.Dot, lexer.Semicolon, lexer.Typecast:
		return
	case lexer.LeftParen:
		if p.last.Kind == lexer.Ident || p.last.Kind == lexer.Quoted {
			return
		}
	}
	p.WriteByte(' ')
}

// end returns the fingerprint, cut where it is too long.
func (p *printer) end(more bool) string {
	p.flush()
	s := strings.ToValidUTF8(p.String(), "�")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' ' // of a quoted name, which must not begin a line of a log
		}
		return r
	}, s)
	if !more && len(s) <= maxFingerprint {
		return s
	}
	if len(s) > maxFingerprint-len(cut) {
		s = strings.ToValidUTF8(s[:maxFingerprint-len(cut)], "")
	}
	return s + cut
}
