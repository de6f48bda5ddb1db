package integer

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// ContinuedFraction is a number as a0 + 1/(a1 + 1/(a2 + ...)).
type ContinuedFraction struct {
	// Terms are a0, a1, ...: all of them, or the first, at least one.
	Terms []number.Number
	// Complete says that there are no more terms, but for those that Period
	// repeats.
	Complete bool
	// Period is how many of the last Terms repeat for ever, as they do for
	// the root of a quadratic equation; else 0.
	Period int
}

// String writes "[3; 7, 15, 1]", a period in parentheses, and "..." where terms
// are left out.
func (f *ContinuedFraction) String() string {
	b := []byte{'['}
	for i, t := range f.Terms {
		switch i {
		case 0:
		case 1:
			b = append(b, "; "...)
		default:
			b = append(b, ", "...)
		}
		if f.Period > 0 && i == len(f.Terms)-f.Period {
			b = append(b, '(')
		}
		b = t.BigInt().Append(b, 10)
	}
	switch {
	case f.Period > 0:
		b = append(b, ')')
	case !f.Complete && len(f.Terms) == 1:
		b = append(b, "; ..."...)
	case !f.Complete:
		b = append(b, ", ..."...)
	}
	return string(append(b, ']'))
}

// Convergents returns the first n fractions that cutting the continued fraction
// off gives, or as many as there are terms; a period goes on as long as needed.
func (f *ContinuedFraction) Convergents(n int) []number.Number {
	p, q := big.NewInt(1), new(big.Int)
	p0, q0 := new(big.Int), big.NewInt(1)
	var list []number.Number
	for i := range n {
		if i >= len(f.Terms) {
			if f.Period == 0 {
				break
			}
			i = len(f.Terms) - f.Period + (i-len(f.Terms))%f.Period
		}
		term := f.Terms[i].BigInt()
		p0.Add(p0, new(big.Int).Mul(term, p))
		q0.Add(q0, term.Mul(term, q))
		p, p0, q, q0 = p0, p, q0, q
		list = append(list, number.FromRat(new(big.Rat).SetFrac(p, q)))
	}
	return list
}

// Continued returns the first terms, at most most of them, of the continued
// fraction of x. Each term is proved.
func Continued(a *number.Arith, x number.Number, most int) (*ContinuedFraction, error) {
	if r := x.Rat(); r != nil {
		return continuedRat(a, r, most)
	}
	if c, q, n, ok := x.Quadratic(); ok {
		return continuedQuadratic(a, c.Rat(), q.Rat(), n.BigInt(), most)
	}
	return continuedReal(a, x, most)
}

func continuedRat(a *number.Arith, x *big.Rat, most int) (*ContinuedFraction, error) {
	f := new(ContinuedFraction)
	p, q := new(big.Int).Set(x.Num()), new(big.Int).Set(x.Denom())
	for q.Sign() != 0 {
		if len(f.Terms) == most {
			return f, nil
		}
		if err := a.Spend(number.DivCost(p.BitLen(), q.BitLen())); err != nil {
			return nil, err
		}
		// q is positive, so that the Euclidean quotient is the floor.
		t, r := new(big.Int).DivMod(p, q, new(big.Int))
		f.Terms = append(f.Terms, number.FromBigInt(t))
		p, q = q, r
	}
	f.Complete = true
	return f, nil
}

// continuedQuadratic expands c + q*sqrt(n) = (u + sqrt(d))/v by Lagrange's
// method, in which the pair u, v comes back when the period ends.
func continuedQuadratic(a *number.Arith, c, q *big.Rat, n *big.Int, most int) (*ContinuedFraction, error) {
	// With the common denominator w: c = s/w, q = t/w, d = t^2*n.
	w := new(big.Int).Mul(c.Denom(), q.Denom())
	u := new(big.Int).Mul(c.Num(), q.Denom())
	t := new(big.Int).Mul(q.Num(), c.Denom())
	v := new(big.Int).Set(w)
	if t.Sign() < 0 {
		u.Neg(u)
		v.Neg(v)
	}
	d := new(big.Int).Mul(t, t)
	d.Mul(d, n)
	// v has to divide d - u^2; if not, all is multiplied by |v|.
	if z := new(big.Int).Mul(u, u); z.Rem(z.Sub(d, z), v).Sign() != 0 {
		m := new(big.Int).Abs(v)
		u.Mul(u, m)
		d.Mul(d, m).Mul(d, m)
		v.Mul(v, m)
	}
	if err := a.Spend(4 * number.DivCost(d.BitLen(), d.BitLen()/2)); err != nil {
		return nil, err
	}
	r := new(big.Int).Sqrt(d)
	f := new(ContinuedFraction)
	seen := map[string]int{}
	for {
		state := u.String() + "/" + v.String()
		if i, ok := seen[state]; ok {
			f.Complete, f.Period = true, len(f.Terms)-i
			return f, nil
		}
		if len(f.Terms) == most {
			return f, nil
		}
		seen[state] = len(f.Terms)
		if err := a.Spend(1000 + 4*number.DivCost(d.BitLen(), v.BitLen())); err != nil {
			return nil, err
		}
		// The floor of (u + sqrt(d))/v: for v < 0 that of (u + r + 1)/v.
		s := new(big.Int).Add(u, r)
		if v.Sign() < 0 {
			s.Add(s, one)
		}
		term := floorDiv(s, v)
		f.Terms = append(f.Terms, number.FromBigInt(term))
		u = new(big.Int).Sub(new(big.Int).Mul(term, v), u)
		z := new(big.Int).Mul(u, u)
		v = z.Quo(z.Sub(d, z), v)
	}
}

func floorDiv(x, y *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if r.Sign() != 0 && r.Sign() != y.Sign() {
		q.Sub(q, one)
	}
	return q
}

// continuedReal expands the two ends of an enclosure of x; terms that both have
// are those of x.
func continuedReal(a *number.Arith, x number.Number, most int) (*ContinuedFraction, error) {
	first, err := a.Floor(x)
	if err != nil {
		return nil, err
	}
	for bits := int64(4*most + 64); ; bits *= 2 {
		scale := number.FromBigInt(new(big.Int).Lsh(one, uint(bits)))
		y, err := a.Mul(x, scale)
		if err != nil {
			return nil, err
		}
		if y, err = a.Floor(y); err != nil {
			return nil, err
		}
		p := y.BigInt()
		low, err := continuedRat(a, new(big.Rat).SetFrac(p, scale.BigInt()), most+2)
		if err != nil {
			return nil, err
		}
		high, err := continuedRat(a, new(big.Rat).SetFrac(p.Add(p, one), scale.BigInt()), most+2)
		if err != nil {
			return nil, err
		}
		n := 0
		// The last term of an end is no term of what is between.
		for n < min(len(low.Terms), len(high.Terms))-1 && low.Terms[n].BigInt().Cmp(high.Terms[n].BigInt()) == 0 {
			n++
		}
		if n == 0 && bits > 1<<15 {
			// As of an x next to an integer: no bits here tell the second term.
			return &ContinuedFraction{Terms: []number.Number{first}}, nil
		}
		if n >= most || bits > 1<<15 {
			return &ContinuedFraction{Terms: low.Terms[:min(n, most)]}, nil
		}
	}
}
