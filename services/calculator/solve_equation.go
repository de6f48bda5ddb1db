package calculator

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/solve"
)

var solveEquationTool = &mcp.Tool{
	Name:        "solve_equation",
	Title:       "Solve equations",
	Description: `Solve equations: all roots of a polynomial (degree to 100), linear and simple nonlinear systems. Others need an interval; "complete" false: roots may be missing. Example: {"equations": ["x + y = 5", "x*y = 6"]}`,
	Annotations: server.ReadOnly(false),
}

type solveInput struct {
	Equations []string  `json:"equations" jsonschema:"Without =: = 0"`
	Variables []string  `json:"variables,omitempty" jsonschema:"Default: inferred"`
	Domain    string    `json:"domain,omitempty" enum:"complex,real" jsonschema:"Default complex"`
	Interval  []numeral `json:"interval,omitempty" jsonschema:"[from, to]"`
	Precision int       `json:"precision,omitempty" min:"1" max:"1000" jsonschema:"Digits"`
}

type solveOutput struct {
	Kind           string     `json:"kind" jsonschema:"none, unique, finite, family (the unknowns in free can be chosen) or some: those found, if complete is false"`
	Solutions      []solution `json:"solutions"`
	Complete       bool       `json:"complete" jsonschema:"whether these are all solutions in the domain and the interval"`
	Free           []string   `json:"free,omitempty"`
	Exact          bool       `json:"exact" jsonschema:"whether every value is written exactly, in value, fraction or symbolic"`
	Interpretation string     `json:"interpretation" jsonschema:"how the equations were read, with all parentheses"`
	Notes          []string   `json:"notes,omitempty"`
}

type solution struct {
	Values       map[string]root `json:"values" jsonschema:"the value of each unknown"`
	Multiplicity int             `json:"multiplicity,omitempty" jsonschema:"how often the root counts, if more than once"`
	Check        string          `json:"check,omitempty" jsonschema:"0 if the sides are equal exactly, else a bound of their difference at value"`
}

type root struct {
	Value    string `json:"value" jsonschema:"a decimal, a + bi, or a formula in the free unknowns"`
	Exact    bool   `json:"exact" jsonschema:"whether value is the number itself; false when it is rounded, then to its last digit"`
	Fraction string `json:"fraction,omitempty"`
	Symbolic string `json:"symbolic,omitempty" jsonschema:"the closed form, such as 1/2 + sqrt(5)/2"`
	Re       string `json:"re,omitempty" jsonschema:"real part of a number that is not real"`
	Im       string `json:"im,omitempty"`
}

func (s *Service) solveEquation(ctx context.Context, in solveInput) (solveOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision})
	if err != nil {
		return solveOutput{}, shown(err)
	}
	p := solve.Problem{Equations: in.Equations, Unknowns: in.Variables, Domain: poly.Complex}
	if in.Domain == "real" {
		p.Domain = poly.Real
	}
	switch len(in.Interval) {
	case 0:
	case 2:
		p.Interval = new([2]number.Number)
		for i, end := range in.Interval {
			if p.Interval[i], err = ev.Number(string(end)); err != nil {
				return solveOutput{}, shown(err)
			}
		}
	default:
		return solveOutput{}, toolerr.Invalid("interval", "an interval has 2 numbers, not %d", len(in.Interval))
	}
	r, err := solve.Solve(ev, p)
	if err != nil {
		return solveOutput{}, shown(err)
	}
	out := solveOutput{
		Kind: string(r.Kind), Complete: r.Complete, Free: r.Free, Exact: true,
		Interpretation: r.Interpretation, Notes: r.Notes,
	}
	for _, x := range r.Solutions {
		row := solution{Values: make(map[string]root), Check: x.Residual}
		if x.Multiplicity > 1 {
			row.Multiplicity = x.Multiplicity
		}
		for i, v := range x.Values {
			w, err := writtenRoot(ev.Arith(), v)
			if err != nil {
				return solveOutput{}, shown(err)
			}
			row.Values[r.Unknowns[i]] = w
			out.Exact = out.Exact && (w.Exact || w.Fraction != "" || w.Symbolic != "")
		}
		out.Solutions = append(out.Solutions, row)
	}
	return out, nil
}

// writtenRoot writes a value down.
func writtenRoot(a *number.Arith, v solve.Value) (root, error) {
	if v.Formula != "" {
		return root{Value: v.Formula, Exact: true}, nil
	}
	w := root{Value: v.Decimal(), Exact: v.Re.TextExact && v.Im.TextExact}
	if v.Real() {
		if v.Re.Known {
			f, err := written(a, v.Re.Value)
			w.Fraction, w.Symbolic = f.Fraction, f.Symbolic
			return w, err
		}
		return w, nil
	}
	w.Re, w.Im = v.Re.Text, v.Im.Text
	if w.Exact || !v.Re.Known || !v.Im.Known {
		return w, nil
	}
	re, err := closedForm(a, v.Re)
	if err != nil {
		return w, err
	}
	im, err := closedForm(a, v.Im)
	if err == nil && re != "" && im != "" {
		w.Symbolic = solve.Join(re, im)
	}
	return w, err
}

// closedForm writes a part exactly, or returns "" if that takes too long.
func closedForm(a *number.Arith, p poly.Part) (string, error) {
	t, err := a.Text(p.Value, 0)
	switch {
	case err != nil:
		return "", err
	case t.Fraction != "":
		return t.Fraction, nil
	case t.DecimalExact:
		return t.Decimal, nil
	}
	return t.Symbolic, nil
}
