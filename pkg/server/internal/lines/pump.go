package lines

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
)

const (
	readBuffer = 32 << 10
	// alwaysAnswered is how many bad lines in a row are each answered. After
	// that, those without an id are answered when their number reaches a power
	// of two: a flood costs the client's output a few lines.
	alwaysAnswered = 16
	blanks         = " \t\r\n"
	byteOrderMark  = "\xef\xbb\xbf"
	// lastBatchVersion is the last protocol version with JSON-RPC batches.
	lastBatchVersion = "2025-03-26"
)

func tooMany(limit int) string {
	return fmt.Sprintf("too many requests in flight (%d); wait for answers", limit)
}

// pump reads the input until it ends, the filter is closed or the output is
// broken.
func (f *Filter) pump() {
	p := pump{Filter: f, r: bufio.NewReaderSize(f.in, readBuffer)}
	f.fail(p.run())
	f.Stop()
}

type pump struct {
	*Filter
	r    *bufio.Reader
	n    int // number of the line, from 1
	bad  int // bad lines in a row
	bufs [2][]byte
	cur  int // index of the buffer that the session does not read
}

func (p *pump) run() error {
	for {
		line, end := p.line()
		if line != nil {
			if err := p.handle(line); err != nil {
				return err
			}
		}
		if end != nil {
			return end
		}
	}
}

// line reads the next line, trimmed at its end, or nil if there is nothing to
// pass on. The bytes are good until the next call, and if they are passed on,
// until another frame is: the session takes one when it is done with the one
// before.
func (p *pump) line() ([]byte, error) {
	p.n++
	buf := p.bufs[p.cur]
	if cap(buf) > keepBuffer {
		buf = nil
	}
	buf = buf[:0]
	for long := false; ; {
		part, err := p.r.ReadSlice('\n')
		size := len(buf) + len(part)
		if err == nil {
			size-- // the line end
		}
		switch {
		case long:
		case size > p.opt.MaxLine:
			long, buf = true, nil
			if err := p.refuse(nil, invalid("it is longer than %d bytes", p.opt.MaxLine)); err != nil {
				return nil, err
			}
		default:
			buf = append(buf, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		p.bufs[p.cur] = buf
		if p.n == 1 {
			buf = bytes.TrimPrefix(buf, []byte(byteOrderMark))
		}
		if buf = bytes.TrimRight(buf, blanks); len(buf) == 0 {
			buf = nil
		}
		return buf, err
	}
}

// handle passes a line on or answers it. It fails when the session is over.
func (p *pump) handle(line []byte) error {
	if !utf8.Valid(line) {
		i := badRune(line)
		return p.refuse(nil, &fault{code: codeParse, text: fmt.Sprintf("byte 0x%02x at byte %d is not UTF-8", line[i], i+1)})
	}
	if s := (scanner{b: line}); s.peek() == '[' {
		return p.batch(line)
	}
	m, ft := parse(line)
	if ft == nil {
		ft = p.calls.add(m)
	}
	if ft != nil {
		return p.refuse(m.rawID, ft)
	}
	switch {
	case m.method == cancelled:
		if id, ok := target(line); ok {
			p.calls.cancel(id)
		}
	case m.kind == request && m.method == "" && p.opt.Answer != nil && p.calls.calm():
		if answer := p.opt.Answer(line); answer != nil {
			p.bad = 0
			p.divert(m.id, answer)
			return nil
		}
	}
	return p.pass(append(line, '\n'))
}

// maxSpare is how many goroutines wait for calls to answer, after those that they
// were made for.
const maxSpare = 16

// divert answers a call on a goroutine of its own.
func (f *Filter) divert(id callID, answer Call) {
	ctx, cancel := context.WithCancel(f.ctx)
	f.calls.divert(id, cancel)
	f.running.Add(1)
	run := func() {
		defer f.running.Done()
		defer cancel()
		f.answer(ctx, id, answer)
	}
	select {
	case f.diverted <- run:
	default:
		go f.work(run)
	}
}

// work answers a call, and others as they come: growing the stack of a new
// goroutine for each is a tenth of what a call costs.
func (f *Filter) work(run func()) {
	for {
		run()
		if f.spare.Add(1) > maxSpare {
			f.spare.Add(-1)
			return
		}
		select {
		case run = <-f.diverted:
			f.spare.Add(-1)
		case <-f.done:
			return
		}
	}
}

// answer answers a call without the session.
func (f *Filter) answer(ctx context.Context, id callID, answer Call) {
	buf, _ := f.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	*buf = answer(ctx, (*buf)[:0])
	err := f.sink.give(*buf, func() { f.calls.take(id) })
	f.calls.written(1)
	if err != nil { // without an output the session is over
		f.fail(err)
		f.endReading()
		return
	}
	if cap(*buf) <= keepBuffer {
		f.buffers.Put(buf)
	}
}

func badRune(line []byte) int {
	i := 0
	for {
		r, n := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
}

// pass gives whole lines to the reader.
func (p *pump) pass(frame []byte) error {
	p.bad = 0
	select {
	case p.frames <- frame:
		p.cur = 1 - p.cur
		return nil
	case <-p.eof:
		return io.EOF
	}
}

// refuse answers a line that is not passed on.
func (p *pump) refuse(id []byte, ft *fault) error {
	text := p.describe(ft)
	muted := p.mute()
	if !muted {
		p.opt.Log.Warn("line refused", "line", p.n, "fault", text)
	}
	if ft.silent || muted && id == nil {
		return nil
	}
	if id == nil && p.bad > alwaysAnswered {
		text += fmt.Sprintf(" (%d bad lines in a row; not each is answered)", p.bad)
	}
	return p.answer(append(appendAnswer(nil, id, ft.code, text), '\n'))
}

// mute counts a bad line and reports whether to pass over it in silence.
func (p *pump) mute() bool {
	p.bad++
	return p.bad > alwaysAnswered && bits.OnesCount(uint(p.bad)) > 1
}

// answer writes a line of our own; without an output the session is over.
func (p *pump) answer(line []byte) error {
	err := p.sink.write(line, nil)
	if err != nil {
		p.fail(err)
		p.endReading()
	}
	return err
}

func (p *pump) describe(ft *fault) string {
	switch ft.code {
	case codeParse:
		return fmt.Sprintf("line %d is not JSON: %s", p.n, ft.text)
	case codeInvalid:
		return fmt.Sprintf("line %d is not a valid message: %s", p.n, ft.text)
	}
	return ft.text
}

func appendAnswer(b, id []byte, code int, text string) []byte {
	if id == nil {
		id = []byte("null")
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		quoted = []byte(`""`)
	}
	return fmt.Appendf(b, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, quoted)
}

// settle notes what the session is about to write, and returns how many open
// calls it answers.
func (f *Filter) settle(p []byte) int {
	var (
		room [8]callID
		open int
	)
	for line := range bytes.Lines(p) {
		for _, id := range answered(line, room[:0]) {
			method, ok := f.calls.take(id)
			if !ok || method == listen {
				continue
			}
			open++
			if method == initialize {
				f.noteVersion(line)
			}
		}
	}
	return open
}

// noteVersion learns from an answer to initialize whether batches are allowed.
func (f *Filter) noteVersion(line []byte) {
	if version := negotiated(line); version != "" {
		f.batches.Store(version <= lastBatchVersion)
	}
}
