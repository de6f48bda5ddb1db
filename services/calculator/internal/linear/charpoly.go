package linear

import (
	"math"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// CharacteristicPolynomial returns the coefficients of det(x*I - m), the first
// of which is 1, that of the highest power.
func CharacteristicPolynomial(a *number.Arith, m Matrix) ([]number.Number, error) {
	v, d, _, err := characteristic(a, "characteristic polynomial", m)
	if err != nil {
		return nil, err
	}
	return unscale(a, v, d)
}

// characteristic returns the coefficients of the characteristic polynomial of
// d*m, whose entries are integers, and a bound on the absolute values of its
// roots.
func characteristic(a *number.Arith, what string, m Matrix) (v []*big.Int, d number.Number, radius *big.Int, err error) {
	if err := square(what, m); err != nil {
		return nil, d, nil, err
	}
	if err := rational(what, m); err != nil {
		return nil, d, nil, err
	}
	z, d, err := clearAll(a, m)
	if err != nil {
		return nil, d, nil, err
	}
	// The coefficients are sums of principal minors: a product of 1 and the
	// length of a row, for each row, bounds all together.
	bits := 0.0
	for i := range z.rows {
		l := max(lengthBits(z.row(i)), 0)
		bits += l + math.Log2(1+math.Exp2(-l))
	}
	n := float64(z.rows)
	p, err := prepare(a, of(what, m), bits, 2*n*n*n, z)
	if err != nil {
		return nil, d, nil, err
	}
	v, err = p.solve(a, z.rows+1, func(f *field) ([]uint64, error) {
		q, err := f.matrix(a, z)
		if err != nil {
			return nil, err
		}
		if err := q.hessenberg(a); err != nil {
			return nil, err
		}
		return q.characteristic(a)
	})
	return v, d, z.rowSum(), err
}

// unscale returns the polynomial whose roots are those of v, divided by d.
func unscale(a *number.Arith, v []*big.Int, d number.Number) ([]number.Number, error) {
	c := make([]number.Number, len(v))
	power := number.Int(1)
	var err error
	for i, x := range v {
		if c[i], err = a.Quo(number.FromBigInt(x), power); err != nil {
			return nil, err
		}
		if power, err = a.Mul(power, d); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// rowSum returns the greatest sum of the absolute values of a row, which bounds
// the eigenvalues.
func (m *integers) rowSum() *big.Int {
	most, abs := new(big.Int), new(big.Int)
	for i := range m.rows {
		s := new(big.Int)
		for _, x := range m.row(i) {
			s.Add(s, abs.Abs(x))
		}
		if s.Cmp(most) > 0 {
			most = s
		}
	}
	return most
}

// hessenberg makes a similar matrix that is 0 below the first subdiagonal.
func (m *modular) hessenberg(a *number.Arith) error {
	n := m.rows
	for c := 0; c < n-2; c++ {
		r := c + 1
		for r < n && m.row(r)[c] == 0 {
			r++
		}
		if r == n {
			continue
		}
		if r != c+1 {
			m.swap(r, c+1)
			for i := range n {
				row := m.row(i)
				row[r], row[c+1] = row[c+1], row[r]
			}
		}
		if err := a.Spend(2 * stepCost * int64(n) * int64(n-c)); err != nil {
			return err
		}
		pivot := m.row(c + 1)
		inv := m.inverse(pivot[c])
		for i := c + 2; i < n; i++ {
			row := m.row(i)
			if row[c] == 0 {
				continue
			}
			u := m.mul(row[c], inv)
			m.subScaled(row[c:], pivot[c:], u)
			for k := range n {
				line := m.row(k)
				line[c+1] = m.add(line[c+1], m.mul(u, line[i]))
			}
		}
	}
	return nil
}

// characteristic returns the characteristic polynomial of a Hessenberg matrix,
// the highest power first: that of each leading block from those before.
func (m *modular) characteristic(a *number.Arith) ([]uint64, error) {
	polys := [][]uint64{{m.one}}
	for k := 1; k <= m.rows; k++ {
		if err := a.Spend(stepCost * int64(k) * int64(k)); err != nil {
			return nil, err
		}
		last := polys[k-1]
		p := append(append(make([]uint64, 0, k+1), last...), 0)
		m.subScaled(p[1:], last, m.row(k - 1)[k-1])
		t := m.one
		for i := 1; i < k; i++ {
			t = m.mul(t, m.row(k - i)[k-i-1])
			if t == 0 {
				break
			}
			q := polys[k-i-1]
			m.subScaled(p[len(p)-len(q):], q, m.mul(t, m.row(k - i - 1)[k-1]))
		}
		polys = append(polys, p)
	}
	return polys[m.rows], nil
}
