package number

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
)

// errImprecise says that an enclosure is too wide to go on: ziv tries again
// with more bits.
var errImprecise = errors.New("the working precision is too low")

// mag is an upper bound m*2^e of a magnitude, m below 2^32. Its operations
// round up.
type mag struct {
	m uint64
	e int
}

const magBits = 31

func magOf(v uint64, e int) mag {
	if v == 0 {
		return mag{}
	}
	if s := bits.Len64(v) - magBits; s > 0 {
		return mag{v>>s + 1, e + s}
	} else if s < 0 {
		return mag{v << -s, e + s}
	}
	return mag{v, e}
}

// magOfInt bounds |x|*2^e.
func magOfInt(x *big.Int, e int) mag {
	s := x.BitLen() - magBits
	if s <= 0 {
		return magOf(absUint64(x), e)
	}
	return mag{topBits(x, s) + 1, e + s}
}

func absUint64(x *big.Int) uint64 {
	if x.Sign() < 0 {
		return new(big.Int).Neg(x).Uint64()
	}
	return x.Uint64()
}

// topBits returns |x|>>s, which must fit 64 bits.
func topBits(x *big.Int, s int) uint64 {
	w := x.Bits()
	i, off := s/bits.UintSize, uint(s%bits.UintSize)
	v := uint64(w[i] >> off)
	for j := i + 1; j < len(w); j++ {
		v |= uint64(w[j]) << (uint(j-i)*bits.UintSize - off)
	}
	return v
}

func (x mag) add(y mag) mag {
	if x.m == 0 {
		return y
	}
	if y.m == 0 {
		return x
	}
	if x.e < y.e {
		x, y = y, x
	}
	return magOf(x.m+y.m>>min(x.e-y.e, 63)+1, x.e)
}

func (x mag) mul(y mag) mag { return magOf(x.m*y.m, x.e+y.e) }

// quo bounds x divided by the magnitude |d|*2^e, d not 0.
func (x mag) quo(d *big.Int, e int) mag {
	if x.m == 0 {
		return x
	}
	low, s := d, d.BitLen()-magBits
	lo := uint64(0)
	if s > 0 {
		lo = topBits(low, s)
	} else {
		lo, s = absUint64(low), 0
	}
	return magOf((x.m<<magBits)/lo+1, x.e-magBits-e-s)
}

// top returns a t with x < 2^t; x is not 0.
func (x mag) top() int { return x.e + bits.Len64(x.m) }

// below reports whether x < 2^t.
func (x mag) below(t int) bool { return x.m == 0 || x.top() <= t }

// ball encloses a real number: it lies within r of m*2^e.
type ball struct {
	m *big.Int
	e int
	r mag
}

func exactBall(m *big.Int) ball { return ball{m: m} }

// top returns a t such that every number of the ball is below 2^t in magnitude.
func (x ball) top() int {
	t := x.m.BitLen() + x.e
	if x.m.Sign() == 0 {
		if x.r.m == 0 {
			return math.MinInt32
		}
		return x.r.top() + 1
	}
	if x.r.m != 0 {
		t = max(t, x.r.top()) + 1
	}
	return t
}

// sign returns the sign of every number of the ball, and false if they differ.
func (x ball) sign() (int, bool) {
	if x.r.m == 0 {
		return x.m.Sign(), true
	}
	if x.m.Sign() == 0 || !x.r.below(x.m.BitLen()-1+x.e) && !x.radiusBelow() {
		return 0, false
	}
	return x.m.Sign(), true
}

// radiusBelow reports whether the radius is less than the magnitude of the
// middle, by an exact comparison.
func (x ball) radiusBelow() bool {
	r := new(big.Int).SetUint64(x.r.m)
	m := new(big.Int).Abs(x.m)
	alignInts(r, x.r.e, m, x.e)
	return r.Cmp(m) < 0
}

// alignInts shifts x*2^ex or y*2^ey left, in place, to the lesser exponent,
// which it returns.
func alignInts(x *big.Int, ex int, y *big.Int, ey int) int {
	if ex > ey {
		x.Lsh(x, uint(ex-ey))
		return ey
	}
	y.Lsh(y, uint(ey-ex))
	return ex
}

// round returns a ball that contains x, its middle cut to p bits.
func (x ball) round(p int) ball {
	s := x.m.BitLen() - p
	if s <= 0 {
		return x
	}
	return x.cut(x.e + s)
}

// cut returns a ball that contains x, without the bits below 2^e.
func (x ball) cut(e int) ball {
	if e <= x.e {
		return x
	}
	return ball{new(big.Int).Rsh(x.m, uint(e-x.e)), e, x.r.add(magOf(1, e))}
}

func (x ball) neg() ball { return ball{new(big.Int).Neg(x.m), x.e, x.r} }

func (x ball) add(y ball, p int) ball {
	if x.m.Sign() == 0 && x.r.m == 0 {
		return y
	}
	if y.m.Sign() == 0 && y.r.m == 0 {
		return x
	}
	low := max(x.top(), y.top()) - p - 8
	x, y = x.cut(low), y.cut(low)
	if x.e < y.e {
		x, y = y, x
	}
	m := new(big.Int).Lsh(x.m, uint(x.e-y.e))
	return ball{m.Add(m, y.m), y.e, x.r.add(y.r)}.round(p)
}

func (x ball) mul(y ball, p int) ball {
	z := ball{m: new(big.Int).Mul(x.m, y.m), e: x.e + y.e}
	if x.r.m != 0 || y.r.m != 0 {
		z.r = magOfInt(x.m, x.e).mul(y.r).add(magOfInt(y.m, y.e).mul(x.r)).add(x.r.mul(y.r))
	}
	return z.round(p)
}

func (x ball) quo(y ball, p int) (ball, error) {
	if s, ok := y.sign(); !ok || s == 0 {
		return ball{}, errImprecise
	}
	k := max(0, p+2-x.m.BitLen()+y.m.BitLen())
	m := new(big.Int).Lsh(x.m, uint(k))
	m.Quo(m, y.m)
	z := ball{m: m, e: x.e - y.e - k}
	z.r = magOf(1, z.e)
	if x.r.m != 0 || y.r.m != 0 {
		// |(X+a)/(Y+b) - X/Y| <= (|a| + |X/Y|*|b|) / (|Y|-|b|)
		num := x.r.add(magOfInt(m, z.e).add(z.r).mul(y.r))
		den, de := y.lowerMag()
		if den.Sign() <= 0 {
			return ball{}, errImprecise
		}
		z.r = z.r.add(num.quo(den, de))
	}
	return z.round(p), nil
}

// lowerMag returns a lower bound d*2^e of the magnitude of a ball that does
// not contain 0.
func (x ball) lowerMag() (d *big.Int, e int) {
	d = new(big.Int).Abs(x.m)
	if x.r.m == 0 {
		return d, x.e
	}
	if x.r.e < x.e {
		return d.Sub(d, new(big.Int).SetUint64(x.r.m>>min(x.e-x.r.e, 63)+1)), x.e
	}
	r := new(big.Int).SetUint64(x.r.m)
	return d.Sub(d, r.Lsh(r, uint(x.r.e-x.e))), x.e
}

// ends returns the ends of the ball as integers lo <= hi over 2^-e.
func (x ball) ends() (lo, hi *big.Int, e int) {
	r := new(big.Int).SetUint64(x.r.m)
	m := new(big.Int).Set(x.m)
	e = x.e
	if x.r.m != 0 {
		if x.r.e < x.e {
			// A radius far below the last bit of the middle is rounded up to 2^-32
			// of it.
			d := x.e - x.r.e
			if d > magBits+33 {
				r.SetInt64(1)
				d = 32
			}
			m.Lsh(m, uint(d))
			e -= d
		} else {
			r.Lsh(r, uint(x.r.e-x.e))
		}
	}
	return new(big.Int).Sub(m, r), m.Add(m, r), e
}

// sqrt returns the square root of a ball without negative numbers.
func (x ball) sqrt(p int) (ball, error) {
	s, ok := x.sign()
	if !ok || s < 0 {
		return ball{}, errImprecise
	}
	if s == 0 {
		return x, nil
	}
	k := max(0, 2*(p+2)-x.m.BitLen())
	if (x.e-k)&1 != 0 {
		k++
	}
	m := new(big.Int).Lsh(x.m, uint(k))
	m = isqrt(m)
	z := ball{m: m, e: (x.e - k) / 2}
	z.r = magOf(1, z.e)
	if x.r.m != 0 {
		// |sqrt(X+a) - sqrt(X)| <= |a|/(2*sqrt(X)) * (1 + |a|/X) for |a| <= X
		half := mag{x.r.m, x.r.e - 1}.quo(m, z.e)
		z.r = z.r.add(half).add(half.mul(x.r.quo(x.m, x.e)))
	}
	return z.round(p), nil
}

// powUint returns x^n by repeated squaring.
func (x ball) powUint(n uint64, p int) ball {
	z := exactBall(big.NewInt(1))
	for i := bits.Len64(n) - 1; i >= 0; i-- {
		z = z.mul(z, p)
		if n>>i&1 != 0 {
			z = z.mul(x, p)
		}
	}
	return z
}
