package github

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// GitHub asks for a second between the writes of a user, for 80 a minute that make
// something that people see, and counts each as 5 of 900 points a minute. A second
// each with a burst of 10 comes to 70 in the worst minute, so that most calls wait
// for nothing. Objects of git are seen by nobody before a branch has them: only
// the points count for those, which is 175 in the worst minute. The 500 an hour
// that people see cannot be waited for: GitHub refuses them, which is kept as any
// of its limits.
const (
	writeTime  = time.Second
	objectTime = 400 * time.Millisecond
	writeBurst = 10 * time.Second
)

// pace returns how long the writes of a credential are kept apart, nil at a server
// of one's own: that has no such limits, or ones of its operator's.
func pace(base *url.URL) func(*http.Request) time.Duration {
	if host := strings.ToLower(base.Hostname()); host != "api.github.com" && !strings.HasSuffix(host, ".ghe.com") {
		return nil
	}
	return func(r *http.Request) time.Duration {
		parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 6)
		switch {
		case parts[0] != "repos" && parts[0] != "repositories":
			return 0 // tokens of an App's installations
		case len(parts) > 4 && parts[3] == "git" && parts[4] != "refs":
			return objectTime
		}
		return writeTime
	}
}
