package calculator

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

var calculateManyTool = &mcp.Tool{
	Name:  "calculate_many",
	Title: "Calculate many",
	Description: `Evaluate up to 100 expressions of calculate in one call: an invoice, a table. Later rows use the names of earlier ones; a row that fails does not stop the others.

Example: {"expressions": [{"name": "net", "expression": "3 * 19.99"}, {"expression": "round(net * 1.19, 2)"}]}`,
	Annotations: server.ReadOnly(false),
}

type manyRow struct {
	Name       string `json:"name,omitempty" jsonschema:"for later rows"`
	Expression string `json:"expression" jsonschema:"as in calculate"`
}

type calculateManyInput struct {
	Expressions []manyRow          `json:"expressions" minItems:"1" maxItems:"100" jsonschema:"the rows"`
	Variables   map[string]numeral `json:"variables,omitempty" maxItems:"50" jsonschema:"names with values"`
	Precision   int                `json:"precision,omitempty" min:"1" max:"10000" jsonschema:"digits, default 34"`
}

type manyResult struct {
	Name           string       `json:"name,omitempty"`
	Expression     string       `json:"expression" jsonschema:"the expression as it was sent; of a row beyond the limit its beginning"`
	Result         string       `json:"result,omitempty" jsonschema:"the value, as calculate gives it"`
	Exact          bool         `json:"exact" jsonschema:"whether result is the value itself"`
	Digits         int          `json:"digits,omitempty" jsonschema:"digits of an integer whose middle result leaves out"`
	Type           string       `json:"type,omitempty" jsonschema:"integer, rational, real, complex, quantity, boolean, list or matrix"`
	Fraction       string       `json:"fraction,omitempty" jsonschema:"the exact value of a rational that is rounded in result"`
	Interpretation string       `json:"interpretation,omitempty" jsonschema:"how the expression was read, with all parentheses"`
	Error          *manyFailure `json:"error,omitempty" jsonschema:"why the row has no value"`
}

type manyFailure struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type calculateManyOutput struct {
	Results        []manyResult `json:"results" jsonschema:"one row for each expression, in the same order"`
	Failed         int          `json:"failed" jsonschema:"rows without a value"`
	Exact          bool         `json:"exact" jsonschema:"whether every row has a value and is exact"`
	Interpretation string       `json:"interpretation" jsonschema:"what was computed"`
	Notes          []string     `json:"notes,omitempty" jsonschema:"conventions that results depend on, with their rows"`
}

// maxManyText bounds the expressions and the results of all rows together, in
// bytes.
const maxManyText = 256 << 10

// maxRefused bounds what is shown of the expression of a row that has no room.
const maxRefused = 60

func (s *Service) calculateMany(ctx context.Context, in calculateManyInput) (calculateManyOutput, error) {
	if err := checkRowNames(in.Expressions); err != nil {
		return calculateManyOutput{}, err
	}
	variables := make(map[string]string, len(in.Variables))
	for name, n := range in.Variables {
		variables[name] = string(n)
	}
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision, Expressions: variables})
	if err != nil {
		return calculateManyOutput{}, shown(err)
	}
	out := calculateManyOutput{Exact: true, Interpretation: rowsRead(len(in.Expressions))}
	room := maxManyText
	rows := float64(len(in.Expressions))
	for i, row := range in.Expressions {
		ev.Arith().OnProgress(ofRow(server.Progress(ctx), i, rows))
		// A row may use half of the work that is left, so that a costly one
		// leaves enough for the others.
		release := ev.Arith().Reserve()
		r, notes, err := evaluateRow(ev, row)
		release()
		if ctx.Err() != nil {
			return calculateManyOutput{}, shown(ev.Arith().Check())
		}
		room -= len(row.Expression) + len(r.Result) + len(r.Interpretation) + len(r.Fraction)
		if err == nil && room < 0 {
			err = &eval.Error{Reason: eval.Limit, Message: "the expressions and results of the rows are more than 256 KiB together", Hint: "send fewer rows a call"}
		}
		if err != nil {
			r, err = failedRow(in.Expressions[i:], err)
			if err != nil {
				return calculateManyOutput{}, err
			}
			if room < 0 {
				r.Expression = spelling.Excerpt(r.Expression, maxRefused)
			}
			out.Failed++
		}
		out.Exact = out.Exact && r.Exact
		out.Results = append(out.Results, r)
		for _, n := range notes {
			out.Notes = append(out.Notes, fmt.Sprintf("row %s: %s", rowLabel(in.Expressions, i), n))
		}
		ev.Arith().Progress(1, 1, "computed")
	}
	return out, nil
}

func rowsRead(n int) string {
	if n == 1 {
		return "one expression"
	}
	return fmt.Sprintf("%d expressions, each with the names of those before it", n)
}

// ofRow makes of the progress of row i that of all rows.
func ofRow(r *server.Reporter, i int, rows float64) func(done, total float64, message string) {
	return func(done, total float64, message string) {
		part := 0.0
		if total > 0 {
			part = min(1, done/total)
		}
		r.Report(float64(i)+part, rows, fmt.Sprintf("row %d of %.0f: %s", i+1, rows, message))
	}
}

// checkRowNames refuses a name that cannot be used or that two rows have.
func checkRowNames(rows []manyRow) error {
	seen := make(map[string]bool, len(rows))
	for i, row := range rows {
		if row.Name == "" {
			continue
		}
		field := fmt.Sprintf("expressions[%d].name", i)
		if err := eval.CheckName(row.Name); err != nil {
			return toolerr.Invalid(field, "%v", err)
		}
		if seen[row.Name] {
			return toolerr.Invalid(field, "two rows are called %q; give each a name of its own", row.Name)
		}
		seen[row.Name] = true
	}
	return nil
}

func evaluateRow(ev *eval.Evaluator, row manyRow) (manyResult, []string, error) {
	r, err := ev.Evaluate(row.Expression)
	if err != nil {
		return manyResult{}, nil, err
	}
	if row.Name != "" {
		if err := ev.Keep(row.Name, r); err != nil {
			return manyResult{}, nil, err
		}
	}
	out := manyResult{
		Name: row.Name, Expression: row.Expression, Result: r.Text, Type: string(r.Type),
		Exact: r.Exact && !r.Rounded && !r.Truncated, Interpretation: r.Interpretation,
	}
	if r.Truncated {
		out.Digits = r.Digits
	}
	if !out.Exact {
		out.Fraction = r.Fraction
	}
	return out, r.Notes, nil
}

// failedRow is the first of the rows, whose expression has no value; it returns
// an error for one that is not about the expression.
func failedRow(rows []manyRow, err error) (manyResult, error) {
	var e *eval.Error
	if !errors.As(err, &e) {
		return manyResult{}, err
	}
	message, hint := e.Message, e.Hint
	if e.Reason == eval.UnknownName {
		for _, later := range rows[1:] {
			if later.Name != "" && strings.Contains(message, strconv.Quote(later.Name)) {
				hint = "the row of that name comes later; put it first"
			}
		}
	}
	if hint != "" {
		message += "; " + hint
	}
	return manyResult{Name: rows[0].Name, Expression: rows[0].Expression, Error: &manyFailure{string(e.Reason), message}}, nil
}

// rowLabel names a row: by its name, or by its number from 1.
func rowLabel(rows []manyRow, i int) string {
	if rows[i].Name != "" {
		return rows[i].Name
	}
	return strconv.Itoa(i + 1)
}
