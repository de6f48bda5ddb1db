// Package toolerr makes errors that are safe to show to the caller of a tool.
//
// A failure that a handler returns reaches a model and a person outside this
// process. An [Error] carries what they may read: a [Code] from a closed list,
// a message that says what to change, and details; its cause is for the log
// only. Any other error is shown as "internal error" by [Payload], so text
// from a library or an upstream never leaks by accident.
//
// Start with [New], [Invalid] and [Wrap].
package toolerr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
)

// Code is the machine-readable kind of a failure. The list is closed: clients
// branch on it.
type Code string

// The codes of the fleet.
const (
	InvalidInput         Code = "INVALID_INPUT"         // the arguments are wrong; the message says which and how
	AuthenticationFailed Code = "AUTHENTICATION_FAILED" // no credentials, or credentials that an upstream refused
	PermissionDenied     Code = "PERMISSION_DENIED"     // known caller, not allowed to do this
	ResourceNotFound     Code = "RESOURCE_NOT_FOUND"    // what was named does not exist, or is not visible to the caller
	Conflict             Code = "CONFLICT"              // the state changed since the caller looked; look again
	RateLimited          Code = "RATE_LIMITED"          // too many calls; retry after the time given
	Timeout              Code = "TIMEOUT"               // the work did not end in its time
	Cancelled            Code = "CANCELLED"             // the caller went away or took the call back
	ServiceUnavailable   Code = "SERVICE_UNAVAILABLE"   // something this service depends on is away
	Internal             Code = "INTERNAL_ERROR"        // a defect here; the correlation id finds it in the log
)

// Error is a failure that may be shown to the caller. The zero value is not
// useful; build one with [New], [Invalid] or [Wrap]. An Error is immutable:
// the With methods return copies, so a package-level Error may be shared.
type Error struct {
	// Code is the kind of failure.
	Code Code
	// Message is one or two sentences for the caller: what is wrong and what to change.
	Message string
	// Retryable says that the same call may succeed later.
	Retryable bool
	// RetryAfter is how long to wait before a retry; zero means unknown. It is
	// reported in whole seconds, rounded up.
	RetryAfter time.Duration
	// Details are further fields for machines, marshalled as JSON.
	Details map[string]any
	// Cause is for the log. It is never shown.
	Cause error
	// Wait, if it is not nil, returns nil once what the caller was told to do has
	// been done, so that the same call may succeed. It is never shown.
	Wait func(ctx context.Context) error
}

// New returns an Error with a formatted message. [RateLimited], [Timeout] and
// [ServiceUnavailable] are retryable.
func New(code Code, format string, args ...any) *Error {
	e := &Error{Code: code, Message: fmt.Sprintf(format, args...)}
	switch code {
	case RateLimited, Timeout, ServiceUnavailable:
		e.Retryable = true
	}
	return e
}

// Invalid returns an [InvalidInput] error about one argument. The message
// should begin with the argument's name.
func Invalid(argument, format string, args ...any) *Error {
	return New(InvalidInput, format, args...).With("argument", argument)
}

// Wrap returns an Error whose cause goes to the log. The cause's text is not
// part of the message.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Cause = cause
	return e
}

// The details of [SignIn].
const (
	detailSignIn = "auth_required"
	detailURL    = "url"
)

// SignIn returns an [AuthenticationFailed] error of a caller for whom an upstream
// wants a person to sign in, at url. The message says to what, and does not repeat
// the URL: it is among the details, for whoever shows it to the person. wait may
// be nil; see [Error].
func SignIn(url string, wait func(ctx context.Context) error, format string, args ...any) *Error {
	e := New(AuthenticationFailed, format, args...).With(detailSignIn, true).With(detailURL, url)
	e.Wait = wait
	return e
}

// SignInURL returns where a person has to sign in before the call that failed
// with err can succeed. ok is false if that is not why it failed.
func SignInURL(err error) (url string, ok bool) {
	var e *Error
	if !errors.As(err, &e) || e.Details[detailSignIn] != true {
		return "", false
	}
	url, ok = e.Details[detailURL].(string)
	return url, ok && url != ""
}

// Error returns the message alone, without the cause.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// With returns a copy of e with one more detail.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = make(map[string]any, len(e.Details)+1)
	maps.Copy(c.Details, e.Details)
	c.Details[key] = value
	return &c
}

// After returns a retryable copy of e that says how long to wait.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.Retryable, c.RetryAfter = true, d
	return &c
}

// From returns err as an *Error. An ended context becomes [Timeout] or
// [Cancelled]; what was not made by this package becomes an [Internal] error
// that hides err's text and keeps it as the cause. From(nil) is nil.
func From(err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return Wrap(err, Timeout, "the call did not finish in its time; ask for less, or try again")
	case errors.Is(err, context.Canceled):
		return Wrap(err, Cancelled, "the call was cancelled")
	default:
		return Wrap(err, Internal, "internal error")
	}
}

// Payload returns the JSON text that a failed tool call carries:
//
//	{"error":{"code":"RATE_LIMITED","message":"…","retryable":true,"retry_after_seconds":30,"details":{…}}}
//
// An [Internal] error also carries the correlation id, which is how an operator
// finds its cause.
func Payload(err error, correlation string) []byte {
	e := From(err)
	p := payload{Code: e.Code, Message: e.Message, Retryable: e.Retryable, Details: e.Details}
	if e.RetryAfter > 0 {
		p.RetryAfter = int64(math.Ceil(e.RetryAfter.Seconds()))
	}
	if e.Code == Internal {
		p.Correlation = correlation
	}
	out, merr := encode(p)
	if merr != nil { // a detail that is not JSON must not hide the error itself
		p.Details = nil
		out, _ = encode(p)
	}
	return out
}

type payload struct {
	Code        Code           `json:"code"`
	Message     string         `json:"message"`
	Retryable   bool           `json:"retryable"`
	RetryAfter  int64          `json:"retry_after_seconds,omitempty"`
	Correlation string         `json:"correlation_id,omitempty"`
	Details     map[string]any `json:"details,omitempty"`
}

// encode leaves <, > and & as they are: the text is read by people and models.
func encode(p payload) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Error payload `json:"error"`
	}{p})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
