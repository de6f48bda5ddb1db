package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// What is promised.
const (
	mostMillis = 50
	mostMemory = 64 // MB
	// mostStart is the milliseconds from the start of a process to its answer to
	// initialize, mostIdle its MB then.
	mostStart, mostIdle = 25, 20
	mostTools           = 9 << 10
	// mostShare is the bytes of a page, of those of the API's JSON.
	mostShare = 0.35
)

// results are all that one run measured.
type results struct {
	Machine host.Machine `json:"machine"`
	First   []timed      `json:"first"`
	Page    page         `json:"page"`
	Memory  host.Memory  `json:"memory"` // of who has looked at everything
	Ours    started      `json:"ours"`
	Waits   bool         `json:"waits"` // initialize does, where Slack never answers
	Peers   []started    `json:"peers"`
}

// timed are the milliseconds of a first call, and those since the process was
// started, of each process, and the requests that Slack had from one.
type timed struct {
	Name, Tool string
	Millis     []float64
	FromStart  []float64
	Requests   int
	Far        bool
}

// started is how servers start: the milliseconds from the start of each process to
// its answer to initialize, its MB then, the requests that Slack had by then, and
// the tools. A page of messages is its first answer: its milliseconds, the bytes
// and tokens of its text, or why there is none.
type started struct {
	Name                 string
	Initialize, Idle     []float64
	Requests             int
	Tools                model.Offered
	First                []float64
	Answer, AnswerTokens int
	Refused              string
}

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. A workspace of %d people and %d channels, the token in each %dth of them; Slack answers from this machine, and refuses nothing for its rate limits. Tokens of o200k_base.\n", r.Machine.String(), people, channels, every)
	b.WriteString("\n| first call of a process | tool | requests to Slack | median, ms | slowest, ms | since the start, median, ms |\n|---|---|--:|--:|--:|--:|\n")
	for _, t := range r.First {
		fmt.Fprintf(&b, "| %s | `%s` | %d | %.1f | %.1f | %.1f |\n", t.Name, t.Tool, t.Requests, report.Median(t.Millis), slices.Max(t.Millis), report.Median(t.FromStart))
	}
	fmt.Fprintf(&b, "\nA page of %d messages with threads, reactions, pictures and previews is %d bytes and %d tokens of the API's JSON. A model sees %d bytes (%.2f) and %d tokens (%.2f) of our answer, which as a whole, with its structured form, is %d bytes (%.2f). Another such page of a warm process takes %.1f ms with Slack's own part in it, and %.2f ms of CPU.\n",
		pageOf, r.Page.Raw, r.Page.RawTokens, r.Page.Text, r.Page.seenShare(), r.Page.Tokens, float64(r.Page.Tokens)/float64(max(r.Page.RawTokens, 1)), r.Page.Answer, r.Page.share(), report.Median(r.Page.Millis), r.Page.CPU)
	fmt.Fprintf(&b, "\nA process that looked at all channels and all people, and was then asked for the last %d of them by name, has %.0f MB, %.0f MB at most.\n", names, host.Megabytes(r.Memory.Now), host.Megabytes(r.Memory.Peak))
	r.beside(&b)
	r.Targets().Markdown(&b, "mcp-slack")
	return b.String()
}

// beside writes the start of ours and of other servers.
func (r *results) beside(b *strings.Builder) {
	b.WriteString("\n| server | to initialize, ms | requests to Slack by then | idle, MB | tools | tools/list, bytes | tokens of what a model sees of it | a page as the first call, ms | its text, bytes | its tokens |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	ours := r.Ours
	ours.Name = "**mcp-slack**"
	for _, s := range append([]started{ours}, r.Peers...) {
		first, answer := "–", "– | –"
		if len(s.First) > 0 {
			first = fmt.Sprintf("%.1f", report.Median(s.First))
		}
		if s.Answer > 0 {
			answer = fmt.Sprintf("%d | %d", s.Answer, s.AnswerTokens)
		}
		fmt.Fprintf(b, "| %s | %.1f | %d | %.1f | %d | %d | %d | %s | %s |\n", s.Name, report.Median(s.Initialize), s.Requests, report.Median(s.Idle), s.Tools.Count, s.Tools.Bytes, s.Tools.Tokens, first, answer)
	}
	if len(r.Peers) == 0 {
		return
	}
	fmt.Fprintf(b, "\nmcp-slack has the large workspace. The other servers have one of %d people and %d channels, behind a proxy that stands for slack.com, and begin without caches: slack-mcp-server reads all people and channels before it answers initialize, and has not answered after a minute in the large one. Medians; the requests are the most that any process made.\n", peersPeople, peersChannels)
	for _, s := range r.Peers {
		if s.Refused != "" {
			fmt.Fprintf(b, "\n%s gave no page: %s\n", s.Name, strings.Join(strings.Fields(s.Refused), " "))
		}
	}
}

// Targets implements [command.Report].
func (r *results) Targets() report.Targets {
	waited := 0
	if r.Waits {
		waited = 1
	}
	var list report.Targets
	for _, t := range r.First {
		if !t.Far {
			list = append(list, report.Target{What: "First answer: " + t.Name, Unit: "ms", Limit: mostMillis, Measured: report.Median(t.Millis)})
		}
	}
	return append(list,
		report.Target{What: "Requests to Slack that initialize waits for", Unit: "requests", Limit: 0, Measured: float64(waited)},
		report.Target{What: "From the start to the answer to initialize", Unit: "ms", Limit: mostStart, Measured: report.Median(r.Ours.Initialize)},
		report.Target{What: "Memory of an idle process", Unit: "MB", Limit: mostIdle, Measured: report.Median(r.Ours.Idle)},
		report.Target{What: "tools/list", Unit: "B", Limit: mostTools, Measured: float64(r.Ours.Tools.Bytes)},
		report.Target{What: fmt.Sprintf("Text of a page of %d messages", pageOf), Unit: "× the API's JSON", Limit: mostShare, Measured: r.Page.seenShare()},
		report.Target{What: fmt.Sprintf("Whole answer of a page of %d messages", pageOf), Unit: "× the API's JSON", Limit: mostShare, Measured: r.Page.share()},
		report.Target{What: "Memory of a process that has looked at everybody", Unit: "MB", Limit: mostMemory, Measured: host.Megabytes(r.Memory.Peak)})
}
