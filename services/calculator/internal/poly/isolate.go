package poly

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// isolate returns a bracket for each real root of f, which has no multiple
// roots, in ascending order. Brackets do not overlap; those of roots that were
// hit are exact.
func isolate(a *number.Arith, f ints) ([]Bracket, error) {
	var all []Bracket
	if f[0].Sign() == 0 {
		all = append(all, Bracket{M: new(big.Int), Exact: true})
		f = f[1:]
	}
	positive, err := isolatePositive(a, f)
	if err != nil {
		return nil, err
	}
	mirror, err := isolatePositive(a, f.mirrored())
	if err != nil {
		return nil, err
	}
	for _, b := range mirror {
		b.M = new(big.Int).Neg(b.M)
		if !b.Exact {
			b.M.Sub(b.M, one)
		}
		all = append(all, b)
	}
	all = append(all, positive...)
	slices.SortFunc(all, func(x, y Bracket) int {
		return cmp.Or(compareScaled(x.M, x.K, y.M, y.K), b2i(y.Exact)-b2i(x.Exact))
	})
	return all, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareScaled compares x*2^-j with y*2^-k.
func compareScaled(x *big.Int, j int, y *big.Int, k int) int {
	if s := x.Sign() - y.Sign(); s != 0 {
		return s
	}
	if j < k {
		return new(big.Int).Lsh(x, uint(k-j)).Cmp(y)
	}
	return x.Cmp(new(big.Int).Lsh(y, uint(j-k)))
}

// A cell is the interval from m*2^-k to (m+1)*2^-k, seen as 0 to 1 by f.
type cell struct {
	f ints
	m *big.Int
	k int
}

// isolatePositive bisects until Descartes' rule of signs counts at most one
// root in each part (the method of Vincent, Collins and Akritas).
func isolatePositive(a *number.Arith, f ints) ([]Bracket, error) {
	if variations(f) == 0 {
		return nil, nil
	}
	b := f.rootBits()
	todo := []cell{{scaled(f, b), new(big.Int), -b}}
	var found []Bracket
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		reversed := slices.Clone(c.f)
		slices.Reverse(reversed)
		// A factor x of f means a root at the lower end, which is found already.
		n, err := variationsShifted(a, reversed.trimmed())
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		if n == 1 {
			found = append(found, Bracket{M: c.m, K: c.k, Sign: c.f[0].Sign()})
			continue
		}
		left := scaled(c.f, -1)
		right, err := shifted(a, left)
		if err != nil {
			return nil, err
		}
		m := new(big.Int).Lsh(c.m, 1)
		upper := new(big.Int).Add(m, one)
		if right[0].Sign() == 0 {
			found = append(found, Bracket{M: upper, K: c.k + 1, Exact: true})
			right = right[1:]
			// The lower half keeps the root at its upper end, which the rule of
			// signs does not count.
		}
		todo = append(todo, cell{left, m, c.k + 1}, cell{right, upper, c.k + 1})
	}
	return found, nil
}

// scaled returns a multiple of f(2^b*x) by a power of 2.
func scaled(f ints, b int) ints {
	g := make(ints, len(f))
	for i, c := range f {
		s := i * b
		if b < 0 {
			s = (i - f.degree()) * b
		}
		g[i] = new(big.Int).Lsh(c, uint(s))
	}
	low := g[0].TrailingZeroBits()
	for _, c := range g[1:] {
		if c.Sign() != 0 {
			low = min(low, c.TrailingZeroBits())
		}
	}
	if low > 0 {
		for _, c := range g {
			c.Rsh(c, low)
		}
	}
	return g
}

// shifted returns f(x+1).
func shifted(a *number.Arith, f ints) (ints, error) {
	g := make(ints, len(f))
	for i, c := range f {
		g[i] = new(big.Int).Set(c)
	}
	n := len(g) - 1
	words := int64(f.bits()+n)/64 + 10
	for i := range n {
		if err := a.Spend(int64(n-i) * words); err != nil {
			return nil, err
		}
		for j := n - 1; j >= i; j-- {
			g[j].Add(g[j], g[j+1])
		}
	}
	return g, nil
}

// variationsShifted returns the variations of sign of f(x+1), at most 2. The
// coefficients of f(x+1) come out from the lowest to the highest.
func variationsShifted(a *number.Arith, f ints) (int, error) {
	if variations(f) == 0 {
		return 0, nil
	}
	g := make(ints, len(f))
	for i, c := range f {
		g[i] = new(big.Int).Set(c)
	}
	n := len(g) - 1
	words := int64(f.bits()+n)/64 + 10
	count, last := 0, 0
	for i := range n + 1 {
		if err := a.Spend(int64(n-i) * words); err != nil {
			return 0, err
		}
		for j := n - 1; j >= i; j-- {
			g[j].Add(g[j], g[j+1])
		}
		s := g[i].Sign()
		if s != 0 && last != 0 && s != last {
			if count++; count > 1 {
				return count, nil
			}
		}
		if s != 0 {
			last = s
		}
	}
	return count, nil
}

// variations returns the number of changes of sign along the coefficients.
func variations(f ints) int {
	n, last := 0, 0
	for _, c := range f {
		if s := c.Sign(); s != 0 {
			if last != 0 && s != last {
				n++
			}
			last = s
		}
	}
	return n
}
