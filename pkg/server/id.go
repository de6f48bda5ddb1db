package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"reflect"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// newID returns 16 random hexadecimal digits.
func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// requestID takes the correlation id that a request came with: the trace id of
// its traceparent (W3C Trace Context), else its X-Request-Id if that is safe to
// write into logs and headers, else a new one.
func requestID(h http.Header) string {
	if id := traceID(h.Get("Traceparent")); id != "" {
		return id
	}
	if id := h.Get("X-Request-Id"); safeID(id) {
		return id
	}
	return newID()
}

// traceID returns the trace id of a traceparent, "" if it has none.
func traceID(traceparent string) string {
	f := strings.Split(traceparent, "-")
	if len(f) < 4 || len(f[1]) != 32 || strings.Trim(f[1], "0123456789abcdef") != "" || strings.Trim(f[1], "0") == "" {
		return ""
	}
	return f[1]
}

// safeID reports whether an id that a client chose may be written everywhere that
// ids are: it is short and plain, and no credential by the look of it.
func safeID(id string) bool {
	if len(id) == 0 || len(id) > 128 || logging.Redact(id) != id {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == ':':
		default:
			return false
		}
	}
	return true
}

// isNil reports whether an interface of the SDK holds a nil pointer, as the
// parameters of a request without any do.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}
