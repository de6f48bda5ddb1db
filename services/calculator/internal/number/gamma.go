package number

import (
	"math"
	"math/big"
)

// maxExactGamma bounds the half integers whose gamma function is a multiple of
// sqrt(pi), and the integers at which digamma and log gamma have closed forms.
const maxExactGamma = 1000

// halfInteger returns k with x = k/2.
func halfInteger(x Number) (k int64, ok bool) {
	num, den, exact := x.Fraction()
	if k, ok = num.Int64(); !ok || !exact || abs64(k) > 1<<60 {
		return 0, false
	}
	if same(den, Int(1)) {
		return 2 * k, true
	}
	return k, same(den, Int(2))
}

func pole(name string, x Number) error {
	return &Error{Kind: DivisionByZero, Message: "the " + name + " function has a pole at " + brief(x)}
}

// isPole reports whether x is an integer below 1.
func isPole(x Number) bool { return x.IsInt() && x.int().Sign() <= 0 }

// log10Gamma is about log10|gamma(x)|, but for x < 0 without what the nearness
// of a pole adds.
func log10Gamma(x float64) float64 {
	switch {
	case x <= 0:
		return -log10Gamma(1 - x)
	case x < 1e-300:
		return 0
	case x > 1e300:
		return math.Inf(1)
	}
	l, _ := math.Lgamma(x)
	return l * math.Log10E
}

// Gamma returns the gamma function of x, which is (x-1)! of an integer above
// 0. An integer below 1 is a pole, a DivisionByZero error.
func (a *Arith) Gamma(x Number) (Number, error) {
	if isPole(x) {
		return Number{}, pole("gamma", x)
	}
	estimate, err := a.estimate(x, log10Gamma)
	if err != nil {
		return Number{}, err
	}
	if x.IsInt() && estimate < float64(a.lim.IntegerBits)*math.Log10(2)-1 {
		return a.Factorial(Int(x.i - 1))
	}
	if k, ok := halfInteger(x); ok && k&1 != 0 && abs64(k) <= 2*maxExactGamma {
		return a.gammaHalf(k)
	}
	// Next to a pole a fraction may be as near to it as its digits say.
	if limit := 1.01*float64(a.lim.Exponent) + float64(a.lim.RationalBits)*math.Log10(2); math.Abs(estimate) > limit {
		return Number{}, a.outOfRange(estimate)
	}
	if f, q, ok, err := a.fractionalGamma(x); ok || err != nil {
		if err != nil {
			return Number{}, err
		}
		return a.Mul(wrap(Int(1), newNode(opGamma, f, Number{})), q)
	}
	z, err := a.opaque(opGamma, x, Number{})
	if err == nil && math.Abs(estimate) > 0.9*float64(a.lim.Exponent) {
		err = a.checkMagnitude(z)
	}
	return z, err
}

// fractionalGamma returns f between 0 and 1 and q with gamma(x) = q*gamma(f), of
// a short fraction x near 0: so that gamma(x+1) is known to be x*gamma(x).
func (a *Arith) fractionalGamma(x Number) (f, q Number, ok bool, err error) {
	const near, short = 32, 1 << 31
	num, den, ok := x.small()
	if !ok || den == 1 || den > short {
		return f, q, false, nil
	}
	if num < -near*den || num > near*den {
		return f, q, false, nil
	}
	n := num / den
	if num < 0 {
		n--
	}
	lo, count := num-n*den, n
	if n < 0 {
		lo, count = num, -n
	}
	p, err := a.risingProduct(lo, den, count)
	if err != nil {
		return f, q, false, err
	}
	d, err := a.powUint(big.NewInt(den), uint64(count))
	if err != nil {
		return f, q, false, err
	}
	if err := a.spend(gcdCost(d.BitLen())); err != nil {
		return f, q, false, err
	}
	if n < 0 {
		p, d = d, p
	}
	return Frac(num-n*den, den), ownRat(new(big.Rat).SetFrac(p, d)), true, nil
}

// estimate returns f of an approximation of x.
func (a *Arith) estimate(x Number, f func(float64) float64) (float64, error) {
	b, err := a.enclose(x, minBits)
	if err != nil {
		return 0, err
	}
	return f(b.float()), nil
}

// gammaHalf returns gamma(k/2) of an odd k: for k = 2n+1 it is
// 1*3*5*...*(2n-1)/2^n * sqrt(pi), for k = 1-2n (-2)^n/(1*3*...*(2n-1)) *
// sqrt(pi).
func (a *Arith) gammaHalf(k int64) (Number, error) {
	root, err := a.Sqrt(a.Pi())
	if err != nil || k == 1 {
		return root, err
	}
	n := (k - 1) / 2
	p, err := a.oddProduct(1, abs64(2*n)-1)
	if err != nil {
		return Number{}, err
	}
	q := new(big.Rat).SetFrac(p, new(big.Int).Lsh(one, uint(abs64(n))))
	if n < 0 {
		if q.Inv(q); n&1 != 0 {
			q.Neg(q)
		}
	}
	return a.Mul(root, ownRat(q))
}

// LogGamma returns the logarithm of |gamma(x)|.
func (a *Arith) LogGamma(x Number) (Number, error) {
	if isPole(x) {
		return Number{}, pole("log-gamma", x)
	}
	if k, ok := halfInteger(x); ok && abs64(k) <= 2*maxExactGamma {
		z, err := a.Gamma(x)
		if err == nil {
			z, err = a.Abs(z)
		}
		if err != nil {
			return Number{}, err
		}
		return a.Log(z)
	}
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	if limit := float64(a.lim.Exponent) * math.Log2(10); float64(b.top()) > limit-64 {
		return Number{}, a.outOfRange(float64(b.top()) * math.Log10(2))
	}
	return a.opaque(opLogGamma, x, Number{})
}

// Digamma returns the logarithmic derivative of the gamma function at x.
func (a *Arith) Digamma(x Number) (Number, error) {
	if isPole(x) {
		return Number{}, pole("digamma", x)
	}
	k, ok := halfInteger(x)
	if !ok || abs64(k) > 2*maxExactGamma {
		return a.opaque(opDigamma, x, Number{})
	}
	// At n it is 1 + 1/2 + ... + 1/(n-1) - euler; at n + 1/2, and at 1/2 - n, it
	// is 2*(1 + 1/3 + ... + 1/(2n-1)) - 2*log(2) - euler.
	z := a.neg(a.Euler())
	first, last, num := int64(1), k/2-1, int64(1)
	step := int64(1)
	if k&1 != 0 {
		last, num, step = int64(abs64(k-1))-1, 2, 2
		l, err := a.Log(Int(4))
		if err != nil {
			return Number{}, err
		}
		if z, err = a.Sub(z, l); err != nil {
			return Number{}, err
		}
	}
	var sum Number
	var err error
	for i := first; i <= last; i += step {
		if sum, err = a.Add(sum, Frac(num, i)); err != nil {
			return Number{}, err
		}
	}
	return a.Add(z, sum)
}

// Beta returns gamma(x)*gamma(y)/gamma(x+y). It is a DivisionByZero error where
// x or y is an integer below 1.
func (a *Arith) Beta(x, y Number) (Number, error) {
	for _, v := range [...]Number{x, y} {
		if isPole(v) {
			return Number{}, pole("beta", v)
		}
	}
	s, err := a.Add(x, y)
	if err != nil || isPole(s) {
		return Number{}, err
	}
	e, err := a.estimate(s, log10Gamma)
	if err != nil {
		return Number{}, err
	}
	if math.Abs(e) > float64(a.lim.RationalBits)*math.Log10(2)/2 {
		return a.betaLarge(x, y, s)
	}
	return a.betaOf(a.Gamma, a.Mul, a.Quo, x, y, s)
}

// betaLarge returns beta by the logarithms of the gamma functions, which may
// themselves be out of range.
func (a *Arith) betaLarge(x, y, s Number) (Number, error) {
	l, err := a.betaOf(a.LogGamma, a.Add, a.Sub, x, y, s)
	if err != nil {
		return Number{}, err
	}
	z, err := a.Exp(l)
	for _, v := range [...]Number{x, y, s} {
		negative, err2 := a.gammaNegative(v)
		if err2 != nil {
			return Number{}, err2
		}
		if negative {
			z = a.neg(z)
		}
	}
	return z, err
}

// gammaNegative reports whether gamma(x) < 0: between odd poles and the even
// ones above them.
func (a *Arith) gammaNegative(x Number) (bool, error) {
	s, err := a.Sign(x)
	if err != nil || s > 0 {
		return false, err
	}
	f, err := a.Floor(x)
	if err != nil {
		return false, err
	}
	return f.int().Bit(0) != 0, nil
}

func (a *Arith) betaOf(f func(Number) (Number, error), mul, quo func(x, y Number) (Number, error), x, y, s Number) (Number, error) {
	u, err := f(x)
	if err != nil {
		return Number{}, err
	}
	v, err := f(y)
	if err != nil {
		return Number{}, err
	}
	if u, err = mul(u, v); err != nil {
		return Number{}, err
	}
	if v, err = f(s); err != nil {
		return Number{}, err
	}
	return quo(u, v)
}
