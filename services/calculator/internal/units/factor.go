package units

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A factor is r * pi^pi, exactly; r is nil for 1 and otherwise never changes.
// It needs no budget: maxFactorBits bounds it.
type factor struct {
	r  *big.Rat
	pi int
}

// maxFactorBits bounds the numerator and the denominator of a factor; a metre
// to the power 30 with the largest prefix has 3,000 bits.
const maxFactorBits = 1 << 13

var one = big.NewRat(1, 1)

func (f factor) rat() *big.Rat {
	if f.r == nil {
		return one
	}
	return f.r
}

func (f factor) mul(g factor) factor {
	if g.r == nil {
		return factor{f.r, f.pi + g.pi}
	}
	return factor{new(big.Rat).Mul(f.rat(), g.r), f.pi + g.pi}
}

func (f factor) quo(g factor) factor { return f.mul(g.pow(-1)) }

// pow returns f^n; |n| is at most maxExponent.
func (f factor) pow(n int) factor {
	if f.r == nil {
		return factor{nil, n * f.pi}
	}
	e := big.NewInt(int64(max(n, -n)))
	num := new(big.Int).Exp(f.r.Num(), e, nil)
	den := new(big.Int).Exp(f.r.Denom(), e, nil)
	if n < 0 {
		num, den = den, num
	}
	return factor{new(big.Rat).SetFrac(num, den), n * f.pi}
}

func (f factor) bits() int { return f.rat().Num().BitLen() + f.rat().Denom().BitLen() }

func (f factor) isOne() bool { return f.pi == 0 && f.rat().Cmp(one) == 0 }

// number returns f as a value, with pi kept as pi.
func (f factor) number(a *number.Arith) (number.Number, error) {
	x := number.FromRat(f.rat())
	for range max(f.pi, -f.pi) {
		var err error
		if f.pi > 0 {
			x, err = a.Mul(x, a.Pi())
		} else {
			x, err = a.Quo(x, a.Pi())
		}
		if err != nil {
			return number.Number{}, err
		}
	}
	return x, nil
}

// String writes f as a fraction, such as "762/25" or "pi/180".
func (f factor) String() string {
	var over, under []string
	r := f.rat()
	if r.Num().Cmp(one.Num()) != 0 {
		over = append(over, r.Num().String())
	}
	if !r.IsInt() {
		under = append(under, r.Denom().String())
	}
	switch {
	case f.pi > 0:
		over = append(over, power("pi", f.pi))
	case f.pi < 0:
		under = append(under, power("pi", -f.pi))
	}
	return quotient(over, under)
}
