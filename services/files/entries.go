package files

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// typeNames are what callers call the types of entries.
var typeNames = map[tree.Type]string{tree.Regular: "file", tree.Directory: "directory", tree.Symlink: "link", tree.Other: "other"}

// printable returns a name that JSON can carry, and whether it is the name.
func printable(name string) (string, bool) {
	if utf8.ValidString(name) {
		return name, true
	}
	return strings.ToValidUTF8(name, "\ufffd"), false
}

// plain returns a name as text shows it: quoted if it could pass for another, for
// the marks beside names or another line, or would do something to a terminal.
func plain(name string) string {
	if q := strconv.Quote(name); q != `"`+name+`"` || strings.TrimSpace(name) != name ||
		strings.ContainsRune(name, utf8.RuneError) || strings.HasPrefix(name, "…") || strings.HasSuffix(name, "@") {
		return q
	}
	return name
}

// named names p in a question. A name may be made to look like the rest of it.
func named(p tree.Path) string { return strconv.Quote(p.String()) }

// asked is a path as its caller wrote it, for an answer about it: as much of it
// as tells which one it is.
func asked(path string) string {
	const most = 4 << 10
	if len(path) <= most {
		return path
	}
	return strings.ToValidUTF8(path[:most], "") + "…"
}

// skippedOutput counts what could not be visited.
type skippedOutput struct {
	Denied      int      `json:"denied,omitempty"`
	Failed      int      `json:"failed,omitempty"`
	TooDeep     int      `json:"too_deep,omitempty"`
	IgnoreFiles int      `json:"ignore_files,omitempty" jsonschema:"ignore files that are links, too large or unreadable"`
	Examples    []string `json:"examples,omitempty"`
}

func skippedOf(s walk.Skipped) *skippedOutput {
	if s.Total() == 0 {
		return nil
	}
	out := &skippedOutput{Denied: s.Denied, Failed: s.Failed, TooDeep: s.TooDeep, IgnoreFiles: s.IgnoreFiles}
	for _, e := range s.Examples {
		e, _ = printable(e)
		out.Examples = append(out.Examples, e)
	}
	return out
}

// ranked is an entry with what it is sorted by: a higher value goes first, then
// the order of a walk.
type ranked[T any] struct {
	value int64
	name  string
	entry T
}

func compareRanked[T any](a, b ranked[T]) int {
	return cmp.Or(cmp.Compare(b.value, a.value), walk.Compare(a.name, b.name))
}

// top keeps the first n of what is added, in a space of 2n.
type top[T any] struct {
	n    int
	list []ranked[T]
}

func (t *top[T]) add(r ranked[T]) {
	if len(t.list) == 2*t.n {
		t.sorted()
	}
	t.list = append(t.list, r)
}

// sorted returns the first n in order.
func (t *top[T]) sorted() []ranked[T] {
	slices.SortFunc(t.list, compareRanked[T])
	t.list = t.list[:min(len(t.list), t.n)]
	return t.list
}

// place is where a list goes on: behind the entry with this value and name.
type place struct {
	Value int64  `json:"v,omitempty"`
	Name  []byte `json:"n"`           // need not be UTF-8
	Now   int64  `json:"t,omitempty"` // to what "7d" refers, in seconds
}

// before reports whether an entry was on an earlier page.
func (p *place) before(value int64, name string) bool {
	return p.Name != nil && cmp.Or(cmp.Compare(p.Value, value), walk.Compare(name, string(p.Name))) <= 0
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sizeOf tells a size to a person.
func sizeOf(n int64) string {
	const units = "kMGTPE"
	if n == 1 {
		return "1 byte"
	}
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	v, i := float64(n)/1000, 0
	for v >= 999.5 && i < len(units)-1 {
		v /= 1000
		i++
	}
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if v >= 10 {
		s = strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.TrimSuffix(s, ".0") + " " + units[i:i+1] + "B"
}
