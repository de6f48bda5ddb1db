package proc

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestProcessesOfADirectory(t *testing.T) {
	p, ctx := start(t, "gentle")
	if _, err := p.Await(ctx, "serving", 1); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(os.Args[0])
	if pids, err := Of(dir); err != nil || !slices.Contains(pids, p.PID()) || !slices.Contains(pids, os.Getpid()) {
		t.Errorf("of %s: %v, %v; want %d and %d", dir, pids, err, p.PID(), os.Getpid())
	}
	if pids, err := Of(t.TempDir()); err != nil || len(pids) > 0 {
		t.Errorf("of an empty directory: %v, %v", pids, err)
	}
	if most, err := p.PeakMemory(); err != nil || most < 1<<20 {
		t.Errorf("peak memory: %d, %v", most, err)
	}
}
