package github

import (
	"context"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var submitReviewTool = &mcp.Tool{
	Name:        "submit_review",
	Title:       "Submit a review",
	Description: `Reviews a pull request; side left is the old file. Example: {"event":"comment","comments":[{"path":"a.go","line":7,"body":"Why?"}]}`,
	Annotations: adds(),
}

type submitReviewInput struct {
	numbered
	Event    string          `json:"event" enum:"approve,request_changes,comment"`
	Body     string          `json:"body,omitempty"`
	Comments []lineCommentIn `json:"comments,omitempty" jsonschema:"on its diff"`
}

type lineCommentIn struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	StartLine int    `json:"start_line,omitempty" jsonschema:"of a range"`
	Side      string `json:"side,omitempty" enum:"right,left"`
	Body      string `json:"body"`
}

type submitReviewOutput struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
	URL   string `json:"url,omitempty"`
}

func (s *Service) submitReview(ctx context.Context, in submitReviewInput) (submitReviewOutput, error) {
	if err := in.check(); err != nil {
		return submitReviewOutput{}, err
	}
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return submitReviewOutput{}, err
	}
	event := strings.ToUpper(in.Event)
	ask := &github.PullRequestReviewRequest{Event: &event}
	if in.Body != "" {
		ask.Body = &in.Body
	}
	for _, c := range in.Comments {
		ask.Comments = append(ask.Comments, c.draft())
	}
	review, _, err := s.api.PullRequests.CreateReview(ctx, in.Owner, in.Repo, in.Number, ask)
	if err != nil {
		return submitReviewOutput{}, s.shownWrite(err, "review of %s", in.numbered)
	}
	if review.GetID() == 0 {
		return submitReviewOutput{}, emptyWrite("review of %s", in.numbered)
	}
	return submitReviewOutput{ID: review.GetID(), State: strings.ToLower(plain.Line(review.GetState())), URL: plain.Line(review.GetHTMLURL())}, nil
}

func (in *submitReviewInput) check() error {
	blank := strings.TrimSpace(in.Body) == ""
	switch {
	case blank && in.Event == "request_changes":
		return toolerr.Invalid("body", "body: say what should change")
	case blank && in.Event == "comment" && len(in.Comments) == 0:
		return toolerr.Invalid("body", "body: give a body, comments or both")
	}
	for i, c := range in.Comments {
		switch {
		case c.Line < 1 || c.StartLine < 0:
			return toolerr.Invalid("comments", "comments[%d].line: lines count from 1", i)
		case c.StartLine > c.Line:
			return toolerr.Invalid("comments", "comments[%d].start_line: %d is behind line %d", i, c.StartLine, c.Line)
		}
	}
	return nil
}

func (c *lineCommentIn) draft() *github.DraftReviewComment {
	side := "RIGHT"
	if c.Side != "" {
		side = strings.ToUpper(c.Side)
	}
	d := &github.DraftReviewComment{Path: &c.Path, Line: &c.Line, Side: &side, Body: &c.Body}
	if c.StartLine > 0 && c.StartLine < c.Line {
		d.StartLine, d.StartSide = &c.StartLine, &side
	}
	return d
}
