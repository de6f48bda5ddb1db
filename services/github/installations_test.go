package github_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// byOwner is a service with these lines in its file of tokens.
func byOwner(t *testing.T, lines string) *rig {
	t.Helper()
	return newRig(t, github.Config{TokensFile: write(t, t.TempDir()+"/tokens", lines)})
}

// asApp is a service that acts as an App with these installations: acme has 7.
func asApp(t *testing.T, fixed int64) *rig {
	t.Helper()
	s := githubtest.New(t)
	installations(t, s, time.Hour)
	svc, _ := open(t, s, github.Config{AppID: "Iv1.app", AppKeyFile: write(t, t.TempDir()+"/key", newKey(t)), AppInstallationID: fixed})
	return &rig{Server: s, client: servertest.Connect(t, "github", svc, nil)}
}

// asked counts the requests whose method and path begin so.
func (r *rig) asked(t *testing.T, prefix string) int {
	t.Helper()
	n := 0
	for _, p := range paths(t, r) {
		if strings.HasPrefix(p, prefix) {
			n++
		}
	}
	return n
}

// rates reads the limits, without when they end.
func (r *rig) rates(t *testing.T) string {
	t.Helper()
	before := len(r.Requests())
	got, err := r.read(t, "github://rate-limit")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Requests()) - before; n > 0 {
		t.Errorf("%d requests for what is known", n)
	}
	return resetAt.ReplaceAllString(got.Text, "")
}

var resetAt = regexp.MustCompile(`,"reset":"[^"]*"`)

func TestRatesOfEachOwner(t *testing.T) {
	r := byOwner(t, "ann=t0ken-of-ann\nben=t0ken-of-ben\n")
	if got := r.rates(t); got != `{"rates":[],"note":"GitHub was not asked yet"}` {
		t.Error(got)
	}
	for i, owner := range []string{"ann", "ben", "other"} {
		r.JSON("GET /repos/"+owner+"/hello/releases", 200, `[]`, window(i, time.Hour)...)
		r.releases(t, owner)
	}
	if d := cmp.Diff(`{"rates":[{"of":"ann","resource":"core","limit":5000,"remaining":0},{"of":"ben","resource":"core","limit":5000,"remaining":1},`+
		`{"of":"no credential","resource":"core","limit":5000,"remaining":2}]}`, r.rates(t)); d != "" {
		t.Error(d)
	}
}

func TestRatesOfOneToken(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /repos/ann/hello/releases", 200, `[]`, window(9, time.Hour)...)
	r.releases(t, "ann")
	if got := r.rates(t); got != `{"rates":[{"resource":"core","limit":5000,"remaining":9}]}` {
		t.Error(got)
	}
}

func TestRatesOfInstallations(t *testing.T) {
	for fixed, of := range map[int64]string{0: "acme", 7: "other owners"} {
		r := asApp(t, fixed)
		r.JSON("GET /repos/acme/hello/releases", 200, `[]`, window(3, time.Hour)...)
		r.releases(t, "acme")
		if got := r.rates(t); got != `{"rates":[{"of":"`+of+`","resource":"core","limit":5000,"remaining":3}]}` {
			t.Error(got)
		}
	}
}

func TestRatesAreBounded(t *testing.T) {
	var lines strings.Builder
	for i := range 120 {
		fmt.Fprintf(&lines, "o%03d=t0ken%d\n", i, i)
	}
	r := byOwner(t, lines.String())
	for i := range 120 {
		owner := fmt.Sprintf("o%03d", i)
		r.JSON("GET /repos/"+owner+"/hello/releases", 200, `[]`, window(5000-i, time.Hour)...)
		r.releases(t, owner)
	}
	got := r.rates(t)
	if n := strings.Count(got, `"of"`); n != 100 || !strings.Contains(got, `"note":"20 limits of which more is left are not shown"`) || !strings.Contains(got, `"o119"`) || strings.Contains(got, `"o019"`) {
		t.Errorf("%d: %s", n, got)
	}
}

// TestSearchIsMadeAsTheOwner has the words of a search say whose credential it
// needs.
func TestSearchIsMadeAsTheOwner(t *testing.T) {
	for _, tt := range []struct{ lines, args, want string }{
		{"ann=a\nben=b\n", `{"query":"x repo:Ann/hello"}`, "Bearer a"},
		{"ann=a\nben=b\n", `{"query":"\"two words\" user:ben path:docs"}`, "Bearer b"},
		{"ann=a\nben=b\n", `{"query":"repo:ann/x repo:ann/y"}`, "Bearer a"},
		{"ann=a\nben=b\n", `{"query":"x org:ben","owner":"ann"}`, "Bearer a"},
		{"ann=a\nben=b\n", `{"query":"x repo:ann/x repo:ben/y"}`, ""},
		{"ann=a\nben=b\n", `{"query":"x -repo:ann/x"}`, ""},
		{"ann=a\nben=b\n", `{"query":"\"repo:ann/x\""}`, ""},
		{"ann=a\nben=b\n", `{"query":"x user:@me"}`, ""},
		{"ann=a\n*=c\n", `{"query":"x org:ann"}`, "Bearer a"},
		{"ann=a\n*=c\n", `{"query":"x org:ben"}`, "Bearer c"},
		{"ann=a\n", `{"query":"x org:ben"}`, "Bearer a"},
	} {
		r := byOwner(t, tt.lines)
		r.JSON("GET /search/code", 200, `{"total_count":0,"items":[]}`)
		answer(t, r, "search_code", tt.args, new(listed))
		if got := r.Requests()[0].Header.Get("Authorization"); got != tt.want {
			t.Errorf("%s with %q: %q", tt.args, tt.lines, got)
		}
	}
}

// TestRemedies says what helps where GitHub wants to know who asks.
func TestRemedies(t *testing.T) {
	for _, tt := range []struct {
		r              *rig
		args, want, no string
	}{
		{byOwner(t, "ann=a\nben=b\n"), `{"query":"x"}`, "name owner, or owner and repo, as arguments", "GITHUB_TOKEN"},
		{byOwner(t, "ann=a\nben=b\n"), `{"query":"x repo:eve/x"}`, "there is no token for eve here", "GITHUB_TOKEN"},
		{asApp(t, 0), `{"query":"x"}`, "name owner, or owner and repo, as arguments", "GITHUB_TOKEN"},
		{asApp(t, 0), `{"query":"x","owner":"eve"}`, "is not installed for eve", "GITHUB_TOKEN"},
		{newRig(t, github.Config{}), `{"query":"x"}`, "can set GITHUB_TOKEN", "name owner"},
	} {
		tt.r.JSON("GET /search/code", 401, `{"message":"Requires authentication"}`)
		if text := refused(t, tt.r, "search_code", tt.args, "AUTHENTICATION_FAILED"); !strings.Contains(text, tt.want) || strings.Contains(text, tt.no) {
			t.Errorf("%s: %s", tt.args, text)
		}
	}
}

// TestMeAsAnApp says what acts, where GitHub would answer 403.
func TestMeAsAnApp(t *testing.T) {
	const note = "nobody is signed in: a GitHub App acts, with the installation of the owner that a call names; installations has those in use"
	for _, used := range []string{"", `"installations":[{"account":"acme","id":7,"repository_selection":"selected","permissions":{"contents":"read"}}],`} {
		r := asApp(t, 0)
		r.JSON("GET /repos/acme/hello/releases", 200, `[]`)
		if used != "" {
			r.releases(t, "acme")
		}
		got, err := r.read(t, "github://me")
		if want := `{"type":"App","app":"Iv1.app",` + used + `"note":"` + note + `"}`; err != nil || got.Text != want {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}

	r := asApp(t, 7)
	r.JSON("GET /app/installations/7", 200, `{"id":7,"account":{"login":"Acme"}}`)
	r.JSON("GET /installation/repositories", 200, `{"repositories":[]}`)
	for range 2 {
		answer(t, r, "github_list_repos", `{"owner":"acme"}`, new(listed))
		got, err := r.read(t, "github://me")
		if want := `{"type":"App","app":"Iv1.app","installations":[{"account":"Acme","id":7,"repository_selection":"selected","permissions":{"contents":"read"}}],` +
			`"note":"nobody is signed in: a GitHub App acts, with one installation for everything"}`; err != nil || got.Text != want {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}
	if n := r.asked(t, "GET /app/installations/7"); n != 1 {
		t.Errorf("asked %d times whose the installation is", n)
	}

	r = byOwner(t, "ann=a\nben=b\n")
	if _, err := r.read(t, "github://me"); err == nil || !strings.Contains(err.Error(), "credentials are by owner here") {
		t.Error(err)
	}
}

// TestListReposOfAnInstallation lists private repositories too, which the lists of
// people and organizations leave out.
func TestListReposOfAnInstallation(t *testing.T) {
	const some = `{"total_count":3,"repositories":[{"full_name":"acme/old","private":true,"pushed_at":"2020-01-01T00:00:00Z"},{"full_name":"acme/new","pushed_at":"2026-01-01T00:00:00Z"},{"full_name":"acme/empty","private":true}]}`
	for _, tt := range []struct {
		fixed int64
		args  string
		want  []string
	}{
		{0, `{"owner":"Acme"}`, []string{"acme/new", "acme/old", "acme/empty"}},
		{0, `{"owner":"acme","type":"private","sort":"full_name"}`, []string{"acme/empty", "acme/old"}},
		{7, `{"owner":"ACME","type":"public"}`, []string{"acme/new"}},
		{7, `{}`, []string{"acme/new", "acme/old", "acme/empty"}},
	} {
		r := asApp(t, tt.fixed)
		r.JSON("GET /app/installations/7", 200, `{"id":7,"account":{"login":"acme"}}`)
		r.JSON("GET /installation/repositories", 200, some, next(r, 2)...)
		var out listed
		answer(t, r, "github_list_repos", tt.args, &out)
		if d := cmp.Diff(tt.want, names(out.Repos, "name")); d != "" || !strings.Contains(out.Note, "that the GitHub App is installed for") {
			t.Errorf("%s: %s %s", tt.args, d, out.Note)
		}
		answer(t, r, "github_list_repos", strings.TrimSuffix(strings.Replace(tt.args, "{}", `{"sort":"pushed"}`, 1), "}")+`,"cursor":"`+out.Next+`"}`, &out)
		if got := paths(t, r); got[len(got)-1] != "GET /installation/repositories?page=2&per_page=30" {
			t.Error(got)
		}
	}

	r := asApp(t, 7)
	r.JSON("GET /app/installations/7", 500, `{}`)
	r.JSON("GET /orgs/", 404, `{"message":"Not Found"}`)
	r.JSON("GET /users/mona/repos", 200, `[]`)
	answer(t, r, "github_list_repos", `{"owner":"mona"}`, new(listed))
	if r.asked(t, "GET /user?") > 0 || r.asked(t, "GET /users/mona/repos") != 1 {
		t.Error(paths(t, r))
	}
	refused(t, asApp(t, 0), "github_list_repos", `{}`, "AUTHENTICATION_FAILED")
}

// TestChangeWithoutTheInstallationThatItHad is not sent again without a credential.
func TestChangeWithoutTheInstallationThatItHad(t *testing.T) {
	s := githubtest.New(t)
	var posts atomic.Int64
	s.Handle("GET /users/acme/installation", func(w http.ResponseWriter, _ *http.Request) {
		if posts.Load() > 0 {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, `{"id":7}`)
	})
	s.JSON("POST /app/installations/7/access_tokens", 201, `{"token":"tok","expires_at":"2999-01-01T00:00:00Z"}`)
	s.Handle("POST /repos/acme/r/issues", func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
	svc, _ := open(t, s, github.Config{AppID: "Iv1.app", AppKeyFile: write(t, t.TempDir()+"/key", newKey(t))})
	if err := svc.Post(t.Context(), "acme", "r"); toolerr.From(err).Code != toolerr.PermissionDenied || posts.Load() != 1 {
		t.Errorf("%v after %d", err, posts.Load())
	}
}

// TestCompletionsAskOnceForWhoItIs does not ask with each letter what GitHub does
// not tell.
func TestCompletionsAskOnceForWhoItIs(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.Handle("GET /user", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"Resource not accessible by integration"}`)
	})
	for _, typed := range []string{"a", "ac", "acm"} {
		r.complete(t, contentsURI, "owner", typed)
	}
	if n := len(r.Requests()); n != 1 {
		t.Errorf("%d requests for three letters", n)
	}

	r = asApp(t, 7)
	r.complete(t, contentsURI, "owner", "a")
	if n := r.asked(t, "GET /user"); n > 0 {
		t.Error(paths(t, r))
	}
}
