package logging

import (
	"context"
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// lines writes whole lines of JSON. There is one audit line for every call, so
// they are made without the generality of slog.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements [io.Writer] for whole lines.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 512)) }}

// writeLine writes c as one line to w.
func (c *Call) writeLine(ctx context.Context, w io.Writer) error {
	buf := buffers.Get().(*[]byte)
	*buf = append(c.append((*buf)[:0], ctx, time.Now()), '\n')
	_, err := w.Write(*buf)
	buffers.Put(buf)
	return err
}

// append adds c as slog's JSON handler would write it.
func (c *Call) append(b []byte, ctx context.Context, now time.Time) []byte {
	b = append(b, `{"time":"`...)
	b = now.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO"`...)
	b = appendField(b, "msg", c.message())
	b = append(b, `,"audit":true`...)
	for _, f := range c.fields() {
		b = appendField(b, f.key, f.value)
	}
	if !c.Refused {
		b = append(b, `,"duration_ms":`...)
		b = strconv.AppendFloat(b, c.milliseconds(), 'g', -1, 64)
		b = append(b, `,"bytes":`...)
		b = strconv.AppendInt(b, int64(c.Bytes), 10)
	}
	if c.Suppressed > 0 {
		b = append(b, `,"suppressed":`...)
		b = strconv.AppendInt(b, int64(c.Suppressed), 10)
	}
	if id, ok := ctx.Value(idsKey{}).(*ids); ok {
		b = appendField(b, "correlation_id", id.correlation)
		b = appendField(b, "trace_id", id.trace)
	}
	return append(b, '}')
}

// appendField adds a member, unless its value is empty.
func appendField(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, `":"`...)
	b = appendEscaped(b, value)
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscaped adds s as the inside of a JSON string (RFC 8259 section 7).
func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(b, `\ufffd`...)
			case r == '\u2028' || r == '\u2029': // some readers take them for the end of a line
				b = append(b, `\u202`...)
				b = append(b, hexDigits[r&15])
			default:
				b = append(b, s[i:i+n]...)
			}
			i += n
		}
	}
	return b
}
