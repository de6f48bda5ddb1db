package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracespb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricpb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector stands in for an OpenTelemetry collector: it keeps what it is sent.
type collector struct {
	url string

	mu      sync.Mutex
	bodies  map[string][][]byte // path → bodies
	headers []http.Header
}

func newCollector(tb testing.TB) *collector {
	c := &collector{bodies: make(map[string][][]byte)}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, ok := tb.(*testing.B); !ok {
			c.bodies[r.URL.Path] = append(c.bodies[r.URL.Path], body)
			c.headers = append(c.headers, r.Header)
		}
	}))
	tb.Cleanup(ts.Close)
	c.url = ts.URL
	return c
}

// raw is all that was sent, as it was sent.
func (c *collector) raw() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []byte
	for _, bodies := range c.bodies {
		all = append(all, slices.Concat(bodies...)...)
	}
	return all
}

// span is a span as a collector sees it.
type span struct {
	*tracepb.Span
	resource map[string]string
}

// spans returns the spans that have come, in the order of their beginnings.
func (c *collector) spans(t *testing.T, s *Server) []span {
	t.Helper()
	if s.tracing != nil {
		if err := s.tracing.provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []span
	for _, body := range c.bodies["/v1/traces"] {
		var m tracespb.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		for _, rs := range m.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, sp := range ss.Spans {
					all = append(all, span{sp, attributesOf(rs.Resource.Attributes)})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
	return all
}

// last returns the metrics that have come, by name, the last of each.
func (c *collector) last(t *testing.T) map[string]*metricpb.Metric {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]*metricpb.Metric)
	for _, body := range c.bodies["/v1/metrics"] {
		var m metricspb.ExportMetricsServiceRequest
		if err := proto.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		for _, rm := range m.ResourceMetrics {
			for _, sm := range rm.ScopeMetrics {
				for _, mt := range sm.Metrics {
					all[mt.Name] = mt
				}
			}
		}
	}
	return all
}

func attributesOf(list []*commonpb.KeyValue) map[string]string {
	m := make(map[string]string)
	for _, kv := range list {
		switch v := kv.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			m[kv.Key] = v.StringValue
		default:
			m[kv.Key] = kv.Value.String()
		}
	}
	return m
}
