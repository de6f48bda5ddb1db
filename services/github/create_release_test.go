package github_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateRelease(t *testing.T) {
	const answer = `{"tag_name":"v1","name":"One","published_at":"2026-02-03T04:05:06Z","body":"generated"}`
	for _, tt := range []struct{ name, args, tag, sent, question, want string }{
		{"new tag", `"tag":"v1","name":"One","body":"n"`, "",
			`{"tag_name":"v1","target_commitish":"` + head1 + `","name":"One","body":"n","draft":false,"prerelease":false,"generate_release_notes":false}`,
			"Publish release v1 of octocat/hello, making the tag at 111111111111?\nOne\nn",
			`{"tag":"v1","name":"One","published":"2026-02-03T04:05:06Z","sha":"` + head1 + `"}`},
		{"everything", `"tag":"v1","target":"release/1","draft":true,"prerelease":true,"generate_notes":true`, "",
			`{"tag_name":"v1","target_commitish":"` + head1 + `","draft":true,"prerelease":true,"generate_release_notes":true}`,
			"Save a draft of prerelease v1 of octocat/hello, making the tag at 111111111111, the head of release/1?\nWith notes that GitHub generates.\n",
			`{"tag":"v1","name":"One","published":"2026-02-03T04:05:06Z","notes":"generated","sha":"` + head1 + `"}`},
		{"a tag that is there", `"tag":"v1"`, head2,
			`{"tag_name":"v1","draft":false,"prerelease":false,"generate_release_notes":false}`,
			"Publish release v1 of octocat/hello, of its tag at 222222222222?\n",
			`{"tag":"v1","name":"One","published":"2026-02-03T04:05:06Z","sha":"` + head2 + `"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, p := newWriteRig(t)
			if tt.tag == "" {
				r.JSON("GET /repos/octocat/hello/git/ref/tags/v1", 404, `{"message":"Not Found"}`)
			} else {
				r.JSON("GET /repos/octocat/hello/git/ref/tags/v1", 200, `{"ref":"refs/tags/v1","object":{"sha":"`+tt.tag+`"}}`)
				r.JSON("GET /repos/octocat/hello/releases/tags/v1", 404, `{"message":"Not Found"}`)
			}
			r.JSON("GET /repos/octocat/hello/commits", 200, `[{"sha":"`+head1+`"}]`)
			r.JSON("POST /repos/octocat/hello/releases", 201, answer)
			text, failed := r.call(t, "create_release", `{"owner":"octocat","repo":"hello",`+tt.args+`}`)
			if failed || text != tt.want {
				t.Error(cmp.Diff(tt.want, text))
			}
			if diff := cmp.Diff([]string{"POST releases " + tt.sent}, r.changes()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.question, p.asked()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCreateReleaseRefuses(t *testing.T) {
	type answers map[string]string // by pattern: status and body
	tagged := `200 {"ref":"refs/tags/v1","object":{"sha":"` + head1 + `"}}`
	const missing = `404 {"message":"Not Found"}`
	head := `200 [{"sha":"` + head1 + `"}]`
	for _, tt := range []struct {
		name, args string
		answers    answers
		want       string
		writes     int
	}{
		{"no tag", `"tag":"refs/tags/v1"`, nil, "its name alone", 0},
		{"no tag at all", `"tag":"v1 .."`, nil, "tag must be", 0},
		{"target of another repository", `"tag":"v1","target":"x:y"`, nil, "target must be", 0},
		{"the tag is somewhere", `"tag":"v1","target":"main"`, answers{"GET git/ref/tags/v1": tagged}, `"CONFLICT","message":"tag v1 of octocat/hello is there already`, 0},
		{"released", `"tag":"v1"`, answers{"GET git/ref/tags/v1": tagged, "GET releases/tags/v1": `200 {"tag_name":"v1"}`}, `"CONFLICT","message":"octocat/hello has a release of tag v1 already`, 0},
		{"no target", `"tag":"v1","target":"nope"`, answers{"GET git/ref/tags/v1": missing, "GET commits": missing}, `"RESOURCE_NOT_FOUND","message":"target nope`, 0},
		{"empty", `"tag":"v1"`, answers{"GET git/ref/tags/v1": missing, "GET commits": `409 {"message":"Git Repository is empty."}`}, `it has no commit yet`, 0},
		{"released meanwhile", `"tag":"v1"`, answers{"GET git/ref/tags/v1": missing, "GET commits": head,
			"POST releases": `422 {"message":"Validation Failed","errors":[{"resource":"Release","code":"already_exists","field":"tag_name"}]}`}, `"CONFLICT"`, 1},
		{"GitHub does not like it", `"tag":"v1"`, answers{"GET git/ref/tags/v1": missing, "GET commits": head, "GET releases/tags/v1": missing,
			"POST releases": `422 {"message":"Validation Failed","errors":[{"code":"custom","message":"body is too long"}]}`}, `"INVALID_INPUT"`, 1},
		{"not allowed", `"tag":"v1"`, answers{"GET git/ref/tags/v1": missing, "GET commits": head, "POST releases": missing}, `"PERMISSION_DENIED"`, 1},
		{"lost", `"tag":"v1"`, answers{"GET git/ref/tags/v1": missing, "GET commits": head, "POST releases": `502 {}`, "GET releases/tags/v1": missing}, `look with list_releases before trying again","retryable":false`, 1},
		{"a lost draft", `"tag":"v1","draft":true`, answers{"GET git/ref/tags/v1": missing, "GET commits": head, "POST releases": `502 {}`}, `look with list_releases before trying again","retryable":false`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, p := newWriteRig(t)
			for pattern, answer := range tt.answers {
				method, path, _ := strings.Cut(pattern, " ")
				var status int
				if _, err := fmt.Sscan(answer, &status); err != nil {
					t.Fatal(err)
				}
				r.JSON(method+" /repos/octocat/hello/"+path, status, answer[4:])
			}
			text, failed := r.call(t, "create_release", `{"owner":"octocat","repo":"hello",`+tt.args+`}`)
			if !failed || !strings.Contains(text, tt.want) {
				t.Error(text)
			}
			if len(r.changes()) != tt.writes || (p.asked() != "") != (tt.writes > 0) {
				t.Errorf("asked %q, sent %q", p.asked(), r.changes())
			}
		})
	}
}

// TestCreateReleaseRaces has the branch move after the question, and an answer get
// lost of a release that was made.
func TestCreateReleaseRaces(t *testing.T) {
	r, p := newWriteRig(t)
	var moved, exists atomic.Bool
	r.JSON("GET /repos/octocat/hello/git/ref/tags/v1", 404, `{"message":"Not Found"}`)
	r.Handle("GET /repos/octocat/hello/commits", func(w http.ResponseWriter, _ *http.Request) {
		sha := head1
		if moved.Load() {
			sha = head2
		}
		fmt.Fprintf(w, `[{"sha":%q}]`, sha)
	})
	r.Handle("POST /repos/octocat/hello/releases", func(http.ResponseWriter, *http.Request) {
		exists.Store(true)
		panic(http.ErrAbortHandler)
	})
	r.Handle("GET /repos/octocat/hello/releases/tags/v1", func(w http.ResponseWriter, _ *http.Request) {
		if exists.Load() {
			_, _ = io.WriteString(w, `{"tag_name":"v1"}`)
			return
		}
		http.Error(w, `{}`, 404)
	})
	p.meanwhile = func() { moved.Store(true) }
	if text, failed := r.call(t, "create_release", `{"owner":"octocat","repo":"hello","tag":"v1"}`); !failed || !strings.Contains(text, "CONFLICT") || len(r.changes()) > 0 {
		t.Error(text, r.changes())
	}
	if text, failed := r.call(t, "create_release", `{"owner":"octocat","repo":"hello","tag":"v1"}`); failed || text != `{"tag":"v1","sha":"`+head2+`"}` {
		t.Error(text)
	}
}
