// Package parse reads an arithmetic expression into a tree whose nodes know
// where in the source they stand. It evaluates nothing; of a name it asks only
// whether it is that of a unit.
//
// The guarantee to know: an expression that people read in two ways is never
// guessed. Parse refuses it with an [Error] that carries every reading, so
// that the caller can be shown what each would mean. Time and memory are
// bounded by [Limits] before they are spent, and no input makes Parse panic.
//
// Start at [Parse], or [ParseUnits] for expressions with units; [Format] gives back the reading with all its parentheses,
// and [Operators] is the grammar's table of precedence.
package parse

import (
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// Expr is a parsed expression.
type Expr struct {
	// Root is the whole tree; it is never nil.
	Root Node
	// Notes tell, in the order of the source and without repetition, which
	// conventions the reading relied on.
	Notes []string
}

// Parse reads src, in which no name is a unit, within lim; a zero field of lim
// means its default. A failure is always an [*Error].
func Parse(src string, lim Limits) (*Expr, error) { return ParseUnits(src, lim, nil) }

// Units tells the names of units from others.
type Units interface{ IsUnit(name string) bool }

// ParseUnits reads src within lim. A name that units knows is a unit where one
// can stand: directly after an operand, or behind a division or another unit.
func ParseUnits(src string, lim Limits, units Units) (*Expr, error) {
	lim.fill()
	if len(src) > lim.Bytes {
		return nil, &Error{
			Reason:   Limit,
			Position: lim.Bytes,
			Message:  fmt.Sprintf("the expression is %d bytes long; the limit is %d", len(src), lim.Bytes),
			Hint:     "split it into smaller expressions",
		}
	}
	t := new(tree)
	p := parser{units: units, literals: t.literals[:], binaries: t.binaries[:]}
	p.lex.src, p.lex.lim = src, lim
	root, err := p.parse()
	switch {
	case err != nil:
		return nil, err
	case p.doubt != nil:
		return nil, p.ambiguous(root)
	}
	t.Root, t.Notes = root, p.notes
	return &t.Expr, nil
}

// ambiguous is the error for a source that can be read in two ways, as first
// and in another.
func (p *parser) ambiguous(first Node) *Error {
	err := p.doubt
	err.Readings = []Node{first}
	second := parser{lex: p.lex, units: p.units, alternative: true}
	if other, e := second.parse(); e == nil {
		err.Readings = append(err.Readings, other)
	}
	for _, n := range err.Readings {
		if s := Format(n); len(s) <= maxQuoted {
			err.Suggestions = append(err.Suggestions, s)
		}
	}
	return err
}

// maxQuoted bounds a reading that is repeated inside an error.
const maxQuoted = 300

// A parser makes one pass. Where the source can be read in two ways it notes
// the first doubt and goes on with one of the readings, so that two passes
// yield both readings of the whole.
type parser struct {
	lex         lexer
	units       Units // nil if there are none
	tok         token
	prevEnd     int
	depth       int
	nodes       int
	alternative bool
	doubt       *Error
	notes       []string
	// literals and binaries are room for the next nodes.
	literals []Literal
	binaries []Binary
}

func (p *parser) parse() (Node, *Error) {
	p.next()
	if p.tok.kind == tokEOF {
		return nil, &Error{Reason: Syntax, Message: "the expression is empty", Hint: "for example 2 + 3*4"}
	}
	root, err := p.expr(levelTo)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEOF {
		return nil, p.afterOperand(root)
	}
	return root, nil
}

func (p *parser) next() {
	p.prevEnd = p.tok.end
	p.lex.read(&p.tok, p.prevEnd)
}

// peek is the token after the current one.
func (p *parser) peek() token { return p.lex.token(p.tok.end) }

// enter counts one level of nesting; the caller leaves it with p.depth--.
func (p *parser) enter(at int) *Error {
	if p.depth++; p.depth > p.lex.lim.Depth {
		return &Error{
			Reason: Limit, Position: at,
			Message: fmt.Sprintf("the expression is nested more than %d levels deep", p.lex.lim.Depth),
			Hint:    "evaluate the inner parts first",
		}
	}
	return nil
}

func (p *parser) room() *Error {
	if p.nodes++; p.nodes > p.lex.lim.Nodes {
		return &Error{
			Reason: Limit, Position: p.tok.start,
			Message: fmt.Sprintf("the expression has more than %d numbers, names and operators", p.lex.lim.Nodes),
			Hint:    "split it into smaller expressions",
		}
	}
	return nil
}

func (p *parser) note(text string) {
	if !slices.Contains(p.notes, text) && len(p.notes) < 16 {
		p.notes = append(p.notes, text)
	}
}

// doubtful records the first place that can be read in two ways.
func (p *parser) doubtful(at int, message, hint string) {
	if p.doubt == nil {
		p.doubt = &Error{Reason: Ambiguous, Position: at, Message: message, Hint: hint}
	}
}

// expr parses an expression whose operators bind at least as tightly as least.
func (p *parser) expr(least int) (Node, *Error) {
	left, err := p.prefix(least)
	if err != nil {
		return nil, err
	}
	return p.operators(left, least)
}

func (p *parser) prefix(least int) (Node, *Error) {
	if err := p.room(); err != nil {
		return nil, err
	}
	if p.tok.kind != tokOp {
		return p.primary()
	}
	t := p.tok
	var op Op
	switch t.op {
	case Sub:
		op = Neg
	case Add:
		op = Pos
	case Not:
		op = Not
		if least > levelNot {
			return nil, &Error{
				Reason: Syntax, Position: t.start,
				Message: `"not" binds more loosely than the operator before it`,
				Hint:    "put the negation in parentheses: (not x)",
			}
		}
	default:
		return nil, p.noOperand()
	}
	if err := p.enter(t.start); err != nil {
		return nil, err
	}
	p.next()
	x, err := p.expr(operators[op].Level)
	if err != nil {
		return nil, err
	}
	p.depth--
	if b, ok := x.(*Binary); ok && op == Neg && b.Op == Pow && isLiteral(b.X) && !b.grouped {
		p.note("a power binds tighter than a minus sign: -2^2 is -(2^2)")
	}
	_, end := x.Span()
	return &Unary{Op: op, X: x, percent: op != Not && isPercent(x), start: t.start, end: end}, nil
}

// primary parses an operand without the operators around it.
func (p *parser) primary() (Node, *Error) {
	t := p.tok
	switch t.kind {
	case tokNumber:
		p.next()
		if note := p.lex.convention(&t); note != "" {
			p.note(note)
		}
		return p.literal(&t, t.text, int(t.base)), nil
	case tokName:
		p.next()
		if p.tok.kind == tokLeft {
			return p.call(t)
		}
		if p.units != nil && p.units.IsUnit(t.text) {
			return nil, &Error{
				Reason: Syntax, Position: t.start, Message: fmt.Sprintf("%s is a unit, and a unit stands directly after a number", spelling.Quote(t.text)),
				Hint: fmt.Sprintf("write 1 %s for the unit, or define a variable of that name", clip(t.text)),
			}
		}
		return &Name{Name: t.text, start: t.start, end: t.end}, nil
	case tokLeft:
		return p.group()
	case tokLeftBracket:
		items, end, err := p.items(tokRightBracket, "[")
		if err != nil {
			return nil, err
		}
		return &List{Items: items, start: t.start, end: end}, nil
	case tokRoot:
		return p.root()
	}
	return nil, p.noOperand()
}

func (p *parser) group() (Node, *Error) {
	open := p.tok.start
	if err := p.enter(open); err != nil {
		return nil, err
	}
	p.next()
	if p.tok.kind == tokRight {
		return nil, &Error{Reason: Syntax, Position: open, Message: "the parentheses are empty"}
	}
	x, err := p.expr(levelTo)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokRight {
		return nil, p.unclosed(x, open, "(")
	}
	p.depth--
	p.next()
	switch x := x.(type) {
	case *Binary:
		x.grouped = true
	case *Quantity:
		x.grouped = true
	}
	return x, nil
}

func (p *parser) call(name token) (Node, *Error) {
	args, end, err := p.items(tokRight, "(")
	if err != nil {
		return nil, err
	}
	return &Call{Name: name.text, Args: args, start: name.start, end: end}, nil
}

// items parses what stands between a call's parentheses or a list's brackets.
// A comma separates there, so it never groups thousands.
func (p *parser) items(closing tokenKind, opening string) ([]Node, int, *Error) {
	open := p.tok.start
	if err := p.enter(open); err != nil {
		return nil, 0, err
	}
	outer := p.lex.commas
	p.lex.commas = true
	p.next()
	var items []Node
	for p.tok.kind != closing {
		x, err := p.expr(levelTo)
		if err != nil {
			return nil, 0, err
		}
		items = append(items, x)
		if p.tok.kind == closing {
			break
		}
		if p.tok.kind != tokComma {
			return nil, 0, p.unclosed(x, open, opening)
		}
		if p.lex.looksGrouped(p.tok.start) {
			p.note("inside a call or a list a comma separates: max(1,234) has the two arguments 1 and 234")
		}
		p.next()
		if p.tok.kind == closing {
			return nil, 0, p.noOperand()
		}
	}
	end := p.tok.end
	p.lex.commas = outer
	p.depth--
	p.next()
	return items, end, nil
}

// root parses √x and ∛x. The sign reaches over one operand; what stands
// beyond it may be meant to be under the sign too.
func (p *parser) root() (Node, *Error) {
	t := p.tok
	if err := p.enter(t.start); err != nil {
		return nil, err
	}
	p.next()
	if err := p.room(); err != nil {
		return nil, err
	}
	closed := p.tok.kind == tokLeft
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	p.depth--
	if !closed && p.reaches() {
		p.doubtful(t.start, fmt.Sprintf("how far the %s reaches is not clear", p.lex.src[t.start:t.end]),
			"put what is under the root in parentheses")
		if p.alternative {
			if p.atUnit(&p.tok) {
				x, err = p.attach(x)
			} else if p.tok.startsOperand() {
				x, err = p.times(x)
			} else {
				x, err = p.operators(x, levelPower)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	_, end := x.Span()
	return &Call{Name: t.text, Args: []Node{x}, start: t.start, end: end}, nil
}

// reaches reports whether the current token could still belong under a root.
func (p *parser) reaches() bool {
	switch p.tok.kind {
	case tokBang, tokDegree, tokSuperscript:
		return true
	case tokPercent:
		return p.percentSign() != isModulo
	case tokOp:
		return p.tok.op == Pow
	}
	return p.tok.startsOperand()
}

// times multiplies x with the operand that follows it without an operator.
func (p *parser) times(x Node) (Node, *Error) {
	at := p.tok.start
	y, err := p.expr(levelProduct + 1)
	if err != nil {
		return nil, err
	}
	return p.binary(Mul, x, y, at), nil
}

// startsOperand reports whether t can follow an operand directly, which
// multiplies. A number cannot: 2 3 is a mistake, not a product.
func (t *token) startsOperand() bool {
	return t.kind == tokName && t.op == 0 || t.kind == tokLeft || t.kind == tokRoot
}
