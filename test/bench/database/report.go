package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// results are all that one run measured. Of each list ours are first within a
// statement.
type results struct {
	Machine  host.Machine `json:"machine"`
	Postgres string       `json:"postgresql"`
	Rounds   int          `json:"rounds"`
	HTTP     []*measured  `json:"http,omitempty"`
	Stdio    []*measured  `json:"stdio,omitempty"`
	Pipeline []*pipelined `json:"pipeline,omitempty"`
	Notify   *notified    `json:"notify,omitempty"`
}

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, PostgreSQL %s on the same machine. Medians of %d interleaved rounds.\n", r.Machine.String(), r.Postgres, r.Rounds)
	table(&b, fmt.Sprintf("over HTTP, %d in flight", inFlight), r.HTTP)
	table(&b, fmt.Sprintf("over stdio, %d in flight", stdioInFlight), r.Stdio)
	if len(r.Pipeline) > 0 {
		b.WriteString("\n| statement, goroutines | read-only pipeline, µs | pgx alone, µs | prepared before, µs | statements per second, pipeline ÷ pgx |\n|---|--:|--:|--:|--:|\n")
	}
	for _, p := range r.Pipeline {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.1f | %.2f |\n", p.Name, report.Median(p.Safe)/1e3, report.Median(p.Raw)/1e3, report.Median(p.Prepared)/1e3, p.share())
	}
	if r.Notify != nil {
		fmt.Fprintf(&b, "\n%s\n", r.Notify)
	}
	r.Targets().Markdown(&b, "mcp-database")
	return b.String()
}

func table(b *strings.Builder, how string, list []*measured) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| %s | statement | calls/s, one at a time | calls/s (least–most) | CPU per call, µs | answer, bytes | its text | RSS, MB | start, ms |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n", how)
	for _, m := range list {
		fmt.Fprintf(b, "| %s | %s | %.0f | %.0f (%.0f–%.0f) | %.0f | %d | %d | %.1f | %.0f |\n", m.Label, m.Statement, report.Median(m.Alone),
			report.Median(m.Together), slices.Min(m.Together), slices.Max(m.Together), report.Median(m.CPU), m.Bytes, m.Text, host.Megabytes(m.Memory.Now), report.Median(m.Ready))
	}
}

// Targets implements [command.Report].
func (r *results) Targets() report.Targets {
	var list report.Targets
	limits := map[string]float64{one.name: 1 / 1.3, rows.name: 0.25}
	for _, part := range []struct {
		how  string
		list []*measured
	}{{fmt.Sprintf("HTTP, %d in flight,", inFlight), r.HTTP}, {fmt.Sprintf("stdio, %d in flight,", stdioInFlight), r.Stdio}} {
		for _, st := range []statement{one, rows} {
			own, peers := of(part.list, st.name)
			for _, p := range peers {
				list = append(list, report.Target{What: fmt.Sprintf("Calls per second of %s, %s over %s", p.Label, st.name, part.how),
					Unit: "× ours", Limit: round(limits[st.name]), Measured: report.MedianRatio(p.Together, own.Together)})
			}
		}
	}
	for _, part := range []struct {
		how  string
		list []*measured
	}{{"HTTP", r.HTTP}, {"stdio", r.Stdio}} {
		if own, _ := of(part.list, same.name); own != nil {
			list = append(list, report.Target{What: "RSS over " + part.how, Unit: "MB", Limit: 64, Measured: host.Megabytes(own.Memory.Now)},
				report.Target{What: "Start over " + part.how + ", to the first answer,", Unit: "ms", Limit: 150, Measured: report.Median(own.Ready)})
		}
	}
	_, peers := of(r.Stdio, same.name)
	for _, form := range []statement{same, rowsCSV} {
		own, _ := of(r.Stdio, form.name)
		for _, p := range peers {
			list = append(list, report.Target{What: "Text of " + form.name, Unit: "× " + p.Label, Limit: 0.5, Measured: float64(own.Text) / float64(p.Text)})
		}
	}
	for _, p := range r.Pipeline {
		list = append(list, report.Target{What: "Time through the read-only pipeline, " + p.Name + ",", Unit: "× pgx alone", Limit: round(1 / 0.6), Measured: report.MedianRatio(p.Safe, p.Raw)})
	}
	if r.Notify != nil {
		list = append(list, report.Target{What: "From NOTIFY to the client's notification, p99,", Unit: "ms", Limit: 50, Measured: r.Notify.P99})
	}
	return list
}

func round(v float64) float64 { return float64(int(100*v+0.5)) / 100 }

// of returns ours and the peers' for one statement; own is nil if it was not
// measured.
func of(list []*measured, statement string) (own *measured, peers []*measured) {
	for _, m := range list {
		switch {
		case m.Statement != statement:
		case own == nil:
			own = m
		default:
			peers = append(peers, m)
		}
	}
	return own, peers
}
