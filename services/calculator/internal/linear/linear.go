// Package linear does linear algebra over the fractions, exactly: determinants,
// systems of equations, inverses, echelon forms, characteristic polynomials.
// What it says of a matrix, also its rank, is proved, never a matter of
// tolerance. The work is done modulo primes of 62 bits, as many as a bound on
// the result asks for (Hadamard's inequality), so that no intermediate value
// grows; the cost is known, and refused if too high, before it begins.
//
// Start at [Determinant] or [Solve]. A matrix is a list of its rows, which
// have equal lengths.
package linear

import (
	"fmt"
	"math"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// MaxSize bounds the rows and the columns of a matrix.
const MaxSize = 200

// Matrix is a list of rows of equal length. The functions of this package do
// not change their arguments, and return matrices that share nothing with
// them but numbers. Each error is a [number.Error].
type Matrix = [][]number.Number

// check refuses what is no matrix.
func check(name string, m Matrix) error {
	if len(m) == 0 || len(m[0]) == 0 {
		return domain("%s is empty; a matrix has at least one row and one column", name)
	}
	for i, row := range m {
		if len(row) != len(m[0]) {
			return domain("row %d of %s has %d entries, but row 0 has %d", i, name, len(row), len(m[0]))
		}
	}
	if len(m) > MaxSize || len(m[0]) > MaxSize {
		return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("%s is a %s matrix; the limit is %dx%d", name, shape(m), MaxSize, MaxSize)}
	}
	return nil
}

// square refuses a matrix that is not square.
func square(what string, m Matrix) error {
	if err := check("a", m); err != nil {
		return err
	}
	if len(m) != len(m[0]) {
		return domain("the %s is defined for square matrices; a is %s", what, shape(m))
	}
	return nil
}

func shape(m Matrix) string { return fmt.Sprintf("%dx%d", len(m), len(m[0])) }

// of names what is computed of m.
func of(what string, m Matrix) string { return "the " + what + " of this " + shape(m) + " matrix" }

func domain(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Domain, Message: fmt.Sprintf(format, args...)}
}

// rational refuses irrational entries.
func rational(what string, m Matrix) error {
	for i, row := range m {
		for j, x := range row {
			if !x.IsExact() {
				e := domain("the %s is computed for integers and fractions, but the entry [%d][%d] is irrational", what, i, j)
				e.Hint = "round it to the decimals that matter"
				return e
			}
		}
	}
	return nil
}

func exact(m Matrix) bool { return rational("", m) == nil }

// Identity returns the identity matrix of order n.
func Identity(n int) Matrix {
	m := zeros(n, n)
	for i := range m {
		m[i][i] = number.Int(1)
	}
	return m
}

func zeros(rows, columns int) Matrix {
	m := make(Matrix, rows)
	for i := range m {
		m[i] = make([]number.Number, columns)
	}
	return m
}

// Transpose returns the transpose of m.
func Transpose(m Matrix) (Matrix, error) {
	if err := check("a", m); err != nil {
		return nil, err
	}
	t := zeros(len(m[0]), len(m))
	for i, row := range m {
		for j, x := range row {
			t[j][i] = x
		}
	}
	return t, nil
}

// Trace returns the sum of the diagonal of a square matrix.
func Trace(a *number.Arith, m Matrix) (number.Number, error) {
	var t number.Number
	err := square("trace", m)
	for i := 0; err == nil && i < len(m); i++ {
		t, err = a.Add(t, m[i][i])
	}
	return t, err
}

// integers is a matrix of integers, row by row.
type integers struct {
	rows, columns int
	v             []*big.Int
}

func (m *integers) row(i int) []*big.Int { return m.v[i*m.columns : (i+1)*m.columns] }

func (m *integers) swap(i, j int) {
	u, v := m.row(i), m.row(j)
	for k, x := range u {
		u[k], v[k] = v[k], x
	}
}

// clearRows multiplies each row of an exact matrix by its least common
// denominator, which it returns.
func clearRows(a *number.Arith, m Matrix) (*integers, []number.Number, error) {
	z := &integers{len(m), len(m[0]), make([]*big.Int, 0, len(m)*len(m[0]))}
	by := make([]number.Number, len(m))
	for i, row := range m {
		d, err := denominator(a, number.Int(1), row)
		if err != nil {
			return nil, nil, err
		}
		if z.v, err = appendTimes(a, z.v, row, d); err != nil {
			return nil, nil, err
		}
		by[i] = d
	}
	return z, by, nil
}

// clearAll multiplies an exact matrix by its least common denominator, which
// it returns.
func clearAll(a *number.Arith, m Matrix) (*integers, number.Number, error) {
	z := &integers{len(m), len(m[0]), make([]*big.Int, 0, len(m)*len(m[0]))}
	d := number.Int(1)
	var err error
	for _, row := range m {
		if d, err = denominator(a, d, row); err != nil {
			return nil, d, err
		}
	}
	for _, row := range m {
		if z.v, err = appendTimes(a, z.v, row, d); err != nil {
			return nil, d, err
		}
	}
	return z, d, nil
}

// denominator returns the least common multiple of d and the denominators of
// row.
func denominator(a *number.Arith, d number.Number, row []number.Number) (number.Number, error) {
	for _, x := range row {
		if x.IsInt() {
			continue
		}
		_, den, _ := x.Fraction()
		var err error
		if d, err = a.LCM(d, den); err != nil {
			return d, err
		}
	}
	return d, nil
}

func appendTimes(a *number.Arith, v []*big.Int, row []number.Number, d number.Number) ([]*big.Int, error) {
	for _, x := range row {
		k, err := a.Mul(x, d)
		if err != nil {
			return nil, err
		}
		if !k.IsInt() {
			return nil, &number.Error{Kind: number.Limit, Message: "the common denominator of the entries is too long",
				Hint: "round the entries to decimals"}
		}
		v = append(v, k.BigInt())
	}
	return v, nil
}

// rowBits returns a bound on the bits of each minor that has one entry of each
// row, or of some rows if all are not 0: the product of the lengths of the rows.
func (m *integers) rowBits() float64 {
	bits := 0.0
	for i := range m.rows {
		bits += max(lengthBits(m.row(i)), 0)
	}
	return bits
}

// columnBits is rowBits of the transpose.
func (m *integers) columnBits() float64 {
	bits, c := 0.0, make([]*big.Int, m.rows)
	for j := range m.columns {
		for i := range c {
			c[i] = m.v[i*m.columns+j]
		}
		bits += max(lengthBits(c), 0)
	}
	return bits
}

// lengthBits returns the logarithm to the base 2 of the Euclidean length of v,
// rounded up; of the zero vector it is less than 0. Only the leading bits
// count, so that it costs little.
func lengthBits(v []*big.Int) float64 {
	longest := 0
	for _, x := range v {
		longest = max(longest, x.BitLen())
	}
	if longest == 0 {
		return -1
	}
	sum, t := 0.0, new(big.Int)
	for _, x := range v {
		shift := max(x.BitLen()-52, 0)
		top := float64(t.Rsh(t.Abs(x), uint(shift)).Int64())
		if shift > 0 {
			top++
		}
		top = math.Ldexp(top, shift-longest)
		sum += top * top
	}
	// The error of the sum is far below one in 2^40.
	return float64(longest) + math.Log2(sum)/2 + 1e-9
}

// words returns how many machine words the longest entry has.
func (m *integers) words() int {
	n := 1
	for _, x := range m.v {
		n = max(n, len(x.Bits()))
	}
	return n
}
