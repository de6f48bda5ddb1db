package database

import (
	"errors"
	"strconv"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/param"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// codes are what callers see of the kinds of failures.
var codes = map[postgres.Kind]toolerr.Code{
	postgres.Invalid:     toolerr.InvalidInput,
	postgres.Missing:     toolerr.ResourceNotFound,
	postgres.Denied:      toolerr.PermissionDenied,
	postgres.Refused:     toolerr.PermissionDenied,
	postgres.Timeout:     toolerr.Timeout,
	postgres.Locked:      toolerr.Conflict,
	postgres.Conflict:    toolerr.Conflict,
	postgres.TooLarge:    toolerr.InvalidInput,
	postgres.Busy:        toolerr.ServiceUnavailable,
	postgres.Unavailable: toolerr.ServiceUnavailable,
	postgres.Resources:   toolerr.ServiceUnavailable,
	postgres.Unknown:     toolerr.Internal,
}

// is reports whether err is a failure of this kind.
func is(err error, kind postgres.Kind) bool {
	var e *postgres.Error
	return errors.As(err, &e) && e.Kind == kind
}

// shown makes an error of the domain one that the caller may see.
func shown(err error) error {
	var refusal *gate.Refusal
	if errors.As(err, &refusal) {
		t := toolerr.New(toolerr.PermissionDenied, "%s", refusal.Message).With("rule", refusal.Rule)
		if refusal.Offset >= 0 {
			t = t.With("offset", refusal.Offset)
		}
		return t
	}
	var bad *param.Error
	if errors.As(err, &bad) {
		argument := "params"
		if bad.Index >= 0 {
			argument += "[" + strconv.Itoa(bad.Index) + "]"
		}
		return toolerr.Invalid(argument, "%s", bad.Message)
	}
	var e *postgres.Error
	if !errors.As(err, &e) {
		return err
	}
	t := toolerr.Wrap(e.Cause(), codes[e.Kind], "%s", e.Message).With("reason", string(e.Kind))
	for name, text := range map[string]string{"sqlstate": e.SQLState, "detail": e.Detail, "hint": e.Hint} {
		if text != "" {
			t = t.With(name, text)
		}
	}
	if e.Position > 0 {
		t = t.With("position", e.Position)
	}
	if e.Retryable {
		t = t.After(e.RetryAfter)
	}
	return t
}
