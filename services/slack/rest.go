package slack

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// rest says how a list goes on, and why it ended early. It is embedded in outputs.
type rest struct {
	NextCursor    string `json:"next_cursor,omitempty"`
	PartialReason string `json:"partial_reason,omitempty" hidden:"true"`
	RetryAfter    int    `json:"retry_after_seconds,omitempty" hidden:"true"`
}

// partial notes that something was not read, of an error that can be shown. What
// was read before is worth more than the failure.
func (r *rest) partial(err error) {
	e := toolerr.From(err)
	r.PartialReason = strings.ToLower(string(e.Code))
	r.RetryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
}

// ended takes an error for the end of what there is for now, if it is one that
// passes. It reports whether it is.
func (r *rest) ended(err error) bool {
	if !passes(err) {
		return false
	}
	r.partial(err)
	return true
}

// passes reports whether an error is of this moment, and not of what was asked.
func passes(err error) bool {
	switch toolerr.From(err).Code {
	case toolerr.RateLimited, toolerr.Timeout, toolerr.ServiceUnavailable:
		return true
	}
	return false
}

// asked is an input as text, to bind a cursor to: a caller clears what may differ
// from page to page.
func asked(question any) string {
	b, err := json.Marshal(question)
	if err != nil {
		panic(err) // an input is made of strings and numbers
	}
	return string(b)
}
