package files

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// The bounds of what a prompt begins with.
const (
	outlineDepth = 2
	outlineLines = 100
	outlineVisit = 20_000
	readmeBytes  = 1500
	readmeRead   = 64 << 10
	changedFiles = 50
	changedVisit = 200_000
)

// outlines are the trees of a few directories, two deep, and the beginning of
// the README of the first that has one.
func outlines(ctx context.Context, places []tree.Path) (string, error) {
	var b strings.Builder
	readme := ""
	left := outlineLines
	for _, p := range places {
		mode := ""
		if p.Root.ReadOnly {
			mode = " (read-only)"
		}
		fmt.Fprintf(&b, "What is in %s%s, without what is hidden or ignored:\n\n", namedOne(p), mode)
		o := outliner{left: left}
		stats, err := walk.Walk(ctx, p, walk.Options{MaxDepth: outlineDepth, MaxEntries: outlineVisit}, o.visit)
		if err != nil {
			return "", err
		}
		o.write(&b, stats.Truncated)
		left = max(left-len(o.lines), 10)
		if readme == "" && o.readme != "" {
			readme = beginning(p.Join(o.readme))
		}
	}
	return strings.TrimSpace(b.String() + readme), nil
}

// outliner makes lines of what a walk visits.
type outliner struct {
	lines  []string
	left   int
	more   int
	readme string // the name of the first README
}

func (o *outliner) visit(e walk.Entry) error {
	if o.left == 0 {
		o.more++
		return nil
	}
	o.left--
	line := strings.Repeat("  ", e.Depth) + plain(e.Name)
	switch e.Type {
	case tree.Directory:
		line += "/"
	case tree.Regular:
		if info, err := e.Dir.Lstat(e.Name); err == nil {
			line += "  " + sizeOf(info.Size)
		}
		if o.readme == "" && e.Depth == 1 && isReadme(e.Name) {
			o.readme = e.Name
		}
	}
	o.lines = append(o.lines, line)
	return nil
}

func (o *outliner) write(b *strings.Builder, truncated bool) {
	for _, l := range o.lines {
		b.WriteString(l + "\n")
	}
	switch {
	case len(o.lines) == 0:
		b.WriteString("  (nothing)\n")
	case truncated:
		b.WriteString("  … and more\n")
	case o.more > 0:
		fmt.Fprintf(b, "  … and %d more\n", o.more)
	}
	b.WriteString("\n")
}

func isReadme(name string) bool {
	n := strings.ToLower(name)
	return nameable(name) && (n == "readme" || strings.HasPrefix(n, "readme."))
}

// beginning is how a README begins, "" if it is no text. The fence is longer
// than any in it, so that it cannot pass for a part of the prompt.
func beginning(p tree.Path) string {
	f, err := p.Open()
	if err != nil {
		return ""
	}
	defer f.Close()
	raw, err := readAt(f, 0, readmeRead)
	if err != nil {
		return ""
	}
	d, err := text.Parse(raw, "")
	if err != nil || d.Lossy && len(raw) < readmeRead {
		return ""
	}
	body, cut := d.Text, ""
	if len(body) > readmeBytes {
		body, cut = strings.ToValidUTF8(body[:readmeBytes], ""), ", which goes on"
	}
	fence := "~~~"
	for strings.Contains(body, fence) {
		fence += "~"
	}
	return fmt.Sprintf("The beginning of %q%s:\n\n%s\n%s\n%s\n", p.String(), cut, fence, strings.TrimRight(body, "\r\n"), fence)
}

type changedFile struct {
	path string
	size int64
	at   time.Time
}

// changed lists the files that were written since from, newest first.
func changed(ctx context.Context, p tree.Path, from time.Time) (string, error) {
	var list []changedFile
	count := 0
	newest := func(a, b changedFile) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.path, b.path))
	}
	o := walk.Options{MaxEntries: changedVisit}
	stats, err := walk.Walk(ctx, p, o, func(e walk.Entry) error {
		if e.Type != tree.Regular {
			return nil
		}
		info, err := e.Dir.Lstat(e.Name)
		if err != nil || info.ModTime.Before(from) {
			return nil
		}
		count++
		c := changedFile{e.Path().String(), info.Size, info.ModTime}
		i, _ := slices.BinarySearchFunc(list, c, newest)
		if i < changedFiles {
			list = slices.Insert(list, i, c)
			list = list[:min(len(list), changedFiles)]
		}
		return ctx.Err()
	})
	if err != nil {
		return "", err
	}
	if count == 0 {
		return "No file there was written since then, apart from what is hidden or ignored. Try an earlier time, with find_files.", nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The files that were written since then, newest first, without what is hidden or ignored (%d):\n\n", count)
	for _, c := range list {
		fmt.Fprintf(&b, "  %s  %s  %s\n", stamp(c.at), plain(c.path), sizeOf(c.size))
	}
	switch {
	case count > len(list):
		fmt.Fprintf(&b, "  … and %d more\n", count-len(list))
	case stats.Truncated:
		b.WriteString("  … and more: not everything was looked at\n")
	}
	return strings.TrimRight(b.String(), "\n"), nil
}
