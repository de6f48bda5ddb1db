package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// errTotal is the cause of a context that ends by Config.Timeout, or by one of the
// bounds of a stream.
var errTotal = errors.New("the request took too long")

// Failure is what went wrong between here and the upstream.
type Failure string

// The failures of a NetworkError.
const (
	Unreachable Failure = "cannot be reached"
	Unknown     Failure = "has a host name that cannot be found"
	Untrusted   Failure = "has a certificate that is not trusted"
	Slow        Failure = "took too long to answer"
	Broken      Failure = "broke off the connection"
	Truncated   Failure = "broke off in the middle of an answer"
)

// NetworkError is returned when an upstream gave no answer, or no whole one. Its
// text has nothing of the request; Unwrap leads to what the network said.
type NetworkError struct {
	// Upstream is its name.
	Upstream string
	Failure  Failure
	cause    error
}

// Error says what failed.
func (e *NetworkError) Error() string { return e.Upstream + " " + string(e.Failure) }

// Unwrap returns the cause.
func (e *NetworkError) Unwrap() error { return e.cause }

// Timeout says whether it is a time limit that was met.
func (e *NetworkError) Timeout() bool { return e.Failure == Slow }

// OpenError is returned for a request that was not sent, since the last ones to
// its host failed.
type OpenError struct {
	Upstream string
	// After is when it is tried again.
	After time.Duration
}

// Error says that it is not tried.
func (e *OpenError) Error() string {
	return fmt.Sprintf("%s failed many times in a row and is left alone for a while", e.Upstream)
}

// BusyError is returned for a request that was not sent, since too many wait.
type BusyError struct {
	Upstream string
	// Own says that it is those of the same credential.
	Own bool
}

// Error says who waits.
func (e *BusyError) Error() string {
	if e.Own {
		return "too many requests of one user wait for " + e.Upstream
	}
	return "too many requests wait for " + e.Upstream
}

// TooLargeError is returned for an answer above Config.MaxBody or MaxStream.
type TooLargeError struct {
	Upstream string
	// Limit is the most bytes that are read.
	Limit int64
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer of %s is longer than %d bytes", e.Upstream, e.Limit)
}

// MovedError is returned for a request that changes something, when the upstream
// says that what it names is elsewhere. Nothing was changed.
type MovedError struct {
	Upstream string
	Status   int
	// To is the URL of the new place, without its query.
	To string
}

// Error says where it is.
func (e *MovedError) Error() string {
	return fmt.Sprintf("%s says that this has moved to %s, where changes are not sent by themselves", e.Upstream, e.To)
}

// RefusedError is returned for a request that may not be sent where it points.
type RefusedError struct {
	Upstream string
	// Reason is why.
	Reason string
}

// Error says why.
func (e *RefusedError) Error() string { return e.Upstream + ": refused: " + e.Reason }

// failed makes an error of the network one that has nothing of the request.
// Errors of this package stay as they are, and so does the end of the caller's
// own patience.
func (c *Client) failed(ctx context.Context, err error) error {
	var refused *RefusedError
	var large *TooLargeError
	var network *NetworkError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &large):
		return large
	case errors.As(err, &network):
		return network
	case ctx.Err() != nil && context.Cause(ctx) != errTotal:
		return ctx.Err()
	}
	return &NetworkError{c.cfg.Name, kind(ctx, err), err}
}

func kind(ctx context.Context, err error) Failure {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	var op *net.OpError
	switch {
	case ctx.Err() != nil:
		return Slow
	case errors.As(err, &dns):
		return Unknown
	case errors.As(err, &op) && op.Op == "dial":
		return Unreachable
	case errors.As(err, &timeout) && timeout.Timeout():
		return Slow
	case errors.As(err, &cert):
		return Untrusted
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Truncated
	}
	return Broken
}

// Redact returns an error without the query of the URL that net/http puts into
// it. The types of this package can still be found in it.
func Redact(err error) error {
	var u *url.Error
	if !errors.As(err, &u) {
		return err
	}
	at, _, _ := strings.Cut(u.URL, "?")
	return &url.Error{Op: u.Op, URL: at, Err: u.Err}
}

// Unsent says whether err is of a request that surely did nothing: it was not
// sent, or the upstream refused to carry it out.
func Unsent(err error) bool {
	var limit *LimitError
	var open *OpenError
	var busy *BusyError
	var moved *MovedError
	var refused *RefusedError
	var network *NetworkError
	switch {
	case errors.As(err, &limit), errors.As(err, &open), errors.As(err, &busy), errors.As(err, &moved), errors.As(err, &refused):
		return true
	case errors.As(err, &network):
		return network.Failure == Unreachable || network.Failure == Unknown || network.Failure == Untrusted
	}
	return false
}
