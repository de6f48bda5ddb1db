package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// shown makes an error of a request about what ("issue octocat/hello#3") one that
// the caller may see: what GitHub said, without URLs, and what to change.
func (s *Service) shown(err error, what string, args ...any) error {
	what = fmt.Sprintf(what, args...)
	var limit *upstream.LimitError
	var answer *github.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limit):
		return toolerr.Wrap(err, toolerr.RateLimited, "GitHub's rate limit for %s is reached", limit.Resource).After(limit.After)
	case errors.As(err, &answer) && answer.Response != nil:
		return refusal(answer, what)
	}
	return toolerr.From(err)
}

// codes are what callers see of GitHub's status codes.
var codes = map[int]toolerr.Code{
	http.StatusBadRequest:          toolerr.InvalidInput,
	http.StatusUnauthorized:        toolerr.AuthenticationFailed,
	http.StatusForbidden:           toolerr.PermissionDenied,
	http.StatusNotFound:            toolerr.ResourceNotFound,
	http.StatusMethodNotAllowed:    toolerr.Conflict,
	http.StatusConflict:            toolerr.Conflict,
	http.StatusGone:                toolerr.ResourceNotFound,
	http.StatusUnprocessableEntity: toolerr.InvalidInput,
	http.StatusTooManyRequests:     toolerr.RateLimited,
}

func refusal(answer *github.ErrorResponse, what string) error {
	status := answer.Response.StatusCode
	code, ok := codes[status]
	if !ok {
		code = toolerr.ServiceUnavailable
	}
	said := []string{answer.Message}
	for _, e := range answer.Errors {
		said = append(said, strings.TrimSpace(strings.Join([]string{e.Field, e.Code, e.Message}, " ")))
	}
	return toolerr.Wrap(answer, code, "%s: GitHub says %d: %s", what, status, strings.Join(said, "; "))
}
