package host

import (
	"os"
	"runtime"
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

func TestParseMemory(t *testing.T) {
	m, err := parseMemory("Name:\tx\nVmPeak:\t  999999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")
	if err != nil || m != (Memory{Now: 1 << 20, Peak: 2 << 20}) {
		t.Errorf("memory = %+v, %v; want 1 MiB now and 2 MiB at most", m, err)
	}
	for _, status := range []string{"", "VmRSS:\t1 kB\n", "VmRSS:\t? kB\nVmHWM:\t1 kB\n"} {
		if m, err := parseMemory(status); err == nil {
			t.Errorf("parseMemory(%q) = %+v, want an error", status, m)
		}
	}
}

func TestCPUTimeGrowsWithWork(t *testing.T) {
	if runtime.GOOS != "linux" {
		if _, err := CPUTime(os.Getpid()); err == nil {
			t.Error("a time from a system that has none")
		}
		return
	}
	before, err := CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after := before
	for range 1_000_000 {
		if after, err = CPUTime(os.Getpid()); err != nil {
			t.Fatal(err)
		}
		if after > before {
			return
		}
	}
	t.Errorf("from %v to %v, want more", before, after)
}

func TestMachineInWords(t *testing.T) {
	m := Machine{Date: "2026-01-02", CPU: "Z80", CPUs: 2, OS: "Linux 6 amd64", Go: "go1.26.5"}
	const want = "Measured on 2026-01-02: 2 × Z80, Linux 6 amd64, go1.26.5"
	if got := m.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m.Node = "v20"
	if got := m.String(); got != want+", Node v20" {
		t.Errorf("%q with Node", got)
	}
}
