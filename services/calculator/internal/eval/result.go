package eval

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// Type says what a result is.
type Type string

// The types of results.
const (
	Integer  Type = "integer"
	Rational Type = "rational"
	Real     Type = "real"
	Complex  Type = "complex"
	Quantity Type = "quantity"
	Boolean  Type = "boolean"
	List     Type = "list"
	Matrix   Type = "matrix"
)

// A Result is the value of an expression.
type Result struct {
	// Type is the kind of value. Value holds it if it is a number, and what
	// stands before the unit if it is a quantity.
	Type  Type
	Value number.Number
	// Text is the value written down: a number, with its unit if it has one,
	// true, false or a list.
	Text string
	// Decimal is the number in decimals where Text is written otherwise.
	Decimal string
	// Exact says that the value is known completely, as integers and
	// fractions are. Text may show less of it: see Rounded and Truncated.
	Exact bool
	// Rounded says that Text is the value correctly rounded to Digits
	// significant digits.
	Rounded bool
	// Truncated says that Text shows the first and the last digits of an
	// integer of Digits digits, or the first items of a list.
	Truncated bool
	// Digits is the number of significant digits; 0 for what is no number.
	Digits int
	// Fraction is an exact value that is no integer as "1/3", unless that has
	// too many digits.
	Fraction string
	// Symbolic is the closed form of a real, such as "sqrt(2)/2", if it has a
	// short one.
	Symbolic string
	// Unit is the unit of a quantity.
	Unit string
	// Latex is the value in LaTeX, if that format was chosen.
	Latex string
	// Interpretation is the expression with all its parentheses.
	Interpretation string
	// Notes tell which conventions the result depends on.
	Notes []string
	// Steps are the values of the parts of the expression as "part = value",
	// innermost first, if they were asked for.
	Steps []string

	kind valueKind
	ref  any
}

// kept is the value that r was written from.
func (r *Result) kept() value {
	return value{kind: r.kind, number: r.Value, ref: r.ref}
}

// write fills in what r shows of v with so many significant digits.
func (r *Result) write(a *number.Arith, opt *choices, v value, digits int) error {
	switch v.kind {
	case isBoolean:
		r.Type, r.Exact, r.Text = Boolean, true, v.truth()
		if opt.Format == number.LaTeX {
			r.Latex = `\text{` + r.Text + "}"
		}
		return nil
	case isList:
		r.Type, r.Exact = List, true
		if _, _, ok := v.isMatrix(); ok {
			r.Type = Matrix
		}
		return r.writeList(a, opt, v.list())
	case isComplex:
		r.Type = Complex
		return r.writeComplex(a, opt, v.complex(), digits)
	}
	r.Type = typeOf(v.number)
	if err := r.writeNumber(a, opt, v.number, digits); err != nil {
		return err
	}
	if v.kind == isQuantity {
		r.Type, r.Unit = Quantity, v.unit().String()
		r.Text = withUnit(r.Text, r.Unit)
		if r.Latex != "" {
			r.Latex = term(r.Latex) + `\,\mathrm{` + r.Unit + "}"
		}
	}
	return nil
}

// withUnit is a number with its unit as an expression reads it.
func withUnit(x, unit string) string {
	if under, ok := strings.CutPrefix(unit, "1/"); ok {
		return term(x) + "/" + under
	}
	if strings.Contains(x, "/") {
		x = "(" + x + ")"
	} else {
		x = term(x)
	}
	return x + " " + unit
}

// term is x as a unit multiplies all of it: a sum is put into parentheses.
func term(x string) string {
	if strings.Contains(x, " + ") || strings.Contains(x, " - ") {
		return "(" + x + ")"
	}
	return x
}

func (r *Result) writeNumber(a *number.Arith, opt *choices, x number.Number, digits int) error {
	t, err := a.TextRounded(x, digits, opt.Rounding)
	if err != nil {
		return err
	}
	r.Text, r.Exact, r.Digits, r.Truncated = t.Decimal, t.Exact, t.Digits, t.Truncated
	r.Rounded = !t.DecimalExact && !t.Truncated
	r.Fraction, r.Symbolic = t.Fraction, t.Symbolic
	if opt.Format == number.Auto {
		return nil
	}
	f, err := a.Format(x, digits, opt.Format, opt.Rounding)
	if err != nil {
		return err
	}
	if opt.Format == number.LaTeX {
		r.Latex = f.Text
		return nil
	}
	if f.Text != r.Text {
		r.Decimal = r.Text
	}
	r.Text, r.Truncated, r.Rounded = f.Text, f.Truncated, !f.Exact && !f.Truncated
	r.Exact = r.Exact || f.Exact
	if r.Rounded && t.DecimalExact {
		// A format may round what has more digits than wanted.
		r.Digits = cmp.Or(digits, a.Precision())
	}
	return nil
}

func (r *Result) writeComplex(a *number.Arith, opt *choices, z complex.Number, digits int) error {
	t, err := complex.Write(a, z, digits)
	if err != nil {
		return err
	}
	r.Text, r.Exact, r.Digits, r.Truncated = t.Decimal, t.Exact, t.Digits, t.Truncated
	r.Rounded = !t.DecimalExact && !t.Truncated
	r.Fraction, r.Symbolic = t.Fraction, t.Symbolic
	if opt.Format == number.Auto && opt.Rounding == number.HalfEven {
		return nil
	}
	var re, im Result
	if err := re.writeNumber(a, opt, z.Re, digits); err != nil {
		return err
	}
	if err := im.writeNumber(a, opt, z.Im, digits); err != nil {
		return err
	}
	if opt.Format == number.LaTeX {
		r.Latex = complex.Join(z, re.Latex, im.Latex, " ")
		return nil
	}
	sign := ""
	if strings.ContainsAny(im.Text, "/()*ex") {
		sign = "*"
	}
	if text := complex.Join(z, re.Text, im.Text, sign); text != r.Text {
		if opt.Format != number.Auto {
			r.Decimal = r.Text
		}
		r.Text = text
	}
	r.Truncated, r.Rounded = re.Truncated || im.Truncated, re.Rounded || im.Rounded
	if r.Rounded && !r.Truncated {
		r.Digits = cmp.Or(digits, a.Precision())
	}
	r.Exact = (re.Exact || z.Re.IsZero()) && im.Exact
	return nil
}

func typeOf(n number.Number) Type {
	switch n.Kind() {
	case number.Integer:
		return Integer
	case number.Rational:
		return Rational
	}
	return Real
}

// maxListText bounds the text of a list.
const maxListText = 16 << 10

func (r *Result) writeList(a *number.Arith, opt *choices, items []value) error {
	var b, latex strings.Builder
	b.WriteByte('[')
	between := " & "
	if r.Type == Matrix {
		between = ` \\ `
	}
	for i, v := range items {
		if i > 0 {
			b.WriteString(", ")
			latex.WriteString(between)
		}
		if b.Len() > maxListText {
			fmt.Fprintf(&b, "... %d more", len(items)-i)
			r.Truncated = true
			break
		}
		var item Result
		if err := item.write(a, opt, v, 0); err != nil {
			return err
		}
		b.WriteString(item.Text)
		if r.Type == Matrix {
			item.Latex = strings.TrimSuffix(strings.TrimPrefix(item.Latex, openMatrix), closeMatrix)
		}
		latex.WriteString(item.Latex)
		r.Exact = r.Exact && item.Exact
		r.Rounded = r.Rounded || item.Rounded
		r.Truncated = r.Truncated || item.Truncated
	}
	b.WriteByte(']')
	r.Text = b.String()
	if opt.Format == number.LaTeX {
		r.Latex = openMatrix + latex.String() + closeMatrix
	}
	return nil
}

const (
	openMatrix  = `\begin{pmatrix}`
	closeMatrix = `\end{pmatrix}`
)

// valueText is the text of the value v of n.
func valueText(a *number.Arith, opt *choices, v value, n parse.Node) (string, error) {
	var r Result
	err := r.write(a, opt, v, shown(a, n))
	return r.Text, err
}
