package number

import (
	"math"
	"math/big"
)

const (
	// doubleBits is the length of the significand of a double.
	doubleBits = 53
	// leastExponent is the exponent of the least positive double.
	leastExponent = -1074
	// doubleTop bounds doubles: all are below 2^doubleTop.
	doubleTop = 1024
)

// Float64 returns the double nearest to x, of two equally near the one with an
// even significand, as IEEE 754 rounds; that is proved for a real as well. A
// number nearer to 0 than to the least double gives 0. The error is a Limit for
// a number that is rounded beyond the greatest double, and Undecided for a real
// of which no precision within the limits tells which double is nearer.
func (a *Arith) Float64(x Number) (float64, error) {
	var f float64
	switch v := x.ref.(type) {
	case nil:
		return float64(x.i), nil
	case *big.Int:
		f = nearestDouble(v, 0)
	case fraction, *big.Rat:
		num, den := x.rat().Num(), x.rat().Denom()
		// Two more bits than a significand, and one that stands for the rest.
		shift := max(0, doubleBits+2-num.BitLen()+den.BitLen())
		if err := a.spend(divCost(num.BitLen()+shift, den.BitLen())); err != nil {
			return 0, err
		}
		q := new(big.Int).Lsh(num, uint(shift))
		q, r := q.QuoRem(q, den, new(big.Int))
		q.Lsh(q, 1)
		if r.Sign() != 0 {
			q.Add(q, big.NewInt(int64(num.Sign())))
		}
		f = nearestDouble(q, -shift-1)
	default:
		err := a.ziv(x, doubleBits+11, "the nearest double cannot be told", func(b ball) (bool, error) {
			lo, hi, e := b.ends()
			f = nearestDouble(lo, e)
			return f == nearestDouble(hi, e), nil
		})
		if err != nil {
			return 0, err
		}
	}
	if math.IsInf(f, 0) {
		return 0, &Error{Kind: Limit, Message: "the number is beyond the range of double precision, which ends at about 1.8e308"}
	}
	return f, nil
}

// nearestDouble returns the double nearest to m*2^e, an infinity if that is
// beyond the greatest.
func nearestDouble(m *big.Int, e int) float64 {
	top := m.BitLen() + e
	switch {
	case top > doubleTop:
		return math.Inf(m.Sign())
	case m.Sign() == 0 || top < leastExponent:
		return 0
	}
	if drop := max(top-doubleBits, leastExponent) - e; drop > 0 {
		m, e = roundQuo(m, new(big.Int).Lsh(one, uint(drop)), HalfEven), e+drop
	}
	// At most doubleBits bits are left, so that neither step rounds.
	f, _ := m.Float64()
	return math.Ldexp(f, e)
}

// FromFloat64 returns the exact value of f, which is a fraction with a power of
// two below; the error is a Domain error for infinities and for what is not a
// number.
func FromFloat64(f float64) (Number, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Number{}, &Error{Kind: Domain, Message: "infinities and what is not a number have no value"}
	}
	return ownRat(new(big.Rat).SetFloat64(f)), nil
}
