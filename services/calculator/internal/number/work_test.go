package number

import (
	"strconv"
	"testing"
)

type workload struct {
	name  string
	sizes []int
	args  func(a *Arith, size int) (x, y Number)
	f     func(a *Arith, x, y Number) (Number, error)
}

// BenchmarkWork reports how long a unit of work takes in operations of many
// kinds and lengths, so that a budget of 2*10^9 units is spent in 1 to 2 s
// whatever it is spent on.
func BenchmarkWork(b *testing.B) {
	text := func(a *Arith, x, _ Number) (Number, error) {
		_, err := a.Text(x, 0)
		return x, err
	}
	short, long := []int{20, 100, 1000, 10_000, 30_000}, []int{100, 1000, 10_000, 100_000, 1_000_000}
	loads := []workload{
		{"add", long, integersOf, (*Arith).Add},
		{"mul", long, integersOf, (*Arith).Mul},
		{"floordiv", long[:4], dividendOf, (*Arith).FloorDiv},
		{"mod", long[:4], dividendOf, (*Arith).Mod},
		{"gcd", long[:4], integersOf, (*Arith).GCD},
		{"quo", short, integersOf, (*Arith).Quo},
		{"fraction/add", short, fractionsOf, (*Arith).Add},
		{"fraction/mul", short, fractionsOf, (*Arith).Mul},
		{"fraction/cmp", short, fractionsOf, func(a *Arith, x, y Number) (Number, error) {
			_, err := a.Cmp(x, y)
			return x, err
		}},
		{"fraction/round", short, fractionsOf, func(a *Arith, x, _ Number) (Number, error) { return a.Round(x, 10, HalfEven) }},
		{"fraction/pow", short[:3], fractionsOf, func(a *Arith, x, _ Number) (Number, error) { return a.Pow(x, Int(10)) }},
		{"fraction/text", short, fractionsOf, text},
		{"text", long, integersOf, text},
		{"pow", long[:4], integersOf, func(a *Arith, x, _ Number) (Number, error) { return a.Pow(x, Int(10)) }},
		{"factorial", long[:4], func(_ *Arith, size int) (x, y Number) { return Int(int64(size)), y },
			func(a *Arith, x, _ Number) (Number, error) { return a.Factorial(x) }},
	}
	for name, f := range map[string]func(*Arith, Number) (Number, error){
		"sqrt": (*Arith).Sqrt, "cbrt": (*Arith).Cbrt, "exp": (*Arith).Exp, "log": (*Arith).Log, "sin": (*Arith).Sin, "atan": (*Arith).Atan,
		"asin": (*Arith).Asin, "sinh": (*Arith).Sinh, "gamma": (*Arith).Gamma, "lgamma": (*Arith).LogGamma, "erf": (*Arith).Erf,
	} {
		digits := func(_ *Arith, size int) (x, y Number) { return Frac(7, 17), Int(int64(size)) }
		loads = append(loads, workload{name, []int{34, 200, 1000}, digits, func(a *Arith, x, y Number) (Number, error) {
			n, _ := y.Int64()
			z, err := f(a, x)
			if err == nil {
				_, err = a.Text(z, int(n))
			}
			return z, err
		}})
	}
	for _, w := range loads {
		for _, size := range w.sizes {
			b.Run(w.name+"/"+strconv.Itoa(size), func(b *testing.B) {
				a := New(b.Context(), Limits{Work: 1 << 62}, 0)
				x, y := w.args(a, size)
				before := a.Remaining()
				for b.Loop() {
					if _, err := w.f(a, x, y); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(before-a.Remaining()), "ns/unit")
			})
		}
	}
}

// integersOf returns two integers of about so many bits without a common
// divisor.
func integersOf(a *Arith, bits int) (x, y Number) {
	x, _ = a.Pow(Int(3), Int(int64(float64(bits)/1.585)))
	y, _ = a.Pow(Int(7), Int(int64(float64(bits)/2.807)))
	return x, y
}

func dividendOf(a *Arith, bits int) (x, y Number) {
	x, _ = integersOf(a, 2*bits)
	_, y = integersOf(a, bits)
	return x, y
}

// fractionsOf returns two fractions of two integers of so many bits each.
func fractionsOf(a *Arith, bits int) (x, y Number) {
	p, q := integersOf(a, bits)
	r, _ := a.Add(p, Int(2))
	s, _ := a.Add(q, Int(4))
	x, _ = a.Quo(p, q)
	y, _ = a.Quo(r, s)
	return x, y
}
