package glob

import "strings"

// A Set is several patterns of which one must match. A nil Set matches nothing.
// It is safe for concurrent use.
type Set struct {
	names    map[string]bool // base names
	suffixes map[string]bool // of base names, from their last dot
	bases    []segment       // other patterns for base names
	paths    []pattern
}

// NewSet compiles patterns, as [Options.Compile] does. Without any it returns nil.
func NewSet(patterns []string, o Options) (*Set, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	s := &Set{names: make(map[string]bool), suffixes: make(map[string]bool)}
	for _, text := range patterns {
		g, err := o.Compile(text)
		if err != nil {
			return nil, err
		}
		for _, p := range g.alternatives {
			s.add(p)
		}
	}
	return s, nil
}

func (s *Set) add(p pattern) {
	if !p.base {
		s.paths = append(s.paths, p)
		return
	}
	switch seg := p.segs[0]; {
	case seg.kind == literal:
		s.names[seg.text] = true
	case seg.kind == suffix && strings.LastIndexByte(seg.text, '.') == 0:
		s.suffixes[seg.text] = true
	default:
		s.bases = append(s.bases, seg)
	}
}

// Match reports whether a pattern matches name in the directory dir. dir is
// empty or ends with a slash.
func (s *Set) Match(dir, name string) bool {
	if s == nil {
		return false
	}
	if len(s.suffixes) > 0 {
		if i := strings.LastIndexByte(name, '.'); i >= 0 && s.suffixes[name[i:]] {
			return true
		}
	}
	if len(s.names) > 0 && s.names[name] {
		return true
	}
	for i := range s.bases {
		if s.bases[i].match(name) {
			return true
		}
	}
	for i := range s.paths {
		if s.paths[i].match(dir, name) {
			return true
		}
	}
	return false
}

// Below reports whether a pattern can match something below dir, which ends
// with a slash.
func (s *Set) Below(dir string) bool {
	if s == nil {
		return false
	}
	if len(s.names)+len(s.suffixes)+len(s.bases) > 0 {
		return true
	}
	for i := range s.paths {
		if s.paths[i].below(dir) {
			return true
		}
	}
	return false
}
