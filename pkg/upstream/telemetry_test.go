package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

func TestSpans(t *testing.T) {
	for _, propagate := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			kept := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(kept))
			ctx, span := provider.Tracer("test").Start(as(t.Context(), canary), "call")
			var parents []string
			n := 0
			r := newScript(t, Config{Propagate: propagate}, func(w http.ResponseWriter, q *http.Request) {
				parents = append(parents, q.Header.Get("Traceparent"))
				if n++; n == 1 {
					json(w, 502, `{}`)
					return
				}
				json(w, 200, `{}`)
			})
			r.get(t, ctx, "/repos/o/r?q="+canary, "Traceparent", "of-the-library")
			span.End()
			ended := kept.Ended()
			if len(ended) != 3 {
				t.Fatalf("%d spans", len(ended))
			}
			for i, s := range ended[:2] {
				text := fmt.Sprint(s.Name(), " ", s.Attributes(), s.Status(), s.Events())
				if s.Name() != "GET" || s.Parent().SpanID() != span.SpanContext().SpanID() || strings.Contains(text, canary) || !strings.Contains(text, "http://127.0.0.1:1/repos/o/r") {
					t.Errorf("%d: %s", i, text)
				}
				if got := strings.Contains(parents[i], s.SpanContext().SpanID().String()); got != propagate || !propagate && parents[i] != "" {
					t.Errorf("%d: sent %q", i, parents[i])
				}
			}
		})
	}
}

func TestMeasure(t *testing.T) {
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	r := newRig(t, Config{OpenAfter: 1, Retries: -1}, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("ETag", `"1"`)
		switch {
		case q.URL.Path == "/ill":
			json(w, 500, `{}`)
		case q.Header.Get("If-None-Match") != "":
			w.WriteHeader(304)
		default:
			json(w, 200, `{}`)
		}
	})
	if err := r.Measure(provider.Meter("test")); err != nil {
		t.Fatal(err)
	}
	r.get(t, t.Context(), "/x")
	r.get(t, t.Context(), "/x")
	r.get(t, Fresh(t.Context(), time.Hour), "/x")
	r.get(t, t.Context(), "/ill")
	r.do(t.Context(), "GET", "/x", "")
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int64)
	for _, m := range all.ScopeMetrics[0].Metrics {
		switch d := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range d.DataPoints {
				got[m.Name+" "+p.Attributes.Encoded(encoder{})] = p.Value
			}
		case metricdata.Gauge[int64]:
			for _, p := range d.DataPoints {
				got[m.Name] = p.Value
			}
		case metricdata.Histogram[float64]:
			for _, p := range d.DataPoints {
				got[m.Name] += int64(p.Count)
			}
		}
	}
	for name, want := range map[string]int64{
		"mcpfleet.upstream.requests 2xx":    1,
		"mcpfleet.upstream.requests 3xx":    1,
		"mcpfleet.upstream.requests 5xx":    1,
		"mcpfleet.upstream.saved unchanged": 1,
		"mcpfleet.upstream.saved fresh":     1,
		"mcpfleet.upstream.unsent ":         1,
		"mcpfleet.upstream.breaker":         2,
		"http.client.request.duration":      3,
	} {
		if got[name] != want {
			t.Errorf("%s is %d, want %d; all: %v", name, got[name], want, got)
		}
	}
	if got["mcpfleet.upstream.cache"] == 0 {
		t.Error("nothing is kept")
	}
}

func TestShown(t *testing.T) {
	for _, tt := range []struct {
		err    error
		code   toolerr.Code
		after  time.Duration
		unsent bool
	}{
		{&LimitError{Resource: "core", After: 1500 * time.Millisecond}, toolerr.RateLimited, 2 * time.Second, true},
		{&LimitError{Secondary: true, After: time.Minute}, toolerr.RateLimited, time.Minute, true},
		{&OpenError{After: time.Second}, toolerr.ServiceUnavailable, time.Second, true},
		{&BusyError{}, toolerr.RateLimited, time.Second, true},
		{&MovedError{To: "https://x/"}, toolerr.Conflict, 0, true},
		{&TooLargeError{Limit: 1}, toolerr.InvalidInput, 0, false},
		{&RefusedError{}, toolerr.ServiceUnavailable, 0, true},
		{&NetworkError{Failure: Slow}, toolerr.Timeout, 0, false},
		{&NetworkError{Failure: Broken}, toolerr.ServiceUnavailable, 0, false},
		{&NetworkError{Failure: Unreachable}, toolerr.ServiceUnavailable, 0, true},
	} {
		got := Shown(fmt.Errorf("wrapped: %w", tt.err), "GitHub")
		if got == nil || got.Code != tt.code || got.RetryAfter != tt.after || Unsent(tt.err) != tt.unsent {
			t.Errorf("%T: %+v", tt.err, got)
		}
	}
	if got := Shown(errors.New("another"), "GitHub"); got != nil {
		t.Errorf("%+v", got)
	}
}

// encoder writes the values that tell the points of a metric apart.
type encoder struct{}

func (encoder) Encode(it attribute.Iterator) string {
	for it.Next() {
		if kv := it.Attribute(); kv.Key == "status" || kv.Key == "how" {
			return kv.Value.AsString()
		}
	}
	return ""
}

func (encoder) ID() attribute.EncoderID { return attribute.EncoderID{} }
