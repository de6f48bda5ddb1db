package upstream

import (
	"context"
	"net/http"
	"time"
)

// admit waits for what is known of the credential's limits, and for a write's turn.
func (c *Client) admit(r *http.Request, cred Credential, resource string, fits func(time.Duration) bool) error {
	ctx := r.Context()
	err := c.limits.admit(ctx, cred, resource, fits)
	if err != nil || c.cfg.Pace == nil || reads(r.Method) {
		return err
	}
	if err := c.limits.pace(ctx, cred, resource, c.cfg.Pace(r), fits); err != nil {
		return err
	}
	// A limit may have been reached meanwhile.
	return c.limits.admit(ctx, cred, resource, fits)
}

// pace waits for a write's turn, if there is time for it. Writes take turns in the
// order in which they came: each knows at once when it may go.
func (t *tracker) pace(ctx context.Context, cred Credential, resource string, takes time.Duration, fits func(time.Duration) bool) error {
	if takes <= 0 {
		return nil
	}
	wait, ok := t.turn(cred, takes, fits)
	switch {
	case !ok:
		return &LimitError{Resource: resource, Secondary: true, After: wait, unsent: true}
	case wait <= 0:
		return nil
	}
	if err := sleep(ctx, wait); err != nil {
		t.giveBack(cred, takes)
		return err
	}
	return nil
}

// turn returns how long a write has to wait, and counts it if it has the time.
func (t *tracker) turn(cred Credential, takes time.Duration, fits func(time.Duration) bool) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, now := t.of(cred, true), time.Now()
	if u.paced.Before(now) {
		u.paced = now
	}
	wait = u.paced.Sub(now) - max(t.burst-takes, 0)
	if wait > 0 && !fits(wait) {
		return wait, false
	}
	u.paced = u.paced.Add(takes)
	return wait, true
}

// giveBack is for a write that did not take its turn.
func (t *tracker) giveBack(cred Credential, takes time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u := t.of(cred, false); u != nil {
		u.paced = u.paced.Add(-takes)
	}
}
