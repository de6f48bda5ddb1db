package github

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// GitHub's own rules. go-github puts names into paths as they are, so that what
// is not held to these could reach another endpoint.
var (
	ownerRule = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$`)
	repoRule  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
)

// repository are the arguments that name one. It is embedded in inputs.
type repository struct {
	Owner string `json:"owner" maxLength:"100" jsonschema:"user or organization"`
	Repo  string `json:"repo" maxLength:"100" jsonschema:"its name"`
}

// String returns owner/repo.
func (r repository) String() string { return r.Owner + "/" + r.Repo }

// check holds the names to GitHub's rules.
func (r repository) check() error {
	if err := checkOwner(r.Owner); err != nil {
		return err
	}
	if !repoRule.MatchString(r.Repo) || strings.Trim(r.Repo, ".") == "" {
		return toolerr.Invalid("repo", "repo must be a repository's name, such as hello-world: letters, digits, - _ and .")
	}
	return nil
}

func checkOwner(owner string) error {
	if !ownerRule.MatchString(owner) {
		return toolerr.Invalid("owner", "owner must be the login of a user or an organization, such as octocat: letters, digits and -")
	}
	return nil
}

// allowed are patterns owner/repo in lower case; none allow everything.
type allowed []string

// allowedRule is what a pattern is made of: GitHub's names, and * for any letters.
var allowedRule = regexp.MustCompile(`^[a-z0-9_*-]{1,100}/[a-z0-9._*-]{1,100}$`)

func parseAllowed(patterns []string) (allowed, error) {
	var all allowed
	for _, p := range patterns {
		p = strings.ToLower(strings.TrimSpace(p))
		if !allowedRule.MatchString(p) {
			return nil, fmt.Errorf("--allow-repos %q: give owner/repo or owner/*", p)
		}
		all = append(all, p)
	}
	return all, nil
}

// permits reports whether a repository may be named.
func (a allowed) permits(r repository) bool { return a.permitsName(r.String()) }

// permitsName is permits of a name owner/repo, such as an answer has.
func (a allowed) permitsName(name string) bool {
	name = strings.ToLower(name)
	return len(a) == 0 || slices.ContainsFunc(a, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// permitsOwner reports whether any repository of owner may be named.
func (a allowed) permitsOwner(owner string) bool {
	owner = strings.ToLower(owner)
	return len(a) == 0 || slices.ContainsFunc(a, func(pattern string) bool {
		pattern, _, _ = strings.Cut(pattern, "/")
		ok, _ := path.Match(pattern, owner)
		return ok
	})
}

// maxQualifiers bounds what is added to a search, which may have 256 characters.
const maxQualifiers = 128

// qualifiers narrow a search to what may be named, as far as GitHub's search can
// say that; "" if it cannot. What is found has to be held to permitsName in any
// case.
func (a allowed) qualifiers() string {
	var b strings.Builder
	for _, pattern := range a {
		owner, repo, _ := strings.Cut(pattern, "/")
		switch {
		case strings.Contains(owner, "*"):
			return ""
		case strings.Contains(repo, "*"):
			b.WriteString(" user:" + owner)
		default:
			b.WriteString(" repo:" + pattern)
		}
	}
	if b.Len() > maxQualifiers {
		return ""
	}
	return b.String()
}

// permitted returns those of a list whose repositories may be named, and how many
// were left out.
func permitted[T any](a allowed, list []T, name func(T) string) (kept []T, leftOut int) {
	if len(a) == 0 {
		return list, 0
	}
	kept = make([]T, 0, len(list))
	for _, x := range list {
		if a.permitsName(name(x)) {
			kept = append(kept, x)
		}
	}
	return kept, len(list) - len(kept)
}
