package github

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// runRecord is a run with its jobs.
type runRecord struct {
	workflowRun
	Jobs []jobRecord `json:"jobs"`
}

type jobRecord struct {
	ID     int64  `json:"job_id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Step   string `json:"failed_step,omitempty"`
}

func (s *Service) readRun(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	repo, id, err := numberIn(vars, "run_id")
	if err != nil {
		return nil, err
	}
	if ctx, err = s.in(ctx, repo); err != nil {
		return nil, err
	}
	run, _, err := s.api.Actions.GetWorkflowRunByID(ctx, repo.Owner, repo.Repo, id)
	if err != nil {
		return nil, s.shown(err, "run %d of %s", id, repo)
	}
	jobs, err := s.jobs(ctx, repo, id)
	if err != nil {
		return nil, err
	}
	out := runRecord{newWorkflowRun(run), make([]jobRecord, len(jobs))}
	for i, j := range jobs {
		out.Jobs[i] = jobRecord{ID: j.GetID(), Name: plain.Line(j.GetName()), Status: result(j.GetStatus(), j.GetConclusion())}
		if step := failedStep(j); step != nil {
			out.Jobs[i].Step = plain.Line(step.GetName())
		}
	}
	return record(out)
}
