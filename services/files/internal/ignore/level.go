package ignore

// A Level is the rules that hold in one directory. A nil Level has none. It is
// safe for concurrent use.
type Level struct {
	above *Level
	base  int // length of the directory's path, with its slash
	work  int
	files Files
}

// Files are the ignore files of one directory.
type Files struct {
	Git     *Rules // .gitignore
	Ignore  *Rules // .ignore, which goes before every .gitignore
	Exclude *Rules // .git/info/exclude, which comes after them
	// Repository says that the directory has a .git: no .gitignore above it
	// holds below.
	Repository bool
}

// Enter returns the level of the directory dir, whose path is empty or ends with
// a slash, below that of the directory that holds it.
func (l *Level) Enter(dir string, f Files) *Level {
	if f == (Files{}) {
		return l
	}
	x := &Level{above: l, base: len(dir), files: f, work: l.Work()}
	for _, r := range []*Rules{f.Git, f.Ignore, f.Exclude} {
		if r != nil {
			x.work += len(r.others)
		}
	}
	return x
}

// Work returns how many patterns may have to be tried for one name.
func (l *Level) Work() int {
	if l == nil {
		return 0
	}
	return l.work
}

// Ignored reports whether name is ignored in dir, the directory of this level
// or one below it without ignore files of its own, as a path like those given
// to [Level.Enter].
func (l *Level) Ignored(dir, name string, isDir bool) bool {
	for x := l; x != nil; x = x.above {
		if v := x.files.Ignore.Match(dir[x.base:], name, isDir); v != None {
			return v == Ignored
		}
	}
	for x := l; x != nil; x = x.above {
		if v := x.files.Git.Match(dir[x.base:], name, isDir); v != None {
			return v == Ignored
		}
		if x.files.Repository {
			return x.files.Exclude.Match(dir[x.base:], name, isDir) == Ignored
		}
	}
	return false
}
