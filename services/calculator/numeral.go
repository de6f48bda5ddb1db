package calculator

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A numeral is a number in a tool's arguments: a string such as "0.1", "1/3" or
// "sqrt(2)", or a JSON number, of which every digit counts as it was sent.
type numeral string

// JSONSchema describes a numeral.
func (numeral) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"type":["string","number"]}`)
}

// UnmarshalJSON reads a string or a number.
func (n *numeral) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && (data[0] == '-' || '0' <= data[0] && data[0] <= '9') {
		*n = numeral(data)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil || s == "" {
		return errors.New(`send a number as a string, such as "0.1", "1/3" or "1e-9"`)
	}
	*n = numeral(s)
	return nil
}

// MarshalJSON writes a string.
func (n numeral) MarshalJSON() ([]byte, error) { return json.Marshal(string(n)) }

// A figure is a number in a tool's result.
type figure struct {
	Value    string `json:"value" jsonschema:"the number, in decimals"`
	Exact    bool   `json:"exact" jsonschema:"whether value is the number itself; false when it is rounded, then to its last digit"`
	Fraction string `json:"fraction,omitempty" jsonschema:"the number as a fraction where it is no short decimal"`
	Symbolic string `json:"symbolic,omitempty" jsonschema:"the closed form of an irrational number, such as sqrt(2)/2"`
}

// evaluator returns an evaluator with the service's defaults that reports the
// progress of the call.
func (s *Service) evaluator(ctx context.Context, opt eval.Options) (*eval.Evaluator, error) {
	if opt.Precision == 0 {
		opt.Precision = s.cfg.Precision
	}
	opt.Limits = s.cfg.limits()
	opt.Progress = server.Progress(ctx).Report
	ev, err := eval.New(ctx, opt)
	if err != nil {
		return nil, err
	}
	ev.Arith().OnHeavy(lightWork, s.lane.enter(ctx))
	return ev, nil
}

// written writes x down for a result.
func written(a *number.Arith, x number.Number) (figure, error) {
	t, err := a.Text(x, 0)
	if err != nil {
		return figure{}, err
	}
	f := figure{Value: t.Decimal, Exact: t.DecimalExact, Symbolic: t.Symbolic}
	if !t.DecimalExact {
		f.Fraction = t.Fraction
	}
	return f, nil
}
