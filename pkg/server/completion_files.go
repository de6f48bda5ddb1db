package server

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostFiles is how many files are proposed: more would not be read.
const mostFiles = 500

// filesAt are the files whose path begins with what is typed. Those that are
// hidden have to be asked for.
func filesAt(prefix, typed string) []candidate {
	dir, name := filepath.Split(typed)
	at := expandHome(dir)
	if at == "" {
		at = "."
	}
	f, err := os.Open(at)
	if err != nil {
		return nil
	}
	defer f.Close()
	var list []candidate
	for len(list) < mostFiles {
		entries, err := f.ReadDir(mostFiles)
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), name) || strings.HasPrefix(e.Name(), ".") && name == "" {
				continue
			}
			path := dir + e.Name()
			if fi, err := os.Stat(filepath.Join(at, e.Name())); err == nil && fi.IsDir() {
				path += "/"
			}
			list = append(list, candidate{value: prefix + path})
		}
		if err != nil {
			break
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return strings.Compare(a.value, b.value) })
	return list[:min(mostFiles, len(list))]
}

// expandHome replaces the ~ that a shell would replace.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return home + "/" + rest
}
