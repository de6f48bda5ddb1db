package parse

// A tree is an Expr with room for the nodes of a short one, which is so
// allocated at once.
type tree struct {
	Expr
	literals [3]Literal
	binaries [2]Binary
}

// slab is how many nodes are allocated at a time at most.
const slab = 8

// rest bounds how many more nodes of a kind the source can have: each takes a
// byte, and an operator is between two.
func (p *parser) rest() int { return min(1+(len(p.lex.src)-p.prevEnd)/2, slab) }

// literal is the number of the token t.
func (p *parser) literal(t *token, text string, base int) *Literal {
	if len(p.literals) == 0 {
		p.literals = make([]Literal, p.rest())
	}
	n := &p.literals[0]
	p.literals = p.literals[1:]
	n.Text, n.Base, n.start, n.end = text, base, int32(t.start), int32(t.end)
	return n
}

// binary is x op y.
func (p *parser) binary(op Op, x, y Node, at int) *Binary {
	if len(p.binaries) == 0 {
		p.binaries = make([]Binary, p.rest())
	}
	b := &p.binaries[0]
	p.binaries = p.binaries[1:]
	b.Op, b.X, b.Y, b.At = op, x, y, at
	if (op == Add || op == Sub) && isPercent(y) {
		b.percent = isPercent(x)
		b.OfLeft = !b.percent
	}
	return b
}
