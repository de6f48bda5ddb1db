package github

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// hint says what to do about an answer, as far as it tells.
func hint(answer *github.ErrorResponse, said string) string {
	header := answer.Response.Header
	switch answer.Response.StatusCode {
	case http.StatusNotFound:
		return ". It does not exist, or " + unseen(answer.Response)
	case http.StatusForbidden:
		return forbidden(header, said)
	case http.StatusNotAcceptable:
		if strings.Contains(strings.ToLower(said), "diff") { // which is too large
			return ". Read it by files with get_pull_request_diff"
		}
	case http.StatusUnprocessableEntity:
		return unprocessable(said)
	}
	return ""
}

// unseen says why something that exists may not be found.
func unseen(resp *http.Response) string {
	switch {
	case resp.Request != nil && granted(resp.Request.Context()).absent != nil:
		return "it is private: " + granted(resp.Request.Context()).absent.Error()
	case resp.Request != nil && upstream.CredentialFrom(resp.Request.Context()).ID() == "":
		return "it is private: this request had no credential"
	case lacksScope(resp.Header):
		return "the token may not see it: it needs " + scopes(resp.Header.Get("X-Accepted-OAuth-Scopes"))
	}
	return "this credential may not see it"
}

func forbidden(header http.Header, said string) string {
	if sso, ok := strings.CutPrefix(header.Get("X-GitHub-SSO"), "required"); ok {
		_, at, _ := strings.Cut(sso, "url=")
		at, _, _ = strings.Cut(strings.TrimSpace(at), "?")
		return ". The organization demands single sign-on: authorize the token for it, beginning at " + plain.Words(at, 200)
	}
	low := strings.ToLower(said)
	if strings.Contains(low, "archived") || strings.Contains(low, "locked") {
		return ""
	}
	if need := header.Get("X-Accepted-GitHub-Permissions"); need != "" && strings.Contains(low, "not accessible") {
		return ". The token lacks a permission: " + plain.Words(strings.ReplaceAll(need, "; ", " or "), 200)
	}
	if lacksScope(header) {
		return ". The token lacks a scope: it needs " + scopes(header.Get("X-Accepted-OAuth-Scopes"))
	}
	return ""
}

// scopesOf returns what a classic token may do. GitHub says nothing of other kinds.
func scopesOf(h http.Header) (scopes []string, classic bool) {
	said, classic := h[http.CanonicalHeaderKey("X-OAuth-Scopes")]
	return split(strings.Join(said, ",")), classic
}

// lacksScope reports whether a token has none of the scopes that a request
// accepts. A fine-grained token has no scopes, and GitHub then does not list any.
func lacksScope(header http.Header) bool {
	has, told := scopesOf(header)
	accepted := split(header.Get("X-Accepted-OAuth-Scopes"))
	if !told || len(accepted) == 0 {
		return false
	}
	return !slices.ContainsFunc(accepted, func(s string) bool { return slices.Contains(has, s) })
}

func scopes(list string) string { return plain.Words(strings.Join(split(list), " or "), 200) }

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// unprocessable are hints for what GitHub words badly.
func unprocessable(said string) string {
	low := strings.ToLower(said)
	switch {
	case strings.Contains(low, "own pull request"):
		return ". The author of a pull request can only comment on it: use event comment"
	case strings.Contains(low, "one pending review"):
		return ". A review that was begun in the browser must be submitted or discarded first"
	case strings.Contains(low, "must be part of the diff"), strings.Contains(low, "line could not be resolved"),
		strings.Contains(low, "path could not be resolved"), strings.Contains(low, "position is invalid"):
		return ". Comments go to lines that get_pull_request_diff shows, counted in the new file, or with side left in the old one; put others into body"
	case strings.Contains(low, "no commits between"):
		return ". head has nothing that base lacks: push commits first, or exchange them"
	case strings.Contains(low, "invalid head") || strings.Contains(low, "head invalid"):
		return ". head is no branch there: push it first, or write owner:branch for a fork"
	case strings.Contains(low, "base invalid"):
		return ". base is no branch of the repository"
	case strings.Contains(low, "assignees invalid"):
		return ". Only people with access to the repository can be assigned"
	}
	return ""
}
