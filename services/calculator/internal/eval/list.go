package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/linear"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// itemCost is the work that stands for the time and the memory of an item of a
// list.
const itemCost = 1000

// room takes the work of n new items. It comes before they are made: a list of
// lists is short to write, but has the product of their lengths.
func (e *evaluator) room(n int) error { return e.a.Spend(itemCost * int64(n)) }

// hold takes the work of keeping v beside other values.
func (e *evaluator) hold(v value) error {
	switch v.kind {
	case isList:
		return e.room(len(v.list()))
	case isComplex:
		z := v.complex()
		if err := e.a.Hold(z.Re); err != nil {
			return err
		}
		return e.a.Hold(z.Im)
	}
	return e.a.Hold(v.number)
}

// each is the list of f of each item.
func (e *evaluator) each(items []value, f func(value) (value, error)) (value, error) {
	return e.fill(len(items), func(i int) (value, error) { return f(items[i]) })
}

// fill is the list of the n values of f.
func (e *evaluator) fill(n int, f func(i int) (value, error)) (value, error) {
	if err := e.room(n); err != nil {
		return value{}, err
	}
	out := make([]value, n)
	for i := range out {
		var err error
		if out[i], err = f(i); err == nil {
			err = e.hold(out[i])
		}
		if err != nil {
			return value{}, err
		}
	}
	return listOf(out), nil
}

// listOfNumbers is a list that was computed at once.
func (e *evaluator) listOfNumbers(x []number.Number) (value, error) {
	items := make([]value, len(x))
	for i := range x {
		items[i] = numeric(x[i])
	}
	return listOf(items), e.a.Spend(itemCost * int64(len(x)))
}

// lists is x op y where one side is a list at least: item by item, but for the
// product and the powers of matrices.
func (e *evaluator) lists(op parse.Op, x, y value) (value, error) {
	rows, columns, isX := x.isMatrix()
	_, _, isY := y.isMatrix()
	switch {
	case op == parse.Mul && isX && y.kind == isList:
		if m, n, ok := exactMatrices(x, y); ok && len(m[0]) == len(n) {
			e.note("* of two matrices is the product of matrices")
			return e.ofRows(linear.Multiply(e.a, m, n))
		}
		return e.matrixProduct(x.list(), y)
	case op == parse.Mul && isY && x.kind == isList:
		return value{}, &number.Error{Kind: number.Domain, Message: "a list to the left of a matrix is no product",
			Hint: "write the row as a matrix: [[1, 2]] * [[3], [4]]"}
	case op == parse.Pow && isX && y.kind == isNumber:
		return e.matrixPower(x, y.number, rows, columns)
	case (op == parse.Div || op == parse.Pow) && isY:
		return value{}, &number.Error{Kind: number.Domain, Message: "a matrix is no divisor and no exponent",
			Hint: "multiply with its inverse: a * b^-1"}
	case x.kind != isList:
		return e.each(y.list(), func(item value) (value, error) { return e.operate(op, x, item) })
	case y.kind != isList:
		return e.each(x.list(), func(item value) (value, error) { return e.operate(op, item, y) })
	}
	v, w := x.list(), y.list()
	if len(v) != len(w) {
		return value{}, domain("lists of %d and %d items cannot be combined item by item", len(v), len(w))
	}
	if op == parse.Mul || op == parse.Div || op == parse.Pow {
		e.note("lists are combined item by item; dot(a, b) is the scalar product")
	}
	return e.fill(len(v), func(i int) (value, error) { return e.operate(op, v[i], w[i]) })
}

// share is the percentage y of x: item by item also where both are matrices,
// since the share is added to x so.
func (e *evaluator) share(x, y value) (value, error) {
	if y.kind != isList {
		return e.operate(parse.Mul, x, y)
	}
	if x.kind != isList {
		return e.each(y.list(), func(item value) (value, error) { return e.share(x, item) })
	}
	v, w := x.list(), y.list()
	if len(v) != len(w) {
		return value{}, domain("lists of %d and %d items cannot be combined item by item", len(v), len(w))
	}
	return e.fill(len(v), func(i int) (value, error) { return e.share(v[i], w[i]) })
}

// exactMatrices are two factors that linear algebra multiplies.
func exactMatrices(x, y value) (m, n linear.Matrix, ok bool) {
	if m, ok = x.exactMatrix(); ok {
		n, ok = y.exactMatrix()
	}
	return m, n, ok
}

// matrixProduct is x*y for a matrix x and a matrix or a list, which stands for
// a column.
func (e *evaluator) matrixProduct(x []value, y value) (value, error) {
	e.note("* of two matrices is the product of matrices")
	rows, columns, isMatrix := y.isMatrix()
	if !isMatrix {
		rows, columns = len(y.list()), 1
	}
	if inner := len(x[0].list()); inner != rows {
		return value{}, domain("a matrix with %d columns cannot be multiplied with one of %d rows", inner, rows)
	}
	out := make([]value, len(x))
	for i := range x {
		if err := e.a.Spend((itemCost + productCost*int64(rows)) * int64(columns)); err != nil {
			return value{}, err
		}
		if err := e.room(columns); err != nil {
			return value{}, err
		}
		row := make([]value, columns)
		for j := range row {
			sum := numeric(number.Int(0))
			for k, factor := range x[i].list() {
				item := y.list()[k]
				if isMatrix {
					item = item.list()[j]
				}
				p, err := e.operate(parse.Mul, factor, item)
				if err == nil && k > 0 {
					p, err = e.operate(parse.Add, sum, p)
				}
				if err != nil {
					return value{}, err
				}
				sum = p
			}
			if err := e.hold(sum); err != nil {
				return value{}, err
			}
			row[j] = sum
		}
		if out[i] = row[0]; isMatrix {
			out[i] = listOf(row)
		}
	}
	return listOf(out), nil
}

// productCost is the work of a product of short numbers and its sum, for which
// the arithmetic itself asks nothing.
const productCost = 32

// maxMatrixPower bounds the exponent of a matrix that is multiplied step by
// step.
const maxMatrixPower = 1 << 20

// matrixPower is x^n: by linear algebra if the entries are exact, also for a
// negative n, else by repeated squaring.
func (e *evaluator) matrixPower(x value, n number.Number, rows, columns int) (value, error) {
	i, ok := n.Int64()
	if rows != columns || !ok {
		return value{}, domain("a power of a matrix needs a square matrix and an integer exponent")
	}
	e.note("^ of a matrix is its power as a matrix")
	if m, ok := x.exactMatrix(); ok {
		return e.ofRows(linear.Power(e.a, m, i))
	}
	if i < 0 || i > maxMatrixPower {
		return value{}, &number.Error{Kind: number.Domain,
			Message: "the exponent of a matrix with entries that are no fractions can be 0 to " + grouped(maxMatrixPower),
			Hint:    "round the entries to the decimals that matter"}
	}
	result, err := e.ofRows(linear.Identity(rows), nil)
	for ; err == nil && i > 0; i >>= 1 {
		if i&1 == 1 {
			result, err = e.matrixProduct(result.list(), x)
		}
		if err == nil && i > 1 {
			x, err = e.matrixProduct(x.list(), x)
		}
	}
	return result, err
}
