package server

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// scopeName is what telemetry says that it was made by.
const scopeName = "github.com/mcpfleet/mcpfleet/pkg/server"

// tracing makes the spans of requests, by OpenTelemetry's semantic conventions
// for HTTP and MCP. Nothing that a caller can choose freely becomes part of one,
// but for the ids that are there to be found by. A nil tracing makes none.
type tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

func newTracing(p *sdktrace.TracerProvider) *tracing {
	if p == nil {
		return nil
	}
	return &tracing{p, p.Tracer(scopeName, trace.WithInstrumentationVersion(Version()))}
}

func (t *tracing) close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// The kinds of trace context that a request can carry.
const (
	traceparent = "traceparent"
	tracestate  = "tracestate"
)

// remoteContext carries W3C Trace Context out of a request.
type remoteContext struct{ parent, state string }

// Get implements [propagation.TextMapCarrier].
func (c remoteContext) Get(key string) string {
	switch key {
	case traceparent:
		return c.parent
	case tracestate:
		// It is sent on as it came, so it is a way out for what looks like a secret.
		if logging.Redact(c.state) == c.state {
			return c.state
		}
	}
	return ""
}

// Set implements [propagation.TextMapCarrier].
func (remoteContext) Set(string, string) {}

// Keys implements [propagation.TextMapCarrier].
func (remoteContext) Keys() []string { return []string{traceparent, tracestate} }

// spanContext is what the trace context says, invalid if it says nothing.
func (c remoteContext) spanContext() trace.SpanContext {
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), c))
}

// routeOf returns the route of a request that traces show, "" for any other. The
// path is whatever its sender chose.
func (s *Server) routeOf(mux *http.ServeMux, r *http.Request) string {
	if r.URL.Path == "/mcp" {
		return "/mcp"
	}
	if len(s.reg.routes) == 0 || !slices.ContainsFunc(places, func(p place) bool { return strings.HasPrefix(r.URL.Path, p.prefix) }) {
		return ""
	}
	_, pattern := mux.Handler(r)
	_, at, _ := strings.Cut(pattern, " ")
	return at
}

// traced makes a span for each request to the MCP endpoint, and to a route of the
// service's own in mux. A request that came without any id is then known by its
// trace's.
func (s *Server) traced(mux *http.ServeMux, next http.Handler) http.Handler {
	t := s.tracing
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := s.routeOf(mux, r)
		if route == "" {
			next.ServeHTTP(w, r)
			return
		}
		parent := remoteContext{r.Header.Get(traceparent), r.Header.Get(tracestate)}
		method, name := r.Method, r.Method+" "+route
		if !slices.Contains(httpMethods, method) {
			method, name = "_OTHER", "HTTP "+route
		}
		ctx, span := t.tracer.Start(trace.ContextWithRemoteSpanContext(r.Context(), parent.spanContext()), name,
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(
				attribute.String("http.request.method", method),
				attribute.String("http.route", route),
				attribute.String("url.path", route),
				attribute.String("url.scheme", scheme(r)),
				attribute.String("network.protocol.version", strconv.Itoa(r.ProtoMajor)+"."+strconv.Itoa(r.ProtoMinor)),
			))
		if traceID(parent.parent) == "" && !safeID(r.Header.Get("X-Request-Id")) {
			r.Header.Set("X-Request-Id", span.SpanContext().TraceID().String())
		}
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			span.SetAttributes(attribute.Int("http.response.status_code", sw.status))
			if sw.status >= 500 {
				span.SetAttributes(attribute.String("error.type", strconv.Itoa(sw.status)))
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}()
		next.ServeHTTP(sw, r.WithContext(ctx))
	})
}

// httpMethods are those that the endpoint knows.
var httpMethods = []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodPatch}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// statusWriter remembers the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
	sent   bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	if !w.sent && status >= 200 {
		w.status, w.sent = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// tracedExchange is what the spans of an exchange's messages need of its request.
type tracedExchange struct {
	span trace.SpanContext // of the HTTP request
	id   string            // of the message; "" if it has none, or there are several
}

func (t *tracing) note(x *exchange, r *http.Request, p *peeked) {
	if t != nil {
		x.traced = &tracedExchange{trace.SpanContextFromContext(r.Context()), requestIDOf(p.ID)}
	}
}

// requestIDOf is a message's id as telemetry shows it, "" if it has none.
func requestIDOf(raw []byte) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	id := string(raw)
	if raw[0] == '"' && json.Unmarshal(raw, &id) != nil {
		return ""
	}
	return tame(id)
}

// begin makes the span of one MCP message. Its parent is the span that the
// caller names in _meta (SEP-414), with a link to the HTTP request's; else it is
// the HTTP request's.
func (t *tracing) begin(ctx context.Context, o *operation, req mcp.Request, x *exchange) (context.Context, trace.Span) {
	if t == nil {
		return ctx, nil
	}
	attrs := o.attributes()
	if v := versionOf(req); v != "" {
		attrs = append(attrs, attribute.String("mcp.protocol.version", v))
	}
	if o.tool != "" {
		attrs = append(attrs, attribute.String("gen_ai.operation.name", "execute_tool"))
	}
	if x != nil && x.traced != nil {
		// The context of a session's handler carries the span of its first request.
		ctx = trace.ContextWithSpanContext(ctx, x.traced.span)
		if x.traced.id != "" {
			attrs = append(attrs, attribute.String("jsonrpc.request.id", x.traced.id))
		}
	}
	opts := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attrs...)}
	if parent := metaContext(req).spanContext(); parent.IsValid() {
		if around := trace.SpanContextFromContext(ctx); around.IsValid() {
			opts = append(opts, trace.WithLinks(trace.Link{SpanContext: around}))
		}
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	return t.tracer.Start(ctx, o.spanName(), opts...)
}

// end completes the span of a message that was handled.
func (t *tracing) end(span trace.Span, o *operation) {
	if t == nil {
		return
	}
	if o.failure != "" {
		span.SetAttributes(attribute.String("error.type", o.failure))
		if o.failure != toolError {
			span.SetAttributes(attribute.String("rpc.response.status_code", o.failure))
		}
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// id is the id of the trace that ctx is part of, "" if there is none.
func (t *tracing) id(ctx context.Context) string {
	if t != nil {
		if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
			return id.String()
		}
	}
	return ""
}

// outcome says on the span of ctx how a call ended, as its audit line does.
func (t *tracing) outcome(ctx context.Context, outcome string) {
	if t != nil {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("mcpfleet.outcome", outcome))
	}
}

// logged makes the log lines of ctx carry the trace's id, if the trace is kept.
func (t *tracing) logged(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsSampled() {
		return logging.WithTrace(ctx, sc.TraceID().String())
	}
	return ctx
}

// metaContext is the trace context in a request's _meta.
func metaContext(req mcp.Request) (c remoteContext) {
	if p := req.GetParams(); p != nil && !isNil(p) {
		meta := p.GetMeta()
		c.parent, _ = meta[traceparent].(string)
		c.state, _ = meta[tracestate].(string)
	}
	return c
}

// versionOf is the protocol revision that a request follows, "" if it names
// none that this server speaks.
func versionOf(req mcp.Request) string {
	var v string
	if p := req.GetParams(); p != nil && !isNil(p) {
		v, _ = p.GetMeta()[mcp.MetaKeyProtocolVersion].(string)
		if init, ok := p.(*mcp.InitializeParams); ok {
			v = init.ProtocolVersion
		}
	}
	if e := req.GetExtra(); v == "" && e != nil && e.Header != nil {
		v = e.Header.Get("Mcp-Protocol-Version")
	}
	if s, ok := req.GetSession().(*mcp.ServerSession); v == "" && ok && s != nil {
		if p := s.InitializeParams(); p != nil {
			v = p.ProtocolVersion
		}
	}
	return spoken(v)
}

// spoken returns version if this server speaks it, else "".
func spoken(version string) string {
	if slices.Contains(mcp.SupportedProtocolVersions(), version) {
		return version
	}
	return ""
}
