package eval

import (
	"errors"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// A hugePower is a power that is too large to be written down, which a
// logarithm or a remainder of it need not be.
type hugePower struct {
	x, y    number.Number
	refusal error
}

// powerOf computes the power n, or returns what it is made of if it is huge.
func (e *evaluator) powerOf(n *parse.Binary) (z number.Number, huge *hugePower, err error) {
	x, y, err := e.sides(n)
	if err != nil {
		return x, nil, err
	}
	z, err = e.power(x, y)
	if err == nil {
		return z, nil, nil
	}
	err = failure(err, n.At)
	var refused *Error
	if errors.As(err, &refused) && refused.Reason == Limit {
		return z, &hugePower{x, y, err}, nil
	}
	return z, nil, err
}

// powerMod is the remainder n of the power p.
func (e *evaluator) powerMod(n, p *parse.Binary) (number.Number, error) {
	x, huge, err := e.powerOf(p)
	if err != nil {
		return x, err
	}
	m, err := e.number(n.Y, n.Op)
	if err != nil {
		return m, err
	}
	if huge == nil {
		z, err := e.a.Mod(x, m)
		if err != nil {
			err = failure(err, n.At)
		}
		return z, err
	}
	z, ok := modPow(huge.x, huge.y, m)
	if !ok {
		return z, huge.refusal
	}
	return z, nil
}

// isPower is n as a power.
func isPower(n parse.Node) (*parse.Binary, bool) {
	b, ok := n.(*parse.Binary)
	return b, ok && b.Op == parse.Pow
}

// logOfPower is log(x^y) = y log(x) for a positive x.
func logOfPower(log operation) powerOperation {
	return func(e *evaluator, args []number.Number, y number.Number) (number.Number, bool, error) {
		if s, err := e.a.Sign(args[0]); err != nil || s <= 0 {
			return y, false, nil
		}
		z, err := log(e, args)
		if err == nil {
			z, err = e.a.Mul(y, z)
		}
		return z, true, err
	}
}

// modOfPower is x^y mod m.
func modOfPower(e *evaluator, args []number.Number, y number.Number) (number.Number, bool, error) {
	z, ok := modPow(args[0], y, args[1])
	return z, ok, nil
}

// maxModulus bounds, in bits, the exponent and the modulus of modPow, which
// cannot be interrupted; the longest takes about 20 ms.
const maxModulus = 4096

// modPow is x^y modulo m with the sign of m, for integers of bounded size.
func modPow(x, y, m number.Number) (number.Number, bool) {
	if !x.IsInt() || !y.IsInt() || !m.IsInt() || m.IsZero() {
		return number.Number{}, false
	}
	exponent, modulus := y.BigInt(), m.BigInt()
	if exponent.Sign() < 0 || exponent.BitLen() > maxModulus || modulus.BitLen() > maxModulus {
		return number.Number{}, false
	}
	size := new(big.Int).Abs(modulus)
	z := new(big.Int).Mod(x.BigInt(), size)
	z.Exp(z, exponent, size)
	if modulus.Sign() < 0 && z.Sign() != 0 {
		z.Add(z, modulus)
	}
	return number.FromBigInt(z), true
}
