// Package match finds the lines of a text that match a pattern, at the speed of
// the memory rather than of a regular expression engine. What matches is what
// the standard library's regexp says of each line alone; everything before it
// only rules lines out: literals that every match contains, and a lazily built
// automaton over the whole text. Time is linear in the text for every pattern.
//
// [Compile] reads a pattern, [Matcher.Scanner] makes what one goroutine
// searches with, and [Scanner.Next] finds lines.
package match

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case says which letters are equal.
type Case uint8

// The rules for case.
const (
	Smart       Case = iota // insensitive for a pattern without upper-case letters
	Sensitive               // letters are equal to themselves
	Insensitive             // letters are equal in both cases, by Unicode's simple folding
)

// Options change what a pattern means.
type Options struct {
	// Literal takes the pattern as it is, not as a regular expression.
	Literal bool
	// Case says which letters are equal.
	Case Case
	// Word demands that no letter, digit or underscore stands before or after a match.
	Word bool
	// Multiline lets a match span lines; [Scanner.Span] finds it.
	Multiline bool
}

// What a pattern may be.
const (
	MaxPattern = 4096 // bytes
	maxProgram = 5000 // instructions
)

// patience is the work that a regular expression may do without a look at
// whether anybody still waits, in instructions times bytes. A longer line is
// given to it in pieces.
const patience = 20_000_000

// A Matcher is a compiled pattern. It is safe for concurrent use.
type Matcher struct {
	multiline bool
	word      bool
	literals  *literals      // nil if no literal is worth looking for
	pure      bool           // a literal that is found is a match
	re        *regexp.Regexp // nil if pure
	group     int            // the group of re that is the match
	after     *regexp.Regexp // with Multiline: a match behind one character, in group 1
	machine   *machine       // nil if pure
	ends      bool           // the pattern has an assertion about the end of a line
	top       bool           // the pattern may ask for the begin of the text
	piece     int            // bytes that re is given at once
}

// nonWord is what is no part of a word.
const nonWord = `[^\pL\pM\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}]`

func isWord(r rune) bool {
	if r < 0x80 {
		return r == '_' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc) || r == 0x200c || r == 0x200d
}

// Compile reads a pattern in the syntax of RE2.
func Compile(pattern string, o Options) (*Matcher, error) {
	switch {
	case pattern == "":
		return nil, fmt.Errorf("it is empty")
	case len(pattern) > MaxPattern:
		return nil, fmt.Errorf("it is longer than %d bytes", MaxPattern)
	}
	fold := o.Case == Insensitive || o.Case == Smart && lowerCase(pattern, o.Literal)
	if o.Literal {
		pattern = regexp.QuoteMeta(pattern)
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return nil, explain(err)
	}
	flags := "(?m)"
	if fold {
		flags = "(?im)"
	}
	tree, err := syntax.Parse(flags+pattern, syntax.Perl)
	if err != nil {
		return nil, explain(err)
	}
	if !o.Multiline && hasNewline(tree) {
		return nil, fmt.Errorf(`it has a line break, which no line contains: set multiline`)
	}
	if size(tree) > maxProgram {
		return nil, fmt.Errorf("its repetitions make it too large: lower their counts")
	}
	m := &Matcher{multiline: o.Multiline, word: o.Word, top: has(tree, syntax.OpBeginText)}
	found := factsOf(tree.Simplify())
	m.literals = newLiterals(found, !o.Multiline)
	// Of words, a literal that is found may hide a longer one at the same place.
	alone := !o.Word || len(found.exact) == 1 && !o.Multiline
	if m.literals != nil && found.pure(tree) && alone {
		m.pure = true
		return m, nil
	}
	source := flags + pattern
	if o.Word {
		// The pattern may end inside \Q, so that nothing can follow its text.
		source = "(?m)(?:^|" + nonWord + ")(" + tree.String() + ")(?:$|" + nonWord + ")"
		m.group = 1
	}
	return m, m.build(source)
}

func (m *Matcher) build(source string) error {
	var err error
	if m.re, err = regexp.Compile(source); err != nil {
		return explain(err)
	}
	if m.multiline {
		tree, err := syntax.Parse(source, syntax.Perl)
		if err != nil {
			return explain(err)
		}
		if m.after, err = regexp.Compile(`\A(?s:.)(?s:.*?)(` + tree.String() + `)`); err != nil {
			return explain(err)
		}
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return explain(err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return explain(err)
	}
	m.machine = newMachine(prog, !m.multiline)
	m.ends = m.machine.ends
	m.piece = patience / len(prog.Inst)
	return nil
}

// explain makes an error of the parser one clause that says what to do.
func explain(err error) error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return err
	}
	hint := "set literal to search for it as it is"
	switch {
	case e.Code == syntax.ErrInvalidRepeatSize:
		hint = "at most 1000 repetitions are possible"
	case e.Code == syntax.ErrInvalidEscape && len(e.Expr) == 2 && '1' <= e.Expr[1] && e.Expr[1] <= '9':
		hint = "there are no backreferences"
	}
	for _, look := range [...]string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(e.Expr, look) {
			hint = "there is no lookaround"
		}
	}
	return fmt.Errorf("%s: %s; %s", e.Code, e.Expr, hint)
}

// hasNewline reports whether a match must contain a newline that the pattern
// spells out.
func hasNewline(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && slices.Contains(re.Rune, '\n') || slices.ContainsFunc(re.Sub, hasNewline)
}

// has reports whether op is in re.
func has(re *syntax.Regexp, op syntax.Op) bool {
	return re.Op == op || slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return has(sub, op) })
}

// size estimates the instructions that re needs when its repetitions are
// written out.
func size(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	if re.Op == syntax.OpCharClass {
		n = 1
	}
	for _, sub := range re.Sub {
		n += size(sub)
		if n > maxProgram {
			return n
		}
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}

// lowerCase reports whether a pattern has letters, none of them upper-case.
// Classes such as \W and names are no letters.
func lowerCase(pattern string, literal bool) bool {
	letters, quoted := false, literal
	for s := pattern; s != ""; {
		switch {
		case literal:
		case quoted && strings.HasPrefix(s, `\E`):
			quoted, s = false, s[2:]
			continue
		case !quoted && strings.HasPrefix(s, `\Q`):
			quoted, s = true, s[2:]
			continue
		case !quoted && s[0] == '\\':
			s = s[escape(s):]
			continue
		case !quoted && (strings.HasPrefix(s, "(?P<") || strings.HasPrefix(s, "(?<")):
			_, s, _ = strings.Cut(s, ">")
			continue
		case !quoted && strings.HasPrefix(s, "(?"):
			s = strings.TrimLeft(s[2:], "imsU-")
			continue
		case !quoted && strings.HasPrefix(s, "[:"):
			if _, rest, ok := strings.Cut(s, ":]"); ok {
				s = rest
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsUpper(r) {
			return false
		}
		letters = letters || unicode.IsLetter(r)
		s = s[n:]
	}
	return letters
}

// escape returns the length of the escape sequence that s begins with.
func escape(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case 'p', 'P', 'x':
		if len(s) > 2 && s[2] == '{' {
			if i := strings.IndexByte(s, '}'); i > 0 {
				return i + 1
			}
		}
		if s[1] == 'x' {
			return min(4, len(s))
		}
		return min(3, len(s))
	}
	return 2
}
