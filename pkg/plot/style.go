package plot

import (
	"image"
	"image/color"
	"math"
)

// The panel is light and opaque, whatever surrounds it. Text on it has a
// contrast above 10:1, series above 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
var (
	panel     = color.RGBA{0xf6, 0xf7, 0xf9, 0xff}
	border    = color.RGBA{0xc9, 0xce, 0xd6, 0xff}
	paper     = color.RGBA{0xff, 0xff, 0xff, 0xff}
	gridline  = color.RGBA{0xe4, 0xe7, 0xec, 0xff}
	zeroline  = color.RGBA{0x8b, 0x92, 0x9e, 0xff}
	axisline  = color.RGBA{0x4a, 0x50, 0x5a, 0xff}
	ink       = color.RGBA{0x1f, 0x23, 0x2b, 0xff}
	secondary = color.RGBA{0x3c, 0x42, 0x4d, 0xff}
)

// palette is that of Okabe and Ito ("Color Universal Design", 2008), without
// yellow; orange, sky blue and reddish purple are darker, to be seen on white.
var palette = [...]color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x8f, 0x68, 0xff}, // bluish green
	{0xb8, 0x5c, 0x90, 0xff}, // reddish purple
	{0x1f, 0x23, 0x2b, 0xff}, // black
	{0xb0, 0x72, 0x00, 0xff}, // orange
	{0x35, 0x8f, 0xc6, 0xff}, // sky blue
}

// dashes are lengths of strokes and spaces in turn, in units; a stroke's round
// ends reach into the spaces.
var dashes = [...][]float64{
	nil,
	{8, 6},
	{1, 5},
	{11, 5, 1, 5},
	{16, 6},
}

var (
	colourNames = [len(palette)]string{"blue", "vermilion", "green", "purple", "black", "orange", "sky blue"}
	dashNames   = [len(dashes)]string{"solid", "dashed", "dotted", "dash-dotted", "long-dashed"}
	markerNames = [...]string{"circles", "squares", "triangles", "diamonds", "inverted triangles", "crosses"}
	hatchNames  = [...]string{"plain", "striped upward", "striped across", "striped downward", "crosshatched"}
)

// Describe says how the i-th series of a figure with one style looks, such as
// "blue solid line".
func Describe(i int, style Style) string {
	name := colourNames[i%len(palette)] + " "
	line := dashNames[i%len(dashes)] + " line"
	marker := markerNames[i%len(markerNames)]
	switch style {
	case Marked:
		return name + line + " with " + marker
	case Dots:
		return name + marker
	case Bars:
		return name + hatchNames[i%len(hatchNames)] + " bars"
	}
	return name + line
}

func colour(i int) color.RGBA { return palette[i%len(palette)] }

// pattern returns the strokes of the i-th series in pixels.
func pattern(i int, unit float64) []float64 {
	var lengths []float64
	for _, l := range dashes[i%len(dashes)] {
		lengths = append(lengths, l*unit)
	}
	return lengths
}

// marker adds the i-th kind of marker to the mask: shapes of about the same
// area as a circle of radius r.
func (c *canvas) marker(i int, at pixel, r float64) {
	var shape func(x, y float64) float64
	switch i % len(markerNames) {
	case 0:
		shape = func(x, y float64) float64 { return math.Hypot(x, y) - r }
	case 1:
		shape = func(x, y float64) float64 { return math.Max(math.Abs(x), math.Abs(y)) - 0.88*r }
	case 2:
		shape = triangle(1.25 * r)
	case 3:
		shape = func(x, y float64) float64 { return (math.Abs(x)+math.Abs(y))*math.Sqrt2/2 - 0.88*r }
	case 4:
		down := triangle(1.25 * r)
		shape = func(x, y float64) float64 { return down(x, -y) }
	default:
		shape = func(x, y float64) float64 {
			u, v := math.Abs(x+y)*math.Sqrt2/2, math.Abs(x-y)*math.Sqrt2/2
			return math.Min(math.Max(u-0.32*r, v-1.2*r), math.Max(v-0.32*r, u-1.2*r))
		}
	}
	c.cover(around(at, 1.4*r+1), func(x, y float64) float64 { return shape(x-at.x, y-at.y) })
}

// triangle stands on its base; r is the distance of its corners from the
// middle.
func triangle(r float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		return math.Max(y-r/2, math.Abs(x)*math.Sqrt(3)/2-y/2-r/2)
	}
}

func around(p pixel, r float64) image.Rectangle {
	return image.Rect(int(math.Floor(p.x-r)), int(math.Floor(p.y-r)), int(math.Ceil(p.x+r)), int(math.Ceil(p.y+r)))
}

// hatch returns the colours of the bars of the i-th series: plain, or with a
// pattern of its own.
func hatch(i int, col color.RGBA, unit float64) func(x, y int) color.RGBA {
	// stripe is 1 on stripes across the direction (p, q) and 0 between.
	stripe := func(x, y int, p, q, period float64) float64 {
		at := math.Mod(float64(x)*p+float64(y)*q, period*unit)
		if at < 0 {
			at += period * unit
		}
		return math.Max(0, math.Min(1, 1.1*unit+0.5-math.Abs(at-period*unit/2)))
	}
	const slope = math.Sqrt2 / 2
	var light func(x, y int) float64
	switch i % len(hatchNames) {
	case 0:
		return func(int, int) color.RGBA { return col }
	case 1:
		light = func(x, y int) float64 { return stripe(x, y, slope, slope, 8) }
	case 2:
		light = func(x, y int) float64 { return stripe(x, y, 0, 1, 7) }
	case 3:
		light = func(x, y int) float64 { return stripe(x, y, slope, -slope, 8) }
	default:
		light = func(x, y int) float64 {
			return math.Max(stripe(x, y, slope, slope, 9), stripe(x, y, slope, -slope, 9))
		}
	}
	return func(x, y int) color.RGBA { return toward(col, paper, 0.62*light(x, y)) }
}

// toward mixes a share of b into a.
func toward(a, b color.RGBA, share float64) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + share*(float64(b)-float64(a)) + 0.5) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}
