package edit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func after(line int) *int { return &line }

// spliced makes changes of a text.
func spliced(t testing.TB, s string, changes []text.Change) string {
	t.Helper()
	var b strings.Builder
	last := 0
	for _, c := range changes {
		if c.Start < last || c.End < c.Start || c.End > len(s) {
			t.Fatalf("the changes %+v are not in order", changes)
		}
		b.WriteString(s[last:c.Start])
		b.WriteString(c.New)
		last = c.End
	}
	return b.String() + s[last:]
}

func TestApply(t *testing.T) {
	type E = edit.Edit
	tests := []struct {
		name  string
		text  string
		edits []E
		match edit.Match
		want  string
		lines []edit.Applied // nil for not looked at
	}{
		{"in a line", "a = 1\nb = 2\n", []E{{Old: "b = 2", New: "b = 3", Expect: 1}}, edit.Exact, "a = 1\nb = 3\n", []edit.Applied{{2, 2, 1}}},
		{"no final newline", "a\nb", []E{{Old: "b", New: "c", Expect: 1}}, edit.Exact, "a\nc", nil},
		{"delete", "a\nb\nc\n", []E{{Old: "b\n", New: "", Expect: 1}}, edit.Exact, "a\nc\n", []edit.Applied{{2, 2, 1}}},
		{"all", "x y x\nx", []E{{Old: "x", New: "zz"}}, edit.Exact, "zz y zz\nzz", []edit.Applied{{1, 2, 3}}},
		{"twice", "x\nx\n", []E{{Old: "x", New: "y", Expect: 2}}, edit.Exact, "y\ny\n", nil},
		{"below a line", "x\nx\nx\n", []E{{Old: "x", New: "y", Expect: 1, After: after(1)}}, edit.Exact, "x\ny\nx\n", []edit.Applied{{2, 2, 1}}},
		{"from the beginning", "x\nx\n", []E{{Old: "x", New: "y", Expect: 1, After: after(0)}}, edit.Exact, "y\nx\n", nil},
		{"lines are the original's", "a\nb\nx\nx\n", []E{{Old: "a", New: "1\n2\n3\n4", Expect: 1}, {Old: "x", New: "y", Expect: 1, After: after(3)}}, edit.Exact, "1\n2\n3\n4\nb\nx\ny\n", []edit.Applied{{1, 4, 1}, {7, 7, 1}}},
		{"sees the one before", "one two", []E{{Old: "one", New: "three", Expect: 1}, {Old: "three two", New: "four", Expect: 1}}, edit.Exact, "four", []edit.Applied{{1, 1, 1}, {1, 1, 1}}},
		{"there and back beside another", "a b", []E{{Old: "a", New: "c", Expect: 1}, {Old: "b", New: "d", Expect: 1}, {Old: "c", New: "a", Expect: 1}}, edit.Exact, "a d", nil},
		{"lines above grow", "a\nb\nc\n", []E{{Old: "c", New: "C", Expect: 1}, {Old: "a", New: "1\n2", Expect: 1}}, edit.Exact, "1\n2\nb\nC\n", []edit.Applied{{4, 4, 1}, {1, 2, 1}}},
		{"nothing left", "a\nbc", []E{{Old: "b", New: "", Expect: 1}, {Old: "c", New: "new c", Expect: 1}}, edit.Exact, "a\nnew c", []edit.Applied{{2, 2, 1}, {2, 2, 1}}},
		{"text where an edit left nothing", "a\nb\n", []E{{Old: "a\n", New: "c\nd\n", Expect: 1}, {Old: "d\n", New: "", Expect: 1}, {Old: "c\n", New: "c\nx", Expect: 1}}, edit.Exact, "c\nxb\n", []edit.Applied{{1, 1, 1}, {2, 2, 1}, {1, 2, 1}}},
		{"crlf", "a\r\nb\r\nc\r\n", []E{{Old: "a\nb\n", New: "a\nx\ny\n", Expect: 1}}, edit.Exact, "a\r\nx\r\ny\r\nc\r\n", []edit.Applied{{1, 3, 1}}},
		{"crlf from one line", "a\r\nb\r\n", []E{{Old: "b", New: "b\nc", Expect: 1}}, edit.Exact, "a\r\nb\r\nc\r\n", nil},
		{"crlf begins with a line end", "a\r\nb\r\n", []E{{Old: "\nb", New: "\nc", Expect: 1}}, edit.Exact, "a\r\nc\r\n", nil},
		{"crlf, lines joined", "a\r\nb\r\n", []E{{Old: "\nb", New: "b", Expect: 1}}, edit.Exact, "ab\r\n", nil},
		{"lf from crlf", "a\nb\n", []E{{Old: "a\r\nb", New: "a\r\nc\r\nd", Expect: 1}}, edit.Exact, "a\nc\nd\n", nil},
		{"mixed keeps each", "a\r\nb\nc\r\nd\n", []E{{Old: "a\nb\nc\nd\n", New: "a\nB\nc\nd\n", Expect: 1}}, edit.Exact, "a\r\nB\r\nc\r\nd\n", nil},
		{"mixed takes the line's own", "a\r\nb\nc\r\n", []E{{Old: "b", New: "b\nb2", Expect: 1}}, edit.Exact, "a\r\nb\nb2\nc\r\n", nil},
		{"mixed, the last line", "a\nb\r\nc", []E{{Old: "c", New: "c\nd", Expect: 1}}, edit.Exact, "a\nb\r\nc\r\nd", nil},
		{"line ends alone", "a\r\nb\n", []E{{Old: "a\r\n", New: "a\n", Expect: 1}}, edit.Exact, "a\nb\n", nil},
		{"cr", "a\rb\rc", []E{{Old: "b\nc", New: "b\nx\nc", Expect: 1}}, edit.Exact, "a\rb\rx\rc", []edit.Applied{{2, 4, 1}}},
		{"a return in a line is a character", "a\rb\nc\n", []E{{Old: "c", New: "c\nd", Expect: 1}}, edit.Exact, "a\rb\nc\nd\n", []edit.Applied{{2, 3, 1}}},
		{"text of the edit is no pattern", "a.b\naxb\n", []E{{Old: "a.b", New: "$1\\n", Expect: 1}}, edit.Exact, "$1\\n\naxb\n", nil},
		{"whitespace not needed", "  a\n", []E{{Old: "a", New: "b", Expect: 1}}, edit.Whitespace, "  b\n", nil},
		{"indented deeper", "if x {\n\t\tfoo()\n\t\tbar()\n}\n", []E{{Old: "foo()\nbar()\n", New: "foo()\nif y {\n\tbar()\n}\n", Expect: 1}}, edit.Whitespace, "if x {\n\t\tfoo()\n\t\tif y {\n\t\t\tbar()\n\t\t}\n}\n", nil},
		{"spaces for tabs", "\tif x {\n\t\tfoo()\n\t}\n", []E{{Old: "    if x {\n        foo()\n    }\n", New: "    if x {\n        foo()\n        if y {\n            bar()\n        }\n    }\n", Expect: 1}}, edit.Whitespace, "\tif x {\n\t\tfoo()\n\t\tif y {\n\t\t\tbar()\n\t\t}\n\t}\n", nil},
		{"two for four", "    def f():\n        return 1\n", []E{{Old: "  def f():\n    return 1\n", New: "  def f():\n    if 1:\n      return 2\n", Expect: 1}}, edit.Whitespace, "    def f():\n        if 1:\n            return 2\n", nil},
		{"outdented", "\t\ta\n\t\tb\n", []E{{Old: "    a\n    b\n", New: "    a\nb\n", Expect: 1}}, edit.Whitespace, "\t\ta\nb\n", nil},
		{"trailing blanks stay", "a  \nb\t\nc\n", []E{{Old: "a\nb\nc\n", New: "a\nb\nd\n", Expect: 1}}, edit.Whitespace, "a  \nb\t\nd\n", nil},
		{"whitespace and crlf", "\tx\r\n\ty\r\n", []E{{Old: "x\ny", New: "x\n\nz", Expect: 1}}, edit.Whitespace, "\tx\r\n\r\n\tz\r\n", nil},
		{"whitespace and a line more", "\tx\n\ty\nz\n", []E{{Old: "x\ny", New: "x\ny\n\n", Expect: 1}}, edit.Whitespace, "\tx\n\ty\n\n\nz\n", nil},
		{"whitespace without a final newline", "a\n  b", []E{{Old: "a\nb\n", New: "a\nc\n", Expect: 1}}, edit.Whitespace, "a\n  c", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := edit.Apply(t.Context(), tt.text, tt.edits, edit.Options{Match: tt.match})
			if err != nil {
				t.Fatal(err)
			}
			if res.Text != tt.want {
				t.Errorf("got %q, want %q", res.Text, tt.want)
			}
			if got := spliced(t, tt.text, res.Changes); got != res.Text {
				t.Errorf("the changes make %q of it, not %q", got, res.Text)
			}
			if tt.lines != nil {
				if diff := cmp.Diff(tt.lines, res.Edits); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	type E = edit.Edit
	code := "package a\n\nfunc one() {\n\tfmt.Println(\"it’s one\")\n}\n\nfunc two() {\n\tfmt.Println(\"two\")\n}\n"
	tests := []struct {
		name  string
		text  string
		edits []E
		kind  tree.Kind
		says  string
	}{
		{"empty", "a", []E{{Old: "", New: "b", Expect: 1}}, tree.Invalid, "edits[0]: old is empty; to insert, repeat a line of the file in old and in new; to fill or create a file, use write_file"},
		{"same", "a", []E{{Old: "a", New: "a", Expect: 1}}, tree.Invalid, "edits[0]: old and new are the same"},
		{"no edit", "a", nil, tree.Invalid, "there is no edit"},
		{"undone", "a", []E{{Old: "a", New: "b", Expect: 1}, {Old: "b", New: "a", Expect: 1}}, tree.Invalid, "the edits change nothing: later ones undo those before them"},
		{"nothing but line ends", "a\nb\n", []E{{Old: "a\r\n", New: "a\n", Expect: 1}}, tree.Invalid, "the text is already as new has it"},
		{"ambiguous", "x\ny\nx\n", []E{{Old: "x", New: "z", Expect: 1}}, tree.Ambiguous, "old is in the file 2 times, at lines 1, 3, and expect is 1; send more lines around the one that you mean, or after_line to take the first below a line, or expect: 2 to replace all"},
		{"overlapping", "aaa\n", []E{{Old: "aa", New: "b", Expect: 1}}, tree.Ambiguous, "the two overlap"},
		{"too few", "x\n", []E{{Old: "x", New: "z", Expect: 2}}, tree.Ambiguous, "old is in the file once, at line 1, and expect is 2"},
		{"too few below", "x\nx\n", []E{{Old: "x", New: "z", Expect: 2, After: after(1)}}, tree.Ambiguous, "once below line 1, at line 2, and expect is 2"},
		{"above", "x\ny\n", []E{{Old: "x", New: "z", Expect: 1, After: after(1)}}, tree.Conflict, "old is not in the file below line 1; it is at line 1"},
		{"tabs and spaces", code, []E{{Old: "func two() {\n    fmt.Println(\"two\")\n}\n", New: "", Expect: 1}}, tree.Conflict, `most similar are lines 7-9: line 8 is indented with 1 tab, old with 4 spaces; match "whitespace" would match lines 7-9`},
		{"quotes", code, []E{{Old: "\tfmt.Println(\"it's one\")\n", New: "", Expect: 1}}, tree.Conflict, `most similar is line 4: line 4 has U+2019 (right single quotation mark) where old has U+0027 (apostrophe)`},
		{"no-break space", "a line with a\u00a0blank\n", []E{{Old: "with a blank", New: "", Expect: 1}}, tree.Conflict, `line 1 has U+00A0 (no-break space) where old has U+0020 (space)`},
		{"a word", code, []E{{Old: "func two() {\n\tfmt.Printf(\"two\")\n}\n", New: "", Expect: 1}}, tree.Conflict, `line 8 has "\tfmt.Println(\"two\")" where old has "\tfmt.Printf(\"two\")"`},
		{"a line too few", "a1\nbb2\nccc3\ndddd4\n", []E{{Old: "bb2\ndddd4\n", New: "", Expect: 1}}, tree.Conflict, `most similar are lines 2-4: old lacks line 3, "ccc3"`},
		{"a line too many", "a1\nbb2\nccc3\ndddd4\n", []E{{Old: "bb2\nnew\nccc3\n", New: "", Expect: 1}}, tree.Conflict, `old has "new", which is not there after line 2`},
		{"made already", code, []E{{Old: "fmt.Println(\"zwei\")", New: "fmt.Println(\"two\")", Expect: 1}}, tree.Conflict, "the edit may have been made already: new is at line 8"},
		{"replaced before", "abcd\n", []E{{Old: "abcd", New: "x", Expect: 1}, {Old: "abcd", New: "y", Expect: 1}}, tree.Conflict, "edits[1]: old is not in the file; an edit before this one has replaced it: an edit sees what those before it have made; no edit was made"},
		{"line numbers", code, []E{{Old: "     7\tfunc two() {\n     8\t\tfmt.Println(\"two\")\n", New: "", Expect: 1}}, tree.Conflict, "it is at line 7 without the line numbers in front: leave them out"},
		{"escaped twice", code, []E{{Old: `func two() {\n\tfmt.Println(\"two\")`, New: "", Expect: 1}}, tree.Conflict, "it is at line 7 with line ends, tabs or quotes where old has a backslash"},
		{"final newline", "a\nb", []E{{Old: "b\n", New: "c\n", Expect: 1}}, tree.Conflict, "which does not end with a line end: leave out the last one of old"},
		{"nothing like it", "a\nb\n", []E{{Old: "quite another text", New: "", Expect: 1}}, tree.Conflict, "nothing in it is similar: read the file again"},
		{"too much", strings.Repeat("x", 1000), []E{{Old: "x", New: strings.Repeat("y", 1000)}}, tree.TooLarge, "with 1000 times new the file would have more than 102400 bytes"},
		{"empty file", "", []E{{Old: "x", New: "", Expect: 1}}, tree.Conflict, "it is empty; write_file fills it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := edit.Apply(t.Context(), tt.text, tt.edits, edit.Options{Max: 100 << 10})
			if err == nil {
				t.Fatal("it is accepted")
			}
			if tree.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %s: %s\nwant %s: %s", tree.KindOf(err), err, tt.kind, tt.says)
			}
		})
	}
}
