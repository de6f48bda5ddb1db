package eval

import (
	"context"
	"errors"
	"testing"
	"time"
)

func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{
		"2+3*4", "0.1+0.2", "-7 % 3", "100+10%", "6/2(1+2)", "sqrt(2)^2", "sin(pi/6)", "tan(pi/2)", "(-8)^(1/3)", "0^0", "1/0",
		"9^9^9^9", "factorial(10^9)", "2^(-9^9^9)", "round(1, 10^9)", "round(2.5)", "gcd(12,18)", "lcm(10^99,7)", "(1+1e-9)^(10^12)",
		"1e400", "max([1,2,3])", "sum([])", "1<2 and not 2<1", "6 xor 3", "5!!", "log(8,2)", "exp(exp(10))", "sin(10^30)", "e^pi - pi^e",
		"sqrt(2)+sqrt(3)-sqrt(5+2sqrt(6))", "atan(1e-50)", "ln(1+1e-40)", "asin(1)", "acos(0.5)", "0.1^0.1^0.1", "cbrt(-27)", "1e-100000/3",
		"import os", "sin", "foo(3)", "factorial2(9)", "[1,[2]]", "hypot(3,4)", "30°",
	} {
		f.Add(s)
	}
	var opt Options
	opt.Limits.Numbers.Work = 20_000_000
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		r, err := Evaluate(ctx, src, opt)
		if elapsed := time.Since(start); elapsed > 2*time.Second {
			t.Fatalf("%q took %v", src, elapsed)
		}
		var e *Error
		switch {
		case err == nil:
			if r.Text == "" || r.Interpretation == "" || r.Type == "" {
				t.Fatalf("%q: incomplete result %+v", src, r)
			}
		case !errors.As(err, &e) || e.Message == "" || e.Reason == "" || e.Position < 0 || e.Position > len(src):
			t.Fatalf("%q: bad error %#v", src, err)
		}
	})
}
