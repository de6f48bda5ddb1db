package files_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

const lineSize = 61

// TestReadMemory pages through a large file in a process of its own, once in
// text and once in a single line. FILES_READ_BYTES is its size, 128 MiB if unset.
func TestReadMemory(t *testing.T) {
	size := 128 << 20
	if s := os.Getenv("FILES_READ_BYTES"); s != "" {
		var err error
		if size, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	line := []byte("the quick brown fox jumps over the lazy dog, again and again\n")
	if len(line) != lineSize {
		t.Fatalf("a line has %d bytes", len(line))
	}
	f, err := os.Create(filepath.Join(dir, "lines.txt"))
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat(line, (1<<20)/len(line))
	for n := 0; n < size; n += len(block) {
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = os.Create(filepath.Join(dir, "line.txt")); err != nil {
		t.Fatal(err)
	}
	block = bytes.Repeat([]byte("a"), 1<<20)
	for n := 0; n < size; n += len(block) {
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	peak := pagedThrough(t, dir, size)
	t.Logf("%d MiB are paged through with %d KiB", size>>20, peak)
	if peak > mostMemory>>10 {
		t.Errorf("%d KiB, at most %d are allowed", peak, mostMemory>>10)
	}
}

// pagedThrough reads the files in dir from a server over stdio, and returns the
// most memory that the server had, in KiB.
func pagedThrough(t *testing.T, dir string, size int) int {
	cmd := exec.Command(os.Args[0], "-test.run=^TestReadMemoryServer$")
	cmd.Env = append(os.Environ(), "FILES_READ_DIR="+dir)
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	r := &reading{t, dir, session}
	for next := any(map[string]any{"path": "lines.txt"}); ; {
		_, meta, _ := r.read(next)
		if meta.Next == nil {
			break
		}
		// Some of the pages are sent, and all of the lines passed over.
		if skip := int(meta.Next["start_line"].(float64)) + 50_000; skip*lineSize < size {
			next = map[string]any{"path": "lines.txt", "start_line": skip}
		} else {
			next = meta.Next
		}
	}
	for _, arguments := range []map[string]any{
		{"path": "lines.txt", "tail": 1000}, {"path": "lines.txt", "offset": size / 2, "max_bytes": 100_000}, {"path": "line.txt"},
		{"path": "line.txt", "offset": size / 2, "max_bytes": 100_000},
	} {
		if body, _, _ := r.read(arguments); body == "" {
			t.Errorf("%v: nothing", arguments)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(peak)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// TestReadMemoryServer is the server of TestReadMemory. By itself it serves a
// client that has nothing to say.
func TestReadMemoryServer(t *testing.T) {
	dir, in := os.Getenv("FILES_READ_DIR"), io.Reader(os.Stdin)
	if dir == "" {
		dir, in = t.TempDir(), strings.NewReader("")
	}
	svc, err := files.Open(t.Context(), files.Config{Roots: []string{"r=" + dir}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("files", svc, server.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if err := srv.ServeStdio(t.Context(), in, os.Stdout); err != nil {
		t.Error(err)
	}
}
