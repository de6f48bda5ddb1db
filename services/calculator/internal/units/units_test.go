package units

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ src, want, factor, dimension string }{
		{"km/h", "km/h", "5/18", "speed"},
		{"kg*m/s^2", "kg*m/s^2", "1", "force"},
		{"kg·m·s⁻²", "kg*m/s^2", "1", "force"},
		{"kg m s-2", "kg*m/s^2", "1", "force"},
		{"m²", "m^2", "1", "area"},
		{"m2", "m^2", "1", "area"},
		{"m**2", "m^2", "1", "area"},
		{"m ^ (-2)", "1/m^2", "1", "1/length^2"},
		{"W·h", "W*h", "3600", "energy"},
		{"1/s", "1/s", "1", "frequency"},
		{"1", "1", "1", "number"},
		{"J/(kg K)", "J/(kg*K)", "1", "specific heat capacity"},
		{"J/kg/K", "J/(kg*K)", "1", "specific heat capacity"},
		{"W/(m² °C)", "W/(m^2*delta_degC)", "1", "heat transfer coefficient"},
		{"miles per hour", "mi/h", "1397/3125", "speed"},
		{"mph", "mi/h", "1397/3125", "speed"},
		{"kph", "km/h", "5/18", "speed"},
		{"feet per second squared", "ft/s^2", "381/1250", "acceleration"},
		{"metres per second^2", "m/s^2", "1", "acceleration"},
		{"square feet", "ft^2", "145161/1562500", "area"},
		{"sq. ft", "", "", ""},
		{"sqft", "ft^2", "145161/1562500", "area"},
		{"cubic kilometres", "km^3", "1000000000", "volume"},
		{"kilowatt-hours", "kWh", "3600000", "energy"},
		{"kW-h", "kW*h", "3600000", "energy"},
		{"foot-pounds", "ft_lbf", "3389544870828501/2500000000000000", "energy"},
		{"µm", "µm", "1/1000000", "length"},
		{"um", "µm", "1/1000000", "length"},
		{"μm", "µm", "1/1000000", "length"},
		{"kΩ", "kohm", "1000", "resistance"},
		{"\u2126", "ohm", "1", "resistance"},
		{"℃", "degC", "1", "temperature"},
		{"deg C", "degC", "1", "temperature"},
		{"pF", "pF", "1/1000000000000", "capacitance"},
		{"A s/V", "A*s/V", "1", "capacitance"},
		{"L/100 km", "L/100km", "1/100000000", "area"},
		{"litres per 100 km", "L/100km", "1/100000000", "area"},
		{"GiB", "GiB", "8589934592", "information"},
		{"GB", "GB", "8000000000", "information"},
		{"Mbit/s", "Mbit/s", "1000000", "data rate"},
		{"Mbps", "Mbps", "1000000", "data rate"},
		{"deg", "deg", "pi/180", "angle"},
		{"rpm", "rpm", "pi/30", "angular speed"},
		{"pc", "pc", "96939420213600000/pi", "length"},
		{"Qg", "Qg", "1000000000000000000000000000", "mass"},
		{"s*s", "s^2", "1", "time^2"},
		{"m/m", "1", "1", "number"},
		{"MEGAWATT", "MW", "1000000", "power"},
		{"Light Years", "ly", "9460730472580800", "length"},
		{"femtolitre", "femtolitre", "1/1000000000000000000", "volume"},
	} {
		u, err := Parse(tt.src)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s is read as %s", tt.src, u)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if u.String() != tt.want || u.FactorText() != tt.factor || u.Dimension().String() != tt.dimension {
			t.Errorf("%s is %s = %s, a %s; want %s = %s, a %s", tt.src, u, u.FactorText(), u.Dimension(), tt.want, tt.factor, tt.dimension)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		kind    number.ErrorKind
		message string
		suggest string
	}{
		{"", number.Syntax, "empty", ""},
		{"\xff", number.Syntax, "UTF-8", ""},
		{"m^", number.Syntax, "exponent", ""},
		{"m^1.5", number.Syntax, "no integer", ""},
		{"m^^2", number.Syntax, "no integer", ""},
		{"(m", number.Syntax, "closing", ""},
		{"m)", number.Syntax, "not expected", ""},
		{"m/", number.Syntax, "ends", ""},
		{"3 m", number.Syntax, "number 3", ""},
		{"m + m", number.Syntax, "not expected", ""},
		{"m^101", number.Limit, "too large", ""},
		{"m^99999999999999999999", number.Syntax, "", ""},
		{"Qm^90", number.Limit, "too large", ""},
		{strings.Repeat("(", 20) + "m", number.Limit, "parentheses", ""},
		{strings.Repeat("m", 400), number.Limit, "400 bytes", ""},
		{"m*s*A*K*mol*cd*bit*rad*ft*in*h*min*d*lb*g*L*ha*N*J*W*V", number.Limit, "20 factors", ""},
		{"metrs", number.UnknownUnit, "metrs", "metre"},
		{"KHZ", number.UnknownUnit, "KHZ", "kHz"},
		{"kinch", number.UnknownUnit, "kinch", "inch"},
		{"mB", number.UnknownUnit, "mB", "MB"},
		{"USD", number.UnknownUnit, "currency", ""},
		{"€/kg", number.UnknownUnit, "currency", ""},
		{"dB", number.UnknownUnit, "logarithmic", ""},
		{"psig", number.UnknownUnit, "pressure", ""},
		{"ton", number.Ambiguous, "short_ton (907.18474 kg)", "short_ton"},
		{"Tons", number.Ambiguous, "tonne", "long_ton"},
		{"gallon", number.Ambiguous, "us_gallon", "imperial_gallon"},
		{"fl oz", number.Ambiguous, "us_fl_oz", "imperial_fl_oz"},
		{"kg/year", number.Ambiguous, "julian_year", "kg/gregorian_year"},
		{"kcal/h", number.Ambiguous, "kcal_th", "kcal_it/h"},
		{"F", number.Ambiguous, "farad", "degF"},
		{"5'", number.Syntax, "number 5", ""},
		{"'", number.Ambiguous, "arcmin", "ft"},
		{"J/kg K", number.Ambiguous, "two ways", "J/(kg*K)"},
		{"W/m K", number.Ambiguous, "two ways", "W*K/m"},
		{"m/s s", number.Ambiguous, "two ways", "m/s^2"},
	} {
		_, err := Parse(tt.src)
		var e *number.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", tt.src, err)
			continue
		}
		if e.Kind != tt.kind || !strings.Contains(e.Message, tt.message) || tt.suggest != "" && !slices.Contains(e.Suggestions, tt.suggest) {
			t.Errorf("%q: %s: %s; suggestions %q", tt.src, e.Kind, e.Message, e.Suggestions)
		}
	}
}

func TestConvert(t *testing.T) {
	for _, tt := range []struct{ value, from, to, want, formula string }{
		{"5", "ft", "cm", "152.4", "value * 762/25"},
		{"1", "mi", "km", "1.609344", "value * 25146/15625"},
		// The fixed points of temperature scales.
		{"-40", "degF", "degC", "-40", "value * 5/9 - 160/9"},
		{"100", "degC", "degF", "212", "value * 9/5 + 32"},
		{"0", "K", "degC", "-273.15", "value - 273.15"},
		{"0", "degR", "degF", "-459.67", "value - 459.67"},
		{"80", "degRe", "degC", "100", "value * 5/4"},
		{"60", "degRo", "degC", "100", "value * 40/21 - 100/7"},
		{"0", "degDe", "degC", "100", "value * -2/3 + 100"},
		{"33", "degN", "degC", "100", "value * 100/33"},
		{"9", "delta_degF", "K", "5", "value * 5/9"},
		{"20", "degC", "degC", "20", "value"},
		{"10", "km/L", "L/100km", "10", "100 / value"},
		{"5", "L/100km", "km/L", "20", "100 / value"},
		{"1", "GiB", "MB", "1073.741824", "value * 16777216/15625"},
		{"8", "Mbit/s", "MB/s", "1", "value / 8"},
		{"1", "kWh", "MJ", "3.6", "value * 18/5"},
		{"180", "deg", "rad", "3.141592653589793238462643383279503", "value * pi/180"},
		{"1", "rev/min", "rpm", "1", "value"},
		{"1", "N*m/rad", "N*m", "1", "value"},
		{"50", "percent", "1", "0.5", "value / 100"},
		{"1", "Hz", "1/s", "1", "value"},
		{"1", "Gy", "J/kg", "1", "value"},
		{"1", "acre", "ft^2", "43560", "value * 43560"},
		{"12", "inch", "ft", "1", "value / 12"},
	} {
		a := arith(t.Context())
		x, err := a.ParseDecimal(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Convert(a, x, parsed(t, tt.from), parsed(t, tt.to))
		if err != nil {
			t.Errorf("%s %s to %s: %v", tt.value, tt.from, tt.to, err)
			continue
		}
		got, err := a.Text(c.Value, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got.Decimal != tt.want || c.Formula != tt.formula || !c.Exact {
			t.Errorf("%s %s is %s %s by %q, want %s by %q", tt.value, tt.from, got.Decimal, tt.to, c.Formula, tt.want, tt.formula)
		}
	}
}

// The constants that fuel tables give.
func TestFuelEconomy(t *testing.T) {
	a := arith(t.Context())
	for unit, want := range map[string]string{"mpg_us": "235.214583", "mpg_imp": "282.480936", "mi/L": "62.137119"} {
		c, err := Convert(a, number.Int(1), parsed(t, unit), parsed(t, "L/100km"))
		if err != nil || !c.Reciprocal {
			t.Fatalf("%s: %v", unit, err)
		}
		r, _ := a.Round(c.Value, 6, number.HalfEven)
		if got, _ := a.Text(r, 0); got.Decimal != want {
			t.Errorf("1 %s is %s L/100km, want %s", unit, got.Decimal, want)
		}
	}
}

func TestConvertErrors(t *testing.T) {
	for _, tt := range []struct {
		value, from, to string
		kind            number.ErrorKind
		text            string
	}{
		{"1", "lb", "N", number.UnitMismatch, "lbf"},
		{"1", "lb/in^2", "kPa", number.UnitMismatch, "psi"},
		{"1", "kW", "kWh", number.UnitMismatch, "multiply or divide by the time"},
		{"1", "m", "m^2", number.UnitMismatch, "length"},
		{"1", "s", "Hz", number.UnitMismatch, "reciprocal"},
		{"1", "lm", "cd", number.UnitMismatch, "solid angle"},
		{"1", "farad", "degC", number.UnitMismatch, "degF"},
		{"1", "Gy", "Sv", number.UnitMismatch, "absorbed dose"},
		{"1", "Bq", "Hz", number.UnitMismatch, "activity"},
		{"1", "VA", "W", number.UnitMismatch, "apparent power"},
		{"1", "L/100km", "ha", number.UnitMismatch, "fuel consumption"},
		{"1", "degC", "delta_degC", number.UnitMismatch, "difference"},
		{"1", "delta_degC", "degF", number.UnitMismatch, "difference"},
		{"-273.16", "degC", "K", number.Domain, "absolute zero, which is -273.15 degC"},
		{"-1", "K", "degC", number.Domain, "absolute zero, which is 0 K"},
		{"560", "degDe", "degC", number.Domain, "absolute zero"},
		{"0", "mpg_us", "L/100km", number.DivisionByZero, "division by zero"},
		{"60", "Hz", "rpm", number.Ambiguous, "rev/s"},
		{"60", "rpm", "1/s", number.Ambiguous, "revolution or a radian"},
	} {
		a := arith(t.Context())
		x, err := a.ParseDecimal(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Convert(a, x, parsed(t, tt.from), parsed(t, tt.to))
		var e *number.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message+"; "+e.Hint, tt.text) {
			t.Errorf("%s %s to %s: %v (%+v), want %s about %q", tt.value, tt.from, tt.to, err, e, tt.kind, tt.text)
		}
	}
}

// A unit that is measured makes a conversion inexact, but not one in which it
// cancels.
func TestMeasuredUnits(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		exact    bool
	}{{"Da", "kg", false}, {"kDa", "Da", true}, {"Da/Da", "1", true}, {"Da/m^3", "kDa/L", true}, {"M_sun", "M_earth", false}, {"lb", "kg", true}} {
		c, err := Convert(arith(t.Context()), number.Int(1), parsed(t, tt.from), parsed(t, tt.to))
		if err != nil || c.Exact != tt.exact {
			t.Errorf("%s to %s: exact %t, %v", tt.from, tt.to, c.Exact, err)
		}
	}
}

func TestUnitArithmetic(t *testing.T) {
	m, s, degC := parsed(t, "m"), parsed(t, "s"), parsed(t, "degC")
	speed, err := m.Quo(s)
	if err != nil || speed.String() != "m/s" || speed.Dimension().Name() != "speed" {
		t.Errorf("m/s is %s, %v", speed, err)
	}
	area, err := m.Pow(2)
	if err != nil || area.Dimension() != parsed(t, "ha").Dimension() {
		t.Errorf("m^2 is %s, %v", area, err)
	}
	if u, err := speed.Mul(s); err != nil || u.String() != "m" {
		t.Errorf("m/s*s is %s, %v", u, err)
	}
	if u, err := degC.Mul(m); err != nil || u.String() != "delta_degC*m" || u.IsAffine() {
		t.Errorf("degC*m is %s, %v", u, err)
	}
	if !degC.IsAffine() || parsed(t, "K").IsAffine() || (Unit{}).IsAffine() {
		t.Error("what is affine")
	}
	if u := (Unit{}); u.String() != "1" || !u.Dimension().IsZero() || u.FactorText() != "1" || !u.Exact() {
		t.Errorf("the zero unit is %s", u)
	}
	if _, err := m.Pow(1 << 62); err == nil {
		t.Error("m^2^62 is a unit")
	}
	if _, err := m.Pow(-1 << 63); err == nil {
		t.Error("m^-2^63 is a unit")
	}
}
