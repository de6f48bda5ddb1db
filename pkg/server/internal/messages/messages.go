// Package messages shows the MCP messages that pass, for those who debug a
// client or a server: a log line for each, and the last ones on a page.
//
// It reads along without holding a message up or keeping it: of each it takes
// direction, kind, method, id, size, error and time. Bodies, headers, arguments
// and URIs never get into it, so what it shows can be shown to a colleague.
//
// Start with [New]. [Log.Handler] reads along on HTTP and [Log.Pipe] on stdio;
// the Log itself is the handler of the page.
package messages

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// kept is how many messages are kept for the page.
const kept = 256

// Message is what is known of one message.
type Message struct {
	Time        time.Time `json:"time"`
	Transport   string    `json:"transport"`            // http or stdio
	Direction   string    `json:"direction"`            // in: to this server
	Era         string    `json:"era"`                  // stateless or session
	Kind        string    `json:"kind"`                 // request, response, notification; invalid; refusal: an HTTP response that holds no message
	Method      string    `json:"method,omitempty"`     // of a response: of its request
	Name        string    `json:"name,omitempty"`       // of the tool, prompt or resource, if there is one of that name
	ID          string    `json:"id,omitempty"`         // of a request and its response
	Bytes       int       `json:"bytes"`                // size of the message
	Error       string    `json:"error,omitempty"`      // a JSON-RPC error code, or tool_error
	Status      int       `json:"status,omitempty"`     // of the HTTP response that it is in
	Millis      float64   `json:"duration_ms,omitzero"` // from the request to this response
	Correlation string    `json:"correlation_id,omitempty"`
}

// Options configure a [Log].
type Options struct {
	// Log receives a line for each message.
	Log *slog.Logger
	// Name returns the name under which what a request names is registered, ""
	// if nothing is: a caller can put anything there.
	Name func(method, name string) string
	// StatelessSince is the first protocol revision without sessions.
	StatelessSince string
}

// Log reads along and keeps the last messages. It is safe for concurrent use.
type Log struct {
	opt Options

	mu   sync.Mutex
	ring [kept]Message
	n    int // how many there were
}

// New returns an empty Log.
func New(opt Options) *Log { return &Log{opt: opt} }

func (l *Log) add(m Message) {
	ctx := logging.WithCorrelation(context.Background(), m.Correlation)
	attrs := []slog.Attr{
		slog.String("direction", m.Direction), slog.String("transport", m.Transport), slog.String("era", m.Era), slog.String("kind", m.Kind),
	}
	for _, f := range [...]struct{ key, value string }{{"method", m.Method}, {"name", m.Name}, {"id", m.ID}, {"error", m.Error}} {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.key, f.value))
		}
	}
	attrs = append(attrs, slog.Int("bytes", m.Bytes))
	if m.Status != 0 {
		attrs = append(attrs, slog.Int("status", m.Status))
	}
	if m.Millis != 0 {
		attrs = append(attrs, slog.Float64("duration_ms", m.Millis))
	}
	l.opt.Log.LogAttrs(ctx, slog.LevelInfo, "message", attrs...)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.n%kept] = m
	l.n++
}

// last returns the messages that are kept, the newest first, and how many there
// were.
func (l *Log) last() (list []Message, all int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list = make([]Message, min(l.n, kept))
	for i := range list {
		list[i] = l.ring[(l.n-1-i)%kept]
	}
	return list, l.n
}

// A conversation relates the messages of one HTTP exchange, or of one pipe.
type conversation struct {
	log         *Log
	transport   string
	era         string // where the message does not say
	correlation string

	mu      sync.Mutex
	pending map[pendingID]Message // requests that were not answered yet
	spoke   bool                  // a message went out
}

// pendingID tells a client's requests from the server's.
type pendingID struct{ direction, id string }

// maxPending bounds the requests that are remembered for their responses. What
// is beyond shows responses without method.
const maxPending = 1024

func (l *Log) conversation(transport, era, correlation string) *conversation {
	return &conversation{log: l, transport: transport, era: era, correlation: correlation, pending: make(map[pendingID]Message)}
}

// pass takes what was read of a message.
func (c *conversation) pass(direction string, f facts, status int) {
	m := Message{Time: time.Now(), Transport: c.transport, Direction: direction, Era: c.era, Kind: f.kind(),
		Method: shown(f.method), Name: c.log.opt.Name(text(f.method), text(f.name)), ID: shown(f.id),
		Bytes: f.size, Error: f.failure(), Status: status, Correlation: c.correlation}
	if v := text(f.version); v != "" {
		m.Era = c.log.era(v)
	}
	c.mu.Lock()
	switch m.Kind {
	case "request":
		if len(c.pending) < maxPending {
			c.pending[pendingID{direction, f.id}] = m
		}
	case "response":
		asked := pendingID{opposite(direction), f.id}
		if q, ok := c.pending[asked]; ok {
			delete(c.pending, asked)
			m.Method, m.Name, m.Era = q.Method, q.Name, q.Era
			m.Millis = float64(m.Time.Sub(q.Time).Microseconds()) / 1000
		}
	}
	c.spoke = c.spoke || direction == "out"
	c.mu.Unlock()
	c.log.add(m)
}

func (l *Log) era(version string) string {
	if version >= l.opt.StatelessSince {
		return "stateless"
	}
	return "session"
}

func opposite(direction string) string {
	if direction == "in" {
		return "out"
	}
	return "in"
}

// text is a JSON string's text; other JSON stays as it is.
func text(raw string) string {
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal([]byte(raw), &s) == nil {
		return s
	}
	return raw
}

// most is how much is shown of an id or a method.
const most = 64

// shown is a value as it is shown. It is redacted before it is cut: the rest of
// a secret would not be known for one.
func shown(raw string) string {
	switch {
	case raw == "null":
		return ""
	case len(raw) >= maxToken:
		return "(too long)"
	}
	s := logging.Redact(text(raw))
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
