package github_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// everyTool has arguments of each tool with which it asks GitHub.
var everyTool = map[string]string{
	"search_repositories":     `{"query":"x"}`,
	"search_code":             `{"query":"x"}`,
	"search_issues":           `{"owner":"ann","repo":"hello"}`,
	"github_list_repos":       `{"owner":"ann"}`,
	"get_repository_info":     `{"owner":"ann","repo":"hello"}`,
	"get_file_contents":       `{"owner":"ann","repo":"hello","path":"a"}`,
	"list_commits":            `{"owner":"ann","repo":"hello"}`,
	"list_releases":           `{"owner":"ann","repo":"hello"}`,
	"list_workflow_runs":      `{"owner":"ann","repo":"hello"}`,
	"get_workflow_logs":       `{"owner":"ann","repo":"hello","run_id":1}`,
	"get_issue":               `{"owner":"ann","repo":"hello","number":1}`,
	"get_pull_request_diff":   `{"owner":"ann","repo":"hello","number":1}`,
	"get_pull_request_status": `{"owner":"ann","repo":"hello","number":1}`,
	"create_issue":            `{"owner":"ann","repo":"hello","title":"x"}`,
	"update_issue":            `{"owner":"ann","repo":"hello","number":1,"title":"x"}`,
	"add_comment":             `{"owner":"ann","repo":"hello","number":1,"body":"x"}`,
	"create_pull_request":     `{"owner":"ann","repo":"hello","title":"x","head":"y"}`,
	"submit_review":           `{"owner":"ann","repo":"hello","number":1,"event":"comment","body":"x"}`,
	"commit_files":            `{"owner":"ann","repo":"hello","branch":"b","message":"m","changes":[{"path":"a","content":"x"}]}`,
	"merge_pull_request":      `{"owner":"ann","repo":"hello","number":1}`,
	"create_release":          `{"owner":"ann","repo":"hello","tag":"v1","target":"main"}`,
	"run_workflow":            `{"owner":"ann","repo":"hello","action":"rerun","run_id":1}`,
}

func TestEveryToolIsNamed(t *testing.T) {
	r, _ := newWriteRig(t)
	list, err := r.client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if _, ok := everyTool[tool.Name]; !ok {
			t.Errorf("%s has no arguments here", tool.Name)
		}
	}
	if len(list.Tools) != len(everyTool) {
		t.Errorf("there are %d tools", len(list.Tools))
	}
}

// silent is a GitHub that takes requests and never ends an answer.
type silent struct {
	*githubtest.Server
	came chan string

	mu   sync.Mutex
	open int
	left *sync.Cond // when open is 0
}

// enter counts a request, and what it returns counts it out. Unlike a WaitGroup
// it takes requests that arrive while somebody waits for the last one to leave.
func (s *silent) enter() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open--; s.open == 0 {
			s.left.Broadcast()
		}
	}
}

// empty returns when no request is open.
func (s *silent) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 {
		s.left.Wait()
	}
}

// newSilent begins its answers with a header and a byte, if begins is set.
func newSilent(t *testing.T, begins bool) *silent {
	s := &silent{Server: githubtest.New(t), came: make(chan string, 100)}
	s.left = sync.NewCond(&s.mu)
	hang := func(w http.ResponseWriter, q *http.Request) {
		defer s.enter()()
		if begins {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[")
			_ = http.NewResponseController(w).Flush()
		}
		s.came <- q.Method + " " + q.URL.Path
		<-q.Context().Done()
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		s.Handle(method+" /", hang)
	}
	return s
}

func (s *silent) client(t *testing.T) *mcp.ClientSession {
	t.Helper()
	svc, err := github.Open(t.Context(), github.Config{APIURL: s.URL, Token: "t", Write: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Connect(t, "github", svc, &mcp.ClientOptions{ElicitationHandler: new(person).answer})
}

func TestCallersWhoLeave(t *testing.T) {
	for tool, args := range everyTool {
		for name, begins := range map[string]bool{"before an answer": false, "in an answer": true} {
			t.Run(tool+" "+name, func(t *testing.T) {
				ignore := goleak.IgnoreCurrent()
				// What is cleaned up last is checked last.
				t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
				s := newSilent(t, begins)
				client := s.client(t)
				ctx, leave := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					_, err := client.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
					ended <- err
				}()
				select {
				case <-s.came:
				case err := <-ended:
					t.Fatalf("it ended before it asked: %v", err)
				}
				leave()
				servertest.Within(t, "the call ended", func() {
					if err := <-ended; err == nil {
						t.Error("there is an answer")
					}
				})
				servertest.Within(t, "GitHub was left", s.empty)
			})
		}
	}
}

// TestOneOfTwoCallersLeaves holds that an answer that two wait for comes to who
// stays.
func TestOneOfTwoCallersLeaves(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	came, goOn := make(chan struct{}, 9), make(chan struct{})
	r.Handle("GET /repos/ann/hello/releases", func(w http.ResponseWriter, _ *http.Request) {
		came <- struct{}{}
		<-goOn
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[{"tag_name":"v1"}]`)
	})
	call := func(ctx context.Context) chan bool {
		done := make(chan bool, 1)
		go func() {
			res, err := r.client.CallTool(ctx, &mcp.CallToolParams{Name: "list_releases", Arguments: json.RawMessage(everyTool["list_releases"])})
			done <- err == nil && !res.IsError
		}()
		return done
	}
	ctx, leave := context.WithCancel(t.Context())
	first := call(ctx)
	<-came
	second := call(t.Context())
	leave()
	if <-first {
		t.Error("who left has an answer")
	}
	close(goOn)
	if !<-second {
		t.Error("who stayed has none")
	}
}
