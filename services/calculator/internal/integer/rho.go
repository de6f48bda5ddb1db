package integer

import (
	"math/big"
	"math/bits"
)

// rhoBits bounds the numbers that rho takes: a product of an element and a
// difference, which is below 4n, has to be below 2n again.
const rhoBits = 61

// rho returns a proper divisor of a composite odd n below 2^rhoBits, by
// Pollard's method with Brent's cycle detection.
func rho(e *effort, n uint64) (uint64, error) {
	f := newResidues(new(big.Int).SetUint64(n))
	inv := f.inv
	for c := uint64(1); ; c++ {
		y, q, d := f.unit[0]*2, f.unit[0], uint64(1)
		var x, back uint64
		step := func() {
			y = mul1(y, y, n, inv) + c
			if y >= 2*n {
				y -= 2 * n
			}
		}
		for r := 1; d == 1; r *= 2 {
			x = y
			for range r {
				step()
			}
			for k := 0; k < r && d == 1; k += 128 {
				back = y
				batch := min(128, r-k)
				for range batch {
					step()
					q = mul1(q, x-y+2*n, n, inv)
				}
				d = gcd64(q, n)
				if err := e.spend(int64(batch) * 10); err != nil {
					return 0, err
				}
			}
		}
		if d == n {
			// Both factors fell into the same batch.
			y = back
			for d = 1; d == 1; {
				step()
				d = gcd64(x-y+2*n, n)
			}
		}
		if d != n {
			return d, nil
		}
	}
}

func gcd64(x, y uint64) uint64 {
	if x == 0 {
		return y
	}
	if y == 0 {
		return x
	}
	s := bits.TrailingZeros64(x | y)
	x >>= bits.TrailingZeros64(x)
	for y != 0 {
		y >>= bits.TrailingZeros64(y)
		if x > y {
			x, y = y, x
		}
		y -= x
	}
	return x << s
}
