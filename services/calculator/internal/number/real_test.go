package number

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// randomExact returns an exact number of a random size, often near 0 or 1.
func randomExact(r *rand.Rand, a *Arith) Number {
	n := Int(r.Int64N(2000) - 1000)
	switch r.IntN(6) {
	case 0:
		return n
	case 1:
		return Frac(r.Int64N(2000)-1000, r.Int64N(1000)+1)
	case 2:
		x, _ := a.ParseDecimal(fmt.Sprintf("%d.%de%d", r.IntN(10), r.IntN(1e9), r.IntN(40)-20))
		return x
	case 3:
		x, _ := a.ParseDecimal(fmt.Sprintf("1.%0*d%d", r.IntN(30), 0, r.IntN(1e9)+1))
		return x
	case 4:
		x, _ := a.ParseDecimal(fmt.Sprintf("%d%de%d", r.IntN(1e9)+1, r.IntN(1e9), r.IntN(30)))
		return x
	}
	return Frac(r.Int64N(1e12)-5e11, r.Int64N(1e12)+1)
}

type unary func(*Arith, Number) (Number, error)

// functions are the operations that make reals.
var functions = []unary{
	(*Arith).Sqrt, (*Arith).Cbrt, (*Arith).Exp, (*Arith).Log, (*Arith).Log2, (*Arith).Log10,
	(*Arith).Sin, (*Arith).Cos, (*Arith).Tan, (*Arith).Asin, (*Arith).Acos, (*Arith).Atan,
	(*Arith).Sinh, (*Arith).Cosh, (*Arith).Tanh, (*Arith).Asinh, (*Arith).Acosh, (*Arith).Atanh,
}

var operations = []func(a *Arith, x, y Number) (Number, error){
	(*Arith).Add, (*Arith).Sub, (*Arith).Mul, (*Arith).Quo, (*Arith).Pow, (*Arith).Mod, (*Arith).LogBase, (*Arith).Atan2, (*Arith).Hypot,
}

// randomReal returns the value of a random expression.
func randomReal(r *rand.Rand, a *Arith, depth int) Number {
	for {
		var x Number
		var err error
		switch {
		case depth == 0 && r.IntN(8) == 0:
			return a.Pi()
		case depth == 0:
			return randomExact(r, a)
		case r.IntN(2) == 0:
			x, err = functions[r.IntN(len(functions))](a, randomReal(r, a, depth-1))
		default:
			x, err = operations[r.IntN(len(operations))](a, randomReal(r, a, depth-1), randomReal(r, a, depth-1))
		}
		if err == nil {
			return x
		}
	}
}

// apart reports whether two balls have no number in common.
func apart(x, y ball) bool {
	e := min(x.e, y.e)
	for _, r := range []mag{x.r, y.r} {
		if r.m != 0 {
			e = min(e, r.e)
		}
	}
	at := func(m *big.Int, f int) *big.Int { return new(big.Int).Lsh(m, uint(max(f-e, 0))) }
	d := new(big.Int).Sub(at(x.m, x.e), at(y.m, y.e))
	r := at(new(big.Int).SetUint64(x.r.m), x.r.e)
	return d.CmpAbs(r.Add(r, at(new(big.Int).SetUint64(y.r.m), y.r.e))) > 0
}

// TestEnclosures evaluates random expressions with few and with many bits:
// both enclosures contain the value, so they meet.
func TestEnclosures(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lim := Limits{Exponent: 2000}
	made := 0
	for i := range 6000 {
		a := New(t.Context(), lim, 34)
		x := randomReal(r, a, 1+i%3)
		if x.IsExact() {
			continue
		}
		p := 20 + r.IntN(300)
		low, err := a.enclose(x, p)
		if errors.Is(err, errImprecise) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		// A fresh Arith has no constants of its own; the memory of x holds low.
		high, err := New(t.Context(), lim, 34).enclose(x, 3*p+200)
		if errors.Is(err, errImprecise) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		made++
		if low.top() > 20000 || high.top() > 20000 {
			continue
		}
		if apart(low, high) {
			t.Fatalf("%s: %d bits give %v±%v*2^%d, more bits %v", describe(x), p, low.m, low.r, low.e, high.m)
		}
	}
	if made < 1000 {
		t.Fatalf("only %d expressions could be compared", made)
	}
}

// describe writes the structure of x for the message of a failed test.
func describe(x Number) string {
	c, terms := x.terms()
	s := ""
	if !c.IsZero() || len(terms) == 0 {
		s = c.rat().RatString()
	}
	for _, t := range terms {
		s += fmt.Sprintf(" + %s*op%d(%s; %s)", t.q.rat().RatString(), t.b.op, describe(t.b.x), describe(t.b.y))
	}
	return s
}

// TestCorrectRounding compares 34 digits with the rounding of 80 digits.
func TestCorrectRounding(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	compared := 0
	for i := range 4000 {
		x := randomReal(r, New(t.Context(), Limits{Exponent: 2000}, 34), 1+i%2)
		if x.IsExact() {
			continue
		}
		a := New(t.Context(), Limits{}, 34)
		short, err := a.Text(x, 34)
		if err != nil {
			continue
		}
		long, err := New(t.Context(), Limits{}, 34).Text(x, 80)
		if err != nil {
			t.Fatal(err)
		}
		y, err := a.ParseDecimal(long.Decimal)
		if err != nil {
			t.Fatal(err)
		}
		d, err := a.roundRat(y.rat(), 34, HalfEven)
		if err != nil {
			t.Fatal(err)
		}
		compared++
		if d.text().String() != short.Decimal {
			t.Errorf("%s: 34 digits %s, 80 digits %s", describe(x), short.Decimal, long.Decimal)
		}
	}
	if compared < 1000 {
		t.Fatalf("only %d numbers could be compared", compared)
	}
}
