package curve

import (
	"cmp"
	"math"
	"slices"
)

// extremes finds the greatest and the least value, refined between samples.
func (s *sampler) extremes() error {
	for _, sign := range [...]float64{1, -1} {
		best := -1
		for i, p := range s.points {
			if p.reason != nil {
				continue
			}
			if best < 0 || sign*p.y > sign*s.points[best].y || p.y == s.points[best].y && s.doubtful(best) && !s.doubtful(i) {
				best = i
			}
		}
		if ok, err := s.attained(best); err != nil {
			return err
		} else if !ok {
			continue
		}
		p, err := s.climb(best, sign)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if sign > 0 && !s.up {
			s.max = p
		} else if sign < 0 && !s.down {
			s.min = p
		}
	}
	s.merge()
	return nil
}

// doubtful reports whether sample i was found on the way to a jump.
func (s *sampler) doubtful(i int) bool {
	return !s.points[i].even && (s.points[i].broken || i > 0 && s.points[i-1].broken)
}

// attained reports whether sample i is a value of the curve, not one that it
// only comes near to on the way to a jump, as x - floor(x) does to 1.
func (s *sampler) attained(i int) (bool, error) {
	if !s.doubtful(i) {
		return true, nil
	}
	p := s.points[i]
	x, ok := s.rounded(p.x, 1e-10)
	if !ok {
		return true, nil
	}
	q, err := s.evaluate(x)
	return err == nil && q.reason == nil && s.same(p.y, q.y, 1e-6), err
}

// rounded is a short decimal that is away from x by a part of the range at
// most.
func (s *sampler) rounded(x, part float64) (float64, bool) {
	by := (s.to - s.from) * part
	return between(math.Max(s.from, x-by), math.Min(s.to, x+by))
}

// same reports whether two values differ by a part of the height at most.
func (s *sampler) same(y, z, part float64) bool {
	return math.Abs(y-z) <= part*math.Max(s.height, math.Abs(y))
}

// golden is the share of an interval that a step of the search keeps.
const golden = 0.6180339887498949

// climb searches the extreme near sample i by golden sections, as if there were
// one only. A function that keeps growing has a pole there, and no extreme.
func (s *sampler) climb(i int, sign float64) (*Point, error) {
	best := s.points[i]
	top := best.y
	lo, hi := best.x, best.x
	if i > 0 && s.points[i-1].reason == nil && !s.points[i-1].broken {
		lo = s.points[i-1].x
	}
	if i+1 < len(s.points) && s.points[i+1].reason == nil && !best.broken {
		hi = s.points[i+1].x
	}
	if lo == best.x || hi == best.x {
		return &Point{best.x, best.y}, nil
	}
	for range min(deep, s.left) {
		wide := best.x - lo
		right := hi-best.x > wide
		if right {
			wide = hi - best.x
		}
		x := best.x - (1-golden)*wide
		if right {
			x = best.x + (1-golden)*wide
		}
		if short, ok := between(x-wide/20, x+wide/20); ok {
			x = short
		}
		if x == best.x || !(lo < x && x < hi) {
			break
		}
		p, err := s.evaluate(x)
		if err != nil {
			return nil, err
		}
		switch {
		case p.reason != nil:
			return &Point{best.x, best.y}, nil
		case sign*p.y > sign*best.y:
			p.probe = true
			s.keep(p)
			if right {
				lo = best.x
			} else {
				hi = best.x
			}
			best = p
		case right:
			hi = x
		default:
			lo = x
		}
	}
	if math.Abs(best.y) > 1e6*math.Max(math.Abs(top), s.height) {
		s.pole(best.x, best.x, best.y)
		return nil, nil
	}
	// Where the curve is level x has no more digits than y can tell apart.
	if x, ok := s.rounded(best.x, 2.5e-7); ok {
		p, err := s.evaluate(x)
		if err != nil {
			return nil, err
		}
		if p.reason == nil && s.same(p.y, best.y, 1e-12) {
			return &Point{x, sign * math.Max(sign*p.y, sign*best.y)}, nil
		}
	}
	return &Point{best.x, best.y}, nil
}

// curve gathers what was found.
func (s *sampler) curve() *Curve {
	c := &Curve{Min: s.min, Max: s.max, Samples: s.samples, up: s.up, down: s.down}
	var part []Point
	end := func() {
		if part != nil {
			c.Parts, part = append(c.Parts, part), nil
		}
	}
	for _, p := range s.points {
		if p.reason != nil {
			end()
			continue
		}
		part = append(part, Point{p.x, p.y})
		if p.even {
			c.Even = append(c.Even, Point{p.x, p.y})
		}
		if p.broken {
			end()
		}
	}
	end()
	c.Restless = s.restless || turns(c.Even) > len(c.Even)/6
	low, high := quantiles(s.values(), 0.25)
	lo, hi, _ := c.View()
	c.Steep = high > low && high-low < (hi-lo)/1000
	c.Zeros = s.zeroRanges()
	c.MoreZeros = s.moreZeros || len(c.Zeros) > MaxZeros
	c.Zeros = c.Zeros[:min(len(c.Zeros), MaxZeros)]
	c.Gaps = s.gaps()
	c.MoreGaps = len(c.Gaps) > MaxGaps
	c.Gaps = c.Gaps[:min(len(c.Gaps), MaxGaps)]
	return c
}

// turns counts how often the points change between rising and falling.
func turns(points []Point) int {
	n, rise := 0, 0.0
	for i := 1; i < len(points); i++ {
		if r := points[i].Y - points[i-1].Y; r != 0 {
			if r*rise < 0 {
				n++
			}
			rise = r
		}
	}
	return n
}

// zeroRanges returns the zeros in order. Samples next to each other that are
// all 0 are one range.
func (s *sampler) zeroRanges() []Range {
	zeros := s.zeros
	for i := 0; i < len(s.points); i++ {
		if !s.points[i].zero {
			continue
		}
		z := Range{s.points[i].x, s.points[i].x}
		for ; i+1 < len(s.points) && s.points[i+1].zero && !s.points[i].broken; i++ {
			z.To = s.points[i+1].x
		}
		zeros = append(zeros, z)
	}
	slices.SortFunc(zeros, func(y, z Range) int { return cmp.Compare(y.From, z.From) })
	return slices.Compact(zeros)
}

// gaps returns the intervals without a value, and the poles and jumps that are
// none.
func (s *sampler) gaps() []Gap {
	var gaps []Gap
	for i := 0; i < len(s.points); i++ {
		if s.points[i].reason == nil {
			continue
		}
		g := Gap{Range: Range{s.points[i].x, s.points[i].x}, Kind: Undefined, Reason: s.points[i].reason.Error()}
		for ; i+1 < len(s.points) && s.points[i+1].reason != nil; i++ {
			g.To = s.points[i+1].x
		}
		gaps = append(gaps, g)
	}
	for _, k := range s.kinds {
		i := slices.IndexFunc(gaps, func(g Gap) bool { return k.From <= g.To && k.To >= g.From })
		switch {
		case i < 0:
			gaps = append(gaps, Gap{Range: Range{k.From, k.From}, Kind: k.Kind})
		case k.Kind == Pole:
			gaps[i].Kind = Pole
		}
	}
	slices.SortFunc(gaps, func(g, h Gap) int { return cmp.Compare(g.From, h.From) })
	return gaps
}
