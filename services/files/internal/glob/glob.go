// Package glob matches slash-separated paths against patterns such as "*.go",
// "src/**/*_test.go" and "{cmd,internal}/**".
//
// A match takes time in proportion to the product of the pattern's and the
// path's lengths, whatever either holds. A pattern without a slash is matched
// with the base name, at any depth; one with a slash with the whole path.
//
// [Compile] and [NewSet] are for what callers write, [CompileGit] is for lines of
// ignore files.
package glob

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxPattern      = 4096    // bytes of one pattern
	maxAlternatives = 1024    // that braces may stand for
	maxExpanded     = 1 << 18 // bytes of all alternatives together
)

// Options change how patterns are read.
type Options struct {
	// Fold ignores case.
	Fold bool
}

// A Glob is a compiled pattern. It is safe for concurrent use.
type Glob struct {
	alternatives []pattern
}

// pattern is a pattern without braces.
type pattern struct {
	base bool      // matched with the base name
	segs []segment // one if base
}

// Compile compiles a pattern: * and ? match within a name, ** as a whole segment
// matches any number of directories, [a-z], [!a-z] and [[:alpha:]] a character,
// {a,b} alternatives; a backslash takes the meaning of what follows. A trailing
// slash means everything below.
func Compile(pattern string) (*Glob, error) { return Options{}.Compile(pattern) }

// Compile is the function Compile with these options.
func (o Options) Compile(pattern string) (*Glob, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	list, err := expand(pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	g := new(Glob)
	for _, s := range list {
		p, err := o.compileOne(s)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		g.alternatives = append(g.alternatives, p)
	}
	return g, nil
}

func (o Options) compileOne(s string) (pattern, error) {
	s = strings.TrimPrefix(s, "./")
	below := strings.HasSuffix(s, "/") && !strings.HasSuffix(s, `\/`)
	trimmed := strings.TrimRight(s, "/")
	rooted := strings.Contains(trimmed, "/")
	p := parser{src: strings.TrimLeft(trimmed, "/"), fold: o.Fold}
	segs, err := p.segments()
	if err != nil {
		return pattern{}, err
	}
	segs = clean(segs)
	if len(segs) == 0 {
		return pattern{}, errors.New("it is empty")
	}
	for _, seg := range segs {
		if seg.kind == literal && (seg.text == ".." || seg.text == ".") {
			return pattern{}, errors.New(`a pattern has no "." or ".." segment`)
		}
	}
	if below {
		if !rooted && !segs[0].deep {
			segs = append([]segment{{deep: true}}, segs...)
		}
		if !segs[len(segs)-1].deep {
			segs = append(segs, segment{deep: true})
		}
	}
	switch {
	case len(segs) == 1 && segs[0].deep:
		return pattern{base: true, segs: []segment{{kind: all}}}, nil
	case len(segs) == 1 && !rooted:
		return pattern{base: true, segs: segs}, nil
	case len(segs) == 2 && segs[0].deep && !segs[1].deep:
		return pattern{base: true, segs: segs[1:]}, nil
	}
	return pattern{segs: segs}, nil
}

// clean drops empty segments and the repetition of **.
func clean(segs []segment) []segment {
	out := segs[:0]
	for _, s := range segs {
		if s.kind == literal && s.text == "" && !s.deep || s.deep && len(out) > 0 && out[len(out)-1].deep {
			continue
		}
		out = append(out, s)
	}
	return out
}

// Match reports whether the path matches.
func (g *Glob) Match(path string) bool {
	i := strings.LastIndexByte(path, '/') + 1
	return g.MatchIn(path[:i], path[i:])
}

// MatchIn reports whether name in the directory dir matches. dir is empty or
// ends with a slash.
func (g *Glob) MatchIn(dir, name string) bool {
	for i := range g.alternatives {
		if g.alternatives[i].match(dir, name) {
			return true
		}
	}
	return false
}

func (p *pattern) match(dir, name string) bool {
	if p.base {
		return p.segs[0].match(name)
	}
	if last := &p.segs[len(p.segs)-1]; !last.deep && !last.match(name) {
		return false
	}
	return matchPath(p.segs, dir+name)
}

// below reports whether something below dir, which ends with a slash, can match.
func (p *pattern) below(dir string) bool {
	if p.base {
		return true
	}
	for i := range p.segs {
		if dir == "" || p.segs[i].deep {
			return true
		}
		name, rest, _ := strings.Cut(dir, "/")
		if !p.segs[i].match(name) {
			return false
		}
		dir = rest
	}
	return false
}

// matchPath matches whole segments. As with stars in a name, only the last **
// need be tried again: an earlier one that took less could not help.
func matchPath(segs []segment, path string) bool {
	// at is where in path the segment pi begins; len(path)+1 is behind the end.
	pi, at := 0, 0
	retry, mark := -1, 0
	for {
		if pi < len(segs) {
			s := &segs[pi]
			switch {
			case s.deep && pi == len(segs)-1:
				if at <= len(path) {
					return true // ** at the end takes one name at least
				}
			case s.deep:
				pi++
				retry, mark = pi, at
				continue
			case at <= len(path):
				end := segmentEnd(path, at)
				if s.match(path[at:end]) {
					pi, at = pi+1, end+1
					continue
				}
			}
		} else if at > len(path) {
			return true
		}
		if retry < 0 || mark > len(path) {
			return false
		}
		mark = segmentEnd(path, mark) + 1
		pi, at = retry, mark
	}
}

func segmentEnd(path string, from int) int {
	if i := strings.IndexByte(path[from:], '/'); i >= 0 {
		return from + i
	}
	return len(path)
}
