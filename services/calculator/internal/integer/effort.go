package integer

import (
	"errors"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// errSpent says that a search has used up what it may: what was found until
// then is the answer.
var errSpent = errors.New("the budget of the search is used up")

// effort is the part of an evaluation's budget that a search may use before it
// answers with what it has found.
type effort struct {
	a     *number.Arith
	left  int64
	until time.Time // zero if there is no deadline
	poll  int64
}

const (
	// effortPoll is the work between two looks at the clock, about a
	// millisecond.
	effortPoll = 1 << 20
	// answerTime is kept of the time of a call to write down the answer.
	answerTime = 150 * time.Millisecond
)

// newEffort returns an effort of all that is left but for a tenth.
func newEffort(a *number.Arith) *effort {
	e := &effort{a: a, left: a.Remaining() / 10 * 9, poll: effortPoll}
	if d, ok := a.Deadline(); ok {
		e.until = d.Add(-min(answerTime, time.Until(d)/4))
	}
	return e
}

// limited returns an effort of at most so many units of e.
func (e *effort) limited(units int64) *effort {
	return &effort{a: e.a, left: min(units, e.left), until: e.until, poll: effortPoll}
}

// spend takes units of work. The error is errSpent, or the one of the context.
func (e *effort) spend(units int64) error {
	e.left -= units
	if e.left < 0 {
		return errSpent
	}
	if e.poll -= units; e.poll < 0 {
		e.poll = effortPoll
		if !e.until.IsZero() && time.Now().After(e.until) {
			e.left = 0
			return errSpent
		}
	}
	return e.a.Spend(units)
}
