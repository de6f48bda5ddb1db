package files

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

var treeTool = &mcp.Tool{
	Name:  "directory_tree",
	Title: "Show a directory tree",
	Description: `Indented outline: "name/" a directory, "name@" a link, "… 12 more" left out.
Example: {"path":"src"}`,
	Annotations: server.ReadOnly(false),
}

type treeInput struct {
	Path       string `json:"path,omitempty" alias:"directory,dir" jsonschema:"where"`
	Depth      int    `json:"depth" min:"1" max:"20" default:"3" jsonschema:"levels"`
	MaxEntries int    `json:"max_entries" min:"1" max:"5000" default:"500" alias:"limit" jsonschema:"shared fairly"`
	Hidden     bool   `json:"hidden,omitempty" jsonschema:"with dot files"`
	Ignore     bool   `json:"ignore" default:"true" jsonschema:"obey .gitignore"`
}

// treeOutput is the outline as text.
type treeOutput struct {
	text string
	meta treeMeta
}

type treeMeta struct {
	Path      string         `json:"path"`
	Entries   int            `json:"entries"`
	Elided    int            `json:"elided"`
	Truncated bool           `json:"truncated"`
	Skipped   *skippedOutput `json:"skipped,omitempty"`
}

// Text implements [server.Texter].
func (o treeOutput) Text() (string, any) { return o.text, o.meta }

func (s *Service) directoryTree(ctx context.Context, in treeInput) (treeOutput, error) {
	p, err := s.path(ctx, "path", in.Path)
	if err != nil {
		return treeOutput{}, err
	}
	o := &outline{in: in, root: new(branch)}
	if err := o.grow(ctx, p); err != nil {
		return treeOutput{}, shown(err)
	}
	meta := treeMeta{Path: p.String(), Skipped: skippedOf(o.skipped)}
	var b strings.Builder
	b.WriteString(plain(p.String()) + "/\n")
	o.write(&b, o.root, 1, &meta)
	meta.Truncated = o.truncated || meta.Elided > 0
	return treeOutput{b.String(), meta}, nil
}

// outline is a tree that has room for in.MaxEntries. It grows level by level, so
// that a level is whole before the next one gets room, and the directories of
// one level have equal shares: one with very many files leaves the others theirs.
type outline struct {
	in        treeInput
	root      *branch
	skipped   walk.Skipped
	truncated bool
}

// branch is a directory of the outline.
type branch struct {
	dirs, files []leaf // the first few in the order of names
	nDirs       int
	nFiles      int
	share       int // how many are shown
	below       map[string]*branch
}

type leaf struct {
	name string
	typ  tree.Type
}

func (b *branch) total() int { return b.nDirs + b.nFiles }

// picked returns how many directories and files are shown. Both are if there are
// both.
func (b *branch) picked() (dirs, files int) {
	dirs = min(b.nDirs, max(b.share-b.nFiles, (b.share+1)/2))
	return dirs, min(b.nFiles, b.share-dirs)
}

// grow reads the levels. Each walk enters the directories that are shown so far.
func (o *outline) grow(ctx context.Context, p tree.Path) error {
	left := o.in.MaxEntries
	level := []*branch{o.root}
	var all []*branch
	for depth := 1; depth <= o.in.Depth && len(level) > 0 && left > 0; depth++ {
		stats, err := walk.Walk(ctx, p, walk.Options{
			Hidden: o.in.Hidden, NoIgnore: !o.in.Ignore, MaxDepth: depth, MaxEntries: listed,
		}, func(e walk.Entry) error { return o.visit(e, depth) })
		if err != nil {
			return err
		}
		o.skipped = stats.Skipped
		o.truncated = o.truncated || stats.Truncated
		all = append(all, level...)
		room := left
		if depth < o.in.Depth {
			room = (left + 1) / 2
		}
		left -= share(level, room)
		level = next(level)
	}
	share(all, left) // what deeper levels did not need
	return nil
}

func (o *outline) visit(e walk.Entry, depth int) error {
	b := o.root.at(e.In())
	if b == nil {
		return fs.SkipDir
	}
	isDir := e.Type == tree.Directory
	if e.Depth < depth {
		if isDir && b.below[e.Name] == nil {
			return fs.SkipDir
		}
		return nil
	}
	l := leaf{e.Name, e.Type}
	if isDir {
		if b.nDirs++; b.nDirs <= o.in.MaxEntries {
			b.dirs = append(b.dirs, l)
		}
		return nil
	}
	if b.nFiles++; b.nFiles <= o.in.MaxEntries {
		b.files = append(b.files, l)
	}
	return nil
}

// at returns the branch with a path as of [walk.Entry.In], nil if it is not shown.
func (b *branch) at(dir string) *branch {
	for b != nil && dir != "" {
		var name string
		name, dir, _ = strings.Cut(dir, "/")
		b = b.below[name]
	}
	return b
}

// share gives each of the branches the same further room, less to those that
// need less, and returns how much of the room is used.
func share(list []*branch, room int) int {
	need := func(b *branch) int { return b.total() - b.share }
	byNeed := slices.Clone(list)
	slices.SortStableFunc(byNeed, func(a, b *branch) int { return cmp.Compare(need(a), need(b)) })
	given := 0
	for i, b := range byNeed {
		n := min(need(b), (room-given)/(len(byNeed)-i))
		b.share += n
		given += n
	}
	return given
}

// next makes the branches below those that are shown.
func next(level []*branch) []*branch {
	var out []*branch
	for _, b := range level {
		n, _ := b.picked()
		b.below = make(map[string]*branch, n)
		for _, l := range b.dirs[:n] {
			sub := new(branch)
			b.below[l.name] = sub
			out = append(out, sub)
		}
	}
	return out
}

func (o *outline) write(w *strings.Builder, b *branch, depth int, meta *treeMeta) {
	nDirs, nFiles := b.picked()
	list := slices.Concat(b.dirs[:nDirs], b.files[:nFiles])
	slices.SortFunc(list, func(a, b leaf) int { return strings.Compare(a.name, b.name) })
	indent := strings.Repeat("  ", depth)
	meta.Entries += len(list)
	for _, l := range list {
		w.WriteString(indent)
		w.WriteString(plain(l.name))
		switch l.typ {
		case tree.Directory:
			w.WriteByte('/')
		case tree.Symlink:
			w.WriteByte('@')
		}
		sub := b.below[l.name]
		if l.typ == tree.Directory && sub == nil && depth < o.in.Depth {
			w.WriteString(" …") // there was no room to enter it
		}
		w.WriteByte('\n')
		if l.typ == tree.Directory && sub != nil {
			o.write(w, sub, depth+1, meta)
		}
	}
	if n := b.total() - len(list); n > 0 {
		meta.Elided += n
		fmt.Fprintf(w, "%s… %d more\n", indent, n)
	}
}
