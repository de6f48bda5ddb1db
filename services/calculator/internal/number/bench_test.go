package number

import (
	"context"
	"testing"
)

func BenchmarkAddSmall(b *testing.B) {
	a := New(b.Context(), Limits{}, 0)
	x, y := Int(2), Int(3)
	b.ReportAllocs()
	for b.Loop() {
		x, _ = a.Add(x, y)
	}
}

func BenchmarkMulSmall(b *testing.B) {
	a := New(b.Context(), Limits{}, 0)
	x, y := Int(12345), Int(678)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.Mul(x, y)
	}
}

// BenchmarkText measures an evaluation from New to the digits, with nothing
// remembered from the one before.
func BenchmarkText(b *testing.B) {
	for _, c := range []struct {
		name   string
		digits int
		f      func(*Arith) (Number, error)
	}{
		{"integer/34", 34, func(a *Arith) (Number, error) { return a.Add(Int(2), Int(12)) }},
		{"decimal/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("0.1")
			y, _ := a.ParseDecimal("0.2")
			return a.Add(x, y)
		}},
		{"third/34", 34, func(a *Arith) (Number, error) { return a.Quo(Int(1), Int(3)) }},
		{"sqrt/34", 34, func(a *Arith) (Number, error) { return a.Sqrt(Int(2)) }},
		{"exp/34", 34, func(a *Arith) (Number, error) { return a.Exp(Frac(1, 3)) }},
		{"exp/1000", 1000, func(a *Arith) (Number, error) { return a.Exp(Frac(1, 3)) }},
		{"log/34", 34, func(a *Arith) (Number, error) { return a.Log(Int(3)) }},
		{"log/1000", 1000, func(a *Arith) (Number, error) { return a.Log(Int(3)) }},
		{"sin/34", 34, func(a *Arith) (Number, error) { return a.Sin(Int(1)) }},
		{"sin/1000", 1000, func(a *Arith) (Number, error) { return a.Sin(Int(1)) }},
		{"sinHuge/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.Pow(Int(10), Int(50))
			return a.Sin(x)
		}},
		{"atan/34", 34, func(a *Arith) (Number, error) { return a.Atan(Int(3)) }},
		{"asin/34", 34, func(a *Arith) (Number, error) { return a.Asin(Frac(3, 10)) }},
		{"sinh/34", 34, func(a *Arith) (Number, error) { return a.Sinh(Frac(3, 10)) }},
		{"sinhTiny/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1e-30")
			return a.Sinh(x)
		}},
		{"cosh/34", 34, func(a *Arith) (Number, error) { return a.Cosh(Frac(3, 10)) }},
		{"tanh/34", 34, func(a *Arith) (Number, error) { return a.Tanh(Frac(3, 10)) }},
		{"tanhTiny/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1e-30")
			return a.Tanh(x)
		}},
		{"asinh/34", 34, func(a *Arith) (Number, error) { return a.Asinh(Frac(3, 10)) }},
		{"asinhTiny/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1e-30")
			return a.Asinh(x)
		}},
		{"acosh/34", 34, func(a *Arith) (Number, error) { return a.Acosh(Frac(13, 10)) }},
		{"acoshTiny/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1.000000000000000000000000000001")
			return a.Acosh(x)
		}},
		{"atanh/34", 34, func(a *Arith) (Number, error) { return a.Atanh(Frac(3, 10)) }},
		{"atanhTiny/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1e-30")
			return a.Atanh(x)
		}},
		{"atan2/34", 34, func(a *Arith) (Number, error) { return a.Atan2(Int(-3), Int(-7)) }},
		{"cbrt/34", 34, func(a *Arith) (Number, error) { return a.Cbrt(Int(2)) }},
		{"sinPiQuarter/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.Mul(a.Pi(), Frac(1, 4))
			return a.Sin(x)
		}},
		{"compound/34", 34, func(a *Arith) (Number, error) {
			x, _ := a.ParseDecimal("1.000000001")
			return a.Pow(x, Int(1e12))
		}},
		{"gamma(3.7)/34", 34, func(a *Arith) (Number, error) { return a.Gamma(Frac(37, 10)) }},
		{"gamma(3.7)/1000", 1000, func(a *Arith) (Number, error) { return a.Gamma(Frac(37, 10)) }},
		{"logGamma(100.5)/34", 34, func(a *Arith) (Number, error) { return a.LogGamma(Frac(5001, 50)) }},
		{"digamma(3.7)/34", 34, func(a *Arith) (Number, error) { return a.Digamma(Frac(37, 10)) }},
		{"gammaOfPi/34", 34, func(a *Arith) (Number, error) { return a.Gamma(a.Pi()) }},
		{"erf(0.7)/34", 34, func(a *Arith) (Number, error) { return a.Erf(Frac(7, 10)) }},
		{"erfc(3.3)/34", 34, func(a *Arith) (Number, error) { return a.Erfc(Frac(33, 10)) }},
		{"erfc(9.1)/34", 34, func(a *Arith) (Number, error) { return a.Erfc(Frac(91, 10)) }},
		{"erfc(20)/34", 34, func(a *Arith) (Number, error) { return a.Erfc(Int(20)) }},
		{"expm1(1.3)/34", 34, func(a *Arith) (Number, error) { return a.Expm1(Frac(13, 10)) }},
		{"factorial10000", 34, func(a *Arith) (Number, error) { return a.Factorial(Int(10000)) }},
		{"factorial100000", 34, func(a *Arith) (Number, error) { return a.Factorial(Int(100000)) }},
		{"2^1000000", 34, func(a *Arith) (Number, error) { return a.Pow(Int(2), Int(1000000)) }},
		{"3^1000000", 34, func(a *Arith) (Number, error) { return a.Pow(Int(3), Int(1000000)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a := New(b.Context(), Limits{}, c.digits)
				x, err := c.f(a)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := a.Text(x, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPi10000(b *testing.B) {
	for b.Loop() {
		a := New(context.Background(), Limits{Digits: 10000}, 10000)
		if _, err := a.Text(a.Pi(), 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseDecimal(b *testing.B) {
	a := New(b.Context(), Limits{}, 0)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.ParseDecimal("1234.5678")
	}
}
