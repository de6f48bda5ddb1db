package integer

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A BitOperation combines the bits of integers; a negative integer has
// infinitely many leading ones, as in two's complement.
type BitOperation string

// The operations. Not takes one integer, the shifts take an integer and a
// number of bits; a shift to the right rounds down.
const (
	And        BitOperation = "and"
	Or         BitOperation = "or"
	Xor        BitOperation = "xor"
	Not        BitOperation = "not"
	ShiftLeft  BitOperation = "shl"
	ShiftRight BitOperation = "shr"
)

// Bitwise returns the result of an operation on one or more integers.
func Bitwise(a *number.Arith, op BitOperation, x ...number.Number) (number.Number, error) {
	v := make([]*big.Int, len(x))
	size := int64(0)
	for i := range x {
		var err error
		if v[i], err = of(x[i], "the bitwise "+string(op)); err != nil {
			return number.Number{}, err
		}
		size += int64(v[i].BitLen())
	}
	if err := a.Spend(size/64 + 10); err != nil {
		return number.Number{}, err
	}
	var combine func(z, x, y *big.Int) *big.Int
	switch op {
	case And:
		combine = (*big.Int).And
	case Or:
		combine = (*big.Int).Or
	case Xor:
		combine = (*big.Int).Xor
	case Not:
		if len(v) != 1 {
			return number.Number{}, domain("the bitwise not takes one integer, not %d", len(v))
		}
		return number.FromBigInt(v[0].Not(v[0])), nil
	case ShiftLeft, ShiftRight:
		return shift(a, op, x, v)
	default:
		return number.Number{}, domain("the bitwise operation %q is unknown: and, or, xor, not, shl and shr are known", string(op))
	}
	if len(v) < 2 {
		return number.Number{}, domain("the bitwise %s takes two or more integers, not %d", op, len(v))
	}
	for _, y := range v[1:] {
		combine(v[0], v[0], y)
	}
	return number.FromBigInt(v[0]), nil
}

func shift(a *number.Arith, op BitOperation, x []number.Number, v []*big.Int) (number.Number, error) {
	if len(v) != 2 {
		return number.Number{}, domain("a shift takes an integer and a number of bits, not %d integers", len(v))
	}
	n := new(big.Int).Set(v[1])
	if op == ShiftRight {
		n.Neg(n)
	}
	if n.Sign() > 0 {
		if v[0].Sign() == 0 {
			return number.Number{}, nil
		}
		digits := (float64(v[0].BitLen()) + float(n)) * 0.30103
		if err := a.TooLong("the number shifted by "+number.Brief(x[1])+" bits", digits); err != nil {
			return number.Number{}, err
		}
		return number.FromBigInt(v[0].Lsh(v[0], uint(n.Int64()))), nil
	}
	right := uint(v[0].BitLen() + 1)
	if n.Neg(n).IsUint64() {
		right = uint(min(n.Uint64(), uint64(right)))
	}
	return number.FromBigInt(v[0].Rsh(v[0], right)), nil
}
