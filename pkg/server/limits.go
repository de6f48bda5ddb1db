package server

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/limit"
)

// openLimits makes the rate limits of callers, shared with other replicas if
// there is a Redis.
func (s *Server) openLimits() error {
	rate, err := limit.ParseRate(s.cfg.RateLimit)
	if err != nil {
		return fmt.Errorf("--rate-limit %w", err)
	}
	url := s.cfg.RedisURL
	if s.cfg.RedisURLFile != "" {
		if url != "" {
			return errors.New("--redis-url and --redis-url-file: give one of them")
		}
		if url, err = follow.Line(s.cfg.RedisURLFile); err != nil {
			return fmt.Errorf("--redis-url-file: %w", err)
		}
	}
	s.rate = rate
	if s.limits, err = limit.Open(rate, s.name, url, s.log); err != nil {
		return fmt.Errorf("--redis-url: %w", err)
	}
	return nil
}

// mayTake takes n requests from the rate of r's caller, and answers r if there
// are not so many left.
func (s *Server) mayTake(w http.ResponseWriter, r *http.Request, caller *auth.Caller, n int) bool {
	ok, after := s.limits.Take(r.Context(), caller.Principal, n)
	if ok {
		return true
	}
	s.refused(r.WithContext(auth.WithCaller(r.Context(), caller)), refusedRateLimited, target{})
	if after == 0 { // it would never be let through
		refuse(w, http.StatusTooManyRequests, fmt.Sprintf("the rate limit lets at most %d messages through at once; send smaller batches", s.rate.Burst()))
		return false
	}
	refuseBusy(w, http.StatusTooManyRequests, after, fmt.Sprintf("the rate limit of %s is reached; wait for as long as Retry-After says", s.rate))
	return false
}

// limitsDetail is what is to be said of the limits of a process that is ready.
func (s *Server) limitsDetail() string {
	if _, _, reason := s.limits.State(); reason != "" {
		return "rate limits are per replica: " + reason
	}
	return ""
}
