package text

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// source is a file in memory that counts what is read of it.
type source struct {
	*bytes.Reader
	read int64
}

func (s *source) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.Reader.ReadAt(b, off)
	s.read += int64(n)
	return n, err
}

func sourceOf(raw []byte) (Source, *source) {
	s := &source{Reader: bytes.NewReader(raw)}
	return Source{s, ID{Ino: 1, Size: int64(len(raw))}}, s
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestPageLines(t *testing.T) {
	for _, c := range []struct {
		raw        string
		r          Range
		want       string
		start, end int64
		total      int64
		before     bool
		more       bool
	}{
		{"", Range{}, "", 0, 0, 0, false, false},
		{"a", Range{}, "a", 1, 1, 1, false, false},
		{"a\n", Range{}, "a\n", 1, 1, 1, false, false},
		{"a\nb", Range{}, "a\nb", 1, 2, 2, false, false},
		{"a\nb\nc\n", Range{Start: 2, End: 2}, "b\n", 2, 2, -1, false, false},
		{"a\nb\nc\n", Range{Start: 2}, "b\nc\n", 2, 3, 3, false, false},
		{"a\nb\nc\n", Range{Start: 3, End: 99}, "c\n", 3, 3, 3, false, false},
		{"a\r\nb\r\nc", Range{Start: 2, End: 3}, "b\r\nc", 2, 3, 3, false, false},
		{"a\rb\rc\r", Range{Start: 2, End: 2}, "b\r", 2, 2, -1, false, false},
		{"\n\n\n", Range{Start: 2, End: 2}, "\n", 2, 2, -1, false, false},
		{"a\nb\nc\n", Range{Tail: 1}, "c\n", 3, 3, 3, false, false},
		{"a\nb\nc", Range{Tail: 2}, "b\nc", 2, 3, 3, false, false},
		{"a\nb\nc", Range{Tail: 3}, "a\nb\nc", 1, 3, 3, false, false},
		{"a\nb\nc", Range{Tail: 9}, "a\nb\nc", 1, 3, 3, false, false},
		{"", Range{Tail: 9}, "", 0, 0, 0, false, false},
		{"\n", Range{Tail: 1}, "\n", 1, 1, 1, false, false},
		{numbered(1, 100), Range{Max: 64, Start: 10}, numbered(10, 17), 10, 17, -1, false, true},
		{numbered(1, 100), Range{Max: 64, Tail: 50}, numbered(94, 100), 94, 100, 100, true, false},
	} {
		for _, charset := range []string{"utf-8", "utf-16le", "utf-16be", "shift_jis"} {
			if c.r.Max > 0 && charset != "utf-8" {
				continue
			}
			r := c.r
			if r.Charset = charset; r.Max == 0 {
				r.Max = 1 << 20
			}
			src, _ := sourceOf(encoded(t, c.raw, Format{Charset: charset, BOM: charset == "utf-16be"}))
			p, err := new(Pager).Page(t.Context(), src, r)
			if err != nil {
				t.Errorf("%s: %q %+v: %v", charset, c.raw, c.r, err)
				continue
			}
			if p.Text != c.want || p.Start != c.start || p.End != c.end || p.Total != c.total || p.Before != c.before || p.More != c.more {
				t.Errorf("%s: %.20q %+v: %q, lines %d to %d of %d, before %v, more %v", charset, c.raw, c.r, p.Text, p.Start, p.End, p.Total, p.Before, p.More)
			}
		}
	}
}

func TestPageBehindTheEnd(t *testing.T) {
	for _, c := range []struct {
		raw  string
		r    Range
		want string
	}{
		{"a\nb\n", Range{Start: 3}, "no line 3, the file has 2"},
		{"a\nb", Range{Start: 3}, "no line 3, the file has 2"},
		{"a\nb", Range{Start: 99}, "no line 99, the file has 2"},
		{"", Range{Start: 2}, "no line 2, the file has 0"},
		{"abc", Range{Offset: 3, Bytes: 1}, "nothing at byte 3"},
		{"abc", Range{Offset: 1 << 40, Bytes: 1}, "nothing at byte"},
	} {
		src, _ := sourceOf([]byte(c.raw))
		c.r.Max = 1000
		var pager Pager
		for range 2 { // the second time with what was learned
			if p, err := pager.Page(t.Context(), src, c.r); tree.KindOf(err) != tree.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q %+v: %v %v, want %s", c.raw, c.r, p, err, c.want)
			}
		}
	}
}

func TestPageLongLines(t *testing.T) {
	long := strings.Repeat("日本", 5000) // 6 bytes each
	raw := "first\n" + long + "\nlast\n"
	src, _ := sourceOf([]byte(raw))
	p, err := new(Pager).Page(t.Context(), src, Range{Max: 1 << 20, MaxLine: 100})
	if err != nil {
		t.Fatal(err)
	}
	if want := "first\n" + long[:99] + "\nlast\n"; p.Text != want || p.End != 3 || p.Lossy {
		t.Errorf("%q, %d lines, lossy %v", p.Text, p.End, p.Lossy)
	}
	if len(p.Cut) != 1 || p.Cut[0] != (Cut{2, 6 + 99, int64(len(long)) - 99}) {
		t.Errorf("cut: %+v", p.Cut)
	}
	rest, err := new(Pager).Page(t.Context(), src, Range{Max: 1 << 20, Offset: p.Cut[0].Offset, Bytes: p.Cut[0].Bytes})
	if err != nil || rest.Text != long[99:] {
		t.Errorf("what was left out is read as %.20q…, %v", rest.Text, err)
	}
}

// TestPageCutsNoCharacter reads every part of a text by bytes.
func TestPageCutsNoCharacter(t *testing.T) {
	for _, l := range languages {
		raw := encoded(t, l.text, Format{Charset: l.charset})
		src, _ := sourceOf(raw)
		var pager Pager
		for off := range raw {
			for n := 1; n <= 9; n++ {
				p, err := pager.Page(t.Context(), src, Range{Charset: l.charset, Offset: int64(off), Bytes: int64(n), Max: 100})
				if err != nil || p.Lossy || p.Text == "" || !strings.Contains(l.text, p.Text) {
					t.Fatalf("%s: bytes %d to %d of %q are %q, lossy %v, %v", l.charset, off, off+n, l.text, p.Text, p.Lossy, err)
				}
			}
		}
	}
}

// TestPageReadsWhatItNeeds counts the bytes that are read of a large file.
func TestPageReadsWhatItNeeds(t *testing.T) {
	raw := []byte(numbered(1, 1_000_000))
	src, count := sourceOf(raw)
	var pager Pager
	page := func(r Range, want string, most int64) {
		t.Helper()
		count.read = 0
		if r.Max == 0 {
			r.Max = 1 << 20
		}
		p, err := pager.Page(t.Context(), src, r)
		if err != nil {
			t.Fatal(err)
		}
		if p.Text != want {
			t.Errorf("%+v: %d bytes, want %d", r, len(p.Text), len(want))
		}
		if count.read > most {
			t.Errorf("%+v reads %d bytes of %d, want at most %d", r, count.read, len(raw), most)
		}
	}
	const head = HeadSize
	page(Range{Start: 1, End: 1000}, numbered(1, 1000), head+chunk+1)
	page(Range{Start: 1001, End: 2000}, numbered(1001, 2000), head+chunk+1)
	page(Range{Tail: 1000}, numbered(999_001, 1_000_000), head+2*chunk)
	page(Range{Start: 900_000, End: 900_010}, numbered(900_000, 900_010), int64(len(raw)))
	page(Range{Start: 900_011, End: 900_020}, numbered(900_011, 900_020), head+chunk+1)
	page(Range{Start: 500_000, End: 500_010}, numbered(500_000, 500_010), head+1<<20+3*chunk)
	page(Range{Offset: 5 << 20, Bytes: 100}, string(raw[5<<20:5<<20+100]), head+200)
}

func TestIndexIsBounded(t *testing.T) {
	var x index
	for i := range uint64(3 * mostIndexed) {
		for line := range int64(3 * mostPositions) {
			x.add(indexKey{id: ID{Ino: i + 1}}, position{line, line * indexEvery})
		}
	}
	if len(x.files) != mostIndexed || x.order.Len() != mostIndexed {
		t.Errorf("%d files are remembered", len(x.files))
	}
	for _, e := range x.files {
		if n := len(e.Value.(*indexed).positions); n > mostPositions {
			t.Errorf("%d positions are remembered", n)
		}
	}
}

// changing is a file that is cut short, or that grows, while it is read.
type changing struct {
	reads int
	data  func(reads int) []byte
}

func (c *changing) ReadAt(b []byte, off int64) (int, error) {
	c.reads++
	return bytes.NewReader(c.data(c.reads)).ReadAt(b, off)
}

func TestPageOfChangingFile(t *testing.T) {
	full := []byte(numbered(1, 200_000))
	for _, c := range []struct {
		name string
		data func(int) []byte
	}{
		{"shrinks", func(n int) []byte { return full[:max(0, len(full)-n*chunk)] }},
		{"empties", func(n int) []byte { return full[:len(full)*min(1, max(0, 3-n))] }},
		{"grows", func(n int) []byte { return full[:min(len(full), n*chunk/2)] }},
	} {
		for _, r := range []Range{{}, {Start: 100_000}, {Tail: 10}, {Tail: 1 << 40}, {Offset: 1 << 20, Bytes: 1 << 20}} {
			r.Max = 1 << 20
			src := Source{&changing{data: c.data}, ID{Ino: 1, Size: int64(len(full))}}
			p, err := new(Pager).Page(t.Context(), src, r)
			if err == nil && !strings.Contains(string(full), p.Text) {
				t.Errorf("%s: %+v: a part that is none of the file", c.name, r)
			}
			if err != nil && tree.KindOf(err) == "" {
				t.Errorf("%s: %+v: %v", c.name, r, err)
			}
		}
	}
}

// endless is a line without an end.
type endless struct{ size int64 }

func (e endless) Size() int64 { return e.size }

func (e endless) ReadAt(b []byte, off int64) (int, error) {
	n := int(min(int64(len(b)), max(0, e.size-off)))
	for i := range b[:n] {
		b[i] = 'a'
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func TestPageOfOneLine(t *testing.T) {
	src := Source{endless{1 << 40}, ID{Ino: 1, Size: 1 << 40}}
	var pager Pager
	p, err := pager.Page(t.Context(), src, Range{Max: 1 << 20, MaxLine: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Text) != 1000 || !p.More || len(p.Cut) != 1 || p.Cut[0] != (Cut{1, 1000, -1}) || p.To != 1000 {
		t.Errorf("%d bytes, more %v, cut %v, to %d", len(p.Text), p.More, p.Cut, p.To)
	}
	if p, err = pager.Page(t.Context(), src, Range{Tail: 1, Max: 5000}); err != nil || len(p.Text) != 5000 || !p.Before {
		t.Errorf("the tail: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pager.Page(ctx, src, Range{Start: 2, Max: 1000}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestPageSettlesCharset reads a file whose head is ASCII, and whose end is not.
func TestPageSettlesCharset(t *testing.T) {
	raw := append([]byte(strings.Repeat("plain\n", 20_000)), encoded(t, "Größe der Tür\n", Format{Charset: "windows-1252"})...)
	src, _ := sourceOf(raw)
	p, err := new(Pager).Page(t.Context(), src, Range{Tail: 1, Max: 1 << 20})
	if err != nil || p.Text != "Größe der Tür\n" || p.Charset != "windows-1252" {
		t.Errorf("%q in %s, %v", p.Text, p.Charset, err)
	}
}

func TestNumbered(t *testing.T) {
	src, _ := sourceOf([]byte(numbered(1, 12)))
	p, err := new(Pager).Page(t.Context(), src, Range{Start: 9, End: 10, Max: 1000})
	if err != nil || p.Numbered() != "9\tline 9\n10\tline 10\n" {
		t.Errorf("%q %v", p.Numbered(), err)
	}
}

// FuzzPage reads a file page after page, in lines and in bytes, and puts it
// together again.
func FuzzPage(f *testing.F) {
	f.Add([]byte(numbered(1, 50)), uint8(0), uint8(10), uint8(3))
	f.Add([]byte("a\r\n\r\nb\r\n"+strings.Repeat("long ", 40)), uint8(0), uint8(1), uint8(0))
	for i, l := range languages {
		raw, _ := Encode(strings.Repeat(l.text, 20), Format{Charset: l.charset})
		f.Add(raw, uint8(i), uint8(7), uint8(i))
	}
	f.Add([]byte("\xe9A"), uint8(153), uint8(7), uint8(63))
	names := append([]string{""}, Charsets()...)
	f.Fuzz(func(t *testing.T, raw []byte, charset, lines, bytes uint8) {
		name := names[int(charset)%len(names)]
		d, err := Parse(raw, name)
		if err != nil {
			return
		}
		name = d.Charset
		d, err = Parse(raw, name)
		if err != nil {
			t.Fatal(err)
		}
		src, _ := sourceOf(raw)
		var pager Pager
		var all strings.Builder
		for line := int64(1); ; {
			r := Range{Charset: name, Start: line, End: line + int64(lines), Max: 200, MaxLine: 100}
			p, err := pager.Page(t.Context(), src, r)
			if err != nil {
				if tree.KindOf(err) == tree.Invalid && line > 1 || len(raw) <= d.skip {
					break
				}
				t.Fatal(err)
			}
			if len(p.Cut) > 0 {
				all.Reset()
				break
			}
			all.WriteString(p.Text)
			if p.End == 0 {
				break
			}
			line = p.End + 1
		}
		if got := all.String(); got != "" && got != d.Text {
			t.Fatalf("%s by lines: %q, want %q", name, got, d.Text)
		}
		if d.Lossy {
			return // what is no character may be read as part of another one
		}
		all.Reset()
		for off, more := int64(0), len(raw) > d.skip; more; {
			p, err := pager.Page(t.Context(), src, Range{Charset: name, Offset: off, Bytes: 1 + int64(bytes)%9, Max: 100})
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(p.Text)
			off, more = p.To, p.More
		}
		if got := all.String(); got != d.Text {
			t.Fatalf("%s by bytes: %q, want %q", name, got, d.Text)
		}
	})
}

// BenchmarkSeek finds a line behind 64 MB.
func BenchmarkSeek(b *testing.B) {
	for _, charset := range []string{"utf-8", "utf-16le"} {
		b.Run(charset, func(b *testing.B) {
			raw, err := Encode(strings.Repeat("the quick brown fox jumps over the lazy dog, again and again\n", 1<<20), Format{Charset: charset})
			if err != nil {
				b.Fatal(err)
			}
			src := Source{ReaderAt: bytes.NewReader(raw)}
			var pager Pager
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := pager.Page(b.Context(), src, Range{Charset: charset, Start: 1 << 20, Max: 1000}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParse decodes 1 MB.
func BenchmarkParse(b *testing.B) {
	for _, l := range []struct{ charset, text string }{{"utf-8", "plain text\n"}, {"utf-8", "Grüße, Привет, 你好\n"}, {"windows-1251", "Привет, мир\n"}, {"gbk", "你好，世界\n"}, {"utf-16le", "plain text\n"}} {
		b.Run(l.charset, func(b *testing.B) {
			raw, err := Encode(strings.Repeat(l.text, (1<<20)/len(l.text)), Format{Charset: l.charset})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := Parse(raw, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
