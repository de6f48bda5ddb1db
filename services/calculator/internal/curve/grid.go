package curve

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// shortest writes the decimal that names x among the doubles.
func shortest(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// nearest returns the double nearest to m*10^e.
func nearest(m float64, e int) float64 {
	x, _ := strconv.ParseFloat(strconv.FormatFloat(m, 'f', 0, 64)+"e"+strconv.Itoa(e), 64)
	return x
}

// even samples both ends of the range and between them about n/2 to n multiples
// of a round number, so that the places where functions have their
// peculiarities are among them.
func (s *sampler) even(n int) error {
	rough := (s.to - s.from) / float64(n)
	exp := int(math.Floor(math.Log10(rough)))
	lead := 1.0
	switch m := rough / math.Pow10(exp); {
	case m > 5:
		exp++
	case m > 2:
		lead = 5
	case m > 1:
		lead = 2
	}
	step := nearest(lead, exp)
	xs := []float64{s.from}
	for k := math.Ceil(s.from / step); k <= s.to/step; k++ {
		if x := nearest(k*lead, exp); x-s.from > step/100 && s.to-x > step/100 {
			xs = append(xs, x)
		}
	}
	for _, x := range append(xs, s.to) {
		p, err := s.evaluate(x)
		if err != nil {
			return err
		}
		p.even = true
		s.points = append(s.points, p)
	}
	return nil
}

// between returns a short decimal near the middle of a and b, and false if there
// is no double between them.
func between(a, b float64) (float64, bool) {
	mid := a/2 + b/2
	if a < 0 && b > 0 && -a < 4*b && b < -4*a {
		return 0, true
	}
	if width := b - a; width > math.Max(math.Abs(a), math.Abs(b))*1e-12 {
		exp := int(math.Floor(math.Log10(width))) - 2
		if k := math.Round(mid / math.Pow10(exp)); math.Abs(k) < 1<<53 {
			mid = nearest(k, exp)
		}
	}
	return mid, a < mid && mid < b
}

// keep adds p to what merge puts in its place.
func (s *sampler) keep(p sample) { s.found = append(s.found, p) }

// room reports whether there are fewer samples than a curve may have, but for
// those at gaps.
func (s *sampler) room() bool { return len(s.points)+len(s.found) < most }

// most bounds the points of a curve.
const most = 1800

// merge puts the samples found among the others.
func (s *sampler) merge() {
	s.points = append(s.points, s.found...)
	s.found = nil
	slices.SortStableFunc(s.points, func(p, q sample) int { return cmp.Compare(p.x, q.x) })
	s.points = slices.CompactFunc(s.points, func(p, q sample) bool { return p.x == q.x })
	for i := range s.points {
		if slices.Contains(s.breaks, s.points[i].x) {
			s.points[i].broken = true
		}
	}
}

// measure finds the height of the bulk of the curve, by which it is judged what
// is steep.
func (s *sampler) measure() {
	low, high := quantiles(s.values(), 0.05)
	s.height = high - low
	if s.height == 0 {
		low, high = quantiles(s.values(), 0)
		s.height = high - low
	}
	if s.height == 0 {
		s.height = 1
	}
	for _, y := range s.values() {
		s.greatest = math.Max(s.greatest, math.Abs(y))
	}
}

// values returns the values at the even places.
func (s *sampler) values() []float64 {
	var ys []float64
	for _, p := range s.points {
		if p.even && p.reason == nil {
			ys = append(ys, p.y)
		}
	}
	return ys
}

// quantiles returns the values that a share of ys are below and above.
func quantiles(ys []float64, share float64) (low, high float64) {
	if len(ys) == 0 {
		return 0, 0
	}
	slices.Sort(ys)
	skip := int(share * float64(len(ys)))
	return ys[skip], ys[len(ys)-1-skip]
}

// The size of the picture that the bends of a curve are judged for, and how far
// from it a chord may be.
const (
	acrossPixels = 700
	uprightPixel = 450
	tolerance    = 0.35
)

// bends adds points where the curve leaves its chords visibly.
func (s *sampler) bends() error {
	for range 5 {
		split := make([]bool, len(s.points))
		for i := 1; i+1 < len(s.points); i++ {
			if s.bent(i) {
				split[i-1], split[i] = true, true
			}
		}
		for i := range s.points {
			if !split[i] || s.left < 200 || !s.room() {
				continue
			}
			x, ok := between(s.points[i].x, s.points[i+1].x)
			if !ok {
				continue
			}
			p, err := s.evaluate(x)
			if err != nil {
				return err
			}
			s.keep(p)
		}
		if len(s.found) == 0 {
			return nil
		}
		s.merge()
	}
	return nil
}

// bent reports whether sample i is away from the chord of its neighbours.
func (s *sampler) bent(i int) bool {
	p, q, r := s.points[i-1], s.points[i], s.points[i+1]
	if p.reason != nil || q.reason != nil || r.reason != nil || p.broken || q.broken || p.probe && q.probe {
		return false
	}
	scale := uprightPixel / s.height
	dx, dy := (r.x-p.x)*(acrossPixels/(s.to-s.from)), (r.y-p.y)*scale
	ex, ey := (q.x-p.x)*(acrossPixels/(s.to-s.from)), (q.y-p.y)*scale
	if math.Abs(q.y*scale) > 1e6 || math.IsInf(dy, 0) || math.IsInf(ey, 0) {
		return false
	}
	return math.Abs(dx*ey-dy*ex) > tolerance*math.Hypot(dx, dy) && dx > 0.5
}
