package toolerr_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

func TestPayload(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7: password=hunter2")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"invalid", toolerr.Invalid("limit", "limit must be <= 20, got %d", 99),
			`{"error":{"code":"INVALID_INPUT","message":"limit must be <= 20, got 99","retryable":false,"details":{"argument":"limit"}}}`},
		{"retry rounds up", toolerr.New(toolerr.RateLimited, "slow down").After(1500 * time.Millisecond),
			`{"error":{"code":"RATE_LIMITED","message":"slow down","retryable":true,"retry_after_seconds":2}}`},
		{"cause stays inside", toolerr.Wrap(secret, toolerr.ServiceUnavailable, "the database is away"),
			`{"error":{"code":"SERVICE_UNAVAILABLE","message":"the database is away","retryable":true}}`},
		{"found through wrapping", fmt.Errorf("listing: %w", toolerr.New(toolerr.ResourceNotFound, "no such table")),
			`{"error":{"code":"RESOURCE_NOT_FOUND","message":"no such table","retryable":false}}`},
		{"foreign error is hidden", secret,
			`{"error":{"code":"INTERNAL_ERROR","message":"internal error","retryable":false,"correlation_id":"c-1"}}`},
		{"deadline", fmt.Errorf("query: %w", context.DeadlineExceeded),
			`{"error":{"code":"TIMEOUT","message":"the call did not finish in its time; ask for less, or try again","retryable":true}}`},
		{"cancelled", context.Canceled,
			`{"error":{"code":"CANCELLED","message":"the call was cancelled","retryable":false}}`},
		{"sign in", toolerr.SignIn("https://h/start?a=1&b=2", nil, "sign in to %s", "GitHub"),
			`{"error":{"code":"AUTHENTICATION_FAILED","message":"sign in to GitHub","retryable":false,"details":{"auth_required":true,"url":"https://h/start?a=1&b=2"}}}`},
		{"detail that is not JSON", toolerr.New(toolerr.Conflict, "changed").With("bad", func() {}),
			`{"error":{"code":"CONFLICT","message":"changed","retryable":false}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(toolerr.Payload(tt.err, "c-1")); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestErrorKeepsCauseForTheLogOnly(t *testing.T) {
	cause := errors.New("secret detail")
	e := toolerr.Wrap(cause, toolerr.Internal, "it broke")
	if !errors.Is(e, cause) {
		t.Error("the cause is lost")
	}
	if strings.Contains(e.Error(), "secret") {
		t.Errorf("Error() shows the cause: %q", e.Error())
	}
}

func TestWithDoesNotChangeTheOriginal(t *testing.T) {
	base := toolerr.New(toolerr.Conflict, "changed")
	one := base.With("a", 1)
	one.With("b", 2)
	if len(base.Details) != 0 || len(one.Details) != 1 {
		t.Errorf("details leaked between copies: base %v, one %v", base.Details, one.Details)
	}
}

func TestSignInURL(t *testing.T) {
	in := toolerr.SignIn("https://h/start", nil, "sign in")
	for _, tt := range []struct {
		err error
		url string
	}{
		{in, "https://h/start"},
		{fmt.Errorf("reading: %w", in), "https://h/start"},
		{toolerr.New(toolerr.AuthenticationFailed, "no").With("url", "https://h"), ""},
		{toolerr.SignIn("", nil, "sign in"), ""},
		{errors.New("no"), ""},
		{nil, ""},
	} {
		if url, ok := toolerr.SignInURL(tt.err); url != tt.url || ok != (tt.url != "") {
			t.Errorf("%v: %q, %t", tt.err, url, ok)
		}
	}
}
