// Package commit works out what a commit does to a tree: which files it makes,
// changes and deletes, and with what bytes. Nothing is guessed: a change that does
// not fit what is there is an [Error], and then there is no plan.
//
// Start with [Check], which needs no tree; then [New] and, for each step that has
// edits, [Step.Edit].
package commit

import (
	"crypto/sha1" //nolint:gosec // what git names its objects by
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The modes of entries of a tree.
const (
	ModeFile       = "100644"
	ModeExecutable = "100755"
	ModeLink       = "120000"
	ModeSubmodule  = "160000"
	ModeTree       = "040000"
)

// What a step does.
const (
	Create = "create"
	Update = "update"
	Delete = "delete"
	Chmod  = "chmod"
)

// Change is what a caller wants of one file. It has one of Content, Edits and
// Delete, or Executable alone.
type Change struct {
	Path    string
	Content *string
	// Base64 says how Content is written.
	Base64 bool
	Edits  []Edit
	Delete bool
	// Executable is the mode, nil to leave it.
	Executable *bool
}

// Entry is what a tree has at a path.
type Entry struct {
	Mode string
	SHA  string
	Size int64
}

// Error is a change that cannot be made.
type Error struct {
	// Path is the file, Message what is wrong with its change.
	Path    string
	Message string
}

// Error names both.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

func refuse(path, format string, args ...any) *Error {
	return &Error{path, fmt.Sprintf(format, args...)}
}

// Step is one file's part of a plan.
type Step struct {
	Path   string
	Action string
	Mode   string
	// Old is what is there, the zero value for Create.
	Old Entry
	// Content is the file's, nil for Delete and Chmod, and until Edit is called.
	Content []byte
	// Edits are still to be made.
	Edits []Edit
}

// Check holds changes to what can be known of them alone.
func Check(changes []Change) error {
	paths := make(map[string]bool, len(changes))
	for _, c := range changes {
		if err := checkPath(c.Path); err != nil {
			return err
		}
		if paths[c.Path] {
			return refuse(c.Path, "it is there twice; put its edits into one change")
		}
		paths[c.Path] = true
		wants := 0
		for _, set := range []bool{c.Content != nil, len(c.Edits) > 0, c.Delete} {
			if set {
				wants++
			}
		}
		switch {
		case wants > 1:
			return refuse(c.Path, "give only one of content, edits and delete")
		case wants == 0 && c.Executable == nil:
			return refuse(c.Path, "give content, edits or delete")
		case c.Delete && c.Executable != nil:
			return refuse(c.Path, "what is deleted has no mode")
		case c.Base64 && c.Content == nil:
			return refuse(c.Path, "encoding is for content")
		}
	}
	for p := range paths {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if paths[dir] {
				return refuse(p, "%s is changed too, which is a file; use two commits", dir)
			}
		}
	}
	return nil
}

// checkPath refuses what git would, or what would be another file to a checkout.
func checkPath(p string) error {
	switch {
	case p == "", p == ".":
		return refuse(p, "a path is empty")
	case len(p) > 4096, !utf8.ValidString(p), strings.ContainsFunc(p, unicode.IsControl):
		return refuse(strings.ToValidUTF8(p[:min(len(p), 100)], ""), "a path must be UTF-8 of at most 4096 bytes, without control characters")
	case strings.HasPrefix(p, "/"), path.Clean(p) != p, p == "..", strings.HasPrefix(p, "../"):
		return refuse(p, "a path begins at the root, without a slash, and has no . and .. and no slash at the end")
	}
	for name := range strings.SplitSeq(p, "/") {
		if n := strings.ToLower(strings.TrimRight(name, ". ")); n == ".git" || n == "git~1" {
			return refuse(p, "what is in .git is not part of a commit")
		}
	}
	return nil
}

// New returns the steps that changes take, in their order. tree has the entry of
// each path of a change and of each directory above it, as far as there are any.
func New(changes []Change, tree map[string]Entry) ([]Step, error) {
	steps := make([]Step, 0, len(changes))
	for _, c := range changes {
		old, there := tree[c.Path]
		if err := fits(c, old, there, tree); err != nil {
			return nil, err
		}
		st := Step{Path: c.Path, Action: Update, Mode: old.Mode, Old: old, Edits: c.Edits}
		if !there {
			st.Action, st.Mode = Create, ModeFile
		}
		if c.Executable != nil {
			st.Mode = ModeFile
			if *c.Executable {
				st.Mode = ModeExecutable
			}
		}
		switch {
		case c.Delete:
			st.Action = Delete
		case c.Content != nil:
			var err error
			if st.Content, err = decode(c); err != nil {
				return nil, err
			}
		case len(c.Edits) == 0:
			st.Action = Chmod
		}
		steps = append(steps, st)
	}
	return steps, nil
}

// fits refuses a change of what is no file, or that needs one which is not there.
func fits(c Change, old Entry, there bool, tree map[string]Entry) error {
	for dir := path.Dir(c.Path); dir != "."; dir = path.Dir(dir) {
		if e, ok := tree[dir]; ok && e.Mode != ModeTree {
			return refuse(c.Path, "%s is %s, no directory", dir, kind(e.Mode))
		}
	}
	switch {
	case there && old.Mode != ModeFile && old.Mode != ModeExecutable:
		return refuse(c.Path, "it is %s, and only files are changed here", kind(old.Mode))
	case !there && c.Delete:
		return refuse(c.Path, "there is no such file to delete")
	case !there && c.Content == nil:
		return refuse(c.Path, "there is no such file; content creates one")
	}
	return nil
}

func kind(mode string) string {
	switch mode {
	case ModeTree:
		return "a directory"
	case ModeLink:
		return "a symbolic link"
	case ModeSubmodule:
		return "a submodule"
	}
	return "a file"
}

func decode(c Change) ([]byte, error) {
	if !c.Base64 {
		return []byte(*c.Content), nil
	}
	b, err := base64.StdEncoding.DecodeString(*c.Content)
	if err != nil {
		return nil, refuse(c.Path, "content is not base64")
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}

// Changes reports whether a step makes a difference to what is there.
func (s *Step) Changes() bool {
	switch s.Action {
	case Delete, Create:
		return true
	case Chmod:
		return s.Mode != s.Old.Mode
	}
	return s.Mode != s.Old.Mode || blobName(s.Content) != s.Old.SHA
}

// Effective returns the steps that make a difference.
func Effective(steps []Step) []Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return !s.Changes() })
}

// IsText reports whether content can be sent as text and come out the same.
func IsText(content []byte) bool {
	return utf8.Valid(content) && !slices.Contains(content, 0)
}

// blobName returns the name that git has for a file's content.
func blobName(content []byte) string {
	h := sha1.New() //nolint:gosec // see above
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}
