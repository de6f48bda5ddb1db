package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var getIssueTool = &mcp.Tool{
	Name:        "get_issue",
	Title:       "Get an issue",
	Description: `An issue or pull request with its conversation, 40 KB a call. Example: {"order":"newest"}`,
	Annotations: server.ReadOnly(true),
}

type getIssueInput struct {
	numbered
	Order    string `json:"order" enum:"oldest,newest" default:"oldest"`
	Comments *bool  `json:"comments,omitempty" jsonschema:"else true"`
	MaxBytes int    `json:"max_bytes,omitempty" jsonschema:"else 40000"`
	Limit    int    `json:"limit" min:"1" max:"100" default:"30" hidden:"true" alias:"max_results" jsonschema:"comments"`
	Cursor   string `json:"cursor,omitempty"`
}

type getIssueOutput struct {
	text string
	next string
}

// Text implements [server.Texter].
func (o getIssueOutput) Text() (string, any) {
	if o.next == "" {
		return o.text, nil
	}
	return o.text, nextMeta{o.next}
}

type nextMeta struct {
	NextCursor string `json:"next_cursor"`
}

// talkPlace is where a conversation goes on: behind some comments of a page.
type talkPlace struct {
	Page int `json:"p"`
	Size int `json:"s"`
	Skip int `json:"k"`
}

func (s *Service) getIssue(ctx context.Context, in getIssueInput) (getIssueOutput, error) {
	var out getIssueOutput
	if err := budget(&in.MaxBytes, 40_000); err != nil {
		return out, err
	}
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return out, err
	}
	question := in
	question.Limit, question.Cursor, question.MaxBytes = 0, "", 0
	at := talkPlace{Size: in.Limit}
	if err := s.cursors.Open(in.Cursor, &at, "get_issue", asked(question)); err != nil {
		return out, err
	}
	issue, _, err := s.api.Issues.Get(ctx, in.Owner, in.Repo, in.Number)
	if err != nil {
		return out, s.shown(err, "%s", in.numbered)
	}
	if issue.GetNumber() == 0 {
		return out, emptyAnswer("%s", in.numbered)
	}
	if name := repositoryOf(issue.GetRepositoryURL()); name != "" {
		if err := s.same(in.numbered, name, issue.GetNumber()); err != nil {
			return out, err
		}
	}
	w := &talk{left: in.MaxBytes}
	if in.Cursor == "" {
		at.Page = 1
		if last := (issue.GetComments() + at.Size - 1) / at.Size; in.Order == "newest" && last > 1 {
			at.Page = last
		}
		if err := s.describe(ctx, w, in.numbered, issue); err != nil {
			return out, err
		}
	}
	var next talkPlace
	var more bool
	if in.Comments == nil || *in.Comments {
		if next, more, err = s.comments(ctx, w, in, at, issue.GetComments()); err != nil {
			return out, err
		}
	}
	out.text = w.String()
	if more {
		out.next, err = s.cursors.Seal(next, "get_issue", asked(question))
	}
	return out, err
}

// comments writes a page of comments, as many as fit, and returns where the next
// page begins.
func (s *Service) comments(ctx context.Context, w *talk, in getIssueInput, at talkPlace, total int) (next talkPlace, more bool, err error) {
	if total == 0 {
		return at, false, nil
	}
	list, resp, err := s.api.Issues.ListComments(ctx, in.Owner, in.Repo, in.Number,
		&github.IssueListCommentsOptions{ListOptions: github.ListOptions{Page: at.Page, PerPage: at.Size}})
	if err != nil {
		return at, false, s.shown(err, "comments of %s", in.numbered)
	}
	list = present(list)
	newest := in.Order == "newest"
	for i := at.Skip; i < len(list); i++ {
		c := list[i]
		if newest {
			c = list[len(list)-1-i]
		}
		head := fmt.Sprintf("%scomment %d by %s, %s", mark, c.GetID(), author(c.User), when(c.CreatedAt))
		if c.UpdatedAt != nil && !c.GetUpdatedAt().Equal(c.GetCreatedAt()) {
			head += ", edited " + when(c.UpdatedAt)
		}
		if !w.entry(head, c.GetBody(), in.MaxBytes/4, i == at.Skip) {
			at.Skip = i
			return at, true, nil
		}
	}
	at.Skip = 0
	if newest {
		at.Page--
		return at, at.Page > 0, nil
	}
	at.Page = resp.NextPage
	return at, at.Page > 0, nil
}

// describe writes what an issue is, before its comments.
func (s *Service) describe(ctx context.Context, w *talk, n numbered, issue *github.Issue) error {
	facts := []string{stateOf(issue), strings.TrimSpace("by " + author(issue.User) + " " + when(issue.CreatedAt))}
	if u := when(issue.UpdatedAt); u != "" {
		facts = append(facts, "updated "+u)
	}
	if issue.GetState() == "closed" && issue.ClosedAt != nil {
		facts = append(facts, "closed "+when(issue.ClosedAt))
	}
	if issue.GetLocked() {
		facts = append(facts, strings.TrimSpace("locked "+issue.GetActiveLockReason()))
	}
	facts = append(facts, counted(issue.GetComments(), "comment"))
	head := fmt.Sprintf("%s%s %s\n%s", mark, n, plain.Words(issue.GetTitle(), 300), strings.Join(facts, ", "))
	head += list("labels", labelNames(issue.Labels)) + list("assignees", logins(issue.Assignees))
	if issue.Milestone != nil {
		head += list("milestone", []string{issue.Milestone.GetTitle()})
	}
	if issue.IsPullRequest() {
		pr, err := s.pull(ctx, n)
		if err != nil {
			return err
		}
		head += pullFacts(pr)
	}
	body := issue.GetBody()
	if strings.TrimSpace(body) == "" {
		body = "(no description)"
	}
	w.entry(head+"\n", body, w.left/2, true)
	return nil
}

// pullFacts are the lines that a pull request has more than an issue.
func pullFacts(pr *github.PullRequest) string {
	facts := []string{fmt.Sprintf("%s -> %s", plain.Line(headLabel(pr)), plain.Line(pr.GetBase().GetRef())),
		fmt.Sprintf("%s, +%d -%d", counted(pr.GetChangedFiles(), "file"), pr.GetAdditions(), pr.GetDeletions())}
	switch {
	case pr.GetMerged():
		facts = append(facts, "merged by "+author(pr.MergedBy))
	case pr.GetState() == "open" && pr.Mergeable != nil && !pr.GetMergeable():
		facts = append(facts, "has conflicts")
	case pr.GetState() == "open" && pr.GetMergeableState() != "":
		facts = append(facts, "mergeable state "+plain.Line(pr.GetMergeableState()))
	}
	if n := pr.GetReviewComments(); n > 0 {
		facts = append(facts, counted(n, "review comment")+": see get_pull_request_status")
	}
	return "\n" + strings.Join(facts, ", ") + list("reviewers asked", append(logins(pr.RequestedReviewers), slugs(pr.RequestedTeams)...))
}

func stateOf(issue *github.Issue) string {
	kind, state := "issue", issue.GetState()
	if issue.IsPullRequest() {
		kind = "pull request"
	}
	if issue.GetDraft() && state == "open" {
		state = "draft"
	}
	if r := issue.GetStateReason(); r != "" && r != "completed" {
		state += " (" + strings.ReplaceAll(plain.Line(r), "_", " ") + ")"
	}
	return plain.Line(state) + " " + kind
}

// list is a line of names, "" for none.
func list(name string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	return "\n" + name + ": " + plain.Words(strings.Join(values, ", "), 500)
}

// talk is a conversation within a number of bytes.
type talk struct {
	strings.Builder
	left int
}

// entry writes a heading and a text of which at most so many bytes are shown. If
// it does not fit nothing is written, unless it must.
func (w *talk) entry(head, body string, most int, must bool) bool {
	body, left := plain.Clip(quoted(body), most)
	if left > 0 {
		body += fmt.Sprintf("\n[%d bytes are left out; get_issue with max_bytes shows more]", left)
	}
	text := head + "\n" + body + "\n"
	if len(text) > w.left && !must {
		return false
	}
	w.WriteString(text)
	w.left -= len(text)
	return true
}
