package github

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// What a transport returns reaches the service inside what net/http makes of it.
func TestExplainTransport(t *testing.T) {
	wait := 2 * time.Minute
	tests := []struct {
		name   string
		err    error
		code   toolerr.Code
		unsure bool // if it was a change
		after  time.Duration
	}{
		{"limit", &upstream.LimitError{Resource: "core", After: wait}, toolerr.RateLimited, false, wait},
		{"secondary limit", &upstream.LimitError{Secondary: true, After: wait}, toolerr.RateLimited, false, wait},
		{"breaker", &upstream.OpenError{Upstream: "GitHub", After: wait}, toolerr.ServiceUnavailable, false, wait},
		{"bulkhead", &upstream.BusyError{Upstream: "GitHub"}, toolerr.RateLimited, false, time.Second},
		{"moved", &upstream.MovedError{Upstream: "GitHub", To: "https://api.github.com/repositories/5"}, toolerr.Conflict, false, 0},
		{"unreachable", &upstream.NetworkError{Upstream: "GitHub", Failure: upstream.Unreachable}, toolerr.ServiceUnavailable, false, 0},
		{"unknown host", &upstream.NetworkError{Upstream: "GitHub", Failure: upstream.Unknown}, toolerr.ServiceUnavailable, false, 0},
		{"slow", &upstream.NetworkError{Upstream: "GitHub", Failure: upstream.Slow}, toolerr.Timeout, true, 0},
		{"broken", &upstream.NetworkError{Upstream: "GitHub", Failure: upstream.Broken}, toolerr.ServiceUnavailable, true, 0},
		{"truncated", &upstream.NetworkError{Upstream: "GitHub", Failure: upstream.Truncated}, toolerr.ServiceUnavailable, true, 0},
		{"too large", &upstream.TooLargeError{Upstream: "GitHub", Limit: 10}, toolerr.InvalidInput, true, 0},
		{"deadline", context.DeadlineExceeded, toolerr.Timeout, true, 0},
		{"cancelled", context.Canceled, toolerr.Cancelled, true, 0},
	}
	s := new(Service)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for op, write := range map[string]bool{"Get": false, "Head": false, "Post": true, "Patch": true, "Delete": true, "Put": true} {
				err := s.shown(&url.Error{Op: op, URL: "https://api.github.com/x?token=SECRET", Err: tt.err}, "%s", "o/r#1")
				e := toolerr.From(err)
				if e.Code != tt.code || strings.Contains(e.Message, unsure) != (write && tt.unsure) || strings.Contains(e.Message, "SECRET") {
					t.Errorf("%s: %s %s", op, e.Code, e.Message)
				}
				if e.RetryAfter != tt.after || write && tt.unsure && e.Retryable {
					t.Errorf("%s: retryable %v after %v", op, e.Retryable, e.RetryAfter)
				}
			}
			if e := toolerr.From(s.shownWrite(tt.err, "w")); strings.Contains(e.Message, unsure) != tt.unsure {
				t.Errorf("without a method: %s", e.Message)
			}
		})
	}
}

func TestExplainGoGitHub(t *testing.T) {
	s := new(Service)
	hour := time.Hour
	for _, tt := range []struct {
		err   error
		after time.Duration // at most, and half of it at least
	}{
		{&github.RateLimitError{Rate: github.Rate{Reset: github.Timestamp{Time: time.Now().Add(hour)}}}, hour + time.Second},
		{&github.AbuseRateLimitError{RetryAfter: &hour}, hour},
		{&github.AbuseRateLimitError{}, time.Minute},
	} {
		e := toolerr.From(s.shown(tt.err, "w"))
		if e.Code != toolerr.RateLimited || e.RetryAfter > tt.after || e.RetryAfter < tt.after/2 || !errors.Is(e, tt.err) {
			t.Errorf("%T: %+v", tt.err, e)
		}
	}
	own := toolerr.New(toolerr.Conflict, "own")
	if err := s.shown(fmt.Errorf("around: %w", own), "w"); !errors.Is(err, own) {
		t.Error(err)
	}
	if err := s.shown(errors.New("a defect with SECRET"), "w"); toolerr.From(err).Code != toolerr.Internal || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
	if s.shown(nil, "w") != nil || s.shownWrite(nil, "w") != nil {
		t.Error("no error is one")
	}
}
