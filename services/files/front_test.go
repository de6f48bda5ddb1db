package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

// front is a served service.
type front struct {
	*files.Service
	server *server.Server
	url    string
}

func serve(t *testing.T, cfg files.Config) *front {
	t.Helper()
	svc, err := files.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("files", svc, server.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return &front{svc, srv, ts.URL + "/mcp"}
}

// connect returns a session over HTTP in the revision given.
func (f *front) connect(t *testing.T, client *mcp.Client, version string) *mcp.ClientSession {
	t.Helper()
	if client == nil {
		client = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	}
	s, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: f.url}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// eras are the revisions that are asked in.
var eras = []string{"2026-07-28", "2025-11-25"}

// fill writes files and returns the directory.
func fill(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func numbered(n int) map[string]string {
	contents := make(map[string]string, n)
	for i := range n {
		contents[fmt.Sprintf("d%d/f%04d.txt", i%7, i)] = "x"
	}
	return contents
}

func TestResourcesAreListedInPagesOfAllRoots(t *testing.T) {
	contents := numbered(450)
	contents[".gitignore"] = "*.log\n"
	contents["d1/a.log"] = "ignored"
	contents[".hidden"] = "hidden"
	first := fill(t, contents)
	second := fill(t, map[string]string{"one & only.txt": "12345"})
	if err := os.Symlink("/etc/passwd", filepath.Join(second, "link")); err != nil {
		t.Fatal(err)
	}
	f := serve(t, files.Config{Roots: []string{"first=" + first, "second=" + second + ":ro"}})
	var lists [][]string
	for _, era := range eras {
		session := f.connect(t, nil, era)
		var got []string
		cursor, pages := "", 0
		for {
			page, err := session.ListResources(t.Context(), &mcp.ListResourcesParams{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			if era == eras[0] && (page.CacheScope != "private" || page.TTLMs == 0) {
				t.Errorf("ttl %d, scope %q", page.TTLMs, page.CacheScope)
			}
			if len(page.Resources) > 200 {
				t.Errorf("a page has %d resources", len(page.Resources))
			}
			for _, r := range page.Resources {
				got = append(got, r.URI)
				if r.URI == "file:///second/one%20&%20only.txt" && (r.Size != 5 || r.Name != "second/one & only.txt" || r.MIMEType != "text/plain" || r.Annotations.LastModified == "") {
					t.Errorf("%+v", r)
				}
			}
			pages++
			if cursor = page.NextCursor; cursor == "" {
				break
			}
			if strings.Contains(cursor, "/") || pages > 10 {
				t.Fatalf("the cursor %q after %d pages", cursor, pages)
			}
			// What a cursor stands for need not be there any more.
			if pages == 1 && era == eras[1] {
				last := strings.TrimPrefix(got[len(got)-1], "file:///first/")
				for _, gone := range []string{last, "d3/f0444.txt"} {
					if err := os.Remove(filepath.Join(first, gone)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if pages != 3 {
			t.Errorf("%d pages", pages)
		}
		lists = append(lists, got)
	}
	want := []string{"file:///first"}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range numbered(450) {
			if !yield(name) {
				return
			}
		}
	}) {
		want = append(want, "file:///first/"+name)
	}
	want = append(want, "file:///second", "file:///second/one%20&%20only.txt")
	if diff := cmp.Diff(want, lists[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want = slices.DeleteFunc(want, func(uri string) bool {
		return strings.HasSuffix(uri, "d3/f0444.txt")
	})
	if diff := cmp.Diff(want, lists[1]); diff != "" {
		t.Errorf("in the other era (-want +got)\n%s", diff)
	}
}

func TestLongFilesAreReadInParts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var long strings.Builder
	for long.Len() < 3<<20 {
		long.WriteRune([]rune("aä€😀\n")[r.IntN(5)])
	}
	binary := make([]byte, 2<<20+17)
	for i := range binary {
		binary[i] = byte(r.Uint32())
	}
	dir := fill(t, map[string]string{"long.txt": long.String(), "long.bin": string(binary), "umlaut.txt": "ä"})
	session := serve(t, files.Config{Roots: []string{"r=" + dir}}).connect(t, nil, "")
	for name, want := range map[string]string{"long.txt": long.String(), "long.bin": string(binary)} {
		var got bytes.Buffer
		parts := 0
		for uri := "file:///r/" + name; uri != ""; parts++ {
			c := readOne(t, session, uri)
			part := c.Text + string(c.Blob)
			if len(part) > 1<<20 || parts > 5 {
				t.Fatalf("%s: the part %d has %d bytes", uri, parts, len(part))
			}
			if (name == "long.bin") != (len(c.Blob) > 0) {
				t.Errorf("%s: %d bytes of text and %d others", uri, len(c.Text), len(c.Blob))
			}
			got.WriteString(part)
			meta := c.Meta["io.github.mcpfleet/file"].(map[string]any)
			next, _ := meta["next"].(string)
			if meta["truncated"] != (next != "") || meta["size"] != float64(len(want)) || !strings.HasPrefix(fmt.Sprint(meta["etag"]), "part:") {
				t.Errorf("%s: %v", uri, meta)
			}
			uri = next
		}
		if got.String() != want {
			t.Errorf("%s is another one in %d parts: %d bytes, want %d", name, parts, got.Len(), len(want))
		}
	}
	// A part that is shorter than a character holds it all the same.
	if c := readOne(t, session, "file:///r/umlaut.txt?length=1"); c.Text != "ä" {
		t.Errorf("got %q", c.Text)
	}
}

func readOne(t *testing.T, session *mcp.ClientSession, uri string) *mcp.ResourceContents {
	t.Helper()
	res, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		t.Fatalf("%s: %v", uri, err)
	}
	if len(res.Contents) != 1 || res.CacheScope != "private" {
		t.Fatalf("%s: %d contents, scope %q", uri, len(res.Contents), res.CacheScope)
	}
	return res.Contents[0]
}

func TestTextIsDecoded(t *testing.T) {
	dir := fill(t, map[string]string{
		"latin.txt": "Besprechung im Caf\xe9, Freitag: die T\xe4ssen f\xfcr die K\xfcche sind sch\xf6n gro\xdf\r\n",
		"utf16.txt": "\xff\xfeH\x00i\x00\n\x00", "plain": "just text\n", "odd.bin": "\x00\x01\x02\xff",
	})
	session := serve(t, files.Config{Roots: []string{"r=" + dir}}).connect(t, nil, "")
	for name, want := range map[string]struct{ text, mime string }{
		"latin.txt": {"Besprechung im Café, Freitag: die Tässen für die Küche sind schön groß\r\n", "text/plain; charset=windows-1252"},
		"utf16.txt": {"Hi\n", "text/plain; charset=utf-16le"},
		"plain":     {"just text\n", "text/plain"},
		"odd.bin":   {"", "application/octet-stream"},
	} {
		c := readOne(t, session, "file:///r/"+name)
		if c.Text != want.text || c.MIMEType != want.mime || (want.text == "") != (len(c.Blob) > 0) {
			t.Errorf("%s: %q, %s, %d other bytes", name, c.Text, c.MIMEType, len(c.Blob))
		}
	}
}

// TestResourcesOutsideDoNotExist compares the whole answer for what is outside
// and there with that for what is not there.
func TestResourcesOutsideDoNotExist(t *testing.T) {
	outside := fill(t, map[string]string{"secret.txt": "secret", "dir/x": ""})
	dir := fill(t, map[string]string{"a.txt": "a"})
	for name, target := range map[string]string{"out": outside + "/secret.txt", "nowhere": outside + "/none", "outdir": outside} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	session := serve(t, files.Config{Roots: []string{"r=" + dir}}).connect(t, nil, "")
	for _, path := range []string{
		"r/none", "r/out", "r/nowhere", "r/outdir", "r/outdir/secret.txt", "r/outdir/none", "r/../../x", "r/%2e%2e/x", "other/a.txt",
		strings.TrimPrefix(outside, "/") + "/secret.txt", strings.TrimPrefix(outside, "/") + "/none", "r/a.txt/x",
	} {
		uri := "file:///" + path
		_, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		var wire *jsonrpc.Error
		if !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInvalidParams || wire.Message != "Resource not found" || string(wire.Data) != `{"uri":"`+uri+`"}` {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestDirectoriesAreListedWithoutTricks(t *testing.T) {
	contents := map[string]string{"plain": "", "sub/x": "", "line\nbreak": "", "\x1b[2Jclear": "", "\u202egnp.exe": "", `"quoted"`: ""}
	f := serve(t, files.Config{Roots: []string{"r=" + fill(t, contents), "many=" + fill(t, numbered(7*1001))}})
	session := f.connect(t, nil, "")
	c := readOne(t, session, "file:///r")
	want := []string{`"\"quoted\""`, `"\u202egnp.exe"`, `"\x1b[2Jclear"`, `"line\nbreak"`, "plain", "sub/"}
	if got := slices.Sorted(strings.SplitSeq(c.Text, "\n")); !slices.Equal(got, want) || c.MIMEType != "inode/directory" {
		t.Errorf("%s %q", c.MIMEType, got)
	}
	c = readOne(t, session, "file:///many/d3")
	if n := strings.Count(c.Text, "\n") + 1; n != 1000 || fmt.Sprint(c.Meta["io.github.mcpfleet/file"]) != "map[entries:1000 truncated:true]" {
		t.Errorf("%d names, %v", n, c.Meta)
	}
	if c = readOne(t, session, "file:///"); c.Text != "r/\nmany/" {
		t.Errorf("the roots are %q", c.Text)
	}
}

func TestCompletionsAreBounded(t *testing.T) {
	f := serve(t, files.Config{Roots: []string{"a=" + fill(t, numbered(7*150)), "b=" + fill(t, map[string]string{"x": ""})}})
	session := f.connect(t, nil, "")
	complete := func(kind, name, argument, typed string) *mcp.CompleteResult {
		t.Helper()
		ref := &mcp.CompleteReference{Type: kind, Name: name}
		if kind == "ref/resource" {
			ref = &mcp.CompleteReference{Type: kind, URI: name}
		}
		res, err := session.Complete(t.Context(), &mcp.CompleteParams{Ref: ref, Argument: mcp.CompleteParamsArgument{Name: argument, Value: typed}})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	for _, template := range []string{"file:///{+path}", "file:///{+path}{?offset,length}"} {
		res := complete("ref/resource", template, "path", "a/d0/")
		if c := res.Completion; len(c.Values) != 100 || !c.HasMore || c.Values[0] != "a/d0/f0000.txt" {
			t.Errorf("%d values, more %v, %.1v", len(c.Values), c.HasMore, c.Values)
		}
	}
	for typed, want := range map[string][]string{
		"": {"a/", "b/"}, "b": {"b/"}, "b/": {"b/x"}, "a/d0/f0007": {"a/d0/f0007.txt"}, "c/": {}, "a/d0/none": {},
		"file:///": {"file:///a/", "file:///b/"}, "file:///b/": {"file:///b/x"},
	} {
		if c := complete("ref/prompt", "explore_project", "path", typed).Completion; !slices.Equal(c.Values, want) || c.HasMore {
			t.Errorf("%q: %q, more %v", typed, c.Values, c.HasMore)
		}
	}
}

func TestPromptsAreShort(t *testing.T) {
	contents := numbered(7000)
	contents["README.md"] = strings.Repeat("All about it. ", 10_000)
	for i := range 50 {
		contents[fmt.Sprintf("%s%02d/x", strings.Repeat("n", 200), i)] = ""
	}
	session := serve(t, files.Config{Roots: []string{"r=" + fill(t, contents)}}).connect(t, nil, "")
	for name, arguments := range map[string]map[string]string{
		"explore_project": {}, "find_usages": {"symbol": "boil"}, "review_changes": {"path": "", "since": "1h"},
	} {
		res, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: name, Arguments: arguments})
		if err != nil {
			t.Fatal(err)
		}
		text := res.Messages[0].Content.(*mcp.TextContent).Text
		if len(text) < 1000 || len(text) > 16<<10 || !strings.Contains(text, "and ") || !strings.Contains(text, `the root "r"`) {
			t.Errorf("%s has %d bytes: %.200s", name, len(text), text)
		}
	}
}

func TestNotConfigured(t *testing.T) {
	f := serve(t, files.Config{})
	if err := f.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "FILES_ROOT") {
		t.Errorf("ready: %v", err)
	}
	w := httptest.NewRecorder()
	f.server.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "set FILES_ROOT") {
		t.Errorf("/readyz: %d %s", w.Code, w.Body)
	}
	for _, c := range f.Doctor(t.Context()) {
		if c.State != "fail" || !strings.Contains(c.Fix, "FILES_ROOT") {
			t.Errorf("%+v", c)
		}
	}
	for _, era := range eras {
		session := f.connect(t, nil, era)
		for what, call := range map[string]func() error{
			"list": func() error { _, err := session.ListResources(t.Context(), nil); return err },
			"read": func() error {
				_, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "file:///x"})
				return err
			},
			"prompt": func() error {
				_, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "explore_project"})
				return err
			},
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), "set FILES_ROOT") {
				t.Errorf("%s in %s: %v", what, era, err)
			}
		}
	}
}

func TestReadyNoticesThatARootIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f := serve(t, files.Config{Roots: []string{"r=" + dir}})
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Ready(context.Background()); err == nil || !strings.Contains(err.Error(), "the root r is gone") || strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

func TestDoctor(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	f := serve(t, files.Config{Roots: []string{"w=" + t.TempDir(), "home=" + home, "all=/:ro"}})
	var got []string
	for _, c := range f.Doctor(t.Context()) {
		got = append(got, c.State+" "+c.Name+": "+c.Detail)
		if (c.State == "ok") != (c.Fix == "") {
			t.Errorf("%+v", c)
		}
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"ok root w: /", "read-write", "warn root home: it is a home directory", "warn root all: it is the whole file system", "ok root all: /, read-only", "boundary: "} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}
