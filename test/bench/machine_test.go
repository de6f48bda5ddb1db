package main

import (
	"testing"
	"time"
)

func TestParseBusy(t *testing.T) {
	got, err := parseBusy("cpu  100 20 30 9000 900 4 5 6 7 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	if want := 1650 * time.Millisecond; err != nil || got != want {
		t.Errorf("busy = %v, %v; want %v", got, err, want)
	}
	for _, stat := range []string{"", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8", "cpu 1 2 x 4 5 6 7 8"} {
		if got, err := parseBusy(stat); err == nil {
			t.Errorf("parseBusy(%q) = %v, want an error", stat, got)
		}
	}
}

func TestCPUModel(t *testing.T) {
	if got := cpuModel("processor\t: 0\nmodel name\t: Z80 @ 4 MHz\nmodel name\t: other\n"); got != "Z80 @ 4 MHz" {
		t.Errorf("model %q", got)
	}
	if got := cpuModel("processor\t: 0\n"); got != "unknown CPU" {
		t.Errorf("model %q of a machine that names none", got)
	}
}
