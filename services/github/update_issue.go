package github

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var updateIssueTool = &mcp.Tool{
	Name:        "update_issue",
	Title:       "Update an issue",
	Description: `Changes what is given of an issue or pull request; failed names what could not be. Example: {"number":1,"state":"closed"}`,
	Annotations: adds(),
}

type updateIssueInput struct {
	numbered
	Title        *string   `json:"title,omitempty"`
	Body         *string   `json:"body,omitempty" jsonschema:"replaces it"`
	State        string    `json:"state,omitempty" enum:"open,closed"`
	StateReason  string    `json:"state_reason,omitempty" enum:"completed,not_planned"`
	AddLabels    []string  `json:"add_labels,omitempty" jsonschema:"names"`
	RemoveLabels []string  `json:"remove_labels,omitempty" jsonschema:"names"`
	Assignees    *[]string `json:"assignees,omitempty" jsonschema:"replaces all"`
}

// maxRemoved bounds the labels of one call.
const maxRemoved = 20

type updateIssueOutput struct {
	Number  int      `json:"number"`
	URL     string   `json:"url,omitempty"`
	State   string   `json:"state,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	Done    []string `json:"done"`
	Failed  []string `json:"failed,omitempty"`
	Ignored []string `json:"ignored,omitempty"`
}

func (s *Service) updateIssue(ctx context.Context, in updateIssueInput) (updateIssueOutput, error) {
	out := updateIssueOutput{Number: in.Number, Done: []string{}}
	if err := in.check(); err != nil {
		return out, err
	}
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return out, err
	}
	u := &update{s: s, in: in, out: &out}
	u.fields(ctx)
	u.addLabels(ctx)
	for _, l := range in.RemoveLabels {
		u.removeLabel(ctx, l)
	}
	if len(out.Done) == 0 {
		return out, u.first
	}
	return out, nil
}

func (in *updateIssueInput) check() error {
	switch {
	case in.StateReason != "" && in.State != "closed":
		return toolerr.Invalid("state_reason", "state_reason: it goes with state closed")
	case in.changed() == nil && len(in.AddLabels) == 0 && len(in.RemoveLabels) == 0:
		return toolerr.New(toolerr.InvalidInput, "give what to change: title, body, state, add_labels, remove_labels or assignees")
	}
	if len(in.RemoveLabels) > maxRemoved {
		return toolerr.Invalid("remove_labels", "remove_labels: at most %d, each is a request of its own", maxRemoved)
	}
	for _, l := range in.RemoveLabels {
		if l == "" || l == "." || l == ".." { // which a path cannot name
			return toolerr.Invalid("remove_labels", "remove_labels: the label %q cannot be named here", l)
		}
	}
	return nil
}

// changed names the fields that one request changes together.
func (in *updateIssueInput) changed() []string {
	var list []string
	for _, f := range []struct {
		name  string
		given bool
	}{{"title", in.Title != nil}, {"body", in.Body != nil}, {"state", in.State != ""}, {"assignees", in.Assignees != nil}} {
		if f.given {
			list = append(list, f.name)
		}
	}
	return list
}

// update is one call of the tool: several requests of which each may fail.
type update struct {
	s     *Service
	in    updateIssueInput
	out   *updateIssueOutput
	first error // of the first part that failed
	lost  bool  // the rest is not tried: it would fail as well
}

// done notes how a part went. What is true of all parts, such as a rate limit,
// ends the call's work.
func (u *update) done(part string, err error) {
	if err == nil {
		u.out.Done = append(u.out.Done, part)
		return
	}
	err = u.s.shownWrite(err, "%s of %s", part, u.in.numbered)
	if u.first == nil {
		u.first = err
	}
	u.out.Failed = append(u.out.Failed, reason(err))
	switch toolerr.From(err).Code {
	case toolerr.InvalidInput, toolerr.ResourceNotFound, toolerr.Conflict:
	default:
		u.lost = true
	}
}

// skip notes a part that is not tried.
func (u *update) skip(part string) bool {
	if u.lost {
		u.out.Failed = append(u.out.Failed, part+": not tried after the failure before it")
	}
	return u.lost
}

func (u *update) fields(ctx context.Context) {
	part := strings.Join(u.in.changed(), ", ")
	if part == "" {
		return
	}
	ask := &github.IssueRequest{Title: u.in.Title, Body: u.in.Body, Assignees: u.in.Assignees}
	if u.in.State != "" {
		ask.State = &u.in.State
	}
	if u.in.StateReason != "" {
		ask.StateReason = &u.in.StateReason
	}
	issue, _, err := u.s.api.Issues.Edit(ctx, u.in.Owner, u.in.Repo, u.in.Number, ask)
	if err == nil && issue.GetNumber() != u.in.Number {
		err = emptyWrite("%s", u.in.numbered)
	}
	u.done(part, err)
	if err == nil {
		u.out.State, u.out.URL = issue.GetState(), plain.Line(issue.GetHTMLURL())
		if u.in.Assignees != nil {
			u.out.Ignored = without(*u.in.Assignees, logins(issue.Assignees), "assignee ")
		}
	}
}

func (u *update) addLabels(ctx context.Context) {
	if len(u.in.AddLabels) == 0 || u.skip("add_labels") {
		return
	}
	labels, _, err := u.s.api.Issues.AddLabelsToIssue(ctx, u.in.Owner, u.in.Repo, u.in.Number, u.in.AddLabels)
	if u.done("add_labels", err); err == nil {
		u.out.Labels = labelNames(labels)
	}
}

// removeLabel takes one label away. One that is not there is as good as removed.
func (u *update) removeLabel(ctx context.Context, label string) {
	part := "remove label " + plain.Words(label, 100)
	if u.skip(part) {
		return
	}
	// go-github puts the name into the path as it is.
	_, err := u.s.api.Issues.RemoveLabelForIssue(ctx, u.in.Owner, u.in.Repo, u.in.Number, url.PathEscape(label))
	if statusOf(err) == http.StatusNotFound && (len(u.out.Done) > 0 || says(err, "label does not exist")) { // the issue is there
		err = nil
	}
	if u.done(part, err); err == nil {
		u.out.Labels = dropped(u.out.Labels, label)
	}
}
