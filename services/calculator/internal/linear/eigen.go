package linear

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Eigenvalue is the number Re + Im*i.
type Eigenvalue struct {
	Re, Im       number.Number
	Multiplicity int
}

// Factor is a factor of the characteristic polynomial, the highest power first.
type Factor struct {
	Coefficients []number.Number
	Multiplicity int
}

// Spectrum is all that is known of the eigenvalues of a matrix.
type Spectrum struct {
	// Values are the eigenvalues: the rational ones in order, then the others.
	Values []Eigenvalue
	// Rest are the factors whose roots, simple ones and irrational, are the
	// eigenvalues that are not in Values.
	Rest []Factor
}

// Eigenvalues returns the eigenvalues of a square matrix: exactly those that are
// rational, or roots of a factor of the characteristic polynomial that is found
// to be quadratic, and of the others the factors that they are roots of.
func Eigenvalues(a *number.Arith, m Matrix) (Spectrum, error) {
	v, d, radius, err := characteristic(a, "characteristic polynomial", m)
	if err != nil {
		return Spectrum{}, err
	}
	whole, rest, err := integerRoots(a, v, radius)
	if err != nil {
		return Spectrum{}, err
	}
	var s Spectrum
	for i := 0; i < len(whole); {
		j := i + 1
		for j < len(whole) && whole[j].Cmp(whole[i]) == 0 {
			j++
		}
		x, err := a.Quo(number.FromBigInt(whole[i]), d)
		if err != nil {
			return Spectrum{}, err
		}
		s.Values = append(s.Values, Eigenvalue{Re: x, Multiplicity: j - i})
		i = j
	}
	factors, err := squareFree(a, rest)
	if err != nil {
		return Spectrum{}, err
	}
	for _, f := range factors {
		if f.Coefficients, err = shrink(a, f.Coefficients, d); err != nil {
			return Spectrum{}, err
		}
		if len(f.Coefficients) != 3 {
			s.Rest = append(s.Rest, f)
			continue
		}
		values, err := quadratic(a, f.Coefficients[1], f.Coefficients[2])
		if err != nil {
			return Spectrum{}, err
		}
		for _, v := range values {
			v.Multiplicity = f.Multiplicity
			s.Values = append(s.Values, v)
		}
	}
	return s, nil
}

// quadratic returns the roots of x^2 + b*x + c, whose discriminant is no
// square.
func quadratic(a *number.Arith, b, c number.Number) ([]Eigenvalue, error) {
	half, err := a.Quo(b, number.Int(-2))
	if err != nil {
		return nil, err
	}
	disc, err := a.Mul(half, half)
	if err != nil {
		return nil, err
	}
	if disc, err = a.Sub(disc, c); err != nil {
		return nil, err
	}
	sign, err := a.Sign(disc)
	if err != nil {
		return nil, err
	}
	if disc, err = a.Abs(disc); err != nil {
		return nil, err
	}
	root, err := a.Sqrt(disc)
	if err != nil {
		return nil, err
	}
	minus, err := a.Neg(root)
	if err != nil {
		return nil, err
	}
	if sign < 0 {
		return []Eigenvalue{{Re: half, Im: minus}, {Re: half, Im: root}}, nil
	}
	lo, err := a.Add(half, minus)
	if err != nil {
		return nil, err
	}
	hi, err := a.Add(half, root)
	return []Eigenvalue{{Re: lo}, {Re: hi}}, err
}

// shrink divides the roots of a polynomial by d.
func shrink(a *number.Arith, c []number.Number, d number.Number) ([]number.Number, error) {
	c = slices.Clone(c)
	power := d
	for i := 1; i < len(c); i++ {
		var err error
		if c[i], err = a.Quo(c[i], power); err != nil {
			return nil, err
		}
		if power, err = a.Mul(power, d); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// squareFree writes a monic polynomial as a product of powers of polynomials
// without multiple roots.
func squareFree(a *number.Arith, v []*big.Int) ([]Factor, error) {
	if len(v) < 2 {
		return nil, nil
	}
	p := make([]number.Number, len(v))
	for i, c := range v {
		p[i] = number.FromBigInt(c)
	}
	f, err := new(primes).next(a)
	if err != nil {
		return nil, err
	}
	// Without multiple roots modulo a prime there are none.
	if len(f.gcd(f.poly(v), f.poly(derivative(v)))) == 1 {
		return []Factor{{p, 1}}, nil
	}
	return yun(a, p)
}

// yun is the algorithm of Yun for square-free factors.
func yun(a *number.Arith, p []number.Number) ([]Factor, error) {
	slope, err := derive(a, p)
	if err != nil {
		return nil, err
	}
	g, err := common(a, p, slope)
	if err != nil {
		return nil, err
	}
	b, _, err := divide(a, p, g)
	if err != nil {
		return nil, err
	}
	c, _, err := divide(a, slope, g)
	if err != nil {
		return nil, err
	}
	var factors []Factor
	for k := 1; len(b) > 1; k++ {
		// d = c - b'
		slope, err := derive(a, b)
		if err != nil {
			return nil, err
		}
		d, err := subtract(a, c, slope)
		if err != nil {
			return nil, err
		}
		if g, err = common(a, b, d); err != nil {
			return nil, err
		}
		if len(g) > 1 {
			factors = append(factors, Factor{g, k})
		}
		if b, _, err = divide(a, b, g); err != nil {
			return nil, err
		}
		if c, _, err = divide(a, d, g); err != nil {
			return nil, err
		}
	}
	return factors, nil
}

// derive, subtract, divide and common compute with polynomials of rational
// coefficients, the highest power first and not 0.
func derive(a *number.Arith, p []number.Number) ([]number.Number, error) {
	d := make([]number.Number, len(p)-1)
	for i := range d {
		var err error
		if d[i], err = a.Mul(p[i], number.Int(int64(len(p)-1-i))); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func subtract(a *number.Arith, p, q []number.Number) ([]number.Number, error) {
	z := make([]number.Number, max(len(p), len(q)))
	copy(z[len(z)-len(p):], p)
	for i, c := range q {
		k := len(z) - len(q) + i
		var err error
		if z[k], err = a.Sub(z[k], c); err != nil {
			return nil, err
		}
	}
	return lead(z), nil
}

func lead(p []number.Number) []number.Number {
	for len(p) > 0 && p[0].IsZero() {
		p = p[1:]
	}
	return p
}

func divide(a *number.Arith, p, q []number.Number) (quotient, remainder []number.Number, err error) {
	p = slices.Clone(p)
	for len(p) >= len(q) {
		t, err := a.Quo(p[0], q[0])
		if err != nil {
			return nil, nil, err
		}
		quotient = append(quotient, t)
		for i := 1; i < len(q); i++ {
			u, err := a.Mul(t, q[i])
			if err != nil {
				return nil, nil, err
			}
			if p[i], err = a.Sub(p[i], u); err != nil {
				return nil, nil, err
			}
		}
		p = p[1:]
	}
	return quotient, lead(p), nil
}

// common returns the monic greatest common divisor.
func common(a *number.Arith, p, q []number.Number) ([]number.Number, error) {
	for len(q) > 0 {
		_, r, err := divide(a, p, q)
		if err != nil {
			return nil, err
		}
		if p, q = q, r; len(q) == 0 {
			break
		}
		// Monic remainders keep the coefficients as short as fractions can be.
		if q, err = monic(a, q); err != nil {
			return nil, err
		}
	}
	return monic(a, p)
}

func monic(a *number.Arith, p []number.Number) ([]number.Number, error) {
	z := slices.Clone(p)
	for i := range z {
		var err error
		if z[i], err = a.Quo(z[i], p[0]); err != nil {
			return nil, err
		}
	}
	return z, nil
}
