package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goTree returns the sources of the Go distribution in use.
func goTree(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	return filepath.EvalSymlinks(filepath.Join(strings.TrimSpace(string(out)), "src"))
}

const (
	wideDirs  = 5_000
	wideFiles = 10 // in each
)

// wideTree makes 50,000 small files of words, the same in every run.
func wideTree(dir string) error {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 2000)
	for i := range words {
		w := make([]byte, 3+r.IntN(9))
		for j := range w {
			w[j] = byte('a' + r.IntN(26))
		}
		words[i] = string(w)
	}
	extensions := []string{".txt", ".md", ".go", ".json", ".log"}
	for d := range wideDirs {
		sub := filepath.Join(dir, fmt.Sprintf("part%02d", d%50), words[d%len(words)]+fmt.Sprint(d))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		for f := range wideFiles {
			var b strings.Builder
			for range 5 + r.IntN(40) {
				for range 4 + r.IntN(8) {
					b.WriteString(words[r.IntN(len(words))])
					b.WriteByte(' ')
				}
				b.WriteByte('\n')
			}
			if f == 0 && d%25 == 0 {
				fmt.Fprintf(&b, "the needle of part %d\n", d)
			}
			name := fmt.Sprintf("%s_%d%s", words[r.IntN(len(words))], f, extensions[f%len(extensions)])
			if err := os.WriteFile(filepath.Join(sub, name), []byte(b.String()), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// largeFile writes a text of that many bytes at least, in numbered lines.
func largeFile(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for written, n := int64(0), 1; written < size; n++ {
		k, err := fmt.Fprintf(w, "line %d of a file that is read page by page and never as a whole\n", n)
		if err != nil {
			f.Close()
			return err
		}
		written += int64(k)
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
