// Package ignore reads .gitignore files and says what they ignore, as git does.
//
// A [Rules] is one file; a [Level] is the rules that hold in a directory, those
// of the directories above it included. What is in an ignored directory is
// ignored too, which is the caller's to see to by not entering it.
//
// Begin with [Parse] and [Level.Enter].
package ignore

import (
	"bytes"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
)

const (
	// MaxSize is the most of an ignore file that is worth reading, in bytes.
	MaxSize = 512 << 10

	maxRules = 5000
	maxLine  = 4096
)

// Verdict is what rules say of a name.
type Verdict int8

// The verdicts.
const (
	None    Verdict = iota // no rule speaks of it
	Ignored                // it is ignored
	Kept                   // a rule that begins with ! keeps it
)

// Rules are the rules of one ignore file. A nil Rules has none. It is safe for
// concurrent use.
type Rules struct {
	rules    []rule
	names    map[string][]int // rules for one base name, the last one first
	suffixes map[string][]int // rules for what follows the last dot of a base name
	others   []int            // all other rules, the last one first
}

type rule struct {
	glob    *glob.Git
	prefix  string // the directories of a path that have no special character
	exact   bool   // prefix is all of the path, and there is no glob
	path    bool   // it is matched with the path, not with the base name
	dirOnly bool
	kept    bool
}

// Parse reads an ignore file. Nothing in it is an error: lines that cannot match
// are left out, as are those longer than 4096 bytes and what follows 5000 rules.
func Parse(data []byte) *Rules {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &Rules{names: make(map[string][]int), suffixes: make(map[string][]int)}
	for len(data) > 0 && len(r.rules) < maxRules {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		line, _, _ = bytes.Cut(line, []byte{0}) // to git a line is a C string
		if len(line) == 0 || len(line) > maxLine || line[0] == '#' {
			continue
		}
		r.add(trimSpaces(string(line)))
	}
	for _, list := range r.names {
		reverse(list)
	}
	for _, list := range r.suffixes {
		reverse(list)
	}
	reverse(r.others)
	if len(r.rules) == 0 {
		return nil
	}
	return r
}

func reverse(list []int) {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
}

// trimSpaces cuts the spaces at the end, apart from one behind a backslash.
func trimSpaces(s string) string {
	end := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			if end < 0 {
				end = i
			}
			continue
		case '\\':
			if i++; i == len(s) {
				return s
			}
		}
		end = -1
	}
	if end >= 0 {
		return s[:end]
	}
	return s
}

func (r *Rules) add(s string) {
	var u rule
	s, u.kept = strings.CutPrefix(s, "!")
	s, u.dirOnly = strings.CutSuffix(s, "/")
	u.path = strings.Contains(s, "/")
	s = strings.TrimPrefix(s, "/")
	if s == "" {
		return
	}
	if u.path {
		n := strings.IndexAny(s, `*?[\`)
		if u.exact = n < 0; u.exact {
			n = len(s)
		} else {
			n = strings.LastIndexByte(s[:n], '/') + 1
		}
		u.prefix, s = s[:n], s[n:]
	}
	if !u.exact {
		g, err := glob.CompileGit(s)
		if err != nil {
			return
		}
		u.glob = g
	}
	n := len(r.rules)
	r.rules = append(r.rules, u)
	if !u.path {
		text, afterStar, ok := u.glob.Text()
		switch {
		case ok && !afterStar:
			r.names[text] = append(r.names[text], n)
			return
		case ok && strings.LastIndexByte(text, '.') == 0:
			r.suffixes[text] = append(r.suffixes[text], n)
			return
		}
	}
	r.others = append(r.others, n)
}

// Match says what the rules say of name in the directory dir, which is below
// theirs, and is empty or ends with a slash.
func (r *Rules) Match(dir, name string, isDir bool) Verdict {
	if r == nil {
		return None
	}
	best := -1
	if len(r.names) > 0 {
		best = r.first(r.names[name], isDir, best)
	}
	if len(r.suffixes) > 0 {
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			best = r.first(r.suffixes[name[i:]], isDir, best)
		}
	}
	for _, i := range r.others {
		if i < best {
			break
		}
		if u := &r.rules[i]; (isDir || !u.dirOnly) && u.match(dir, name) {
			best = i
			break
		}
	}
	switch {
	case best < 0:
		return None
	case r.rules[best].kept:
		return Kept
	}
	return Ignored
}

// first returns the last rule in the file that may speak of a file or directory.
func (r *Rules) first(list []int, isDir bool, best int) int {
	for _, i := range list {
		if isDir || !r.rules[i].dirOnly {
			return max(i, best)
		}
	}
	return best
}

func (u *rule) match(dir, name string) bool {
	switch {
	case !u.path:
		return u.glob.MatchName(name)
	case u.exact:
		return len(u.prefix) == len(dir)+len(name) && strings.HasPrefix(u.prefix, dir) && u.prefix[len(dir):] == name
	}
	return strings.HasPrefix(dir, u.prefix) && u.glob.Match(dir[len(u.prefix):], name)
}
