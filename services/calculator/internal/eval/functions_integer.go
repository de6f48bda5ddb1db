package eval

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

const notNegative = "integers that are not negative"

var integerFunctions = []Function{
	{"binomial", "binomial(n, k)", "number of ways to choose k of n", integers, always, "binomial(5, 2) = 10", 2, 2, []string{"comb", "nCr"}, []string{"choose", "ncr", "combinations"}, hinted(of2(integer.Binomial), "ask for its logarithm: lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)"), nil},
	{"bitand", "bitand(a, b, ...)", "and of the bits of integers; a negative one has infinitely many leading ones", integers, always, "bitand(12, 10) = 8", 1, -1, nil, nil, bitwise((*big.Int).And), nil},
	{"bitnot", "bitnot(n)", "n with all bits changed, which is -n - 1", integers, always, "bitnot(5) = -6", 1, 1, nil, nil, ofReals(bitNot), nil},
	{"bitor", "bitor(a, b, ...)", "or of the bits of integers", integers, always, "bitor(12, 10) = 14", 1, -1, nil, nil, bitwise((*big.Int).Or), nil},
	{"bitxor", "bitxor(a, b, ...)", "exclusive or of the bits of integers", integers, always, "bitxor(12, 10) = 6", 1, -1, nil, nil, bitwise((*big.Int).Xor), nil},
	{"factorial", "factorial(n)", "product of the integers from 1 to n", notNegative, always, "factorial(5) = 120", 1, 1, nil, []string{"fact"}, ofReals(factorialOf), nil},
	{"factorial2", "factorial2(n)", "product of every second integer down from n", notNegative, always, "factorial2(7) = 105", 1, 1, nil, nil, ofReals(factorial2), nil},
	{"gcd", "gcd(a, b, ...)", "greatest common divisor of integers", integers, always, "gcd(12, 18) = 6", 1, -1, nil, []string{"hcf"}, fold((*number.Arith).GCD), nil},
	{"lcm", "lcm(a, b, ...)", "least common multiple of integers", integers, always, "lcm(4, 6) = 12", 1, -1, nil, nil, fold((*number.Arith).LCM), nil},
	{"modpow", "modpow(b, n, m)", "b^n mod m, without computing b^n", "integers, m not 0; for a negative n b and m have no common divisor", always, "modpow(3, 1000, 7) = 4", 3, 3, nil, []string{"powmod"}, ofReals(powerModulo), nil},
	{"permutations", "permutations(n, k)", "number of ways to arrange k of n", notNegative, always, "permutations(5, 2) = 20", 2, 2, []string{"perm", "nPr"}, []string{"npr"}, hinted(of2(integer.Permutations), "ask for its logarithm: lgamma(n + 1) - lgamma(n - k + 1)"), nil},
	{"shl", "shl(n, k)", "n*2^k: the bits of n moved up by k", "integers, k not negative", always, "shl(1, 10) = 1024", 2, 2, nil, []string{"lshift"}, ofReals(shiftLeft), nil},
	{"shr", "shr(n, k)", "floor(n/2^k): the bits of n moved down by k", "integers, k not negative", always, "shr(1024, 3) = 128", 2, 2, nil, []string{"rshift"}, ofReals(shiftRight), nil},
}

func bitwise(op func(z, x, y *big.Int) *big.Int) operation {
	return ofReals(func(e *evaluator, args []number.Number) (number.Number, error) {
		z := args[0]
		for i, x := range args {
			if !x.IsInt() {
				return z, domain("the bits of integers are known, but this is a %s", x.Kind())
			}
			if i == 0 {
				continue
			}
			p, q := z.BigInt(), x.BigInt()
			if err := e.a.Spend(int64(p.BitLen()+q.BitLen()) / 64); err != nil {
				return z, err
			}
			z = number.FromBigInt(op(p, p, q))
		}
		return z, nil
	})
}

func bitNot(_ *evaluator, args []number.Number) (number.Number, error) {
	if !args[0].IsInt() {
		return args[0], domain("the bits of integers are known, but this is a %s", args[0].Kind())
	}
	z := args[0].BigInt()
	return number.FromBigInt(z.Not(z)), nil
}

// shifted checks the arguments of a shift.
func shifted(args []number.Number) error {
	if !args[0].IsInt() || !args[1].IsInt() || args[1].BigInt().Sign() < 0 {
		return domain("a shift needs an integer and a number of bits that is not negative")
	}
	return nil
}

func shiftLeft(e *evaluator, args []number.Number) (number.Number, error) {
	n, k := args[0], args[1]
	if err := shifted(args); err != nil || n.IsZero() {
		return n, err
	}
	bits, ok := k.Int64()
	if most := e.a.Limits().IntegerBits; !ok || bits > int64(most) {
		size, _ := new(big.Float).SetInt(k.BigInt()).Float64()
		return n, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("shl by so many bits gives %s digits; the limit is %s", about(size*math.Log10(2)), grouped(631_000)),
			Hint:    "compute with the power in a logarithm or a remainder: modpow(2, k, m)"}
	}
	p, err := e.a.Pow(number.Int(2), k)
	if err != nil {
		return p, err
	}
	return e.a.Mul(n, p)
}

func shiftRight(_ *evaluator, args []number.Number) (number.Number, error) {
	n, k := args[0], args[1]
	if err := shifted(args); err != nil {
		return n, err
	}
	z := n.BigInt()
	bits, ok := k.Int64()
	if !ok || bits > int64(z.BitLen()) {
		bits = int64(z.BitLen()) + 1
	}
	return number.FromBigInt(z.Rsh(z, uint(bits))), nil
}

func powerModulo(e *evaluator, x []number.Number) (number.Number, error) {
	return integer.ModPow(e.a, x[0], x[1], x[2])
}

func factorialOf(e *evaluator, args []number.Number) (number.Number, error) {
	return e.factorial(args[0])
}

// factorial is n!; of one that is too long it says how to go on.
func (e *evaluator) factorial(n number.Number) (number.Number, error) {
	z, err := e.a.Factorial(n)
	var ne *number.Error
	if errors.As(err, &ne) && ne.Kind == number.Domain && !n.IsInt() {
		extended := *ne
		extended.Hint = "gamma(x + 1) extends the factorial to other numbers"
		return z, &extended
	}
	return z, hintAtLimit(err, "ask for its logarithm: lgamma(n + 1)/ln(10) is about the number of its digits")
}

// factorial2 is 2^k k! for n = 2k and n!/(2^k k!) for n = 2k+1.
func factorial2(e *evaluator, args []number.Number) (number.Number, error) {
	n := args[0]
	if s, err := e.a.Sign(n); !n.IsInt() || s < 0 || err != nil {
		return n, domain("factorial2 needs an integer that is not negative")
	}
	all, err := e.factorial(n)
	if err != nil {
		return n, err
	}
	i, _ := n.Int64()
	k := number.Int(i / 2)
	even, err := e.a.Factorial(k)
	if err != nil {
		return n, err
	}
	scale, err := e.a.Pow(number.Int(2), k)
	if err == nil {
		even, err = e.a.Mul(even, scale)
	}
	if err != nil || i%2 == 0 {
		return even, err
	}
	return e.a.FloorDiv(all, even)
}
