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
	Owner string `json:"owner" example:"golang"`
	Repo  string `json:"repo" example:"go"`
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
		return toolerr.Invalid("owner", "owner must be the login of a user or an organization, such as octocat: letters, digits, - and _")
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
