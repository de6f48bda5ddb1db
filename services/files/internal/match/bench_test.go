package match

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// corpus returns the source files of the Go distribution.
func corpus(b *testing.B) [][]byte {
	var files [][]byte
	root, err := exec.CommandContext(b.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, text)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files
}

func BenchmarkNext(b *testing.B) {
	files := corpus(b)
	size := int64(0)
	for _, f := range files {
		size += int64(len(f))
	}
	for _, c := range []struct {
		name, pattern string
		o             Options
	}{
		{"literal", "EvalSymlinks", Options{Case: Sensitive}},
		{"common", "return", Options{Case: Sensitive}},
		{"fold", "evalsymlinks", Options{Case: Insensitive}},
		{"word", "Root", Options{Case: Sensitive, Word: true}},
		{"inner", `func \(.*\) Read[A-Z]\w*\(`, Options{Case: Sensitive}},
		{"bare", `[A-Z]{4,}_[A-Z]{4,}`, Options{Case: Sensitive}},
		{"classes", `\w{5}\s+\w{5}\s+\w{5}\s+\w{5}\s+\w{5}`, Options{Case: Sensitive}},
		{"letters", `\pL{22}`, Options{Case: Sensitive}},
		{"anchored", `^\s+[a-z]+\[[0-9]+\]$`, Options{Case: Sensitive}},
		{"boundary", `\b[a-z]\d{3}\b`, Options{Case: Sensitive}},
		{"many", `foo1|bar2|baz3|qux4|quux5|corge6|grault7|garply8|waldo9|fred10|plugh11`, Options{Case: Sensitive}},
	} {
		m, err := Compile(c.pattern, c.o)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(size)
			found := 0
			for b.Loop() {
				s := m.Scanner(never)
				found = 0
				for _, f := range files {
					s.Reset(f)
					for from := 0; ; found++ {
						_, end, ok := s.Next(from)
						if !ok {
							break
						}
						from = end + 1
					}
				}
			}
			b.ReportMetric(float64(found), "lines")
		})
	}
}
