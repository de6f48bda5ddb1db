package parse

import (
	"errors"
	"slices"
	"testing"
)

// known are the units of these tests; x, r and pi are other names.
type known struct{}

func (known) IsUnit(name string) bool {
	return slices.Contains([]string{
		"m", "s", "h", "mi", "km", "ft", "in", "kg", "K", "W", "N", "J", "V", "min", "deg", "degC", "degF", "um", "kohm", "cm", "L", "eV", "a", "b",
	}, name)
}

func TestUnits(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"5 ft + 3 in", "(5 ft) + (3 in)"},
		{"5ft+3in", "(5 ft) + (3 in)"},
		{"60 mi/h * 2 h", "(60 mi/h) * (2 h)"},
		{"60 mi / h*2 h", "(60 mi/h) * (2 h)"},
		{"9.81 m/s^2 * 3 kg", "(9.81 m/s^2) * (3 kg)"},
		{"9.81 m s⁻²", "9.81 m/s^2"},
		{"5 kg m^2 / s**2", "5 kg*m^2/s^2"},
		{"5 N*m", "5 N*m"},
		{"5 W/(m^2 K)", "5 W/m^2/K"},
		{"5 W/(m^2*K)^2", "5 W/m^4/K^2"},
		{"5 W/(m/s)", "5 W/m*s"},
		{"5 m/s/s", "5 m/s/s"},
		{"1/s", "1 s^-1"},
		{"2*3/s^2", "(2 * 3) s^-2"},
		{"(5 m)/s", "(5 m) s^-1"},
		{"5 m^-2", "5 m^-2"},
		{"5 m^(-2)", "5 m^-2"},
		{"(2 m)^2", "(2 m) ^ 2"},
		{"10^3 m", "(10 ^ 3) m"},
		{"-5 m", "(-5) m"},
		{"-40 degC to degF", "((-40) degC) to degF"},
		{"5 ft to cm", "(5 ft) to cm"},
		{"5 ft + 3 in to cm", "((5 ft) + (3 in)) to cm"},
		{"5 km to m to ft", "((5 km) to m) to ft"},
		{"(5 ft to cm) * 2", "((5 ft) to cm) * 2"},
		{"max(5 ft to cm, 2 m)", "max((5 ft) to cm, 2 m)"},
		{"x to km/h", "x to km/h"},
		{"5 s to 1/h", "(5 s) to h^-1"},
		{"2 pi m", "2 * (pi m)"},
		{"pi x", "pi * x"},
		{"x m", "x m"},
		{"(1/2) m", "(1 / 2) m"},
		{"6 m / 2 s", "(6 m) / (2 s)"},
		{"3 kg * 6 m / 2 s", "((3 kg) * (6 m)) / (2 s)"},
		{"7 m % 2 m", "(7 m) mod (2 m)"},
		{"5 min", "5 min"},
		{"5 min(3)", "5 * min(3)"},
		{"5 µm", "5 um"},
		{"5 kΩ", "5 kohm"},
		{"20 °C", "20 degC"},
		{"20°C", "20 degC"},
		{"68 °F to °C", "(68 degF) to degC"},
		{"30°", "30°"},
		{"sin(30 deg)", "sin(30 deg)"},
		{"[1, 2] m", "[1, 2] m"},
		{"10% of 5 m", "10% of (5 m)"},
		{"100 m + 10%", "(100 m) + 10%"},
		{"(10%) m", "(10%) m"},
		{"2e3 m", "2e3 m"},
		{"5 eV", "5 eV"},
		{"5 m x", "(5 m) * x"},
		{"5 m * x", "(5 m) * x"},
		{"5 m * 2", "(5 m) * 2"},
		{"5 m < 6 m", "(5 m) < (6 m)"},
		{"√(4) m", "sqrt(4) m"},
	} {
		e, err := ParseUnits(tt.src, Limits{}, known{})
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		got := Format(e.Root)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.src, got, tt.want)
		}
		again, err := ParseUnits(got, Limits{}, known{})
		if err != nil {
			t.Errorf("%s: reading %s does not parse: %v", tt.src, got, err)
		} else if f := Format(again.Root); f != got {
			t.Errorf("%s: reading %s becomes %s", tt.src, got, f)
		}
	}
}

func TestAmbiguousUnits(t *testing.T) {
	for _, tt := range []struct {
		src   string
		at    int
		reads []string
	}{
		{"1/2 m", 1, []string{"1 / (2 m)", "(1 / 2) m"}},
		{"x/3 kg", 1, []string{"x / (3 kg)", "(x / 3) kg"}},
		{"7 mod 5 m", 2, []string{"7 mod (5 m)", "(7 mod 5) m"}},
		{"5 J/kg K", 7, []string{"5 J/kg*K", "5 J/kg/K"}},
		{"5 to J/kg K", 10, []string{"5 to J/kg*K", "5 to J/kg/K"}},
		{"√4 m", 0, []string{"sqrt(4) m", "sqrt(4 m)"}},
	} {
		_, err := ParseUnits(tt.src, Limits{}, known{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != Ambiguous || e.Position != tt.at || !slices.Equal(e.Suggestions, tt.reads) {
			t.Errorf("%s: got %+v", tt.src, err)
		}
	}
}

func TestUnitErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		at      int
		message string
	}{
		{"5 ft 3 in", 5, `an operator is missing before "3"`},
		{"5 ft in cm", 5, `"in" is the inch, and directly after a unit it may be meant as a word`},
		{"5 ft to", 7, `"to" needs a unit to its right`},
		{"5 ft to 3", 8, `"to" needs a unit to its right`},
		{"5 ft to cm * 2", 11, `"*" cannot follow the unit behind "to"`},
		{"5 ft to cm (2)", 11, `"(" cannot follow the unit behind "to"`},
		{"5 ft to (cm 2)", 12, "the parentheses of a unit hold nothing but units"},
		{"5 ft to (cm", 11, "the parentheses of a unit hold nothing but units"},
		{"5 ft to cm 2", 11, `an operator is missing before "2"`},
		{"5 m^0.5", 3, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 m^x", 3, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 m^0", 3, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 m^2^3", 3, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 m^100", 3, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 W/(m^50)^2", 4, "the power of a unit is an integer from -99 to 99, not 0"},
		{"5 m!", 3, `"!" cannot follow a unit`},
		{"5 m%", 3, `"%" cannot follow a unit`},
		{"m", 0, `"m" is a unit, and a unit stands directly after a number`},
		{"m * 5", 0, `"m" is a unit, and a unit stands directly after a number`},
		{"5 * m", 4, `"m" is a unit, and a unit stands directly after a number`},
		{"b*h/2", 0, `"b" is a unit, and a unit stands directly after a number`},
		{"5/(m)", 3, `"m" is a unit, and a unit stands directly after a number`},
		{"to m", 0, `"to" needs a value to its left`},
	} {
		_, err := ParseUnits(tt.src, Limits{}, known{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != Syntax || e.Position != tt.at || e.Message != tt.message {
			t.Errorf("%s: got %+v", tt.src, err)
		}
	}
}
