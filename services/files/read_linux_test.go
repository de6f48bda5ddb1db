package files_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files"
)

// TestReadSpecialFiles reads what never ends, or never begins.
func TestReadSpecialFiles(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	if err := syscall.Mkfifo(filepath.Join(r.dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"read_file", "read_files"} {
		arguments := map[string]any{"path": "fifo"}
		if tool == "read_files" {
			arguments = map[string]any{"paths": []string{"fifo"}}
		}
		content, _ := r.call(tool, arguments)
		all := ""
		for _, c := range content {
			all += c.(*mcp.TextContent).Text
		}
		if !strings.Contains(all, "device, FIFO or socket") {
			t.Errorf("%s: %s", tool, all)
		}
	}
	content, failed := r.call("file_info", map[string]any{"paths": []string{"fifo"}, "hash": true})
	if text := content[0].(*mcp.TextContent).Text; failed || !strings.Contains(text, `"type":"other"`) {
		t.Errorf("file_info: %s", text)
	}
}

// TestReadSparseFile reads parts of a file of 1 TB.
func TestReadSparseFile(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	name := filepath.Join(r.dir, "sparse.txt")
	r.write("sparse.txt", strings.Repeat("0123456789abcde\n", 100_000))
	if err := os.Truncate(name, 1<<40); err != nil {
		t.Fatal(err)
	}
	body, meta, _ := r.read(map[string]any{"path": "sparse.txt"})
	if len(body) != 2000*16 || !meta.Truncated || meta.Next["start_line"] != 2001.0 {
		t.Errorf("%d bytes, %+v", len(body), meta)
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("\nthe last line\n"), 1<<40); err != nil {
		t.Fatal(err)
	}
	if body, _, _ := r.read(map[string]any{"path": "sparse.txt", "tail": 1}); body != "the last line\n" {
		t.Errorf("the last line is %q", body)
	}
	if body, _, _ := r.read(map[string]any{"path": "sparse.txt", "offset": 1<<40 + 1, "max_bytes": 8}); body != "the last" {
		t.Errorf("the bytes are %q", body)
	}
}

// TestReadSizeless reads a file that has a size of 0, and content.
func TestReadSizeless(t *testing.T) {
	r := newReading(t, "/proc/sys/kernel", files.Config{})
	if body, meta, _ := r.read(map[string]any{"path": "ostype"}); body != "Linux\n" || meta.Size != 6 || meta.Truncated {
		t.Errorf("%q, %+v", body, meta)
	}
}

func TestInfoOfLinks(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	r.write("a.txt", "a\n")
	for name, target := range map[string]string{"in": "a.txt", "out": "/etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(r.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(r.dir, "a.txt"), 0o640|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	content, _ := r.call("file_info", map[string]any{"paths": []string{"in", "out", "a.txt"}})
	text := content[0].(*mcp.TextContent).Text
	if strings.Contains(text, "passwd") || strings.Count(text, `"type":"link"`) != 2 || !strings.Contains(text, `"mode":"4640"`) {
		t.Errorf("%s", text)
	}
}
