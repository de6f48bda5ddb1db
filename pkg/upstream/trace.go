package upstream

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const scopeName = "github.com/mcpfleet/mcpfleet/pkg/upstream"

// span makes a span of an attempt, by OpenTelemetry's semantic conventions for
// HTTP clients: beneath the span of the call, and only if there is one that is
// kept. Paths elsewhere may be secrets, and queries anywhere.
func (c *Client) span(r *http.Request, h *host, n int) (context.Context, func(*http.Response, error)) {
	ctx := r.Context()
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, func(*http.Response, error) {}
	}
	full := r.URL.Scheme + "://" + r.URL.Host
	if h != nil {
		full = bare(r.URL)
	}
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", method(r)),
		attribute.String("server.address", r.URL.Hostname()),
		attribute.String("url.full", full),
	}
	if port, err := strconv.Atoi(r.URL.Port()); err == nil {
		attributes = append(attributes, attribute.Int("server.port", port))
	}
	if n > 0 {
		attributes = append(attributes, attribute.Int("http.request.resend_count", n))
	}
	ctx, span := parent.TracerProvider().Tracer(scopeName).
		Start(ctx, method(r), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, func(resp *http.Response, err error) {
		if resp != nil {
			span.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
		}
		if t := errorType(resp, err); t != "" {
			span.SetAttributes(attribute.String("error.type", t))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// method is one of the few that there are.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "_OTHER"
}

// errorType names the kind of a failure, "" if there is none.
func errorType(resp *http.Response, err error) string {
	var network *NetworkError
	var large *TooLargeError
	switch {
	case err == nil && resp.StatusCode >= 400:
		return strconv.Itoa(resp.StatusCode)
	case err == nil:
		return ""
	case errors.As(err, &network):
		return map[Failure]string{Unreachable: "unreachable", Unknown: "unknown_host", Untrusted: "untrusted", Slow: "timeout", Broken: "broken", Truncated: "truncated"}[network.Failure]
	case errors.As(err, &large):
		return "too_large"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "_OTHER"
}

// inject sends the trace context on.
func inject(ctx context.Context, h http.Header) {
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
}
