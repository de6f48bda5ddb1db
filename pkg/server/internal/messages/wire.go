package messages

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Handler reads along with the requests and responses of next.
func (l *Log) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := l.conversation("http", l.era(r.Header.Get("Mcp-Protocol-Version")), r.Header.Get("X-Request-Id"))
		body := &request{ReadCloser: r.Body, scan: scanner{emit: func(f facts) { c.pass("in", f, 0) }}}
		r.Body = body
		rw := &response{ResponseWriter: w, status: http.StatusOK}
		rw.scan.emit = func(f facts) { c.pass("out", f, rw.status) }
		defer func() {
			body.scan.finish()
			rw.finish(c)
		}()
		next.ServeHTTP(rw, r)
	})
}

// request is a request's body.
type request struct {
	io.ReadCloser
	scan scanner
}

// Read implements [io.Reader].
func (r *request) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.scan.feed(p[:n])
	if err != nil {
		r.scan.finish()
	}
	return n, err
}

// response is a response: one body of JSON, a stream of events, or neither.
type response struct {
	http.ResponseWriter
	status int
	sent   bool

	mu     sync.Mutex // events can be written while a comment is
	scan   scanner
	line   []byte // the beginning of the line that is being written, of a stream
	inData bool   // the line holds a message
}

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	if !w.sent && status >= 200 {
		w.status, w.sent = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *response) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.sent = true
	switch kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); kind {
	case "application/json":
		w.scan.feed(p)
	case "text/event-stream":
		w.events(p)
	}
	w.mu.Unlock()
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// events reads along with a stream, whose messages are its lines of data.
func (w *response) events(p []byte) {
	const data = "data: "
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		for i := 0; i < len(line) && !w.inData && len(w.line) < len(data); i++ {
			w.line = append(w.line, line[i])
			if string(w.line) == data {
				w.inData = true
				line = line[i+1:]
			}
		}
		if w.inData {
			w.scan.feed(line)
		}
		if ended {
			w.scan.finish()
			w.line, w.inData = w.line[:0], false
		}
		p = rest
	}
}

// finish ends the response: one that refuses without a message is shown as such.
func (w *response) finish(c *conversation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scan.finish()
	c.mu.Lock()
	spoke := c.spoke
	c.mu.Unlock()
	if !spoke && w.status >= 400 {
		c.refusal(w.status)
	}
}

// refusal shows a response that holds no message.
func (c *conversation) refusal(status int) {
	c.log.add(Message{Time: time.Now(), Transport: c.transport, Direction: "out", Era: c.era, Kind: "refusal", Status: status, Correlation: c.correlation})
}

// Pipe reads along with messages that are lines, as those of stdio are. What it
// returns is to be used in the place of in and out, each by one goroutine.
func (l *Log) Pipe(in io.Reader, out io.Writer) (io.Reader, io.Writer) {
	c := l.conversation("stdio", "session", "")
	read := &pipe{scan: scanner{emit: func(f facts) { c.pass("in", f, 0) }}}
	write := &pipe{scan: scanner{emit: func(f facts) { c.pass("out", f, 0) }}}
	return io.TeeReader(in, read), tee{write, out}
}

// pipe scans lines.
type pipe struct{ scan scanner }

// Write implements [io.Writer].
func (p *pipe) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		p.scan.feed(line)
		if ended {
			p.scan.finish()
		}
		b = rest
	}
	return n, nil
}

// tee writes to out what aside has seen.
type tee struct{ aside, out io.Writer }

// Write implements [io.Writer].
func (t tee) Write(p []byte) (int, error) {
	_, _ = t.aside.Write(p) // it only reads along
	return t.out.Write(p)
}
