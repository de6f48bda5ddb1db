// Package lexer cuts SQL into tokens exactly where PostgreSQL does, with
// standard_conforming_strings on: what looks like a call, a semicolon or a
// keyword here is one for the server, and what is inside a string, a comment or
// a quoted name here is inside one there.
//
// The rules are those of PostgreSQL 16 to 18. Where 13 to 15 differ, the server
// refuses the statement or reads the same tokens, with one difference that the
// lexer refuses: letters directly behind a number. The guarantee: of a text that
// a server accepts the tokens are the same. Text that a server refuses may pass.
//
// Start with [New] and [Lexer.Next]; [Name] is what an identifier means.
package lexer

import "strings"

// Kind says what a token is.
type Kind uint8

// The kinds.
const (
	EOF          Kind = iota
	Ident             // a name or a keyword, not quoted
	Quoted            // "name"
	Unicode           // U&"name"
	String            // '…', E'…', B'…', X'…', U&'…', $tag$…$tag$; of N'…' without the N, which is an Ident
	Number            // 1, 1.5e3, 0x1F, 1_000
	Param             // $1
	Operator          // + - <> || and so on; also * of count(*)
	Typecast          // ::
	Assign            // := and =>, which name an argument
	DotDot            // ..
	Dot               // .
	Comma             // ,
	Semicolon         // ;
	Colon             // :
	LeftParen         // (
	RightParen        // )
	LeftBracket       // [
	RightBracket      // ]
	Other             // a character that is in no PostgreSQL token
)

// Token is a piece of the text: what is from Start up to End.
type Token struct {
	Kind       Kind
	Start, End int
}

// Error is why a text has no tokens from Offset on.
type Error struct {
	Message string
	Offset  int
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Lexer reads the tokens of one text. It allocates nothing but an error.
type Lexer struct {
	src string
	pos int
}

// New returns a lexer that is at the beginning of src.
func New(src string) Lexer { return Lexer{src: src} }

// Next returns the next token that is neither space nor comment; at the end of
// the text, and behind it, one of kind [EOF]. The error is an [*Error].
func (l *Lexer) Next() (Token, error) {
	if err := l.space(); err != nil {
		return Token{}, err
	}
	start := l.pos
	if start >= len(l.src) {
		return Token{EOF, start, start}, nil
	}
	kind, err := l.token()
	if err != nil {
		return Token{}, err
	}
	return Token{kind, start, l.pos}, nil
}

// at returns the byte i behind the position, 0 behind the end.
func (l *Lexer) at(i int) byte {
	if l.pos+i < len(l.src) {
		return l.src[l.pos+i]
	}
	return 0
}

// space skips white space and comments.
func (l *Lexer) space() error {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '-' && l.at(1) == '-':
			l.lineComment()
		case c == '/' && l.at(1) == '*':
			if err := l.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// lineComment skips a -- comment, which a carriage return ends too.
func (l *Lexer) lineComment() {
	if i := strings.IndexAny(l.src[l.pos:], "\n\r"); i >= 0 {
		l.pos += i
		return
	}
	l.pos = len(l.src)
}

func (l *Lexer) comment() error {
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '/' && l.at(1) == '*':
			depth++
			l.pos += 2
		case c == '*' && l.at(1) == '/':
			depth--
			l.pos += 2
			if depth == 0 {
				return nil
			}
		default:
			l.pos++
		}
	}
	return &Error{"a /* comment is not ended; comments nest, each /* needs its */", start}
}

func (l *Lexer) token() (Kind, error) {
	switch c := l.src[l.pos]; c {
	case '\'':
		return String, l.quoted(false, true)
	case '"':
		return Quoted, l.quotedName()
	case 'e', 'E', 'b', 'B', 'x', 'X':
		if l.at(1) == '\'' {
			l.pos++
			return String, l.quoted(c|0x20 == 'e', c|0x20 == 'e')
		}
	case 'u', 'U':
		if l.at(1) == '&' && l.at(2) == '\'' {
			l.pos += 2
			return String, l.quoted(false, true)
		}
		if l.at(1) == '&' && l.at(2) == '"' {
			l.pos += 2
			return Unicode, l.quotedName()
		}
	case '$':
		return l.dollar()
	case '.':
		switch {
		case isDigit(l.at(1)):
			return Number, l.number()
		case l.at(1) == '.':
			l.pos += 2
			return DotDot, nil
		}
		l.pos++
		return Dot, nil
	case ':':
		l.pos++
		switch l.at(0) {
		case ':':
			l.pos++
			return Typecast, nil
		case '=':
			l.pos++
			return Assign, nil
		}
		return Colon, nil
	}
	return l.plain()
}

// plain reads the tokens that their first byte tells.
func (l *Lexer) plain() (Kind, error) {
	c := l.src[l.pos]
	switch {
	case isStart(c):
		l.pos++
		for l.pos < len(l.src) && isContinued(l.src[l.pos]) {
			l.pos++
		}
		return Ident, nil
	case isDigit(c):
		return Number, l.number()
	case isOperator(c):
		return l.operator()
	}
	l.pos++
	switch c {
	case ',':
		return Comma, nil
	case ';':
		return Semicolon, nil
	case '(':
		return LeftParen, nil
	case ')':
		return RightParen, nil
	case '[':
		return LeftBracket, nil
	case ']':
		return RightBracket, nil
	}
	return Other, nil
}

// quoted reads a string at its first quote, with what continues it on later
// lines. With escapes a backslash takes the byte behind it along; with doubles a
// quote written twice is one inside, which it is not in B'…' and X'…'.
func (l *Lexer) quoted(escapes, doubles bool) error {
	start := l.pos
	for {
		l.pos++
		for l.pos < len(l.src) && l.src[l.pos] != '\'' {
			if escapes && l.src[l.pos] == '\\' {
				l.pos++
			}
			l.pos++
		}
		if l.pos >= len(l.src) {
			l.pos = len(l.src)
			return &Error{"a string is not ended: a quote inside one is written twice", start}
		}
		l.pos++
		if (!doubles || l.at(0) != '\'') && !l.continued() {
			return nil
		}
	}
}

// continued moves to the quote that goes on with a string, if there is one: with
// nothing but space between, a line's end in it, and -- comments.
func (l *Lexer) continued() bool {
	start, line := l.pos, false
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\n' || c == '\r':
			line = true
			l.pos++
		case isSpace(c):
			l.pos++
		case c == '-' && l.at(1) == '-':
			l.lineComment()
		case c == '\'' && line:
			return true
		default:
			l.pos = start
			return false
		}
	}
	l.pos = start
	return false
}

func (l *Lexer) quotedName() error {
	start := l.pos
	for {
		i := strings.IndexByte(l.src[l.pos+1:], '"')
		if i < 0 {
			return &Error{"a quoted name is not ended: a double quote inside one is written twice", start}
		}
		l.pos += i + 2
		if l.at(0) != '"' {
			break
		}
	}
	if l.pos == start+2 {
		return &Error{"a quoted name is empty", start}
	}
	return nil
}

// dollar reads what begins with a dollar: a parameter, a string, or nothing.
func (l *Lexer) dollar() (Kind, error) {
	start := l.pos
	if isDigit(l.at(1)) {
		for l.pos++; isDigit(l.at(0)); {
			l.pos++
		}
		if isStart(l.at(0)) {
			return Param, &Error{"letters follow a parameter: put a space between", start}
		}
		return Param, nil
	}
	end := start + 1
	if end < len(l.src) && isStart(l.src[end]) {
		for end < len(l.src) && (isStart(l.src[end]) || isDigit(l.src[end])) {
			end++
		}
	}
	if end >= len(l.src) || l.src[end] != '$' {
		l.pos++
		return Other, nil
	}
	tag := l.src[start : end+1]
	i := strings.Index(l.src[end+1:], tag)
	if i < 0 {
		return String, &Error{"a string is not ended by " + short(tag), start}
	}
	l.pos = end + 1 + i + len(tag)
	return String, nil
}

func short(tag string) string {
	if len(tag) > 32 {
		return "its dollar tag"
	}
	return tag
}

func isSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func isContinued(c byte) bool { return isStart(c) || isDigit(c) || c == '$' }
