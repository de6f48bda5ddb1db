package github

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// doctorTime bounds what the doctor asks with one credential.
	doctorTime = 15 * time.Second
	// maxExamined bounds the tokens that it looks at.
	maxExamined = 20
)

// Doctor looks at whether GitHub answers, who its credentials are, what they may
// do, and what is left of their rate limits.
func (s *Service) Doctor(ctx context.Context) []server.Check {
	var checks []server.Check
	a := s.access
	if a.tokens != nil {
		byOwner := *a.tokens.byOwner.Load()
		for i, owner := range slices.Sorted(maps.Keys(byOwner)) {
			if i == maxExamined {
				checks = append(checks, server.Check{Name: "tokens", State: "ok", Detail: fmt.Sprintf("%d more were not looked at", len(byOwner)-i)})
				break
			}
			name := "token"
			if len(byOwner) > 1 || owner != everybody {
				name += " of " + owner
			}
			checks = append(checks, s.examineToken(ctx, name, owner, byOwner[owner])...)
		}
	}
	switch {
	case a.app != nil:
		checks = append(checks, s.examineApp(ctx))
	case s.cfg.ClientID != "":
		checks = append(checks, s.examineAPI(ctx), s.examineSignIn(ctx))
	case a.tokens == nil:
		checks = append(checks, s.examineAPI(ctx), server.Check{Name: "credential", State: "warn", Detail: "none: public repositories can be read, nothing can be changed, and code cannot be searched",
			Fix: "set GITHUB_TOKEN, or give --github-tokens-file or --github-app-id"})
	}
	if len(a.allow) > 0 {
		checks = append(checks, server.Check{Name: "repositories", State: "ok", Detail: "only " + strings.Join(a.allow, ", ")})
	}
	return checks
}

// examineToken looks at one personal access token.
func (s *Service) examineToken(ctx context.Context, name, owner string, cred upstream.Credential) []server.Check {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	ctx = upstream.WithCredential(context.WithValue(ctx, grantKey{}, grant{owner: owner, from: s.access.tokens.from}), cred)
	user, resp, err := s.api.Users.Get(ctx, "")
	if err != nil {
		return []server.Check{s.failed(name, err)}
	}
	check := server.Check{Name: name, State: "ok", Detail: "it is " + user.GetLogin() + "'s"}
	if scopes, classic := scopesOf(resp.Header); classic {
		check.Detail += ", with the scopes " + strings.Join(scopes, ", ")
		if len(scopes) == 0 {
			check.Detail = "it is " + user.GetLogin() + "'s, without any scope"
		}
		if missing, fix := missingScopes(scopes, s.cfg.Write); missing != "" {
			check.State, check.Fix = "warn", fix
			check.Detail += "; " + missing
		}
	} else {
		check.Detail += ", fine-grained or of an App: GitHub does not tell what it may do"
	}
	if left := s.rateLeft(ctx); left != "" {
		check.Detail += "; " + left
	}
	return []server.Check{check}
}

// missingScopes says what cannot be done with the scopes of a classic token.
func missingScopes(scopes []string, write bool) (missing, fix string) {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	switch {
	case !has("repo") && !has("public_repo"):
		return "private repositories are not seen, and create_issue, update_issue, add_comment, create_pull_request and submit_review are refused",
			"give the token the scope repo, or public_repo for public repositories alone"
	case !has("repo"):
		return "private repositories are not seen", "give the token the scope repo, if they should be"
	case write && !has("workflow"):
		return "commit_files cannot change files in .github/workflows", "give the token the scope workflow, if it should"
	}
	return "", ""
}

// needs are the permissions of a GitHub App and what they are for.
var needs = []struct {
	permission, level string
	write             bool // for the tools of --write
	tools             string
}{
	{"contents", "read", false, "get_file_contents, list_commits, list_releases"},
	{"issues", "write", false, "create_issue, update_issue, add_comment"},
	{"pull_requests", "write", false, "create_pull_request, submit_review"},
	{"checks", "read", false, "get_pull_request_status"},
	{"statuses", "read", false, "get_pull_request_status"},
	{"actions", "read", false, "list_workflow_runs, get_workflow_logs"},
	{"contents", "write", true, "commit_files, merge_pull_request, create_release"},
	{"actions", "write", true, "run_workflow"},
}

// examineApp looks at the GitHub App, and gets a token if there is one
// installation for everything.
func (s *Service) examineApp(ctx context.Context) server.Check {
	const name = "GitHub App"
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	var app struct {
		Name        string            `json:"name"`
		Permissions map[string]string `json:"permissions"`
	}
	status, err := s.access.app.ask(ctx, http.MethodGet, "app", &app)
	if err == nil && status == http.StatusNotFound {
		err = toolerr.New(toolerr.AuthenticationFailed, "GitHub knows no such App")
	}
	if err == nil {
		_, _, err = s.access.app.credential(ctx, "")
	}
	if err != nil {
		return s.failed(name, err)
	}
	check := server.Check{Name: name, State: "ok", Detail: "it is " + app.Name}
	var missing, tools []string
	for _, n := range needs {
		level := app.Permissions[n.permission]
		if level == "" || level == "read" && n.level == "write" {
			if !n.write || s.cfg.Write {
				missing, tools = append(missing, n.permission+": "+n.level), append(tools, n.tools)
			}
		}
	}
	if len(missing) > 0 {
		check.State, check.Fix = "warn", "give the App the permissions "+strings.Join(missing, ", ")+", if these tools should work, and accept them where it is installed"
		check.Detail += "; not everything works of " + strings.Join(tools, ", ")
	}
	return check
}

// examineSignIn looks at whether the tokens of those who sign in can be kept.
func (s *Service) examineSignIn(ctx context.Context) server.Check {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	if err := s.store.Check(ctx); err != nil {
		return server.Check{Name: "sign-in", State: "fail", Detail: err.Error(), Fix: "correct --github-token-store, or what it names"}
	}
	return server.Check{Name: "sign-in", State: "ok", Detail: "each caller signs in at GitHub; what they may do is what they grant"}
}

// examineAPI looks at whether GitHub answers at all.
func (s *Service) examineAPI(ctx context.Context) server.Check {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	_, resp, err := s.api.RateLimit.Get(ctx)
	if err != nil && (resp == nil || resp.StatusCode != http.StatusNotFound) { // a server without limits
		return s.failed("GitHub", err)
	}
	detail := s.api.BaseURL.Host + " answers"
	if left := s.rateLeft(ctx); left != "" {
		detail += "; " + left
	}
	return server.Check{Name: "GitHub", State: "ok", Detail: detail}
}

// rateLeft says what is left of the rate limit of ctx's credential, "" if that is
// not known.
func (s *Service) rateLeft(ctx context.Context) string {
	limits, _, err := s.api.RateLimit.Get(ctx)
	if err != nil || limits.GetCore() == nil {
		return ""
	}
	return leftOf(limits.Core)
}

func leftOf(r *github.Rate) string {
	return fmt.Sprintf("%d of %d requests left until %s", r.Remaining, r.Limit, r.Reset.UTC().Format("15:04 MST"))
}

// failed is the check of what GitHub did not answer as it should.
func (s *Service) failed(name string, err error) server.Check {
	shown := toolerr.From(s.shown(err, "%s", s.api.BaseURL.Host))
	check := server.Check{Name: name, State: "fail", Detail: shown.Message}
	switch shown.Code {
	case toolerr.AuthenticationFailed, toolerr.PermissionDenied:
		check.Fix = "make a new credential at GitHub and give that; see that it is for the GitHub at --github-api-url"
	case toolerr.RateLimited:
		check.State, check.Fix = "warn", "wait"
	default:
		check.Detail = "no answer from " + s.api.BaseURL.Host + " as GitHub gives it"
		check.Fix = "see that the host is reachable from here, and that --github-api-url ends in /api/v3 for GitHub Enterprise Server"
	}
	return check
}
