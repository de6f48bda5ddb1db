package eval

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The conventions in which calculators differ: each is chosen and told, or
// refused with the values of the readings.
func TestConventions(t *testing.T) {
	const (
		percent = "a percentage that is added or subtracted is taken of the value to its left: 100 + 10% is 110"
		sign    = "a power binds tighter than a minus sign: -2^2 is -(2^2)"
		natural = "log is the natural logarithm; log10(x), log2(x) and log(x, base) have other bases"
		even    = "round takes the even neighbour of a number halfway between two: round(2.5) is 2"
		radians = "angles are in radians; write 30° for degrees"
		commas  = "a comma groups thousands here: 1,234.5 is read as 1234.5"
		bits    = "xor of two integers is that of their bits; ^ is the power"
	)
	for _, tt := range []struct{ src, reading, want, note string }{
		{"-2^2", "-(2 ^ 2)", "-4", sign},
		{"2^3^2", "2 ^ (3 ^ 2)", "512", ""},
		{"2^3", "2 ^ 3", "8", ""},
		{"2**3", "2 ^ 3", "8", ""},
		{"2 xor 3", "2 xor 3", "1", bits},
		{"-7 % 3", "(-7) mod 3", "2", ""},
		{"rem(-7, 3)", "rem(-7, 3)", "-1", ""},
		{"mod(7,-3)", "mod(7, -3)", "-2", ""},
		{"7% - 3", "7% - 3", "-2.93", ""},
		{"100+10%", "100 + 10%", "110", percent},
		{"100+10%+10%", "100 + 10% + 10%", "121", percent},
		{"50%+10%", "50% + 10%", "0.6", ""},
		{"20% of 50", "20% of 50", "10", ""},
		{"100 + [10%, 20%]", "100 + [10%, 20%]", "[110, 120]", percent},
		{"100 - [10%, -20%]", "100 - [10%, -20%]", "[90, 120]", percent},
		{"[100, 200] + 10%", "[100, 200] + 10%", "[110, 220]", percent},
		{"[100, 200] + [10%, 20%]", "[100, 200] + [10%, 20%]", "[110, 240]", percent},
		{"[[100, 200], [300, 400]] + [[10%, 20%], [30%, 5% + 35%]]", "[[100, 200], [300, 400]] + [[10%, 20%], [30%, 5% + 35%]]", "[[110, 240], [390, 560]]", percent},
		{"[[1, 2], [3, 4]] + [100%, 200%]", "[[1, 2], [3, 4]] + [100%, 200%]", "[[2, 4], [9, 12]]", percent},
		{"50% + [10%, 20%]", "50% + [10%, 20%]", "[0.6, 0.7]", ""},
		{"[10%, 20%] of 50", "[10%, 20%] of 50", "[5, 10]", ""},
		{"[[10%, 20%], [0%, 1%]] of [[50, 10], [7, 100]]", "[[10%, 20%], [0%, 1%]] of [[50, 10], [7, 100]]", "[[5, 2], [0, 1]]", ""},
		{"factorial2(5)", "factorial2(5)", "15", ""},
		{"6/(2(1+2))", "6 / (2 * (1 + 2))", "1", ""},
		{"log(100)", "log(100)", "4.605170185988091368035982909368728", natural},
		{"ln(e)", "ln(e)", "1", ""},
		{"log(8, 2)", "log(8, 2)", "3", ""},
		{"round(2.5)", "round(2.5)", "2", even},
		{"0^0", "0 ^ 0", "1", "0^0 is taken as 1"},
		{"sqrt(-1)", "sqrt(-1)", "i", ""},
		{"(-8)^(1/3)", "(-8) ^ (1 / 3)", "1 + 1.732050807568877293527446341505872i",
			"a fractional power of a negative number is its principal value; the real root is cbrt(-8) = -2"},
		{"cbrt(-8)", "cbrt(-8)", "-2", ""},
		{"sin(pi)", "sin(pi)", "0", ""},
		{"sin(30)", "sin(30)", "-0.9880316240928617899877489072944582", radians},
		{"sin(30 deg)", "sin(30 deg)", "0.5", ""},
		{"sin(30°)", "sin(30°)", "0.5", ""},
		{"1,234.5", "1234.5", "1234.5", commas},
		{"1_234", "1234", "1234", ""},
		{"max(1,234)", "max(1, 234)", "234", "inside a call or a list a comma separates: max(1,234) has the two arguments 1 and 234"},
		{"1 tonne to kg", "(1 tonne) to kg", "1000 kg", ""},
		{"100 degF to degC", "(100 degF) to degC", "37.77777777777777777777777777777778 degC", ""},
		{"1e400 == 10^400", "1e400 == (10 ^ 400)", "true", ""},
		{"0xff + 0b11 + 0o17", "0xff + 0b11 + 0o17", "273", ""},
		{"2 × 3 ÷ 4 − 1 · √4 + π²/π", "((2 * 3) / 4) - (1 * sqrt(4)) + ((pi ^ 2) / pi)", "2.641592653589793238462643383279503", ""},
		{"7 mod 3 + 7 // 3", "(7 mod 3) + (7 // 3)", "3", ""},
		{"divmod(-7, 3)", "divmod(-7, 3)", "[-3, 2]", ""},
		{"nCr(5, 2) + comb(5, 2) + binomial(5, 2)", "nCr(5, 2) + comb(5, 2) + binomial(5, 2)", "30", ""},
		{"nPr(5, 2) + perm(5, 2)", "nPr(5, 2) + perm(5, 2)", "40", ""},
		{"not 1 > 2 and (true xor false)", "(not (1 > 2)) and (true xor false)", "true", ""},
		{"(1+1e-9)^(10^12)", "(1 + 1e-9) ^ (10 ^ 12)", "1.970070128981736900903633896994247e434", ""},
		{"6 m / 2 s", "(6 m) / (2 s)", "3 m/s", "a number and its unit are one operand: 6 m / 2 s is (6 m) / (2 s)"},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if r.Text != tt.want || r.Interpretation != tt.reading || strings.Join(r.Notes, "|") != tt.note {
			t.Errorf("%s: got %s, read as %s, with the notes %q", tt.src, r.Text, r.Interpretation, r.Notes)
		}
	}
}

func TestConventionsRefused(t *testing.T) {
	for _, tt := range []struct {
		src    string
		reason Reason
		// either the readings with their values, or a part of the hint
		readings []Reading
		hint     string
	}{
		{"7%-3", Ambiguous, []Reading{{"7% - 3", "-2.93"}, {"7 mod (-3)", "-2"}}, "mod(a, b)"},
		{"5!!", Ambiguous, []Reading{{"(5!)!", "668950291344912705758811805409037258675274633313802981029567…"}, {"factorial2(5)", "15"}}, "(n!)!"},
		{"6/2(1+2)", Ambiguous, []Reading{{"(6 / 2) * (1 + 2)", "9"}, {"6 / (2 * (1 + 2))", "1"}}, "parentheses"},
		{"1/2pi", Ambiguous, []Reading{{"(1 / 2) * pi", "1.570796326794896619231321691639751"}, {"1 / (2 * pi)", "0.1591549430918953357688837633725144"}}, "parentheses"},
		{"1/2 m", Ambiguous, []Reading{{"1 / (2 m)", "0.5/m"}, {"(1 / 2) m", "0.5 m"}}, "parentheses"},
		{"5 J/kg K", Ambiguous, []Reading{{"5 J/kg*K", "5 J*K/kg"}, {"5 J/kg/K", "5 J/(kg*K)"}}, "parentheses"},
		{"1/0", DivisionByZero, nil, ""},
		{"tan(pi/2)", DivisionByZero, nil, ""},
		{"1.234,5", Syntax, nil, "1234.5"},
		{"12,34", Syntax, nil, "12.34"},
		{"2 3", Syntax, nil, "2*3"},
		{"1 ton to kg", Ambiguous, nil, "tonne, short_ton or long_ton"},
		{"100 F to C", Ambiguous, nil, "degF"},
		{"5 ft in cm", Syntax, nil, `"to"`},
		{"5 ft 3 in", Syntax, nil, "5 ft + 3 in"},
		{"foo(3)", UnknownName, nil, ""},
		{"os", UnknownName, nil, "cos"},
		{"b*h/2", Syntax, nil, "variable"},
		{"1<<(10^10)", Syntax, nil, "shl(x, n)"},
		{"5 & 3", Syntax, nil, "bitand"},
		{"5 | 3", Syntax, nil, "bitor"},
		{"~5", Syntax, nil, "bitnot"},
		{"import os", Syntax, nil, ""},
		{"x = 3", Syntax, nil, "=="},
		{"lambda: 1", Syntax, nil, ""},
		{"'a'*3", Syntax, nil, "quotes"},
		{"5 USD", UnknownUnit, nil, "exchange rate"},
		{"1+true", Domain, nil, ""},
	} {
		_, err := Evaluate(t.Context(), tt.src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != tt.reason || !strings.Contains(e.Hint, tt.hint) || !slices.Equal(e.Readings, tt.readings) {
			t.Errorf("%s: got %+v", tt.src, err)
		}
	}
}
