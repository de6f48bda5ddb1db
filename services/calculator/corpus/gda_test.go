package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// decRun is how many cases of each file are run: the rest has no counterpart in
// an arithmetic of values, for the reasons that the table gives.
var decRun = map[string]int{
	"abs": 79, "add": 1803, "base": 906, "compare": 514, "comparetotal": 348, "cuberoot-apd": 65,
	"divide": 462, "divideint": 216, "exp": 400, "ln": 380, "log10": 372, "minus": 97, "multiply": 269,
	"plus": 106, "power": 831, "powersqrt": 2846, "quantize": 497, "randoms": 1686, "reduce": 144,
	"remainder": 385, "rounding": 783, "squareroot": 3564, "subtract": 572, "tointegral": 136,
	"tointegralx": 148,
}

// The reasons for which a case is not run.
const (
	hasNaN         = "with a NaN"
	hasInfinity    = "with an infinity"
	signedZero     = "with the result -0"
	encoded        = "about the encoding of digits"
	representation = "about the order of equal values"
	contextual     = "that fail by their context"
	otherRounding  = "with the rounding 05up"
	limited        = "beyond the limits of exponents"
)

// TestGeneralDecimalArithmetic runs the General Decimal Arithmetic testcases.
// Each operation is done exactly, or on reals; then the harness rounds once to
// the precision, the rounding and the range of exponents of the case. Values
// are compared: there are no trailing zeros, since a value is no
// representation.
func TestGeneralDecimalArithmetic(t *testing.T) {
	const module = "github.com/cockroachdb/apd/v3"
	files, err := filepath.Glob(filepath.Join(moduleDir(t, module), "testdata", "*.decTest"))
	if err != nil || len(files) != 25 {
		t.Fatalf("%d files (%v), want 25", len(files), err)
	}
	var table strings.Builder
	table.WriteString("| file | cases | run, all pass | not run |\n|---|--:|--:|---|\n")
	allCases, allRun, allNotRun := 0, 0, map[string]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".decTest")
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := readDecTest(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run, notRun := 0, map[string]int{}
		for _, c := range cases {
			reason, err := c.run(number.New(t.Context(), number.Limits{}, 0))
			if reason != "" {
				notRun[reason]++
				allNotRun[reason]++
				continue
			}
			if err != nil {
				t.Errorf("%s: %s %q: %v, want %s", c.id, c.op, c.args, err, c.want)
			}
			run++
		}
		allCases, allRun = allCases+len(cases), allRun+run
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, count(len(cases)), count(run), counts(notRun))
		if run != decRun[name] {
			t.Errorf("%s: %d of %d cases are run, want %d", name, run, len(cases), decRun[name])
		}
	}
	documented(t, "decimal", table.String())
	tabled(t, "General Decimal Arithmetic", "`"+release(t, module)+"`, `testdata/*.decTest`",
		count(allCases), count(allRun), count(allRun), counts(allNotRun))
}

// run does a case: a reason says that it cannot be done, an error that it
// fails.
func (c decCase) run(a *number.Arith) (reason string, err error) {
	mode, err := number.ParseRounding(c.rounding)
	if err != nil {
		return otherRounding, nil
	}
	if c.has("conversion_syntax") {
		return "", c.refusesSyntax(a)
	}
	args := make([]number.Number, len(c.args))
	for i, s := range c.args {
		if args[i], reason, err = operand(a, s); reason != "" || err != nil {
			return reason, err
		}
	}
	want, infinite, reason, err := c.expected(a)
	if reason != "" || err != nil {
		return reason, err
	}
	z, err := c.compute(a, args, &mode)
	switch {
	case isLimit(err):
		return limited, nil
	case c.refused():
		if c.op == "power" && args[0].IsZero() && args[1].IsZero() {
			return "", differs(a, z, number.Int(1), err) // 0^0 is 1 here
		}
		if err == nil {
			return "", errors.New("a value")
		}
		return "", nil
	case err != nil:
		return "", err
	case c.op == "comparetotal" && z.IsZero():
		return representation, nil
	}
	z, over, err := c.finish(a, z, mode)
	if isLimit(err) {
		return limited, nil
	}
	if over != infinite {
		return "", errors.New("another infinity, or none")
	}
	if over != 0 {
		return "", err
	}
	return "", differs(a, z, want, err)
}

// operand reads an operand.
func operand(a *number.Arith, s string) (x number.Number, reason string, err error) {
	bare := strings.ToLower(strings.TrimLeft(s, "+-"))
	switch {
	case strings.Contains(s, "#"):
		return x, encoded, nil
	case strings.HasPrefix(bare, "nan"), strings.HasPrefix(bare, "snan"):
		return x, hasNaN, nil
	case bare == "inf" || bare == "infinity":
		return x, hasInfinity, nil
	}
	x, err = a.ParseDecimal(s)
	if isLimit(err) {
		return x, limited, nil
	}
	return x, "", err
}

// expected reads the result that a case asks for; of an infinite one the sign.
func (c decCase) expected(a *number.Arith) (x number.Number, infinite int, reason string, err error) {
	if c.refused() {
		if c.has("division_impossible") || c.has("invalid_context") || c.op == "quantize" {
			reason = contextual
		}
		return x, 0, reason, nil
	}
	switch strings.ToLower(c.want) {
	case "?":
		return x, 0, encoded, nil
	case "infinity":
		return x, 1, "", nil
	case "-infinity":
		return x, -1, "", nil
	}
	x, reason, err = operand(a, c.want)
	if err == nil && x.IsZero() && strings.HasPrefix(c.want, "-") {
		reason = signedZero
	}
	return x, 0, reason, err
}

// refused reports whether the operation is to have no value.
func (c decCase) refused() bool {
	want := strings.ToLower(c.want)
	return want == "nan" || strings.HasSuffix(want, "infinity") && !c.has("overflow")
}

// refusesSyntax expects the operand to be no number.
func (c decCase) refusesSyntax(a *number.Arith) error {
	var e *number.Error
	if _, err := a.ParseDecimal(c.args[0]); !errors.As(err, &e) || e.Kind != number.Syntax {
		return fmt.Errorf("read as a number (%v)", err)
	}
	return nil
}

func isLimit(err error) bool {
	var e *number.Error
	return errors.As(err, &e) && e.Kind == number.Limit
}

// differs compares a result. Numbers too small to be fractions are compared by
// their digits, more of them than any result here has.
func differs(a *number.Arith, got, want number.Number, err error) error {
	if err != nil {
		return err
	}
	text := ""
	for i, x := range []number.Number{got, want} {
		f, err := a.Format(x, 1000, number.Scientific, number.HalfEven)
		if err != nil {
			return err
		}
		if i == 1 && f.Text != text {
			return fmt.Errorf("the result is %s", text)
		}
		text = f.Text
	}
	if !got.IsExact() {
		return nil
	}
	if c, err := a.Cmp(got, want); c != 0 || err != nil {
		return errors.Join(err, errors.New("the result differs"))
	}
	return nil
}

// compute does the operation without rounding. Some operations round in their
// own way, or not at all.
func (c decCase) compute(a *number.Arith, x []number.Number, mode *number.Rounding) (number.Number, error) {
	switch c.op {
	case "squareroot", "exp", "ln", "log10":
		*mode = number.HalfEven
	}
	switch c.op {
	case "apply", "plus", "reduce", "tosci", "toeng":
		return x[0], nil
	case "minus":
		return a.Neg(x[0])
	case "abs":
		return a.Abs(x[0])
	case "add":
		return a.Add(x[0], x[1])
	case "subtract":
		return a.Sub(x[0], x[1])
	case "multiply":
		return a.Mul(x[0], x[1])
	case "divide":
		return a.Quo(x[0], x[1])
	case "divideint":
		q, err := a.Quo(x[0], x[1])
		if err != nil {
			return q, err
		}
		return a.Trunc(q)
	case "remainder":
		return a.Rem(x[0], x[1])
	case "power":
		return a.Pow(x[0], x[1])
	case "squareroot":
		return a.Sqrt(x[0])
	case "cuberoot":
		return a.Cbrt(x[0])
	case "exp":
		return a.Exp(x[0])
	case "ln":
		return a.Log(x[0])
	case "log10":
		return a.Log10(x[0])
	case "compare", "comparetotal":
		s, err := a.Cmp(x[0], x[1])
		return number.Int(int64(s)), err
	case "tointegral", "tointegralx":
		return a.Round(x[0], 0, *mode)
	case "quantize":
		return a.Round(x[0], -exponent(c.args[1]), *mode)
	}
	return number.Number{}, fmt.Errorf("the operation %s is unknown", c.op)
}

// exponent is that of the last digit that a number is written with.
func exponent(s string) int {
	mantissa, exp, _ := strings.Cut(strings.ToLower(s), "e")
	e, _ := strconv.Atoi(exp)
	_, frac, _ := strings.Cut(mantissa, ".")
	return e - len(frac)
}

// finish rounds a result to the precision of the case and to its range of
// exponents; if that is exceeded it says to which infinity.
func (c decCase) finish(a *number.Arith, x number.Number, mode number.Rounding) (z number.Number, infinite int, err error) {
	if strings.HasPrefix(c.op, "compare") || strings.HasPrefix(c.op, "tointegral") || c.op == "quantize" || x.IsZero() {
		return x, 0, nil
	}
	// No operand has as many digits as 10,000.
	precision := min(c.precision, 10_000)
	lead, err := adjusted(a, x)
	if err != nil {
		return x, 0, err
	}
	if lead < c.minExp {
		z, err = a.Round(x, precision-1-c.minExp, mode)
		return z, 0, err
	}
	if z, err = a.RoundDigits(x, precision, mode); err != nil {
		return z, 0, err
	}
	if lead, err = adjusted(a, z); err != nil || lead <= c.maxExp {
		return z, 0, err
	}
	s, err := a.Sign(z)
	switch {
	case err != nil:
		return z, 0, err
	case mode == number.TowardZero, mode == number.Floor && s > 0, mode == number.Ceiling && s < 0:
		// The greatest number, with precision nines.
		z, err = a.ParseDecimal(strings.Repeat("9", precision) + "e" + strconv.Itoa(c.maxExp+1-precision))
		if err == nil && s < 0 {
			z, err = a.Neg(z)
		}
		return z, 0, err
	}
	return z, s, nil
}

// adjusted is the exponent of the first digit of x, not 0.
func adjusted(a *number.Arith, x number.Number) (int, error) {
	f, err := a.Format(x, 1, number.Scientific, number.TowardZero)
	if !x.IsExact() && err != nil {
		// A power of 10 too small to be a fraction cannot be told from what is
		// just below it.
		f, err = a.Format(x, 1, number.Scientific, number.HalfEven)
	}
	if err != nil {
		return 0, err
	}
	_, exp, _ := strings.Cut(f.Text, "e")
	return strconv.Atoi(exp)
}
