package args

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// Int64 is an integer that no client rounds: in JSON it is a decimal string.
// As an argument an exact number is accepted too.
type Int64 int64

var errInt64 = errors.New(`send a 64-bit integer as a decimal string, such as "9007199254740993"`)

// JSONSchema describes a decimal string. Arguments may also be numbers, which
// the schema leaves out: some models' APIs refuse a schema with several types.
func (Int64) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"type":"string","pattern":"^-?[0-9]+$"}`)
}

// MarshalJSON writes a decimal string.
func (x Int64) MarshalJSON() ([]byte, error) {
	return append(strconv.AppendInt([]byte{'"'}, int64(x), 10), '"'), nil
}

// UnmarshalJSON reads a decimal string or a number with an integral value.
func (x *Int64) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if len(data) >= 2 && data[0] == '"' {
		n, err := strconv.ParseInt(string(data[1:len(data)-1]), 10, 64)
		if err != nil || data[1] == '+' {
			return errInt64
		}
		*x = Int64(n)
		return nil
	}
	s := scanner{data: data}
	if _, err := s.number(); err != nil || s.pos < len(data) {
		return errInt64
	}
	negative, magnitude, whole, fits := integer(data)
	switch {
	case !whole || !fits || magnitude > 1<<63 || magnitude > math.MaxInt64 && !negative:
		return errInt64
	case negative:
		*x = Int64(-magnitude)
	default:
		*x = Int64(magnitude)
	}
	return nil
}
