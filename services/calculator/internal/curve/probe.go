package curve

import (
	"errors"
	"math"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

const (
	// deep is enough halvings to go from an even step to neighbouring doubles.
	deep = 60
	// shown is how many samples on the way to a gap the picture needs.
	shown = 16
	// shallow is how many halvings allow a conclusion.
	shallow = 8
)

// edges finds where the function begins and ends to be defined.
func (s *sampler) edges() error {
	var steps []int
	for i := range len(s.points) - 1 {
		if (s.points[i].reason == nil) != (s.points[i+1].reason == nil) {
			steps = append(steps, i)
		}
	}
	depth := min(deep, s.left*3/4/max(1, len(steps)))
	for _, i := range steps {
		if err := s.edge(s.points[i], s.points[i+1], depth); err != nil {
			return err
		}
	}
	s.merge()
	return nil
}

// edge narrows down the place between p and q where the function stops being
// defined, and sees whether it grows without bound there.
func (s *sampler) edge(p, q sample, depth int) error {
	inside, outside := p, q
	if p.reason != nil {
		inside, outside = q, p
	}
	var ys []float64
	for range depth {
		x, ok := between(min(inside.x, outside.x), max(inside.x, outside.x))
		if !ok {
			break
		}
		m, err := s.evaluate(x)
		if err != nil {
			return err
		}
		m.probe = true
		if m.reason != nil {
			outside = m
			continue
		}
		inside = m
		if ys = append(ys, m.y); len(ys) <= shown && s.room() {
			s.keep(m)
		}
	}
	s.keep(outside)
	s.keep(inside)
	if n := len(ys); n >= shallow && math.Abs(inside.y) > s.greatest && unbounded(ys[n/4], ys[n/2], ys[n-1]) {
		s.pole(inside.x, outside.x, inside.y)
	}
	if tooLarge(outside.reason) {
		s.grows(inside.y)
	}
	return nil
}

// tooLarge reports whether err says that there is a value, but too large a one.
func tooLarge(err error) bool {
	var e *eval.Error
	return errors.As(eval.Placed(err, 0), &e) && e.Reason == eval.Limit
}

// unbounded reports whether values on the way to a gap do not come to rest.
func unbounded(first, middle, last float64) bool {
	return math.Abs(last-middle) > math.Abs(middle-first)/2
}

func (s *sampler) pole(from, to, y float64) {
	s.kinds = append(s.kinds, Gap{Range: Range{min(from, to), max(from, to)}, Kind: Pole})
	s.grows(y)
}

// grows notes that the function has values like y, and beyond every bound.
func (s *sampler) grows(y float64) {
	s.up = s.up || y > 0
	s.down = s.down || y < 0
}

// jumps looks for discontinuities between neighbouring samples: where the sign
// changes, where the curve turns back for one step, and where a step is much
// steeper than its neighbours.
func (s *sampler) jumps() error { return s.probeAll(s.suspicious) }

// signs probes the changes of sign that the added samples show.
func (s *sampler) signs() error {
	return s.probeAll(func(i int) bool {
		p, q := s.points[i], s.points[i+1]
		return p.reason == nil && q.reason == nil && !p.probed && !p.broken && p.y*q.y < 0
	})
}

// probeAll probes the steps after the samples chosen, as deep as the evaluations
// that remain allow. If that is not deep enough for a conclusion, the function
// is too restless for the samples.
func (s *sampler) probeAll(chosen func(i int) bool) error {
	var steps []int
	for i := range len(s.points) - 1 {
		if chosen(i) {
			steps = append(steps, i)
		}
	}
	depth := min(deep, s.left*3/4/max(1, len(steps)))
	if depth < shallow {
		s.restless, s.moreZeros = true, true
		return nil
	}
	for _, i := range steps {
		s.points[i].probed = true
		if err := s.probe(s.points[i], s.points[i+1], depth); err != nil {
			return err
		}
	}
	s.merge()
	return nil
}

func (s *sampler) suspicious(i int) bool {
	p, q := s.points[i], s.points[i+1]
	if p.reason != nil || q.reason != nil || p.probe && q.probe {
		return false
	}
	if p.y < 0 && q.y > 0 || p.y > 0 && q.y < 0 {
		return true
	}
	rise := q.y - p.y
	if math.Abs(rise) < s.height*1e-3 {
		return false
	}
	before, okBefore := s.rise(i - 1)
	after, okAfter := s.rise(i + 1)
	steep := 4 * math.Max(math.Abs(before), math.Abs(after))
	if (okBefore || okAfter) && math.Abs(rise) > steep {
		return true
	}
	flat := 4 * math.Min(math.Abs(before), math.Abs(after))
	if okBefore && okAfter && math.Abs(rise) > math.Max(flat, s.height*0.02) {
		return true
	}
	return okBefore && okAfter && before*rise < 0 && after*rise < 0
}

// rise returns how much the curve rises from sample i to the next.
func (s *sampler) rise(i int) (float64, bool) {
	if i < 0 || i+1 >= len(s.points) || s.points[i].reason != nil || s.points[i+1].reason != nil {
		return 0, false
	}
	return s.points[i+1].y - s.points[i].y, true
}

// probe halves the step from p to q down to neighbouring doubles, toward the
// change of sign or else toward the greater rise. It finds a zero, a jump, a
// pole, or that the function is continuous as far as can be seen.
func (s *sampler) probe(p, q sample, depth int) error {
	from, to := p, q
	change := p.y*q.y < 0 || p.zero || q.zero
	rises := []float64{math.Abs(q.y - p.y)}
	for k := range depth {
		x, ok := between(p.x, q.x)
		if !ok {
			break
		}
		m, err := s.evaluate(x)
		if err != nil {
			return err
		}
		m.probe = true
		if m.reason != nil {
			s.keep(m)
			if err := s.edge(from, m, depth); err != nil {
				return err
			}
			return s.edge(m, to, depth)
		}
		m.probed = true
		if m.zero && !p.zero && !q.zero {
			s.keep(m)
			if k > shallow {
				if s.settle(p, q, rises) {
					s.breaks = append(s.breaks, m.x)
				}
				return nil
			}
			if err := s.probe(p, m, depth-k); err != nil {
				return err
			}
			return s.probe(m, q, depth-k)
		}
		if k < shown && s.room() {
			s.keep(m)
		}
		if toward(p, m, q, change) {
			q = m
		} else {
			p = m
		}
		rises = append(rises, math.Abs(q.y-p.y))
	}
	s.settle(p, q, rises)
	return nil
}

// toward reports whether the search goes on between p and m, not m and q.
func toward(p, m, q sample, change bool) bool {
	switch {
	case !change:
		return math.Abs(m.y-p.y) > math.Abs(q.y-m.y)
	case p.zero:
		return !m.zero
	case q.zero:
		return m.zero
	}
	return p.y*m.y < 0
}

// settle draws the conclusion of a probe that ended between p and q: it reports
// whether the curve is interrupted there.
func (s *sampler) settle(p, q sample, rises []float64) bool {
	n := len(rises) - 1
	if n < shallow {
		return false
	}
	middle, last := rises[n/2], rises[n]
	switch {
	case last <= middle/4:
		if p.y*q.y < 0 {
			s.zero(p, q)
		}
		return false
	case last > 3*middle:
		s.pole(p.x, q.x, p.y)
		s.grows(q.y)
	default:
		s.kinds = append(s.kinds, Gap{Range: Range{p.x, q.x}, Kind: Jump})
	}
	p.probe, q.probe, p.probed = true, true, true
	s.breaks = append(s.breaks, p.x)
	s.keep(p)
	s.keep(q)
	return true
}

// zero notes the change of sign between two neighbouring doubles.
func (s *sampler) zero(p, q sample) {
	if x, ok := between(p.x, q.x); ok {
		s.moreZeros = s.moreZeros || !slices.ContainsFunc(s.found, func(m sample) bool { return m.zero && m.x == x })
		return
	}
	if math.Abs(p.y) > math.Abs(q.y) {
		p = q
	}
	s.zeros = append(s.zeros, Range{p.x, p.x})
}
