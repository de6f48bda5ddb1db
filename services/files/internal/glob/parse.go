package glob

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	errOpenSet   = errors.New("a [ has no ]")
	errBackslash = errors.New(`it ends with a \`)
	errBomb      = fmt.Errorf("its braces stand for more than %d patterns", maxAlternatives)
)

// parser reads a pattern without braces.
type parser struct {
	src   string
	at    int
	bytes bool
	fold  bool
}

// segments reads all of the pattern. A slash in brackets is not a separator.
func (p *parser) segments() ([]segment, error) {
	var segs []segment
	var toks []token
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			toks = append(toks, token{op: opText, text: text.String()})
			text.Reset()
		}
	}
	start := 0
	end := func(raw string) {
		flush()
		if len(raw) >= 2 && strings.Trim(raw, "*") == "" {
			segs = append(segs, segment{deep: true})
		} else {
			segs = append(segs, newSegment(toks, p.bytes))
		}
		toks = nil
	}
	for p.at < len(p.src) {
		c := p.src[p.at]
		switch {
		case c == '/' || c == '\\' && strings.HasPrefix(p.src[p.at+1:], "/"):
			end(p.src[start:p.at])
			p.at++
			if c == '\\' {
				p.at++
			}
			start = p.at
		case c == '*':
			flush()
			if len(toks) == 0 || toks[len(toks)-1].op != opStar {
				toks = append(toks, token{op: opStar})
			}
			p.at++
		case c == '?':
			flush()
			toks = append(toks, token{op: opOne})
			p.at++
		case c == '[':
			flush()
			s, err := p.set()
			if err != nil {
				return nil, err
			}
			toks = append(toks, token{op: opSet, set: s})
		default:
			if c == '\\' {
				if p.at++; p.at == len(p.src) {
					return nil, errBackslash
				}
			}
			r, raw := p.char()
			if p.fold && unicode.SimpleFold(r) != r {
				flush()
				toks = append(toks, token{op: opFold, r: r})
				continue
			}
			text.WriteString(raw)
		}
	}
	end(p.src[start:])
	return segs, nil
}

// char reads one character.
func (p *parser) char() (rune, string) {
	r, n := rune(p.src[p.at]), 1
	if !p.bytes && r >= utf8.RuneSelf {
		r, n = utf8.DecodeRuneInString(p.src[p.at:])
	}
	p.at += n
	return r, p.src[p.at-n : p.at]
}

// set reads a bracket expression as the C library's fnmatch and git do: a ]
// that comes first is a member, and a backslash takes the meaning of what
// follows.
func (p *parser) set() (*set, error) {
	s := new(set)
	p.at++
	if p.at < len(p.src) && (p.src[p.at] == '!' || p.src[p.at] == '^') {
		s.negated = true
		p.at++
	}
	last := rune(-1) // what a range may begin with
	for first := true; ; first = false {
		if p.at >= len(p.src) {
			return nil, errOpenSet
		}
		switch c := p.src[p.at]; {
		case c == ']' && !first:
			p.at++
			if p.fold {
				s.fold()
			}
			return s, nil
		case c == '-' && last >= 0 && p.at+1 < len(p.src) && p.src[p.at+1] != ']':
			p.at++
			to, err := p.member()
			if err != nil {
				return nil, err
			}
			s.add(last, to)
			last = -1
		case c == '[' && strings.HasPrefix(p.src[p.at+1:], ":"):
			named, err := p.named(s)
			if err != nil {
				return nil, err
			}
			last = -1
			if !named {
				s.add('[', '[')
				p.at++
				last = '['
			}
		default:
			r, err := p.member()
			if err != nil {
				return nil, err
			}
			s.add(r, r)
			last = r
		}
	}
}

func (p *parser) member() (rune, error) {
	if p.src[p.at] == '\\' {
		p.at++
	}
	if p.at >= len(p.src) {
		return 0, errOpenSet
	}
	r, _ := p.char()
	return r, nil
}

// named reads a [:class:] if there is one.
func (p *parser) named(s *set) (bool, error) {
	rest := p.src[p.at+2:]
	i := strings.IndexByte(rest, ']')
	if i < 0 {
		return false, errOpenSet
	}
	if i == 0 || rest[i-1] != ':' {
		return false, nil
	}
	in, ok := classes[rest[:i-1]]
	if !ok {
		return false, fmt.Errorf("there is no class [:%s:]", rest[:i-1])
	}
	for c := rune(0); c < utf8.RuneSelf; c++ {
		if in(byte(c)) {
			s.add(c, c)
		}
	}
	p.at += 2 + i + 1
	return true, nil
}

var classes = map[string]func(byte) bool{
	"alnum":  func(c byte) bool { return isAlpha(c) || isDigit(c) },
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
	"lower":  func(c byte) bool { return 'a' <= c && c <= 'z' },
	"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
	"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c) },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"upper":  func(c byte) bool { return 'A' <= c && c <= 'Z' },
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' },
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// expand returns the patterns that the braces of s stand for.
func expand(s string) ([]string, error) {
	open, parts, end, err := findBraces(s)
	if err != nil {
		return nil, err
	}
	if open < 0 {
		return []string{s}, nil
	}
	tails, err := expand(s[end:])
	if err != nil {
		return nil, err
	}
	var out []string
	size := 0
	for _, part := range parts {
		middles, err := expand(part)
		if err != nil {
			return nil, err
		}
		for _, m := range middles {
			for _, t := range tails {
				one := s[:open] + m + t
				size += len(one)
				if len(out) == maxAlternatives || size > maxExpanded {
					return nil, errBomb
				}
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// findBraces finds the first pair of braces: where it opens, what its commas
// part, and what follows it.
func findBraces(s string) (open int, parts []string, end int, err error) {
	open = -1
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			// Braces and commas in brackets are members.
			p := parser{src: s, at: i}
			if _, err := p.set(); err != nil {
				return 0, nil, 0, err
			}
			i = p.at - 1
		case '{':
			if depth == 0 {
				open, from = i, i+1
			}
			depth++
		case ',':
			if depth == 1 {
				parts = append(parts, s[from:i])
				from = i + 1
			}
		case '}':
			switch depth {
			case 0:
				return 0, nil, 0, errors.New(`a } has no {; write \} for the character`)
			case 1:
				return open, append(parts, s[from:i]), i + 1, nil
			}
			depth--
		}
	}
	if depth > 0 {
		return 0, nil, 0, errors.New(`a { has no }; write \{ for the character`)
	}
	return -1, nil, 0, nil
}
