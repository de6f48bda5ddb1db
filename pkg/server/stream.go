package server

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// firstComment is how long a stream may be silent before its headers are sent.
// Until then a protocol error can still set the HTTP status.
const firstComment = time.Second

// streamWriter is the response of a request that may be answered by a stream of
// events. It keeps proxies and clients from giving up on a silent one: after
// firstComment, and then in every interval, it sends a comment.
//
// The handler's headers are kept apart until they are sent, because a comment
// is sent from another goroutine.
type streamWriter struct {
	w        http.ResponseWriter
	header   http.Header
	interval time.Duration

	mu     sync.Mutex
	sent   bool // headers are out
	events bool // what is out is an event stream
	forced bool // the headers were sent by a comment, as 200
	closed bool
	timer  *time.Timer
}

func newStreamWriter(w http.ResponseWriter, interval time.Duration) *streamWriter {
	s := &streamWriter{w: w, header: make(http.Header), interval: interval}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(min(firstComment, interval), s.comment)
	return s
}

// comment writes a line that readers of the stream ignore.
func (s *streamWriter) comment() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.sent && !s.events {
		return
	}
	inTime(s.w)
	s.begin()
	if _, err := s.w.Write([]byte(": keep-alive\n\n")); err != nil {
		return
	}
	s.flush()
	s.timer.Reset(s.interval)
}

// begin sends the headers of an event stream if nothing was sent. The lock is
// held.
func (s *streamWriter) begin() {
	if !s.sent {
		s.forced = true
		s.send(http.StatusOK, http.Header{"Content-Type": {"text/event-stream"}, "Cache-Control": {"no-cache, no-transform"}})
	}
}

// event sends one message of the stream, and begins it if need be.
func (s *streamWriter) event(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inTime(s.w)
	s.begin()
	// A client that is gone is noticed by the request's context.
	fmt.Fprintf(s.w, "event: message\ndata: %s\n\n", message)
	s.flush()
	s.timer.Reset(s.interval)
}

// begun reports whether the response is a stream already. If it is not, it will
// not become one by itself any more.
func (s *streamWriter) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.closed = !s.sent
	return s.sent
}

// send writes the headers. The lock is held.
func (s *streamWriter) send(status int, h http.Header) {
	maps.Copy(s.w.Header(), h)
	s.sent = true
	if s.events = s.w.Header().Get("Content-Type") == "text/event-stream"; s.events {
		s.w.Header().Set("X-Accel-Buffering", "no")
	}
	s.w.WriteHeader(status)
}

func (s *streamWriter) flush() {
	// A client that is gone is noticed by the request's context.
	_ = http.NewResponseController(s.w).Flush()
}

// Header returns the headers that the handler sets. They take effect with the
// first byte, unless a comment came before.
func (s *streamWriter) Header() http.Header { return s.header }

// WriteHeader sends the status, unless a comment has sent it already.
func (s *streamWriter) WriteHeader(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sent {
		s.send(status, s.header)
	}
}

// Write passes p on. An error body that comes after the stream has begun is
// put into an event, so that the stream stays one.
func (s *streamWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inTime(s.w)
	if !s.sent {
		s.send(http.StatusOK, s.header)
	}
	if t := s.header.Get("Content-Type"); s.forced && t != "" && t != "text/event-stream" {
		body := bytes.TrimSpace(p)
		if t != "application/json" {
			body = errorBody(jsonrpc.CodeInvalidRequest, string(body))
		}
		if _, err := fmt.Fprintf(s.w, "event: message\ndata: %s\n\n", body); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	if s.events {
		s.timer.Reset(s.interval)
	}
	return s.w.Write(p)
}

// Flush sends what was written.
func (s *streamWriter) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sent {
		s.send(http.StatusOK, s.header)
	}
	s.flush()
}

// close ends the comments. Nothing is written after it has returned.
func (s *streamWriter) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.timer.Stop()
}
