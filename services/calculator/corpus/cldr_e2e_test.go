//go:build e2e

package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// cldrPackage has the unit conversions of CLDR 48 in JSON, unitsPackage those
// of CLDR 41 as test cases (unitsTest.txt).
const (
	cldrPackage  = "cldr-core@48.2.0"
	unitsPackage = "unicode-cldr-core"
)

// cldrNames are ours of CLDR's units where they are not the same: most of those
// are the names that are refused here because they have other meanings too.
var cldrNames = map[string]string{
	"arc-minute": "arcmin", "arc-second": "arcsec", "barrel": "bbl", "british-thermal-unit": "Btu_th",
	"british-thermal-unit-it": "Btu", "bu-jp": "bu_jp", "bushel": "us_bushel", "calorie": "cal_th", "calorie-it": "cal_it",
	"kilocalorie": "kcal_th", "foodcalorie": "kcal_th", "cho": "cho_jp", "cup": "us_cup", "cup-imperial": "imperial_cup",
	"cup-jp": "cup_jp", "cup-metric": "metric_cup",
	"dram": "us_fluid_dram", "drop": "us_drop", "dunam": "dunam", "fluid-ounce": "us_fl_oz",
	"fluid-ounce-imperial": "imperial_fl_oz", "fluid-ounce-metric": "fl_oz_metric", "fun": "fun_jp", "g-force": "g_n",
	"gallon": "us_gallon", "gallon-imperial": "imperial_gallon", "horsepower": "hp_mech", "jigger": "us_jigger",
	"jo-jp": "jo_jp", "koku": "koku_jp", "light-speed": "speed_of_light", "mile-scandinavian": "scandinavian_mile",
	"ounce": "oz_av", "ounce-troy": "oz_troy", "pint": "us_pint", "pint-imperial": "imperial_pint",
	"pint-metric": "metric_pint", "point": "dtp_point", "pound-force": "lbf", "quart": "us_quart",
	"quart-imperial": "imperial_quart", "ri-jp": "ri_jp", "rin": "rin_jp", "sai": "sai_jp", "se-jp": "se_jp",
	"shaku": "shaku_volume", "shaku-cloth": "shaku_cloth", "shaku-length": "shaku", "sun": "sun_jp",
	"tablespoon": "us_tbsp", "teaspoon": "us_tsp", "therm-us": "therm_us", "to-jp": "to_jp", "ton": "short_ton",
	"metric-ton": "tonne", "millimeter-ofhg": "mmHg", "inch-ofhg": "inHg", "liter-per-100-kilometer": "L/100km",
	"part": "1", "portion": "1", "permillion": "ppm", "permyriad": "permyriad", "item": "mol", "acre-foot": "acre_foot",
	"100-kilometer": "km", "degree": "deg", "kilogram-force": "kgf", "earth-radius": "R_earth", "solar-radius": "R_sun",
	"solar-luminosity": "L_sun", "earth-mass": "M_earth", "solar-mass": "M_sun",
}

// without are the units of CLDR that are left out here, with the reason.
var without = map[string]string{
	"beaufort":                "a scale of ranges, not a unit: refused",
	"year":                    "has no fixed length: refused, with the unambiguous ones",
	"month":                   "has no fixed length: refused",
	"quarter":                 "has no fixed length: refused",
	"decade":                  "has no fixed length: refused",
	"century":                 "has no fixed length: refused",
	"year-person":             "as a year",
	"month-person":            "as a month",
	"week-person":             "a week of a grammar, not another unit",
	"day-person":              "a day of a grammar, not another unit",
	"night":                   "counts nights",
	"dot":                     "counts dots",
	"pixel":                   "counts pixels",
	"megapixel":               "counts pixels",
	"em":                      "depends on the font",
	"gasoline-energy-density": "an energy by volume that was agreed on for fuel labels",
	"ofglucose":               "the molar mass of one substance",
	"dessert-spoon":           "has no agreed size: refused",
	"dessert-spoon-imperial":  "has no agreed size: refused",
	"pinch":                   "has no agreed size: refused",
	"ofhg":                    "half of the unit inch-ofhg, which is there",
}

// otherwise are the units whose value differs from CLDR's, with the reason.
var otherwise = map[string]string{
	"hertz":             "a cycle is not a revolution here: a frequency is 1/s, and rpm needs rev/s",
	"kilohertz":         "as hertz",
	"megahertz":         "as hertz",
	"gigahertz":         "as hertz",
	"lumen":             "a steradian is not 1 here: 1 lm is 1 cd sr, and no cd",
	"lux":               "as lumen",
	"cup-jp":            "200 mL, as in Japanese recipes; CLDR has 100 mL",
	"dalton":            "CODATA 2022 here; CLDR has that of 2006, and 41 its energy",
	"electronvolt":      "exact since 2019; CLDR rounds",
	"ounce-troy":        "480 grains, which is 31.1034768 g; CLDR rounds",
	"solar-mass":        "GM of the IAU by G of CODATA 2022",
	"earth-mass":        "GM of the IAU by G of CODATA 2022",
	"shaku-length":      "10/33 m by Japanese law; CLDR's 4/121 contradicts its tsubo of 36 square shaku",
	"shaku-cloth":       "as shaku-length",
	"sun":               "as shaku-length",
	"rin":               "as shaku-length",
	"ken":               "as shaku-length",
	"jo-jp":             "as shaku-length",
	"ri-jp":             "as shaku-length",
	"radian":            "pi is exact here; CLDR 41 takes 411557987/131002976",
	"astronomical-unit": "exact since 2012; CLDR 41 rounds",
	"light-year":        "exact; CLDR 41 rounds",
	"parsec":            "exact since 2015; CLDR 41 rounds",
}

// onlyIn41 are the deviations that CLDR has done away with.
var onlyIn41 = []string{"radian", "astronomical-unit", "light-year", "parsec"}

var errLeftOut = errors.New("left out")

// cldrUnit returns the unit of an identifier of CLDR such as
// "kilogram-square-meter-per-cubic-second", and by what it is to be multiplied.
func cldrUnit(id string) (u units.Unit, scale number.Number, err error) {
	scale = number.Int(1)
	words := strings.Split(id, "-")
	sign, exp := 1, 1
	for len(words) > 0 {
		switch w := words[0]; {
		case w == "per":
			sign, words = -1, words[1:]
			continue
		case w == "square" || w == "cubic" || strings.HasPrefix(w, "pow"):
			exp = map[string]int{"square": 2, "cubic": 3, "pow4": 4}[w]
			words = words[1:]
			continue
		}
		n := len(words)
		for ; n > 0; n-- {
			name := strings.Join(words[:n], "-")
			if without[name] != "" {
				return u, scale, errLeftOut
			}
			v, err := units.Lookup(name)
			if o := cldrNames[name]; o != "" {
				v, err = units.Parse(o)
			}
			if err != nil {
				continue
			}
			switch name {
			case "item":
				scale = number.FromRat(new(big.Rat).SetFrac(big.NewInt(1), avogadro))
			case "100-kilometer":
				scale = number.Int(100)
			}
			if v, err = v.Pow(sign * exp); err != nil {
				return u, scale, err
			}
			if u, err = u.Mul(v); err != nil {
				return u, scale, err
			}
			break
		}
		if n == 0 {
			return u, scale, fmt.Errorf("%s: the unit %s is unknown", id, words[0])
		}
		words, exp = words[n:], 1
	}
	return u, scale, nil
}

var avogadro, _ = new(big.Int).SetString("602214076000000000000000", 10)

// cldrNumber computes a factor of CLDR: products over a product, of numbers and
// constants.
func cldrNumber(a *number.Arith, expr string, constants map[string]string) (number.Number, error) {
	over, under, _ := strings.Cut(expr, "/")
	v := number.Int(1)
	for i, side := range []string{over, under} {
		for word := range strings.SplitSeq(side, "*") {
			word = strings.ReplaceAll(strings.TrimSpace(word), ",", "")
			if word == "" {
				continue
			}
			x, err := a.ParseDecimal(strings.ToLower(word))
			switch c := constants[word]; {
			case word == "PI":
				x, err = a.Pi(), nil
			case c != "":
				x, err = cldrNumber(a, c, constants)
			}
			if err != nil {
				return number.Number{}, err
			}
			if i == 0 {
				v, err = a.Mul(v, x)
			} else {
				v, err = a.Quo(v, x)
			}
			if err != nil {
				return number.Number{}, err
			}
		}
	}
	return v, nil
}

// A tally counts what became of the cases.
type tally struct{ equal, other, absent int }

// check compares a factor, and the offset of a temperature, with ours.
func (c *tally) check(t *testing.T, a *number.Arith, id, base string, factor, offset number.Number) {
	t.Helper()
	from, scale, err := cldrUnit(id)
	to, baseScale, baseErr := cldrUnit(base)
	if errors.Is(err, errLeftOut) || errors.Is(baseErr, errLeftOut) {
		c.absent++
		return
	}
	if err = errors.Join(err, baseErr); err != nil {
		t.Error(err)
		return
	}
	at := func(x number.Number) number.Number {
		x, err := a.Mul(x, scale)
		if err != nil {
			t.Fatal(err)
		}
		r, err := units.Convert(a, x, from, to)
		if err != nil {
			if otherwise[id] == "" {
				t.Errorf("%s to %s: %v", id, base, err)
			}
			return number.Int(-1)
		}
		v, err := a.Quo(r.Value, baseScale)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	want, err := a.Add(factor, offset)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Cmp(at(number.Int(1)), want)
	switch equal := err == nil && s == 0; {
	case equal && otherwise[id] != "" && !slices.Contains(onlyIn41, id):
		t.Errorf("%s is equal; it is listed because %s", id, otherwise[id])
	case equal:
		c.equal++
	case otherwise[id] != "":
		c.other++
	default:
		got, _ := a.Text(at(number.Int(1)), 0)
		w, _ := a.Text(want, 0)
		t.Errorf("1 %s is %s %s; CLDR has %s (%v)", id, got.Decimal, base, w.Decimal, err)
	}
}

// report holds the numbers, and documents them as those of a corpus.
func (c *tally) report(t *testing.T, corpus, source string, want tally) {
	t.Helper()
	if *c != want {
		t.Errorf("got %+v, want %+v", *c, want)
	}
	tabled(t, corpus, source, count(c.equal+c.other+c.absent), count(c.equal+c.other),
		fmt.Sprintf("%d, and %d otherwise by design", c.equal, c.other), counts(map[string]int{"of units that are left out": c.absent}))
}

// deviations is a table of units by the reason that they share.
func deviations(units map[string]string) string {
	reasons := make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(units)) {
		reasons[units[name]] = append(reasons[units[name]], "`"+name+"`")
	}
	var rows []string
	for reason, names := range reasons {
		rows = append(rows, "| "+strings.Join(names, ", ")+" | "+reason+" |\n")
	}
	slices.Sort(rows)
	return "| CLDR's unit | reason |\n|---|---|\n" + strings.Join(rows, "")
}

// TestCLDR compares every unit of CLDR 48 with the table: the factors are equal
// as numbers, pi being pi.
func TestCLDR(t *testing.T) {
	a := number.New(t.Context(), number.Limits{}, 0)
	var data struct {
		Supplemental struct {
			UnitConstants map[string]struct {
				Value string `json:"_value"`
			} `json:"unitConstants"`
			ConvertUnits map[string]struct {
				Base   string `json:"_baseUnit"`
				Factor string `json:"_factor"`
				Offset string `json:"_offset"`
			} `json:"convertUnits"`
		} `json:"supplemental"`
	}
	if err := json.Unmarshal(npmFile(t, cldrPackage, "package/supplemental/units.json"), &data); err != nil {
		t.Fatal(err)
	}
	constants := make(map[string]string)
	for name, c := range data.Supplemental.UnitConstants {
		constants[name] = c.Value
	}
	var c tally
	for id, u := range data.Supplemental.ConvertUnits {
		factor, err := cldrNumber(a, u.Factor, constants)
		if err != nil {
			t.Fatalf("%s: %s: %v", id, u.Factor, err)
		}
		offset := number.Int(0)
		if u.Offset != "" {
			if offset, err = cldrNumber(a, u.Offset, constants); err != nil {
				t.Fatalf("%s: %s: %v", id, u.Offset, err)
			}
		}
		c.check(t, a, id, u.Base, factor, offset)
	}
	c.report(t, "CLDR 48, `units.json`", "npm `"+cldrPackage+"`", tally{equal: 119, other: 16, absent: 20})
	documented(t, "units-otherwise", deviations(otherwise))
	documented(t, "units-absent", deviations(without))
}

// TestCLDRUnitsTest plays the cases of unitsTest.txt: the rational factor has to
// be ours.
func TestCLDRUnitsTest(t *testing.T) {
	a := number.New(t.Context(), number.Limits{}, 0)
	var c tally
	for line := range strings.Lines(debianFile(t, unitsPackage, "/usr/share/unicode/cldr/common/testData/units/unitsTest.txt")) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Split(line, ";")
		if len(fields) < 5 {
			continue
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		// "5/9 * x - 2,298.35/9": what is written as subtracted is where the
		// scale begins, in the unit y.
		expr, begin, _ := strings.Cut(fields[3], " * x")
		factor, err := cldrNumber(a, expr, nil)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		offset := number.Int(0)
		if begin = strings.TrimPrefix(begin, " - "); begin != "" {
			if offset, err = cldrNumber(a, begin, nil); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		c.check(t, a, fields[1], fields[2], factor, offset)
	}
	c.report(t, "CLDR 41, `unitsTest.txt`", "Debian `"+unitsPackage+"`", tally{equal: 151, other: 15, absent: 22})
}
