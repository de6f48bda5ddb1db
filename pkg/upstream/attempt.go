package upstream

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// patience is how long a host may say nothing before a caller who gives up tells
// something about the host, and not only about the caller.
const patience = 5 * time.Second

// attempt sends a request once, or not at all if it is known what would come of
// it. A body that is not in memory keeps its slot until it is closed.
func (c *Client) attempt(r *http.Request, h *host, n int, fits func(time.Duration) bool) (*http.Response, error) {
	ctx, cred, resource := r.Context(), CredentialFrom(r.Context()), ""
	if h != nil {
		resource = c.cfg.Limits.Resource(r)
		if err := c.admit(r, cred, resource, fits); err != nil {
			c.counts.unsent.Add(1)
			return nil, c.passed(ctx, err)
		}
	}
	release, err := c.bulk.acquire(ctx, cred.sum)
	if err != nil {
		c.counts.unsent.Add(1)
		return nil, c.passed(ctx, err)
	}
	tell := func(outcome) {}
	if h != nil {
		if tell, err = h.breaker.take(r.URL.Path); err != nil {
			release()
			c.counts.unsent.Add(1)
			return nil, err
		}
	}
	began := time.Now()
	resp, err := c.send(r, h, cred, n)
	tell(told(ctx, resp, err, time.Since(began)))
	if err == nil && h != nil {
		if limit := c.limits.note(cred, resource, resp); limit != nil {
			resp.Body.Close()
			resp, err = nil, limit
		}
	}
	if err != nil || whole(resp) {
		release()
	} else {
		resp.Body.(*stream).onClose(release)
	}
	return resp, err
}

// passed makes the end of a wait an error of this package.
func (c *Client) passed(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return c.failed(ctx, err)
	}
	return err
}

// told is what an attempt tells of its host.
func told(ctx context.Context, resp *http.Response, err error, took time.Duration) outcome {
	var large *TooLargeError
	var network *NetworkError
	switch {
	case err == nil:
		return tells(resp.StatusCode)
	case errors.As(err, &large):
		return well
	case ctx.Err() != nil && took < patience:
		return untold
	case errors.Is(ctx.Err(), context.Canceled) && context.Cause(ctx) != errTotal:
		return untold
	case errors.As(err, &network) && (network.Failure == Unreachable || network.Failure == Unknown || network.Failure == Untrusted):
		return away
	}
	return ill
}

// send writes the request and reads what is to be in memory of the answer.
func (c *Client) send(r *http.Request, h *host, cred Credential, n int) (*http.Response, error) {
	ctx, end := c.span(r, h, n)
	out, rt := r.Clone(ctx), c.foreign
	var kept *entry
	var k key
	if h != nil {
		rt = c.base
		if cred.header != "" {
			out.Header.Set("Authorization", cred.header)
		}
		if c.cfg.Propagate {
			inject(ctx, out.Header)
		}
		if shareable(r) {
			k = newKey(r)
			kept = c.cache.conditions(k, out.Header)
		}
	}
	writes := c.cache.written()
	began := time.Now()
	resp, err := rt.RoundTrip(out)
	if err != nil {
		err = c.failed(ctx, err)
	} else if isWhole(resp, h != nil) {
		err = c.read(ctx, resp)
	} else {
		resp.Body = &stream{c: c, ctx: ctx, body: resp.Body, left: c.cfg.MaxStream}
	}
	if err != nil {
		resp = nil
	}
	c.counts.request(ctx, r, h, resp, err, time.Since(began))
	end(resp, err)
	if err != nil || h == nil || !shareable(r) {
		return resp, err
	}
	if kept != nil && resp.StatusCode == http.StatusNotModified {
		c.counts.unchanged.Add(1)
		resp.Body.Close()
		return c.cache.confirm(kept, resp, writes), nil
	}
	// What is true of one answer only is not kept.
	header := resp.Header.Clone()
	header.Del("Date")
	c.cfg.Limits.strip(header)
	c.cache.store(k, r.URL, resp, header, writes)
	return resp, nil
}
