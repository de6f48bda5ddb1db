package github

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"path"

	"github.com/google/go-github/v66/github"
	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/commit"
)

const (
	// maxEdited bounds a file that is edited, in bytes.
	maxEdited = 1 << 20
	// readers is how many files are read at once.
	readers = 8
	// maxWalked bounds the directories that are looked at in a tree which GitHub
	// does not tell at once.
	maxWalked = 200
)

// plan is a commit that can be made: what it is made on, and its steps.
type plan struct {
	repository
	branch    string
	message   string
	head      string // the commit that it is made on
	tree      string // of head
	create    bool   // the branch is still to be made
	steps     []commit.Step
	unchanged []string
}

// moved is the error of a branch that is not where the plan has it.
func (p *plan) moved(head string) *toolerr.Error {
	return toolerr.New(toolerr.Conflict, "%s of %s has moved: it is at %s now; nothing was committed. Look what changed, then commit again", p.branch, p.repository, head).With("head", head)
}

// unfit makes the error of a change one of the argument.
func unfit(err error) error {
	var e *commit.Error
	if errors.As(err, &e) {
		return toolerr.Invalid("changes", "changes: %s", e).With("path", e.Path)
	}
	return err
}

// plan works out what a commit would do, and changes nothing.
func (s *Service) plan(ctx context.Context, in commitFilesInput) (*plan, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	changes, err := in.changes()
	if err != nil {
		return nil, err
	}
	ctx, err = s.toChange(ctx, in.repository)
	if err != nil {
		return nil, err
	}
	p := &plan{repository: in.repository, branch: in.Branch, message: in.Message}
	if err := s.begin(ctx, p, in.FromRef); err != nil {
		return nil, err
	}
	if in.ExpectHead != "" && in.ExpectHead != p.head {
		return nil, p.moved(p.head)
	}
	there, err := s.entriesAt(ctx, p, changes)
	if err != nil {
		return nil, err
	}
	if p.steps, err = commit.New(changes, there); err != nil {
		return nil, unfit(err)
	}
	if err := s.edit(ctx, p); err != nil {
		return nil, err
	}
	all := p.steps
	p.steps = commit.Effective(all)
	kept := make(map[string]bool, len(p.steps))
	for _, st := range p.steps {
		kept[st.Path] = true
	}
	for _, st := range all {
		if !kept[st.Path] {
			p.unchanged = append(p.unchanged, st.Path)
		}
	}
	if len(p.steps) == 0 {
		return nil, toolerr.New(toolerr.Conflict, "%s of %s at %s has all of this already; nothing was committed", p.branch, p.repository, p.head).With("head", p.head)
	}
	return p, nil
}

// begin finds the commit to build on: the branch's, or that of from for a branch
// which is still to be made.
func (s *Service) begin(ctx context.Context, p *plan, from string) error {
	head, err := s.headOf(ctx, p.repository, p.branch)
	switch {
	case err == nil:
		p.head = head
	case statusOf(err) == http.StatusNotFound && from == "":
		return toolerr.Wrap(err, toolerr.ResourceNotFound, "there is no branch %s in %s, or it cannot be seen; from_ref creates it", p.branch, p.repository)
	case statusOf(err) == http.StatusNotFound:
		p.create = true
		if p.head, err = s.commitOf(ctx, p.repository, from); err != nil {
			return s.shownOf(p.repository, err, "from_ref %s of %s", from, p.repository)
		}
	default:
		return s.shownOf(p.repository, err, "branch %s of %s", p.branch, p.repository)
	}
	c, _, err := s.api.Git.GetCommit(ctx, p.Owner, p.Repo, p.head)
	if err != nil {
		return s.shown(err, "commit %s of %s", p.head, p.repository)
	}
	p.tree = c.GetTree().GetSHA()
	return nil
}

// headOf returns the commit that a branch is at. The error is GitHub's.
func (s *Service) headOf(ctx context.Context, r repository, branch string) (string, error) {
	ref, _, err := s.api.Git.GetRef(ctx, r.Owner, r.Repo, "heads/"+branch)
	if err != nil {
		return "", err
	}
	return ref.GetObject().GetSHA(), nil
}

// commitOf returns the commit that a ref stands for; "" is the default branch. The
// error is GitHub's. A list of one commit is asked for, which leaves out the patches
// that GitHub tells of a commit alone.
func (s *Service) commitOf(ctx context.Context, r repository, ref string) (string, error) {
	list, _, err := s.api.Repositories.ListCommits(ctx, r.Owner, r.Repo, &github.CommitsListOptions{SHA: ref, ListOptions: github.ListOptions{PerPage: 1}})
	switch {
	case err != nil:
		return "", err
	case len(list) == 0 || list[0].GetSHA() == "":
		return "", toolerr.New(toolerr.ResourceNotFound, "%s%s has no commit", r, at(ref))
	}
	return list[0].GetSHA(), nil
}

// entriesAt returns what is at the paths of changes and above them.
func (s *Service) entriesAt(ctx context.Context, p *plan, changes []commit.Change) (map[string]commit.Entry, error) {
	wanted := make(map[string]bool)
	for _, c := range changes {
		for at := c.Path; at != "."; at = path.Dir(at) {
			wanted[at] = true
		}
	}
	there := make(map[string]commit.Entry)
	truncated, err := s.tree(ctx, p.repository, p.tree, true, keep(there, wanted, "", func(string) {}))
	if err != nil {
		return nil, err
	}
	if !truncated {
		return there, nil
	}
	// From the top down: a directory of which nothing is wanted is not looked at.
	type folder struct{ path, sha string }
	clear(there)
	next := []folder{{"", p.tree}}
	for walked := 0; len(next) > 0; walked++ {
		if walked == maxWalked {
			return nil, toolerr.Invalid("changes", "changes: in so large a repository they are in too many directories for one commit; use several")
		}
		at := next[0]
		next = next[1:]
		_, err := s.tree(ctx, p.repository, at.sha, false, keep(there, wanted, at.path, func(dir string) {
			next = append(next, folder{dir, there[dir].SHA})
		}))
		if err != nil {
			return nil, err
		}
	}
	return there, nil
}

// keep adds to there the entries of a directory that are wanted, and passes on the
// directories among them.
func keep(there map[string]commit.Entry, wanted map[string]bool, dir string, into func(dir string)) func(entry) {
	return func(e entry) {
		at := path.Join(dir, e.Path)
		if !wanted[at] {
			return
		}
		there[at] = commit.Entry{Mode: e.Mode, SHA: e.SHA, Size: e.Size}
		if e.Mode == commit.ModeTree {
			into(at)
		}
	}
}

// edit makes the edits of a plan, in files that are read at the same time.
func (s *Service) edit(ctx context.Context, p *plan) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i := range p.steps {
		st := &p.steps[i]
		if len(st.Edits) == 0 {
			continue
		}
		g.Go(func() error {
			if st.Old.Size > maxEdited {
				return toolerr.Invalid("changes", "changes: %s has %d bytes, and files above %d are not edited; send all of its content", st.Path, st.Old.Size, maxEdited)
			}
			content, err := s.blob(ctx, p.repository, st.Old.SHA, st.Path)
			if err != nil {
				return err
			}
			return unfit(st.Edit(content))
		})
	}
	return g.Wait()
}

// blob returns the bytes of a blob, which is at path and of at most a megabyte.
func (s *Service) blob(ctx context.Context, r repository, sha, path string) ([]byte, error) {
	b, _, err := s.api.Git.GetBlob(ctx, r.Owner, r.Repo, sha)
	if err != nil {
		return nil, s.shown(err, "%s of %s", path, r)
	}
	content := []byte(b.GetContent())
	if b.GetEncoding() == "base64" {
		content, err = base64.StdEncoding.DecodeString(b.GetContent())
	}
	if err != nil || len(content) != b.GetSize() {
		return nil, toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub sent only a part of %s; try again", path)
	}
	return content, nil
}
