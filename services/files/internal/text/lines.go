package text

import (
	"bytes"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// ender finds the ends of lines in bytes.
type ender struct {
	newline byte
	wide    bool // in units of UTF-16
	big     bool
}

func (e ender) size() int {
	if e.wide {
		return 2
	}
	return 1
}

// bytes returns the end of a line.
func (e ender) bytes() []byte {
	switch {
	case e.wide && e.big:
		return []byte{0, e.newline}
	case e.wide:
		return []byte{e.newline, 0}
	}
	return []byte{e.newline}
}

// next returns the place behind the first end of a line, -1 if there is none.
func (e ender) next(b []byte) int {
	if !e.wide {
		if i := bytes.IndexByte(b, e.newline); i >= 0 {
			return i + 1
		}
		return -1
	}
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], e.newline)
		if i < 0 {
			return -1
		}
		at += i
		if e.isWide(b, at) {
			return at&^1 + 2
		}
		at++
	}
}

// last returns the place behind the last end of a line, -1 if there is none.
func (e ender) last(b []byte) int {
	if !e.wide {
		if i := bytes.LastIndexByte(b, e.newline); i >= 0 {
			return i + 1
		}
		return -1
	}
	for at := len(b); at > 0; {
		at = bytes.LastIndexByte(b[:at], e.newline)
		if at >= 0 && e.isWide(b, at) {
			return at&^1 + 2
		}
	}
	return -1
}

// isWide reports whether the byte at i is the low byte of a unit whose high byte
// is zero.
func (e ender) isWide(b []byte, i int) bool {
	if e.big {
		return i&1 == 1 && b[i-1] == 0
	}
	return i&1 == 0 && i+1 < len(b) && b[i+1] == 0
}

// count returns the number of ends of lines in b.
func (e ender) count(b []byte) int64 {
	if !e.wide {
		return int64(bytes.Count(b, []byte{e.newline}))
	}
	n := int64(0)
	for i := e.next(b); i >= 0; i = e.next(b) {
		n++
		b = b[i:]
	}
	return n
}

// A position is where a line begins. Line 0 is one whose number is not known.
type position struct{ line, offset int64 }

// seek finds where a line begins. Of a file without a byte that is the first.
func (rd *reader) seek(line int64) (position, error) {
	key := indexKey{rd.src.ID, rd.end}
	pos := rd.index.before(key, line)
	if pos.line == 0 {
		pos = position{1, int64(rd.f.skip)}
	}
	off := pos.offset // how far was looked
	for pos.line < line {
		b, err := rd.read(off, chunk)
		if err != nil {
			return pos, err
		}
		if rd.end.wide {
			b = b[:len(b)&^1]
		}
		if len(b) == 0 {
			total := pos.line - 1
			if off > pos.offset {
				total++ // the last line has no end
			}
			return pos, noLine(line, total)
		}
		n := rd.end.count(b)
		if pos.line+n < line {
			if n > 0 {
				pos = position{pos.line + n, off + int64(rd.end.last(b))}
				rd.index.add(key, pos)
			}
			off += int64(len(b))
			continue
		}
		for at := 0; pos.line < line; pos.line++ {
			at += rd.end.next(b[at:])
			pos.offset = off + int64(at)
		}
	}
	// A line begins where there is a byte of it.
	b, err := rd.read(pos.offset, 1)
	if err == nil && len(b) == 0 && line > 1 {
		return pos, noLine(line, pos.line-1)
	}
	return pos, err
}

func noLine(line, total int64) error {
	e := tree.Errorf(tree.Invalid, tree.Path{}, "start_line: there is no line %d, the file has %d", line, total)
	e.Details = map[string]any{"total": total}
	return e
}

// collector is the page that collect makes.
type collector struct {
	*Page
	raw     []byte
	segs    []int // where in raw something was left out
	line    int64 // of the line that is read, 0 if not known
	start   int   // where that line begins in raw
	at      int64 // and in the file
	kept    int   // how much of it is in raw
	left    int64 // how much of it is not
	skipped int64 // in all
}

// collect reads whole lines from pos on, up to line r.End, and not more than
// r.Max bytes. Of lines longer than r.MaxLine it keeps the beginning.
func (rd *reader) collect(pos position, r Range) (*Page, error) {
	c := &collector{Page: rd.page(), line: pos.line, at: pos.offset}
	c.From = pos.offset
	size := chunk
	if r.Max < size {
		size = max(r.Max+2, 4<<10)
	}
	off := pos.offset
	for done := r.End > 0 && pos.line > r.End; !done; {
		b, err := rd.read(off, size)
		if err != nil {
			return nil, err
		}
		if len(b) == 0 {
			rd.finish(c)
			break
		}
		if rd.end.wide && len(b) > 1 {
			b = b[:len(b)&^1]
		}
		off += int64(len(b))
		done = rd.take(c, b, r)
	}
	c.To = c.at
	rd.assemble(c)
	if pos.line > 0 {
		if c.line > pos.line {
			c.Start, c.End = pos.line, c.line-1
		}
		if n := len(c.Cut); n == 0 || c.Cut[n-1].Bytes >= 0 {
			rd.index.add(indexKey{rd.src.ID, rd.end}, position{c.line, c.To})
		}
	}
	return c.Page, nil
}

// take adds the lines in b. It reports whether the page is complete.
func (rd *reader) take(c *collector, b []byte, r Range) bool {
	for len(b) > 0 {
		n := rd.end.next(b)
		ended := n >= 0
		if !ended {
			n = len(b)
		}
		part := b[:n]
		b = b[n:]
		keep := min(len(part), r.MaxLine-c.kept)
		if rd.end.wide {
			keep &^= 1
			if len(part) == 1 { // half of a unit at the end of the file
				keep = min(1, r.MaxLine-c.kept)
			}
		}
		if len(c.raw)+keep > r.Max && c.start > 0 {
			c.raw, c.More = c.raw[:c.start], true
			return true
		}
		c.raw = append(c.raw, part[:keep]...)
		c.kept += keep
		c.left += int64(len(part) - keep)
		c.skipped += int64(len(part) - keep)
		if ended {
			rd.endLine(c)
			if r.End > 0 && c.line > r.End {
				return true
			}
		} else if c.skipped > mostSkipped {
			// The rest of the line is read as bytes.
			rd.cut(c, -1)
			c.at += int64(c.kept)
			c.More = true
			if c.line > 0 {
				c.line++
			}
			return true
		}
	}
	return false
}

// endLine closes the line that was read.
func (rd *reader) endLine(c *collector) {
	length := int64(c.kept) + c.left
	if c.left > 0 {
		rd.cut(c, c.left-int64(rd.end.size()))
		c.raw = append(c.raw, rd.end.bytes()...)
	}
	c.at += length
	if c.line > 0 {
		c.line++
	}
	c.start, c.kept, c.left = len(c.raw), 0, 0
}

func (rd *reader) cut(c *collector, left int64) {
	c.segs = append(c.segs, len(c.raw))
	c.Cut = append(c.Cut, Cut{Line: c.line, Offset: c.at + int64(c.kept), Bytes: left})
}

// finish closes the page at the end of the file.
func (rd *reader) finish(c *collector) {
	if c.kept > 0 || c.left > 0 {
		if c.left > 0 {
			rd.cut(c, c.left)
		}
		c.at += int64(c.kept) + c.left
		if c.line > 0 {
			c.line++
		}
	}
	if c.line > 0 {
		c.Total = c.line - 1
	}
}

// assemble decodes what was collected, piece by piece: a character does not go
// on behind what was left out.
func (rd *reader) assemble(c *collector) {
	if len(c.segs) == 0 {
		c.Text, _, c.Lossy = rd.decode(c.Page, c.raw, false)
		return
	}
	var text strings.Builder
	at := 0
	for i := 0; i <= len(c.segs); i++ {
		end, cut := len(c.raw), i < len(c.segs)
		if cut {
			end = c.segs[i]
		}
		s, n, lossy := rd.decode(c.Page, c.raw[at:end], cut)
		if half := int64(end - at - n); half > 0 && cut {
			// The character that is cut belongs to what was left out.
			c.Cut[i].Offset -= half
			if c.Cut[i].Bytes < 0 {
				c.To -= half
			} else {
				c.Cut[i].Bytes += half
			}
		}
		c.Lossy = c.Lossy || lossy
		text.WriteString(s)
		at = end
	}
	c.Text = text.String()
}
