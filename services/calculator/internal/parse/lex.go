package parse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokBad
	tokNumber
	tokName
	tokOp
	tokLeft
	tokRight
	tokLeftBracket
	tokRightBracket
	tokComma
	tokBang
	tokPercent
	tokDegree
	tokSuperscript
	tokRoot
)

type token struct {
	kind       tokenKind
	op         Op
	base       int
	start, end int
	// text is a number without prefix and separators, a name, the function a
	// root sign stands for, or the value of a superscript.
	text string
	// note is the convention that reading the token relied on.
	note string
	err  *Error
}

// A lexer cuts tokens out of src. It has no position of its own, so that any
// token can be looked at twice.
type lexer struct {
	src string
	lim Limits
	// commas says that a comma separates arguments here.
	commas bool
}

// token is the token at or after the position at.
func (l *lexer) token(at int) token {
	at = l.skipSpace(at)
	if at >= len(l.src) {
		return token{kind: tokEOF, start: len(l.src), end: len(l.src)}
	}
	c := l.src[at]
	switch {
	case isDigit(c) || c == '.' && l.digitAt(at+1):
		return l.number(at)
	case isLetter(c):
		return l.name(at)
	case c < utf8.RuneSelf:
		return l.sign(at, c)
	}
	return l.unicode(at)
}

func (l *lexer) skipSpace(at int) int {
	for at < len(l.src) {
		switch c := l.src[at]; {
		case c == ' ' || '\t' <= c && c <= '\r':
			at++
		case c < utf8.RuneSelf:
			return at
		default:
			r, n := utf8.DecodeRuneInString(l.src[at:])
			if !unicode.IsSpace(r) {
				return at
			}
			at += n
		}
	}
	return at
}

// at is the byte at i, or 0 outside the source.
func (l *lexer) at(i int) byte {
	if uint(i) < uint(len(l.src)) {
		return l.src[i]
	}
	return 0
}

func (l *lexer) digitAt(i int) bool { return isDigit(l.at(i)) }

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func bad(at int, message, hint string) token {
	return token{kind: tokBad, start: at, end: at + 1, err: &Error{Reason: Syntax, Position: at, Message: message, Hint: hint}}
}

// sign reads an operator or a bracket made of ASCII characters.
func (l *lexer) sign(at int, c byte) token {
	next := l.at(at + 1)
	kind := func(k tokenKind) token { return token{kind: k, start: at, end: at + 1} }
	op := func(o Op, n int) token { return token{kind: tokOp, op: o, start: at, end: at + n} }
	switch c {
	case '+':
		return op(Add, 1)
	case '-':
		return op(Sub, 1)
	case '*':
		if next == '*' {
			return op(Pow, 2)
		}
		return op(Mul, 1)
	case '/':
		if next == '/' {
			return op(FloorDiv, 2)
		}
		return op(Div, 1)
	case '^':
		return op(Pow, 1)
	case '%':
		return kind(tokPercent)
	case '!':
		if next == '=' && l.at(at+2) != '=' {
			return op(Ne, 2)
		}
		return kind(tokBang)
	case '<':
		if next == '=' {
			return op(Le, 2)
		}
		if next != '<' {
			return op(Lt, 1)
		}
	case '>':
		if next == '=' {
			return op(Ge, 2)
		}
		if next != '>' {
			return op(Gt, 1)
		}
	case '=':
		if next == '=' {
			return op(Eq, 2)
		}
	case '(':
		return kind(tokLeft)
	case ')':
		return kind(tokRight)
	case '[':
		return kind(tokLeftBracket)
	case ']':
		return kind(tokRightBracket)
	case ',':
		return kind(tokComma)
	}
	return l.foreign(at, c)
}

// foreign explains a character that other languages have and this one has not.
func (l *lexer) foreign(at int, c byte) token {
	double := l.at(at+1) == c
	switch c {
	case '=':
		return bad(at, `"=" assigns nothing here`, "write == to compare")
	case '"', '\'', '`':
		return bad(at, "an expression has no strings", "write names and numbers without quotes; group digits with _ or not at all")
	case '.':
		if l.at(at+1) == '.' {
			return bad(at, `".." is not an operator`, "there are no ranges; write a list: [1, 2, 3]")
		}
		return bad(at, "there is no attribute access", "a decimal point stands between digits: 0.5")
	case '_':
		return bad(at, "a name or a number cannot begin with an underscore", "names begin with a letter")
	case '&':
		if double {
			return bad(at, `"&&" is not an operator`, `write "and"`)
		}
	case '|':
		if double {
			return bad(at, `"||" is not an operator`, `write "or"`)
		}
		return bad(at, `"|" is not an operator`, "write abs(x) for |x|")
	case '<':
		return bad(at, `"<<" is not an operator`, "write x*2^n")
	case '>':
		return bad(at, `">>" is not an operator`, "write x//2^n")
	case '$':
		return bad(at, "a currency sign is not part of a number", "write the amount alone")
	case ';', ':', '{', '}':
		return bad(at, fmt.Sprintf("%q is not part of an expression", c), "there are no statements, blocks or functions of one's own")
	case '#':
		return bad(at, "an expression has no comments", "")
	}
	if c < ' ' || c == 0x7f {
		return bad(at, fmt.Sprintf("the control character %U is not part of an expression", c), "")
	}
	return bad(at, fmt.Sprintf("%q is not part of an expression", c), "")
}

// symbol is what a single character beyond ASCII stands for.
func symbol(r rune) (kind tokenKind, op Op, text string) {
	switch r {
	case '×', '·', '⋅', '∙', '∗':
		return tokOp, Mul, ""
	case '÷', '∕', '⁄':
		return tokOp, Div, ""
	case '−':
		return tokOp, Sub, ""
	case '≠':
		return tokOp, Ne, ""
	case '≤':
		return tokOp, Le, ""
	case '≥':
		return tokOp, Ge, ""
	case '°':
		return tokDegree, 0, ""
	case '√':
		return tokRoot, 0, "sqrt"
	case '∛':
		return tokRoot, 0, "cbrt"
	case 'π':
		return tokName, 0, "pi"
	case 'τ':
		return tokName, 0, "tau"
	case 'φ', 'ϕ':
		return tokName, 0, "phi"
	}
	return tokBad, 0, ""
}

func (l *lexer) unicode(at int) token {
	r, n := utf8.DecodeRuneInString(l.src[at:])
	if r == utf8.RuneError && n == 1 {
		return bad(at, "the expression is not valid UTF-8", "")
	}
	if kind, op, text := symbol(r); kind != tokBad {
		return token{kind: kind, op: op, text: text, start: at, end: at + n}
	}
	if superscriptDigit(r) != 0 {
		return l.superscript(at)
	}
	t := bad(at, fmt.Sprintf("%q is not part of an expression", r), "")
	switch r {
	case '–', '—':
		t.err.Hint = `write "-" for minus`
	case '∞':
		t.err.Message = "infinity is not a number"
	case '‘', '’', '“', '”', '«', '»':
		t.err.Message = "an expression has no strings"
	case '€', '£', '¥':
		t.err.Message, t.err.Hint = "a currency sign is not part of a number", "write the amount alone"
	case '½', '¼', '¾', '⅓', '⅔':
		t.err.Hint = "write a fraction as 1/2"
	case '∑', '∏', '∫':
		t.err.Hint = "write a function call, for example sum(1, 2, 3)"
	}
	if unicode.IsLetter(r) {
		t.err.Message = fmt.Sprintf("the letter %q is not part of any name", r)
		t.err.Hint = "names have the letters a to z"
	}
	return t
}

func superscriptDigit(r rune) byte {
	switch r {
	case '⁻':
		return '-'
	case '¹':
		return '1'
	case '²':
		return '2'
	case '³':
		return '3'
	case '⁰', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹':
		return '0' + byte(r-'⁰')
	}
	return 0
}

func (l *lexer) superscript(at int) token {
	t := token{kind: tokSuperscript, start: at}
	digits := make([]byte, 0, 8)
	for i, r := range l.src[at:] {
		c := superscriptDigit(r)
		if c == 0 {
			break
		}
		digits = append(digits, c)
		t.end = at + i + utf8.RuneLen(r)
	}
	t.text = string(digits)
	if number := strings.TrimPrefix(t.text, "-"); number == "" || strings.Contains(number, "-") {
		return bad(at, "a superscript is an integer", "write ^ and parentheses for other powers")
	}
	if len(t.text) > l.lim.Digits {
		return l.tooLong(at, len(t.text))
	}
	return t
}

func (l *lexer) name(at int) token {
	end := at + 1
	for end < len(l.src) && (isLetter(l.src[end]) || isDigit(l.src[end]) || l.src[end] == '_') {
		end++
	}
	t := token{kind: tokName, start: at, end: end, text: l.src[at:end]}
	switch t.text {
	case "and":
		t.kind, t.op = tokOp, And
	case "or":
		t.kind, t.op = tokOp, Or
	case "xor":
		t.kind, t.op = tokOp, Xor
	case "not":
		t.kind, t.op = tokOp, Not
	case "of":
		t.kind, t.op = tokOp, Of
	case "mod":
		// mod(7, 3) is a call, 7 mod (3) an operation: only the parser knows.
		t.op = Mod
	case "import", "from", "lambda", "def", "class", "return", "yield", "del", "global", "exec", "eval",
		"for", "while", "if", "else", "let", "var", "const", "function", "print":
		return bad(at, fmt.Sprintf("%q is not part of an expression", t.text),
			"an expression has numbers, names of constants, operators and calls of functions")
	}
	return t
}
