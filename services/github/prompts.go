package github

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var reviewPrompt = &mcp.Prompt{
	Name:        "review_pull_request",
	Title:       "Review a pull request",
	Description: "Read a pull request and what speaks about it, and write a review.",
	Arguments: []*mcp.PromptArgument{
		{Name: "owner", Title: "Owner", Description: "user or organization", Required: true},
		{Name: "repo", Title: "Repository", Description: "its name", Required: true},
		{Name: "number", Title: "Number", Description: "the pull request", Required: true},
		{Name: "focus", Title: "Focus", Description: "what to look at most, such as security or tests"},
	},
}

func (s *Service) reviewPullRequest(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	a := req.Params.Arguments
	return instruct(reviewPrompt, fmt.Sprintf("Review pull request %s of %s/%s.", a["number"], a["owner"], a["repo"])), nil
}

// instruct is the answer of a prompt that is one message.
func instruct(p *mcp.Prompt, text string) *mcp.GetPromptResult {
	return &mcp.GetPromptResult{
		Description: p.Description,
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}},
	}
}
