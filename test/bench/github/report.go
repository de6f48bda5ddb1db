package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// GitHub's own server 1.10 with its default tools, as it was measured once: it
// was not to be had as a module or package.
const (
	peerTools  = 44
	peerBytes  = 119_979
	peerTokens = 10_587
)

// What is promised.
const (
	mostVisible = 12 << 10
	mostTokens  = 2500
	mostShare   = 0.5
)

// results are all that one run measured.
type results struct {
	Machine     host.Machine  `json:"machine"`
	Description string        `json:"description"`
	Rounds      int           `json:"rounds"`
	Tools       model.Offered `json:"tools"`
	Tasks       []answered    `json:"tasks"`
	Long        answered      `json:"long"` // for information
	Again       []int         `json:"again"`
	Batch       batched       `json:"batch"`
}

// answered is a task: the calls that it took, the bytes of the whole answers,
// those and the tokens of their texts, and those of the API's answers.
type answered struct {
	Name, Tool           string
	Calls                int
	Answer, Text, Tokens int
	Raw, RawTokens       int
}

func (a answered) share() float64 { return float64(a.Text) / float64(a.Raw) }

// batched are milliseconds, of each round.
type batched struct{ One, Ten []float64 }

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. Tokens of o200k_base. GitHub answers with the examples of @octokit/openapi %s, made longer.\n", r.Machine.String(), r.Description)
	fmt.Fprintf(&b, "\n| server | tools | tools/list, bytes | what a model sees of it, bytes | its tokens |\n|---|--:|--:|--:|--:|\n")
	fmt.Fprintf(&b, "| **mcp-github** | %d | %d | %d | %d |\n", r.Tools.Count, r.Tools.Bytes, r.Tools.Visible, r.Tools.Tokens)
	fmt.Fprintf(&b, "| github-mcp-server 1.10, as measured before | %d | %d | – | %d |\n", peerTools, peerBytes, peerTokens)
	fmt.Fprintf(&b, "\n| task | tool | calls | text, bytes | tokens | the API's JSON, bytes | tokens | text ÷ JSON | whole answer, bytes |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, a := range append(slices.Clone(r.Tasks), r.Long) {
		fmt.Fprintf(&b, "| %s | `%s` | %d | %d | %d | %d | %d | %.2f | %d |\n", a.Name, a.Tool, a.Calls, a.Text, a.Tokens, a.Raw, a.RawTokens, a.share(), a.Answer)
	}
	b.WriteString("\nEach answer has all that its task asks for: every title, text, patch and line is looked for in it, and texts that the service does not list are empty in the API's JSON too. Of files and logs the API has the whole only. The last row, for information, is read on by cursor.\n")
	fmt.Fprintf(&b, "\nWhere each request takes %v, one repository is described in %.0f ms and %d in %.0f ms (medians of %d interleaved rounds). A file that was read before costs the answers %v.\n",
		latency, report.Median(r.Batch.One), batchOf, report.Median(r.Batch.Ten), r.Rounds, r.Again)
	b.WriteString("\nWhat a model sees of tools/list, and what its targets are about, are the names, descriptions and input schemas; the rest, such as output schemas and annotations, is for programs.\n")
	r.Targets().Markdown(&b, "mcp-github")
	return b.String()
}

// Targets implements [command.Report].
func (r *results) Targets() report.Targets {
	list := report.Targets{
		{What: "Names, descriptions and input schemas", Unit: "B", Limit: mostVisible, Measured: float64(r.Tools.Visible)},
		{What: "Their tokens", Unit: "tokens", Limit: mostTokens, Measured: float64(r.Tools.Tokens)},
	}
	for _, a := range r.Tasks {
		list = append(list, report.Target{What: "Text of " + a.Name, Unit: "× the API's JSON", Limit: mostShare, Measured: a.share()})
	}
	unlike := len(r.Again) - 1
	if !slices.Equal(r.Again, []int{304}) && unlike < 1 {
		unlike = 1
	}
	return append(list,
		report.Target{What: "Answers to a file read before, but for one 304,", Unit: "answers", Limit: 0, Measured: float64(unlike)},
		report.Target{What: fmt.Sprintf("Time for %d repositories", batchOf), Unit: "× one", Limit: batchMax, Measured: report.MedianRatio(r.Batch.Ten, r.Batch.One)})
}
