package database

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/param"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// refused shows why the gate refused a statement, and which tool is for it.
func refused(err error, d *database, query string) error {
	t := toolerr.From(shown(err))
	var r *gate.Refusal
	if !errors.As(err, &r) {
		return t
	}
	verb, _, _ := strings.Cut(strings.TrimLeft(query, " \t\r\n(;"), " ")
	instead := ""
	switch strings.ToUpper(verb) {
	case "INSERT", "UPDATE", "DELETE", "MERGE":
		if instead = "the database " + d.set.Name + " is served for reading alone"; d.set.Writes {
			instead = "modify_data changes rows"
		}
	case "DESCRIBE", "DESC", `\D`, `\D+`, `\DT`:
		instead = "describe_table shows a table, list_tables which there are"
	case "EXPLAIN":
		instead = "explain_query shows a plan, and with analyze what it really took"
	}
	if instead == "" || strings.Contains(t.Message, instead) {
		return t
	}
	t.Message += "; " + instead
	return t
}

// failed shows why a query failed, in terms of what the caller wrote.
func (s *Service) failed(ctx context.Context, d *database, in executeInput, q prepared, err error) error {
	var e *postgres.Error
	if !errors.As(err, &e) {
		return shown(err)
	}
	d.catalog.Stale(err)
	if misfit := s.misfit(ctx, d, in, q, e); misfit != nil {
		return misfit
	}
	t := located(e, in.Query, q.SQL)
	if hint := s.repair(ctx, d, e, in.Query); hint != "" {
		t = t.With("hint", hint)
	}
	return t
}

// misfit explains a failure by the parameters, if they are to blame: then it asks
// the server what they should be.
func (s *Service) misfit(ctx context.Context, d *database, in executeInput, q prepared, e *postgres.Error) error {
	const protocolViolation = "08P01" // values and parameters are not as many
	if e.SQLState != protocolViolation && e.Parameter == 0 {
		return nil
	}
	described, err := d.Describe(ctx, q.SQL)
	if err != nil {
		return nil
	}
	if e.Parameter > 0 {
		err = param.Misfit(e.Parameter-1, described.Params, q.types, e.Message)
	} else {
		err = param.Count(len(in.Params), described.Params, q.types)
	}
	if err == nil {
		return nil
	}
	t := toolerr.From(shown(err))
	if hint := enumLabels(ctx, d, e.Message); hint != "" {
		t = t.With("hint", hint)
	}
	return t
}

// nearChars is how much of the statement an error quotes.
const nearChars = 40

// located shows an error with the place in what the caller wrote: its line, the
// column in it, and what stands there. sql is the part of query that was run.
func located(e *postgres.Error, query, sql string) *toolerr.Error {
	t := toolerr.From(shown(e))
	if e.Position <= 0 {
		return t
	}
	lead := max(0, strings.Index(query, sql))
	position := utf8.RuneCountInString(query[:lead]) + e.Position
	line, column, n := 1, 1, 1
	rest := "" // of the statement; a position may be its end
	for i, r := range query {
		if n == position {
			rest = query[i:]
			break
		}
		n++
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	if n != position {
		return t
	}
	near, _, _ := strings.Cut(rest, "\n")
	near = strings.TrimSuffix(near, "\r")
	if runes := []rune(near); len(runes) > nearChars {
		near = string(runes[:nearChars]) + "…"
	}
	t = t.With("position", position).With("line", line).With("column", column)
	t.Message += fmt.Sprintf(" (line %d, column %d: %s)", line, column, strconv.Quote(near))
	return t
}
