package verify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func judgeClaim(t testing.TB, claim string, opt Options) (*Result, error) {
	ev, err := eval.New(t.Context(), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Claim(ev, claim, opt)
}

// TestClaim has claims whose verdict follows from school arithmetic, and the
// words that explain it.
func TestClaim(t *testing.T) {
	for _, c := range []struct {
		claim   string
		want    Verdict
		explain string
	}{
		{"2 + 2 = 4", True, "both sides are 4"},
		{"2 + 2 = 5", False, "rounded to an integer it is 4"},
		{"17% of 2350 = 399.5", True, "both sides are 399.5"},
		{"17% of 2350 is 399.5", True, ""},
		{"17% of 2350 equals 400", Rounded, "rounded to an integer it is 400"},
		{"0.1 + 0.2 = 0.3", True, ""},
		{"0.1 + 0.2 == 0.30000000000000004", False, ""},
		{"1,250 * 2 = 2,500", True, ""},
		{"9007199254740993 = 9007199254740992", False, ""},
		{"1250 * (1 + 19%) = 1487.5", True, ""},

		{"1/3 = 0.33", Rounded, "0.333333333333; rounded to 2 decimals it is 0.33"},
		{"1/3 = 0.34", False, "that is not what is written: rounded to 2 decimals it is 0.33"},
		{"2/3 = 0.66", False, "that is truncated: rounded to 2 decimals it is 0.67"},
		{"2/3 = 0.67", Rounded, ""},
		{"0.67 = 2/3", Rounded, ""},
		{"-2/3 = -0.67", Rounded, ""},
		{"-2/3 = -0.66", False, "truncated"},
		{"1/6 = 16.7%", Rounded, "16.6666666667%; rounded to 1 decimal it is 16.7%"},
		{"1/6 = 16.6%", False, "truncated"},
		{"0.333 = 33%", Rounded, ""},
		{"50% = 0.5", True, ""},
		{"pi = 3.14159", Rounded, ""},
		{"pi = 3.1415", False, "truncated"},
		{"pi ≈ 22/7", Undetermined, "give a tolerance"},
		{"pi ≈ 3.14", Rounded, ""},
		{"3.14159 = 3.14", Rounded, ""},
		{"3.14 = 3.14159", Rounded, ""},
		{"2pi = 6.283", Rounded, ""},
		{"sqrt(2) = 1.4142135623730951", False, "1.4142135623730950488; that is not what is written: rounded to 16 decimals it is 1.4142135623730950"},
		{"sqrt(2)^2 = 2", True, ""},
		{"2/3 = 0.6670", False, "0.6667"},
		{"2/4 = 0.500", True, ""},
		{"1999.996 = 2000.00", Rounded, "2000.00"},
		{"2^100 = 1.2676506e30", Rounded, "a multiple of 10^23"},
		{"2^100 = 1.2676506 × 10^30", Rounded, ""},
		{"1/3 = 3.33 × 10^-1", Rounded, ""},
		{"299792458 ≈ 300000000", Rounded, "a multiple of 10^8"},
		{"299792458 = 300000000", False, ""},
		{"2/7 = 4/14", True, ""},
		{"2/7 = 5/14", False, "2/7 is 0.285714285714, 5/14 is 0.357142857143"},

		{"2.5 = 3", Rounded, "rounded half up to an integer it is 3, rounded half to even it is 2"},
		{"2.5 = 2", Rounded, "rounded half to even to an integer it is 2, rounded half up it is 3"},
		{"3.5 = 4", Rounded, "rounded to an integer it is 4"},
		{"-2.5 = -3", Rounded, "rounded half up"},
		{"0.125 = 0.13", Rounded, "rounded half up"},
		{"0.125 = 0.12", Rounded, "rounded half to even"},
		{"2.675 = 2.68", Rounded, "rounded to 2 decimals"},
		{"1.005 * 100 = 100.5", True, ""},

		{"1/3 < 0.34", True, ""},
		{"1/3 < 0.33", False, ""},
		{"2^10 >= 1024", True, ""},
		{"2^10 > 1024", False, ""},
		{"pi is greater than 3", True, ""},
		{"22/7 is less than pi", False, ""},
		{"1/3 != 0.33", True, ""},
		{"2 + 2 is not 5", True, ""},
		{"5 ≤ 5", True, ""},
		{"e^pi is at least pi^e", True, ""},

		{"1 + 1 = 4/2 = 2", True, ""},
		{"2/3 = 4/6 = 0.67", Rounded, ""},
		{"1 + 1 = 2 = 3", False, ""},
		{"1 < 2 < 3 < 3", False, ""},
		{"(1 < 2) = true", True, ""},

		{"6/2(1+2) = 9", Undetermined, "(6 / 2) * (1 + 2) = 9 is true; 6 / (2 * (1 + 2)) = 9 is false"},
		{"6/2(1+2) = 8", False, ""},
		{"5!=120", True, ""},
		{"4!=25", Undetermined, "4 != 25 is true; 4! = 25 is false"},
		{"5! = 120", True, ""},
		{"1/0 = 5", Undetermined, "has no value: division by zero"},
		{"9^9^9^9 = 1", Undetermined, "has no value"},
		{"sin(1)^2 + cos(1)^2 = 1", Undetermined, "agree in all digits"},

		// A mile is 1.609344 km, an inch 2.54 cm, and water boils at 212 °F.
		{"5 mi = 8.04672 km", True, "both sides are 8.04672 km"},
		{"5 mi = 8.05 km", Rounded, "the value is 8.04672 km; rounded to 2 decimals it is 8.05 km"},
		{"5 mi = 8.04 km", False, "truncated"},
		{"8 km = 2.5 mi + 2.5 mi", Rounded, "rounded to an integer it is 8 km"},
		{"3.14159 m = 3.14 m", Rounded, ""},
		{"3.14 m = 3.14159 m", Rounded, ""},
		{"5 ft + 3 in = 160 cm", Rounded, "the value is 160.02 cm"},
		{"212 degF = 100 degC", True, "both sides are 100 degC"},
		{"100 degF = 37.8 degC", Rounded, ""},
		{"100 degF = 37.7 degC", False, "rounded to 1 decimal it is 37.8 degC"},
		{"60 mi/h * 2 h = 120 mi", True, ""},
		{"1 mi > 1.6 km", True, "1 mi is 1.609344 km, 1.6 km"},
		{"1 in < 2.54 cm", False, ""},

		// e^(i*pi/3) = 1/2 + sqrt(3)/2*i, and sqrt(3)/2 = 0.8660254...
		{"e^(i*pi/3) = 0.5 + 0.866i", Rounded, "imaginary part: the value is 0.866025403784"},
		{"e^(i*pi/3) = 0.5 - 0.866i", False, ""},
		{"e^(i*pi/3) = 0.4 + 0.866i", False, "real part: the value is 0.5"},
		{"sqrt(-2) = 1.414i", Rounded, ""},
		{"(1 + i)^2 = 2i", True, ""},
	} {
		r, err := judgeClaim(t, c.claim, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.claim, err)
			continue
		}
		if r.Verdict != c.want || !strings.Contains(r.Explanation, c.explain) {
			t.Errorf("%s: %s: %s; want %s: %s", c.claim, r.Verdict, r.Explanation, c.want, c.explain)
		}
	}
}

func TestOptions(t *testing.T) {
	mode := func(m number.Rounding) Options { return Options{Rounding: &m} }
	tolerance := func(num, den int64, relative bool) Options {
		x := number.Frac(num, den)
		return Options{Tolerance: &x, Relative: relative}
	}
	for _, c := range []struct {
		claim string
		opt   Options
		want  Verdict
	}{
		{"2.5 = 3", mode(number.HalfEven), False},
		{"2.5 = 2", mode(number.HalfEven), Rounded},
		{"2.5 = 3", mode(number.HalfUp), Rounded},
		{"2.5 = 2", mode(number.HalfUp), False},
		{"2/3 = 0.66", mode(number.TowardZero), Rounded},
		{"1/3 = 0.34", mode(number.Ceiling), Rounded},
		{"pi = 3.14", tolerance(1, 100, false), True},
		{"pi = 3.14", tolerance(1, 1000, false), False},
		{"pi ≈ 22/7", tolerance(1, 1000, true), True},
		{"100 = 101", tolerance(1, 100, true), True},
		{"100 = 102", tolerance(1, 100, true), False},
		{"5 ft = 1.5 m", tolerance(2, 100, true), True},
		{"5 ft = 1.5 m", tolerance(1, 100, true), False},
		{"5 ft = 150 cm", tolerance(5, 2, false), True},
		{"5 ft = 150 cm", tolerance(2, 1, false), False},
		{"5 mi = 8.1 km", tolerance(1, 100, true), True},
		{"5 mi = 8.1 km", tolerance(1, 20, false), False},
		{"5 mi = 8.1 km", tolerance(6, 100, false), True},
	} {
		r, err := judgeClaim(t, c.claim, c.opt)
		if err != nil || r.Verdict != c.want {
			t.Errorf("%s with %+v: %v, %v; want %s", c.claim, c.opt, r, err, c.want)
		}
	}
}

func TestNegativeTolerance(t *testing.T) {
	x := number.Frac(-1, 10)
	var e *eval.Error
	if r, err := judgeClaim(t, "5 = 5.1", Options{Tolerance: &x}); !errors.As(err, &e) || e.Reason != eval.Domain {
		t.Errorf("got %v, %v", r, err)
	}
}

// A tolerance decides = and !=, which are never both true, and where it does not
// count a note says so.
func TestToleranceOfRelations(t *testing.T) {
	x := number.Frac(1, 10)
	const ordered, real = "not used for <, <=, > and >=", "for real numbers and quantities only"
	for _, c := range []struct {
		claim string
		want  Verdict
		note  string
	}{
		{"5 = 5.1", True, ""}, {"5 != 5.1", False, ""}, {"5 = 5.11", False, ""}, {"5 != 5.11", True, ""}, {"5 != 5", False, ""},
		{"pi != 3.14", False, ""}, {"5 != 5.05 != 6", False, ""}, {"1 m != 105 cm", True, ""},
		{"5 < 5.05", True, ordered}, {"5.05 <= 5", False, ordered}, {"5 > 5.05", False, ordered}, {"5.05 >= 5", True, ordered},
		{"5 = 5.05 < 6 < 7", True, ordered}, {"i = 1.01i", False, real}, {"1/0 = 5", Undetermined, ""},
	} {
		r, err := judgeClaim(t, c.claim, Options{Tolerance: &x})
		if err != nil {
			t.Errorf("%s: %v", c.claim, err)
			continue
		}
		notes := strings.Join(r.Notes, "|")
		if r.Verdict != c.want || !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") || len(r.Notes) > 1 {
			t.Errorf("%s: %s, %q; want %s", c.claim, r.Verdict, r.Notes, c.want)
		}
	}
}

func TestReadings(t *testing.T) {
	for claim, want := range map[string]string{
		"17% of 2350 is about 400": "17% of 2350 ≈ 400",
		"2^3 equals 2*2*2":         "2 ^ 3 = 2 * 2 * 2",
		"1 =< 2":                   "1 <= 2",
		"max(1, 2) = 2":            "max(1, 2) = 2",
	} {
		r, err := judgeClaim(t, claim, Options{})
		if err != nil || r.Interpretation != want {
			t.Errorf("%s: %v, %v; want %s", claim, r, err, want)
		}
	}
	r, err := judgeClaim(t, "5!=120", Options{})
	if err != nil || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "5! = 120 is true") {
		t.Errorf("the other reading of 5!=120 is not in %v, %v", r, err)
	}
}

func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		claim    string
		reason   eval.Reason
		position int
	}{
		{"2 + 2", eval.Syntax, 0},
		{"= 4", eval.Syntax, 0},
		{"2 + 2 =", eval.Syntax, 7},
		{"2 + 2 = foo", eval.UnknownName, 8},
		{"2 + = 4", eval.Syntax, 4},
		{"1 = 1 kg = 5 m", eval.UnitMismatch, 0},
		{"5 kg = 5 m", eval.UnitMismatch, 0},
		{"1" + strings.Repeat("=1", 30), eval.Limit, 0},
	} {
		_, err := judgeClaim(t, c.claim, Options{})
		var e *eval.Error
		if !errors.As(err, &e) || e.Reason != c.reason || e.Position != c.position {
			t.Errorf("%s: %#v; want %s at %d", c.claim, err, c.reason, c.position)
		}
	}
}

func FuzzClaim(f *testing.F) {
	for _, s := range []string{
		"2+2=4", "17% of 2350 is 399.5", "6/2(1+2) = 9", "5!=120", "1/3 ≈ 0.33", "1<2<3", "1/0=1", "a is b", "2.5=3", "1=1=1=1", "~", "2 × 10^3 = 2000",
		"1e300 = 1e-300", "(1<2) = true", "[1] = [1]", "-0.5% = -0.005", "is", "1 is not is 2", "9^9^9^9 = 1e400", "1e99999 = 1.0000000", "3^9H = 1",
		"5 mi = 8.05 km", "212 degF is 100 degC", "e^(i*pi/3) = 0.5 - 0.866i", "1 m/s = 3.6 km/h < 2 km/h", "5 = 5 m", "1 ton = 1000 kg",
	} {
		f.Add(s)
	}
	var opt eval.Options
	opt.Limits.Numbers.Work = 20_000_000
	f.Fuzz(func(t *testing.T, claim string) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ev, err := eval.New(ctx, opt)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		r, err := Claim(ev, claim, Options{})
		if elapsed := time.Since(start); elapsed > 2*time.Second {
			t.Fatalf("%q took %v", claim, elapsed)
		}
		if err == nil && (r.Explanation == "" || r.Interpretation == "" || len(r.Links) == 0 || weight(r.Verdict) < 0) {
			t.Fatalf("%q: incomplete result %+v", claim, r)
		}
		var e *eval.Error
		var n *number.Error
		if err != nil && !errors.As(err, &e) && !errors.As(err, &n) {
			t.Fatalf("%q: bad error %#v", claim, err)
		}
	})
}
