package server

import (
	"log/slog"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// heapFloor is the heap that the garbage collector lets grow before it works,
// in bytes. A service lives in a few megabytes and allocates much per request,
// so that with Go's default it would collect hundreds of times a second.
const heapFloor = 20 << 20

// minBase is the least that the tuner takes for the heap, stacks and globals
// together: an idle process must not set a target that the first load, with its
// stacks and buffers, overshoots.
const minBase = 3 << 20

// limitMemory sets Go's memory limit to nine tenths of the cgroup's, so that the
// collector works harder before the kernel kills the process. GOMEMLIMIT has
// precedence.
func limitMemory(log *slog.Logger) {
	if _, err := memlimit.Set(); err != nil {
		log.Debug("no memory limit from the cgroup", "error", err)
	}
}

// tuneCollector keeps the collector's target at heapFloor while the live heap
// is small, and at Go's default of twice the live heap when it is not. A GOGC in
// the environment has precedence: set says whether there is one.
func tuneCollector(set bool) {
	if set {
		return
	}
	t := &collectorTuner{percent: 100}
	t.adjust()
	t.arm()
}

type collectorTuner struct {
	percent int
	live    int // bytes; follows the live heap up at once and down slowly
}

// arm has adjust called after the next collection: that is when the sentinel,
// which nothing refers to, is found.
func (t *collectorTuner) arm() {
	sentinel := new(*int)
	runtime.AddCleanup(sentinel, func(t *collectorTuner) {
		t.adjust()
		t.arm()
	}, t)
}

func (t *collectorTuner) adjust() {
	// The collector's percentage counts stacks and globals too.
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(sample)
	percent := t.target(int(sample[0].Value.Uint64()), int(sample[1].Value.Uint64()+sample[2].Value.Uint64()))
	// Setting it stops the world for a moment: not for nothing.
	if d := percent - t.percent; d > t.percent/8 || -d > t.percent/8 {
		debug.SetGCPercent(percent)
		t.percent = percent
	}
}

// target is the percentage for a live heap, and for the stacks and globals
// beside it, both in bytes.
func (t *collectorTuner) target(live, scanned int) int {
	t.live = max(live, t.live-t.live/16)
	return max(100, (heapFloor-t.live)*100/max(minBase, t.live+scanned))
}
