package plot

import (
	"image"
	"image/color"
	"math"
	"strconv"
)

// grid paints the panel, the area and the lines behind the data.
func (d *drawing) grid() {
	d.frame(d.img.Rect, border)
	area := d.area.rect()
	d.rectangle(area, paper)
	if d.Categories == nil {
		for _, x := range d.xTicks.at {
			d.vertical(d.at(Point{x, 0}).x, gridline)
		}
	}
	for _, y := range d.yTicks.at {
		d.horizontal(d.at(Point{0, y}).y, gridline)
	}
	if d.Categories == nil && d.X.Lo < 0 && d.X.Hi > 0 {
		d.vertical(d.at(Point{0, 0}).x, zeroline)
	}
	if d.Y.Lo < 0 && d.Y.Hi > 0 {
		d.horizontal(d.at(Point{0, 0}).y, zeroline)
	}
}

// thin is the width of the lines of the grid in pixels, whole to be sharp.
func (d *drawing) thin() int { return max(1, int(math.Round(d.unit*0.9))) }

func (d *drawing) vertical(x float64, col color.RGBA) {
	left := int(math.Floor(x)) - (d.thin()-1)/2
	d.rectangle(image.Rect(left, int(d.area.top), left+d.thin(), int(d.area.bottom)), col)
}

func (d *drawing) horizontal(y float64, col color.RGBA) {
	top := int(math.Floor(y)) - (d.thin()-1)/2
	d.rectangle(image.Rect(int(d.area.left), top, int(d.area.right), top+d.thin()), col)
}

func (d *drawing) frame(r image.Rectangle, col color.RGBA) {
	d.rectangle(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+1), col)
	d.rectangle(image.Rect(r.Min.X, r.Max.Y-1, r.Max.X, r.Max.Y), col)
	d.rectangle(image.Rect(r.Min.X, r.Min.Y, r.Min.X+1, r.Max.Y), col)
	d.rectangle(image.Rect(r.Max.X-1, r.Min.Y, r.Max.X, r.Max.Y), col)
}

// series draws the data inside of the area.
func (d *drawing) series() error {
	all := d.clip
	d.clip = d.area.rect()
	defer func() { d.clip = all }()
	bars := 0
	for _, s := range d.Series {
		if s.Style == Bars {
			bars++
		}
	}
	bar := 0
	for i, s := range d.Series {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		if s.Style == Bars {
			d.bars(i, bar, bars)
			bar++
			continue
		}
		if err := d.curve(i); err != nil {
			return err
		}
	}
	return nil
}

func (d *drawing) lineWidth() float64 { return 2.1 * d.unit }

func (d *drawing) curve(i int) error {
	s := d.Series[i]
	for _, part := range s.Parts {
		points := make([]pixel, len(part))
		for j, p := range part {
			points[j] = d.at(p)
		}
		if s.Style != Dots {
			if err := d.polyline(points, d.lineWidth(), pattern(i, d.unit)); err != nil {
				return err
			}
			d.paint(colour(i))
		}
		if s.Style == Line && len(points) > 1 {
			continue
		}
		for j, p := range points {
			if j&255 == 0 && d.ctx.Err() != nil {
				return d.ctx.Err()
			}
			d.mark(i, p)
		}
	}
	return nil
}

// mark paints a marker with a light edge, which keeps it apart from others.
func (d *drawing) mark(i int, p pixel) {
	r := 4.2 * d.unit
	if room := d.clip.Inset(-int(2*r + 2)); !image.Pt(int(p.x), int(p.y)).In(room) {
		return
	}
	d.marker(i, p, r+1.1*d.unit)
	d.paint(paper)
	d.marker(i, p, r)
	d.paint(colour(i))
}

// bars paints the bars of series i, the k-th of n side by side.
func (d *drawing) bars(i, k, n int) {
	slot := d.area.width() / float64(len(d.Categories))
	group := math.Min(slot*0.78, float64(n)*90*d.unit)
	width := group / float64(n)
	gap := math.Min(1.5*d.unit, width*0.15)
	zero := d.at(Point{0, math.Max(d.Y.Lo, math.Min(d.Y.Hi, 0))}).y
	for _, part := range d.Series[i].Parts {
		for _, p := range part {
			at := d.at(p)
			left := at.x - group/2 + float64(k)*width + gap/2
			b := box{left, math.Min(at.y, zero), left + width - gap, math.Max(at.y, zero)}
			d.fill(b)
			d.paintWith(hatch(i, colour(i), d.unit))
		}
	}
}

// fill adds a rectangle to the mask. One that is thinner than a pixel still
// shows.
func (d *drawing) fill(b box) {
	if b.right-b.left < 1 {
		b.right = b.left + 1
	}
	mid := pixel{(b.left + b.right) / 2, (b.top + b.bottom) / 2}
	w, h := b.width()/2, b.height()/2
	r := box{b.left - 1, b.top - 1, b.right + 1, b.bottom + 1}.rect()
	d.cover(r, func(x, y float64) float64 {
		return math.Max(math.Abs(x-mid.x)-w, math.Abs(y-mid.y)-h)
	})
}

// axes paints the two axis lines over the data, with their ticks and numbers.
func (d *drawing) axes() {
	t, u := d.thin(), d.unit
	left, bottom := int(d.area.left), int(d.area.bottom)
	d.rectangle(image.Rect(left-t, int(d.area.top), left, bottom+t), axisline)
	d.rectangle(image.Rect(left-t, bottom, int(d.area.right), bottom+t), axisline)
	if d.Categories != nil && d.Y.Lo < 0 && d.Y.Hi > 0 {
		d.horizontal(d.at(Point{0, 0}).y, axisline)
	}
	tick := int(math.Round(4 * u))
	high := capital(d.fontOf.tick)
	for i, y := range d.yTicks.at {
		at := d.at(Point{0, y}).y
		top := int(math.Floor(at)) - (t-1)/2
		d.rectangle(image.Rect(left-t-tick, top, left-t, top+t), axisline)
		s := d.yTicks.labels[i]
		d.text(d.fontOf.tick, s, d.area.left-7*u-float64(t)-measure(d.fontOf.tick, s), at+high/2, secondary)
	}
	if d.Categories != nil {
		d.labelCategories()
		return
	}
	for i, x := range d.xTicks.at {
		at := d.at(Point{x, 0}).x
		from := int(math.Floor(at)) - (t-1)/2
		d.rectangle(image.Rect(from, bottom+t, from+t, bottom+t+tick), axisline)
		d.centred(d.fontOf.tick, d.xTicks.labels[i], at, d.area.bottom+9*u+high, secondary)
	}
}

func (d *drawing) labelCategories() {
	for i := 0; i < len(d.Categories); i += d.skip {
		s := d.Categories[i]
		x := d.at(Point{float64(i), 0}).x
		if d.turned {
			half := capital(d.fontOf.tick) / 2
			d.upright(d.fontOf.tick, s, x+half, d.area.bottom+7*d.unit+measure(d.fontOf.tick, s), secondary)
			continue
		}
		d.centred(d.fontOf.tick, s, x, d.area.bottom+9*d.unit+capital(d.fontOf.tick), secondary)
	}
}

// words writes the title, the labels, the powers of ten and the legend.
func (d *drawing) words() {
	u := d.unit
	if d.Title != "" {
		d.centred(d.fontOf.title, d.Title, float64(d.Width)/2, d.titleAt, ink)
	}
	below := float64(d.Height) - 14*u - descent(d.fontOf.label)
	if d.XLabel != "" {
		d.centred(d.fontOf.label, d.XLabel, (d.area.left+d.area.right)/2, below, ink)
	}
	if d.YLabel != "" {
		long := measure(d.fontOf.label, d.YLabel)
		d.upright(d.fontOf.label, d.YLabel, 12*u+capital(d.fontOf.label), (d.area.top+d.area.bottom+long)/2, ink)
	}
	if p := d.xTicks.power; p != 0 {
		d.power(p, d.area.right-d.powerWidth(p), below)
	}
	if p := d.yTicks.power; p != 0 {
		d.power(p, math.Max(4*u, d.area.left-d.powerWidth(p)), d.area.top-7*u)
	}
	for _, e := range d.legend {
		d.sample(e)
	}
}

// power writes the factor of an axis, such as ×10 with a raised 6.
func (d *drawing) power(p int, x, baseline float64) {
	d.text(d.fontOf.tick, "×10", x, baseline, secondary)
	x += measure(d.fontOf.tick, "×10") + d.unit
	d.text(d.fontOf.small, exponent(p), x, baseline-0.55*capital(d.fontOf.tick), secondary)
}

func (d *drawing) powerWidth(p int) float64 {
	return measure(d.fontOf.tick, "×10") + d.unit + measure(d.fontOf.small, exponent(p))
}

func exponent(p int) string {
	if p < 0 {
		return minus + strconv.Itoa(-p)
	}
	return strconv.Itoa(p)
}

// sample draws one entry of the legend.
func (d *drawing) sample(e entry) {
	u := d.unit
	x := e.x
	if i := e.series; i >= 0 {
		from, to := pixel{x + 2*u, e.y}, pixel{x + (sampleWidth-2)*u, e.y}
		mid := pixel{x + sampleWidth*u/2, e.y}
		switch d.Series[i].Style {
		case Bars:
			d.fill(box{mid.x - 8*u, e.y - 6*u, mid.x + 8*u, e.y + 6*u})
			d.paintWith(hatch(i, colour(i), u))
		case Dots:
			d.mark(i, mid)
		default:
			// The stroke is short: no context ends within it.
			_ = d.polyline([]pixel{from, to}, d.lineWidth(), pattern(i, u))
			d.paint(colour(i))
			if d.Series[i].Style == Marked {
				d.mark(i, mid)
			}
		}
		x += (sampleWidth + sampleGap) * u
	}
	d.text(d.fontOf.tick, e.text, x, e.y+capital(d.fontOf.tick)/2, ink)
}
