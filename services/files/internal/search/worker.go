package search

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// fate is what became of a file.
type fate uint8

const (
	searched fate = iota
	binary
	large
	denied
	failed
	gone // nobody need know
)

// An outcome is what was found in a file.
type outcome struct {
	fate    fate
	count   int // lines
	matches []Match
	more    bool // there are more matches than these
}

// A worker searches files, one after the other.
type worker struct {
	ctx  context.Context
	run  *run
	scan *match.Scanner
	buf  []byte

	// Of the file that is being searched.
	in      io.Reader
	out     *outcome
	after   int   // lines up to this one are known
	line    int   // the number of the line at counted
	counted int   // an offset in buf
	size    int   // of the matches
	waiting []int // matches that want lines behind them
}

func newWorker(ctx context.Context, r *run) *worker {
	return &worker{ctx: ctx, run: r, scan: r.matcher.Scanner(func() bool { return ctx.Err() != nil }), buf: make([]byte, chunk)}
}

func (w *worker) search(start tree.Path, t *task) {
	defer t.drop()
	if t.done || w.ctx.Err() != nil {
		return
	}
	t.done = true
	var f *tree.File
	var err error
	if t.dir == nil {
		f, err = start.Open()
	} else {
		f, err = t.dir.Open(t.name)
	}
	if err != nil {
		t.file.fate = fateOf(err)
		return
	}
	defer f.Close()
	w.in, w.out, w.after, w.line, w.counted, w.size, w.waiting = f, &t.file, t.after, 1, 0, 0, w.waiting[:0]
	if err := w.read(f); err != nil {
		t.file, t.done = outcome{fate: fateOf(err)}, w.ctx.Err() == nil
		return
	}
	w.spread()
}

// read searches an open file.
func (w *worker) read(f *tree.File) error {
	n, end, err := w.fill(0, f.Info().Size)
	if err != nil {
		return err
	}
	head := w.buf[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		// The text is searched as UTF-8, as the pattern is written.
		w.run.bytes.Add(-int64(n))
		all := io.MultiReader(bytes.NewReader(bytes.Clone(head)), f)
		w.in = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(all)
		if n, end, err = w.fill(0, -1); err != nil {
			return err
		}
	case bytes.IndexByte(head[:min(n, sniffed)], 0) >= 0:
		w.out.fate = binary
		return nil
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		n = copy(w.buf, head[3:])
	}
	if w.run.o.Multiline {
		return w.whole(n, end)
	}
	return w.windows(n, end)
}

// fill reads into buf from offset n on, until it is full or the file ends. size
// is the file's, or negative: a file that is read to its size has ended.
func (w *worker) fill(n int, size int64) (int, bool, error) {
	begin := n
	for n < len(w.buf) {
		if err := w.ctx.Err(); err != nil {
			return n, false, err
		}
		got, err := w.in.Read(w.buf[n:min(len(w.buf), n+chunk)])
		n += got
		w.run.bytes.Add(int64(got))
		if err == io.EOF || err == nil && int64(n-begin) == size && n < len(w.buf) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// windows searches line by line: buf holds n bytes that begin with a line, of
// which the last may go on in what is read next. A few lines that were searched
// stay before it, as the context of the next match.
func (w *worker) windows(n int, end bool) error {
	kept, fresh := 0, 0 // before fresh, the line that goes on has no newline
	for {
		stop := n
		if !end {
			stop = kept
			if i := bytes.LastIndexByte(w.buf[fresh:n], '\n'); i >= 0 {
				stop = fresh + i + 1
			}
			fresh = n
			if stop == kept && n < maxLine {
				more := min(n, maxLine-n)
				w.buf = slices.Grow(w.buf, more)[:n+more]
				var err error
				if n, end, err = w.fill(n, -1); err != nil {
					return err
				}
				continue
			}
			if stop == kept {
				stop = n
			}
		}
		if w.window(kept, stop) || end {
			return nil
		}
		keep := w.keep(stop)
		w.number(stop)
		w.counted -= keep
		kept = stop - keep
		fresh = copy(w.buf, w.buf[keep:n])
		w.buf = w.buf[:max(chunk, min(len(w.buf), 2*fresh))]
		var err error
		if n, end, err = w.fill(fresh, -1); err != nil {
			return err
		}
	}
}

// keep returns where the lines begin that stay as context.
func (w *worker) keep(stop int) int {
	at := stop
	for range w.run.o.Context {
		if at == 0 || stop-at > chunk/4 {
			break
		}
		at = bytes.LastIndexByte(w.buf[:at-1], '\n') + 1
	}
	if stop-at > chunk/4 {
		return stop
	}
	return at
}

// window searches the lines of buf[from:stop], and reports whether the file need
// not be searched further.
func (w *worker) window(from, stop int) bool {
	text := w.buf[:stop]
	w.behind(text, from)
	w.scan.Reset(text)
	for {
		start, end, ok := w.scan.Next(from)
		if !ok {
			return false
		}
		from = end + 1
		if w.hit(text, start, end) {
			return true
		}
	}
}

// hit takes a line that matches, and reports whether that was the last one.
func (w *worker) hit(text []byte, start, end int) bool {
	if w.run.o.Mode == Files {
		w.out.count = 1
		return true
	}
	w.number(start)
	if w.line <= w.after {
		return false
	}
	w.after = w.line // the next piece of a long line is the same line
	w.out.count++
	if w.run.o.Mode == Count {
		return false
	}
	if w.enough() {
		w.out.more = true
		return true
	}
	line := bytes.TrimSuffix(text[start:end], []byte("\r"))
	lo, hi := w.scan.Locate(text[start:end])
	w.add(text, start, end+1, shown(line, lo, hi), Match{Line: w.line, EndLine: w.line, Column: utf8.RuneCount(line[:min(lo, len(line))]) + 1})
	return false
}

// enough reports whether the file has all that can be reported.
func (w *worker) enough() bool {
	return len(w.out.matches) >= w.run.o.Limit || w.size > w.run.o.MaxBytes
}

// add adds a match at text[start:next].
func (w *worker) add(text []byte, start, next int, excerpt excerpt, m Match) {
	m.Text, m.Cut = excerpt.text, excerpt.cut
	for at := start; at > 0 && len(m.Before) < w.run.o.Context; {
		from := bytes.LastIndexByte(text[:at-1], '\n') + 1
		m.Before = append(m.Before, contextLine(text[from:at-1]))
		at = from
	}
	slices.Reverse(m.Before)
	w.size += weigh(m)
	w.out.matches = append(w.out.matches, m)
	if w.run.o.Context > 0 {
		w.waiting = append(w.waiting, len(w.out.matches)-1)
		w.behindOne(len(w.out.matches)-1, text, next)
	}
}

// behind gives the matches of earlier windows the lines behind them.
func (w *worker) behind(text []byte, from int) {
	waiting := w.waiting
	w.waiting = w.waiting[:0]
	for _, i := range waiting {
		if m := &w.out.matches[i]; len(m.After) < w.run.o.Context {
			w.behindOne(i, text, from)
			if len(m.After) < w.run.o.Context {
				w.waiting = append(w.waiting, i)
			}
		}
	}
}

func (w *worker) behindOne(i int, text []byte, from int) {
	m := &w.out.matches[i]
	for from < len(text) && len(m.After) < w.run.o.Context {
		_, end := lineAt(text, from)
		m.After = append(m.After, contextLine(text[from:end]))
		from = end + 1
	}
}

// number moves the count of lines to an offset in buf.
func (w *worker) number(at int) {
	w.line += bytes.Count(w.buf[w.counted:at], []byte("\n"))
	w.counted = at
}

// whole searches a file whose begin is in buf as one text.
func (w *worker) whole(n int, end bool) error {
	for !end {
		if n == len(w.buf) {
			if n >= MaxMultiline+1 {
				w.out.fate = large
				return nil
			}
			w.buf = append(w.buf, make([]byte, min(len(w.buf), MaxMultiline+1-len(w.buf)))...)
		}
		var err error
		if n, end, err = w.fill(n, -1); err != nil {
			return err
		}
	}
	text := w.buf[:n]
	w.scan.Reset(text)
	last := -1 // the end of the last line that is reported
	for from, looks := 0, 0; ; looks++ {
		if looks%256 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		lo, hi, ok := w.scan.Span(from)
		if !ok || lo == n && n > 0 && text[n-1] == '\n' {
			return nil
		}
		start, _ := lineAt(text, lo)
		_, stop := lineAt(text, max(lo, hi-1))
		from = hi
		if lo == hi {
			from = stop + 1
		}
		if stop <= last {
			continue
		}
		last = stop
		if w.span(text, start, stop, lo, hi) {
			return nil
		}
	}
}

// span takes the lines text[start:stop] with a match.
func (w *worker) span(text []byte, start, stop, lo, hi int) bool {
	if w.run.o.Mode == Files {
		w.out.count = 1
		return true
	}
	if start < w.counted { // it begins in the last line of the match before
		w.line -= bytes.Count(text[start:w.counted], []byte("\n"))
		w.counted = start
	}
	w.number(start)
	if w.line <= w.after {
		return false
	}
	w.out.count++
	if w.run.o.Mode == Count {
		return false
	}
	if w.enough() {
		w.out.more = true
		return true
	}
	m := Match{Line: w.line, EndLine: w.line + bytes.Count(text[start:stop], []byte("\n")), Column: utf8.RuneCount(text[start:lo]) + 1}
	w.add(text, start, stop+1, shown(bytes.TrimSuffix(text[start:stop], []byte("\r")), lo-start, hi-start), m)
	return false
}

// spread leaves each line to one match: what is between two is shown once.
func (w *worker) spread() {
	for i := 1; i < len(w.out.matches); i++ {
		a, b := &w.out.matches[i-1], &w.out.matches[i]
		between := max(0, b.Line-a.EndLine-1)
		a.After = a.After[:min(len(a.After), between)]
		between -= len(a.After)
		b.Before = b.Before[max(0, len(b.Before)-between):]
	}
}

// lineAt returns the line of text around at, without its newline.
func lineAt(text []byte, at int) (start, end int) {
	start = bytes.LastIndexByte(text[:at], '\n') + 1
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return start, at + i
	}
	return start, len(text)
}

// An excerpt is what is shown of lines.
type excerpt struct {
	text string
	cut  bool
}

// shown returns the text around [lo, hi) of lines, marked where it is cut.
func shown(lines []byte, lo, hi int) excerpt {
	if len(lines) <= MaxText {
		return excerpt{clean(lines), false}
	}
	from := max(0, min(lo-MaxText/5, len(lines)-MaxText))
	to := min(len(lines), from+MaxText)
	for from > 0 && from < to && !utf8.RuneStart(lines[from]) {
		from++
	}
	for to < len(lines) && to > from && !utf8.RuneStart(lines[to]) {
		to--
	}
	s := clean(lines[from:to])
	if from > 0 {
		s = "…" + s
	}
	if to < len(lines) {
		s += "…"
	}
	return excerpt{s, true}
}

func contextLine(line []byte) string {
	return shown(bytes.TrimSuffix(line, []byte("\r")), 0, 0).text
}

// clean makes text of what need not be UTF-8.
func clean(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
