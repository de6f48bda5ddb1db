//go:build e2e

package github

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The templates of resources.
const (
	userURI       = "github://users/{login}"
	repositoryURI = "github://{owner}/{repo}"
	contentsURI   = "github://{owner}/{repo}/contents/{+path}{?ref}"
	issueURI      = "github://{owner}/{repo}/issues/{number}"
	diffURI       = "github://{owner}/{repo}/pulls/{number}/diff"
	jobURI        = "github://{owner}/{repo}/jobs/{job_id}/log"
	runURI        = "github://{owner}/{repo}/runs/{run_id}"
)

// directory has the contents of a path be a directory.
var directory = map[string]string{"repos/get-content": "response-if-content-is-a-directory"}

// resources are URIs by their templates, or by themselves, what GitHub must at
// least be asked for them, and what is in them then. Nothing is asked for "". The
// path of a request ends in path.
var resources = []struct {
	of, uri, asks, path, says string
	examples                  map[string]string
}{
	{of: "github://me", uri: "github://me", asks: "users/get-authenticated", says: `"login":"octocat"`},
	{of: "github://rate-limit", uri: "github://rate-limit", says: `"limit":5000`},
	{of: userURI, uri: "github://users/octocat", asks: "users/get-by-username", says: "monalisa octocat"},
	{of: repositoryURI, uri: "github://octocat/Hello-World", asks: "repos/get repos/list-languages repos/list-commits", says: "Fix all the bugs"},
	{of: contentsURI, uri: "github://octocat/Hello-World/contents/README.md", asks: "repos/get-content", says: "the first file"},
	{of: contentsURI, uri: "github://octocat/Hello-World/contents/docs/%C3%BCber%20uns/a%20b%23c%3F.md?ref=feature%2Fx%231", asks: "repos/get-content", path: "/contents/docs/über uns/a b#c?.md", says: "the first file"},
	{of: contentsURI, uri: "github://octocat/Hello-World/contents/lib", asks: "repos/get-content", says: "octokit.rb", examples: directory},
	{of: issueURI, uri: "github://octocat/Hello-World/issues/1347", asks: "issues/get issues/list-comments", says: "Found a bug"},
	{of: diffURI, uri: "github://octocat/Hello-World/pulls/1347/diff", asks: "pulls/get", says: "diff --git a/README.md"},
	{of: jobURI, uri: "github://octocat/Hello-World/jobs/399444496/log", asks: "actions/download-job-logs-for-workflow-run", says: "FAIL: TestHello"},
	{of: runURI, uri: "github://octocat/Hello-World/runs/30433642", asks: "actions/get-workflow-run actions/list-jobs-for-workflow-run", says: `"job_id":399444496`},
}

// completion is of an argument of a template, or of a prompt by its name. What is
// in has is proposed. A list is asked for once a minute, so each has a repository
// of its own. The path of a request ends in path.
type completion struct {
	of, argument, typed string
	settled             map[string]string
	asks, path, has     string
	examples            map[string]string
	absent              string
}

// at is a repository that was settled before.
func at(owner, repo string) map[string]string { return map[string]string{"owner": owner, "repo": repo} }

var completions = []completion{
	{of: userURI, argument: "login", asks: "users/get-authenticated orgs/list-for-authenticated-user", has: "octocat"},
	{of: contentsURI, argument: "owner", typed: "gi", has: "github"},
	{of: contentsURI, argument: "repo", settled: at("github", ""), asks: "repos/list-for-org", has: "Hello-World"},
	{of: issueURI, argument: "repo", typed: "hello", settled: at("hubot", ""), asks: "repos/list-for-org repos/list-for-user", has: "Hello-World", absent: "repos/list-for-org"},
	{of: runURI, argument: "repo", settled: at("octocat", ""), asks: "repos/list-for-org repos/list-for-authenticated-user", has: "Hello-World", absent: "repos/list-for-org"},
	{of: contentsURI, argument: "path", settled: at("octocat", "a"), asks: "repos/get-content", has: "octokit.rb", examples: directory},
	{of: contentsURI, argument: "path", typed: "docs/über uns/octo", settled: map[string]string{"owner": "octocat", "repo": "b", "ref": "feature/x#1"}, asks: "repos/get-content", path: "/contents/docs/über uns", has: "docs/über uns/octokit.rb", examples: directory},
	{of: contentsURI, argument: "ref", settled: at("octocat", "c"), asks: "repos/list-branches repos/list-tags", has: "master"},
	{of: contentsURI, argument: "ref", typed: "feature-", settled: at("octocat", "d"), asks: "git/list-matching-refs", has: "feature-a"},
	{of: contentsURI, argument: "ref", typed: "wip/ü#1%/", settled: at("octocat", "e"), asks: "git/list-matching-refs", path: "/matching-refs/heads/wip/ü#1%/"},
	{of: issueURI, argument: "number", settled: at("octocat", "f"), asks: "issues/list-for-repo", has: "1347"},
	{of: diffURI, argument: "number", settled: at("octocat", "g"), asks: "pulls/list", has: "1347"},
	{of: jobURI, argument: "job_id", settled: at("octocat", "h"), asks: "actions/list-workflow-runs-for-repo actions/list-jobs-for-workflow-run", has: "399444496"},
	{of: runURI, argument: "run_id", settled: at("octocat", "i"), asks: "actions/list-workflow-runs-for-repo", has: "30433642"},
	{of: "review_pull_request", argument: "owner", typed: "oct", has: "octocat"},
	{of: "review_pull_request", argument: "repo", settled: at("octo-org", ""), asks: "repos/list-for-org", has: "Hello-World"},
	{of: "review_pull_request", argument: "number", settled: at("octocat", "j"), asks: "pulls/list", has: "1347"},
	{of: "review_pull_request", argument: "pr_number", settled: at("octocat", "k"), asks: "pulls/list", has: "1347"},
	{of: "debug_ci", argument: "run_id", settled: at("octocat", "l"), asks: "actions/list-workflow-runs-for-repo", has: "30433642"},
	{of: "debug_ci", argument: "branch", settled: at("octocat", "m"), asks: "repos/list-branches", has: "master"},
	{of: "triage_issue", argument: "number", settled: at("octocat", "n"), asks: "issues/list-for-repo"},
	{of: "release_notes", argument: "since", settled: at("octocat", "o"), asks: "repos/list-tags", has: "v0.1"},
	{of: "release_notes", argument: "since", typed: "v1", settled: at("octocat", "p"), asks: "git/list-matching-refs"},
	{of: "compare_repositories", argument: "repos", typed: "octocat/Hello-World, acme/hel", asks: "repos/list-for-org", has: "octocat/Hello-World, acme/Hello-World"},
}

// prompts are answered without asking GitHub.
var prompts = map[string]map[string]string{
	"review_pull_request":  {"owner": "octocat", "repo": "Hello-World", "number": "1347", "focus": "security"},
	"debug_ci":             {"owner": "octocat", "repo": "Hello-World", "run_id": "30433642"},
	"triage_issue":         {"owner": "octocat", "repo": "Hello-World", "number": "1347"},
	"release_notes":        {"owner": "octocat", "repo": "Hello-World", "since": "v1.0.0"},
	"compare_repositories": {"repos": "octocat/Hello-World, github/hub", "purpose": "greeting"},
	"api-request-template": {"endpoint": "/repos/{owner}/{repo}/issues", "purpose": "counting"},
}

// watched are a resource of each kind that can be watched, and what GitHub is
// asked about it.
var watched = map[string]string{
	"github://octocat/Hello-World/issues/1347":     "issues/get",
	"github://octocat/Hello-World/pulls/1347":      "pulls/get",
	"github://octocat/Hello-World/pulls/1348/diff": "pulls/get",
	"github://octocat/Hello-World/runs/30433642":   "actions/get-workflow-run",
}

// complete returns what is proposed for an argument.
func (c client) complete(t *testing.T, x completion) ([]string, error) {
	t.Helper()
	ref := &mcp.CompleteReference{Type: "ref/prompt", Name: x.of}
	if strings.Contains(x.of, "://") {
		ref = &mcp.CompleteReference{Type: "ref/resource", URI: x.of}
	}
	res, err := c.Complete(wait(t), &mcp.CompleteParams{Ref: ref, Argument: mcp.CompleteParamsArgument{Name: x.argument, Value: x.typed},
		Context: &mcp.CompleteContext{Arguments: x.settled}})
	if err != nil {
		return nil, err
	}
	return res.Completion.Values, nil
}

// TestReads has what is read without a tool ask GitHub as the description says:
// resources, completions, and what is watched. Prompts ask nothing.
func TestReads(t *testing.T) {
	t.Parallel()
	o := consult(t, aToken)
	// What is watched is looked at once in a test.
	s := serve(t, o.URL, aToken, "--poll-interval", "15m")
	c := s.connect(t)
	// Requests after a subtest are the whole test's.
	within := func(name string, x expects, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			x.t = t
			o.expect(x)
			test(t)
		})
		o.expect(expects{t: t})
	}
	tried := map[string]bool{}
	for _, r := range resources {
		tried[r.of] = true
		within(r.uri, expects{examples: r.examples}, func(t *testing.T) {
			res, err := c.ReadResource(wait(t), &mcp.ReadResourceParams{URI: r.uri})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Contents) != 1 || !strings.Contains(res.Contents[0].Text, r.says) {
				text, _ := json.Marshal(res)
				t.Errorf("%q is not in %.2000s", r.says, text)
			}
			o.made(t, r.asks, r.path)
		})
	}
	for _, x := range completions {
		tried[x.of+" "+x.argument] = true
		within(fmt.Sprintf("%s of %s, typed %q", x.argument, x.of, x.typed), expects{examples: x.examples, absent: x.absent}, func(t *testing.T) {
			list, err := c.complete(t, x)
			if err != nil {
				t.Fatal(err)
			}
			if x.has != "" && !slices.Contains(list, x.has) {
				t.Errorf("%q is not proposed, but %q", x.has, list)
			}
			o.made(t, x.asks, x.path)
		})
	}
	for name, a := range prompts {
		tried[name] = true
		within(name, expects{}, func(t *testing.T) {
			if _, err := c.GetPrompt(wait(t), &mcp.GetPromptParams{Name: name, Arguments: a}); err != nil {
				t.Fatal(err)
			}
			o.made(t, "", "")
		})
	}
	older := connectAs(t, s.url, "", eras[1], nil)
	for uri, asks := range watched {
		within("watching "+uri, expects{}, func(t *testing.T) {
			if err := older.Subscribe(wait(t), &mcp.SubscribeParams{URI: uri}); err != nil {
				t.Fatal(err)
			}
			o.made(t, asks, "")
		})
	}
	for _, name := range c.readable(t) {
		if !tried[name] {
			t.Errorf("%s is not tried here", name)
		}
	}
}

// made fails the test unless GitHub was asked these operations, or nothing for "",
// and a path that ends so.
func (o *oracle) made(t *testing.T, operations, path string) {
	t.Helper()
	list := o.told()
	if operations == "" && len(list) > 0 {
		t.Errorf("GitHub is asked %+v", list)
	}
	if path != "" && !slices.ContainsFunc(list, func(a asked) bool { return strings.HasSuffix(a.path, path) }) {
		t.Errorf("GitHub is not asked for %s, but %+v", path, list)
	}
	made(t, list, operations)
}

var variableRule = regexp.MustCompile(`\{[+?]?(\w+)\}`)

// readable names all resources, templates and prompts that are offered, and the
// arguments that are completed: all variables of templates once.
func (c client) readable(t *testing.T) (names []string) {
	t.Helper()
	for r, err := range c.Resources(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, r.URI)
	}
	for r, err := range c.ResourceTemplates(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, r.URITemplate)
		for _, m := range variableRule.FindAllStringSubmatch(r.URITemplate, -1) {
			// All repositories are completed alike.
			if m[1] != "owner" && m[1] != "repo" {
				names = append(names, r.URITemplate+" "+m[1])
			}
		}
	}
	for p, err := range c.Prompts(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		t.Fatal("nothing is offered")
	}
	return names
}

// TestDoctor has the doctor ask with each kind of credential.
func TestDoctor(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		token string
		args  []string
		asks  string
		says  string
	}{
		"token":      {token: aToken, asks: "users/get-authenticated rate-limit/get", says: "it is octocat's"},
		"nobody":     {asks: "rate-limit/get", says: "public repositories can be read"},
		"GitHub App": {args: []string{"--github-app-id", "1", "--github-app-key-file", file, "--github-app-installation-id", "1"}, asks: "apps/get-authenticated apps/create-installation-access-token", says: "it is Octocat App"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := consult(t, tt.token)
			cmd := exec.CommandContext(wait(t), binary, append([]string{"doctor", "--github-api-url", o.URL}, tt.args...)...)
			cmd.Env = []string{"GITHUB_TOKEN=" + tt.token}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), tt.says) {
				t.Errorf("%q is not in %s", tt.says, out)
			}
			made(t, o.told(), tt.asks)
		})
	}
}
