package main

import (
	"math/big"
	"math/rand/v2"
	"time"
)

const (
	precision = 34     // significant digits of what cannot be written exactly
	many      = 10_000 // those of pi
	order     = 100    // of the matrix
)

// A testcase is something to evaluate and how long it may take. For each
// contestant that cannot there is a reason.
type testcase struct {
	name   string
	limit  time.Duration // 0 for what is measured for information
	cannot map[string]string
	evaluation
}

// cases returns what is evaluated. The transcendental values are those of
// mpmath 1.2.1; the others are computed here by other means than ours.
func cases() []testcase {
	expression := func(s, value string, limit time.Duration) testcase {
		return testcase{name: "`" + s + "`", limit: limit, evaluation: evaluation{request: request{Expression: s, Precision: precision}, value: value}}
	}
	const small, decimal, transcendental = time.Microsecond, 5 * time.Microsecond, 50 * time.Microsecond

	gamma := expression("gamma(3.7)", "4.170651783796603165393602998617984", transcendental)
	gamma.cannot = map[string]string{bigNumber: "only of integers"}
	feet := expression("5 ft to cm", "152.4 cm", 0)
	factorial := expression("10000!", new(big.Int).MulRange(1, 10_000).String(), 3*time.Millisecond)
	factorial.cannot = map[string]string{number: "Infinity"}

	digits := expression("pi", pi(many), 15*time.Millisecond)
	digits.name, digits.Precision = "`pi` to 10,000 digits", many
	digits.cannot = map[string]string{number: "16 digits", bigNumber: "1,025 digits at most"}

	m := matrix(order)
	determinant := testcase{name: "determinant, 100×100", limit: 60 * time.Millisecond,
		evaluation: evaluation{request: request{Matrix: m}, value: bareiss(m).String()}}

	return []testcase{
		expression("2+3*4", "14", small),
		expression("0.1+0.2*3.7-1.5/4", "0.465", decimal),
		expression("sin(0.7)", "0.6442176872376910536726143513987202", transcendental),
		expression("exp(1.3)", "3.669296667619244220457489916011486", transcendental),
		expression("log(7)", "1.945910149055313305105352743443180", transcendental),
		gamma, feet, factorial, digits, determinant,
	}
}

// matrix returns the same n by n entries from -9 to 9 in every run.
func matrix(n int) [][]int {
	random := rand.New(rand.NewPCG(1, 2))
	m := make([][]int, n)
	for i := range m {
		m[i] = make([]int, n)
		for j := range m[i] {
			m[i][j] = random.IntN(19) - 9
		}
	}
	return m
}

// bareiss returns the determinant of m by elimination without fractions, as
// E. H. Bareiss described it in 1968. The leading minors of m are not 0.
func bareiss(m [][]int) *big.Int {
	a := make([][]*big.Int, len(m))
	for i, row := range m {
		for _, x := range row {
			a[i] = append(a[i], big.NewInt(int64(x)))
		}
	}
	last, t := big.NewInt(1), new(big.Int)
	for k := range a {
		for i := k + 1; i < len(a); i++ {
			for j := k + 1; j < len(a); j++ {
				x := a[i][j]
				x.Mul(x, a[k][k]).Sub(x, t.Mul(a[i][k], a[k][j])).Quo(x, last)
			}
		}
		last = a[k][k]
	}
	return last
}

// pi returns so many significant digits, rounded, by the formula that J. Machin
// found in 1706: pi/4 = 4 arctan(1/5) - arctan(1/239).
func pi(digits int) string {
	const guard = 10
	one := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-1+guard)), nil)
	arctan := func(n int64) *big.Int {
		square := big.NewInt(n * n)
		power := new(big.Int).Quo(one, big.NewInt(n))
		sum, term := new(big.Int), new(big.Int)
		for k := int64(1); power.Sign() != 0; k += 2 {
			term.Quo(power, big.NewInt(k))
			if k%4 == 1 {
				sum.Add(sum, term)
			} else {
				sum.Sub(sum, term)
			}
			power.Quo(power, square)
		}
		return sum
	}
	x := arctan(5)
	x.Lsh(x, 2).Sub(x, arctan(239)).Lsh(x, 2)
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(guard), nil)
	x.Add(x, new(big.Int).Rsh(scale, 1)).Quo(x, scale)
	s := x.String()
	return s[:1] + "." + s[1:]
}
