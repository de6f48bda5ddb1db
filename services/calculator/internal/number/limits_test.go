package number

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"testing"
)

// countdown is a context that ends after it was looked at n times.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	c.n--
	if c.n <= 0 {
		return context.Canceled
	}
	return nil
}

// heavy are operations that take milliseconds at least.
var heavy = map[string]func(a *Arith) error{
	"factorial": func(a *Arith) error { _, err := a.Factorial(Int(100_000)); return err },
	"pow":       func(a *Arith) error { _, err := a.Pow(Int(7), Int(700_000)); return err },
	"root":      func(a *Arith) error { _, err := a.Cbrt(FromBigInt(cube)); return err },
	"pi":        func(a *Arith) error { _, err := a.Text(a.Pi(), 20_000); return err },
	"exp": func(a *Arith) error {
		x, err := a.Exp(Frac(1, 3))
		if err == nil {
			_, err = a.Text(x, 5000)
		}
		return err
	},
	"log": func(a *Arith) error {
		x, err := a.Log(Int(3))
		if err == nil {
			_, err = a.Text(x, 5000)
		}
		return err
	},
	"sin": func(a *Arith) error {
		x, err := a.Sin(Int(1))
		if err == nil {
			_, err = a.Text(x, 5000)
		}
		return err
	},
	"chain": func(a *Arith) error {
		x, err := a.Sin(Int(1))
		for range 60 {
			if err == nil {
				x, err = a.Sin(x)
			}
		}
		if err == nil {
			_, err = a.Text(x, 1000)
		}
		return err
	},
}

// cube is a perfect cube of 1,200,000 bits.
var cube = new(big.Int).Exp(big.NewInt(1<<40+15), big.NewInt(30_000), nil)

func TestCancelledMidway(t *testing.T) {
	for name, f := range heavy {
		ctx := &countdown{t.Context(), 3}
		err := f(New(ctx, Limits{Digits: 20_000}, 0))
		var e *Error
		if !errors.As(err, &e) || e.Kind != Cancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if ctx.n != 0 {
			t.Errorf("%s: went on after the end of the context, or never looked (%d)", name, ctx.n)
		}
	}
}

func TestWorkIsBounded(t *testing.T) {
	for name, f := range heavy {
		var e *Error
		if err := f(New(t.Context(), Limits{Digits: 20_000, Work: 200_000}, 0)); !errors.As(err, &e) || e.Kind != Limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWorkIsDeterministic holds that a calculation costs the same each time,
// so that what is refused once is refused always.
func TestWorkIsDeterministic(t *testing.T) {
	for name, f := range heavy {
		a, b := New(t.Context(), Limits{Digits: 20_000}, 0), New(t.Context(), Limits{Digits: 20_000}, 0)
		if err := errors.Join(f(a), f(b)); err != nil {
			t.Fatal(name, err)
		}
		if a.work != b.work {
			t.Errorf("%s: %d steps left, then %d", name, a.work, b.work)
		}
	}
}

func TestLongChains(t *testing.T) {
	c := newCalc(t)
	x, y := Int(1), Int(0)
	for k := int64(1); k <= 3000; k++ {
		x = c.must(c.Mul(x, c.must(c.Add(c.Pi(), Int(k)))))
		y = c.must(c.Add(y, c.must(c.Sqrt(Int(k)))))
	}
	if got := c.text(y); got != "109571.6905034092768986679499003956" {
		t.Errorf("the sum of square roots is %s", got)
	}
	if got := c.text(x); got != "4.852974375128945180978532137144741e9140" {
		t.Errorf("the product is %s", got)
	}
	z := Int(1)
	var err error
	for err == nil {
		z, err = c.Sin(c.must(c.Add(z, Int(1))))
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind != Limit {
		t.Error(err)
	}
}

// TestNumbersAreShared evaluates one number in several goroutines.
func TestNumbersAreShared(t *testing.T) {
	c := newCalc(t)
	x := c.must(c.Sin(c.must(c.Exp(c.must(c.Sqrt(Int(2)))))))
	var wg sync.WaitGroup
	texts := make([]string, 8)
	for i := range texts {
		wg.Go(func() {
			s, err := New(t.Context(), Limits{}, 0).Text(x, 20+5*(i%2))
			if err == nil {
				texts[i] = s.Decimal
			}
		})
	}
	wg.Wait()
	for i, s := range texts {
		if s != texts[i%2] || s == "" {
			t.Errorf("goroutine %d: %q", i, s)
		}
	}
}
