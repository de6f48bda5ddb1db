package main

import (
	"fmt"
	"math/big"
	"strings"
)

// An evaluation is a request and its value, which is known.
type evaluation struct {
	request
	value string // a decimal, with the unit of a quantity
}

// check reports what is wrong with r as the answer of a contestant: ours must
// be value, digit for digit; the others the same number, as far as 9 digits of
// a double and 26 of a decimal show that.
func (v evaluation) check(name string, r response) error {
	if r.Refusal != "" {
		return fmt.Errorf("%s refuses: %s", name, r.Refusal)
	}
	wrong := fmt.Errorf("%s answers %.100s, want %.100s", name, r.Value, v.value)
	if name == ours {
		if !v.written(r) {
			return wrong
		}
		return nil
	}
	tolerance := big.NewFloat(1e-9)
	if name == bigNumber {
		tolerance = big.NewFloat(1e-26)
	}
	want, unit, _ := strings.Cut(v.value, " ")
	got, ok := strings.CutSuffix(r.Value, unit)
	if !ok || !near(strings.TrimSpace(got), want, tolerance) {
		return wrong
	}
	return nil
}

// written reports whether r is the value, or the beginning and the end of its
// digits and their number.
func (v evaluation) written(r response) bool {
	head, tail, shortened := strings.Cut(r.Value, "...")
	if !shortened {
		return r.Value == v.value
	}
	return len(head) >= 20 && len(tail) >= 20 && strings.HasPrefix(v.value, head) && strings.HasSuffix(v.value, tail) && r.Digits == len(v.value)
}

// near reports whether the relative difference of two decimals is at most
// tolerance.
func near(got, want string, tolerance *big.Float) bool {
	const bits = 256
	x, _, err := big.ParseFloat(got, 10, bits, big.ToNearestEven)
	if err != nil {
		return false
	}
	y, _, err := big.ParseFloat(want, 10, bits, big.ToNearestEven)
	if err != nil {
		return false
	}
	difference := new(big.Float).Sub(x, y)
	most := new(big.Float).Mul(y, tolerance)
	return difference.Abs(difference).Cmp(most.Abs(most)) <= 0
}
