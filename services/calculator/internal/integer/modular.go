package integer

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// ModPow returns x^y modulo m with the sign of m, or 0. A negative y needs an x
// that has an inverse modulo m.
func ModPow(a *number.Arith, x, y, m number.Number) (number.Number, error) {
	b, err := of(x, "a power modulo m")
	if err != nil {
		return number.Number{}, err
	}
	e, err := of(y, "a power modulo m")
	if err != nil {
		return number.Number{}, err
	}
	n, err := modulus(m)
	if err != nil {
		return number.Number{}, err
	}
	abs := new(big.Int).Abs(n)
	if e.Sign() < 0 {
		if b, err = inverse(a, b, abs); err != nil {
			return number.Number{}, err
		}
		e.Neg(e)
	} else if b, err = reduce(a, b, abs); err != nil {
		return number.Number{}, err
	}
	z, err := powMod(a, b, e, abs)
	if err != nil {
		return number.Number{}, err
	}
	return number.FromBigInt(signed(z, n)), nil
}

// ModInverse returns the y with x*y = 1 modulo m, with the sign of m.
func ModInverse(a *number.Arith, x, m number.Number) (number.Number, error) {
	b, err := of(x, "an inverse modulo m")
	if err != nil {
		return number.Number{}, err
	}
	n, err := modulus(m)
	if err != nil {
		return number.Number{}, err
	}
	z, err := inverse(a, b, new(big.Int).Abs(n))
	if err != nil {
		return number.Number{}, err
	}
	return number.FromBigInt(signed(z, n)), nil
}

func modulus(m number.Number) (*big.Int, error) {
	n, err := of(m, "arithmetic modulo m")
	if err != nil {
		return nil, err
	}
	if n.Sign() == 0 {
		return nil, &number.Error{Kind: number.DivisionByZero, Message: "division by zero: the modulus is 0"}
	}
	return n, nil
}

// signed returns the residue 0 <= z < |n| as one with the sign of n.
func signed(z, n *big.Int) *big.Int {
	if n.Sign() < 0 && z.Sign() != 0 {
		z.Add(z, n)
	}
	return z
}

// reduce returns x modulo m > 0, not negative.
func reduce(a *number.Arith, x, m *big.Int) (*big.Int, error) {
	if err := a.Spend(number.DivCost(x.BitLen(), m.BitLen())); err != nil {
		return nil, err
	}
	return new(big.Int).Mod(x, m), nil
}

func inverse(a *number.Arith, x, m *big.Int) (*big.Int, error) {
	if m.Cmp(one) == 0 {
		return new(big.Int), nil
	}
	r, err := reduce(a, x, m)
	if err != nil {
		return nil, err
	}
	if err := affordGCD(a, m.BitLen()); err != nil {
		return nil, err
	}
	z := new(big.Int).ModInverse(r, m)
	if z == nil {
		g := new(big.Int).GCD(nil, nil, r, m)
		return nil, domain("%s has no inverse modulo %s: both are divisible by %s",
			number.Brief(number.FromBigInt(x)), number.Brief(number.FromBigInt(m)), number.Brief(number.FromBigInt(g)))
	}
	return z, nil
}

// gcdBits bounds the greatest common divisors that math/big computes in one
// call, which takes up to 30 ms.
const gcdBits = 1 << 17

func affordGCD(a *number.Arith, bits int) error {
	if bits > gcdBits {
		return limit("", "the numbers have about %s digits; the limit of this operation is %s",
			group(digitsOf(bits)), group(digitsOf(gcdBits)))
	}
	return a.Spend(2 * number.GCDCost(bits))
}

// powCost is the work of raising to a power of so many bits modulo a number of
// so many bits.
func powCost(exponent, modulus int) int64 {
	k := int64(modulus)/64 + 1
	return 500 + int64(exponent)*(20+6*k+5*k*k/4)
}

// powPiece is the most work of one call of math/big, which cannot be
// interrupted: about 30 ms.
const powPiece = 30_000_000

// powMod returns x^y modulo m for 0 <= x < m and y >= 0. A long power is
// computed piece by piece: x^(c*2^s + d) is (x^c)^(2^s) * x^d.
func powMod(a *number.Arith, x, y, m *big.Int) (*big.Int, error) {
	total := powCost(y.BitLen(), m.BitLen())
	if total > a.Remaining() {
		return nil, limit("", "a power with an exponent of %s and a modulus of %s digits takes about %s steps of work; %s are left",
			group(digitsOf(y.BitLen())), group(digitsOf(m.BitLen())), group(total), group(a.Remaining()))
	}
	if total <= powPiece {
		if err := a.Spend(total); err != nil {
			return nil, err
		}
		return new(big.Int).Exp(x, y, m), nil
	}
	if powCost(1, m.BitLen()) > powPiece {
		return nil, limit("", "the modulus has about %s digits, which is too long", group(digitsOf(m.BitLen())))
	}
	piece := int(powPiece / powCost(1, m.BitLen()))
	z := big.NewInt(1)
	for rest := y.BitLen(); rest > 0; {
		n := (rest-1)%piece + 1
		rest -= n
		if err := a.Spend(2 * powCost(n, m.BitLen())); err != nil {
			return nil, err
		}
		if z.Cmp(one) != 0 {
			z.Exp(z, new(big.Int).Lsh(one, uint(n)), m)
		}
		d := new(big.Int).Rsh(y, uint(rest))
		d.And(d, new(big.Int).Sub(new(big.Int).Lsh(one, uint(n)), one))
		z.Mod(z.Mul(z, d.Exp(x, d, m)), m)
		a.Progress(float64(y.BitLen()-rest), float64(y.BitLen()), "bits of the exponent")
	}
	return z, nil
}

// GCD returns the greatest common divisor g of x and y, never negative, and
// integers s and t with s*x + t*y = g.
func GCD(a *number.Arith, x, y number.Number) (g, s, t number.Number, err error) {
	p, err := of(x, "the greatest common divisor")
	if err != nil {
		return g, s, t, err
	}
	q, err := of(y, "the greatest common divisor")
	if err != nil {
		return g, s, t, err
	}
	if err := affordGCD(a, max(p.BitLen(), q.BitLen())); err != nil {
		return g, s, t, err
	}
	u, v := new(big.Int), new(big.Int)
	d := new(big.Int).GCD(u, v, p, q)
	return number.FromBigInt(d), number.FromBigInt(u), number.FromBigInt(v), nil
}

// CRT returns the x with x = residues[i] modulo moduli[i] for all i, and the
// modulus, their least common multiple, that it is unique for: 0 <= x < m. The
// moduli need not be coprime.
func CRT(a *number.Arith, residues, moduli []number.Number) (x, m number.Number, err error) {
	if len(residues) != len(moduli) || len(residues) == 0 {
		return x, m, domain("there are %d remainders and %d moduli; give as many of each", len(residues), len(moduli))
	}
	z, n := new(big.Int), big.NewInt(1)
	for i := range residues {
		r, err := of(residues[i], "a system of congruences")
		if err != nil {
			return x, m, err
		}
		k, err := modulus(moduli[i])
		if err != nil {
			return x, m, err
		}
		k.Abs(k)
		if err := affordGCD(a, max(n.BitLen(), k.BitLen(), r.BitLen())); err != nil {
			return x, m, err
		}
		// x + n*t = r modulo k
		g := new(big.Int).GCD(nil, nil, n, k)
		d, rem := r.Sub(r, z).QuoRem(r, g, new(big.Int))
		if rem.Sign() != 0 {
			return x, m, inconsistent(residues, moduli, i)
		}
		k.Quo(k, g)
		t, err := inverse(a, new(big.Int).Quo(n, g), k)
		if err != nil {
			return x, m, err
		}
		t.Mod(t.Mul(t, d), k)
		z.Add(z, t.Mul(t, n))
		n.Mul(n, k)
		if err := a.TooLong("the product of the moduli", float64(n.BitLen())*0.30103); err != nil {
			return x, m, err
		}
	}
	return number.FromBigInt(z.Mod(z, n)), number.FromBigInt(n), nil
}

// inconsistent names a congruence that contradicts the one at i.
func inconsistent(residues, moduli []number.Number, i int) error {
	for j := range i {
		g := new(big.Int).GCD(nil, nil, new(big.Int).Abs(moduli[i].BigInt()), new(big.Int).Abs(moduli[j].BigInt()))
		d := new(big.Int).Sub(residues[i].BigInt(), residues[j].BigInt())
		if d.Rem(d, g).Sign() != 0 {
			return domain("no integer is %s modulo %s and %s modulo %s: modulo %s these differ",
				number.Brief(residues[j]), number.Brief(moduli[j]), number.Brief(residues[i]), number.Brief(moduli[i]),
				number.Brief(number.FromBigInt(g)))
		}
	}
	return domain("the congruences contradict each other")
}

// Jacobi returns the Jacobi symbol (x/n) of an odd n > 0: -1, 0 or 1.
func Jacobi(a *number.Arith, x, n number.Number) (int, error) {
	p, err := of(x, "the Jacobi symbol")
	if err != nil {
		return 0, err
	}
	q, err := of(n, "the Jacobi symbol")
	if err != nil {
		return 0, err
	}
	if q.Sign() <= 0 || q.Bit(0) == 0 {
		return 0, domain("the Jacobi symbol needs a positive odd number below, not %s", number.Brief(n))
	}
	if err := affordGCD(a, max(p.BitLen(), q.BitLen())); err != nil {
		return 0, err
	}
	return big.Jacobi(p, q), nil
}

// Order returns the multiplicative order of x modulo m: the least k > 0 with
// x^k = 1. Both m and its totient have to be factored.
func Order(a *number.Arith, x, m number.Number) (number.Number, error) {
	phi, err := Totient(a, m)
	if err != nil {
		return number.Number{}, err
	}
	if _, err := ModInverse(a, x, m); err != nil {
		return number.Number{}, err
	}
	f, err := factored(a, phi, "the totient of the modulus")
	if err != nil {
		return number.Number{}, err
	}
	n := m.BigInt()
	b := new(big.Int).Mod(x.BigInt(), n)
	k := phi.BigInt()
	if n.Cmp(one) == 0 {
		return number.Int(1), nil
	}
	for _, p := range f.Factors {
		prime := p.Prime.BigInt()
		for range p.Exponent {
			q := new(big.Int).Quo(k, prime)
			z, err := powMod(a, b, q, n)
			if err != nil {
				return number.Number{}, err
			}
			if z.Cmp(one) != 0 {
				break
			}
			k = q
		}
	}
	return number.FromBigInt(k), nil
}
