// Package walktest makes directory trees for tests and benchmarks: large, like
// those that people work in, and the same each time.
package walktest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Needle is a text that one file in a hundred holds once.
const Needle = "xyzzyNeedle"

var (
	words = strings.Fields(`server client request response handler context error value index buffer
		reader writer token session cursor entry config option result status message channel
		func return package import struct interface string if else for range switch case`)
	extensions = []string{".go", ".go", ".go", ".ts", ".ts", ".tsx", ".js", ".json", ".md", ".txt", ".py", ".css", ".html", ".o", ".log", ""}
)

// Write makes a tree of this many files in dir, which must exist: some ten files
// a directory, up to nine levels deep, of some hundred bytes each. It has
// .gitignore files, by which about a quarter of it is ignored, and hidden names.
func Write(dir string, files int) error {
	w := &writer{rng: rand.New(rand.NewPCG(1, 2)), dirs: []string{dir}}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("node_modules/\n*.o\n*.log\n!keep.log\n/dist\nbuild/**/tmp\n"), 0o644); err != nil {
		return err
	}
	for w.files < files {
		if err := w.directory(min(files-w.files, 1+w.rng.IntN(18))); err != nil {
			return err
		}
	}
	return nil
}

type writer struct {
	rng   *rand.Rand
	dirs  []string
	files int
}

// directory makes one directory with n files, below one that exists.
func (w *writer) directory(n int) error {
	parent := w.dirs[w.rng.IntN(len(w.dirs))]
	if strings.Count(parent, string(filepath.Separator))-strings.Count(w.dirs[0], string(filepath.Separator)) > 8 {
		parent = w.dirs[0]
	}
	name := fmt.Sprintf("%s%d", w.word(), len(w.dirs))
	switch w.rng.IntN(40) {
	case 0:
		name = "node_modules"
	case 1:
		name = "build"
	case 2:
		name = "." + name
	}
	dir := filepath.Join(parent, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	w.dirs = append(w.dirs, dir)
	if w.rng.IntN(50) == 0 {
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*.txt\n!a*.txt\n/"+w.word()+"*\n"), 0o644); err != nil {
			return err
		}
	}
	for range n {
		file := fmt.Sprintf("%s_%s%d%s", w.word(), w.word(), w.files, extensions[w.rng.IntN(len(extensions))])
		if err := os.WriteFile(filepath.Join(dir, file), w.content(), 0o644); err != nil {
			return err
		}
		w.files++
	}
	return nil
}

func (w *writer) word() string { return words[w.rng.IntN(len(words))] }

func (w *writer) content() []byte {
	var b []byte
	for range 3 + w.rng.IntN(20) {
		for range 4 + w.rng.IntN(6) {
			b = append(append(b, w.word()...), ' ')
		}
		b = append(b, '\n')
	}
	if w.rng.IntN(100) == 0 {
		b = append(b, "a line with "+Needle+" in it\n"...)
	}
	return b
}
