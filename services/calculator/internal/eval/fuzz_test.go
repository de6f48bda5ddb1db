package eval

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{
		"2+3*4", "0.1+0.2", "-7 % 3", "100+10%", "6/2(1+2)", "sqrt(2)^2", "sin(pi/6)", "tan(pi/2)", "(-8)^(1/3)", "0^0", "1/0",
		"9^9^9^9", "factorial(10^9)", "2^(-9^9^9)", "round(1, 10^9)", "round(2.5)", "gcd(12,18)", "lcm(10^99,7)", "(1+1e-9)^(10^12)",
		"1e400", "max([1,2,3])", "sum([])", "1<2 and not 2<1", "6 xor 3", "5!!", "log(8,2)", "exp(exp(10))", "sin(10^30)", "e^pi - pi^e",
		"sqrt(2)+sqrt(3)-sqrt(5+2sqrt(6))", "atan(1e-50)", "ln(1+1e-40)", "asin(1)", "acos(0.5)", "0.1^0.1^0.1", "cbrt(-27)", "1e-100000/3",
		"import os", "sin", "foo(3)", "factorial2(9)", "[1,[2]]", "hypot(3,4)", "30°",
		"sqrt(-1)", "(1+2i)^i", "log(-1)", "asin(2)", "5 ft + 3 in to cm", "60 mi/h * 2 h", "1 ton to kg", "100 F to C", "1/2 m", "5 J/kg K",
		"-40 degC to degF", "20 degC - 10 degC", "1/s", "sqrt(16 m^2)", "[1,2]*[3,4]", "[[1,2],[3,4]]^9", "[[1,2],[3,4]]*[5,6]", "shl(1,10^10)",
		"nCr(50,25)", "divmod(-7,3)", "gamma(0.5)", "atan2(1,-1)", "sinh(1)", "k_B*300 K", "sort([3,i])", "pmt(5%/12,360,2e5)", "rate(12,-100,1000)", "allocate(10,[1,2])", "det([[1,2],[3,4]])", "[[1/2,1],[0,1]]^-9", "eigenvalues([[0,-1],[1,0]])", "factor(-360)", "nextprime(10^20)", "modpow(3,-5,7)", "stdev(1 m,2 ft)", "percentile([1,2],90)", "5 m%2 m", "i^i^i", "root(-8,3) m",
	} {
		f.Add(s)
	}
	var opt Options
	opt.Limits.Numbers.Work = 20_000_000
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		r, err := Evaluate(ctx, src, opt)
		if elapsed := time.Since(start); elapsed > 10*time.Second {
			t.Fatalf("%q took %v", src, elapsed)
		}
		var e *Error
		switch {
		case err == nil:
			if r.Text == "" || r.Interpretation == "" || r.Type == "" {
				t.Fatalf("%q: incomplete result %+v", src, r)
			}
			again := opt
			again.Limits.Source = parse.Limits{Bytes: 1 << 20, Depth: 20_000}
			if s, err := Evaluate(ctx, r.Interpretation, again); err != nil || s.Text != r.Text {
				t.Fatalf("%q is %s, but its interpretation %q is not: %v", src, r.Text, r.Interpretation, err)
			}
		case !errors.As(err, &e) || e.Message == "" || e.Reason == "" || e.Position < 0 || e.Position > len(src):
			t.Fatalf("%q: bad error %#v", src, err)
		}
	})
}
