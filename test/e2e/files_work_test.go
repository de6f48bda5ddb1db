//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// large makes a directory of text that takes seconds to search and to copy, of
// which little is on the disk: its files are links to one.
func large(t *testing.T, name string, size, links int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, name, "0")
	if err := os.WriteFile(first, []byte(strings.Repeat("The quick brown Fox jumps over 12 lazy dogs\n", size/44)), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range links - 1 {
		if err := os.Link(first, filepath.Join(dir, name, strconv.Itoa(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// slow is a pattern that no literal speeds up and nothing in a large directory
// matches.
const slow = `[A-Z][a-z]+ [0-9]{3}[A-Z]`

// A search that takes long tells how far it is.
func TestSearchTellsProgress(t *testing.T) {
	t.Parallel()
	dir := large(t, "big", 32<<20, 100)
	s := serveFiles(t, "--root", "r="+dir)
	for _, version := range []string{legacy, modern} {
		t.Run(version, func(t *testing.T) {
			var mu sync.Mutex
			var told []*mcp.ProgressNotificationParams
			session := s.connect(t, version, &mcp.ClientOptions{
				ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, req.Params)
				},
			})
			params := &mcp.CallToolParams{Name: "search_content", Arguments: map[string]any{"pattern": slow}}
			params.SetProgressToken("token")
			begun := time.Now()
			res, err := session.CallTool(wait(t), params)
			took := time.Since(begun)
			if err != nil || res.IsError {
				t.Fatalf("%+v, %v", res, err)
			}
			mu.Lock()
			defer mu.Unlock()
			// The first is a second away at most, and one of each second may be late.
			if want := int(took.Seconds()) / 2; len(told) < max(1, want) {
				t.Errorf("in %s progress was told %d times", took, len(told))
			}
			for i, p := range told {
				if i > 0 && p.Progress <= told[i-1].Progress || p.Message == "" {
					t.Errorf("%d: %+v after %+v", i, p, told[max(0, i-1)])
				}
			}
		})
	}
}

// connect begins a session with the server.
func (s *server) connect(t *testing.T, version string, options *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, options)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: s.url, DisableStandaloneSSE: true},
		&mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// What a client asked for stops when it hangs up, and leaves nothing half done.
func TestHangUpWhileWorking(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tool        string
		size, links int
		arguments   map[string]any
	}{
		{"search_content", 32 << 20, 200, map[string]any{"pattern": slow}},
		{"copy_file", 4 << 10, 20_000, map[string]any{"from": "big", "to": "copy", "recursive": true}},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			t.Parallel()
			dir := large(t, "big", tt.size, tt.links)
			s := serveFiles(t, "--root", "r="+dir, "--confirm", "never")
			conn := s.dial(t)
			body := toolMessage(1, tt.tool, tt.arguments, "token")
			head := strings.Replace(s.head(""), "Mcp-Name: calculate", "Mcp-Name: "+tt.tool, 1)
			if _, err := fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(conn)
			for lines.Scan() && !strings.Contains(lines.Text(), "notifications/progress") {
			}
			if lines.Err() != nil || !strings.Contains(lines.Text(), "notifications/progress") {
				t.Fatalf("the last line is %.500q, %v", lines.Text(), lines.Err())
			}
			conn.Close()
			records, err := s.Await(wait(t), "tool call", 1)
			if err != nil {
				t.Fatal(err)
			}
			if got := records[0].Text("outcome"); got != "CANCELLED" {
				t.Errorf("the call ended with %s", got)
			}
			resting(t, s.Process)
			copied := 0
			err = filepath.WalkDir(filepath.Join(dir, "copy"), func(path string, e os.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				copied++
				if info, err := e.Info(); err != nil || strings.HasPrefix(e.Name(), ".mcp-files-") || info.Size() != int64(tt.size/44*44) {
					t.Errorf("%s is left, with %d bytes, %v", e.Name(), info.Size(), err)
				}
				return nil
			})
			if tt.tool == "copy_file" && (err != nil || copied == 0 || copied >= tt.links) {
				t.Errorf("%d of %d files were copied, %v", copied, tt.links, err)
			}
		})
	}
}

// resting waits until the process uses no time of any processor.
func resting(t *testing.T, p *proc.Process) {
	t.Helper()
	used := func() string {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))
		return fields[12] + " " + fields[13] // utime and stime, in hundredths of a second
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	ctx := wait(t)
	for last, same := used(), 0; same < 2; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the process still works")
		}
		now := used()
		if now == last {
			same++
		} else {
			same = 0
		}
		last = now
	}
}

// A person is asked before a directory is deleted; who cannot ask is told what
// the operator can do.
func TestDeletingADirectoryIsConfirmed(t *testing.T) {
	t.Parallel()
	for _, version := range []string{legacy, modern} {
		for _, tt := range []struct{ answer, outcome string }{{"accept", ""}, {"decline", "CANCELLED"}, {"", "--confirm=never"}} {
			t.Run(version+"/"+tt.answer, func(t *testing.T) {
				t.Parallel()
				dir := folder(t, map[string]string{"old/a.txt": "a", "old/sub/b.txt": "b"})
				s := serveFiles(t, "--root", "r="+dir)
				var asked atomic.Value
				var options mcp.ClientOptions
				if tt.answer != "" {
					options.ElicitationHandler = func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
						asked.Store(req.Params.Message)
						res := &mcp.ElicitResult{Action: tt.answer}
						if tt.answer == "accept" {
							res.Content = map[string]any{"confirm": true}
						}
						return res, nil
					}
				}
				res, err := s.connect(t, version, &options).CallTool(wait(t), &mcp.CallToolParams{
					Name: "delete_file", Arguments: map[string]any{"path": "old", "recursive": true, "trash": false},
				})
				said := ""
				if err != nil {
					said = err.Error()
				} else if text, ok := res.Content[0].(*mcp.TextContent); ok && res.IsError {
					said = text.Text
				}
				if !strings.Contains(said, tt.outcome) || (said == "") != (tt.outcome == "") {
					t.Errorf("the answer is %q", said)
				}
				question, _ := asked.Load().(string)
				if want := tt.answer != ""; strings.Contains(question, "old") != want || strings.Contains(question, "2 files") != want {
					t.Errorf("the question is %q", question)
				}
				if _, err := os.Stat(filepath.Join(dir, "old/sub/b.txt")); errors.Is(err, os.ErrNotExist) != (tt.answer == "accept") {
					t.Errorf("the file: %v", err)
				}
			})
		}
	}
}

// What does not fit on a disk leaves everything as it was, and says so.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flags := []string{"--mount"}
	if os.Geteuid() != 0 {
		flags = append(flags, "--map-root-user")
	}
	// The file system is seen by the process alone, and is gone with it.
	cmd := exec.Command("unshare", append(flags, "sh", "-c", `mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"`,
		dir, files, "--http", "127.0.0.1:0", "--root", "r="+dir, "--confirm", "never")...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	s := serving(t, p)
	seen := fmt.Sprintf("/proc/%d/root%s", p.PID(), dir)
	old, huge := strings.Repeat("o", 300_000)+"\n", strings.Repeat("n", 900_000)
	for _, name := range []string{"a.txt", "b.txt"} {
		s.callTool(t, "write_file", map[string]any{"path": name, "content": old}).text(t)
	}
	for name, call := range map[string]struct {
		tool      string
		arguments map[string]any
	}{
		"create":  {"write_file", map[string]any{"path": "new.txt", "content": huge}},
		"parents": {"write_file", map[string]any{"path": "n/e/w.txt", "content": huge, "make_parents": true}},
		"replace": {"write_file", map[string]any{"path": "a.txt", "content": huge, "mode": "replace", "force": true}},
		"inplace": {"write_file", map[string]any{"path": "a.txt", "content": huge, "mode": "replace", "force": true, "in_place": true}},
		"append":  {"write_file", map[string]any{"path": "a.txt", "content": huge, "mode": "append"}},
		"edit":    {"edit_file", map[string]any{"path": "a.txt", "edits": []map[string]string{{"old": old, "new": huge}}}},
		"patch":   {"apply_patch", map[string]any{"patch": "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+" + huge + "\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.callTool(t, call.tool, call.arguments)
			if code, message := a.refusal(); code != "SERVICE_UNAVAILABLE" || !strings.Contains(message, "space") || strings.Contains(a.raw, dir) {
				t.Errorf("answered with %s", a)
			}
			if content(t, seen, "a.txt") != old || content(t, seen, "b.txt") != old {
				t.Error("what was there is changed")
			}
			if more := beside(t, seen, []string{"a.txt", "b.txt"}); len(more) > 0 {
				t.Errorf("there is %q too", more)
			}
		})
	}
	s.callTool(t, "write_file", map[string]any{"path": "a.txt", "content": "fits", "mode": "replace", "force": true}).text(t)
	if got := content(t, seen, "a.txt"); got != "fits" {
		t.Errorf("the file holds %q", got)
	}
}
