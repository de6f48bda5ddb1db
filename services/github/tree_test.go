package github

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadTree(t *testing.T) {
	for body, want := range map[string]string{
		`{"sha":"1","url":"u","tree":[{"path":"a","mode":"100644","type":"blob","sha":"2","size":3,"url":"u"},{"path":"b","type":"tree"}],"truncated":false}`: "a b false <nil>",
		`{"truncated":true,"other":{"tree":[{"path":"x"}]},"tree":[{"path":"a"}]}`:                                                                            "a true <nil>",
		`{"tree":[]}`:               "false <nil>",
		`{"tree":null}`:             "false <nil>",
		`{}`:                        "false <nil>",
		`null`:                      "false <nil>",
		``:                          "false unexpected EOF",
		`{"tree":[{"path":"a"}`:     "a false unexpected EOF",
		`{"tree":[{"path":"a"},{"p`: "a false unexpected EOF",
		`{"tree":[{"path":"a"}]`:    "a false unexpected EOF",
		`[]`:                        "false json: cannot unmarshal",
		`{"tree":{"path":"a"}}`:     "false json: cannot unmarshal {",
		`{"tree":"a"}`:              "false json: cannot unmarshal a into Go value of type",
		`{"tree":[{"path":1}]}`:     "false json: cannot unmarshal number into Go struct field entry.path of type string",
		`<html>`:                    "false invalid character '<' looking for beginning of value",
	} {
		var got []string
		truncated, err := readTree(strings.NewReader(body), func(e entry) { got = append(got, e.Path) })
		text := strings.TrimSpace(strings.Join(append(got, fmt.Sprint(truncated, err)), " "))
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s: %s", body, text)
		}
		if err != nil && !unreadable(err) {
			t.Errorf("%s: %v is not known", body, err)
		}
	}
}

// endless is a tree of n entries, of which no more than one is in memory.
type endless struct {
	n, at int
	left  string
}

func (e *endless) Read(p []byte) (int, error) {
	for e.left == "" {
		switch e.at++; {
		case e.at == 1:
			e.left = `{"sha":"1","tree":[` + e.entry()
		case e.at <= e.n:
			e.left = "," + e.entry()
		case e.at == e.n+1:
			e.left = `],"truncated":false}`
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// entry is the e.at-th, from the last path to the first.
func (e *endless) entry() string {
	const sha = "0123456789abcdef0123456789abcdef01234567"
	return fmt.Sprintf(`{"path":"services/some/directory/file%06d.go","mode":"100644","type":"blob","sha":%q,"size":%d,"url":"https://api.github.com/repos/octocat/hello/git/blobs/%s"}`, e.n-e.at, sha, e.at, sha)
}

// TestLargeTreesTakeLittle holds that a listing has no more in memory than its
// page, however large the tree is.
func TestLargeTreesTakeLittle(t *testing.T) {
	const entries, most = 100_000, 4 << 20
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	page, read, peak := &entryPage{from: 1000}, 0, uint64(0)
	truncated, err := readTree(&endless{n: entries}, func(e entry) {
		page.add(e)
		if read++; read%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	})
	if err != nil || truncated || page.count != entries {
		t.Fatal(page.count, truncated, err)
	}
	if peak > most {
		t.Errorf("%d bytes are in memory", peak)
	}
	page.sort()
	var got, want []string
	for i, e := range page.first {
		got, want = append(got, e.Path), append(want, fmt.Sprintf("services/some/directory/file%06d.go", i))
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != page.from+pageEntries {
		t.Error(len(got), diff)
	}
}
