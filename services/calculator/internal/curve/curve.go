// Package curve samples functions of one variable: where they are defined,
// where they jump or grow without bound, where they vanish and how far they
// reach, with points enough to draw them.
//
// The guarantee to know: each point is the double nearest to the value of the
// function at an exact decimal, and a zero is listed only where the value is 0
// or the sign is seen to change between neighbouring doubles. What lies between
// the points is inferred. Samples depend on the function alone, never on the
// clock.
//
// Start at [Sample].
package curve

import (
	"errors"
	"math"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Function is what is sampled. An error of eval or number that says it has no
// value at x makes a gap; any other ends the sampling.
type Function func(x number.Number) (number.Number, error)

// Point is a point of the curve.
type Point struct{ X, Y float64 }

// Range is a part of the X axis; From and To are equal if it is one point.
type Range struct{ From, To float64 }

// Kind says what a gap is.
type Kind string

// The kinds of gaps.
const (
	Undefined Kind = "undefined" // the function has no value there
	Pole      Kind = "pole"      // it grows without bound on the way there
	Jump      Kind = "jump"      // it has different limits from left and right
)

// Gap is a place where the curve is interrupted.
type Gap struct {
	Range
	Kind   Kind
	Reason string // why there is no value; empty if there is
}

// Curve is a sampled function.
type Curve struct {
	// Parts are the points of each piece that has no gap.
	Parts [][]Point
	// Even holds the points at even distances, without those that were added
	// where the curve bends.
	Even []Point
	// Min and Max are the extremes; nil where the function has none, because
	// it grows without bound, or beyond double precision, or comes near to a
	// value on the way to a jump without reaching it.
	Min, Max *Point
	// Zeros are where the function is 0, or changes its sign without a gap, in
	// order; at most MaxZeros.
	Zeros []Range
	// Gaps are in order; at most MaxGaps.
	Gaps []Gap
	// MoreZeros and MoreGaps say that there are others.
	MoreZeros, MoreGaps bool
	// Restless says that the function oscillates faster than it was sampled.
	Restless bool
	// Steep says that half of the values lie within a thousandth of what the
	// Steep says that half of the values lie within a thousandth of what View
	// returns.
	Steep bool
	// Samples is the number of points where the function was evaluated.
	Samples int

	up, down bool // it grows without bound
}

// The most that a Curve lists.
const (
	MaxZeros = 25
	MaxGaps  = 25
)

// Greatest bounds coordinates; a value beyond it counts as a gap.
const Greatest = 1e300

// Sample evaluates f between two numbers, the lesser first, at most about
// evaluations times. The error is an [*number.Error] if the range is of no use,
// or if f has a value nowhere: then it is that of the first point.
func Sample(a *number.Arith, f Function, from, to number.Number, evaluations int) (*Curve, error) {
	s := &sampler{a: a, f: f, first: from, last: to, left: evaluations}
	if err := s.limits(); err != nil {
		return nil, err
	}
	if err := s.even(max(40, min(400, evaluations/4))); err != nil {
		return nil, err
	}
	defined := 0
	for _, p := range s.points {
		if p.reason == nil {
			defined++
		}
	}
	if defined == 0 {
		return nil, s.points[0].reason
	}
	s.measure()
	for _, step := range []func() error{s.edges, s.jumps, s.bends, s.signs, s.extremes} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.curve(), nil
}

// sample is the function at one place.
type sample struct {
	x, y   float64
	zero   bool
	reason error // why there is no value
	even   bool  // one of the evenly spaced ones
	probe  bool  // found on the way to a gap, where the curve may leave the picture
	broken bool  // the curve does not go on to the next sample
	probed bool  // the way to the next sample is known
}

type sampler struct {
	a           *number.Arith
	f           Function
	first, last number.Number
	from, to    float64
	left        int // evaluations that remain
	samples     int
	points      []sample // in order
	found       []sample // to be merged into points
	height      float64  // of the bulk of the curve
	kinds       []Gap    // poles and jumps
	up, down    bool     // the function grows without bound
	min, max    *Point
	zeros       []Range
	moreZeros   bool
	restless    bool
	breaks      []float64 // where the curve does not go on to the next sample
	greatest    float64   // magnitude of the even samples
}

func (s *sampler) limits() error {
	var err error
	if s.from, err = s.a.Float64(s.first); err != nil {
		return err
	}
	if s.to, err = s.a.Float64(s.last); err != nil {
		return err
	}
	size := math.Max(math.Abs(s.from), math.Abs(s.to))
	switch {
	case !(s.from < s.to):
		return &number.Error{Kind: number.Domain, Message: "the range is empty: it has to begin below its end"}
	case size > Greatest:
		return &number.Error{Kind: number.Limit, Message: "the range reaches beyond 1e300"}
	case s.to-s.from < size*1e-9 || s.to-s.from < 1e-290:
		return &number.Error{Kind: number.Limit, Message: "the range is too narrow for the size of its ends",
			Hint: "shift the variable, so that the range is near 0"}
	}
	return nil
}

// evaluate returns the function at x, a double that stands for the shortest
// decimal that names it, or for an end of the range.
func (s *sampler) evaluate(x float64) (sample, error) {
	if err := s.a.Check(); err != nil {
		return sample{}, err
	}
	s.left--
	s.samples++
	var at number.Number
	var err error
	switch x {
	case s.from:
		at = s.first
	case s.to:
		at = s.last
	default:
		if at, err = s.a.ParseDecimal(shortest(x)); err != nil {
			return sample{}, err
		}
	}
	p := sample{x: x}
	y, err := s.f(at)
	if err == nil {
		p.zero = y.IsZero()
		p.y, err = s.a.Float64(y)
	}
	if err == nil && math.Abs(p.y) > Greatest {
		err = &number.Error{Kind: number.Limit, Message: "the value is beyond 1e300"}
	}
	if err == nil {
		return p, nil
	}
	if !s.gap(err) {
		return sample{}, err
	}
	p.reason = err
	return p, nil
}

// gap reports whether err says that there is no value at one place, as opposed
// to everywhere.
func (s *sampler) gap(err error) bool {
	if s.a.Spend(0) != nil {
		return false
	}
	var e *eval.Error
	if !errors.As(eval.Placed(err, 0), &e) {
		return false
	}
	return e.Reason == eval.Domain || e.Reason == eval.DivisionByZero || e.Reason == eval.Limit
}
