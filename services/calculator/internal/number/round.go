package number

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Rounding says which neighbour a number is rounded to.
type Rounding uint8

// The rounding modes. HalfEven, the zero value, takes the nearest value and
// the even one of two equally near.
const (
	HalfEven Rounding = iota
	HalfUp            // nearest; ties away from zero
	HalfDown          // nearest; ties toward zero
	TowardZero
	AwayFromZero
	Floor
	Ceiling
)

var roundings = [...]string{"half_even", "half_up", "half_down", "down", "up", "floor", "ceiling"}

// String is the name of the mode, such as half_even; TowardZero is down and
// AwayFromZero is up, as in the General Decimal Arithmetic specification.
func (r Rounding) String() string { return roundings[r] }

// ParseRounding returns the mode of that name; the empty name is HalfEven.
func ParseRounding(name string) (Rounding, error) {
	i := slices.Index(roundings[:], name)
	if i < 0 && name != "" {
		return 0, &Error{Kind: Domain, Message: "the rounding mode " + strconv.Quote(name) + " is unknown",
			Hint: "choose one of " + strings.Join(roundings[:], ", ")}
	}
	return Rounding(max(i, 0)), nil
}

// away reports whether a number between two neighbours goes to the one farther
// from zero. half compares its distance to the nearer one with the middle; odd
// tells the nearer one.
func (r Rounding) away(negative bool, half int, odd bool) bool {
	switch r {
	case HalfEven:
		return half > 0 || half == 0 && odd
	case HalfUp:
		return half >= 0
	case HalfDown:
		return half > 0
	case AwayFromZero:
		return true
	case Floor:
		return negative
	case Ceiling:
		return !negative
	}
	return false
}

// Floor returns the greatest integer not above x.
func (a *Arith) Floor(x Number) (Number, error) { return a.Round(x, 0, Floor) }

// Ceil returns the least integer not below x.
func (a *Arith) Ceil(x Number) (Number, error) { return a.Round(x, 0, Ceiling) }

// Trunc returns the integer part of x, rounded toward zero.
func (a *Arith) Trunc(x Number) (Number, error) { return a.Round(x, 0, TowardZero) }

// Round returns the multiple of 10^-digits next to x that mode chooses; digits
// may be negative. The result is exact. The error is Undecided for a real so
// near to where rounding changes that no precision within the limits tells.
func (a *Arith) Round(x Number, digits int, mode Rounding) (Number, error) {
	if digits >= 0 && x.IsInt() {
		return x, nil
	}
	if limit := int(float64(a.lim.RationalBits) * math.Log10(2)); digits > limit || digits < -limit {
		return Number{}, &Error{Kind: Limit,
			Message: "rounding to " + group(int64(digits)) + " digits after the point; the limit is " + group(int64(limit))}
	}
	if digits == 0 {
		return a.roundInt(x, mode)
	}
	p, err := a.powUint(big.NewInt(10), uint64(max(digits, -digits)))
	if err != nil {
		return Number{}, err
	}
	unit := ownInt(p)
	if digits < 0 {
		q, err := a.Quo(x, unit)
		if err != nil {
			return Number{}, err
		}
		if q, err = a.roundInt(q, mode); err != nil {
			return Number{}, err
		}
		return a.Mul(q, unit)
	}
	q, err := a.Mul(x, unit)
	if err != nil {
		return Number{}, err
	}
	if q, err = a.roundInt(q, mode); err != nil {
		return Number{}, err
	}
	return a.Quo(q, unit)
}

// roundInt returns the integer next to x that mode chooses.
func (a *Arith) roundInt(x Number, mode Rounding) (Number, error) {
	switch v := x.ref.(type) {
	case nil, *big.Int:
		return x, nil
	case fraction:
		return Int(round64(x.i, x.d, mode)), nil
	case *big.Rat:
		return a.divInt(v.Num(), v.Denom(), mode)
	}
	if c, sign, t, ok := a.nearExact(x); ok && t <= -2 {
		// Where rounding changes is a multiple of 1/2: none is within 1/4 of
		// another.
		twice, err := a.Mul(c, Int(2))
		if err != nil {
			return Number{}, err
		}
		if twice.IsInt() {
			if c, err = a.Add(c, Frac(int64(sign), 4)); err != nil {
				return Number{}, err
			}
			return a.roundInt(c, mode)
		}
	}
	b, err := a.enclose(x, 64)
	if err != nil {
		return Number{}, err
	}
	top := max(b.top(), 0)
	if top > maxArgumentBits {
		return Number{}, &Error{Kind: Limit,
			Message: "the integer part of the real number has about " + groupFloat(math.Ceil(float64(top)*math.Log10(2))) +
				" digits; the limit is 10,000"}
	}
	var z *big.Int
	err = a.ziv(x, 64+top, "the number is too near to a point where rounding changes", func(b ball) (bool, error) {
		z = b.integer(mode)
		return z != nil, nil
	})
	if err != nil {
		return Number{}, err
	}
	return ownInt(z), nil
}

// integer returns the integer to which every number of the ball is rounded, or
// nil if there are several.
func (x ball) integer(mode Rounding) *big.Int {
	lo, hi, e := x.ends()
	if e >= 0 {
		if lo.Cmp(hi) != 0 {
			return nil
		}
		return lo.Lsh(lo, uint(e))
	}
	unit := new(big.Int).Lsh(one, uint(-e))
	lo, hi = roundQuo(lo, unit, mode), roundQuo(hi, unit, mode)
	if lo.Cmp(hi) != 0 {
		return nil
	}
	return lo
}
