package number

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Text is a number written down. Numbers from 10^-6 up to 10^21 are written
// plainly, others as "1.5e-30", but integers and long exact decimals are
// always written in full. A rounded decimal keeps its trailing zeros, which are
// proved digits; an exact one has none.
type Text struct {
	// Decimal is the number in decimal or scientific notation.
	Decimal string
	// Exact says that the value is exact: an integer or a fraction.
	Exact bool
	// DecimalExact says that Decimal is the value itself. Otherwise it is the
	// value correctly rounded, half to even, to Digits significant digits, or
	// cut if Truncated.
	DecimalExact bool
	// Fraction is "1/3" for an exact value that is no integer, unless it has
	// too many digits.
	Fraction string
	// Digits is the number of significant digits of Decimal; when Truncated,
	// the number of digits of the whole integer.
	Digits int
	// Truncated says that Decimal shows only the first and the last digits of
	// a long integer, with "..." between.
	Truncated bool
	// Symbolic is the closed form, such as "sqrt(2)/2" or "pi/6", of a real
	// that is a short sum of multiples of pi, e, square roots and logarithms
	// of integers; else it is empty.
	Symbolic string
}

// shownEnds is how many digits of a truncated integer are shown at each end.
const shownEnds = 50

// Text writes x down; digits, the number of significant digits of a decimal
// that has to be rounded, is the precision given to New if 0.
func (a *Arith) Text(x Number, digits int) (Text, error) {
	if digits == 0 {
		digits = a.digits
	}
	if digits < 1 || digits > a.lim.Digits {
		return Text{}, &Error{Kind: Limit,
			Message: "the precision is " + group(int64(digits)) + " digits; it may be from 1 to " + group(int64(a.lim.Digits))}
	}
	switch v := x.ref.(type) {
	case nil:
		s := strconv.FormatInt(x.i, 10)
		return Text{Decimal: s, Exact: true, DecimalExact: true, Digits: len(strings.TrimPrefix(s, "-"))}, nil
	case *big.Int:
		return a.textInt(v)
	case *big.Rat:
		return a.textRat(v, digits)
	}
	var d decimal
	var last ball
	err := a.ziv(x, int(float64(digits)*math.Log2(10))+24, "the number cannot be rounded to "+group(int64(digits))+" digits",
		func(b ball) (ok bool, err error) {
			last = b
			d, ok, err = a.decimalOf(b, digits)
			return ok, err
		})
	if err != nil {
		return Text{}, nearZero(err, last)
	}
	return Text{Decimal: d.String(), Digits: digits, Symbolic: symbolic(x)}, nil
}

// nearZero says that an undecided number is 0 or next to it, if it is.
func nearZero(err error, last ball) error {
	e, ok := err.(*Error)
	if !ok || e.Kind != Undecided || last.m == nil {
		return err
	}
	if _, ok := last.sign(); !ok {
		e.Message = "the result is 0 or nearer to 0 than 10^" +
			group(int64(math.Ceil(float64(last.top())*math.Log10(2)))) + "; no computation of digits tells which"
		e.Hint = "write the expression so that it cancels exactly, or round intermediate results"
	}
	return e
}

// decimal is the number ±0.digits * 10^exp.
type decimal struct {
	negative bool
	digits   string
	exp      int
	rounded  bool
}

// String writes d plainly from 10^-6 up to 10^21, else in scientific notation;
// an exact decimal above, which is no integer, plainly as well.
func (d decimal) String() string {
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	n := len(d.digits)
	switch {
	case d.exp < -5 || d.rounded && (d.exp > 21 || d.exp > n):
		b.WriteByte(d.digits[0])
		if n > 1 {
			b.WriteByte('.')
			b.WriteString(d.digits[1:])
		}
		b.WriteByte('e')
		b.WriteString(strconv.Itoa(d.exp - 1))
	case d.exp <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -d.exp))
		b.WriteString(d.digits)
	case d.exp == n:
		b.WriteString(d.digits)
	default:
		b.WriteString(d.digits[:d.exp])
		b.WriteByte('.')
		b.WriteString(d.digits[d.exp:])
	}
	return b.String()
}

// decimalOf rounds every number of the ball to n significant digits, and
// returns false if they differ.
func (a *Arith) decimalOf(x ball, n int) (decimal, bool, error) {
	s, ok := x.sign()
	if !ok || s == 0 {
		return decimal{}, false, nil
	}
	if s < 0 {
		x = x.neg()
	}
	exp := int(math.Floor(float64(x.m.BitLen()-1+x.e)*math.Log10(2))) + 1
	p := x.m.BitLen() + 32
	for {
		k := n - exp
		scale := exactBall(big.NewInt(10)).powUint(uint64(max(k, -k)), p)
		y := x.mul(scale, p)
		if k < 0 {
			var err error
			if y, err = x.quo(scale, p); err != nil {
				return decimal{}, false, err
			}
		}
		z := y.integer(HalfEven)
		if z == nil {
			return decimal{}, false, nil
		}
		if t := z.String(); len(t) <= n {
			return decimal{s < 0, t, exp, true}, true, nil
		}
		exp++
	}
}

func (a *Arith) textInt(x *big.Int) (Text, error) {
	t := Text{Exact: true, DecimalExact: true}
	if float64(x.BitLen()-1)*math.Log10(2) < float64(a.lim.PrintedDigits) {
		s := x.String()
		t.Decimal, t.Digits = s, len(strings.TrimPrefix(s, "-"))
		if t.Digits <= a.lim.PrintedDigits {
			return t, nil
		}
	}
	if err := a.spend(mulCost(x.BitLen(), 64*shownEnds)); err != nil {
		return Text{}, err
	}
	ends, err := a.powUint(big.NewInt(10), shownEnds)
	if err != nil {
		return Text{}, err
	}
	abs := new(big.Int).Abs(x)
	tail := new(big.Int).Rem(abs, ends).String()
	head, n, err := a.leading(abs, shownEnds)
	if err != nil {
		return Text{}, err
	}
	sign := ""
	if x.Sign() < 0 {
		sign = "-"
	}
	t.Decimal = sign + head + "..." + strings.Repeat("0", shownEnds-len(tail)) + tail
	t.Digits, t.DecimalExact, t.Truncated = n, false, true
	return t, nil
}

// leading returns the first n digits of x and the number of its digits.
func (a *Arith) leading(x *big.Int, n int) (string, int, error) {
	exp := int(math.Floor(float64(x.BitLen()-1)*math.Log10(2))) + 1
	for p := 4*n + 64; p < 1000; p *= 2 {
		scale := exactBall(big.NewInt(10)).powUint(uint64(exp-n), p)
		y, err := exactBall(x).round(p).quo(scale, p)
		if err != nil {
			return "", 0, err
		}
		if z := y.integer(TowardZero); z != nil {
			s := z.String()
			return s[:n], exp + len(s) - n, nil
		}
	}
	// The digits end in a long run of 0 or 9: only the division tells.
	d, err := a.powUint(big.NewInt(10), uint64(exp-n))
	if err != nil {
		return "", 0, err
	}
	if err := a.spend(divCost(x.BitLen(), d.BitLen())); err != nil {
		return "", 0, err
	}
	s := d.Quo(x, d).String()
	return s[:n], exp + len(s) - n, nil
}

func (a *Arith) textRat(x *big.Rat, digits int) (Text, error) {
	t := Text{Exact: true}
	if x.Num().BitLen()+x.Denom().BitLen() < int(float64(a.lim.PrintedDigits)*math.Log2(10)) {
		t.Fraction = x.RatString()
	}
	if s, ok := a.terminating(x); ok {
		t.Decimal, t.Digits, t.DecimalExact = s.String(), len(s.digits), true
		return t, nil
	}
	d, err := a.roundRat(x, digits)
	if err != nil {
		return Text{}, err
	}
	t.Decimal, t.Digits = d.String(), digits
	return t, nil
}

// terminating returns the decimal that is x, unless there is none or it is too
// long to show.
func (a *Arith) terminating(x *big.Rat) (decimal, bool) {
	twos := x.Denom().TrailingZeroBits()
	rest := new(big.Int).Rsh(x.Denom(), twos)
	limit := float64(a.lim.PrintedDigits)
	// A denominator 2^k or 5^k gives at least k*log10(2) digits.
	if float64(x.Denom().BitLen())*math.Log10(2) > 2*limit {
		return decimal{}, false
	}
	fives := uint(math.Round(float64(rest.BitLen()-1) / math.Log2(5)))
	if new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(fives)), nil).Cmp(rest) != 0 {
		return decimal{}, false
	}
	k := max(twos, fives)
	m := new(big.Int).Abs(x.Num())
	m.Mul(m, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(k-fives)), nil))
	s := m.Lsh(m, k-twos).String()
	d := decimal{x.Sign() < 0, strings.TrimRight(s, "0"), len(s) - int(k), false}
	return d, len(d.digits) <= a.lim.PrintedDigits
}

// roundRat returns x, not 0, rounded to n significant digits.
func (a *Arith) roundRat(x *big.Rat, n int) (decimal, error) {
	num := new(big.Int).Abs(x.Num())
	exp := int(math.Floor(float64(num.BitLen()-x.Denom().BitLen()-1)*math.Log10(2))) + 1
	for {
		k := n - exp
		scale, err := a.powUint(big.NewInt(10), uint64(max(k, -k)))
		if err != nil {
			return decimal{}, err
		}
		if err := a.spend(divCost(num.BitLen()+scale.BitLen(), x.Denom().BitLen())); err != nil {
			return decimal{}, err
		}
		var z *big.Int
		if k >= 0 {
			z = roundQuo(scale.Mul(scale, num), x.Denom(), HalfEven)
		} else {
			z = roundQuo(num, scale.Mul(scale, x.Denom()), HalfEven)
		}
		if s := z.String(); len(s) <= n {
			return decimal{x.Sign() < 0, s, exp, true}, nil
		}
		exp++
	}
}

// symbolic returns the closed form of a real that is short, else "".
func symbolic(x Number) string {
	c, terms := x.terms()
	if len(terms) > 2 {
		return ""
	}
	var b strings.Builder
	if !c.IsZero() {
		b.WriteString(c.rat().RatString())
	}
	terms = slices.Clone(terms)
	slices.SortFunc(terms, func(t, u term) int {
		return cmp.Or(cmp.Compare(t.b.op, u.b.op), cmp.Compare(t.b.x.i, u.b.x.i))
	})
	for _, t := range terms {
		name := t.b.symbol()
		num, den, ok := t.q.Fraction()
		if name == "" || !ok {
			return ""
		}
		sign := num.int().Sign()
		n, d := new(big.Int).Abs(num.int()).String(), den.int().String()
		switch {
		case b.Len() > 0 && sign > 0:
			b.WriteString(" + ")
		case b.Len() > 0:
			b.WriteString(" - ")
		case sign < 0:
			b.WriteString("-")
		}
		if n != "1" {
			b.WriteString(n + "*")
		}
		b.WriteString(name)
		if d != "1" {
			b.WriteString("/" + d)
		}
	}
	if b.Len() > 60 {
		return ""
	}
	return b.String()
}

// symbol names the constants, square roots and logarithms of short integers.
func (n *node) symbol() string {
	short := n.x.ref == nil
	switch {
	case n.op == opPi:
		return "pi"
	case n.op == opExp && same(n.x, Int(1)):
		return "e"
	case n.op == opSqrt && short:
		return "sqrt(" + strconv.FormatInt(n.x.i, 10) + ")"
	case n.op == opLog && short:
		return "log(" + strconv.FormatInt(n.x.i, 10) + ")"
	}
	return ""
}

// group writes n with commas between thousands.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := len(strings.TrimLeft(s, "-"))
	for i := len(s) - 3; i > len(s)-from; i -= 3 {
		s, from = s[:i]+","+s[i:], from+1
	}
	return s
}

// groupFloat writes an estimate.
func groupFloat(f float64) string {
	if math.Abs(f) < 1e15 {
		return group(int64(f))
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}

// brief writes x for a message, approximately if it is long.
func brief(x Number) string {
	switch v := x.ref.(type) {
	case nil:
		return strconv.FormatInt(x.i, 10)
	case *big.Int:
		if v.BitLen() <= 100 {
			return v.String()
		}
		return "an integer of about " + groupFloat(math.Ceil(float64(v.BitLen())*math.Log10(2))) + " digits"
	case *big.Rat:
		if v.Num().BitLen()+v.Denom().BitLen() <= 100 {
			return v.RatString()
		}
		return "about " + strconv.FormatFloat(toFloat(x), 'g', 6, 64)
	}
	if s := symbolic(x); s != "" {
		return s
	}
	return "a real number"
}

// toFloat returns an approximation of an exact x for estimates.
func toFloat(x Number) float64 {
	switch v := x.ref.(type) {
	case nil:
		return float64(x.i)
	case *big.Int:
		return intFloat(v, 0)
	case *big.Rat:
		shift := v.Denom().BitLen() - 64
		return intFloat(v.Num(), -shift) / intFloat(v.Denom(), -shift)
	}
	return math.NaN()
}

// intFloat returns about x*2^e.
func intFloat(x *big.Int, e int) float64 {
	s := max(x.BitLen()-64, 0)
	f := 0.0
	if x.Sign() != 0 {
		f = math.Ldexp(float64(topBits(x, s)), s+e)
	}
	if x.Sign() < 0 {
		return -f
	}
	return f
}

// log2 returns about the logarithm of |x| to the base 2 of an integer, not 0.
func log2(x Number) float64 {
	if x.ref == nil {
		return math.Log2(float64(abs64(x.i)))
	}
	s := max(x.int().BitLen()-64, 0)
	return math.Log2(float64(topBits(x.int(), s))) + float64(s)
}
