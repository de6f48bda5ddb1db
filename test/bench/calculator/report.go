package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// results are all that one run measured.
type results struct {
	Machine     host.Machine  `json:"machine"`
	Options     published     `json:"options"`
	Contestants []string      `json:"contestants"`
	Cases       []*caseResult `json:"cases"`
	Attacks     *attacks      `json:"attacks,omitempty"`

	// Others is the fraction of the machine that processes without a part in
	// the run used while evaluations were counted.
	Others float64 `json:"others"`
}

// published is what a reader must know of the options.
type published struct {
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
	Warmup  float64 `json:"warmup_seconds"`
}

func (o options) published() published {
	return published{Rounds: o.rounds, Seconds: o.lasting.Seconds(), Warmup: o.warmup.Seconds()}
}

// A caseResult is what the contestants showed on one case. Samples are by
// contestant and round; Cannot says why one has none.
type caseResult struct {
	Name    string     `json:"name"`
	Samples [][]sample `json:"samples"`
	Cannot  []string   `json:"cannot"`
	testcase
}

func newCaseResult(c testcase, running []*evaluator) *caseResult {
	r := &caseResult{Name: c.name, Samples: make([][]sample, len(running)), testcase: c}
	for _, e := range running {
		r.Cannot = append(r.Cannot, c.cannot[e.name])
	}
	return r
}

// cpu returns the samples of a contestant.
func (r *caseResult) cpu(contestant int) []float64 {
	var values []float64
	for _, s := range r.Samples[contestant] {
		values = append(values, s.CPU)
	}
	return values
}

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. Medians of %d interleaved rounds of at least %g s after %g s to warm up. "+
		"Other processes used %.0f %% of the machine meanwhile.\n\n",
		r.Machine, r.Options.Rounds, r.Options.Seconds, r.Options.Warmup, 100*r.Others)

	b.WriteString("| CPU per evaluation, µs | " + r.Contestants[0] + " (least–most)")
	for _, name := range r.Contestants[1:] {
		b.WriteString(" | " + name + " | × ours")
	}
	b.WriteString(" |\n|---" + strings.Repeat("|--:", 2*len(r.Contestants)-1) + "|\n")
	for _, c := range r.Cases {
		own := c.cpu(0)
		fmt.Fprintf(&b, "| %s | %s (%s–%s)", c.Name, figures(report.Median(own)), figures(slices.Min(own)), figures(slices.Max(own)))
		for i := range r.Contestants[1:] {
			other := c.cpu(i + 1)
			if len(other) == 0 {
				fmt.Fprintf(&b, " | %s | –", c.Cannot[i+1])
				continue
			}
			fmt.Fprintf(&b, " | %s | %s", figures(report.Median(other)), figures(report.MedianRatio(other, own)))
		}
		b.WriteString(" |\n")
	}

	if r.Attacks != nil {
		r.Attacks.markdown(&b)
	}
	r.Targets().Markdown(&b, "mcp-calculator")
	return b.String()
}

func (a *attacks) markdown(b *strings.Builder) {
	worst := 0.0
	for _, c := range a.Calls {
		worst = max(worst, slices.Max(c.Bystander))
	}
	fmt.Fprintf(b, "\nHostile calls, each for %g s in each of %d rounds, with %d calls of `1+1` at the same time. "+
		"Medians of the slowest of each round; the slowest `1+1` of all took %s ms, and while nothing else was asked for %s ms.\n\n",
		meanwhile.Seconds(), a.Rounds, a.Others, figures(worst), figures(report.Median(a.Alone)))
	b.WriteString("| hostile call | answer | time, ms | refused in process, µs CPU | `1+1` meanwhile, ms |\n|---|---|--:|--:|--:|\n")
	for _, c := range a.Calls {
		inProcess := "–"
		if len(c.InProcess) > 0 {
			inProcess = figures(report.Median(c.InProcess))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", strings.ReplaceAll(c.Name, "*", `\*`), c.Answer, figures(report.Median(c.Took)), inProcess, figures(report.Median(c.Bystander)))
	}
	fmt.Fprintf(b, "\n%s\n", a.Flood)
}

// figures writes x with about three significant digits.
func figures(x float64) string {
	switch {
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// Targets implements [command.Report].
func (r *results) Targets() report.Targets {
	var list report.Targets
	for _, c := range r.Cases {
		if c.limit == 0 {
			continue
		}
		unit, scale := "µs", 1.0
		if c.limit.Milliseconds() > 0 {
			unit, scale = "ms", 1e3
		}
		list = append(list, report.Target{What: c.Name, Unit: unit,
			Limit: float64(c.limit.Microseconds()) / scale, Measured: report.Median(c.cpu(0)) / scale})
	}
	if r.Attacks == nil {
		return list
	}
	var slowest, refusal, bystander float64
	for _, c := range r.Attacks.Calls {
		slowest, bystander = max(slowest, report.Median(c.Took)), max(bystander, report.Median(c.Bystander))
		refusal = max(refusal, report.Median(c.InProcess))
	}
	return append(list,
		report.Target{What: "A hostile call", Unit: "ms", Limit: 2000, Measured: slowest},
		report.Target{What: "A refusal that is predicted, in process", Unit: "µs", Limit: 1000, Measured: refusal},
		report.Target{What: "`1+1` at the same time", Unit: "ms", Limit: 50, Measured: bystander},
		report.Target{What: "RSS at its peak", Unit: "MB", Limit: 256, Measured: host.Megabytes(r.Attacks.Memory.Peak)})
}
