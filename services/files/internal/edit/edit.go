// Package edit changes texts: it finds what is to be replaced, places the hunks
// of patches, and shows what differs. It never changes a character that was not
// meant, line ends and indentation included, and it makes all of the changes or
// none.
//
// [Apply] makes edits, [ParsePatch] and [File.Place] are for patches, and [Diff]
// shows changes. What they return as changes, text.Document.Splice puts into a
// file.
package edit

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// maxOccurrences bounds what one edit replaces, and so the memory it needs.
const maxOccurrences = 1 << 20

// An Edit replaces Old by New.
//
// Old is looked for as it is, and if that is nowhere, without regard to how line
// ends are written. Lines of New that are lines of Old stay as the text has
// them; the others get the line end of the lines they replace. If Old and New
// differ in nothing but line ends, New is taken as it is.
type Edit struct {
	Old, New string
	// Expect is how often Old must occur; 0 stands for any number but none.
	Expect int
	// After is a line of the original text: the first Expect occurrences that
	// begin below it are replaced, and there may be more. Nil stands for the whole
	// text.
	After *int
}

// Match says how the text of edits is looked for.
type Match int

const (
	// Exact takes each character as it is, line ends apart.
	Exact Match = iota
	// Whitespace compares whole lines without the blanks at both ends, where
	// Exact finds nothing. What is put in is indented as the text is.
	Whitespace
)

// Options say how edits are made.
type Options struct {
	Match Match
	// Max is the most that the text may grow to, in bytes; 0 means 1 GiB.
	Max int
}

// Applied says where in the new text an edit is.
type Applied struct {
	// StartLine and EndLine are the lines from the first occurrence to the last.
	StartLine int `json:"start_line"`
	EndLine   int `json:"end_line"`
	// Count is how many occurrences were replaced.
	Count int `json:"count"`
}

// A Result is what edits make of a text.
type Result struct {
	// Changes lead from the original to Text.
	Changes []text.Change
	Text    string
	// Edits says for each edit where it is now.
	Edits []Applied
}

// Apply makes the edits one after another: each sees what those before it have
// made. One that cannot be made is an error that says why, which text it may
// have meant, and what to send instead; lines in errors are those of original.
func Apply(ctx context.Context, original string, edits []Edit, opt Options) (*Result, error) {
	if len(edits) == 0 {
		return nil, tree.Errorf(tree.Invalid, tree.Path{}, "there is no edit")
	}
	d := newDraft(original)
	counts := make([]int, len(edits))
	for i, e := range edits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := d.apply(e, opt)
		if err != nil {
			return nil, inEdit(err, i, len(edits))
		}
		counts[i] = n
	}
	res := &Result{Changes: d.changes(), Text: d.text}
	for i, s := range d.made {
		first := 1 + count(d.text[:s.start], d.sep)
		last := first + count(d.text[s.start:s.end], d.sep)
		if last > first && d.text[s.end-1] == d.sep {
			last-- // the edit ends with its line
		}
		res.Edits = append(res.Edits, Applied{first, last, counts[i]})
	}
	if len(res.Changes) == 0 {
		return nil, tree.Errorf(tree.Invalid, tree.Path{}, "the edits change nothing: later ones undo those before them")
	}
	return res, nil
}

// inEdit says which of several edits an error is about.
func inEdit(err error, i, n int) error {
	e, ok := err.(*tree.Error)
	if !ok {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("edits[%d]: %s", i, e.Message)
	if n > 1 {
		named.Hint = strings.TrimPrefix(e.Hint+"; no edit was made", "; ")
	}
	return &named
}

// apply makes one edit and returns how many occurrences it has replaced.
func (d *draft) apply(e Edit, opt Options) (int, error) {
	if err := e.check(); err != nil {
		return 0, err
	}
	from := 0
	if e.After != nil {
		from = d.current(afterLine(d.original, *e.After, d.sep))
	}
	f, err := d.find(e, from, opt.Match)
	if err != nil {
		return 0, err
	}
	// A long text in many places is refused before it is built.
	if most := cmp.Or(opt.Max, 1<<30); len(d.text)+len(f.spans)*(len(e.New)-len(e.Old)) > most {
		return 0, tree.Errorf(tree.TooLarge, tree.Path{}, "with %d times new the file would have more than %d bytes", len(f.spans), most)
	}
	list := make([]text.Change, 0, len(f.spans))
	for _, s := range f.spans {
		list = append(list, f.rewrite(d, s)...)
	}
	if len(list) == 0 {
		return 0, tree.Errorf(tree.Invalid, tree.Path{}, "the text is already as new has it; line ends and indentation are kept as the file has them")
	}
	n := len(f.spans)
	d.replace(list, span{f.spans[0].start, f.spans[n-1].end})
	return n, nil
}

func (e Edit) check() error {
	switch {
	case e.Old == "":
		err := tree.Errorf(tree.Invalid, tree.Path{}, "old is empty")
		err.Hint = "to insert, repeat a line of the file in old and in new; to fill or create a file, use write_file"
		return err
	case e.Old == e.New:
		return tree.Errorf(tree.Invalid, tree.Path{}, "old and new are the same")
	case e.Expect < 0:
		return tree.Errorf(tree.Invalid, tree.Path{}, "expect is the number of occurrences, or 0 for any number")
	case e.After != nil && *e.After < 0:
		return tree.Errorf(tree.Invalid, tree.Path{}, "after_line is a line number, or 0 for the beginning")
	}
	return nil
}
