package hostile

import (
	"fmt"
	"slices"
)

// matrices are calls of the tool for linear algebra.
func matrices() []Row {
	const limit, timeout = "limit", "timeout"
	row := func(name, operation string, a [][]string) Row {
		return Row{Name: name, Tool: "matrix", Arguments: map[string]any{"operation": operation, "a": a}, Reasons: []string{limit, timeout}}
	}
	determinant := row("determinant, 200×200", "det", digits(200))
	determinant.Reasons, determinant.Shows = nil, `"result":"-760298841026238029547353399167140771640`
	larger := row("determinant, 201×201", "det", digits(201))
	larger.Says = "the limit is 200"
	rank := row("rank, 200×200", "rank", digits(200))
	rank.Reasons, rank.Shows = nil, `"result":"200"`
	polynomial := row("characteristic polynomial, 200×200", "charpoly", digits(200))
	polynomial.Reasons, polynomial.Shows = nil, `"result":"x^200 + 66*x^199 `
	inverse := row("inverse, 200×200", "inverse", digits(200))
	long := row("inverse of Hilbert's matrix, 200×200", "inverse", hilbert(200))
	long.Says = "characters"
	lu := row("LU factors, 100×100", "lu", digits(100))
	power := row("power 10^9, 200×200", "power", digits(200))
	power.Arguments["n"] = 1_000_000_000
	return []Row{determinant, larger, rank, polynomial, inverse, long, lu, power}
}

// digits returns n by n entries from -9 to 9, the same every time.
func digits(n int) [][]string {
	x := uint32(1)
	m := make([][]string, n)
	for i := range m {
		for range n {
			// The generator that ISO C has as an example.
			x = (x*1103515245 + 12345) % (1 << 31)
			m[i] = append(m[i], fmt.Sprint(int((x>>16)%19)-9))
		}
	}
	return m
}

// hilbert returns D. Hilbert's matrix, whose inverse has long entries.
func hilbert(n int) [][]string {
	m := make([][]string, n)
	for i := range m {
		for j := range n {
			m[i] = append(m[i], fmt.Sprintf("1/%d", i+j+1))
		}
	}
	return m
}

// others are calls of the remaining tools.
func others() []Row {
	theory := func(name, operation string, numbers ...string) Row {
		return Row{Name: name, Tool: "number_theory", Arguments: map[string]any{"operation": operation, "numbers": numbers}}
	}
	shows := func(r Row, text string) Row { r.Shows = text; return r }
	says := func(r Row, text string) Row { r.Reasons, r.Says = []string{"limit", "timeout"}, text; return r }

	const (
		// The product of 314159265358979323846264338521 and
		// 677215664901532860606512090083.
		semiprime = "212753575775058282345939887090823051364425206588079158987243"
		// Factored by A. K. Lenstra in 1991, in a few days.
		rsa100 = "1522605027922533360535618378132637429718068114961380688657908494580122963258952897654000350692006139"
	)
	shift := theory("shl(1, 10^10) as bits", "bitwise", "1", "10^10")
	shift.Arguments["op"] = "shl"
	statistics := func(name string, values []string) Row {
		return Row{Name: name, Tool: "statistics", Arguments: map[string]any{"values": values}}
	}
	harmonic := make([]string, 20_000)
	for i := range harmonic {
		harmonic[i] = fmt.Sprintf("1/%d", i+1)
	}
	return []Row{
		shows(theory("factors of 60 digits", "factor", semiprime), `"operation":"factor"`),
		shows(theory("factors of RSA-100", "factor", rsa100), `"unfactored":"`+rsa100),
		says(theory("totient of RSA-100", "totient", rsa100), "cannot be factored"),
		shows(theory("primality of 2^4423 - 1", "is_prime", "2^4423 - 1"), `"result":"true"`),
		says(theory("the prime after 10^2400", "next_prime", "10^2400"), "2,401 digits"),
		says(theory("fibonacci(10^9)", "fibonacci", "10^9"), "208,987,641 digits"),
		says(theory("binomial(10^7, 5*10^6) as integers", "binomial", "10^7", "5*10^6"), "3,010,297 digits"),
		says(shift, "3,010,300,001 digits"),
		shows(statistics("statistics of 60,000 values", slices.Repeat([]string{"0.1"}, 60_000)), `"mean":{"value":"0.1","exact":true`),
		shows(statistics("statistics of 1, 1/2, … 1/20000", harmonic), `"mean":{"value":"0.00052403641086146637864072300151080`),
		says(statistics("statistics of 10^100000, 1,000 times", slices.Repeat([]string{"1e100000"}, 1000)), "steps of work"),
		{Name: "10^100000 feet", Tool: "convert_units", Arguments: map[string]any{"value": "1e100000", "from": "ft", "to": "cm"},
			Shows: `"result":"3.048000000000000000000000000000000e100001"`},
	}
}
