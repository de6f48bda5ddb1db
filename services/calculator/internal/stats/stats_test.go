package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// kit makes samples and writes numbers in tests: an error ends the test.
type kit struct {
	t *testing.T
	a *number.Arith
}

func newKit(t *testing.T) kit { return kit{t, number.New(t.Context(), number.Limits{}, 34)} }

// list reads decimals and fractions.
func (k kit) list(s string) []number.Number {
	k.t.Helper()
	var v []number.Number
	for _, f := range strings.Fields(s) {
		num, den, _ := strings.Cut(f, "/")
		x, err := k.a.ParseDecimal(num)
		if err == nil && den != "" {
			var d number.Number
			if d, err = k.a.ParseDecimal(den); err == nil {
				x, err = k.a.Quo(x, d)
			}
		}
		if err != nil {
			k.t.Fatal(err)
		}
		v = append(v, x)
	}
	return v
}

func (k kit) sample(d Data) *Sample {
	k.t.Helper()
	s, err := New(k.a, d)
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

func (k kit) write(x number.Number, err error) string {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
	t, err := k.a.Text(x, 17)
	if err != nil {
		k.t.Fatal(err)
	}
	switch {
	case t.Fraction != "":
		return t.Fraction
	case t.Symbolic != "":
		return t.Symbolic
	}
	return t.Decimal
}

// near checks a value against one that was computed in binary floating point.
func (k kit) near(name string, x number.Number, err error, want float64) {
	k.t.Helper()
	if err != nil {
		k.t.Errorf("%s: %v", name, err)
		return
	}
	t, err := k.a.Text(x, 17)
	if err != nil {
		k.t.Fatal(err)
	}
	got, err := strconv.ParseFloat(t.Decimal, 64)
	if err != nil || math.Abs(got-want) > 1e-12*math.Abs(want) {
		k.t.Errorf("%s: %s, want %v", name, t.Decimal, want)
	}
}

// The expected values are those of NumPy 1.24 and SciPy 1.10.
func TestMeasures(t *testing.T) {
	k := newKit(t)
	const x, y = "15 20 35 40 50 1.5 -3 8 8 22", "3 1 4 1 5 9 2 6 5 3"
	s := k.sample(Data{X: k.list(x), Y: k.list(y)})
	for name, want := range map[string]float64{
		"skewness_population": 0.42880582323459215, "skewness_sample": 0.5085011532618233,
		"kurtosis_population": -0.9816226925180365, "kurtosis_sample": -0.7710829742729577,
		"mad": 12.75, "standard_error": 5.489408994701625,
		"q1": 8, "median": 17.5, "q3": 31.75, "iqr": 23.75, "mean": 19.65, "min": -3, "max": 50, "range": 53, "n": 10, "sum": 196.5,
		"spearman": -0.2730112727961484, "correlation": -0.2846866124730977,
		"covariance_sample": -12.205555555555552, "covariance_population": -10.985,
		"slope": -0.040504788857034874, "intercept": 4.695919101040735, "r_squared": 0.08104646732140766,
		"slope_standard_error": 0.04822154381608778, "intercept_standard_error": 1.2363208266219243,
	} {
		v, err := s.Measure(name)
		k.near(name, v, err, want)
	}
	positive := k.sample(Data{X: k.list("1.5 2 8 8 15 20")})
	for name, want := range map[string]float64{"geometric_mean": 6.214465011907718, "harmonic_mean": 3.91304347826087} {
		v, err := positive.Measure(name)
		k.near(name, v, err, want)
	}
	weighted := k.sample(Data{X: k.list(x), Weights: k.list("1 2 3 0 1 2 1 4 2 1")})
	v, err := weighted.Measure("variance_sample")
	k.near("variance with frequencies", v, err, 216.85845588235296)
	v, err = weighted.Mean()
	k.near("mean with frequencies", v, err, 16.470588235294116)
	weighted = k.sample(Data{X: k.list(x), Weights: k.list("0.5 1 1.5 0 .5 1 .5 2 1 .5"), Kind: Reliability})
	v, err = weighted.Measure("variance_sample")
	k.near("variance with reliabilities", v, err, 237.84475806451613)
}

// Frequencies are nothing but a shorter way to write the list.
func TestFrequenciesAreRepetitions(t *testing.T) {
	k := newKit(t)
	short := k.sample(Data{X: k.list("3 1/3 -2 7.5 0"), Y: k.list("2 1 9 4 100"), Weights: k.list("2 1 3 4 0")})
	long := k.sample(Data{X: k.list("3 3 1/3 -2 -2 -2 7.5 7.5 7.5 7.5"), Y: k.list("2 2 1 9 9 9 4 4 4 4")})
	for name := range measures {
		x, err := short.Measure(name)
		y, err2 := long.Measure(name)
		if name == "autocorrelation" || name == "geometric_mean" || name == "harmonic_mean" {
			if err == nil {
				t.Errorf("%s of frequencies or negative values: %s", name, k.write(x, err))
			}
			continue
		}
		if got, want := k.write(x, err), k.write(y, err2); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for method := 1; method <= 9; method++ {
		for _, p := range k.list("0 0.05 0.1 0.25 1/3 0.5 0.7 0.95 1") {
			if got, want := k.write(short.Quantile(p, method)), k.write(long.Quantile(p, method)); got != want {
				t.Errorf("quantile %s by method %d: %s, want %s", k.write(p, nil), method, got, want)
			}
		}
	}
	pos := k.sample(Data{X: k.list("2 8 1/2"), Weights: k.list("3 1 2")})
	rep := k.sample(Data{X: k.list("2 2 2 8 1/2 1/2")})
	for _, name := range []string{"geometric_mean", "harmonic_mean"} {
		x, err := pos.Measure(name)
		y, err2 := rep.Measure(name)
		if got, want := k.write(x, err), k.write(y, err2); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Methods 1, 2 and 4 to 9 are checked with NumPy 1.24; 3, which that gets wrong
// where n*p is a half-integer, is computed by hand from the definition of Hyndman
// and Fan, as R does it.
func TestQuantileMethods(t *testing.T) {
	k := newKit(t)
	s := k.sample(Data{X: k.list("15 20 35 40 50 1.5 -3 8 8 22")})
	for p, want := range map[string][9]float64{
		"0.1":  {-3, -0.75, -3, -3, -0.75, -2.55, 1.05, -1.35, -1.2},
		"0.25": {8, 8, 1.5, 4.75, 8, 6.375, 8, 7.458333333333333, 7.59375},
		"0.4":  {8, 11.5, 8, 8, 11.5, 10.8, 12.2, 11.266666666666667, 11.325},
		"0.5":  {15, 17.5, 15, 15, 17.5, 17.5, 17.5, 17.5, 17.5},
		"0.75": {35, 35, 35, 28.5, 35, 36.25, 31.75, 35.416666666666667, 35.3125},
		"0.9":  {40, 45, 40, 40, 45, 49, 41, 46.333333333333333, 46},
		"0":    {-3, -3, -3, -3, -3, -3, -3, -3, -3},
		"1":    {50, 50, 50, 50, 50, 50, 50, 50, 50},
	} {
		for i, w := range want {
			x, err := s.Quantile(k.list(p)[0], i+1)
			k.near(fmt.Sprintf("quantile %s by method %d", p, i+1), x, err, w)
		}
	}
}

func TestExactForms(t *testing.T) {
	k := newKit(t)
	root, err := k.a.Sqrt(number.Int(2))
	if err != nil {
		t.Fatal(err)
	}
	pi := k.a.Pi()
	twice := func(x number.Number) number.Number {
		y, err := k.a.Add(x, x)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	many := append(make([]number.Number, 0, 2000), k.list(strings.Repeat("2 8 ", 1000))...)
	mixed, err := k.a.Add(root, pi)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		x       []number.Number
		measure string
		want    string
	}{
		// A mean of prices is exact; binary floating point gives
		// 0.30000000000000004 for the sum.
		{k.list("0.1 0.2"), "sum", "3/10"},
		{k.list("19.99 5.01 0.03"), "sum", "2503/100"},
		{k.list("2 8"), "geometric_mean", "4"},
		{many, "geometric_mean", "4"},
		{k.list("2 3"), "geometric_mean", "sqrt(6)"},
		{k.list("0 3"), "geometric_mean", "0"},
		{k.list("0 3"), "harmonic_mean", "0"},
		{k.list("7 7 7"), "geometric_mean", "7"},
		{k.list("40 60"), "harmonic_mean", "48"},
		{k.list("1 7"), "rms", "5"},
		{k.list("1 2 3 4 5"), "stdev_sample", "sqrt(10)/2"},
		{k.list("2 4 4 4 5 5 7 9"), "stdev_population", "2"},
		{k.list("1e30 1000000000000000000000000000001 1000000000000000000000000000002"), "variance_sample", "1"},
		{[]number.Number{root, root}, "variance_sample", "0"},
		{[]number.Number{mixed, mixed, mixed}, "stdev_population", "0"},
		{[]number.Number{root, twice(root)}, "variance_population", "1/2"},
		{[]number.Number{pi, twice(pi), number.Int(3)}, "median", "pi"},
		{[]number.Number{pi, twice(pi)}, "mean", "3*pi/2"},
		{[]number.Number{pi, twice(pi)}, "range", "pi"},
	} {
		x, err := k.sample(Data{X: tt.x}).Measure(tt.measure)
		if got := k.write(x, err); got != tt.want {
			t.Errorf("%s of %d values: %s, want %s", tt.measure, len(tt.x), got, tt.want)
		}
	}
}

func TestModes(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct{ x, w, want string }{
		{"1 2 2 3 3", "", "2 3"},
		{"3 1 2", "", ""},
		{"5", "", "5"},
		{"5 5", "", "5"},
		{"0.5 1/2 3", "", "1/2"},
		{"1 2 3", "1 5 2", "2"},
	} {
		d := Data{X: k.list(tt.x)}
		if tt.w != "" {
			d.Weights = k.list(tt.w)
		}
		modes, err := k.sample(d).Modes()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range modes {
			got = append(got, k.write(m, nil))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", tt.x, diff)
		}
	}
	var x []number.Number
	for i := range 101 {
		x = append(x, number.Int(int64(i)), number.Int(int64(i)))
	}
	if _, err := k.sample(Data{X: append(x, number.Int(1000))}).Modes(); err == nil || !strings.Contains(err.Error(), "101 values") {
		t.Errorf("101 modes: %v", err)
	}
}

func TestReliabilityQuantiles(t *testing.T) {
	k := newKit(t)
	s := k.sample(Data{X: k.list("10 20 30 40"), Weights: k.list("0.1 0.4 0.3 0.2"), Kind: Reliability})
	for p, want := range map[string]string{"0": "10", "0.1": "15", "0.3": "20", "0.5": "25", "0.6": "30", "0.9": "40", "1": "40"} {
		if got := k.write(s.Quantile(k.list(p)[0], 2)); got != want {
			t.Errorf("quantile %s: %s, want %s", p, got, want)
		}
	}
	if got := k.write(s.Median()); got != "25" {
		t.Errorf("median %s", got)
	}
}

func TestUndefined(t *testing.T) {
	k := newKit(t)
	one, equal := Data{X: k.list("5")}, Data{X: k.list("2 2 2 2"), Y: k.list("1 2 3 4")}
	for _, tt := range []struct {
		d       Data
		measure string
		part    string
	}{
		{one, "variance_sample", "at least 2 values"},
		{one, "stdev_sample", "at least 2 values"},
		{one, "skewness_population", "all values are equal"},
		{one, "autocorrelation", "at least 2 values"},
		{one, "correlation", "one of pairs"},
		{one, "slope", "one of pairs"},
		{Data{X: k.list("1 2")}, "skewness_sample", "at least 3 values"},
		{Data{X: k.list("1 2 4")}, "kurtosis_sample", "at least 4 values"},
		{equal, "correlation", "all values are equal"},
		{equal, "slope", "all values are equal"},
		{Data{X: equal.Y, Y: equal.X}, "correlation", "all values of y are equal"},
		{Data{X: equal.Y, Y: equal.X}, "r_squared", "all values of y are equal"},
		{Data{X: k.list("1 2"), Y: k.list("1 2")}, "slope_standard_error", "at least 3 values"},
		{Data{X: k.list("1 -2")}, "geometric_mean", "not negative"},
		{Data{X: k.list("1 -2")}, "harmonic_mean", "not negative"},
		{Data{X: k.list("1 2"), Weights: k.list("1 1")}, "autocorrelation", "weighted"},
		{Data{X: k.list("1 2 3"), Weights: k.list("1 1 1"), Kind: Reliability}, "skewness_sample", "relative"},
		{Data{X: k.list("1 2 3"), Y: k.list("1 2 3"), Weights: k.list("1 1 1"), Kind: Reliability}, "spearman", "relative"},
		{Data{X: k.list("9"), Weights: k.list("1")}, "variance_sample", "at least 2 values"},
		{Data{X: k.list("9")}, "sigma", "unknown"},
	} {
		_, err := k.sample(tt.d).Measure(tt.measure)
		var e *number.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, tt.part) {
			t.Errorf("%s: %v, want %q", tt.measure, err, tt.part)
		}
	}
	s := k.sample(Data{X: k.list("1 2"), Weights: k.list("1 2"), Kind: Reliability})
	for _, q := range []struct {
		p      string
		method int
		part   string
	}{{"0.5", 7, "relative"}, {"0.5", 0, "unknown"}, {"0.5", 10, "unknown"}, {"1.01", 1, "from 0 to 1"}, {"-0.1", 1, "from 0 to 1"}} {
		if _, err := s.Quantile(k.list(q.p)[0], q.method); err == nil || !strings.Contains(err.Error(), q.part) {
			t.Errorf("quantile %s by method %d: %v", q.p, q.method, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	k := newKit(t)
	for part, d := range map[string]Data{
		"at least one value":     {},
		"the limit is 100000":    {X: make([]number.Number, MaxValues+1)},
		"y has 1 numbers":        {X: k.list("1 2"), Y: k.list("1")},
		"3 weights for 2 values": {X: k.list("1 2"), Weights: k.list("1 2 3")},
		"negative":               {X: k.list("1 2"), Weights: k.list("1 -2")},
		"no integer":             {X: k.list("1 2"), Weights: k.list("1 0.5")},
		"all weights are 0":      {X: k.list("1 2"), Weights: k.list("0 0")},
		"irrational":             {X: k.list("1"), Weights: []number.Number{k.a.Pi()}, Kind: Reliability},
	} {
		if _, err := New(k.a, d); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", part, err)
		}
	}
}

// decimals returns n random amounts of money.
func decimals(t testing.TB, a *number.Arith, n int) []number.Number {
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]number.Number, n)
	for i := range v {
		x, err := a.ParseDecimal(strconv.Itoa(rng.IntN(100_000)) + "." + fmt.Sprintf("%02d", rng.IntN(100)))
		if err != nil {
			t.Fatal(err)
		}
		v[i] = x
	}
	return v
}

// A twentieth of the default budget is enough for a hundred thousand decimals.
func TestManyDecimalsAreCheap(t *testing.T) {
	a := number.New(t.Context(), number.Limits{Work: 100_000_000}, 34)
	x := decimals(t, a, MaxValues)
	sum, err := Sum(a, x)
	if err != nil {
		t.Fatal(err)
	}
	cents := int64(0)
	for _, v := range x {
		r := v.Rat()
		cents += r.Num().Int64() * (100 / r.Denom().Int64())
	}
	if c, _ := a.Cmp(sum, number.Frac(cents, 100)); c != 0 {
		t.Errorf("the sum is not %d/100", cents)
	}
	if _, err := Variance(a, x); err != nil {
		t.Error(err)
	}
}

// What has no short common denominator is added as far as digits are asked
// for; the harmonic number is that of Euler's expansion, log(n) + gamma + 1/(2n) -
// 1/(12n^2) + ...
func TestWildFractions(t *testing.T) {
	k := newKit(t)
	x := make([]number.Number, MaxValues)
	for i := range x {
		x[i] = number.Frac(1, int64(i+1))
	}
	h, err := Sum(k.a, x)
	k.near("the harmonic number", h, err, 12.090146129863428)
	if h.IsExact() {
		t.Error("the harmonic number has 43,000 digits, but is exact")
	}
	for i := range x {
		x[i] = number.Int(int64(i + 1))
	}
	m, err := HarmonicMean(k.a, x)
	k.near("the harmonic mean", m, err, 100_000/12.090146129863428)
	// Stirling's formula: log(n!)/n
	g, err := GeometricMean(k.a, x)
	lg, _ := math.Lgamma(100_001)
	if err == nil {
		g, err = k.a.Log(g)
	}
	k.near("the logarithm of the geometric mean", g, err, lg/100_000)
}

func TestFunctions(t *testing.T) {
	k := newKit(t)
	x, y := k.list("1 2 3 4"), k.list("2 4 6 9")
	for name, got := range map[string]string{
		"5/2":           k.write(Mean(k.a, x)),
		"5/2 ":          k.write(Median(k.a, x)),
		"5/3":           k.write(Variance(k.a, x)),
		"5/4":           k.write(VariancePopulation(k.a, x)),
		"sqrt(15)/3":    k.write(Stdev(k.a, x)),
		"sqrt(5)/2":     k.write(StdevPopulation(k.a, x)),
		"48/25":         k.write(HarmonicMean(k.a, x)),
		"sqrt(30)/2":    k.write(RootMeanSquare(k.a, x)),
		"13/4":          k.write(Quantile(k.a, x, number.Frac(3, 4))),
		"23/6":          k.write(Covariance(k.a, x, y)),
		"23*sqrt(535)/": k.write(Correlation(k.a, x, y))[:13],
		"2.2133638":     k.write(GeometricMean(k.a, x))[:9],
	} {
		if got != strings.TrimSpace(name) {
			t.Errorf("%s, want %s", got, name)
		}
	}
	if _, err := Mean(k.a, nil); err == nil {
		t.Error("no values have a mean")
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
	plain := number.New(t.Context(), number.Limits{}, 0)
	x := decimals(t, plain, MaxValues)
	reals := make([]number.Number, 20_000)
	for i := range reals {
		var err error
		if reals[i], err = plain.Sqrt(number.Int(int64(i + 2))); err != nil {
			t.Fatal(err)
		}
	}
	for name, d := range map[string]Data{"skewness_sample": {X: x}, "spearman": {X: x, Y: x}, "median": {X: reals}} {
		ctx := &countdown{t.Context(), 3}
		s, err := New(number.New(ctx, number.Limits{}, 0), d)
		if err == nil {
			_, err = s.Measure(name)
		}
		if !errors.Is(err, context.Canceled) || ctx.n != 0 {
			t.Errorf("%s: %v; looked at the context %d times after its end", name, err, -ctx.n)
		}
	}
}

func BenchmarkVariance100000(b *testing.B) {
	x := decimals(b, number.New(b.Context(), number.Limits{}, 0), MaxValues)
	for b.Loop() {
		if _, err := Variance(number.New(b.Context(), number.Limits{}, 0), x); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMedian100000(b *testing.B) {
	x := decimals(b, number.New(b.Context(), number.Limits{}, 0), MaxValues)
	for b.Loop() {
		if _, err := Median(number.New(b.Context(), number.Limits{}, 0), x); err != nil {
			b.Fatal(err)
		}
	}
}
