package files_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// descriptors counts what this process has open below the temporary directory.
func descriptors(t *testing.T) (n int) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, os.TempDir()) {
			n++
		}
	}
	return n
}
