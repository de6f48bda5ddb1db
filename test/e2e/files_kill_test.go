//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// number returns how much of something a long test takes; the variable sets it.
func number(t *testing.T, variable string, usual int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q", variable, s)
	}
	return n
}

// The two contents that files have while they are written again and again. They
// differ in the first and in the last line, and take some writing.
var filler = strings.Repeat("the quick brown fox jumps over the lazy dog\n", 10_000)

func whole(name string) string { return name + "\n" + filler + name + "\n" }

// writes are calls that change files from one content to the other, in every way
// that promises one of the two.
var writes = []struct {
	tool      string
	files     []string
	arguments func(from, to string) map[string]any
}{
	{"write_file", []string{"put"}, func(_, to string) map[string]any {
		return map[string]any{"path": "put", "mode": "replace", "force": true, "content": whole(to)}
	}},
	{"write_file", []string{"durable"}, func(_, to string) map[string]any {
		return map[string]any{"path": "durable", "mode": "replace", "force": true, "durable": true, "content": whole(to)}
	}},
	{"edit_file", []string{"edited"}, func(from, to string) map[string]any {
		return map[string]any{"path": "edited", "edits": []map[string]any{{"old": from + "\n", "new": to + "\n", "expect": 2}}}
	}},
	{"apply_patch", []string{"one", "two"}, func(from, to string) map[string]any {
		var patch strings.Builder
		const fox = " the quick brown fox jumps over the lazy dog\n"
		for _, name := range []string{"one", "two"} {
			fmt.Fprintf(&patch, "--- a/%s\n+++ b/%[1]s\n@@ -1,2 +1,2 @@\n-%s\n+%s\n%s@@ -10001,2 +10001,2 @@\n%[4]s-%[2]s\n+%[3]s\n", name, from, to, fox)
		}
		return map[string]any{"patch": patch.String()}
	}},
}

// A process that is killed in the middle of writing leaves the old content or
// the new, and the next one removes what else is left. FILES_KILLS says how
// often.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	kills := number(t, "FILES_KILLS", 100)
	dir := t.TempDir()
	var names []string
	for _, w := range writes {
		names = append(names, w.files...)
	}
	var done [4]atomic.Int64
	left := 0
	for kill := range kills {
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(whole("first")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s := serveFiles(t, "--root", "r="+dir, "--confirm", "never")
		until(t, func() bool { return len(beside(t, dir, names)) == 0 })
		var writing sync.WaitGroup
		begun := make(chan struct{}, len(writes))
		for i, w := range writes {
			writing.Go(func() {
				from, to := "first", "second"
				for {
					begun <- struct{}{}
					if !s.survives(t, w.tool, w.arguments(from, to)) {
						return
					}
					done[i].Add(1)
					from, to = to, from
				}
			})
		}
		// Each has begun once, and some of them again.
		for range len(writes) + rand.IntN(2*len(writes)) {
			<-begun
		}
		go func() {
			for range begun {
			}
		}()
		<-time.After(time.Duration(rand.Int64N(int64(4 * time.Millisecond))))
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		writing.Wait()
		close(begun)
		for _, name := range names {
			if got := content(t, dir, name); got != whole("first") && got != whole("second") {
				t.Fatalf("kill %d: %s has %d bytes, %.20q to %q", kill, name, len(got), got, got[max(0, len(got)-20):])
			}
		}
		left += len(beside(t, dir, names))
	}
	s := serveFiles(t, "--root", "r="+dir)
	until(t, func() bool { return len(beside(t, dir, names)) == 0 })
	s.etag(t, "put")
	for i, w := range writes {
		if kills >= 100 && done[i].Load() == 0 {
			t.Errorf("no call of %s came to its end", w.tool)
		}
	}
	if kills >= 100 && left == 0 {
		t.Error("no kill came in the middle of a write")
	}
	t.Logf("%d kills, %d temporary files left and removed", kills, left)
}

// survives makes a call, and reports whether the process lived to answer it. The
// answer must be no refusal.
func (s *server) survives(t *testing.T, tool string, arguments any) bool {
	req := s.request(t, toolMessage(1, tool, arguments, ""))
	req.Header.Set("Mcp-Name", tool)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	if a := decode(t, body); a.Error != nil || a.Result.IsError {
		t.Errorf("%s: %s", tool, a)
		return false
	}
	return true
}

// beside returns what is in dir beside these names.
func beside(t *testing.T, dir string, names []string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, name := range names {
		known[name] = true
	}
	var more []string
	for _, e := range list {
		if !known[e.Name()] {
			more = append(more, e.Name())
		}
	}
	return more
}
