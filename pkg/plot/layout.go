package plot

import (
	"math"
	"strconv"
)

// entry is one series in the legend.
type entry struct {
	series int // -1 for the remark that there are more
	text   string
	x, y   float64 // left end and middle
}

// The longest texts, in characters; what does not fit is shortened further.
const (
	longestTitle = 200
	longestName  = 80
)

// layout decides where everything goes. A small picture does without the
// legend, then without labels: the data come first.
func (d *drawing) layout() {
	d.Title, d.XLabel, d.YLabel = bounded(d.Title, longestTitle), bounded(d.XLabel, longestName), bounded(d.YLabel, longestName)
	for i, s := range d.Categories {
		d.Categories[i] = bounded(s, longestName)
	}
	for try := 0; ; try++ {
		d.place(try < 1)
		if try == 2 || d.area.width() > 0.5*float64(d.Width) && d.area.height() > 0.4*float64(d.Height) {
			return
		}
		if try == 1 {
			d.XLabel, d.YLabel, d.Title = "", "", ""
		}
	}
}

// bounded makes s printable and cuts it to n characters.
func bounded(s string, n int) string {
	runes := []rune(printable(s))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}

// place puts the parts around the area.
func (d *drawing) place(withLegend bool) {
	u := d.unit
	margin := 14 * u
	width, height := float64(d.Width), float64(d.Height)
	top := margin
	if d.Title != "" {
		d.Title = fitted(d.fontOf.title, d.Title, width-2*margin)
		d.titleAt = top + capital(d.fontOf.title)
		top = d.titleAt + descent(d.fontOf.title) + 6*u
	}
	d.legend = nil
	if withLegend && len(d.Series) > 1 {
		top = d.placeLegend(top, margin)
	}
	bottom := height - margin
	if d.XLabel != "" {
		d.XLabel = fitted(d.fontOf.label, d.XLabel, width*0.7)
		bottom -= lineHeight(d.fontOf.label) + 4*u
	}
	left := margin
	if d.YLabel != "" {
		d.YLabel = fitted(d.fontOf.label, d.YLabel, height*0.7)
		left += lineHeight(d.fontOf.label) + 4*u
	}
	tickHeight := capital(d.fontOf.tick) + 9*u
	d.yTicks = ticksFor(d.Y, (bottom-top-tickHeight)/(42*u))
	if d.yTicks.power != 0 {
		top += lineHeight(d.fontOf.tick) + 2*u
	}
	widest := 0.0
	for _, s := range d.yTicks.labels {
		widest = math.Max(widest, measure(d.fontOf.tick, s))
	}
	left += widest + 7*u
	right := width - margin - 6*u
	if d.Categories != nil {
		bottom -= d.placeCategories(right-left, height*0.3) + 9*u
	} else {
		d.xTicks = d.ticksAcross(right - left)
		if n := len(d.xTicks.labels); n > 0 {
			half := measure(d.fontOf.tick, d.xTicks.labels[n-1]) / 2
			over := d.X.part(d.xTicks.at[n-1])*(right-left) + left + half - (width - 4*u)
			right -= math.Max(0, over)
		}
		if d.xTicks.power != 0 && d.XLabel == "" {
			bottom -= lineHeight(d.fontOf.label)
		}
		bottom -= tickHeight
	}
	// Whole pixels keep the frame sharp.
	d.area = box{math.Round(left), math.Round(top), math.Round(right), math.Round(bottom)}
}

// ticksAcross returns as many ticks of the X axis as have room side by side.
func (d *drawing) ticksAcross(width float64) ticks {
	for n := width / (64 * d.unit); ; n *= 0.7 {
		t := ticksFor(d.X, n)
		if d.Times {
			t = timeTicks(d.X, n)
		}
		need := 0.0
		for _, s := range t.labels {
			need = math.Max(need, measure(d.fontOf.tick, s)+14*d.unit)
		}
		if n < 1 || len(t.at) < 2 || need <= (d.X.part(t.at[1])-d.X.part(t.at[0]))*width {
			return t
		}
	}
}

// placeCategories decides how the labels of bars stand, and returns their
// height.
func (d *drawing) placeCategories(width, most float64) float64 {
	slot := width / float64(len(d.Categories))
	d.turned, d.skip = false, 1
	widest := 0.0
	for _, s := range d.Categories {
		widest = math.Max(widest, measure(d.fontOf.tick, s))
	}
	if widest+8*d.unit <= slot {
		return capital(d.fontOf.tick)
	}
	d.turned = true
	d.skip = int(math.Ceil(lineHeight(d.fontOf.tick) / slot))
	for i, s := range d.Categories {
		d.Categories[i] = fitted(d.fontOf.tick, s, most)
	}
	return math.Min(widest, most)
}

const (
	sampleWidth = 30 // of a line in the legend, in units
	sampleGap   = 7
	entryGap    = 22
)

// placeLegend puts the names of the series in rows below the title, and returns
// where the rows end.
func (d *drawing) placeLegend(top, margin float64) float64 {
	u := d.unit
	room := float64(d.Width) - 2*margin
	row := lineHeight(d.fontOf.tick) + 3*u
	rows := max(1, int(float64(d.Height)*0.25/row))
	var line []entry
	x := 0.0
	flush := func() {
		shift := margin + (room-x+entryGap*u)/2
		for _, e := range line {
			e.x += shift
			e.y = top + row/2
			d.legend = append(d.legend, e)
		}
		line, x = nil, 0
		top += row
		rows--
	}
	for i, s := range d.Series {
		text := fitted(d.fontOf.tick, bounded(s.Name, longestName), math.Max(room*0.45, room-2*sampleWidth*u))
		size := (sampleWidth+sampleGap+entryGap)*u + measure(d.fontOf.tick, text)
		rest := entry{series: -1, text: "… " + strconv.Itoa(len(d.Series)-i) + " more"}
		restSize := entryGap*u + measure(d.fontOf.tick, rest.text)
		last := i == len(d.Series)-1
		if rows == 1 && !last && x+size+restSize-entryGap*u > room || x+size-entryGap*u > room && rows == 1 {
			rest.x = x
			line, x = append(line, rest), x+restSize
			break
		}
		if x > 0 && x+size-entryGap*u > room {
			flush()
		}
		line = append(line, entry{series: i, text: text, x: x})
		x += size
	}
	flush()
	return top + 4*u
}
