package integer

import (
	"math"
	"math/big"
	"math/bits"
	"sync"
)

// smallLimit bounds the primes that are tried as divisors.
const smallLimit = 1 << 16

// smallPrimes are the primes below smallLimit.
var smallPrimes = sync.OnceValue(func() []uint32 { return primesTo(smallLimit) })

// primesTo returns the primes up to n, by the sieve of Eratosthenes over the
// odd numbers.
func primesTo(n int) []uint32 {
	if n < 2 {
		return nil
	}
	composite := make([]bool, (n+1)/2)
	count := int(1.26*float64(n)/math.Log(float64(n)+1)) + 2
	primes := append(make([]uint32, 0, count), 2)
	for i := 3; i <= n; i += 2 {
		if composite[i/2] {
			continue
		}
		primes = append(primes, uint32(i))
		if i > n/i {
			continue
		}
		for j := i * i / 2; j < len(composite); j += i {
			composite[j] = true
		}
	}
	return primes
}

// remainder returns x modulo m, which is not 0, of the words of x >= 0.
func remainder(x []big.Word, m uint64) uint64 {
	var r uint64
	for i := len(x) - 1; i >= 0; i-- {
		if bits.UintSize == 32 {
			r = (r%m<<32 | uint64(x[i])) % m
			continue
		}
		_, r = bits.Div64(r, uint64(x[i]), m)
	}
	return r
}
