package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
)

// benchmark calls a tool before a GitHub that keeps nothing of what it is asked.
func benchmark(b *testing.B, tool, args string, h http.HandlerFunc) {
	ts := httptest.NewServer(h)
	b.Cleanup(ts.Close)
	svc, err := github.Open(b.Context(), github.Config{APIURL: ts.URL, Token: "t"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	client := servertest.Connect(b, "github", svc, nil)
	b.ReportAllocs()
	for b.Loop() {
		res, err := client.CallTool(b.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
		if err != nil || res.IsError {
			b.Fatal(res, err)
		}
	}
}

func BenchmarkGetIssue(b *testing.B) {
	comments := "[" + strings.TrimSuffix(strings.Repeat(`{"id":1,"body":"`+strings.Repeat("word ", 100)+`","user":{"login":"ann"},"created_at":"2026-01-02T10:00:00Z"},`, 30), ",") + "]"
	benchmark(b, "get_issue", everyTool["get_issue"], func(w http.ResponseWriter, q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/comments") {
			says("application/json", comments)(w, q)
			return
		}
		says("application/json", `{"number":1,"title":"x","state":"open","comments":30,"body":"text"}`)(w, q)
	})
}

func BenchmarkPullRequestDiff(b *testing.B) {
	files := "[" + strings.TrimSuffix(strings.Repeat(`{"filename":"a.go","status":"modified","additions":40,"patch":"@@ -1,40 +1,40 @@`+strings.Repeat(`\n+a line of code`, 40)+`"},`, 20), ",") + "]"
	benchmark(b, "get_pull_request_diff", `{"owner":"ann","repo":"hello","number":7}`, func(w http.ResponseWriter, q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/files") {
			says("application/json", files)(w, q)
			return
		}
		says("application/json", fmt.Sprintf(pullJSON, 20, sha1))(w, q)
	})
}
