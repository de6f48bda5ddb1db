package host_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/host"
)

func TestBelow(t *testing.T) {
	dir := t.TempDir()
	f, err := host.Below(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Writable || f.ReadOnly || f.Remote {
		t.Errorf("%+v", f)
	}
	if runtime.GOOS != "windows" && (f.Size == 0 || f.Free > f.Size) {
		t.Errorf("%d of %d bytes are free", f.Free, f.Size)
	}
	if _, err := host.Below(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}
