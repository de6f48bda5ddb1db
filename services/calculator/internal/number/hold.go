package number

import "math/big"

const (
	// wordHeld is the work that stands for keeping a machine word: the default
	// budget keeps 60 MB.
	wordHeld = 256
	// wordsFree is the length of the integers that are kept for nothing.
	wordsFree = 64
	// realHeld stands for the nodes of a real and what they remember.
	realHeld = 32 * wordHeld
)

// Hold takes the work that stands for the memory of x. Whoever keeps many
// numbers calls it for each, as a long one is made faster than its memory is
// cleared.
func (a *Arith) Hold(x Number) error {
	switch x.ref.(type) {
	case nil:
		return nil
	case *real:
		return a.spend(realHeld + heldCost(x))
	}
	return a.spend(heldCost(x))
}

// heldCost is the work that stands for the long integers in x itself, not in
// the nodes that it is a sum of.
func heldCost(x Number) int64 {
	switch v := x.ref.(type) {
	case *big.Int:
		return wordsCost(v)
	case *big.Rat:
		return wordsCost(v.Num()) + wordsCost(v.Denom())
	case *real:
		c := heldCost(v.c)
		for _, t := range v.t {
			c += heldCost(t.q)
		}
		return c
	}
	return 0
}

func wordsCost(x *big.Int) int64 {
	if n := len(x.Bits()); n > wordsFree {
		return int64(n) * wordHeld
	}
	return 0
}
