// Package lines stands between the stdin and stdout of a process and an MCP
// session that reads and writes newline-delimited JSON-RPC, and keeps one bad
// line from ending that session.
//
// It passes on, byte for byte, the lines that the SDK is sure to accept, and
// answers every other line itself. It also reports the end of the input only
// after the calls in flight were answered, so that a client may write its
// requests, close its end and read the answers. Memory is bounded: the filter
// queues nothing, and a client that does not read stops being read.
//
// Start with [New], and give [Filter.Reader] and [Filter.Writer] to
// mcp.IOTransport.
package lines

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a [Filter]. The zero value is ready to use.
type Options struct {
	// MaxLine is the longest line that is passed on, in bytes without the line
	// end; 0 means 4 MiB. Above 16 MiB, raise mcp.IOTransport.MaxLineLength too.
	MaxLine int
	// MaxInFlight is how many requests may wait for their answers; 0 means 1024.
	MaxInFlight int
	// Drain is how long the end of the input, or [Filter.Stop], waits for the
	// answers to the calls in flight before the filter is closed; 0 means as
	// long as it takes.
	Drain time.Duration
	// Answer is asked for each request, in the order of the lines, whether it
	// can be answered without the session; nil, or a nil [Call], leaves the line
	// to the session. It must not keep the line. It is not asked while the
	// session may have notifications before it that it has not handled yet.
	Answer func(line []byte) Call
	// Log receives a warning for each bad line that is answered; nil means none.
	Log *slog.Logger
}

// A Call answers one request. It appends its answer, one whole line, to buf,
// and ends early when ctx does: when the client cancels the request, or the
// filter is closed.
type Call func(ctx context.Context, buf []byte) []byte

// A Filter passes messages between a client and one session.
type Filter struct {
	in    io.Reader
	opt   Options
	calls calls
	// batches is set while the negotiated protocol version has JSON-RPC batches.
	batches atomic.Bool

	frames chan []byte   // whole lines from the pump to the reader
	eof    chan struct{} // closed when the reader is to report the end
	done   chan struct{} // closed by Close
	sink   sink

	ctx      context.Context // of what answers without the session
	running  sync.WaitGroup
	diverted chan func()  // to a goroutine that waits for a call
	spare    atomic.Int32 // goroutines that do
	buffers  sync.Pool    // of *[]byte

	endReading func() // closes eof, once
	close      func() // closes done, once

	mu    sync.Mutex
	err   error // of the input or of our own answers, for the reader to report
	timer *time.Timer
}

// New returns a filter that reads lines from in and writes lines to out. It
// starts two goroutines, one for each, which end after [Filter.Close]; a read
// or write that blocks then keeps its goroutine until it returns, which for
// os.Stdin may be never. The filter closes neither in nor out.
func New(in io.Reader, out io.Writer, opt Options) *Filter {
	if opt.MaxLine <= 0 {
		opt.MaxLine = 4 << 20
	}
	if opt.MaxInFlight <= 0 {
		opt.MaxInFlight = 1024
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	f := &Filter{
		in:     in,
		opt:    opt,
		frames: make(chan []byte),
		eof:    make(chan struct{}),
		done:   make(chan struct{}),

		diverted: make(chan func()),
	}
	f.endReading = sync.OnceFunc(func() { close(f.eof) })
	var cancel context.CancelFunc
	f.ctx, cancel = context.WithCancel(context.Background())
	f.close = sync.OnceFunc(func() { close(f.done); cancel() })
	f.calls = calls{max: opt.MaxInFlight, idle: f.endReading, byID: make(map[callID]call)}
	f.sink = newSink(f.done)
	go f.sink.run(out)
	go f.pump()
	return f
}

// Reader returns what the session reads: only messages that it accepts, one on
// each line. It reports io.EOF after the input ended and the calls in flight
// were answered, or at once after [Filter.Close]; closing it closes the filter.
// It is for one goroutine.
func (f *Filter) Reader() io.ReadCloser { return &reader{f: f} }

// Writer returns what the session writes to. Each Write must hold whole lines,
// as those of the SDK do, and returns when the output has taken them. It is
// safe for concurrent use; closing it closes the filter.
func (f *Filter) Writer() io.WriteCloser { return writer{f} }

// Stop ends the session gently: from now on requests are refused, while
// notifications and responses still pass, and the reader reports io.EOF when
// the calls in flight are answered. After Options.Drain the filter is closed.
func (f *Filter) Stop() {
	f.mu.Lock()
	if f.opt.Drain > 0 && f.timer == nil && !f.closed() {
		f.timer = time.AfterFunc(f.opt.Drain, func() {
			f.opt.Log.Warn("the time to answer the calls in flight is over", "drain", f.opt.Drain)
			f.Close()
		})
	}
	f.mu.Unlock()
	f.calls.end()
}

// Close ends the filter at once: the reader reports io.EOF and writes fail,
// also those that are blocked. It may be called more than once, by anyone.
func (f *Filter) Close() error {
	f.close()
	f.endReading()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
	}
	return nil
}

// Wait waits for what answers without the session, after the filter was closed
// or the session has ended.
func (f *Filter) Wait() { f.running.Wait() }

func (f *Filter) closed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// fail keeps the first error for the reader to report at its end.
func (f *Filter) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && err != io.EOF && !f.closed() {
		f.err = err
	}
}

type reader struct {
	f    *Filter
	rest []byte // of the frame that is being read
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		select {
		case r.rest = <-r.f.frames:
		case <-r.f.eof:
			r.f.mu.Lock()
			defer r.f.mu.Unlock()
			return 0, cmp.Or(r.f.err, io.EOF)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *reader) Close() error { return r.f.Close() }

type writer struct{ f *Filter }

func (w writer) Close() error { return w.f.Close() }

func (w writer) Write(p []byte) (int, error) {
	if len(p) == 0 || p[len(p)-1] != '\n' {
		return 0, errors.New("lines: a write must hold whole lines")
	}
	open := 0
	err := w.f.sink.write(p, func() { open = w.f.settle(p) })
	w.f.calls.written(open)
	if err != nil {
		return 0, err
	}
	return len(p), nil
}
