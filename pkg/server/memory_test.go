package server

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestCollectorFollowsTheHeap(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		name                string
		before, live, stack int // bytes
		want                int // percent
	}{
		{"idle", 0, mib / 2, mib / 2, 650},
		{"small", 0, 4 * mib, mib, 320},
		{"small with many stacks", 0, 4 * mib, 8 * mib, 133},
		{"at half of the floor", 0, 10 * mib, 0, 100},
		{"large", 0, 64 * mib, mib, 100},
		{"grown", 4 * mib, 64 * mib, mib, 100},
		{"shrunk at once", 8 * mib, mib, 0, 166},
	} {
		tuner := &collectorTuner{live: tt.before}
		if got := tuner.target(tt.live, tt.stack); got != tt.want {
			t.Errorf("%s: GOGC %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestLargeHeapKeepsTheDefault(t *testing.T) {
	before := debug.SetGCPercent(400)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	ballast := make([]byte, 4*heapFloor)
	runtime.GC()
	(&collectorTuner{percent: 400}).adjust()
	runtime.KeepAlive(ballast)
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("a large heap gives GOGC %d", got)
	}
}
