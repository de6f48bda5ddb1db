package linear

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// echelon is the reduced row echelon form of a matrix of integers: the column
// free[j] is the sum of y[i][j]/d times the column pivots[i].
type echelon struct {
	columns      int
	pivots, free []int
	d            *big.Int
	y            []*big.Int // row by row
}

// at returns y[i][j]/d.
func (e *echelon) at(a *number.Arith, i, j int) (number.Number, error) {
	return a.Quo(number.FromBigInt(e.y[i*len(e.free)+j]), number.FromBigInt(e.d))
}

// reduce returns the reduced echelon form of m. Which columns are pivots is
// first seen modulo one prime. That the columns chosen are independent is then
// proved by their determinant, and that the others depend on them by the
// equations, which are checked in integers; a prime that misled is replaced.
func reduce(a *number.Arith, what string, m *integers) (*echelon, error) {
	s := primes{last: 1<<61 + 1}
	for {
		f, err := s.next(a)
		if err != nil {
			return nil, err
		}
		z, err := f.matrix(a, m)
		if err != nil {
			return nil, err
		}
		rows, pivots, err := z.pivots(a)
		if err != nil {
			return nil, err
		}
		e, err := express(a, what, m, rows, pivots)
		if err != nil {
			return nil, err
		}
		ok, err := e.holds(a, m, rows)
		if ok || err != nil {
			return e, err
		}
	}
}

// pivots returns the first independent columns of the matrix, which it
// destroys, and rows in which they are independent.
func (m *modular) pivots(a *number.Arith) (rows, columns []int, err error) {
	order := make([]int, m.rows)
	for i := range order {
		order[i] = i
	}
	r := 0
	for c := 0; c < m.columns && r < m.rows; c++ {
		k := r
		for k < m.rows && m.row(k)[c] == 0 {
			k++
		}
		if k == m.rows {
			continue
		}
		m.swap(k, r)
		order[k], order[r] = order[r], order[k]
		columns = append(columns, c)
		pivot := m.row(r)
		inv := m.inverse(pivot[c])
		if err := a.Spend(stepCost * int64(m.rows-r) * int64(m.columns-c)); err != nil {
			return nil, nil, err
		}
		for i := r + 1; i < m.rows; i++ {
			row := m.row(i)
			if row[c] != 0 {
				m.subScaled(row[c:], pivot[c:], m.mul(row[c], inv))
			}
		}
		r++
	}
	return order[:r], columns, nil
}

// express writes the other columns of the rows chosen as sums of the pivot
// columns, by Cramer's rule: d is the determinant of the pivot columns.
func express(a *number.Arith, what string, m *integers, rows, pivots []int) (*echelon, error) {
	e := &echelon{columns: m.columns, pivots: pivots}
	for j := range m.columns {
		if !slices.Contains(pivots, j) {
			e.free = append(e.free, j)
		}
	}
	r := len(pivots)
	if r == 0 {
		e.d = big.NewInt(1)
		return e, nil
	}
	// The pivot columns come first, then the free ones.
	core := &integers{rows: r, columns: m.columns}
	for _, i := range rows {
		row := m.row(i)
		for _, j := range pivots {
			core.v = append(core.v, row[j])
		}
		for _, j := range e.free {
			core.v = append(core.v, row[j])
		}
	}
	steps := float64(r) * float64(r) * (float64(m.columns) - float64(r)/2)
	p, err := prepare(a, what, core.rowBits(), steps, core)
	if err != nil {
		return nil, err
	}
	v, err := p.solve(a, 1+r*len(e.free), func(f *field) ([]uint64, error) {
		z, err := f.matrix(a, core)
		if err != nil {
			return nil, err
		}
		return z.cramer(a)
	})
	if err != nil {
		return nil, err
	}
	e.d, e.y = v[0], v[1:]
	return e, nil
}

// cramer returns the determinant d of the first columns, and d times the
// solutions for the others; nil if d is 0.
func (m *modular) cramer(a *number.Arith) ([]uint64, error) {
	d := m.one
	for c := range m.rows {
		k := c
		for k < m.rows && m.row(k)[c] == 0 {
			k++
		}
		if k == m.rows {
			return nil, nil
		}
		if k != c {
			m.swap(k, c)
			d = m.neg(d)
		}
		pivot := m.row(c)
		d = m.mul(d, pivot[c])
		inv := m.inverse(pivot[c])
		for j := c; j < m.columns; j++ {
			pivot[j] = m.mul(pivot[j], inv)
		}
		if err := a.Spend(stepCost * int64(m.rows) * int64(m.columns-c)); err != nil {
			return nil, err
		}
		for i := range m.rows {
			if row := m.row(i); i != c && row[c] != 0 {
				m.subScaled(row[c+1:], pivot[c+1:], row[c])
			}
		}
	}
	v := []uint64{d}
	for i := range m.rows {
		for _, x := range m.row(i)[m.rows:] {
			v = append(v, m.mul(x, d))
		}
	}
	return v, nil
}

// holds reports whether e is the echelon form of m: each free column depends on
// the pivot columns before it, in the rows that were left out as well.
func (e *echelon) holds(a *number.Arith, m *integers, rows []int) (bool, error) {
	n := len(e.free)
	longest := 0
	for k, y := range e.y {
		longest = max(longest, y.BitLen())
		if i, j := k/n, k%n; y.Sign() != 0 && e.pivots[i] > e.free[j] {
			return false, nil
		}
	}
	left, right := new(big.Int), new(big.Int)
	cost := number.MulCost(longest, 64*m.words())
	for i := range m.rows {
		if slices.Contains(rows, i) {
			continue
		}
		row := m.row(i)
		for j, c := range e.free {
			if err := a.Spend(cost * int64(len(e.pivots)+1)); err != nil {
				return false, err
			}
			left.SetInt64(0)
			for k, p := range e.pivots {
				left.Add(left, right.Mul(row[p], e.y[k*n+j]))
			}
			if left.Cmp(right.Mul(row[c], e.d)) != 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// RREF returns the reduced row echelon form of m, and its pivot columns.
func RREF(a *number.Arith, m Matrix) (Matrix, []int, error) {
	e, err := echelonOf(a, "reduced row echelon form", m)
	if err != nil {
		return nil, nil, err
	}
	z := zeros(len(m), len(m[0]))
	for i, c := range e.pivots {
		z[i][c] = number.Int(1)
		for j, c := range e.free {
			if z[i][c], err = e.at(a, i, j); err != nil {
				return nil, nil, err
			}
		}
	}
	return z, e.pivots, nil
}

func echelonOf(a *number.Arith, what string, m Matrix) (*echelon, error) {
	if err := check("a", m); err != nil {
		return nil, err
	}
	if err := rational(what, m); err != nil {
		return nil, err
	}
	z, _, err := clearRows(a, m)
	if err != nil {
		return nil, err
	}
	return reduce(a, of(what, m), z)
}

// Rank returns the number of independent rows of m.
func Rank(a *number.Arith, m Matrix) (int, error) {
	if err := check("a", m); err != nil {
		return 0, err
	}
	if err := rational("rank", m); err != nil {
		return 0, err
	}
	z, _, err := clearRows(a, m)
	if err != nil {
		return 0, err
	}
	f, err := new(primes).next(a)
	if err != nil {
		return 0, err
	}
	q, err := f.matrix(a, z)
	if err != nil {
		return 0, err
	}
	// What is independent modulo a prime is independent.
	rows, _, err := q.pivots(a)
	if err != nil || len(rows) == min(z.rows, z.columns) {
		return len(rows), err
	}
	e, err := reduce(a, of("rank", m), z)
	if err != nil {
		return 0, err
	}
	return len(e.pivots), nil
}

// Nullspace returns a basis of the vectors x with m*x = 0, none if there is
// only 0: one vector for each free column, which is 1 there.
func Nullspace(a *number.Arith, m Matrix) (Matrix, error) {
	e, err := echelonOf(a, "nullspace", m)
	if err != nil {
		return nil, err
	}
	return e.nullspace(a, e.columns)
}

// nullspace returns the basis for the first columns.
func (e *echelon) nullspace(a *number.Arith, columns int) (Matrix, error) {
	var basis Matrix
	for j, c := range e.free {
		if c >= columns {
			break
		}
		v := make([]number.Number, columns)
		v[c] = number.Int(1)
		for i, p := range e.pivots {
			x, err := e.at(a, i, j)
			if err != nil {
				return nil, err
			}
			if v[p], err = a.Neg(x); err != nil {
				return nil, err
			}
		}
		basis = append(basis, v)
	}
	return basis, nil
}

// Kind says how many solutions a system of equations has.
type Kind string

// The kinds of systems.
const (
	Unique   Kind = "unique"
	None     Kind = "none"
	Infinite Kind = "infinite"
)

// Solution is the set of the matrices x with m*x = b: Particular, and each sum
// of it and multiples of the vectors of Basis, which is empty for Unique.
type Solution struct {
	Kind       Kind
	Particular Matrix // nil for None; the free variables are 0
	Basis      Matrix // a vector in each row
	Free       []int  // the free variables, in the order of Basis
}

// Solve returns the solutions of m*x = b, where b has one column or several.
// With several, None means that one of them has no solution.
func Solve(a *number.Arith, m, b Matrix) (Solution, error) {
	if err := check("a", m); err != nil {
		return Solution{}, err
	}
	if err := check("b", b); err != nil {
		return Solution{}, err
	}
	if len(m) != len(b) {
		return Solution{}, domain("a has %d rows, but b has %d", len(m), len(b))
	}
	z, err := beside("solution", a, m, b)
	if err != nil {
		return Solution{}, err
	}
	e, err := reduce(a, of("solution", m), z)
	if err != nil {
		return Solution{}, err
	}
	n := len(m[0])
	if len(e.pivots) > 0 && e.pivots[len(e.pivots)-1] >= n {
		return Solution{Kind: None}, nil
	}
	s := Solution{Kind: Infinite, Particular: zeros(n, len(b[0]))}
	if len(e.pivots) == n {
		s.Kind = Unique
	}
	for j, c := range e.free {
		if c < n {
			s.Free = append(s.Free, c)
			continue
		}
		for i, p := range e.pivots {
			if s.Particular[p][c-n], err = e.at(a, i, j); err != nil {
				return Solution{}, err
			}
		}
	}
	s.Basis, err = e.nullspace(a, n)
	return s, err
}

// beside returns the rows of m and b one after the other, as integers.
func beside(what string, a *number.Arith, m, b Matrix) (*integers, error) {
	if err := rational(what, m); err != nil {
		return nil, err
	}
	if err := rational(what, b); err != nil {
		return nil, err
	}
	rows := make(Matrix, len(m))
	for i := range rows {
		rows[i] = slices.Concat(m[i], b[i])
	}
	z, _, err := clearRows(a, rows)
	return z, err
}

// Inverse returns the inverse of a square matrix. The error is a Domain error
// for a singular matrix, and says its rank.
func Inverse(a *number.Arith, m Matrix) (Matrix, error) {
	if err := square("inverse", m); err != nil {
		return nil, err
	}
	n := len(m)
	z, err := beside("inverse", a, m, Identity(n))
	if err != nil {
		return nil, err
	}
	e, err := reduce(a, of("inverse", m), z)
	if err != nil {
		return nil, err
	}
	if e.pivots[n-1] >= n {
		rank := slices.IndexFunc(e.pivots, func(c int) bool { return c >= n })
		return nil, domain("the matrix is singular (its rank is %d, it has %d rows) and has no inverse", rank, n)
	}
	v := zeros(n, n)
	for i := range v {
		for j := range v[i] {
			if v[i][j], err = e.at(a, i, j); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
