package slacktest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limit is one that a test has set for a method.
type limit struct {
	free    int // calls that are answered before
	seconds int // of Retry-After
	// every is the time between two calls that are answered.
	every time.Duration
	last  time.Time
}

// Limit has a method answer 429 until it is called with zero.
func (s *Server) Limit(method string, retryAfterSeconds int) {
	s.LimitAfter(method, 0, retryAfterSeconds)
}

// LimitAfter has a method answer 429 after some calls, until it is called with
// zero seconds.
func (s *Server) LimitAfter(method string, calls, retryAfterSeconds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.limits, method)
	if retryAfterSeconds != 0 {
		s.limits[method] = &limit{free: calls, seconds: retryAfterSeconds}
	}
}

// Restrict is what happens to an app that is sold outside of Slack's Marketplace:
// pages of conversations.history and conversations.replies have 15 messages at
// most. With spaced, each of them also answers once a minute only.
func (s *Server) Restrict(spaced bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capped = true
	if spaced {
		for _, m := range []string{"conversations.history", "conversations.replies"} {
			s.limits[m] = &limit{every: time.Minute}
		}
	}
}

// wait returns the seconds after which a method may be called again; 0: now.
func (s *Server) wait(method string) int {
	l := s.limits[method]
	switch {
	case l == nil:
		return 0
	case l.every != 0:
		now := s.Now()
		if left := l.last.Add(l.every).Sub(now); left > 0 {
			return int((left + time.Second - 1) / time.Second)
		}
		l.last = now
		return 0
	case l.free > 0:
		l.free--
		return 0
	}
	return l.seconds
}

func limited(seconds int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
	}
}

// The scopes that the tokens of a test have unless it chooses.
const (
	botScopes = "canvases:read channels:history channels:join channels:manage channels:read chat:write chat:write.public emoji:read " +
		"files:read groups:history groups:read groups:write im:history im:read im:write mpim:history mpim:read mpim:write " +
		"pins:read pins:write reactions:read reactions:write team:read usergroups:read users:read users:read.email"
	userScopes = "canvases:read channels:history channels:read channels:write chat:write emoji:read " +
		"files:read groups:history groups:read groups:write im:history im:read im:write mpim:history mpim:read mpim:write " +
		"pins:read pins:write reactions:read reactions:write search:read search:read.im search:read.mpim search:read.private search:read.public " +
		"team:read usergroups:read users:read users:read.email"
)

func (t Token) scopes() []string {
	switch {
	case t.Scopes != nil:
		return t.Scopes
	case t.Bot != "":
		return strings.Fields(botScopes)
	}
	return strings.Fields(userScopes)
}

// need refuses the call unless the token has one of the scopes.
func (c *call) need(oneOf ...string) error {
	if len(oneOf) == 0 {
		return nil
	}
	for _, have := range c.token.scopes() {
		for _, s := range oneOf {
			if s == have {
				return nil
			}
		}
	}
	return &refusal{code: "missing_scope", needed: strings.Join(oneOf, ",")}
}
