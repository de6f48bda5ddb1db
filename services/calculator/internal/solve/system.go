package solve

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// A solver works on one problem.
type solver struct {
	a        *number.Arith
	problem  Problem
	eqs      []equation
	unknowns []string
	result   Result
	bits     uint // the precision of intervals
}

// A definition says what an unknown is in terms of those not yet defined.
type definition struct {
	unknown int
	value   fraction
}

// polynomials solves equations that are quotients of polynomials.
func (s *solver) polynomials(divisors []terms) error {
	r := ring{s.a, len(s.unknowns)}
	var left []terms
	for _, e := range s.eqs {
		left = append(left, e.sides.num)
	}
	defs, left, consistent, err := s.eliminate(r, left)
	if err != nil {
		return err
	}
	for _, d := range defs {
		if d.value.den != nil {
			divisors = append(divisors, d.value.den)
		}
	}
	if !consistent {
		s.result.Kind, s.result.Complete = None, true
		return nil
	}
	if len(left) == 0 {
		return s.family(r, defs, divisors)
	}
	unknown := -1
	for _, p := range left {
		for _, i := range r.occurring(p) {
			if unknown >= 0 && i != unknown {
				return s.unsolved()
			}
			unknown = i
		}
	}
	if len(defs)+1 < len(s.unknowns) {
		return &number.Error{Kind: number.Domain,
			Message: "the equations fix " + s.unknowns[unknown] + " and leave other unknowns free",
			Hint:    "solve for " + s.unknowns[unknown] + " alone, or add equations"}
	}
	return s.roots(r, defs, left, unknown, divisors)
}

func (s *solver) unsolved() error {
	e := &number.Error{Kind: number.Domain,
		Message: "the system does not reduce to one polynomial by substitution",
		Hint:    "eliminate an unknown by hand, or give it a value"}
	if len(s.eqs) < len(s.unknowns) {
		e.Message = fmt.Sprintf("there are more unknowns, %s, than equations, and these are not linear", strings.Join(s.unknowns, ", "))
		e.Hint = "add equations, or put numbers in the place of " + strings.Join(s.unknowns[1:], ", ")
	}
	return e
}

// eliminate solves equations for unknowns that are in them to the first power,
// and substitutes. What is left has no such unknown; consistent is false if an
// equation became a contradiction.
func (s *solver) eliminate(r ring, left []terms) (defs []definition, rest []terms, consistent bool, err error) {
	for {
		left = slices.DeleteFunc(left, func(p terms) bool { return len(p) == 0 })
		for _, p := range left {
			c, ok := r.isConstant(p)
			if !ok {
				continue
			}
			if sign, err := s.a.Sign(c); err != nil || sign != 0 {
				return nil, nil, false, err
			}
		}
		left = slices.DeleteFunc(left, func(p terms) bool { _, ok := r.isConstant(p); return ok })
		slices.SortStableFunc(left, func(p, q terms) int { return len(p) - len(q) })
		at, def, err := s.pivot(r, left)
		if err != nil || at < 0 {
			return defs, left, err == nil, err
		}
		defs = append(defs, def)
		left = slices.Delete(left, at, at+1)
		for i, p := range left {
			if left[i], err = r.substitute(p, def.unknown, def.value); err != nil {
				return nil, nil, false, err
			}
		}
		s.a.Progress(float64(len(defs)), float64(len(s.unknowns)), "substituting")
	}
}

// pivot finds an equation that can be solved for an unknown; at is -1 if there
// is none. One with a constant coefficient comes first.
func (s *solver) pivot(r ring, left []terms) (at int, def definition, err error) {
	for at, p := range left {
		for i := range s.unknowns {
			k, rest := r.linear(p, i)
			c, ok := r.isConstant(k)
			if !ok || len(k) == 0 {
				continue
			}
			if sign, err := s.a.Sign(c); err != nil {
				return 0, def, err
			} else if sign == 0 {
				continue
			}
			if c, err = s.a.Quo(number.Int(-1), c); err != nil {
				return 0, def, err
			}
			rest, err = r.scale(rest, c)
			return at, definition{i, fraction{num: rest}}, err
		}
	}
	if len(left) < 2 {
		return -1, def, nil
	}
	for at, p := range left {
		for i := range s.unknowns {
			k, rest := r.linear(p, i)
			if ok, err := s.apart(r, k, rest); err != nil {
				return 0, def, err
			} else if ok {
				rest, err = r.scale(rest, number.Int(-1))
				return at, definition{i, fraction{rest, k}}, err
			}
		}
	}
	return -1, def, nil
}

// apart reports whether k and rest have one unknown between them and no common
// root: then k is not 0 where k*x + rest is.
func (s *solver) apart(r ring, k, rest terms) (bool, error) {
	in := r.occurring(k)
	if len(in) != 1 || len(rest) == 0 {
		return false, nil
	}
	if others := r.occurring(rest); len(others) > 1 || len(others) == 1 && others[0] != in[0] {
		return false, nil
	}
	p, q := r.single(k, in[0]), r.single(rest, in[0])
	if !p.Rational() || !q.Rational() {
		return false, nil
	}
	g, err := p.GCD(s.a, q)
	return err == nil && g.Degree() == 0, err
}

// family puts the definitions into each other; what they do not define is free.
func (s *solver) family(r ring, defs []definition, divisors []terms) error {
	values := make([]terms, r.n)
	for i := range values {
		values[i] = r.variable(i)
	}
	for _, d := range slices.Backward(defs) {
		if d.value.den != nil {
			return s.unsolved()
		}
		v := d.value.num
		for _, i := range r.occurring(v) {
			var err error
			if v, err = r.substitute(v, i, fraction{num: values[i]}); err != nil {
				return err
			}
		}
		values[d.unknown] = v
	}
	for i := range values {
		if !slices.ContainsFunc(defs, func(d definition) bool { return d.unknown == i }) {
			s.result.Free = append(s.result.Free, s.unknowns[i])
		}
	}
	if len(s.result.Free) == 0 {
		numbers := make([]complexNumber, r.n)
		for i, v := range values {
			numbers[i].re, _ = r.isConstant(v)
		}
		return s.finish(r, [][]complexNumber{numbers}, divisors)
	}
	for _, d := range divisors {
		for i, v := range values {
			var err error
			if d, err = r.substitute(d, i, fraction{num: v}); err != nil {
				return err
			}
		}
		if len(d) == 0 {
			s.result.Kind, s.result.Complete = None, true
			s.note("every candidate makes a denominator 0")
			return nil
		}
		if _, ok := r.isConstant(d); !ok {
			s.note("only where no denominator is 0")
		}
	}
	solution := Solution{Residual: "0"}
	for _, v := range values {
		text, err := r.format(v, s.unknowns)
		if err != nil {
			return err
		}
		solution.Values = append(solution.Values, Value{Formula: text})
	}
	s.result.Kind, s.result.Complete = Family, true
	s.result.Solutions = []Solution{solution}
	return nil
}

// finish writes solutions of which all values are known exactly.
func (s *solver) finish(r ring, solutions [][]complexNumber, divisors []terms) error {
	for _, values := range solutions {
		zero, err := s.anyZero(r, divisors, values)
		if err != nil {
			return err
		}
		if zero {
			s.note("a candidate that makes a denominator 0 is left out")
			continue
		}
		solution := Solution{}
		for _, v := range values {
			value, err := s.known(v)
			if err != nil {
				return err
			}
			solution.Values = append(solution.Values, value)
		}
		if solution.Residual, err = s.residual(r, solution, values); err != nil {
			return err
		}
		if inside, err := s.inside(solution); err != nil || !inside {
			if err != nil {
				return err
			}
			continue
		}
		s.result.Solutions = append(s.result.Solutions, solution)
	}
	s.conclude(true)
	return nil
}

// conclude sets the kind by the number of solutions.
func (s *solver) conclude(complete bool) {
	s.result.Complete = complete
	switch n := len(s.result.Solutions); {
	case !complete:
		s.result.Kind = Some
	case n == 0:
		s.result.Kind = None
	case n == 1:
		s.result.Kind = Unique
	default:
		s.result.Kind = Finite
	}
}

// inside reports whether the value of the only unknown is in the interval.
func (s *solver) inside(solution Solution) (bool, error) {
	if s.problem.Interval == nil {
		return true, nil
	}
	v := solution.Values[0]
	if !v.Real() {
		return false, nil
	}
	lo, hi := number.FromRat(v.Re.Lo), number.FromRat(v.Re.Hi)
	if v.Re.Known {
		lo, hi = v.Re.Value, v.Re.Value
	}
	from, to := s.problem.Interval[0], s.problem.Interval[1]
	c := [4]int{}
	for i, pair := range [4][2]number.Number{{from, lo}, {from, hi}, {lo, to}, {hi, to}} {
		var err error
		if c[i], err = s.a.Cmp(pair[0], pair[1]); err != nil {
			return false, err
		}
	}
	if (c[0] > 0) != (c[1] > 0) || (c[2] > 0) != (c[3] > 0) {
		return false, &number.Error{Kind: number.Undecided,
			Message: "a root is too near to an end of the interval to tell on which side it is", Hint: "move the end, or ask for more digits"}
	}
	return c[0] <= 0 && c[3] <= 0, nil
}

// bitsFor is the precision of intervals that go with so many digits.
func bitsFor(digits int) uint { return uint(4*digits + 256) }

// known writes an exact value.
func (s *solver) known(x complexNumber) (Value, error) {
	re, err := s.exactPart(x.re)
	if err != nil {
		return Value{}, err
	}
	im, err := s.exactPart(x.im)
	return Value{Re: re, Im: im}, err
}

func (s *solver) exactPart(x number.Number) (poly.Part, error) {
	t, err := s.a.Text(x, 0)
	if err != nil {
		return poly.Part{}, err
	}
	p := poly.Part{Value: x, Known: true, Text: t.Decimal, TextExact: t.DecimalExact}
	if q := x.Rat(); q != nil {
		p.Lo, p.Hi = q, q
		return p, nil
	}
	lo, hi, err := s.a.Enclose(x, int(s.bits))
	if err != nil {
		return p, err
	}
	p.Lo, p.Hi = rat(lo), rat(hi)
	return p, nil
}

func rat(f *big.Float) *big.Rat {
	q, _ := f.Rat(nil)
	if q == nil {
		return new(big.Rat)
	}
	return q
}

// Decimal writes v in decimals: "1.5", or "0.5 - 0.866i".
func (v Value) Decimal() string {
	if v.Formula != "" {
		return v.Formula
	}
	return Join(v.Re.Text, v.Im.Text)
}

// Join writes a complex number with the parts given. An imaginary part that is
// a sum is put into parentheses.
func Join(re, im string) string {
	if strings.Contains(im, " ") {
		im = "(" + im + ")"
	}
	negative := strings.HasPrefix(im, "-")
	im = strings.TrimPrefix(im, "-")
	switch {
	case im == "0":
		return re
	case strings.ContainsAny(im, "*/)"):
		im += "*i"
	case im == "1":
		im = "i"
	default:
		im += "i"
	}
	switch {
	case re == "0" && negative:
		return "-" + im
	case re == "0":
		return im
	case negative:
		return re + " - " + im
	}
	return re + " + " + im
}
