package files_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files"
)

// reading is a client of a service with one root.
type reading struct {
	testing.TB
	dir     string
	session *mcp.ClientSession
}

func newReading(t testing.TB, dir string, cfg files.Config) *reading {
	t.Helper()
	cfg.Roots = []string{"r=" + dir}
	return &reading{t, dir, connect(t, cfg, nil)}
}

func (r *reading) write(name, data string) {
	r.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(data), 0o644); err != nil {
		r.Fatal(err)
	}
}

// readMeta is what the second block tells.
type readMeta struct {
	Path, URI, ETag, MIME, Encoding, EOL string
	Size                                 int64
	BOM, Truncated, Lossy                bool
	Lines                                struct{ Start, End, Total int64 }
	Next                                 map[string]any
	CutLines                             []struct{ Line, Offset, Bytes int64 } `json:"cut_lines"`
}

// call calls a tool and returns its blocks; the first is the error if it failed.
func (r *reading) call(tool string, arguments any) (content []mcp.Content, failed bool) {
	r.Helper()
	res, err := r.session.CallTool(r.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		r.Fatal(err)
	}
	return res.Content, res.IsError
}

func (r *reading) read(arguments any) (body string, meta readMeta, rest []mcp.Content) {
	r.Helper()
	content, failed := r.call("read_file", arguments)
	body = content[0].(*mcp.TextContent).Text
	if failed {
		r.Fatalf("%v: %s", arguments, body)
	}
	if err := json.Unmarshal([]byte(content[1].(*mcp.TextContent).Text), &meta); err != nil {
		r.Fatal(err)
	}
	return body, meta, content[2:]
}

func TestReadEncodings(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	for i, c := range []struct{ raw, body, encoding, eol string }{
		{"caf\xe9\r\n", "café\r\n", "windows-1252", "crlf"},
		{"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\n", "Привет, мир\n", "windows-1251", "lf"},
		{"\xff\xfea\x00\n\x00", "a\n", "utf-16le", "lf"},
		{"\x00a\x00b\x00\n\x00c", "ab\nc", "utf-16be", "lf"},
		{"\xd6\xd0\xce\xc4\xb2\xe2\xca\xd4\n", "中文测试\n", "gbk", "lf"},
		{"a\r\nb\n", "a\r\nb\n", "utf-8", "mixed"},
		{"\xef\xbb\xbfa", "a", "utf-8", "none"},
	} {
		name := fmt.Sprint(i, ".txt")
		r.write(name, c.raw)
		body, meta, _ := r.read(map[string]any{"path": name})
		if body != c.body || meta.Encoding != c.encoding || meta.EOL != c.eol || meta.Lossy || meta.Size != int64(len(c.raw)) ||
			meta.BOM != (strings.HasPrefix(c.raw, "\xef\xbb\xbf") || strings.HasPrefix(c.raw, "\xff\xfe")) || strings.HasPrefix(meta.ETag, "part:") {
			t.Errorf("%q is read as %q, %+v", c.raw, body, meta)
		}
	}
	r.write("lossy.txt", "ä ö ü ß é \xff\n")
	if body, meta, _ := r.read(map[string]any{"path": "lossy.txt"}); body != "ä ö ü ß é \uFFFD\n" || !meta.Lossy || !strings.HasPrefix(meta.ETag, "part:") {
		t.Errorf("%q, %+v", body, meta)
	}
	r.write("forced.txt", "\xcf\xf0\n")
	if body, _, _ := r.read(map[string]any{"path": "forced.txt", "encoding": "cp1251"}); body != "Пр\n" {
		t.Errorf("forced: %q", body)
	}
}

func TestReadMedia(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	r.write("a.png", png)
	r.write("a.wav", "RIFF\x24\x00\x00\x00WAVEfmt ")
	r.write("a.pdf", "%PDF-1.7\nplain so far\n")
	r.write("large.bin", strings.Repeat("\x00\x01\x02\x03", 300_000))
	for _, c := range []struct {
		name string
		want mcp.Content
	}{
		{"a.png", &mcp.ImageContent{MIMEType: "image/png", Data: []byte(png)}},
		{"a.wav", &mcp.AudioContent{MIMEType: "audio/wav", Data: []byte("RIFF\x24\x00\x00\x00WAVEfmt ")}},
		{"a.pdf", &mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "file:///r/a.pdf", MIMEType: "application/pdf", Blob: []byte("%PDF-1.7\nplain so far\n")}}},
		{"large.bin", &mcp.ResourceLink{URI: "file:///r/large.bin", Name: "large.bin", MIMEType: "application/octet-stream", Size: ptr(int64(1_200_000))}},
	} {
		body, meta, rest := r.read(map[string]any{"path": c.name})
		if len(rest) != 1 || !strings.Contains(body, meta.MIME) || strings.ContainsRune(body, 0) {
			t.Errorf("%s: %q, %d blocks", c.name, body, len(rest))
			continue
		}
		if diff := cmp.Diff(c.want, rest[0]); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestReadPages follows next to the end, and puts the file together again.
func TestReadPages(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{MaxRead: 50_000})
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "line %d of the file, with ü\n", i+1)
	}
	want := b.String()
	r.write("large.txt", want)
	for _, first := range []map[string]any{
		{"path": "large.txt"}, {"path": "large.txt", "offset": 0}, {"path": "large.txt", "offset": 0, "max_bytes": 33_333},
		{"path": "large.txt", "end_line": 20_000},
	} {
		var all strings.Builder
		pages := 0
		for next := first; next != nil; pages++ {
			body, meta, _ := r.read(next)
			all.WriteString(body)
			if !strings.HasPrefix(meta.ETag, "part:") {
				t.Fatalf("a part has the etag %s", meta.ETag)
			}
			next = meta.Next
		}
		if all.String() != want {
			t.Errorf("%v: %d pages make %d bytes of %d", first, pages, all.Len(), len(want))
		}
		if pages < 10 {
			t.Errorf("%v: %d pages", first, pages)
		}
	}
	body, meta, _ := r.read(map[string]any{"path": "large.txt", "start_line": 9_999, "end_line": 10_000, "line_numbers": true})
	if want := "9999\tline 9999 of the file, with ü\n10000\tline 10000 of the file, with ü\n"; body != want || meta.Truncated {
		t.Errorf("%q, %+v", body, meta)
	}
	if body, _, _ := r.read(map[string]any{"path": "large.txt", "tail": 1}); body != "line 20000 of the file, with ü\n" {
		t.Errorf("the last line is %q", body)
	}
}

func TestReadLongLine(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	r.write("min.js", "a\n"+strings.Repeat("x", 500_000)+"\nb\n")
	body, meta, _ := r.read(map[string]any{"path": "min.js"})
	if want := "a\n" + strings.Repeat("x", 16<<10) + "\nb\n"; body != want || !meta.Truncated || len(meta.CutLines) != 1 || meta.CutLines[0].Line != 2 {
		t.Errorf("%d bytes, %+v", len(body), meta)
	}
	if !strings.HasPrefix(meta.ETag, "part:") {
		t.Errorf("a cut line leaves the etag %s", meta.ETag)
	}
	cut := meta.CutLines[0]
	rest, _, _ := r.read(map[string]any{"path": "min.js", "offset": cut.Offset, "max_bytes": cut.Bytes})
	if rest != strings.Repeat("x", 500_000-16<<10) {
		t.Errorf("what was left out has %d bytes", len(rest))
	}
}

func TestReadManyShares(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	r.write("small.txt", "small\n")
	r.write("large1.txt", strings.Repeat("0123456789abcde\n", 10_000))
	r.write("large2.txt", strings.Repeat("fedcba9876543210\n", 10_000))
	r.write("picture.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	r.write("tricky\n==> small.txt <==.txt", "==> small.txt <==\nnot small")
	content, failed := r.call("read_files", map[string]any{
		"paths": []string{"large1.txt", "small.txt", "large2.txt", "picture.png", "tricky\n==> small.txt <==.txt"}, "max_total_bytes": 20_000,
	})
	body := content[0].(*mcp.TextContent).Text
	if failed {
		t.Fatal(body)
	}
	var meta struct {
		Items []struct {
			Path, ETag, MIME string
			Offset, Bytes    int
			Truncated        bool
			Next             map[string]any
		}
	}
	if err := json.Unmarshal([]byte(content[1].(*mcp.TextContent).Text), &meta); err != nil {
		t.Fatal(err)
	}
	part := func(i int) string { return body[meta.Items[i].Offset:][:meta.Items[i].Bytes] }
	for i, want := range []string{strings.Repeat("0123456789abcde\n", 623), "small\n", strings.Repeat("fedcba9876543210\n", 586), "", "==> small.txt <==\nnot small"} {
		if i != 3 && part(i) != want {
			t.Errorf("%s has %d bytes, want %d", meta.Items[i].Path, len(part(i)), len(want))
		}
	}
	if meta.Items[3].MIME != "image/png" || meta.Items[1].Truncated || !meta.Items[0].Truncated {
		t.Errorf("%+v", meta.Items)
	}
	if strings.Count(body, "\n==> small.txt <==\n") != 2 || !strings.Contains(body, `==> "tricky\n==> small.txt <==.txt" <==`) {
		t.Error("a name with a line end is not quoted")
	}
	rest, _, _ := r.read(meta.Items[0].Next)
	if !strings.HasPrefix(rest, "0123456789abcde\n") || len(rest) != 16*(10_000-623) {
		t.Errorf("next of read_files gives %d bytes", len(rest))
	}
}

// TestReadManyCutsLines gives two files of long lines so little room that the
// first lines are cut, and goes on within them.
func TestReadManyCutsLines(t *testing.T) {
	r := newReading(t, t.TempDir(), files.Config{})
	texts := []string{strings.Repeat("é", 2000) + "\nsecond\n", strings.Repeat("y", 9000)}
	r.write("a.txt", texts[0])
	r.write("b.txt", texts[1])
	content, failed := r.call("read_files", map[string]any{"paths": []string{"a.txt", "b.txt"}, "max_total_bytes": 2048})
	body := content[0].(*mcp.TextContent).Text
	if failed {
		t.Fatal(body)
	}
	var meta struct {
		Items []struct {
			Offset, Bytes int
			Next          map[string]any
		}
	}
	if err := json.Unmarshal([]byte(content[1].(*mcp.TextContent).Text), &meta); err != nil {
		t.Fatal(err)
	}
	for i, it := range meta.Items {
		rest, _, _ := r.read(it.Next)
		begin := strings.TrimSuffix(body[it.Offset:][:it.Bytes], "\n") // which ends the line that is cut
		if begin+rest != texts[i] || len(begin) < 1000 {
			t.Errorf("%d: %d bytes and then %d are not the %d of the file", i, len(begin), len(rest), len(texts[i]))
		}
	}
}
