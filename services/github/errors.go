package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// maxSaid bounds what is repeated of an answer of GitHub, in bytes.
const maxSaid = 600

// unsure is said of a change whose answer was lost: writes are never repeated.
const unsure = "it may have been done all the same: look before you try again"

// shown makes an error of a request about what ("issue octocat/hello#3") one that
// the caller may see: what GitHub said, without URLs, and what to change.
func (s *Service) shown(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	return explain(err, fmt.Sprintf(what, args...), writes(err))
}

// shownWrite is shown for a request that changes something. It knows that one
// whose answer was lost may have been carried out, also where err does not tell
// what the request was.
func (s *Service) shownWrite(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	return explain(err, fmt.Sprintf(what, args...), true)
}

// shownOf is shown for what is read out of git: GitHub answers for a repository
// without a commit as for a conflict, and there is nothing to resolve.
func (s *Service) shownOf(r repository, err error, what string, args ...any) error {
	if emptyRepository(err) {
		return toolerr.Wrap(err, toolerr.ResourceNotFound, "%s is empty: it has no commit yet", r)
	}
	return s.shown(err, what, args...)
}

// reason is the message of an error that a caller may see.
func reason(err error) string { return toolerr.From(err).Message }

// writes reports whether err is of a request that changes something, as far as
// it tells.
func writes(err error) bool {
	var answer *github.ErrorResponse
	var sent *url.Error
	method := http.MethodGet
	switch {
	case errors.As(err, &answer) && answer.Response != nil && answer.Response.Request != nil:
		method = answer.Response.Request.Method
	case errors.As(err, &sent):
		method = strings.ToUpper(sent.Op)
	}
	return method != http.MethodGet && method != http.MethodHead
}

// statusOf returns the status that err is about, 0 if GitHub did not answer.
func statusOf(err error) int {
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.Response.StatusCode
	}
	return 0
}

// says reports whether GitHub refused with a message that has one of these words.
func says(err error, words ...string) bool {
	var answer *github.ErrorResponse
	if !errors.As(err, &answer) {
		return false
	}
	said := strings.ToLower(answer.Message)
	for _, e := range answer.Errors {
		said += "; " + strings.ToLower(e.Code+" "+e.Message)
	}
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
}

// emptyRepository reports whether GitHub said that a repository has no commit yet.
func emptyRepository(err error) bool {
	switch statusOf(err) {
	case http.StatusConflict, http.StatusNotFound:
		return says(err, "is empty")
	}
	return false
}

// mayHaveArrived reports whether GitHub may have done what a request asked for
// that failed. It has not if it refused, or if the request was not sent at all.
func mayHaveArrived(err error) bool {
	var known *toolerr.Error // of the guard, which does not send it
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	if status := statusOf(err); status != 0 {
		return status >= 500
	}
	return !errors.As(err, &known) && !errors.As(err, &primary) && !errors.As(err, &secondary) && !upstream.Unsent(err)
}

func explain(err error, what string, write bool) error {
	var known *toolerr.Error
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	var accepted *github.AcceptedError
	var answer *github.ErrorResponse
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &primary):
		return tooMany(err, "", false, time.Until(primary.Rate.Reset.Time))
	case errors.As(err, &secondary):
		return tooMany(err, "", true, secondary.GetRetryAfter())
	case errors.As(err, &accepted):
		return toolerr.Wrap(err, toolerr.ServiceUnavailable, "%s: GitHub is still working it out: ask again in a few seconds", what).After(3 * time.Second)
	case errors.As(err, &answer) && answer.Response != nil:
		return refusal(answer, what, write)
	}
	var large *upstream.TooLargeError
	if upstream.Unsent(err) || !write && errors.As(err, &large) {
		e := upstream.Shown(err, "GitHub")
		e.Message = what + ": " + e.Message
		return e
	}
	return silence(upstream.Redact(err), what, write)
}

// tooMany is the error of a rate limit that only go-github has noticed.
func tooMany(err error, resource string, secondary bool, after time.Duration) error {
	if resource == "" {
		resource = "these requests"
	}
	if secondary && after <= 0 {
		after = time.Minute // what GitHub asks for where it does not say
	}
	e := *upstream.Shown(&upstream.LimitError{Resource: resource, Secondary: secondary, After: max(after, 0)}, "GitHub")
	e.Cause = err
	return &e
}

// silence is the error of a request to which no answer came, or none that can be
// read.
func silence(err error, what string, write bool) error {
	e := upstream.Shown(err, "GitHub")
	switch {
	case e == nil && unreadable(err):
		e = toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub's answer cannot be read")
	case e == nil:
		return toolerr.From(err)
	}
	about := *e
	about.Message = what + ": " + e.Message
	if write {
		about.Message += "; " + unsure
		about.Retryable = false
	}
	return &about
}

func unreadable(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var moment *time.ParseError
	return errors.As(err, &syntax) || errors.As(err, &kind) || errors.As(err, &moment) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// codes are what callers see of GitHub's status codes.
var codes = map[int]toolerr.Code{
	http.StatusBadRequest:                 toolerr.InvalidInput,
	http.StatusUnauthorized:               toolerr.AuthenticationFailed,
	http.StatusForbidden:                  toolerr.PermissionDenied,
	http.StatusNotFound:                   toolerr.ResourceNotFound,
	http.StatusMethodNotAllowed:           toolerr.Conflict,
	http.StatusNotAcceptable:              toolerr.InvalidInput,
	http.StatusConflict:                   toolerr.Conflict,
	http.StatusGone:                       toolerr.ResourceNotFound,
	http.StatusPreconditionFailed:         toolerr.Conflict,
	http.StatusRequestEntityTooLarge:      toolerr.InvalidInput,
	http.StatusUnprocessableEntity:        toolerr.InvalidInput,
	http.StatusTooManyRequests:            toolerr.RateLimited,
	http.StatusUnavailableForLegalReasons: toolerr.PermissionDenied,
}

// refusal is the error of an answer that is one.
func refusal(answer *github.ErrorResponse, what string, write bool) error {
	status, header := answer.Response.StatusCode, answer.Response.Header
	said := saying(answer)
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusForbidden && strings.Contains(strings.ToLower(said), "rate limit"):
		wait, _ := time.ParseDuration(header.Get("Retry-After") + "s")
		return tooMany(answer, header.Get("X-RateLimit-Resource"), strings.Contains(strings.ToLower(said), "secondary"), wait)
	case status >= 300 && status < 400:
		return moved(answer, what)
	}
	code, ok := codes[status]
	switch {
	case !ok:
		code = toolerr.ServiceUnavailable
	case code == toolerr.InvalidInput && exists(answer, said):
		code = toolerr.Conflict
	}
	e := toolerr.Wrap(answer, code, "%s: GitHub says %d: %s%s", what, status, said, hint(answer, said))
	if code == toolerr.ServiceUnavailable && write {
		e.Message += "; " + unsure
		e.Retryable = false
	}
	return e
}

// emptyAnswer is the error of an answer to a question without what it should hold.
func emptyAnswer(what string, args ...any) error {
	return toolerr.New(toolerr.ServiceUnavailable, "%s: GitHub's answer does not hold it; try again later", fmt.Sprintf(what, args...))
}

// emptyWrite is the error of an answer to a change that does not hold what was
// made, such as one that came by way of a redirection.
func emptyWrite(what string, args ...any) error {
	e := toolerr.New(toolerr.ServiceUnavailable, "%s: GitHub's answer does not hold it; %s", fmt.Sprintf(what, args...), unsure)
	e.Retryable = false
	return e
}

// moved is the error of a redirection that was not followed: a change must not
// become a question on its way.
func moved(cause error, what string) error {
	return toolerr.Wrap(cause, toolerr.Conflict, "%s: it has moved, because the repository was renamed or transferred, or the issue was: nothing was done; find its new name and use that", what)
}

// saying is GitHub's message with its details, bounded, on one line and without
// what looks like a credential.
func saying(answer *github.ErrorResponse) string {
	var said []string
	if answer.Message != "" {
		said = append(said, answer.Message)
	}
	for _, e := range answer.Errors {
		parts := []string{e.Field, e.Code, e.Message}
		if e.Message != "" { // which says it better
			parts = []string{e.Message}
		}
		if one := strings.TrimSpace(strings.Join(parts, " ")); one != "" && !slices.Contains(said, one) {
			said = append(said, one)
		}
	}
	if answer.Block != nil && answer.Block.Reason != "" {
		said = append(said, "reason: "+answer.Block.Reason)
	}
	if len(said) == 0 {
		said = loose(answer.Response)
	}
	var cred upstream.Credential
	if r := answer.Response.Request; r != nil {
		cred = upstream.CredentialFrom(r.Context())
	}
	// GitHub, or a proxy before it, may repeat what it was sent.
	return plain.Words(logging.Redact(withoutURLs(cred.Hide(strings.Join(said, "; ")))), maxSaid)
}

// loose reads an answer in which errors is no list, which go-github gives up on.
func loose(resp *http.Response) []string {
	var body struct {
		Message string          `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if resp.Body != nil {
		b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		if err == nil && json.Unmarshal(b, &body) == nil && body.Message != "" {
			var detail string
			if json.Unmarshal(body.Errors, &detail) == nil && detail != "" {
				return []string{body.Message, detail}
			}
			return []string{body.Message}
		}
	}
	return []string{http.StatusText(resp.StatusCode)}
}

// withoutURLs takes the queries out of the URLs in a text: they may be signed.
func withoutURLs(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if at := strings.Index(w, "://"); at >= 0 {
			words[i], _, _ = strings.Cut(w, "?")
		}
	}
	return strings.Join(words, " ")
}

// exists reports whether an answer says that what was to be made is there.
func exists(answer *github.ErrorResponse, said string) bool {
	return strings.Contains(said, "already exists") || slices.ContainsFunc(answer.Errors, func(e github.Error) bool { return e.Code == "already_exists" })
}
