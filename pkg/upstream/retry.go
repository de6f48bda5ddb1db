package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// exchange makes one hop: an attempt, and further ones where they are harmless and
// their waits fit. h is nil outside.
func (c *Client) exchange(r *http.Request, h *host, fits func(time.Duration) bool) (*http.Response, error) {
	ctx, left := r.Context(), c.cfg.RetryWait
	for n := 0; ; n++ {
		resp, err := c.attempt(r, h, n, fits)
		wait, again := c.again(r, resp, err, n)
		if !again || wait > left || !fits(wait) || !rewind(r) {
			return resp, err
		}
		if resp != nil {
			resp.Body.Close()
		}
		left -= wait
		c.counts.retries.Add(1)
		if err := sleep(ctx, wait); err != nil {
			return nil, c.failed(ctx, err)
		}
	}
}

// again says whether and when a request is repeated. A write that got no answer
// may have been carried out.
func (c *Client) again(r *http.Request, resp *http.Response, err error, n int) (time.Duration, bool) {
	if n >= c.cfg.Retries || r.Context().Err() != nil || r.Method != http.MethodGet && r.Method != http.MethodHead && r.Context().Value(repeatableKey{}) == nil {
		return 0, false
	}
	backoff := jitter(250 * time.Millisecond << n)
	if err == nil {
		switch resp.StatusCode {
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			if wait, ok := retryAfter(resp.Header); ok {
				return wait, true
			}
			return backoff, true
		}
		return 0, false
	}
	var limit *LimitError
	if errors.As(err, &limit) {
		return limit.After, !limit.unsent && limit.After > 0 && limit.After <= c.cfg.LimitWait
	}
	var network *NetworkError
	if errors.As(err, &network) {
		switch network.Failure {
		case Unreachable, Broken, Truncated:
			return backoff, true
		}
	}
	return 0, false
}

// jitter keeps requests that failed together from coming back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// retryAfter reads the header of that name: seconds or a date, by the clock of who
// sent it if that is known.
func retryAfter(h http.Header) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1<<31 {
		return time.Duration(s) * time.Second, true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(until(at, h), 0), true
}

// until is how long it is from when an answer was sent to a time that it names.
func until(at time.Time, h http.Header) time.Duration {
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		return at.Sub(sent)
	}
	return time.Until(at)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
