package lexer

// number reads a number, which begins with a digit or with a dot and a digit.
func (l *Lexer) number() error {
	start := l.pos
	if l.src[start] == '0' && l.radix() {
		return l.alone(start)
	}
	l.digits()
	// The dots of 1..10 are a token of their own.
	if l.at(0) == '.' && l.at(1) != '.' {
		l.pos++
		if isDigit(l.at(0)) {
			l.digits()
		}
	}
	if l.at(0)|0x20 == 'e' {
		sign := 0
		if c := l.at(1); c == '+' || c == '-' {
			sign = 1
		}
		if isDigit(l.at(1 + sign)) {
			l.pos += 1 + sign
			l.digits()
		}
	}
	return l.alone(start)
}

// radix reads 0x1F, 0o17 and 0b11, and says whether there is one.
func (l *Lexer) radix() bool {
	digit := isHex
	switch l.at(1) | 0x20 {
	case 'x':
	case 'o':
		digit = func(c byte) bool { return '0' <= c && c <= '7' }
	case 'b':
		digit = func(c byte) bool { return c == '0' || c == '1' }
	default:
		return false
	}
	end := l.pos + 2
	for end < len(l.src) {
		if l.src[end] == '_' && end+1 < len(l.src) && digit(l.src[end+1]) {
			end++
		} else if !digit(l.src[end]) {
			break
		}
		end++
	}
	if end == l.pos+2 {
		return false
	}
	l.pos = end
	return true
}

// digits reads decimal digits with single underscores between them.
func (l *Lexer) digits() {
	for isDigit(l.at(0)) || l.at(0) == '_' && isDigit(l.at(1)) {
		l.pos++
	}
}

// alone refuses a number with letters, or digits of another base, behind it, which the server
// refuses from version 15 on and reads as a number and a name before.
func (l *Lexer) alone(start int) error {
	if c := l.at(0); isStart(c) || isDigit(c) {
		return &Error{"letters or digits follow a number: put a space between", start}
	}
	return nil
}
