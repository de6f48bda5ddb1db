package files

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var patchTool = &mcp.Tool{
	Name:  "apply_patch",
	Title: "Apply a patch",
	Description: `Applies a unified diff to several files, which may create, delete and rename them: all of it or nothing. Line numbers may be missing or wrong if the lines are right.
Example: {"patch": "--- a/x.txt\n+++ b/x.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"}`,
	Annotations: writing(true, false),
}

type patchInput struct {
	Patch   string            `json:"patch" maxLength:"1048576" jsonschema:"unified diff" alias:"diff"`
	Path    string            `json:"path,omitempty" jsonschema:"directory that the names in the patch are below"`
	IfMatch map[string]string `json:"if_match,omitempty" jsonschema:"etag by path"`
	DryRun  bool              `json:"dry_run" default:"false" jsonschema:"only show the diff"`
}

type patchOutput struct {
	body string
	meta patchMeta
}

// Text implements [server.Texter].
func (o patchOutput) Text() (string, any) { return o.body, o.meta }

type patchMeta struct {
	Files         []patchedFile `json:"files"`
	DryRun        bool          `json:"dry_run,omitempty"`
	DiffTruncated bool          `json:"diff_truncated,omitempty"`
	Notes         []string      `json:"notes,omitempty"`
}

type patchedFile struct {
	Path   string        `json:"path"`
	URI    string        `json:"uri"`
	From   string        `json:"from,omitempty"` // what it was called
	Status string        `json:"status"`         // created, modified, deleted or renamed
	ETag   string        `json:"etag,omitempty"` // of the file as it is after the call
	Before string        `json:"before_etag,omitempty"`
	Hunks  []edit.Placed `json:"hunks,omitempty"`
}

// target is a file of a patch: where it is, and where it is to be.
type target struct {
	file     *edit.File
	from, to tree.Path // the zero Path for none
	ifMatch  string
}

// name is the path that answers call it.
func (t target) name() tree.Path {
	if t.to.Root == nil {
		return t.from
	}
	return t.to
}

// targets reads the patch and finds out what it is about. It looks at no file.
func (s *Service) targets(ctx context.Context, in patchInput) (*edit.Patch, []target, error) {
	patch, err := edit.ParsePatch(in.Patch)
	if err != nil {
		return nil, nil, shown(err)
	}
	base := ""
	if in.Path != "" {
		p, err := s.path(ctx, "path", in.Path)
		if err != nil {
			return nil, nil, err
		}
		base = p.String() + "/"
	}
	list := make([]target, len(patch.Files))
	seenPaths := make(map[tree.Path]int)
	for i := range patch.Files {
		t := target{file: &patch.Files[i]}
		for _, side := range []struct {
			name string
			path *tree.Path
		}{{t.file.Old, &t.from}, {t.file.New, &t.to}} {
			if side.name == "" {
				continue
			}
			if *side.path, err = s.writable(ctx, "patch", base+side.name); err != nil {
				return nil, nil, err
			}
			if other, ok := seenPaths[*side.path]; ok && other != i {
				return nil, nil, shown(tree.Errorf(tree.Invalid, *side.path, "it is in the patch twice"))
			}
			seenPaths[*side.path] = i
		}
		list[i] = t
	}
	for name, etag := range in.IfMatch {
		p, err := s.path(ctx, "if_match", name)
		if err != nil {
			return nil, nil, err
		}
		i, ok := seenPaths[p]
		if !ok || list[i].from != p {
			return nil, nil, shown(tree.Errorf(tree.Invalid, p, "if_match: the patch changes no such file"))
		}
		list[i].ifMatch = seen(etag)
	}
	return patch, list, nil
}

// asksToDelete asks a person about files that a patch deletes. What it changes
// can be put back from the patch.
func (s *Service) asksToDelete(ctx context.Context, in patchInput) (string, error) {
	_, list, err := s.targets(ctx, in)
	if err != nil || in.DryRun {
		return "", err
	}
	var gone []string
	for _, t := range list {
		if t.to.Root == nil {
			gone = append(gone, named(t.from))
		}
	}
	if len(gone) == 0 {
		return "", nil
	}
	const most = 20
	question := "Delete " + strings.Join(gone[:min(len(gone), most)], ", ")
	if len(gone) > most {
		question += fmt.Sprintf(" and %d more files", len(gone)-most)
	}
	if n := len(list) - len(gone); n > 0 {
		question += fmt.Sprintf(", and change %d other file", n)
		if n > 1 {
			question += "s"
		}
	}
	return question + "?", nil
}

func (s *Service) applyPatch(ctx context.Context, in patchInput) (patchOutput, error) {
	patch, list, err := s.targets(ctx, in)
	if err != nil {
		return patchOutput{}, err
	}
	b := s.change.Begin()
	defer b.Rollback()
	run := &patching{batch: b, dryRun: in.DryRun, places: make(map[tree.Path]bool)}
	progress := server.Progress(ctx)
	for i, t := range list {
		if err := ctx.Err(); err != nil {
			return patchOutput{}, err
		}
		if err := run.stage(ctx, t); err != nil {
			return patchOutput{}, err
		}
		progress.Report(float64(i+1), float64(len(list)), t.name().String())
	}
	if err := run.failed(); err != nil {
		return patchOutput{}, shown(err)
	}
	if !in.DryRun {
		if err := b.Commit(ctx); err != nil {
			return patchOutput{}, shown(err)
		}
		for i, t := range list {
			if f := &run.files[i]; f.ETag == "" && t.to.Root != nil {
				f.ETag = etagNow(t.to)
			}
		}
	}
	out := patchOutput{run.body.String(), patchMeta{Files: run.files, DryRun: in.DryRun, DiffTruncated: run.cut, Notes: patch.Notes}}
	return out, nil
}

// etagNow returns the etag of a large file, which is known once it is written.
func etagNow(p tree.Path) string {
	f, err := p.Open()
	if err != nil {
		return ""
	}
	defer f.Close()
	etag, err := tree.ETag(f)
	if err != nil {
		return ""
	}
	return etag
}

// patchFailure is a file, or a hunk of it, that cannot be changed.
type patchFailure struct {
	Path string `json:"path"`
	edit.Failure
	err error // if it is not about a hunk
}

func (f patchFailure) String() string {
	if f.Hunk == 0 {
		return fmt.Sprintf("%q: %s", f.Path, f.Reason)
	}
	return fmt.Sprintf("%q %s", f.Path, f.Failure.Error())
}

// failed returns what is wrong, all of it.
func (r *patching) failed() error {
	switch len(r.failures) {
	case 0:
		return nil
	case 1:
		if err := r.failures[0].err; err != nil {
			return err
		}
	}
	const said, listed = 10, 50
	lines := make([]string, 0, said)
	for _, f := range r.failures[:min(len(r.failures), said)] {
		lines = append(lines, f.String())
	}
	e := tree.Errorf(tree.Conflict, tree.Path{}, "the patch does not fit, and nothing was changed: %s", strings.Join(lines, "; "))
	if n := len(r.failures) - said; n > 0 {
		e.Message += fmt.Sprintf("; and %d more", n)
	}
	e.Details = map[string]any{"failures": r.failures[:min(len(r.failures), listed)]}
	return e
}

func (r *patching) fail(t target, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	p := t.from
	if p.Root == nil {
		p = t.to
	}
	var e *tree.Error
	if !errors.As(err, &e) {
		return err
	}
	reason := e.Message
	if e.Path != "" && e.Path != p.String() {
		reason = fmt.Sprintf("%q: %s", e.Path, reason)
	}
	if e.Hint != "" {
		reason += "; " + e.Hint
	}
	r.failures = append(r.failures, patchFailure{Path: p.String(), Failure: edit.Failure{Reason: reason}, err: about(p, err)})
	return nil
}
