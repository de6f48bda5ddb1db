package files

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkReadFile4K reads 4 KB without the protocol.
func BenchmarkReadFile4K(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "4k.go"), bytes.Repeat([]byte("package main // a line of text.\n"), 128), 0o644); err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), Config{Roots: []string{dir}}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		if o, err := s.readFile(b.Context(), readInput{Path: "4k.go", Encoding: "auto"}); err != nil || len(o.body) != 4096 {
			b.Fatal(err)
		}
	}
}
