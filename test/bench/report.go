package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

const (
	blockStart = "<!-- bench:start -->"
	blockEnd   = "<!-- bench:end -->"
)

// A report is all that one run measured.
type report struct {
	Machine machine   `json:"machine"`
	Options published `json:"options"`
	Servers []*result `json:"servers"`

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
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Protocol string    `json:"protocol,omitempty"`
	Rounds   []round   `json:"rounds"`
	Starts   []float64 `json:"starts_ms,omitempty"`
	Memory   memory    `json:"memory"`
}

func (r *result) each(field func(round) float64) []float64 {
	values := make([]float64, len(r.Rounds))
	for i, sample := range r.Rounds {
		values[i] = field(sample)
	}
	return values
}

func (r *result) cpu() []float64 { return r.each(func(s round) float64 { return s.CPU }) }

func (r *report) find(name string) *result {
	i := slices.IndexFunc(r.Servers, func(s *result) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return r.Servers[i]
}

func (r *report) markdown() string {
	var b strings.Builder
	m, o := r.Machine, r.Options
	fmt.Fprintf(&b, "Measured on %s: %d × %s, %s, %s", m.Date, m.CPUs, m.CPU, m.OS, m.Go)
	if m.Node != "" {
		fmt.Fprintf(&b, ", Node %s", m.Node)
	}
	fmt.Fprintf(&b, ". Medians of %d interleaved rounds of at least %d calls and %g s after %d calls to warm up, %d in flight; "+
		"of %d starts; memory after %d calls. Other processes used %.0f %% of the machine meanwhile.\n\n",
		o.Rounds, o.Calls, o.Seconds, o.Warmup, o.InFlight, o.Starts, o.MemoryCalls, 100*r.Others)

	b.WriteString("| server | MCP | CPU per call, µs (least–most) | × echo | calls/s | p50, ms | p99, ms " +
		"| first answer over stdio, ms | RSS, MB | peak, MB |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	unit := r.find(echo).cpu()
	for _, s := range r.Servers {
		start := "–"
		if len(s.Starts) > 0 {
			start = fmt.Sprintf("%.1f", median(s.Starts))
		}
		cpu := s.cpu()
		fmt.Fprintf(&b, "| %s | %s | %.0f (%.0f–%.0f) | %.1f | %.0f | %.1f | %.1f | %s | %.1f | %.1f |\n",
			s.Label, cmp.Or(s.Protocol, "–"), median(cpu), slices.Min(cpu), slices.Max(cpu), medianRatio(cpu, unit),
			median(s.each(func(s round) float64 { return s.Rate })),
			median(s.each(func(s round) float64 { return s.P50 })),
			median(s.each(func(s round) float64 { return s.P99 })),
			start, megabytes(s.Memory.Now), megabytes(s.Memory.Peak))
	}

	if targets := r.targets(); len(targets) > 0 {
		b.WriteString("\n| target of mcp-calculator | measured | |\n|---|--:|---|\n")
		for _, t := range targets {
			verdict := "met"
			if !t.met() {
				verdict = "**missed**"
			}
			fmt.Fprintf(&b, "| %s at most %g %s | %.2f %s | %s |\n", t.what, t.limit, t.unit, t.measured, t.unit, verdict)
		}
	}
	return b.String()
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// A target is a limit that mcp-calculator promises to keep.
type target struct {
	what, unit      string
	limit, measured float64
}

func (t target) met() bool { return t.measured <= t.limit }

// targets returns the limits with what was measured, none when mcp-calculator
// did not take part.
func (r *report) targets() []target {
	s := r.find(ours)
	if s == nil {
		return nil
	}
	list := []target{
		{what: "CPU per call", unit: "× echo", limit: 8, measured: medianRatio(s.cpu(), r.find(echo).cpu())},
		{what: "First answer over stdio", unit: "ms", limit: 20, measured: median(s.Starts)},
		{what: "RSS", unit: "MB", limit: 64, measured: megabytes(s.Memory.Now)},
	}
	for _, base := range []struct{ name, unit string }{{oursOpen, "× open"}, {oursBefore, "× before"}} {
		plain := r.find(base.name)
		if plain == nil {
			continue
		}
		list = append(list, target{what: "CPU per call with an API key, limits, audit file and metrics", unit: base.unit, limit: 1.25,
			measured: medianRatio(s.cpu(), plain.cpu())})
		if jwt := r.find(oursJWT); jwt != nil {
			list = append(list, target{what: "CPU per call with a cached access token, limits, audit file and metrics", unit: base.unit, limit: 1.25,
				measured: medianRatio(jwt.cpu(), plain.cpu())})
		}
	}
	return list
}

func (r *report) enforce() error {
	var errs []error
	for _, t := range r.targets() {
		if !t.met() {
			errs = append(errs, fmt.Errorf("%s is %.2f %s, want at most %g", t.what, t.measured, t.unit, t.limit))
		}
	}
	return errors.Join(errs...)
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// rewriteFile puts block between the marks in the file at path.
func rewriteFile(path, block string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rewritten, err := rewrite(string(text), block)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(rewritten), 0o644)
}

func rewrite(text, block string) (string, error) {
	head, rest, found := strings.Cut(text, blockStart)
	_, tail, closed := strings.Cut(rest, blockEnd)
	if !found || !closed {
		return "", fmt.Errorf("want the marks %s and %s, in this order", blockStart, blockEnd)
	}
	return head + blockStart + "\n" + block + blockEnd + tail, nil
}
