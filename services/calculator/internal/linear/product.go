package linear

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Multiply returns the product of two matrices, whose entries may be
// irrational.
func Multiply(a *number.Arith, x, y Matrix) (Matrix, error) {
	if err := check("a", x); err != nil {
		return nil, err
	}
	if err := check("b", y); err != nil {
		return nil, err
	}
	if len(x[0]) != len(y) {
		return nil, domain("a has %d columns, but b has %d rows; a product needs as many", len(x[0]), len(y))
	}
	if !exact(x) || !exact(y) {
		return multiplyReals(a, x, y)
	}
	p, dx, err := clearAll(a, x)
	if err != nil {
		return nil, err
	}
	q, dy, err := clearAll(a, y)
	if err != nil {
		return nil, err
	}
	z, err := p.times(a, q)
	if err != nil {
		return nil, err
	}
	d, err := a.Mul(dx, dy)
	if err != nil {
		return nil, err
	}
	return z.over(a, d)
}

// over returns m/d.
func (m *integers) over(a *number.Arith, d number.Number) (Matrix, error) {
	one, _ := d.Int64()
	z := zeros(m.rows, m.columns)
	for i, row := range z {
		for j, x := range m.row(i) {
			row[j] = number.FromBigInt(x)
			if one != 1 {
				var err error
				if row[j], err = a.Quo(row[j], d); err != nil {
					return nil, err
				}
			}
		}
	}
	return z, nil
}

// realCost is the work of multiplying and adding two reals, which only builds
// the expression of the result.
const realCost = 2000

func multiplyReals(a *number.Arith, x, y Matrix) (Matrix, error) {
	work := realCost * float64(len(x)) * float64(len(y)) * float64(len(y[0]))
	if limit := a.Limits().Work; work > float64(limit) {
		return nil, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the product of matrices with irrational entries takes about %s steps; the limit is %s", thousands(work), thousands(float64(limit))),
			Hint:    "round the entries to the decimals that matter"}
	}
	z := zeros(len(x), len(y[0]))
	for i := range z {
		for j := range z[i] {
			if err := a.Spend(realCost * int64(len(y))); err != nil {
				return nil, err
			}
			for k, v := range x[i] {
				t, err := a.Mul(v, y[k][j])
				if err != nil {
					return nil, err
				}
				if z[i][j], err = a.Add(z[i][j], t); err != nil {
					return nil, err
				}
			}
		}
	}
	return z, nil
}

// bitLen returns the bits of the longest entry.
func (m *integers) bitLen() int { return longest(m.v) }

func longest(v []*big.Int) int {
	n := 0
	for _, x := range v {
		n = max(n, x.BitLen())
	}
	return n
}

// timesWork is the work of a product of matrices of integers of mb and nb bits,
// with count products of numbers, inner of them in each sum.
func timesWork(count float64, inner, mb, nb int) float64 {
	if mb+nb+bits.Len(uint(inner)) < 63 {
		return count
	}
	return count * float64(number.MulCost(mb, nb))
}

// times returns the product of two matrices of integers.
func (m *integers) times(a *number.Arith, n *integers) (*integers, error) {
	mb, nb := m.bitLen(), n.bitLen()
	limit := a.Limits()
	count := float64(m.rows) * float64(m.columns) * float64(n.columns)
	size := mb + nb + bits.Len(uint(m.columns))
	work := timesWork(count, m.columns, mb, nb)
	if size > limit.IntegerBits || work > float64(limit.Work) {
		return nil, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the product has entries of up to %s digits and takes about %s steps; the limit is %s",
				thousands(float64(size)*0.30103+1), thousands(work), thousands(float64(limit.Work))),
			Hint: "multiply fewer or shorter numbers"}
	}
	z := &integers{m.rows, n.columns, make([]*big.Int, m.rows*n.columns)}
	if size < 63 {
		return z, m.timesSmall(a, n, z)
	}
	t, cost := new(big.Int), number.MulCost(mb, nb)
	for i := range m.rows {
		row := m.row(i)
		for j := range n.columns {
			s := new(big.Int)
			for k, x := range row {
				if err := a.Spend(cost); err != nil {
					return nil, err
				}
				s.Add(s, t.Mul(x, n.v[k*n.columns+j]))
			}
			z.v[i*n.columns+j] = s
		}
	}
	return z, nil
}

// timesSmall is times for sums that fit a machine word.
func (m *integers) timesSmall(a *number.Arith, n, z *integers) error {
	p, q := m.small(), n.small()
	sums := make([]int64, n.columns)
	for i := range m.rows {
		if err := a.Spend(int64(m.columns) * int64(n.columns)); err != nil {
			return err
		}
		clear(sums)
		for k := range m.columns {
			x := p[i*m.columns+k]
			for j, y := range q[k*n.columns : (k+1)*n.columns] {
				sums[j] += x * y
			}
		}
		for j, s := range sums {
			z.v[i*n.columns+j] = big.NewInt(s)
		}
	}
	return nil
}

func (m *integers) small() []int64 {
	v := make([]int64, len(m.v))
	for i, x := range m.v {
		v[i] = x.Int64()
	}
	return v
}
