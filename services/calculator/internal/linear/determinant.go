package linear

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// plan is how much a computation modulo primes will take.
type plan struct {
	what   string // the determinant of this 3x3 matrix
	primes int
	bits   float64 // bound on the results
	work   int64   // units, of all primes
}

// stepCost is the work of a multiplication and a subtraction in a field.
const stepCost = 3

// prepare returns the plan for results of so many bits and a sign, with steps in
// each field and entries to reduce first; it refuses one beyond the limits.
func prepare(a *number.Arith, what string, bits, steps float64, m *integers) (plan, error) {
	n := math.Floor((bits+2)/primeBits) + 1
	each := stepCost*steps + 30*float64(len(m.v)*m.words()) + 10_000
	p := plan{what: what, primes: int(n), bits: bits}
	if limit := a.Limits(); n*each > float64(limit.Work) || bits > float64(limit.IntegerBits) {
		return p, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("%s has up to %s digits and takes about %s steps; the limit is %s",
				what, thousands(bits*math.Log10(2)+1), thousands(n*each), thousands(float64(limit.Work))),
			Hint: "send a smaller matrix, or round its entries to fewer digits"}
	}
	p.work = int64(n * each)
	return p, nil
}

// thousands writes an estimate with commas.
func thousands(f float64) string {
	if f >= 1e15 {
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	s := strconv.FormatInt(int64(f), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// solve computes in fields, found by each, until they suffice for n integers
// within the bound of the plan. A field for which each returns nil is passed
// over.
func (p plan) solve(a *number.Arith, n int, each func(*field) ([]uint64, error)) ([]*big.Int, error) {
	var (
		s primes
		r = newResidues(n)
	)
	for done := 0; done < p.primes; {
		f, err := s.next(a)
		if err != nil {
			return nil, err
		}
		x, err := each(f)
		if err != nil {
			return nil, err
		}
		if x == nil {
			continue
		}
		if err := r.add(a, f, x); err != nil {
			return nil, err
		}
		done++
		a.Progress(float64(done), float64(p.primes), fmt.Sprintf("%s modulo %d of %d primes", p.what, done, p.primes))
	}
	return r.integers(), nil
}

// modular is a matrix over a field.
type modular struct {
	*field
	rows, columns int
	v             []uint64
}

func (f *field) matrix(a *number.Arith, m *integers) (*modular, error) {
	z := &modular{f, m.rows, m.columns, make([]uint64, len(m.v))}
	for i := range m.rows {
		for j, x := range m.row(i) {
			if err := a.Spend(20 + 10*int64(len(x.Bits()))); err != nil {
				return nil, err
			}
			z.v[i*m.columns+j] = f.integer(x)
		}
	}
	return z, nil
}

func (m *modular) row(i int) []uint64 { return m.v[i*m.columns : (i+1)*m.columns] }

func (m *modular) swap(i, j int) {
	u, v := m.row(i), m.row(j)
	for k, x := range u {
		u[k], v[k] = v[k], x
	}
}

// Determinant returns the determinant of a square matrix. Entries may be
// irrational if there are at most MaxRealSize rows.
func Determinant(a *number.Arith, m Matrix) (number.Number, error) {
	if err := square("determinant", m); err != nil {
		return number.Number{}, err
	}
	if !exact(m) && len(m) <= MaxRealSize {
		return expand(a, m)
	}
	if err := rational("determinant", m); err != nil {
		return number.Number{}, err
	}
	z, by, err := clearRows(a, m)
	if err != nil {
		return number.Number{}, err
	}
	n := float64(len(m))
	p, err := prepare(a, of("determinant", m), min(z.rowBits(), z.columnBits()), n*n*n/3, z)
	if err != nil {
		return number.Number{}, err
	}
	v, err := p.solve(a, 1, func(f *field) ([]uint64, error) {
		m, err := f.matrix(a, z)
		if err != nil {
			return nil, err
		}
		d, err := m.determinant(a)
		return []uint64{d}, err
	})
	if err != nil {
		return number.Number{}, err
	}
	d := number.FromBigInt(v[0])
	for _, k := range by {
		if d, err = a.Quo(d, k); err != nil {
			return d, err
		}
	}
	return d, nil
}

// determinant returns that of a square matrix, which it destroys.
func (m *modular) determinant(a *number.Arith) (uint64, error) {
	d := m.one
	for c := range m.columns {
		r := c
		for r < m.rows && m.row(r)[c] == 0 {
			r++
		}
		if r == m.rows {
			return 0, nil
		}
		if r != c {
			m.swap(r, c)
			d = m.neg(d)
		}
		pivot := m.row(c)
		d = m.mul(d, pivot[c])
		inv := m.inverse(pivot[c])
		if err := a.Spend(stepCost * int64(m.rows-c) * int64(m.columns-c)); err != nil {
			return 0, err
		}
		for i := c + 1; i < m.rows; i++ {
			row := m.row(i)
			if row[c] != 0 {
				m.subScaled(row[c+1:], pivot[c+1:], m.mul(row[c], inv))
			}
		}
	}
	return d, nil
}

// MaxRealSize bounds the rows of a determinant with irrational entries: it is
// expanded without dividing, since whether a pivot is 0 could not be decided.
const MaxRealSize = 8

// expand returns the determinant by minors of the first rows.
func expand(a *number.Arith, m Matrix) (number.Number, error) {
	minors := make([]number.Number, 1<<len(m)) // by the set of their columns
	minors[0] = number.Int(1)
	for i, row := range m {
		next := make([]number.Number, len(minors))
		for set, d := range minors {
			for j, x := range row {
				if set>>j&1 != 0 || x.IsZero() || d.IsZero() {
					continue
				}
				t, err := a.Mul(x, d)
				if err != nil {
					return t, err
				}
				// The sign is that of the columns in set to the right of j.
				if bits.OnesCount(uint(set)>>j)%2 != 0 {
					if t, err = a.Neg(t); err != nil {
						return t, err
					}
				}
				if next[set|1<<j], err = a.Add(next[set|1<<j], t); err != nil {
					return t, err
				}
			}
		}
		minors = next
		a.Progress(float64(i+1), float64(len(m)), "the determinant row by row")
	}
	return minors[len(minors)-1], nil
}
