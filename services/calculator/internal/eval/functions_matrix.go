package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/linear"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

const (
	squareMatrix = "a square matrix of integers and fractions, up to 200x200"
	exactAlways  = "always exact; irrational entries are refused"
)

var matrixFunctions = []Function{
	{"det", "det(m)", "determinant", "a square matrix of real numbers; with irrational ones up to 8x8", whereClosed, "det([[1, 2], [3, 4]]) = -2", 1, 1, []string{"determinant"}, nil, ofMatrix(determinant), nil},
	{"eigenvalues", "eigenvalues(m)", "list of the eigenvalues, each as often as its multiplicity", squareMatrix + ", whose eigenvalues are rational or quadratic", whereClosed, "eigenvalues([[2, 1], [1, 2]]) = [1, 3]", 1, 1, nil, []string{"eig", "eigvals"}, ofMatrix(eigenvalues), nil},
	{"identity", "identity(n)", "n by n matrix with ones in the diagonal and zeros elsewhere", "1 to 200", always, "identity(2) = [[1, 0], [0, 1]]", 1, 1, nil, []string{"eye"}, identityMatrix, nil},
	{"inverse", "inverse(m)", "matrix by which m is multiplied to get identity(n); also m^-1", squareMatrix + ", whose determinant is not 0", exactAlways, "inverse([[2, 0], [0, 4]]) = [[0.5, 0], [0, 0.25]]", 1, 1, []string{"inv"}, nil, ofMatrix(inverseMatrix), nil},
	{"rank", "rank(m)", "number of independent rows of a matrix", "a matrix of integers and fractions, up to 200x200", exactAlways, "rank([[1, 2], [2, 4]]) = 1", 1, 1, nil, nil, ofMatrix(rank), nil},
	{"trace", "trace(m)", "sum of the diagonal of a square matrix", "a square matrix of real numbers", whereClosed, "trace([[1, 2], [3, 4]]) = 5", 1, 1, nil, []string{"tr"}, ofMatrix(trace), nil},
}

// matrix is v as linear algebra takes it; ok is false if v is no matrix of real
// numbers.
func (v value) matrix() (m linear.Matrix, ok bool) {
	rows, columns, ok := v.isMatrix()
	if !ok {
		return nil, false
	}
	m = make(linear.Matrix, rows)
	for i, row := range v.list() {
		m[i] = make([]number.Number, columns)
		for j, x := range row.list() {
			if x.kind != isNumber {
				return nil, false
			}
			m[i][j] = x.number
		}
	}
	return m, true
}

// exactMatrix is v as a matrix of integers and fractions of a size that linear
// algebra takes.
func (v value) exactMatrix() (m linear.Matrix, ok bool) {
	if m, ok = v.matrix(); !ok || max(len(m), len(m[0])) > linear.MaxSize {
		return nil, false
	}
	for _, row := range m {
		for _, x := range row {
			if !x.IsExact() {
				return nil, false
			}
		}
	}
	return m, true
}

// ofMatrix takes a matrix of real numbers.
func ofMatrix(f func(*evaluator, linear.Matrix) (value, error)) operation {
	return func(e *evaluator, args []value) (value, error) {
		m, ok := args[0].matrix()
		if !ok {
			return value{}, &wrongArgument{0, args[0], "a matrix of real numbers"}
		}
		return f(e, m)
	}
}

// ofRows is m as a value.
func (e *evaluator) ofRows(m linear.Matrix, err error) (value, error) {
	if err != nil {
		return value{}, err
	}
	rows := make([]value, len(m))
	for i, row := range m {
		if rows[i], err = e.listOfNumbers(row); err != nil {
			return value{}, err
		}
	}
	return listOf(rows), nil
}

// square refuses a matrix that is not square.
func square(name string, m linear.Matrix) error {
	if rows, columns := len(m), len(m[0]); rows != columns {
		return domain("%s needs a square matrix; this one has %d rows and %d columns", name, rows, columns)
	}
	return nil
}

func determinant(e *evaluator, m linear.Matrix) (value, error) {
	if err := square("det", m); err != nil {
		return value{}, err
	}
	d, err := linear.Determinant(e.a, m)
	return numeric(d), err
}

func inverseMatrix(e *evaluator, m linear.Matrix) (value, error) {
	if err := square("inverse", m); err != nil {
		return value{}, err
	}
	return e.ofRows(linear.Inverse(e.a, m))
}

func rank(e *evaluator, m linear.Matrix) (value, error) {
	n, err := linear.Rank(e.a, m)
	return numeric(number.Int(int64(n))), err
}

func trace(e *evaluator, m linear.Matrix) (value, error) {
	if err := square("trace", m); err != nil {
		return value{}, err
	}
	t, err := linear.Trace(e.a, m)
	return numeric(t), err
}

func eigenvalues(e *evaluator, m linear.Matrix) (value, error) {
	if err := square("eigenvalues", m); err != nil {
		return value{}, err
	}
	s, err := linear.Eigenvalues(e.a, m)
	if err != nil {
		return value{}, err
	}
	if len(s.Rest) > 0 {
		return value{}, &number.Error{Kind: number.Domain, Message: "some of the eigenvalues have no closed form",
			Hint: "the tool matrix writes them in decimals"}
	}
	var all []value
	for _, v := range s.Values {
		x := complexValue(complex.Number{Re: v.Re, Im: v.Im})
		if x.kind == isComplex && e.opt.RealOnly {
			return value{}, e.hintAtComplex(domain("some of the eigenvalues are not real"))
		}
		for range v.Multiplicity {
			all = append(all, x)
		}
	}
	return listOf(all), nil
}

func identityMatrix(e *evaluator, args []value) (value, error) {
	n, err := count(args[0], 0, "the number of rows of a matrix", 1, linear.MaxSize)
	if err != nil {
		return value{}, err
	}
	return e.ofRows(linear.Identity(int(n)), nil)
}
