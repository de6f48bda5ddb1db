package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// flushTime bounds what the end of the process waits for a collector.
const flushTime = 2 * time.Second

// otlp is where telemetry is pushed to. What the OTEL_ variables say about
// headers, certificates, compression, intervals, sampling and limits is read by
// OpenTelemetry's SDK itself.
type otlp struct {
	traces   string // a URL; "" sends none
	metrics  string
	resource *sdkresource.Resource
}

func newOTLP(ctx context.Context, name string, cfg Config, log *slog.Logger) (*otlp, error) {
	// A part that is wrong is left out and reported, as the specification wants.
	res, err := sdkresource.New(ctx,
		sdkresource.WithAttributes(
			attribute.String("service.name", "mcp-"+name),
			attribute.String("service.version", Version()),
			attribute.String("service.instance.id", newID()),
		),
		sdkresource.WithTelemetrySDK(),
		sdkresource.WithFromEnv(),
	)
	if err != nil {
		log.Warn("telemetry resource", "error", err)
	}
	o := &otlp{resource: res}
	for _, h := range []struct{ name, value string }{
		{"OTEL_EXPORTER_OTLP_HEADERS", cfg.OTLPHeaders}, {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", cfg.OTLPTracesHeaders},
		{"OTEL_EXPORTER_OTLP_METRICS_HEADERS", cfg.OTLPMetricsHeaders},
	} {
		// The SDK would log what it cannot read, and these hold credentials.
		if !headerList(h.value) {
			return nil, fmt.Errorf("%s is not a list of headers; write name=value,name=value", h.name)
		}
	}
	if strings.EqualFold(strings.TrimSpace(cfg.OTelDisabled), "true") {
		return o, nil
	}
	if o.traces, err = otlpURL("TRACES", cfg.OTLPTracesEndpoint, cfg.OTLPEndpoint, cfg.OTelTraces); err != nil {
		return nil, err
	}
	if o.metrics, err = otlpURL("METRICS", cfg.OTLPMetricsEndpoint, cfg.OTLPEndpoint, cfg.OTelMetrics); err != nil {
		return nil, err
	}
	if p := cfg.OTLPProtocol; (o.traces != "" || o.metrics != "") && p != "" && p != "http/protobuf" {
		log.Warn("OTEL_EXPORTER_OTLP_PROTOCOL is not spoken here: telemetry is sent as http/protobuf, which collectors take on port 4318", "protocol", p)
	}
	return o, nil
}

// headerList reports whether text is name=value,name=value as OpenTelemetry's
// SDK reads it.
func headerList(text string) bool {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" && strings.TrimSpace(text) == "" {
			return true
		}
		name, value, ok := strings.Cut(part, "=")
		if _, err := url.PathUnescape(value); !ok || err != nil || !token(strings.TrimSpace(name)) {
			return false
		}
	}
	return true
}

// token reports whether s can be the name of a header (RFC 9110 section 5.6.2).
func token(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == ""
}

// otlpURL is the full URL for a signal: its own endpoint as it is, or its path
// below the one for all.
func otlpURL(signal, own, common, exporter string) (string, error) {
	if strings.TrimSpace(exporter) == "none" {
		return "", nil
	}
	name, value := "OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT", own
	if own == "" {
		name, value = "OTEL_EXPORTER_OTLP_ENDPOINT", common
	}
	if value == "" {
		return "", nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%s: give a URL such as http://collector:4318", name)
	}
	if own == "" {
		u = u.JoinPath("v1", strings.ToLower(signal))
	}
	return u.String(), nil
}

// tracerProvider returns a provider that sends spans, nil if none are sent.
func (o *otlp) tracerProvider(ctx context.Context) (*sdktrace.TracerProvider, error) {
	if o.traces == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.traces))
	if err != nil {
		return nil, err
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(o.resource)), nil
}

// reader returns a reader that sends metrics, with those of Go's runtime, nil if
// none are sent.
func (o *otlp) reader(ctx context.Context) (sdkmetric.Reader, error) {
	if o.metrics == "" {
		return nil, nil
	}
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(o.metrics))
	if err != nil {
		return nil, err
	}
	// A provider of its own keeps them out of Prometheus, whose Go collector
	// has the same numbers under other names.
	own := sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(exporter.Temporality))
	if err := runtime.Start(runtime.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(own)))); err != nil {
		return nil, err
	}
	return sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithProducer(producer{own})), nil
}

// producer adds what a reader collects to what another one sends.
type producer struct{ r sdkmetric.Reader }

func (p producer) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	var m metricdata.ResourceMetrics
	err := p.r.Collect(ctx, &m)
	return m.ScopeMetrics, err
}

// flush sends what was not sent yet and ends the providers, within flushTime.
func (s *Server) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	errs := make(chan error, 2)
	go func() { errs <- s.tracing.close(ctx) }()
	go func() { errs <- s.meter.close(ctx) }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		s.log.Warn("the last telemetry could not be sent", "error", err)
	}
}

// logTelemetry makes what OpenTelemetry's SDK reports about itself, such as a
// collector that is away, lines of the process's log. The SDK has one place per
// process for that.
func logTelemetry(log *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry", "error", err) }))
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
}
