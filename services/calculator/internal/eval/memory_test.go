package eval

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Expressions that are short to write and long to keep are refused before they
// fill the memory.
func TestMemoryIsPaidFor(t *testing.T) {
	times := func(item string, n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	ones := map[string]string{"v": times("1", 5000), "m": "[" + times("1", 5000) + "]"}
	long := map[string]string{"v": times("1", 5000), "a": "2^2000000 + 1"}
	for _, test := range []struct {
		name, src string
		variables map[string]string
	}{
		{"a list of lists", times("v", 5000) + "+1", ones},
		{"an outer product", "[[" + strings.Repeat("1],[", 2900) + "1]]*m", ones},
		{"sums of lists", strings.Repeat("v+", 4900) + "v", ones},
		{"a list of a long integer each", "v+a", long},
		{"long integers", times("2^2e6", 2600), nil},
		{"their opposites", times("-a", 4500), long},
		{"long arguments", "max(" + strings.Repeat("2^2e6,", 2600) + "1)", nil},
		{"reals with long integers", times("a*pi", 3000), long},
		{"long integers in reals", strings.Repeat("ln(2^2e6+3)+", 1200) + "1", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var e *Error
			if r, err := Evaluate(t.Context(), test.src, Options{Expressions: test.variables}); !errors.As(err, &e) || e.Reason != Limit {
				t.Errorf("%v, error %v; want a limit", r, err)
			}
		})
	}
}

// A list that holds another many times is no cheaper than what it stands for,
// in whatever number of steps it is made.
func TestListsOfListsArePaidFor(t *testing.T) {
	ev, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var e *Error
	for i, row := range []string{"1", "r0", "r1"} {
		r, err := ev.Evaluate("[" + strings.Repeat(row+",", 1999) + row + "]")
		switch {
		case i < 2 && err != nil:
			if !errors.As(err, &e) || e.Reason != Limit || i == 0 {
				t.Fatal(err)
			}
			return
		case i == 2:
			t.Errorf("%d items were kept", 2000*2000*2000)
		}
		if err := ev.Keep(fmt.Sprintf("r%d", i), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestModPowIsPaidFor(t *testing.T) {
	ev, err := New(t.Context(), Options{Expressions: map[string]string{"a": "2^4095 + 1", "b": "2^4095 + 3"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{"modpow(a, a, b)", "mod(a^a, b)", "a^a mod b"} {
		before := ev.Arith().Remaining()
		if _, err := ev.Evaluate(src); err != nil {
			t.Fatal(err)
		}
		// 4,096 squares of 64 words and their remainders.
		if spent := before - ev.Arith().Remaining(); spent < 4096*2*64*32 {
			t.Errorf("%s took %d units of work", src, spent)
		}
	}
}

func TestNotesAreFew(t *testing.T) {
	var src []string
	for i := 2; i < 500; i++ {
		src = append(src, fmt.Sprintf("(-%d)^(1/3)", i))
	}
	r, err := Evaluate(t.Context(), strings.Join(src, "+"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Notes); n != maxNotes+1 {
		t.Errorf("%d notes; want %d", n, maxNotes+1)
	}
}
