package glob

// A Git is a pattern as git's ignore files have them: a character is a byte, and
// braces mean nothing. It is safe for concurrent use.
type Git struct {
	segs []segment
}

// CompileGit compiles the pattern of an ignore file, without what marks it as
// negated, anchored or for directories. An error means that it matches nothing.
func CompileGit(pattern string) (*Git, error) {
	p := parser{src: pattern, bytes: true}
	segs, err := p.segments()
	if err != nil {
		return nil, err
	}
	return &Git{segs: collapse(segs)}, nil
}

// collapse drops the repetition of **.
func collapse(segs []segment) []segment {
	out := segs[:0]
	for _, s := range segs {
		if s.deep && len(out) > 0 && out[len(out)-1].deep {
			continue
		}
		out = append(out, s)
	}
	return out
}

// MatchName reports whether the pattern, which has no slash, matches a name.
func (g *Git) MatchName(name string) bool {
	s := &g.segs[0]
	return len(g.segs) == 1 && (s.deep || s.match(name))
}

// Match reports whether the pattern matches dir+name. dir is empty or ends with
// a slash.
func (g *Git) Match(dir, name string) bool {
	n := len(g.segs)
	if last := &g.segs[n-1]; !last.deep {
		if !last.match(name) {
			return false
		}
		if n == 2 && g.segs[0].deep {
			return true
		}
	}
	return matchPath(g.segs, dir+name)
}

// Text returns what the pattern's segment is made of if it has one that needs no
// loop: the name itself, or what follows a star.
func (g *Git) Text() (text string, afterStar, ok bool) {
	s := &g.segs[0]
	if len(g.segs) != 1 || s.deep {
		return "", false, false
	}
	return s.text, s.kind == suffix, s.kind == literal || s.kind == suffix
}
