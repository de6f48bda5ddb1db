package number

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Style says how a number is written.
type Style uint8

// The styles. Auto, the zero value, is that of [Arith.Text].
const (
	Auto        Style = iota
	Fraction          // 7, -1/3, sqrt(2)/2; not for a real without a closed form
	Decimal           // 0.000015: never with an exponent
	Scientific        // 1.5e-5
	Engineering       // 15e-6: the exponent is a multiple of 3
	Hex               // 0xff; of integers
	Binary            // 0b101; of integers
	LaTeX             // \frac{1}{3}, \frac{\sqrt{2}}{2}, 1.5 \times 10^{-30}
)

var styles = [...]string{"auto", "fraction", "decimal", "scientific", "engineering", "hex", "bin", "latex"}

// String is the name of the style, such as scientific or bin.
func (s Style) String() string { return styles[s] }

// ParseStyle returns the style of that name; the empty name is Auto.
func ParseStyle(name string) (Style, error) {
	i := slices.Index(styles[:], name)
	if i < 0 && name != "" {
		return 0, &Error{Kind: Domain, Message: "the format " + strconv.Quote(name) + " is unknown",
			Hint: "choose one of " + strings.Join(styles[:], ", ")}
	}
	return Style(max(i, 0)), nil
}

// Formatted is a number written in a style.
type Formatted struct {
	Text string
	// Exact says that Text is the number itself. Otherwise it is correctly
	// rounded, or cut if Truncated.
	Exact bool
	// Truncated says that Text shows the first and the last digits of a long
	// integer.
	Truncated bool
}

// Format writes x down; digits, the number of significant digits of what has to
// be rounded, is the precision given to New if 0. A style that x cannot be
// written in is a Domain error.
func (a *Arith) Format(x Number, digits int, style Style, mode Rounding) (Formatted, error) {
	if digits == 0 {
		digits = a.digits
	}
	if err := a.checkDigits(x, digits); err != nil {
		return Formatted{}, err
	}
	switch style {
	case Fraction:
		return a.formatFraction(x, digits, mode)
	case Decimal:
		return a.formatPlain(x, digits, mode)
	case Scientific:
		return a.formatExponent(x, digits, 1, mode)
	case Engineering:
		return a.formatExponent(x, digits, 3, mode)
	case Hex:
		return a.formatBase(x, 16, "0x")
	case Binary:
		return a.formatBase(x, 2, "0b")
	case LaTeX:
		return a.formatLaTeX(x, digits, mode)
	}
	t, err := a.TextRounded(x, digits, mode)
	return Formatted{t.Decimal, t.DecimalExact, t.Truncated}, err
}

func (a *Arith) formatFraction(x Number, digits int, mode Rounding) (Formatted, error) {
	if !x.IsExact() {
		if s := symbolic(x); s != "" {
			return Formatted{Text: s, Exact: true}, nil
		}
		return Formatted{}, &Error{Kind: Domain, Message: "the result is a real number that is not known to be a fraction",
			Hint: "choose the format decimal or scientific, or round it"}
	}
	t, err := a.TextRounded(x, digits, mode)
	switch {
	case err != nil:
		return Formatted{}, err
	case x.IsInt():
		return Formatted{t.Decimal, t.DecimalExact, t.Truncated}, nil
	case t.Fraction == "":
		return Formatted{}, &Error{Kind: Limit,
			Message: "the fraction has more than " + group(int64(a.lim.PrintedDigits)) + " digits",
			Hint:    "choose the format decimal or scientific"}
	}
	return Formatted{Text: t.Fraction, Exact: true}, nil
}

// formatPlain writes x without an exponent.
func (a *Arith) formatPlain(x Number, digits int, mode Rounding) (Formatted, error) {
	t, err := a.TextRounded(x, digits, mode)
	if err != nil || !strings.Contains(t.Decimal, "e") {
		return Formatted{t.Decimal, t.DecimalExact, t.Truncated}, err
	}
	mantissa, exp, _ := strings.Cut(t.Decimal, "e")
	e, err := strconv.Atoi(exp)
	if err != nil || e > a.lim.PrintedDigits || -e > a.lim.PrintedDigits {
		return Formatted{}, &Error{Kind: Limit,
			Message: "without an exponent the number has about " + exp + " digits; the limit is " + group(int64(a.lim.PrintedDigits)),
			Hint:    "choose the format scientific"}
	}
	d := decimal{negative: mantissa[0] == '-', digits: strings.Trim(strings.Replace(mantissa, ".", "", 1), "-"), exp: e + 1}
	s := d.plain()
	// The zeros that fill the digits of a rounded integer are no digits of it.
	return Formatted{Text: s, Exact: t.DecimalExact}, nil
}

// formatExponent writes x with an exponent of 10 that is a multiple of step.
func (a *Arith) formatExponent(x Number, digits, step int, mode Rounding) (Formatted, error) {
	if x.IsZero() {
		return Formatted{Text: "0e0", Exact: true}, nil
	}
	var s significant
	var err error
	if x.IsExact() {
		s, err = a.roundRat(x.rat(), digits, mode)
	} else {
		s, err = a.roundReal(x, digits, mode)
	}
	if err != nil {
		return Formatted{}, err
	}
	d := s.text()
	exact := false
	if x.IsExact() {
		if exact, err = a.isRounded(x, s, digits); err != nil {
			return Formatted{}, err
		}
	}
	if exact {
		d.digits = strings.TrimRight(d.digits, "0")
	}
	e := d.exp - 1
	lead := (e%step + step) % step
	for len(d.digits) < lead+1 {
		d.digits += "0"
	}
	text := d.digits[:lead+1]
	if len(d.digits) > lead+1 {
		text += "." + d.digits[lead+1:]
	}
	if d.negative {
		text = "-" + text
	}
	return Formatted{Text: text + "e" + strconv.Itoa(e-lead), Exact: exact}, nil
}

// isRounded reports whether s, x rounded to n digits, is x.
func (a *Arith) isRounded(x Number, s significant, n int) (bool, error) {
	k := n - s.exp
	p, err := a.powUint(big.NewInt(10), uint64(max(k, -k)))
	if err != nil {
		return false, err
	}
	num, den := x.rat().Num(), x.rat().Denom()
	if err := a.spend(mulCost(num.BitLen(), p.BitLen()) + mulCost(s.m.BitLen(), den.BitLen()+p.BitLen())); err != nil {
		return false, err
	}
	// num/den = m/10^k
	left, right := new(big.Int).Abs(num), new(big.Int).Mul(s.m, den)
	if k >= 0 {
		left.Mul(left, p)
	} else {
		right.Mul(right, p)
	}
	return left.Cmp(right) == 0, nil
}

// formatBase writes an integer in a base; a long one is shortened.
func (a *Arith) formatBase(x Number, base int, prefix string) (Formatted, error) {
	if !x.IsInt() {
		return Formatted{}, &Error{Kind: Domain, Message: "only an integer can be written in base " + strconv.Itoa(base) + ", not " + brief(x),
			Hint: "round it, or choose another format"}
	}
	v := x.int()
	if err := a.spend(linearCost(v, v)); err != nil {
		return Formatted{}, err
	}
	s := new(big.Int).Abs(v).Text(base)
	f := Formatted{Exact: true}
	if len(s) > a.lim.PrintedDigits {
		s = s[:shownEnds] + "..." + s[len(s)-shownEnds:]
		f.Exact, f.Truncated = false, true
	}
	f.Text = prefix + s
	if v.Sign() < 0 {
		f.Text = "-" + f.Text
	}
	return f, nil
}

func (a *Arith) formatLaTeX(x Number, digits int, mode Rounding) (Formatted, error) {
	t, err := a.TextRounded(x, digits, mode)
	if err != nil {
		return Formatted{}, err
	}
	const readable = 60
	switch {
	case t.Symbolic != "":
		return Formatted{Text: latexNotation.write(x), Exact: true}, nil
	case t.Fraction != "" && len(t.Fraction) <= readable:
		return Formatted{Text: latexNotation.write(x), Exact: true}, nil
	}
	s := strings.Replace(t.Decimal, "...", ` \ldots `, 1)
	if mantissa, exp, ok := strings.Cut(s, "e"); ok {
		s = mantissa + ` \times 10^{` + exp + "}"
	}
	return Formatted{s, t.DecimalExact, t.Truncated}, nil
}
