package github_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/github"
)

func TestListReleases(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /repos/octocat/hello/releases", 200, `[{"tag_name":"v1.0.0","name":"One","body":"notes"}]`,
		"Link", "<"+r.URL+`/repositories/1/releases?page=2&per_page=1>; rel="next"`)
	text, failed := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","limit":1}`)
	if failed || !strings.Contains(text, `{"releases":[{"tag":"v1.0.0","name":"One","notes":"notes"}],"next_cursor":"`) {
		t.Error(text)
	}
	if got := r.Requests()[0]; got.Path != "/repos/octocat/hello/releases?page=1&per_page=1" || got.Header.Get("Authorization") != "Bearer t0ken" {
		t.Errorf("%+v", got)
	}
}
