package parse

import (
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// Reason says in one word why an expression was refused.
type Reason string

// The reasons to refuse an expression.
const (
	Syntax    Reason = "syntax"
	Ambiguous Reason = "ambiguous"
	Limit     Reason = "limit"
)

// An Error says what is wrong with an expression, where, and what to write
// instead.
type Error struct {
	Reason Reason
	// Position is the byte offset in the source that the message is about.
	Position int
	// Message is one lower-case clause.
	Message string
	// Hint says what to write instead; it may be empty.
	Hint string
	// Readings are the trees of the whole source that an Ambiguous one can
	// stand for; Suggestions are the same as source text.
	Readings    []Node
	Suggestions []string
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Limits bound what an expression may cost to read.
type Limits struct {
	// Bytes is the longest source.
	Bytes int
	// Depth is how deep parentheses, calls, lists, signs and exponents nest.
	Depth int
	// Nodes is the number of operands and operators.
	Nodes int
	// Digits is the number of digits in one literal.
	Digits int
	// Exponent is the largest magnitude of a literal's exponent.
	Exponent int
}

// DefaultLimits suit an expression that a person or a model would write:
// 16 KiB, 200 levels, 10,000 nodes, literals of 10,000 digits and exponents
// up to 100,000.
func DefaultLimits() Limits {
	return Limits{Bytes: 16 << 10, Depth: 200, Nodes: 10_000, Digits: 10_000, Exponent: 100_000}
}

// fill gives the fields that are not positive their defaults.
func (l *Limits) fill() {
	d := DefaultLimits()
	l.Bytes = positive(l.Bytes, d.Bytes)
	l.Depth = positive(l.Depth, d.Depth)
	l.Nodes = positive(l.Nodes, d.Nodes)
	l.Digits = positive(l.Digits, d.Digits)
	l.Exponent = positive(l.Exponent, d.Exponent)
}

// positive is limit, or usual if that is none.
func positive(limit, usual int) int {
	if limit > 0 {
		return limit
	}
	return usual
}

// noOperand is the error for a token where a value should stand.
func (p *parser) noOperand() *Error {
	t := p.tok
	e := &Error{Reason: Syntax, Position: t.start}
	switch t.kind {
	case tokBad:
		return t.err
	case tokEOF:
		e.Message = "the expression ends where a value is expected"
	case tokRight:
		e.Message = `a value is missing before ")"`
	case tokRightBracket:
		e.Message = `a value is missing before "]"`
	case tokComma:
		e.Message = "a value is missing before the comma"
	case tokOp:
		e.Message = fmt.Sprintf("%s needs a value to its left", spelling.Quote(p.lex.src[t.start:t.end]))
		if t.op == Sub || t.op == Add || t.op == Not {
			e.Message = fmt.Sprintf("%s needs parentheses here", spelling.Quote(p.lex.src[t.start:t.end]))
			e.Hint = "write √(-4)"
		}
	case tokBang:
		e.Message = `"!" stands before its operand`
		e.Hint = `write n! for a factorial, "not x" for the opposite`
	default:
		e.Message = fmt.Sprintf("%s needs a value to its left", spelling.Quote(p.lex.src[t.start:t.end]))
	}
	return e
}

// afterOperand is the error for a token that cannot follow the operand x.
func (p *parser) afterOperand(x Node) *Error {
	t := p.tok
	text := p.lex.src[t.start:t.end]
	e := &Error{Reason: Syntax, Position: t.start}
	switch t.kind {
	case tokBad:
		return t.err
	case tokRight, tokRightBracket:
		e.Message = fmt.Sprintf("%q closes nothing that was opened", text)
	case tokComma:
		e.Message = "a comma outside a call or a list"
		e.Hint = "write [1, 2] for a list, 1234.5 for a decimal number"
	case tokNumber:
		if q, ok := x.(*Quantity); ok && q.end <= t.start {
			e.Message = fmt.Sprintf("an operator is missing before %s", spelling.Quote(text))
			e.Hint = "write a sum for a quantity in two units: 5 ft + 3 in"
			break
		}
		e.Message = fmt.Sprintf("an operator is missing before %s", spelling.Quote(text))
		start, end := x.Span()
		switch before := p.lex.src[start:end]; {
		case isLiteral(x):
			e.Hint = fmt.Sprintf("write %s*%s for the product; a space does not group digits", clip(before), clip(text))
		case isName(x):
			e.Hint = fmt.Sprintf("write %s(%s) to call a function, %[1]s*%[2]s for the product", clip(before), clip(text))
		}
	case tokLeftBracket:
		e.Message = `an operator is missing before "["`
		e.Hint = "there is no indexing"
	case tokOp:
		e.Message = fmt.Sprintf("%s cannot stand here", spelling.Quote(text))
		e.Hint = "put what it applies to in parentheses"
	default:
		e.Message = fmt.Sprintf("%s is not expected here", spelling.Quote(text))
	}
	return e
}

// afterTarget is the error for a token behind the unit of a conversion.
func (p *parser) afterTarget() *Error {
	return &Error{
		Reason: Syntax, Position: p.tok.start,
		Message: fmt.Sprintf(`%s cannot follow the unit behind "to"`, spelling.Quote(p.lex.src[p.tok.start:p.tok.end])),
		Hint:    "put the conversion in parentheses: (5 ft to cm) * 2",
	}
}

// unclosed is the error for a bracket whose end is not found after x.
func (p *parser) unclosed(x Node, open int, bracket string) *Error {
	if p.tok.kind == tokEOF {
		return &Error{
			Reason: Syntax, Position: open,
			Message: fmt.Sprintf("the %q at position %d is not closed", bracket, open),
		}
	}
	return p.afterOperand(x)
}

func isName(n Node) bool {
	_, ok := n.(*Name)
	return ok
}

// clip shortens text that came from the source.
func clip(s string) string { return spelling.Excerpt(s, 40) }
