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
	base       uint8
	start, end int
	// text is a number without prefix and separators, a name, the function a
	// root sign stands for, or the value of a superscript.
	text string
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
	var t token
	l.read(&t, at)
	return t
}

// read puts the token at or after the position at into t, without copies of
// what occurs most.
func (l *lexer) read(t *token, at int) {
	at = l.skipSpace(at)
	if at >= len(l.src) {
		*t = token{kind: tokEOF, start: len(l.src), end: len(l.src)}
		return
	}
	c := l.src[at]
	switch {
	case isDigit(c) || c == '.' && l.digitAt(at+1):
		if end := l.plain(at); end > 0 {
			*t = token{kind: tokNumber, base: 10, start: at, end: end, text: l.src[at:end]}
			return
		}
		*t = l.number(at)
	case isLetter(c) || c >= utf8.RuneSelf && unitLetter(l.src[at:]) > 0:
		*t = l.name(at)
	case c < utf8.RuneSelf:
		kind, op, n := l.sign(at, c)
		if kind == tokBad {
			*t = l.foreign(at, c)
			return
		}
		*t = token{kind: kind, op: op, start: at, end: at + n}
	default:
		*t = l.unicode(at)
	}
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

// sign is the operator of n bytes, or the bracket, that begins with the ASCII
// character c; tokBad if none does.
func (l *lexer) sign(at int, c byte) (kind tokenKind, op Op, n int) {
	next := l.at(at + 1)
	switch c {
	case '+':
		return tokOp, Add, 1
	case '-':
		return tokOp, Sub, 1
	case '*':
		if next == '*' {
			return tokOp, Pow, 2
		}
		return tokOp, Mul, 1
	case '/':
		if next == '/' {
			return tokOp, FloorDiv, 2
		}
		return tokOp, Div, 1
	case '^':
		return tokOp, Pow, 1
	case '%':
		return tokPercent, 0, 1
	case '!':
		if next == '=' && l.at(at+2) != '=' {
			return tokOp, Ne, 2
		}
		return tokBang, 0, 1
	case '<':
		if next == '=' {
			return tokOp, Le, 2
		}
		if next != '<' {
			return tokOp, Lt, 1
		}
	case '>':
		if next == '=' {
			return tokOp, Ge, 2
		}
		if next != '>' {
			return tokOp, Gt, 1
		}
	case '=':
		if next == '=' {
			return tokOp, Eq, 2
		}
	case '(':
		return tokLeft, 0, 1
	case ')':
		return tokRight, 0, 1
	case '[':
		return tokLeftBracket, 0, 1
	case ']':
		return tokRightBracket, 0, 1
	case ',':
		return tokComma, 0, 1
	}
	return tokBad, 0, 0
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
		return bad(at, `"&" is not an operator`, `write bitand(a, b) for bits, "and" for truth values`)
	case '~':
		return bad(at, `"~" is not an operator`, "write bitnot(n)")
	case '|':
		if double {
			return bad(at, `"||" is not an operator`, `write "or"`)
		}
		return bad(at, `"|" is not an operator`, "write abs(x) for |x|, bitor(a, b) for bits")
	case '<':
		return bad(at, `"<<" is not an operator`, "write shl(x, n), which is x*2^n")
	case '>':
		return bad(at, `">>" is not an operator`, "write shr(x, n), which is x//2^n")
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
	if name, size := l.temperature(at, r, n); name != "" {
		return token{kind: tokName, text: name, start: at, end: at + size}
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

// unitLetters spells the letters of units that are not ASCII.
var unitLetters = strings.NewReplacer("\u00b5", "u", "\u03bc", "u", "\u03a9", "ohm", "\u2126", "ohm", "\u00c5", "angstrom", "\u212b", "angstrom")

// unitLetter is the length of the letter at the beginning of s if it is one of
// those that only units have, else 0.
func unitLetter(s string) int {
	if s[0] < utf8.RuneSelf {
		return 0
	}
	switch r, n := utf8.DecodeRuneInString(s); r {
	case '\u00b5', '\u03bc', '\u03a9', '\u2126', '\u00c5', '\u212b':
		return n
	}
	return 0
}

// temperature is the name of the unit that the sign r of n bytes begins, such
// as °C, and its length.
func (l *lexer) temperature(at int, r rune, n int) (name string, size int) {
	switch r {
	case '℃':
		return "degC", n
	case '℉':
		return "degF", n
	case '°':
		c, after := l.at(at+n), l.at(at+n+1)
		if (c == 'C' || c == 'F' || c == 'R') && !isLetter(after) && !isDigit(after) && after != '(' {
			return "deg" + string(c), n + 1
		}
	}
	return "", 0
}

func (l *lexer) name(at int) token {
	end, ascii := at, true
	for end < len(l.src) {
		c := l.src[end]
		if isLetter(c) || isDigit(c) || c == '_' {
			end++
			continue
		}
		n := unitLetter(l.src[end:])
		if n == 0 {
			break
		}
		end += n
		ascii = false
	}
	t := token{kind: tokName, start: at, end: end, text: l.src[at:end]}
	if !ascii {
		t.text = unitLetters.Replace(t.text)
	}
	switch t.text {
	case "and":
		t.kind, t.op = tokOp, And
	case "or":
		t.kind, t.op = tokOp, Or
	case "xor":
		t.kind, t.op = tokOp, Xor
	case "not":
		t.kind, t.op = tokOp, Not
	case "to":
		t.kind, t.op = tokOp, To
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
