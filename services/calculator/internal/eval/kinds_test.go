package eval

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Values of other kinds than real numbers; the expected ones are identities,
// definitions of units, or decimals of bc -l.
func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		src  string
		kind Type
		want string
	}{
		{"i^2", Integer, "-1"},
		{"2i", Complex, "2i"},
		{"e^(i*pi) + 1", Integer, "0"},
		{"(1+2i)*(3-4i)", Complex, "11 + 2i"},
		{"1/(3+4i)", Complex, "0.12 - 0.16i"},
		{"abs(3+4i)", Integer, "5"},
		{"conj(3+4i)", Complex, "3 - 4i"},
		{"re(3+4i) + im(3+4i)", Integer, "7"},
		{"arg(-1) == pi", Boolean, "true"},
		{"sqrt(3+4i)", Complex, "2 + i"},
		{"sqrt(-4)*sqrt(-9)", Integer, "-6"},
		{"(1+i)^10", Complex, "32i"},
		{"log(-1)", Complex, "3.141592653589793238462643383279503i"},
		{"-(1+i)", Complex, "-1 - i"},
		{"3+4i == 3+4i", Boolean, "true"},
		{"3+4i != 3", Boolean, "true"},
		{"asin(2) == pi/2 + i*log(2+sqrt(3))", Boolean, "true"},
		{"i%", Complex, "0.01i"},

		{"5 ft + 3 in", Quantity, "5.25 ft"},
		{"5 ft + 3 in to cm", Quantity, "160.02 cm"},
		{"60 mi/h * 2 h", Quantity, "120 mi"},
		{"60 mi/h * 30 min", Quantity, "30 mi"},
		{"-40 degC to degF", Quantity, "-40 degF"},
		{"20 °C + 5 K", Quantity, "25 degC"},
		{"20 degC - 10 degC to K", Quantity, "10 K"},
		{"5 kg * 9.81 m/s^2 to N", Quantity, "49.05 N"},
		{"5 km / 3 m * 3", Integer, "5000"},
		{"1/s * 3 s", Integer, "3"},
		{"sqrt(16 m^2)", Quantity, "4 m"},
		{"cbrt(27 m^3)", Quantity, "3 m"},
		{"root(16 m^4, 4)", Quantity, "2 m"},
		{"(2 m)^3", Quantity, "8 m^3"},
		{"hypot(3 m, 4 m)", Quantity, "5 m"},
		{"abs(-5 m)", Quantity, "5 m"},
		{"100 m + 10%", Quantity, "110 m"},
		{"10% of 50 kg", Quantity, "5 kg"},
		{"max(5 ft, 1 m)", Quantity, "5 ft"},
		{"sum(1 m, 2 cm)", Quantity, "1.02 m"},
		{"round(5.678 m, 1)", Quantity, "5.7 m"},
		{"5 m // 2 m", Integer, "2"},
		{"5 m % 2 m", Quantity, "1 m"},
		{"5 m == 500 cm and 5 m < 17 ft", Boolean, "true"},
		{"sin(30 deg) + cos(1 rad)/cos(1)", Rational, "1.5"},
		{"sign(-2 m)", Integer, "-1"},
		{"atan2(1 m, 100 cm) == pi/4", Boolean, "true"},
		{"2 speed_of_light to km/s", Quantity, "599584.916 km/s"},
		{"5 µm to nm", Quantity, "5000 nm"},
		{"-(5 m)", Quantity, "-5 m"},
		{"0.5/m", Quantity, "0.5/m"},

		{"[1,2] + [3,4]", List, "[4, 6]"},
		{"2*[1,2]", List, "[2, 4]"},
		{"[1,2]^2 - 1", List, "[0, 3]"},
		{"-[1,2]", List, "[-1, -2]"},
		{"[1,2] == [1,2]", Boolean, "true"},
		{"[1,2] != [1,2,3]", Boolean, "true"},
		{"[1,2] m to cm", List, "[100 cm, 200 cm]"},
		{"[[1,2],[3,4]]", Matrix, "[[1, 2], [3, 4]]"},
		{"[[1,2],[3,4]] * [[5,6],[7,8]]", Matrix, "[[19, 22], [43, 50]]"},
		{"[[1,2],[3,4]] * [5,6]", List, "[17, 39]"},
		{"[[1,1],[1,0]]^10", Matrix, "[[89, 55], [55, 34]]"},
		{"[[1,1],[1,0]]^0", Matrix, "[[1, 0], [0, 1]]"},
		{"[[1,2],[3,4]] + 1", Matrix, "[[2, 3], [4, 5]]"},
		{"transpose([[1,2,3],[4,5,6]])", Matrix, "[[1, 4], [2, 5], [3, 6]]"},
		{"dot([1,2,3],[4,5,6])", Integer, "32"},
		{"cross([1,2,3],[4,5,6])", List, "[-3, 6, -3]"},
		{"norm([1,2,2])", Integer, "3"},
		{"norm(3, 4i)", Integer, "5"},
		{"len([]) + len(1,2)", Integer, "2"},
		{"sort(3, 1, 2)", List, "[1, 2, 3]"},
		{"sort([2 m, 1 ft])", List, "[1 ft, 2 m]"},
		{"reverse([1,2,3])", List, "[3, 2, 1]"},
		{"cumsum([1,2,3])", List, "[1, 3, 6]"},
		{"product([])", Integer, "1"},
		{"product(1/2, 2, i)", Complex, "i"},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if r.Text != tt.want || r.Type != tt.kind {
			t.Errorf("%s: got the %s %s", tt.src, r.Type, r.Text)
		}
		again, err := Evaluate(t.Context(), r.Interpretation, Options{})
		if err != nil || again.Text != r.Text {
			t.Errorf("%s: its interpretation %s has another value (%v)", tt.src, r.Interpretation, err)
		}
	}
}

// Functions of numbers, by identities and textbook values.
func TestFunctions(t *testing.T) {
	for src, want := range map[string]string{
		"atan2(-1, -1) == -3pi/4":                 "true",
		"sec(pi/3) + csc(pi/6)":                   "4",
		"cot(pi/4)":                               "1",
		"cot(pi/2)":                               "0",
		"deg(pi) - rad(180)/pi":                   "179",
		"round(cosh(1)^2 - sinh(1)^2, 30)":        "1",
		"round(asinh(sinh(2)), 30)":               "2",
		"expm1(1) + 1 == e":                       "true",
		"log1p(e - 1)":                            "1",
		"gamma(0.5)^2 == pi":                      "true",
		"gamma(6)":                                "120",
		"lgamma(1)":                               "0",
		"beta(2, 3)":                              "0.08333333333333333333333333333333333",
		"erf(1) + erfc(1)":                        "1",
		"root(32, 5)":                             "2",
		"root(-8, 3)":                             "-2",
		"root(-4, 2)":                             "2i",
		"hypot(1, 2, 2)":                          "3",
		"clamp(-1, 0, 10) + clamp(5, 0, 10)":      "5",
		"bitand(12, 10)":                          "8",
		"bitor(12, 10)":                           "14",
		"bitxor(12, 10, 1)":                       "7",
		"bitand(-1, 255)":                         "255",
		"bitnot(0)":                               "-1",
		"shl(1, 100)":                             "1267650600228229401496703205376",
		"shr(-5, 1)":                              "-3",
		"shr(-5, 10^30)":                          "-1",
		"shr(5, 64)":                              "0",
		"modpow(3, 1000, 7)":                      "4",
		"binomial(50, 25)":                        "126410606437752",
		"binomial(-2, 3)":                         "-4",
		"binomial(3, 5) + binomial(3, -1)":        "0",
		"binomial(10^20, 1)":                      "100000000000000000000",
		"permutations(5, 5) + permutations(3, 5)": "120",
		"log(2, i)":                               "-0.4412712003053031867929128642359954i",
		"abs(-2 - 2^-100)":                        "2.0000000000000000000000000000007888609052210118054117285652827862296732064351090230047702789306640625",
		"min(2, 1, 3) + max([1, 5])":              "6",
		"floor(-0.5) + ceil(0.5) + trunc(-0.5)":   "0",
		"sum(1/3, 1/3, 1/3)":                      "1",
		"(2 + 3i)(2 - 3i)":                        "13",
		"gcd(0, 0) + lcm(0, 5)":                   "0",
		"factorial(170) / factorial(168) - 28730": "0",
		"mod(5.5, 2) + rem(-5.5, 2)":              "0",
	} {
		r, err := Evaluate(t.Context(), src, Options{})
		if err != nil || r.Text != want {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
}

func TestKindErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		reason  Reason
		at      int
		message string
	}{
		{"1 + 5 m", UnitMismatch, 2, "a plain number and a quantity in m"},
		{"5 m < 3", UnitMismatch, 4, "a plain number and a quantity in m"},
		{"5 m + 3 s", UnitMismatch, 4, "m is a unit of length and s one of time"},
		{"5 m to s", UnitMismatch, 4, "length"},
		{"5 m to foo", UnknownUnit, 7, "foo"},
		{"5 to m", UnitMismatch, 2, ""},
		{"sqrt(2 m)", UnitMismatch, 0, "length has no root of degree 2"},
		{"(2 m)^pi", Domain, 5, "the power of a quantity"},
		{"2^(3 m)", Domain, 1, "the power of a quantity"},
		{"(2 m)^1000", Limit, 5, "out of bounds"},
		{"20 degC + 10 degC", Domain, 8, "two temperatures"},
		{"20 degC * 2", Domain, 8, "cannot be multiplied"},
		{"(2 m)!", Domain, 1, `"!" needs a number; this is a quantity in m`},
		{"sin(5 m)", UnitMismatch, 0, ""},
		{"gcd(2 m, 3)", UnitMismatch, 4, "gcd needs numbers; this is a quantity in m"},
		{"i < 1", Domain, 2, "complex numbers have no order"},
		{"i m", Domain, 0, "a complex number cannot have a unit"},
		{"i // 2", Domain, 2, `"//" is not defined for complex numbers`},
		{"i + 2 m", Domain, 2, "a complex number and a quantity in m cannot be combined"},
		{"i == 2 m", Domain, 2, "cannot be compared"},
		{"max(1, i)", Domain, 0, "no order"},
		{"floor(i)", Domain, 6, "floor needs numbers; this is a complex number"},
		{"[1,2] + [1]", Domain, 6, "lists of 2 and 1 items"},
		{"[[1,2],[3,4]] * [[1,2]]", Domain, 14, "a matrix with 2 columns cannot be multiplied with one of 1 rows"},
		{"[1,2] * [[1,2],[3,4]]", Domain, 6, "to the left of a matrix"},
		{"[[1,2]]^2", Domain, 7, "square matrix"},
		{"1/[[1,2]]", Domain, 1, "no divisor"},
		{"[1] + true", Domain, 6, `"+" needs numbers`},
		{"[true] + 1", Domain, 7, `"+" needs numbers, not truth values`},
		{"dot([1],2)", Domain, 8, "dot needs lists; this is a number"},
		{"dot([1],[1,2])", Domain, 0, "1 and 2 items"},
		{"dot([[1]],[1])", Domain, 4, "dot needs lists of numbers"},
		{"cross([1],[1])", Domain, 0, "3 items"},
		{"transpose([1,2])", Domain, 10, "transpose needs a matrix; this is a list"},
		{"clamp(1, 3, 2)", Domain, 0, "lower bound"},
		{"csc(0)", DivisionByZero, 0, "the cosecant has a pole"},
		{"sec(pi/2)", DivisionByZero, 0, "the secant has a pole"},
		{"modpow(2, 3, 0)", DivisionByZero, 0, "the modulus is 0"},
		{"modpow(2, -3, 4)", Domain, 0, "2 has no inverse modulo 4"},
		{"shl(1, 10^10)", Limit, 0, "about 3,010,299,956 digits"},
		{"shl(1, -1)", Domain, 0, "a shift"},
		{"bitand(1.5, 2)", Domain, 0, "bits of integers"},
		{"binomial(0.5, 2)", Domain, 0, "a binomial coefficient needs integers; 1/2 is none"},
		{"comb(10^7, 5*10^6)", Limit, 0, "about 3,010,297 digits"},
		{"root(2, 0)", Limit, 0, "the degree of a root is out of bounds; they are 1 and 1,000,000"},
		{"cbrt(i)", Domain, 0, "takes real numbers"},
		{"m(3)", Syntax, 0, `"m" is a unit, not a function`},
		{"norm(true)", Domain, 5, "norm needs numbers; this is a truth value"},
		{"sort(i, 1)", Domain, 0, "no order"},
		{"arg(0)", Domain, 0, ""},
	} {
		_, err := Evaluate(t.Context(), tt.src, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", tt.src)
			continue
		}
		if e.Reason != tt.reason || e.Position != tt.at || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%s: got %s at %d: %s (%s)", tt.src, e.Reason, e.Position, e.Message, e.Hint)
		}
	}
}

func TestModes(t *testing.T) {
	degrees, realOnly := Options{Degrees: true}, Options{RealOnly: true}
	up, halfUp := Options{Rounding: number.AwayFromZero, Precision: 3}, Options{Rounding: number.HalfUp}
	style := func(s number.Style) Options { return Options{Format: s} }
	for _, tt := range []struct {
		src  string
		opt  Options
		want string
		note string
	}{
		{"sin(30)", degrees, "0.5", "angles are in degrees"},
		{"asin(0.5)", degrees, "30", "angles are in degrees"},
		{"atan2(1, 1)", degrees, "45", "angles are in degrees"},
		{"arg(i)", degrees, "90", "angles are in degrees"},
		{"sin(30°)", degrees, "0.5", "angles are in degrees"},
		{"sin(30 deg)", degrees, "0.5", ""},
		{"asin(1) to deg", degrees, "90 deg", "angles are in degrees"},
		{"asin(1) to turn", degrees, "0.25 rev", "angles are in degrees"},
		{"30° to deg", degrees, "30 deg", "angles are in degrees"},
		{"pi rad to deg", degrees, "180 deg", ""},
		{"sqrt(2)^2", realOnly, "2", ""},
		{"2/3", up, "0.667", "the result is rounded by the mode up"},
		{"-2/3", up, "-0.667", "the result is rounded by the mode up"},
		{"sqrt(-2)", up, "1.42i", "the result is rounded by the mode up"},
		{"round(2.5)", halfUp, "3", "round uses the rounding half_up"},
		{"0.75", style(number.Fraction), "3/4", ""},
		{"0.75 m", style(number.Fraction), "(3/4) m", ""},
		{"1/2 + i/3", style(number.Fraction), "1/2 + 1/3*i", ""},
		{"sqrt(2)/2", style(number.Fraction), "sqrt(2)/2", ""},
		{"12345.678", style(number.Scientific), "1.2345678e4", ""},
		{"12345.678", style(number.Engineering), "12.345678e3", ""},
		{"1e-10", style(number.Decimal), "0.0000000001", ""},
		{"[255, 5]", style(number.Hex), "[0xff, 0x5]", ""},
		{"5", style(number.Binary), "0b101", ""},
	} {
		r, err := Evaluate(t.Context(), tt.src, tt.opt)
		if err != nil || r.Text != tt.want || strings.Join(r.Notes, "|") != tt.note {
			t.Errorf("%s: got %+v, %v", tt.src, r, err)
		}
	}
	for _, src := range []string{"sqrt(-1)", "(-8)^(1/3)", "log(-1)", "i", "asin(2)", "log(-1, 2)", "log1p(-2)", "acosh(0)"} {
		_, err := Evaluate(t.Context(), src, realOnly)
		var e *Error
		if !errors.As(err, &e) || e.Reason != Domain || !strings.Contains(e.Hint, "complex") {
			t.Errorf("%s in the reals: got %+v", src, err)
		}
	}
	if _, err := Evaluate(t.Context(), "1.5", style(number.Hex)); err == nil {
		t.Error("1.5 is written in base 16")
	}
}

// TestRoundedDigits checks that the number of digits is that of the text, also
// where a format rounds what is exact.
func TestRoundedDigits(t *testing.T) {
	for _, tt := range []struct {
		src   string
		style number.Style
		text  string
	}{
		{"999.96", number.Scientific, "1.00e3"},
		{"12345.678", number.Engineering, "12.3e3"},
		{"2/3", number.Scientific, "6.67e-1"},
		{"1234.5 + 2i/3", number.Scientific, "1.23e3 + 6.67e-1*i"},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{Format: tt.style, Precision: 3})
		if err != nil || r.Text != tt.text || !r.Rounded || r.Digits != 3 {
			t.Errorf("%s: got %+v, %v", tt.src, r, err)
		}
	}
}

func TestLatex(t *testing.T) {
	for src, want := range map[string]string{
		"1/3":             `\frac{1}{3}`,
		"[[1,2/3],[3,4]]": `\begin{pmatrix}1 & \frac{2}{3} \\ 3 & 4\end{pmatrix}`,
		"[1,2]":           `\begin{pmatrix}1 & 2\end{pmatrix}`,
		"5 km/h":          `5\,\mathrm{km/h}`,
		"sqrt(-2)":        `\sqrt{2} i`,
		"1 < 2":           `\text{true}`,
	} {
		r, err := Evaluate(t.Context(), src, Options{Format: number.LaTeX})
		if err != nil || r.Latex != want {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
}

func TestSteps(t *testing.T) {
	r, err := Evaluate(t.Context(), "2 + 3*4 - sqrt(16)/-2", Options{Steps: true})
	want := []string{"3 * 4 = 12", "2 + (3 * 4) = 14", "sqrt(16) = 4", "sqrt(16) / (-2) = -2", "2 + (3 * 4) - (sqrt(16) / (-2)) = 16"}
	if err != nil || !slices.Equal(r.Steps, want) {
		t.Errorf("got %+v, %v", r, err)
	}
	r, err = Evaluate(t.Context(), strings.Repeat("1+", 500)+"2^4000", Options{Steps: true})
	if err != nil || len(r.Steps) != maxSteps {
		t.Errorf("got %+v, %v", r, err)
	}
	if r, err = Evaluate(t.Context(), "1+1", Options{}); err != nil || r.Steps != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestVariables(t *testing.T) {
	opt := Options{
		Variables:   map[string]number.Number{"n": number.Int(3), "e": number.Int(5)},
		Expressions: map[string]string{"x": "1/3", "d": "5 km", "m": "2", "z": "1 + 2i", "v": "[1, 2]"},
	}
	for src, want := range map[string]string{
		"x*3":       "1",
		"n^2":       "9",
		"d/2":       "2.5 km",
		"5 m":       "10",
		"d to mile": "3.106855961186669848087170921816591 mi",
		"abs(z)^2":  "5",
		"v*2":       "[2, 4]",
		"e":         "5",
	} {
		r, err := Evaluate(t.Context(), src, opt)
		if err != nil || r.Text != want {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
	for name, text := range map[string]string{
		"mod": "1", "and": "1", "to": "1", "true": "1", "2x": "1", "": "1", "a b": "1", "x'": "1", strings.Repeat("a", 101): "1",
		"y": "1/0", "p": "1 +", "q": "n + 1", "r": "x", "s": "s", "w": "nothing",
	} {
		bad := Options{Variables: opt.Variables, Expressions: map[string]string{name: text, "x": "1"}}
		_, err := Evaluate(t.Context(), "1", bad)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, "variable") || e.Position != 0 {
			t.Errorf("%s = %s: got %v", name, text, err)
		}
	}
	if _, err := Evaluate(t.Context(), "5 km to m", opt); err == nil {
		t.Error("a variable is taken for a unit")
	}
}

func TestKeep(t *testing.T) {
	ev, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][2]string{{"net", "1250 kg"}, {"tax", "net * 19%"}, {"gross", "net + tax"}} {
		r, err := ev.Evaluate(row[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := ev.Keep(row[0], r); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := ev.Evaluate("gross to tonne"); err != nil || r.Text != "1.4875 tonne" && r.Text != "1.4875 t" {
		t.Errorf("got %+v, %v", r, err)
	}
	r, _ := ev.Evaluate("1")
	if err := ev.Keep("mod", r); err == nil {
		t.Error("a variable is called mod")
	}
}

// A variable may have the name of a function, which then cannot be called.
func TestFunctionNames(t *testing.T) {
	opt := Options{Variables: map[string]number.Number{"gamma": number.Int(7), "v": number.Int(2)}, Expressions: map[string]string{"max": "3 m", "cbrt": "cbrt(8)"}}
	for src, want := range map[string]string{
		"gamma + 1": "8", "2 gamma": "14", "gamma*(1 + 1)": "14", "max to cm": "300 cm", "min(max, 1 m)": "1 m", "cbrt^2": "4",
	} {
		if r, err := Evaluate(t.Context(), src, opt); err != nil || r.Text != want {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
	for _, tt := range []struct {
		src    string
		reason Reason
		at     int
		hint   string
	}{
		{"1 + gamma(5)", Ambiguous, 4, "gamma*(...)"},
		{"gamma + max(1, 2)", Ambiguous, 8, "give the variable another name"},
		{"v(5)", Syntax, 0, "v*(...)"},
		{"sqrt + 1", Syntax, 0, "variable of that name"},
	} {
		_, err := Evaluate(t.Context(), tt.src, opt)
		var e *Error
		if !errors.As(err, &e) || e.Reason != tt.reason || e.Position != tt.at || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%s: got %+v", tt.src, err)
		}
	}
}

// What is measured only is not exact, however many digits it has.
func TestMeasured(t *testing.T) {
	for src, exact := range map[string]bool{
		"gravitational_constant": false, "speed_of_light": true, "hbar": false, "1 dalton to kg": false, "1 eV to J": true,
	} {
		r, err := Evaluate(t.Context(), src, Options{})
		if err != nil || r.Exact != exact {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
}

// Refusals are predictions: they cost next to no work.
func TestRefusalsAreCheap(t *testing.T) {
	for _, src := range []string{
		"9^9^9", "factorial(10^9)", "2^(-9^9^9)", "shl(1, 10^10)", "comb(10^7, 5*10^6)", "permutations(10^9, 10^8)",
		"[[1,2],[3,4]]^(10^9)", "10^10^10 m", "(10^9 m)^99999", "round(pi, 10^9)", "modpow(2, 10^20000, 10^10000)", "root(2, 10^9)",
		strings.Repeat("sqrt(", 5000), strings.Repeat("(", 100_000), "5 m^99 * 5 m^99", "100 F to C", "1/2 m",
	} {
		if _, spent, err := work(t, src); err == nil || spent > 1_000_000 {
			t.Errorf("%.40s: %v after %d units of work", src, err, spent)
		}
	}
}

// The i multiplies all of an imaginary part that is a sum.
func TestQuantityClosedForms(t *testing.T) {
	for _, tt := range []struct {
		src             string
		fraction, latex string
	}{
		{"(1 + sqrt(2)) km", "(1 + sqrt(2)) km", `(1 + \sqrt{2})\,\mathrm{km}`},
		{"(1 - sqrt(2)) km", "(1 - sqrt(2)) km", `(1 - \sqrt{2})\,\mathrm{km}`},
		{"(1 + sqrt(2)) / (1 s)", "(1 + sqrt(2))/s", `(1 + \sqrt{2})\,\mathrm{1/s}`},
		{"sqrt(2) km", "sqrt(2) km", `\sqrt{2}\,\mathrm{km}`},
		{"1.5 km", "(3/2) km", `\frac{3}{2}\,\mathrm{km}`},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{Format: number.Fraction})
		if err != nil || r.Text != tt.fraction {
			t.Errorf("%s: %+v, %v; want %s", tt.src, r, err, tt.fraction)
		}
		r, err = Evaluate(t.Context(), tt.src, Options{Format: number.LaTeX})
		if err != nil || r.Latex != tt.latex {
			t.Errorf("%s: %+v, %v; want %s", tt.src, r, err, tt.latex)
		}
	}
}

func TestComplexClosedForms(t *testing.T) {
	for _, tt := range []struct {
		src             string
		fraction, latex string
	}{
		{"(1 + sqrt(2))*i", "(1 + sqrt(2))*i", `(1 + \sqrt{2}) i`},
		{"3 + (1 + sqrt(2))*i", "3 + (1 + sqrt(2))*i", `3 + (1 + \sqrt{2}) i`},
		{"2 - (1/2 + pi)*i", "2 + (-1/2 - pi)*i", `2 + (-\frac{1}{2} - \pi) i`},
		{"1 - sqrt(2)*i", "1 - sqrt(2)*i", `1 - \sqrt{2} i`},
		{"1.5i", "3/2*i", `\frac{3}{2} i`},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{Format: number.Fraction})
		if err != nil || r.Text != tt.fraction {
			t.Errorf("%s: %+v, %v; want %s", tt.src, r, err, tt.fraction)
		}
		r, err = Evaluate(t.Context(), tt.src, Options{Format: number.LaTeX})
		if err != nil || r.Latex != tt.latex {
			t.Errorf("%s: %+v, %v; want %s", tt.src, r, err, tt.latex)
		}
	}
}
