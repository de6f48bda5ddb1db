package number

import (
	"math/big"
	"sync/atomic"
)

type opcode uint8

const (
	opPi    opcode = iota
	opAdd          // x + y; for sums that have too many terms or too long coefficients
	opMul          // x * y
	opQuo          // x / y
	opSqrt         // sqrt(x); x is an integer > 1, as far as known without square factors, or a real
	opPow          // x^y; y is exact, x is positive or y is an integer
	opExp          // e^x
	opLog          // log(x)
	opSin          // sin(x)
	opCos          // cos(x)
	opTan          // tan(x)
	opAtan         // atan(x)
	opAsin         // asin(x); y is equal to it and easier to evaluate
	opSinh         // sinh(x)
	opCosh         // cosh(x)
	opTanh         // tanh(x)
	opAsinh        // asinh(x)
	opAcosh        // acosh(x); y as of opAsin
	opAtanh        // atanh(x); y as of opAsin, or 0 if x is below 3/4
	opRoot         // the positive root of poly
)

// node is an operation whose result is known by approximation. Nodes form a
// graph without cycles and never change, but for the memory of the best
// enclosure found so far, which is atomic: numbers may be shared by goroutines.
type node struct {
	op    opcode
	depth int32
	hash  uint64
	x, y  Number
	poly  *polynomial // of opRoot
	memo  atomic.Pointer[enclosure]
}

// enclosure is what an evaluation with p bits gave.
type enclosure struct {
	p int
	b ball
}

// maxDepth bounds the recursion of an evaluation.
const maxDepth = 20_000

func newNode(op opcode, x, y Number) *node {
	h := mix(mix(uint64(op)+1, x.hash()), y.hash())
	return &node{op: op, x: x, y: y, hash: h, depth: max(x.depth(), y.depth()) + 1}
}

// mix combines two hashes; the constants are those of a linear congruential
// generator and of the golden ratio.
func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9e3779b97f4a7c15
	return (h ^ h>>29) * 6364136223846793005
}

func (n Number) hash() uint64 {
	switch v := n.ref.(type) {
	case nil:
		return mix(1, uint64(n.i))
	case fraction:
		return mix(mix(4, uint64(n.i)), uint64(n.d))
	case *big.Int:
		return hashInt(2, v)
	case *big.Rat:
		return hashInt(hashInt(3, v.Num()), v.Denom())
	case *real:
		h := v.c.hash()
		for _, t := range v.t {
			h = mix(mix(h, t.q.hash()), t.b.hash)
		}
		return h
	}
	return 0
}

func hashInt(h uint64, x *big.Int) uint64 {
	h = mix(h, uint64(x.Sign()))
	for _, w := range x.Bits() {
		h = mix(h, uint64(w))
	}
	return h
}

func (n Number) depth() int32 {
	d := int32(0)
	if v, ok := n.ref.(*real); ok {
		for _, t := range v.t {
			d = max(d, t.b.depth)
		}
	}
	return d
}

// compareSteps bounds a structural comparison; when it is exceeded the two
// count as different, which is safe: something stays unsimplified.
const compareSteps = 500

// same reports whether x and y are known to be equal by their structure.
func same(x, y Number) bool {
	steps := compareSteps
	return sameNumber(x, y, &steps)
}

func sameNode(x, y *node) bool {
	steps := compareSteps
	return sameNodes(x, y, &steps)
}

func sameNumber(x, y Number, steps *int) bool {
	switch v := x.ref.(type) {
	case nil:
		return y.ref == nil && x.i == y.i
	case fraction:
		return x == y
	case *big.Int:
		w, ok := y.ref.(*big.Int)
		return ok && v.Cmp(w) == 0
	case *big.Rat:
		w, ok := y.ref.(*big.Rat)
		return ok && v.Num().Cmp(w.Num()) == 0 && v.Denom().Cmp(w.Denom()) == 0
	case *real:
		w, ok := y.ref.(*real)
		if !ok || len(v.t) != len(w.t) {
			return false
		}
		if v == w {
			return true
		}
		if !sameNumber(v.c, w.c, steps) {
			return false
		}
		for i := range v.t {
			if !sameNumber(v.t[i].q, w.t[i].q, steps) || !sameNodes(v.t[i].b, w.t[i].b, steps) {
				return false
			}
		}
		return true
	}
	return false
}

func sameNodes(x, y *node, steps *int) bool {
	if x == y {
		return true
	}
	*steps--
	return *steps > 0 && x.hash == y.hash && x.op == y.op && x.poly.same(y.poly) &&
		sameNumber(x.x, y.x, steps) && sameNumber(x.y, y.y, steps)
}
