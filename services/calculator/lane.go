package calculator

import (
	"context"
	"runtime"
)

// lightWork is how much work a calculation does before it counts as costly:
// some ten milliseconds.
const lightWork = 10_000_000

// A lane lets as many costly calculations run at once as there are processors.
// The others wait in it, and the cheap ones, which are nearly all, never enter
// it: so 1+1 is answered at once however many factorials are under way.
type lane chan struct{}

func newLane() lane { return make(lane, runtime.GOMAXPROCS(0)) }

// enter returns a function that waits for a place, which is given back when
// ctx ends, as the context of a call does with the call.
func (l lane) enter(ctx context.Context) func() error {
	return func() error {
		select {
		case l <- struct{}{}:
			context.AfterFunc(ctx, func() { <-l })
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
