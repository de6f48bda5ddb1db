package linear

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Power returns the n-th power of a square matrix; that of the inverse if n is
// negative, the identity matrix if it is 0.
func Power(a *number.Arith, m Matrix, n int64) (Matrix, error) {
	if err := square("power", m); err != nil {
		return nil, err
	}
	e := uint64(n)
	if n < 0 {
		e = -e
		var err error
		if m, err = Inverse(a, m); err != nil {
			return nil, err
		}
	}
	z, was, rate := Identity(len(m)), 0, 0.0
	for i := bits.Len64(e) - 1; i >= 0; i-- {
		var err error
		if rate, err = foresee(a, z, rate, e, i); err != nil {
			return nil, err
		}
		is, err := growth(a, z, was, e, e>>(i+1))
		if err != nil {
			return nil, err
		}
		was = is
		if z, err = Multiply(a, z, z); err != nil {
			return nil, err
		}
		if e>>i&1 == 0 {
			continue
		}
		if z, err = Multiply(a, z, m); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// growth returns the length in bits of the longest entry of z, which is the
// power done of n; was is that of about half of this power. It refuses to go on
// if the next square is too long, or the last power will be: where a length
// doubles with the exponent after as many steps as there are rows, the growth
// is exponential, for a polynomial one adds at most that many bits.
func growth(a *number.Arith, z Matrix, was int, n, done uint64) (int, error) {
	longest, most := 0, a.Limits().IntegerBits
	for _, row := range z {
		for _, x := range row {
			r := x.Rat()
			if r == nil {
				continue
			}
			longest = max(longest, r.Num().BitLen())
			if !r.IsInt() {
				longest, most = max(longest, r.Num().BitLen()+r.Denom().BitLen()), a.Limits().RationalBits
			}
		}
	}
	last := float64(longest) / float64(max(done, 1)) * float64(n)
	exponential := done/2 >= uint64(len(z)) && longest > 1000 && 10*longest > 19*was
	if 2*longest > most || exponential && last > float64(most) {
		return 0, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the power has entries of about %s digits; the limit is %s", thousands(last*0.30103), thousands(float64(most)*0.30103)),
			Hint:    "ask for a smaller power"}
	}
	return longest, nil
}

// foresee refuses the power n of a matrix of which the powers are known to grow
// too long, or to take too much work, before they have grown: z is the power
// n>>(i+1). The trace of a power is the sum of the powers of the eigenvalues, so
// that the greatest of them is above a root of the trace divided by their
// number, and a power has an entry as great as its greatest eigenvalue divided
// by their number. rate is what was known of the logarithm of the greatest
// eigenvalue, and the result is what is known now.
func foresee(a *number.Arith, z Matrix, rate float64, n uint64, i int) (float64, error) {
	done := n >> (i + 1)
	if done == 0 || !exact(z) {
		return rate, nil
	}
	order := math.Log2(float64(len(z)))
	for k := uint64(1); k <= 2; k++ {
		t, err := traceOfPower(a, z, k)
		if err != nil {
			return rate, err
		}
		rate = max(rate, (log2Below(t)-order)/float64(k*done))
	}
	length := func(e uint64) int { return int(min(max(rate*float64(e)-order, 1), 1<<40)) }
	if last := length(n); last > a.Limits().IntegerBits {
		return rate, tooLongPower(last, a.Limits().IntegerBits)
	}
	work, count := 0.0, math.Pow(float64(len(z)), 3)
	for ; i >= 0; i-- {
		half := n >> (i + 1)
		work += timesWork(count, len(z), length(half), length(half))
		if n>>i&1 != 0 {
			work += timesWork(count, len(z), length(2*half), length(1))
		}
	}
	if left := a.Remaining(); work > float64(left) {
		return rate, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the power has entries of more than %s digits and takes more than %s steps; the limit is %s",
				thousands(float64(length(n))*0.30103), thousands(work), thousands(float64(a.Limits().Work))),
			Hint: "ask for a smaller power"}
	}
	return rate, nil
}

func tooLongPower(bits, most int) error {
	return &number.Error{Kind: number.Limit,
		Message: fmt.Sprintf("the power has entries of more than %s digits; the limit is %s", thousands(float64(bits)*0.30103), thousands(float64(most)*0.30103)),
		Hint:    "ask for a smaller power"}
}

// traceOfPower returns the trace of z or, if k is 2, of its square.
func traceOfPower(a *number.Arith, z Matrix, k uint64) (number.Number, error) {
	if k == 1 {
		return Trace(a, z)
	}
	var t number.Number
	for i, row := range z {
		for j, x := range row {
			p, err := a.Mul(x, z[j][i])
			if err == nil {
				t, err = a.Add(t, p)
			}
			if err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// log2Below returns a bound below the logarithm to the base 2 of an exact |x|.
func log2Below(x number.Number) float64 {
	r := x.Rat()
	if r == nil || r.Sign() == 0 {
		return math.Inf(-1)
	}
	if f, _ := r.Float64(); f != 0 && !math.IsInf(f, 0) {
		return math.Log2(math.Abs(f)) - 1e-9
	}
	return float64(r.Num().BitLen() - 1 - r.Denom().BitLen())
}
