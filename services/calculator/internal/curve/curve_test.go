package curve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// sampled samples the function src of x.
func sampled(t *testing.T, src, from, to string, evaluations int) (*Curve, error) {
	t.Helper()
	ev, err := eval.New(t.Context(), eval.Options{Precision: 17, RealOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ends := [2]number.Number{}
	for i, s := range []string{from, to} {
		if ends[i], err = ev.Number(s); err != nil {
			t.Fatal(err)
		}
	}
	x, err := parse.Parse(src, parse.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return Sample(ev.Arith(), func(v number.Number) (number.Number, error) {
		ev.Set("x", v)
		return ev.NumberOf(x.Root)
	}, ends[0], ends[1], evaluations)
}

// places writes ranges of x to ten digits.
func places(ranges []Range) string {
	var parts []string
	for _, r := range ranges {
		s := fmt.Sprintf("%.10g", tidy(r.From))
		if to := fmt.Sprintf("%.10g", tidy(r.To)); to != s {
			s += ".." + to
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func tidy(x float64) float64 {
	if math.Abs(x) < 1e-15 {
		return 0
	}
	return x
}

// TestFeatures holds zeros, gaps and extremes that elementary calculus gives.
func TestFeatures(t *testing.T) {
	for _, tt := range []struct {
		src, from, to   string
		zeros, gaps     string
		min, max        string
		parts           int
		cut, incomplete bool
	}{
		{src: "sin(x)", from: "-2pi", to: "2pi", zeros: "-6.283185307 -3.141592654 0 3.141592654 6.283185307", min: "4.71239 -1", max: "-4.71239 1", parts: 1},
		{src: "x^3 - 2x + 1", from: "-3", to: "3", zeros: "-1.618033989 0.6180339887 1", min: "-3 -20", max: "3 22", parts: 1},
		{src: "(x - 1/3)^2", from: "-1", to: "1", min: "0.333333 0", max: "-1 1.77778", parts: 1},
		{src: "tan(x)", from: "-5", to: "5", zeros: "-3.141592654 0 3.141592654",
			gaps: "-4.71238898 pole, -1.570796327 pole, 1.570796327 pole, 4.71238898 pole", parts: 5, cut: true},
		{src: "1/x", from: "-10", to: "10", gaps: "0 pole", parts: 2, cut: true},
		{src: "1/x", from: "0", to: "10", gaps: "0 pole", min: "10 0.1", parts: 1, cut: true},
		{src: "1/(x - 0.0037)", from: "-10", to: "10", gaps: "0.0037 pole", parts: 2, cut: true},
		{src: "1/(x - 0.0037)^2", from: "-10", to: "10", gaps: "0.0037 pole", min: "-10 0.0099926", parts: 1, cut: true},
		{src: "sqrt(x)", from: "-10", to: "10", zeros: "0", gaps: "-10..0 undefined", min: "0 0", max: "10 3.16228", parts: 1},
		{src: "log(x)", from: "-1", to: "10", zeros: "1", gaps: "-1..0 pole", max: "10 2.30259", parts: 1, cut: true},
		{src: "sin(x)/x", from: "-4", to: "4", zeros: "-3.141592654 3.141592654", gaps: "0 undefined", min: "-4 -0.189201", max: "0 1", parts: 2},
		{src: "floor(x)", from: "-1.5", to: "2.5", zeros: "0..1", gaps: "-1 jump, 0 jump, 1 jump, 2 jump", min: "-1.5 -2", max: "2 2", parts: 5},
		{src: "sign(x - 0.013)", from: "-1", to: "1", zeros: "0.013", gaps: "0.013 jump", min: "-1 -1", max: "0.0130001 1", parts: 3},
		{src: "x - floor(x)", from: "-0.5", to: "2", zeros: "0 1 2", gaps: "0 jump, 1 jump, 2 jump", min: "0 0", parts: 4},
		{src: "mod(x, pi)", from: "1", to: "5", gaps: "3.141592654 jump", min: "3.14159 0", parts: 2},
		{src: "atan(1000x)", from: "-5", to: "5", zeros: "0", min: "-5 -1.5706", max: "5 1.5706", parts: 1},
		{src: "cbrt(x - 1/3)", from: "-1", to: "1", zeros: "0.3333333333", min: "-1 -1.10064", max: "1 0.87358", parts: 1},
		{src: "exp(x)", from: "-10", to: "1000", gaps: "690.7755279..1000 undefined", min: "-10 4.53999e-05", parts: 1, cut: true},
		{src: "5", from: "-1", to: "1", min: "-1 5", max: "-1 5", parts: 1},
		{src: "factorial(x)", from: "0.5", to: "2.5", gaps: "0.5..1 undefined, 1..2 undefined, 2..2.5 undefined", min: "1 1", max: "2 2", parts: 2},
	} {
		c, err := sampled(t, tt.src, tt.from, tt.to, 4000)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		var gaps []string
		for _, g := range c.Gaps {
			gaps = append(gaps, places([]Range{g.Range})+" "+string(g.Kind))
		}
		extreme := func(p *Point) string {
			if p == nil {
				return ""
			}
			if math.Abs(p.Y) < 1e-12 {
				p.Y = 0
			}
			return fmt.Sprintf("%.6g %.6g", tidy(p.X), p.Y)
		}
		_, _, cut := c.View()
		got := []any{places(c.Zeros), strings.Join(gaps, ", "), extreme(c.Min), extreme(c.Max), len(c.Parts), cut, c.MoreZeros}
		want := []any{tt.zeros, tt.gaps, tt.min, tt.max, tt.parts, tt.cut, tt.incomplete}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.src, diff)
		}
	}
}

// TestLevel holds that the place of an extreme has no digits that its value does
// not depend on: those of pi/2 and 1.2345 are right to the last.
func TestLevel(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want Point
	}{
		{"1 - sin(x)", Point{1.57079633, 0}},
		{"abs(x - 1.2345)", Point{1.2345, 0}},
		{"(x - 1/3)^2", Point{0.33333333, 0}},
	} {
		c, err := sampled(t, tt.src, "0", "3", 4000)
		if err != nil || c.Min == nil || math.Abs(c.Min.X-tt.want.X) > 1e-15 || math.Abs(c.Min.Y) > 1e-13 {
			t.Errorf("%s: the minimum is %+v, %v; want %+v", tt.src, c.Min, err, tt.want)
		}
	}
}

// TestPoints holds that points are the nearest doubles at exact decimals, in
// order, and dense where the curve bends.
func TestPoints(t *testing.T) {
	c, err := sampled(t, "x/10", "0", "1", 2000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Even {
		// x is k/1000 and the value k/10000, both to be rounded once.
		if k := math.Round(p.X * 10000); p.X != k/10000 || p.Y != k/100000 {
			t.Errorf("(%v, %v)", p.X, p.Y)
		}
	}
	c, err = sampled(t, "tanh10", "0", "1", 2000)
	if err == nil {
		t.Errorf("an unknown name gives %d samples", c.Samples)
	}
	c, err = sampled(t, "atan(300(x - 1/2))", "0", "1", 4000)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range c.Parts {
		for i := 1; i < len(part); i++ {
			if part[i].X <= part[i-1].X || math.Abs(part[i].Y-part[i-1].Y) > 0.4 {
				t.Errorf("a step from %v to %v", part[i-1], part[i])
			}
		}
	}
}

// TestBounds holds that samples are bounded, the same each time, and said to be
// too few where they are.
func TestBounds(t *testing.T) {
	for _, src := range []string{"sin(1/x)", "sin(2000x)", "tan(50x)", "factorial(floor(20x)) mod 7"} {
		c, err := sampled(t, src, "-1", "10", 2000)
		if strings.HasPrefix(src, "fact") {
			c, err = sampled(t, src, "0", "10", 2000)
		}
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		n := 0
		for _, p := range c.Parts {
			n += len(p)
		}
		if c.Samples > 2200 || n > 2000 || len(c.Zeros) > MaxZeros || len(c.Gaps) > MaxGaps {
			t.Errorf("%s: %d samples, %d points, %d zeros, %d gaps", src, c.Samples, n, len(c.Zeros), len(c.Gaps))
		}
	}
	first, err := sampled(t, "tan(50x)", "-1", "10", 2000)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := sampled(t, "tan(50x)", "-1", "10", 2000)
	if !first.Restless || !first.MoreZeros || !reflect.DeepEqual(first, again) {
		t.Errorf("tan(50x): restless %v, more zeros %v, or not the same twice", first.Restless, first.MoreZeros)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct{ src, from, to, want string }{
		{"sqrt(-1 - x^2)", "0", "1", "not real"},
		{"x", "1", "1", "empty"},
		{"x", "2", "1", "empty"},
		{"x", "10^12", "10^12 + 1/10", "too narrow"},
		{"x", "0", "10^305", "beyond 1e300"},
		{"x > 1", "0", "3", "truth value"},
		{"y", "0", "1", "unknown"},
	} {
		c, err := sampled(t, tt.src, tt.from, tt.to, 1000)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s from %s to %s: %v, %v; want %q", tt.src, tt.from, tt.to, c, err, tt.want)
		}
	}
}

// TestEnd holds that sampling ends with its context, and with the budget.
func TestEnd(t *testing.T) {
	identity := func(x number.Number) (number.Number, error) { return x, nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sample(number.New(ctx, number.Limits{}, 0), identity, number.Int(0), number.Int(1), 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	a := number.New(t.Context(), number.Limits{Work: 5000}, 0)
	var e *number.Error
	if _, err := Sample(a, func(x number.Number) (number.Number, error) { return a.Exp(x) }, number.Int(0), number.Int(1), 1000); !errors.As(err, &e) || e.Kind != number.Limit {
		t.Errorf("without budget: %v", err)
	}
}
