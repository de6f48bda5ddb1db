package tree_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	rel := filepath.Join("a", "b", "f")
	put(b, dir, rel, "hello")
	b.Run("os.Open", func(b *testing.B) {
		b.ReportAllocs()
		full := filepath.Join(dir, rel)
		for b.Loop() {
			f, err := os.Open(full)
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	b.Run("os.Root", func(b *testing.B) {
		b.ReportAllocs()
		root, err := os.OpenRoot(dir)
		if err != nil {
			b.Fatal(err)
		}
		defer root.Close()
		for b.Loop() {
			f, err := root.Open(rel)
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	for _, form := range forms {
		b.Run("Path.Open/"+form.name, func(b *testing.B) {
			b.ReportAllocs()
			p := locate(b, open(b, form.opt, "root="+dir), "a/b/f")
			for b.Loop() {
				f, err := p.Open()
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
		b.Run("Dir.Open/"+form.name, func(b *testing.B) {
			b.ReportAllocs()
			d, err := locate(b, open(b, form.opt, "root="+dir), "a/b").OpenDir()
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			for b.Loop() {
				f, err := d.Open("f")
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
		b.Run("Lstat/"+form.name, func(b *testing.B) {
			p := locate(b, open(b, form.opt, "root="+dir), "a/b/f")
			for b.Loop() {
				if _, err := p.Lstat(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Real/"+form.name, func(b *testing.B) {
			p := locate(b, open(b, form.opt, "root="+dir), "a/b/f")
			for b.Loop() {
				if _, err := p.Real(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEntries(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		put(b, dir, fmt.Sprintf("file%04d.go", i), "")
	}
	b.Run("os.ReadDir", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if list, err := os.ReadDir(dir); err != nil || len(list) != 1000 {
				b.Fatal(len(list), err)
			}
		}
	})
	for _, form := range forms {
		b.Run(form.name, func(b *testing.B) {
			b.ReportAllocs()
			top := open(b, form.opt, "root="+dir).Roots()[0].Top()
			for b.Loop() {
				d, err := top.OpenDir()
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				if err := d.Entries(func(tree.Entry) error { n++; return nil }); err != nil || n != 1000 {
					b.Fatal(n, err)
				}
				d.Close()
			}
		})
	}
}

// BenchmarkWalk walks 5,101 directories with 45,900 files.
func BenchmarkWalk(b *testing.B) {
	dir := b.TempDir()
	for i := range 100 {
		for j := range 50 {
			for k := range 9 {
				put(b, dir, fmt.Sprintf("d%02d/e%02d/file%d.go", i, j, k), "")
			}
		}
		put(b, dir, fmt.Sprintf("d%02d/z/file.go", i), "")
	}
	const want = 1 + 100*(1+50*10+2)
	b.Run("filepath.WalkDir", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			err := filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { n++; return nil })
			if err != nil || n != want {
				b.Fatal(n, err)
			}
		}
	})
	for _, form := range forms {
		b.Run(form.name, func(b *testing.B) {
			b.ReportAllocs()
			top := open(b, form.opt, "root="+dir).Roots()[0].Top()
			for b.Loop() {
				d, err := top.OpenDir()
				if err != nil {
					b.Fatal(err)
				}
				n := 1
				if err := count(d, &n); err != nil || n != want {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// count adds what is below d, and closes d.
func count(d *tree.Dir, n *int) error {
	defer d.Close()
	return d.Entries(func(e tree.Entry) error {
		*n++
		if e.Type != tree.Directory {
			return nil
		}
		sub, err := d.OpenDir(e.Name)
		if err != nil {
			return err
		}
		return count(sub, n)
	})
}
