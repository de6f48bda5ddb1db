package slack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var (
	pRule    = regexp.MustCompile(`^p?(\d{10})(\d{6})$`)
	spanRule = regexp.MustCompile(`^(\d{1,5})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)$`)
)

// timestamp returns what names a message, given as Slack writes it or as it stands
// in a permalink.
func timestamp(argument, s string) (string, error) {
	s = strings.TrimSpace(s)
	if m := pRule.FindStringSubmatch(s); m != nil {
		return m[1] + "." + m[2], nil
	}
	if !tsRule.MatchString(s) {
		return "", toolerr.Invalid(argument, "%s: give the ts of a message, such as 1503435956.000247", argument)
	}
	return s, nil
}

// moment returns a point in time as a timestamp: a date, a time of RFC 3339, how
// long ago, today or yesterday, Unix seconds, or the ts of a message. Days are
// those of UTC; the end of a day is meant where end is true.
func moment(argument, s string, end bool, now time.Time) (string, error) {
	s = strings.TrimSpace(s)
	if tsRule.MatchString(s) {
		return s, nil
	}
	day, isDay := time.Time{}, true
	today := now.UTC().Truncate(24 * time.Hour)
	switch strings.ToLower(s) {
	case "today":
		day = today
	case "yesterday":
		day = today.AddDate(0, 0, -1)
	default:
		var err error
		day, err = time.Parse(time.DateOnly, s)
		isDay = err == nil
	}
	if isDay {
		if end {
			day = day.AddDate(0, 0, 1)
		}
		// Slack leaves the bounds themselves out.
		return stamp(day.Add(-time.Microsecond)), nil
	}
	if ago, ok := span(strings.TrimSuffix(strings.ToLower(s), " ago")); ok {
		if at := now.Add(-ago); at.Unix() > 0 {
			return stamp(at), nil
		}
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return stamp(at), nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e8 && n < 1e11 {
		return stamp(time.Unix(n, 0)), nil
	}
	return "", toolerr.Invalid(argument, "%s: give a date such as 2026-11-20, a time such as 2026-11-20T09:00:00Z, how long ago such as 24h or 7d, or the ts of a message", argument)
}

// span reads a length of time: 90m, 2 hours, 7d, 1 week.
func span(s string) (time.Duration, bool) {
	m := spanRule.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[m[2][0]]
	return time.Duration(n) * unit, err == nil
}

// secondOf is the second that a timestamp is in, the zero time for "".
func secondOf(ts string) time.Time {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// stamp is a time as Slack writes it.
func stamp(at time.Time) string {
	if at.Unix() < 0 {
		return "0.000000"
	}
	return fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000)
}

// timeOf is when a message was written, "" if its timestamp is none.
func timeOf(ts string) string {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > 1<<37 {
		return ""
	}
	return time.Unix(n, 0).UTC().Format(time.RFC3339)
}

// earlier says whether one timestamp is before another, each of them some digits,
// a point and six digits.
func earlier(a, b string) bool {
	x, _, _ := strings.Cut(a, ".")
	y, _, _ := strings.Cut(b, ".")
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return a < b
}
