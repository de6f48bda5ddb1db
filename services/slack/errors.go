package slack

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

// maxSaid bounds what is repeated of an answer of Slack, in bytes.
const maxSaid = 600

// unsure is said of a change whose answer was lost: writes are never repeated.
const unsure = "it may have been done all the same: look before you try again"

// shown makes an error of a request about what ("channel #general") one that the
// caller may see: what Slack said, and what to change. Of what was to be changed it
// says if that may have been done.
func (s *Service) shown(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	return errorShown(err, fmt.Sprintf(what, args...))
}

func errorShown(err error, about string) error {
	var known *toolerr.Error
	var limit *rates.Error
	var refused *api.Error
	var large *upstream.TooLargeError
	if errors.As(err, &known) {
		return err
	}
	var e *toolerr.Error
	switch {
	case errors.As(err, &limit):
		e = errorOfLimit(limit, about)
	case errors.As(err, &refused):
		e = errorOfRefusal(refused, about)
	case errors.As(err, &large):
		e = toolerr.Wrap(upstream.Redact(err), toolerr.InvalidInput, "%s: Slack's answer is longer than %d MiB, the most that is read at once: ask for less, with a smaller limit", about, large.Limit>>20)
	default:
		e = upstream.Shown(err, "Slack")
		if e == nil {
			e = toolerr.From(upstream.Redact(err))
		} else {
			e.Message = about + ": " + e.Message
		}
	}
	if api.Unsure(err) {
		e.Message += "; " + unsure
		e.Retryable, e.RetryAfter = false, 0
	}
	return e
}

// errorOfLimit is the error of a rate limit.
func errorOfLimit(limit *rates.Error, about string) *toolerr.Error {
	e := toolerr.Wrap(limit, toolerr.RateLimited, "%s: Slack's rate limit for %s is reached", about, limit.Method)
	if limit.Restricted {
		e.Message += "; Slack lets this app read 15 messages a minute, as it does with apps that are distributed outside its marketplace: an app that the workspace makes for itself has no such limit"
	}
	return e.After(limit.After)
}

// errorOfRefusal is the error of an answer that is one, or that cannot be read.
func errorOfRefusal(refused *api.Error, about string) *toolerr.Error {
	switch {
	case refused.Unreadable != nil:
		return toolerr.Wrap(refused, toolerr.ServiceUnavailable, "%s: Slack's answer cannot be read", about)
	case refused.Status >= 500:
		return toolerr.Wrap(refused, toolerr.ServiceUnavailable, "%s: Slack is not well: it answers with status %d", about, refused.Status)
	case refused.Status == 404:
		return toolerr.Wrap(refused, toolerr.ResourceNotFound, "%s: Slack answers with status 404: it is not there, or not for this token", about)
	case refused.Status != 0:
		return toolerr.Wrap(refused, toolerr.PermissionDenied, "%s: Slack answers with status %d", about, refused.Status)
	case refused.Code == "":
		return toolerr.Wrap(refused, toolerr.ServiceUnavailable, "%s: Slack refused without a reason", about)
	}
	known, ok := refusalOf(refused.Code)
	if !ok {
		known = refusal{code: toolerr.InvalidInput}
	}
	e := toolerr.Wrap(refused, known.code, "%s: Slack says %s", about, errorCode(refused.Code))
	if known.advice != "" {
		e.Message += ": " + known.advice
	}
	e.Message += errorDetails(refused)
	if known.final {
		e.Retryable = false
	}
	if known.code == toolerr.RateLimited {
		return e.After(30 * time.Second)
	}
	return e
}

// errorDetails are what Slack says besides the code.
func errorDetails(refused *api.Error) string {
	var said []string
	if refused.Needed != "" {
		said = append(said, "the scope "+refused.Needed+" is needed")
		if refused.Provided != "" {
			said = append(said, "the token has "+refused.Provided)
		}
	}
	said = append(said, refused.Messages...)
	for _, u := range refused.Users {
		said = append(said, u.User+": "+errorCode(u.Code))
	}
	if len(said) == 0 {
		return ""
	}
	// A proxy may repeat what it was sent.
	return " (" + plain.Words(logging.Redact(strings.Join(said, "; ")), maxSaid) + ")"
}

// errorCode is a code of Slack's, if it looks like one: what a proxy or somebody
// else says in its place is not for the caller.
func errorCode(code string) string {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }
	if code == "" || len(code) > 64 || strings.ContainsFunc(code, strange) {
		return "something that is no code of its API"
	}
	return code
}
