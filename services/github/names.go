package github

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// logins are the names of users.
func logins(users []*github.User) []string {
	var names []string
	for _, u := range users {
		names = append(names, u.GetLogin())
	}
	return names
}

// slugs are the names of teams.
func slugs(teams []*github.Team) []string {
	var names []string
	for _, t := range teams {
		names = append(names, t.GetSlug())
	}
	return names
}

// author is a login; the account of an old comment may be gone.
func author(u *github.User) string {
	if u.GetLogin() == "" {
		return "ghost"
	}
	return plain.Line(u.GetLogin())
}

// writer is who wrote a commit: a login, or the name in it if that is nobody's at
// GitHub.
func writer(c *github.RepositoryCommit) string {
	if login := c.GetAuthor().GetLogin(); login != "" {
		return login
	}
	return plain.Words(c.GetCommit().GetAuthor().GetName(), 100)
}

// shortSHA is what people call a commit.
func shortSHA(sha string) string { return sha[:min(len(sha), 12)] }

// labelNames are the names of labels.
func labelNames(labels []*github.Label) []string {
	var list []string
	for _, l := range labels {
		list = append(list, l.GetName())
	}
	return list
}

// checkNames are the names of the first checks, as text.
func checkNames(checks []check) string {
	var list []string
	for i, c := range checks {
		if i == 10 {
			list = append(list, fmt.Sprintf("and %d more", len(checks)-i))
			break
		}
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// without are the wanted names that are not in got: GitHub leaves out labels and
// assignees without an error where the credential may not set them.
func without(wanted, got []string, kind string) []string {
	var left []string
	for _, w := range wanted {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.EqualFold(w, g) }) {
			left = append(left, kind+plain.Words(w, 100))
		}
	}
	return left
}

// dropped is a list without a name.
func dropped(list []string, name string) []string {
	return slices.DeleteFunc(list, func(l string) bool { return strings.EqualFold(l, name) })
}
