package github

import (
	"context"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

var createIssueTool = &mcp.Tool{
	Name:        "create_issue",
	Title:       "Create an issue",
	Description: `Opens an issue; search_issues tells whether it exists. Example: {"title":"Crash on start","labels":["bug"]}`,
	Annotations: adds(),
}

type createIssueInput struct {
	repository
	Title     string   `json:"title"`
	Body      string   `json:"body,omitempty"`
	Labels    []string `json:"labels,omitempty"`
	Assignees []string `json:"assignees,omitempty"`
}

type createIssueOutput struct {
	Number int    `json:"number"`
	URL    string `json:"url,omitempty"`
	// Ignored are labels and assignees that GitHub has left out without an error.
	Ignored []string `json:"ignored,omitempty"`
}

func (s *Service) createIssue(ctx context.Context, in createIssueInput) (createIssueOutput, error) {
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return createIssueOutput{}, err
	}
	ask := &github.IssueRequest{Title: &in.Title}
	if in.Body != "" {
		ask.Body = &in.Body
	}
	if len(in.Labels) > 0 {
		ask.Labels = &in.Labels
	}
	if len(in.Assignees) > 0 {
		ask.Assignees = &in.Assignees
	}
	issue, _, err := s.api.Issues.Create(ctx, in.Owner, in.Repo, ask)
	if err != nil {
		return createIssueOutput{}, s.shownWrite(err, "new issue in %s", in.repository)
	}
	if issue.GetNumber() == 0 {
		return createIssueOutput{}, emptyWrite("new issue in %s", in.repository)
	}
	out := createIssueOutput{Number: issue.GetNumber(), URL: plain.Line(issue.GetHTMLURL()), Ignored: without(in.Assignees, logins(issue.Assignees), "assignee ")}
	out.Ignored = append(out.Ignored, without(in.Labels, labelNames(issue.Labels), "label ")...)
	return out, nil
}
