package edit

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
)

// A span is text[start:end].
type span struct{ start, end int }

// A piece is a part of a draft: original[start:end], or put if that is not "".
type piece struct {
	span
	put string
}

func (p piece) len() int {
	if p.put != "" {
		return len(p.put)
	}
	return p.end - p.start
}

// A draft is a text in the making. It knows which of its characters are the
// original's, so that the changes of several edits become one list.
type draft struct {
	original string
	text     string
	pieces   []piece
	sep      byte   // what ends a line
	made     []span // what each edit covers in text

	// text is in buf, and the next one will be in spare: a file of 64 MB that is
	// edited a hundred times needs no hundred copies. So nothing may keep a part
	// of text.
	buf, spare []byte
}

func newDraft(original string) *draft {
	d := &draft{original: original, text: original, sep: separator(original)}
	if original != "" {
		d.pieces = []piece{{span: span{0, len(original)}}}
	}
	return d
}

// replace makes changes of the current text, which are in ascending order, and
// notes that the edit they are of covers all of text[s.start:s.end].
func (d *draft) replace(list []text.Change, s span) {
	grown := 0
	for _, x := range list {
		grown += len(x.New) - (x.End - x.Start)
	}
	for i, m := range d.made {
		end := movedEnd(m.end, list)
		// What is put in where an edit left nothing begins behind it, not within.
		d.made[i] = span{min(movedStart(m.start, list), end), end}
	}
	d.made = append(d.made, span{s.start, s.end + grown})

	c := cutter{pieces: d.pieces}
	b := slices.Grow(d.spare[:0], len(d.text)+grown)
	last := 0
	for _, x := range list {
		c.advance(x.Start, true)
		c.advance(x.End, false)
		if x.New != "" {
			c.out = append(c.out, piece{put: x.New})
		}
		b = append(append(b, d.text[last:x.Start]...), x.New...)
		last = x.End
	}
	c.advance(len(d.text), true)
	b = append(b, d.text[last:]...)
	d.pieces = c.out
	d.buf, d.spare = b, d.buf
	d.text = unsafe.String(unsafe.SliceData(b), len(b))
}

// movedStart returns where something that began at p begins after the changes.
func movedStart(p int, list []text.Change) int {
	shift := 0
	for _, c := range list {
		if c.Start > p || c.Start == p && c.End > p {
			break
		}
		if c.End > p {
			return c.Start + shift
		}
		shift += len(c.New) - (c.End - c.Start)
	}
	return p + shift
}

// movedEnd returns where something that ended at p ends after the changes.
func movedEnd(p int, list []text.Change) int {
	shift := 0
	for _, c := range list {
		if c.Start >= p {
			break
		}
		if c.End > p {
			return c.Start + shift + len(c.New)
		}
		shift += len(c.New) - (c.End - c.Start)
	}
	return p + shift
}

// A cutter copies pieces and leaves some out.
type cutter struct {
	pieces []piece
	out    []piece
	at     int // how far it is in the text
	within int // how much of pieces[0] it has passed
}

func (c *cutter) advance(to int, keep bool) {
	for c.at < to {
		p := c.pieces[0]
		n := min(p.len()-c.within, to-c.at)
		if keep {
			c.out = append(c.out, p.cut(c.within, c.within+n))
		}
		c.at += n
		c.within += n
		if c.within == p.len() {
			c.pieces, c.within = c.pieces[1:], 0
		}
	}
}

func (p piece) cut(start, end int) piece {
	if p.put != "" {
		return piece{put: p.put[start:end]}
	}
	return piece{span: span{p.start + start, p.start + end}}
}

// changes returns what leads from the original to the text.
func (d *draft) changes() []text.Change {
	var list []text.Change
	var put strings.Builder
	last := 0
	flush := func(to int) {
		if to > last || put.Len() > 0 {
			c := trimmed(d.original, text.Change{Start: last, End: to, New: put.String()})
			if c.Start < c.End || c.New != "" {
				list = append(list, c)
			}
			put.Reset()
		}
	}
	for _, p := range d.pieces {
		if p.put != "" {
			put.WriteString(p.put)
			continue
		}
		flush(p.start)
		last = p.end
	}
	flush(len(d.original))
	return list
}

// origin returns where in the original the character at off in the text is, or
// what was there before it.
func (d *draft) origin(off int) int {
	at, last := 0, 0
	for _, p := range d.pieces {
		n := p.len()
		if p.put == "" {
			if off < at+n {
				return p.start + max(off-at, 0)
			}
			last = p.end
		} else if off < at+n {
			return last
		}
		at += n
	}
	return last
}

// current returns where in the text the character at off in the original is. For
// one that was replaced it is the beginning of what is there now.
func (d *draft) current(off int) int {
	at, kept := 0, 0
	for _, p := range d.pieces {
		if p.put != "" {
			at += p.len()
			continue
		}
		if off < p.start {
			return kept
		}
		if off <= p.end {
			return at + off - p.start
		}
		at += p.len()
		kept = at
	}
	return min(kept, len(d.text))
}

// line returns the line of the original that off in the text is at.
func (d *draft) line(off int) int { return 1 + count(d.original[:d.origin(off)], d.sep) }
