package upstream

import (
	"context"
	"time"
)

// timer ends a request that takes too long. How long that is changes when the
// answer has begun. It is for one goroutine, but for stop.
type timer struct {
	end    time.Time
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// timed returns the context of a request, which must be stopped.
func (c *Client) timed(ctx context.Context) (context.Context, *timer) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &timer{time.Now().Add(c.cfg.Timeout), time.AfterFunc(c.cfg.Timeout, func() { cancel(errTotal) }), cancel}
}

// within ends the request after d, or at the end of its time if that is sooner.
func (t *timer) within(d time.Duration) { t.timer.Reset(min(d, time.Until(t.end))) }

// stop ends the request now.
func (t *timer) stop() {
	t.timer.Stop()
	t.cancel(nil)
}
