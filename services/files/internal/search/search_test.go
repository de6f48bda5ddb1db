package search

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func startOf(t testing.TB, dir string) tree.Path {
	t.Helper()
	roots, err := tree.Open([]tree.Spec{{Name: "root", Path: dir}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { roots.Close() })
	return roots.Roots()[0].Top()
}

func compile(t testing.TB, pattern string, o match.Options) *match.Matcher {
	t.Helper()
	m, err := match.Compile(pattern, o)
	if err != nil {
		t.Fatalf("%q: %v", pattern, err)
	}
	return m
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func find(t testing.TB, dir, pattern string, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), []tree.Path{startOf(t, dir)}, compile(t, pattern, match.Options{Multiline: o.Multiline}), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flat is what was found as lines such as rg prints.
func flat(r Result) []string {
	var list []string
	for _, f := range r.Files {
		if len(f.Matches) == 0 {
			list = append(list, fmt.Sprintf("%s=%d", f.Path.Rel, f.Count))
		}
		for _, m := range f.Matches {
			list = append(list, fmt.Sprintf("%s:%d:%d:%s", f.Path.Rel, m.Line, m.Column, m.Text))
		}
	}
	return list
}

func TestWhatIsFoundIsShown(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("a", 700) + "needle" + strings.Repeat("é", 400)
	write(t, dir, map[string]string{
		"a.txt":      "one\r\ntwo needle\r\nthree\r\n",
		"b/bom.txt":  "\ufeffneedle",
		"b/crlf.txt": "x\r\nneedle\r\n",
		"c.txt":      "\xff\xfen\x00e\x00e\x00d\x00l\x00e\x00 \x00\xe9\x00",
		"d.txt":      "\xfe\xff\x00n\x00e\x00e\x00d\x00l\x00e",
		"e.txt":      "caf\xe9 needle\n",
		"f.bin":      "needle\x00",
		"g.txt":      long,
		"z.txt":      "",
	})
	r := find(t, dir, "needle", Options{})
	want := []string{
		"a.txt:2:5:two needle", "b/bom.txt:1:1:needle", "b/crlf.txt:2:1:needle", "c.txt:1:1:needle é", "d.txt:1:1:needle",
		"e.txt:1:6:caf\ufffd needle",
		"g.txt:1:701:…" + strings.Repeat("a", 100) + "needle" + strings.Repeat("é", 197) + "…",
	}
	if diff := cmp.Diff(want, flat(r)); diff != "" {
		t.Error(diff)
	}
	if !r.Files[6].Matches[0].Cut || r.Files[0].Matches[0].Cut {
		t.Error("the long line alone is cut")
	}
	s := r.Stats
	if s.Files != 8 || s.Matched != 7 || s.Skipped != (Skipped{Binary: 1}) {
		t.Errorf("%+v", s)
	}
	if got := flat(find(t, dir, "needle$", Options{Mode: Count})); !slices.Equal(got, []string{"a.txt=1", "b/bom.txt=1", "b/crlf.txt=1", "d.txt=1", "e.txt=1"}) {
		t.Errorf("%q", got)
	}
	if got := flat(find(t, dir, "(?s)two.*three", Options{Multiline: true})); !slices.Equal(got, []string{"a.txt:2:1:two needle\r\nthree"}) {
		t.Errorf("%q", got)
	}
	if r := find(t, dir, "needle", Options{Mode: Files, Limit: 2}); len(r.Files) != 2 || r.Next == nil || r.Next.Rel != "b/bom.txt" {
		t.Errorf("%+v", r)
	}
}

func TestContextShowsEachLineOnce(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := 1; i <= 20; i++ {
		mark := ""
		if i == 3 || i == 6 || i == 7 || i == 20 {
			mark = " hit"
		}
		fmt.Fprintf(&text, "l%d%s\n", i, mark)
	}
	write(t, dir, map[string]string{"a": text.String()})
	var got []string
	for _, m := range find(t, dir, "hit", Options{Context: 2}).Files[0].Matches {
		got = append(got, fmt.Sprint(m.Before, m.Line, m.After))
	}
	want := []string{"[l1 l2] 3 [l4 l5]", "[] 6 []", "[] 7 [l8 l9]", "[l18 l19] 20 []"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWindows searches files that are read in many pieces: lines, numbers and
// context are those of a file that is split at once.
func TestWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	var b bytes.Buffer
	for b.Len() < 3*chunk {
		fmt.Fprintf(&b, "%s%d\n", strings.Repeat("text ", r.IntN(40)), r.IntN(500))
		if r.IntN(4000) == 0 {
			b.WriteString(strings.Repeat("long ", chunk/4) + "\n")
		}
	}
	b.WriteString("the end 77")
	write(t, dir, map[string]string{"a": b.String()})
	lines := strings.Split(b.String(), "\n")
	var want []string
	for i, line := range lines {
		if strings.HasSuffix(line, "77") {
			want = append(want, fmt.Sprint(i+1))
		}
	}
	var got []string
	for _, m := range find(t, dir, "77$", Options{Context: 3}).Files[0].Matches {
		got = append(got, fmt.Sprint(m.Line))
		for i, before := range m.Before {
			if n := m.Line - 1 - len(m.Before) + i; !strings.HasPrefix(lines[n], strings.TrimRight(before[:min(300, len(before))], "…")) {
				t.Errorf("before %d: %.40q, want %.40q", m.Line, before, lines[n])
			}
		}
		for i, after := range m.After {
			if n := m.Line + i; !strings.HasPrefix(lines[n], strings.TrimRight(after[:min(300, len(after))], "…")) {
				t.Errorf("after %d: %.40q, want %.40q", m.Line, after, lines[n])
			}
		}
		if m.Line > 3 && m.Line < len(lines)-3 && len(m.Before)+len(m.After) == 0 && len(lines[m.Line-2]) < 100 && !strings.HasSuffix(lines[m.Line-2], "77") && !strings.HasSuffix(lines[m.Line], "77") {
			t.Errorf("line %d has no context", m.Line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPagesAreTheWhole goes on from every kind of end.
func TestPagesAreTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	dir := t.TempDir()
	files := map[string]string{}
	for i := range 120 {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString([]string{"miss\n", "hit me\n", "a hit\nand a hit\n"}[r.IntN(3)])
		}
		files[fmt.Sprintf("%c/%d/f-%d.txt", 'a'+i%5, i%3, i)] = b.String()
	}
	write(t, dir, files)
	for _, o := range []Options{{Mode: Lines, Limit: 7}, {Limit: 1}, {MaxBytes: 300}, {Mode: Files, Limit: 5}, {Mode: Count, Limit: 4}, {Multiline: true, Limit: 3}} {
		limit, most := o.Limit, o.MaxBytes
		o.Limit, o.MaxBytes = 0, 0
		whole := flat(find(t, dir, "hit", o))
		o.Limit, o.MaxBytes = limit, most
		var pages []string
		for n := 0; ; n++ {
			r := find(t, dir, "hit", o)
			page := flat(r)
			if limit > 0 && len(page) > limit || len(page) == 0 && r.Next != nil || n > len(whole) {
				t.Fatalf("%+v: page %d has %d", o, n, len(page))
			}
			pages = append(pages, page...)
			if r.Next == nil {
				break
			}
			o.After = *r.Next
		}
		if diff := cmp.Diff(whole, pages); diff != "" || len(whole) < 50 {
			t.Errorf("%+v: %d: %s", o, len(whole), diff)
		}
	}
}

func TestSeveralStartsAndFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/x": "hit\nhit\n", "b/x": "hit\n", "c/x": "hit\n", "top": "miss\nhit\n"})
	top := startOf(t, dir)
	starts := []tree.Path{top.Join("b"), top.Join("top"), top.Join("a")}
	m := compile(t, "hit", match.Options{})
	var got []string
	o := Options{Limit: 1}
	for range 10 {
		r, err := Run(t.Context(), starts, m, o)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, flat(r)...)
		if r.Next == nil {
			break
		}
		o.After = *r.Next
	}
	want := []string{"b/x:1:1:hit", "top:2:1:hit", "a/x:1:1:hit", "a/x:2:1:hit"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Run(t.Context(), []tree.Path{top.Join("none")}, m, Options{}); tree.KindOf(err) != tree.NotFound {
		t.Errorf("a start that is not there: %v", err)
	}
}

// TestLongLineTakesLittleMemory searches a gigabyte without a newline.
func TestLongLineTakesLittleMemory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sparse")
	if err := os.WriteFile(path, bytes.Repeat([]byte("needle "), 2000), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := find(t, dir, "needle", Options{})
	runtime.ReadMemStats(&after)
	if r.Stats.Bytes != 1<<30 || len(flat(r)) != 1 || r.Files[0].Matches[0].Line != 1 {
		t.Errorf("%+v", r.Stats)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	if r := find(t, dir, "needle", Options{Multiline: true}); r.Stats.Skipped.Large != 1 {
		t.Errorf("multiline: %+v", r.Stats)
	}
}

func TestBudgetEndsAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "hit\n", "z": "hit\n"})
	for _, name := range []string{"m", "n"} {
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte("text\n"), 4000), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, name), 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Budget: 50 * time.Millisecond}
	var got []string
	large := 0
	for range 20 {
		begin := time.Now()
		r := find(t, dir, "hit", o)
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("it took %v", d)
		}
		got = append(got, flat(r)...)
		large += r.Stats.Skipped.Large
		if r.Next == nil {
			break
		}
		if !r.Partial {
			t.Fatalf("%+v", r)
		}
		o.After = *r.Next
	}
	if want := []string{"a:1:1:hit", "z:1:1:hit"}; !slices.Equal(got, want) || large != 2 {
		t.Errorf("%q, %d large", got, large)
	}
}

func TestCancel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), bytes.Repeat([]byte("text\n"), 4000), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "a"), 1<<40); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Progress: func(bytes int64, _, _ int) {
		if bytes > 0 {
			cancel()
		}
	}}
	if _, err := Run(ctx, []tree.Path{startOf(t, dir)}, compile(t, "hit", match.Options{}), o); err != context.Canceled {
		t.Errorf("%v", err)
	}
}
