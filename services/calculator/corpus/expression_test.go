package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A dialect is a calculator's language.
type dialect int

const (
	ours dialect = iota
	qalc
	bc
	mathjs
)

func (d dialect) String() string { return [...]string{"mcp-calculator", "qalc", "bc", "mathjs"}[d] }

// An expression is a tree that every dialect can write down in its own words.
// With op "" it is the number text.
type expression struct {
	op   string
	text string
	args []*expression
}

// infix holds the level of each operator that stands between its operands.
var infix = map[string]int{"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}

// calls holds what each dialect calls a function; an empty name is one that it
// has not.
var calls = map[string][4]string{
	"sqrt":      {"sqrt", "sqrt", "sqrt", "sqrt"},
	"exp":       {"exp", "exp", "e", "exp"},
	"ln":        {"ln", "ln", "l", "log"},
	"log10":     {"log10", "log10", "", "log10"},
	"cbrt":      {"cbrt", "cbrt", "", "cbrt"},
	"sin":       {"sin", "sin", "s", "sin"},
	"cos":       {"cos", "cos", "c", "cos"},
	"tan":       {"tan", "tan", "", "tan"},
	"atan":      {"atan", "atan", "a", "atan"},
	"asin":      {"asin", "asin", "", "asin"},
	"acos":      {"acos", "acos", "", "acos"},
	"sinh":      {"sinh", "sinh", "", "sinh"},
	"cosh":      {"cosh", "cosh", "", "cosh"},
	"tanh":      {"tanh", "tanh", "", "tanh"},
	"asinh":     {"asinh", "asinh", "", "asinh"},
	"abs":       {"abs", "abs", "abs", "abs"},
	"floor":     {"floor", "floor", "", "floor"},
	"ceil":      {"ceil", "ceil", "", "ceil"},
	"trunc":     {"trunc", "trunc", "", "fix"},
	"factorial": {"factorial", "factorial", "factorial", "factorial"},
	"gcd":       {"gcd", "gcd", "", "gcd"},
	"lcm":       {"lcm", "lcm", "", "lcm"},
	"mod":       {"mod", "mod", "", "mod"},
	"max":       {"max", "max", "", "max"},
	"min":       {"min", "min", "", "min"},
	"gamma":     {"gamma", "gamma", "", ""},
	"erf":       {"erf", "erf", "", ""},
}

// bcPrelude defines what bc has not by itself.
const bcPrelude = `define abs(x) { if (x < 0) return -x; return x; }
define factorial(n) { auto p; p = 1; while (n > 1) { p *= n; n -= 1; }; return p; }
`

// write is x in the words of d, with parentheses around every operation in
// another, or with only those that mathematics asks for; ok is false for what
// d has no words for.
func (x *expression) write(d dialect, full bool) (string, bool) {
	var b strings.Builder
	ok := x.to(&b, d, full, 0)
	return b.String(), ok
}

func (x *expression) to(b *strings.Builder, d dialect, full bool, level int) bool {
	own, isInfix := infix[x.op]
	switch {
	case x.op == "":
		if d == bc && strings.ContainsAny(x.text, "e") {
			return false
		}
		b.WriteString(x.text)
		return true
	case x.op == "neg":
		own = 3
	case !isInfix:
		name := calls[x.op][d]
		b.WriteString(name + "(")
		ok := name != ""
		for i, arg := range x.args {
			if i > 0 {
				b.WriteString(", ")
			}
			ok = arg.to(b, d, full, 0) && ok
		}
		b.WriteByte(')')
		return ok
	}
	closed := own < level || full && level > 0
	if closed {
		b.WriteByte('(')
	}
	var ok bool
	if x.op == "neg" {
		b.WriteByte('-')
		if d == bc && x.args[0].op == "neg" {
			own++ // bc reads -- as its decrement
		}
		ok = x.args[0].to(b, d, full, own)
	} else {
		// A power associates to the right, everything else to the left.
		left, right := own, own+1
		if x.op == "^" {
			left, right = own+1, own
		}
		ok = x.args[0].to(b, d, full, left)
		b.WriteString(" " + x.op + " ")
		ok = x.args[1].to(b, d, full, right) && ok
	}
	if closed {
		b.WriteByte(')')
	}
	return ok
}

// has reports whether f holds for a part of x.
func (x *expression) has(f func(*expression) bool) bool {
	if f(x) {
		return true
	}
	for _, arg := range x.args {
		if arg.has(f) {
			return true
		}
	}
	return false
}

// A generator makes random expressions.
type generator struct{ *rand.Rand }

func (g generator) number() *expression {
	n := g.IntN(100)
	switch g.IntN(6) {
	case 0:
		return &expression{text: fmt.Sprintf("%d.%d", n/10, g.IntN(10))}
	case 1:
		return &expression{text: fmt.Sprintf("0.%03d", 1+g.IntN(999))}
	case 2:
		return &expression{text: fmt.Sprintf("%d.%02d", g.IntN(1000), g.IntN(100))}
	case 3:
		return &expression{text: fmt.Sprintf("%de%d", 1+g.IntN(9), g.IntN(25)-12)}
	}
	return &expression{text: fmt.Sprint(n)}
}

func (g generator) integer(most int) *expression {
	return &expression{text: fmt.Sprint(g.IntN(most))}
}

func call(op string, args ...*expression) *expression { return &expression{op: op, args: args} }

// arithmetic is a tree of sums, products, quotients, signs and powers.
func (g generator) arithmetic(depth int) *expression {
	if depth == 0 || g.IntN(8) == 0 {
		return g.number()
	}
	switch op := []string{"+", "-", "*", "/", "+", "-", "*", "/", "^", "neg"}[g.IntN(10)]; op {
	case "neg":
		return call(op, g.arithmetic(depth-1))
	case "^":
		return call(op, g.arithmetic(min(depth-1, 1)), g.integer(5))
	default:
		return call(op, g.arithmetic(depth-1), g.arithmetic(depth-1))
	}
}

// function is a function of small numbers, where it has a real value.
func (g generator) function(depth int) *expression {
	x := g.arithmetic(1)
	switch op := []string{"sqrt", "exp", "ln", "log10", "cbrt", "sin", "cos", "tan", "atan", "asin", "acos", "sinh", "cosh", "tanh",
		"asinh", "abs", "floor", "ceil", "trunc", "factorial", "gcd", "lcm", "mod", "max", "min", "gamma", "erf"}[g.IntN(27)]; op {
	case "sqrt", "ln", "log10":
		return call(op, call("+", call("abs", x), &expression{text: "0.125"}))
	case "exp", "sinh", "cosh", "tanh": // mathjs does not end for tanh(1e9)
		return call(op, call("/", g.number(), g.bigger()))
	case "asin", "acos":
		return call(op, &expression{text: fmt.Sprintf("0.%04d", g.IntN(10000))})
	case "factorial":
		return call(op, g.integer(40))
	case "gamma":
		return call(op, &expression{text: fmt.Sprintf("%d.%d", g.IntN(20), 1+g.IntN(9))})
	case "erf":
		return call(op, &expression{text: fmt.Sprintf("%d.%02d", g.IntN(5), g.IntN(100))})
	case "gcd", "lcm":
		return call(op, g.integer(100_000), g.integer(100_000))
	case "mod":
		return call(op, x, call("+", g.integer(50), &expression{text: "1.5"}))
	case "max", "min":
		return call(op, x, g.mixed(depth-1))
	default:
		return call(op, x)
	}
}

func (g generator) bigger() *expression { return &expression{text: fmt.Sprint(7 + g.IntN(40))} }

// mixed joins functions by arithmetic.
func (g generator) mixed(depth int) *expression {
	if depth <= 0 {
		return g.number()
	}
	if g.IntN(2) == 0 {
		return g.function(depth)
	}
	return call([]string{"+", "-", "*"}[g.IntN(3)], g.mixed(depth-1), g.mixed(depth-1))
}
