package walk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk/walktest"
)

// BenchmarkWalk compares with the standard library, which keeps to paths. The
// tree is FILES_BENCH_TREE, or one of 50,000 files.
func BenchmarkWalk(b *testing.B) {
	dir := os.Getenv("FILES_BENCH_TREE")
	if dir == "" {
		dir = b.TempDir()
		if err := walktest.Write(dir, 50_000); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("filepath.WalkDir", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n = 0
			err := filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { n++; return nil })
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n-1), "entries")
	})
	start := open(b, dir).Roots()[0].Top()
	for name, o := range map[string]walk.Options{
		"all": {Hidden: true, NoIgnore: true}, "ignore": {}, "glob": {Hidden: true, NoIgnore: true, Include: set(b, "*exec*.go")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = 0
				stats, err := walk.Walk(b.Context(), start, o, func(walk.Entry) error { n++; return nil })
				if err != nil || stats.Skipped.Total() > 0 {
					b.Fatal(err, stats)
				}
			}
			b.ReportMetric(float64(n), "entries")
		})
	}
}
