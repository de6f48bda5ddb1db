package server

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestCollectorFollowsTheHeap(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	small := &collectorTuner{percent: 100}
	runtime.GC()
	small.adjust()
	if small.percent <= 100 || small.percent > 100*heapFloor/minBase {
		t.Errorf("a small heap gives GOGC %d", small.percent)
	}
	ballast := make([]byte, 4*heapFloor)
	runtime.GC()
	large := &collectorTuner{percent: 100}
	large.adjust()
	runtime.KeepAlive(ballast)
	if large.percent != 100 {
		t.Errorf("a large heap gives GOGC %d", large.percent)
	}
}
