package logging

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"log/slog"
	"sync"
	"time"
)

// Call is what one request leaves in the audit log. It holds no argument
// values: the fingerprint tells equal calls of one process apart from others.
// Fields that are empty are left out of the line.
type Call struct {
	Service   string
	Method    string // the MCP method, such as tools/call
	Tool      string // the tool that was called, by the name it is registered under,
	Prompt    string // or the prompt that was read,
	Resource  string // or the resource, as the template that its URI matches
	Principal string // who called: "stdio", "anonymous", an API key's name, or issuer and subject
	Client    string // the client's own name for itself, as it sent it
	Arguments string // fingerprint from [Fingerprinter.Of]
	Outcome   string // "ok" or an error code
	Duration  time.Duration
	Bytes     int // size of the result's content

	// Refused marks a request that was turned away before it reached anything:
	// it has no arguments, duration and size. Suppressed counts those before it
	// that have no line of their own.
	Refused    bool
	Suppressed int
}

// Audit writes one line for a finished call to log. Whatever the log's level is,
// the line is written, unless the log takes not even errors. It carries the
// correlation id and the trace id of ctx.
func Audit(ctx context.Context, log *slog.Logger, c Call) {
	// A log that cannot be written has nowhere to say so.
	h := log.Handler()
	if own, ok := h.(*handler); ok && own.lines != nil {
		_ = c.writeLine(ctx, own.lines)
	} else if h.Enabled(ctx, slog.LevelError) {
		_ = h.Handle(ctx, c.record())
	}
}

// message is what the line is about.
func (c *Call) message() string {
	switch {
	case c.Refused:
		return "refused"
	case c.Prompt != "" || c.Method == "prompts/get":
		return "prompt read"
	case c.Resource != "" || c.Method == "resources/read":
		return "resource read"
	case c.Method == "resources/list":
		return "resources listed"
	}
	return "tool call"
}

type field struct{ key, value string }

// fields are the members of the line that are text, in their order. What the
// caller has chosen the words of is redacted.
func (c *Call) fields() [9]field {
	return [...]field{
		{"service", c.Service}, {"method", c.Method}, {"tool", c.Tool}, {"prompt", c.Prompt}, {"resource", c.Resource},
		{"principal", c.Principal}, {"client", Redact(c.Client)}, {"arguments", c.Arguments}, {"outcome", c.Outcome},
	}
}

func (c *Call) milliseconds() float64 { return float64(c.Duration.Microseconds()) / 1000 }

// record is the line for a log that is not ours to write into.
func (c *Call) record() slog.Record {
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.Bool("audit", true))
	for _, f := range c.fields() {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.key, f.value))
		}
	}
	if !c.Refused {
		attrs = append(attrs, slog.Float64("duration_ms", c.milliseconds()), slog.Int("bytes", c.Bytes))
	}
	if c.Suppressed > 0 {
		attrs = append(attrs, slog.Int("suppressed", c.Suppressed))
	}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, c.message(), 0)
	r.AddAttrs(attrs...)
	return r
}

// Fingerprinter turns arguments into short stable marks. Its key is random and
// lives as long as the process, so a mark in a log cannot be searched for by
// guessing what the arguments were. It is safe for concurrent use.
type Fingerprinter struct{ macs sync.Pool }

// NewFingerprinter returns a Fingerprinter with a fresh key.
func NewFingerprinter() *Fingerprinter {
	key := make([]byte, 32)
	rand.Read(key)
	// Making one reads the key anew, which takes longer than most arguments.
	return &Fingerprinter{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Of returns the mark of args, 16 hexadecimal digits.
func (f *Fingerprinter) Of(args []byte) string {
	m := f.macs.Get().(hash.Hash)
	defer f.macs.Put(m)
	m.Reset()
	m.Write(args)
	return hex.EncodeToString(m.Sum(nil)[:8])
}
