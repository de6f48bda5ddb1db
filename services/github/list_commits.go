package github

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// maxCompared is how many files GitHub names of a comparison.
	maxCompared = 300
	// maxMessage bounds one whole message, messageBudget those of an answer, in bytes.
	maxMessage    = 4 << 10
	messageBudget = textBudget
)

var listCommitsTool = &mcp.Tool{
	Name:        "list_commits",
	Title:       "List commits",
	Description: `Commits, newest first. With base it compares: what ref has and base lacks, oldest first, and up to 300 files. Example: {"base":"v1.0","ref":"main"}`,
	Annotations: server.ReadOnly(true),
}

type listCommitsInput struct {
	repository
	Ref    string `json:"ref,omitempty"`
	Base   string `json:"base,omitempty" jsonschema:"like ref"`
	Path   string `json:"path,omitempty"`
	Author string `json:"author,omitempty" jsonschema:"login or email"`
	Since  string `json:"since,omitempty" jsonschema:"date or RFC 3339"`
	Until  string `json:"until,omitempty" hidden:"true" jsonschema:"inclusive"`
	Full   bool   `json:"full,omitempty" jsonschema:"whole messages"`
	page
}

type listCommitsOutput struct {
	Commits    []commitLine  `json:"commits"`
	Ahead      *int          `json:"ahead,omitempty"`
	Behind     *int          `json:"behind,omitempty"`
	MergeBase  string        `json:"merge_base,omitempty"`
	Files      []changedFile `json:"files,omitempty"`
	Truncated  string        `json:"truncated,omitempty"`
	NextCursor string        `json:"next_cursor,omitempty"`
}

type commitLine struct {
	SHA     string     `json:"sha"`
	Message string     `json:"message"`
	Author  string     `json:"author,omitempty"`
	Date    *time.Time `json:"date,omitempty"`
}

type changedFile struct {
	Path      string `json:"path"`
	Status    string `json:"status"`
	Additions int    `json:"additions"`
	Deletions int    `json:"deletions"`
	From      string `json:"from,omitempty"`
}

func (s *Service) listCommits(ctx context.Context, in listCommitsInput) (listCommitsOutput, error) {
	opt, err := in.options()
	if err != nil {
		return listCommitsOutput{}, err
	}
	ctx, err = s.in(ctx, in.repository)
	if err != nil {
		return listCommitsOutput{}, err
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "list_commits", question)
	if err != nil {
		return listCommitsOutput{}, err
	}
	if in.Base != "" {
		return s.compare(ctx, in, question, at)
	}
	opt.ListOptions = at
	list, resp, err := s.api.Repositories.ListCommits(ctx, in.Owner, in.Repo, opt)
	if err != nil {
		return listCommitsOutput{}, s.shownOf(in.repository, err, "commits of %s", in.repository)
	}
	var out listCommitsOutput
	out.add(list, in.Full)
	out.NextCursor, err = s.next(resp, at, "list_commits", question)
	return out, err
}

// options are what GitHub is asked for.
func (in *listCommitsInput) options() (*github.CommitsListOptions, error) {
	if err := checkRef("ref", in.Ref); err != nil {
		return nil, err
	}
	if err := checkRef("base", in.Base); err != nil {
		return nil, err
	}
	path, err := cleanPath("path", in.Path)
	if err != nil {
		return nil, err
	}
	if len(in.Author) > 255 {
		return nil, toolerr.Invalid("author", "author is longer than 255 bytes")
	}
	if in.Base != "" && (path != "" || in.Author != "" || in.Since != "" || in.Until != "") {
		return nil, toolerr.Invalid("base", "base: GitHub compares without path, author, since and until: leave them out, or base")
	}
	since, err := parseMoment("since", in.Since, 0)
	if err != nil {
		return nil, err
	}
	until, err := parseMoment("until", in.Until, 24*time.Hour-time.Second)
	if err != nil {
		return nil, err
	}
	if !since.IsZero() && !until.IsZero() && until.Before(since) {
		return nil, toolerr.Invalid("until", "until is before since")
	}
	return &github.CommitsListOptions{SHA: in.Ref, Path: path, Author: in.Author, Since: since, Until: until}, nil
}

// parseMoment reads a time. A date stands for its beginning in UTC, and later.
func parseMoment(argument, text string, later time.Duration) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Add(later), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, toolerr.Invalid(argument, "%s must be a date or a time such as 2026-01-31 or 2026-01-31T15:04:05Z", argument)
	}
	return t.UTC().Truncate(time.Second), nil
}

// compare tells what ref has that base has not.
func (s *Service) compare(ctx context.Context, in, question listCommitsInput, at github.ListOptions) (listCommitsOutput, error) {
	head := in.Ref
	if head == "" {
		head = "HEAD"
	}
	c, resp, err := s.api.Repositories.CompareCommits(ctx, in.Owner, in.Repo, in.Base, head, &at)
	switch {
	case statusOf(err) == http.StatusNotFound:
		return listCommitsOutput{}, toolerr.Wrap(err, toolerr.ResourceNotFound, "%s...%s of %s: GitHub finds no such repository, base or ref, or no commit that both have in common", in.Base, head, in.repository)
	case err != nil:
		return listCommitsOutput{}, s.shownOf(in.repository, err, "%s...%s of %s", in.Base, head, in.repository)
	}
	out := listCommitsOutput{Ahead: c.AheadBy, Behind: c.BehindBy}
	if c.GetBehindBy() > 0 {
		out.MergeBase = c.GetMergeBaseCommit().GetSHA()
	}
	out.add(c.Commits, in.Full)
	// The files are those of the whole comparison, and GitHub tells them once.
	if at.Page <= 1 {
		for _, f := range present(c.Files) {
			out.Files = append(out.Files, changedFile{f.GetFilename(), f.GetStatus(), f.GetAdditions(), f.GetDeletions(), f.GetPreviousFilename()})
		}
		if len(c.Files) >= maxCompared {
			out.truncate("GitHub names no more than 300 files of a comparison; compare with a base that is nearer")
		}
	}
	out.NextCursor, err = s.next(resp, at, "list_commits", question)
	return out, err
}

// add adds commits, with all of their messages or the first lines.
func (o *listCommitsOutput) add(list []*github.RepositoryCommit, full bool) {
	list = present(list)
	o.Commits = make([]commitLine, len(list))
	spent := 0
	for i, c := range list {
		g := c.GetCommit()
		line := commitLine{SHA: c.GetSHA(), Author: writer(c)}
		if a := g.GetAuthor(); a != nil {
			line.Date = second(a.Date)
		}
		message := strings.TrimSpace(plain.Text(g.GetMessage()))
		line.Message = plain.Shorten(firstLine(message), 200)
		if full && spent < messageBudget {
			line.Message = plain.Shorten(message, min(maxMessage, messageBudget-spent))
		}
		if full && line.Message != message {
			o.truncate("messages are cut that end with …; fewer commits with limit, show more of each up to 4 KB")
		}
		spent += len(line.Message)
		o.Commits[i] = line
	}
}

func (o *listCommitsOutput) truncate(why string) {
	switch {
	case o.Truncated == "":
		o.Truncated = why
	case !strings.Contains(o.Truncated, why):
		o.Truncated += "; " + why
	}
}
