package units

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func arith(ctx context.Context) *number.Arith { return number.New(ctx, number.Limits{}, 0) }

func parsed(t *testing.T, src string) Unit {
	t.Helper()
	u, err := Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return u
}

// The factors of NIST Special Publication 811 (2008), appendix B.8, with the
// seven digits that it prints, or all of those it prints in bold type, which
// are exact.
func TestFactorsOfNIST(t *testing.T) {
	const list = `
abampere 1e1 A|abcoulomb 1e1 coulomb|abfarad 1e9 farad|abhenry 1e-9 H|abohm 1e-9 ohm|abvolt 1e-8 V
ac_us 4.046873e3 m^2|Ah 3.6e3 coulomb|angstrom 1e-10 m|are 1e2 m^2|atm 1.01325e5 Pa|at 9.80665e4 Pa
bar 1e5 Pa|barn 1e-28 m^2|bbl 1.589873e-1 m^3|biot 1e1 A|Btu 1.05505585262e3 J|Btu_th 1.054350e3 J
Btu/h 2.930711e-1 W|Btu_th/h 2.928751e-1 W|Btu/(lb*degF) 4.1868e3 J/(kg*K)|Btu_th/(lb*degR) 4.184e3 J/(kg*K)
bu_us 3.523907e-2 m^3|cal_it 4.1868 J|cal_th 4.184 J|carat 2e-4 kg|cmHg 1.333224e3 Pa|cmH2O 9.80665e1 Pa
us_survey_chain 2.011684e1 m|cmil 5.067075e-10 m^2|clo 1.55e-1 m^2*K/W|cord 3.624556 m^3|ft^3 2.831685e-2 m^3
cfm 4.719474e-4 m^3/s|in^3 1.638706e-5 m^3|mi^3 4.168182e9 m^3|yd^3 7.645549e-1 m^3|cup_us 2.365882e-4 m^3|curie 3.7e10 Bq
darcy 9.869233e-13 m^2|day 8.64e4 s|debye 3.335641e-30 coulomb*m|deg 1.745329e-2 rad|denier 1.111111e-7 kg/m|dyn 1e-5 N
eV 1.602176634e-19 J|erg 1e-7 J|us_survey_fathom 1.828804 m|us_fl_oz 2.957353e-5 m^3|ft 3.048e-1 m|ft_us 3.048006e-1 m
footcandle 1.076391e1 lx|footlambert 3.426259 cd/m^2|ftH2O 2.989067e3 Pa|ft/h 8.466667e-5 m/s|ft*lbf 1.355818 J|ft_lbf/min 2.259697e-2 W
franklin 3.335641e-10 coulomb|galileo 1e-2 m/s^2|gal_imp 4.54609e-3 m^3|gal_us 3.785412e-3 m^3|gauss 1e-4 T|gilbert 7.957747e-1 A
gi_imp 1.420653e-4 m^3|gi_us 1.182941e-4 m^3|gon 1.570796e-2 rad|grain 6.479891e-5 kg|gf/cm^2 9.80665e1 Pa|hectare 1e4 m^2
hp_mech 7.456999e2 W|hp_electric 7.46e2 W|hp_metric 7.354988e2 W|hour 3.6e3 s|cwt_uk 5.080235e1 kg|cwt_us 4.535924e1 kg
inch 2.54e-2 m|inHg 3.386389e3 Pa|inH2O 2.490889e2 Pa|kayser 1e2 1/m|kgf 9.80665 N|kgf*m 9.80665 J|kgf/mm^2 9.80665e6 Pa
kph 2.777778e-1 m/s|kWh 3.6e6 J|kip 4.448222e3 N|ksi 6.894757e6 Pa|knot 5.144444e-1 m/s|lambert 3.183099e3 cd/m^2|langley 4.184e4 J/m^2
ly 9460730472580800 m|litre 1e-3 m^3|maxwell 1e-8 Wb|mho 1 S|microinch 2.54e-8 m|micron 1e-6 m|thou 2.54e-5 m|angular_mil 9.817477e-4 rad
mi 1.609344e3 m|mi_us 1.609347e3 m|mpg_us 4.251437e5 m/m^3|mph 4.4704e-1 m/s|mbar 1e2 Pa|mmHg 1.333224e2 Pa|mmH2O 9.80665 Pa
arcmin 2.908882e-4 rad|nmi 1.852e3 m|oersted 7.957747e1 A/m|oz_av 2.834952e-2 kg|oz_troy 3.110348e-2 kg|imp_fl_oz 2.841306e-5 m^3
ozf 2.780139e-1 N|ozf*in 7.061552e-3 N*m|pc 3.085678e16 m|pk_us 8.809768e-3 m^3|dwt 1.555174e-3 kg|phot 1e4 lx
dtp_pica 4.233333e-3 m|american_pica 4.217518e-3 m|pt_us_dry 5.506105e-4 m^3|pt_us 4.731765e-4 m^3|dtp_point 3.527778e-4 m|american_point 3.514598e-4 m
poise 1e-1 Pa*s|lb 4.5359237e-1 kg|lbt 3.732417e-1 kg|poundal 1.382550e-1 N|lb*ft^2 4.214011e-2 kg*m^2|lbf 4.448222 N|lbf*ft 1.355818 N*m
lbf/lb 9.80665 N/kg|psf 4.788026e1 Pa|psi 6.894757e3 Pa|lb/ft^3 1.601846e1 kg/m^3|lb/gal_us 1.198264e2 kg/m^3|lb/hp_mech/h 1.689659e-7 kg/J
quad 1.055056e18 J|qt_us_dry 1.101221e-3 m^3|qt_us 9.463529e-4 m^3|rad_dose 1e-2 Gy|rem 1e-2 Sv|rev 6.283185 rad|rpm 1.047198e-1 rad/s
rhe 1e1 1/(Pa*s)|us_survey_rod 5.029210 m|roentgen 2.58e-4 coulomb/kg|arcsec 4.848137e-6 rad|shake 1e-8 s|slug 1.459390e1 kg
slug/(ft*s) 4.788026e1 Pa*s|ft^2 9.290304e-2 m^2|mi^2 2.589988e6 m^2|statcoulomb 3.335641e-10 coulomb|statvolt 2.997925e2 V|stere 1 m^3
stilb 1e4 cd/m^2|stokes 1e-4 m^2/s|tbsp_us 1.478676e-5 m^3|tsp_us 4.928922e-6 m^3|tex 1e-6 kg/m|therm_ec 1.05506e8 J|therm_us 1.054804e8 J
assay_ton_us 2.916667e-2 kg|long_ton 1.016047e3 kg|long_ton/yd^3 1.328939e3 kg/m^3|tonne 1e3 kg|ton_of_refrigeration 3.516853e3 W
register_ton 2.831685 m^3|short_ton 9.071847e2 kg|ton_of_tnt 4.184e9 J|torr 1.333224e2 Pa|W*h 3.6e3 J|W/in^2 1.550003e3 W/m^2|yd 9.144e-1 m
`
	a := arith(t.Context())
	for _, line := range strings.FieldsFunc(list, func(r rune) bool { return r == '\n' || r == '|' }) {
		words := strings.Fields(line)
		u, si := parsed(t, words[0]), parsed(t, words[2])
		c, err := Convert(a, number.Int(1), u, si)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		mantissa, exp, _ := strings.Cut(words[1], "e")
		want, err := a.ParseDecimal(words[1])
		if err != nil {
			t.Fatal(err)
		}
		got := c.Value
		if len(mantissa) == len("1.234567") {
			e, _ := strconv.Atoi(cmp.Or(exp, "0"))
			if got, err = a.Round(got, 6-e, number.HalfEven); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := a.Cmp(got, want); err != nil || s != 0 {
			text, _ := a.Text(c.Value, 12)
			t.Errorf("1 %s is %s %s; NIST has %s", words[0], text.Decimal, words[2], words[1])
		}
	}
}

// each calls f with every unit of the table, without and with each prefix.
func each(f func(u Unit)) {
	for _, d := range table().defs {
		f(d.unit(nil))
		for _, p := range prefixes {
			if d.set&p.sets != 0 {
				f(d.unit(p))
			}
		}
	}
}

// A symbol that a text shows means the same unit when it is read.
func TestSymbolsAreRead(t *testing.T) {
	n := 0
	each(func(u Unit) {
		n++
		v, err := Parse(u.String())
		if err != nil || !v.f.quo(u.f).isOne() || v.dim != u.dim || v.String() != u.String() {
			t.Errorf("%s (%s) is read as %s (%s): %v", u, u.FactorText(), v, v.FactorText(), err)
		}
	})
	if n < 1200 {
		t.Errorf("%d units with prefixes", n)
	}
}

func TestEveryNameIsRead(t *testing.T) {
	for _, d := range table().defs {
		for _, name := range slices.Concat(d.symbols, d.names) {
			if _, err := Lookup(name); err != nil {
				t.Errorf("Lookup(%q): %v", name, err)
			}
			spellings := []string{name}
			if !strings.ContainsAny(name, "0123456789") {
				spellings = append(spellings, strings.ReplaceAll(name, "_", " "), strings.ReplaceAll(name, "_", "-"))
			}
			for _, spelled := range spellings {
				u, err := Parse(spelled)
				if err != nil || !u.f.quo(d.f).isOne() {
					t.Errorf("Parse(%q) = %v: %v", spelled, u, err)
				}
			}
		}
	}
}

// A name with a prefix that is also a name without one, or with another prefix,
// would be a guess. The ones that there are follow a convention.
func TestNamesWithPrefixesAreDistinct(t *testing.T) {
	conventions := map[string]string{
		"PS": "the metric horsepower, not a petasiemens",
		"au": "the astronomical unit, not an attodalton",
		"fL": "refused", "kt": "refused", "pH": "refused",
	}
	r := table()
	meaning := make(map[string]string)
	for name := range r.exact {
		meaning[name] = "exact"
	}
	add := func(stem string, e entry, long bool) {
		for _, p := range prefixes {
			symbols, names := p.spellings()
			if long {
				symbols = names
			}
			for _, s := range symbols {
				if e.set()&p.sets == 0 {
					continue
				}
				if old, ok := meaning[s+stem]; ok && conventions[s+stem] == "" {
					t.Errorf("%s is %s%s and %s", s+stem, s, stem, old)
				}
				meaning[s+stem] = s + " " + stem
			}
		}
	}
	for name, e := range r.exact {
		if e.short || e.refusal != nil {
			add(name, e, false)
		}
		if e.long {
			add(name, e, true)
		}
	}
	for name, e := range r.stems {
		add(name, e, false)
	}
	for name := range conventions {
		if _, _, ok := r.entry(name); !ok {
			t.Errorf("%s means nothing any more", name)
		}
	}
}

// What a refusal says to write has to be a unit.
func TestRefusalsHaveAlternatives(t *testing.T) {
	for _, r := range Refusals() {
		if len(r.Alternatives) == 0 && (r.Reason == "" || r.Hint == "") {
			t.Errorf("%v: no alternative, reason %q, hint %q", r.Names, r.Reason, r.Hint)
		}
		for _, alt := range r.Alternatives {
			if _, err := Lookup(alt); err != nil {
				t.Errorf("%v: %v", r.Names, err)
			}
		}
		for _, name := range r.Names {
			if _, err := Lookup(name); err == nil {
				t.Errorf("%s is not refused", name)
			}
		}
	}
}

func TestConfusionsNameDimensions(t *testing.T) {
	names := make(map[string]bool)
	for _, name := range dimensionNames() {
		names[name] = true
	}
	for _, c := range confusions {
		if !names[c.from] || !names[c.to] {
			t.Errorf("%s and %s: no such dimension", c.from, c.to)
		}
	}
}

// Each conversion within a dimension, there and back, gives the value itself.
func TestRoundTripsAreExact(t *testing.T) {
	a := arith(t.Context())
	byKind := make(map[string][]Unit)
	for _, d := range table().defs {
		u := d.unit(nil)
		byKind[u.dim.Formula()] = append(byKind[u.dim.Formula()], u)
	}
	x, n := number.Frac(12345, 7), 0
	for _, list := range byKind {
		for i, u := range list {
			for _, v := range []Unit{list[0], list[(i+1)%len(list)], list[(i+7)%len(list)]} {
				c, err := Convert(a, x, u, v)
				if err != nil {
					continue
				}
				back, err := Convert(a, c.Value, v, u)
				if err != nil {
					t.Errorf("%s to %s and back: %v", u, v, err)
					continue
				}
				if s, err := a.Cmp(back.Value, x); err != nil || s != 0 {
					t.Errorf("%s to %s and back is not exact: %v", u, v, err)
				}
				n++
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d round trips", n)
	}
}

func TestCounts(t *testing.T) {
	if n := len(All()); n < 400 {
		t.Errorf("%d units", n)
	}
	for _, r := range All() {
		if r.Symbol == "" || r.Dimension == "" || r.Factor == "" || strings.Contains(r.Dimension, "*") && r.Name != "darcy" && r.Name != "rhe" {
			t.Errorf("the row %+v is incomplete", r)
		}
	}
	if n := len(Prefixes()); n != 34 {
		t.Errorf("%d prefixes", n)
	}
}

func TestDimensionNamesAreDistinct(t *testing.T) {
	if got, want := len(dimensionNames()), len(dimensionRows); got != want {
		t.Errorf("%d dimensions have %d names", got, want)
	}
}

func ExampleConvert() {
	a := number.New(context.Background(), number.Limits{}, 0)
	from, _ := Parse("mi/h")
	to, _ := Parse("km/h")
	c, _ := Convert(a, number.Int(60), from, to)
	text, _ := a.Text(c.Value, 0)
	fmt.Println(text.Decimal, to, "=", c.Formula)
	// Output: 96.56064 km/h = value * 25146/15625
}
