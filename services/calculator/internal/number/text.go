package number

import (
	"math"
	"math/big"
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
	// value correctly rounded to Digits significant digits, or cut if Truncated.
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
	// that is a short sum of multiples of pi, sqrt(pi), e, euler_gamma, square
	// roots and logarithms of integers; else it is empty.
	Symbolic string
}

// shownEnds is how many digits of a truncated integer are shown at each end.
const shownEnds = 50

// textCost is the work of writing a number down besides its long divisions.
const textCost = 1000

// Text writes x down; digits, the number of significant digits of a decimal
// that has to be rounded half to even, is the precision given to New if 0.
func (a *Arith) Text(x Number, digits int) (Text, error) { return a.TextRounded(x, digits, HalfEven) }

// TextRounded is like Text with another rounding.
func (a *Arith) TextRounded(x Number, digits int, mode Rounding) (Text, error) {
	if digits == 0 {
		digits = a.digits
	}
	if err := a.checkDigits(x, digits); err != nil {
		return Text{}, err
	}
	switch v := x.ref.(type) {
	case nil:
		s := strconv.FormatInt(x.i, 10)
		return Text{Decimal: s, Exact: true, DecimalExact: true, Digits: len(strings.TrimPrefix(s, "-"))}, nil
	case *big.Int:
		return a.textInt(v)
	case fraction:
		if t, ok := a.textSmall(x); ok {
			return t, nil
		}
		return a.textRat(x.rat(), digits, mode)
	case *big.Rat:
		size := min(v.Num().BitLen()+v.Denom().BitLen(), 8*a.lim.PrintedDigits)
		if err := a.spend(textCost + 2*int64(size)); err != nil {
			return Text{}, err
		}
		return a.textRat(v, digits, mode)
	}
	if err := a.spend(textCost); err != nil {
		return Text{}, err
	}
	d, err := a.roundReal(x, digits, mode)
	if err != nil {
		return Text{}, err
	}
	return Text{Decimal: d.text().String(), Digits: digits, Symbolic: symbolic(x)}, nil
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
	n := len(d.digits)
	if d.exp >= -5 && (!d.rounded || d.exp <= 21 && d.exp <= n) {
		return d.plain()
	}
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	b.WriteByte(d.digits[0])
	if n > 1 {
		b.WriteByte('.')
		b.WriteString(d.digits[1:])
	}
	b.WriteByte('e')
	b.WriteString(strconv.Itoa(d.exp - 1))
	return b.String()
}

// plain writes d without an exponent.
func (d decimal) plain() string {
	n := len(d.digits)
	var b strings.Builder
	b.Grow(len("-0.") + n + max(-d.exp, d.exp-n, 0))
	if d.negative {
		b.WriteByte('-')
	}
	switch {
	case d.exp <= 0:
		b.WriteString("0.")
		for range -d.exp {
			b.WriteByte('0')
		}
		b.WriteString(d.digits)
	case d.exp >= n:
		b.WriteString(d.digits)
		for range d.exp - n {
			b.WriteByte('0')
		}
	default:
		b.WriteString(d.digits[:d.exp])
		b.WriteByte('.')
		b.WriteString(d.digits[d.exp:])
	}
	return b.String()
}

func (a *Arith) textInt(x *big.Int) (Text, error) {
	t := Text{Exact: true, DecimalExact: true}
	if float64(x.BitLen()-1)*math.Log10(2) < float64(a.lim.PrintedDigits) {
		if err := a.spend(2 * int64(x.BitLen())); err != nil {
			return Text{}, err
		}
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

// wordDigits is how many decimal digits a machine word has at most.
const wordDigits = 19

// textSmall writes down a fraction of machine words if it is a decimal.
func (a *Arith) textSmall(x Number) (Text, bool) {
	m, places, ok := decimal64(x.i, x.d)
	if !ok || a.lim.PrintedDigits < 2*wordDigits {
		return Text{}, false
	}
	var buf [len("-/") + 2*wordDigits]byte
	frac := append(strconv.AppendInt(buf[:0], x.i, 10), '/')
	frac = strconv.AppendInt(frac, x.d, 10)
	s := strconv.FormatUint(m, 10)
	d := decimal{x.i < 0, s, len(s) - places, false}
	return Text{Decimal: d.String(), Exact: true, DecimalExact: true, Fraction: string(frac), Digits: len(s)}, true
}

func (a *Arith) textRat(x *big.Rat, digits int, mode Rounding) (Text, error) {
	t := Text{Exact: true}
	if x.Num().BitLen()+x.Denom().BitLen() < int(float64(a.lim.PrintedDigits)*math.Log2(10)) {
		t.Fraction = x.RatString()
	}
	if s, ok := a.terminating(x); ok {
		t.Decimal, t.Digits, t.DecimalExact = s.String(), len(s.digits), true
		return t, nil
	}
	d, err := a.roundRat(x, digits, mode)
	if err != nil {
		return Text{}, err
	}
	t.Decimal, t.Digits = d.text().String(), digits
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
	case fraction, *big.Rat:
		if num, den := x.bitLens(); num+den <= 100 {
			return x.rat().RatString()
		}
		return "about " + strconv.FormatFloat(toFloat(x), 'g', 6, 64)
	}
	if s := symbolic(x); s != "" {
		return s
	}
	return "a real number"
}

// closed writes x for a message where an operator follows or precedes.
func closed(x Number) string {
	s := brief(x)
	if strings.ContainsAny(s, " /-") {
		return "(" + s + ")"
	}
	return s
}

// toFloat returns an approximation of an exact x for estimates.
func toFloat(x Number) float64 {
	switch v := x.ref.(type) {
	case nil:
		return float64(x.i)
	case fraction:
		return float64(x.i) / float64(x.d)
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
