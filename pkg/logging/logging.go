// Package logging is how a service of the fleet writes logs: slog to standard
// error, one line per event, with secrets replaced and the request's
// correlation id on every line.
//
// Redaction is a safety net under code that does not log secrets in the first
// place: values under telling keys and strings that look like credentials are
// replaced before they are written. Start with [New]; audit lines go to the same
// log by [Audit], or to a file of their own by [OpenAudit].
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// formats lists what [New] accepts as a format.
var formats = []string{"json", "text"}

// New returns a logger that writes to w. The level is one of debug, info, warn
// and error; the format is json or text. Lines carry the correlation id and the
// trace id of the context they are logged with, if it has any.
func New(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: use debug, info, warn or error", level)
	}
	opts := &slog.HandlerOptions{Level: l, ReplaceAttr: redactAttr}
	switch format {
	case "json":
		l := &lines{w: w}
		return slog.New(&handler{slog.NewJSONHandler(l, opts), l}), nil
	case "text":
		return slog.New(&handler{Handler: slog.NewTextHandler(w, opts)}), nil
	}
	return nil, fmt.Errorf("log format %q: use one of %v", format, formats)
}

// handler adds the correlation id and redacts the message, which ReplaceAttr
// cannot tell from other attributes cheaply.
type handler struct {
	slog.Handler
	lines *lines // takes audit lines as they are; nil if they need more than that
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if clean := Redact(r.Message); clean != r.Message {
		n := slog.NewRecord(r.Time, r.Level, clean, r.PC)
		r.Attrs(func(a slog.Attr) bool { n.AddAttrs(a); return true })
		r = n
	}
	if id, ok := ctx.Value(idsKey{}).(*ids); ok {
		if id.correlation != "" {
			r.AddAttrs(slog.String("correlation_id", id.correlation))
		}
		if id.trace != "" {
			r.AddAttrs(slog.String("trace_id", id.trace))
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{Handler: h.Handler.WithAttrs(attrs)}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{Handler: h.Handler.WithGroup(name)}
}

type idsKey struct{}

// ids are what the lines of one request carry.
type ids struct{ correlation, trace string }

// WithCorrelation returns a context whose log lines and errors carry id.
func WithCorrelation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idsKey{}, &ids{correlation: id})
}

// WithTrace returns a context whose log lines carry, beside its correlation id,
// the id of the trace that they belong to.
func WithTrace(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idsKey{}, &ids{Correlation(ctx), id})
}

// Correlation returns the context's correlation id, or "".
func Correlation(ctx context.Context) string {
	if id, ok := ctx.Value(idsKey{}).(*ids); ok {
		return id.correlation
	}
	return ""
}
