package number

import "math/big"

// constantBits is the precision of the constants below, enough for 300 digits;
// longer ones are computed and kept by the Arith that needs them.
const constantBits = 1088

// piHead is floor(pi * 2^constantBits), ln2Head is floor(log(2) * 2^constantBits).
var (
	piHead = mustHex("" +
		"3243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89452" +
		"821e638d01377be5466cf34e90c6cc0ac29b7c97c50dd3f84d5b5b54709179216d5d" +
		"98979fb1bd1310ba698dfb5ac2ffd72dbd01adfb7b8e1afed6a267e96ba7c9045f12" +
		"c7f9924a19947b3916cf70801f2e2858efc16636920d871574e69a458fea3f4933d7e")
	ln2Head = mustHex("" +
		"b17217f7d1cf79abc9e3b39803f2f6af40f343267298b62d8a0d175b8baafa2be7b8" +
		"76206debac98559552fb4afa1b10ed2eae35c138214427573b291169b8253e96ca16" +
		"224ae8c51acbda11317c387eb9ea9bc3b136603b256fa0ec7657f74b72ce87b19d65" +
		"48caf5dfa6bd38303248655fa1872f20e3a2da2d97c50f3fd5c607f4ca11fb5bfb90")
)

func mustHex(s string) *big.Int {
	x, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("number: bad constant " + s)
	}
	return x
}

// constant is a computed floor(value * 2^bits), with an error below 2.
type constant struct {
	value *big.Int
	bits  int
}

// piBits returns pi*2^n with an error below 2.
func (a *Arith) piBits(n int) (*big.Int, error) {
	if n <= constantBits {
		return new(big.Int).Rsh(piHead, uint(constantBits-n)), nil
	}
	m := a.memory()
	if n > m.pi.bits {
		v, err := a.chudnovsky(n)
		if err != nil {
			return nil, err
		}
		m.pi = constant{v, n}
	}
	return new(big.Int).Rsh(m.pi.value, uint(m.pi.bits-n)), nil
}

// ln2Bits returns log(2)*2^n with an error below 2.
func (a *Arith) ln2Bits(n int) (*big.Int, error) {
	if n <= constantBits {
		return new(big.Int).Rsh(ln2Head, uint(constantBits-n)), nil
	}
	m := a.memory()
	if n > m.ln2.bits {
		v, err := a.machinLn2(n)
		if err != nil {
			return nil, err
		}
		m.ln2 = constant{v, n}
	}
	return new(big.Int).Rsh(m.ln2.value, uint(m.ln2.bits-n)), nil
}

// chudnovsky computes pi*2^n by binary splitting of the Chudnovsky series,
// each term of which gives 47 bits.
func (a *Arith) chudnovsky(n int) (*big.Int, error) {
	const guard = 32
	_, q, t, err := a.piTerms(0, int64(n+guard)/47+2)
	if err != nil {
		return nil, err
	}
	wp := n + guard
	if err := a.spend(3 * divCost(2*wp, wp)); err != nil {
		return nil, err
	}
	z := isqrt(new(big.Int).Lsh(big.NewInt(10005), uint(2*wp)))
	z.Mul(z, q).Mul(z, big.NewInt(426880)).Quo(z, t)
	return z.Rsh(z, guard), nil
}

// piTerms returns the products P and Q and the sum T of the terms lo <= k < hi
// of the series.
func (a *Arith) piTerms(lo, hi int64) (p, q, t *big.Int, err error) {
	if hi-lo == 1 {
		p, q = big.NewInt(1), big.NewInt(1)
		if lo > 0 {
			p = big.NewInt((6*lo - 5) * (2*lo - 1))
			p.Mul(p, big.NewInt(6*lo-1))
			q = big.NewInt(lo * lo)
			q.Mul(q, big.NewInt(lo)).Mul(q, big.NewInt(640320*640320/24*640320))
		}
		t = big.NewInt(13591409 + 545140134*lo)
		if t.Mul(t, p); lo&1 != 0 {
			t.Neg(t)
		}
		return p, q, t, nil
	}
	mid := (lo + hi) / 2
	p1, q1, t1, err := a.piTerms(lo, mid)
	if err != nil {
		return nil, nil, nil, err
	}
	p2, q2, t2, err := a.piTerms(mid, hi)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := a.spend(4 * mulCost(t1.BitLen(), q2.BitLen())); err != nil {
		return nil, nil, nil, err
	}
	t1.Mul(t1, q2)
	t2.Mul(t2, p1)
	return p1.Mul(p1, p2), q1.Mul(q1, q2), t1.Add(t1, t2), nil
}

// machinLn2 computes log(2)*2^n as
// 18*atanh(1/26) - 2*atanh(1/4801) + 8*atanh(1/8749).
func (a *Arith) machinLn2(n int) (*big.Int, error) {
	const guard = 32
	wp := n + guard
	sum := new(big.Int)
	for _, f := range [...]struct{ k, x int64 }{{18, 26}, {-2, 4801}, {8, 8749}} {
		s, err := a.atanhInv(f.x, wp)
		if err != nil {
			return nil, err
		}
		sum.Add(sum, s.Mul(s, big.NewInt(f.k)))
	}
	return sum.Rsh(sum, guard), nil
}

// atanhInv returns atanh(1/x)*2^wp, with an error below the number of terms.
func (a *Arith) atanhInv(x int64, wp int) (*big.Int, error) {
	pow := new(big.Int).Lsh(one, uint(wp))
	pow.Quo(pow, big.NewInt(x))
	sum, t := new(big.Int), new(big.Int)
	sq, d := big.NewInt(x*x), new(big.Int)
	for k := int64(1); pow.Sign() != 0; k += 2 {
		if err := a.spend(2 * mulCost(wp, 64)); err != nil {
			return nil, err
		}
		sum.Add(sum, t.Quo(pow, d.SetInt64(k)))
		pow.Quo(pow, sq)
	}
	return sum, nil
}
