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

var checkPrompt = &mcp.Prompt{
	Name:        "check_my_arithmetic",
	Title:       "Check the arithmetic of a text",
	Description: "Find every calculation in a text and verify it with the calculator.",
	Arguments: []*mcp.PromptArgument{{
		Name:        "text",
		Title:       "Text",
		Description: "the text to check: a draft, an invoice, a table, a solution",
		Required:    true,
	}},
}

var solvePrompt = &mcp.Prompt{
	Name:        "solve_word_problem",
	Title:       "Solve a word problem",
	Description: "Turn a problem told in words into calculations, compute them exactly and check the answer.",
	Arguments: []*mcp.PromptArgument{{
		Name:        "problem",
		Title:       "Problem",
		Description: "the problem as it was told, with all its numbers and units",
		Required:    true,
	}},
}

var comparePrompt = &mcp.Prompt{
	Name:        "compare_offers",
	Title:       "Compare two offers",
	Description: "Compare two offers, loans or prices by what they really cost.",
	Arguments: []*mcp.PromptArgument{
		{Name: "a", Title: "First offer", Description: "the first offer with its price, terms and quantities", Required: true},
		{Name: "b", Title: "Second offer", Description: "the second offer", Required: true},
	},
}

// instruct is the answer of a prompt that is one message.
func instruct(p *mcp.Prompt, text string) *mcp.GetPromptResult {
	return &mcp.GetPromptResult{
		Description: p.Description,
		Messages:    []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}},
	}
}

func (s *Service) check(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	return instruct(checkPrompt, fmt.Sprintf(`Check the arithmetic of this text:

%s

List every statement in it that follows from numbers: sums, differences, percentages, averages, conversions of units, spans of dates, totals of tables. Verify each with the verify_claim tool, written as an equation, such as "17%% of 2350 = 399.5"; use convert_units, date_calculate and statistics for what they cover. Compute nothing in your head, however easy it looks, and take numbers as the text has them.

Answer with a table: the statement, the verdict of the tool, the right value where it differs. A statement that is right after rounding counts as right; say to how many digits. Name what could not be checked and which number is missing. Then say whether an error changes a conclusion of the text.`,
		req.Params.Arguments["text"])), nil
}

func (s *Service) solve(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	return instruct(solvePrompt, fmt.Sprintf(`Solve this problem:

%s

First write down what is given, with units, and what is asked, and name each unknown. If a number is missing or the wording allows two readings, say so and solve each reading.

Then compute with the tools and with nothing else: solve_equation for unknowns, calculate or calculate_many for formulas, convert_units before quantities of different units meet, date_calculate for dates, statistics, matrix or number_theory where the problem is theirs. Keep exact values such as 1/3 until the end. Read the "interpretation" of each result, to see that the formula was read as you meant it.

Put the solution back into the problem with verify_claim, and check that it makes sense: its sign, its size, whole numbers where things are counted. Answer in one sentence with the unit, after the steps.`,
		req.Params.Arguments["problem"])), nil
}

func (s *Service) compare(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	return instruct(comparePrompt, fmt.Sprintf(`Compare these two offers.

Offer A:
%s

Offer B:
%s

Bring both to the same measure: the price of one unit (convert_units), the total over the same time, or for money over time the yearly effective rate and the present value. Count everything that is paid: taxes, fees, discounts one after the other, shipping. Compute each figure with calculate or calculate_many, and the difference in money and in percent. Ask for a number that is missing, or show the result as a function of it.

Where the better offer depends on a quantity, find the point at which both cost the same with solve_equation, and draw both with plot_function if that helps. Answer with a table of both offers, which one is better for whom and from what quantity on, and which assumption the answer depends on most.`,
		req.Params.Arguments["a"], req.Params.Arguments["b"])), nil
}

func (s *Service) explain(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	return instruct(explainPrompt, fmt.Sprintf(`Compute this expression with the calculate tool, then explain it:

%s

Show the steps in the order of the tool's "interpretation", one line each, and compute each step with the tool too. Say whether the result is exact, and what its notes mean for the reader. If the tool refuses the expression, explain why and show what to write instead.`,
		req.Params.Arguments["expression"])), nil
}
