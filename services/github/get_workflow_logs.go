package github

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/joblog"
)

var getWorkflowLogsTool = &mcp.Tool{
	Name:        "get_workflow_logs",
	Title:       "Get workflow logs",
	Description: `Why a run failed: the end of each failed job's failed step, or grep of whole logs; 30 KB a call. Example: {"run_id":42}`,
	Annotations: server.ReadOnly(true),
}

type getWorkflowLogsInput struct {
	repository
	RunID     int64  `json:"run_id,omitempty" jsonschema:"or job_id"`
	JobID     int64  `json:"job_id,omitempty" jsonschema:"one job"`
	Grep      string `json:"grep,omitempty" jsonschema:"RE2 pattern"`
	Context   *int   `json:"context,omitempty" hidden:"true" min:"0" max:"20" jsonschema:"lines around a match"`
	TailLines int    `json:"tail_lines" min:"1" max:"5000" quiet:"true" default:"100" jsonschema:"per job, default 100"`
	MaxBytes  int    `json:"max_bytes,omitempty" hidden:"true" jsonschema:"default 30000"`
}

const (
	maxPattern = 300 // bytes
	around     = 2   // lines, if nobody says so

	maxJobPages = 10 // of 100 jobs
	maxJobLogs  = 20 // in one answer
	logReaders  = 4  // at once
)

// getWorkflowLogsOutput is the text of logs.
type getWorkflowLogsOutput struct {
	body string
	meta logsMeta
}

// Text implements [server.Texter].
func (o getWorkflowLogsOutput) Text() (string, any) { return o.body, o.meta }

type logsMeta struct {
	Jobs      []jobMeta `json:"jobs"`
	Truncated bool      `json:"truncated,omitempty"`
}

type jobMeta struct {
	ID      int64  `json:"job_id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Step    string `json:"step,omitempty"`
	Lines   int    `json:"lines"`
	Matches *int   `json:"matches,omitempty"`
	Cut     bool   `json:"truncated,omitempty"`
}

func (s *Service) getWorkflowLogs(ctx context.Context, in getWorkflowLogsInput) (getWorkflowLogsOutput, error) {
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return getWorkflowLogsOutput{}, err
	}
	if in.RunID < 0 || in.JobID < 0 || (in.RunID == 0) == (in.JobID == 0) {
		return getWorkflowLogsOutput{}, toolerr.Invalid("run_id", "give run_id for the failed jobs of a run, or job_id for one job")
	}
	want, err := in.options()
	if err != nil {
		return getWorkflowLogsOutput{}, err
	}
	if in.JobID != 0 {
		job, _, err := s.api.Actions.GetWorkflowJobByID(ctx, in.Owner, in.Repo, in.JobID)
		if err != nil {
			return getWorkflowLogsOutput{}, s.shown(err, "job %d of %s", in.JobID, in.repository)
		}
		if job.GetStatus() != "completed" {
			return getWorkflowLogsOutput{}, stillRunning(job)
		}
		return s.logs(ctx, in, want, "", []*github.WorkflowJob{job})
	}
	jobs, err := s.jobs(ctx, in.repository, in.RunID)
	if err != nil {
		return getWorkflowLogsOutput{}, err
	}
	failed := slices.DeleteFunc(slices.Clone(jobs), func(j *github.WorkflowJob) bool { return !hasFailed(j) })
	if len(failed) == 0 {
		text, err := s.noFailure(ctx, in, jobs)
		return getWorkflowLogsOutput{text, logsMeta{Jobs: []jobMeta{}}}, err
	}
	return s.logs(ctx, in, want, summary(jobs, failed), failed)
}

// options returns what to look for in each log.
func (in *getWorkflowLogsInput) options() (joblog.Options, error) {
	if err := budget(&in.MaxBytes, 30_000); err != nil {
		return joblog.Options{}, err
	}
	o := joblog.Options{Context: around, Lines: in.TailLines, Bytes: in.MaxBytes}
	if in.Context != nil {
		o.Context = *in.Context
	}
	switch {
	case len(in.Grep) > maxPattern:
		return o, toolerr.Invalid("grep", "grep must have at most %d bytes", maxPattern)
	case in.Grep == "":
		return o, nil
	}
	re, err := regexp.Compile(in.Grep)
	if err != nil {
		reason := "it cannot be used"
		if bad, ok := err.(*syntax.Error); ok {
			reason = bad.Error()
		}
		return o, toolerr.Invalid("grep", "grep must be a regular expression of RE2: %s", reason)
	}
	o.Grep = re
	return o, nil
}

// jobs returns the jobs of a run's last attempt.
func (s *Service) jobs(ctx context.Context, r repository, run int64) ([]*github.WorkflowJob, error) {
	opts := &github.ListWorkflowJobsOptions{Filter: "latest", ListOptions: github.ListOptions{PerPage: 100}}
	var all []*github.WorkflowJob
	for range maxJobPages {
		list, resp, err := s.api.Actions.ListWorkflowJobs(ctx, r.Owner, r.Repo, run, opts)
		if err != nil {
			return nil, s.shown(err, "run %d of %s", run, r)
		}
		all = append(all, present(list.Jobs)...)
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	return all, nil
}

func hasFailed(j *github.WorkflowJob) bool {
	switch j.GetConclusion() {
	case "failure", "timed_out", "startup_failure":
		return true
	}
	return false
}

// failedStep returns the step that explains a job, nil if none does.
func failedStep(j *github.WorkflowJob) *github.TaskStep {
	for _, wanted := range []string{"failure", "timed_out", "cancelled"} {
		for _, step := range present(j.Steps) {
			if step.GetConclusion() == wanted {
				return step
			}
		}
	}
	return nil
}

// noFailure says why there are no logs to show of a run.
func (s *Service) noFailure(ctx context.Context, in getWorkflowLogsInput, jobs []*github.WorkflowJob) (string, error) {
	if len(jobs) > 0 {
		return "No job has failed: " + tally(jobs) + ". job_id reads the log of a job that did not fail.", nil
	}
	run, _, err := s.api.Actions.GetWorkflowRunByID(ctx, in.Owner, in.Repo, in.RunID)
	if err != nil {
		return "", s.shown(err, "run %d of %s", in.RunID, in.repository)
	}
	text := fmt.Sprintf("The run has no jobs; it stands at %s.", result(run.GetStatus(), run.GetConclusion()))
	if run.GetStatus() == "completed" {
		text += " Its workflow file " + run.GetPath() + " may be invalid."
	}
	return text, nil
}

// summary says how many jobs failed and what of the others is to be known.
func summary(jobs, failed []*github.WorkflowJob) string {
	text := fmt.Sprintf("%d of %d jobs failed", len(failed), len(jobs))
	if len(failed) > maxJobLogs {
		text += fmt.Sprintf("; the first %d are below", maxJobLogs)
	}
	if n := len(slices.DeleteFunc(slices.Clone(jobs), func(j *github.WorkflowJob) bool { return j.GetStatus() == "completed" })); n > 0 {
		text += fmt.Sprintf("; %d have not ended yet", n)
	}
	return text + ".\n\n"
}

// tally counts jobs by how they stand.
func tally(jobs []*github.WorkflowJob) string {
	count := make(map[string]int)
	var order []string
	for _, j := range jobs {
		r := result(j.GetStatus(), j.GetConclusion())
		if count[r]++; count[r] == 1 {
			order = append(order, r)
		}
	}
	for i, r := range order {
		order[i] = fmt.Sprintf("%d %s", count[r], r)
	}
	return strings.Join(order, ", ")
}

func stillRunning(j *github.WorkflowJob) error {
	return toolerr.New(toolerr.Conflict, "job %d (%s) is %s: GitHub has its log when it has ended; try again then", j.GetID(), plain.Line(j.GetName()), j.GetStatus())
}

// logs reads the logs of jobs and shares the bytes among them.
func (s *Service) logs(ctx context.Context, in getWorkflowLogsInput, want joblog.Options, head string, jobs []*github.WorkflowJob) (getWorkflowLogsOutput, error) {
	jobs, more := jobs[:min(len(jobs), maxJobLogs)], len(jobs) > maxJobLogs
	found := make([]joblog.Excerpt, len(jobs))
	errs := make([]error, len(jobs))
	slots := make(chan struct{}, logReaders)
	var reading sync.WaitGroup
	for i, j := range jobs {
		reading.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			o := want
			if step := failedStep(j); step != nil {
				o.From, o.To = step.GetStartedAt().Time, step.GetCompletedAt().Time
			}
			found[i], errs[i] = s.failure(ctx, in.repository, j, o)
		})
	}
	reading.Wait()
	if len(jobs) == 1 && errs[0] != nil {
		return getWorkflowLogsOutput{}, errs[0]
	}
	if err := ctx.Err(); err != nil {
		return getWorkflowLogsOutput{}, toolerr.From(err)
	}
	share(found, in.MaxBytes, want.Grep != nil)
	var b strings.Builder
	b.WriteString(head)
	meta := logsMeta{Jobs: make([]jobMeta, len(jobs)), Truncated: more}
	for i, j := range jobs {
		if i > 0 {
			b.WriteByte('\n')
		}
		meta.Jobs[i] = jobMeta{ID: j.GetID(), Name: plain.Line(j.GetName()), Status: result(j.GetStatus(), j.GetConclusion()), Lines: len(found[i].Lines), Cut: found[i].Cut}
		if step := failedStep(j); step != nil {
			meta.Jobs[i].Step = plain.Line(step.GetName())
		}
		if want.Grep != nil {
			meta.Jobs[i].Matches = &found[i].Matches
		}
		meta.Truncated = meta.Truncated || found[i].Cut
		writeLog(&b, meta.Jobs[i], found[i], errs[i])
	}
	return getWorkflowLogsOutput{b.String(), meta}, nil
}

func writeLog(b *strings.Builder, m jobMeta, found joblog.Excerpt, err error) {
	fmt.Fprintf(b, "== job %d %q: %s", m.ID, m.Name, m.Status)
	if m.Step != "" {
		fmt.Fprintf(b, " in step %q", m.Step)
	}
	b.WriteByte('\n')
	switch {
	case err != nil:
		fmt.Fprintf(b, "(no log: %s)\n", reason(err))
		return
	case m.Matches != nil && len(found.Lines) == 0:
		b.WriteString("(no line matches)\n")
	case m.Matches == nil && found.Cut:
		b.WriteString("(earlier lines are left out)\n")
	}
	for _, line := range found.Lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	if m.Matches != nil && found.Cut {
		b.WriteString("(further matches are left out)\n")
	}
}

// share cuts excerpts to a number of bytes in all. Each may have the same; what
// short ones leave goes to the others. Of matches the first are kept, else the
// last lines.
func share(all []joblog.Excerpt, most int, first bool) {
	sizes := make([]int, len(all))
	for i, x := range all {
		for _, l := range x.Lines {
			sizes[i] += len(l) + 1
		}
	}
	limit, left := 0, most
	for i, size := range slices.Sorted(slices.Values(sizes)) {
		limit = left / (len(sizes) - i)
		left -= min(size, limit)
	}
	for i := range all {
		for x := &all[i]; sizes[i] > limit && len(x.Lines) > 1; x.Cut = true {
			drop := 0
			if first {
				drop = len(x.Lines) - 1
			}
			sizes[i] -= len(x.Lines[drop]) + 1
			x.Lines = slices.Delete(x.Lines, drop, drop+1)
		}
	}
}
