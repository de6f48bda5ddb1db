package solve

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// problem reads "equation; equation @ from, to".
func problem(t testing.TB, ev *eval.Evaluator, src string) Problem {
	t.Helper()
	src, ends, found := strings.Cut(src, "@")
	p := Problem{Equations: strings.Split(src, ";"), Domain: poly.Complex}
	if !found {
		return p
	}
	p.Interval = new([2]number.Number)
	for i, end := range strings.SplitN(ends, ",", 2) {
		x, err := ev.Number(end)
		if err != nil {
			t.Fatal(err)
		}
		p.Interval[i] = x
	}
	return p
}

func evaluator(t testing.TB, precision int) *eval.Evaluator {
	t.Helper()
	ev, err := eval.New(t.Context(), eval.Options{Precision: precision})
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func show(r *Result) string {
	var all []string
	for _, s := range r.Solutions {
		var values []string
		for i, v := range s.Values {
			text := v.Decimal()
			if q := v.Re.Value.Rat(); q != nil && v.Re.Known && v.Real() {
				text = q.RatString()
			}
			values = append(values, r.Unknowns[i]+"="+text)
		}
		text := strings.Join(values, " ")
		if s.Multiplicity > 1 {
			text += fmt.Sprintf(" (%d)", s.Multiplicity)
		}
		all = append(all, text)
	}
	text := string(r.Kind) + ": " + strings.Join(all, " | ")
	if !r.Complete {
		text += " ..."
	}
	return text
}

// TestSolve has values that school books and OEIS have: A001622 (golden
// ratio), A060006 (plastic number), A003957 (the Dottie number).
func TestSolve(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"x^2 - 5x + 6 = 0", "finite: x=2 | x=3"},
		{"x^2 - 5x + 6", "finite: x=2 | x=3"},
		{"x^2 == 2x - 1", "unique: x=1 (2)"},
		{"2x = 6", "unique: x=3"},
		{"2x/3 + 1/7 = 0", "unique: x=-3/14"},
		{"x + 10% = 110", "unique: x=100"},
		{"15% of x = 45", "unique: x=300"},
		{"0*x = 5", "none: "},
		{"x = x", "family: x=x"},
		{"x = x + 1", "none: "},
		{"x^2 + x + 1 = 0", "finite: x=-0.5 + 0.8660254038i | x=-0.5 - 0.8660254038i"},
		{"1/x + 1/(x+1) = 1", "finite: x=-0.6180339887 | x=1.618033989"},
		{"x^3 - x - 1 = 0", "finite: x=1.324717957 | x=-0.6623589786 + 0.5622795121i | x=-0.6623589786 - 0.5622795121i"},
		{"(x^2-1)/(x-1) = 0", "unique: x=-1"},
		{"(x-1)^3*(x+2)^-1 = 0", "unique: x=1 (3)"},
		{"x/x = 1", "family: x=x"},
		{"sqrt(2)*x^2 = 3x", "finite: x=0 | x=2.121320344"},
		{"pi*x = 1", "unique: x=0.3183098862"},
		{"180° = x", "unique: x=3.141592654"},
		{"pow(x, 3) = -8 @ -10, 10", "unique: x=-2"},
		{"x^2 = 2 @ 0, 5", "unique: x=1.414213562"},
		{"x^2 = 4 @ -2, 2", "finite: x=-2 | x=2"},
		{"x^2 = 2 @ 2, 5", "none: "},

		{"2x + 3y = 7; x - y = 1", "unique: x=2 y=1"},
		{"x + y = 1; x + y = 2", "none: "},
		{"2x + 3y = 7", "family: x=-1.5*y + 3.5 y=y"},
		{"x + y + z = 6; 2y + 5z = -4; 2x + 5y - z = 27", "unique: x=5 y=3 z=-2"},
		{"a*2 = b; b = c + 1; c = a", "unique: a=1 b=2 c=1"},
		{"x + y = 5; x*y = 6", "finite: x=3 y=2 | x=2 y=3"},
		{"x^2 + y^2 = 25; y = x + 1", "finite: x=-4 y=-3 | x=3 y=4"},
		{"x*y = 12; x^2 + y^2 = 25", "finite: x=-3 y=-4 | x=-4 y=-3 | x=4 y=3 | x=3 y=4"},
		{"x*y = 0; x + y^2 = 4", "finite: x=0 y=-2 | x=4 y=0 | x=0 y=2"},
		{"x^2 = 4; x^3 = 8", "unique: x=2"},
		{"1/(x-y) = 1/(x-y); x = y", "none: "},
		{"x/y = 2; x - y = 3", "unique: x=6 y=3"},
		{"x/y = 1; x = 0", "none: "},
		{"x^4 + x - 1 = 0; y = x^2 + 1 ", "finite: x=-1.220744085 y=2.490216120 | x=0.7244919590 y=1.524888599 | " +
			"x=0.2481260628 + 1.033982061i y=-0.007552359378 + 0.5131157956i | x=0.2481260628 - 1.033982061i y=-0.007552359378 - 0.5131157956i"},

		{"x = cos(x) @ 0, 1", "some: x=0.7390851332 ..."},
		{"sin(x) = 0.5 @ 0, 3", "some: x=0.5235987756 | x=2.617993878 ..."},
		{"sin(x) = 0 @ 3, pi", "some: x=3.141592654 ..."},
		{"exp(x) = 3x @ 0, 2", "some: x=0.6190612867 | x=1.512134552 ..."},
		{"ln(x) = -2 @ -1, 1", "some: x=0.1353352832 ..."},
		{"tan(x) = 1 @ 0, 3", "some: x=0.7853981634 ..."},
		{"1/sin(x) = 0 @ 3, 4", "some:  ..."},
		{"floor(x) = 2.5 @ 0, 9", "some:  ..."},
		{"x^0.5 = 2 @ 0, 9", "some: x=4 ..."},
		{"abs(x - 1/3) = 2 @ -5, 5", "some: x=-5/3 | x=7/3 ..."},
		{"2^x = 1000 @ 0, 20", "some: x=9.965784285 ..."},
		{"x^200 = 2 @ 0, 2", "some: x=1.003471749 ..."},
		{"max(x, 2) + min(x, 1) + sum(x, 1) + cbrt(x) + (-x)*50% = 6 @ 1.5, 3", "some: x=1.640981951 ..."},
	} {
		ev := evaluator(t, 10)
		r, err := Solve(ev, problem(t, ev, c.src))
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if got := show(r); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ src, reason, message string }{
		{"x < 3", "syntax", "inequalities"},
		{"x != 3", "syntax", "no equation"},
		{"x = 3 = y", "syntax", `one "="`},
		{"x*", "syntax", "ends where"},
		{"= 3", "syntax", "empty"},
		{"2 = 3", "syntax", "no unknown"},
		{"1/2x = 3", "ambiguous", "(1 / 2) * x or 1 / (2 * x)"},
		{"x(x-1) = 0", "syntax", "x(...)"},
		{"xy = 4; x + y = 4", "ambiguous", "xy is one name"},
		{"sin(x) = 0.5", "domain", "sin(x) is no polynomial"},
		{"sin(x) = y; x + y = 1", "domain", "equation 1: sin(x)"},
		{"2^x = 8", "domain", "2 ^ x is no polynomial"},
		{"x! = 6", "domain", "no polynomial"},
		{"x % 3 = 1", "domain", "no polynomial"},
		{"x^101 = 2", "limit", "degree above 100"},
		{"(x^60)^2 = 2", "limit", "degree 120"},
		{"x/(y - y) = 2", "division_by_zero", "division by zero"},
		{"x^2 + y^2 = 1", "domain", "more unknowns"},
		{"x^2*y + y^3 = 1; x^3 + y^2*x = 2", "domain", "does not reduce"},
		{"x^2 = 4; y*z = 1; z*y = 1", "domain", "leave other unknowns free"},
		{"x = 1 @ 2, 2", "domain", "empty"},
		{"x + y = 1 @ 2, 3", "domain", "one unknown"},
		{"sin(x)^2 + cos(x)^2 = 1 @ 0, 1", "undecided", "equal for every x"},
		{"x = foo(2)", "unknown_name", "foo"},
		{"5 kg*x = 10", "unit_mismatch", "kg is a unit here"},
		{"x + 1 = 3 ft; x = y", "unit_mismatch", "equation 1: ft is a unit here"},
		{"x = 60 km/h", "unit_mismatch", "km is a unit here"},
		{"x to cm = 5", "unit_mismatch", "cm is a unit here"},
		{"sin x = 0.5", "syntax", "sin is a function"},
		{"2 sin^2 x = 1", "syntax", "sin is a function"},
		{"rate(12, x, 100) = rate", "syntax", "rate(...) would call"},
		{"x^2 + 2i*x = 1", "domain", "a number is needed here; this is a complex number"},
	} {
		ev := evaluator(t, 10)
		_, err := Solve(ev, problem(t, ev, c.src))
		var e *eval.Error
		var n *number.Error
		reason := ""
		switch {
		case errors.As(err, &e):
			reason = string(e.Reason)
		case errors.As(err, &n):
			reason = string(n.Kind)
		}
		if err == nil || reason != c.reason || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v (%s); want %q (%s)", c.src, err, reason, c.message, c.reason)
		}
	}
}

func TestVariables(t *testing.T) {
	for _, c := range []struct {
		src   string
		names []string
		want  string
	}{
		{"2*e = 6", []string{"e"}, "unique: e=3"},
		{"m + 2 = 5", nil, "unique: m=3"},
		{"rate*100 = 12", nil, "unique: rate=3/25"},
		{"100 rate = 12", nil, "unique: rate=3/25"},
		{"5 kg = 10", []string{"kg"}, "unique: kg=2"},
		{"kg + 2 = 5", nil, "unique: kg=3"},
		{"5*kg = 10", nil, "unique: kg=2"},
		{"4 mean + 3*mean = 14", nil, "unique: mean=2"},
		{"sin(x) = 0.5", []string{"sin", "x"}, "sin(...) would call a function"},
		{"x + i = 3", []string{"x", "i"}, "family"},
		{"x = i^2", nil, "unique: x=-1"},
		{"x + y = 3", []string{"y", "x"}, "family: y=-x + 3 x=x"},
		{"x + y = 3", []string{"x"}, `the name "y" is not among the variables`},
		{"xy = 3", []string{"x", "y"}, `the name "xy" is not among the variables`},
		{"x = 3", []string{"x", "x"}, "is there twice"},
		{"x = 3", []string{"2"}, "is no name"},
		{"x = 3", []string{"x", "y"}, "family: x=3 y=y"},
	} {
		got := ""
		if r, err := Solve(evaluator(t, 10), Problem{Equations: []string{c.src}, Unknowns: c.names}); err != nil {
			got = err.Error()
		} else {
			got = show(r)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s for %v: %s; want %s", c.src, c.names, got, c.want)
		}
	}
}

func TestNotes(t *testing.T) {
	ev := evaluator(t, 10)
	for src, want := range map[string]string{
		"(x^2-1)/(x-1) = 0":   "x = 1 makes a denominator 0 and is left out",
		"tan(x) = 1 @ 0, 3":   "the change of sign near 1.57080 is not shown to be a root",
		"x/x = 1":             "only where no denominator is 0",
		"ln(x) = -2 @ -1, 1":  "have no value",
		"x + 10% = 110":       "a percentage that is added",
		"floor(x) = 2 @ 0, 8": "every x that was tried from 2 to 2.9921875 is a root; of these only the first and the last are listed",
	} {
		r, err := Solve(ev, problem(t, ev, src))
		if err != nil || !strings.Contains(strings.Join(r.Notes, "\n"), want) {
			t.Errorf("%s: %v, %v; want %q", src, r, err, want)
		}
	}
}

// TestEvenRoots holds that roots at even distances are not taken for a stretch of
// roots.
func TestEvenRoots(t *testing.T) {
	ev := evaluator(t, 10)
	r, err := Solve(ev, problem(t, ev, "sin(pi*x) = 0 @ 0, 1024"))
	if err != nil || len(r.Solutions) < 100 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestResidual puts the solutions in once more, by the evaluator.
func TestResidual(t *testing.T) {
	for _, src := range []string{"x^3 - x - 1 = 0", "x^5 + 3*x = 20", "x^3 + 1/x = 3", "x = cos(x) @ 0, 1", "exp(x) = 3*x @ 0, 2"} {
		ev := evaluator(t, 25)
		p := problem(t, ev, src)
		p.Domain = poly.Real
		r, err := Solve(ev, p)
		if err != nil || len(r.Solutions) == 0 {
			t.Fatal(src, err)
		}
		left, right, _ := strings.Cut(p.Equations[0], "=")
		for _, s := range r.Solutions {
			x, err := ev.Number(s.Values[0].Re.Text)
			if err != nil {
				t.Fatal(err)
			}
			ev.Set("x", x)
			got, err := ev.Evaluate(fmt.Sprintf("abs((%s) - (%s)) <= %s and %[3]s < 1e-20", left, right, s.Residual))
			if err != nil || got.Text != "true" {
				t.Errorf("%s at %s: the bound %s is wrong: %v, %v", src, s.Values[0].Re.Text, s.Residual, got, err)
			}
		}
	}
}

// TestLinearSystems makes systems from their solutions.
func TestLinearSystems(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{2, 5, 12, 30} {
		want := make([]*big.Rat, n)
		for i := range want {
			want[i] = big.NewRat(r.Int64N(199)-99, r.Int64N(9)+1)
		}
		var p Problem
		for range n {
			var b strings.Builder
			sum := new(big.Rat)
			for i := range n {
				c := r.Int64N(19) - 9
				fmt.Fprintf(&b, "%+d*v%d", c, i)
				sum.Add(sum, new(big.Rat).Mul(big.NewRat(c, 1), want[i]))
			}
			p.Equations = append(p.Equations, fmt.Sprintf("%s = %s", b.String(), sum.RatString()))
		}
		for i := range n {
			p.Unknowns = append(p.Unknowns, fmt.Sprintf("v%d", i))
		}
		got, err := Solve(evaluator(t, 0), p)
		if err != nil || got.Kind != Unique {
			t.Fatalf("%d unknowns: %v, %v", n, got, err)
		}
		for i, v := range got.Solutions[0].Values {
			if v.Re.Value.Rat().Cmp(want[i]) != 0 {
				t.Errorf("v%d = %s, want %s", i, v.Re.Text, want[i])
			}
		}
		if got.Solutions[0].Residual != "0" {
			t.Errorf("residual %s", got.Solutions[0].Residual)
		}
	}
}

func FuzzSolve(f *testing.F) {
	for _, s := range []string{
		"x^2-5x+6=0", "2x+3y=7;x-y=1", "x*y=12;x^2+y^2=25", "sin(x)=0.5@0,10", "1/x=0@-1,2", "tan(x)=1@0,4", "x^100=2", "x=x",
		"x^x=2@0,3", "(x+y+z)^9=1;x=y", "x(2)=1", "floor(x)=1@0,3", "x^2=2;x^3=3", "1/(x-1)+1/(1-x)=0", "x^-3=8", "0.1x^7-1e300=x", "x=1e-9@0,1",
	} {
		f.Add(s)
	}
	var opt eval.Options
	opt.Limits.Numbers.Work = 20_000_000
	opt.Precision = 8
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		ev, err := eval.New(ctx, opt)
		if err != nil {
			t.Fatal(err)
		}
		equations, ends, found := strings.Cut(src, "@")
		p := Problem{Equations: strings.Split(equations, ";"), Domain: poly.Complex}
		if found {
			lo, hi, _ := strings.Cut(ends, ",")
			x, err1 := ev.Number(lo)
			y, err2 := ev.Number(hi)
			if err1 != nil || err2 != nil {
				return
			}
			p.Interval = &[2]number.Number{x, y}
		}
		start := time.Now()
		r, err := Solve(ev, p)
		if elapsed := time.Since(start); elapsed > 10*time.Second {
			t.Fatalf("%q took %v", src, elapsed)
		}
		var e *eval.Error
		var n *number.Error
		switch {
		case err == nil:
			if r.Kind == "" || r.Interpretation == "" || len(r.Unknowns) == 0 || r.Kind != Some && (r.Kind == None) != (len(r.Solutions) == 0) {
				t.Fatalf("%q: incomplete result %+v", src, r)
			}
		case !errors.As(err, &e) && !errors.As(err, &n) || err.Error() == "":
			t.Fatalf("%q: bad error %#v", src, err)
		}
	})
}

// The unknowns are counted before they are compared with each other.
func TestManyUnknownsAreRefused(t *testing.T) {
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("x%d", i)
	}
	ev, err := eval.New(t.Context(), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Problem{
		"in an equation": {Equations: []string{strings.Join(names[:2000], "+")}},
		"declared":       {Equations: []string{"x0 = 1"}, Unknowns: names},
	} {
		_, err := Solve(ev, p)
		var e *number.Error
		if !errors.As(err, &e) || e.Kind != number.Limit || !strings.Contains(e.Message, "the limit is 50") {
			t.Errorf("%s: %v; want a limit of 50", name, err)
		}
	}
}

// Reading alone takes work, so that long equations end with the context and
// wait their turn as others do.
func TestReadingTakesWork(t *testing.T) {
	ev, err := eval.New(t.Context(), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Equations: slices.Repeat([]string{"x=" + strings.Repeat("1+", 4000) + "1"}, MaxEquations)}
	before := ev.Arith().Remaining()
	if _, err := Solve(ev, p); err != nil {
		t.Fatal(err)
	}
	if spent := before - ev.Arith().Remaining(); spent < 20*50*8000 {
		t.Errorf("400,000 bytes took %d units of work", spent)
	}
}

func TestExpandingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ev, err := eval.New(ctx, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = Solve(ev, Problem{Equations: []string{"x + 1 = 2"}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want that of the context", err)
	}
}
