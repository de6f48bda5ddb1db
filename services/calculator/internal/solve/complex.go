package solve

import (
	"math"
	"math/big"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// A complexNumber has parts that are known exactly.
type complexNumber struct {
	re, im number.Number
}

func (z complexNumber) times(a *number.Arith, w complexNumber) (complexNumber, error) {
	if z.im.IsZero() && w.im.IsZero() {
		re, err := a.Mul(z.re, w.re)
		return complexNumber{re: re}, err
	}
	var err error
	do := func(f func(x, y number.Number) (number.Number, error), x, y number.Number) (v number.Number) {
		if err == nil {
			v, err = f(x, y)
		}
		return v
	}
	re := do(a.Sub, do(a.Mul, z.re, w.re), do(a.Mul, z.im, w.im))
	im := do(a.Add, do(a.Mul, z.re, w.im), do(a.Mul, z.im, w.re))
	return complexNumber{re, im}, err
}

func (z complexNumber) plus(a *number.Arith, w complexNumber) (complexNumber, error) {
	re, err := a.Add(z.re, w.re)
	if err != nil {
		return z, err
	}
	im, err := a.Add(z.im, w.im)
	return complexNumber{re, im}, err
}

// isZero reports whether z is known to be 0; the error is Undecided if it may
// be.
func (z complexNumber) isZero(a *number.Arith) (bool, error) {
	for _, x := range []number.Number{z.re, z.im} {
		if s, err := a.Sign(x); err != nil || s != 0 {
			return false, err
		}
	}
	return true, nil
}

// at returns the value of p at x.
func (r ring) at(p terms, x []complexNumber) (complexNumber, error) {
	powers := make([][]complexNumber, r.n)
	sum := complexNumber{}
	for key, c := range p {
		z := complexNumber{re: c}
		for i, e := range []byte(key) {
			if e == 0 {
				continue
			}
			if powers[i] == nil {
				powers[i] = []complexNumber{{re: number.Int(1)}}
			}
			for len(powers[i]) <= int(e) {
				next, err := powers[i][len(powers[i])-1].times(r.a, x[i])
				if err != nil {
					return sum, err
				}
				powers[i] = append(powers[i], next)
			}
			var err error
			if z, err = z.times(r.a, powers[i][e]); err != nil {
				return sum, err
			}
		}
		var err error
		if sum, err = sum.plus(r.a, z); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// fractionAt returns the value of f at x, where its denominator is not 0.
func (r ring) fractionAt(f fraction, x []complexNumber) (complexNumber, error) {
	num, err := r.at(f.num, x)
	if err != nil || f.den == nil {
		return num, err
	}
	den, err := r.at(f.den, x)
	if err != nil {
		return num, err
	}
	// num/den is num times the conjugate of den, divided by |den|^2.
	minus, err := r.a.Neg(den.im)
	if err != nil {
		return num, err
	}
	square, err := den.times(r.a, complexNumber{den.re, minus})
	if err != nil {
		return num, err
	}
	if num, err = num.times(r.a, complexNumber{den.re, minus}); err != nil {
		return num, err
	}
	if num.re, err = r.a.Quo(num.re, square.re); err == nil {
		num.im, err = r.a.Quo(num.im, square.re)
	}
	return num, err
}

// An interval holds what is known of a real number: lo <= x <= hi.
type interval struct {
	lo, hi *big.Float
}

// A box holds what is known of a complex number.
type box struct {
	re, im interval
}

// A calculator computes with intervals, rounding outwards to prec bits.
type calculator struct {
	prec uint
}

func (c calculator) down() *big.Float {
	return new(big.Float).SetPrec(c.prec).SetMode(big.ToNegativeInf)
}

func (c calculator) up() *big.Float {
	return new(big.Float).SetPrec(c.prec).SetMode(big.ToPositiveInf)
}

func (c calculator) ofRats(lo, hi *big.Rat) interval {
	return interval{c.down().SetRat(lo), c.up().SetRat(hi)}
}

func (c calculator) ofRoot(r poly.Root) box {
	return box{c.ofRats(r.Re.Lo, r.Re.Hi), c.ofRats(r.Im.Lo, r.Im.Hi)}
}

// ofNumber encloses x.
func (c calculator) ofNumber(a *number.Arith, x number.Number) (interval, error) {
	if q := x.Rat(); q != nil {
		return c.ofRats(q, q), nil
	}
	lo, hi, err := a.Enclose(x, int(c.prec))
	if err != nil {
		return interval{}, err
	}
	return interval{c.down().Set(lo), c.up().Set(hi)}, nil
}

func (x interval) isZero() bool { return x.lo.Sign() == 0 && x.hi.Sign() == 0 }

// hasZero reports whether 0 is in x.
func (x interval) hasZero() bool { return x.lo.Sign() <= 0 && x.hi.Sign() >= 0 }

func (x interval) part() poly.Part { return poly.Part{Lo: rat(x.lo), Hi: rat(x.hi)} }

// size returns the greatest magnitude in x.
func (x interval) size() *big.Float {
	l, h := new(big.Float).Abs(x.lo), new(big.Float).Abs(x.hi)
	if l.Cmp(h) > 0 {
		return l
	}
	return h
}

func (c calculator) add(x, y interval) interval {
	return interval{c.down().Add(x.lo, y.lo), c.up().Add(x.hi, y.hi)}
}

func (c calculator) sub(x, y interval) interval {
	return interval{c.down().Sub(x.lo, y.hi), c.up().Sub(x.hi, y.lo)}
}

func (c calculator) mul(x, y interval) interval {
	if x.isZero() || y.isZero() {
		return interval{new(big.Float), new(big.Float)}
	}
	z := interval{c.down().Mul(x.lo, y.lo), c.up().Mul(x.lo, y.lo)}
	for _, p := range [3][2]*big.Float{{x.lo, y.hi}, {x.hi, y.lo}, {x.hi, y.hi}} {
		if l := c.down().Mul(p[0], p[1]); l.Cmp(z.lo) < 0 {
			z.lo = l
		}
		if h := c.up().Mul(p[0], p[1]); h.Cmp(z.hi) > 0 {
			z.hi = h
		}
	}
	return z
}

// quo returns x/y for a y without 0.
func (c calculator) quo(x, y interval) interval {
	one := new(big.Float).SetInt64(1)
	return c.mul(x, interval{c.down().Quo(one, y.hi), c.up().Quo(one, y.lo)})
}

func (c calculator) mulBox(x, y box) box {
	return box{
		c.sub(c.mul(x.re, y.re), c.mul(x.im, y.im)),
		c.add(c.mul(x.re, y.im), c.mul(x.im, y.re)),
	}
}

// at encloses the value of p at x.
func (c calculator) at(r ring, p terms, x []box) (box, error) {
	zero := interval{new(big.Float), new(big.Float)}
	powers := make([][]box, r.n)
	sum := box{zero, zero}
	cost := 20 * (number.MulCost(int(c.prec), int(c.prec)) + 200)
	for key, k := range p {
		if err := r.a.Spend(cost); err != nil {
			return sum, err
		}
		re, err := c.ofNumber(r.a, k)
		if err != nil {
			return sum, err
		}
		z := box{re, zero}
		for i, e := range []byte(key) {
			if e == 0 {
				continue
			}
			if powers[i] == nil {
				powers[i] = []box{{}, x[i]}
			}
			for len(powers[i]) <= int(e) {
				powers[i] = append(powers[i], c.mulBox(powers[i][len(powers[i])-1], x[i]))
			}
			z = c.mulBox(z, powers[i][e])
		}
		sum = box{c.add(sum.re, z.re), c.add(sum.im, z.im)}
	}
	return sum, nil
}

// fractionAt encloses the value of f at x; ok is false if its denominator may
// be 0 there.
func (c calculator) fractionAt(r ring, f fraction, x []box) (z box, ok bool, err error) {
	if z, err = c.at(r, f.num, x); err != nil || f.den == nil {
		return z, err == nil, err
	}
	d, err := c.at(r, f.den, x)
	if err != nil {
		return z, false, err
	}
	square := c.add(c.mul(d.re, d.re), c.mul(d.im, d.im))
	if square.hasZero() {
		return z, false, nil
	}
	z = c.mulBox(z, box{d.re, interval{new(big.Float).Neg(d.im.hi), new(big.Float).Neg(d.im.lo)}})
	return box{c.quo(z.re, square), c.quo(z.im, square)}, true, nil
}

// anyZero reports whether one of the polynomials is 0 at x.
func (s *solver) anyZero(r ring, list []terms, x []complexNumber) (bool, error) {
	for _, p := range list {
		z, err := r.at(p, x)
		if err != nil {
			return false, err
		}
		if zero, err := z.isZero(s.a); zero || err != nil {
			return zero, err
		}
	}
	return false, nil
}

// vanishes reports whether one of the polynomials is 0 at a solution, whose
// exact values are given if they are known.
func (s *solver) vanishes(r ring, list []terms, solution Solution, exact []complexNumber) (bool, error) {
	if exact != nil || len(list) == 0 {
		return s.anyZero(r, list, exact)
	}
	c := calculator{s.bits}
	for _, p := range list {
		z, err := c.at(r, p, c.boxes(solution))
		if err != nil {
			return false, err
		}
		if z.re.hasZero() && z.im.hasZero() {
			return false, &number.Error{Kind: number.Undecided, Message: "whether a denominator is 0 at a root cannot be told"}
		}
	}
	return false, nil
}

func (c calculator) boxes(solution Solution) []box {
	boxes := make([]box, len(solution.Values))
	for i, v := range solution.Values {
		boxes[i] = box{c.ofRats(v.Re.Lo, v.Re.Hi), c.ofRats(v.Im.Lo, v.Im.Hi)}
	}
	return boxes
}

// exactDegree bounds the degree of equations into which closed forms are put
// exactly, which grow with each power.
const exactDegree = 30

// residual puts a solution into the equations: exactly if its values are
// known, else at the decimals that are written.
func (s *solver) residual(r ring, solution Solution, exact []complexNumber) (string, error) {
	if exact != nil {
		all := true
		for _, e := range s.eqs {
			if degree(e.sides.num) > exactDegree {
				// The value is a root of a factor that was divided out exactly.
				continue
			}
			z, err := r.at(e.sides.num, exact)
			if err != nil {
				return "", err
			}
			if !z.re.IsZero() || !z.im.IsZero() {
				all = false
			}
		}
		if all {
			return "0", nil
		}
	}
	c := calculator{s.bits}
	boxes := make([]box, r.n)
	for i, v := range solution.Values {
		re, err := c.ofText(s.a, v.Re.Text)
		if err != nil {
			return "", nil // an integer too long to be written in full
		}
		im, err := c.ofText(s.a, v.Im.Text)
		if err != nil {
			return "", nil
		}
		boxes[i] = box{re, im}
	}
	most := new(big.Float)
	for _, e := range s.eqs {
		size, ok, err := c.size(r, e.sides, boxes)
		if err != nil || !ok {
			return "", err
		}
		if size.Cmp(most) > 0 {
			most = size
		}
	}
	return bound(most), nil
}

// size returns an upper bound of the magnitude of f at x; ok is false if its
// denominator may be 0 there.
func (c calculator) size(r ring, f fraction, x []box) (*big.Float, bool, error) {
	z, err := c.at(r, f.num, x)
	if err != nil {
		return nil, false, err
	}
	size := c.up().Add(z.re.size(), z.im.size())
	if f.den == nil {
		return size, true, nil
	}
	d, err := c.at(r, f.den, x)
	if err != nil {
		return nil, false, err
	}
	least := new(big.Float)
	for _, part := range []interval{d.re, d.im} {
		if part.hasZero() {
			continue
		}
		l, h := new(big.Float).Abs(part.lo), new(big.Float).Abs(part.hi)
		if l.Cmp(h) > 0 {
			l = h
		}
		if l.Cmp(least) > 0 {
			least = l
		}
	}
	if least.Sign() == 0 {
		return nil, false, nil
	}
	return c.up().Quo(size, least), true, nil
}

// ofText encloses a decimal.
func (c calculator) ofText(a *number.Arith, text string) (interval, error) {
	x, err := a.ParseDecimal(text)
	if err != nil {
		return interval{}, err
	}
	return c.ofNumber(a, x)
}

// bound writes x rounded up to two digits.
func bound(x *big.Float) string {
	if x.Sign() == 0 {
		return "0"
	}
	m := new(big.Float)
	e := x.MantExp(m)
	f, _ := m.Float64()
	// The logarithms are right to more than ten digits.
	digits := (math.Log2(f)+float64(e))*math.Log10(2) + 1e-9
	whole := math.Floor(digits)
	lead := math.Ceil(math.Pow(10, digits-whole)*10) / 10
	if lead >= 10 {
		lead, whole = lead/10, whole+1
	}
	s := strconv.FormatFloat(lead, 'f', -1, 64)
	if whole == 0 {
		return s
	}
	return s + "e" + strconv.Itoa(int(whole))
}
