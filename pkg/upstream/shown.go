package upstream

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// Shown makes an error that a Client returned one that the caller of a tool may
// see; upstream is the name of what was asked. It is nil for any other error: what
// the upstream itself said is for its service to word.
func Shown(err error, upstream string) *toolerr.Error {
	var limit *LimitError
	var open *OpenError
	var busy *BusyError
	var moved *MovedError
	var large *TooLargeError
	var refused *RefusedError
	var network *NetworkError
	cause := Redact(err)
	switch {
	case errors.As(err, &limit) && limit.Secondary:
		return toolerr.Wrap(cause, toolerr.RateLimited, "%s takes no more requests for now: they came too fast", upstream).After(seconds(limit.After))
	case errors.As(err, &limit):
		return toolerr.Wrap(cause, toolerr.RateLimited, "%s's rate limit for %s is reached", upstream, limit.Resource).After(seconds(limit.After))
	case errors.As(err, &open):
		return toolerr.Wrap(cause, toolerr.ServiceUnavailable, "%s failed many times in a row and is left alone for a while", upstream).After(seconds(open.After))
	case errors.As(err, &busy):
		return toolerr.Wrap(cause, toolerr.RateLimited, "%s", busy.Error()).After(time.Second)
	case errors.As(err, &moved):
		return toolerr.Wrap(cause, toolerr.Conflict, "%s says that this has moved; nothing was changed: look it up and use its new name", upstream).With("moved_to", moved.To)
	case errors.As(err, &large):
		return toolerr.Wrap(cause, toolerr.InvalidInput, "the answer of %s is longer than %d bytes: ask for less", upstream, large.Limit)
	case errors.As(err, &refused):
		return toolerr.Wrap(cause, toolerr.ServiceUnavailable, "%s pointed to a place that is not asked: %s", upstream, refused.Reason)
	case errors.As(err, &network) && network.Failure == Slow:
		return toolerr.Wrap(cause, toolerr.Timeout, "%s took too long to answer", upstream)
	case errors.As(err, &network):
		return toolerr.Wrap(cause, toolerr.ServiceUnavailable, "%s", network.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return toolerr.From(cause)
	}
	return nil
}

// seconds rounds up: who comes back a moment early is refused again.
func seconds(d time.Duration) time.Duration {
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}
