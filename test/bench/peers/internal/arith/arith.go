// Package arith evaluates + - * / and parentheses over float64: the smallest
// honest body for a calculate tool, so that what the peers are measured by is
// their library. Start at Eval, which never panics.
package arith

import (
	"fmt"
	"strconv"
	"strings"
)

const maxDepth = 100

// Eval returns the value of expression, or an error that names the offset of
// what it could not read.
func Eval(expression string) (float64, error) {
	p := parser{src: expression}
	v, err := p.sum(0)
	if err != nil {
		return 0, err
	}
	if p.peek() != 0 {
		return 0, p.unexpected()
	}
	return v, nil
}

type parser struct {
	src string
	pos int
}

// peek skips spaces and returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	for p.pos < len(p.src) && p.src[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == len(p.src) {
		return 0
	}
	return p.src[p.pos]
}

func (p *parser) unexpected() error {
	if p.pos == len(p.src) {
		return fmt.Errorf("unexpected end of expression at offset %d", p.pos)
	}
	return fmt.Errorf("unexpected %q at offset %d", p.src[p.pos], p.pos)
}

func (p *parser) sum(depth int) (float64, error) {
	left, err := p.product(depth)
	for err == nil {
		op := p.peek()
		if op != '+' && op != '-' {
			return left, nil
		}
		p.pos++
		var right float64
		right, err = p.product(depth)
		if op == '-' {
			right = -right
		}
		left += right
	}
	return 0, err
}

func (p *parser) product(depth int) (float64, error) {
	left, err := p.operand(depth)
	for err == nil {
		op := p.peek()
		if op != '*' && op != '/' {
			return left, nil
		}
		p.pos++
		var right float64
		right, err = p.operand(depth)
		if op == '*' {
			left *= right
		} else {
			left /= right
		}
	}
	return 0, err
}

func (p *parser) operand(depth int) (float64, error) {
	if depth > maxDepth {
		return 0, fmt.Errorf("more than %d levels at offset %d", maxDepth, p.pos)
	}
	switch p.peek() {
	case '-':
		p.pos++
		v, err := p.operand(depth + 1)
		return -v, err
	case '(':
		p.pos++
		v, err := p.sum(depth + 1)
		if err != nil {
			return 0, err
		}
		if p.peek() != ')' {
			return 0, p.unexpected()
		}
		p.pos++
		return v, nil
	}
	start := p.pos
	for p.pos < len(p.src) && strings.IndexByte("0123456789.", p.src[p.pos]) >= 0 {
		p.pos++
	}
	v, err := strconv.ParseFloat(p.src[start:p.pos], 64)
	if err != nil {
		p.pos = start
		return 0, p.unexpected()
	}
	return v, nil
}
