package number

import (
	"math"
	"math/big"
	"sync"
)

// tangentHead is enough for 300 digits.
const tangentHead = 160

// tangents returns at least n tangent numbers: the k-th is at index k-1, and
// the Bernoulli number B(2k) is ±2k/(4^k*(4^k-1)) times it.
func (a *Arith) tangents(n int) ([]*big.Int, error) {
	if n <= tangentHead {
		return firstTangents(), nil
	}
	m := a.memory()
	if n > len(m.tangent) {
		n = max(n, 2*len(m.tangent))
		t, err := tangentNumbers(n, a.spend)
		if err != nil {
			return nil, err
		}
		m.tangent = t
	}
	return m.tangent, nil
}

var firstTangents = sync.OnceValue(func() []*big.Int {
	t, _ := tangentNumbers(tangentHead, func(int64) error { return nil })
	return t
})

// tangentNumbers is the algorithm of Brent and Harvey, "Fast computation of
// Bernoulli, tangent and secant numbers", section 6.
func tangentNumbers(n int, spend func(int64) error) ([]*big.Int, error) {
	t := make([]*big.Int, n)
	t[0] = big.NewInt(1)
	d, s := new(big.Int), new(big.Int)
	for k := 1; k < n; k++ {
		t[k] = new(big.Int).Mul(t[k-1], d.SetInt64(int64(k)))
	}
	for k := 1; k < n; k++ {
		if err := spend(int64(n-k) * int64(t[n-1].BitLen()/40+60)); err != nil {
			return nil, err
		}
		for j := k; j < n; j++ {
			s.Mul(t[j-1], d.SetInt64(int64(j-k)))
			t[j].Mul(t[j], d.SetInt64(int64(j-k+2))).Add(t[j], s)
		}
	}
	return t, nil
}

// stirlingSeries returns the sum over k of B(2k)/(2k*(2k-1)) * z^(1-2k), the
// logarithm of gamma(z)*e^z*z^(1/2-z)/sqrt(2*pi), or, if derived, minus its
// derivative, the sum of B(2k)/(2k) * z^-2k. The error is below 2^-wp. It needs
// a z of at least wp/5 or so: then some term is small enough, and for z > 0 the
// error is less than the first term that is left out.
func (a *Arith) stirlingSeries(z ball, wp int, derived bool) (ball, error) {
	low, ok := z.above()
	if !ok || low < 0 {
		return ball{}, errImprecise
	}
	l := float64(low)
	if low < 1000 {
		l = math.Log2(z.float()) - 1e-6
	}
	n, ok := stirlingTerms(l, wp)
	if !ok {
		return ball{}, errImprecise
	}
	t, err := a.tangents(n)
	if err != nil {
		return ball{}, err
	}
	// That was an estimate; these are the numbers.
	if float64(stirlingBits(t, n)) > float64(2*n-1)*l-float64(wp) {
		return ball{}, errImprecise
	}
	if n == 1 {
		return ball{new(big.Int), 0, magOf(1, -wp)}, nil
	}
	w, err := exactBall(one).quo(z.center(), wp+8)
	if err != nil {
		return ball{}, err
	}
	sq := w.mul(w, wp+8)
	sum, c, d := new(big.Int), new(big.Int), new(big.Int)
	// Horner's scheme: what is inside k brackets counts z^-2k, so that many
	// bits fewer are needed of it.
	f := 0
	for k := n - 1; k >= 1; k-- {
		next := wp + 4 - int(float64(2*k-2)*l)
		if err := a.spend(mulCost(sum.BitLen(), wp) + divCost(t[k-1].BitLen()+max(0, next), 2*k)); err != nil {
			return ball{}, err
		}
		shiftInt(sum.Mul(sum, sq.m), sq.e+next-f)
		shiftInt(c.Set(t[k-1]), next-2*k)
		d.Lsh(one, uint(2*k)).Sub(d, one)
		if !derived {
			d.Mul(d, big.NewInt(int64(2*k-1)))
		}
		if c.Quo(c, d); k&1 == 0 {
			c.Neg(c)
		}
		sum.Add(sum, c)
		f = next
	}
	if derived {
		w = sq
	}
	s := ball{sum, -f, magOf(uint64(n)+8, -wp)}.mul(w, wp+8)
	return s.widen(z.r), nil
}

// stirlingTerms returns the first term of the series, for a z of at least 2^l,
// that is below 2^-wp, by Stirling's formula for the Bernoulli numbers, and false
// if there is none.
func stirlingTerms(l float64, wp int) (n int, ok bool) {
	for n = 1; math.Log2(float64(n)) < l+1; n++ {
		// |B(2n)| is about 4*sqrt(pi*n)*(n/(pi*e))^(2n); the rest is for the
		// coarseness of stirlingBits.
		f := float64(n)
		if bits := 2*f*math.Log2(f/(math.Pi*math.E)) + 6; bits < (2*f-1)*l-float64(wp) {
			return n, true
		}
	}
	return 0, false
}

// stirlingBits bounds the bits of B(2n)/(2n) of the n-th tangent number.
func stirlingBits(t []*big.Int, n int) int { return t[n-1].BitLen() - 4*n + 1 }

// shiftInt multiplies x by 2^s in place.
func shiftInt(x *big.Int, s int) {
	if s >= 0 {
		x.Lsh(x, uint(s))
	} else {
		x.Rsh(x, uint(-s))
	}
}
