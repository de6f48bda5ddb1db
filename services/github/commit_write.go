package github

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/commit"
)

// lookTime bounds the look at what a request did whose answer got lost.
const lookTime = 5 * time.Second

// writeCommit makes the objects of a plan, which nobody sees before a branch is
// moved to them, and returns the name of the commit.
func (s *Service) writeCommit(ctx context.Context, p *plan) (string, error) {
	entries := make([]*github.TreeEntry, len(p.steps))
	for i, st := range p.steps {
		e := &github.TreeEntry{Path: new(st.Path), Mode: new(st.Mode), Type: new("blob")}
		entries[i] = e
		switch {
		case st.Action == commit.Delete:
		case st.Action == commit.Chmod:
			e.SHA = new(st.Old.SHA)
		case commit.IsText(st.Content):
			e.Content = new(string(st.Content)) // spares a request for each file
		default:
			b, _, err := s.api.Git.CreateBlob(ctx, p.Owner, p.Repo, &github.Blob{
				Content: new(base64.StdEncoding.EncodeToString(st.Content)), Encoding: new("base64"),
			})
			if err != nil {
				return "", s.notWritten(p, err)
			}
			e.SHA = b.SHA
		}
	}
	tree, _, err := s.api.Git.CreateTree(ctx, p.Owner, p.Repo, p.tree, entries)
	if err != nil {
		return "", s.notWritten(p, err)
	}
	c, _, err := s.api.Git.CreateCommit(ctx, p.Owner, p.Repo, &github.Commit{
		Message: new(p.message), Tree: tree, Parents: []*github.Commit{{SHA: new(p.head)}},
	}, nil)
	if err != nil {
		return "", s.notWritten(p, err)
	}
	if c.GetSHA() == "" {
		return "", toolerr.New(toolerr.ServiceUnavailable, "GitHub made a commit without a name; %s of %s has not moved", p.branch, p.repository)
	}
	return c.GetSHA(), nil
}

// notWritten is an error before the branch was touched. To see a repository and
// to write in it are two permissions, and GitHub answers for a lack of the second
// as if there were no repository.
func (s *Service) notWritten(p *plan, err error) error {
	switch {
	case statusOf(err) == http.StatusNotFound:
		return toolerr.Wrap(err, toolerr.PermissionDenied, "the credential can read %s but not write in it; nothing was committed", p.repository)
	case mayHaveArrived(err):
		return toolerr.Wrap(err, unanswered(toolerr.From(s.shown(err, "commit")).Code), "GitHub did not answer; %s of %s has not moved, so that the same call may be made again", p.branch, p.repository)
	}
	return s.shown(err, "commit to %s of %s", p.branch, p.repository)
}

// moveBranch moves the plan's branch to a commit, if it still is where it was.
func (s *Service) moveBranch(ctx context.Context, p *plan, sha string) error {
	ref := &github.Reference{Ref: new("refs/heads/" + p.branch), Object: &github.GitObject{SHA: new(sha)}}
	var err error
	if p.create {
		_, _, err = s.api.Git.CreateRef(ctx, p.Owner, p.Repo, ref)
	} else {
		_, _, err = s.api.Git.UpdateRef(ctx, p.Owner, p.Repo, ref, false)
	}
	switch {
	case err == nil:
		return nil
	case mayHaveArrived(err):
		return s.lost(ctx, p, sha, err)
	case says(err, "fast forward", "fast-forward", "reference already exists", "reference does not exist", "reference cannot be updated"):
		head, lookErr := s.headOf(ctx, p.repository, p.branch)
		if lookErr != nil {
			return toolerr.Wrap(err, toolerr.Conflict, "%s of %s has moved or is gone; nothing was committed", p.branch, p.repository)
		}
		return p.moved(head)
	case says(err, "protected branch", "rule violation", "required status check"):
		return toolerr.Wrap(err, toolerr.PermissionDenied, "%s of %s is protected: commit to a new branch with from_ref and open a pull request; nothing was committed", p.branch, p.repository)
	}
	return s.notWritten(p, err)
}

// lost finds out whether a branch moved after all when GitHub's answer did not
// come. The look has a time of its own: that of the call may be over.
func (s *Service) lost(ctx context.Context, p *plan, sha string, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	if head, lookErr := s.headOf(ctx, p.repository, p.branch); lookErr == nil && head == sha {
		return nil
	}
	shown := toolerr.From(s.shown(err, "commit to %s of %s", p.branch, p.repository))
	out := toolerr.Wrap(err, unanswered(shown.Code), "GitHub did not answer, so that %s of %s may have moved to commit %s or may yet: "+
		"see with list_commits of ref %[1]s, and commit again only if it is not there, with expect_head", p.branch, p.repository, sha).With("sha", sha)
	out.Retryable = false // the same call again could commit twice
	return out
}

// unanswered is the code for a request whose answer got lost.
func unanswered(code toolerr.Code) toolerr.Code {
	switch code {
	case toolerr.Timeout, toolerr.Cancelled:
		return code
	}
	return toolerr.ServiceUnavailable
}
