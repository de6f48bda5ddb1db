package files

import (
	"context"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// patching is a patch that is being staged.
type patching struct {
	batch    *change.Batch
	dryRun   bool
	places   map[tree.Path]bool // where the files are, links resolved
	files    []patchedFile
	failures []patchFailure
	body     strings.Builder // the diff if it is a dry run, else a line for each file
	cut      bool
}

// stage stages what the patch does to one file. That it does not fit is noted
// among the failures; an error ends the call.
func (r *patching) stage(ctx context.Context, t target) error {
	f := patchedFile{Path: t.name().String(), URI: t.name().URI(), Status: "modified"}
	w := change.Write{IfMatch: t.ifMatch, MustExist: true}
	at := t.from
	switch {
	case t.from.Root == nil:
		f.Status, at = "created", t.to
		w = change.Write{Create: true, MakeParents: true}
	case t.to.Root == nil:
		f.Status = "deleted"
	case t.from != t.to:
		f.Status, f.From = "renamed", t.from.String()
	}
	var old string
	var placed *edit.Placement
	var bad []edit.Failure
	res, err := r.batch.Update(ctx, at, w, func(cur change.Current) ([]byte, error) {
		if len(t.file.Hunks) == 0 && t.to.Root != nil {
			placed = new(edit.Placement)
			return cur.Data, nil // it is created empty, or renamed
		}
		doc, err := parse(cur.Data, "auto")
		if err != nil {
			return nil, err
		}
		old = doc.Text
		if placed, bad = t.file.Place(old); bad != nil {
			return cur.Data, nil
		}
		if t.to.Root == nil {
			return cur.Data, nil
		}
		return splice(cur, doc, placed.Changes)
	})
	if err == nil && r.places[res.Path] {
		err = tree.Errorf(tree.Invalid, at, "it is in the patch twice, by way of a link")
	}
	if err == nil && bad == nil {
		switch f.Status {
		case "deleted":
			err = r.batch.Remove(ctx, t.from, res.Before)
		case "renamed":
			err = r.batch.Move(ctx, t.from, t.to)
		}
	}
	if err != nil {
		return r.fail(t, asFile(err))
	}
	r.places[res.Path] = true
	for _, b := range bad {
		r.failures = append(r.failures, patchFailure{Path: at.String(), Failure: b})
	}
	if bad != nil {
		return nil
	}
	f.Hunks, f.Before, f.ETag = placed.Hunks, res.Before, res.ETag
	if r.dryRun {
		f.ETag, f.Before = res.Before, ""
	}
	if f.Status == "deleted" && !r.dryRun {
		f.ETag = ""
	}
	r.files = append(r.files, f)
	r.show(t, f, old, placed)
	return nil
}

// splice makes the changes of a file. One that is new is UTF-8.
func splice(cur change.Current, doc *text.Document, changes []text.Change) ([]byte, error) {
	if cur.Exists {
		return doc.Splice(changes)
	}
	var b []byte
	for _, c := range changes {
		b = append(b, c.New...)
	}
	return b, nil
}

// show adds what the patch does to one file to the body of the answer.
func (r *patching) show(t target, f patchedFile, old string, placed *edit.Placement) {
	if !r.dryRun {
		name := plain(t.name().String())
		if f.From != "" {
			name = plain(t.from.String()) + " => " + name
		}
		fmt.Fprintf(&r.body, "%s | +%d -%d\n", name, placed.Added, placed.Removed)
		return
	}
	if r.cut = r.cut || r.body.Len() >= maxDiff; r.cut {
		return
	}
	var from, to string
	if t.from.Root != nil {
		from = t.from.String()
	}
	if t.to.Root != nil {
		to = t.to.String()
	}
	r.body.WriteString(edit.GitHeader(from, to))
	if len(placed.Changes) > 0 {
		var diff string
		diff, r.cut = edit.Diff(from, to, old, placed.Changes, maxDiff-r.body.Len())
		r.body.WriteString(diff)
	}
}
