package eval

import "testing"

// BenchmarkTargets measures an evaluation from the source to the text, with
// nothing remembered from the one before.
func BenchmarkTargets(b *testing.B) {
	for _, c := range []struct {
		src       string
		precision int
	}{
		{"2+3*4", 0}, {"0.1+0.2", 0}, {"0.1+0.2*3.7-1.5/4", 0}, {"sin(0.7)", 0}, {"exp(1.3)", 0}, {"log(7)", 0}, {"sin(pi/4)", 0},
		{"2^0.3", 0}, {"atan(0.3)", 0}, {"asin(0.3)", 0}, {"10000!", 0}, {"pi", 10_000}, {"e", 10_000}, {"sqrt(2)", 10_000}, {"phi", 10_000},
	} {
		b.Run(c.src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Evaluate(b.Context(), c.src, Options{Precision: c.precision}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkValue measures the parsing and the value alone.
func BenchmarkValue(b *testing.B) {
	for _, src := range []string{"2+3*4", "0.1+0.2*3.7-1.5/4"} {
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			ev, err := New(b.Context(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := ev.Number(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
