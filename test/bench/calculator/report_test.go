package main

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

func samples(cpu ...float64) []sample {
	var list []sample
	for _, c := range cpu {
		list = append(list, sample{CPU: c})
	}
	return list
}

func oneRun() *results {
	return &results{
		Machine:     host.Machine{Date: "2026-01-02", CPU: "Z80", CPUs: 2, OS: "Linux 6 amd64", Go: "go1.26.5"},
		Options:     published{Rounds: 3, Seconds: 0.2, Warmup: 0.1},
		Contestants: []string{"mcp-calculator", "mathjs, number", "mathjs, BigNumber"},
		Others:      0.034,
		Cases: []*caseResult{
			{Name: "`2+3*4`", Samples: [][]sample{samples(0.8, 1.6, 0.9), samples(4, 8, 3.6), samples(8, 16, 9)},
				Cannot: make([]string, 3), testcase: testcase{limit: time.Microsecond}},
			{Name: "`10000!`", Samples: [][]sample{samples(4000, 4100, 3900), nil, samples(8000, 8000, 8000)},
				Cannot: []string{"", "Infinity", ""}, testcase: testcase{limit: 3 * time.Millisecond}},
			{Name: "`5 ft to cm`", Samples: [][]sample{samples(5), samples(100), samples(200)}, Cannot: make([]string, 3)},
		},
		Attacks: &attacks{
			Rounds: 2, Others: 500, Alone: []float64{2, 4}, Memory: host.Memory{Now: 50_000_000, Peak: 260_000_000},
			Flood: &floodResult{Together: 15, Took: 2100, Name: "9^9^9", Bystander: 90, Memory: host.Memory{Peak: 300_000_000}},
			Calls: []*attackResult{
				{Name: "9^9^9", Answer: "refused: limit", Took: []float64{3, 5}, Bystander: []float64{4, 120}, InProcess: []float64{2, 3}},
				{Name: "100000!", Answer: "a result", Took: []float64{60, 70}, Bystander: []float64{5, 7}},
			},
		},
	}
}

func TestMarkdown(t *testing.T) {
	text := oneRun().Markdown()
	for _, want := range []string{
		"Measured on 2026-01-02: 2 × Z80, Linux 6 amd64, go1.26.5. Medians of 3",
		"Other processes used 3 % of the machine",
		"| CPU per evaluation, µs | mcp-calculator (least–most) | mathjs, number | × ours | mathjs, BigNumber | × ours |\n|---|--:|--:|--:|--:|--:|\n",
		"| `2+3*4` | 0.90 (0.80–1.60) | 4.00 | 5.00 | 9.00 | 10.0 |",
		"| `10000!` | 4000 (3900–4100) | Infinity | – | 8000 | 2.00 |",
		"the slowest `1+1` of all took 120 ms, and while nothing else was asked for 3.00 ms.",
		"| 9^9^9 | refused: limit | 4.00 | 2.50 | 62.0 |",
		"| 100000! | a result | 65.0 | – | 6.00 |",
		"With 15 hostile calls at a time the slowest `1+1` took 90.0 ms, the slowest hostile call 2100 ms (9^9^9), and the RSS rose to 300 MB.",
		"| `2+3*4` at most 1 µs | 0.90 µs | met |",
		"| `10000!` at most 3 ms | 4.00 ms | **missed** |",
		"| A hostile call at most 2000 ms | 65.00 ms | met |",
		"| A refusal that is predicted, in process at most 1000 µs | 2.50 µs | met |",
		"| `1+1` at the same time at most 50 ms | 62.00 ms | **missed** |",
		"| RSS at its peak at most 256 MB | 260.00 MB | **missed** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "`5 ft to cm` at most") {
		t.Error("what is measured for information has a target")
	}
}

func TestReportWithoutPeersAndAttacks(t *testing.T) {
	r := oneRun()
	r.Contestants, r.Attacks = r.Contestants[:1], nil
	text := r.Markdown()
	if !strings.Contains(text, "| `2+3*4` | 0.90 (0.80–1.60) |\n") || strings.Contains(text, "hostile") {
		t.Errorf("report:\n%s", text)
	}
	if got := len(r.Targets()); got != 2 {
		t.Errorf("%d targets, want 2", got)
	}
}

func TestFigures(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 0.954: "0.95", 9.999: "10.00", 42.42: "42.4", 1234.5: "1234"} {
		if got := figures(x); got != want {
			t.Errorf("figures(%v) = %s, want %s", x, got, want)
		}
	}
}
