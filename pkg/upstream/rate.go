package upstream

import (
	"fmt"
	"time"
)

// Rate is what an upstream last said of one of its limits.
type Rate struct {
	// Resource is what the limit is for: "core", "search".
	Resource string `json:"resource"`
	// Limit is the requests of a window, Remaining what is left of them.
	Limit     int `json:"limit"`
	Remaining int `json:"remaining"`
	// Reset is when the window ends.
	Reset time.Time `json:"reset"`
}

// Rates returns what is known of the limits of a credential, by resource. It asks
// nobody.
func (c *Client) Rates(_ Credential) []Rate { return nil }

// LimitError is returned for a request that the upstream refused for its rate, or
// would refuse: then it was not sent.
type LimitError struct {
	// Resource is what the limit is for.
	Resource string
	// Secondary says that it is a limit on behaviour, not the one that is counted down.
	Secondary bool
	// After is how long to wait, zero if it is not known.
	After time.Duration
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the rate limit for %s is reached", e.Resource)
}
