package host_test

import (
	"testing"

	"github.com/fsnotify/fsnotify"

	"github.com/mcpfleet/mcpfleet/services/files/internal/host"
)

func TestBelowProc(t *testing.T) {
	if f, err := host.Below("/proc"); err != nil || f.Type != "proc" {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWatchesAreCounted(t *testing.T) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 3 {
		if err := w.Add(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	if l := host.Watches(); l.MaxWatches == 0 || l.MaxInstances == 0 || l.Instances < 1 || l.Watches < 3 {
		t.Errorf("%+v", l)
	}
}
