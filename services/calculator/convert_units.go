package calculator

import (
	"context"
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

var convertUnitsTool = &mcp.Tool{
	Name:  "convert_units",
	Title: "Convert units",
	Description: `Convert a quantity by exact factors.

Units: km/h, kg*m/s^2, kWh, GiB, us_gallon, degF, delta_degC; list: calc://units. Ambiguous names (ton, gallon, oz, cal, F, year) are refused with each value. No currencies.

Example: {"quantity": "5 ft 3 in", "to": "cm"} gives "160.02".`,
	Annotations: server.ReadOnly(false),
}

type convertUnitsInput struct {
	Quantity  string  `json:"quantity,omitempty" jsonschema:"Number and unit; or value, from"`
	Value     numeral `json:"value,omitempty" jsonschema:"Number"`
	From      string  `json:"from,omitempty" jsonschema:"Unit of value"`
	To        string  `json:"to" jsonschema:"Unit"`
	Precision int     `json:"precision,omitempty" min:"1" max:"1000" jsonschema:"Digits"`
}

type convertUnitsOutput struct {
	Result         string   `json:"result" jsonschema:"the number, in decimals"`
	Unit           string   `json:"unit" jsonschema:"the unit of result"`
	Exact          bool     `json:"exact" jsonschema:"whether result is the value itself; false when it is rounded, then to its last digit, or when a unit is a measured one"`
	Fraction       string   `json:"fraction,omitempty" jsonschema:"the exact value of a result that is rounded"`
	Symbolic       string   `json:"symbolic,omitempty" jsonschema:"the closed form of an irrational result, such as pi/6"`
	Factor         string   `json:"factor" jsonschema:"the factor of formula, a fraction"`
	Formula        string   `json:"formula" jsonschema:"the result as a function of value"`
	Dimension      string   `json:"dimension" jsonschema:"what the units measure"`
	Interpretation string   `json:"interpretation" jsonschema:"how the units were read"`
	Notes          []string `json:"notes,omitempty" jsonschema:"conventions that the result depends on"`
}

func (s *Service) convertUnits(ctx context.Context, in convertUnitsInput) (convertUnitsOutput, error) {
	if (in.Quantity == "") == (in.From == "") {
		return convertUnitsOutput{}, toolerr.Invalid("quantity", `send either quantity, such as "60 mi/h", or value and from`)
	}
	if in.Quantity != "" && in.Value != "" {
		return convertUnitsOutput{}, toolerr.Invalid("value", "quantity has its number already; leave value out")
	}
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision})
	if err != nil {
		return convertUnitsOutput{}, shown(err)
	}
	c := conversion{ev: ev, value: string(in.Value)}
	source := in.From
	if in.Quantity != "" {
		c.whole, source = true, in.Quantity
	}
	out, err := c.convert(source, in.To)
	if err != nil {
		return convertUnitsOutput{}, shown(c.explained(err, source, in.To))
	}
	return out, nil
}

// A conversion computes the meanings of what one call asks for.
type conversion struct {
	ev    *eval.Evaluator
	value string
	whole bool // the source is a quantity, not only a unit
}

// A sided error is about the source, or about the unit to convert to; its
// suggestions replace that.
type sided struct {
	err *number.Error
	to  bool
}

func (e *sided) Error() string { return e.err.Error() }
func (e *sided) Unwrap() error { return e.err }

// about says which side an error of the units is about.
func about(err error, to bool) error {
	var e *number.Error
	if errors.As(err, &e) {
		return &sided{e, to}
	}
	return err
}

// convert computes the record for a source, which is a quantity or the unit of
// the value, and a unit.
func (c *conversion) convert(source, to string) (convertUnitsOutput, error) {
	q, interpretation, err := c.quantity(source)
	if err != nil {
		return convertUnitsOutput{}, about(err, false)
	}
	target, err := units.Parse(to)
	if err != nil {
		return convertUnitsOutput{}, about(err, true)
	}
	a := c.ev.Arith()
	r, err := units.Convert(a, q.Value, q.Unit, target)
	if err != nil {
		return convertUnitsOutput{}, c.cycles(err, source, q.Unit)
	}
	f, err := written(a, r.Value)
	if err != nil {
		return convertUnitsOutput{}, err
	}
	out := convertUnitsOutput{
		Result: f.Value, Unit: target.String(), Exact: f.Exact && r.Exact, Fraction: f.Fraction, Symbolic: f.Symbolic,
		Factor: r.FactorText, Formula: r.Formula, Dimension: target.Kind(),
		Interpretation: interpretation + " to " + target.String(), Notes: r.Notes,
	}
	if !r.Exact {
		out.Notes = append(out.Notes, "a unit is known by measurement only (CODATA 2022): digits beyond its uncertainty mean nothing")
	}
	return out, nil
}

// quantity reads the source.
func (c *conversion) quantity(source string) (units.Quantity, string, error) {
	if c.whole {
		return units.ParseQuantity(c.ev.Arith(), source, c.ev.Number)
	}
	u, err := units.Parse(source)
	if err != nil {
		return units.Quantity{}, "", err
	}
	value := c.value
	if value == "" {
		value = "1"
	}
	x, err := c.ev.Number(value)
	return units.Quantity{Value: x, Unit: u}, value + " " + u.String(), err
}

// cycles makes the suggestions of a frequency that is converted into an angular
// speed, or back, ones for the side that has no angle.
func (c *conversion) cycles(err error, source string, from units.Unit) error {
	var e *number.Error
	if !errors.As(err, &e) || e.Kind != number.Ambiguous {
		return err
	}
	if !strings.HasSuffix(e.Suggestions[0], "*"+from.String()) {
		return &sided{e, true}
	}
	if c.whole {
		value := strings.TrimSuffix(strings.TrimSpace(source), from.String())
		for i, s := range e.Suggestions {
			e.Suggestions[i] = value + s
		}
	}
	return &sided{e, false}
}

const (
	maxReadings  = 12 // meanings that are computed for an error
	maxAmbiguous = 3  // names that have several meanings in them
)

// explained adds what an ambiguous source or unit can mean, with the values.
func (c *conversion) explained(err error, source, to string) error {
	var e *sided
	if !errors.As(err, &e) || e.err.Kind != number.Ambiguous {
		return err
	}
	ee := &eval.Error{Reason: eval.Ambiguous, Message: e.err.Message, Hint: e.err.Hint, Suggestions: e.err.Suggestions}
	ee.Readings = c.readings(e, source, to, 0)
	var values []string
	for _, r := range ee.Readings {
		values = append(values, r.Expression+" = "+r.Value)
	}
	if len(values) > 0 {
		ee.Message += ": " + strings.Join(values, "; ")
	}
	return ee
}

// readings are the values of the meanings that have one.
func (c *conversion) readings(e *sided, source, to string, depth int) []eval.Reading {
	var list []eval.Reading
	for _, s := range e.err.Suggestions {
		src, dst := s, to
		if e.to {
			src, dst = source, s
		}
		out, err := c.convert(src, dst)
		var inner *sided
		switch {
		case err == nil:
			if !c.whole {
				src = strings.TrimSpace(c.value + " " + src)
			}
			list = append(list, eval.Reading{Expression: src + " to " + dst, Value: out.Result})
		case errors.As(err, &inner) && inner.err.Kind == number.Ambiguous && depth+1 < maxAmbiguous:
			list = append(list, c.readings(inner, src, dst, depth+1)...)
		}
		if len(list) >= maxReadings {
			return list[:maxReadings]
		}
	}
	return list
}
