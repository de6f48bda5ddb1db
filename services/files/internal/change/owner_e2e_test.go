//go:build e2e && linux

package change

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOwnerIsKept replaces a file that is somebody else's, which root may.
func TestOwnerIsKept(t *testing.T) {
	const uid, gid = 12345, 54321
	b := newBox(t)
	b.write("f", "old")
	if err := os.Chown(filepath.Join(b.dir, "f"), uid, gid); err != nil {
		t.Fatalf("%v: this test needs root", err)
	}
	if err := b.put("f", "new", Write{}); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(filepath.Join(b.dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	if st := fi.Sys().(*syscall.Stat_t); st.Uid != uid || st.Gid != gid {
		t.Errorf("the owner is %d:%d", st.Uid, st.Gid)
	}
}
