// Package solve finds the numbers that satisfy equations written as text:
// systems that are linear or can be reduced to one polynomial by substitution,
// exactly; one equation of any other kind on an interval, by certified sign
// changes.
//
// The guarantee to know: what is returned satisfies the equations, every digit
// is proved, and Complete says whether it is everything there is; what cannot
// be solved is refused with a reason.
//
// Start at [Solve].
package solve

import (
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// MaxEquations bounds the equations of a problem, and its unknowns.
const MaxEquations = 50

// A Problem is what to solve.
type Problem struct {
	// Equations are two expressions joined by "=", or one that is to be 0.
	Equations []string
	// Unknowns are the names to solve for; if there are none, the names that
	// stand for nothing else.
	Unknowns []string
	// Domain says whether solutions with complex numbers count.
	Domain poly.Domain
	// Interval, if it is not nil, is where to look for the values of a single
	// unknown, ends included.
	Interval *[2]number.Number
}

// Kind says what the set of solutions looks like.
type Kind string

// The kinds of sets of solutions.
const (
	None   Kind = "none"   // there is no solution
	Unique Kind = "unique" // there is one
	Finite Kind = "finite" // there are several
	Some   Kind = "some"   // there are those that were found, maybe none, and maybe others
	Family Kind = "family" // some unknowns can be chosen, the others follow
)

// A Result is the set of solutions of a [Problem].
type Result struct {
	Kind Kind
	// Unknowns are what was solved for; the values of each solution have the
	// same order.
	Unknowns  []string
	Solutions []Solution
	// Complete says that there are no other solutions in the domain and the
	// interval.
	Complete bool
	// Free are the unknowns of a family that can be chosen.
	Free []string
	// Interpretation is how the equations were read.
	Interpretation string
	// Notes tell what the result depends on and what was left out.
	Notes []string
}

// A Solution gives a value to each unknown.
type Solution struct {
	Values []Value
	// Multiplicity is how often a root of one polynomial counts, else 0.
	Multiplicity int
	// Residual is what the sides of the equations differ by when the values are
	// put in: "0" where they were put in exactly, else an upper bound of the
	// difference at the decimals written.
	Residual string
}

// A Value is a number or, in a family, a formula.
type Value struct {
	// Re and Im are the parts of the number.
	Re, Im poly.Part
	// Formula is the value in terms of the unknowns that are free.
	Formula string
}

// Real reports whether the value is a real number.
func (v Value) Real() bool {
	return v.Formula == "" && v.Im.Known && v.Im.Value.IsZero()
}

// Solve solves p with the arithmetic, the precision and the constants of ev. An
// error is an [*eval.Error] where it is about a place in an equation, else a
// [*number.Error].
func Solve(ev *eval.Evaluator, p Problem) (*Result, error) {
	eqs, err := read(ev, p.Equations, p.Unknowns)
	if err != nil {
		return nil, err
	}
	unknowns, err := unknownsOf(eqs, p.Unknowns)
	if err != nil {
		return nil, err
	}
	if p.Interval != nil {
		if len(unknowns) != 1 {
			return nil, &number.Error{Kind: number.Domain,
				Message: fmt.Sprintf("an interval is for one unknown; here are %d: %s", len(unknowns), strings.Join(unknowns, ", "))}
		}
		c, err := ev.Arith().Cmp(p.Interval[0], p.Interval[1])
		if err != nil {
			return nil, err
		}
		if c >= 0 {
			return nil, &number.Error{Kind: number.Domain, Message: "the interval is empty", Hint: "send its lower end first"}
		}
	}
	s := &solver{a: ev.Arith(), problem: p, eqs: eqs, unknowns: unknowns, bits: bitsFor(ev.Arith().Precision())}
	s.result.Unknowns = unknowns
	if s.result.Interpretation, err = s.interpretation(); err != nil {
		return nil, err
	}
	for _, e := range eqs {
		for _, n := range e.notes {
			s.note("%s", n)
		}
	}
	x := newExpander(ev, unknowns)
	for i := range eqs {
		if err := ev.Arith().Check(); err != nil {
			return nil, err
		}
		e := &eqs[i]
		if e.sides, err = x.difference(e.left, e.right); err != nil {
			if scannable(err) && len(eqs) == 1 && len(unknowns) == 1 && p.Interval != nil {
				return &s.result, s.scan(ev)
			}
			return nil, e.explain(err, len(unknowns), p)
		}
	}
	if err := s.polynomials(x.divisors); err != nil {
		return nil, err
	}
	return &s.result, nil
}

// interpretation writes the equations with all their parentheses.
func (s *solver) interpretation() (string, error) {
	var b strings.Builder
	for i, e := range s.eqs {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(parse.Format(e.left))
		b.WriteString(" = ")
		if e.right == nil {
			b.WriteString("0")
		} else {
			b.WriteString(parse.Format(e.right))
		}
	}
	fmt.Fprintf(&b, ", solved for %s in the ", strings.Join(s.unknowns, ", "))
	switch {
	case s.problem.Interval != nil:
		r := ring{s.a, 0}
		from, err := r.coefficient(s.problem.Interval[0])
		if err != nil {
			return "", err
		}
		to, err := r.coefficient(s.problem.Interval[1])
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "real numbers from %s to %s", from, to)
	case s.problem.Domain == poly.Real:
		b.WriteString("real numbers")
	default:
		b.WriteString("complex numbers")
	}
	return b.String(), nil
}

// maxNotes bounds the notes of a result.
const maxNotes = 12

func (s *solver) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range s.result.Notes {
		if n == text {
			return
		}
	}
	if len(s.result.Notes) < maxNotes {
		s.result.Notes = append(s.result.Notes, text)
	}
}
