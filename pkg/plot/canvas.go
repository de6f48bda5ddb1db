package plot

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"
)

// pixel is a point of the picture; the centre of the first one is (0.5, 0.5).
type pixel struct{ x, y float64 }

// canvas paints shapes. A shape is first gathered in a mask, where overlapping
// strokes do not add up, and then painted at once.
type canvas struct {
	ctx   context.Context
	img   *image.RGBA
	mask  []uint8
	dirty image.Rectangle // what the mask covers
	clip  image.Rectangle // where the mask may grow
}

func newCanvas(ctx context.Context, width, height int) *canvas {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(panel), image.Point{}, draw.Src)
	return &canvas{ctx: ctx, img: img, mask: make([]uint8, width*height), clip: img.Bounds()}
}

// rectangle paints whole pixels.
func (c *canvas) rectangle(r image.Rectangle, col color.RGBA) {
	draw.Draw(c.img, r.Intersect(c.clip), image.NewUniform(col), image.Point{}, draw.Over)
}

// cover adds to the mask what shape covers of each pixel of r: a signed
// distance to its edge, negative inside.
func (c *canvas) cover(r image.Rectangle, shape func(x, y float64) float64) {
	r = r.Intersect(c.clip)
	c.dirty = c.dirty.Union(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		c.row(y, r.Min.X, r.Max.X, shape)
	}
}

func (c *canvas) row(y, from, to int, shape func(x, y float64) float64) {
	row := c.mask[y*c.img.Rect.Dx():]
	for x := from; x < to; x++ {
		v := 0.5 - shape(float64(x)+0.5, float64(y)+0.5)
		if v <= 0 {
			continue
		}
		if a := uint8(math.Min(v, 1)*255 + 0.5); a > row[x] {
			row[x] = a
		}
	}
}

// segment adds a stroke with round ends from a to b to the mask.
func (c *canvas) segment(a, b pixel, width float64) {
	if b.y < a.y {
		a, b = b, a
	}
	reach := width/2 + 0.5
	dx, dy := b.x-a.x, b.y-a.y
	inverse := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		inverse = 1 / l
	}
	distance := func(x, y float64) float64 {
		t := math.Max(0, math.Min(1, ((x-a.x)*dx+(y-a.y)*dy)*inverse))
		ex, ey := x-a.x-t*dx, y-a.y-t*dy
		return math.Sqrt(ex*ex+ey*ey) - width/2
	}
	top := max(c.clip.Min.Y, int(math.Floor(a.y-reach)))
	bottom := min(c.clip.Max.Y, int(math.Ceil(b.y+reach)))
	for y := top; y < bottom; y++ {
		// Only the part of the segment that is near this row can touch it.
		from, to := a.x, b.x
		if dy > 0 {
			t0 := math.Max(0, (float64(y)-reach-a.y)/dy)
			t1 := math.Min(1, (float64(y)+1+reach-a.y)/dy)
			from, to = a.x+t0*dx, a.x+t1*dx
		}
		if from > to {
			from, to = to, from
		}
		left := max(c.clip.Min.X, int(math.Floor(from-reach)))
		right := min(c.clip.Max.X, int(math.Ceil(to+reach)))
		if left < right {
			c.row(y, left, right, distance)
			c.dirty = c.dirty.Union(image.Rect(left, y, right, y+1))
		}
	}
}

// paint puts col where the mask is and empties the mask.
func (c *canvas) paint(col color.RGBA) { c.paintWith(func(int, int) color.RGBA { return col }) }

// paintWith paints each pixel in a colour of its own.
func (c *canvas) paintWith(colour func(x, y int) color.RGBA) {
	for y := c.dirty.Min.Y; y < c.dirty.Max.Y; y++ {
		row := c.mask[y*c.img.Rect.Dx():]
		for x := c.dirty.Min.X; x < c.dirty.Max.X; x++ {
			if row[x] != 0 {
				c.blend(x, y, colour(x, y), row[x])
				row[x] = 0
			}
		}
	}
	c.dirty = image.Rectangle{}
}

// blend puts an opaque colour over a pixel, with so much of 255 covered.
func (c *canvas) blend(x, y int, col color.RGBA, cover uint8) {
	p := c.img.Pix[c.img.PixOffset(x, y):]
	mix := func(old, new uint8) uint8 {
		return uint8((uint32(old)*(255-uint32(cover)) + uint32(new)*uint32(cover) + 127) / 255)
	}
	p[0], p[1], p[2] = mix(p[0], col.R), mix(p[1], col.G), mix(p[2], col.B)
}

// polyline adds strokes along the points to the mask, dashed by the lengths of
// strokes and spaces in turn. Points may be far outside.
func (c *canvas) polyline(points []pixel, width float64, dashes []float64) error {
	d := dasher{lengths: dashes}
	room := c.clip.Inset(-int(4 * width))
	for i, p := range points {
		if i&255 == 0 {
			if err := c.ctx.Err(); err != nil {
				return err
			}
		}
		if i == 0 {
			continue
		}
		a, b, ok := clipSegment(points[i-1], p, room)
		if !ok {
			continue
		}
		if len(dashes) == 0 {
			c.segment(a, b, width)
			continue
		}
		d.walk(a, b, func(a, b pixel) { c.segment(a, b, width) })
	}
	return nil
}

// dasher cuts a line into strokes; it remembers where in the pattern it is.
type dasher struct {
	lengths []float64
	i       int
	done    float64
}

func (d *dasher) walk(a, b pixel, stroke func(a, b pixel)) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	for at := 0.0; at < length; {
		step := math.Min(d.lengths[d.i]-d.done, length-at)
		if d.i%2 == 0 {
			f, g := at/length, (at+step)/length
			stroke(pixel{a.x + f*(b.x-a.x), a.y + f*(b.y-a.y)}, pixel{a.x + g*(b.x-a.x), a.y + g*(b.y-a.y)})
		}
		at += step
		if d.done += step; d.done >= d.lengths[d.i]-1e-6 {
			d.i, d.done = (d.i+1)%len(d.lengths), 0
		}
	}
}

// clipSegment returns the part of the segment inside of r, by the method of
// Liang and Barsky. An end that is cut off is put on the edge exactly: with ends
// that are very far away the part of the way to it says too little.
func clipSegment(a, b pixel, r image.Rectangle) (pixel, pixel, bool) {
	dx, dy := b.x-a.x, b.y-a.y
	t0, t1 := 0.0, 1.0
	from, to := a, b
	for _, e := range [...]struct {
		p, q, edge float64
		upright    bool
	}{
		{-dx, a.x - float64(r.Min.X), float64(r.Min.X), false},
		{dx, float64(r.Max.X) - a.x, float64(r.Max.X), false},
		{-dy, a.y - float64(r.Min.Y), float64(r.Min.Y), true},
		{dy, float64(r.Max.Y) - a.y, float64(r.Max.Y), true},
	} {
		if e.p == 0 {
			if e.q < 0 {
				return a, b, false
			}
			continue
		}
		t := e.q / e.p
		at := pixel{a.x + t*dx, a.y + t*dy}
		if e.upright {
			at.y = e.edge
		} else {
			at.x = e.edge
		}
		if e.p < 0 && t > t0 {
			t0, from = t, at
		} else if e.p > 0 && t < t1 {
			t1, to = t, at
		}
	}
	return inside(from, r), inside(to, r), t0 <= t1
}

// inside returns the point of r nearest to p: rounding can leave an end of a
// long segment outside.
func inside(p pixel, r image.Rectangle) pixel {
	return pixel{
		math.Max(float64(r.Min.X), math.Min(float64(r.Max.X), p.x)),
		math.Max(float64(r.Min.Y), math.Min(float64(r.Max.Y), p.y)),
	}
}
