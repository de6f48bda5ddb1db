package github_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/github"
)

const getIssueArgs = `{"owner":"octocat","repo":"hello","number":3}`

func TestRefusals(t *testing.T) {
	long := strings.Repeat("ü", 5000)
	tests := []struct {
		name   string
		status int
		body   string
		header []string
		want   string
	}{
		{"not found", 404, `{"message":"Not Found","documentation_url":"https://docs.github.com/x"}`, nil,
			`"RESOURCE_NOT_FOUND","message":"octocat/hello#3: GitHub says 404: Not Found. It does not exist, or this credential may not see it","retryable":false`},
		{"not found for want of a scope", 404, `{"message":"Not Found"}`, []string{"X-OAuth-Scopes", "gist, read:org", "X-Accepted-OAuth-Scopes", "repo, public_repo"},
			`or the token may not see it: it needs repo or public_repo"`},
		{"a token without scopes", 404, `{"message":"Not Found"}`, []string{"X-OAuth-Scopes", "", "X-Accepted-OAuth-Scopes", "repo"}, `it needs repo"`},
		{"bad credentials", 401, `{"message":"Bad credentials"}`, nil, `"AUTHENTICATION_FAILED","message":"GitHub does not take this service's token: whoever operates it has to give another one with GITHUB_TOKEN"`},
		{"permission of a fine-grained token", 403, `{"message":"Resource not accessible by personal access token"}`, []string{"X-Accepted-GitHub-Permissions", "issues=read; pull_requests=read"},
			`"PERMISSION_DENIED","message":"octocat/hello#3: GitHub says 403: Resource not accessible by personal access token. The token lacks a permission: issues=read or pull_requests=read"`},
		{"scope of a classic token", 403, `{"message":"Must have admin rights"}`, []string{"X-OAuth-Scopes", "public_repo", "X-Accepted-OAuth-Scopes", "admin:org, repo"}, `The token lacks a scope: it needs admin:org or repo"`},
		{"single sign-on", 403, `{"message":"Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."}`,
			[]string{"X-GitHub-SSO", "required; url=https://github.com/orgs/octo/sso?authorization_request=SECRET"}, `authorize the token for it, beginning at https://github.com/orgs/octo/sso"`},
		{"archived", 403, `{"message":"Repository was archived so is read-only."}`, []string{"X-Accepted-GitHub-Permissions", "issues=write"}, `GitHub says 403: Repository was archived so is read-only."`},
		{"primary limit", 403, `{"message":"API rate limit exceeded for user ID 1."}`, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4102444800"}, `"RATE_LIMITED"`},
		{"primary limit by 429", 429, `{"message":"API rate limit exceeded"}`, []string{"Retry-After", "17", "X-RateLimit-Resource", "core"}, `"RATE_LIMITED"`},
		{"secondary limit", 403, `{"message":"You have exceeded a secondary rate limit."}`, nil, `"RATE_LIMITED"`},
		{"abuse", 403, `{"message":"You have triggered an abuse detection mechanism.","documentation_url":"https://docs.github.com/rest/overview/x#secondary-rate-limits"}`, nil, `"RATE_LIMITED"`},
		{"gone", 410, `{"message":"This issue was deleted"}`, nil, `"RESOURCE_NOT_FOUND","message":"octocat/hello#3: GitHub says 410: This issue was deleted"`},
		{"blocked by law", 451, `{"message":"Repository access blocked","block":{"reason":"dmca"}}`, nil, `"PERMISSION_DENIED","message":"octocat/hello#3: GitHub says 451: Repository access blocked; reason: dmca"`},
		{"fields", 422, `{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"},{"resource":"Issue","field":"x","code":"already_exists"}]}`, nil,
			`"CONFLICT","message":"octocat/hello#3: GitHub says 422: Validation Failed; title missing_field; x already_exists"`},
		{"errors as strings", 422, `{"message":"Unprocessable Entity","errors":["one","two"]}`, nil, `"INVALID_INPUT","message":"octocat/hello#3: GitHub says 422: Unprocessable Entity; one; two"`},
		{"errors as one string", 422, `{"message":"Validation Failed","errors":"line must be part of the diff"}`, nil, `GitHub says 422: Validation Failed; line must be part of the diff. Comments go to lines`},
		{"errors of an unknown shape", 422, `{"message":"Odd","errors":{"a":1}}`, nil, `GitHub says 422: Odd"`},
		{"no JSON", 500, `<html>secret`, nil, `"SERVICE_UNAVAILABLE","message":"octocat/hello#3: GitHub says 500: Internal Server Error","retryable":true`},
		{"accepted", 202, `{}`, nil, `"SERVICE_UNAVAILABLE","message":"octocat/hello#3: GitHub is still working it out`},
		{"hostile text", 400, `{"message":"\u001b[31mx\u0000\r\n\u202ey see https://api.github.com/a?access_token=SECRET"}`, nil, `GitHub says 400: �[31mx� �y see https://api.github.com/a"`},
		{"a long message", 400, `{"message":"` + long + `"}`, nil, strings.Repeat("ü", 300) + `…"`},
		{"broken JSON", 200, `{"number":`, nil, `"SERVICE_UNAVAILABLE","message":"octocat/hello#3: GitHub's answer`},
		{"another kind of JSON", 200, `{"number":"three"}`, nil, `"SERVICE_UNAVAILABLE","message":"octocat/hello#3: GitHub's answer`},
		{"nothing", 200, `{}`, nil, `"SERVICE_UNAVAILABLE","message":"octocat/hello#3: GitHub's answer does not hold it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, github.Config{Token: "t0ken-of-a-test"})
			r.JSON("GET /repos/octocat/hello/issues/3", tt.status, tt.body, tt.header...)
			text, failed := r.call(t, "get_issue", getIssueArgs)
			if !failed || !strings.Contains(text, tt.want) {
				t.Errorf("no %s in %s", tt.want, text)
			}
			for _, never := range []string{"SECRET", "t0ken", "secret", "\x1b", r.URL, "docs.github.com"} {
				if strings.Contains(text, never) {
					t.Errorf("%q is in %s", never, text)
				}
			}
			if len(text) > 1200 {
				t.Errorf("%d bytes", len(text))
			}
		})
	}
}

func TestRefusalWithoutCredential(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/issues/3", 404, `{"message":"Not Found"}`)
	if text, _ := r.call(t, "get_issue", getIssueArgs); !strings.Contains(text, "It does not exist, or it is private: this request had no credential") {
		t.Error(text)
	}
}

// A change is sent once, and what may have been done is said.
func TestLostAnswers(t *testing.T) {
	cut := func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}
	r := newRig(t, github.Config{Token: "t0ken-of-a-test"})
	r.Handle("POST /repos/octocat/hello/issues/3/comments", cut)
	text, failed := r.call(t, "add_comment", `{"owner":"octocat","repo":"hello","number":3,"body":"b"}`)
	if !failed || !strings.Contains(text, "it may have been done all the same: look before you try again") || !strings.Contains(text, `"retryable":false`) || strings.Contains(text, r.URL) {
		t.Error(text)
	}
	if n := len(r.Requests()); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}
