package database

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	trace := traced("shop")
	if _, end := trace(t.Context(), "read"); end != nil {
		end(errors.New("without a span around it")) // makes none
	}
	ctx, call := provider.Tracer("test").Start(t.Context(), "tools/call")
	for _, err := range []error{nil, &postgres.Error{Kind: postgres.Invalid, Message: "hunter2", SQLState: "42601"}, &postgres.Error{Kind: postgres.Busy}, context.Canceled, context.DeadlineExceeded, errors.New("hunter2")} {
		inner, end := trace(ctx, "read")
		if inner == ctx {
			t.Error("the context has no span of its own")
		}
		end(err)
	}
	call.End()
	var got []string
	for _, s := range spans.Ended()[:len(spans.Ended())-1] {
		if s.Name() != "read" || s.Parent().SpanID() != call.SpanContext().SpanID() || s.Status().Description != "" || len(s.Events()) > 0 {
			t.Errorf("a span is %+v", s)
		}
		set := attribute.NewSet(s.Attributes()...)
		got = append(got, set.Encoded(attribute.DefaultEncoder()))
	}
	const common = "db.namespace=shop,db.system.name=postgresql"
	want := []string{common, common + ",error.type=42601", common + ",error.type=busy", common + ",error.type=canceled", common + ",error.type=timeout", common + ",error.type=_OTHER"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
