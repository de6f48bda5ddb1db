package server

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// meter measures MCP operations by OpenTelemetry's semantic conventions for MCP,
// and what they do not cover under mcpfleet names. Without a reader it measures
// nothing.
type meter struct {
	registry *prometheus.Registry     // nil when nobody scrapes
	provider *sdkmetric.MeterProvider // nil when nobody reads

	duration metric.Float64Histogram
	session  metric.Float64Histogram
	refusals metric.Int64Counter
	bytes    metric.Int64Histogram
	failures metric.Int64Counter
	lost     metric.Int64Counter

	operations options[operation]
	tools      options[toolKey]
	codes      options[failureKey]
	sessions   options[sessionKey]
	reasons    options[refusal]

	mu   sync.Mutex
	open map[*mcp.ServerSession]time.Time // legacy sessions and when they began
}

// durations are the buckets that the semantic conventions advise, in seconds;
// sizes are in bytes.
var (
	durations = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}
	sizes     = []float64{1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22}
)

// gauge is a number that is read when it is asked for, unless it is not known.
type gauge struct {
	name, unit, description string
	read                    func() (value int64, known bool)
}

// newMeter returns a meter that is scraped, read by push, or neither.
func newMeter(scraped bool, push sdkmetric.Reader, res *sdkresource.Resource, gauges []gauge) (*meter, error) {
	m := &meter{open: make(map[*mcp.ServerSession]time.Time)}
	var mp metric.MeterProvider = noop.NewMeterProvider()
	var opts []sdkmetric.Option
	if scraped {
		m.registry = prometheus.NewRegistry()
		m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		exporter, err := otelprom.New(otelprom.WithRegisterer(m.registry), otelprom.WithoutScopeInfo())
		if err != nil {
			return nil, err
		}
		opts = append(opts, sdkmetric.WithReader(exporter))
	}
	if push != nil {
		opts = append(opts, sdkmetric.WithReader(push))
	}
	if len(opts) > 0 {
		m.provider = sdkmetric.NewMeterProvider(append(opts, sdkmetric.WithResource(res))...)
		mp = m.provider
	}
	return m, m.instruments(mp.Meter(scopeName, metric.WithInstrumentationVersion(Version())), gauges)
}

// of returns what makes the instruments of the service itself.
func (m *meter) of(service string) metric.Meter {
	if m.provider == nil {
		return noop.Meter{}
	}
	return m.provider.Meter("github.com/mcpfleet/mcpfleet/services/"+service, metric.WithInstrumentationVersion(Version()))
}

func (m *meter) instruments(mt metric.Meter, gauges []gauge) (err error) {
	if m.duration, err = mt.Float64Histogram("mcp.server.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("How long the server took to answer an MCP request or notification."),
		metric.WithExplicitBucketBoundaries(durations...)); err != nil {
		return err
	}
	if m.session, err = mt.Float64Histogram("mcp.server.session.duration", metric.WithUnit("s"),
		metric.WithDescription("How long a session of a protocol revision that has sessions lasted."),
		metric.WithExplicitBucketBoundaries(durations...)); err != nil {
		return err
	}
	if m.refusals, err = mt.Int64Counter("mcpfleet.requests.refused", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were turned away before they reached anything, by reason.")); err != nil {
		return err
	}
	if m.bytes, err = mt.Int64Histogram("mcpfleet.result.bytes", metric.WithUnit("By"),
		metric.WithDescription("The size of a tool's results."),
		metric.WithExplicitBucketBoundaries(sizes...)); err != nil {
		return err
	}
	if m.failures, err = mt.Int64Counter("mcpfleet.tool.errors", metric.WithUnit("{call}"),
		metric.WithDescription("Calls of tools that failed, by the code of their result.")); err != nil {
		return err
	}
	if m.lost, err = mt.Int64Counter("mcpfleet.audit.errors", metric.WithUnit("{line}"),
		metric.WithDescription("Audit lines that could not be written to the audit file as they should.")); err != nil {
		return err
	}
	// A counter that is not there yet has no first increase to be seen.
	m.lost.Add(context.Background(), 0)
	for _, r := range []refusal{refusedUnauthenticated, refusedForbidden, refusedRateLimited, refusedTooLarge, refusedHost, refusedOrigin, refusedOverloaded, refusedUnavailable} {
		m.refusals.Add(context.Background(), 0, m.reasons.of(r).add...)
	}
	for _, g := range gauges {
		if _, err = mt.Int64ObservableGauge(g.name, metric.WithUnit(g.unit), metric.WithDescription(g.description),
			metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				if v, known := g.read(); known {
					o.Observe(v)
				}
				return nil
			})); err != nil {
			return err
		}
	}
	return nil
}

// operation records one handled message.
func (m *meter) operation(ctx context.Context, o *operation, d time.Duration) {
	if m.provider == nil {
		return
	}
	m.duration.Record(ctx, d.Seconds(), m.operations.of(*o).record...)
}

// toolKey is the attributes of a tool's results.
type toolKey string

func (k toolKey) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("gen_ai.tool.name", string(k))}
}

// result records the size of a result of a registered tool.
func (m *meter) result(ctx context.Context, tool string, bytes int) {
	if m.provider == nil || tool == "" {
		return
	}
	m.bytes.Record(ctx, int64(bytes), m.tools.of(toolKey(tool)).record...)
}

// failureKey is the attributes of a tool's failures.
type failureKey struct {
	tool string
	code toolerr.Code
}

func (k failureKey) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("gen_ai.tool.name", k.tool), attribute.String("code", string(k.code))}
}

// failed counts a call of a registered tool whose result says why it failed.
func (m *meter) failed(ctx context.Context, tool string, code toolerr.Code) {
	if m.provider != nil {
		m.failures.Add(ctx, 1, m.codes.of(failureKey{tool, code}).add...)
	}
}

// refusal is why a request was turned away.
type refusal string

// The reasons there are.
const (
	refusedUnauthenticated refusal = "unauthenticated"
	refusedForbidden       refusal = "forbidden"
	refusedRateLimited     refusal = "rate_limited"
	refusedTooLarge        refusal = "too_large"
	refusedHost            refusal = "host"
	refusedOrigin          refusal = "origin"
	refusedOverloaded      refusal = "overloaded"
	refusedUnavailable     refusal = "unavailable" // of an issuer, which is to say whether a token is good
)

func (r refusal) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("reason", string(r))}
}

// refused counts a request that was turned away.
func (m *meter) refused(ctx context.Context, reason refusal) {
	if m.provider == nil {
		return
	}
	m.refusals.Add(ctx, 1, m.reasons.of(reason).add...)
}

// unaudited counts an audit line that was not written.
func (m *meter) unaudited(ctx context.Context) {
	if m.provider != nil {
		m.lost.Add(ctx, 1)
	}
}

// begun records how long session lasts, once it has ended: the SDK does not tell
// of its end.
func (m *meter) begun(session *mcp.ServerSession) {
	if m.provider == nil {
		return
	}
	m.mu.Lock()
	m.open[session] = time.Now()
	m.mu.Unlock()
	go func() {
		_ = session.Wait() // how it ended does not matter here
		m.finished(session)
	}()
}

// sessionKey is the attributes of a session.
type sessionKey struct{ version, transport string }

func (k sessionKey) attributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{attribute.String("network.transport", k.transport)}
	if k.version != "" {
		attrs = append(attrs, attribute.String("mcp.protocol.version", k.version))
	}
	return attrs
}

func (m *meter) finished(session *mcp.ServerSession) {
	m.mu.Lock()
	defer m.mu.Unlock() // until it is recorded: close waits for that
	start, ok := m.open[session]
	if !ok {
		return // it was open at the end of the process, and recorded then
	}
	delete(m.open, session)
	k := sessionKey{transport: "tcp"}
	if session.ID() == "" {
		k.transport = "pipe"
	}
	if p := session.InitializeParams(); p != nil {
		k.version = spoken(p.ProtocolVersion)
	}
	m.session.Record(context.Background(), time.Since(start).Seconds(), m.sessions.of(k).record...)
}

func (m *meter) handler() http.Handler {
	if m.registry == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// close records the sessions that are still open, and sends what was not sent.
func (m *meter) close(ctx context.Context) error {
	if m == nil || m.provider == nil {
		return nil
	}
	m.mu.Lock()
	sessions := maps.Clone(m.open)
	m.mu.Unlock()
	for s := range sessions {
		m.finished(s)
	}
	return m.provider.Shutdown(ctx)
}

// options keeps the attribute sets that measurements use: to sort and hash them
// anew is most of what a measurement costs. The keys are from closed sets; the
// bound is for the case that one is not. The zero value is ready.
type options[K interface {
	comparable
	attributes() []attribute.KeyValue
}] struct{ byKey atomic.Pointer[map[K]option] }

type option struct {
	record []metric.RecordOption
	add    []metric.AddOption
}

const maxOptions = 1000

func (o *options[K]) of(key K) option {
	var old map[K]option
	was := o.byKey.Load()
	if was != nil {
		old = *was
	}
	if opt, ok := old[key]; ok {
		return opt
	}
	set := metric.WithAttributeSet(attribute.NewSet(key.attributes()...))
	opt := option{[]metric.RecordOption{set}, []metric.AddOption{set}}
	if len(old) < maxOptions {
		more := make(map[K]option, len(old)+1)
		maps.Copy(more, old)
		more[key] = opt
		// If another call has added a key meanwhile, the next one adds this.
		o.byKey.CompareAndSwap(was, &more)
	}
	return opt
}
