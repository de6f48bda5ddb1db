package rates

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Slack's tiers, in requests a minute. They are the least that is let through, and
// bursts run far ahead of them: they are kept to only where Slack has refused.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// tier returns the tier of a method; most are of the third.
func tier(method string) float64 {
	switch method {
	case "conversations.list", "users.list", "usergroups.list", "search.messages", "assistant.search.context",
		"pins.list", "conversations.create", "conversations.setTopic", "conversations.setPurpose", "reactions.remove":
		return tier2
	case "users.info", "conversations.members", "files.info", "files.download", "auth.test", "chat.postMessage":
		return tier4
	}
	return tier3
}

// pace is how fast requests may come.
type pace struct{ perSecond, burst float64 }

// pacedFor is for how long a tier is kept to after a refusal.
const pacedFor = 10 * time.Minute

// inChannel is that of messages to one channel, which people see as they come.
const inChannel, inChannelBurst = 1, 5

// pace returns that of a bucket. The lock is held.
func (l *Limiter) pace(b *bucket, now time.Time) pace {
	switch {
	case reading(b.key.Method) && now.Before(l.restricted[b.key.Team].spaced):
		return pace{1. / 60, 1}
	case b.key.Channel != "":
		return pace{inChannel, inChannelBurst}
	case now.Before(b.paced):
		perMinute := tier(b.key.Method)
		return pace{perMinute / 60, perMinute}
	}
	return pace{unlimited, unlimited}
}

// unlimited is more than anybody asks.
const unlimited = 1e6

// restriction is what is believed of a workspace, and until when: that the app gets
// short pages, and that it gets one a minute.
type restriction struct{ short, spaced time.Time }

const (
	// RestrictedLimit is the most messages that a restricted app gets at once.
	RestrictedLimit = 15
	// restrictedAfter is the shortest wait that tells a restricted app: other limits
	// are over sooner.
	restrictedAfter = 30 * time.Second
	// restrictedFor is for how long that is believed. Slack says nothing of it, and
	// an app may be reviewed, or be taken for restricted when it is not.
	restrictedFor = time.Hour
	// assumed is the wait of a refusal that does not say: longer than a request
	// waits, and too short to tell a restricted app.
	assumed = 20 * time.Second
)

// reading reports whether a method is one of those two that Slack restricts for
// apps that are distributed outside its marketplace: to a page of 15 messages a
// minute.
func reading(method string) bool {
	return method == "conversations.history" || method == "conversations.replies"
}

// Page tells of a page of messages that came in answer to a request for limit of
// them. One of exactly as many as a restricted app gets, where more were asked for
// and there are more, tells that it is one. Slack may return fewer than it was asked
// for in any case: that the app gets one a minute is believed when it is refused.
func (l *Limiter) Page(k Key, limit, got int, more bool) {
	short := got == RestrictedLimit || k.Method == "conversations.replies" && got == RestrictedLimit+1 // with the thread's first
	if !more || limit <= RestrictedLimit+1 || !short || !reading(k.Method) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.restrict(k.Team, time.Now(), false)
}

// restrict notes that a team's app is restricted. The lock is held.
func (l *Limiter) restrict(team string, now time.Time, spaced bool) {
	if len(l.restricted) >= maxTeams {
		maps.DeleteFunc(l.restricted, func(_ string, r restriction) bool { return now.After(r.short) })
	}
	r, ok := l.restricted[team]
	if !ok && len(l.restricted) >= maxTeams {
		return
	}
	r.short = now.Add(restrictedFor)
	if spaced {
		r.spaced = r.short
	}
	l.restricted[team] = r
}

// Restricted reports whether the app gets pages of RestrictedLimit messages only in
// a workspace, as far as Slack has shown.
func (l *Limiter) Restricted(team string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.restricted[team].short)
}

// RetryAfter returns how long an answer with status 429 says to wait: in seconds,
// as a date, or not at all.
func RetryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 && s <= longest.Seconds() {
		return max(time.Duration(math.Ceil(s))*time.Second, time.Second)
	} else if err == nil && s > 0 {
		return longest
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return assumed
	}
	return min(max(at.Sub(Sent(h)), time.Second), longest)
}

// Sent returns when an answer was sent, by the clock of who sent it.
func Sent(h http.Header) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return time.Now()
}
