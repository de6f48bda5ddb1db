package poly

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// TestGCD finds the factor that two products have in common; random ones have
// no other.
func TestGCD(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 40 {
		a := arith(t, 0)
		common := random(r, 1+r.IntN(6), 1+r.IntN(200))
		f := product(t, a, common, random(r, 1+r.IntN(8), 40))
		g := product(t, a, common, random(r, 1+r.IntN(8), 100))
		h, err := f.GCD(a, g)
		if err != nil {
			t.Fatal(err)
		}
		want, err := common.GCD(a, Poly{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range max(len(h.c), len(want.c)) {
			if c, _ := a.Cmp(h.Coefficient(i), want.Coefficient(i)); c != 0 {
				t.Fatalf("the coefficients of x^%d differ: %v, %v", i, h, want)
			}
		}
		q, ok, err := f.Quo(a, h)
		if err != nil || !ok || q.Degree() != f.Degree()-h.Degree() {
			t.Errorf("the divisor does not divide: %v, %v", ok, err)
		}
	}
}

func TestQuo(t *testing.T) {
	a := arith(t, 0)
	p := of(t, a, "1/2", "-1/2", "-3")
	if q, ok, err := p.Quo(a, of(t, a, "1/7", "-3/7")); !ok || err != nil || q.Degree() != 1 || q.Coefficient(0) != number.Int(2) {
		t.Errorf("(x-3)(x+2)/2 by (x-3)/7: %v, %v, %v", q, ok, err)
	}
	if _, ok, err := p.Quo(a, of(t, a, "1", "1")); ok || err != nil {
		t.Errorf("x+1 divides: %v, %v", ok, err)
	}
	if v, err := p.At(a, number.Frac(1, 3)); err != nil || v.Rat().RatString() != "-28/9" {
		t.Errorf("p(1/3) = %v, %v", v, err)
	}
}

// An endingContext ends when it has been asked so many times.
type endingContext struct {
	context.Context
	polls int
}

func (c *endingContext) Err() error {
	if c.polls--; c.polls < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel ends roots that would take long.
func TestCancel(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, p := range []Poly{
		mignotte(t, arith(t, 0), 100, "1000000"),
		random(r, 100, 3000),
		product(t, arith(t, 0), random(r, 50, 300), random(r, 50, 300)),
	} {
		ctx := &endingContext{t.Context(), 5}
		a := number.New(ctx, number.Limits{}, 1000)
		_, err := p.Roots(a, 0, Complex)
		var e *number.Error
		if !errors.As(err, &e) || e.Kind != number.Cancelled {
			t.Errorf("%v", err)
		}
		// Two looks are about a millisecond of work apart, or one long operation.
		if spent := a.Limits().Work - a.Remaining(); spent > 100_000_000 || ctx.polls < -2 {
			t.Errorf("the end came after %d units of work and %d looks more", spent, -ctx.polls)
		}
	}
}
