package poly

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// parts is a polynomial without multiple roots taken apart.
type parts struct {
	rational   []*big.Rat
	quadratics []ints
	// rest has no root that is rational or, if that was looked for, of degree
	// two; brackets has its real roots in ascending order.
	rest     ints
	brackets []Bracket
}

// takeApart finds the real roots of f, which has no multiple ones, and takes
// out the rational ones and the pairs that belong to a quadratic factor.
func takeApart(a *number.Arith, f ints) (*parts, error) {
	p := &parts{rest: f}
	if f.degree() == 1 {
		p.rational = []*big.Rat{new(big.Rat).SetFrac(new(big.Int).Neg(f[0]), f[1])}
		p.rest = ints{big.NewInt(1)}
		return p, nil
	}
	brackets, err := isolate(a, f)
	if err != nil {
		return nil, err
	}
	for _, b := range brackets {
		if !b.Exact {
			p.brackets = append(p.brackets, b)
			continue
		}
		q, _ := b.Ends()
		if _, err := p.takeRational(a, q); err != nil {
			return nil, err
		}
	}
	if err := p.takeRationals(a); err != nil {
		return nil, err
	}
	if p.rest.degree() == 2 && p.rest.bits() <= maxSurd {
		p.quadratics, p.rest, p.brackets = []ints{p.rest}, ints{big.NewInt(1)}, nil
		return p, nil
	}
	if err := p.takeQuadratics(a); err != nil {
		return nil, err
	}
	return p, p.sign(a)
}

// sign sets the signs at the lower ends of the brackets.
func (p *parts) sign(a *number.Arith) error {
	for i := range p.brackets {
		b := &p.brackets[i]
		s, err := horner{a, p.rest}.Sign(b.M, b.K)
		if err != nil {
			return err
		}
		b.Sign = s
	}
	return nil
}

// takeRational divides x - q out, if q is a root.
func (p *parts) takeRational(a *number.Arith, q *big.Rat) (bool, error) {
	rest, ok, err := p.rest.quo(a, ints{new(big.Int).Neg(q.Num()), q.Denom()})
	if ok && err == nil {
		p.rest = rest
		p.rational = append(p.rational, q)
	}
	return ok, err
}

// takeRationals refines each bracket until only one fraction in it can be a
// root: its denominator divides the leading coefficient.
func (p *parts) takeRationals(a *number.Arith) error {
	if err := p.sign(a); err != nil {
		return err
	}
	f, lead := p.rest, p.rest.lead()
	k := lead.BitLen() + 1
	open := p.brackets[:0]
	for _, b := range p.brackets {
		if err := b.Refine(horner{a, f}, k); err != nil {
			return err
		}
		q := new(big.Rat)
		if b.Exact {
			q, _ = b.Ends()
		} else {
			lo, hi := b.Ends()
			scale := new(big.Rat).SetInt(lead)
			lo.Mul(lo, scale)
			n := new(big.Int).Quo(lo.Num(), lo.Denom())
			if lo.Sign() > 0 && !lo.IsInt() {
				n.Add(n, one)
			}
			if hi.Mul(hi, scale).Cmp(q.SetInt(n)) < 0 {
				open = append(open, b)
				continue
			}
			q.SetFrac(n, lead)
		}
		if ok, err := p.takeRational(a, q); err != nil {
			return err
		} else if !ok {
			open = append(open, b)
		}
	}
	p.brackets = open
	return nil
}

// takeQuadratics tries all pairs of real roots: the leading coefficient times
// their sum and times their product are integers if they belong together.
func (p *parts) takeQuadratics(a *number.Arith) error {
	if len(p.brackets) < 2 {
		return nil
	}
	if err := p.sign(a); err != nil {
		return err
	}
	lead := p.rest.lead()
	k := lead.BitLen() + max(p.rest.rootBits(), 0) + 2*guard
	approx := make([]*big.Int, len(p.brackets))
	for i := range p.brackets {
		b := &p.brackets[i]
		if err := b.Refine(horner{a, p.rest}, k); err != nil {
			return err
		}
		approx[i] = new(big.Int).Rsh(new(big.Int).Lsh(b.M, uint(max(k-b.K, 0))), uint(max(b.K-k, 0)))
	}
	taken := make([]bool, len(approx))
	for i := range approx {
		if err := a.Spend(int64(len(approx)) * 4 * number.MulCost(k, k)); err != nil {
			return err
		}
		for j := i + 1; j < len(approx) && !taken[i]; j++ {
			if taken[j] {
				continue
			}
			sum := new(big.Int).Add(approx[i], approx[j])
			s, ok := nearInteger(sum.Mul(sum, lead), k)
			if !ok {
				continue
			}
			product := new(big.Int).Mul(approx[i], approx[j])
			t, ok := nearInteger(product.Mul(product, lead), 2*k)
			if !ok {
				continue
			}
			q := ints{t, s.Neg(s), lead}
			// Another root may be as near: those of q are where q changes sign.
			if !changesSign(q, &p.brackets[i]) || !changesSign(q, &p.brackets[j]) {
				continue
			}
			ok, err := p.takeQuadratic(a, q)
			if err != nil {
				return err
			}
			taken[i], taken[j] = ok, ok
		}
	}
	open := p.brackets[:0]
	for i, b := range p.brackets {
		if !taken[i] {
			open = append(open, b)
		}
	}
	p.brackets = open
	return nil
}

// changesSign reports whether the quadratic polynomial q has different signs at
// the ends of b.
func changesSign(q ints, b *Bracket) bool {
	at := func(x *big.Rat) int {
		v := new(big.Rat).SetInt(q[2])
		v.Mul(v, x).Add(v, new(big.Rat).SetInt(q[1]))
		return v.Mul(v, x).Add(v, new(big.Rat).SetInt(q[0])).Sign()
	}
	lo, hi := b.Ends()
	return at(lo)*at(hi) < 0
}

// guard is how many bits must agree before an integer is tried.
const guard = 24

// nearInteger returns the integer next to x*2^-k, and whether it is within
// 2^-guard.
func nearInteger(x *big.Int, k int) (*big.Int, bool) {
	n := new(big.Int).Rsh(x, uint(k-1))
	n.Add(n, one).Rsh(n, 1)
	d := new(big.Int).Lsh(n, uint(k))
	return n, d.Sub(d, x).BitLen() <= k-guard
}

// maxSurd bounds the coefficients of quadratic factors, in bits: a closed form
// of longer ones may cancel beyond what can be computed from it.
const maxSurd = 2048

// takeQuadratic divides q out, if it is a factor.
func (p *parts) takeQuadratic(a *number.Arith, q ints) (bool, error) {
	q, err := q.primitive(a)
	if err != nil || q.bits() > maxSurd {
		return false, err
	}
	rest, ok, err := p.rest.quo(a, q)
	if ok && err == nil {
		p.rest = rest
		p.quadratics = append(p.quadratics, q)
	}
	return ok, err
}
