// Package plot draws curves, points and bars with labelled axes as a PNG.
//
// The guarantee to know: the same figure gives the same bytes, on an opaque
// light panel that is readable in light and in dark surroundings, with colours
// that most colour-blind people tell apart and that are never the only
// difference between two series. Text comes from strangers: it is shortened to
// what fits and freed of control characters.
//
// Start at [PNG].
package plot

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math"
	"slices"
)

// Point is a point in the coordinates of the axes.
type Point struct{ X, Y float64 }

// Range is what an axis shows, from Lo to Hi; Lo is less than Hi.
type Range struct{ Lo, Hi float64 }

// Greatest bounds coordinates, so that differences of two are finite.
const Greatest = 1e300

// Style says how a series is drawn.
type Style uint8

// The styles.
const (
	Line   Style = iota // the points of each part joined
	Marked              // the same, with a marker on each point
	Dots                // markers alone
	Bars                // a bar for each category; the X of a point is the category's index
)

// Series is one set of data. Coordinates are finite and at most Greatest.
type Series struct {
	Name  string
	Style Style
	// Parts are runs of points; a line does not go from one to the next.
	Parts [][]Point
}

// Figure is what to draw.
type Figure struct {
	Title, XLabel, YLabel string
	Width, Height         int // pixels; at least 100 each
	X, Y                  Range
	Series                []Series
	// Categories label the X axis of bars, which then shows
	// Range{-0.5, len(Categories) - 0.5}.
	Categories []string
	// Times says that X is in seconds since 1970, labelled with dates and times
	// in UTC.
	Times bool
}

// PNG draws f. The error is that of ctx, which ends the work within 100
// milliseconds.
func PNG(ctx context.Context, f Figure) ([]byte, error) {
	c := newCanvas(ctx, f.Width, f.Height)
	f.Categories = slices.Clone(f.Categories)
	d := &drawing{Figure: f, canvas: c, unit: math.Max(0.7, math.Min(2.2, math.Sqrt(float64(f.Width*f.Height)/(800*500))))}
	if err := d.fonts(); err != nil {
		return nil, err
	}
	d.layout()
	d.grid()
	if err := d.series(); err != nil {
		return nil, err
	}
	d.axes()
	d.words()
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(watched{ctx, &b}, c.img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// watched is a writer that fails when ctx has ended: encoding a large picture
// takes longer than a cancelled call may.
type watched struct {
	ctx context.Context
	w   *bytes.Buffer
}

func (w watched) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

// drawing is the state of one picture.
type drawing struct {
	Figure
	*canvas
	unit   float64 // the size of everything, 1 at 800 by 500
	fontOf typefaces
	area   box // where the data are
	xTicks ticks
	yTicks ticks

	turned  bool // category labels stand upright
	skip    int  // every skip-th category is labelled
	legend  []entry
	titleAt float64 // baseline of the title
}

// box is a rectangle in pixels.
type box struct{ left, top, right, bottom float64 }

func (b box) width() float64  { return b.right - b.left }
func (b box) height() float64 { return b.bottom - b.top }

func (b box) rect() image.Rectangle {
	return image.Rect(int(math.Floor(b.left)), int(math.Floor(b.top)), int(math.Ceil(b.right)), int(math.Ceil(b.bottom)))
}

// at returns the pixel of a point. It is finite, if far outside of the area.
func (d *drawing) at(p Point) pixel {
	return pixel{
		d.area.left + d.X.part(p.X)*d.area.width(),
		d.area.bottom - d.Y.part(p.Y)*d.area.height(),
	}
}

// part returns how far x is on the way from Lo to Hi. What is very far is moved
// nearer: in a tiny range it would overflow.
func (r Range) part(x float64) float64 {
	const far = 1e12
	return math.Max(-far, math.Min(far, (x-r.Lo)/(r.Hi-r.Lo)))
}

// Around returns the range that shows the values from lo to hi with some air; a
// range without width, or too narrow for double precision, is widened.
func Around(lo, hi float64) Range {
	if size := math.Max(math.Abs(lo), math.Abs(hi)); !(hi-lo > size*1e-12) {
		size = math.Max(size/2, 1e-290)
		if lo == 0 && hi == 0 {
			size = 1
		}
		mid := lo/2 + hi/2
		return Range{mid - size, mid + size}
	}
	air := (hi - lo) * 0.05
	return Range{lo - air, hi + air}
}
