package gate

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

func (c *checker) change() (Statement, error) {
	if first := c.tokens[0]; first.word != wWith && !first.word.changes() {
		return Statement{}, c.refuse(RuleVerb, 0, "%s is not a change of rows: a statement begins with INSERT, UPDATE, DELETE, MERGE or WITH", c.named(0))
	}
	s, err := c.walk(0)
	if err != nil {
		return Statement{}, err
	}
	if s.verb < 0 {
		return Statement{}, c.refuse(RuleVerb, 0, "the statement changes nothing: run it as a query")
	}
	if err := c.target(s.verb); err != nil {
		return Statement{}, err
	}
	verb := strings.ToUpper(c.text(s.verb))
	if word := c.tokens[s.verb].word; (word == wUpdate || word == wDelete) && !s.where && !c.policy.AllowFullTable {
		return Statement{}, c.refuse(RuleFullTable, s.verb, "%s without WHERE changes the whole table: say which rows", verb)
	}
	return Statement{Kind: Write, SQL: c.span(0), Verb: verb, Returning: s.returning}, nil
}

// target refuses the change of a system table, which a superuser may make: it
// makes roles, functions and settings.
func (c *checker) target(verb int) error {
	i := verb + 1
	for i < len(c.tokens) && (c.tokens[i].word == wInto || c.tokens[i].word == wOnly || c.tokens[i].kind == lexer.LeftParen ||
		i == verb+1 && c.tokens[verb].word == wDelete) {
		i++
	}
	schema, at := "", i
	for ; i < len(c.tokens) && c.tokens[i].kind != lexer.Dot && c.after(i).kind == lexer.Dot; i += 2 {
		schema = system(c.text(i), systemSchema)
	}
	if i >= len(c.tokens) {
		return nil
	}
	name := lexer.Name(c.text(i))
	switch {
	case schema == "pg_catalog", schema == "information_schema", strings.HasPrefix(schema, "pg_toast"),
		schema == "" && strings.HasPrefix(name, "pg_"):
		return c.refuse(RuleSystem, at, "%q is a system table: use the statements that PostgreSQL has for what it describes", name)
	}
	return nil
}
