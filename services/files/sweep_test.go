package files_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

// TestSweep removes what killed processes left and what is old in the trash,
// unless the operator wants nothing changed.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	leftovers := []string{
		filepath.Join(dir, ".mcp-files-ABCDEFGHIJKLMNOPQRSTUVWXYZ"), filepath.Join(dir, ".mcp-trash/20200101T000000Z-aaaaaaaa/f"),
	}
	for _, f := range leftovers {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	swept := make(report, 1)
	log := slog.New(slog.NewTextHandler(swept, nil))
	for _, readOnly := range []bool{true, false} {
		svc, err := files.Open(t.Context(), files.Config{Roots: []string{"r=" + dir}}, log)
		if err != nil {
			t.Fatal(err)
		}
		srv, err := server.New("files", svc, server.Config{ReadOnly: readOnly}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !readOnly {
			<-swept // it says what it has done
		}
		if err := srv.Close(); err != nil { // which waits for a sweep
			t.Error(err)
		}
		for _, f := range leftovers {
			if _, err := os.Lstat(f); os.IsNotExist(err) == readOnly {
				t.Errorf("read-only %v: %s: %v", readOnly, filepath.Base(f), err)
			}
		}
	}
}

// A report is a log that tells of the first sweep that has removed something.
type report chan struct{}

func (r report) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("leftovers")) {
		r <- struct{}{}
	}
	return len(b), nil
}
