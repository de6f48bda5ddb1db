package parse

import (
	"fmt"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// operators extends left by every operator that binds at least as tightly as
// least. last is the operator applied last in this very loop: it tells 6/2(3)
// from (6/2)(3), which build the same tree.
func (p *parser) operators(left Node, least int) (Node, *Error) {
	var last Op
	for {
		var err *Error
		t := &p.tok
		op, sign, direct := t.op, postfixOf(t.kind), t.startsOperand()
		unit := direct && p.atUnit(t)
		switch {
		case unit:
			op = Attach
		case t.kind == tokOp:
			if op == Ne && p.factorialEquals() {
				op, sign = 0, Factorial
			}
			unit = op == Div && p.unitAhead()
		case t.kind == tokPercent:
			if use := p.percentSign(); use == isModulo || use == isEither && p.alternative {
				op, sign = Mod, 0
			}
		case direct:
			op = Mul
		}
		if sign == 0 && (!op.infix() && !unit || operators[op].Level < least) {
			return left, nil
		}
		if err := p.room(); err != nil {
			return nil, err
		}
		switch {
		case last == To && op != To:
			return nil, p.afterTarget()
		case unit:
			left, err = p.attach(left)
			last = Attach
		case op == To:
			left, err = p.convert(left)
			last = op
		case sign != 0:
			left, err = p.postfix(left, sign, last)
			last = sign
		case direct:
			left, err = p.implicit(left, last)
			if !opensDoubt(last) {
				last = Mul
			}
		case op.Comparison() && last.Comparison():
			left, err = p.chain(left, op)
			last = op
		default:
			left, err = p.infix(left, op, last)
			last = op
		}
		if err != nil {
			return nil, err
		}
	}
}

func postfixOf(k tokenKind) Op {
	switch k {
	case tokBang:
		return Factorial
	case tokPercent:
		return Percent
	case tokDegree:
		return Degree
	case tokSuperscript:
		return superscript
	}
	return 0
}

// infix parses the right side of op and joins it with left.
func (p *parser) infix(left Node, op, last Op) (Node, *Error) {
	at := p.tok.start
	if p.tok.kind == tokPercent && p.percentSign() == isEither {
		p.doubtPercent(at)
	}
	if op == Ne && p.tok.start == p.prevEnd && p.lex.src[at] == '!' {
		p.doubtful(at, `"!=" directly after an operand may be a factorial or "not equal"`,
			"put a space before != or parentheses around the factorial")
	}
	if op == Of && !isPercent(left) {
		return nil, &Error{
			Reason: Syntax, Position: at, Message: `"of" needs a percentage to its left`,
			Hint: "write 20% of 50, or use * to multiply",
		}
	}
	level := operators[op].Level + 1
	if op == Pow {
		level = levelPower
		if err := p.enter(at); err != nil {
			return nil, err
		}
	}
	p.next()
	right, err := p.expr(level)
	if err != nil {
		return nil, err
	}
	if op == Pow {
		p.depth--
	}
	if op == Pow && last == superscript {
		p.doubtful(at, "a power of a superscript can be read in two ways", "add parentheses")
		if b, ok := left.(*Binary); ok && p.alternative {
			return p.binary(Pow, b.X, p.binary(Pow, b.Y, right, at), b.At), nil
		}
	}
	if q, ok := right.(*Quantity); ok && !q.grouped && opensDoubt(op) {
		if !endsInUnit(left) {
			p.doubtful(at, "a division by a number with a unit can be read in two ways", "add parentheses")
			if p.alternative {
				return p.quantity(p.binary(op, left, q.X, at), q.Unit), nil
			}
		}
		p.note("a number and its unit are one operand: 6 m / 2 s is (6 m) / (2 s)")
	}
	b := p.binary(op, left, right, at)
	if b.OfLeft {
		p.note("a percentage that is added or subtracted is taken of the value to its left: 100 + 10% is 110")
	}
	return b, nil
}

// implicit multiplies left with the operand that follows without an operator.
// After a division or a power two readings are in use.
func (p *parser) implicit(left Node, last Op) (Node, *Error) {
	at := p.tok.start
	b, ok := left.(*Binary)
	if !ok || !opensDoubt(last) {
		return p.times(left)
	}
	what := "a division followed by a product without an operator"
	if last == Pow {
		what = "a power followed by a product without an operator"
	}
	p.doubtful(at, what+" can be read in two ways", "write * and add parentheses")
	if !p.alternative {
		return p.times(left)
	}
	right, err := p.times(b.Y)
	if err != nil {
		return nil, err
	}
	return p.binary(b.Op, b.X, right, b.At), nil
}

// opensDoubt reports whether it is unclear if a factor without an operator
// belongs to the right side of o.
func opensDoubt(o Op) bool { return o == Div || o == FloorDiv || o == Mod || o == Pow }

// chain meets a second comparison: 1 < 2 < 3. One reading has the operand in
// the middle twice, so it is offered for a number or a name only: with longer
// ones the tree would double with each level of nesting.
func (p *parser) chain(left Node, op Op) (Node, *Error) {
	const message, hint = "a chain of comparisons can be read in two ways", `join the comparisons with "and"`
	at := p.tok.start
	b, ok := left.(*Binary)
	if ok && b.Op == And {
		b, ok = b.Y.(*Binary)
	}
	if !ok || !isLiteral(b.Y) && !isName(b.Y) {
		return nil, &Error{Reason: Ambiguous, Position: at, Message: message, Hint: hint}
	}
	p.doubtful(at, message, hint)
	p.next()
	right, err := p.expr(levelCompare + 1)
	if err != nil {
		return nil, err
	}
	if p.alternative {
		return p.binary(op, left, right, at), nil
	}
	return p.binary(And, left, p.binary(op, b.Y, right, at), at), nil
}

// postfix applies a sign that stands behind its operand.
func (p *parser) postfix(x Node, sign, last Op) (Node, *Error) {
	t := p.tok
	start, _ := x.Span()
	switch {
	case last == Attach:
		return nil, &Error{
			Reason: Syntax, Position: t.start, Message: fmt.Sprintf("%s cannot follow a unit", spelling.Quote(p.lex.src[t.start:t.end])),
			Hint: "put the quantity in parentheses",
		}
	case sign == superscript && last == superscript:
		return nil, &Error{Reason: Syntax, Position: t.start, Message: "two superscripts in a row", Hint: "add parentheses"}
	case sign == superscript:
		p.next()
		return p.binary(Pow, x, p.superscriptValue(t), t.start), nil
	case sign == Percent && last != Percent:
		return p.percent(x)
	case sign == Factorial && last == superscript:
		p.doubtful(t.start, "a factorial after a superscript can be read in two ways", "add parentheses")
		if b, ok := x.(*Binary); ok && p.alternative {
			p.skipSign()
			return p.binary(Pow, b.X, &Postfix{Op: Factorial, X: b.Y, At: t.start, start: start, end: t.start + 1}, b.At), nil
		}
	case sign == Factorial && last == Factorial:
		if p.peek().kind == tokBang {
			return nil, &Error{Reason: Syntax, Position: t.start, Message: "more than two factorial signs", Hint: "add parentheses: ((5!)!)!"}
		}
		p.doubtful(t.start, `"!!" can be read in two ways`,
			"write (n!)! for the factorial of the factorial, factorial2(n) for the double factorial")
		if f, ok := x.(*Postfix); ok && p.alternative {
			p.skipSign()
			return &Call{Name: "factorial2", Args: []Node{f.X}, start: start, end: t.start + 1}, nil
		}
	case sign == last:
		return nil, &Error{Reason: Syntax, Position: t.start, Message: strconv.Quote(sign.String()) + " is repeated", Hint: "add parentheses if it is meant twice"}
	}
	p.skipSign()
	return &Postfix{Op: sign, X: x, At: t.start, start: start, end: p.prevEnd}, nil
}

func (p *parser) percent(x Node) (Node, *Error) {
	t, either := p.tok, p.percentSign() == isEither
	if either {
		p.doubtPercent(t.start)
	}
	start, _ := x.Span()
	percentage := &Postfix{Op: Percent, X: x, At: t.start, start: start, end: t.end}
	p.next()
	if !either || p.tok.kind == tokOp {
		return percentage, nil
	}
	y, err := p.expr(levelProduct + 1)
	if err != nil {
		return nil, err
	}
	return p.binary(Of, percentage, y, t.start), nil
}

// skipSign goes past a postfix sign. The "!" of a token != leaves the == that
// remains of it.
func (p *parser) skipSign() {
	if p.tok.kind != tokOp {
		p.next()
		return
	}
	p.tok.op = Eq
	p.tok.start++
	p.prevEnd = p.tok.start
}

func (p *parser) superscriptValue(t token) Node {
	if t.text[0] == '-' {
		return &Unary{Op: Neg, X: p.literal(&t, t.text[1:], 10), start: t.start, end: t.end}
	}
	return p.literal(&t, t.text, 10)
}

// factorialEquals reports whether a != that touches its left operand is to be
// read as a factorial compared with ==, which the alternative pass does.
func (p *parser) factorialEquals() bool {
	return p.alternative && p.tok.start == p.prevEnd && p.lex.src[p.tok.start] == '!'
}

type percentUse uint8

const (
	isPercentage percentUse = iota
	isModulo
	isEither
)

// percentSign tells what a % is, by what follows it and, where a sign follows,
// by the spaces around it.
func (p *parser) percentSign() percentUse {
	next := p.peek()
	before, after := p.tok.start > p.prevEnd, next.start > p.tok.end
	switch {
	case next.kind == tokNumber || next.kind == tokLeftBracket || next.startsOperand():
		if after && !before {
			return isEither
		}
		return isModulo
	case next.kind == tokOp && (next.op == Sub || next.op == Add):
		apart := p.lex.token(next.end).start > next.end
		if next.op == Add && (apart || !before) || !before && after && apart {
			return isPercentage
		}
		return isEither
	}
	return isPercentage
}

func (p *parser) doubtPercent(at int) {
	p.doubtful(at, `"%" may be a percentage or a remainder here`,
		"write mod(a, b) for the remainder, a% of b for the part, (a%) - b for a difference")
}
