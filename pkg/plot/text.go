package plot

import (
	"image"
	"image/color"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// typefaces are the sizes of text in a picture.
type typefaces struct{ title, label, tick, small font.Face }

// fonts makes the typefaces of a picture. They are parsed for each: it takes a
// few microseconds, and a process that never plots has nothing of it.
func (d *drawing) fonts() error {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return err
	}
	for _, t := range []struct {
		face *font.Face
		size float64
	}{{&d.fontOf.title, 17}, {&d.fontOf.label, 14}, {&d.fontOf.tick, 12.5}, {&d.fontOf.small, 9.5}} {
		if *t.face, err = opentype.NewFace(f, &opentype.FaceOptions{Size: t.size * d.unit, DPI: 72}); err != nil {
			return err
		}
	}
	return nil
}

// printable returns s on one line, without what would not be printed or would
// change the direction of the text around it.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// fitted returns as much of s as is no wider than width.
func fitted(face font.Face, s string, width float64) string {
	if measure(face, s) <= width {
		return s
	}
	runes := []rune(s)
	// The narrowest letter is wider than a pixel.
	runes = runes[:min(len(runes), int(max(width, 0)))]
	for len(runes) > 0 {
		runes = runes[:len(runes)-1]
		if t := strings.TrimRight(string(runes), " ") + "…"; measure(face, t) <= width {
			return t
		}
	}
	return ""
}

func measure(face font.Face, s string) float64 {
	return float64(font.MeasureString(face, s)) / 64
}

// capital is about the height of a capital letter or a digit.
func capital(face font.Face) float64 { return float64(face.Metrics().CapHeight) / 64 }

// lineHeight is the distance of two lines.
func lineHeight(face font.Face) float64 { return float64(face.Metrics().Height) / 64 }

func descent(face font.Face) float64 { return float64(face.Metrics().Descent) / 64 }

func (c *canvas) text(face font.Face, s string, x, baseline float64, col color.RGBA) {
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(col), Face: face, Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(baseline * 64)}}
	d.DrawString(s)
}

func (c *canvas) centred(face font.Face, s string, x, baseline float64, col color.RGBA) {
	c.text(face, s, x-measure(face, s)/2, baseline, col)
}

// upright writes s from bottom to top. Its baseline is at x, its first letter
// at bottom.
func (c *canvas) upright(face font.Face, s string, x, bottom float64, col color.RGBA) {
	ascent := int(float64(face.Metrics().Ascent)/64) + 2
	below := int(descent(face)) + 2
	flat := image.NewAlpha(image.Rect(0, 0, int(measure(face, s))+4, ascent+below))
	d := font.Drawer{Dst: flat, Src: image.Opaque, Face: face, Dot: fixed.P(1, ascent)}
	d.DrawString(s)
	for v := range flat.Rect.Dy() {
		for u := range flat.Rect.Dx() {
			at := image.Pt(int(x)-ascent+v, int(bottom)-u)
			if a := flat.AlphaAt(u, v).A; a != 0 && at.In(c.img.Rect) {
				c.blend(at.X, at.Y, col, a)
			}
		}
	}
}
