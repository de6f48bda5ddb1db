package calculator

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

var calculateTool = &mcp.Tool{
	Name:  "calculate",
	Title: "Calculate",
	Description: `Evaluate an arithmetic expression exactly. Use it for every calculation, also for easy ones.

Operators: + - * / // (floor) % (modulo, or percent as in 100 + 10%) ^ or ** (power), !, comparisons, and, or, not. Functions: sqrt cbrt abs round min max sum floor ceil sin cos tan asin acos atan exp log (natural) ln log2 log10 pow factorial gcd lcm. Constants: pi e tau. Angles are radians.

Decimals are exact: 0.1 + 0.2 is 0.3. Integers have up to 631,000 digits. "exact" is false when "result" is rounded; it is then right to the last digit. "interpretation" shows how the expression was read. Ambiguous expressions such as 6/2(1+2) are refused with the value of each reading.

Example: {"expression": "1250 * (1 + 19%)"} gives "1487.5".`,
	Annotations: server.ReadOnly(false),
}

type calculateInput struct {
	Expression string `json:"expression" minLength:"1" maxLength:"16384" jsonschema:"The expression, such as 2 * (3 + 4)^2 or sqrt(2) / 3. No units, no variables, no assignment."`
	Precision  int    `json:"precision,omitempty" min:"1" max:"1000" jsonschema:"Significant digits of a result that cannot be written exactly. Default 34."`
}

type calculateOutput struct {
	Expression     string   `json:"expression" jsonschema:"the expression as it was sent"`
	Result         string   `json:"result" jsonschema:"the value: a decimal number, true, false or a list"`
	Exact          bool     `json:"exact" jsonschema:"whether result is the value itself; false when it is rounded or shortened"`
	Type           string   `json:"type" jsonschema:"integer, rational, real, boolean or list"`
	Fraction       string   `json:"fraction,omitempty" jsonschema:"the exact value of a rational"`
	Symbolic       string   `json:"symbolic,omitempty" jsonschema:"the exact value of a real that has a short form"`
	Digits         int      `json:"digits,omitempty" jsonschema:"significant digits: of result when it is rounded, of the value when it is shortened"`
	Truncated      bool     `json:"truncated,omitempty" jsonschema:"whether result leaves out the middle"`
	Interpretation string   `json:"interpretation" jsonschema:"how the expression was read, with all parentheses"`
	Notes          []string `json:"notes,omitempty" jsonschema:"conventions that the result depends on"`
}

func (s *Service) calculate(ctx context.Context, in calculateInput) (calculateOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision})
	if err != nil {
		return calculateOutput{}, shown(err)
	}
	r, err := ev.Evaluate(in.Expression)
	if err != nil {
		return calculateOutput{}, shown(err)
	}
	out := calculateOutput{
		Expression:     in.Expression,
		Result:         r.Text,
		Exact:          r.Exact && !r.Rounded && !r.Truncated,
		Type:           string(r.Type),
		Fraction:       r.Fraction,
		Symbolic:       r.Symbolic,
		Truncated:      r.Truncated,
		Interpretation: r.Interpretation,
		Notes:          r.Notes,
	}
	if r.Rounded || r.Truncated {
		out.Digits = r.Digits
	}
	return out, nil
}
