// Package hostile lists calls that have made calculators hang, die or answer
// with a gigabyte, and what this one has to say to each. The guarantee to know:
// every row has an answer that is known from elsewhere, or a refusal with a
// reason and an estimate or a remedy.
//
// Start at [Rows].
package hostile

import (
	"fmt"
	"strings"
)

// A Row is a call that may not hurt the server.
type Row struct {
	// Name is unique.
	Name string `json:"name"`
	// Tool and Arguments are the call.
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
	// Shows is a part of the text of the result, for a row that is answered.
	Shows string `json:"shows,omitempty"`
	// Reasons are those with which it may be refused, more than one if the
	// clock may be quicker than the bound on work. They are empty when the
	// arguments are refused before the calculator sees them.
	Reasons []string `json:"reasons,omitempty"`
	// Says is what the refusal says: the estimate, the limit or what to write
	// instead.
	Says string `json:"says,omitempty"`
	// Predicted says that it is refused before it costs anything.
	Predicted bool `json:"predicted,omitempty"`
}

// Expression is the expression that the row has evaluated, if it does.
func (r Row) Expression() (string, bool) {
	s, ok := r.Arguments["expression"].(string)
	return s, ok && r.Tool == "calculate"
}

func calculate(expression string) map[string]any { return map[string]any{"expression": expression} }

// answered is a row with a result that begins so.
func answered(name, expression, result string) Row {
	return Row{Name: name, Tool: "calculate", Arguments: calculate(expression), Shows: `"result":"` + result}
}

// precise is one with a thousand digits.
func precise(name, expression, result string) Row {
	r := answered(name, expression, result)
	r.Arguments["precision"] = 1000
	return r
}

// refused is a row that costs nothing.
func refused(name, expression, reason, says string) Row {
	return Row{Name: name, Tool: "calculate", Arguments: calculate(expression), Reasons: []string{reason}, Says: says, Predicted: true}
}

// stopped is one that is refused after some work.
func stopped(name, expression, says string) Row {
	return Row{Name: name, Tool: "calculate", Arguments: calculate(expression), Reasons: []string{"limit", "timeout"}, Says: says}
}

// Rows returns all of them.
func Rows() []Row {
	const limit, syntax, unknown = "limit", "syntax", "unknown_name"
	times := strings.Repeat
	return append([]Row{
		refused("9^9^9", "9^9^9", limit, "369,693,100 digits"),
		refused("factorial(10^9)", "factorial(10^9)", limit, "8,565,705,523 digits"),
		refused("factorial(factorial(20))", "factorial(factorial(20))", limit, "limit is 631,000"),
		refused("2^(-9^9^9)", "2^(-9^9^9)", limit, "369,693,100 digits"),
		refused("2^2^2^2^2^2", "2^2^2^2^2^2", limit, "limit is 631,000"),
		refused("1<<(10^10)", "1<<(10^10)", syntax, "write shl(x, n)"),
		refused("shl(1, 10^10)", "shl(1, 10^10)", limit, "3,010,299,956 digits"),
		refused("binomial(10^7, 5*10^6)", "comb(10^7, 5*10^6)", limit, "lgamma"),
		refused("round(1, 10^9)", "round(1, 10^9)", limit, "100,000"),
		refused("1e100001", "1e100001", limit, "100000"),
		refused("1e999999999999", "1e999999999999", limit, "exponent"),
		refused("sin(10^100000)", "sin(10^100000)", limit, "100,001 digits"),
		refused("exp(exp(exp(10)))", "exp(exp(exp(10)))", limit, "10^1,000,000"),
		refused("1,000 parentheses", times("(", 1000)+"1"+times(")", 1000), limit, "more than 200 levels deep; "),
		refused("16,384 open parentheses", times("(", 16384), limit, "more than 200 levels deep; "),
		refused("sqrt( 2,000 times", times("sqrt(", 2000), limit, "more than 200 levels deep; "),
		refused("16,000 signs", times("-", 16000)+"1", limit, "more than 200 levels deep; "),
		refused("a tower of 4,000 powers", times("2^", 4000)+"2", limit, "more than 200 levels deep; "),
		refused("1+1+… of 16 KB", times("1+", 8191)+"1", limit, "more than 10000 numbers, names and operators; "),
		{Name: "1+1+… of 1 MB", Tool: "calculate", Arguments: calculate(times("1+", 1<<19) + "1"), Says: "at most 65536 characters", Predicted: true},
		refused("a literal of 16,000 digits", times("9", 16000), limit, "limit is 10000"),
		refused("1:1e9", "1:1e9", syntax, "':' is not part of an expression"),
		refused("zeros(1e9)", "zeros(1e9)", unknown, `"zeros" is unknown`),
		refused("ones(30000,30000)", "ones(30000,30000)", unknown, `"ones" is unknown`),
		refused("a function of one's own", "fib(n) = fib(n-1) + fib(n-2); fib(40)", syntax, ""),
		refused("fib(40)", "fib(40)", unknown, `"fib" is unknown`),
		refused("'A'*10**9", "'A'*10**9", syntax, "no strings; "),

		answered("2^2000000", "2^2000000", "980229937706956741589327578729773799"),
		answered("100000!", "100000!", "282422940796034787429342157802453551"),
		answered("a literal of 10,000 digits", times("9", 10000)+" % 10^10", "9999999999"),
		answered("(1+1e-9)^(10^12)", "(1+1e-9)^(10^12)", "1.970070128981736900903633896994247e434"),
		answered("exp(10^6)", "exp(10^6)", "3.033215396802087545086402141418114e434294"),
		answered("cbrt(3^1300000 + 1)", "cbrt(3^1300000 + 1)", "3.497130619533689742572145765697280e206752"),
		answered("log(2^2000000 + 1)", "log(2^2000000 + 1)", "1386294.361119890618834464242916353"),
		answered("atan(1e100000)", "atan(1e100000)", "1.570796326794896619231321691639751"),
		answered("equal square roots", "sqrt(2)+sqrt(3) == sqrt(5+2*sqrt(6))", "true"),
		answered("2^20000/3^8000 + 2^20000/5^8000 + …", fractions(), "4.264572699124712727800791112115090e2203"),
		precise("1,000 digits of gamma(0.123456789)", "gamma(0.123456789)", "7.63270318879871590366"),
		precise("1,000 digits of 50 roots of pi", roots(), "54.49495431176687866652635159439413773"),
		precise("50 times 1,000 digits of pi", "["+times("pi, ", 49)+"pi]", "[3.14159265358979323846"),
		stopped("gcd of integers of 600,000 digits", "gcd(2^2000000 + 1, 3^1200000 + 1)", "39,456 digits"),
		stopped("mod(factorial(100000), 1000003) + … 400 times", times("mod(factorial(100000), 1000003) + ", 399)+"1", "; "),
	}, append(matrices(), others()...)...)
}

// fractions is a sum whose denominators have no common factor, so that its own
// grows with each.
func fractions() string {
	var terms []string
	for _, p := range []int{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73} {
		terms = append(terms, fmt.Sprintf("2^20000/%d^8000", p))
	}
	return strings.Join(terms, " + ")
}

// roots is a sum of numbers that have nothing in common.
func roots() string {
	var terms []string
	for k := range 50 {
		terms = append(terms, fmt.Sprintf("pi^(1/%d)", k+2))
	}
	return strings.Join(terms, " + ")
}
