package github

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// notInRef are git's rules for the names of branches and tags. A colon could name
// another repository of the network to GitHub, and dots another endpoint.
var notInRef = regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[/-]|/$|\.$|\.lock(?:/|$)|(?:^|/)\.`)

// checkRef holds a branch, tag or commit to git's rules; "" is the default branch.
func checkRef(argument, ref string) error {
	if len(ref) > 255 || notInRef.MatchString(ref) {
		return toolerr.Invalid(argument, "%s must be a branch, a tag or a commit, such as main or v1.2.0", argument)
	}
	return nil
}

// cleanPath returns a path of a repository without slashes around it, "" for its
// root.
func cleanPath(argument, p string) (string, error) {
	p = strings.Trim(p, "/")
	if p == "." || p == "" {
		return "", nil
	}
	p = strings.TrimPrefix(p, "./")
	if path.Clean(p) != p || p == ".." || strings.HasPrefix(p, "../") || strings.ContainsRune(p, 0) || len(p) > 4096 {
		return "", toolerr.Invalid(argument, "%s must be a path from the repository's root, such as docs/index.md, without . and ..", argument)
	}
	return p, nil
}

// escapePath escapes all of a path but its slashes.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// at returns " at ref" for a message, "" for the default branch.
func at(ref string) string {
	if ref == "" {
		return ""
	}
	return " at " + ref
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

// shownOf is shown for what is read out of git: GitHub answers for a repository
// without a commit as for a conflict, and there is nothing to resolve.
func (s *Service) shownOf(r repository, err error, what string, args ...any) error {
	if statusOf(err) == http.StatusConflict && says(err, "empty") || statusOf(err) == http.StatusNotFound && says(err, "is empty") {
		return toolerr.Wrap(err, toolerr.ResourceNotFound, "%s is empty: it has no commit yet", r)
	}
	return s.shown(err, what, args...)
}
