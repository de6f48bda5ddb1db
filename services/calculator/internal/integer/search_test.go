package integer

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// source makes tests repeatable.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func randomBits(r *rand.Rand, bits int) *big.Int {
	x := big.NewInt(1)
	for x.BitLen() < bits {
		x.Lsh(x, 1).SetBit(x, 0, r.Uint()&1)
	}
	return x
}

func randomPrime(r *rand.Rand, bits int) *big.Int {
	for {
		if x := randomBits(r, bits); x.ProbablyPrime(0) {
			return x
		}
	}
}

func TestResidues(t *testing.T) {
	r := source(1)
	for _, bits := range []int{17, 61, 62, 63, 64, 126, 127, 190, 191, 254, 255, 300, 1000} {
		n := randomBits(r, bits)
		n.SetBit(n, 0, 1)
		f := newResidues(n)
		value := func(x []uint64) *big.Int {
			z := f.element()
			z[0] = 1
			f.mul(z, x, z) // x/R
			v := raw(z)
			return v.Mod(v, n)
		}
		for range 200 {
			x, y := new(big.Int).Mod(randomBits(r, bits+3), n), new(big.Int).Mod(randomBits(r, bits+5), n)
			fx, fy, z := f.from(x), f.from(y), f.element()
			check := func(name string, want *big.Int) {
				t.Helper()
				if got := value(z); got.Cmp(want.Mod(want, n)) != 0 || raw(z).Cmp(raw(f.twice)) >= 0 {
					t.Fatalf("%s of %s and %s modulo %s = %s, want %s", name, x, y, n, got, want)
				}
			}
			f.mul(z, fx, fy)
			check("product", new(big.Int).Mul(x, y))
			f.add(z, fx, fy)
			check("sum", new(big.Int).Add(x, y))
			f.sub(z, fx, fy)
			check("difference", new(big.Int).Sub(x, y))
			if new(big.Int).GCD(nil, nil, x, n).Cmp(one) == 0 {
				if !f.invert(z, fx) {
					t.Fatalf("%s has an inverse modulo %s", x, n)
				}
				check("inverse", new(big.Int).ModInverse(x, n))
			}
		}
	}
}

// Each method splits products of two primes by itself.
func TestDivisors(t *testing.T) {
	r := source(2)
	curves := planECM(ecmLevels[0])
	for _, tt := range []struct {
		name       string
		bits, more int // of the two primes
		find       func(*effort, *big.Int) (*big.Int, error)
	}{
		{"rho", 17, 30, func(e *effort, x *big.Int) (*big.Int, error) {
			d, err := rho(e, x.Uint64())
			return new(big.Int).SetUint64(d), err
		}},
		{"rho", 30, 31, func(e *effort, x *big.Int) (*big.Int, error) {
			d, err := rho(e, x.Uint64())
			return new(big.Int).SetUint64(d), err
		}},
		{"curves", 40, 200, func(e *effort, x *big.Int) (*big.Int, error) {
			f := newResidues(x)
			for sigma := int64(6); sigma < 200; sigma++ {
				if d, err := curves.tryCurve(e, f, sigma); d != nil || err != nil {
					return d, err
				}
			}
			return nil, nil
		}},
		{"sieve", 50, 51, quadraticSieve},
		{"sieve", 60, 62, quadraticSieve},
		{"sieve", 30, 110, quadraticSieve},
	} {
		for range 5 {
			p, q := randomPrime(r, tt.bits), randomPrime(r, tt.more)
			x := new(big.Int).Mul(p, q)
			d, err := tt.find(newEffort(number.New(t.Context(), number.Limits{}, 0)), x)
			if err != nil || d == nil || d.Cmp(p) != 0 && d.Cmp(q) != 0 {
				t.Errorf("%s finds %v of %s = %s * %s: %v", tt.name, d, x, p, q, err)
			}
		}
	}
}

// The factors of random numbers multiply to them and are prime by the tests of
// math/big.
func TestFactorizeRandom(t *testing.T) {
	r := source(3)
	for bits := 2; bits < 110; bits++ {
		a := number.New(t.Context(), number.Limits{}, 0)
		x := randomBits(r, bits)
		f, err := Factorize(a, number.FromBigInt(x))
		if err != nil || !f.Complete() {
			t.Fatalf("%s: %+v %v", x, f, err)
		}
		product := big.NewInt(1)
		for _, p := range f.Factors {
			q := p.Prime.BigInt()
			if !q.ProbablyPrime(10) || !p.Proved && bits < 80 {
				t.Errorf("%s: the factor %+v", x, p)
			}
			product.Mul(product, q.Exp(q, big.NewInt(p.Exponent), nil))
		}
		if product.Cmp(x) != 0 {
			t.Errorf("%s: the product of the factors is %s", x, product)
		}
	}
}

func TestFactorizeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := number.New(ctx, number.Limits{}, 0)
	reports, left := 0, int64(0)
	a.OnProgress(func(done, _ float64, message string) {
		if message == "" {
			t.Error("progress without a message")
		}
		if reports++; reports == 20 {
			left = a.Remaining()
			cancel()
		}
	})
	r := source(4)
	x := new(big.Int).Mul(randomPrime(r, 200), randomPrime(r, 210))
	_, err := Factorize(a, number.FromBigInt(x))
	if spent := left - a.Remaining(); !errors.Is(err, context.Canceled) || spent > 50_000_000 {
		t.Errorf("%v, after %d more units of work", err, spent)
	}
}

// A lateContext has a deadline in the past that has not been noticed yet.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// A search ends before the call's time does, with what it has found.
func TestFactorizeKeepsDeadline(t *testing.T) {
	a := number.New(lateContext{t.Context()}, number.Limits{}, 0)
	r := source(5)
	x := new(big.Int).Mul(randomPrime(r, 200), randomPrime(r, 210))
	f, err := Factorize(a, number.FromBigInt(x.Mul(x, big.NewInt(7))))
	if err != nil || f.Complete() || len(f.Factors) != 1 {
		t.Errorf("%+v %v", f, err)
	}
	if spent := a.Limits().Work - a.Remaining(); spent > 50_000_000 {
		t.Errorf("%d units of work without a look at the clock", spent)
	}
}

func BenchmarkFactorize(b *testing.B) {
	for _, digits := range []int{20, 30, 40, 50} {
		r := source(uint64(digits))
		half := digits * 332 / 200
		x := number.FromBigInt(new(big.Int).Mul(randomPrime(r, half), randomPrime(r, half)))
		b.Run(fmt.Sprintf("%d digits", digits), func(b *testing.B) {
			for b.Loop() {
				if f, err := Factorize(number.New(b.Context(), number.Limits{}, 0), x); err != nil || !f.Complete() {
					b.Fatal(f, err)
				}
			}
		})
	}
}
