package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// results are all that one run measured.
type results struct {
	Machine host.Machine `json:"machine"`
	Options published    `json:"options"`
	Servers []*result    `json:"servers"`

	// Others is the fraction of the machine that processes without a part in
	// the run used while CPU was measured.
	Others float64 `json:"others"`
}

// published is what a reader must know of the options.
type published struct {
	Rounds      int     `json:"rounds"`
	Calls       int     `json:"calls"`
	Seconds     float64 `json:"seconds"`
	Warmup      int     `json:"warmup"`
	InFlight    int     `json:"in_flight"`
	Starts      int     `json:"starts"`
	MemoryCalls int     `json:"memory_calls"`
}

func (o options) published() published {
	return published{Rounds: o.rounds, Calls: o.calls, Seconds: o.lasting.Seconds(), Warmup: o.warmup, InFlight: inFlight,
		Starts: o.starts, MemoryCalls: o.memory}
}

// A result is what one server showed. Protocol is empty for what is no MCP
// server, Starts for one that does not speak stdio.
type result struct {
	Name     string      `json:"name"`
	Label    string      `json:"label"`
	Protocol string      `json:"protocol,omitempty"`
	Rounds   []round     `json:"rounds"`
	Starts   []float64   `json:"starts_ms,omitempty"`
	Memory   host.Memory `json:"memory"`
}

func (r *result) each(field func(round) float64) []float64 {
	values := make([]float64, len(r.Rounds))
	for i, sample := range r.Rounds {
		values[i] = field(sample)
	}
	return values
}

func (r *result) cpu() []float64 { return r.each(func(s round) float64 { return s.CPU }) }

func (r *results) find(name string) *result {
	i := slices.IndexFunc(r.Servers, func(s *result) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return r.Servers[i]
}

// Markdown implements [command.Report].
func (r *results) Markdown() string {
	var b strings.Builder
	o := r.Options
	fmt.Fprintf(&b, "%s. Medians of %d interleaved rounds of at least %d calls and %g s after %d calls to warm up, %d in flight; "+
		"of %d starts; memory after %d calls. Other processes used %.0f %% of the machine meanwhile.\n\n",
		r.Machine, o.Rounds, o.Calls, o.Seconds, o.Warmup, o.InFlight, o.Starts, o.MemoryCalls, 100*r.Others)

	b.WriteString("| server | MCP | CPU per call, µs (least–most) | × echo | calls/s | p50, ms | p99, ms " +
		"| first answer over stdio, ms | RSS, MB | peak, MB |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	unit := r.find(echo).cpu()
	for _, s := range r.Servers {
		start := "–"
		if len(s.Starts) > 0 {
			start = fmt.Sprintf("%.1f", report.Median(s.Starts))
		}
		cpu := s.cpu()
		fmt.Fprintf(&b, "| %s | %s | %.0f (%.0f–%.0f) | %.1f | %.0f | %.1f | %.1f | %s | %.1f | %.1f |\n",
			s.Label, cmp.Or(s.Protocol, "–"), report.Median(cpu), slices.Min(cpu), slices.Max(cpu), report.MedianRatio(cpu, unit),
			report.Median(s.each(func(s round) float64 { return s.Rate })),
			report.Median(s.each(func(s round) float64 { return s.P50 })),
			report.Median(s.each(func(s round) float64 { return s.P99 })),
			start, host.Megabytes(s.Memory.Now), host.Megabytes(s.Memory.Peak))
	}

	r.Targets().Markdown(&b, "mcp-calculator")
	return b.String()
}

// Targets implements [command.Report]. There are none when mcp-calculator did
// not take part.
func (r *results) Targets() report.Targets {
	s := r.find(ours)
	if s == nil {
		return nil
	}
	list := report.Targets{
		{What: "CPU per call", Unit: "× echo", Limit: 8, Measured: report.MedianRatio(s.cpu(), r.find(echo).cpu())},
		{What: "First answer over stdio", Unit: "ms", Limit: 20, Measured: report.Median(s.Starts)},
		{What: "RSS", Unit: "MB", Limit: 64, Measured: host.Megabytes(s.Memory.Now)},
	}
	for _, base := range []struct{ name, unit string }{{oursOpen, "× open"}, {oursBefore, "× before"}} {
		plain := r.find(base.name)
		if plain == nil {
			continue
		}
		list = append(list, report.Target{What: "CPU per call with an API key, limits, audit file and metrics", Unit: base.unit, Limit: 1.25,
			Measured: report.MedianRatio(s.cpu(), plain.cpu())})
		if jwt := r.find(oursJWT); jwt != nil {
			list = append(list, report.Target{What: "CPU per call with a cached access token, limits, audit file and metrics", Unit: base.unit, Limit: 1.25,
				Measured: report.MedianRatio(jwt.cpu(), plain.cpu())})
		}
	}
	return list
}
