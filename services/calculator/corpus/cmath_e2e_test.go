//go:build e2e

package corpus

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// cmathFunctions are the functions of CPython's cmath_testcases.txt.
var cmathFunctions = map[string]func(*number.Arith, complex.Number) (complex.Number, error){
	"exp": complex.Exp, "log": complex.Log, "log10": complex.Log10, "sqrt": complex.Sqrt,
	"sin": complex.Sin, "cos": complex.Cos, "tan": complex.Tan,
	"asin": complex.Asin, "acos": complex.Acos, "atan": complex.Atan,
	"sinh": complex.Sinh, "cosh": complex.Cosh, "tanh": complex.Tanh,
	"asinh": complex.Asinh, "acosh": complex.Acosh, "atanh": complex.Atanh,
	"rect": func(a *number.Arith, z complex.Number) (complex.Number, error) { return complex.Polar(a, z.Re, z.Im) },
	"polar": func(a *number.Arith, z complex.Number) (complex.Number, error) {
		r, err := complex.Abs(a, z)
		if err != nil {
			return complex.Number{}, err
		}
		phi, err := complex.Arg(a, z)
		return complex.Number{Re: r, Im: phi}, err
	},
}

// The outcomes of a case: the last two are not run.
const (
	equal     = "equal"                     // both parts are the doubles expected
	refused   = "refused"                   // the flags ask for an error, or what is refused overflows
	mirrored  = "of -0 on a cut"            // equal to the value on the other side: zero has no sign here
	angleless = "of the angle of 0"         // which 0 has not here
	infinite  = "with an infinity or a NaN" // no number of ours
)

// cmathFloors are how many cases of each function are run at least.
var cmathFloors = map[string]int{
	"acos": 104, "acosh": 91, "asin": 92, "asinh": 104, "atan": 103, "atanh": 105, "cos": 42, "cosh": 45, "exp": 54,
	"log": 101, "log10": 101, "polar": 1, "rect": 4, "sin": 42, "sinh": 46, "sqrt": 86, "tan": 45, "tanh": 44,
}

// TestCPythonComplex runs each case of cmath_testcases.txt. CPython allows
// itself a relative error of 2*10^-15; here the doubles nearest to the exact
// parts have to be those expected.
func TestCPythonComplex(t *testing.T) {
	table := map[string]map[string]int{}
	for line := range strings.Lines(debianFile(t, pythonPackage, pythonTests+"cmath_testcases.txt")) {
		line, _, _ = strings.Cut(line, "--")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if len(f) < 7 || f[4] != "->" {
			t.Fatalf("a line that is no case: %q", line)
		}
		c := cmathCase{id: f[0], name: f[1], flags: f[7:]}
		for i, s := range []string{f[2], f[3], f[5], f[6]} {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatalf("%s: %v", c.id, err)
			}
			*[]*float64{&c.re, &c.im, &c.wantRe, &c.wantIm}[i] = x
		}
		outcome, err := c.run(t)
		if err != nil {
			t.Errorf("%s %s(%s, %s): %v, want %s, %s %v", c.id, c.name, f[2], f[3], err, f[5], f[6], c.flags)
		}
		if table[c.name] == nil {
			table[c.name] = map[string]int{}
		}
		table[c.name][outcome]++
	}
	cases, total := 0, map[string]int{}
	for name, outcomes := range table {
		for outcome, n := range outcomes {
			total[outcome] += n
			cases += n
		}
		if n := outcomes[equal] + outcomes[refused]; n < cmathFloors[name] {
			t.Errorf("%s: %d cases were run", name, n)
		}
	}
	if len(table) != len(cmathFunctions) {
		t.Errorf("cases of %d functions, of %d known", len(table), len(cmathFunctions))
	}
	run := total[equal] + total[refused] + total[mirrored]
	tabled(t, "CPython, `cmath_testcases.txt`", "Debian `"+pythonPackage+"`", count(cases), count(run),
		fmt.Sprintf("%s equal, %d refused as they should be, %d %s equal to the other side", count(total[equal]), total[refused], total[mirrored], mirrored),
		counts(map[string]int{infinite: total[infinite], angleless: total[angleless]}))
}

type cmathCase struct {
	id, name               string
	re, im, wantRe, wantIm float64
	flags                  []string
}

// run computes a case; the error says how the result differs.
func (c cmathCase) run(t *testing.T) (string, error) {
	for _, x := range []float64{c.re, c.im} {
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return infinite, nil
		}
	}
	outcome := equal
	if c.onCut() {
		outcome = mirrored
		if c.name == "asinh" || c.name == "atan" {
			c.wantRe = -c.wantRe
		} else {
			c.wantIm = -c.wantIm
		}
	}
	if c.name == "polar" && c.re == 0 && c.im == 0 {
		return angleless, nil
	}
	a := number.New(t.Context(), number.Limits{}, 0)
	exact := func(x float64) number.Number { return number.FromRat(new(big.Rat).SetFloat64(x)) }
	z, err := cmathFunctions[c.name](a, complex.Number{Re: exact(c.re), Im: exact(c.im)})
	var e *number.Error
	switch {
	case slices.Contains(c.flags, "divide-by-zero") || slices.Contains(c.flags, "invalid"):
		if !errors.As(err, &e) || e.Kind != number.DivisionByZero && e.Kind != number.Domain {
			return refused, fmt.Errorf("%v is no error of division by zero or domain", err)
		}
		return refused, nil
	case errors.As(err, &e) && e.Kind == number.Limit && c.extreme():
		return refused, nil
	case err != nil:
		return refused, err
	}
	re, im := nearestDouble(t, a, z.Re), nearestDouble(t, a, z.Im)
	if slices.Contains(c.flags, "ignore-real-sign") {
		re, c.wantRe = math.Abs(re), math.Abs(c.wantRe)
	}
	if slices.Contains(c.flags, "ignore-imag-sign") {
		im, c.wantIm = math.Abs(im), math.Abs(c.wantIm)
	}
	if re != c.wantRe || im != c.wantIm {
		return outcome, fmt.Errorf("%v, %v", re, im)
	}
	return outcome, nil
}

// onCut reports whether the argument has a part -0.0 that puts it on the other
// side of a cut than 0.
func (c cmathCase) onCut() bool {
	negative := func(x float64) bool { return x == 0 && math.Signbit(x) }
	switch c.name {
	case "sqrt", "log", "log10", "polar":
		return negative(c.im) && c.re < 0
	case "asin", "acos", "atanh":
		return negative(c.im) && math.Abs(c.re) > 1
	case "acosh":
		return negative(c.im) && c.re < 1
	case "asinh", "atan":
		return negative(c.re) && math.Abs(c.im) > 1
	}
	return false
}

// extreme reports whether a part expected is what doubles have for a magnitude
// beyond 10^±1,000,000.
func (c cmathCase) extreme() bool {
	for _, x := range []float64{c.wantRe, c.wantIm} {
		if x == 0 || math.IsInf(x, 0) {
			return true
		}
	}
	return false
}
