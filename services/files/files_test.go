package files_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/files"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// sample unpacks testdata/tree into a new directory, with one time for all, and
// returns it. What is called "name -> target" becomes a link.
func sample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archives, err := filepath.Glob("testdata/tree/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("testdata/tree: %v", err)
	}
	for _, a := range archives {
		data, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			name, target, link := strings.Cut(f.Name, " -> ")
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if link {
				if err := os.Symlink(target, path); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.Type() == os.ModeSymlink {
			return err
		}
		return os.Chtimes(path, then, then)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// connect returns a client of a service of its own, over in-memory transports.
func connect(t testing.TB, cfg files.Config, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	svc, err := files.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Connect(t, "files", svc, o)
}

func TestOpenRefusesBadConfig(t *testing.T) {
	dir := sample(t)
	for _, cfg := range []files.Config{
		{Roots: []string{dir}, MaxFile: -1}, {Roots: []string{dir}, MaxRead: 1 << 30},
		{Roots: []string{"x=" + filepath.Join(dir, "none")}}, {Roots: []string{"="}},
	} {
		if _, err := files.Open(t.Context(), cfg, nil); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}
