package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is how many requests each principal may send, and how many of them at
// once. The zero Rate grants nothing; [ParseRate] makes one.
type Rate struct {
	off      bool
	burst    int
	interval time.Duration // in which one request is given back, rounded up
	text     string
}

// most bounds the numbers of a rate, so that no sum of them overflows.
const most = 1_000_000

// ParseRate reads what --rate-limit says: a number of requests per s, m or h,
// such as "100/s" or "600/m"; the same with a burst, "600/m:50"; or "off". Both
// numbers are between 1 and 1,000,000.
//
// The burst is how many requests may come at once after a pause. If it is not
// given, it is the number for two seconds, rounded up, and at least 10: 200 of
// "100/s", 20 of "600/m", 10 of "10000/h".
func ParseRate(text string) (Rate, error) {
	if text == "off" {
		return Rate{off: true, text: text}, nil
	}
	spec, burst, hasBurst := strings.Cut(text, ":")
	number, unit, _ := strings.Cut(spec, "/")
	per := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	if per == 0 {
		return Rate{}, fmt.Errorf("%.60q is not a rate: give a number per s, m or h, such as 100/s or 600/m:50 (50 at once), or off", text)
	}
	count, ok := positive(number)
	if !ok {
		return Rate{}, fmt.Errorf("the rate %.60q: give a number from 1 to %d before the /, such as 100/s, or off for no limit", text, most)
	}
	seconds := int(per / time.Second)
	r := Rate{
		burst:    max(10, (2*count+seconds-1)/seconds),
		interval: (per + time.Duration(count) - 1) / time.Duration(count),
		text:     text,
	}
	if hasBurst {
		if r.burst, ok = positive(burst); !ok {
			return Rate{}, fmt.Errorf("the rate %.60q: give a number from 1 to %d after the colon, how many may come at once, such as %s:50", text, most, spec)
		}
	}
	return r, nil
}

func positive(digits string) (n int, ok bool) {
	u, err := strconv.ParseUint(digits, 10, 32)
	return int(u), err == nil && u >= 1 && u <= most
}

// Off reports whether there is no limit.
func (r Rate) Off() bool { return r.off }

// Burst is the most that one [Limiter.Take] is ever granted.
func (r Rate) Burst() int { return r.burst }

// String returns the rate as it was written.
func (r Rate) String() string { return r.text }

// cost is how long the rate takes to give back n requests, which are at most a
// burst.
func (r Rate) cost(n int) time.Duration { return time.Duration(n) * r.interval }

// capacity is how long an empty bucket takes to be full.
func (r Rate) capacity() time.Duration { return r.cost(r.burst) }
