package lexer

// maxOperator is the length from which the server refuses an operator.
const maxOperator = 64

// operator reads an operator: the longest run of operator characters that no
// comment begins in. One of several characters ends with + or - only if it also
// has a character that no SQL operator has, so that 2*-1 has two operators and
// @- is one.
func (l *Lexer) operator() (Kind, error) {
	start := l.pos
	end := start
	for end < len(l.src) && isOperator(l.src[end]) {
		if end > start && end+1 < len(l.src) {
			if two := l.src[end : end+2]; two == "--" || two == "/*" {
				break
			}
		}
		end++
	}
	for end-start > 1 && (l.src[end-1] == '+' || l.src[end-1] == '-') && !special(l.src[start:end-1]) {
		end--
	}
	if end-start >= maxOperator {
		return Operator, &Error{"an operator is too long", start}
	}
	l.pos = end
	if l.src[start:end] == "=>" {
		return Assign, nil
	}
	return Operator, nil
}

// special says whether s has a character that lets an operator end with + or -.
func special(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '~', '!', '@', '#', '^', '&', '|', '`', '?', '%':
			return true
		}
	}
	return false
}

func isOperator(c byte) bool {
	switch c {
	case '~', '!', '@', '#', '^', '&', '|', '`', '?', '+', '-', '*', '/', '%', '<', '>', '=':
		return true
	}
	return false
}
