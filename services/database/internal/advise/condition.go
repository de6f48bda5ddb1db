package advise

import (
	"slices"
	"strings"
)

// Bounds of an expression that is looked into. A longer one is left alone: it
// is a list of constants, or nothing that an index helps.
const (
	maxExpression = 64 << 10
	maxNesting    = 50
	maxPredicates = 50
)

// Column is a column in a plan: the alias of its scan, and its name.
type Column struct{ Alias, Name string }

// form is how a predicate compares a column.
type form int

const (
	equal   form = iota // =, = ANY, IS NULL, a boolean as it stands
	span                // <, <=, >, >=
	pattern             // LIKE, ILIKE and regular expressions
	inside              // the column is inside an expression that is compared
)

// predicate is a comparison of a column: one that a B-tree of it can answer, or a
// pattern or inside, which it cannot.
type predicate struct {
	column Column
	form   form
	other  *Column // the column of another scan that it is compared with, nil for a constant
	either bool    // it is one side of an OR
	cast   string  // the type that the column is read as, "" for its own
}

// conditions returns the predicates in an expression as EXPLAIN (VERBOSE)
// writes it: each operator in parentheses, each column with its alias. What it
// does not understand it leaves out.
func conditions(expression string) []predicate {
	if len(expression) > maxExpression {
		return nil
	}
	p := parser{tokens: scan(expression)}
	if !p.match() {
		return nil
	}
	p.condition(0, len(p.tokens), false, 0)
	return p.found
}

// key returns the column of one sort or group key, and whether the order is
// descending. ok is false for an expression.
func key(s string) (c Column, descending, ok bool) {
	if len(s) > maxExpression {
		return Column{}, false, false
	}
	p := parser{tokens: scan(s)}
	hi := len(p.tokens)
	for hi > 0 && p.tokens[hi-1].kind == word && slices.Contains([]string{"DESC", "NULLS", "FIRST", "LAST"}, p.tokens[hi-1].text) {
		descending = descending || p.tokens[hi-1].text == "DESC"
		hi--
	}
	if !p.match() {
		return Column{}, false, false
	}
	c, cast, ok := p.column(0, hi)
	return c, descending, ok && cast == ""
}

type kind int

const (
	word     kind = iota // a keyword or a name as it stands
	quoted               // a "name"
	literal              // a string, a number, $1
	operator             // =, <, ~~, ::
	mark                 // ( ) [ ] , .
)

type token struct {
	kind kind
	text string
}

const operators = "+-*/<>=~!@#%^&|`?:"

// scan splits an expression. Only what ends a token matters here: that a quote
// or a parenthesis in a constant is not taken for one of the expression.
func scan(s string) []token {
	var list []token
	for i := 0; i < len(s); {
		c := s[i]
		begin := i
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
			continue
		case c == '\'':
			escapes := begin > 0 && s[begin-1] == 'E' && len(list) > 0 && list[len(list)-1].text == "E"
			if escapes {
				list = list[:len(list)-1]
			}
			for i++; i < len(s); i++ {
				if escapes && s[i] == '\\' {
					i++
				} else if s[i] == '\'' {
					if i+1 >= len(s) || s[i+1] != '\'' {
						break
					}
					i++
				}
			}
			i = min(i+1, len(s))
			list = append(list, token{literal, ""})
		case c == '"':
			var name strings.Builder
			for i++; i < len(s); i++ {
				if s[i] == '"' {
					if i+1 >= len(s) || s[i+1] != '"' {
						break
					}
					i++
				}
				name.WriteByte(s[i])
			}
			i = min(i+1, len(s))
			list = append(list, token{quoted, name.String()})
		case c >= '0' && c <= '9' || c == '$':
			for i++; i < len(s) && (s[i] == '.' || within(s[i])); i++ {
			}
			list = append(list, token{literal, s[begin:i]})
		case within(c):
			for i++; i < len(s) && within(s[i]); i++ {
			}
			list = append(list, token{word, s[begin:i]})
		case strings.IndexByte(operators, c) >= 0:
			for i++; i < len(s) && strings.IndexByte(operators, s[i]) >= 0; i++ {
			}
			list = append(list, token{operator, s[begin:i]})
		default:
			i++
			list = append(list, token{mark, s[begin:i]})
		}
	}
	return list
}

// within reports whether c may be inside a name.
func within(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

type parser struct {
	tokens []token
	pairs  []int // of a parenthesis or bracket: where its other half is
	found  []predicate
}

// match pairs the parentheses; it is false if they do not pair.
func (p *parser) match() bool {
	p.pairs = make([]int, len(p.tokens))
	var open []int
	for i, t := range p.tokens {
		if t.kind != mark {
			continue
		}
		switch t.text {
		case "(", "[":
			open = append(open, i)
		case ")", "]":
			if len(open) == 0 {
				return false
			}
			o := open[len(open)-1]
			open = open[:len(open)-1]
			p.pairs[o], p.pairs[i] = i, o
		}
	}
	return len(open) == 0
}

func (p *parser) is(i int, kind kind, text string) bool {
	return i >= 0 && i < len(p.tokens) && p.tokens[i].kind == kind && p.tokens[i].text == text
}

// inside takes off the parentheses around all of it.
func (p *parser) inside(lo, hi int) (int, int) {
	for hi-lo >= 2 && p.is(lo, mark, "(") && p.pairs[lo] == hi-1 {
		lo, hi = lo+1, hi-1
	}
	return lo, hi
}

// top returns where the tokens outside of all parentheses are that ok accepts.
func (p *parser) top(lo, hi int, ok func(token) bool) []int {
	var at []int
	for i := lo; i < hi; i++ {
		if p.is(i, mark, "(") || p.is(i, mark, "[") {
			i = p.pairs[i]
		} else if ok(p.tokens[i]) {
			at = append(at, i)
		}
	}
	return at
}

func (p *parser) condition(lo, hi int, either bool, depth int) {
	lo, hi = p.inside(lo, hi)
	if lo >= hi || depth > maxNesting || len(p.found) >= maxPredicates || p.is(lo, word, "NOT") || p.is(lo, word, "CASE") {
		return
	}
	for _, connective := range []string{"OR", "AND"} {
		at := p.top(lo, hi, func(t token) bool { return t == token{word, connective} })
		if len(at) == 0 {
			continue
		}
		for _, end := range append(at, hi) {
			p.condition(lo, end, either || connective == "OR", depth+1)
			lo = end + 1
		}
		return
	}
	p.comparison(lo, hi, either)
}

func (p *parser) comparison(lo, hi int, either bool) {
	at := p.top(lo, hi, func(t token) bool { return t.kind == operator && t.text != "::" })
	if len(at) == 0 {
		if p.is(hi-1, word, "NULL") && p.is(hi-2, word, "IS") {
			hi -= 2
		}
		if c, cast, ok := p.column(lo, hi); ok {
			p.found = append(p.found, predicate{column: c, form: equal, either: either, cast: cast})
		}
		return
	}
	if len(at) > 1 {
		return
	}
	var f form
	switch p.tokens[at[0]].text {
	case "=":
		f = equal
	case "<", "<=", ">", ">=":
		f = span
	case "~~", "~~*", "~", "~*":
		f = pattern
	default:
		return
	}
	left, leftCast, isLeft := p.column(lo, at[0])
	right, rightCast, isRight := p.column(at[0]+1, hi)
	switch {
	case isLeft && isRight && left.Alias != right.Alias:
		p.found = append(p.found, predicate{left, f, &right, either, leftCast}, predicate{right, f, &left, either, rightCast})
	case isLeft && !isRight && p.constant(at[0]+1, hi):
		p.found = append(p.found, predicate{left, f, nil, either, leftCast})
	case isRight && !isLeft && p.constant(lo, at[0]):
		p.found = append(p.found, predicate{right, f, nil, either, rightCast})
	case f != pattern && !isLeft && !isRight && p.constant(at[0]+1, hi):
		if c, ok := p.only(lo, at[0]); ok {
			p.found = append(p.found, predicate{column: c, form: inside, either: either})
		}
	}
}

// only returns the column in an expression if it has one and no other.
func (p *parser) only(lo, hi int) (c Column, ok bool) {
	for i := lo; i+2 < hi; i++ {
		if one, _, is := p.column(i, i+3); is && !p.is(i-1, operator, "::") && !p.is(i+3, mark, "(") {
			if ok && one != c {
				return c, false
			}
			c, ok = one, true
		}
	}
	return c, ok
}

// column returns the column that stands there, and the type it is cast to.
func (p *parser) column(lo, hi int) (c Column, cast string, ok bool) {
	lo, hi = p.inside(lo, hi)
	if at := p.top(lo, hi, func(t token) bool { return t == token{operator, "::"} }); len(at) == 1 {
		var words []string
		for _, t := range p.tokens[at[0]+1 : hi] {
			words = append(words, t.text)
		}
		lo, hi = p.inside(lo, at[0])
		cast = strings.Join(words, " ")
	}
	if hi-lo != 3 || !p.name(lo) || !p.is(lo+1, mark, ".") || !p.name(lo+2) {
		return Column{}, "", false
	}
	return Column{p.tokens[lo].text, p.tokens[lo+2].text}, cast, true
}

func (p *parser) name(i int) bool { return p.tokens[i].kind == word || p.tokens[i].kind == quoted }

// constant reports whether no column is in there. A name of two parts is a
// column unless it is that of a type or a function.
func (p *parser) constant(lo, hi int) bool {
	for i := lo; i+2 < hi; i++ {
		if p.name(i) && p.is(i+1, mark, ".") && p.name(i+2) && !p.is(i-1, operator, "::") && !p.is(i+3, mark, "(") {
			return false
		}
	}
	return true
}
