package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-rounds", "3", "-alone", "-large", "0", "-only", "paging"})
	if err != nil || o.rounds != 3 || !o.alone || o.large != 0 || !o.measures(partPaging) || o.measures(partReading) {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-rounds", "0"}, {"-lasting", "1h"}, {"-large", "-1"}, {"-changes", "-1"}, {"extra"}, {"-none"}, {"-only", "none"}} {
		if o, err := parse(args); err == nil {
			t.Errorf("%v is taken as %+v", args, o)
		}
	}
}

func TestTreesAreTheSameInEveryRun(t *testing.T) {
	var trees [2]map[string]string
	for i := range trees {
		dir := t.TempDir()
		if err := wideTree(dir); err != nil {
			t.Fatal(err)
		}
		trees[i] = make(map[string]string)
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			trees[i][strings.TrimPrefix(path, dir)] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(trees[0]) != wideDirs*wideFiles {
		t.Errorf("%d files, want %d", len(trees[0]), wideDirs*wideFiles)
	}
	for path, text := range trees[0] {
		if trees[1][path] != text {
			t.Fatalf("%s differs", path)
		}
	}
}

func TestDifference(t *testing.T) {
	a, b := map[string]bool{"x:1": true, "y:2": true}, map[string]bool{"x:1": true}
	if got := difference(a, b) + difference(b, a) + difference(a, a); got != "y:2y:2" {
		t.Errorf("differences %q", got)
	}
}

func TestPeerFindsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "rg")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf './a b.go:12:text: more\\n./c.go:3:x\\n'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	found, _, err := peer(t.Context(), script, dir, search("", goRoot, "x", 0, nil))
	if err != nil || len(found) != 2 || !found["a b.go:12"] || !found["c.go:3"] {
		t.Errorf("found %v, %v", found, err)
	}
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := peer(t.Context(), script, dir, search("", goRoot, "x", 0, nil)); err == nil {
		t.Error("a peer that fails has found nothing")
	}
}

func TestMarkdown(t *testing.T) {
	r := &results{
		Machine: host.Machine{Date: "2026-01-02", CPU: "Z80", CPUs: 2, OS: "Linux 6 amd64", Go: "go1.26.5"},
		Options: published{Rounds: 3}, Peers: []string{"fdfind 8.6.0", "ripgrep 13.0.0"}, Others: 0.034,
		Findings: []*finding{
			{Name: "a literal", Tree: goRoot, Peer: "rg", Found: 438, Ours: []float64{110, 120, 100}, Other: []float64{100, 100, 100}, limit: 1.2},
			{Name: "no match", Tree: wideRoot, Peer: "rg", Ours: []float64{150}, Other: []float64{100}, limit: 1.2},
			{Name: "for information", Tree: wideRoot, Peer: "rg", Ours: []float64{150}, Other: []float64{100}},
		},
		Reads: &readings{Servers: []*reading{
			{Label: "**mcp-files**", Alone: []float64{6000}, Together: []float64{9000}, CPU: []float64{100}, Start: []float64{9}, Memory: host.Memory{Now: 30_000_000}},
			{Label: "server-filesystem 1", Alone: []float64{1500}, Together: []float64{9900}, CPU: []float64{300}, Start: []float64{300}, Memory: host.Memory{Now: 80_000_000}},
		}},
		Paging:   &pagings{Bytes: 1 << 30, Pages: 1025, Took: 4, CPU: 2, Memory: host.Memory{Peak: 40_000_000}},
		Watching: &watchings{Subscriptions: 10_000, Changes: 110_000, Notified: 90_000, P50: 80, P99: 300, Most: 400, CPU: 9},
	}
	text := r.Markdown()
	for _, want := range []string{
		"Measured on 2026-01-02: 2 × Z80, Linux 6 amd64, go1.26.5, fdfind 8.6.0, ripgrep 13.0.0. Medians of 3",
		"| a literal | Go's sources | 438 | 110.0 (100.0–120.0) | rg | 100.0 (100.0–100.0) | 1.10 |",
		"| server-filesystem 1 | 1500 (1500–1500) | 9900 (9900–9900) | 300 | 300.0 | 0.0 | 80.0 |",
		"A file of 1.07 GB was read to its end in 1025 pages in 4.0 s (2.0 s of CPU)",
		"10000 subscriptions on 10 streams, 110000 changes",
		"| CPU for a literal, Go's sources, at most 1.2 × rg | 1.10 × rg | met |",
		"| CPU for no match, 50,000 files, at most 1.2 × rg | 1.50 × rg | **missed** |",
		"| Calls per second of server-filesystem 1, one at a time, at most 1 × ours | 0.25 × ours | met |",
		"| Calls per second of server-filesystem 1, 16 in flight, at most 1 × ours | 1.10 × ours | **missed** |",
		"| RSS at its peak while paging at most 64 MB | 40.00 MB | met |",
		"| From a change to its notification, p99, at most 250 ms | 300.00 ms | **missed** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	part := &results{Paging: r.Paging}
	if text := part.Markdown(); !strings.Contains(text, "A file of") || strings.Contains(text, "4 KB read") || strings.Contains(text, "| tree |") {
		t.Errorf("the report of one part:\n%s", text)
	}
	if strings.Contains(text, "CPU for for information") {
		t.Error("a case without a limit is a target")
	}
}
