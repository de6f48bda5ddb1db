package github

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// output says what the parts mean together.
func (p *parts) output() getPullRequestStatusOutput {
	pr := p.pr
	out := getPullRequestStatusOutput{
		Title: plain.Words(pr.GetTitle(), 300), State: pullState(pr), Head: plain.Line(headLabel(pr)), HeadSHA: pr.GetHead().GetSHA(),
		Base: plain.Line(pr.GetBase().GetRef()), Blockers: []string{},
	}
	out.Reviews = p.latestReviews()
	threads := p.openThreads()
	if left := len(threads) - maxReviewComments; left > 0 {
		p.lacks("threads", counted(left, "more review comment")+" that look open")
		threads = threads[left:]
	}
	out.Comments = threads
	failed, pending, passed := p.checks()
	out.Checks = append(failed, pending...)
	if left := len(out.Checks) - maxChecks; left > 0 {
		p.lacks("more checks", counted(left, "more check")+" that did not pass")
		out.Checks = out.Checks[:maxChecks]
	}
	if left := len(passed) - maxChecks; left > 0 {
		passed = append(passed[:maxChecks], fmt.Sprintf("and %d more", left))
	}
	out.Passed = passed
	if out.State == "open" || out.State == "draft" {
		out.Mergeable = mergeable(pr)
		out.Blockers = append(out.Blockers, p.blockers(out, failed, pending)...)
	}
	for _, part := range []string{"reviews", "review comments", "threads", "checks", "more checks", "commit statuses"} {
		if why := p.missing[part]; why != "" {
			out.Missing = append(out.Missing, why)
		}
	}
	return out
}

// mergeable is what GitHub has worked out so far.
func mergeable(pr *github.PullRequest) string {
	if pr.Mergeable == nil {
		return "unknown: GitHub is working it out, ask again in a few seconds"
	}
	if s := pr.GetMergeableState(); s != "" {
		return plain.Line(s)
	}
	return strconv.FormatBool(pr.GetMergeable())
}

func (p *parts) blockers(out getPullRequestStatusOutput, failed, pending []check) []string {
	var list []string
	state := p.pr.GetMergeableState()
	if p.pr.GetDraft() {
		list = append(list, "it is a draft")
	}
	if state == "dirty" || p.pr.Mergeable != nil && !p.pr.GetMergeable() {
		list = append(list, "it has conflicts with "+out.Base)
	}
	if state == "behind" {
		list = append(list, "it is behind "+out.Base+", which must be merged into it first")
	}
	for _, r := range out.Reviews {
		if r.State == "changes_requested" {
			list = append(list, r.User+" requested changes")
		}
	}
	optional := ""
	if state == "unstable" {
		optional = " that a merge does not require"
	}
	if len(failed) > 0 {
		list = append(list, counted(len(failed), "check")+" failed"+optional+": "+checkNames(failed))
	}
	if len(pending) > 0 {
		list = append(list, counted(len(pending), "check")+" not finished"+optional+": "+checkNames(pending))
	}
	if asked := append(logins(p.pr.RequestedReviewers), slugs(p.pr.RequestedTeams)...); len(asked) > 0 && state != "clean" && state != "unstable" {
		list = append(list, "a review is awaited from "+plain.Words(strings.Join(asked, ", "), 300))
	}
	if state == "blocked" {
		list = append(list, p.blocked(out))
	}
	return list
}

// blocked guesses at what the rules of the base branch want: GitHub tells those
// only who administers the repository.
func (p *parts) blocked(out getPullRequestStatusOutput) string {
	approved := slices.ContainsFunc(out.Reviews, func(r reviewStatus) bool { return r.State == "approved" && !r.Old })
	if !approved && p.missing["reviews"] == "" {
		return "the rules of " + out.Base + " are not met, such as an approval: nobody has approved the latest commit"
	}
	return "the rules of " + out.Base + " are not met: a required review, check or resolved conversation is missing"
}

// latestReviews are each person's last word. A comment does not take back an
// approval or a request for changes.
func (p *parts) latestReviews() []reviewStatus {
	latest := map[string]int{}
	var list []reviewStatus
	for _, r := range p.reviews {
		state := strings.ToLower(r.GetState())
		if state == "pending" {
			continue
		}
		now := reviewStatus{author(r.User), plain.Line(state), when(r.SubmittedAt), r.GetCommitID() != "" && r.GetCommitID() != p.pr.GetHead().GetSHA()}
		at, known := latest[now.User]
		switch {
		case !known:
			latest[now.User] = len(list)
			list = append(list, now)
		case state != "commented" || list[at].State == "commented":
			list[at] = now
		}
	}
	return list
}

// openThreads are the review comments that look as if nobody had dealt with them:
// the line that they are about is still there. Whether a thread was marked as
// resolved is not in GitHub's REST API.
func (p *parts) openThreads() []reviewComment {
	at := map[int64]int{}
	var list []reviewComment
	for _, c := range p.comments {
		if root, reply := at[c.GetInReplyTo()]; reply {
			list[root].Replies++
			continue
		}
		outdated := c.Line == nil && c.Position == nil && c.GetSubjectType() != "file"
		if c.GetInReplyTo() != 0 || outdated {
			continue
		}
		at[c.GetID()] = len(list)
		list = append(list, reviewComment{ID: c.GetID(), Path: pathName(c.GetPath()), Line: c.GetLine(), User: author(c.User), Text: plain.Words(c.GetBody(), maxFirstWords)})
	}
	return list
}

// checks sorts check runs and commit statuses by what they mean for a merge.
func (p *parts) checks() (failed, pending []check, passed []string) {
	for _, r := range p.runs {
		c := check{Name: plain.Words(r.GetName(), 200), State: plain.Line(r.GetConclusion()), JobID: jobID(r)}
		switch {
		case r.GetStatus() != "completed":
			c.State = plain.Line(r.GetStatus())
			pending = append(pending, c)
		case slices.Contains([]string{"success", "neutral", "skipped"}, c.State):
			passed = append(passed, c.Name)
		default:
			c.Detail = plain.Words(r.GetOutput().GetTitle(), maxFirstWords)
			failed = append(failed, c)
		}
	}
	for _, r := range p.statuses {
		c := check{Name: plain.Words(r.GetContext(), 200), State: plain.Line(r.GetState()), Detail: plain.Words(r.GetDescription(), maxFirstWords)}
		switch c.State {
		case "success":
			passed = append(passed, c.Name)
		case "pending":
			pending = append(pending, c)
		default:
			failed = append(failed, c)
		}
	}
	return failed, pending, passed
}

// jobID is the job of GitHub Actions that a check run is of, 0 for none. It is in
// the address of its page: …/actions/runs/1/job/2.
func jobID(r *github.CheckRun) int64 {
	u, err := url.Parse(r.GetDetailsURL())
	if err == nil && strings.Contains(u.Path, "/actions/runs/") {
		if _, job, ok := strings.Cut(u.Path, "/job/"); ok {
			if id, err := strconv.ParseInt(job, 10, 64); err == nil {
				return id
			}
		}
	}
	if r.GetApp().GetSlug() == "github-actions" {
		return r.GetID()
	}
	return 0
}
