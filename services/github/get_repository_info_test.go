package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

const aRepository = `{"full_name":"octo/hello","description":"<b>hi</b>","homepage":"https://hello.example","default_branch":"main","fork":true,"parent":{"full_name":"up/hello"},
	"license":{"spdx_id":"MIT"},"topics":["a"],"stargazers_count":9,"forks_count":2,"open_issues_count":3,"created_at":"2020-01-02T00:00:00Z","pushed_at":"2026-01-02T03:04:05Z"}`

func (r *rig) describe(name string) {
	r.JSON("GET /repos/"+name, 200, aRepository)
	r.JSON("GET /repos/"+name+"/languages", 200, `{"Go":900,"C":99,"Shell":1}`)
	r.JSON("GET /repos/"+name+"/commits", 200, `[{"sha":"0123456789abcdef","commit":{"message":"one\n\nmore","author":{"name":"Mona","date":"2026-01-02T03:04:05Z"}},"author":{"login":"mona"}},
		{"sha":"abc","commit":{"message":"two","author":{"name":"Lisa"}}},{}]`)
}

func TestRepositoryInfo(t *testing.T) {
	r := newRig(t, github.Config{})
	r.describe("octo/hello")
	text, failed := r.call(t, "get_repository_info", `{"owner":"octo","repo":"hello"}`)
	const want = `{"repos":[{"name":"octo/hello","description":"<b>hi</b>","homepage":"https://hello.example","default_branch":"main","fork_of":"up/hello","license":"MIT","topics":["a"],` +
		`"stars":9,"forks":2,"open_issues_and_prs":3,"created":"2020-01-02","pushed":"2026-01-02T03:04:05Z","languages":{"C":9.9,"Go":90,"Shell":0.1},` +
		`"commits":[{"sha":"0123456789ab","message":"one","author":"mona","date":"2026-01-02T03:04:05Z"},{"sha":"abc","message":"two","author":"Lisa"},{"sha":"","message":""}]}]}`
	if failed || text != want {
		t.Error(cmp.Diff(want, text))
	}
	asked := strings.Join(paths(t, r), "\n")
	for _, p := range []string{"GET /repos/octo/hello", "GET /repos/octo/hello/languages", "GET /repos/octo/hello/commits?per_page=5"} {
		if !strings.Contains(asked, p) {
			t.Errorf("%s\nhas not %s", asked, p)
		}
	}
}

// TestRepositoryInfos asks for many of which some fail, each in its own way.
func TestRepositoryInfos(t *testing.T) {
	r := newRig(t, github.Config{AllowRepos: []string{"octo/*"}})
	r.describe("octo/hello")
	r.describe("octo/empty")
	r.describe("octo/slow")
	r.JSON("GET /repos/octo/gone", 404, `{"message":"Not Found"}`)
	r.JSON("GET /repos/octo/gone/", 404, `{"message":"Not Found"}`)
	r.JSON("GET /repos/octo/new", 200, `{"full_name":"octo/new","default_branch":"main"}`)
	r.JSON("GET /repos/octo/new/languages", 200, `{}`)
	r.JSON("GET /repos/octo/new/commits", 409, `{"message":"Git Repository is empty."}`)
	r.JSON("GET /repos/octo/half", 200, aRepository)
	r.JSON("GET /repos/octo/half/", 422, `{"message":"no"}`)
	var out listed
	answer(t, r, "get_repository_info", `{"repos":["octo/hello","octo/gone","evil/x","octo","octo/../x","octo/new","octo/half"]}`, &out)
	if d := cmp.Diff([]string{"octo/hello", "octo/gone", "evil/x", "octo", "octo/../x", "octo/new", "octo/half"}, names(out.Repos, "name")); d != "" {
		t.Fatal(d)
	}
	var codes []string
	for _, o := range out.Repos {
		code := ""
		if e, ok := o["error"].(map[string]any); ok {
			code = e["code"].(string)
		}
		codes = append(codes, code)
	}
	if d := cmp.Diff([]string{"", "RESOURCE_NOT_FOUND", "PERMISSION_DENIED", "INVALID_INPUT", "INVALID_INPUT", "", "INVALID_INPUT"}, codes); d != "" {
		t.Error(d)
	}
	if out.Repos[6]["stars"] != 9. {
		t.Errorf("what is known of a repository is missing: %v", out.Repos[6])
	}
}

// TestRepositoryInfosAskToSignIn has one error for the whole call, which a client
// can show to a person, however many repositories were asked for.
func TestRepositoryInfosAskToSignIn(t *testing.T) {
	s := githubtest.New(t)
	svc, _ := open(t, s, github.Config{ClientID: "id", ClientSecret: "s", TokenStore: t.TempDir() + "/private/store"})
	r := &rig{Server: s, client: servertest.Connect(t, "github", svc, nil)}
	svc.SignInWith(&accounts{})
	text := refused(t, r, "get_repository_info", `{"repos":["octo/hello","octo/..","octo/world"]}`, "AUTHENTICATION_FAILED")
	if !strings.Contains(text, `"auth_required":true,"url":"https://mcp.example.com/oauth/github/start?ticket=1"`) {
		t.Error(text)
	}
}

// TestRepositoryInfosSayWhenToTryAgain tells of a limit for each repository that
// met it.
func TestRepositoryInfosSayWhenToTryAgain(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octo/{repo}/", 429, `{"message":"You have exceeded a secondary rate limit"}`, "Retry-After", "17")
	r.JSON("GET /repos/octo/{repo}", 429, `{"message":"You have exceeded a secondary rate limit"}`, "Retry-After", "17")
	var out listed
	answer(t, r, "get_repository_info", `{"repos":["octo/a","octo/b"]}`, &out)
	for _, repo := range out.Repos {
		e, _ := repo["error"].(map[string]any)
		if after, _ := e["retry_after_seconds"].(float64); e["code"] != "RATE_LIMITED" || after < 1 || after > 17 {
			t.Error(repo)
		}
	}
}

func TestRepositoryInfoInput(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octo/gone", 404, `{"message":"Not Found"}`)
	r.JSON("GET /repos/octo/gone/", 404, `{"message":"Not Found"}`)
	for _, in := range []string{`{}`, `{"owner":"octo"}`, `{"repo":"x"}`, `{"owner":"octo","repo":"x","repos":["a/b"]}`, `{"owner":"","repo":"b?x=1"}`,
		`{"repos":[` + strings.Repeat(`"a/b",`, 20) + `"a/b"]}`} {
		refused(t, r, "get_repository_info", in, "INVALID_INPUT")
	}
	refused(t, r, "get_repository_info", `{"repo":"octo/gone"}`, "RESOURCE_NOT_FOUND")
}

// TestRepositoryInfosAreAskedTogether holds every answer back until ten
// repositories were asked for: one after the other would never end.
func TestRepositoryInfosAreAskedTogether(t *testing.T) {
	r := newRig(t, github.Config{})
	const many = 10
	arrived, all := make(chan struct{}, many), make(chan struct{})
	go func() {
		for range many {
			<-arrived
		}
		close(all)
	}()
	r.Handle("GET /repos/octo/{repo}", func(w http.ResponseWriter, q *http.Request) {
		arrived <- struct{}{}
		<-all
		fmt.Fprintf(w, `{"full_name":"octo/%s"}`, q.PathValue("repo"))
	})
	r.JSON("GET /repos/octo/{repo}/languages", 200, `{}`)
	r.JSON("GET /repos/octo/{repo}/commits", 200, `[]`)
	var out listed
	answer(t, r, "get_repository_info", someRepositories(many), &out)
	for i, repo := range out.Repos {
		if repo["name"] != fmt.Sprintf("octo/r%d", i) || repo["error"] != nil {
			t.Error(repo)
		}
	}
}

func someRepositories(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"octo/r%d"`, i))
	}
	return `{"repos":[` + strings.Join(all, ",") + `]}`
}

// BenchmarkRepositoryInfo measures one repository, and more at once, where each
// request takes 100 ms.
func BenchmarkRepositoryInfo(b *testing.B) {
	for _, n := range []int{1, 10, 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := newRig(b, github.Config{})
			r.Handle("GET /repos/octo/{repo}/{what...}", func(w http.ResponseWriter, q *http.Request) {
				<-time.After(100 * time.Millisecond)
				answer := `{}`
				if q.PathValue("what") == "commits" {
					answer = `[]`
				}
				fmt.Fprint(w, answer)
			})
			r.Handle("GET /repos/octo/{repo}", func(w http.ResponseWriter, q *http.Request) {
				<-time.After(100 * time.Millisecond)
				fmt.Fprint(w, `{}`)
			})
			for b.Loop() {
				if text, failed := r.call(b, "get_repository_info", someRepositories(n)); failed {
					b.Fatal(text)
				}
			}
		})
	}
}
