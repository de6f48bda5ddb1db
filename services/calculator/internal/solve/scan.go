package solve

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// steps is how many parts of an interval are looked at for a change of sign.
const steps = 1024

// maxFound bounds the roots of one search.
const maxFound = 100

// A curve is the difference of the sides of an equation as a function of its
// unknown, over an interval that [poly.Bracket] sees as 0 to 1.
type curve struct {
	ev          *eval.Evaluator
	a           *number.Arith
	name        string
	left, right parse.Node
	from, width *big.Rat
}

// scan looks for sign changes of the only equation on the interval.
func (s *solver) scan(ev *eval.Evaluator) error {
	e := s.eqs[0]
	f := &curve{ev: ev, a: s.a, name: s.unknowns[0], left: e.left, right: e.right}
	s.note("roots where the sides touch without crossing, or that are closer to each other than 1/%d of the interval, may be missing", steps)
	ends := *s.problem.Interval
	if err := f.over(ends); err != nil {
		return err
	}
	var signs [steps + 1]int
	undefined, differ := 0, false
	for i := range signs {
		sign, err := f.Sign(big.NewInt(int64(i)), log2Steps)
		switch {
		case noValue(err):
			signs[i] = noSign
			undefined++
			// Each such point costs the full precision: go on only if some
			// other has shown that the sides differ.
			if i > 0 && undecided(err) && !differ {
				return &number.Error{Kind: number.Undecided,
					Message: "the sides cannot be told apart: they may be equal for every " + f.name,
					Hint:    "simplify the equation"}
			}
		case err != nil:
			return s.stopped(err)
		default:
			signs[i] = sign
			differ = differ || sign != 0
		}
		s.a.Progress(float64(i), steps, "looking for sign changes")
		if s.a.Check() != nil || s.a.Spend(0) != nil {
			return s.stopped(errors.Join(s.a.Check(), s.a.Spend(0)))
		}
	}
	if undefined > 0 {
		s.note("the sides have no value, or one that cannot be told from 0, on parts of the interval")
	}
	if err := s.ends(f, ends, &signs); err != nil {
		return err
	}
	if err := s.level(f, &signs); err != nil {
		return err
	}
	for i := range steps {
		if len(s.result.Solutions) >= maxFound {
			s.note("the search stopped after %d roots", maxFound)
			break
		}
		if err := s.between(f, i, signs[i], signs[i+1]); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.result.Solutions, func(x, y Solution) int { return x.Values[0].Re.Lo.Cmp(y.Values[0].Re.Lo) })
	s.conclude(false)
	return nil
}

const log2Steps = 10 // of steps

// noSign stands for the sign where there is no value.
const noSign = 2

// stopped makes an error of the search one that tells what to do.
func (s *solver) stopped(err error) error {
	var e *eval.Error
	if errors.As(err, &e) && e.Reason == eval.Limit {
		e.Hint = "send a smaller interval or a lower precision"
	}
	return err
}

// noValue reports whether err says that an expression has no value at a point,
// or one that cannot be told from 0.
func noValue(err error) bool {
	var e *eval.Error
	if errors.As(err, &e) {
		return e.Reason == eval.Domain || e.Reason == eval.DivisionByZero || e.Reason == eval.Limit
	}
	var n *number.Error
	return errors.As(err, &n) && (n.Kind == number.Domain || n.Kind == number.DivisionByZero ||
		n.Kind == number.Undecided || n.Kind == number.Limit)
}

// undecided reports whether err says that a value cannot be told from 0.
func undecided(err error) bool {
	var n *number.Error
	return errors.As(err, &n) && n.Kind == number.Undecided
}

// over makes f a function over the interval, or the greatest one with
// fractions as its ends that is in it.
func (f *curve) over(ends [2]number.Number) error {
	lo, hi := ends[0].Rat(), ends[1].Rat()
	if lo == nil {
		_, up, err := f.a.Enclose(ends[0], 64)
		if err != nil {
			return err
		}
		lo = rat(up)
	}
	if hi == nil {
		down, _, err := f.a.Enclose(ends[1], 64)
		if err != nil {
			return err
		}
		hi = rat(down)
	}
	f.from, f.width = lo, new(big.Rat).Sub(hi, lo)
	if f.width.Sign() <= 0 {
		return &number.Error{Kind: number.Domain, Message: "the interval is too narrow"}
	}
	return nil
}

// point returns the point m*2^-k of the interval.
func (f *curve) point(m *big.Int, k int) *big.Rat {
	x := new(big.Rat).SetFrac(m, new(big.Int).Lsh(big.NewInt(1), uint(k)))
	return x.Mul(x, f.width).Add(x, f.from)
}

// value returns the difference of the sides at x.
func (f *curve) value(x number.Number) (number.Number, error) {
	f.ev.Set(f.name, x)
	l, err := f.ev.NumberOf(f.left)
	if err != nil || f.right == nil {
		return l, err
	}
	r, err := f.ev.NumberOf(f.right)
	if err != nil {
		return r, err
	}
	return f.a.Sub(l, r)
}

// Sign implements [poly.Function].
func (f *curve) Sign(m *big.Int, k int) (int, error) {
	v, err := f.value(number.FromRat(f.point(m, k)))
	if err != nil {
		return 0, err
	}
	return f.a.Sign(v)
}

// Secant implements [poly.Function].
func (f *curve) Secant(m *big.Int, k, t int) (*big.Int, error) {
	var v [2]*big.Float
	for i := range v {
		y, err := f.value(number.FromRat(f.point(new(big.Int).Add(m, big.NewInt(int64(i))), k)))
		if err != nil {
			return nil, err
		}
		if v[i], _, err = f.a.Enclose(y, t+16); err != nil {
			return nil, err
		}
		v[i] = v[i].Abs(v[i])
	}
	// Both values as integers over one power of 2.
	e := max(v[0].MantExp(nil), v[1].MantExp(nil)) - 2*t - 16
	var n [2]*big.Int
	for i := range v {
		n[i], _ = new(big.Float).SetMantExp(v[i], -e).Int(nil)
	}
	return poly.Crossing(n[0], n[1], t), nil
}

// ends looks whether an end of the interval is a root, and forgets its sign if
// so.
func (s *solver) ends(f *curve, ends [2]number.Number, signs *[steps + 1]int) error {
	for i, x := range ends {
		v, err := f.value(x)
		if noValue(err) {
			continue
		}
		if err != nil {
			return err
		}
		if !v.IsZero() {
			continue
		}
		signs[i*steps] = noSign
		if err := s.hit(x); err != nil {
			return err
		}
	}
	return nil
}

// level finds the stretches where the sides are equal wherever they are tried,
// as those of floor(x) = 2 are. They are told in a note, and only their ends
// are listed.
func (s *solver) level(f *curve, signs *[steps + 1]int) error {
	for i := 0; i <= steps; i++ {
		first := i
		for i <= steps && signs[i] == 0 {
			i++
		}
		last := i - 1
		if last-first < 2 {
			continue
		}
		// Roots at even distances are 0 at these points but not between them.
		x := new(big.Rat).SetFrac64(int64(13*first+5), 13*steps)
		v, err := f.value(number.FromRat(x.Mul(x, f.width).Add(x, f.from)))
		if err != nil && !noValue(err) {
			return err
		}
		if err != nil || !v.IsZero() {
			continue
		}
		var ends [2]string
		for k, m := range []int{first, last} {
			t, err := s.a.Text(number.FromRat(f.point(big.NewInt(int64(m)), log2Steps)), 12)
			if err != nil {
				return err
			}
			ends[k] = t.Decimal
		}
		s.note("every %s that was tried from %s to %s is a root; of these only the first and the last are listed", f.name, ends[0], ends[1])
		for k := first + 1; k < last; k++ {
			signs[k] = noSign
		}
	}
	return nil
}

// hit adds a root that is known exactly.
func (s *solver) hit(x number.Number) error {
	v, err := s.known(complexNumber{re: x})
	if err != nil {
		return err
	}
	s.result.Solutions = append(s.result.Solutions, Solution{Values: []Value{v}, Residual: "0"})
	return nil
}

// between looks at part i of the interval, given the signs at its ends.
func (s *solver) between(f *curve, i, left, right int) error {
	if left == 0 {
		return s.hit(number.FromRat(f.point(big.NewInt(int64(i)), log2Steps)))
	}
	if right == 0 && i == steps-1 {
		return s.hit(number.FromRat(f.point(big.NewInt(steps), log2Steps)))
	}
	if left == noSign || right == noSign || left*right >= 0 {
		return nil
	}
	b := poly.Bracket{M: big.NewInt(int64(i)), K: log2Steps, Sign: left}
	solution, proved, err := s.refine(f, &b)
	switch {
	case noValue(err):
		if full := s.a.Spend(0); full != nil {
			return s.stopped(full)
		}
	case err != nil:
		return err
	case proved:
		s.result.Solutions = append(s.result.Solutions, solution)
		return nil
	}
	lo, _ := b.Ends()
	near := new(big.Rat).Mul(lo, f.width)
	near.Add(near, f.from)
	text := "0"
	if near.Sign() != 0 {
		if text, _, err = s.a.TextBetween(near, near, 6); err != nil {
			return err
		}
	}
	s.note("the change of sign near %s is not shown to be a root: it is a pole, a jump or undecided", text)
	return nil
}

// refine finds the digits of the root in b, and whether it is one: the
// function is continuous there.
func (s *solver) refine(f *curve, b *poly.Bracket) (Solution, bool, error) {
	bits := int(float64(s.a.Precision())*3.33) + 12
	for k := b.K + bits; ; k += bits/4 + 16 {
		if err := b.Refine(f, k); err != nil {
			return Solution{}, false, err
		}
		if b.Exact {
			v, err := s.known(complexNumber{re: number.FromRat(f.point(b.M, b.K))})
			return Solution{Values: []Value{v}, Residual: "0"}, err == nil, err
		}
		lo, hi := f.point(b.M, b.K), f.point(new(big.Int).Add(b.M, big.NewInt(1)), b.K)
		if x, ok := poly.Simplest(lo, hi); ok {
			v, err := f.value(number.FromRat(x))
			if err == nil && v.IsZero() {
				v, err := s.known(complexNumber{re: number.FromRat(x)})
				return Solution{Values: []Value{v}, Residual: "0"}, err == nil, err
			}
			if err != nil && !noValue(err) {
				return Solution{}, false, err
			}
		}
		c := calculator{uint(k + 64)}
		span, err := f.enclose(c, c.ofRats(lo, hi))
		if err != nil {
			return Solution{}, false, err
		}
		if span == nil {
			return Solution{}, false, nil
		}
		text, ok, err := s.a.TextBetween(lo, hi, 0)
		if err != nil {
			return Solution{}, false, err
		}
		if ok {
			zero, err := s.exactPart(number.Int(0))
			v := Value{Re: poly.Part{Text: text, Lo: lo, Hi: hi}, Im: zero}
			if err != nil {
				return Solution{}, false, err
			}
			residual, err := s.curveResidual(f, text)
			return Solution{Values: []Value{v}, Residual: residual}, true, err
		}
		if k > 4*bits+64 {
			return Solution{}, false, &number.Error{Kind: number.Undecided,
				Message: fmt.Sprintf("a root near %s cannot be rounded", lo.FloatString(6))}
		}
	}
}

// curveResidual bounds the difference of the sides at the decimal written.
func (s *solver) curveResidual(f *curve, text string) (string, error) {
	x, err := s.a.ParseDecimal(text)
	if err != nil {
		return "", err
	}
	v, err := f.value(x)
	if err != nil {
		return "", err
	}
	if v.IsZero() {
		return "0", nil
	}
	lo, hi, err := s.a.Enclose(v, 32)
	if err != nil {
		return "", err
	}
	return bound(interval{lo, hi}.size()), nil
}
