//go:build e2e

package github

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
)

// TestStory is a change from the issue that asks for it to the release that has
// it, by two people, with every tool. What the emulator lacks (see gaps) is
// GitHub's example.
func TestStory(t *testing.T) {
	t.Parallel()
	g := emulate(t)
	o := guard(t, g.URL)
	alice, bob := serve(t, o.URL, emulator.Alice).connect(t), serve(t, o.URL, emulator.Bob).connect(t)
	repo := args{"owner": "alice", "repo": "hello"}

	issue := repo.with("number", number(t, bob.call(t, "create_issue", repo.with("title", "Greet in French").with("body", "S'il vous plaît."))))
	alice.call(t, "search_issues", repo).has(t, "Greet in French", "bob")
	alice.call(t, "add_comment", issue.with("body", "Why not?"))
	bob.call(t, "get_issue", issue).has(t, "S'il vous plaît.", "Why not?", "alice")

	head := alice.commit(t, repo.with("branch", "french").with("from_ref", "main").with("message", "Greet in French"), "bonjour.txt", "Bonjour\n")
	alice.call(t, "get_file_contents", repo.with("path", "bonjour.txt").with("ref", "french")).has(t, "Bonjour")
	alice.call(t, "list_commits", repo.with("ref", "french")).has(t, "Greet in French")
	newer := alice.commit(t, repo.with("branch", "french").with("message", "More politely").with("expect_head", head), "bonjour.txt", "Bonjour, madame\n")
	alice.refused(t, "CONFLICT", "commit_files", repo.with("branch", "french").with("message", "Too late").with("expect_head", head).
		with("changes", []args{{"path": "bonjour.txt", "content": "Salut\n"}}))
	alice.call(t, "get_file_contents", repo.with("path", "bonjour.txt").with("ref", "french")).has(t, "madame")
	alice.call(t, "list_commits", repo.with("base", "main").with("ref", "french")).has(t, "bonjour.txt", "More politely")

	pull := repo.with("number", number(t, alice.call(t, "create_pull_request", repo.with("title", "French").with("head", "french").with("base", "main").with("body", "Closes it."))))
	bob.call(t, "search_issues", repo.with("kind", "pr")).has(t, "French")
	bob.call(t, "get_pull_request_diff", pull).has(t, "French", "french -> main", newer, "file1.txt")
	bob.call(t, "get_pull_request_status", pull)
	bob.call(t, "submit_review", pull.with("event", "approve").with("body", "Très bien"))
	alice.call(t, "get_pull_request_status", pull).has(t, "bob")
	alice.call(t, "list_workflow_runs", repo.with("branch", "french")).has(t, "30433642")
	alice.call(t, "get_workflow_logs", repo.with("job_id", 399444496)).has(t, "FAIL: TestHello")
	alice.call(t, "run_workflow", repo.with("action", "rerun_failed").with("run_id", 30433642)).has(t, "run again")
	alice.call(t, "run_workflow", repo.with("action", "dispatch").with("workflow", "build.yml").with("ref", "french")).has(t, "dispatched")
	alice.refused(t, "CONFLICT", "merge_pull_request", pull.with("method", "merge").with("head_sha", head))
	alice.call(t, "merge_pull_request", pull.with("method", "merge").with("head_sha", newer))
	alice.refused(t, "CONFLICT", "merge_pull_request", pull.with("method", "merge"))
	bob.call(t, "get_file_contents", repo.with("path", "bonjour.txt")).has(t, "madame")
	alice.call(t, "update_issue", issue.with("state", "closed").with("state_reason", "completed"))
	bob.call(t, "search_issues", repo.with("state", "closed")).has(t, "Greet in French")

	alice.call(t, "create_release", repo.with("tag", "v1.0.0").with("name", "French").with("body", "It says bonjour."))
	bob.call(t, "list_releases", repo.with("tag", "latest")).has(t, "v1.0.0", "It says bonjour.")
	alice.refused(t, "CONFLICT", "create_release", repo.with("tag", "v1.0.0").with("name", "Again"))

	bob.call(t, "search_repositories", args{"query": "hello"}).has(t, "alice/hello")
	bob.call(t, "search_code", repo.with("query", "madame")).has(t, "bonjour.txt")
	bob.call(t, "search_issues", args{"query": "French repo:alice/hello", "state": "all"}).has(t, "Greet in French")
	alice.call(t, "github_list_repos", args{}).has(t, "hello", "secret")
	alice.call(t, "get_repository_info", args{"repos": []string{"alice/hello", "alice/nothing", "bob/notes"}}).has(t, "What hello is.", "What notes is.", "RESOURCE_NOT_FOUND")

	for tool, err := range alice.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		_, byAlice := alice.tried.Load(tool.Name)
		_, byBob := bob.tried.Load(tool.Name)
		if !byAlice && !byBob {
			t.Errorf("%s has no part in the story", tool.Name)
		}
	}
}

// commit has one file committed, and returns the commit.
func (c client) commit(t *testing.T, a args, path, content string) string {
	t.Helper()
	r := c.call(t, "commit_files", a.with("changes", []args{{"path": path, "content": content}}))
	for _, name := range []string{"sha", "commit"} {
		if sha, ok := r.Data[name].(string); ok && len(sha) == 40 {
			return sha
		}
	}
	t.Fatalf("no commit in %v", r.Data)
	return ""
}

func number(t *testing.T, r reply) int {
	t.Helper()
	n, ok := r.Data["number"].(float64)
	if !ok || n < 1 {
		t.Fatalf("no number in %v", r.Data)
	}
	return int(n)
}

// TestPaging reads a list of several pages, whose end is not a whole one.
func TestPaging(t *testing.T) {
	t.Parallel()
	g := emulate(t)
	const issues = 234
	for i := range issues {
		if err := g.Do(t.Context(), emulator.Alice, "POST", "/repos/alice/hello/issues", map[string]string{"title": fmt.Sprint("issue ", i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	c := serve(t, guard(t, g.URL).URL, emulator.Alice).connect(t)
	for _, limit := range []int{30, 100} {
		seen := map[int]bool{}
		a := args{"owner": "alice", "repo": "hello", "limit": limit}
		calls := 0
		for {
			calls++
			r := c.call(t, "search_issues", a)
			for _, n := range numbers(r.Data) {
				seen[n] = true
			}
			next, ok := r.Data["next_cursor"].(string)
			if !ok || calls > issues {
				break
			}
			a = a.with("cursor", next)
		}
		if want := (issues + limit - 1) / limit; len(seen) != issues || calls != want {
			t.Errorf("%d a page: %d issues in %d calls, want %d in %d", limit, len(seen), calls, issues, want)
		}
	}
}

// numbers returns the numbers of issues anywhere in a value.
func numbers(v any) (list []int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			list = append(list, numbers(e)...)
		}
	case map[string]any:
		if n, ok := v["number"].(float64); ok {
			list = append(list, int(n))
		}
		for _, e := range v {
			list = append(list, numbers(e)...)
		}
	}
	return list
}

// TestRateLimit uses up the requests of an hour. Whose requests they were is
// refused, and told when to come back; others are not.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	g := emulate(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 624 { // 4,992 of 5,000
				if err := g.Do(t.Context(), emulator.Alice, "GET", "/rate_limit", nil, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	o := guard(t, g.URL)
	s := serve(t, o.URL, emulator.Alice)
	alice, bob := s.connect(t), serve(t, o.URL, emulator.Bob).connect(t)
	repo := args{"owner": "alice", "repo": "hello"}
	var refused reply
	for range 20 {
		r, err := alice.try(wait(t), "list_releases", repo)
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != "" {
			refused = r
			break
		}
	}
	if refused.Code != "RATE_LIMITED" || !strings.Contains(refused.Text, `"retry_after_seconds":`) {
		t.Fatalf("after all requests of the hour: %s", refused.Text)
	}
	asked := len(o.told())
	for range 10 {
		alice.refused(t, "RATE_LIMITED", "list_releases", repo)
	}
	if more := len(o.told()); more != 0 {
		t.Errorf("GitHub is asked %d times more after %d requests, though it said that there are none left", more, asked)
	}
	bob.call(t, "list_releases", repo)
}

// TestRefusals has the answers of GitHub that a caller can do something about.
func TestRefusals(t *testing.T) {
	t.Parallel()
	g := emulate(t)
	o := guard(t, g.URL)
	c := serve(t, o.URL, emulator.Bob, "--allow-repos", "bob/*,alice/*").connect(t)
	c.refused(t, "RESOURCE_NOT_FOUND", "get_issue", args{"owner": "alice", "repo": "hello", "number": 99})
	c.refused(t, "RESOURCE_NOT_FOUND", "list_releases", args{"owner": "bob", "repo": "nothing"})
	r := c.refused(t, "RESOURCE_NOT_FOUND", "get_file_contents", args{"owner": "bob", "repo": "notes", "path": "no/such/file"})
	r.has(t, "no/such/file")
	o.told()
	for _, owner := range []string{"acme", "ACME"} {
		c.refused(t, "PERMISSION_DENIED", "list_commits", args{"owner": owner, "repo": "tool"})
	}
	for _, bad := range []args{{"owner": "bob/..", "repo": "x"}, {"owner": "bob", "repo": "../../user"}, {"owner": "", "repo": "x"}, {"owner": "bob", "repo": "a?b=c"}} {
		c.refused(t, "INVALID_INPUT", "list_commits", bad)
	}
	if list := o.told(); len(list) > 0 {
		t.Errorf("GitHub is asked about what may not be named: %v", slices.Collect(func(yield func(string) bool) {
			for _, a := range list {
				yield(a.operation)
			}
		}))
	}
}
