package database_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A statement of a corpus. Files of testdata/corpus have blocks, separated by
// lines of ---. The first line of a block is a comment that names it and says in
// brackets what is special; the rest is the statement.
type statement struct {
	file  string
	title string
	text  string
	flags map[string]string
}

func (s statement) String() string { return s.file + ": " + s.title }

// oldest is the first version of PostgreSQL that has what the statement uses.
func (s statement) oldest() int {
	for flag := range s.flags {
		if n, err := strconv.Atoi(flag); err == nil {
			return n
		}
	}
	return 0
}

// number returns the number that a flag gives, -1 if there is none.
func (s statement) number(t testing.TB, flag string) int {
	t.Helper()
	v, ok := s.flags[flag]
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %s=%s: %v", s, flag, v, err)
	}
	return n
}

var (
	header   = regexp.MustCompile(`^-- (.*?)(?: \[([^\]]*)\])?$`)
	repeated = regexp.MustCompile(`«([^»]*)»\{(\d+)\}`)
)

// corpus returns the statements of a group, with {{names}} replaced, «text»{n}
// repeated, and those that say so unquoted as Go strings are.
func corpus(t testing.TB, group string, names map[string]string) []statement {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", group, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus %s: %v", group, err)
	}
	var all []statement
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n---\n") {
			first, text, ok := strings.Cut(block, "\n")
			m := header.FindStringSubmatch(first)
			if !ok || m == nil {
				t.Fatalf("%s: the block %q has no title or no statement", file, first)
			}
			s := statement{file: group + "/" + strings.TrimSuffix(filepath.Base(file), ".sql"), title: m[1], flags: map[string]string{}}
			for flag := range strings.FieldsSeq(m[2]) {
				name, value, _ := strings.Cut(flag, "=")
				s.flags[name] = value
			}
			s.text = expand(t, s, text, names)
			all = append(all, s)
		}
	}
	return all
}

func expand(t testing.TB, s statement, text string, names map[string]string) string {
	t.Helper()
	for name, value := range names {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	text = repeated.ReplaceAllStringFunc(text, func(r string) string {
		m := repeated.FindStringSubmatch(r)
		n, _ := strconv.Atoi(m[2])
		return strings.Repeat(m[1], n)
	})
	if _, ok := s.flags["escaped"]; ok {
		unquoted, err := strconv.Unquote(text)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		return unquoted
	}
	return text
}

func TestCorpusIsLargeEnough(t *testing.T) {
	for group, least := range map[string]int{"refused": 600, "good": 140, "contained": 30} {
		titles := map[string]bool{}
		texts := map[string]bool{}
		for _, s := range corpus(t, group, nil) {
			if titles[s.String()] {
				t.Errorf("%s is there twice", s)
			}
			if key := fmt.Sprintf("%q", s.text); texts[key] {
				t.Errorf("%s repeats another statement", s)
			} else {
				texts[key] = true
			}
			titles[s.String()] = true
		}
		if len(titles) < least {
			t.Errorf("%s has %d statements, want %d", group, len(titles), least)
		}
	}
}
