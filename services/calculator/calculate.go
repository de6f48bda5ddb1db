package calculator

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var calculateTool = &mcp.Tool{
	Name:  "calculate",
	Title: "Calculate",
	Description: `Evaluate an expression exactly, or to proved digits. Use it for all arithmetic.

+ - * / // mod ^ ! == < and or not, 100 + 10% (110), i, [[1, 2], [3, 4]], units: 5 ft + 3 in to cm, 60 mi/h * 2 h. log is natural; log10, log(x, base). Functions: calc://functions. exact: false means rounded. Ambiguous input (6/2(1+2), 1 ton) is refused with each value.

Example: {"expression": "p * (1 + 19%)", "variables": {"p": "1250"}} gives "1487.5".`,
	Annotations: server.ReadOnly(false),
}

type calculateInput struct {
	Expression string             `json:"expression" minLength:"1" maxLength:"65536" jsonschema:"To compute"`
	Variables  map[string]numeral `json:"variables,omitempty" maxItems:"100" jsonschema:"Value by name"`
	Precision  int                `json:"precision,omitempty" min:"1" max:"10000" jsonschema:"Default 34"`
	Angle      string             `json:"angle,omitempty" enum:"rad,deg" jsonschema:"Default rad"`
	Rounding   string             `json:"rounding,omitempty" enum:"half_even,half_up,half_down,down,up,floor,ceiling" jsonschema:"Default half_even"`
	Domain     string             `json:"domain,omitempty" enum:"complex,real" jsonschema:"Default complex"`
	Format     string             `json:"format,omitempty" enum:"auto,fraction,decimal,scientific,engineering,hex,bin,latex" jsonschema:"Default auto"`
	Steps      bool               `json:"steps,omitempty" jsonschema:"Show parts"`
}

type calculateOutput struct {
	Expression     string   `json:"expression" jsonschema:"the expression as it was sent"`
	Result         string   `json:"result" jsonschema:"the value: a number with its unit, true, false or a list"`
	Exact          bool     `json:"exact" jsonschema:"whether result is the value itself; false when it is rounded, shortened or measured"`
	Type           string   `json:"type" jsonschema:"integer, rational, real, complex, quantity, boolean, list or matrix"`
	Decimal        string   `json:"decimal,omitempty" jsonschema:"the number in decimals where result is written otherwise"`
	Fraction       string   `json:"fraction,omitempty" jsonschema:"the exact value of a rational"`
	Symbolic       string   `json:"symbolic,omitempty" jsonschema:"the exact value of a number that has a short closed form"`
	Unit           string   `json:"unit,omitempty" jsonschema:"the unit of a quantity"`
	Latex          string   `json:"latex,omitempty" jsonschema:"the value in LaTeX"`
	Digits         int      `json:"digits,omitempty" jsonschema:"significant digits: of result when it is rounded, of the value when it is shortened"`
	Truncated      bool     `json:"truncated,omitempty" jsonschema:"whether result leaves out the middle"`
	Interpretation string   `json:"interpretation" jsonschema:"how the expression was read, with all parentheses"`
	Steps          []string `json:"steps,omitempty" jsonschema:"the values of the parts, innermost first"`
	Notes          []string `json:"notes,omitempty" jsonschema:"conventions that the result depends on"`
}

func (s *Service) calculate(ctx context.Context, in calculateInput) (calculateOutput, error) {
	opt, err := in.options()
	if err != nil {
		return calculateOutput{}, err
	}
	ev, err := s.evaluator(ctx, opt)
	if err != nil {
		return calculateOutput{}, shown(err)
	}
	r, err := ev.Evaluate(in.Expression)
	if err != nil {
		return calculateOutput{}, shown(err)
	}
	return in.output(r), nil
}

// options are what the arguments ask of the evaluator.
func (in *calculateInput) options() (eval.Options, error) {
	rounding, err := number.ParseRounding(in.Rounding)
	if err != nil {
		return eval.Options{}, shown(err)
	}
	style, err := number.ParseStyle(in.Format)
	if err != nil {
		return eval.Options{}, shown(err)
	}
	opt := eval.Options{
		Precision: in.Precision,
		Degrees:   in.Angle == "deg",
		RealOnly:  in.Domain == "real",
		Rounding:  rounding,
		Format:    style,
		Steps:     in.Steps,
	}
	if len(in.Variables) > 0 {
		opt.Expressions = make(map[string]string, len(in.Variables))
	}
	for name, text := range in.Variables {
		opt.Expressions[name] = string(text)
	}
	return opt, nil
}

// output is r as the caller sees it.
func (in *calculateInput) output(r *eval.Result) calculateOutput {
	out := calculateOutput{
		Expression:     in.Expression,
		Result:         r.Text,
		Exact:          r.Exact && !r.Rounded && !r.Truncated,
		Type:           string(r.Type),
		Decimal:        r.Decimal,
		Fraction:       r.Fraction,
		Symbolic:       r.Symbolic,
		Unit:           r.Unit,
		Latex:          r.Latex,
		Truncated:      r.Truncated,
		Interpretation: r.Interpretation,
		Steps:          r.Steps,
		Notes:          r.Notes,
	}
	if r.Rounded || r.Truncated {
		out.Digits = r.Digits
	}
	return out
}
