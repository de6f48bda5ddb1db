package github_test

import (
	"fmt"
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

func TestReleaseByTag(t *testing.T) {
	const body = `{"tag_name":"cmd/v1","name":"cmd/v1","author":{"login":"mona"},"published_at":"2026-02-03T04:05:06.7Z","prerelease":true,"body":"b","assets":[{"name":"a.zip","size":7,"download_count":3}]}`
	const want = `{"releases":[{"tag":"cmd/v1","published":"2026-02-03T04:05:06Z","author":"mona","prerelease":true,"notes":"b","assets":[{"name":"a.zip","size":7,"downloads":3}]}]}`
	for tag, path := range map[string]string{"latest": "latest", "cmd/v1": "tags/cmd%2Fv1", "v#1%": "tags/v%231%25"} {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/releases/{rest...}", 200, body)
		if text, failed := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","tag":"`+tag+`"}`); failed || text != want {
			t.Error(text)
		}
		if got := r.Requests()[0].Path; got != "/repos/octocat/hello/releases/"+path {
			t.Error(got)
		}
	}
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/releases/tags/v2", 404, `{"message":"Not Found"}`)
	if text, failed := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","tag":"v2"}`); !failed || !strings.Contains(text, `"RESOURCE_NOT_FOUND","message":"release v2 of octocat/hello`) {
		t.Error(text)
	}
	if text, failed := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","tag":"../../x"}`); !failed || !strings.Contains(text, "tag must be") {
		t.Error(text)
	}
}

func TestListReleasesIsBounded(t *testing.T) {
	var list []string
	for i := range 50 {
		list = append(list, fmt.Sprintf(`{"tag_name":"v%d","body":%q,"assets":[%s{"name":"z"}]}`, i, strings.Repeat("é", 50_000), strings.Repeat(`{"name":"a"},`, 150)))
	}
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octocat/hello/releases", 200, `[`+strings.Join(list, ",")+`]`)
	r.JSON("GET /repos/octocat/hello/releases/latest", 200, list[0])
	text, _ := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","limit":50}`)
	if len(text) > 40<<10 || !strings.Contains(text, `"notes_cut_bytes":99673`) || !strings.Contains(text, `"assets_left_out":148`) {
		t.Errorf("%d bytes: %.900s", len(text), text)
	}
	text, _ = r.call(t, "list_releases", `{"owner":"octocat","repo":"hello","tag":"latest"}`)
	if len(text) > 40<<10 || !strings.Contains(text, `"notes_cut_bytes":67232`) || !strings.Contains(text, `"assets_left_out":51`) {
		t.Errorf("%d bytes", len(text))
	}
}
