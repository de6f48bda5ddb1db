package main

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

func twoServers() *results {
	return &results{
		Machine: host.Machine{Date: "2026-01-02", CPU: "Z80", CPUs: 2, OS: "Linux 6 amd64", Go: "go1.26.5"},
		Options: published{Rounds: 3, Calls: 10, Warmup: 1, InFlight: 16, Starts: 3, MemoryCalls: 10},
		Others:  0.034,
		Servers: []*result{
			{Name: ours, Label: "mcp-calculator", Protocol: modern, Starts: []float64{9, 12, 30},
				Rounds: []round{{CPU: 70, Rate: 5, P50: 1, P99: 2}, {CPU: 150, Rate: 6, P50: 1, P99: 2}, {CPU: 77, Rate: 7, P50: 1, P99: 2}},
				Memory: host.Memory{Now: 65_000_000, Peak: 70_000_000}},
			{Name: echo, Label: "net/http echo", Rounds: []round{{CPU: 10}, {CPU: 20}, {CPU: 11}},
				Memory: host.Memory{Now: 10_000_000, Peak: 10_000_000}},
		},
	}
}

func TestMarkdown(t *testing.T) {
	text := twoServers().Markdown()
	for _, want := range []string{
		"Measured on 2026-01-02: 2 × Z80, Linux 6 amd64, go1.26.5. Medians of 3",
		"Other processes used 3 % of the machine",
		"| mcp-calculator | 2026-07-28 | 77 (70–150) | 7.0 | 6 | 1.0 | 2.0 | 12.0 | 65.0 | 70.0 |",
		"| net/http echo | – | 11 (10–20) | 1.0 | 0 | 0.0 | 0.0 | – | 10.0 | 10.0 |",
		"| CPU per call at most 8 × echo | 7.00 × echo | met |",
		"| First answer over stdio at most 20 ms | 12.00 ms | met |",
		"| RSS at most 64 MB | 65.00 MB | **missed** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
}

func TestEnforceNamesWhatWasMissed(t *testing.T) {
	r := twoServers()
	if err := r.Targets().Enforce(); err == nil || !strings.Contains(err.Error(), "RSS") || strings.Contains(err.Error(), "CPU") {
		t.Errorf("error = %v, want RSS alone", err)
	}
	r.Servers[0].Memory.Now = 64_000_000
	if err := r.Targets().Enforce(); err != nil {
		t.Error(err)
	}
}

// TestOverheadIsAgainstOpen compares with the same binary without guard.
func TestOverheadIsAgainstOpen(t *testing.T) {
	r := twoServers()
	r.Servers = append(r.Servers,
		&result{Name: oursJWT, Rounds: []round{{CPU: 65}, {CPU: 140}, {CPU: 66}}},
		&result{Name: oursOpen, Rounds: []round{{CPU: 50}, {CPU: 100}, {CPU: 55}}})
	text := r.Markdown()
	for _, want := range []string{
		"an API key, limits, audit file and metrics at most 1.25 × open | 1.40 × open | **missed** |",
		"a cached access token, limits, audit file and metrics at most 1.25 × open | 1.30 × open | **missed** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
}

func TestNoTargetsWithoutOurs(t *testing.T) {
	r := twoServers()
	r.Servers = r.Servers[1:]
	if text := r.Markdown(); strings.Contains(text, "target") {
		t.Errorf("targets of a server that took no part:\n%s", text)
	}
}
