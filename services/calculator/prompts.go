package calculator

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var explainPrompt = &mcp.Prompt{
	Name:        "explain_calculation",
	Title:       "Explain a calculation",
	Description: "Compute an expression with the calculator and explain it step by step.",
	Arguments: []*mcp.PromptArgument{{
		Name:        "expression",
		Title:       "Expression",
		Description: "what to compute and explain, such as 1250 * (1 + 19%)",
		Required:    true,
	}},
}

func (s *Service) explain(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	text := fmt.Sprintf(`Compute this expression with the calculate tool, then explain it:

%s

Show the steps in the order of the tool's "interpretation", one line each, and compute each step with the tool too. Say whether the result is exact, and what its notes mean for the reader. If the tool refuses the expression, explain why and show what to write instead.`,
		req.Params.Arguments["expression"])
	return &mcp.GetPromptResult{
		Description: explainPrompt.Description,
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}},
	}, nil
}
