package gate

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

func (c *checker) read() (Statement, error) {
	s := Statement{SQL: c.span(0)}
	switch c.tokens[0].word {
	case wShow:
		s.Kind, s.Verb = Show, "SHOW"
		return s, c.show()
	case wExplain:
		inner, err := c.explained()
		if err != nil {
			return Statement{}, err
		}
		if _, err := c.query(inner); err != nil {
			return Statement{}, err
		}
		s.Kind, s.Verb, s.Inner = Explain, "EXPLAIN", c.span(inner)
		return s, nil
	}
	verb, err := c.query(0)
	if err != nil {
		return Statement{}, err
	}
	s.Kind, s.Verb = Rows, verb
	return s, nil
}

// query checks the statement from token i on as one that returns rows, and
// returns its verb.
func (c *checker) query(i int) (string, error) {
	first := i
	for first < len(c.tokens)-1 && c.tokens[first].kind == lexer.LeftParen {
		first++
	}
	verb := ""
	switch c.tokens[first].word {
	case wSelect:
		verb = "SELECT"
	case wWith:
		verb = "WITH"
	case wValues:
		verb = "VALUES"
	case wTable:
		verb = "TABLE"
	case wInsert, wUpdate, wDelete, wMerge:
		return "", c.refuse(RuleVerb, first, "%s changes rows, and only queries are allowed here", strings.ToUpper(c.text(first)))
	default:
		return "", c.refuse(RuleVerb, first, "%s is not a query: a statement begins with SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN", c.named(first))
	}
	_, err := c.walk(i)
	return verb, err
}

// named returns the keyword i for a message.
func (c *checker) named(i int) string {
	if text := c.text(i); c.tokens[i].kind == lexer.Ident && len(text) <= 24 {
		return strings.ToUpper(text)
	}
	return "this"
}

// explained returns where the statement begins that EXPLAIN explains.
func (c *checker) explained() (int, error) {
	i := 1
	if c.after(0).kind == lexer.LeftParen && !c.queryAt(2) {
		for i = 2; i < len(c.tokens) && c.tokens[i].kind != lexer.RightParen; i++ {
			if k := c.tokens[i].kind; k == lexer.Ident || k == lexer.Quoted {
				if name := lexer.Name(c.text(i)); name == "analyze" || name == "analyse" {
					return 0, c.analyze(i)
				}
			}
		}
		i++
	} else {
		if c.after(0).word == wAnalyze {
			return 0, c.analyze(1)
		}
		if c.after(0).word == wVerbose {
			i = 2
		}
	}
	if i >= len(c.tokens) {
		return 0, c.refuse(RuleVerb, -1, "EXPLAIN of what?")
	}
	if c.tokens[i].word == wAnalyze {
		return 0, c.analyze(i)
	}
	return i, nil
}

// queryAt reports whether a query begins at token i, of which an option of
// EXPLAIN could not have the name.
func (c *checker) queryAt(i int) bool {
	if i >= len(c.tokens) {
		return false
	}
	switch t := c.tokens[i]; t.word {
	case wSelect, wWith, wTable:
		return true
	case wValues:
		return c.after(i).kind == lexer.LeftParen
	default:
		return t.kind == lexer.LeftParen
	}
}

func (c *checker) analyze(i int) error {
	return c.refuse(RuleAnalyze, i, "EXPLAIN with ANALYZE executes the statement: leave ANALYZE out")
}

// show checks SHOW name, of which the name may be qualified or of several words.
func (c *checker) show() error {
	if len(c.tokens) == 1 {
		return c.refuse(RuleSyntax, -1, "SHOW of what?")
	}
	for i := 1; i < len(c.tokens); i++ {
		switch c.tokens[i].kind {
		case lexer.Dot:
			continue
		case lexer.Ident, lexer.Quoted:
		default:
			return c.refuse(RuleSyntax, i, "SHOW takes the name of one setting")
		}
		switch name := lexer.Fold(system(c.text(i), hiddenSetting)); {
		case name == "all":
			return c.refuse(RuleSetting, i, "SHOW ALL shows where the server keeps its files: show one setting, or select from pg_settings")
		case hiddenSetting(name):
			return c.hidden(i, name)
		}
	}
	return nil
}

func (c *checker) hidden(i int, name string) error {
	return c.refuse(RuleSetting, i, "the setting %s is about the server's files or its connections, and is not shown", name)
}
