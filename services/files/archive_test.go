package files_test

import (
	"archive/tar"
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files"
)

func newArchiver(t *testing.T) *writer {
	t.Helper()
	return newWriterOf(t, files.Config{Archive: true})
}

// names returns what is in a directory.
func (w *writer) names(rel string) []string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, rel))
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestArchiveFlag: the flag adds two tools, which say what their arguments are,
// and do not cost much.
func TestArchiveFlag(t *testing.T) {
	tools := func(w *writer) map[string]*mcp.Tool {
		all := make(map[string]*mcp.Tool)
		for tool, err := range w.session.Tools(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			all[tool.Name] = tool
		}
		return all
	}
	without, with := tools(newWriter(t)), tools(newArchiver(t))
	size := 0
	for _, name := range []string{"archive", "extract"} {
		tool := with[name]
		if tool == nil || without[name] != nil {
			t.Fatalf("%s: %v with the flag, %v without", name, tool, without[name])
		}
		schema, err := json.Marshal(tool.InputSchema)
		if err != nil {
			t.Fatal(err)
		}
		var in struct {
			Properties map[string]struct{ Description string }
		}
		if err := json.Unmarshal(schema, &in); err != nil || len(in.Properties) == 0 {
			t.Fatal(err)
		}
		for argument, p := range in.Properties {
			if p.Description == "" {
				t.Errorf("%s: %s has no description", name, argument)
			}
		}
		size += len(name) + len(tool.Description) + len(schema)
	}
	if len(with) != len(without)+2 || size > 1300 {
		t.Errorf("%d tools with the flag, %d without; %d bytes", len(with), len(without), size)
	}
	t.Logf("%d bytes", size)
}

func TestArchiveAndExtract(t *testing.T) {
	for _, format := range []string{"zip", "tar", "tar.gz", "tgz"} {
		t.Run(format, func(t *testing.T) {
			w := newArchiver(t)
			if err := os.MkdirAll(filepath.Join(w.dir, "a/d/.sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			w.put("a/d/f", "f")
			w.put("a/d/.sub/g", strings.Repeat("g", 5000))
			w.put("b/one", "1")
			if err := os.Symlink("f", filepath.Join(w.dir, "a/d/link")); err != nil {
				t.Fatal(err)
			}
			pack := `{"paths": ["ro/d", "b/one"], "to": "b/new/all.` + format + `"}`
			got := w.ok("archive", pack)
			packed, _ := got["packed_bytes"].(float64)
			info := w.ok("file_info", `{"paths": ["b/new/all.`+format+`"]}`)["items"].([]any)[0].(map[string]any)
			want := map[string]any{
				"path": "b/new/all." + format, "uri": "file:///b/new/all." + format, "etag": info["etag"],
				"files": 3.0, "directories": 2.0, "bytes": 5002.0, "packed_bytes": info["size"],
				"skipped": map[string]any{"symbolic or hard link": 1.0},
			}
			if diff := cmp.Diff(want, got); diff != "" || packed == 0 {
				t.Error(diff)
			}
			if hint := w.refused("CONFLICT", "archive", pack)["message"].(string); !strings.Contains(hint, "overwrite=true") {
				t.Error(hint)
			}

			unpack := `{"path": "b/new/all.` + format + `", "to": "a/out"`
			got = w.ok("extract", unpack+`, "dry_run": true}`)
			want = map[string]any{
				"path": "a/out", "uri": "file:///a/out", "files": 3.0, "directories": 2.0, "bytes": 5002.0, "dry_run": true,
				"entries": []any{
					map[string]any{"path": "d", "type": "directory", "size": 0.0},
					map[string]any{"path": "d/.sub", "type": "directory", "size": 0.0},
					map[string]any{"path": "d/.sub/g", "type": "file", "size": 5000.0},
					map[string]any{"path": "d/f", "type": "file", "size": 1.0},
					map[string]any{"path": "one", "type": "file", "size": 1.0},
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"d"}, w.names("a")); diff != "" {
				t.Error(diff)
			}
			got = w.ok("extract", unpack+`}`)
			delete(want, "dry_run")
			delete(want, "entries")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			w.has("a/out/d/.sub/g", strings.Repeat("g", 5000))
			w.has("a/out/one", "1")
			w.refused("CONFLICT", "extract", unpack+`}`)
			w.refused("CONFLICT", "extract", unpack+`, "dry_run": true}`)
			if asked := w.question(); asked != "" {
				t.Error(asked)
			}

			overwrite := strings.TrimSuffix(pack, "}") + `, "overwrite": true}`
			w.yes = false
			w.refused("CANCELLED", "archive", overwrite)
			if asked := w.question(); !strings.HasPrefix(asked, `"b/new/all.`+format+`" (`) || !strings.HasSuffix(asked, `exists. Replace it by an archive of ["ro/d" "b/one"]?`) {
				t.Error(asked)
			}
			w.yes = true
			w.ok("archive", overwrite)
		})
	}
}

func TestArchiveRefuses(t *testing.T) {
	w := newArchiver(t)
	w.put("a/f", "f")
	w.put("a/text.zip", "no archive")
	for args, code := range map[string]string{
		`{"paths": ["a/f"], "to": "ro/f.zip"}`:        "PERMISSION_DENIED",
		`{"paths": ["a/f"], "to": "a/f.rar"}`:         "INVALID_INPUT",
		`{"paths": ["a/f", "ro/f"], "to": "a/f.zip"}`: "INVALID_INPUT",
		`{"paths": ["a/none"], "to": "a/n/f.zip"}`:    "RESOURCE_NOT_FOUND",
		`{"paths": ["../" ], "to": "a/f.zip"}`:        "PERMISSION_DENIED",
		`{"paths": [], "to": "a/f.zip"}`:              "INVALID_INPUT",
		`{"paths": ["a/f"], "to": "../f.zip"}`:        "PERMISSION_DENIED",
	} {
		w.refused(code, "archive", args)
	}
	for args, code := range map[string]string{
		`{"path": "a/text.zip", "to": "ro/x"}`:   "PERMISSION_DENIED",
		`{"path": "a/text.zip", "to": "b/x"}`:    "INVALID_INPUT",
		`{"path": "a/f", "to": "b/x"}`:           "INVALID_INPUT",
		`{"path": "a/none.zip", "to": "b/x"}`:    "RESOURCE_NOT_FOUND",
		`{"path": "a/text.zip", "to": "../b/x"}`: "PERMISSION_DENIED",
	} {
		w.refused(code, "extract", args)
	}
	if a, b := w.names("a"), w.names("b"); !slices.Equal(a, []string{"f", "text.zip"}) || b != nil {
		t.Errorf("left: %q, %q", a, b)
	}
}

// TestExtractHostile: no archive writes beside the new directory, or leaves a
// part of it.
func TestExtractHostile(t *testing.T) {
	for name, entry := range map[string]string{
		"zip slip": "../escape", "absolute": "/tmp/escape", "windows": `..\escape`, "trash": ".mcp-trash/x", "deep": strings.Repeat("d/", 150) + "f",
	} {
		t.Run(name, func(t *testing.T) {
			w := newArchiver(t)
			f, err := os.Create(filepath.Join(w.dir, "a/x.zip"))
			if err != nil {
				t.Fatal(err)
			}
			z := zip.NewWriter(f)
			for _, n := range []string{"good", entry} {
				out, err := z.Create(n)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(out, "text"); err != nil {
					t.Fatal(err)
				}
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			f.Close()
			for _, dry := range []string{"true", "false"} {
				w.refused("INVALID_INPUT", "extract", `{"path": "a/x.zip", "to": "b/new/x", "dry_run": `+dry+`}`)
			}
			if a, b := w.names("a"), w.names("b"); !slices.Equal(a, []string{"x.zip"}) || b != nil {
				t.Errorf("left: %q, %q", a, b)
			}
			if top := w.names("."); !slices.Equal(top, []string{"a", "b"}) {
				t.Errorf("beside the roots: %q", top)
			}
		})
	}
	t.Run("link", func(t *testing.T) {
		w := newArchiver(t)
		f, err := os.Create(filepath.Join(w.dir, "a/x.tar"))
		if err != nil {
			t.Fatal(err)
		}
		x := tar.NewWriter(f)
		for _, h := range []tar.Header{
			{Typeflag: tar.TypeSymlink, Name: "out", Linkname: w.dir}, {Typeflag: tar.TypeReg, Name: "out/escape"},
			{Typeflag: tar.TypeLink, Name: "hard", Linkname: "/etc/passwd"}, {Typeflag: tar.TypeFifo, Name: "fifo"},
		} {
			if err := x.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		got := w.ok("extract", `{"path": "a/x.tar", "to": "b/x"}`)
		if diff := cmp.Diff(map[string]any{"symbolic or hard link": 2.0, "device, FIFO or socket": 1.0}, got["skipped"]); diff != "" {
			t.Error(diff)
		}
		if top, x := w.names("."), w.names("b/x/out"); !slices.Equal(top, []string{"a", "b"}) || !slices.Equal(x, []string{"escape"}) {
			t.Errorf("%q, %q", top, x)
		}
	})
}

// TestArchiveCancelled: who waits is told how far it is; when nobody does any
// more, nothing is left.
func TestArchiveCancelled(t *testing.T) {
	const size = 256 << 20 // without blocks on the disk
	for _, test := range []struct{ tool, args, again, left string }{
		{"archive", `{"paths": ["a/zeros"], "to": "b/x.zip"}`, `{"paths": ["a/small.tar"], "to": "b/x.zip"}`, "x.zip"},
		{"extract", `{"path": "a/zeros.tar", "to": "b/x"}`, `{"path": "a/small.tar", "to": "b/x"}`, "x"},
		{"extract", `{"path": "a/zeros.tar", "to": "b/x", "dry_run": true}`, `{"path": "a/small.tar", "to": "b/x"}`, "x"},
	} {
		t.Run(test.tool, func(t *testing.T) {
			w := newArchiver(t)
			for name, n := range map[string]int64{"zeros": size, "zeros.tar": size, "small.tar": 0} {
				f, err := os.Create(filepath.Join(w.dir, "a", name))
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, ".tar") {
					if err := tar.NewWriter(f).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "f", Size: n}); err != nil {
						t.Fatal(err)
					}
				}
				const head, end = 512, 1024
				if err := f.Truncate(head + n + end); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told []string
			w.told = func(p *mcp.ProgressNotificationParams) {
				told = append(told, p.Message)
				cancel()
			}
			params := &mcp.CallToolParams{Name: test.tool, Arguments: json.RawMessage(test.args)}
			params.SetProgressToken("p")
			if res, err := w.session.CallTool(ctx, params); err == nil && !res.IsError {
				t.Errorf("it was not cancelled: %v", res.StructuredContent)
			}
			// The next call for the same place waits for the first.
			w.ok(test.tool, test.again)
			if got := w.names("b"); !slices.Equal(got, []string{test.left}) {
				t.Errorf("left: %q", got)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if len(told) == 0 || !strings.HasSuffix(told[0], "ing zeros") && !strings.HasSuffix(told[0], "ing f") {
				t.Errorf("told %q", told)
			}
		})
	}
}
