package complex

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Text is a complex number written down.
type Text struct {
	// Decimal is the number, such as "1 + 1.5i", "-2i" or "3": its parts as
	// number.Text writes them, without a part that is exactly 0.
	Decimal string
	// Exact says that both parts are integers or fractions.
	Exact bool
	// DecimalExact says that Decimal is the value itself. Otherwise each part
	// is exact or correctly rounded, half to even, to its number of significant
	// digits, or cut if Truncated.
	DecimalExact bool
	// Digits is the greater number of significant digits of the parts.
	Digits int
	// Truncated says that a part is a long integer without its middle digits.
	Truncated bool
	// Fraction is a number with exact parts that are not both integers, such
	// as "1/2 + 1/3*i", unless they have too many digits.
	Fraction string
	// Symbolic is the closed form, such as "1 + sqrt(3)*i" or "pi*i", of a
	// number with a real part or factor that has one; else it is empty.
	Symbolic string
	// Re and Im are the texts of the parts.
	Re, Im number.Text
}

// Write writes z down; digits, the number of significant digits of a part that
// has to be rounded, is the precision of a if 0.
func Write(a *number.Arith, z Number, digits int) (Text, error) {
	re, err := a.Text(z.Re, digits)
	if err != nil {
		return Text{}, partError(err, "real", z.IsReal())
	}
	im, err := a.Text(z.Im, digits)
	if err != nil {
		return Text{}, partError(err, "imaginary", false)
	}
	t := Text{
		Decimal:      Join(z, re.Decimal, im.Decimal, ""),
		Exact:        re.Exact && im.Exact,
		DecimalExact: re.DecimalExact && im.DecimalExact,
		Digits:       max(re.Digits, im.Digits),
		Truncated:    re.Truncated || im.Truncated,
		Re:           re, Im: im,
	}
	x, y := closed(re), closed(im)
	if x == "" || y == "" || re.Truncated || im.Truncated {
		return t, nil
	}
	switch form := Join(z, x, y, "*"); {
	case !t.Exact:
		t.Symbolic = form
	case re.Fraction != "" || im.Fraction != "":
		t.Fraction = form
	}
	return t, nil
}

// closed returns the closed form of a part, or "".
func closed(t number.Text) string {
	switch {
	case t.Fraction != "":
		return t.Fraction
	case t.Symbolic != "":
		return t.Symbolic
	case t.Exact && t.DecimalExact && !strings.Contains(t.Decimal, "."):
		return t.Decimal
	}
	return ""
}

// Join writes re + im*i, where the parts of z are written as re and im; times
// stands between im and i. An imaginary part that is a sum is put into
// parentheses.
func Join(z Number, re, im, times string) string {
	if z.IsReal() {
		return re
	}
	sign := " + "
	if strings.Contains(im, " ") {
		im = "(" + im + ")"
	} else if rest, ok := strings.CutPrefix(im, "-"); ok {
		im, sign = rest, " - "
	}
	if im == "1" {
		im, times = "", ""
	}
	im += times + "i"
	switch {
	case !z.Re.IsZero():
		return re + sign + im
	case sign == " - ":
		return "-" + im
	}
	return im
}

// partError says which part an error is about, unless that is the whole number.
func partError(err error, part string, whole bool) error {
	e, ok := err.(*number.Error)
	if !ok || whole || e.Kind != number.Undecided {
		return err
	}
	named := *e
	named.Message = "the " + part + " part: " + e.Message
	return &named
}
