package solve

import (
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// roots solves what is left: polynomials in one unknown, by which all others
// are defined.
func (s *solver) roots(r ring, defs []definition, left []terms, unknown int, divisors []terms) error {
	p := r.single(left[0], unknown)
	for _, q := range left[1:] {
		var err error
		if p, err = p.GCD(s.a, r.single(q, unknown)); err != nil {
			return err
		}
	}
	p, rest, err := s.exclude(r, p, defs, unknown, divisors)
	if err != nil {
		return err
	}
	if p.Degree() <= 0 {
		s.conclude(true)
		return nil
	}
	digits := s.a.Precision()
	domain := s.problem.Domain
	if s.problem.Interval != nil {
		domain = poly.Real
	}
	for {
		roots, err := p.Roots(s.a, digits, domain)
		if err != nil {
			return err
		}
		s.result.Solutions = nil
		done, err := s.extend(r, defs, roots, unknown, rest)
		if err != nil {
			return err
		}
		if done {
			s.conclude(true)
			return nil
		}
		if digits == s.a.Limits().Digits {
			return &number.Error{Kind: number.Undecided, Message: "a value is too near to 0 to be written down"}
		}
		digits = min(2*digits+20, s.a.Limits().Digits)
		s.bits = bitsFor(digits)
	}
}

// exclude divides out of p the roots at which a denominator is 0. It returns
// the divisors for which that has to be tested root by root.
func (s *solver) exclude(r ring, p poly.Poly, defs []definition, unknown int, divisors []terms) (poly.Poly, []terms, error) {
	var rest []terms
	for _, d := range divisors {
		for _, def := range defs {
			var err error
			if d, err = r.substitute(d, def.unknown, def.value); err != nil {
				return p, nil, err
			}
		}
		q := r.single(d, unknown)
		if !p.Rational() || !q.Rational() {
			rest = append(rest, d)
			continue
		}
		for p.Degree() > 0 {
			g, err := p.GCD(s.a, q)
			if err != nil {
				return p, nil, err
			}
			if g.Degree() <= 0 {
				break
			}
			if err := s.noteExcluded(g, unknown); err != nil {
				return p, nil, err
			}
			if p, _, err = p.Quo(s.a, g); err != nil {
				return p, nil, err
			}
		}
	}
	return p, rest, nil
}

// noteExcluded names the roots of g.
func (s *solver) noteExcluded(g poly.Poly, unknown int) error {
	roots, err := g.Roots(s.a, min(s.a.Precision(), 10), s.problem.Domain)
	if err != nil {
		return err
	}
	for i, x := range roots {
		if i == 5 {
			s.note("%d values make a denominator 0 and are left out", len(roots))
			break
		}
		v := Value{Re: x.Re, Im: x.Im}
		s.note("%s = %s makes a denominator 0 and is left out", s.unknowns[unknown], v.Decimal())
	}
	return nil
}

// extend computes the other unknowns for each root; done is false if that
// takes the roots with more digits.
func (s *solver) extend(r ring, defs []definition, roots []poly.Root, unknown int, divisors []terms) (done bool, err error) {
	for _, x := range roots {
		solution := Solution{Values: make([]Value, r.n)}
		if r.n == 1 && len(s.eqs) == 1 {
			solution.Multiplicity = x.Multiplicity
		}
		var ok bool
		var exact []complexNumber
		if x.Exact() {
			exact, err = s.exactValues(r, &solution, defs, x, unknown)
			ok = true
		} else {
			ok, err = s.decimalValues(r, &solution, defs, x, unknown)
		}
		if err != nil || !ok {
			return false, err
		}
		zero, err := s.vanishes(r, divisors, solution, exact)
		if err != nil {
			return false, err
		}
		if zero {
			s.note("%s = %s makes a denominator 0 and is left out", s.unknowns[unknown], solution.Values[unknown].Decimal())
			continue
		}
		if inside, err := s.inside(solution); err != nil {
			return false, err
		} else if !inside {
			continue
		}
		if solution.Residual, err = s.residual(r, solution, exact); err != nil {
			return false, err
		}
		s.result.Solutions = append(s.result.Solutions, solution)
	}
	return true, nil
}

// exactValues computes with a root known exactly.
func (s *solver) exactValues(r ring, solution *Solution, defs []definition, x poly.Root, unknown int) ([]complexNumber, error) {
	exact := make([]complexNumber, r.n)
	exact[unknown] = complexNumber{x.Re.Value, x.Im.Value}
	for _, d := range slices.Backward(defs) {
		var err error
		if exact[d.unknown], err = r.fractionAt(d.value, exact); err != nil {
			return nil, err
		}
	}
	for i, v := range exact {
		value, err := s.known(v)
		if err != nil {
			return nil, err
		}
		solution.Values[i] = value
	}
	return exact, nil
}

// decimalValues computes with bounds of a root; ok is false if they are too
// wide for the digits wanted.
func (s *solver) decimalValues(r ring, solution *Solution, defs []definition, x poly.Root, unknown int) (ok bool, err error) {
	c := calculator{s.bits}
	boxes := make([]box, r.n)
	boxes[unknown] = c.ofRoot(x)
	for _, d := range slices.Backward(defs) {
		if boxes[d.unknown], ok, err = c.fractionAt(r, d.value, boxes); !ok || err != nil {
			return false, err
		}
	}
	for i, b := range boxes {
		v := Value{Re: x.Re, Im: x.Im}
		if i != unknown {
			v = Value{Re: b.re.part(), Im: b.im.part()}
			if x.Real() && b.im.isZero() {
				v.Im = x.Im
			}
		}
		for _, p := range []*poly.Part{&v.Re, &v.Im} {
			if p.Known {
				if *p, err = s.exactPart(p.Value); err != nil {
					return false, err
				}
				continue
			}
			if p.Lo.Cmp(p.Hi) == 0 {
				if *p, err = s.exactPart(number.FromRat(p.Lo)); err != nil {
					return false, err
				}
				continue
			}
			if p.Text, ok, err = s.a.TextBetween(p.Lo, p.Hi, 0); !ok || err != nil {
				return false, err
			}
		}
		solution.Values[i] = v
	}
	return true, nil
}
