package github

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var runTemplate = &mcp.ResourceTemplate{
	URITemplate: "github://{owner}/{repo}/runs/{run_id}",
	Name:        "workflow-run",
	Title:       "Workflow run",
	Description: "How a run of GitHub Actions stands, and its jobs. It can be watched.",
	MIMEType:    "application/json",
}

func (s *Service) registerRunResource(r *server.Registry) {
	r.AddTemplate(runTemplate, s.readRun, server.Scope(readScope), server.Private())
}

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
	repo := repository{vars["owner"], vars["repo"]}
	ctx, err := s.in(ctx, repo)
	if err != nil {
		return nil, err
	}
	id, err := runNumber("run_id", vars["run_id"])
	if err != nil {
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
	record := runRecord{newWorkflowRun(run), make([]jobRecord, len(jobs))}
	for i, j := range jobs {
		record.Jobs[i] = jobRecord{ID: j.GetID(), Name: oneLine(j.GetName()), Status: result(j.GetStatus(), j.GetConclusion())}
		if step := failedStep(j); step != nil {
			record.Jobs[i].Step = oneLine(step.GetName())
		}
	}
	b, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	return []*mcp.ResourceContents{{Text: string(b)}}, nil
}
