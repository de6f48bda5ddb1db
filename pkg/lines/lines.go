// Package lines cuts a range of lines out of a text that need not fit into
// memory.
package lines

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Range says what to cut out.
type Range struct {
	// Start is the first line, from 1, and End the last, 0 for the text's.
	Start, End int64
	// Max bounds what is cut out, in bytes, at the end of a line if there is one.
	Max int
	// Count has the text read to its end for the number of its lines.
	Count bool
}

// Part is what was cut out.
type Part struct {
	// Text is as it was, with its line ends. What was no UTF-8 is replaced.
	Text string
	// Lossy says that something was.
	Lossy bool
	// First and Last are the lines that Text has, 0 if there are none.
	First, Last int64
	// Total is the number of lines, -1 if it is not known.
	Total int64
	// More says that lines follow that the range asks for, or may: behind a line
	// that is Cut that is not known without a Total.
	More bool
	// Cut says that Last is shown in part: it alone is larger than Max.
	Cut bool
}

// Read returns the lines of r that g asks for. It reads no more than it needs.
func Read(r io.Reader, g Range) (Part, error) {
	c := &cutter{Range: g, total: -1}
	c.Start = max(c.Start, 1)
	br := bufio.NewReaderSize(r, 32<<10)
	for {
		piece, err := br.ReadSlice('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return Part{}, err
		}
		c.add(piece, whole)
		if errors.Is(err, io.EOF) {
			c.end()
			break
		}
		if c.done && !g.Count {
			break
		}
	}
	return c.part(), nil
}

// cutter is the state of Read.
type cutter struct {
	Range
	kept  []byte
	lines int64 // that ended
	begun bool  // the line behind them has bytes
	first int64
	last  int64
	ended int // length of kept at the end of line last
	total int64
	full  bool // nothing more fits
	cut   bool
	more  bool
	done  bool // nothing more can be asked for
}

// add takes a piece of a line, or a whole one.
func (c *cutter) add(piece []byte, whole bool) {
	if len(piece) == 0 {
		return
	}
	n := c.lines + 1
	switch {
	case n < c.Start:
	case c.End > 0 && n > c.End:
		c.done = true
	case c.full:
		c.more = c.more || n > c.last
		c.done = c.more
	default:
		c.keep(piece, n, whole)
	}
	c.begun = !whole
	if whole {
		c.lines++
	}
}

func (c *cutter) keep(piece []byte, n int64, whole bool) {
	if c.first == 0 {
		c.first = n
	}
	room := c.Max - len(c.kept)
	switch {
	case len(piece) <= room:
		c.kept = append(c.kept, piece...)
		c.last = n
		if whole {
			c.ended = len(c.kept)
		}
	case n == c.first:
		c.kept = append(c.kept, piece[:room]...)
		c.kept = c.kept[:boundary(c.kept)]
		c.last, c.cut, c.full = n, true, true
		if !c.Count {
			// The rest of it may be megabytes, all to learn whether a line follows.
			c.more, c.done = c.End == 0 || n < c.End, true
		}
	default:
		c.kept, c.last = c.kept[:c.ended], n-1
		c.more, c.full, c.done = true, true, true
	}
}

// boundary returns the length of b without a character that was cut through.
func boundary(b []byte) int {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// end is the end of the text. What follows the last line's end is a line only if
// there is something.
func (c *cutter) end() {
	c.total = c.lines
	if c.begun {
		c.total++
	}
}

func (c *cutter) part() Part {
	p := Part{Text: string(c.kept), First: c.first, Last: c.last, Total: c.total, More: c.more, Cut: c.cut}
	if !utf8.ValidString(p.Text) {
		p.Text, p.Lossy = strings.ToValidUTF8(p.Text, "\uFFFD"), true
	}
	return p
}
