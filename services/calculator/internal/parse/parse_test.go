package parse

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReading(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"2+3*4", "2 + (3 * 4)"},
		{"(2+3)*4", "(2 + 3) * 4"},
		{"1-2+3-4", "1 - 2 + 3 - 4"},
		{"1-(2+3)", "1 - (2 + 3)"},
		{"2*3*4", "2 * 3 * 4"},
		{"6/3/2", "(6 / 3) / 2"},
		{"6/3*2", "(6 / 3) * 2"},
		{"6*3/2", "(6 * 3) / 2"},
		{"-2^2", "-(2 ^ 2)"},
		{"(-2)^2", "(-2) ^ 2"},
		{"2^-3", "2 ^ (-3)"},
		{"2^-3^2", "2 ^ (-(3 ^ 2))"},
		{"2^3^2", "2 ^ (3 ^ 2)"},
		{"2**3**2", "2 ^ (3 ^ 2)"},
		{"(2^3)^2", "(2 ^ 3) ^ 2"},
		{"--5", "-(-5)"},
		{"5--3", "5 - (-3)"},
		{"+5", "+5"},
		{"-7 % 3", "(-7) mod 3"},
		{"-7 mod 3", "(-7) mod 3"},
		{"7%3", "7 mod 3"},
		{"7%(-3)", "7 mod (-3)"},
		{"7 mod (3)", "7 mod 3"},
		{"mod(7, 3)", "mod(7, 3)"},
		{"7% - 3", "7% - 3"},
		{"-7 // 2", "(-7) // 2"},
		{"100+10%", "100 + 10%"},
		{"100+10%+10%", "100 + 10% + 10%"},
		{"50%+10%", "50% + 10%"},
		{"50%*3", "50% * 3"},
		{"2^50%", "2 ^ (50%)"},
		{"20% of 50 + 1", "(20% of 50) + 1"},
		{"(10+5)% of 50", "(10 + 5)% of 50"},
		{"-10% of 50", "(-10%) of 50"},
		{"5!", "5!"},
		{"(5!)!", "(5!)!"},
		{"-5!", "-5!"},
		{"(-5)!", "(-5)!"},
		{"2^3!", "2 ^ (3!)"},
		{"5!*2", "5! * 2"},
		{"2pi", "2 * pi"},
		{"2(3)", "2 * 3"},
		{"(1+2)(3+4)", "(1 + 2) * (3 + 4)"},
		{"2pi^2", "2 * (pi ^ 2)"},
		{"2(3)^2", "2 * (3 ^ 2)"},
		{"2sin(1)", "2 * sin(1)"},
		{"2pi/3", "(2 * pi) / 3"},
		{"(1/2)pi", "(1 / 2) * pi"},
		{"1/2*pi", "(1 / 2) * pi"},
		{"pi e", "pi * e"},
		{"2e", "2 * e"},
		{"2e+pi", "(2 * e) + pi"},
		{"2e3", "2e3"},
		{"2E+3", "2e+3"},
		{"5!pi", "5! * pi"},
		{".5", "0.5"},
		{"5.", "5"},
		{"1_234.5_0", "1234.50"},
		{"1,234.5", "1234.5"},
		{"(1,234)", "1234"},
		{"1,234,567e2", "1234567e2"},
		{"max(1,234)", "max(1, 234)"},
		{"max((1),[2,3])", "max(1, [2, 3])"},
		{"[1,2,3]", "[1, 2, 3]"},
		{"[]", "[]"},
		{"f()", "f()"},
		{"0xFF + 0o17 + 0b1_01", "0xFF + 0o17 + 0b101"},
		{"0x_ff", "0xff"},
		{"2×3÷4−5·6", "((2 * 3) / 4) - (5 * 6)"},
		{"1⋅2∙3∗4∕5⁄6", "((1 * 2 * 3 * 4) / 5) / 6"},
		{"τ+φ+ϕ", "tau + phi + phi"},
		{"1≠2", "1 != 2"},
		{"1≥2", "1 >= 2"},
		{"10⁰⁴⁵⁶⁷⁸⁹", "10 ^ 0456789"},
		{"√4", "sqrt(4)"},
		{"2√4", "2 * sqrt(4)"},
		{"√4*2", "sqrt(4) * 2"},
		{"√(4)^2", "sqrt(4) ^ 2"},
		{"√√16", "sqrt(sqrt(16))"},
		{"∛8", "cbrt(8)"},
		{"2πr", "2 * pi * r"},
		{"3²", "3 ^ 2"},
		{"-3²", "-(3 ^ 2)"},
		{"2²³", "2 ^ 23"},
		{"2⁻¹", "2 ^ (-1)"},
		{"2^3²", "2 ^ (3 ^ 2)"},
		{"r²π", "(r ^ 2) * pi"},
		{"sin(30°)", "sin(30°)"},
		{"2^30°", "2 ^ (30°)"},
		{"1<2", "1 < 2"},
		{"1 ≤ 2 and not 3 != 4", "(1 <= 2) and (not (3 != 4))"},
		{"(5!) != 120", "5! != 120"},
		{"5!==120", "5! == 120"},
		{"true or false and true", "true or (false and true)"},
		{"6 xor 3", "6 xor 3"},
		{"1\n +\t2\u00a0", "1 + 2"},
	} {
		e, err := Parse(tt.src, Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		got := Format(e.Root)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.src, got, tt.want)
		}
		again, err := Parse(got, Limits{})
		if err != nil {
			t.Errorf("%s: reading %s does not parse: %v", tt.src, got, err)
		} else if f := Format(again.Root); f != got {
			t.Errorf("%s: reading %s becomes %s", tt.src, got, f)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	for _, tt := range []struct {
		src   string
		at    int
		reads []string
	}{
		{"6/2(1+2)", 3, []string{"(6 / 2) * (1 + 2)", "6 / (2 * (1 + 2))"}},
		{"1 + 6/2(1+2)", 7, []string{"1 + ((6 / 2) * (1 + 2))", "1 + (6 / (2 * (1 + 2)))"}},
		{"1/2pi", 3, []string{"(1 / 2) * pi", "1 / (2 * pi)"}},
		{"1/2 pi e", 4, []string{"(1 / 2) * pi * e", "1 / (2 * pi * e)"}},
		{"6÷-2(3)", 5, []string{"(6 / (-2)) * 3", "6 / ((-2) * 3)"}},
		{"7//2(3)", 4, []string{"(7 // 2) * 3", "7 // (2 * 3)"}},
		{"e^2pi x", 3, []string{"(e ^ 2) * pi * x", "e ^ (2 * pi * x)"}},
		{"e^2pi", 3, []string{"(e ^ 2) * pi", "e ^ (2 * pi)"}},
		{"7%-3", 1, []string{"7% - 3", "7 mod (-3)"}},
		{"7 % -3", 2, []string{"7% - 3", "7 mod (-3)"}},
		{"7 % +3", 2, []string{"7% + 3", "7 mod (+3)"}},
		{"20% 50", 2, []string{"20% of 50", "20 mod 50"}},
		{"5!!", 2, []string{"(5!)!", "factorial2(5)"}},
		{"1<2<3", 3, []string{"(1 < 2) and (2 < 3)", "(1 < 2) < 3"}},
		{"1<2<=3==4", 3, []string{"(1 < 2) and (2 <= 3) and (3 == 4)", "((1 < 2) <= 3) == 4"}},
		{"1<2+3<4", 5, nil},
		{strings.Repeat("1<(", 190) + "1" + strings.Repeat(")<1", 190), 575, nil},
		{"5!=120", 1, []string{"5 != 120", "5! == 120"}},
		{"(5!)!=120", 4, []string{"5! != 120", "(5!)! == 120"}},
		{"5!!=15", 2, []string{"5! != 15", "factorial2(5) == 15"}},
		{"√2pi", 0, []string{"sqrt(2) * pi", "sqrt(2 * pi)"}},
		{"√4^2", 0, []string{"sqrt(4) ^ 2", "sqrt(4 ^ 2)"}},
		{"√4!", 0, []string{"sqrt(4)!", "sqrt(4!)"}},
		{"√9²+1", 0, []string{"(sqrt(9) ^ 2) + 1", "sqrt(9 ^ 2) + 1"}},
		{"2²^3", 3, []string{"(2 ^ 2) ^ 3", "2 ^ (2 ^ 3)"}},
		{"3²!", 3, []string{"(3 ^ 2)!", "3 ^ (2!)"}},
	} {
		_, err := Parse(tt.src, Limits{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", tt.src)
			continue
		}
		if e.Reason != Ambiguous || e.Position != tt.at || !slices.Equal(e.Suggestions, tt.reads) || len(e.Readings) != len(tt.reads) {
			t.Errorf("%s: got %s at %d %q (%s)", tt.src, e.Reason, e.Position, e.Suggestions, e.Message)
		}
		for _, s := range e.Suggestions {
			if _, err := Parse(s, Limits{}); err != nil {
				t.Errorf("%s: suggestion %s is refused: %v", tt.src, s, err)
			}
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		at      int
		message string
	}{
		{"", 0, "the expression is empty"},
		{"  ", 0, "the expression is empty"},
		{"2 3", 2, `an operator is missing before "3"`},
		{"sqrt 4", 5, `an operator is missing before "4"`},
		{"(1)2", 3, `an operator is missing before "2"`},
		{"1+", 2, "the expression ends where a value is expected"},
		{"1+*2", 2, `"*" needs a value to its left`},
		{"2***3", 3, `"*" needs a value to its left`},
		{"mod 3", 4, `an operator is missing before "3"`},
		{"(1+2", 0, `the "(" at position 0 is not closed`},
		{"1+[2,3", 2, `the "[" at position 2 is not closed`},
		{"1+2)", 3, `")" closes nothing that was opened`},
		{"()", 0, "the parentheses are empty"},
		{"max(1,)", 6, `a value is missing before ")"`},
		{"max(,1)", 4, "a value is missing before the comma"},
		{"(1, 2)", 2, "a comma outside a call or a list"},
		{"[1,2][0]", 5, `an operator is missing before "["`},
		{"1,23", 1, "the comma in 1,23 does not group thousands"},
		{"1234,567", 4, "the comma in 1234,567 does not group thousands"},
		{"0,234", 1, "the comma in 0,234 does not group thousands"},
		{"1,234,56", 1, "the comma in 1,234,56 does not group thousands"},
		{"1.234,5", 5, "a comma follows the decimal point"},
		{"1.2.3", 3, "a number has one decimal point"},
		{"1..2", 1, "a digit is missing after the decimal point"},
		{"1__0", 1, "an underscore in a number stands between two digits"},
		{"1_", 1, "an underscore in a number stands between two digits"},
		{"1e2.5", 3, "an exponent is an integer without separators"},
		{"0x", 0, "0x has no digits"},
		{"0xfg", 3, `'g' is not a hexadecimal digit`},
		{"0b12", 3, `'2' is not a binary digit`},
		{"0o8", 2, `'8' is not an octal digit`},
		{"0x1.8", 3, "a hexadecimal number has no fraction"},
		{"import os", 0, `"import" is not part of an expression`},
		{"__import__('os')", 0, "a name or a number cannot begin with an underscore"},
		{"lambda x: x", 0, `"lambda" is not part of an expression`},
		{"'a'*3", 0, "an expression has no strings"},
		{`"a"`, 0, "an expression has no strings"},
		{"os.system", 2, "there is no attribute access"},
		{"x = 1", 2, `"=" assigns nothing here`},
		{"x := 1", 2, `':' is not part of an expression`},
		{"1 && 2", 2, `"&&" is not an operator`},
		{"|1|", 0, `"|" is not an operator`},
		{"1<<2", 1, `"<<" is not an operator`},
		{"!true", 0, `"!" stands before its operand`},
		{"2 * not 1", 4, `"not" binds more loosely than the operator before it`},
		{"10 of 50", 3, `"of" needs a percentage to its left`},
		{"5%%", 2, `"%" is repeated`},
		{"5!!!", 2, "more than two factorial signs"},
		{"2²·³", 5, `"³" needs a value to its left`},
		{"5.e3", 1, "a digit is missing after the decimal point"},
		{"2⁻", 1, "a superscript is an integer"},
		{"∞", 0, "infinity is not a number"},
		{"5–3", 1, `'–' is not part of an expression`},
		{"α+1", 0, `the letter 'α' is not part of any name`},
		{"1\xff", 1, "the expression is not valid UTF-8"},
		{"1<2<", 4, "the expression ends where a value is expected"},
		{"1\x002", 1, "the control character U+0000 is not part of an expression"},
		{"€5", 0, "a currency sign is not part of a number"},
		{"½", 0, `'½' is not part of an expression`},
		{"∑", 0, `'∑' is not part of an expression`},
		{"“1”", 0, "an expression has no strings"},
		{"☃", 0, `'☃' is not part of an expression`},
		{"1;2", 1, `';' is not part of an expression`},
		{"1 # 2", 2, "an expression has no comments"},
		{"1 || 2", 2, `"||" is not an operator`},
		{"1 & 2", 2, `"&" is not an operator`},
		{"~1", 0, `"~" is not an operator`},
		{"1>>2", 1, `">>" is not an operator`},
		{"..1", 0, `".." is not an operator`},
		{"1._5", 2, "an underscore in a number stands between two digits"},
		{"0x_", 2, "an underscore in a number stands between two digits"},
		{"1 not 2", 2, `"not" cannot stand here`},
		{"1!2", 2, `an operator is missing before "2"`},
		{"[1 2]", 3, `an operator is missing before "2"`},
		{"[)", 1, `a value is missing before ")"`},
		{"(]", 1, `a value is missing before "]"`},
		{"√-4", 3, `"-" needs parentheses here`},
		{"2²²³⁻¹", 1, "a superscript is an integer"},
		{"$5", 0, "a currency sign is not part of a number"},
	} {
		_, err := Parse(tt.src, Limits{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", tt.src)
			continue
		}
		if e.Reason != Syntax || e.Position != tt.at || e.Message != tt.message {
			t.Errorf("%s: got %s at %d: %s", tt.src, e.Reason, e.Position, e.Message)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name, src, message string
		at                 int
	}{
		{"bytes", strings.Repeat("1+", 1<<20), "the expression is 2097152 bytes long; the limit is 16384", 16384},
		{"depth", strings.Repeat("(", 10000), "the expression is nested more than 200 levels deep", 200},
		{"calls", strings.Repeat("sqrt(", 3000), "the expression is nested more than 200 levels deep", 1004},
		{"lists", strings.Repeat("[", 3000), "the expression is nested more than 200 levels deep", 200},
		{"signs", strings.Repeat("-", 3000) + "1", "the expression is nested more than 200 levels deep", 200},
		{"roots", strings.Repeat("√", 3000) + "1", "the expression is nested more than 200 levels deep", 600},
		{"powers", strings.Repeat("1^", 3000) + "1", "the expression is nested more than 200 levels deep", 401},
		{"nodes", strings.Repeat("1+", 6000) + "1", "the expression has more than 10000 numbers, names and operators", 10000},
		{"digits", "1+" + strings.Repeat("1", 10001), "the number has 10001 digits; the limit is 10000", 2},
		{"hex digits", "0x" + strings.Repeat("1", 10001), "the number has 10001 digits; the limit is 10000", 0},
		{"superscript", "2" + strings.Repeat("²", 8000), "", 0},
		{"exponent", "2*1e100001", "the exponent 100001 is too large; the limit is 100000", 2},
		{"long exponent", "1e-" + strings.Repeat("9", 60), "the exponent " + strings.Repeat("9", 40) + "… is too large; the limit is 100000", 0},
	} {
		_, err := Parse(tt.src, Limits{})
		if tt.message == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Reason != Limit || e.Message != tt.message || e.Position != tt.at {
			t.Errorf("%s: got %+v", tt.name, err)
		}
	}
	if _, err := Parse(strings.Repeat("(", 200)+"1"+strings.Repeat(")", 200), Limits{}); err != nil {
		t.Errorf("200 levels: %v", err)
	}
	if _, err := Parse(strings.Repeat("1+", 4999)+"1", Limits{}); err != nil {
		t.Errorf("9999 nodes: %v", err)
	}
	if _, err := Parse("((1))", Limits{Depth: 1}); err == nil {
		t.Error("a lower limit is not respected")
	}
}

func TestNotes(t *testing.T) {
	for src, want := range map[string]string{
		"1,234.5+1":  "a comma groups thousands here: 1,234.5 is read as 1234.5",
		"100+10%":    "a percentage that is added or subtracted is taken of the value to its left: 100 + 10% is 110",
		"-2^2":       "a power binds tighter than a minus sign: -2^2 is -(2^2)",
		"017":        "a leading zero changes nothing: 017 is decimal; octal is written 0o17",
		"max(1,234)": "inside a call or a list a comma separates: max(1,234) has the two arguments 1 and 234",
		"50%+10%":    "",
		"-(2^2)":     "",
		"0.5+0":      "",
		"max(1, 23)": "",
	} {
		e, err := Parse(src, Limits{})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := strings.Join(e.Notes, "|"); got != want {
			t.Errorf("%s: got notes %q", src, got)
		}
	}
}

func TestSpans(t *testing.T) {
	src := "1 + foo(2, -pi)*[3!]"
	e, err := Parse(src, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(n Node) string { s, end := n.Span(); return src[s:end] }
	sum := e.Root.(*Binary)
	product := sum.Y.(*Binary)
	call := product.X.(*Call)
	for _, tt := range []struct{ got, want string }{
		{text(sum), src},
		{text(product), "foo(2, -pi)*[3!]"},
		{text(call), "foo(2, -pi)"},
		{text(call.Args[1]), "-pi"},
		{text(product.Y), "[3!]"},
		{text(product.Y.(*List).Items[0]), "3!"},
		{src[product.At : product.At+1], "*"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestOperatorTable(t *testing.T) {
	level := 0
	for i, o := range Operators() {
		if int(o.Op) != i+1 || len(o.Symbols) == 0 || o.Doc == "" || o.Example == "" || o.Level < level {
			t.Errorf("row %d is incomplete or out of order: %+v", i, o)
		}
		level = o.Level
		left, _, _ := strings.Cut(o.Example, " is ")
		if _, err := Parse(left, Limits{}); err != nil {
			t.Errorf("example %s: %v", o.Example, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, src := range []string{"2+3*4", "0.1+0.2", "round(1_234.5*1.07^10, 2) - sqrt(2)/(1+3)"} {
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(src, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
