package database

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

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
	case "EXPLAIN":
		instead = "explain_query shows a plan, and with analyze what it really took"
	}
	if instead == "" || strings.Contains(t.Message, instead) {
		return t
	}
	t.Message += "; " + instead
	return t
}

// portalParameter is how PostgreSQL 14 and later say which parameter they could
// not read, on a line of its own.
var portalParameter = regexp.MustCompile(`(?m)^(?:unnamed portal|portal "[^"]*") parameter \$([0-9]+)`)

// failed shows why a query failed, in terms of what the caller wrote.
func (s *Service) failed(ctx context.Context, d *database, in executeInput, q prepared, err error) error {
	var bad *param.Error
	if errors.As(err, &bad) {
		return invalidParam(bad)
	}
	var e *postgres.Error
	if !errors.As(err, &e) {
		return err
	}
	d.catalog.Stale(err)
	if misfit := s.misfit(ctx, d, in, q, e); misfit != nil {
		return misfit
	}
	return located(e, in.Query, q.SQL)
}

func invalidParam(bad *param.Error) error {
	argument := "params"
	if bad.Index >= 0 {
		argument += "[" + strconv.Itoa(bad.Index) + "]"
	}
	return toolerr.Invalid(argument, "%s", bad.Message)
}

// misfit explains a failure by the parameters, if they are to blame: then it asks
// the server what they should be.
func (s *Service) misfit(ctx context.Context, d *database, in executeInput, q prepared, e *postgres.Error) error {
	const protocolViolation = "08P01" // values and parameters are not as many
	var where []string
	var pg *pgconn.PgError
	if errors.As(e, &pg) {
		where = portalParameter.FindStringSubmatch(pg.Where)
	}
	if e.SQLState != protocolViolation && where == nil {
		return nil
	}
	described, err := d.Describe(ctx, q.SQL)
	if err != nil {
		return nil
	}
	if where == nil {
		err = param.Count(len(in.Params), described.Params, q.types)
	} else {
		n, _ := strconv.Atoi(where[1])
		err = param.Misfit(n-1, described.Params, q.types, e.Message)
	}
	var bad *param.Error
	if !errors.As(err, &bad) {
		return nil
	}
	return invalidParam(bad)
}

// nearChars is how much of the statement an error quotes.
const nearChars = 40

// located shows an error with the place in what the caller wrote: its line, the
// column in it, and what stands there. sql is the part of query that was run.
func located(e *postgres.Error, query, sql string) error {
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
	if runes := []rune(near); len(runes) > nearChars {
		near = string(runes[:nearChars]) + "…"
	}
	t = t.With("position", position).With("line", line).With("column", column)
	t.Message += fmt.Sprintf(" (line %d, column %d: %s)", line, column, strconv.Quote(near))
	return t
}
