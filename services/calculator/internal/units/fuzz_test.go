package units

import (
	"errors"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// What is read is shown so that it is read as the same again, and what is
// refused says why.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"km/h", "kg*m/s^2", "J/(kg K)", "J/kg K", "m²", "s⁻¹", "square feet per minute", "L/100km",
		"Δ°C", "m^(-2)", "ton", "kcal", "((m))", "µΩ", "°", "1/1", "kW-h", "per", "m--2", "5'3\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		u, err := Parse(src)
		if err != nil {
			var e *number.Error
			if !errors.As(err, &e) || e.Message == "" {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		v, err := Parse(u.String())
		if err != nil && len(u.String()) <= maxSource {
			t.Fatalf("%q is shown as %q: %v", src, u, err)
		}
		if err == nil && (v.dim != u.dim || !v.f.quo(u.f).isOne()) {
			t.Fatalf("%q is shown as %q, which is another unit", src, u)
		}
	})
}

func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"60 mi/h", "5 ft 3 in", "-5 ft 3 in", "1e3km", "0x1F m", "(2+3) m", "5/s", "30° 15′ 20″",
		"7 L / 100 km", "5,000 m", "5 ft and 3 in", "5'3\"", "1/2 mi", "9^9 m", ",", "5 (", "5e+ m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		a := number.New(t.Context(), number.Limits{}, 0)
		_, _, err := ParseQuantity(a, src, func(s string) (number.Number, error) {
			if s == "" {
				t.Errorf("%q: an empty number", src)
			}
			return number.Int(7), nil
		})
		var e *number.Error
		if err != nil && (!errors.As(err, &e) || e.Message == "") {
			t.Fatalf("%q: %v", src, err)
		}
	})
}
