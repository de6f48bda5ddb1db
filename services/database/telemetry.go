package database

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Measure adds the counts of the pools, by OpenTelemetry's semantic conventions
// for database clients and, where those count nothing, under names of our own.
func (s *Service) Measure(m metric.Meter) error {
	count, err1 := m.Int64ObservableUpDownCounter("db.client.connection.count", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections of a pool that are idle or used."))
	most, err2 := m.Int64ObservableUpDownCounter("db.client.connection.max", metric.WithUnit("{connection}"),
		metric.WithDescription("The most connections of a pool."))
	acquired, err3 := m.Int64ObservableCounter("mcpfleet.database.pool.acquired", metric.WithUnit("{use}"),
		metric.WithDescription("How often a connection was taken from a pool."))
	waited, err4 := m.Int64ObservableCounter("mcpfleet.database.pool.waited", metric.WithUnit("{use}"),
		metric.WithDescription("How often one was not there at once."))
	gaveUp, err5 := m.Int64ObservableCounter("mcpfleet.database.pool.canceled", metric.WithUnit("{use}"),
		metric.WithDescription("How often who waited for one got none."))
	waiting, err6 := m.Float64ObservableCounter("mcpfleet.database.pool.wait_time", metric.WithUnit("s"),
		metric.WithDescription("How long was waited for connections, in all."))
	opened, err7 := m.Int64ObservableCounter("mcpfleet.database.pool.opened", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections that a pool has opened."))
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return err
	}
	type options struct{ idle, used, all metric.ObserveOption }
	sets := make([]options, len(s.databases))
	for i, d := range s.databases {
		name := attribute.String("db.client.connection.pool.name", d.set.Name)
		state := attribute.Key("db.client.connection.state")
		sets[i] = options{metric.WithAttributes(name, state.String("idle")), metric.WithAttributes(name, state.String("used")), metric.WithAttributes(name)}
	}
	_, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for i, d := range s.databases {
			st, set := d.Stats(), sets[i]
			o.ObserveInt64(count, int64(st.Idle), set.idle)
			o.ObserveInt64(count, int64(st.Used), set.used)
			o.ObserveInt64(most, int64(st.Max), set.all)
			o.ObserveInt64(acquired, st.Acquired, set.all)
			o.ObserveInt64(waited, st.Waited, set.all)
			o.ObserveInt64(gaveUp, st.Canceled, set.all)
			o.ObserveFloat64(waiting, st.WaitTime.Seconds(), set.all)
			o.ObserveInt64(opened, st.Opened, set.all)
		}
		return nil
	}, count, most, acquired, waited, gaveUp, waiting, opened)
	return err
}

// traced returns what makes a span of each thing that is done on a database:
// beneath the span of the call, and only if there is one that is kept.
func traced(database string) func(ctx context.Context, name string) (context.Context, func(error)) {
	attributes := trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.namespace", database))
	return func(ctx context.Context, name string) (context.Context, func(error)) {
		parent := trace.SpanFromContext(ctx)
		if !parent.IsRecording() {
			return ctx, func(error) {}
		}
		ctx, span := parent.TracerProvider().Tracer("github.com/mcpfleet/mcpfleet/services/database").
			Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), attributes)
		return ctx, func(err error) {
			if err != nil {
				// The message may quote what is in the database.
				span.SetAttributes(attribute.String("error.type", failure(err)))
				span.SetStatus(otelcodes.Error, "")
			}
			span.End()
		}
	}
}

// failure names the kind of an error.
func failure(err error) string {
	var e *postgres.Error
	switch {
	case errors.As(err, &e) && e.SQLState != "":
		return e.SQLState
	case errors.As(err, &e):
		return string(e.Kind)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "_OTHER"
}
