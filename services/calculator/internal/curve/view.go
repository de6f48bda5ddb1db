package curve

import "math"

// View returns the values that a picture of the curve has to show, and whether
// it cuts the curve off. A function that grows without bound is shown where
// most of it is.
func (c *Curve) View() (lo, hi float64, cut bool) {
	var ys []float64
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range c.Even {
		ys = append(ys, p.Y)
		lo, hi = math.Min(lo, p.Y), math.Max(hi, p.Y)
	}
	for _, p := range []*Point{c.Min, c.Max} {
		if p != nil {
			lo, hi = math.Min(lo, p.Y), math.Max(hi, p.Y)
		}
	}
	low, high := quantiles(ys, 0.05)
	air := (high - low) / 2
	if c.down {
		if l := low - air; l > lo {
			lo = l
		}
		cut = true
	}
	if c.up {
		if h := high + air; h < hi {
			hi = h
		}
		cut = true
	}
	return lo, hi, cut
}
