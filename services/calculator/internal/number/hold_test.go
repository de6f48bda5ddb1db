package number

import "testing"

func TestHoldTakesWork(t *testing.T) {
	a := New(t.Context(), Limits{}, 0)
	long, err := a.Pow(Int(2), Int(2_000_000))
	if err != nil {
		t.Fatal(err)
	}
	real, err := a.Add(long, a.Pi())
	if err != nil {
		t.Fatal(err)
	}
	fraction, err := a.Pow(Frac(2, 3), Int(40_000))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		x     Number
		least int64
	}{
		{"an integer of 31,250 words", long, 31_250 * wordHeld},
		{"a real with it", real, 31_250*wordHeld + realHeld},
		{"a fraction of 625 and 990 words", fraction, 1_615 * wordHeld},
		{"a short integer", Int(7), 0},
	} {
		before := a.Remaining()
		if err := a.Hold(test.x); err != nil {
			t.Fatal(err)
		}
		if spent := before - a.Remaining(); spent < test.least || spent > test.least+10*wordHeld {
			t.Errorf("%s: %d units of work; want about %d", test.name, spent, test.least)
		}
	}
}

// Writing the digits of a long integer takes longer than to find that they are
// too many for a closed form.
func TestLongNumbersHaveNoClosedForm(t *testing.T) {
	a := New(t.Context(), Limits{}, 0)
	long, err := a.Pow(Int(2), Int(300))
	if err != nil {
		t.Fatal(err)
	}
	for _, make := range []func(x, y Number) (Number, error){a.Add, a.Mul} {
		x, err := make(long, a.Pi())
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { symbolic(x) }); n != 0 {
			t.Errorf("%g allocations to refuse a closed form", n)
		}
	}
}
