package server

import (
	"context"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// progressInterval is the least time between two notifications of one call.
const progressInterval = 100 * time.Millisecond

// Reporter sends the progress of one call to its caller. It is safe for
// concurrent use; a nil Reporter reports nothing.
type Reporter struct {
	notify func(done, total float64, message string)

	mu    sync.Mutex
	last  time.Time
	done  float64
	ended bool
}

type progressKey struct{}

// withProgress puts a Reporter into ctx if the caller asked for progress. It
// keeps one that is there.
func withProgress(ctx context.Context, req *mcp.CallToolRequest) context.Context {
	token := req.Params.GetProgressToken()
	if token == nil {
		return ctx
	}
	r := new(Reporter)
	r.notify = func(done, total float64, message string) {
		// A client that is gone is noticed by its context, not here.
		_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
			ProgressToken: token, Progress: done, Total: total, Message: message,
		})
	}
	return context.WithValue(ctx, progressKey{}, r)
}

// Progress returns the Reporter of the call that ctx belongs to, nil when its
// caller did not ask for progress.
func Progress(ctx context.Context) *Reporter {
	r, _ := ctx.Value(progressKey{}).(*Reporter)
	return r
}

// Report says that done of total units are finished; a total of zero means that
// it is not known. Reports that come too fast, or that do not advance, are
// dropped, so it may be called in a loop. The last unit is always reported.
func (r *Reporter) Report(done, total float64, message string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.ended || done <= r.done && !r.last.IsZero() || now.Sub(r.last) < progressInterval && (total == 0 || done < total) {
		return
	}
	r.last, r.done = now, done
	r.notify(done, total, message)
}

// end makes later reports nothing: the call has its answer.
func (r *Reporter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
}
