package gate

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// Limits of a statement. The server reads far larger ones, at the price of its
// stack and time.
const (
	maxBytes     = 100 << 10
	maxNesting   = 200
	maxOperators = 2000
)

// checker checks one statement.
type checker struct {
	sql       string
	tokens    []token // those of the statement alone
	functions Functions
	policy    *Policy
	write     bool
}

// text returns what token i is in the statement.
func (c *checker) text(i int) string {
	return c.sql[c.tokens[i].start:c.tokens[i].end]
}

// before returns the token before i.
func (c *checker) before(i int) token {
	if i < 1 {
		return token{}
	}
	return c.tokens[i-1]
}

// after returns the token behind i.
func (c *checker) after(i int) token {
	if i+1 >= len(c.tokens) {
		return token{}
	}
	return c.tokens[i+1]
}

// span is the text from token i to the end of the statement.
func (c *checker) span(i int) string {
	return c.sql[c.tokens[i].start:c.tokens[len(c.tokens)-1].end]
}

// refuse makes a refusal at token i.
func (c *checker) refuse(rule string, i int, format string, args ...any) error {
	offset := -1
	if i >= 0 && i < len(c.tokens) {
		offset = int(c.tokens[i].start)
	}
	return &Refusal{rule, fmt.Sprintf(format, args...), offset}
}

// scan returns the tokens of the one statement in sql.
func scan(sql string) ([]token, error) {
	switch {
	case len(sql) > maxBytes:
		return nil, &Refusal{RuleInput, fmt.Sprintf("the statement has %d bytes; at most %d may be sent: pass long values as parameters", len(sql), maxBytes), -1}
	case !utf8.ValidString(sql):
		return nil, &Refusal{RuleInput, "the statement is not UTF-8", -1}
	}
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return nil, &Refusal{RuleInput, "the statement has a NUL byte", i}
	}
	tokens := make([]token, 0, len(sql)/3+4)
	operators := 0
	for l := lexer.New(sql); ; {
		t, err := l.Next()
		if err != nil {
			return nil, unreadable(err)
		}
		if t.Kind == lexer.EOF {
			break
		}
		switch t.Kind {
		case lexer.Unicode:
			return nil, &Refusal{RuleUnicode, `a name is written U&"…", which hides what it is: write the name itself in double quotes`, t.Start}
		case lexer.Operator, lexer.Typecast:
			operators++
		}
		tokens = append(tokens, token{int32(t.Start), int32(t.End), t.Kind, meaning(sql, tokens, t)})
	}
	if operators > maxOperators {
		return nil, &Refusal{RuleComplexity, fmt.Sprintf("the statement has %d operators; at most %d may be used: pass a list as one array parameter", operators, maxOperators), -1}
	}
	return one(tokens)
}

func unreadable(err error) error {
	var e *lexer.Error
	errors.As(err, &e)
	return &Refusal{RuleSyntax, e.Message, e.Offset}
}

// meaning returns what t means as a keyword behind the tokens before it: nothing
// behind a dot or AS, where any keyword is a name.
func meaning(sql string, before []token, t lexer.Token) word {
	if t.Kind != lexer.Ident {
		return none
	}
	w := wordOf(sql[t.Start:t.End])
	if len(before) == 0 || w == none {
		return w
	}
	switch last := before[len(before)-1]; {
	case last.kind == lexer.Dot:
		return none
	case last.word == wAs && w != wMaterialized && w != wNot:
		return none
	}
	return w
}

// one drops the semicolons around a statement and refuses a second one.
func one(tokens []token) ([]token, error) {
	first, last := 0, len(tokens)
	for first < last && tokens[first].kind == lexer.Semicolon {
		first++
	}
	for last > first && tokens[last-1].kind == lexer.Semicolon {
		last--
	}
	tokens = tokens[first:last]
	if len(tokens) == 0 {
		return nil, &Refusal{RuleEmpty, "there is no statement", -1}
	}
	for _, t := range tokens {
		if t.kind == lexer.Semicolon {
			return nil, &Refusal{RuleOne, "there is more than one statement: send them one at a time", int(t.start)}
		}
	}
	return tokens, nil
}

// nesting refuses parentheses that do not match, and more of them, of brackets
// and of CASE inside one another than the limit.
func (c *checker) nesting() error {
	const open = lexer.Other // of CASE
	var stack [maxNesting]lexer.Kind
	depth := 0
	for i, t := range c.tokens {
		switch {
		case t.kind == lexer.LeftParen, t.kind == lexer.LeftBracket, t.word == wCase:
			if depth == maxNesting {
				return c.refuse(RuleComplexity, i, "the statement nests deeper than %d levels", maxNesting)
			}
			if stack[depth] = t.kind; t.word == wCase {
				stack[depth] = open
			}
			depth++
		case t.word == wEnd:
			// Without a CASE it is the name of a column.
			if depth > 0 && stack[depth-1] == open {
				depth--
			}
		case t.kind == lexer.RightParen, t.kind == lexer.RightBracket:
			for depth > 0 && stack[depth-1] == open {
				depth--
			}
			want := lexer.LeftParen
			if t.kind == lexer.RightBracket {
				want = lexer.LeftBracket
			}
			if depth == 0 || stack[depth-1] != want {
				return c.refuse(RuleSyntax, i, "a %s closes what was not opened", c.text(i))
			}
			depth--
		}
	}
	for depth > 0 && stack[depth-1] == open {
		depth--
	}
	if depth > 0 {
		return c.refuse(RuleSyntax, -1, "a parenthesis or bracket is not closed")
	}
	return nil
}
