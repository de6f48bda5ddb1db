package commit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github/internal/commit"
)

func ptr[T any](v T) *T { return &v }

func TestCheck(t *testing.T) {
	text := ptr("x")
	for _, tt := range []struct {
		name    string
		changes []commit.Change
		want    string // "" if they are fine
	}{
		{"fine", []commit.Change{{Path: "a/b.go", Content: text}, {Path: ".github/x.yml", Delete: true}, {Path: ".gitignore", Edits: []commit.Edit{{}}}, {Path: "run.sh", Executable: ptr(true)}}, ""},
		{"twice", []commit.Change{{Path: "a", Content: text}, {Path: "a", Delete: true}}, "twice"},
		{"two wishes", []commit.Change{{Path: "a", Content: text, Delete: true}}, "only one of"},
		{"none", []commit.Change{{Path: "a"}}, "give content"},
		{"mode of nothing", []commit.Change{{Path: "a", Delete: true, Executable: ptr(true)}}, "no mode"},
		{"encoding of nothing", []commit.Change{{Path: "a", Delete: true, Base64: true}}, "encoding"},
		{"file and directory", []commit.Change{{Path: "a/b/c", Content: text}, {Path: "a", Content: text}}, "use two commits"},
		{"root", []commit.Change{{Path: "", Content: text}}, "empty"},
		{"up", []commit.Change{{Path: "../a", Content: text}}, "no . and .."},
		{"up within", []commit.Change{{Path: "a/../b", Content: text}}, "no . and .."},
		{"slash", []commit.Change{{Path: "/a", Content: text}}, "without a slash"},
		{"slash at the end", []commit.Change{{Path: "a/", Content: text}}, "at the end"},
		{"git", []commit.Change{{Path: ".git/config", Content: text}}, ".git is not part"},
		{"git in capitals", []commit.Change{{Path: "x/.GIT/config", Content: text}}, ".git is not part"},
		{"git with a dot", []commit.Change{{Path: ".git. /config", Content: text}}, ".git is not part"},
		{"git by its short name", []commit.Change{{Path: "GIT~1/config", Content: text}}, ".git is not part"},
		{"control characters", []commit.Change{{Path: "a\nb", Content: text}}, "control characters"},
		{"too long", []commit.Change{{Path: strings.Repeat("a", 5000), Content: text}}, "4096"},
	} {
		t.Run(tt.name, func(t *testing.T) { expect(t, commit.Check(tt.changes), tt.want) })
	}
}

// expect holds err to be an Error that has a text, or nil for "".
func expect(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var e *commit.Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

var tree = map[string]commit.Entry{
	"dir":      {Mode: commit.ModeTree, SHA: "1"},
	"dir/a.go": {Mode: commit.ModeFile, SHA: "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"}, // hello
	"run.sh":   {Mode: commit.ModeExecutable, SHA: "2"},
	"link":     {Mode: commit.ModeLink, SHA: "3"},
	"sub":      {Mode: commit.ModeSubmodule, SHA: "4"},
}

func TestNew(t *testing.T) {
	steps, err := commit.New([]commit.Change{
		{Path: "dir/new", Content: ptr("x")},
		{Path: "tool", Content: ptr("AAE="), Base64: true, Executable: ptr(true)},
		{Path: "run.sh", Content: ptr("y")},
		{Path: "dir/a.go", Delete: true},
	}, tree)
	want := []commit.Step{
		{Path: "dir/new", Action: commit.Create, Mode: commit.ModeFile, Content: []byte("x")},
		{Path: "tool", Action: commit.Create, Mode: commit.ModeExecutable, Content: []byte{0, 1}},
		{Path: "run.sh", Action: commit.Update, Mode: commit.ModeExecutable, Old: tree["run.sh"], Content: []byte("y")},
		{Path: "dir/a.go", Action: commit.Delete, Mode: commit.ModeFile, Old: tree["dir/a.go"]},
	}
	if diff := cmp.Diff(want, steps); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for name, tt := range map[string]struct {
		change commit.Change
		want   string
	}{
		"directory":       {commit.Change{Path: "dir", Content: ptr("x")}, "a directory"},
		"link":            {commit.Change{Path: "link", Delete: true}, "a symbolic link"},
		"submodule":       {commit.Change{Path: "sub", Content: ptr("x")}, "a submodule"},
		"under a link":    {commit.Change{Path: "link/x/y", Content: ptr("x")}, "link is a symbolic link, no directory"},
		"under a file":    {commit.Change{Path: "run.sh/x", Content: ptr("x")}, "run.sh is a file"},
		"delete nothing":  {commit.Change{Path: "nope", Delete: true}, "no such file to delete"},
		"edit nothing":    {commit.Change{Path: "nope", Edits: []commit.Edit{{Old: "a", New: "b"}}}, "content creates one"},
		"mode of nothing": {commit.Change{Path: "nope", Executable: ptr(true)}, "content creates one"},
		"no base64":       {commit.Change{Path: "x", Content: ptr("€"), Base64: true}, "not base64"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := commit.New([]commit.Change{tt.change}, tree)
			expect(t, err, tt.want)
		})
	}
}

func TestEffective(t *testing.T) {
	steps, err := commit.New([]commit.Change{
		{Path: "dir/a.go", Content: ptr("hello")},
		{Path: "run.sh", Executable: ptr(true)},
	}, tree)
	if err != nil {
		t.Fatal(err)
	}
	if got := commit.Effective(steps); len(got) != 0 {
		t.Errorf("what is there already is a change: %+v", got)
	}
	steps, err = commit.New([]commit.Change{
		{Path: "dir/a.go", Content: ptr("hello"), Executable: ptr(true)},
		{Path: "run.sh", Executable: ptr(false)},
	}, tree)
	if got := commit.Effective(steps); len(got) != 2 || err != nil {
		t.Errorf("a mode is no change: %+v, %v", got, err)
	}
}

func TestEdit(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		edits      []commit.Edit
		want       string
	}{
		{"one", "a\nb\nc", []commit.Edit{{"b", "B"}}, "a\nB\nc"},
		{"each sees those before", "a\n", []commit.Edit{{"a", "b"}, {"b", "c"}}, "c\n"},
		{"to nothing", "a\nb\n", []commit.Edit{{"a\n", ""}}, "b\n"},
		{"windows", "a\r\nb\r\n", []commit.Edit{{"a\nb\n", "x\ny\nz\n"}}, "x\r\ny\r\nz\r\n"},
		{"mixed line ends are taken as they are", "a\r\nb\n", []commit.Edit{{"b\n", "x\ny\n"}}, "a\r\nx\ny\n"},
		{"byte order mark stays", "\ufeffa\n", []commit.Edit{{"a", "b"}}, "\ufeffb\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := commit.Step{Path: "f", Edits: tt.edits}
			if err := s.Edit([]byte(tt.text)); err != nil || string(s.Content) != tt.want {
				t.Errorf("%q, %v", s.Content, err)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text, old, want string
	}{
		{"empty", "a", "", "old is empty"},
		{"same", "new", "new", "the same"},
		{"several", "x\ny\nx\nx", "x", "f: edit 1: old is there 3 times, at line 1, 3, 4; add lines"},
		{"very many", strings.Repeat("x\n", 50), "x", "at line 1, 2, 3, 4, 5 …"},
		{"white space", "if a {\n\treturn\n}\n", "if a {\n    return\n}", "with other white space it is at line 1:\nif a {\n\treturn\n}"},
		{"near", "func a() {\n\tone()\n}\n", "func a() {\n\ttwo()\n}", "line 1 has a line of it, and reads there:\nfunc a() {\n\tone()"},
		{"nothing like it", "abc\n", "something else", "nor any of its lines"},
		{"binary", "a\x00b", "a", "no UTF-8 text"},
		{"LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "oid", "Git LFS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := commit.Step{Path: "f", Edits: []commit.Edit{{tt.old, "new"}}}
			err := s.Edit([]byte(tt.text))
			expect(t, err, tt.want)
			if s.Content != nil {
				t.Error("a refused edit left content")
			}
		})
	}
}

func FuzzEdit(f *testing.F) {
	f.Add("a\r\nb\r\n", "a\nb", "c\nd")
	f.Add("x\nx\n", "x", "y")
	f.Add("\tif a {\n", "  if a {", "")
	f.Fuzz(func(t *testing.T, text, old, replacement string) {
		s := commit.Step{Path: "f", Edits: []commit.Edit{{old, replacement}}}
		err := s.Edit([]byte(text))
		if (err == nil) == (s.Content == nil) {
			t.Errorf("content %q with error %v", s.Content, err)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
