package parse

// Op is an operator of the language.
type Op uint8

// The operators. The zero Op is none.
const (
	To Op = iota + 1
	Or
	Xor
	And
	Not
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Add
	Sub
	Mul
	Div
	FloorDiv
	Mod
	Of
	Attach
	Neg
	Pos
	Pow
	Factorial
	Percent
	Degree

	// superscript is read as Pow; the parser alone tells them apart.
	superscript
)

// Levels of precedence, loosest first.
const (
	levelTo = iota + 1
	levelOr
	levelXor
	levelAnd
	levelNot
	levelCompare
	levelSum
	levelProduct
	levelUnit
	levelSign
	levelPower
	levelPostfix
)

// Fixity says where an operator stands.
type Fixity string

// The places of an operator.
const (
	Infix      Fixity = "infix"
	Prefix     Fixity = "prefix"
	PostfixSym Fixity = "postfix"
)

// An Operator is one row of the precedence table.
type Operator struct {
	Op Op
	// Symbols are the spellings; Format writes the first.
	Symbols []string
	// Level is the precedence: the higher, the tighter it binds.
	Level  int
	Fixity Fixity
	// Doc is one sentence, with the associativity where it matters.
	Doc string
	// Example is an expression and its reading.
	Example string
}

var operators = [...]Operator{
	To:        {To, []string{"to"}, levelTo, Infix, "the same quantity in another unit", "5 ft to cm"},
	Or:        {Or, []string{"or"}, levelOr, Infix, "true if either side is", "true or false"},
	Xor:       {Xor, []string{"xor"}, levelXor, Infix, "exclusive or of two truth values, or of the bits of two integers", "6 xor 3 is 5"},
	And:       {And, []string{"and"}, levelAnd, Infix, "true if both sides are", "1 < 2 and 2 < 3"},
	Not:       {Not, []string{"not"}, levelNot, Prefix, "the opposite of a truth value", "not 1 > 2"},
	Eq:        {Eq, []string{"=="}, levelCompare, Infix, "equal; comparisons do not chain", "0.1 + 0.2 == 0.3"},
	Ne:        {Ne, []string{"!=", "≠"}, levelCompare, Infix, "not equal", "1 != 2"},
	Lt:        {Lt, []string{"<"}, levelCompare, Infix, "less", "1 < 2"},
	Le:        {Le, []string{"<=", "≤"}, levelCompare, Infix, "less or equal", "1 <= 2"},
	Gt:        {Gt, []string{">"}, levelCompare, Infix, "greater", "2 > 1"},
	Ge:        {Ge, []string{">=", "≥"}, levelCompare, Infix, "greater or equal", "2 >= 1"},
	Add:       {Add, []string{"+"}, levelSum, Infix, "sum; a percentage is taken of the left side", "100 + 10% is 110"},
	Sub:       {Sub, []string{"-", "−"}, levelSum, Infix, "difference; a percentage is taken of the left side", "100 - 10% is 90"},
	Mul:       {Mul, []string{"*", "×", "·", "⋅"}, levelProduct, Infix, "product; the sign may be left out before a name or a parenthesis", "2pi is 2*pi"},
	Div:       {Div, []string{"/", "÷", "∕", "⁄"}, levelProduct, Infix, "exact quotient, from left to right", "6/3/2 is (6/3)/2"},
	FloorDiv:  {FloorDiv, []string{"//"}, levelProduct, Infix, "quotient rounded down to an integer", "-7 // 2 is -4"},
	Mod:       {Mod, []string{"mod", "%"}, levelProduct, Infix, "remainder with the sign of the divisor", "-7 % 3 is 2"},
	Of:        {Of, []string{"of"}, levelProduct, Infix, "share of a value; the left side is a percentage", "20% of 50 is 10"},
	Attach:    {Attach, []string{"unit"}, levelUnit, PostfixSym, "a unit directly after its number, which makes them one operand", "60 km/h * 2 h is (60 km/h) * (2 h)"},
	Neg:       {Neg, []string{"-", "−"}, levelSign, Prefix, "the negative; binds looser than a power", "-2^2 is -(2^2)"},
	Pos:       {Pos, []string{"+"}, levelSign, Prefix, "the value itself", "+2"},
	Pow:       {Pow, []string{"^", "**", "²"}, levelPower, Infix, "power, from right to left", "2^3^2 is 2^(3^2)"},
	Factorial: {Factorial, []string{"!"}, levelPostfix, PostfixSym, "product of the integers from 1", "5! is 120"},
	Percent:   {Percent, []string{"%"}, levelPostfix, PostfixSym, "one hundredth", "10% is 0.1"},
	Degree:    {Degree, []string{"°"}, levelPostfix, PostfixSym, "an angle in degrees, as radians", "180° is pi"},
}

// Operators lists the grammar's operators, loosest first.
func Operators() []Operator { return append([]Operator(nil), operators[To:]...) }

// String is the operator's first spelling.
func (o Op) String() string {
	if o == 0 || int(o) >= len(operators) {
		return ""
	}
	return operators[o].Symbols[0]
}

func (o Op) infix() bool {
	return o != 0 && int(o) < len(operators) && operators[o].Fixity == Infix
}

// Comparison reports whether o compares its sides.
func (o Op) Comparison() bool { return Eq <= o && o <= Ge }

// Logical reports whether o is And, Or or Xor.
func (o Op) Logical() bool { return o == And || o == Or || o == Xor }
