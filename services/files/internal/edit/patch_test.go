package edit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
)

const poem = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"

func TestPlace(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		patch string
		want  string
		hunks []edit.Placed // nil for not looked at
	}{
		{"plain names", poem, "--- x\n+++ x\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", []edit.Placed{{2, 0}}},
		{"times", poem, "--- a/x\t2026-01-02 03:04:05.0 +0000\n+++ b/x 2026-01-02 03:04:06\n@@ -3 +3 @@\n-three\n+3\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", nil},
		{"the old name", poem, "--- x.orig\n+++ x\n@@ -3 +3 @@\n-three\n+3\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", nil},
		{"in a fence", poem, "```diff\n--- a/x\n+++ b/x\n@@ -3 +3 @@\n-three\n+3\n```\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", nil},
		{"no numbers", poem, "--- a/x\n+++ b/x\n@@ ... @@\n two\n-three\n+3\n@@\n-six\n+6\n", "one\ntwo\n3\nfour\nfive\n6\nseven\n", []edit.Placed{{2, 0}, {6, 0}}},
		{"a section for numbers", poem, "--- a/x\n+++ b/x\n@@ func main() {\n-three\n+3\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", nil},
		{"wrong numbers", poem, "--- a/x\n+++ b/x\n@@ -90,7 +90,2 @@\n two\n-three\n+3\n four\n", "one\ntwo\n3\nfour\nfive\nsix\nseven\n", []edit.Placed{{2, -88}}},
		{"wrong counts, then another", poem, "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n one\n-two\n+2\n@@ -5,9 +5,9 @@\n five\n-six\n+6\n", "one\n2\nthree\nfour\nfive\n6\nseven\n", nil},
		{"out of order", poem, "--- a/x\n+++ b/x\n@@\n-six\n+6\n+6.5\n@@\n-two\n", "one\nthree\nfour\nfive\n6\n6.5\nseven\n", []edit.Placed{{5, 0}, {2, 0}}},
		{"context shared", poem, "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n@@ -3,2 +3,2 @@\n three\n-four\n+4\n", "one\n2\nthree\n4\nfive\nsix\nseven\n", nil},
		{"an empty line without its blank", "a\n\nb\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", "a\n\nc\n", nil},
		{"empty lines after", poem, "--- a/x\n+++ b/x\n@@\n-seven\n+7\n\n\n", "one\ntwo\nthree\nfour\nfive\nsix\n7\n", nil},
		{"a signature", poem, "--- a/x\n+++ b/x\n@@ -7 +7 @@\n-seven\n+7\n-- \n2.39.5\n\n", "one\ntwo\nthree\nfour\nfive\nsix\n7\n", nil},
		{"a signature without numbers", poem, "--- a/x\n+++ b/x\n@@\n-seven\n+7\n-- \n2.39.5\n\n", "one\ntwo\nthree\nfour\nfive\nsix\n7\n", nil},
		{"like names", "-- a\n++ b\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a\n+++ c\n ++ b\n", "++ c\n++ b\n", nil},
		{"insert after a line", poem, "--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+2.5\n", "one\ntwo\n2.5\nthree\nfour\nfive\nsix\nseven\n", nil},
		{"lf patch, crlf file", "a\r\nb\r\nc\r\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n+B2\n c\n", "a\r\nB\r\nB2\r\nc\r\n", nil},
		{"crlf patch, lf file", "a\nb\nc\n", "--- a/x\r\n+++ b/x\r\n@@ -1,3 +1,3 @@\r\n a\r\n-b\r\n+B\r\n c\r\n", "a\nB\nc\n", nil},
		{"crlf patch, crlf file", "a\r\nb\r\nc\r\n", "--- a/x\r\n+++ b/x\r\n@@ -1,3 +1,3 @@\r\n a\r\n-b\r\n+B\r\n c\r\n", "a\r\nB\r\nc\r\n", nil},
		{"to lf", "a\r\nb\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\r\n+a\n b\n", "a\nb\n", nil},
		{"lf patch, cr file", "a\rb\rc\r", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", "a\rB\rc\r", nil},
		{"mixed", "a\r\nb\nc\r\nd\n", "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n a\n-b\n+B\n c\n d\n", "a\r\nB\r\nc\r\nd\n", nil},
		{"no final newline, not said", "a\nb", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a\nc", nil},
		{"no final newline, more lines", "a\nb", "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n b\n+c\n", "a\nb\nc", nil},
		{"no final newline, said", "a\nb", "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+c\n", "a\nc\n", nil},
		{"final newline taken away", "a\nb\n", "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-b\n+c\n\\ No newline at end of file\n", "a\nc", nil},
		{"into an empty file", "", "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n", "a\nb\n", nil},
		{"the nearer of two", "x\n1\n2\n3\n4\nx\n", "--- a/x\n+++ b/x\n@@ -5 +5 @@\n-x\n+y\n", "x\n1\n2\n3\n4\ny\n", []edit.Placed{{6, 1}}},
		{"as far as the one before", "0\n0\na\nx\nb\nx\nx\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+A\n x\n@@ -4 +4 @@\n-x\n+X\n", "0\n0\nA\nx\nb\nX\nx\n", []edit.Placed{{3, 2}, {6, 2}}},
		{"below the one before", "x\na\nx\n", "--- a/x\n+++ b/x\n@@\n-a\n+A\n@@\n-x\n+X\n", "x\nA\nX\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := edit.ParsePatch(tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Files) != 1 || p.Files[0].Old != "x" || p.Files[0].New != "x" {
				t.Fatalf("files: %+v", p.Files)
			}
			placed, failures := p.Files[0].Place(tt.text)
			if failures != nil {
				t.Fatal(failures)
			}
			if got := spliced(t, tt.text, placed.Changes); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.hunks != nil {
				if diff := cmp.Diff(tt.hunks, placed.Hunks); diff != "" {
					t.Errorf("hunks (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestPlaceRefuses(t *testing.T) {
	tests := []struct{ name, text, patch, says string }{
		{"another line", poem, "--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n two\n-thre\n+3\n four\n", `hunk 1 (line 2): its lines are not in the file; most similar are lines 2-4: line 3 has "three" where the hunk has "thre"`},
		{"applied before", poem, "--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n two\n-drei\n+three\n four\n", "it may have been applied already, at line 2"},
		{"ambiguous", "x\ny\nx\n", "--- a/x\n+++ b/x\n@@\n-x\n+z\n", "hunk 1: its lines are in the file 2 times, at lines 1, 3: give the line number"},
		{"between two", "x\ny\nx\n", "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-x\n+z\n", "its lines are in the file 2 times, at lines 1, 3"},
		{"the same lines twice", poem, "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-two\n+2\n@@ -2 +2 @@\n-two\n+2\n", "hunk 2 (line 2): its lines are not in the file"},
		{"nowhere to insert", poem, "--- a/x\n+++ b/x\n@@\n+new\n", "it has no line that stays or goes, and no line number"},
		{"below the end", poem, "--- a/x\n+++ b/x\n@@ -90,0 +91 @@\n+new\n", "the file has 7 lines"},
		{"an end in the middle", poem, "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-two\n+2\n\\ No newline at end of file\n", "would not be the last of the file"},
		{"no final newline claimed", poem, "--- a/x\n+++ b/x\n@@ -7 +7 @@\n-seven\n\\ No newline at end of file\n+7\n", "its lines are not in the file"},
		{"deleted with another content", poem, "--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n", "5 of 7 lines would stay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := edit.ParsePatch(tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			placed, failures := p.Files[0].Place(tt.text)
			if failures == nil {
				t.Fatalf("it is accepted: %q", spliced(t, tt.text, placed.Changes))
			}
			if got := failures[0].Error(); !strings.Contains(got, tt.says) {
				t.Errorf("got %s\nwant %s", got, tt.says)
			}
		})
	}
}

func TestParsePatch(t *testing.T) {
	const hunk = "@@ -1 +1 @@\n-a\n+b\n"
	tests := []struct {
		name, patch string
		want        []edit.File // without hunks
		notes       int
	}{
		{"two files", "--- a/x\n+++ b/x\n" + hunk + "--- a/y z\n+++ b/y z\n" + hunk, []edit.File{{Old: "x", New: "x"}, {Old: "y z", New: "y z"}}, 0},
		{"a count too large before a file", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n--- a/y\n+++ b/y\n" + hunk, []edit.File{{Old: "x", New: "x"}, {Old: "y", New: "y"}}, 1},
		{"git", "diff --git a/d/x b/d/x\nindex 1..2 100644\n--- a/d/x\n+++ b/d/x\n" + hunk, []edit.File{{Old: "d/x", New: "d/x"}}, 0},
		{"a mail", "From 1234\nSubject: x\n\n---\n x | 2 +-\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n" + hunk + "-- \n2.39\n", []edit.File{{Old: "x", New: "x"}}, 0},
		{"subversion", "Index: x\n=======\n--- x\t(revision 1)\n+++ x\t(working copy)\n" + hunk, []edit.File{{Old: "x", New: "x"}}, 0},
		{"created", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", []edit.File{{New: "x"}}, 0},
		{"deleted", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", []edit.File{{Old: "x"}}, 0},
		{"created empty", "diff --git a/x b/x\nnew file mode 100644\nindex 0..e\n", []edit.File{{New: "x"}}, 0},
		{"deleted empty", "diff --git a/x b/x\ndeleted file mode 100644\nindex e..0\n", []edit.File{{Old: "x"}}, 0},
		{"renamed", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", []edit.File{{Old: "x", New: "y"}}, 0},
		{"renamed and changed", "diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n" + hunk, []edit.File{{Old: "x", New: "y"}}, 0},
		{"modes", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n--- a/x\n+++ b/x\n" + hunk, []edit.File{{Old: "x", New: "x"}}, 1},
		{"a mode alone beside a file", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n" + hunk, []edit.File{{Old: "y", New: "y"}}, 2},
		{"a quoted name", "--- \"a/\\303\\274\\t\\\"x\"\n+++ \"b/\\303\\274\\t\\\"x\"\n" + hunk, []edit.File{{Old: "ü\t\"x", New: "ü\t\"x"}}, 0},
		{"mnemonic prefixes", "diff --git i/x w/x\n--- i/x\n+++ w/x\n" + hunk, []edit.File{{Old: "x", New: "x"}}, 0},
		{"a directory called a", "--- a/x\n+++ a/x\n" + hunk, []edit.File{{Old: "a/x", New: "a/x"}}, 0},
		{"a prefix on one side", "--- a/x\n+++ x\n" + hunk, []edit.File{{Old: "x", New: "x"}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := edit.ParsePatch(tt.patch)
			if err != nil {
				t.Fatal(err)
			}
			var got []edit.File
			for _, f := range p.Files {
				got = append(got, edit.File{Old: f.Old, New: f.New})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if len(p.Notes) != tt.notes {
				t.Errorf("notes: %q", p.Notes)
			}
		})
	}
}

func TestParsePatchRefuses(t *testing.T) {
	var many strings.Builder
	for i := range 201 {
		fmt.Fprintf(&many, "--- a/%d\n+++ b/%d\n@@ -1 +1 @@\n-a\n+b\n", i, i)
	}
	tests := []struct{ name, patch, says string }{
		{"nothing", "", "there is no file in the patch"},
		{"prose", "please change x\n", "there is no file in the patch"},
		{"a mode", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", "nothing but file modes in the patch; they cannot be changed here"},
		{"no names", "@@ -1 +1 @@\n-a\n+b\n", "line 1 of the patch: there is a hunk before the names of its file"},
		{"one name", "--- a/x\n@@ -1 +1 @@\n-a\n+b\n", `there is no line with "+++ " after it`},
		{"no hunk", "--- a/x\n+++ b/x\n", `there is no hunk for "x"`},
		{"no lines", "--- a/x\n+++ b/x\n@@\n", "a hunk without lines"},
		{"no blank before a line", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\ncontext\n-a\n+b\n", "line 4 of the patch: it is no line of a hunk"},
		{"binary", "diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n", "a patch of a binary file"},
		{"git's binary", "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIc\n", "a patch of a binary file"},
		{"a copy", "diff --git a/x b/y\ncopy from x\ncopy to y\n", "copy it with copy_file"},
		{"a link", "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n", "a symbolic link"},
		{"combined", "diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n", "a combined diff"},
		{"two names", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", `the names differ: "x" and "y"`},
		{"another format", "*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n*** End Patch\n", "it is not a unified diff"},
		{"too many", many.String(), "more than 200 files"},
		{"too long", strings.Repeat("x", 1<<20+1), "at most 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := edit.ParsePatch(tt.patch)
			if err == nil {
				t.Fatalf("it is accepted: %+v", p.Files)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %s\nwant %s", err, tt.says)
			}
		})
	}
}
