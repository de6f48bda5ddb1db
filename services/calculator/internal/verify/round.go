package verify

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// A numeral is a number written in digits, maybe times a unit.
type numeral struct {
	text     string // the digits with their sign and exponent, without the unit
	decimals int    // digits after the point; below 0 for 1.5e30
	zeros    int    // zeros at the end of an integer
	percent  bool
	unit     string // of a quantity
	times    string // the names that the digits are multiplied with
	exponent int    // of a power of ten behind the digits
}

// writtenAs reads n as a numeral: digits with a sign, before a %, a power of
// ten, a unit or a product of names.
func writtenAs(n parse.Node) (numeral, bool) {
	var w numeral
	negative := false
	for {
		switch x := n.(type) {
		case *parse.Unary:
			if x.Op != parse.Neg && x.Op != parse.Pos {
				return w, false
			}
			negative = negative != (x.Op == parse.Neg)
			n = x.X
		case *parse.Postfix:
			if x.Op != parse.Percent || w.percent {
				return w, false
			}
			w.percent, n = true, x.X
		case *parse.Binary:
			if x.Op != parse.Mul || !w.plain() || w.exponent != 0 || w.percent {
				return w, false
			}
			if k, ok := powerOfTen(x.Y); ok {
				w.exponent = k
			} else if isNames(x.Y) {
				w.times = parse.Format(x.Y)
			} else {
				return w, false
			}
			n = x.X
		case *parse.Quantity:
			if !w.plain() || w.exponent != 0 || w.percent {
				return w, false
			}
			w.unit, n = x.Unit.String(), x.X
		case *parse.Literal:
			if x.Base != 10 {
				return w, false
			}
			w.digits(x.Text, negative)
			return w, true
		default:
			return w, false
		}
	}
}

// complexAs reads n as a sum of a numeral and one times i.
func complexAs(n parse.Node) (re, im numeral, ok bool) {
	b, ok := n.(*parse.Binary)
	if !ok || b.Op != parse.Add && b.Op != parse.Sub {
		return re, im, false
	}
	re, ok1 := writtenAs(b.X)
	im, ok2 := writtenAs(b.Y)
	if b.Op == parse.Sub {
		if rest, negative := strings.CutPrefix(im.text, "-"); negative {
			im.text = rest
		} else {
			im.text = "-" + im.text
		}
	}
	return re, im, ok1 && ok2 && re.plain() && !re.percent && im.times == "i" && im.unit == "" && !im.percent
}

// powerOfTen returns the exponent of 10^k.
func powerOfTen(n parse.Node) (k int, ok bool) {
	p, ok := n.(*parse.Binary)
	if !ok || p.Op != parse.Pow {
		return 0, false
	}
	exponent, sign := p.Y, 1
	if u, ok := exponent.(*parse.Unary); ok && u.Op == parse.Neg {
		exponent, sign = u.X, -1
	}
	base, ok1 := p.X.(*parse.Literal)
	e, ok2 := exponent.(*parse.Literal)
	if !ok1 || !ok2 || base.Text != "10" || e.Base != 10 {
		return 0, false
	}
	k, err := strconv.Atoi(e.Text)
	return sign * k, err == nil && k < 1000
}

// plain reports whether the digits are all there is.
func (w numeral) plain() bool { return w.unit == "" && w.times == "" }

// isNames reports whether n is made of names.
func isNames(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.Name:
		return true
	case *parse.Binary:
		switch n.Op {
		case parse.Pow:
			return isNames(n.X)
		case parse.Mul, parse.Div:
			return isNames(n.X) && isNames(n.Y)
		}
	}
	return false
}

func (w *numeral) digits(text string, negative bool) {
	mantissa, exponent, _ := strings.Cut(text, "e")
	whole, fraction, point := strings.Cut(mantissa, ".")
	e, _ := strconv.Atoi(exponent) // the parser has bounded it
	e += w.exponent
	w.decimals = len(fraction) - e
	if !point {
		w.zeros = len(whole) - len(strings.TrimRight(whole, "0"))
	}
	w.text = mantissa
	if e != 0 {
		w.text += "e" + strconv.Itoa(e)
	}
	if negative {
		w.text = "-" + w.text
	}
}

// place is how many decimals of the whole number are written.
func (w numeral) place() int {
	if w.percent {
		return w.decimals + 2
	}
	return w.decimals
}

// written finds the side that is written in digits, in the unit of l, and the
// value of the other. If both are, that with fewer digits is meant to be the
// rounded one.
func (j judge) written(l *Link) (w numeral, computed number.Number, found bool, err error) {
	left, ok1 := writtenAs(l.Left.node)
	right, ok2 := writtenAs(l.Right.node)
	ok1, ok2 = ok1 && left.times == "" && left.unit == l.Unit, ok2 && right.times == "" && right.unit == l.Unit
	side := &l.Left
	switch {
	case !ok1 && !ok2:
		return w, computed, false, nil
	case ok1 && (!ok2 || left.place() < right.place()):
		w, side = left, &l.Right
	default:
		w = right
	}
	computed = side.Number
	if w.percent {
		computed, err = j.a.Mul(computed, number.Int(100))
	}
	return w, computed, err == nil, err
}

// rounding judges whether the value x is written as w.
func (j judge) rounding(l *Link, w numeral, x number.Number) error {
	target, err := j.a.ParseDecimal(w.text)
	if err != nil {
		return err
	}
	// Enough digits to see why.
	t, err := j.a.Text(x, min(max(12, len(w.text)+2), 50, j.a.Limits().Digits))
	if err != nil {
		return err
	}
	value := clip(t.Decimal) + w.suffix()
	modes := []number.Rounding{number.HalfUp, number.HalfEven}
	if j.opt.Rounding != nil {
		modes = []number.Rounding{*j.opt.Rounding}
	}
	fit, off, err := j.fits(x, target, w.decimals, modes)
	if err != nil {
		return undecided(l, err)
	}
	nearest := fmt.Sprintf("%s to %s it is %s", modeName(modes[0]), placeName(w.decimals), off[0]+w.suffix())
	if len(off) > 1 && off[0] == off[1] {
		nearest = fmt.Sprintf("rounded to %s it is %s", placeName(w.decimals), off[0]+w.suffix())
	}
	switch {
	case len(fit) == len(modes):
		l.Verdict = Rounded
		l.Explanation = fmt.Sprintf("the value is %s; %s", value, nearest)
		return nil
	case len(fit) > 0:
		other := modes[0]
		rest := off[0]
		if other == fit[0] {
			other, rest = modes[1], off[1]
		}
		l.Verdict = Rounded
		l.Explanation = fmt.Sprintf("the value is %s; %s to %s it is %s, %s it is %s", value,
			modeName(fit[0]), placeName(w.decimals), w.text+w.suffix(), modeName(other), rest+w.suffix())
		return nil
	}
	if l.Relation == "≈" && w.zeros > 0 {
		if fit, _, err = j.fits(x, target, w.decimals-w.zeros, modes); err != nil {
			return undecided(l, err)
		}
		if len(fit) > 0 {
			l.Verdict = Rounded
			l.Explanation = fmt.Sprintf("the value is %s; rounded to %s it is %s", value, placeName(w.decimals-w.zeros), w.text+w.suffix())
			return nil
		}
	}
	l.Verdict = False
	cut, _, err := j.fits(x, target, w.decimals, []number.Rounding{number.TowardZero})
	if err != nil {
		return undecided(l, err)
	}
	what := "that is not what is written"
	if len(cut) > 0 {
		what = "that is truncated"
	}
	l.Explanation = fmt.Sprintf("the value is %s; %s: %s", value, what, nearest)
	return nil
}

// undecided makes a link that cannot be rounded undetermined.
func undecided(l *Link, err error) error {
	if !isUndecided(err) {
		return err
	}
	l.Verdict, l.Explanation = Undetermined, err.Error()
	return nil
}

// fits returns the modes in which x, rounded to so many decimals, is target,
// and what it is in each.
func (j judge) fits(x, target number.Number, decimals int, modes []number.Rounding) (fit []number.Rounding, texts []string, err error) {
	for _, mode := range modes {
		r, err := j.a.Round(x, decimals, mode)
		if err != nil {
			return nil, nil, err
		}
		c, err := j.a.Cmp(r, target)
		if err != nil {
			return nil, nil, err
		}
		if c == 0 {
			fit = append(fit, mode)
		}
		t, err := j.a.Text(r, 0)
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, clip(withDecimals(t.Decimal, decimals)))
	}
	return fit, texts, nil
}

// withDecimals fills up a plain decimal with zeros.
func withDecimals(text string, decimals int) string {
	if decimals <= 0 || strings.Contains(text, "e") {
		return text
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if missing := decimals - len(fraction); missing > 0 && missing < 60 {
		fraction += strings.Repeat("0", missing)
	}
	return whole + "." + fraction
}

// suffix is what follows the digits.
func (w numeral) suffix() string {
	switch {
	case w.percent:
		return "%"
	case w.times != "":
		return " * " + w.times
	case w.unit != "":
		return " " + w.unit
	}
	return ""
}

// placeName names the last digit that is kept.
func placeName(decimals int) string {
	switch {
	case decimals == 0:
		return "an integer"
	case decimals == 1:
		return "1 decimal"
	case decimals > 1:
		return fmt.Sprintf("%d decimals", decimals)
	}
	return fmt.Sprintf("a multiple of 10^%d", -decimals)
}

func modeName(m number.Rounding) string {
	switch m {
	case number.HalfEven:
		return "rounded half to even"
	case number.HalfUp:
		return "rounded half up"
	case number.HalfDown:
		return "rounded half down"
	case number.TowardZero:
		return "truncated"
	case number.AwayFromZero:
		return "rounded away from zero"
	case number.Floor:
		return "rounded down"
	}
	return "rounded up"
}
