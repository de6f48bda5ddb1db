package github

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var addCommentTool = &mcp.Tool{
	Name:        "add_comment",
	Title:       "Add a comment",
	Description: `Comments on an issue or pull request, answers a review comment, or replaces a comment. Example: {"body":"Fixed."}`,
	Annotations: adds(),
}

type addCommentInput struct {
	numbered
	Body      string `json:"body"`
	EditID    int64  `json:"edit_id,omitempty" jsonschema:"comment's id"`
	InReplyTo int64  `json:"in_reply_to,omitempty" jsonschema:"review comment's id"`
}

type addCommentOutput struct {
	ID  int64  `json:"id"`
	URL string `json:"url,omitempty"`
}

// written is a comment of either kind, as GitHub has it now.
type written interface {
	GetID() int64
	GetHTMLURL() string
}

func (s *Service) addComment(ctx context.Context, in addCommentInput) (addCommentOutput, error) {
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return addCommentOutput{}, err
	}
	var c written
	switch {
	case strings.TrimSpace(in.Body) == "":
		return addCommentOutput{}, toolerr.Invalid("body", "body must not be blank")
	case in.EditID != 0 && in.InReplyTo != 0:
		return addCommentOutput{}, toolerr.Invalid("edit_id", "give edit_id or in_reply_to, not both")
	case in.EditID != 0:
		c, err = s.editComment(ctx, in)
	case in.InReplyTo != 0:
		c, err = s.reply(ctx, in)
	default:
		c, _, err = s.api.Issues.CreateComment(ctx, in.Owner, in.Repo, in.Number, &github.IssueComment{Body: &in.Body})
		err = s.shownWrite(err, "comment on %s", in.numbered)
	}
	switch {
	case err != nil:
		return addCommentOutput{}, err
	case c.GetID() == 0:
		return addCommentOutput{}, emptyWrite("comment on %s", in.numbered)
	}
	return addCommentOutput{c.GetID(), plain.Line(c.GetHTMLURL())}, nil
}

// reply answers in the thread of a review comment.
func (s *Service) reply(ctx context.Context, in addCommentInput) (written, error) {
	to := fmt.Sprintf("repos/%s/%s/pulls/%d/comments/%d/replies", in.Owner, in.Repo, in.Number, in.InReplyTo)
	req, err := s.api.NewRequest(http.MethodPost, to, map[string]string{"body": in.Body})
	if err != nil {
		return nil, err
	}
	c := new(github.PullRequestComment)
	_, err = s.api.Do(ctx, req, c)
	return c, s.shownWrite(err, "reply to review comment %d of %s", in.InReplyTo, in.numbered)
}

// editComment replaces a comment's text. Comments of issues and of reviews have
// ids of their own, so which one is meant, and that it belongs to the number, is
// looked up first.
func (s *Service) editComment(ctx context.Context, in addCommentInput) (written, error) {
	var of string
	talk, _, err := s.api.Issues.GetComment(ctx, in.Owner, in.Repo, in.EditID)
	review := statusOf(err) == http.StatusNotFound
	switch {
	case review:
		var c *github.PullRequestComment
		c, _, err = s.api.PullRequests.GetComment(ctx, in.Owner, in.Repo, in.EditID)
		of = c.GetPullRequestURL()
	case err == nil:
		of = talk.GetIssueURL()
		// An id of both kinds is possible; only that of the number is meant.
		if !belongs(of, in.Number) {
			if c, _, err := s.api.PullRequests.GetComment(ctx, in.Owner, in.Repo, in.EditID); err == nil {
				review, of = true, c.GetPullRequestURL()
			}
		}
	}
	if err != nil {
		return nil, s.shown(err, "comment %d of %s", in.EditID, in.numbered)
	}
	if !belongs(of, in.Number) {
		return nil, toolerr.Invalid("edit_id", "edit_id: comment %d is not one of %s", in.EditID, in.numbered)
	}
	if review {
		c, _, err := s.api.PullRequests.EditComment(ctx, in.Owner, in.Repo, in.EditID, &github.PullRequestComment{Body: &in.Body})
		return c, s.shownWrite(err, "review comment %d of %s", in.EditID, in.numbered)
	}
	c, _, err := s.api.Issues.EditComment(ctx, in.Owner, in.Repo, in.EditID, &github.IssueComment{Body: &in.Body})
	return c, s.shownWrite(err, "comment %d of %s", in.EditID, in.numbered)
}

// belongs reports whether the address of an issue or a pull request ends with its
// number.
func belongs(address string, number int) bool { return path.Base(address) == strconv.Itoa(number) }
