package github

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxFound is how many results of a search GitHub shows.
const maxFound = 1000

// scope are the arguments that narrow a search, held to the rules of names when
// they are read. It is embedded in inputs.
type scope struct {
	Owner string `json:"owner,omitempty" jsonschema:"whose repositories"`
	Repo  string `json:"repo,omitempty" jsonschema:"one of them"`
}

// repository returns the one that is named, if one is: models write owner/repo
// into repo as well.
func (c scope) repository() (r repository, named bool, err error) {
	r = repository(c)
	if owner, name, both := strings.Cut(c.Repo, "/"); both && (c.Owner == "" || strings.EqualFold(c.Owner, owner)) {
		r = repository{owner, name}
	}
	switch {
	case r.Repo == "":
		return r, false, nil
	case r.Owner == "":
		return r, false, toolerr.Invalid("owner", "owner: say whose repository %q is", r.Repo)
	}
	return r, true, r.check()
}

// within returns a context for a search in c, and the qualifiers that hold
// GitHub to it. They narrow a search to what --allow-repos names where that can
// be said in few of them; [allowed.permitsName] decides nevertheless.
func (s *Service) within(ctx context.Context, c scope, query string) (context.Context, []string, error) {
	r, named, err := c.repository()
	if err != nil {
		return nil, nil, err
	}
	allow := s.access.allow
	if err := allow.checkQuery(query); err != nil {
		return nil, nil, err
	}
	var qualifiers []string
	switch {
	case named:
		ctx, err = s.in(ctx, r)
		qualifiers = []string{"repo:" + r.String()}
	case c.Owner != "":
		ctx, err = s.of(ctx, c.Owner)
		qualifiers = []string{"user:" + c.Owner}
	default:
		ctx, err = s.of(ctx, "")
		if !placed.MatchString(query) {
			qualifiers = allow.places()
		}
	}
	return ctx, qualifiers, err
}

// placed finds the qualifiers that say where to search, and what they name.
var placed = regexp.MustCompile(`(?i)\b(repo|org|user|owner)\s*:\s*"?([^\s"()]*)`)

// checkQuery refuses to look for what may not be named: how many results there
// are would tell about it, although none is shown.
func (a allowed) checkQuery(query string) error {
	if len(a) == 0 {
		return nil
	}
	for _, q := range placed.FindAllStringSubmatch(query, -1) {
		owner, name, isRepo := strings.Cut(q[2], "/")
		if isRepo && !a.permits(repository{owner, name}) || !isRepo && !a.reaches(owner) {
			return notAllowed(q[0])
		}
	}
	return nil
}

func notAllowed(what string) error {
	return toolerr.New(toolerr.PermissionDenied, "%s is not among the repositories that this service may use; its operator sets them with --allow-repos", what)
}

// reaches reports whether a repository of owner may be named.
func (a allowed) reaches(owner string) bool {
	return len(a) == 0 || slices.ContainsFunc(a, func(pattern string) bool {
		theirs, _, _ := strings.Cut(pattern, "/")
		ok, _ := path.Match(theirs, strings.ToLower(owner))
		return ok
	})
}

// maxPlaces is how many qualifiers GitHub can be asked to choose between.
const maxPlaces = 5

// places say what is allowed, or a little more, in GitHub's words; there are
// none if they cannot.
func (a allowed) places() []string {
	var all []string
	for _, pattern := range a {
		owner, repo, _ := strings.Cut(pattern, "/")
		q := "repo:" + pattern
		if strings.ContainsAny(repo, `*?[\`) {
			q = "user:" + owner
		}
		if strings.ContainsAny(owner, `*?[\`) {
			return nil
		}
		if !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	if len(all) > maxPlaces {
		return nil
	}
	return all
}

// terms joins the parts of a query. What a caller wrote is held together, so
// that an OR in it does not leave the qualifiers behind.
func terms(query string, qualifiers ...string) string {
	query = strings.TrimSpace(query)
	if strings.Contains(query, " OR ") {
		query = "(" + query + ")"
	}
	return strings.TrimSpace(query + " " + strings.Join(qualifiers, " "))
}

// qualifier returns name:value, with quotes where the value has more than
// letters and digits. A quote cannot be part of it.
func qualifier(name, value string) (string, error) {
	if strings.ContainsAny(value, "\"\\\n\r") {
		return "", toolerr.Invalid(name, "%s: leave out quotes, backslashes and line ends", name)
	}
	if !plainValue.MatchString(value) {
		value = `"` + value + `"`
	}
	return name + ":" + value, nil
}

var plainValue = regexp.MustCompile(`^[\pL\pN+#._-]+$`)

// found is what the outputs of searches have in common.
type found struct {
	// Total is left out where --allow-repos is set: it counts what may not be seen.
	Total      *int   `json:"total_count,omitempty"`
	NextCursor string `json:"next_cursor,omitempty"`
	Note       string `json:"note,omitempty"`
}

// found says what is known of a search beyond one page of its results.
func (s *Service) found(resp *github.Response, at github.ListOptions, total int, incomplete bool, tool string, question any) (found, error) {
	var f found
	var notes []string
	if incomplete {
		notes = append(notes, "GitHub ran out of time: results are missing; narrow the query")
	}
	if at.Page*at.PerPage >= maxFound {
		resp = nil
		if total > at.Page*at.PerPage {
			notes = append(notes, "GitHub shows the first 1,000 results only: narrow the query")
		}
	}
	if len(s.access.allow) > 0 {
		notes = append(notes, leftOut)
	} else {
		f.Total = &total
	}
	f.Note = strings.Join(notes, ". ")
	var err error
	f.NextCursor, err = s.next(resp, at, tool, question)
	return f, err
}

// leftOut is said whether something was left out or not: that would tell too.
const leftOut = "Results outside of --allow-repos are left out"
