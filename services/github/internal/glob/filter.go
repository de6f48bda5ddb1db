package glob

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxPatterns bounds the patterns of a Filter, and maxPattern the length of one.
const (
	maxPatterns = 100
	maxPattern  = 500
)

// Filter chooses files by patterns. The zero value takes all of them.
type Filter struct {
	take, leave []*regexp.Regexp
}

// NewFilter returns a Filter that takes what one of paths matches, all if there
// are none, and leaves out what one of exclude matches. Patterns are those of
// [Compile]; one that matches a directory takes all below it, and one without a
// slash but at its end is about names at any depth.
func NewFilter(paths, exclude []string) (*Filter, error) {
	if len(paths)+len(exclude) > maxPatterns {
		return nil, fmt.Errorf("%d patterns are too many: give at most %d", len(paths)+len(exclude), maxPatterns)
	}
	take, err := compileAll(paths)
	if err != nil {
		return nil, err
	}
	leave, err := compileAll(exclude)
	if err != nil {
		return nil, err
	}
	return &Filter{take, leave}, nil
}

func compileAll(patterns []string) ([]*regexp.Regexp, error) {
	all := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		rest := strings.TrimPrefix(p, "./")
		p = strings.TrimSuffix(strings.TrimPrefix(rest, "/"), "/")
		before := `\A(?:`
		if !strings.Contains(p, "/") && !strings.HasPrefix(rest, "/") {
			before = `\A(?:.*/)?(?:`
		}
		switch {
		case len(p) > maxPattern:
			return nil, fmt.Errorf("a pattern of %d bytes is too long", len(p))
		case p == "":
			return nil, fmt.Errorf("the pattern %q is empty", patterns[i])
		}
		var err error
		if all[i], err = compile(p, before, `)(?:/.*)?\z`); err != nil {
			return nil, fmt.Errorf("the pattern %q: %w", patterns[i], err)
		}
	}
	return all, nil
}

// Empty reports whether f takes all files.
func (f *Filter) Empty() bool { return len(f.take) == 0 && len(f.leave) == 0 }

// Takes reports whether a file is chosen.
func (f *Filter) Takes(path string) bool {
	matches := func(re *regexp.Regexp) bool { return re.MatchString(path) }
	return (len(f.take) == 0 || slices.ContainsFunc(f.take, matches)) && !slices.ContainsFunc(f.leave, matches)
}
