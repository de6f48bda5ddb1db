package calculator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/linear"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var matrixTool = &mcp.Tool{
	Name:        "matrix",
	Title:       "Matrix",
	Description: `Exact linear algebra of rationals, up to 200x200. A vector is a matrix of one column. solve: all x with a*x = b; power: a^n, also n < 0. Example: {"operation":"solve", "a":[[2,1],[1,"1/3"]], "b":[[3],[5]]}`,
	Annotations: server.ReadOnly(false),
}

type matrixInput struct {
	Operation string     `json:"operation" enum:"det,inverse,rank,rref,solve,multiply,power,transpose,trace,nullspace,lu,charpoly,eigenvalues" jsonschema:"Which"`
	A         []numerals `json:"a" jsonschema:"Rows"`
	B         []numerals `json:"b,omitempty" jsonschema:"Rows, for solve and multiply"`
	N         *int       `json:"n,omitempty" jsonschema:"For power"`
	Precision int        `json:"precision,omitempty" jsonschema:"Digits"`
}

type matrixOutput struct {
	Operation      string       `json:"operation" jsonschema:"the operation that was asked for"`
	Result         string       `json:"result,omitempty" jsonschema:"the number, or the characteristic polynomial in x"`
	Matrix         [][]string   `json:"matrix,omitempty" jsonschema:"the matrix by rows; of solve a solution x; of lu the upper factor"`
	Lower          [][]string   `json:"lower,omitempty" jsonschema:"of lu the lower factor, with ones in the diagonal"`
	Permutation    []int        `json:"permutation,omitempty" jsonschema:"of lu the rows of a that lower*upper has, counted from 0"`
	Pivots         []int        `json:"pivots,omitempty" jsonschema:"of rref the pivot columns, counted from 0"`
	Kind           string       `json:"kind,omitempty" jsonschema:"of solve: unique, none or infinite"`
	Basis          [][]string   `json:"basis,omitempty" jsonschema:"vectors whose multiples are the nullspace, or may be added to a solution"`
	Coefficients   []string     `json:"coefficients,omitempty" jsonschema:"of charpoly, that of the highest power first"`
	Eigenvalues    []eigenvalue `json:"eigenvalues,omitempty" jsonschema:"the different eigenvalues"`
	Exact          bool         `json:"exact" jsonschema:"whether every number is the value itself; false when one is rounded or shortened"`
	Interpretation string       `json:"interpretation" jsonschema:"what was computed of what"`
	Notes          []string     `json:"notes,omitempty" jsonschema:"what else to know"`
}

type eigenvalue struct {
	figure
	Imaginary    *figure `json:"imaginary,omitempty" jsonschema:"the imaginary part; value is then the real part"`
	Multiplicity int     `json:"multiplicity" jsonschema:"how often it is a root of the characteristic polynomial"`
}

func (s *Service) matrix(ctx context.Context, in matrixInput) (matrixOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision})
	if err != nil {
		return matrixOutput{}, shown(err)
	}
	w := matrixWork{a: ev.Arith(), in: in}
	if w.ma, err = rowsOf(ev, "a", in.A); err == nil {
		w.mb, err = rowsOf(ev, "b", in.B)
	}
	if err == nil {
		err = w.run()
	}
	if err != nil {
		return matrixOutput{}, shown(err)
	}
	return w.out, nil
}

// rowsOf reads a matrix.
func rowsOf(ev *eval.Evaluator, name string, rows []numerals) (linear.Matrix, error) {
	var m linear.Matrix
	for i, row := range rows {
		if n := max(len(rows), len(row)); n > linear.MaxSize {
			return nil, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("%s has a side of %d; the limit is %d", name, n, linear.MaxSize)}
		}
		v, err := numbers(ev, fmt.Sprintf("%s[%d]", name, i), row)
		if err != nil {
			return nil, err
		}
		m = append(m, v)
	}
	return m, nil
}

// matrixWork is one call of the tool.
type matrixWork struct {
	a      *number.Arith
	in     matrixInput
	ma, mb linear.Matrix
	out    matrixOutput
	size   int // characters written
}

// run computes and writes the result.
func (w *matrixWork) run() error {
	if err := w.arguments(); err != nil {
		return err
	}
	w.out.Operation, w.out.Exact = w.in.Operation, true
	var (
		m   linear.Matrix
		err error
	)
	switch w.in.Operation {
	case "det":
		return w.scalar(linear.Determinant(w.a, w.ma))
	case "trace":
		return w.scalar(linear.Trace(w.a, w.ma))
	case "rank":
		rank, err := linear.Rank(w.a, w.ma)
		return w.scalar(number.Int(int64(rank)), err)
	case "charpoly":
		return w.characteristic()
	case "eigenvalues":
		return w.eigenvalues()
	case "solve":
		return w.solve()
	case "lu":
		return w.factor()
	case "nullspace":
		return w.nullspace()
	case "inverse":
		if err = w.inverseFits(); err == nil {
			m, err = linear.Inverse(w.a, w.ma)
		}
	case "multiply":
		m, err = linear.Multiply(w.a, w.ma, w.mb)
	case "power":
		m, err = linear.Power(w.a, w.ma, int64(*w.in.N))
	case "transpose":
		m, err = linear.Transpose(w.ma)
	case "rref":
		m, w.out.Pivots, err = linear.RREF(w.a, w.ma)
	}
	if err != nil {
		return err
	}
	w.out.Matrix, err = w.rows(m)
	return err
}

// arguments checks that those which the operation needs are there, and no
// others, and says what will be computed.
func (w *matrixWork) arguments() error {
	op := w.in.Operation
	needsB := op == "solve" || op == "multiply"
	switch {
	case needsB && w.in.B == nil:
		return &number.Error{Kind: number.Syntax, Message: op + " needs b, a list of rows as a is"}
	case !needsB && w.in.B != nil:
		return &number.Error{Kind: number.Syntax, Message: op + " has no b", Hint: "leave it out, or choose solve or multiply"}
	case op == "power" && w.in.N == nil:
		return &number.Error{Kind: number.Syntax, Message: "power needs the exponent n"}
	case op != "power" && w.in.N != nil:
		return &number.Error{Kind: number.Syntax, Message: op + " has no n", Hint: "leave it out, or choose power"}
	}
	what := op + " of a"
	switch op {
	case "solve":
		what = "all x with a*x = b"
	case "multiply":
		what = "a*b"
	case "power":
		what = fmt.Sprintf("a^%d", *w.in.N)
	case "charpoly":
		what = "det(x*I - a)"
	}
	w.out.Interpretation = what + ", where " + w.described("a", w.ma)
	if needsB {
		w.out.Interpretation += ", and " + w.described("b", w.mb)
	}
	return nil
}

// A matrix that the interpretation repeats has at most so many entries and
// characters.
const (
	maxDescribed     = 25
	maxDescribedText = 500
)

// described writes a small matrix, and the shape of others.
func (w *matrixWork) described(name string, m linear.Matrix) string {
	if len(m) == 0 {
		return name + " is empty"
	}
	shape := fmt.Sprintf("%s is a %dx%d matrix", name, len(m), len(m[0]))
	if len(m)*len(m[0]) > maxDescribed {
		return shape
	}
	lines := make([]string, len(m))
	for i, row := range m {
		entries := make([]string, len(row))
		for j, x := range row {
			t, err := w.a.Text(x, 0)
			if err != nil {
				return shape
			}
			entries[j] = t.Decimal
			if closed := t.Fraction + t.Symbolic; closed != "" && !t.DecimalExact {
				entries[j] = closed
			}
		}
		lines[i] = "[" + strings.Join(entries, ", ") + "]"
	}
	if text := strings.Join(lines, ", "); len(text) <= maxDescribedText {
		return name + " = [" + text + "]"
	}
	return shape
}

// maxMatrixText bounds the characters of all numbers in a result.
const maxMatrixText = 256 << 10

// entry writes a number shortly: an exact one as a fraction unless it is a
// decimal.
func (w *matrixWork) entry(x number.Number) (string, error) {
	t, err := w.a.Text(x, 0)
	if err != nil {
		return "", err
	}
	s := t.Decimal
	switch {
	case t.DecimalExact:
	case t.Fraction != "":
		s = t.Fraction
	default:
		w.out.Exact = false
	}
	if w.size += len(s); w.size > maxMatrixText {
		return "", tooMuchText()
	}
	return s, nil
}

func tooMuchText() error {
	return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("the numbers of the result have more than %d characters", maxMatrixText),
		Hint: "send a smaller matrix, or solve for the columns that matter"}
}

// inverseFits refuses, before it is computed, a large inverse that is too long
// to be written.
func (w *matrixWork) inverseFits() error {
	least := min(linear.LongDigits, w.a.Precision())
	if len(w.ma)*len(w.ma)*least <= maxMatrixText {
		return nil
	}
	long, err := linear.LongInInverse(w.a, w.ma)
	if err == nil && long*least > maxMatrixText {
		err = tooMuchText()
	}
	return err
}

func (w *matrixWork) rows(m linear.Matrix) ([][]string, error) {
	rows := make([][]string, len(m))
	for i, row := range m {
		var err error
		if rows[i], err = w.list(row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (w *matrixWork) list(v []number.Number) ([]string, error) {
	list := make([]string, len(v))
	for i, x := range v {
		var err error
		if list[i], err = w.entry(x); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (w *matrixWork) scalar(x number.Number, err error) error {
	if err == nil {
		w.out.Result, err = w.entry(x)
	}
	return err
}

func (w *matrixWork) nullspace() error {
	basis, err := linear.Nullspace(w.a, w.ma)
	if err != nil {
		return err
	}
	if len(basis) == 0 {
		w.note("only 0 is in the nullspace")
	}
	w.out.Basis, err = w.rows(basis)
	return err
}

func (w *matrixWork) solve() error {
	s, err := linear.Solve(w.a, w.ma, w.mb)
	if err != nil {
		return err
	}
	w.out.Kind = string(s.Kind)
	if s.Kind == linear.None {
		if len(w.mb[0]) > 1 {
			w.note("for at least one column of b there is no solution")
		}
		return nil
	}
	if w.out.Matrix, err = w.rows(s.Particular); err != nil {
		return err
	}
	if len(s.Free) > 0 {
		names := make([]string, len(s.Free))
		for i, k := range s.Free {
			names[i] = fmt.Sprintf("x%d", k+1)
		}
		w.note("free: " + strings.Join(names, ", ") + "; they are 0 in matrix, and each multiple of a vector of basis may be added to it")
	}
	w.out.Basis, err = w.rows(s.Basis)
	return err
}

func (w *matrixWork) factor() error {
	f, err := linear.LU(w.a, w.ma)
	if err != nil {
		return err
	}
	w.out.Permutation = f.Permutation
	if !slices.IsSorted(f.Permutation) {
		w.note("rows were exchanged: row i of lower*upper is row permutation[i] of a")
	}
	if w.out.Lower, err = w.rows(f.Lower); err != nil {
		return err
	}
	w.out.Matrix, err = w.rows(f.Upper)
	return err
}

func (w *matrixWork) characteristic() error {
	c, err := linear.CharacteristicPolynomial(w.a, w.ma)
	if err != nil {
		return err
	}
	if w.out.Coefficients, err = w.list(c); err == nil {
		w.out.Result = polynomial(w.out.Coefficients)
	}
	return err
}

func (w *matrixWork) note(s string) { w.out.Notes = append(w.out.Notes, s) }

// polynomial writes a polynomial in x, the coefficient of the highest power
// first.
func polynomial(c []string) string {
	var b strings.Builder
	for i, s := range c {
		digits, negative := strings.CutPrefix(s, "-")
		power := len(c) - 1 - i
		if s == "0" && len(c) > 1 {
			continue
		}
		switch {
		case b.Len() == 0 && negative:
			b.WriteString("-")
		case b.Len() > 0 && negative:
			b.WriteString(" - ")
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		if digits != "1" || power == 0 {
			b.WriteString(digits)
			if power > 0 {
				b.WriteString("*")
			}
		}
		if power > 0 {
			b.WriteString("x")
		}
		if power > 1 {
			fmt.Fprintf(&b, "^%d", power)
		}
	}
	return b.String()
}
