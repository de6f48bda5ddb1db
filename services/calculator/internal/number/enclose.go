package number

import (
	"math/big"
)

// Enclose returns lo <= x <= hi that differ by less than 2^-bits of either:
// for methods that go on with approximations. The error is Undecided for a
// real that no precision within the limits tells from 0.
func (a *Arith) Enclose(x Number, bits int) (lo, hi *big.Float, err error) {
	if x.IsZero() {
		return new(big.Float), new(big.Float), nil
	}
	err = a.ziv(x, bits+16, "a number near 0 cannot be told from it", func(b ball) (bool, error) {
		l, h, e := b.ends()
		if l.Sign() != h.Sign() {
			return false, nil
		}
		if w := new(big.Int).Sub(h, l); w.BitLen()+bits >= min(l.BitLen(), h.BitLen()) && w.Sign() != 0 {
			return false, nil
		}
		lo, hi = dyadic(l, e), dyadic(h, e)
		return true, nil
	})
	return lo, hi, err
}

// dyadic returns m*2^e exactly.
func dyadic(m *big.Int, e int) *big.Float {
	f := new(big.Float).SetInt(m)
	return f.SetMantExp(f, e)
}

// TextBetween writes down a number of which only lo < x < hi is known, as Text
// does; ok is false if the two do not round to the same decimal.
func (a *Arith) TextBetween(lo, hi *big.Rat, digits int) (text string, ok bool, err error) {
	if digits == 0 {
		digits = a.digits
	}
	if lo.Sign() != hi.Sign() || lo.Sign() == 0 {
		return "", false, nil
	}
	l, err := a.roundRat(lo, digits, HalfEven)
	if err != nil {
		return "", false, err
	}
	h, err := a.roundRat(hi, digits, HalfEven)
	if err != nil {
		return "", false, err
	}
	if text = l.text().String(); text != h.text().String() {
		return "", false, nil
	}
	return text, true, nil
}
