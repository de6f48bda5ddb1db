package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// poorPoll is the least time between questions about what is watched where requests
// are few: 60 an hour without a credential.
const poorPoll = 5 * time.Minute

// kinds of subjects, by the word of their URIs.
var kinds = map[string]string{"issues": "issue", "pulls": "pull request", "runs": "run"}

// subject is something that can be watched.
type subject struct {
	repository
	kind   string // issues, pulls, runs
	number int64
}

// String names a subject for people.
func (u subject) String() string {
	if u.kind == "runs" {
		return fmt.Sprintf("run %d of %s", u.number, u.repository)
	}
	return fmt.Sprintf("%s %s#%d", kinds[u.kind], u.repository, u.number)
}

// key is the same for all spellings of a subject's URI.
func (u subject) key() string {
	return u.kind + ":" + strings.ToLower(u.repository.String()) + "#" + strconv.FormatInt(u.number, 10)
}

var subjectRule = regexp.MustCompile(`^github://([^/?#]+)/([^/?#]+)/(issues|pulls|runs)/([0-9]{1,18})(/diff)?$`)

// watchable reads the URI of a resource that can be watched.
func watchable(uri string) (subject, error) {
	m := subjectRule.FindStringSubmatch(uri)
	if m == nil || m[5] != "" && m[3] != "pulls" {
		return subject{}, toolerr.Invalid("uri", "uri: issues, pull requests and workflow runs can be watched, as github://owner/repo/issues/1, …/pulls/1/diff or …/runs/1")
	}
	var names [2]string
	for i := range names {
		name, err := url.PathUnescape(m[i+1])
		if err != nil {
			return subject{}, toolerr.Invalid("uri", "uri: %q is not percent-encoded well", m[i+1])
		}
		names[i] = name
	}
	number, err := strconv.ParseInt(m[4], 10, 64)
	if err != nil || number < 1 {
		return subject{}, toolerr.Invalid("uri", "uri: the number must be 1 or more")
	}
	return subject{repository{names[0], names[1]}, m[3], number}, nil
}

// Watch calls changed after each change of the issue, pull request or workflow
// run at uri until ctx ends. Whoever calls must see it, now and later: when it
// goes out of sight changed is called once, and again when it is back.
func (s *Service) Watch(ctx context.Context, uri string, changed func()) error {
	u, err := watchable(uri)
	if err != nil {
		return err
	}
	seen, err := s.in(ctx, u.repository)
	if err != nil {
		return err
	}
	key := poll.Key{Credential: upstream.CredentialFrom(seen).ID(), Subject: u.key()}
	return s.watches.Watch(ctx, key, func(ctx context.Context) (poll.Answer, error) { return s.look(ctx, u) }, changed)
}

// look asks GitHub how a subject stands. The credential is chosen each time: it
// may have been renewed, or taken away. What has not changed costs nothing of the
// rate limit, as pkg/upstream asks on condition.
func (s *Service) look(ctx context.Context, u subject) (poll.Answer, error) {
	ctx, err := s.in(ctx, u.repository)
	if err != nil {
		return poll.Answer{}, err
	}
	var resp *github.Response
	var state string
	switch u.kind {
	case "issues":
		var x *github.Issue
		if x, resp, err = s.api.Issues.Get(ctx, u.Owner, u.Repo, int(u.number)); err == nil {
			state = fmt.Sprint(x.GetUpdatedAt().UTC(), x.GetState(), x.GetComments())
		}
	case "pulls":
		var x *github.PullRequest
		if x, resp, err = s.api.PullRequests.Get(ctx, u.Owner, u.Repo, int(u.number)); err == nil {
			state = fmt.Sprint(x.GetUpdatedAt().UTC(), x.GetState(), x.GetMerged(), x.GetDraft(), x.GetHead().GetSHA(), x.GetBase().GetRef())
		}
	case "runs":
		var x *github.WorkflowRun
		if x, resp, err = s.api.Actions.GetWorkflowRunByID(ctx, u.Owner, u.Repo, u.number); err == nil {
			state = fmt.Sprint(x.GetUpdatedAt().UTC(), x.GetStatus(), x.GetConclusion(), x.GetRunAttempt())
		}
	}
	if err != nil {
		return poll.Answer{}, s.shown(err, "%s", u)
	}
	return poll.Answer{State: state, After: s.pace(ctx, resp)}, nil
}

// pace is the least time until the next question: what GitHub asks for, and more
// where few requests are left, since those are for the caller's own.
func (s *Service) pace(ctx context.Context, resp *github.Response) time.Duration {
	var least time.Duration
	if resp != nil && resp.Response != nil {
		least = seconds(resp.Header)
	}
	for _, r := range s.upstream.Rates(upstream.CredentialFrom(ctx)) {
		if r.Resource != "core" {
			continue
		}
		if r.Limit < 1000 {
			least = max(least, poorPoll)
		}
		if r.Remaining < r.Limit/10 && time.Now().Before(r.Reset) {
			least = max(least, min(time.Until(r.Reset), time.Hour))
		}
	}
	return least
}

// seconds reads X-Poll-Interval.
func seconds(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("X-Poll-Interval"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}
