package match

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is kept of a pattern's literals.
const (
	maxLiterals = 8
	maxLiteral  = 64 // bytes
)

// facts are what is known of the strings that an expression matches.
type facts struct {
	exact    []string // all of them, if they are few; else nil
	fold     bool     // letters in exact are equal in both cases
	required set
}

// A set is strings of which every match contains one; none if nothing is known.
type set struct {
	list []string
	fold bool
}

func (f facts) set() set {
	if f.exact != nil {
		return set{f.exact, f.fold}
	}
	return f.required
}

// pure reports whether containing a literal is all that matching takes.
func (f facts) pure(re *syntax.Regexp) bool {
	if f.exact == nil || asserts(re) {
		return false
	}
	return !f.fold || re.Op == syntax.OpLiteral
}

// asserts reports whether re looks at what surrounds a match.
func asserts(re *syntax.Regexp) bool {
	for _, op := range [...]syntax.Op{syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary} {
		if has(re, op) {
			return true
		}
	}
	return false
}

// factsOf looks at a simplified expression.
func factsOf(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpLiteral:
		if slices.Contains(re.Rune, utf8.RuneError) { // it matches what is not UTF-8 too
			return facts{}
		}
		fold := re.Flags&syntax.FoldCase != 0 && strings.ContainsFunc(string(re.Rune), hasCase)
		if s := string(re.Rune); len(s) <= maxLiteral {
			return facts{exact: []string{s}, fold: fold}
		}
		// A shorter one rules out as much.
		s := string(re.Rune)[:maxLiteral]
		return facts{required: set{[]string{strings.ToValidUTF8(s, "")}, fold}}
	case syntax.OpCharClass:
		if list := few(re.Rune); list != nil {
			return facts{exact: list}
		}
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
		return facts{exact: []string{""}}
	case syntax.OpCapture:
		return factsOf(re.Sub[0])
	case syntax.OpPlus:
		return facts{required: factsOf(re.Sub[0]).set()}
	case syntax.OpConcat:
		return concat(re.Sub)
	case syntax.OpAlternate:
		return alternate(re.Sub)
	}
	return facts{}
}

// few returns the runes of a class if they are few.
func few(ranges []rune) []string {
	var list []string
	for i := 0; i < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i]) >= maxLiterals-len(list) {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			// In a class, U+FFFD stands for every byte that is not UTF-8.
			if r == unicode.MaxRune || r == utf8.RuneError {
				return nil
			}
			list = append(list, string(r))
		}
	}
	return list
}

func concat(subs []*syntax.Regexp) facts {
	run, whole := facts{exact: []string{""}}, true
	var best set
	flush := func(s set) {
		if s.value() > best.value() {
			best = s
		}
	}
	for _, sub := range subs {
		repeated := sub.Op == syntax.OpPlus
		inner := sub
		if repeated {
			inner = sub.Sub[0]
		}
		f := factsOf(inner)
		if f.exact == nil {
			flush(run.set())
			flush(f.required)
			run, whole = facts{exact: []string{""}}, false
			continue
		}
		if joined := cross(run.exact, f.exact); joined != nil {
			run = facts{exact: joined, fold: run.fold || f.fold}
		} else {
			flush(run.set())
			run, whole = f, false
		}
		if repeated {
			flush(run.set())
			run, whole = f, false
		}
	}
	if whole {
		return run
	}
	flush(run.set())
	return facts{required: best}
}

// cross returns each of a followed by each of b, nil if that is too much.
func cross(a, b []string) []string {
	if len(a)*len(b) > maxLiterals {
		return nil
	}
	var list []string
	for _, s := range a {
		for _, t := range b {
			if len(s)+len(t) > maxLiteral {
				return nil
			}
			list = append(list, s+t)
		}
	}
	return list
}

func alternate(subs []*syntax.Regexp) facts {
	whole := true
	var all set
	for _, sub := range subs {
		f := factsOf(sub)
		s := f.set()
		whole = whole && f.exact != nil
		if len(s.list) == 0 || len(all.list)+len(s.list) > maxLiterals {
			return facts{}
		}
		all.list = append(all.list, s.list...)
		all.fold = all.fold || s.fold
	}
	if whole {
		return facts{exact: all.list, fold: all.fold}
	}
	return facts{required: all}
}

// common are the bytes of programs and prose, the most frequent first.
const common = " et\tniorasldcpum\nfg0hx(),.=b/y1v_2k\"w:3I6S4*[]TCE58AR{}-FN9L7DPOjMzB<qUV;G&'+X!KW>H|`#\\Y"

// rarity is high for what is rarely seen.
func rarity(c byte) int {
	if i := strings.IndexByte(common, c); i >= 0 {
		return i
	}
	return len(common)
}

// value estimates how much looking for s rules out: 0 is nothing.
func (s set) value() int {
	if len(s.list) == 0 {
		return 0
	}
	least := -1
	for _, lit := range s.list {
		v := 0
		for i := range len(lit) {
			v += 16 + rarity(lit[i])
		}
		if least < 0 || v < least {
			least = v
		}
	}
	return least * (2*maxLiterals - len(s.list)) / (2 * maxLiterals)
}

// worthwhile is the value below which the automaton alone is faster: that of a
// rare letter.
const worthwhile = 16 + 40

// hasCase reports whether r is equal to another rune in one of its cases.
func hasCase(r rune) bool { return unicode.SimpleFold(r) != r }
