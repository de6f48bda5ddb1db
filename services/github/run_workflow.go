package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var runWorkflowTool = &mcp.Tool{
	Name:        "run_workflow",
	Title:       "Run a workflow",
	Description: `Dispatches a workflow at ref, or reruns, reruns the failed jobs of, or cancels a run; list_workflow_runs shows it. Example: {"action":"dispatch","workflow":"deploy.yml","ref":"main","inputs":{"stage":"test"}}`,
	Annotations: destroys(),
}

type runWorkflowInput struct {
	repository
	Action   string            `json:"action" enum:"dispatch,rerun,rerun_failed,cancel"`
	Workflow string            `json:"workflow,omitempty" maxLength:"255" quiet:"true" jsonschema:"file or id to dispatch"`
	Ref      string            `json:"ref,omitempty" maxLength:"255" quiet:"true"`
	Inputs   map[string]string `json:"inputs,omitempty" maxItems:"25" maxLength:"60000" quiet:"true" jsonschema:"for dispatch"`
	RunID    int64             `json:"run_id,omitempty" min:"1" quiet:"true" jsonschema:"for the others"`
}

type runWorkflowOutput struct {
	Done string `json:"done"`
}

// done is what the actions are called once GitHub has taken them.
var done = map[string]string{
	"dispatch":     "dispatched; its run appears in list_workflow_runs in some seconds",
	"rerun":        "runs again",
	"rerun_failed": "its failed jobs run again",
	"cancel":       "is being cancelled",
}

// check refuses arguments that do not belong to the action.
func (in runWorkflowInput) check() error {
	dispatch := in.Action == "dispatch"
	switch {
	case dispatch && in.Workflow == "":
		return toolerr.Invalid("workflow", "workflow is needed to dispatch one: a file in .github/workflows, such as deploy.yml")
	case dispatch && in.Ref == "":
		return toolerr.Invalid("ref", "ref is needed to dispatch a workflow: the branch or tag to run it at")
	case dispatch && in.RunID != 0:
		return toolerr.Invalid("run_id", "run_id is of a run that is there; leave it out to dispatch a workflow")
	case !dispatch && in.RunID == 0:
		return toolerr.Invalid("run_id", "run_id is needed to %s: list_workflow_runs has it", in.Action)
	case !dispatch && (in.Workflow != "" || in.Ref != "" || len(in.Inputs) > 0):
		return toolerr.Invalid("workflow", "workflow, ref and inputs are for the action dispatch; a run keeps its own")
	}
	return nil
}

// runWorkflowQuestion words what is about to happen.
func (s *Service) runWorkflowQuestion(ctx context.Context, in runWorkflowInput) (string, error) {
	if _, err := s.toChange(ctx, in.repository); err != nil {
		return "", err
	}
	if err := in.check(); err != nil {
		return "", err
	}
	switch in.Action {
	case "rerun":
		return fmt.Sprintf("Run all jobs of run %d in %s again?", in.RunID, in.repository), nil
	case "rerun_failed":
		return fmt.Sprintf("Run the failed jobs of run %d in %s again?", in.RunID, in.repository), nil
	case "cancel":
		return fmt.Sprintf("Cancel run %d in %s?", in.RunID, in.repository), nil
	}
	question := fmt.Sprintf("Run the workflow %q of %s at %q", in.Workflow, in.repository, in.Ref)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(in.Inputs)) {
		list = append(list, inputLine(name, in.Inputs[name]))
	}
	if len(list) > 0 {
		question += " with " + strings.Join(list, ", ")
	}
	return question + "?", nil
}

// maxShownInput bounds what a question shows of an input, so that all are named.
const maxShownInput = 80

// inputLine is an input in a question: name="value", and how long a value is that
// is cut.
func inputLine(name, value string) string {
	line := fmt.Sprintf("%s=%q", plain.Words(name, maxShownInput), plain.Shorten(value, maxShownInput))
	if len(value) > maxShownInput {
		line += fmt.Sprintf(" (%d bytes)", len(value))
	}
	return line
}

func (s *Service) runWorkflow(ctx context.Context, in runWorkflowInput) (runWorkflowOutput, error) {
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return runWorkflowOutput{}, err
	}
	if err := in.check(); err != nil {
		return runWorkflowOutput{}, err
	}
	what := fmt.Sprintf("run %d of %s", in.RunID, in.repository)
	switch in.Action {
	case "dispatch":
		var file string
		if file, err = workflowFile(in.Workflow); err != nil {
			return runWorkflowOutput{}, err
		}
		what = fmt.Sprintf("workflow %s of %s", in.Workflow, in.repository)
		event := github.CreateWorkflowDispatchEventRequest{Ref: in.Ref}
		if len(in.Inputs) > 0 {
			event.Inputs = make(map[string]any, len(in.Inputs))
			for name, value := range in.Inputs {
				event.Inputs[name] = value
			}
		}
		_, err = s.api.Actions.CreateWorkflowDispatchEventByFileName(ctx, in.Owner, in.Repo, file, event)
	case "rerun":
		_, err = s.api.Actions.RerunWorkflowByID(ctx, in.Owner, in.Repo, in.RunID)
	case "rerun_failed":
		_, err = s.api.Actions.RerunFailedJobsByID(ctx, in.Owner, in.Repo, in.RunID)
	case "cancel":
		_, err = s.api.Actions.CancelWorkflowRunByID(ctx, in.Owner, in.Repo, in.RunID)
	}
	var taken *github.AcceptedError
	if err != nil && !errors.As(err, &taken) {
		return runWorkflowOutput{}, s.cannotRun(err, in.Action, what)
	}
	return runWorkflowOutput{what + ": " + done[in.Action]}, nil
}

// cannotRun tells a run that cannot be run again from one that may not be: GitHub
// says 403 to both.
func (s *Service) cannotRun(err error, action, what string) error {
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && statusOf(err) == http.StatusForbidden && action != "dispatch" && says(err, "month ago", "unable to", "already running", "cannot be") {
		return toolerr.Wrap(err, toolerr.Conflict, "%s: GitHub says: %s. Runs can be run again when they have ended, for 30 days", what, strings.TrimSuffix(saying(answer), "."))
	}
	return s.shown(err, "%s", what)
}
