package parse

import (
	"fmt"
	"strconv"
)

// A Unit is a product of powers of named units, in the order of the source.
type Unit struct {
	Factors    []Factor
	start, end int
}

// A Factor is a power of one unit.
type Factor struct {
	Name string
	// Power is not 0; a unit behind a division has a negative one.
	Power int
	// At is the position of the name.
	At int
}

// Span is the half-open range of bytes that the unit was read from.
func (u Unit) Span() (start, end int) { return u.start, u.end }

// String writes u so that it reads the same everywhere, as "kg*m/s^2".
func (u Unit) String() string {
	var w writer
	w.unit(u)
	return w.String()
}

// A Quantity is X of a unit.
type Quantity struct {
	X          Node
	Unit       Unit
	grouped    bool
	start, end int
}

// A Conversion is X written in another unit.
type Conversion struct {
	X    Node
	Unit Unit
	// At is the position of "to".
	At         int
	start, end int
}

// Span implements [Node].
func (n *Quantity) Span() (start, end int) { return n.start, n.end }

// Span implements [Node].
func (n *Conversion) Span() (start, end int) { return n.start, n.end }

func (w *writer) unit(u Unit) {
	for i, f := range u.Factors {
		power := f.Power
		switch {
		case i > 0 && power < 0:
			w.WriteByte('/')
			power = -power
		case i > 0:
			w.WriteByte('*')
		}
		w.WriteString(f.Name)
		if power != 1 {
			w.WriteByte('^')
			w.WriteString(strconv.Itoa(power))
		}
	}
}

// atUnit reports whether t is the name of a unit and no call of a function.
func (p *parser) atUnit(t *token) bool {
	return t.kind == tokName && p.units != nil && p.units.IsUnit(t.text) && p.lex.token(t.end).kind != tokLeft
}

// unitAhead reports whether a unit is behind the current token.
func (p *parser) unitAhead() bool {
	t := p.peek()
	return p.atUnit(&t)
}

func (p *parser) quantity(x Node, u Unit) *Quantity {
	start, _ := x.Span()
	return &Quantity{X: x, Unit: u, start: start, end: u.end}
}

// attach parses the unit that follows x, directly or after a division.
func (p *parser) attach(x Node) (Node, *Error) {
	u := &unitParser{}
	if p.tok.kind == tokOp {
		u.sign = -1
		u.divided = true
		p.next()
	}
	if err := p.unitProduct(u); err != nil {
		return nil, err
	}
	return p.quantity(x, u.unit), nil
}

// convert parses "to" and the unit that follows it.
func (p *parser) convert(x Node) (Node, *Error) {
	at := p.tok.start
	start, _ := x.Span()
	u := &unitParser{target: true}
	p.next()
	if p.tok.kind == tokNumber && p.tok.text == "1" && p.peek().op == Div {
		p.next()
		p.next()
		u.sign = -1
		u.divided = true
	}
	if p.tok.kind != tokName && p.tok.kind != tokLeft {
		if p.tok.kind == tokBad {
			return nil, p.tok.err
		}
		return nil, &Error{
			Reason: Syntax, Position: p.tok.start, Message: `"to" needs a unit to its right`,
			Hint: "write 5 ft to cm, 60 mi/h to m/s",
		}
	}
	if err := p.unitProduct(u); err != nil {
		return nil, err
	}
	return &Conversion{X: x, Unit: u.unit, At: at, start: start, end: u.unit.end}, nil
}

// A unitParser is the state of reading one unit. In a target every name counts
// as a unit: what it is not, the evaluator explains.
type unitParser struct {
	unit   Unit
	target bool
	// sign is -1 behind a division, else 0 or 1.
	sign int
	// divided says that a division came before, so that a factor without an
	// operator may belong above or below it.
	divided bool
}

// maxUnitTokens bounds how far ahead a unit in parentheses is looked for.
const maxUnitTokens = 64

// maxUnitPower bounds the power of a unit.
const maxUnitPower = 99

// unitProduct parses factors from the current token on.
func (p *parser) unitProduct(u *unitParser) *Error {
	for {
		if err := p.unitFactor(u); err != nil {
			return err
		}
		switch t := p.tok; {
		case t.kind == tokOp && (t.op == Mul || t.op == Div) && p.isUnitFactor(u, p.peek()):
			u.sign = 1
			if t.op == Div {
				u.sign = -1
				u.divided = true
			}
			p.next()
		case p.isUnitFactor(u, t) && t.kind == tokName:
			if err := p.unitBeside(u, t); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// unitBeside meets a factor without an operator.
func (p *parser) unitBeside(u *unitParser, t token) *Error {
	if t.text == "in" {
		return &Error{
			Reason: Syntax, Position: t.start, Message: `"in" is the inch, and directly after a unit it may be meant as a word`,
			Hint: `write "to" to convert: 5 ft to cm`,
		}
	}
	if u.divided {
		p.doubtful(t.start, "a unit behind a division can be read in two ways", "write * or / before each unit, or parentheses")
		if !p.alternative {
			u.sign = 1
		}
	}
	return nil
}

// isUnitFactor reports whether a factor of a unit begins at t.
func (p *parser) isUnitFactor(u *unitParser, t token) bool {
	if t.kind == tokLeft {
		return p.isUnitGroup(u, t)
	}
	return p.atUnit(&t) || u.target && t.kind == tokName && t.op == 0 && p.lex.token(t.end).kind != tokLeft
}

// isUnitGroup reports whether the parentheses that t opens hold nothing but units.
func (p *parser) isUnitGroup(u *unitParser, t token) bool {
	depth := 1
	for range maxUnitTokens {
		t = p.lex.token(t.end)
		switch t.kind {
		case tokLeft:
			depth++
		case tokRight:
			if depth--; depth == 0 {
				return true
			}
		case tokName:
			if !u.target && !p.atUnit(&t) {
				return false
			}
		case tokOp:
			if t.op != Mul && t.op != Div && t.op != Pow && t.op != Sub {
				return false
			}
			if t.op == Pow {
				if next := p.lex.token(t.end); next.kind == tokNumber {
					t = next
				} else if after := p.lex.token(next.end); next.op == Sub && after.kind == tokNumber {
					t = after
				}
			}
		case tokSuperscript:
		default:
			return false
		}
	}
	return false
}

// unitFactor parses one factor: a name with its power, or a group.
func (p *parser) unitFactor(u *unitParser) *Error {
	t := p.tok
	if err := p.room(); err != nil {
		return err
	}
	if t.kind == tokLeft {
		return p.unitGroup(u)
	}
	if t.kind != tokName {
		return p.noOperand()
	}
	if u.unit.Factors == nil {
		u.unit.start = t.start
	}
	u.unit.end = t.end
	p.next()
	power, err := p.unitPower(u)
	if err != nil {
		return err
	}
	if u.sign < 0 {
		power = -power
	}
	u.unit.Factors = append(u.unit.Factors, Factor{Name: t.text, Power: power, At: t.start})
	return nil
}

// unitGroup parses factors in parentheses, and the power of them all.
func (p *parser) unitGroup(u *unitParser) *Error {
	open := p.tok.start
	if err := p.enter(open); err != nil {
		return err
	}
	from, sign, divided := len(u.unit.Factors), u.sign, u.divided
	p.next()
	u.sign, u.divided = 1, false
	if err := p.unitProduct(u); err != nil {
		return err
	}
	if p.tok.kind != tokRight {
		if p.tok.kind == tokBad {
			return p.tok.err
		}
		return &Error{Reason: Syntax, Position: p.tok.start, Message: "the parentheses of a unit hold nothing but units", Hint: "write 5 W/(m^2 K)"}
	}
	p.depth--
	u.unit.end = p.tok.end
	p.next()
	power, err := p.unitPower(u)
	if err != nil {
		return err
	}
	u.sign, u.divided = sign, divided
	if sign < 0 {
		power = -power
	}
	for i := range u.unit.Factors[from:] {
		f := &u.unit.Factors[from+i]
		if f.Power *= power; f.Power > maxUnitPower || f.Power < -maxUnitPower {
			return p.badUnitPower(open)
		}
	}
	return nil
}

// unitPower parses the power of a unit, which is 1 if none is written.
func (p *parser) unitPower(u *unitParser) (int, *Error) {
	at := p.tok.start
	switch {
	case p.tok.kind == tokSuperscript:
		text := p.tok.text
		u.unit.end = p.tok.end
		p.next()
		return p.unitPowerOf(u, text, at)
	case p.tok.kind != tokOp || p.tok.op != Pow:
		return 1, nil
	}
	p.next()
	closing := p.tok.kind == tokLeft
	if closing {
		p.next()
	}
	sign := ""
	if p.tok.kind == tokOp && p.tok.op == Sub {
		sign = "-"
		p.next()
	}
	if p.tok.kind != tokNumber || p.tok.base != 10 {
		return 0, p.badUnitPower(at)
	}
	text := sign + p.tok.text
	u.unit.end = p.tok.end
	p.next()
	if closing {
		if p.tok.kind != tokRight {
			return 0, p.badUnitPower(at)
		}
		u.unit.end = p.tok.end
		p.next()
	}
	return p.unitPowerOf(u, text, at)
}

func (p *parser) unitPowerOf(u *unitParser, text string, at int) (int, *Error) {
	n, err := strconv.Atoi(text)
	if err != nil || n == 0 || n > maxUnitPower || n < -maxUnitPower || p.tok.kind == tokSuperscript || p.tok.op == Pow {
		return 0, p.badUnitPower(at)
	}
	return n, nil
}

func (p *parser) badUnitPower(at int) *Error {
	return &Error{
		Reason: Syntax, Position: at,
		Message: fmt.Sprintf("the power of a unit is an integer from -%d to %[1]d, not 0", maxUnitPower),
		Hint:    "put the quantity in parentheses for other powers: (4 m^2)^0.5",
	}
}

// endsInUnit reports whether the last operand of n is a quantity.
func endsInUnit(n Node) bool {
	for {
		switch x := n.(type) {
		case *Quantity:
			return true
		case *Binary:
			n = x.Y
			continue
		}
		return false
	}
}
