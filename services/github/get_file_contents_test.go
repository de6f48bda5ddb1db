package github_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// asFile is GitHub's answer for a file of up to 1 MB.
func asFile(path, content string) string {
	b, _ := json.Marshal(map[string]any{
		"type": "file", "path": path, "sha": "f00", "size": len(content), "encoding": "base64",
		"content": base64.StdEncoding.EncodeToString([]byte(content)),
	})
	return string(b)
}

// contents calls get_file_contents and returns all its blocks.
func (r *rig) contents(t *testing.T, args string) (*mcp.CallToolResult, string) {
	t.Helper()
	res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_file_contents",
		Arguments: json.RawMessage(`{"owner":"octocat","repo":"hello",` + args + `}`)})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range res.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			b.WriteString(text.Text + "|")
		}
	}
	return res, b.String()
}

func TestGetFileContents(t *testing.T) {
	long := strings.Repeat(strings.Repeat("x", 99)+"\n", 1000)
	huge := strings.Repeat("y", 50_000)
	for _, tt := range []struct{ name, content, args, want string }{
		{"all", "a\nb\n", `"path":"f"`, `a
b
|{"path":"f","sha":"f00","size":4,"lines":{"start":1,"end":2,"total":2}}|`},
		{"a range without a newline at the end", "a\nb\nc", `"path":"f","start_line":2,"end_line":9`, "b\nc|" + `{"path":"f","sha":"f00","size":5,"lines":{"start":2,"end":3,"total":3}}|`},
		{"windows", "a\r\nb\r\n", `"path":"f","end_line":1`, "a\r\n|" + `{"path":"f","sha":"f00","size":6,"lines":{"start":1,"end":1,"total":2}}|`},
		{"empty", "", `"path":"f"`, `|{"path":"f","sha":"f00","size":0,"lines":{"start":0,"end":0,"total":0}}|`},
		{"empty and a first line", "", `"path":"f","start_line":1`, `|{"path":"f","sha":"f00","size":0,"lines":{"start":0,"end":0,"total":0}}|`},
		{"ref", "a", `"path":"f","ref":"v1"`, `a|{"path":"f","ref":"v1","sha":"f00","size":1,"lines":{"start":1,"end":1,"total":1}}|`},
		{"cut at a line's end", long, `"path":"f"`, long[:40_900] + `|{"path":"f","sha":"f00","size":100000,"lines":{"start":1,"end":409,"total":1000},"truncated":true,"next_start_line":410}|`},
		{"goes on", long, `"path":"f","start_line":990`, long[:1100] + `|{"path":"f","sha":"f00","size":100000,"lines":{"start":990,"end":1000,"total":1000}}|`},
		{"a huge line", huge + "\nb\n", `"path":"f"`, huge[:40<<10] + `|{"path":"f","sha":"f00","size":50003,"lines":{"start":1,"end":1,"total":2},"truncated":true,"next_start_line":2,"cut_line":1}|`},
		{"byte order mark", "\ufeffa", `"path":"f"`, `a|{"path":"f","sha":"f00","size":4,"lines":{"start":1,"end":1,"total":1}}|`},
		{"UTF-16", "\xff\xfea\x00\n\x00", `"path":"f"`, "a\n|" + `{"path":"f","sha":"f00","size":6,"lines":{"start":1,"end":1,"total":1}}|`},
		{"Latin-1", "caf\xe9", `"path":"f"`, "caf\uFFFD|" + `{"path":"f","sha":"f00","size":4,"lines":{"start":1,"end":1,"total":1},"lossy":true}|`},
		{"binary", "a\x00b", `"path":"f"`, `This is no text but application/octet-stream of 3 bytes.|{"path":"f","type":"binary","sha":"f00","size":3,"mime":"application/octet-stream"}|`},
		{"LFS", "version https://git-lfs.github.com/spec/v1\n", `"path":"f"`, "version https://git-lfs.github.com/spec/v1\n|" + `{"path":"f","sha":"f00","size":43,"lines":{"start":1,"end":1,"total":1},"lfs_pointer":true}|`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, github.Config{})
			r.JSON("GET /repos/octocat/hello/contents/f", 200, asFile("f", tt.content))
			_, got := r.contents(t, tt.args)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if n := len(r.Requests()); n != 1 {
				t.Errorf("%d requests for one file", n)
			}
		})
	}
}

func TestGetFileContentsPaths(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{`"path":"/docs/a b#c?d%e.md"`, "/repos/octocat/hello/contents/docs/a%20b%23c%3Fd%25e.md"},
		{`"path":"docs/"`, "/repos/octocat/hello/contents/docs"},
		{`"path":"ünï:x"`, "/repos/octocat/hello/contents/%C3%BCn%C3%AF:x"},
		{`"path":"a..b/..c"`, "/repos/octocat/hello/contents/a..b/..c"},
		{`"path":"f","ref":"feature/a&b"`, "/repos/octocat/hello/contents/f?ref=feature%2Fa%26b"},
		{`"path":""`, "/repos/octocat/hello/contents/"},
	} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/contents/{path...}", 200, asFile("f", "x"))
		if res, text := r.contents(t, tt.args); res.IsError {
			t.Error(text)
		}
		got := r.Requests()[0]
		if got.Path != tt.want || got.Header.Get("Accept") != "application/vnd.github.object+json" {
			t.Errorf("%s asks for %s (%s)", tt.args, got.Path, got.Header.Get("Accept"))
		}
	}
}

func TestGetFileContentsRefuses(t *testing.T) {
	r := newRig(t, github.Config{AllowRepos: []string{"octocat/*"}})
	for args, want := range map[string]string{
		`"path":"../x"`:                           "path must be a path",
		`"path":"a/../../x"`:                      "path must be a path",
		`"path":".."`:                             "path must be a path",
		`"path":"a//b"`:                           "path must be a path",
		`"path":"a\u0000b"`:                       "path must be a path",
		`"ref":"a..b"`:                            "ref must be a branch",
		`"ref":"../../x"`:                         "ref must be a branch",
		`"ref":"main:src"`:                        "ref must be a branch",
		`"ref":"other:main"`:                      "ref must be a branch",
		`"ref":"a b"`:                             "ref must be a branch",
		`"path":"f","start_line":3,"end_line":2`:  "before start_line",
		`"path":"f","start_line":3,"glob":"*.go"`: "are for a directory",
		`"glob":"{a"`:                             "no }",
		`"recursive":true,"cursor":"zzz"`:         "cursor",
	} {
		if strings.Contains(args, "cursor") {
			r.JSON("GET /repos/octocat/hello/git/trees/HEAD", 200, `{"tree":[]}`)
		}
		if res, text := r.contents(t, args); !res.IsError || !strings.Contains(text, want) || !strings.Contains(text, "INVALID_INPUT") {
			t.Errorf("%s: %s", args, text)
		}
	}
	if text, failed := r.call(t, "get_file_contents", `{"owner":"somebody","repo":"else"}`); !failed || !strings.Contains(text, "PERMISSION_DENIED") {
		t.Error(text)
	}
}

func TestGetFileContentsErrors(t *testing.T) {
	for _, tt := range []struct {
		name, args, path string
		status           int
		body, want       string
	}{
		{"nothing there", `"path":"nope","ref":"v1"`, "contents/nope", 404, `{"message":"Not Found"}`, `"RESOURCE_NOT_FOUND","message":"nope of octocat/hello at v1`},
		{"empty repository", `"path":""`, "contents/", 404, `{"message":"This repository is empty."}`, `"RESOURCE_NOT_FOUND","message":"octocat/hello is empty: it has no commit yet"`},
		{"tree of an empty one", `"recursive":true`, "git/trees/HEAD", 409, `{"message":"Git Repository is empty."}`, `"RESOURCE_NOT_FOUND","message":"octocat/hello is empty`},
		{"not what it should be", `"path":"f"`, "contents/f", 200, `"hello"`, `SERVICE_UNAVAILABLE`},
		{"behind the end", `"path":"f","start_line":4`, "contents/f", 200, asFile("f", "a\nb\n"), `start_line: f has only 2 lines`},
		{"lines of a directory", `"path":"d","start_line":4`, "contents/d", 200, `{"type":"dir","entries":[]}`, `d is a directory, which has no lines`},
		{"tree of a file", `"path":"f","recursive":true`, "contents/f", 200, asFile("f", "a"), `f is no directory`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, github.Config{})
			r.JSON("GET /repos/octocat/hello/{rest...}", tt.status, tt.body)
			if res, text := r.contents(t, tt.args); !res.IsError || !strings.Contains(text, tt.want) {
				t.Error(text)
			}
			if got := r.Requests()[0].Path; !strings.HasPrefix(got, "/repos/octocat/hello/"+tt.path) {
				t.Errorf("it asked for %s", got)
			}
		})
	}
}

func TestGetFileContentsOfLinks(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"symlink","path":"l","sha":"1","size":4,"target":"/etc"}`:                                              `a symbolic link to /etc, which is no file of this repository.|{"path":"l","type":"symlink"`,
		`{"type":"submodule","path":"l","sha":"abc","size":0,"submodule_git_url":"https://u:secret@example.com/x.git"}`: `a submodule: commit abc of https://example.com/x.git.|{"path":"l","type":"submodule"`,
	} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/contents/l", 200, body)
		if _, text := r.contents(t, `"path":"l"`); !strings.Contains(text, want) || strings.Contains(text, "secret") {
			t.Error(text)
		}
	}
}

func TestGetFileContentsImage(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n\x00\x00"
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/contents/i", 200, asFile("i", png))
	res, text := r.contents(t, `"path":"i"`)
	if !strings.Contains(text, `"mime":"image/png"`) || len(res.Content) != 3 {
		t.Fatal(text)
	}
	if image, ok := res.Content[2].(*mcp.ImageContent); !ok || string(image.Data) != png || image.MIMEType != "image/png" {
		t.Errorf("%+v", res.Content[2])
	}
}

// TestGetLargeFile reads of a file above 1 MB, which GitHub leaves out of its
// contents, little more than is shown.
func TestGetLargeFile(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/contents/big", 200, `{"type":"file","path":"big","sha":"b16","size":104857600,"encoding":"none","content":""}`)
	sent := make(chan int, 2)
	r.Handle("GET /repos/octocat/hello/git/blobs/b16", func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Accept") != "application/vnd.github.raw+json" {
			t.Error(req.Header)
		}
		size := 0
		defer func() { sent <- size }()
		for i := 1; size < 100<<20; i++ {
			n, err := fmt.Fprintf(w, "line %d\n", i)
			if size += n; err != nil {
				return
			}
		}
	})
	res, text := r.contents(t, `"path":"big","start_line":5000,"end_line":5001`)
	if want := "line 5000\nline 5001\n|" + `{"path":"big","sha":"b16","size":104857600,"lines":{"start":5000,"end":5001}}|`; res.IsError || text != want {
		t.Error(text)
	}
	if res, text := r.contents(t, `"path":"big"`); res.IsError || !strings.Contains(text, `"truncated":true,"next_start_line":`) || len(text) > 42<<10 {
		t.Error(text[:100])
	}
	if n := <-sent + <-sent; n > 50<<20 {
		t.Errorf("GitHub sent %d bytes for two pages", n)
	}
}

func TestGetLargeFileBroken(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/contents/big", 200, `{"type":"file","path":"big","sha":"b16","size":2000000,"encoding":"none","content":""}`)
	r.Handle("GET /repos/octocat/hello/git/blobs/b16", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2000000")
		_, _ = io.WriteString(w, strings.Repeat("x\n", 9000))
	})
	if res, text := r.contents(t, `"path":"big"`); !res.IsError || !strings.Contains(text, "SERVICE_UNAVAILABLE") {
		t.Error(text)
	}
}

func TestListDirectory(t *testing.T) {
	const tree = `{"sha":"7ee","tree":[{"path":"src","mode":"040000","type":"tree","sha":"1"},{"path":"src/a.go","mode":"100644","type":"blob","size":12},` +
		`{"path":"l","mode":"120000","type":"blob","size":3},{"path":"sub","mode":"160000","type":"commit"},{"path":"new\nline","mode":"100644","type":"blob","size":0}],"truncated":%t}`
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/contents/d", 200, `{"type":"dir","path":"d","sha":"d1","entries":[{"type":"file","name":"z.go","size":5,"git_url":"https://x/git/blobs/1"},`+
		`{"type":"dir","name":"b"},{"type":"symlink","name":"l","size":4},{"type":"file","name":"m","size":0,"git_url":"https://x/git/trees/2"}]}`)
	r.JSON("GET /repos/octocat/hello/contents/old", 200, `[{"type":"file","name":"a","size":5}]`)
	r.JSON("GET /repos/octocat/hello/git/trees/HEAD", 200, fmt.Sprintf(tree, true))
	r.JSON("GET /repos/octocat/hello/git/trees/d1", 200, fmt.Sprintf(tree, false))
	r.JSON("GET /repos/octocat/hello/git/trees/{ref}", 200, `{"tree":[{"path":"old/x/a","size":1,"type":"blob"},{"path":"older","size":1,"type":"blob"}]}`)
	for _, tt := range []struct {
		args, want string
		asked      []string
	}{
		{`"path":"d"`, "b/\nl symlink\nm submodule\nz.go 5\n|" + `{"path":"d","type":"dir","entries":4}|`, []string{"contents/d"}},
		{`"path":"old"`, "a 5\n|" + `{"path":"old","type":"dir","entries":1}|`, []string{"contents/old"}},
		{`"recursive":true`, "l symlink\n\"new\\nline\" 0\nsrc/\nsrc/a.go 12\nsub submodule\n|" +
			`{"path":"/","type":"dir","entries":5,"incomplete":"GitHub tells only a part of so large a tree; name a directory in path"}|`, []string{"git/trees/HEAD?recursive=1"}},
		{`"path":"d","glob":"**/*.go"`, "src/a.go 12\n|" + `{"path":"d","type":"dir","entries":1}|`, []string{"contents/d", "git/trees/d1?recursive=1"}},
		{`"path":"old","recursive":true,"ref":"feature/x"`, "x/a 1\n|" + `{"path":"old","ref":"feature/x","type":"dir","entries":1}|`, []string{"contents/old?ref=feature%2Fx", "git/trees/feature%2Fx?recursive=1"}},
	} {
		before := len(r.Requests())
		if _, got := r.contents(t, tt.args); got != tt.want {
			t.Errorf("%s: %s", tt.args, cmp.Diff(tt.want, got))
		}
		var asked []string
		for _, q := range r.Requests()[before:] {
			asked = append(asked, strings.TrimPrefix(q.Path, "/repos/octocat/hello/"))
		}
		if diff := cmp.Diff(tt.asked, asked); diff != "" {
			t.Errorf("%s: %s", tt.args, diff)
		}
	}
}

// TestListLargeDirectory pages through what GitHub's contents would have cut.
func TestListLargeDirectory(t *testing.T) {
	var entries, names []string
	for i := range 1234 {
		entries = append(entries, fmt.Sprintf(`{"path":"f%04d","type":"blob","mode":"100644","size":1}`, i))
		names = append(names, fmt.Sprintf("f%04d 1\n", i))
	}
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/contents/d", 200, `{"type":"dir","sha":"d1","entries":[`+strings.Repeat(`{"type":"file","name":"x"},`, 999)+`{"type":"file","name":"x"}]}`)
	r.JSON("GET /repos/octocat/hello/git/trees/d1", 200, `{"tree":[`+strings.Join(entries, ",")+`]}`)
	var all, cursor string
	for range 3 {
		res, _ := r.contents(t, `"path":"d","cursor":"`+cursor+`"`)
		all += res.Content[0].(*mcp.TextContent).Text
		var meta struct {
			Shown      string
			Entries    int
			NextCursor string `json:"next_cursor"`
		}
		if err := json.Unmarshal([]byte(res.Content[1].(*mcp.TextContent).Text), &meta); err != nil || meta.Entries != 1234 || meta.Shown == "" {
			t.Fatal(meta, err)
		}
		cursor = meta.NextCursor
	}
	if diff := cmp.Diff(strings.Join(names, ""), all); diff != "" || cursor != "" {
		t.Error(diff, cursor)
	}
}
