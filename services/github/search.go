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
	Owner string `json:"owner,omitempty"`
	Repo  string `json:"repo,omitempty"`
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
// GitHub to it. With --allow-repos they leave nothing else to be found, since
// results that are left out later still tell by their number what is in them;
// [allowed.permitsName] decides nevertheless.
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
		if err := checkOwner(c.Owner); err != nil {
			return nil, nil, err
		}
		if err := allow.all(c.Owner); err != nil {
			return nil, nil, err
		}
		ctx, err = s.of(ctx, c.Owner)
		qualifiers = []string{"user:" + c.Owner}
	default:
		if !narrowed(query) {
			if qualifiers, err = allow.places(); err != nil {
				return nil, nil, err
			}
		}
		ctx, err = s.of(ctx, s.access.searcher(query))
	}
	return ctx, qualifiers, err
}

// onlyOwner returns whose repositories a query is about as its qualifiers say, ""
// if they name nobody, or several.
func onlyOwner(query string) string {
	query = verbatim.ReplaceAllString(query, " ")
	if negated.MatchString(query) {
		return ""
	}
	only := ""
	for _, q := range placed.FindAllStringSubmatch(query, -1) {
		owner, _, _ := strings.Cut(q[2], "/")
		if checkOwner(owner) != nil || only != "" && !strings.EqualFold(owner, only) {
			return ""
		}
		only = owner
	}
	return only
}

// verbatim finds what is searched for as it stands.
var verbatim = regexp.MustCompile(`"[^"]*"`)

// placed finds the qualifiers that say where to search, and what they name.
var placed = regexp.MustCompile(`(?i)\b(repo|org|user|owner)\s*:\s*"?([^\s"()]*)`)

// checkQuery refuses to look for what may not be named: how many results there
// are would tell about it, although none is shown. It refuses too what could keep
// qualifiers that follow from counting.
func (a allowed) checkQuery(query string) error {
	if len(a) == 0 {
		return nil
	}
	for _, q := range placed.FindAllStringSubmatch(query, -1) {
		owner, name, isRepo := strings.Cut(q[2], "/")
		if isRepo && !a.permits(repository{owner, name}) {
			return notAllowed(q[0])
		}
		if !isRepo {
			if err := a.all(owner); err != nil {
				return err
			}
		}
	}
	if !closed(query) {
		return toolerr.Invalid("query", "query: close its quotes and brackets, and do not end it with AND, OR or NOT")
	}
	return nil
}

// unfinished is an operator that what follows would be taken for a part of.
var unfinished = regexp.MustCompile(`(?i)\b(?:AND|OR|NOT)[\s"()]*$|\\"`)

// closed reports whether a query is a whole, whatever comes behind it.
func closed(query string) bool {
	depth := 0
	quotes := strings.Split(query, `"`)
	for i, part := range quotes {
		if i%2 == 1 {
			continue // quoted
		}
		for _, r := range part {
			switch {
			case r == '(':
				depth++
			case r == ')':
				depth--
			}
			if depth < 0 {
				return false
			}
		}
	}
	return depth == 0 && len(quotes)%2 == 1 && !unfinished.MatchString(query)
}

// narrowed reports whether a query says itself where to search, and nothing in it
// takes that back.
func narrowed(query string) bool {
	return placed.MatchString(query) && !strings.ContainsAny(query, `()"`) && !negated.MatchString(query)
}

// negated finds what turns a qualifier around, or leaves it a choice.
var negated = regexp.MustCompile(`(?i)\b(?:NOT|OR)\b|-\s*(?:repo|org|user|owner)\s*:`)

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

// all returns an error unless all repositories of owner may be named.
func (a allowed) all(owner string) error {
	whole := func(pattern string) bool {
		theirs, repo, _ := strings.Cut(pattern, "/")
		ok, _ := path.Match(theirs, strings.ToLower(owner))
		return ok && repo == "*"
	}
	switch {
	case len(a) == 0 || slices.ContainsFunc(a, whole):
		return nil
	case !a.reaches(owner):
		return notAllowed(owner)
	}
	return toolerr.Invalid("repo", "repo: name one of the repositories of %s: not all of them may be searched, by this service's --allow-repos", owner)
}

// places say what is allowed, in GitHub's words. There is an error if they cannot.
func (a allowed) places() ([]string, error) {
	if slices.Contains(a, "*/*") {
		return nil, nil
	}
	var all []string
	for _, pattern := range a {
		owner, repo, _ := strings.Cut(pattern, "/")
		q := "repo:" + pattern
		if repo == "*" {
			q, repo = "user:"+owner, ""
		}
		if strings.Contains(owner+repo, "*") || len(all) == maxPlaces {
			return nil, toolerr.Invalid("repo", "repo: say where to search, a repository or an owner all of whose repositories --allow-repos names: GitHub cannot be held to all that it names")
		}
		if !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	return all, nil
}

// terms joins the parts of a query. What a caller wrote is held together, so
// that an OR in it does not leave the qualifiers behind.
func terms(query string, qualifiers ...string) string {
	query = strings.TrimSpace(query)
	if choice.MatchString(query) {
		query = "(" + query + ")"
	}
	return strings.TrimSpace(query + " " + strings.Join(qualifiers, " "))
}

var choice = regexp.MustCompile(`(?i)\bOR\b`)

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
