package linear

import (
	"fmt"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Factors are the triangular factors of a matrix m: the row Permutation[i] of m
// is the row i of the product of Lower, which has ones in its diagonal, and
// Upper.
type Factors struct {
	Permutation  []int
	Lower, Upper Matrix
}

// LU returns the triangular factors of m. Rows are exchanged only where the
// diagonal would be 0.
func LU(a *number.Arith, m Matrix) (Factors, error) {
	if err := check("a", m); err != nil {
		return Factors{}, err
	}
	if err := rational("LU factorisation", m); err != nil {
		return Factors{}, err
	}
	z, by, err := clearRows(a, m)
	if err != nil {
		return Factors{}, err
	}
	if err := affordable(a, z); err != nil {
		return Factors{}, err
	}
	e := elimination{z: z, by: by, before: make([]*big.Int, len(m)),
		Factors: Factors{make([]int, len(m)), Identity(len(m)), zeros(len(m), len(m[0]))}}
	for i := range e.Permutation {
		e.Permutation[i] = i
	}
	err = e.run(a)
	return e.Factors, err
}

// An elimination is Gauss's in integers (Bareiss): after k steps each entry is a
// minor of the matrix, and the one of the step before divides what the next
// yields.
type elimination struct {
	Factors
	z      *integers
	by     []number.Number // what the rows were multiplied by
	before []*big.Int      // the pivot of the step before that of each row
}

func (e *elimination) run(a *number.Arith) error {
	pivot := big.NewInt(1)
	steps := min(e.z.rows, e.z.columns)
	for c := range e.z.rows {
		e.before[c] = pivot
		if c >= steps {
			continue
		}
		if r := e.pivotRow(c); r < e.z.rows {
			e.swap(r, c)
			next := e.z.row(c)[c]
			if err := e.step(a, c, pivot); err != nil {
				return err
			}
			pivot = next
		}
		a.Progress(float64(c+1), float64(steps), fmt.Sprintf("column %d of %d", c+1, steps))
	}
	for i := range e.Upper {
		for j, x := range e.z.row(i) {
			// What is left below the diagonal is 0.
			if j < i {
				continue
			}
			u, err := a.Quo(number.FromBigInt(x), number.FromBigInt(e.before[i]))
			if err == nil {
				e.Upper[i][j], err = a.Quo(u, e.by[i])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// pivotRow is the first row from c on that is not 0 in the column c.
func (e *elimination) pivotRow(c int) int {
	r := c
	for r < e.z.rows && e.z.row(r)[c].Sign() == 0 {
		r++
	}
	return r
}

func (e *elimination) swap(r, c int) {
	if r == c {
		return
	}
	e.z.swap(r, c)
	e.by[r], e.by[c] = e.by[c], e.by[r]
	e.Permutation[r], e.Permutation[c] = e.Permutation[c], e.Permutation[r]
	for j := range c {
		e.Lower[r][j], e.Lower[c][j] = e.Lower[c][j], e.Lower[r][j]
	}
}

// step makes the entries below the diagonal 0 in the column c.
func (e *elimination) step(a *number.Arith, c int, before *big.Int) error {
	top := e.z.row(c)
	pivot, t := top[c], new(big.Int)
	for i := c + 1; i < e.z.rows; i++ {
		row := e.z.row(i)
		factor := row[c]
		// Of the rows as they were sent.
		l, err := a.Quo(number.FromBigInt(factor), number.FromBigInt(pivot))
		if err == nil {
			l, err = a.Mul(l, e.by[c])
		}
		if err == nil {
			e.Lower[i][c], err = a.Quo(l, e.by[i])
		}
		if err != nil {
			return err
		}
		bits := max(longest(row[c:]), longest(top[c:]))
		if err := a.Spend(int64(len(row)-c) * entryCost(bits)); err != nil {
			return err
		}
		row[c] = new(big.Int)
		for j := c + 1; j < len(row); j++ {
			x := new(big.Int).Mul(pivot, row[j])
			x.Sub(x, t.Mul(factor, top[j]))
			row[j] = x.Quo(x, before)
		}
	}
	return nil
}

// entryCost is the work of an entry in a step with minors of so many bits:
// two products, a difference and a quotient.
func entryCost(bits int) int64 {
	return 2*number.MulCost(bits, bits) + number.DivCost(2*bits, bits) + 100
}

// affordable predicts the work of a factorisation: the entries are minors, whose
// length grows with each column.
func affordable(a *number.Arith, z *integers) error {
	perRow, work := z.rowBits()/float64(z.rows), 0.0
	for c := range min(z.rows, z.columns) {
		work += float64(z.rows-c) * float64(z.columns-c) * float64(entryCost(int(perRow*float64(c+1))))
	}
	if limit := a.Limits().Work; work > float64(limit) {
		return &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the LU factorisation of this %dx%d matrix has entries of up to %s digits and takes about %s steps; the limit is %s",
				z.rows, z.columns, thousands(z.rowBits()*0.30103+1), thousands(work), thousands(float64(limit))),
			Hint: "solve, inverse and det take larger matrices"}
	}
	return nil
}
