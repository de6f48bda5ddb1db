package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// meter measures MCP operations by OpenTelemetry's semantic conventions for MCP.
type meter struct {
	registry *prometheus.Registry // nil when nobody reads
	provider *sdkmetric.MeterProvider
	duration metric.Float64Histogram
}

// buckets are those the semantic conventions advise for operation durations,
// in seconds.
var buckets = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}

func newMeter(enabled bool) (*meter, error) {
	m := new(meter)
	var mp metric.MeterProvider = noop.NewMeterProvider()
	if enabled {
		m.registry = prometheus.NewRegistry()
		m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		exporter, err := otelprom.New(otelprom.WithRegisterer(m.registry), otelprom.WithoutScopeInfo())
		if err != nil {
			return nil, err
		}
		m.provider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
		mp = m.provider
	}
	var err error
	m.duration, err = mp.Meter("github.com/mcpfleet/mcpfleet/pkg/server").Float64Histogram("mcp.server.operation.duration",
		metric.WithUnit("s"),
		metric.WithDescription("How long the server took to answer an MCP request or notification."),
		metric.WithExplicitBucketBoundaries(buckets...))
	return m, err
}

// operation records one handled message. The attributes come from closed sets:
// an unknown tool, which a caller can name as it likes, is counted without name.
func (m *meter) operation(ctx context.Context, method string, req mcp.Request, res mcp.Result, err error, d time.Duration) {
	if m.registry == nil {
		return
	}
	attrs := make([]attribute.KeyValue, 0, 4)
	attrs = append(attrs, attribute.String("mcp.method.name", method), attribute.String("network.transport", transportOf(req)))
	var wire *jsonrpc.Error
	if call, ok := req.(*mcp.CallToolRequest); ok && !errors.As(err, &wire) {
		attrs = append(attrs, attribute.String("gen_ai.tool.name", call.Params.Name))
	}
	if r, ok := res.(*mcp.CallToolResult); ok && r != nil && r.IsError {
		attrs = append(attrs, attribute.String("error.type", "tool_error"))
	}
	switch {
	case wire != nil:
		attrs = append(attrs, attribute.String("error.type", strconv.FormatInt(wire.Code, 10)))
	case err != nil:
		attrs = append(attrs, attribute.String("error.type", fmt.Sprintf("%T", err)))
	}
	m.duration.Record(ctx, d.Seconds(), metric.WithAttributeSet(attribute.NewSet(attrs...)))
}

func transportOf(req mcp.Request) string {
	if e := req.GetExtra(); e != nil && e.Header != nil {
		return "tcp"
	}
	return "pipe"
}

func (m *meter) handler() http.Handler {
	if m.registry == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *meter) close() {
	if m.provider != nil {
		// Nothing is pushed, so nothing can be lost here.
		_ = m.provider.Shutdown(context.Background())
	}
}
