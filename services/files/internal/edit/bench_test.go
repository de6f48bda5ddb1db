package edit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
)

// code returns a text of about size bytes that looks like a program.
func code(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "// f%d returns the sum of its arguments, and %d.\nfunc f%d(a, b int) int {\n\tif a > b {\n\t\treturn a + b + %d\n\t}\n\n\treturn b - a // the difference\n}\n\n", i, i, i, i)
	}
	return b.String()
}

// BenchmarkMissing is an edit whose text is not there, in a file of 5 MB.
func BenchmarkMissing(b *testing.B) {
	s := code(5 << 20)
	for _, bb := range []struct{ name, old string }{
		{"line", "\t\treturn a + b + 12 345"},
		{"lines", "func f12345(a, b int) int {\n\tif a < b {\n\t\treturn a + b + 12345\n\t}\n"},
		{"everywhere", strings.Repeat("\t}\n\n\treturn b - a // difference\n", 50)},
		{"nowhere", "zzz qqq xxx\nyyy"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := edit.Apply(b.Context(), s, []edit.Edit{{Old: bb.old, New: "x", Expect: 1}}, edit.Options{}); err == nil {
					b.Fatal("it is there")
				}
			}
		})
	}
}

// BenchmarkApply is a hundred edits of a file of 64 MB, or one of all its lines.
func BenchmarkApply(b *testing.B) {
	s := code(64 << 20)
	var edits []edit.Edit
	for i := range 100 {
		edits = append(edits, edit.Edit{Old: fmt.Sprintf("func f%d(", 100*i), New: "func g(", Expect: 1})
	}
	for _, bb := range []struct {
		name  string
		edits []edit.Edit
	}{
		{"one", edits[50:51]},
		{"hundred", edits},
		{"all", []edit.Edit{{Old: "return b", New: "return c"}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				res, err := edit.Apply(b.Context(), s, bb.edits, edit.Options{})
				if err != nil {
					b.Fatal(err)
				}
				edit.Diff("x", "x", s, res.Changes, 64<<10)
			}
		})
	}
}

// BenchmarkPlace is a patch of 300 hunks whose lines have moved, in a file of 5
// MB.
func BenchmarkPlace(b *testing.B) {
	s := code(5 << 20)
	var patch strings.Builder
	patch.WriteString("--- a/x\n+++ b/x\n")
	for i := range 300 {
		fmt.Fprintf(&patch, "@@\n func f%d(a, b int) int {\n-\tif a > b {\n+\tif a >= b {\n \t\treturn a + b + %d\n", 90*i, 90*i)
	}
	for b.Loop() {
		p, err := edit.ParsePatch(patch.String())
		if err != nil {
			b.Fatal(err)
		}
		if _, failures := p.Files[0].Place(s); failures != nil {
			b.Fatal(failures[0])
		}
	}
}
