package upstream

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// counts are what a client has done.
type counts struct {
	classes                                   [6]atomic.Int64 // by the first digit of the status; 0 has failed
	retries, unsent, joined, fresh, unchanged atomic.Int64
	duration                                  atomic.Pointer[metric.Float64Histogram]
}

// elsewhere is the address of all hosts that answers point to, of which there may
// be any number.
const elsewhere = "elsewhere"

func (n *counts) request(ctx context.Context, r *http.Request, h *host, resp *http.Response, err error, took time.Duration) {
	class := 0
	if resp != nil {
		class = min(max(resp.StatusCode/100, 1), 5)
	}
	n.classes[class].Add(1)
	histogram := n.duration.Load()
	if histogram == nil {
		return
	}
	address := elsewhere
	if h != nil {
		address = h.name
	}
	attributes := []attribute.KeyValue{attribute.String("http.request.method", method(r)), attribute.String("server.address", address)}
	if resp != nil {
		attributes = append(attributes, attribute.Int("http.response.status_code", resp.StatusCode))
	}
	if t := errorType(resp, err); t != "" {
		attributes = append(attributes, attribute.String("error.type", t))
	}
	(*histogram).Record(ctx, took.Seconds(), metric.WithAttributes(attributes...))
}

// Measure adds how long requests take, by OpenTelemetry's semantic conventions for
// HTTP clients, and under names of our own what it counts.
func (c *Client) Measure(m metric.Meter) error {
	duration, err1 := m.Float64Histogram("http.client.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of requests to upstreams, up to the answer's header, or to all of it if it is read whole."),
		metric.WithExplicitBucketBoundaries(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30))
	requests, err2 := m.Int64ObservableCounter("mcpfleet.upstream.requests", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were sent, by the class of their status."))
	retries, err3 := m.Int64ObservableCounter("mcpfleet.upstream.retries", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were sent again."))
	unsent, err4 := m.Int64ObservableCounter("mcpfleet.upstream.unsent", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were not sent for a limit, a queue or a circuit breaker."))
	saved, err5 := m.Int64ObservableCounter("mcpfleet.upstream.saved", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that were answered from memory or together with an equal one."))
	size, err6 := m.Int64ObservableGauge("mcpfleet.upstream.cache", metric.WithUnit("By"),
		metric.WithDescription("What the answers that are kept take."))
	state, err7 := m.Int64ObservableGauge("mcpfleet.upstream.breaker", metric.WithUnit("1"),
		metric.WithDescription("Circuit breaker of a host: 0 closed, 1 half open, 2 open."))
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return err
	}
	c.counts.duration.Store(&duration)
	name := attribute.String("upstream", c.cfg.Name)
	all := metric.WithAttributes(name)
	how := func(s string) metric.ObserveOption { return metric.WithAttributes(name, attribute.String("how", s)) }
	_, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for class := range c.counts.classes {
			of := "failed"
			if class > 0 {
				of = strconv.Itoa(class) + "xx"
			}
			o.ObserveInt64(requests, c.counts.classes[class].Load(), metric.WithAttributes(name, attribute.String("status", of)))
		}
		o.ObserveInt64(retries, c.counts.retries.Load(), all)
		o.ObserveInt64(unsent, c.counts.unsent.Load(), all)
		o.ObserveInt64(saved, c.counts.unchanged.Load(), how("unchanged"))
		o.ObserveInt64(saved, c.counts.fresh.Load(), how("fresh"))
		o.ObserveInt64(saved, c.counts.joined.Load(), how("joined"))
		o.ObserveInt64(size, c.cache.bytes(), all)
		for _, h := range c.hosts {
			o.ObserveInt64(state, h.breaker.state(), metric.WithAttributes(name, attribute.String("server.address", h.name)))
		}
		return nil
	}, requests, retries, unsent, saved, size, state)
	return err
}
