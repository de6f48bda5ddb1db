//go:build e2e

package corpus

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// The factor command of GNU coreutils finds the same factors of random numbers
// of 64 to 100 bits.
func TestFactorsOfCoreutils(t *testing.T) {
	r := rand.New(rand.NewPCG(64, 100))
	args := make([]string, 200)
	for i := range args {
		x := new(big.Int).SetUint64(r.Uint64() | 1<<63)
		x.Lsh(x, 36).Or(x, new(big.Int).SetUint64(r.Uint64()>>28))
		args[i] = x.Rsh(x, r.UintN(37)).String()
	}
	out, err := exec.CommandContext(t.Context(), "factor", args...).Output()
	if err != nil {
		t.Fatalf("factor, of the package coreutils: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(args) {
		t.Fatalf("%d lines for %d numbers", len(lines), len(args))
	}
	for i, want := range lines {
		x, _ := new(big.Int).SetString(args[i], 10)
		f, err := integer.Factorize(number.New(t.Context(), number.Limits{}, 0), number.FromBigInt(x))
		if err != nil || !f.Complete() {
			t.Fatalf("%s: %+v %v", x, f, err)
		}
		got := args[i] + ":"
		for _, p := range f.Factors {
			got += strings.Repeat(fmt.Sprintf(" %s", p.Prime.BigInt()), int(p.Exponent))
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
