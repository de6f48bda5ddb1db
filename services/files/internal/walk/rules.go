package walk

import (
	"io"

	"github.com/mcpfleet/mcpfleet/services/files/internal/ignore"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// marks are the entries of a directory that bear on what is ignored.
type marks struct{ gitignore, ignore, git tree.Entry }

func (m *marks) note(e tree.Entry) {
	switch e.Name {
	case ".gitignore":
		m.gitignore = e
	case ".ignore":
		m.ignore = e
	case ".git":
		m.git = e
	}
}

// probe looks for the marks without reading all of d.
func (w *walker) probe(d *tree.Dir) marks {
	var m marks
	for _, name := range []string{".gitignore", ".ignore", ".git"} {
		if info, err := d.Lstat(name); err == nil {
			m.note(tree.Entry{Name: name, Type: info.Type})
		}
	}
	return m
}

// rules reads the ignore files of d, whose path is full.
func (w *walker) rules(d *tree.Dir, full string, m marks) ignore.Files {
	f := ignore.Files{Git: w.load(d, full, m.gitignore), Ignore: w.load(d, full, m.ignore)}
	// A .git file is that of a submodule or a worktree.
	f.Repository = m.git.Type == tree.Directory || m.git.Type == tree.Regular
	if m.git.Type == tree.Directory {
		f.Exclude = exclude(d)
	}
	return f
}

// load reads one ignore file. As for git, one that is a link is none.
func (w *walker) load(d *tree.Dir, full string, e tree.Entry) *ignore.Rules {
	if e.Name == "" || e.Type == tree.Directory {
		return nil
	}
	if e.Type == tree.Regular {
		if data, ok := readSmall(d, e.Name); ok {
			return ignore.Parse(data)
		}
	}
	w.stats.Skipped.IgnoreFiles++
	if len(full) >= w.base {
		w.example(full[w.base:] + e.Name)
	}
	return nil
}

// exclude reads .git/info/exclude in d.
func exclude(d *tree.Dir) *ignore.Rules {
	git, err := d.OpenDir(".git")
	if err != nil {
		return nil
	}
	defer git.Close()
	info, err := git.OpenDir("info")
	if err != nil {
		return nil
	}
	defer info.Close()
	data, _ := readSmall(info, "exclude")
	return ignore.Parse(data)
}

func readSmall(d *tree.Dir, name string) ([]byte, bool) {
	f, err := d.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if f.Info().Size > ignore.MaxSize {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(f, ignore.MaxSize+1))
	return data, err == nil && len(data) <= ignore.MaxSize
}
