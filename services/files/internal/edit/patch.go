package edit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// The limits of a patch.
const (
	maxPatch      = 1 << 20
	maxPatchFiles = 200
	maxPatchHunks = 5000
)

// A Patch is a parsed unified diff.
type Patch struct {
	Files []File
	// Notes say what of it was ignored.
	Notes []string
}

// A File is what a patch does to one file.
type File struct {
	// Old and New are its names; Old is "" for a file that is created, New for
	// one that is deleted, and they differ for one that is renamed.
	Old, New string
	Hunks    []Hunk
}

// Name returns what the file is called before the patch, or after it if it is
// new.
func (f *File) Name() string {
	if f.Old == "" {
		return f.New
	}
	return f.Old
}

// A Hunk is one place that a patch changes.
type Hunk struct {
	// Line is the line at which its header says that it begins, 0 if it does not.
	Line int

	lines []hunkLine
}

// A hunkLine is a line of a hunk, without its line end.
type hunkLine struct {
	op   byte // ' ', '-' or '+'
	text string
	last bool // no line end follows in the file
}

// Size returns how many lines the hunk adds and removes.
func (h *Hunk) Size() (added, removed int) {
	for _, l := range h.lines {
		switch l.op {
		case '+':
			added++
		case '-':
			removed++
		}
	}
	return added, removed
}

// ParsePatch reads a unified diff of text files, with the headers of git or
// without. Numbers in the headers of hunks may be missing or wrong, since the
// lines say where a hunk belongs. What it cannot do is refused, apart from file
// modes, which are ignored.
func ParsePatch(s string) (*Patch, error) {
	if len(s) > maxPatch {
		return nil, tree.Errorf(tree.TooLarge, tree.Path{}, "the patch has %d bytes; at most %d are read: send it in parts", len(s), maxPatch)
	}
	p := &patchParser{lines: strings.Split(strings.TrimSuffix(s, "\n"), "\n")}
	p.unwrap()
	for p.at < len(p.lines) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if len(p.out.Files) == 0 && len(p.out.Notes) > 0 {
		return nil, p.fail(0, "there is nothing but file modes in the patch", "they cannot be changed here")
	}
	if len(p.out.Files) == 0 {
		return nil, p.fail(0, "there is no file in the patch", `begin each file with "--- a/path" and "+++ b/path"`)
	}
	for i := range p.out.Files {
		if err := p.out.Files[i].check(); err != nil {
			return nil, err
		}
	}
	return &p.out, nil
}

// check refuses a file that the patch says nothing about.
func (f *File) check() error {
	switch {
	case len(f.Hunks) > 0, f.Old != f.New:
		return nil
	}
	return tree.Errorf(tree.Invalid, tree.Path{}, "the patch changes nothing in %q", f.Name())
}

type patchParser struct {
	lines []string
	at    int
	out   Patch
	hunks int
}

func (p *patchParser) fail(line int, message, hint string) error {
	e := tree.Errorf(tree.Invalid, tree.Path{}, "%s", message)
	if line > 0 {
		e.Message = fmt.Sprintf("line %d of the patch: %s", line, message)
	}
	e.Hint = hint
	return e
}

// unwrap takes off what surrounds a patch in a message: a fence, and line ends
// that are those of the message. If all headers end with a carriage return, it
// is no part of the lines that are changed.
func (p *patchParser) unwrap() {
	for len(p.lines) > 0 && strings.TrimSpace(p.lines[0]) == "" {
		p.lines = p.lines[1:]
	}
	if len(p.lines) > 0 && strings.HasPrefix(p.lines[0], "```") {
		p.lines = p.lines[1:]
		for n := len(p.lines) - 1; n >= 0; n-- {
			if l := strings.TrimSpace(p.lines[n]); l == "```" {
				p.lines = p.lines[:n]
			} else if l != "" {
				break
			}
		}
	}
	headers, returns := 0, 0
	for i, l := range p.lines {
		if strings.HasPrefix(l, "@@") || p.isNames(i) {
			headers++
			if strings.HasSuffix(l, "\r") {
				returns++
			}
		}
	}
	if headers == 0 || returns < headers {
		return
	}
	for i, l := range p.lines {
		p.lines[i] = strings.TrimSuffix(l, "\r")
	}
}

// isNames reports whether lines i and i+1 name the two sides of a file.
func (p *patchParser) isNames(i int) bool {
	return i+1 < len(p.lines) && strings.HasPrefix(p.lines[i], "--- ") && strings.HasPrefix(p.lines[i+1], "+++ ")
}

// isHeader reports whether line i begins a file or a hunk, which no line of a
// hunk does.
func (p *patchParser) isHeader(i int) bool {
	l := p.lines[i]
	return strings.HasPrefix(l, "@@") || strings.HasPrefix(l, "diff --git ") || strings.HasPrefix(l, "Index: ") ||
		strings.HasPrefix(l, "=====") || p.isNames(i)
}

// next reads a file, or skips a line that is about none.
func (p *patchParser) next() error {
	l := p.lines[p.at]
	n := p.at + 1
	switch {
	case strings.HasPrefix(l, "diff --git "):
		return p.gitFile()
	case p.isNames(p.at):
		return p.namedFile(File{}, gitHeader{})
	case strings.HasPrefix(l, "diff --cc "), strings.HasPrefix(l, "diff --combined "), strings.HasPrefix(l, "@@@"):
		return p.fail(n, "it is a combined diff of a merge", "send a diff between two versions")
	case strings.HasPrefix(l, "@@"):
		return p.fail(n, "there is a hunk before the names of its file", `put "--- a/path" and "+++ b/path" before it`)
	case strings.HasPrefix(l, "*** Begin Patch"), strings.HasPrefix(l, "*** Update File"):
		return p.fail(n, "it is not a unified diff", `begin each file with "--- a/path" and "+++ b/path", and each hunk with "@@"`)
	case strings.HasPrefix(l, "Binary files "), l == "GIT binary patch":
		return p.fail(n, "it is a patch of a binary file", "write the file with write_file")
	case strings.HasPrefix(l, "--- "):
		if p.at+1 < len(p.lines) && strings.HasPrefix(p.lines[p.at+1], "@@") {
			return p.fail(n, `there is no line with "+++ " after it`, "name both sides of the file")
		}
	}
	p.at++
	return nil
}

// gitHeader is what the headers of git say of a file.
type gitHeader struct {
	git                bool
	created, deleted   bool
	renameFrom, rename string
	line               int
}

func (p *patchParser) gitFile() error {
	h := gitHeader{git: true, line: p.at + 1}
	first := strings.TrimPrefix(p.lines[p.at], "diff --git ")
	for p.at++; p.at < len(p.lines) && !p.isHeader(p.at); p.at++ {
		l := p.lines[p.at]
		key, value := l, ""
		for _, k := range gitKeys {
			if v, ok := strings.CutPrefix(l, k); ok {
				key, value = k, v
			}
		}
		switch key {
		case "new file mode ", "deleted file mode ", "old mode ", "new mode ":
			if strings.HasPrefix(value, "12") || strings.HasPrefix(value, "16") {
				return p.fail(p.at+1, "it is about a symbolic link or a submodule", "a patch changes regular files only")
			}
			h.created = h.created || key == "new file mode "
			h.deleted = h.deleted || key == "deleted file mode "
			if value != "100644" {
				p.note("file modes are ignored: " + l)
			}
		case "rename from ":
			h.renameFrom = value
		case "rename to ":
			h.rename = value
		case "copy from ", "copy to ":
			return p.fail(p.at+1, "it copies a file", "copy it with copy_file, and send a patch of the copy")
		case "Binary files ", "GIT binary patch":
			return p.fail(p.at+1, "it is a patch of a binary file", "write the file with write_file")
		case "index ", "similarity index ", "dissimilarity index ":
		default:
			return p.gitNames(first, h)
		}
	}
	if p.at < len(p.lines) && p.isNames(p.at) {
		return p.namedFile(File{}, h)
	}
	return p.gitNames(first, h)
}

var gitKeys = []string{
	"new file mode ", "deleted file mode ", "old mode ", "new mode ", "rename from ", "rename to ", "copy from ", "copy to ",
	"Binary files ", "GIT binary patch", "index ", "similarity index ", "dissimilarity index ",
}

// gitNames takes the names of a file without hunks from the headers of git.
func (p *patchParser) gitNames(first string, h gitHeader) error {
	if p.at < len(p.lines) && strings.HasPrefix(p.lines[p.at], "@@") {
		return p.fail(p.at+1, "there is a hunk before the names of its file", `put "--- a/path" and "+++ b/path" before it`)
	}
	if h.renameFrom != "" && h.rename != "" {
		return p.add(File{Old: unquote(h.renameFrom), New: unquote(h.rename)}, h.line)
	}
	a, b, ok := gitPair(first)
	if !ok {
		return p.fail(h.line, "the names cannot be told apart", `put "--- a/path" and "+++ b/path" after it`)
	}
	old, repl := unprefixed(a, b, true)
	switch {
	case h.created:
		return p.add(File{New: repl}, h.line)
	case h.deleted:
		return p.add(File{Old: old}, h.line)
	}
	p.note(fmt.Sprintf("nothing but the mode of %q is in the patch: it is ignored", old))
	return nil
}

// gitPair splits what follows "diff --git ".
func gitPair(s string) (a, b string, ok bool) {
	if strings.HasPrefix(s, `"`) || strings.HasSuffix(s, `"`) {
		if a, b, ok = strings.Cut(s, `" `); ok {
			return unquote(a + `"`), unquote(b), true
		}
		if a, b, ok = strings.Cut(s, ` "`); ok {
			return a, unquote(`"` + b), true
		}
	}
	if mid := len(s) / 2; len(s)%2 == 1 && s[mid] == ' ' {
		return s[:mid], s[mid+1:], true // both names are the same
	}
	if strings.Count(s, " ") == 1 {
		return strings.Cut(s, " ")
	}
	return "", "", false
}

// namedFile reads the two lines with names, and the hunks.
func (p *patchParser) namedFile(f File, h gitHeader) error {
	line := p.at + 1
	a, b := fileName(p.lines[p.at][4:]), fileName(p.lines[p.at+1][4:])
	p.at += 2
	f.Old, f.New = unprefixed(a, b, h.git)
	renamed := h.renameFrom != "" && h.rename != ""
	switch {
	case renamed:
		f.Old, f.New = unquote(h.renameFrom), unquote(h.rename)
	case f.Old == f.New, f.Old == "", f.New == "":
	case f.Old == f.New+".orig":
		f.Old = f.New
	default:
		return p.fail(line, fmt.Sprintf("the names differ: %.200q and %.200q", f.Old, f.New), `to rename, put "rename from" and "rename to" lines after a "diff --git" line; else name the same file on both sides`)
	}
	if f.Old == "" && f.New == "" {
		return p.fail(line, "both sides are /dev/null", "name the file")
	}
	for p.at < len(p.lines) {
		l := p.lines[p.at]
		if strings.HasPrefix(l, "@@@") || !strings.HasPrefix(l, "@@") {
			break
		}
		hunk, err := p.hunk(f.Name(), len(f.Hunks)+1)
		if err != nil {
			return err
		}
		if added, removed := hunk.Size(); added+removed == 0 {
			p.note(fmt.Sprintf("hunk %d of %q changes nothing", len(f.Hunks)+1, f.Name()))
		}
		f.Hunks = append(f.Hunks, hunk)
	}
	if len(f.Hunks) == 0 {
		return p.fail(line, fmt.Sprintf("there is no hunk for %q", f.Name()), `begin each hunk with a line "@@ -1,3 +1,4 @@", or just "@@"`)
	}
	return p.add(f, line)
}

func (p *patchParser) add(f File, line int) error {
	for _, name := range []string{f.Old, f.New} {
		if name == "" && f.Old == f.New || strings.ContainsRune(name, 0) {
			return p.fail(line, "a file has no name", `write "--- a/path" and "+++ b/path"`)
		}
	}
	p.out.Files = append(p.out.Files, f)
	p.hunks += len(f.Hunks)
	if len(p.out.Files) > maxPatchFiles || p.hunks > maxPatchHunks {
		e := p.fail(0, fmt.Sprintf("the patch has more than %d files or %d hunks", maxPatchFiles, maxPatchHunks), "send it in parts").(*tree.Error)
		e.Kind = tree.TooLarge
		return e
	}
	return nil
}

func (p *patchParser) note(s string) {
	const most = 20
	if len(p.out.Notes) < most {
		p.out.Notes = append(p.out.Notes, s)
	}
}

var timestamp = regexp.MustCompile(`\s+\d{4}-\d\d-\d\d[ T]\d\d:\d\d\S*( [+-]\d{4})?$`)

// fileName reads the rest of a line with a name, which a time may follow.
func fileName(s string) string {
	if strings.HasPrefix(s, `"`) {
		return unquote(s)
	}
	s, _, _ = strings.Cut(s, "\t")
	return timestamp.ReplaceAllString(strings.TrimRight(s, "\r"), "")
}

// unquote reads a name as git writes one with unusual characters.
func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s) && s[i] != '"'; i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i+2 < len(s) && s[i] >= '0' && s[i] <= '3' {
			if n, err := strconv.ParseUint(s[i:i+3], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		if k := strings.IndexByte("abtnvfr", s[i]); k >= 0 {
			b.WriteByte("\a\b\t\n\v\f\r"[k])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unprefixed takes "a/" and "b/", or the other letters of git, off two names.
// They are prefixes only if they differ.
func unprefixed(a, b string, git bool) (old, repl string) {
	prefixed := func(s string) bool {
		return len(s) > 2 && s[1] == '/' && (strings.IndexByte("ab", s[0]) >= 0 || git && strings.IndexByte("ciow", s[0]) >= 0)
	}
	const none = "/dev/null"
	switch {
	case a == none && b == none:
		return "", ""
	case a == none:
		if prefixed(b) {
			b = b[2:]
		}
		return "", b
	case b == none:
		if prefixed(a) {
			a = a[2:]
		}
		return a, ""
	case len(a) > 2 && len(b) > 2 && a[0] != b[0] && strings.IndexByte("abciow", a[0]) >= 0 && strings.IndexByte("abciow", b[0]) >= 0 && a[1] == '/' && b[1] == '/':
		return a[2:], b[2:]
	case len(a) > 2 && a[:2] == "a/" && a[2:] == b:
		return b, b
	}
	return a, b
}
