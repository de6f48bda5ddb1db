package plot

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wave is n points of a sine.
func wave(n int) [][]Point {
	points := make([]Point, n)
	for i := range points {
		x := 10 * float64(i) / float64(n-1)
		points[i] = Point{x, math.Sin(x)}
	}
	return [][]Point{points}
}

func figure(s ...Series) Figure {
	return Figure{Title: "Title", XLabel: "x", YLabel: "y", Width: 400, Height: 300, X: Range{0, 10}, Y: Range{-1.2, 1.2}, Series: s}
}

func drawn(t *testing.T, f Figure) *image.RGBA {
	t.Helper()
	data, err := PNG(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, f.Width, f.Height) {
		t.Fatalf("the picture is %v, want %d by %d", img.Bounds(), f.Width, f.Height)
	}
	out := image.NewRGBA(img.Bounds())
	for y := range f.Height {
		for x := range f.Width {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			if c.A != 0xff {
				t.Fatalf("the pixel %d, %d is not opaque", x, y)
			}
			out.SetRGBA(x, y, c)
		}
	}
	return out
}

// count returns how many pixels have that colour exactly.
func count(img *image.RGBA, c color.RGBA) int {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] == c.R && img.Pix[i+1] == c.G && img.Pix[i+2] == c.B {
			n++
		}
	}
	return n
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.RGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.RGBA) float64 {
	l, m := luminance(a), luminance(b)
	return (math.Max(l, m) + 0.05) / (math.Min(l, m) + 0.05)
}

func TestContrast(t *testing.T) {
	for _, text := range []color.RGBA{ink, secondary} {
		for _, back := range []color.RGBA{panel, paper} {
			if c := contrast(text, back); c < 4.5 {
				t.Errorf("text %v on %v has a contrast of %.2f", text, back, c)
			}
		}
	}
	for i, c := range palette {
		if got := contrast(c, paper); got < 3 {
			t.Errorf("%s has a contrast of %.2f", colourNames[i], got)
		}
	}
}

func TestDescribe(t *testing.T) {
	seen := map[string]bool{}
	for i := range 10 {
		for _, style := range []Style{Line, Marked, Dots, Bars} {
			if s := Describe(i, style); seen[s] {
				t.Errorf("%q describes two series", s)
			} else {
				seen[s] = true
			}
		}
	}
}

// placed returns the layout of f.
func placed(t *testing.T, f Figure) *drawing {
	t.Helper()
	d := &drawing{Figure: f, canvas: newCanvas(t.Context(), f.Width, f.Height), unit: math.Max(0.7, math.Sqrt(float64(f.Width*f.Height)/400_000))}
	if err := d.fonts(); err != nil {
		t.Fatal(err)
	}
	d.layout()
	return d
}

// inked reports whether the pixel p, or one beside it, has most of the colour of
// the first series.
func inked(img *image.RGBA, p pixel) bool {
	for x := int(p.x) - 1; x <= int(p.x)+1; x++ {
		if c := img.RGBAAt(x, int(p.y)); c.R < 110 && c.B > 160 {
			return true
		}
	}
	return false
}

// TestLine holds that the curve is where it belongs: the extremes and zeros of a
// sine in the pixels that the axes give them.
func TestLine(t *testing.T) {
	f := figure(Series{Name: "sine", Parts: wave(500)})
	f.Title, f.XLabel, f.YLabel = "", "", ""
	img := drawn(t, f)
	d := placed(t, f)
	for _, x := range []float64{0.5, math.Pi / 2, math.Pi, 3 * math.Pi / 2, 9} {
		at := d.at(Point{x, math.Sin(x)})
		if !inked(img, at) {
			t.Errorf("there is no line at x = %g", x)
		}
		off := d.at(Point{x, math.Sin(x) + 0.3})
		if inked(img, off) {
			t.Errorf("above x = %g there is a line", x)
		}
	}
}

// TestClip holds that nothing is drawn outside of the area, however far the data
// go, and that parts are not joined.
func TestClip(t *testing.T) {
	f := figure(Series{Name: "far", Parts: [][]Point{
		{{0, -1e12}, {1, 0}, {2, 1e12}}, {{5, -Greatest}, {5.1, Greatest}}, {{-1e300, 1}, {1e300, 1}},
	}})
	img := drawn(t, f)
	d := placed(t, f)
	for _, p := range []Point{{1, -1}, {1, 0.5}, {5.05, -1}, {5.05, 1}, {3, 1}, {8, 1}} {
		if !inked(img, d.at(p)) {
			t.Errorf("there is no line at %v", p)
		}
	}
	for y := range f.Height {
		if img.RGBAAt(2, y) == colour(0) || img.RGBAAt(f.Width-3, y) == colour(0) {
			t.Errorf("the line leaves the area in row %d", y)
		}
	}
	apart := drawn(t, figure(Series{Name: "apart", Parts: [][]Point{{{1, 0.6}, {4, 0.6}}, {{6, -0.6}, {9, -0.6}}}}))
	for y := range apart.Rect.Dy() {
		if apart.RGBAAt(215, y) == colour(0) {
			t.Errorf("the gap is bridged in row %d", y)
		}
	}
}

// TestClipSegment holds that what is left of a segment is inside, so that
// strokes along it are bounded, and that nothing visible is lost.
func TestClipSegment(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	room := image.Rect(40, 20, 790, 450)
	coordinate := func() float64 {
		switch r.IntN(4) {
		case 0:
			return (r.Float64() - 0.5) * math.Pow(10, r.Float64()*300)
		case 1:
			return float64(r.IntN(800))
		case 2:
			return r.Float64()*1e-9 + 400
		}
		return r.Float64() * 800
	}
	for range 200_000 {
		a, b := pixel{coordinate(), coordinate()}, pixel{coordinate(), coordinate()}
		p, q, ok := clipSegment(a, b, room)
		for _, end := range []pixel{p, q} {
			if ok && !(end.x >= 40 && end.x <= 790 && end.y >= 20 && end.y <= 450) {
				t.Fatalf("%v to %v: an end at %v", a, b, end)
			}
		}
		if mid := (pixel{a.x/2 + b.x/2, a.y/2 + b.y/2}); !ok && mid == inside(mid, room.Inset(1)) {
			t.Fatalf("%v to %v is visible at %v", a, b, mid)
		}
	}
}

// TestKinds draws every style, in figures that are hard to lay out, and holds
// that the series can be seen.
func TestKinds(t *testing.T) {
	bars := [][]Point{{{0, 1}, {1, -0.5}, {2, 0.25}}}
	long := strings.Repeat("long label ", 30)
	for name, f := range map[string]Figure{
		"line":         figure(Series{Name: "a", Parts: wave(50)}),
		"marked":       figure(Series{Name: "a", Style: Marked, Parts: wave(9)}),
		"dots":         figure(Series{Name: "a", Style: Dots, Parts: wave(50)}),
		"single point": figure(Series{Name: "a", Parts: [][]Point{{{5, 0}}}}),
		"many series":  figure(Series{Name: "a", Parts: wave(99)}, Series{Name: "b", Parts: wave(9)}, Series{Name: long, Parts: wave(5)}),
		"bars":         {Width: 300, Height: 200, X: Range{-0.5, 2.5}, Y: Range{-1, 1.1}, Categories: []string{"a", "b", "c"}, Series: []Series{{Name: "a", Style: Bars, Parts: bars}}},
		"long labels":  {Title: long, XLabel: long, YLabel: long, Width: 300, Height: 200, X: Range{-0.5, 2.5}, Y: Range{-1, 1.1}, Categories: []string{long, long, "c"}, Series: []Series{{Name: long, Style: Bars, Parts: bars}}},
		"narrow range": {Width: 200, Height: 150, X: Range{1e9, 1e9 + 1e-3}, Y: Range{-1e-300, 1e-300}, Series: []Series{{Name: "a", Parts: [][]Point{{{1e9, -1e-300}, {1e9 + 1e-3, 1e-300}}}}}},
		"tiny range":   {Width: 200, Height: 150, X: Range{0, 1e-9}, Y: Range{0, 1e-9}, Series: []Series{{Name: "a", Parts: wave(9)}, {Name: "b", Parts: [][]Point{{{-Greatest, -Greatest}, {0, 0}, {1e-9, Greatest}}}}, {Name: "a", Parts: [][]Point{{{0, 0}, {1e-9, 1e-9}}}}}},
		"wide range":   {Width: 200, Height: 150, X: Range{-Greatest, Greatest}, Y: Range{-Greatest, Greatest}, Series: []Series{{Name: "a", Parts: [][]Point{{{-Greatest, -1}, {Greatest, 1e299}}}}}},
	} {
		if n := count(drawn(t, f), colour(0)); n < 10 {
			t.Errorf("%s: %d pixels have the colour of the first series", name, n)
		}
	}
}

func TestDeterminism(t *testing.T) {
	f := figure(Series{Name: "a", Style: Marked, Parts: wave(40)}, Series{Name: "b", Style: Dots, Parts: wave(30)})
	first, err := PNG(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	again, err := PNG(t.Context(), f)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("two pictures of one figure differ; %v", err)
	}
}

func TestEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := PNG(ctx, figure(Series{Name: "a", Parts: wave(40)})); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		r     Range
		n     float64
		want  string
		power int
	}{
		{Range{0, 10}, 5, "0 2 4 6 8 10", 0},
		{Range{-1.1, 1.1}, 5, "−1.0 −0.5 0 0.5 1.0", 0},
		{Range{0, 1}, 4, "0 0.5 1.0", 0},
		{Range{-5e-33, 1.05e-32}, 4, "−5 0 5 10", -33},
		{Range{0, 3e7}, 3, "0 1 2 3", 7},
		{Range{0, 1e7}, 5, "0 2 4 6 8 10", 6},
		{Range{999_000, 1_000_000}, 2, "9.990 9.995 10.000", 5},
		{Range{-250_000, 250_000}, 4, "−200000 0 200000", 0},
		{Range{1e9, 1e9 + 1}, 2, "10.000000000 10.000000005 10.000000010", 8},
		{Range{-1e300, 1e300}, 2, "−10 0 10", 299},
		{Range{1e17, 1e17 + 4}, 4, "", 0},
	} {
		got := ticksFor(tt.r, tt.n)
		if diff := cmp.Diff(tt.want, strings.Join(got.labels, " ")); diff != "" || got.power != tt.power {
			t.Errorf("%v: power %d, want %d; (-want +got)\n%s", tt.r, got.power, tt.power, diff)
		}
	}
}

func TestAround(t *testing.T) {
	for _, tt := range []struct {
		lo, hi float64
		want   Range
	}{
		{0, 10, Range{-0.5, 10.5}},
		{0, 0, Range{-1, 1}},
		{5, 5, Range{2.5, 7.5}},
		{-4, -4, Range{-6, -2}},
	} {
		if got := Around(tt.lo, tt.hi); got != tt.want {
			t.Errorf("around %g to %g: %v, want %v", tt.lo, tt.hi, got, tt.want)
		}
	}
	for _, v := range []float64{Greatest, -Greatest, 1e-310, 1} {
		if r := Around(v, v); !(r.Lo < r.Hi) || math.IsInf(r.Hi-r.Lo, 0) {
			t.Errorf("around %g: %v", v, r)
		}
	}
}

// TestPrintable holds that labels stay on their line and in their direction.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31m\nb\tc":           "a [31m b c",
		"x\u202ey\u200b":            "xy",
		"  Größe θ  ":               "Größe θ",
		"bad \xff utf":              "bad utf",
		"a\u0300\u0300\u0300\u0300": "a",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := bounded(strings.Repeat("é", 100), 10); got != "ééééééééé…" {
		t.Errorf("bounded: %q", got)
	}
}

func BenchmarkPNG(b *testing.B) {
	f := figure(Series{Name: "a", Parts: wave(800)}, Series{Name: "b", Parts: wave(700)}, Series{Name: "c", Parts: wave(600)})
	f.Width, f.Height = 800, 500
	for b.Loop() {
		if _, err := PNG(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
}
