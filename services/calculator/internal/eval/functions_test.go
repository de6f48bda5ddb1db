package eval

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// same checks the texts of values.
func same(t *testing.T, values map[string]string) {
	t.Helper()
	for src, want := range values {
		if r, err := Evaluate(t.Context(), src, Options{}); err != nil || r.Text != want {
			t.Errorf("%s: got %+v, %v", src, r, err)
		}
	}
}

// Numbers of the OEIS (A000040, A000010, A000045, A000032), a factorization by
// Cole (1903), and values of Python's pow and math.comb.
func TestNumberTheory(t *testing.T) {
	same(t, map[string]string{
		"isprime(2^127 - 1) and not isprime(2^67 - 1)": "true",
		"isprime(-7) or isprime(1) or isprime(0)":      "false",
		"nextprime(10^9)":                   "1000000007",
		"prevprime(10^9)":                   "999999937",
		"nextprime(-5) + nextprime(2)":      "5",
		"factor(2^67 - 1)":                  "[[193707721, 1], [761838257287, 1]]",
		"factor(-12)":                       "[[-1, 1], [2, 2], [3, 1]]",
		"factor(1)":                         "[]",
		"divisors(-28)":                     "[1, 2, 4, 7, 14, 28]",
		"totient(10^18)":                    "400000000000000000",
		"fibonacci(100)":                    "354224848179261915075",
		"fibonacci(-8)":                     "-21",
		"lucas(30)":                         "1860498",
		"jacobi(1001, 9907)":                "-1",
		"modinv(3, 11)":                     "4",
		"modpow(2, -3, 5)":                  "2",
		"9^9^9 mod 10^9":                    "627177289",
		"2^(10^5000) mod 7":                 "2",
		"comb(10^6, 500000) mod (10^9 + 7)": "996692777",
		"binomial(100, 50)":                 "100891344545564193334812497256",
		"permutations(100, 3)":              "970200",
	})
	r, err := Evaluate(t.Context(), "isprime(10^100 + 267)", Options{})
	if err != nil || r.Text != "true" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "probable") {
		t.Errorf("got %+v, %v", r, err)
	}
}

// Examples of the manuals of spreadsheets, to the digits given there.
func TestStatistics(t *testing.T) {
	const strength = "([1345, 1301, 1368, 1322, 1310, 1370, 1318, 1350, 1303, 1299])"
	same(t, map[string]string{
		"round(stdev" + strength + ", 8)":                                         "27.46391572",
		"round(pstdev" + strength + ", 8)":                                        "26.05455814",
		"round(variance" + strength + ", 7)":                                      "754.2666667",
		"variance_population" + strength:                                          "678.84",
		"percentile([1, 2, 3, 4], 30)":                                            "1.9",
		"quantile([1, 2, 3, 4], 30%)":                                             "1.9",
		"percentile([1, 2, 3], 0) + percentile([1, 2, 3], 100)":                   "4",
		"round(correlation([3, 2, 4, 5, 6], [9, 7, 12, 15, 17]), 6)":              "0.997054",
		"covariance_population([3, 2, 4, 5, 6], [9, 7, 12, 15, 17])":              "5.2",
		"round(covariance([2, 4, 8], [5, 11, 12]), 9)":                            "9.666666667",
		"round(geometric_mean(4, 5, 8, 7, 11, 4, 3), 9)":                          "5.47698697",
		"round(harmonic_mean(4, 5, 8, 7, 11, 4, 3), 9)":                           "5.028375962",
		"mean(10, 7, 9, 27, 2)":                                                   "11",
		"median([1, 2, 3, 4, 5, 6])":                                              "3.5",
		"mode(5.6, 4, 4, 3, 2, 4)":                                                "4",
		"modes(1, 1, 2, 3, 3)":                                                    "[1, 3]",
		"modes(1, 2)":                                                             "[]",
		"rms(1, 7)":                                                               "5",
		"stdev(1, 2, 3, 4, 5)":                                                    "1.581138830084189665999446772216359",
		"mean(1 m, 20 cm)":                                                        "0.6 m",
		"median(20 degC, 86 degF, 22 degC)":                                       "22 degC",
		"variance(1 m, 3 m)":                                                      "2 m^2",
		"stdev_population([100 cm, 3 m])":                                         "100 cm",
		"quantile([1 m, 200 cm], 0.5)":                                            "1.5 m",
		"mean([1, 2, 3]) + max([1, 2, 3]) - median(2) == 3 and mean(i*i, 1) == 0": "true",
	})
}

func TestMatrices(t *testing.T) {
	same(t, map[string]string{
		"det([[1, 1/2, 1/3], [1/2, 1/3, 1/4], [1/3, 1/4, 1/5]]) * 2160":                               "1",
		"inverse([[1, 1/2], [1/2, 1/3]])":                                                             "[[4, -6], [-6, 12]]",
		"[[1, 2], [3, 4]]^-1 * [[1, 2], [3, 4]] == identity(2)":                                       "true",
		"[[1, 2], [3, 4]] / 2 * 2 == [[1, 2], [3, 4]]":                                                "true",
		"[[2, 0], [0, 4]]^-2":                                                                         "[[0.25, 0], [0, 0.0625]]",
		"[[1, 1], [1, 0]]^100 == [[fibonacci(101), fibonacci(100)], [fibonacci(100), fibonacci(99)]]": "true",
		"[[sqrt(2), 0], [0, 1]]^4":                                                                    "[[4, 0], [0, 1]]",
		"[[1 m, 0 m], [0 m, 2 m]]^2":                                                                  "[[1 m^2, 0 m^2], [0 m^2, 4 m^2]]",
		"[[i, 0], [0, 1]]^2":                                                                          "[[-1, 0], [0, 1]]",
		"[[1/2, 1], [0, 1]] * [2, 3]":                                                                 "[4, 3]",
		"eigenvalues([[0, -1], [1, 0]])":                                                              "[-i, i]",
		"eigenvalues([[1, 1], [1, 0]])":                                                               "[-0.6180339887498948482045868343656381, 1.618033988749894848204586834365638]",
		"eigenvalues(identity(2))":                                                                    "[1, 1]",
		"rank([[1, 2, 3], [2, 4, 6]])":                                                                "1",
		"trace([[pi, 1], [1, -pi]])":                                                                  "0",
		"det([[sqrt(2), 1], [1, sqrt(2)]])":                                                           "1",
	})
}

// Examples of the manuals of spreadsheets, to the digits given there.
func TestMoney(t *testing.T) {
	same(t, map[string]string{
		"round(pmt(8%/12, 10, 10000), 2)":                            "-1037.03",
		"round(pmt(6%/12, 18*12, 0, 50000), 2)":                      "-129.08",
		"round(pv(0.08/12, 20*12, 500), 2)":                          "-59777.15",
		"round(fv(0.06/12, 10, -200, -500, 1), 2)":                   "2581.4",
		"round(nper(12%/12, -100, -1000, 10000, 1), 7)":              "59.6738657",
		"round(nper(12%/12, -100, -1000), 6)":                        "-9.578594",
		"round(rate(48, -200, 8000), 4)":                             "0.0077",
		"round(ipmt(0.1/12, 1, 36, 8000), 2)":                        "-66.67",
		"round(ppmt(0.1/12, 1, 24, 2000), 2)":                        "-75.62",
		"round(npv(10%, -10000, 3000, 4200, 6800), 2)":               "1188.44",
		"npv(10%, [110, 121])":                                       "200",
		"round(irr(-70000, 12000, 15000, 18000, 21000), 3)":          "-0.021",
		"round(irr([-70000, 12000, 15000, 18000, 21000, 26000]), 3)": "0.087",
		"round(effective_rate(5.25%, 4), 7)":                         "0.0535427",
		"round(nominal_rate(5.3543%, 4), 6)":                         "0.0525",
		"round(compound(1000, 6%, 10, 12), 2)":                       "1819.4",
		"sum(allocate(100, [1, 2, 4])) == 100":                       "true",
		"allocate(-5, [1, 1], 0)":                                    "[-3, -2]",
		"round_money(2.345) + round_money(-2.345)":                   "0",
		"round_money(1234.5, -2)":                                    "1200",
		"cagr(9000, 13000, 3) == cbrt(13/9) - 1":                     "true",
		"markup(80, 100) + margin(80, 100)":                          "0.45",
		"price_for_margin(80, 20%) + net(119, 19%) + discount(10)":   "210",
		"simple_interest(1000, 5%, 2)":                               "100",
	})
}

func TestConventionsOfFunctions(t *testing.T) {
	for _, tt := range []struct{ src, note string }{
		{"variance(1, 2)", "divided by n - 1"},
		{"stdev(1, 2)", "stdev_population divides by n"},
		{"covariance([1, 2], [1, 2])", "covariance_population divides by n"},
		{"pmt(5, 10, 1000)", "5 is 500%"},
		{"compound(1000, 5, 2)", "5 is 500%"},
		{"pv(5%, 10, -1)", "money paid negative"},
		{"npv(5%, 1, 2)", "after one period"},
		{"round_money(0.125)", "a tie away from 0"},
	} {
		r, err := Evaluate(t.Context(), tt.src, Options{})
		if err != nil || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, tt.note) }) {
			t.Errorf("%s: got %+v, %v", tt.src, r, err)
		}
	}
	r, err := Evaluate(t.Context(), "round_money(2.345)", Options{Rounding: number.TowardZero})
	if err != nil || r.Text != "2.34" {
		t.Errorf("rounding down: got %+v, %v", r, err)
	}
	if r, err = Evaluate(t.Context(), "round_money(2.346)", Options{}); err != nil || r.Notes != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestFunctionErrors(t *testing.T) {
	for _, tt := range []struct {
		src     string
		reason  Reason
		at      int
		message string
	}{
		{"isprime(1.5)", Domain, 0, "needs integers"},
		{"isprime(2 m)", UnitMismatch, 8, "isprime needs numbers"},
		{"prevprime(2)", Domain, 0, "no prime below 2"},
		{"factor(0)", Domain, 0, "every integer divides"},
		{"divisors(50!)", Limit, 0, "divisors; up to 10,000 are listed"},
		{"fibonacci(10^9)", Limit, 0, "208,987,641 digits"},
		{"modinv(2, 4)", Domain, 0, "no inverse modulo 4"},
		{"permutations(10^6, 10^6)", Limit, 0, "digits"},
		{"mean([])", Domain, 0, "empty list"},
		{"mean(1, 2 m)", UnitMismatch, 0, "a plain number and a quantity"},
		{"mean(1 s, 2 m)", UnitMismatch, 0, ""},
		{"mean(1, i)", Domain, 8, "mean needs numbers; this is a complex number"},
		{"stdev(1 degC, 2 degC)", Domain, 0, "temperatures on a scale"},
		{"mode(1, 1, 2, 2, 3)", Domain, 0, "2 modes"},
		{"mode(1, 2)", Domain, 0, "equally frequent"},
		{"percentile([1, 2], 0.9)", Ambiguous, 0, "from 0 to 100"},
		{"percentile([1, 2], 101)", Domain, 0, "from 0 to 100"},
		{"quantile([1, 2], 50)", Domain, 0, "from 0 to 1"},
		{"quantile(3, 0.5)", Domain, 9, "quantile needs a list"},
		{"correlation([1, 2], [1, 1])", Domain, 0, "0/0"},
		{"covariance([1, i], [1, 2])", Domain, 11, "lists of real numbers"},
		{"det([[1, 2]])", Domain, 0, "1 rows and 2 columns"},
		{"det([[i]])", Domain, 4, "a matrix of real numbers"},
		{"inverse([[1, 2], [2, 4]])", Domain, 0, "singular"},
		{"[[1, 2], [2, 4]]^-1", Domain, 16, "singular"},
		{"[[sqrt(2)]]^-1", Domain, 11, "no fractions"},
		{"[[1, 2], [3, 4]]^(10^9)", Limit, 16, "digits"},
		{"eigenvalues([[2, 0, 1], [1, 3, 1], [0, 1, 7]])", Domain, 0, "no closed form"},
		{"identity(1000)", Limit, 0, "out of bounds"},
		{"pmt(5%, 10, 1000, 0, 2)", Domain, 0, "the type is 0"},
		{"pmt(-200%, 2, 1)", Domain, 0, "above -1"},
		{"irr(1, 2)", Domain, 0, "one way"},
		{"npv(10%, 1 m)", UnitMismatch, 9, "npv needs numbers"},
		{"allocate(10, [0, 0])", Domain, 0, "positive"},
		{"allocate(10, 3)", Domain, 13, "a list of numbers"},
		{"round_money([1])", Domain, 12, "a number"},
	} {
		_, err := Evaluate(t.Context(), tt.src, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Reason != tt.reason || e.Position != tt.at || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%s: got %+v", tt.src, err)
		}
	}
	if _, err := Evaluate(t.Context(), "eigenvalues([[0, -1], [1, 0]])", Options{RealOnly: true}); err == nil {
		t.Error("eigenvalues that are not real are given in the reals")
	}
}

// The memory of lists is bounded by the work that making them takes.
func TestManyLists(t *testing.T) {
	src := "[" + strings.Repeat("identity(200), ", 100) + "1]"
	_, err := Evaluate(t.Context(), src, Options{})
	var e *Error
	if !errors.As(err, &e) || e.Reason != Limit {
		t.Errorf("got %v", err)
	}
}
