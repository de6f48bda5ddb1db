package eval

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func TestValues(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"2+3*4", "14"},
		{"0.1+0.2", "0.3"},
		{"1/3*3", "1"},
		{"10/4", "2.5"},
		{"6/3/2", "1"},
		{"-2^2", "-4"},
		{"(-2)^2", "4"},
		{"2^-3", "0.125"},
		{"2^3^2", "512"},
		{"2**10", "1024"},
		{"-7 % 3", "2"},
		{"-7 mod 3", "2"},
		{"mod(-7,3)", "2"},
		{"mod(7,-3)", "-2"},
		{"rem(-7,3)", "-1"},
		{"5.5 % 2", "1.5"},
		{"-7 // 2", "-4"},
		{"7.5 // 2", "3"},
		{"100+10%", "110"},
		{"100-10%", "90"},
		{"100+10%+10%", "121"},
		{"50%+10%", "0.6"},
		{"100 + (5%+5%)", "110"},
		{"100 + 10% * 2", "100.2"},
		{"7% - 3", "-2.93"},
		{"20% of 50", "10"},
		{"5!", "120"},
		{"(3!)!", "720"},
		{"0!", "1"},
		{"2^3!", "64"},
		{"factorial(20)", "2432902008176640000"},
		{"factorial(25)", "15511210043330985984000000"},
		{"factorial2(7)", "105"},
		{"factorial2(8)", "384"},
		{"factorial2(0)", "1"},
		{"(6/2)(1+2)", "9"},
		{"6/(2(1+2))", "1"},
		{"9223372036854775807+1", "9223372036854775808"},
		{"9007199254740993", "9007199254740993"},
		{"-9223372036854775808 - 1", "-9223372036854775809"},
		{"3037000500*3037000500", "9223372037000250000"},
		{"1,234.5*2", "2469"},
		{"1_234", "1234"},
		{"0xff+0b11+0o17", "273"},
		{"1e3", "1000"},
		{"1e-3", "0.001"},
		{"2×3÷4−1·2", "-0.5"},
		{"√16+∛27", "7"},
		{"3²", "9"},
		{"0^0", "1"},
		{"sqrt(16)", "4"},
		{"sqrt(6.25)", "2.5"},
		{"sqrt(2)^2", "2"},
		{"cbrt(-8)", "-2"},
		{"8^(1/3)", "2"},
		{"4^0.5", "2"},
		{"sin(pi)", "0"},
		{"sin(pi/6)", "0.5"},
		{"sin(30°)", "0.5"},
		{"cos(tau)", "1"},
		{"tan(pi/4)", "1"},
		{"sin(1)", "0.8414709848078965066525023216302990"},
		{"exp(1)", "2.718281828459045235360287471352662"},
		{"pi", "3.141592653589793238462643383279503"},
		{"2pi", "6.283185307179586476925286766559006"},
		{"phi", "1.618033988749894848204586834365638"},
		{"sqrt(2)", "1.414213562373095048801688724209698"},
		{"atan(1)*4 - pi", "0"},
		{"ln(e)", "1"},
		{"log(100)", "4.605170185988091368035982909368728"},
		{"log(8, 2)", "3"},
		{"log10(1000)", "3"},
		{"log2(1024)", "10"},
		{"round(2.5)", "2"},
		{"round(3.5)", "4"},
		{"round(-2.5)", "-2"},
		{"round(2.675, 2)", "2.68"},
		{"round(1234, -2)", "1200"},
		{"round(pi, 4)", "3.1416"},
		{"floor(-1.5)", "-2"},
		{"ceil(-1.5)", "-1"},
		{"trunc(-1.5)", "-1"},
		{"abs(-3/4)", "0.75"},
		{"sign(-3)", "-1"},
		{"hypot(3,4)", "5"},
		{"pow(2,10)", "1024"},
		{"min(3,1,2)", "1"},
		{"max([3,1,2])", "3"},
		{"max(1,234)", "234"},
		{"max(pi, 22/7) == 22/7", "true"},
		{"sum(1,2,3)", "6"},
		{"sum([0.1,0.2,0.3])", "0.6"},
		{"sum()", "0"},
		{"sum([])", "0"},
		{"gcd(12,18,27)", "3"},
		{"gcd(-12)", "12"},
		{"lcm(4,6,10)", "60"},
		{"[1, 1/2, 3!]", "[1, 0.5, 6]"},
		{"[1,[2,true]]", "[1, [2, true]]"},
		{"[]", "[]"},
		{"1 < 2 and 2 < 3", "true"},
		{"0.1+0.2 == 0.3", "true"},
		{"1 != 1", "false"},
		{"2 >= 3 or not false", "true"},
		{"1 <= 1", "true"},
		{"1 > 2", "false"},
		{"true != false", "true"},
		{"true == (1 < 2)", "true"},
		{"true xor true", "false"},
		{"6 xor 3", "5"},
		{"-1 xor 5", "-6"},
		{"+5", "5"},
		{"1/3", "0.3333333333333333333333333333333333"},
		{"2/3", "0.6666666666666666666666666666666667"},
		{"123456789012345678901234567890 * 1", "123456789012345678901234567890"},
		{"1e400 == 10^400", "true"},
		{"log10(9^9^9)", "369693099.6315703587435430950954829"},
		{"log2(2^(10^12))", "1000000000000"},
		{"log(2^(10^12), 2)", "1000000000000"},
		{"ln(e^(10^12))", "1000000000000"},
		{"9^9^9 mod 10", "9"},
		{"9^9^9 % 1000007", "187813"},
		{"mod(9^9^9, -10)", "-1"},
		{"7^(10^20) mod 13", "9"},
		{"round(pi, 50)", "3.14159265358979323846264338327950288419716939937511"},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if r.Text != tt.want {
			t.Errorf("%s: got %s, want %s", tt.src, r.Text, tt.want)
		}
		again, err := Evaluate(t.Context(), r.Interpretation, Options{})
		if err != nil || again.Text != r.Text {
			t.Errorf("%s: its interpretation %s has another value (%v)", tt.src, r.Interpretation, err)
		}
	}
}

func TestResult(t *testing.T) {
	for _, tt := range []struct {
		src  string
		opt  Options
		want Result
	}{
		{src: "0.1+0.2", want: Result{Type: Rational, Text: "0.3", Exact: true, Digits: 1, Fraction: "3/10", Interpretation: "0.1 + 0.2"}},
		{src: "2+3*4", want: Result{Type: Integer, Text: "14", Exact: true, Digits: 2, Interpretation: "2 + (3 * 4)"}},
		{src: "1/3", opt: Options{Precision: 5}, want: Result{Type: Rational, Text: "0.33333", Exact: true, Rounded: true, Digits: 5, Fraction: "1/3", Interpretation: "1 / 3"}},
		{src: "sqrt(2)", opt: Options{Precision: 5}, want: Result{Type: Real, Text: "1.4142", Rounded: true, Digits: 5, Symbolic: "sqrt(2)", Interpretation: "sqrt(2)"}},
		{src: "1<2", want: Result{Type: Boolean, Text: "true", Exact: true, Interpretation: "1 < 2"}},
		{src: "[1,1/3]", opt: Options{Precision: 2}, want: Result{Type: List, Text: "[1, 0.33]", Exact: true, Rounded: true, Interpretation: "[1, 1 / 3]"}},
	} {
		r, err := Evaluate(t.Context(), tt.src, tt.opt)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		got, want := *r, tt.want
		if !slices.Equal(got.Notes, want.Notes) {
			t.Errorf("%s: notes %q", tt.src, got.Notes)
		}
		got.Notes, want.Notes, got.Value = nil, nil, want.Value
		if got.Type != want.Type || got.Text != want.Text || got.Exact != want.Exact || got.Rounded != want.Rounded ||
			got.Digits != want.Digits || got.Fraction != want.Fraction || got.Symbolic != want.Symbolic ||
			got.Interpretation != want.Interpretation || got.Truncated {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.src, got, want)
		}
	}
}

func TestTruncated(t *testing.T) {
	r, err := Evaluate(t.Context(), "2^1000000", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Truncated || !r.Exact || r.Digits != 301030 || len(r.Text) > 1100 ||
		!strings.HasPrefix(r.Text, "99006562292958982506979236163019032507336242417875") ||
		!strings.HasSuffix(r.Text, "47109376") {
		t.Errorf("got %+v", r)
	}
	r, err = Evaluate(t.Context(), "[2^3000"+strings.Repeat(",2^3000", 100)+"]", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Truncated || len(r.Text) > 20<<10 || !strings.HasSuffix(r.Text, " more]") {
		t.Errorf("got %d bytes, truncated %t", len(r.Text), r.Truncated)
	}
}

func TestNotes(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"log(100)", "log is the natural logarithm; log10(x), log2(x) and log(x, base) have other bases"},
		{"log(8, 2)", ""},
		{"round(2.5)", "round takes the even neighbour of a number halfway between two: round(2.5) is 2"},
		{"round(0.125, 2)", "round takes the even neighbour of a number halfway between two: round(2.5) is 2"},
		{"round(2.4)", ""},
		{"0^0", "0^0 is taken as 1"},
		{"sin(30)", "angles are in radians; write 30° for degrees"},
		{"sin(pi) + sin(30°)", ""},
		{"1,234.5", "a comma groups thousands here: 1,234.5 is read as 1234.5"},
		{"2+2", ""},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if got := strings.Join(r.Notes, "|"); got != tt.want {
			t.Errorf("%s: notes %q", tt.src, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		reason  Reason
		at      int
		message string // a part of it
	}{
		{"import os", Syntax, 0, `"import" is not part of an expression`},
		{"__import__('os').system('x')", Syntax, 0, "underscore"},
		{"os.system('x')", Syntax, 2, "attribute"},
		{"2 3", Syntax, 2, "an operator is missing"},
		{"1.234,5", Syntax, 5, "comma"},
		{"1 + foo(3)", UnknownName, 4, `the function "foo" is unknown`},
		{"1 + os", UnknownName, 4, `the name "os" is unknown`},
		{"sin", Syntax, 0, "sin is a function"},
		{"pi(3)", Syntax, 0, "pi is a constant"},
		{"sqrt(1,2)", Syntax, 0, "sqrt takes 1 argument, not 2"},
		{"sqrt()", Syntax, 0, "sqrt takes 1 argument, not 0"},
		{"round(1,2,3)", Syntax, 0, "round takes 1 to 2 arguments, not 3"},
		{"max()", Syntax, 0, "max takes at least 1 argument, not 0"},
		{"max([])", Domain, 0, "max of an empty list"},
		{"sqrt([4])", Domain, 5, "sqrt needs numbers; this is a list"},
		{"sum([1,[2]])", Domain, 4, "sum needs numbers; this is a list"},
		{"sum(1,[2])", Domain, 6, "sum needs numbers; this is a list"},
		{"[1]+[1,2]", Domain, 3, "lists of 1 and 2 items cannot be combined"},
		{"1+true", Domain, 2, `"+" needs numbers; this is a truth value`},
		{"1 and true", Domain, 0, `"and" needs truth values; this is a number`},
		{"true or 2", Domain, 8, `"or" needs truth values; this is a number`},
		{"not 1", Domain, 4, `"not" needs truth values`},
		{"true < false", Domain, 5, "have no order"},
		{"1.5 xor 2", Domain, 0, "two integers or two truth values"},
		{"1/0", DivisionByZero, 1, "division by zero"},
		{"2 + 1/(1-1)", DivisionByZero, 5, "division by zero"},
		{"5 % 0", DivisionByZero, 2, "division by zero"},
		{"5 // 0", DivisionByZero, 2, "division by zero"},
		{"0^-1", DivisionByZero, 1, "zero"},
		{"tan(pi/2)", DivisionByZero, 0, "pole"},
		{"log(0)", Domain, 0, ""},
		{"(-1)!", Domain, 4, ""},
		{"0.5!", Domain, 3, ""},
		{"factorial2(-1)", Domain, 0, "factorial2"},
		{"gcd(1.5, 2)", Domain, 0, ""},
		{"round(1, 0.5)", Domain, 0, "an integer"},
		{"round(1, 10^9)", Limit, 0, "decimals"},
		{"round(1, 10^30)", Limit, 0, ""},
		{"1e100001", Limit, 0, "exponent"},
		{"10^10^10", Limit, 2, "digits"},
		{"sum(1/0, 1)", DivisionByZero, 5, "division by zero"},
		{"[1, 1/0]", DivisionByZero, 5, "division by zero"},
		{"1 < 1/0", DivisionByZero, 5, "division by zero"},
		{"1/0 < 1", DivisionByZero, 1, "division by zero"},
		{"1/0 xor 1", DivisionByZero, 1, "division by zero"},
		{"1 xor 1/0", DivisionByZero, 7, "division by zero"},
		{"true and 1/0", DivisionByZero, 10, "division by zero"},
		{"(1/0)!", DivisionByZero, 2, "division by zero"},
		{"-(1/0)", DivisionByZero, 3, "division by zero"},
		{"(1/0)^2 mod 3", DivisionByZero, 2, "division by zero"},
		{"3^2 mod (1/0)", DivisionByZero, 10, "division by zero"},
		{"3^2 mod 0", DivisionByZero, 4, "division by zero"},
		{"0^-1 mod 3", DivisionByZero, 1, "zero"},
		{"sin(1)^2 + cos(1)^2 == 1", Limit, 20, "cannot be decided"},
		{"hypot(3^900000, 1)", Limit, 0, "digits"},
		{"hypot(1, 3^900000)", Limit, 0, "digits"},
		{"sum(2^2097151, 2^2097151)", Limit, 0, "digits"},
		{"[1] == 1", Domain, 4, "a list and a number cannot be compared"},
		{"9^9^9 mod 0", DivisionByZero, 6, "the modulus is 0"},
		{"9^9^9 mod 0.5", Limit, 1, "digits"},
		{"9^9^9 mod foo", UnknownName, 10, "foo"},
		{"log(9^9^9, foo)", UnknownName, 11, "foo"},
		{"log(9^9^9, true)", Domain, 11, "truth"},
		{"log10((-9)^9^9)", Limit, 10, "digits"},
		{"log10(9^9^9, 2)", Syntax, 0, "takes 1 argument"},
		{"sin(9^9^9)", Limit, 5, "digits"},
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

func TestAmbiguousValues(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want []Reading
	}{
		{"6/2(1+2)", []Reading{{"(6 / 2) * (1 + 2)", "9"}, {"6 / (2 * (1 + 2))", "1"}}},
		{"1/2pi", []Reading{{"(1 / 2) * pi", "1.570796326794896619231321691639751"}, {"1 / (2 * pi)", "0.1591549430918953357688837633725144"}}},
		{"7%-3", []Reading{{"7% - 3", "-2.93"}, {"7 mod (-3)", "-2"}}},
		{"5!!", []Reading{{"(5!)!", "668950291344912705758811805409037258675274633313802981029567…"}, {"factorial2(5)", "15"}}},
		{"1<2<3", []Reading{{"(1 < 2) and (2 < 3)", "true"}, {"(1 < 2) < 3", ""}}},
		{"5!=120", []Reading{{"5 != 120", "true"}, {"5! == 120", "true"}}},
		{"9^9^9/2(3)", []Reading{{"((9 ^ (9 ^ 9)) / 2) * 3", ""}, {"(9 ^ (9 ^ 9)) / (2 * 3)", ""}}},
	} {
		_, err := Evaluate(t.Context(), tt.src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != Ambiguous {
			t.Errorf("%s: got %v", tt.src, err)
			continue
		}
		if !slices.Equal(e.Readings, tt.want) {
			t.Errorf("%s: got %q", tt.src, e.Readings)
		}
		for _, r := range tt.want {
			if !strings.Contains(e.Message, r.Expression) || !strings.Contains(e.Message, r.Value) || !slices.Contains(e.Suggestions, r.Expression) {
				t.Errorf("%s: %s is missing in %q", tt.src, r.Expression, e.Message)
			}
		}
	}
}

func TestSuggestions(t *testing.T) {
	for src, want := range map[string]string{
		"sqr(4)":       "sqrt",
		"sqtr(4)":      "sqrt",
		"SIN(1)":       "sin",
		"arcsin(1)":    "asin",
		"ceiling(1)":   "ceil",
		"flor(1)":      "floor",
		"Pi":           "pi",
		"True":         "true",
		"factorail(3)": "factorial",
	} {
		_, err := Evaluate(t.Context(), src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != UnknownName || len(e.Suggestions) == 0 || e.Suggestions[0] != want || !strings.Contains(e.Hint, want) {
			t.Errorf("%s: got %+v", src, err)
		}
	}
	for src, hint := range map[string]string{
		"2j": "the imaginary unit is i", "inf": "infinity", "3x": "constant",
		"zeros(3)": "write the items", "ones(2, 2)": "identity(n)", "zeros": "write the items", "range(10)": "there are no ranges",
		"255 to hex": `format "hex"`, "hex(255)": `format "hex"`, "5 to Binary": `format "bin"`, "0.5 to fraction": `format "fraction"`, "8 to octal": "to_base",
		"fib(10)": "fibonacci",
	} {
		_, err := Evaluate(t.Context(), src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != UnknownName && e.Reason != UnknownUnit || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: got %+v", src, err)
		}
	}
	for _, src := range []string{"import_os", "foo(3)", "hello", strings.Repeat("a", 5000)} {
		_, err := Evaluate(t.Context(), src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != UnknownName || len(e.Suggestions) != 0 || len(e.Message) > 100 {
			t.Errorf("%.20s: got %+v", src, err)
		}
	}
}

// work evaluates src and returns the work that took.
func work(t *testing.T, src string) (*Result, int64, error) {
	t.Helper()
	ev, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ev.Evaluate(src)
	return r, ev.Arith().Limits().Work - ev.Arith().Remaining(), err
}

func TestHostile(t *testing.T) {
	for _, src := range []string{
		"9^9^9", "9^9^9^9", "-9^9^9^9", "factorial(10^9)", "factorial(10^100)", "(10^9)!", "(9^9^2)!", "factorial2(10^9)",
		"9^(9^9)", "10^(10^6)*10^(10^6)", "0.5^(10^12)", "1e100000^1e100000", "gcd(9^9^9, 3)", "pow(2, 2^63)", "2^-(9^9^9)",
		strings.Repeat("(", 60) + "2" + strings.Repeat("+7)^9^9 mod 1009", 60) + "/0",
		strings.Repeat("(", 100_000), strings.Repeat("1+", 500_000) + "1", strings.Repeat("sqrt(", 5000),
		"'A'*10**9",
	} {
		_, spent, err := work(t, src)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.30s: no error", src)
			continue
		}
		if spent > 10_000_000 {
			t.Errorf("%.30s: refused after %d units of work", src, spent)
		}
		if len(e.Message) > 300 {
			t.Errorf("%.30s: the message has %d bytes", src, len(e.Message))
		}
	}
}

// Arguments that a power too large to write is taken from are evaluated once:
// twice would double the cost with each level.
func TestNestedPowers(t *testing.T) {
	_, spent, err := work(t, strings.Repeat("ln(", 60)+"2"+strings.Repeat("^9^9)", 60))
	if err != nil || spent > 10_000_000 {
		t.Errorf("after %d units of work: %v", spent, err)
	}
}

func TestEstimate(t *testing.T) {
	_, err := Evaluate(t.Context(), "9^9^9", Options{})
	if err == nil || !strings.Contains(err.Error(), "369,693,10") || !strings.Contains(err.Error(), "631,000") {
		t.Errorf("got %v", err)
	}
}

func TestOptions(t *testing.T) {
	if _, err := Evaluate(t.Context(), "pi", Options{Precision: -1}); err == nil {
		t.Error("a negative precision is accepted")
	}
	if _, err := Evaluate(t.Context(), "pi", Options{Precision: 10_001}); err == nil {
		t.Error("a precision of 10001 is accepted")
	}
	r, err := Evaluate(t.Context(), "pi", Options{Precision: 1000})
	if err != nil || r.Digits != 1000 || len(r.Text) != 1001 {
		t.Errorf("1000 digits of pi: %v", err)
	}
	var opt Options
	opt.Limits.Source.Depth = 1
	if _, err := Evaluate(t.Context(), "((1))", opt); err == nil {
		t.Error("the limit on depth is not passed on")
	}
	opt = Options{}
	opt.Limits.Numbers.IntegerBits = 100
	if _, err := Evaluate(t.Context(), "2^200", opt); err == nil {
		t.Error("the limit on integers is not passed on")
	}
}

// A pollContext ends when it has been asked so many times, and keeps how much
// work was done between two times.
type pollContext struct {
	context.Context
	a       *number.Arith
	polls   int
	last    int64
	longest int64
	after   int
}

func (c *pollContext) Err() error {
	if c.a != nil {
		if left := c.a.Remaining(); c.last > 0 {
			c.longest = max(c.longest, c.last-left)
		}
		c.last = c.a.Remaining()
	}
	if c.polls--; c.polls >= 0 {
		return nil
	}
	c.after++
	return context.DeadlineExceeded
}

func TestContext(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Evaluate(cancelled, "1+1", Options{})
	var e *Error
	if !errors.As(err, &e) || e.Reason != Cancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	for _, src := range []string{
		"sum(" + strings.Repeat("100000! % 99991,", 900) + "1)",
		"2^2000000" + strings.Repeat(" mod 3^1200000 + 2^2000000", 400),
		strings.Repeat("0.1^", 190) + "0.1",
		strings.Repeat("exp(sin(", 95) + "1/7" + strings.Repeat("))", 95),
		"[[sqrt(2), 1], [1, 1]]^1000000",
		"factor(nextprime(10^38) * nextprime(3*10^38))",
		"nextprime(2^3000)",
		"det([" + strings.Repeat("["+strings.Repeat("9^499,", 29)+"1],", 29) + "[" + strings.Repeat("2,", 29) + "1]])",
	} {
		ctx := &pollContext{Context: t.Context(), polls: 4}
		ev, err := New(ctx, Options{Precision: 1000})
		if err != nil {
			t.Fatal(err)
		}
		ctx.a = ev.Arith()
		_, err = ev.Evaluate(src)
		if !errors.As(err, &e) || e.Reason != Timeout || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%.40s: got %v", src, err)
		}
		// No operation that cannot be interrupted is longer than about 50 ms, and
		// what comes after one that was is next to nothing.
		if ctx.longest > 100_000_000 || ctx.after > 3 {
			t.Errorf("%.40s: %d units of work without a look at the context, which was over %d times", src, ctx.longest, ctx.after)
		}
	}
}

func TestWorkBudget(t *testing.T) {
	var opt Options
	opt.Limits.Numbers.Work = 1_000_000
	_, err := Evaluate(t.Context(), "100000!", opt)
	var e *Error
	if !errors.As(err, &e) || e.Reason != Limit {
		t.Errorf("got %v", err)
	}
}

func TestTables(t *testing.T) {
	if !slices.IsSortedFunc(functions, func(a, b Function) int { return strings.Compare(a.Name, b.Name) }) ||
		!slices.IsSortedFunc(mathConstants, func(a, b Constant) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("a table is not sorted")
	}
	for _, f := range Functions() {
		if f.Domain == "" || f.Exactness == "" {
			t.Errorf("%s: the domain is %q, the exactness %q", f.Name, f.Domain, f.Exactness)
		}
		for _, name := range append([]string{f.Name}, f.Also...) {
			if g, ok := Lookup(name); !ok || g.Name != f.Name {
				t.Errorf("%s is not found", name)
			}
		}
	}
	check := func(name, doc, example string) {
		src, want, ok := cutLast(example, " = ")
		r, err := Evaluate(t.Context(), src, Options{})
		if !ok || doc == "" || err != nil || r.Text != want {
			t.Errorf("%s: %s: got %+v, %v", name, example, r, err)
		}
	}
	for _, f := range Functions() {
		check(f.Name, f.Doc, f.Example)
		if !strings.HasPrefix(f.Signature, f.Name+"(") || !strings.Contains(f.Example, f.Name+"(") {
			t.Errorf("%s: signature %s, example %s", f.Name, f.Signature, f.Example)
		}
	}
	for _, c := range Constants() {
		check(c.Name, c.Doc, c.Example)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func BenchmarkEvaluate(b *testing.B) {
	for _, src := range []string{"2+3*4", "0.1+0.2", "sin(1)", "sqrt(2)", "exp(1)", "12.5*1.07^10-(3/7+2)/5", "9^9^9^9", "1000!"} {
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Evaluate(b.Context(), src, Options{})
			}
		})
	}
}
