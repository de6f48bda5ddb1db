package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// proof says when a prime is certain.
const proof = "proved below 3.3*10^24 and wherever a proof is found, else the test of Baillie, Pomerance, Selfridge and Wagstaff, and a note says so"

var primeFunctions = []Function{
	{"divisors", "divisors(n)", "list of the positive divisors of n in order", "an integer but 0, with at most 10,000 divisors", always, "divisors(12) = [1, 2, 3, 4, 6, 12]", 1, 1, nil, []string{"factors"}, divisors, nil},
	{"factor", "factor(n)", "list of [prime, exponent] for the prime factors of n; a negative n begins with [-1, 1]", "an integer but 0 that can be factored within one call", always, "factor(360) = [[2, 3], [3, 2], [5, 1]]", 1, 1, nil, []string{"factorint", "factorize", "ifactor", "prime_factors"}, factor, nil},
	{"fibonacci", "fibonacci(n)", "n-th Fibonacci number, from fibonacci(0) = 0 and fibonacci(1) = 1", "integers up to about 3,000,000", always, "fibonacci(10) = 55", 1, 1, nil, []string{"fib"}, hinted(of1(integer.Fibonacci), "n*log10(phi) is about the number of its digits"), nil},
	{"isprime", "isprime(n)", "whether n is prime", "integers of up to 2,467 digits", proof, "isprime(97) = true", 1, 1, nil, []string{"is_prime", "prime"}, isPrime, nil},
	{"jacobi", "jacobi(a, n)", "Jacobi symbol (a/n): -1, 0 or 1", "integers, n odd and positive", always, "jacobi(2, 15) = 1", 2, 2, nil, []string{"legendre", "kronecker"}, ofReals(jacobi), nil},
	{"lucas", "lucas(n)", "n-th Lucas number, from lucas(0) = 2 and lucas(1) = 1", "integers up to about 3,000,000", always, "lucas(10) = 123", 1, 1, nil, nil, hinted(of1(integer.Lucas), "n*log10(phi) is about the number of its digits"), nil},
	{"modinv", "modinv(a, m)", "the x with a*x = 1 modulo m, with the sign of m", "integers without a common divisor, m not 0", always, "modinv(3, 7) = 5", 2, 2, nil, []string{"mod_inverse", "inverse_mod", "invmod"}, of2(integer.ModInverse), nil},
	{"nextprime", "nextprime(n)", "least prime above n", "integers of up to 2,467 digits, as far as one call reaches", proof, "nextprime(100) = 101", 1, 1, nil, []string{"next_prime"}, neighbour(integer.NextPrime), nil},
	{"prevprime", "prevprime(n)", "greatest prime below n", "integers above 2 of up to 2,467 digits, as far as one call reaches", proof, "prevprime(100) = 97", 1, 1, nil, []string{"prev_prime", "precprime"}, neighbour(integer.PrevPrime), nil},
	{"totient", "totient(n)", "how many of 1 to n have no divisor in common with n (Euler's phi)", "a positive integer that can be factored within one call", always, "totient(36) = 12", 1, 1, nil, []string{"eulerphi", "euler_phi"}, of1(integer.Totient), nil},
}

func divisors(e *evaluator, args []value) (value, error) {
	x, err := reals(args)
	if err != nil {
		return value{}, err
	}
	all, err := integer.Divisors(e.a, x[0])
	if err != nil {
		return value{}, err
	}
	if all.Divisors == nil {
		return value{}, &number.Error{Kind: number.Limit,
			Message: number.Brief(x[0]) + " has " + number.Brief(all.Count) + " divisors; up to " + grouped(integer.MaxDivisors) + " are listed",
			Hint:    "the tool number_theory gives their number and sum"}
	}
	return e.listOfNumbers(all.Divisors)
}

func factor(e *evaluator, args []value) (value, error) {
	x, err := reals(args)
	if err != nil {
		return value{}, err
	}
	f, err := integer.Factorize(e.a, x[0])
	if err != nil {
		return value{}, err
	}
	if !f.Complete() {
		return value{}, &number.Error{Kind: number.Limit,
			Message: number.Brief(x[0]) + " cannot be factored within one call: " + number.Brief(f.Unfactored) + " is left",
			Hint:    "the tool number_theory shows the factors that were found"}
	}
	var powers []value
	if f.Negative {
		powers = append(powers, listOf([]value{numeric(number.Int(-1)), numeric(number.Int(1))}))
	}
	for _, p := range f.Factors {
		if !p.Proved {
			e.noteProbable(p.Prime)
		}
		powers = append(powers, listOf([]value{numeric(p.Prime), numeric(number.Int(p.Exponent))}))
	}
	return listOf(powers), nil
}

func isPrime(e *evaluator, args []value) (value, error) {
	x, err := reals(args)
	if err != nil {
		return value{}, err
	}
	p, err := integer.IsPrime(e.a, x[0])
	if err == nil && !p.Proved {
		e.noteProbable(x[0])
	}
	return truth(p.Prime), err
}

// neighbour is a search for the prime next to a number.
func neighbour(search func(*number.Arith, number.Number) (number.Number, integer.Primality, error)) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) {
		z, p, err := search(e.a, x[0])
		if err == nil && !p.Proved {
			e.noteProbable(z)
		}
		return z, err
	})
}

func (e *evaluator) noteProbable(p number.Number) {
	e.note(number.Brief(p) + " is a probable prime: it passed the test of Baillie, Pomerance, Selfridge and Wagstaff, to which no exception is known")
}

func jacobi(e *evaluator, x []number.Number) (number.Number, error) {
	s, err := integer.Jacobi(e.a, x[0], x[1])
	return number.Int(int64(s)), err
}
