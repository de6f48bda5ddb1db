package text

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// A Source is an open file of which pages are read. It may grow and shrink
// meanwhile.
type Source struct {
	io.ReaderAt
	// ID names what ReaderAt reads, so that what was learned of its lines is used
	// again. The zero ID is learned nothing of.
	ID ID
}

// An ID names a content: the same file with another content has another one.
type ID struct {
	Dev, Ino            uint64
	Size                int64
	ModTime, ChangeTime int64
}

// A Range is a part of a text: lines if Bytes is 0, else bytes.
type Range struct {
	// Charset is how to read it, "" to find out.
	Charset string
	// Start and End are the first and the last line, from 1. 0 means the first,
	// or as many as fit.
	Start, End int64
	// Tail is the number of last lines, instead of Start and End.
	Tail int64
	// Offset and Bytes are a part of the file that may begin and end within lines.
	// It is made to begin and end with whole characters.
	Offset, Bytes int64
	// Max is the most of the file that a page holds, in bytes.
	Max int
	// MaxLine is the most of a line, in bytes; what is left of longer lines is
	// left out if lines are asked for. 0 means Max.
	MaxLine int
}

// A Page is a part of a text.
type Page struct {
	Format
	// Text is the part in UTF-8, with its line ends as they are.
	Text string
	// Lossy says that bytes were no characters; U+FFFD stands for each of them.
	Lossy bool
	// Start and End are the first and the last line of Text, 0 if that is not
	// known, or if there are none.
	Start, End int64
	// Total is the number of lines of the file, -1 if that is not known.
	Total int64
	// From and To are the part of the file that was read, in bytes.
	From, To int64
	// Before and More say that the range asked for has something before From, or
	// from To on, for which there was no room.
	Before, More bool
	// Cut are the lines of which a part was left out.
	Cut []Cut

	newline byte
}

// A Cut is a line that was too long.
type Cut struct {
	Line int64 `json:"line,omitempty"`
	// Offset is where in the file the part begins that was left out, Bytes its
	// length; -1 if that is not known.
	Offset int64 `json:"offset"`
	Bytes  int64 `json:"bytes"`
}

// Page returns all of d as one page.
func (d *Document) Page() *Page {
	p := &Page{Format: d.Format, Text: d.Text, Lossy: d.Lossy, To: int64(len(d.Raw)), newline: '\n'}
	if d.EOL == "cr" {
		p.newline = '\r'
	}
	p.Total = int64(strings.Count(d.Text, string(p.newline)))
	if n := len(d.Text); n > 0 && d.Text[n-1] != p.newline {
		p.Total++
	}
	if p.Total > 0 {
		p.Start, p.End = 1, p.Total
	}
	return p
}

const (
	// chunk is how much is read at a time. Cancellation is noticed after each.
	chunk = 256 << 10
	// numberedSize is how far into a file the number of a line is found out for
	// the last lines, in bytes.
	numberedSize = 1 << 20
	// mostSkipped is how much of overlong lines one page passes over, in bytes.
	mostSkipped = 16 << 20
)

// A Pager reads pages. It learns where lines are, so that reading page after
// page does not begin at the first line each time. The zero value is ready, and
// safe for concurrent use.
type Pager struct {
	index index
	pool  sync.Pool // of *[chunk]byte
}

// reader is a file while one page of it is read.
type reader struct {
	*Pager
	ctx context.Context
	src Source
	f   sniffed
	end ender
	buf *[chunk]byte
}

// Page reads a part of src: never more than it needs to find it.
func (p *Pager) Page(ctx context.Context, src Source, r Range) (*Page, error) {
	buf, _ := p.pool.Get().(*[chunk]byte)
	if buf == nil {
		buf = new([chunk]byte)
	}
	defer p.pool.Put(buf)
	rd := &reader{Pager: p, ctx: ctx, src: src, buf: buf}
	head, err := rd.read(0, HeadSize)
	if err != nil {
		return nil, err
	}
	if rd.f, err = sniff(head, r.Charset, len(head) < HeadSize); err != nil {
		return nil, err
	}
	c := rd.f.charset
	s, _, _ := c.text(head[rd.f.skip:], len(head) == HeadSize)
	rd.f.EOL = eol(s)
	rd.end = ender{newline: '\n', wide: c.kind == utf16Kind, big: c.big}
	if rd.f.EOL == "cr" {
		rd.end.newline = '\r'
	}
	r.Max = max(r.Max, 64)
	if r.MaxLine <= 0 || r.MaxLine > r.Max-2 {
		r.MaxLine = r.Max - 2
	}
	switch {
	case r.Bytes > 0:
		return rd.bytes(r)
	case r.Tail > 0:
		return rd.tail(r)
	}
	return rd.lines(r)
}

// read returns up to n bytes at off, which are good until the next read. There
// are fewer at the end alone.
func (rd *reader) read(off int64, n int) ([]byte, error) {
	if err := rd.ctx.Err(); err != nil {
		return nil, err
	}
	n, err := rd.src.ReadAt(rd.buf[:n], off)
	if err != nil && err != io.EOF {
		return nil, tree.Fail(tree.Path{}, err)
	}
	return rd.buf[:n], nil
}

func (rd *reader) page() *Page {
	return &Page{Format: rd.f.Format, Total: -1, newline: rd.end.newline}
}

// lines reads the lines from r.Start to r.End.
func (rd *reader) lines(r Range) (*Page, error) {
	start := max(r.Start, 1)
	pos, err := rd.seek(start)
	if err != nil {
		return nil, err
	}
	return rd.collect(pos, r)
}

// tail reads the last r.Tail lines, or as many of them as fit.
func (rd *reader) tail(r Range) (*Page, error) {
	size := rd.src.size()
	if rd.end.wide {
		size &^= 1
	}
	from, found := size, int64(-1) // the end of the last line is none between two
	for from > int64(rd.f.skip) && size-from < int64(r.Max) {
		n := min(from-int64(rd.f.skip), chunk, int64(r.Max)-(size-from))
		if rd.end.wide {
			n = max(2, n&^1)
		}
		b, err := rd.read(from-n, int(n))
		if err != nil {
			return nil, err
		}
		if int64(len(b)) < n {
			return nil, tree.Errorf(tree.Busy, tree.Path{}, "the file was cut short while it was read; try again")
		}
		if from == size && rd.end.last(b) != len(b) {
			found = 0 // the last line has no end
		}
		for at := len(b); ; {
			i := rd.end.last(b[:at])
			if i < 0 {
				break
			}
			if found++; found == r.Tail {
				return rd.lastLines(from-n+int64(i), size, false, r)
			}
			at = i - rd.end.size()
		}
		from -= n
	}
	if from <= int64(rd.f.skip) {
		return rd.lastLines(int64(rd.f.skip), size, false, r)
	}
	// Not all of the lines fit: begin with the first that is whole, or within the
	// last line if that is too long by itself.
	b, err := rd.read(from, min(chunk, int(size-from)))
	if err != nil {
		return nil, err
	}
	if i := rd.end.next(b); i >= 0 && from+int64(i) < size {
		return rd.lastLines(from+int64(i), size, true, r)
	}
	p, err := rd.bytes(Range{Offset: from, Bytes: size - from, Max: r.Max})
	if err == nil {
		p.Before = true
	}
	return p, err
}

// lastLines reads the lines from this offset on.
func (rd *reader) lastLines(from, size int64, before bool, r Range) (*Page, error) {
	pos := position{offset: from}
	if from <= numberedSize {
		pos.line = 1
		for off := int64(rd.f.skip); off < from; {
			b, err := rd.read(off, int(min(chunk, from-off)))
			if err != nil {
				return nil, err
			}
			if len(b) == 0 {
				pos.line = 0
				break
			}
			pos.line += rd.end.count(b)
			off += int64(len(b))
		}
	}
	p, err := rd.collect(pos, Range{Max: int(size-from) + 2, MaxLine: r.MaxLine})
	if err == nil {
		p.Before = before
	}
	return p, err
}

// bytes reads a part without regard to lines.
func (rd *reader) bytes(r Range) (*Page, error) {
	p := rd.page()
	from, err := rd.align(max(r.Offset, int64(rd.f.skip)))
	if err != nil {
		return nil, err
	}
	want := min(r.Bytes, int64(r.Max))
	var raw []byte
	for int64(len(raw)) < want {
		b, err := rd.read(from+int64(len(raw)), int(min(chunk, want-int64(len(raw)))))
		if err != nil {
			return nil, err
		}
		if len(b) == 0 {
			break
		}
		if raw == nil && int64(len(b)) < want {
			raw = make([]byte, 0, max(0, min(want, rd.src.size()-from)))
		}
		raw = append(raw, b...)
	}
	b, err := rd.read(from+int64(len(raw)), 1)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 && r.Offset > 0 {
		return nil, tree.Errorf(tree.Invalid, tree.Path{}, "offset: there is nothing at byte %d, the file ends before it", r.Offset)
	}
	p.More = len(b) > 0
	n := 0
	p.Text, n, p.Lossy = rd.decode(p, raw, p.More)
	if n == 0 && p.More { // fewer bytes are wanted than the first character has
		if b, err = rd.read(from, longest+1); err != nil {
			return nil, err
		}
		_, n = rd.f.charset.step(b)
		p.Text, _, p.Lossy = rd.decode(p, bytes.Clone(b[:n]), false)
		p.More = len(b) > n
	}
	p.From, p.To = from, from+int64(n)
	return p, nil
}

// decode decodes a part. The charset of a file whose head is ASCII is settled by
// the part itself.
func (rd *reader) decode(p *Page, b []byte, more bool) (string, int, bool) {
	s, n, lossy := rd.f.charset.text(b, more)
	if lossy && rd.f.ascii {
		if c := guess(b); c.kind != utf8Kind {
			p.Charset = c.name
			return c.text(b, more)
		}
	}
	return s, n, lossy
}

// align returns the beginning of the character that off is in.
func (rd *reader) align(off int64) (int64, error) {
	skip := int64(rd.f.skip)
	back := int64(4 << 10)
	switch rd.f.charset.kind {
	case singleKind:
		return off, nil
	case utf16Kind, utf8Kind:
		back = longest
	}
	from := max(skip, off-back)
	if rd.end.wide {
		from = max(skip, (off-back)&^1)
	}
	b, err := rd.read(from, int(off-from)+longest)
	if err != nil {
		return 0, err
	}
	at := 0
	if rd.f.charset.kind == utf8Kind {
		// Not more than three bytes in the middle of a character come before off.
		for at < len(b) && from > skip && b[at]&0xc0 == 0x80 && at < longest-1 {
			at++
		}
	}
	if rd.f.charset.kind == multiKind {
		for i := min(len(b), int(off-from)) - 1; i >= 0; i-- {
			if b[i] < '0' {
				at = i
				break
			}
		}
	}
	if rd.end.wide && len(b) >= 4 && from > skip && rd.f.charset.unit(b)&0xfc00 == 0xdc00 {
		at = 2 // the second half of a character
	}
	for at < len(b) {
		_, n := rd.f.charset.step(b[at:])
		if from+int64(at+n) > off {
			break
		}
		at += n
	}
	return from + int64(at), nil
}

// size returns where the source ends now.
func (s Source) size() int64 {
	if f, ok := s.ReaderAt.(interface{ Stat() (tree.Info, error) }); ok {
		if info, err := f.Stat(); err == nil {
			return info.Size
		}
	}
	if f, ok := s.ReaderAt.(interface{ Size() int64 }); ok {
		return f.Size()
	}
	return s.ID.Size
}

// Numbered returns the text with the number of each line before it, if they are
// known.
func (p *Page) Numbered() string {
	if p.Start == 0 {
		return p.Text
	}
	var b strings.Builder
	b.Grow(len(p.Text) + len(p.Text)/4)
	n := p.Start
	for rest := p.Text; rest != ""; n++ {
		i := strings.IndexByte(rest, p.newline) + 1
		if i == 0 {
			i = len(rest)
		}
		var digits [20]byte
		b.Write(strconv.AppendInt(digits[:0], n, 10))
		b.WriteByte('\t')
		b.WriteString(rest[:i])
		rest = rest[i:]
	}
	return b.String()
}
