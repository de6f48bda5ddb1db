package github

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var listWorkflowRunsTool = &mcp.Tool{
	Name:        "list_workflow_runs",
	Title:       "List workflow runs",
	Description: `Runs of GitHub Actions, newest first. Example: {"workflow":"ci.yml","branch":"main","status":"failure"}`,
	Annotations: server.ReadOnly(true),
}

type listWorkflowRunsInput struct {
	repository
	Workflow string `json:"workflow,omitempty" jsonschema:"file or id"`
	Branch   string `json:"branch,omitempty" jsonschema:"head branch"`
	Status   string `json:"status,omitempty" enum:"success,failure,cancelled,queued,in_progress,completed"`
	Event    string `json:"event,omitempty" hidden:"true" maxLength:"50" jsonschema:"as push, schedule"`
	page
}

type listWorkflowRunsOutput struct {
	TotalCount int           `json:"total_count"`
	Runs       []workflowRun `json:"runs"`
	NextCursor string        `json:"next_cursor,omitempty"`
}

// workflowRun is a run in a list. Status is the result of one that has ended.
type workflowRun struct {
	ID      int64      `json:"id"`
	Name    string     `json:"name"`
	Title   string     `json:"title,omitempty"`
	Event   string     `json:"event,omitempty"`
	Branch  string     `json:"branch,omitempty"`
	SHA     string     `json:"sha,omitempty"`
	Status  string     `json:"status"`
	Started *time.Time `json:"started,omitempty"`
	Seconds int64      `json:"seconds,omitempty"`
	Attempt int        `json:"attempt,omitempty"`
}

func (s *Service) listWorkflowRuns(ctx context.Context, in listWorkflowRunsInput) (listWorkflowRunsOutput, error) {
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return listWorkflowRunsOutput{}, err
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "list_workflow_runs", question)
	if err != nil {
		return listWorkflowRunsOutput{}, err
	}
	if len(in.Branch) > 255 {
		return listWorkflowRunsOutput{}, toolerr.Invalid("branch", "branch must have at most 255 bytes")
	}
	opts := &github.ListWorkflowRunsOptions{Branch: in.Branch, Event: in.Event, Status: in.Status, ExcludePullRequests: true, ListOptions: at}
	var list *github.WorkflowRuns
	var resp *github.Response
	if in.Workflow == "" {
		list, resp, err = s.api.Actions.ListRepositoryWorkflowRuns(ctx, in.Owner, in.Repo, opts)
	} else {
		var file string
		if file, err = workflowFile(in.Workflow); err != nil {
			return listWorkflowRunsOutput{}, err
		}
		list, resp, err = s.api.Actions.ListWorkflowRunsByFileName(ctx, in.Owner, in.Repo, file, opts)
	}
	if err != nil {
		return listWorkflowRunsOutput{}, s.shown(err, "workflow runs of %s", in.repository)
	}
	runs := present(list.WorkflowRuns)
	out := listWorkflowRunsOutput{TotalCount: list.GetTotalCount(), Runs: make([]workflowRun, len(runs))}
	for i, r := range runs {
		out.Runs[i] = newWorkflowRun(r)
	}
	out.NextCursor, err = s.next(resp, at, "list_workflow_runs", question)
	return out, err
}

// workflowFile returns a workflow's file or id as a part of a path. The file may
// be named with its directory, as it stands in a repository.
func workflowFile(name string) (string, error) {
	file := strings.TrimPrefix(name, workflowFolder)
	if len(file) > 255 || strings.ContainsAny(file, "/\\") || strings.Trim(file, ". ") == "" {
		return "", toolerr.Invalid("workflow", "workflow must be the name of a file in .github/workflows, such as ci.yml, or a workflow's id")
	}
	return url.PathEscape(file), nil
}

func newWorkflowRun(r *github.WorkflowRun) workflowRun {
	out := workflowRun{ID: r.GetID(), Name: plain.Line(r.GetName()), Title: plain.Line(r.GetDisplayTitle()), Event: r.GetEvent(), Branch: r.GetHeadBranch(),
		SHA: shortSHA(r.GetHeadSHA()), Status: result(r.GetStatus(), r.GetConclusion())}
	if out.Title == out.Name {
		out.Title = ""
	}
	if n := r.GetRunAttempt(); n > 1 {
		out.Attempt = n
	}
	out.Started = second(cmp.Or(r.RunStartedAt, r.CreatedAt))
	if out.Started != nil && r.GetStatus() == "completed" && r.UpdatedAt != nil {
		out.Seconds = int64(max(r.UpdatedAt.Sub(*out.Started), 0) / time.Second)
	}
	return out
}

// result is how something ended, or how it stands if it has not.
func result(status, conclusion string) string {
	if conclusion != "" {
		return conclusion
	}
	return status
}
