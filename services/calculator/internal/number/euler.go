package number

import (
	"math"
	"math/big"
)

// eulerHead is floor(the Euler-Mascheroni constant * 2^constantBits).
var eulerHead = mustHex("" +
	"93c467e37db0c7a4d1be3f810152cb56a1cecc3af65cc0190c03df34709affbd8e4b" +
	"59fa03a9f0eed0649ccb621057d11056ae9132135a08e43b4673d74bafea58deb878" +
	"cc86d733dbe7bf38154b36cf8a96d1567899aaae0c09d4c8b6b7b86fd2a1ea1de62f" +
	"f8643ec7c271827977225e6ac2f0bd61c746961542a3ce3bea5db54fe70e63e6d09f")

// Euler returns the Euler-Mascheroni constant, the limit of 1 + 1/2 + ... + 1/n
// - log(n).
func (a *Arith) Euler() Number { return wrap(Int(1), newNode(opEuler, Number{}, Number{})) }

// eulerBits returns the Euler-Mascheroni constant times 2^n with an error below
// 2.
func (a *Arith) eulerBits(n int) (*big.Int, error) {
	if n <= constantBits {
		return new(big.Int).Rsh(eulerHead, uint(constantBits-n)), nil
	}
	m := a.memory()
	if n > m.euler.bits {
		v, err := a.brentMcMillan(n)
		if err != nil {
			return nil, err
		}
		m.euler = constant{v, n}
	}
	return new(big.Int).Rsh(m.euler.value, uint(m.euler.bits-n)), nil
}

// brentMcMillan computes the Euler-Mascheroni constant by the algorithm B1 of
// Brent and McMillan, "Some new algorithms for high-precision computation of
// Euler's constant": with m = 2^k and t(j) = (m^j/j!)^2 it is the sum of
// (1 + 1/2 + ... + 1/j)*t(j) divided by the sum of t(j), less log(m), with an
// error below pi*e^-4m.
func (a *Arith) brentMcMillan(n int) (*big.Int, error) {
	k := 4
	for math.Ldexp(4*math.Log2E, k) < float64(n+8) {
		k++
	}
	// What is cut from a term grows, in the terms after, to no more than the
	// sum: so the relative errors are those of single terms, about 6m times.
	wp := n + 24 + 2*k
	term := new(big.Int).Lsh(one, uint(wp))
	sum, weighted, total := new(big.Int).Set(term), new(big.Int), new(big.Int)
	d := new(big.Int)
	for j := uint64(1); term.Sign() != 0; j++ {
		if err := a.spend(5 * mulCost(term.BitLen(), 64)); err != nil {
			return nil, err
		}
		d.SetUint64(j)
		term.Lsh(term, uint(2*k)).Quo(term, d).Quo(term, d)
		weighted.Lsh(weighted, uint(2*k)).Quo(weighted, d).Add(weighted, term).Quo(weighted, d)
		sum.Add(sum, term)
		total.Add(total, weighted)
	}
	if err := a.spend(divCost(total.BitLen()+wp, sum.BitLen())); err != nil {
		return nil, err
	}
	total.Lsh(total, uint(wp)).Quo(total, sum)
	ln2, err := a.ln2Bits(wp)
	if err != nil {
		return nil, err
	}
	total.Sub(total, ln2.Mul(ln2, big.NewInt(int64(k))))
	return total.Rsh(total, uint(wp-n)), nil
}

// eBall returns the base of the natural logarithm, the sum of 1/k!, by binary
// splitting.
func (a *Arith) eBall(p int) (ball, error) {
	n, bits := int64(1), 0.0
	for ; bits < float64(p+8); n++ {
		bits += math.Log2(float64(n))
	}
	num, den, err := a.eTerms(0, n)
	if err != nil {
		return ball{}, err
	}
	if err := a.spend(divCost(num.BitLen()+p, den.BitLen())); err != nil {
		return ball{}, err
	}
	num.Add(num, den).Lsh(num, uint(p)).Quo(num, den)
	return ball{num, -p, magOf(2, -p)}, nil
}

// eTerms returns num and den = (lo+1)*...*hi with num/den the sum of
// 1/((lo+1)*...*k) over lo < k <= hi.
func (a *Arith) eTerms(lo, hi int64) (num, den *big.Int, err error) {
	if hi-lo == 1 {
		return big.NewInt(1), big.NewInt(hi), nil
	}
	mid := (lo + hi) / 2
	n1, d1, err := a.eTerms(lo, mid)
	if err != nil {
		return nil, nil, err
	}
	n2, d2, err := a.eTerms(mid, hi)
	if err != nil {
		return nil, nil, err
	}
	if err := a.spend(2 * mulCost(d1.BitLen(), d2.BitLen())); err != nil {
		return nil, nil, err
	}
	return n1.Mul(n1, d2).Add(n1, n2), d1.Mul(d1, d2), nil
}
