package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var mergePullRequestTool = &mcp.Tool{
	Name:        "merge_pull_request",
	Title:       "Merge a pull request",
	Description: `Merges a pull request once a person has agreed, if its head is still what it was then. Example: {"number":1,"method":"squash"}`,
	Annotations: destroys(),
}

type mergePullRequestInput struct {
	numbered
	Method       string `json:"method" enum:"merge,squash,rebase" default:"merge"`
	HeadSHA      string `json:"head_sha,omitempty" pattern:"^[0-9a-f]{40}([0-9a-f]{24})?$" quiet:"true" jsonschema:"that it must have"`
	DeleteBranch bool   `json:"delete_branch,omitempty" jsonschema:"afterwards"`
}

type mergePullRequestOutput struct {
	SHA           string   `json:"sha"`
	BranchDeleted bool     `json:"branch_deleted,omitempty"`
	Failed        []string `json:"failed,omitempty"`
}

// mergeFact is what a person agreed to beside the arguments.
type mergeFact struct {
	Head string `json:"head"`
	Base string `json:"base"`
}

// mergeQuestion words what a merge would do now.
func (s *Service) mergeQuestion(ctx context.Context, in mergePullRequestInput) (question, fact string, err error) {
	if !server.Askable(ctx) {
		return "Merge?", "", nil
	}
	ctx, err = s.toChange(ctx, in.repository)
	if err != nil {
		return "", "", err
	}
	pr, err := s.mergeable(ctx, in)
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(mergeFact{pr.GetHead().GetSHA(), pr.GetBase().GetRef()})
	if err != nil {
		return "", "", err
	}
	question = fmt.Sprintf("Merge %s into %s of %s by %s? It is %s, %q by %s: %s, %s, +%d -%d, head %.12s.", plain.Line(headLabel(pr)), plain.Line(pr.GetBase().GetRef()), in.repository,
		in.Method, in.numbered, plain.Words(pr.GetTitle(), 200), author(pr.User), counted(pr.GetCommits(), "commit"), counted(pr.GetChangedFiles(), "file"), pr.GetAdditions(), pr.GetDeletions(), pr.GetHead().GetSHA())
	if in.DeleteBranch {
		question += " The branch is deleted afterwards."
	}
	return question, string(b), nil
}

// mergeable returns the pull request if a merge may succeed.
func (s *Service) mergeable(ctx context.Context, in mergePullRequestInput) (*github.PullRequest, error) {
	pr, err := s.pull(ctx, in.numbered)
	if err != nil {
		return nil, err
	}
	var why string
	switch {
	case pr.GetMerged():
		why = "is merged already"
	case pr.GetState() == "closed":
		why = "is closed"
	case pr.GetDraft():
		why = "is a draft"
	case in.HeadSHA != "" && in.HeadSHA != pr.GetHead().GetSHA():
		why = fmt.Sprintf("has another head now, %s: look at what came since", pr.GetHead().GetSHA())
	case pr.GetMergeableState() == "dirty":
		why = "has conflicts with its base"
	default:
		return pr, nil
	}
	return nil, toolerr.New(toolerr.Conflict, "%s %s; nothing was merged", in.numbered, why)
}

func (s *Service) mergePullRequest(ctx context.Context, in mergePullRequestInput) (mergePullRequestOutput, error) {
	var out mergePullRequestOutput
	fact, wasAsked := server.Confirmed(ctx)
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return out, err
	}
	pr, err := s.mergeable(ctx, in)
	if err != nil {
		return out, err
	}
	now := mergeFact{pr.GetHead().GetSHA(), pr.GetBase().GetRef()}
	if wasAsked {
		var agreed mergeFact
		if err := json.Unmarshal([]byte(fact), &agreed); err != nil {
			return out, fmt.Errorf("the sealed agreement: %w", err)
		}
		if agreed != now {
			return out, toolerr.New(toolerr.Conflict, "%s has another head or base than was agreed to; nothing was merged: look at what came since and call again", in.numbered)
		}
	}
	// The head goes with the request: GitHub refuses if it changes meanwhile.
	res, _, err := s.api.PullRequests.Merge(ctx, in.Owner, in.Repo, in.Number, "", &github.PullRequestOptions{SHA: now.Head, MergeMethod: in.Method})
	if err != nil {
		return out, s.shownWrite(err, "merge of %s", in.numbered)
	}
	if !res.GetMerged() {
		return out, emptyWrite("merge of %s", in.numbered)
	}
	out.SHA = res.GetSHA()
	if in.DeleteBranch {
		if err := s.deleteHead(ctx, in, pr); err != nil {
			out.Failed = []string{reason(err)}
		} else {
			out.BranchDeleted = true
		}
	}
	return out, nil
}

// deleteHead deletes the branch that was merged, if it is one of this repository.
func (s *Service) deleteHead(ctx context.Context, in mergePullRequestInput, pr *github.PullRequest) error {
	head, base := pr.GetHead(), pr.GetBase()
	if head.GetRepo().GetFullName() == "" || head.GetRepo().GetFullName() != base.GetRepo().GetFullName() {
		return toolerr.New(toolerr.PermissionDenied, "the branch is one of a fork and stays")
	}
	if head.GetRef() == base.GetRepo().GetDefaultBranch() {
		return toolerr.New(toolerr.PermissionDenied, "the branch is the default one and stays")
	}
	_, err := s.api.Git.DeleteRef(ctx, in.Owner, in.Repo, "heads/"+head.GetRef())
	if statusOf(err) == http.StatusUnprocessableEntity && says(err, "does not exist") {
		return nil // GitHub has deleted it by itself
	}
	return s.shownWrite(err, "branch %s", plain.Line(head.GetRef()))
}
