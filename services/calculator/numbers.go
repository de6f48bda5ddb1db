package calculator

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// numerals are a list of numbers in a tool's arguments. Its schema is short,
// because tools have several: their examples show what belongs into it.
type numerals []numeral

// JSONSchema describes numerals.
func (numerals) JSONSchema(bool) json.RawMessage { return json.RawMessage(`{"type":"array"}`) }

// UnmarshalJSON reads an array of strings and numbers.
func (n *numerals) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		var single json.Number
		if json.Unmarshal(data, &single) == nil {
			return fmt.Errorf("send a list: [%.50s], not %.50[1]s", data)
		}
		return errors.New(`send a list of numbers, such as ["0.1", "1/3"]`)
	}
	v := make(numerals, len(list))
	for i, item := range list {
		if err := v[i].UnmarshalJSON(item); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	*n = v
	return nil
}

// MarshalJSON writes an array of strings.
func (n numerals) MarshalJSON() ([]byte, error) { return json.Marshal([]numeral(n)) }

// numbers returns the values of a list; name is what the caller knows it by.
// Plain decimals, of which there may be very many, need no parser.
func numbers(ev *eval.Evaluator, name string, list numerals) ([]number.Number, error) {
	v := make([]number.Number, len(list))
	for i, n := range list {
		x, err := ev.Arith().ParseDecimal(string(n))
		var ne *number.Error
		if errors.As(err, &ne) && ne.Kind == number.Syntax {
			x, err = ev.Number(string(n))
		}
		if err != nil {
			return nil, within(err, fmt.Sprintf("%s[%d]", name, i))
		}
		if err := ev.Arith().Spend(20); err != nil {
			return nil, err
		}
		if err := ev.Arith().Hold(x); err != nil {
			return nil, within(err, fmt.Sprintf("%s[%d]", name, i))
		}
		v[i] = x
	}
	return v, nil
}

// within says in an error of arithmetic which part of the arguments it is about.
func within(err error, part string) error {
	var e *eval.Error
	if !errors.As(eval.Placed(err, 0), &e) {
		return err
	}
	placed := *e
	placed.Message = part + ": " + e.Message
	return &placed
}
