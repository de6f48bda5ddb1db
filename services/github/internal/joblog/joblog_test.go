package joblog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// sample is a log as a runner writes it: a step that may fail, one that fails,
// and what is done after it.
const sample = "\ufeff2026-01-02T10:00:00.1000000Z Current runner version: '2.330.0'\r\n" +
	"2026-01-02T10:00:01.1000000Z ##[group]Run golint ./...\n" +
	"2026-01-02T10:00:01.1000000Z \x1b[36;1mgolint ./...\x1b[0m\n" +
	"2026-01-02T10:00:01.1000000Z shell: /usr/bin/bash -e {0}\n" +
	"2026-01-02T10:00:01.1000000Z ##[endgroup]\n" +
	"2026-01-02T10:00:02.1000000Z lint is unhappy\n" +
	"2026-01-02T10:00:02.2000000Z ##[error]Process completed with exit code 2.\n" +
	"2026-01-02T10:00:05.1000000Z ##[group]Run go test ./...\n" +
	"2026-01-02T10:00:05.1000000Z go test ./...\n" +
	"2026-01-02T10:00:05.1000000Z ##[endgroup]\n" +
	"2026-01-02T10:00:06.1000000Z 10%\r50%\r100%\n" +
	"2026-01-02T10:00:06.2000000Z ##[group]Downloading\n" +
	"2026-01-02T10:00:06.3000000Z got \x1b[32ma\x1b[0m with token ***\n" +
	"2026-01-02T10:00:06.4000000Z ##[endgroup]\n" +
	"2026-01-02T10:00:07.1000000Z --- FAIL: TestX (0.00s)\n" +
	"    x_test.go:3: got 1\n" +
	"2026-01-02T10:00:07.2000000Z ##[error]Process completed with exit code 1.\n" +
	"2026-01-02T10:00:08.0000000Z Post job cleanup.\n" +
	"2026-01-02T10:00:08.1000000Z bye\n"

func at(second int) time.Time { return time.Date(2026, 1, 2, 10, 0, second, 0, time.UTC) }

func TestRead(t *testing.T) {
	failure := []string{"Run go test ./...", "100%", "Downloading", "got a with token ***", "--- FAIL: TestX (0.00s)", "    x_test.go:3: got 1", "error: Process completed with exit code 1."}
	for name, test := range map[string]struct {
		log  string
		o    Options
		want Excerpt
	}{
		"the last failure without a time": {sample, Options{}, Excerpt{Lines: failure}},
		"the failure in the step's time":  {sample, Options{From: at(1), To: at(4)}, Excerpt{Lines: []string{"Run golint ./...", "lint is unhappy", "error: Process completed with exit code 2."}}},
		"a step without an error": {sample, Options{From: at(8), To: at(9)},
			Excerpt{Lines: []string{"Post job cleanup.", "bye"}}},
		"a time that is not in the log": {sample, Options{From: at(50), To: at(51)}, Excerpt{Lines: failure}},
		"the last lines":                {sample, Options{Lines: 2}, Excerpt{Lines: failure[5:], Cut: true}},
		"the last bytes":                {sample, Options{Bytes: 70}, Excerpt{Lines: failure[5:], Cut: true}},
		"a line beyond the bytes":       {sample, Options{Bytes: 5}, Excerpt{Lines: failure[6:], Cut: true}},
		"no failure: the end":           {"a\nb\nc", Options{Lines: 2}, Excerpt{Lines: []string{"b", "c"}, Cut: true}},
		"nothing":                       {"", Options{}, Excerpt{Lines: nil}},
		"a time alone":                  {"2026-01-02T10:00:08.1000000Z\nx\n", Options{}, Excerpt{Lines: []string{"", "x"}}},
		"a marker that is none":         {"##[nonsense]x\n##[error\n", Options{}, Excerpt{Lines: []string{"##[nonsense]x", "##[error"}}},
		"what turns the text":           {"a\u202eb\x00c\x07\n", Options{}, Excerpt{Lines: []string{"abc"}}},
		"not UTF-8":                     {"a\xffb\n", Options{}, Excerpt{Lines: []string{"a\uFFFDb"}}},
		"a title of a terminal":         {"\x1b]0;title\x07text\x1b[2K\x1b(B\n", Options{}, Excerpt{Lines: []string{"text"}}},
		"matches, in what a step runs too": {sample, Options{Grep: regexp.MustCompile(`shell|FAIL`), Context: 1},
			Excerpt{Lines: []string{"golint ./...", "shell: /usr/bin/bash -e {0}", "lint is unhappy", "--", "got a with token ***", "--- FAIL: TestX (0.00s)", "    x_test.go:3: got 1"}, Matches: 2}},
		"the first matches": {"1\n2\n3\n", Options{Grep: regexp.MustCompile(`\d`), Lines: 2}, Excerpt{Lines: []string{"1", "2"}, Matches: 3, Cut: true}},
		"no matches":        {sample, Options{Grep: regexp.MustCompile(`nowhere`), Context: 3}, Excerpt{}},
		"neighbours":        {"1\n2\n3\n4\n", Options{Grep: regexp.MustCompile(`[14]`), Context: 1}, Excerpt{Lines: []string{"1", "2", "3", "4"}, Matches: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.o.Lines == 0 {
				test.o.Lines = 100
			}
			if test.o.Bytes == 0 {
				test.o.Bytes = 10_000
			}
			got, err := Read(iotest.HalfReader(strings.NewReader(test.log)), test.o)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Lines) == 0 {
				got.Lines = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadBroken(t *testing.T) {
	got, err := Read(io.MultiReader(strings.NewReader("one\ntwo"), iotest.ErrReader(io.ErrUnexpectedEOF)), Options{Lines: 9, Bytes: 99})
	if !errors.Is(err, io.ErrUnexpectedEOF) || cmp.Diff([]string{"one", "two"}, got.Lines) != "" {
		t.Errorf("%v %q", err, got.Lines)
	}
}

func TestLongLines(t *testing.T) {
	log := strings.Repeat("ä", 100_000) + "\nend\n"
	got, err := Read(strings.NewReader(log), Options{Lines: 9, Bytes: 9999})
	if err != nil || len(got.Lines) != 2 || got.Lines[1] != "end" {
		t.Fatal(err, len(got.Lines))
	}
	if l := got.Lines[0]; len(l) > maxLine+3 || !strings.HasSuffix(l, "ä…") {
		t.Errorf("%d bytes, ending in %q", len(l), l[len(l)-8:])
	}
}

// repeated is a log of n bytes that nobody holds.
type repeated struct {
	line []byte
	n    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(r.line) <= len(p) {
		n += copy(p[n:], r.line)
	}
	if n == 0 {
		n = copy(p, r.line)
	}
	r.n -= n
	return n, nil
}

func TestMemory(t *testing.T) {
	const size = 24 << 20
	for name, line := range map[string]string{
		"one section":   "2026-01-02T10:00:00.1000000Z some output of a step that says a lot\n",
		"many sections": "2026-01-02T10:00:00.1000000Z ##[group]Run x\n##[endgroup]\n##[error]no\n",
		"one line":      "no end of a line, nowhere ",
	} {
		t.Run(name, func(t *testing.T) {
			log := &repeated{[]byte(line), size}
			var most uint64
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			before := stats.HeapAlloc
			probe := readerFunc(func(p []byte) (int, error) {
				n, err := log.Read(p)
				if log.n%(4<<20) < len(p) {
					runtime.GC()
					runtime.ReadMemStats(&stats)
					most = max(most, stats.HeapAlloc)
				}
				return n, err
			})
			if _, err := Read(probe, Options{Lines: 1000, Bytes: 100_000}); err != nil {
				t.Fatal(err)
			}
			if most > before+(4<<20) {
				t.Errorf("%d bytes are held for a log of %d", most-before, size)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzLog(f *testing.F) {
	f.Add([]byte(sample), "FAIL", 1, 10, 1000)
	f.Add([]byte("##[group]Run x\n##[error]\n\x1b[\xff\r\r\n"), "", 0, 1, 1)
	f.Add([]byte("2026-01-02T10:00:00Z \n\n##[endgroup]"), "", 9, 3, 40)
	f.Fuzz(func(t *testing.T, log []byte, pattern string, around, lines, most int) {
		o := Options{Context: max(around, 0) % 10, Lines: 1 + max(lines, 0)%100, Bytes: 1 + max(most, 0)%5000, From: at(0), To: at(5)}
		if pattern != "" {
			re, err := regexp.Compile(pattern)
			if err != nil {
				return
			}
			o.Grep = re
		}
		got, err := Read(bytes.NewReader(log), o)
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for i, l := range got.Lines {
			if bytes += len(l) + 1; bytes > o.Bytes && i > 0 {
				t.Errorf("%d bytes of at most %d", bytes, o.Bytes)
			}
			if !utf8.ValidString(l) || strings.ContainsAny(l, "\x1b\r\n\x00") || len(l) > maxLine+len("warning: …") {
				t.Errorf("line %q", l)
			}
		}
		if len(got.Lines) > o.Lines {
			t.Errorf("%d lines of at most %d", len(got.Lines), o.Lines)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	line := []byte("2026-01-02T10:00:00.1000000Z some output of a step that says a lot, in \x1b[32mcolour\x1b[0m\n")
	const size = 16 << 20
	b.SetBytes(size)
	for b.Loop() {
		if _, err := Read(&repeated{line, size}, Options{Lines: 100, Bytes: 30_000}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleRead() {
	got, err := Read(strings.NewReader(sample), Options{Lines: 2, Bytes: 1000})
	fmt.Println(strings.Join(got.Lines, "\n"), err)
	// Output:
	//     x_test.go:3: got 1
	// error: Process completed with exit code 1. <nil>
}

func TestLast(t *testing.T) {
	log := strings.Repeat("0123456789\n", 1000) + "the end \xff\n"
	for _, tt := range []struct {
		n    int
		want string
		cut  bool
	}{
		{20_000, strings.ReplaceAll(log, "\xff", "\uFFFD"), false},
		{len(log), strings.ReplaceAll(log, "\xff", "\uFFFD"), false},
		{25, "0123456789\nthe end \uFFFD\n", true},
		{11, "the end \uFFFD\n", true},
		{5, "", true},
	} {
		got, cut, err := Last(iotest.HalfReader(strings.NewReader(log)), tt.n)
		if got != tt.want || cut != tt.cut || err != nil {
			t.Errorf("%d: %d bytes, %v, %v", tt.n, len(got), cut, err)
		}
	}
	if got, _, err := Last(iotest.TimeoutReader(strings.NewReader(log)), 5000); err == nil || got != "" {
		t.Errorf("of a log that breaks off there are %d bytes, %v", len(got), err)
	}
}
