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
	Machine  host.Machine `json:"machine"`
	Options  published    `json:"options"`
	Peers    []string     `json:"peers"`
	Findings []*finding   `json:"findings"`
	Reads    *readings    `json:"reads,omitempty"`
	Paging   *pagings     `json:"paging,omitempty"`
	Watching *watchings   `json:"watching,omitempty"`

	// Others is the fraction of the machine that processes without a part in
	// the run used while trees were searched.
	Others float64 `json:"others"`
}

// published is what a reader must know of the options.
type published struct {
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
}

func (o options) published() published {
	return published{Rounds: o.rounds, Seconds: o.lasting.Seconds()}
}

var treeNames = map[string]string{goRoot: "Go's sources", wideRoot: "50,000 files"}

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. Medians of %d interleaved rounds.", strings.Join(append([]string{r.Machine.String()}, r.Peers...), ", "), r.Options.Rounds)
	if len(r.Findings) == 0 {
		b.WriteString("\n")
	} else {
		fmt.Fprintf(&b, " Other processes used %.0f %% of the machine while trees were searched.\n\n", 100*r.Others)
		b.WriteString("| CPU, ms | tree | found | mcp-files (least–most) | peer | (least–most) | ours ÷ peer |\n|---|---|--:|--:|---|--:|--:|\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s | %.2f |\n", f.Name, treeNames[f.Tree], f.Found, spread(f.Ours), f.Peer, spread(f.Other), f.ratio())
	}

	if r.Reads != nil {
		fmt.Fprintf(&b, "\n| 4 KB read over stdio | calls/s, one at a time | calls/s, %d in flight | CPU per call, µs | first answer, ms | RSS idle, MB | RSS, MB |\n|---|--:|--:|--:|--:|--:|--:|\n", together)
	}
	for _, s := range r.Reads.servers() {
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f | %.1f | %.1f | %.1f |\n", s.Label, whole(s.Alone), whole(s.Together), report.Median(s.CPU),
			report.Median(s.Start), host.Megabytes(s.Idle.Now), host.Megabytes(s.Memory.Now))
	}
	if p := r.Paging; p != nil {
		fmt.Fprintf(&b, "\nA file of %.2f GB was read to its end in %d pages in %.1f s (%.1f s of CPU), then its last lines and some in its middle: RSS at its peak %.1f MB.\n",
			float64(p.Bytes)/1e9, p.Pages, p.Took, p.CPU, host.Megabytes(p.Memory.Peak))
	}
	if w := r.Watching; w != nil {
		fmt.Fprintf(&b, "\n%s\n", w)
	}
	r.Targets().Markdown(&b, "mcp-files")
	return b.String()
}

// ratio is what ours costs, in what the peer does.
func (f *finding) ratio() float64 { return report.MedianRatio(f.Ours, f.Other) }

func spread(values []float64) string {
	return fmt.Sprintf("%.1f (%.1f–%.1f)", report.Median(values), slices.Min(values), slices.Max(values))
}

func whole(values []float64) string {
	return fmt.Sprintf("%.0f (%.0f–%.0f)", report.Median(values), slices.Min(values), slices.Max(values))
}

// Targets implements [command.Report].
func (r *results) Targets() report.Targets {
	var list report.Targets
	for _, f := range r.Findings {
		if f.limit > 0 {
			list = append(list, report.Target{What: "CPU for " + f.Name + ", " + treeNames[f.Tree] + ",", Unit: "× " + f.Peer, Limit: f.limit, Measured: f.ratio()})
		}
	}
	for i, s := range r.Reads.servers() {
		if i == 0 {
			continue
		}
		own := r.Reads.Servers[0]
		list = append(list,
			report.Target{What: "Calls per second of " + s.Label + ", one at a time,", Unit: "× ours", Limit: 1, Measured: report.MedianRatio(s.Alone, own.Alone)},
			report.Target{What: fmt.Sprintf("Calls per second of %s, %d in flight,", s.Label, together), Unit: "× ours", Limit: 1, Measured: report.MedianRatio(s.Together, own.Together)})
	}
	if p := r.Paging; p != nil {
		list = append(list, report.Target{What: "RSS at its peak while paging", Unit: "MB", Limit: 64, Measured: host.Megabytes(p.Memory.Peak)})
	}
	if w := r.Watching; w != nil {
		list = append(list, report.Target{What: "From a change to its notification, p99,", Unit: "ms", Limit: 250, Measured: w.P99})
	}
	return list
}
