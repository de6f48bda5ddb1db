package units

import (
	"errors"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// reader reads decimals and one fraction, as evaluators do.
func reader(a *number.Arith) func(string) (number.Number, error) {
	return func(s string) (number.Number, error) {
		if s == "1/2" {
			return number.Frac(1, 2), nil
		}
		return a.ParseDecimal(s)
	}
}

func quantity(t *testing.T, a *number.Arith, src string) Quantity {
	t.Helper()
	q, _, err := ParseQuantity(a, src, reader(a))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return q
}

// show writes q as a decimal with its unit.
func show(t *testing.T, a *number.Arith, q Quantity) string {
	t.Helper()
	x, err := a.Text(q.Value, 0)
	if err != nil {
		t.Fatal(err)
	}
	if q.Unit.IsOne() {
		return x.Decimal
	}
	return x.Decimal + " " + q.Unit.String()
}

func TestParseQuantity(t *testing.T) {
	a := arith(t.Context())
	for _, tt := range []struct{ src, want, interpretation string }{
		{"60 mi/h", "60 mi/h", "60 mi/h"},
		{"60mph", "60 mi/h", "60 mi/h"},
		{"5 ft 3 in", "5.25 ft", "5 ft + 3 in"},
		{"-5 ft 3 in", "-5.25 ft", "-(5 ft + 3 in)"},
		{"5 ft, 3 in", "5.25 ft", "5 ft + 3 in"},
		{"5 feet and 3 inches", "5.25 ft", "5 ft + 3 in"},
		{"1 h 30 min 36 s", "1.51 h", "1 h + 30 min + 36 s"},
		{"30° 15′ 36″", "30.26 deg", "30 deg + 15 arcmin + 36 arcsec"},
		{"6 lb 4 oz_av", "6.25 lb", "6 lb + 4 oz_av"},
		{"1/2 mi", "0.5 mi", "1/2 mi"},
		{"-40 °F", "-40 degF", "-40 degF"},
		{"1e3 km", "1000 km", "1e3 km"},
		{"1e-3km", "0.001 km", "1e-3 km"},
		{"5eV", "5 eV", "5 eV"},
		{"2 E_h", "2 Eh", "2 Eh"},
		{"5/s", "5 1/s", "5 1/s"},
		{"5 (m/s)", "5 m/s", "5 m/s"},
		{"2 * m", "2 m", "2 m"},
		{"7 L / 100 km", "7 L/100km", "7 L/100km"},
		{"7 litres per 100 km", "7 L/100km", "7 L/100km"},
		{"9.81 m s-2", "9.81 m/s^2", "9.81 m/s^2"},
		{"5 m ^ 2", "5 m^2", "5 m^2"},
		{"5%", "5 percent", "5 percent"},
	} {
		q, interpretation, err := ParseQuantity(a, tt.src, reader(a))
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if got := show(t, a, q); got != tt.want || interpretation != tt.interpretation {
			t.Errorf("%s is %s (%s), want %s (%s)", tt.src, got, interpretation, tt.want, tt.interpretation)
		}
	}
}

func TestParseQuantityErrors(t *testing.T) {
	a := arith(t.Context())
	for _, tt := range []struct {
		src  string
		kind number.ErrorKind
		text string
	}{
		{"", number.Syntax, "empty"},
		{"5", number.Syntax, "no unit"},
		{"m", number.Syntax, "no number"},
		{"5 ft 3", number.Syntax, "no unit"},
		{"$5", number.Syntax, "no number"},
		{"5 kg 3 m", number.UnitMismatch, "mass"},
		{"3 in 5 ft", number.Syntax, "descending"},
		{"5 ft 3 ft", number.Syntax, "descending"},
		{"20 degC 5 K", number.Syntax, "descending"},
		{"5 ft 3 oz", number.Ambiguous, "5 ft 3 oz_av"},
		{"5' 3 in", number.Ambiguous, "5ft 3 in"},
		{"1 d 1 h 1 min 1 s 1 ms 1 µs 1 ns", number.Limit, "more than 6"},
		{"5 metrs", number.UnknownUnit, "metres"},
	} {
		_, _, err := ParseQuantity(a, tt.src, reader(a))
		var e *number.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message+strings.Join(e.Suggestions, "|"), tt.text) {
			t.Errorf("%q: %v (%+v), want %s about %q", tt.src, err, e, tt.kind, tt.text)
		}
	}
}

func TestQuantityArithmetic(t *testing.T) {
	a := arith(t.Context())
	type op = func(a *number.Arith, x, y Quantity) (Quantity, error)
	for _, tt := range []struct {
		op         op
		x, y, want string
	}{
		{AddQ, "1 m", "20 cm", "1.2 m"},
		{AddQ, "20 degC", "5 K", "25 degC"},
		{AddQ, "9 delta_degF", "20 degC", "25 degC"},
		{AddQ, "1 kWh", "3.6 MJ", "2 kWh"},
		{SubQ, "25 degC", "68 degF", "5 delta_degC"},
		{SubQ, "25 degC", "9 delta_degF", "20 degC"},
		{SubQ, "1 h", "15 min", "0.75 h"},
		{MulQ, "60 mi/h", "30 min", "30 mi"},
		{MulQ, "5 km", "3 m", "0.015 km^2"},
		{MulQ, "50 percent", "8 m", "4 m"},
		{MulQ, "60 Hz", "2 s", "120"},
		{MulQ, "2 N", "3 m", "6 N*m"},
		{QuoQ, "1 h", "30 min", "2"},
		{QuoQ, "100 km", "2 h", "50 km/h"},
		{QuoQ, "3 kWh", "2 h", "1.5 kWh/h"},
		{QuoQ, "1 m", "4 ft/s", "0.8202099737532808398950131233595801 s"},
	} {
		got, err := tt.op(a, quantity(t, a, tt.x), quantity(t, a, tt.y))
		if err != nil {
			t.Errorf("%s and %s: %v", tt.x, tt.y, err)
		} else if s := show(t, a, got); s != tt.want {
			t.Errorf("%s and %s give %s, want %s", tt.x, tt.y, s, tt.want)
		}
	}
	for _, tt := range []struct {
		op   op
		x, y string
		kind number.ErrorKind
		text string
	}{
		{AddQ, "1 m", "1 s", number.UnitMismatch, "length"},
		{AddQ, "1 lb", "1 lbf", number.UnitMismatch, "lbf"},
		{AddQ, "1 Gy", "1 Sv", number.UnitMismatch, "dose"},
		{AddQ, "20 degC", "5 degC", number.Domain, "delta_degC"},
		{SubQ, "300 K", "20 degC", number.Domain, "convert both"},
		{MulQ, "20 degC", "2 m", number.Domain, "delta_degC"},
		{QuoQ, "1 m", "20 degC", number.Domain, "delta_degC"},
		{QuoQ, "1 m", "0 s", number.DivisionByZero, "zero"},
	} {
		_, err := tt.op(a, quantity(t, a, tt.x), quantity(t, a, tt.y))
		var e *number.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message+e.Hint, tt.text) {
			t.Errorf("%s and %s: %v, want %s about %q", tt.x, tt.y, err, tt.kind, tt.text)
		}
	}
}

func TestPowersAndRoots(t *testing.T) {
	a := arith(t.Context())
	cube, err := PowQ(a, quantity(t, a, "2 cm"), 3)
	if err != nil || show(t, a, cube) != "8 cm^3" {
		t.Errorf("(2 cm)^3 is %s, %v", show(t, a, cube), err)
	}
	side, err := RootQ(a, cube, 3)
	if err != nil || show(t, a, side) != "2 cm" {
		t.Errorf("the cube root of 8 cm^3 is %s, %v", show(t, a, side), err)
	}
	if got, err := RootQ(a, quantity(t, a, "9 ha"), 2); err != nil || show(t, a, got) != "300 m" {
		t.Errorf("sqrt(9 ha) is %s, %v", show(t, a, got), err)
	}
	if _, err := RootQ(a, quantity(t, a, "8 m^3"), 2); err == nil {
		t.Error("sqrt(8 m^3) has a unit")
	}
	if _, err := PowQ(a, quantity(t, a, "8 degC"), 2); err == nil {
		t.Error("(8 degC)^2 has a value")
	}
	if s, err := CmpQ(a, quantity(t, a, "1 mi"), quantity(t, a, "1.609344 km")); err != nil || s != 0 {
		t.Errorf("a mile compares to 1.609344 km as %d, %v", s, err)
	}
	if s, err := CmpQ(a, quantity(t, a, "0 degC"), quantity(t, a, "33 degF")); err != nil || s >= 0 {
		t.Errorf("0 degC compares to 33 degF as %d, %v", s, err)
	}
	if q, err := NegQ(a, quantity(t, a, "40 degF")); err != nil || show(t, a, q) != "-40 degF" {
		t.Errorf("-(40 degF) is %v, %v", q, err)
	}
}
