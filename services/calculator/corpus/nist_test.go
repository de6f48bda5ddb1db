package corpus

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/stats"
)

// strd is a part of the Statistical Reference Datasets of NIST
// (https://www.itl.nist.gov/div898/strd/), as the source of a test of
// montanaflynn/stats holds them. Numbers are kept as they are written.
type strd struct {
	data      map[string][]string
	certified map[string][]string // mean, sample standard deviation, autocorrelation
}

func readStRD(t *testing.T) strd {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(moduleDir(t, "github.com/montanaflynn/stats"), "nist_test.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := strd{map[string][]string{}, map[string][]string{}}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || len(v.Values) != 1 {
					continue
				}
				if list, ok := v.Values[0].(*ast.CompositeLit); ok {
					s.data[v.Names[0].Name] = literals(list.Elts)
				}
			}
		case *ast.FuncDecl:
			set, ok := strings.CutSuffix(strings.TrimPrefix(d.Name.Name, "Test"), "Data")
			if !ok {
				continue
			}
			ast.Inspect(d.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "test" {
					s.certified[strings.ToLower(set)] = append(s.certified[strings.ToLower(set)], literals(call.Args[2:3])...)
				}
				return true
			})
		}
	}
	// NumAcc2 to 4 are defined by a rule: a value, and then two others in turn,
	// 1001 in all.
	for set, v := range map[string][3]string{
		"numacc2": {"1.2", "1.1", "1.3"}, "numacc3": {"1000000.2", "1000000.1", "1000000.3"}, "numacc4": {"10000000.2", "10000000.1", "10000000.3"},
	} {
		s.data[set] = append([]string{v[0]}, slices.Repeat(v[1:], 500)...)
	}
	return s
}

// literals returns numbers as they are written in Go.
func literals(list []ast.Expr) []string {
	var v []string
	for _, e := range list {
		sign := ""
		if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.SUB {
			sign, e = "-", u.X
		}
		if l, ok := e.(*ast.BasicLit); ok {
			v = append(v, sign+l.Value)
		}
	}
	return v
}

func decimals(t *testing.T, a *number.Arith, list []string) []number.Number {
	t.Helper()
	var v []number.Number
	for _, s := range list {
		x, err := a.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		v = append(v, x)
	}
	return v
}

// agrees checks x against a certified value: all its digits, and the value
// itself where fewer than 12 are given, which NIST calls exact.
func agrees(t *testing.T, a *number.Arith, x number.Number, certified string) bool {
	t.Helper()
	want := decimals(t, a, []string{certified})[0]
	_, fraction, _ := strings.Cut(certified, ".")
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(certified), "0")
	if len(digits) >= 12 {
		var err error
		if x, err = a.Round(x, len(fraction), number.HalfEven); err != nil {
			t.Fatal(err)
		}
	}
	c, err := a.Cmp(x, want)
	if err != nil {
		t.Fatal(err)
	}
	return c == 0
}

func TestStRDUnivariate(t *testing.T) {
	s := readStRD(t)
	measures := []string{"mean", "stdev_sample", "autocorrelation"}
	cases := 0
	for set, size := range map[string]int{
		"lew": 200, "lottery": 218, "mavro": 50, "michelson": 100, "pidigits": 5000,
		"numacc1": 3, "numacc2": 1001, "numacc3": 1001, "numacc4": 1001,
	} {
		a := number.New(t.Context(), number.Limits{}, 34)
		if len(s.data[set]) != size || len(s.certified[set]) != len(measures) {
			t.Errorf("%s: %d values and %d certified ones", set, len(s.data[set]), len(s.certified[set]))
			continue
		}
		sample, err := stats.New(a, stats.Data{X: decimals(t, a, s.data[set])})
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range measures {
			x, err := sample.Measure(m)
			if err != nil {
				t.Fatal(err)
			}
			if !agrees(t, a, x, s.certified[set][i]) {
				text, _ := a.Text(x, 20)
				t.Errorf("%s: %s is %s, certified is %s", set, m, text.Decimal, s.certified[set][i])
			}
			cases++
		}
	}
	if cases != 27 {
		t.Errorf("%d cases of 27", cases)
	}
	tabled(t, "NIST StRD, univariate", "`"+release(t, "github.com/montanaflynn/stats")+"`, `nist_test.go`", count(cases), count(cases), count(cases), counts(nil))
}

// The certified values are those of
// https://www.itl.nist.gov/div898/strd/lls/data/LINKS/DATA/Norris.dat.
func TestStRDNorris(t *testing.T) {
	s := readStRD(t)
	a := number.New(t.Context(), number.Limits{}, 34)
	sample, err := stats.New(a, stats.Data{X: decimals(t, a, s.data["norrisX"]), Y: decimals(t, a, s.data["norrisY"])})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"n":                        "36",
		"intercept":                "-0.262323073774029",
		"slope":                    "1.00211681802045",
		"intercept_standard_error": "0.232818234301152",
		"slope_standard_error":     "0.000429796848199937",
		"residual_standard_error":  "0.884796396144373",
		"r_squared":                "0.999993745883712",
	}
	for m, certified := range values {
		x, err := sample.Measure(m)
		if err != nil {
			t.Fatal(err)
		}
		if !agrees(t, a, x, certified) {
			text, _ := a.Text(x, 20)
			t.Errorf("%s is %s, certified is %s", m, text.Decimal, certified)
		}
	}
	tabled(t, "NIST StRD, Norris", "the same, and the certified values of its page", count(len(values)), count(len(values)), count(len(values)), counts(nil))
}
