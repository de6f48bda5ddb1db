package linear

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// kit makes and writes matrices in tests: an error ends the test.
type kit struct {
	t *testing.T
	a *number.Arith
}

func newKit(t *testing.T) kit { return kit{t, number.New(t.Context(), number.Limits{}, 34)} }

// m reads rows divided by semicolons, entries divided by spaces.
func (k kit) m(s string) Matrix {
	k.t.Helper()
	var m Matrix
	for row := range strings.SplitSeq(s, ";") {
		var v []number.Number
		for _, f := range strings.Fields(row) {
			r, ok := new(big.Rat).SetString(f)
			if !ok {
				k.t.Fatalf("%q is no fraction", f)
			}
			v = append(v, number.FromRat(r))
		}
		m = append(m, v)
	}
	return m
}

func (k kit) write(m Matrix) string {
	rows := make([]string, len(m))
	for i, row := range m {
		rows[i] = k.list(row)
	}
	return strings.Join(rows, "; ")
}

func (k kit) list(v []number.Number) string {
	k.t.Helper()
	s := make([]string, len(v))
	for i, x := range v {
		t, err := k.a.Text(x, 20)
		if err != nil {
			k.t.Fatal(err)
		}
		switch {
		case t.Fraction != "":
			s[i] = t.Fraction
		case t.Symbolic != "":
			s[i] = t.Symbolic
		default:
			s[i] = t.Decimal
		}
	}
	return strings.Join(s, " ")
}

func must[T any](t *testing.T) func(T, error) T {
	return func(x T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func random(rng *rand.Rand, rows, columns, most int) Matrix {
	m := zeros(rows, columns)
	for i := range m {
		for j := range m[i] {
			m[i][j] = number.Int(int64(rng.IntN(2*most+1) - most))
		}
	}
	return m
}

// bareiss is the determinant by the fraction-free elimination of Bareiss.
func bareiss(m Matrix) *big.Int {
	n := len(m)
	v := make([][]*big.Int, n)
	for i := range v {
		for _, x := range m[i] {
			v[i] = append(v[i], x.BigInt())
		}
	}
	sign, last := 1, big.NewInt(1)
	for c := range n {
		r := c
		for r < n && v[r][c].Sign() == 0 {
			r++
		}
		if r == n {
			return new(big.Int)
		}
		if r != c {
			v[r], v[c] = v[c], v[r]
			sign = -sign
		}
		for i := c + 1; i < n; i++ {
			for j := c + 1; j < n; j++ {
				x := new(big.Int).Mul(v[c][c], v[i][j])
				x.Sub(x, new(big.Int).Mul(v[i][c], v[c][j]))
				v[i][j] = x.Quo(x, last)
			}
		}
		last = v[c][c]
	}
	return new(big.Int).Mul(last, big.NewInt(int64(sign)))
}

func TestDeterminantAgainstBareiss(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 30; n++ {
		m := random(rng, n, n, 1+rng.IntN(1000))
		switch {
		case n%3 == 0:
			m[0] = m[n-1] // singular, but for n = 1
		case n%5 == 0:
			for i := range m {
				for j := range m[i] {
					m[i][j] = must[number.Number](t)(k.a.Mul(m[i][j], number.Int(1<<62)))
				}
			}
		}
		d := must[number.Number](t)(Determinant(k.a, m))
		if want := bareiss(m); d.BigInt().Cmp(want) != 0 {
			t.Errorf("order %d: %s, want %s", n, d.BigInt(), want)
		}
	}
}

func TestDeterminant(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct{ m, want string }{
		{"7", "7"},
		{"0", "0"},
		{"1 2; 3 4", "-2"},
		{"0 1; 1 0", "-1"},
		{"1/2 1/3; 1/4 1/5", "1/60"},
		// Strang, Introduction to Linear Algebra: the second difference
		// matrix of order n has the determinant n+1.
		{"2 -1 0 0; -1 2 -1 0; 0 -1 2 -1; 0 0 -1 2", "5"},
		{"1 2 3; 4 5 6; 7 8 9", "0"},
		{"9223372036854775807 1; 1 9223372036854775807", "85070591730234615847396907784232501248"},
	} {
		if got := k.list([]number.Number{must[number.Number](t)(Determinant(k.a, k.m(tt.m)))}); got != tt.want {
			t.Errorf("det %s = %s, want %s", tt.m, got, tt.want)
		}
	}
}

// The determinant of (x_i^j) is the product of the differences x_j - x_i.
func TestVandermonde(t *testing.T) {
	k := newKit(t)
	const n = 20
	m, want := zeros(n, n), big.NewInt(1)
	for i := range n {
		x, p := int64(i*i-7), number.Int(1)
		for j := range n {
			m[i][j] = p
			p = must[number.Number](t)(k.a.Mul(p, number.Int(x)))
		}
		for h := range i {
			want.Mul(want, big.NewInt(x-int64(h*h-7)))
		}
	}
	if d := must[number.Number](t)(Determinant(k.a, m)); d.BigInt().Cmp(want) != 0 {
		t.Errorf("%s, want %s", d.BigInt(), want)
	}
}

func hilbert(n int) Matrix {
	m := zeros(n, n)
	for i := range m {
		for j := range m {
			m[i][j] = number.Frac(1, int64(i+j+1))
		}
	}
	return m
}

// The inverse of the Hilbert matrix has the entries, with i and j from 1,
// (-1)^(i+j) (i+j-1) C(n+i-1, n-j) C(n+j-1, n-i) C(i+j-2, i-1)^2 (Choi, Tricks
// or treats with the Hilbert matrix, 1983).
func TestHilbertInverse(t *testing.T) {
	k := newKit(t)
	binomial := func(n, r int) *big.Int { return new(big.Int).Binomial(int64(n), int64(r)) }
	for _, n := range []int{1, 2, 5, 20} {
		inv := must[Matrix](t)(Inverse(k.a, hilbert(n)))
		for i := 1; i <= n; i++ {
			for j := 1; j <= n; j++ {
				want := big.NewInt(int64((1 - 2*((i+j)%2)) * (i + j - 1)))
				c := binomial(i+j-2, i-1)
				want.Mul(want, binomial(n+i-1, n-j)).Mul(want, binomial(n+j-1, n-i)).Mul(want, c).Mul(want, c)
				if got := inv[i-1][j-1].BigInt(); got == nil || got.Cmp(want) != 0 {
					t.Fatalf("order %d, entry %d,%d: %v, want %s", n, i, j, got, want)
				}
			}
		}
	}
	// OEIS A005249: the determinant of the inverse of order 5.
	if d := must[number.Number](t)(Determinant(k.a, hilbert(5))); k.list([]number.Number{d}) != "1/266716800000" {
		t.Errorf("determinant of order 5: %s", k.list([]number.Number{d}))
	}
}

func TestRREF(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct {
		m, want string
		pivots  []int
	}{
		{"1 2 3; 4 5 6; 7 8 9", "1 0 -1; 0 1 2; 0 0 0", []int{0, 1}},
		{"0 0; 0 0", "0 0; 0 0", nil},
		{"0 0 2; 0 3 4", "0 1 0; 0 0 1", []int{1, 2}},
		{"1 2; 2 4; 3 7", "1 0; 0 1; 0 0", []int{0, 1}},
		{"1/2 1/3 1/6", "1 2/3 1/3", []int{0}},
	} {
		m, pivots, err := RREF(k.a, k.m(tt.m))
		if err != nil {
			t.Fatal(err)
		}
		if got := k.write(m); got != tt.want || !cmp.Equal(pivots, tt.pivots) {
			t.Errorf("%s: %s with %v, want %s with %v", tt.m, got, pivots, tt.want, tt.pivots)
		}
	}
}

// The rank of a product of a matrix with r columns and one with r rows is r,
// for random ones; its nullspace has the other dimensions and is mapped to 0.
func TestRankAndNullspace(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range []struct{ rows, columns, rank int }{{1, 1, 1}, {5, 3, 2}, {12, 12, 7}, {9, 20, 9}, {30, 25, 11}} {
		m := must[Matrix](t)(Multiply(k.a, random(rng, s.rows, s.rank, 50), random(rng, s.rank, s.columns, 50)))
		if rank := must[int](t)(Rank(k.a, m)); rank != s.rank {
			t.Errorf("%+v: rank %d", s, rank)
		}
		basis := must[Matrix](t)(Nullspace(k.a, m))
		if len(basis) != s.columns-s.rank {
			t.Errorf("%+v: %d vectors in the nullspace", s, len(basis))
		}
		if len(basis) == 0 {
			continue
		}
		image := must[Matrix](t)(Multiply(k.a, m, must[Matrix](t)(Transpose(basis))))
		if cmp.Diff(k.write(image), k.write(zeros(s.rows, len(basis)))) != "" {
			t.Errorf("%+v: the nullspace is mapped to %s", s, k.write(image))
		}
	}
}

func TestSolve(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct {
		m, b  string
		kind  Kind
		x     string
		basis string
		free  []int
	}{
		{"2 1; 1 3", "3; 5", Unique, "4/5; 7/5", "", nil},
		{"1 1; 1 1", "1; 2", None, "", "", nil},
		{"1 1; 2 2", "3; 6", Infinite, "3; 0", "-1 1", []int{1}},
		// More equations than unknowns, all of them satisfied.
		{"1 0; 0 1; 1 1", "1; 2; 3", Unique, "1; 2", "", nil},
		{"1 2 3; 4 5 6; 7 8 10", "1 0; 0 1; 0 0", Unique, "-2/3 -4/3; -2/3 11/3; 1 -2", "", nil},
		{"0 0", "0", Infinite, "0; 0", "1 0; 0 1", []int{0, 1}},
	} {
		s, err := Solve(k.a, k.m(tt.m), k.m(tt.b))
		if err != nil {
			t.Fatal(err)
		}
		if s.Kind != tt.kind || k.write(s.Particular) != tt.x || k.write(s.Basis) != tt.basis || !cmp.Equal(s.Free, tt.free) {
			t.Errorf("%s = %s: %s, %s, %s, %v", tt.m, tt.b, s.Kind, k.write(s.Particular), k.write(s.Basis), s.Free)
		}
	}
}

func TestInverseOfRandom(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 7, 25} {
		m := random(rng, n, n, 99)
		m[0][0] = number.Frac(1, 3)
		inv := must[Matrix](t)(Inverse(k.a, m))
		if got := must[Matrix](t)(Multiply(k.a, m, inv)); k.write(got) != k.write(Identity(n)) {
			t.Errorf("order %d: m times its inverse is %s", n, k.write(got))
		}
	}
}

func TestLongInInverse(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(21, 22))
	ones := zeros(30, 30)
	for i := range ones {
		for j := range ones[i] {
			ones[i][j] = number.Int(1)
		}
		ones[i][i] = number.Int(2)
	}
	for _, m := range []Matrix{
		k.m("1 2; 3 4"), k.m("1 2; 2 4"), k.m("281474976710655 0; 0 281474976710657"), k.m("1/7 0; 1000000007 1000000009"),
		hilbert(12), ones, Identity(200), random(rng, 4, 4, 9), random(rng, 40, 40, 9), random(rng, 8, 8, 1_000_000),
	} {
		want := 0
		if inv, err := Inverse(k.a, m); err == nil {
			for _, row := range inv {
				for _, x := range row {
					r := x.Rat()
					if p := new(big.Int).Mul(r.Num(), r.Denom()); p.BitLen() > 48 {
						want++
					}
				}
			}
		}
		if got, err := LongInInverse(k.a, m); err != nil || got > want || got < want*98/100 {
			t.Errorf("%.100s: %d long, want %d (%v)", k.write(m), got, want, err)
		}
	}
}

func TestPower(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct {
		m    string
		n    int64
		want string
	}{
		{"1 1; 1 0", 10, "89 55; 55 34"},
		{"1 1; 1 0", -1, "0 1; 1 -1"},
		{"1 2; 3 4", 0, "1 0; 0 1"},
		{"1/2 0; 0 2", -3, "8 0; 0 1/8"},
		{"1 1; 0 1", 1e18, "1 1000000000000000000; 0 1"},
		{"0 1; 0 0", 1 << 62, "0 0; 0 0"},
		{"1 1; 0 1", -1 << 63, "1 -9223372036854775808; 0 1"},
	} {
		if got := k.write(must[Matrix](t)(Power(k.a, k.m(tt.m), tt.n))); got != tt.want {
			t.Errorf("%s to the power %d: %s, want %s", tt.m, tt.n, got, tt.want)
		}
	}
}

// A power that grows like a polynomial is not mistaken for one that explodes.
func TestPowerOfLongEntries(t *testing.T) {
	k := newKit(t)
	long := new(big.Int).Lsh(big.NewInt(1), 3000)
	m := Identity(3)
	m[0][1], m[1][2] = number.FromBigInt(long), number.FromBigInt(long)
	p := must[Matrix](t)(Power(k.a, m, 1e15))
	if want := new(big.Int).Mul(long, big.NewInt(1e15)); p[0][1].BigInt().Cmp(want) != 0 {
		t.Errorf("%s, want %s", p[0][1].BigInt(), want)
	}
	// n*(n-1)/2 times the square
	if want := new(big.Int).Mul(long, long); p[0][2].BigInt().Cmp(want.Mul(want, new(big.Int).Mul(big.NewInt(1e15/2), big.NewInt(1e15-1)))) != 0 {
		t.Errorf("%s, want %s", p[0][2].BigInt(), want)
	}
}

func TestLU(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(7, 8))
	matrices := []Matrix{
		k.m("2 1 1; 4 -6 0; -2 7 2"), k.m("0 1; 1 0"), k.m("1 2 3; 2 4 6; 1 1 1"), k.m("0 0; 0 0"),
		k.m("1 2 3; 4 5 6"), k.m("1 2; 3 4; 5 6"), k.m("0 2; 0 3; 1/7 1"), random(rng, 12, 12, 9),
		k.m("0 1/2 1; 1/3 0 2; 2/5 1 1/7"), k.m("0 0 1/2 2; 0 0 3 1/4; 1 1/2 1 1"),
	}
	// Of entries from -1 to 1 many minors are 0, which takes every way.
	for range 200 {
		m := random(rng, 1+rng.IntN(6), 1+rng.IntN(6), 1)
		for i := range m {
			for j := range m[i] {
				m[i][j] = must[number.Number](t)(k.a.Quo(m[i][j], number.Int(1+rng.Int64N(3))))
			}
		}
		matrices = append(matrices, m)
	}
	for _, m := range matrices {
		f := must[Factors](t)(LU(k.a, m))
		permuted := zeros(len(m), len(m[0]))
		for i, p := range f.Permutation {
			copy(permuted[i], m[p])
			for j := range f.Lower[i] {
				if j > i && !f.Lower[i][j].IsZero() || j == i && k.list(f.Lower[i][j:j+1]) != "1" {
					t.Errorf("%s: lower %s", k.write(m), k.write(f.Lower))
				}
			}
			for j := range min(i, len(m[0])) {
				if !f.Upper[i][j].IsZero() {
					t.Errorf("%s: upper %s", k.write(m), k.write(f.Upper))
				}
			}
		}
		if got := must[Matrix](t)(Multiply(k.a, f.Lower, f.Upper)); k.write(got) != k.write(permuted) {
			t.Errorf("%s: LU is %s", k.write(m), k.write(got))
		}
	}
	// Strang, Introduction to Linear Algebra, section 2.6.
	f := must[Factors](t)(LU(k.a, k.m("2 1 1; 4 -6 0; -2 7 2")))
	if k.write(f.Lower) != "1 0 0; 2 1 0; -1 -1 1" || k.write(f.Upper) != "2 1 1; 0 -8 -2; 0 0 1" {
		t.Errorf("L = %s, U = %s", k.write(f.Lower), k.write(f.Upper))
	}
}

func TestCharacteristicPolynomial(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct{ m, want string }{
		{"5", "1 -5"},
		{"1 2; 3 4", "1 -5 -2"},
		{"1/2 1/3; 1/4 1/5", "1 -7/10 1/60"},
		// Of a companion matrix it is the polynomial that it was made of.
		{"0 0 0 -7; 1 0 0 3; 0 1 0 0; 0 0 1 2", "1 -2 0 -3 7"},
		{"0 0; 0 0", "1 0 0"},
	} {
		if got := k.list(must[[]number.Number](t)(CharacteristicPolynomial(k.a, k.m(tt.m)))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.m, got, tt.want)
		}
	}
	// The theorem of Cayley and Hamilton; the trace and the determinant.
	rng := rand.New(rand.NewPCG(9, 10))
	for n := 1; n <= 9; n++ {
		m := random(rng, n, n, 9)
		c := must[[]number.Number](t)(CharacteristicPolynomial(k.a, m))
		sum := zeros(n, n)
		for _, x := range c {
			sum = must[Matrix](t)(Multiply(k.a, sum, m))
			for i := range sum {
				sum[i][i] = must[number.Number](t)(k.a.Add(sum[i][i], x))
			}
		}
		if k.write(sum) != k.write(zeros(n, n)) {
			t.Errorf("%s does not satisfy %s", k.write(m), k.list(c))
		}
		if tr := must[number.Number](t)(Trace(k.a, m)); k.list([]number.Number{must[number.Number](t)(k.a.Neg(tr))}) != k.list(c[1:2]) {
			t.Errorf("%s: the trace is %s, the second coefficient %s", k.write(m), k.list([]number.Number{tr}), k.list(c[1:2]))
		}
	}
}

func TestEigenvalues(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct{ m, values, rest string }{
		{"2 0; 0 3", "2 0 x1, 3 0 x1", ""},
		{"2 1 0; 0 2 0; 0 0 -5/3", "-5/3 0 x1, 2 0 x2", ""},
		{"1 1; 1 0", "1/2 - sqrt(5)/2 0 x1, 1/2 + sqrt(5)/2 0 x1", ""},
		{"0 -1; 1 0", "0 -1 x1, 0 1 x1", ""},
		// Two rotations: a double pair.
		{"0 -1 0 0; 1 0 0 0; 0 0 0 -1; 0 0 1 0", "0 -1 x2, 0 1 x2", ""},
		{"0 0 2; 1 0 0; 0 1 0", "", "1 0 0 -2 x1"},
		{"0 0 1/4 0; 1 0 0 0; 0 1 0 0; 0 0 0 0", "0 0 x1", "1 0 0 -1/4 x1"},
		// Integers too long for one prime, one of them twice.
		{"100000000000000000000000000000 1 0; 0 100000000000000000000000000000 0; 0 0 -99999999999999999999999999999",
			"-99999999999999999999999999999 0 x1, 100000000000000000000000000000 0 x2", ""},
		{"0 0 0; 0 0 0; 0 0 0", "0 0 x3", ""},
		// Wilkinson's matrix W5+ has the factors x^2-3x+1 and x^3-3x^2-x+4.
		{"2 1 0 0 0; 1 1 1 0 0; 0 1 0 1 0; 0 0 1 1 1; 0 0 0 1 2", "", "1 -6 9 4 -13 4 x1"},
	} {
		s := must[Spectrum](t)(Eigenvalues(k.a, k.m(tt.m)))
		var values, rest []string
		for _, v := range s.Values {
			values = append(values, k.list([]number.Number{v.Re})+" "+k.list([]number.Number{v.Im})+" x"+string(rune('0'+v.Multiplicity)))
		}
		for _, f := range s.Rest {
			rest = append(rest, k.list(f.Coefficients)+" x"+string(rune('0'+f.Multiplicity)))
		}
		if strings.Join(values, ", ") != tt.values || strings.Join(rest, ", ") != tt.rest {
			t.Errorf("%s: %q and %q", tt.m, values, rest)
		}
	}
}

// A random similar matrix has the eigenvalues of the diagonal one.
func TestEigenvaluesOfSimilar(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(11, 12))
	d := zeros(12, 12)
	want := []string{"-9", "-9", "-9", "-2", "0", "0", "1/2", "3", "3", "4", "17", "1000"}
	for i := range d {
		d[i][i] = k.m(want[i])[0][0]
	}
	b := random(rng, 12, 12, 5)
	m := must[Matrix](t)(Multiply(k.a, must[Matrix](t)(Multiply(k.a, b, d)), must[Matrix](t)(Inverse(k.a, b))))
	var got []string
	for _, v := range must[Spectrum](t)(Eigenvalues(k.a, m)).Values {
		for range v.Multiplicity {
			got = append(got, k.list([]number.Number{v.Re}))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIrrationalEntries(t *testing.T) {
	k := newKit(t)
	root := must[number.Number](t)(k.a.Sqrt(number.Int(2)))
	m := Matrix{{root, number.Int(1)}, {number.Int(1), root}}
	if got := k.list([]number.Number{must[number.Number](t)(Determinant(k.a, m))}); got != "1" {
		t.Errorf("determinant %s", got)
	}
	if got := k.write(must[Matrix](t)(Multiply(k.a, m, m))); got != "3 2*sqrt(2); 2*sqrt(2) 3" {
		t.Errorf("square %s", got)
	}
	if _, err := Inverse(k.a, m); err == nil || !strings.Contains(err.Error(), "the entry [0][0] is irrational") {
		t.Errorf("inverse: %v", err)
	}
	rng := rand.New(rand.NewPCG(13, 14))
	for n := 1; n <= 6; n++ {
		m := random(rng, n, n, 9)
		if got, want := must[number.Number](t)(expand(k.a, m)).BigInt(), bareiss(m); got.Cmp(want) != 0 {
			t.Errorf("order %d by minors: %s, want %s", n, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	k := newKit(t)
	rng := rand.New(rand.NewPCG(15, 16))
	long := random(rng, 150, 150, 9)
	for i := range long {
		long[i][i] = number.FromBigInt(new(big.Int).Lsh(big.NewInt(1), 3000))
	}
	errorOf := func(_ any, err error) error { return err }
	for _, tt := range []struct {
		err  error
		kind number.ErrorKind
		part string
	}{
		{errorOf(Determinant(k.a, nil)), number.Domain, "empty"},
		{errorOf(Determinant(k.a, Matrix{{}})), number.Domain, "empty"},
		{errorOf(Determinant(k.a, k.m("1 2; 3"))), number.Domain, "row 1 of a has 1 entries, but row 0 has 2"},
		{errorOf(Determinant(k.a, k.m("1 2"))), number.Domain, "a is 1x2"},
		{errorOf(Determinant(k.a, zeros(201, 201))), number.Limit, "201x201"},
		{errorOf(Determinant(k.a, long)), number.Limit, "has up to 135,4"},
		{errorOf(Inverse(k.a, k.m("1 2; 2 4"))), number.Domain, "singular (its rank is 1"},
		{errorOf(Power(k.a, k.m("1 2; 2 4"), -2)), number.Domain, "singular"},
		{errorOf(Power(k.a, k.m("1 1; 1 0"), 1e12)), number.Limit, "entries of more than 88,"},
		{errorOf(Power(k.a, random(rng, 20, 20, 9), 1e9)), number.Limit, "the power has entries of more than"},
		{errorOf(Power(k.a, random(rng, 200, 200, 9), 100)), number.Limit, "digits and takes more than"},
		{errorOf(Power(k.a, k.m("0 2 0; 0 0 2; 2 0 0"), 1<<30)), number.Limit, "the power has entries of about"},
		{errorOf(Multiply(k.a, k.m("1 2"), k.m("1 2"))), number.Domain, "a has 2 columns, but b has 1 rows"},
		{errorOf(Solve(k.a, k.m("1 2"), k.m("1; 2"))), number.Domain, "a has 1 rows, but b has 2"},
		{errorOf(LU(k.a, random(rng, 200, 200, 1_000_000))), number.Limit, "LU factorisation of this 200x200 matrix"},
	} {
		var e *number.Error
		if !errors.As(tt.err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message, tt.part) {
			t.Errorf("%v, want %s: %s", tt.err, tt.kind, tt.part)
		}
	}
}

// countdown is a context that ends after it was looked at n times.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	c.n--
	if c.n <= 0 {
		return context.Canceled
	}
	return nil
}

func TestCancelledMidway(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	m := random(rng, 200, 200, 9)
	for name, f := range map[string]func(*number.Arith) error{
		"determinant": func(a *number.Arith) error { _, err := Determinant(a, m); return err },
		"inverse":     func(a *number.Arith) error { _, err := Inverse(a, m); return err },
		"charpoly":    func(a *number.Arith) error { _, err := CharacteristicPolynomial(a, m); return err },
		"power":       func(a *number.Arith) error { _, err := Power(a, m, 20); return err },
		"lu":          func(a *number.Arith) error { _, err := LU(a, m[:60]); return err },
	} {
		ctx := &countdown{t.Context(), 4}
		a, reports := number.New(ctx, number.Limits{}, 0), 0
		a.OnProgress(func(float64, float64, string) {
			if ctx.n <= 0 {
				reports++
			}
		})
		err := f(a)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		// The context is not looked at again, and nothing is finished, once it
		// has ended.
		if ctx.n != 0 || reports != 0 {
			t.Errorf("%s: went on after the end of the context (%d, %d)", name, ctx.n, reports)
		}
	}
}

func TestProgress(t *testing.T) {
	a := number.New(t.Context(), number.Limits{}, 0)
	var done []float64
	a.OnProgress(func(d, total float64, message string) {
		if d > total || !strings.HasPrefix(message, "the determinant of this 40x40 matrix modulo ") {
			t.Errorf("%v of %v: %s", d, total, message)
		}
		done = append(done, d)
	})
	if _, err := Determinant(a, random(rand.New(rand.NewPCG(19, 20)), 40, 40, 9)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{1, 2, 3, 4}, done); diff != "" {
		t.Error(diff)
	}
}

func TestField(t *testing.T) {
	k := newKit(t)
	var s primes
	rng := rand.New(rand.NewPCG(21, 22))
	for range 3 {
		f := must[*field](t)(s.next(k.a))
		p := new(big.Int).SetUint64(f.p)
		for range 1000 {
			x, y := rng.Uint64()%f.p, rng.Uint64()%f.p
			for name, got := range map[string]uint64{
				"mul": f.to(f.mul(f.from(x), f.from(y))), "add": f.add(x, y), "sub": f.sub(x, y), "inverse": f.to(f.inverse(f.from(x))),
			} {
				u, v := new(big.Int).SetUint64(x), new(big.Int).SetUint64(y)
				switch name {
				case "mul":
					u.Mul(u, v)
				case "add":
					u.Add(u, v)
				case "sub":
					u.Sub(u, v)
				case "inverse":
					u.ModInverse(u, p)
				}
				if u.Mod(u, p); u.Uint64() != got {
					t.Fatalf("%s of %d and %d modulo %d: %d, want %s", name, x, y, f.p, got, u)
				}
			}
		}
	}
}

func BenchmarkDeterminant100(b *testing.B) { benchmarkDeterminant(b, 100) }

func BenchmarkDeterminant200(b *testing.B) { benchmarkDeterminant(b, 200) }

func benchmarkDeterminant(b *testing.B, n int) {
	m := random(rand.New(rand.NewPCG(1, 1)), n, n, 9)
	for b.Loop() {
		if _, err := Determinant(number.New(b.Context(), number.Limits{}, 0), m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInverse50(b *testing.B)  { benchmarkInverse(b, 50) }
func BenchmarkInverse100(b *testing.B) { benchmarkInverse(b, 100) }
func BenchmarkInverse200(b *testing.B) { benchmarkInverse(b, 200) }

func benchmarkInverse(b *testing.B, n int) {
	m := random(rand.New(rand.NewPCG(1, 1)), n, n, 9)
	for b.Loop() {
		if _, err := Inverse(number.New(b.Context(), number.Limits{}, 0), m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEigenvalues50(b *testing.B) {
	m := random(rand.New(rand.NewPCG(1, 1)), 50, 50, 9)
	for b.Loop() {
		if _, err := Eigenvalues(number.New(b.Context(), number.Limits{}, 0), m); err != nil {
			b.Fatal(err)
		}
	}
}
