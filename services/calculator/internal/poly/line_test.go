package poly

import (
	"math/big"
	"testing"
)

func TestSimplest(t *testing.T) {
	for _, c := range []struct{ lo, hi, want string }{
		{"1/3", "1/2", "1/2"},
		{"3/10", "2/5", "1/3"},
		{"-1/10", "1/10", "0"},
		{"-22/7", "-3", "-3"},
		{"314/100", "315/100", "22/7"},
		{"3141592/1000000", "3141593/1000000", "355/113"},
		{"5", "6", "5"},
		{"51/10", "59/10", "11/2"},
		{"2/7", "2/7", "2/7"},
	} {
		lo, _ := new(big.Rat).SetString(c.lo)
		hi, _ := new(big.Rat).SetString(c.hi)
		if got, ok := Simplest(lo, hi); !ok || got.RatString() != c.want {
			t.Errorf("from %s to %s: %s, %v; want %s", c.lo, c.hi, got.RatString(), ok, c.want)
		}
	}
	tiny := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(one, 200))
	if got, ok := Simplest(tiny, tiny); ok {
		t.Errorf("a fraction of 200 bits counts as simple: %s", got)
	}
}
