package github_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// write makes a file that its owner alone can read.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// journal is a log that a test reads. It is safe for concurrent use.
type journal struct {
	mu sync.Mutex
	b  strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// open returns a service before s that ends with the test, and its log.
func open(t *testing.T, s *githubtest.Server, cfg github.Config) (*github.Service, *journal) {
	t.Helper()
	log := new(journal)
	cfg.APIURL = s.URL
	svc, err := github.Open(t.Context(), cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { svc.Close() })
	return svc, log
}

// releases lists the releases of owner/repo and returns what was answered.
func releases(t *testing.T, c *mcp.ClientSession, owner, repo string) string {
	t.Helper()
	res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_releases", Arguments: map[string]any{"owner": owner, "repo": repo}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text
}

// tokens returns the Authorization of each request so far.
func tokens(s *githubtest.Server) string {
	var list []string
	for _, r := range s.Requests() {
		list = append(list, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}
	return strings.Join(list, " ")
}

const noReleases = `{"releases":[]}`

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	token := write(t, dir+"/token", "t0ken\n")
	owners := write(t, dir+"/owners", "# of the team\nAcme = t1\n*=t2\n")
	key := write(t, dir+"/key", newKey(t))
	postgres := write(t, dir+"/postgres", "postgresql://u:s3cret@127.0.0.1:1/d\n")
	people := github.Config{ClientID: "id", ClientSecret: "s", TokenStore: dir + "/private/store"}
	for name, tt := range map[string]struct {
		cfg  github.Config
		want string
	}{
		"two tokens":             {github.Config{Token: "a", TokenFile: token}, "--github-token-file and GITHUB_TOKEN are both set"},
		"token and owners":       {github.Config{Token: "a", TokensFile: owners}, "write the latter into the file"},
		"token and App":          {github.Config{TokenFile: token, AppID: "1", AppKeyFile: key}, "--github-app-id and a token are both set"},
		"owners and App":         {github.Config{TokensFile: owners, AppID: "1", AppKeyFile: key}, "for whom there is a GitHub App too"},
		"half an App":            {github.Config{AppID: "1"}, "needs both"},
		"installation alone":     {github.Config{AppInstallationID: 1}, "needs both"},
		"people and token":       {github.Config{Token: "a", ClientID: "id", ClientSecret: "s", TokenStore: "x"}, "leave one out"},
		"people without secret":  {github.Config{ClientID: "id", TokenStore: "x"}, "needs both --github-client-id and what goes with it"},
		"people without store":   {github.Config{ClientID: "id", ClientSecret: "s"}, "needs --github-token-store"},
		"store alone":            {github.Config{TokenStore: "x"}, "goes with --github-client-id"},
		"store's file alone":     {github.Config{TokenStoreFile: postgres}, "goes with --github-client-id"},
		"two stores":             {github.Config{ClientID: "id", ClientSecret: "s", TokenStore: "x", TokenStoreFile: postgres}, "--github-token-store and --github-token-store-file are both set"},
		"no file of the store":   {github.Config{ClientID: "id", ClientSecret: "s", TokenStoreFile: dir + "/missing"}, "--github-token-store-file: "},
		"no URL in it":           {github.Config{ClientID: "id", ClientSecret: "s", TokenStoreFile: token}, "there is no postgres:// URL in " + token},
		"a wrong URL in it":      {github.Config{ClientID: "id", ClientSecret: "s", TokenStoreFile: write(t, dir+"/port", "postgres://u:s3cret@h:x/d")}, "not one of PostgreSQL"},
		"no token in the file":   {github.Config{TokenFile: write(t, dir+"/empty", "\n")}, "the token is empty"},
		"no file":                {github.Config{TokenFile: dir + "/missing"}, "--github-token-file: "},
		"two lines":              {github.Config{TokenFile: write(t, dir+"/two", "s3cret\ns3cret")}, "that is no token"},
		"a header in the token":  {github.Config{Token: "s3cret\r\nX: y"}, "what GITHUB_TOKEN holds: that is no token"},
		"owner without token":    {github.Config{TokensFile: write(t, dir+"/o1", "acme=\n")}, "line 1: the token is empty"},
		"no owner":               {github.Config{TokensFile: write(t, dir+"/o2", "s3cret\n")}, "line 1: write owner=token"},
		"an owner twice":         {github.Config{TokensFile: write(t, dir+"/o3", "acme=s3cret\nACME=s3cret\n")}, "line 2: there is a token for acme already"},
		"no owners":              {github.Config{TokensFile: write(t, dir+"/o4", "# nobody\n")}, "there is no token in it"},
		"no key":                 {github.Config{AppID: "1", AppKeyFile: write(t, dir+"/k", "s3cret")}, "that is no RSA private key"},
		"API URL":                {github.Config{APIURL: "https://user:s3cret@h"}, "--github-api-url: give a URL"},
		"web URL":                {github.Config{WebURL: "https://h?s3cret"}, "--github-web-url: give a URL"},
		"pattern without a repo": {github.Config{AllowRepos: []string{"acme"}}, "give owner/repo or owner/*"},
		"pattern with a range":   {github.Config{AllowRepos: []string{"acme/[a-z]"}}, "give owner/repo or owner/*"},
		"pattern of three":       {github.Config{AllowRepos: []string{"acme/a/b"}}, "give owner/repo or owner/*"},
		"token":                  {github.Config{TokenFile: token}, ""},
		"owners with *":          {github.Config{TokensFile: owners}, ""},
		"App":                    {github.Config{AppID: "1", AppKeyFile: key}, ""},
		"people":                 {people, ""},
		"people in PostgreSQL":   {github.Config{ClientID: "id", ClientSecret: "s", TokenStoreFile: postgres}, ""},
		"nothing":                {github.Config{}, ""},
	} {
		svc, err := github.Open(t.Context(), tt.cfg, nil)
		if err == nil {
			svc.Close()
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) || strings.Contains(fmt.Sprint(err), "s3cret") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestTokenOfTheOwner(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		file, owner, want string
	}{
		{"Acme=t1\n*=t2\n", "aCME", "t1"},
		{"Acme=t1\n*=t2\n", "other", "t2"},
		{"acme=t1\n", "other", ""},
	} {
		s := githubtest.New(t)
		s.JSON("GET /repos/{owner}/{repo}/releases", 200, `[]`)
		svc, _ := open(t, s, github.Config{TokensFile: write(t, dir+"/tokens", tt.file)})
		if got := releases(t, servertest.Connect(t, "github", svc, nil), tt.owner, "r"); got != noReleases || tokens(s) != tt.want {
			t.Errorf("%+v: %s with %q", tt, got, tokens(s))
		}
	}
}

// A secret that Kubernetes swaps is in force without a restart.
func TestTokenFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "t1")
	s := githubtest.New(t)
	s.JSON("GET /repos/{owner}/{repo}/releases", 200, `[]`)
	svc, log := open(t, s, github.Config{TokenFile: path})
	c := servertest.Connect(t, "github", svc, nil)
	releases(t, c, "o", "r")
	write(t, path+"2", "t2")
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	for !strings.HasSuffix(tokens(s), "t2") {
		releases(t, c, "o", "r")
	}
	if n := strings.Count(log.String(), "tokens for GitHub are in force"); n != 2 {
		t.Errorf("it was said %d times that tokens are in force", n)
	}
	write(t, path, "no token at all")
	for !strings.Contains(log.String(), "cannot be used") {
		releases(t, c, "o", "r")
	}
	if releases(t, c, "o", "r"); !strings.HasSuffix(tokens(s), "t2") {
		t.Error("a file that is no token was used")
	}
}

func TestExposedFile(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "token"), "s3cret")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, log := open(t, githubtest.New(t), github.Config{TokenFile: path}); !strings.Contains(log.String(), "every user of this machine can read") || strings.Contains(log.String(), "s3cret") {
		t.Error(log)
	}
}

var appKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newKey(t *testing.T) string {
	t.Helper()
	key, err := appKey()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// installations plays the App endpoints: acme has installation 7, and each token
// is tok1, tok2 and so on, good for as long as is said.
func installations(t *testing.T, s *githubtest.Server, good time.Duration) (issued *atomic.Int64) {
	issued = new(atomic.Int64)
	signed := func(r *http.Request) bool {
		key, _ := appKey()
		claims := new(jwt.RegisteredClaims)
		_, err := jwt.ParseWithClaims(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("Iv1.app"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
		if err != nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > 10*time.Minute {
			t.Errorf("the App's token: %v, %+v", err, claims)
		}
		return err == nil
	}
	s.Handle("GET /users/{owner}/installation", func(w http.ResponseWriter, r *http.Request) {
		if signed(r) && r.PathValue("owner") == "acme" {
			fmt.Fprint(w, `{"id":7}`)
			return
		}
		w.WriteHeader(404)
	})
	s.Handle("POST /app/installations/7/access_tokens", func(w http.ResponseWriter, r *http.Request) {
		if signed(r) {
			w.WriteHeader(201)
			fmt.Fprintf(w, `{"token":"tok%d","expires_at":%q,"repository_selection":"selected","permissions":{"contents":"read"}}`, issued.Add(1), time.Now().Add(good).UTC().Format(time.RFC3339))
		}
	})
	return issued
}

func TestApp(t *testing.T) {
	s := githubtest.New(t)
	issued := installations(t, s, time.Hour)
	s.Handle("GET /repos/Acme/r/releases", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer tok") {
			t.Errorf("asked with %q", r.Header.Get("Authorization"))
		}
		fmt.Fprint(w, `[]`)
	})
	s.Handle("GET /repos/other/{repo}/releases", func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("an owner without an installation is asked with %q", got)
		}
		if r.PathValue("repo") == "secret" {
			w.WriteHeader(404)
		}
		fmt.Fprint(w, `[]`)
	})
	svc, _ := open(t, s, github.Config{AppID: "Iv1.app", AppKeyFile: write(t, t.TempDir()+"/key", newKey(t))})
	c := servertest.Connect(t, "github", svc, nil)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_releases", Arguments: map[string]any{"owner": "Acme", "repo": "r"}})
			if err != nil || res.IsError {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
	group.Wait()
	if n := issued.Load(); n != 1 {
		t.Errorf("20 calls took %d tokens", n)
	}
	for range 2 {
		if got := releases(t, c, "other", "r"); got != noReleases {
			t.Error(got)
		}
	}
	if got := releases(t, c, "other", "secret"); !strings.Contains(got, "RESOURCE_NOT_FOUND") || !strings.Contains(got, "it is private: the GitHub App of this service is not installed for other") {
		t.Error(got)
	}
	before := len(s.Requests())
	for _, err := range []error{svc.Post(t.Context(), "other", "r"), svc.ToChange(t.Context(), "other", "r")} {
		if toolerr.From(err).Code != toolerr.PermissionDenied || !strings.Contains(err.Error(), "is not installed for other") {
			t.Errorf("to change something: %v", err)
		}
	}
	if n := len(s.Requests()) - before; n > 0 {
		t.Errorf("%d requests for a change that cannot be made", n)
	}
	found := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "/installation") {
			found++
		}
	}
	if found != 2 {
		t.Errorf("asked %d times where the App is installed, of 2 owners", found)
	}
}

// A token that ends within five minutes is not used, and one that GitHub does not
// take is replaced within the call.
func TestAppRenews(t *testing.T) {
	s := githubtest.New(t)
	issued := installations(t, s, time.Hour)
	s.Handle("GET /repos/acme/r/releases", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer tok1" {
			w.WriteHeader(401)
		}
		fmt.Fprint(w, `[]`)
	})
	cfg := github.Config{AppID: "Iv1.app", AppKeyFile: write(t, t.TempDir()+"/key", newKey(t)), AppInstallationID: 7}
	svc, _ := open(t, s, cfg)
	c := servertest.Connect(t, "github", svc, nil)
	if got := releases(t, c, "acme", "r"); got != noReleases || issued.Load() != 2 {
		t.Errorf("%s with %d tokens", got, issued.Load())
	}

	short := githubtest.New(t)
	issued = installations(t, short, 4*time.Minute)
	short.JSON("GET /repos/acme/r/releases", 200, `[]`)
	svc, _ = open(t, short, cfg)
	c = servertest.Connect(t, "github", svc, nil)
	releases(t, c, "acme", "r")
	releases(t, c, "acme", "r")
	if n := issued.Load(); n != 2 {
		t.Errorf("%d tokens for 2 calls", n)
	}
}

func TestAppIsRefused(t *testing.T) {
	key := write(t, t.TempDir()+"/key", newKey(t))
	for status, want := range map[int]string{401: "does not take the key of this service's App", 404: "knows no installation 7", 500: "gave this service's App no token"} {
		s := githubtest.New(t)
		s.JSON("POST /app/installations/7/access_tokens", status, `{"message":"s3cret"}`)
		svc, log := open(t, s, github.Config{AppID: "1", AppKeyFile: key, AppInstallationID: 7})
		if got := releases(t, servertest.Connect(t, "github", svc, nil), "acme", "r"); !strings.Contains(got, want) || strings.Contains(got+log.String(), "s3cret") {
			t.Errorf("%d: %s", status, got)
		}
	}
}

// accounts are the tokens of people who signed in.
type accounts struct {
	mu      sync.Mutex
	byUser  map[string]string
	invalid []string
}

func (a *accounts) Token(_ context.Context, principal string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if token := a.byUser[principal]; token != "" {
		return token, nil
	}
	return "", toolerr.SignIn("https://mcp.example.com/oauth/github/start?ticket=1", nil, "sign in at GitHub first")
}

func (a *accounts) Invalid(_ context.Context, principal, token string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.invalid = append(a.invalid, principal+" "+token)
	delete(a.byUser, principal)
	return nil
}

func (a *accounts) Page(principal string) string {
	return "https://mcp.example.com/oauth/github/start?ticket=of-" + principal
}

func TestPeopleActAsThemselves(t *testing.T) {
	s := githubtest.New(t)
	s.Handle("GET /repos/o/r/releases", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer gone" {
			w.WriteHeader(401)
		}
		fmt.Fprint(w, `[]`)
	})
	people := &accounts{byUser: map[string]string{"stdio": "mine"}}
	svc, log := open(t, s, github.Config{ClientID: "id", ClientSecret: "s", TokenStore: t.TempDir() + "/private/store"})
	c := servertest.Connect(t, "github", svc, nil)
	if err := svc.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "is for HTTP") {
		t.Errorf("without HTTP: %v", err)
	}
	if got := releases(t, c, "o", "r"); !strings.Contains(got, "works over HTTP only") {
		t.Error(got)
	}
	svc.SignInWith(people)
	if got := releases(t, c, "o", "r"); got != noReleases || tokens(s) != "mine" {
		t.Errorf("%s with %q", got, tokens(s))
	}
	people.byUser["stdio"] = "gone"
	for range 2 {
		got := releases(t, c, "o", "r")
		if !strings.Contains(got, `"code":"AUTHENTICATION_FAILED"`) || !strings.Contains(got, `"auth_required":true,"url":"https://mcp.example.com/oauth/github/start?ticket=1"`) {
			t.Error(got)
		}
	}
	if fmt.Sprint(people.invalid) != "[stdio gone]" || strings.Contains(log.String(), "gone") || strings.Contains(log.String(), "ticket") {
		t.Errorf("forgotten: %q, log: %s", people.invalid, log)
	}
}

func TestAnonymous(t *testing.T) {
	s := githubtest.New(t)
	s.JSON("GET /repos/o/r/releases", 200, `[]`)
	svc, _ := open(t, s, github.Config{})
	if got := releases(t, servertest.Connect(t, "github", svc, nil), "o", "r"); got != noReleases || tokens(s) != "" {
		t.Errorf("%s with %q", got, tokens(s))
	}
	err := svc.Post(t.Context(), "o", "r")
	if toolerr.From(err).Code != toolerr.AuthenticationFailed || !strings.Contains(err.Error(), "set GITHUB_TOKEN") || len(s.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

func TestConfiguredTokenIsRefused(t *testing.T) {
	s := githubtest.New(t)
	s.JSON("GET /repos/o/r/releases", 401, `{"message":"Bad credentials"}`)
	svc, log := open(t, s, github.Config{Token: "s3cret"})
	got := releases(t, servertest.Connect(t, "github", svc, nil), "o", "r")
	if !strings.Contains(got, `"code":"AUTHENTICATION_FAILED"`) || !strings.Contains(got, "GITHUB_TOKEN") || strings.Contains(got, "auth_required") {
		t.Error(got)
	}
	if !strings.Contains(log.String(), "does not take the token") || strings.Contains(got+log.String(), "s3cret") {
		t.Error(log)
	}
}

func TestAllowRepos(t *testing.T) {
	s := githubtest.New(t)
	s.JSON("GET /repos/{owner}/{repo}/releases", 200, `[]`)
	moved := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, s.URL+to, http.StatusMovedPermanently)
		}
	}
	s.Handle("GET /repos/acme/renamed/releases", moved("/repositories/1/releases"))
	s.Handle("GET /repos/acme/sold/releases", moved("/repositories/2/releases"))
	s.Handle("GET /repos/acme/lost/releases", moved("/repositories/3/releases"))
	s.Handle("GET /repos/acme/named/releases", moved("/repos/secret/app/releases"))
	s.JSON("GET /repositories/1", 200, `{"full_name":"Acme/new-name"}`)
	s.JSON("GET /repositories/2", 200, `{"full_name":"secret/sold"}`)
	s.JSON("GET /repositories/3", 404, `{}`)
	s.JSON("GET /repositories/1/releases", 200, `[]`)
	svc, _ := open(t, s, github.Config{Token: "t", AllowRepos: []string{"acme/*", "Octo/hello.world"}})
	c := servertest.Connect(t, "github", svc, nil)
	const refused = "PERMISSION_DENIED"
	for _, tt := range []struct{ owner, repo, want string }{
		{"acme", "any", noReleases},
		{"ACME", "Any", noReleases},
		{"octo", "HELLO.world", noReleases},
		{"octo", "helloxworld", refused},
		{"octo", "hello.world.", refused},
		{"octo", "hello", refused},
		{"acme2", "any", refused},
		{"acme", "renamed", noReleases},
		{"acme", "sold", "the repository to which GitHub redirects is not among the repositories"},
		{"acme", "named", "the repository to which GitHub redirects is not among the repositories"},
		{"acme", "lost", "cannot be seen with this service's credential"},
	} {
		if got := releases(t, c, tt.owner, tt.repo); !strings.Contains(got, tt.want) {
			t.Errorf("%s/%s: %s", tt.owner, tt.repo, got)
		}
	}
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, "/repositories/2/") || strings.HasPrefix(r.Path, "/repos/secret") {
			t.Errorf("asked %s", r.Path)
		}
	}
	for owner, want := range map[string]bool{"": true, "Acme": true, "octo": true, "acme2": false, "a": false} {
		if err := svc.Of(t.Context(), owner); (err == nil) != want {
			t.Errorf("of %q: %v", owner, err)
		}
	}
}

// canary is what no log, error or check may hold.
const canary = "ghp_canary0123456789canary0123456789"

func TestTokensStayInside(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]github.Config{
		"token":  {Token: canary},
		"file":   {TokenFile: write(t, dir+"/token", canary)},
		"owners": {TokensFile: write(t, dir+"/tokens", "o="+canary+"\n*=x"+canary)},
		"App":    {AppID: "1", AppKeyFile: write(t, dir+"/key", newKey(t)), AppInstallationID: 7},
	} {
		for _, status := range []int{200, 401, 403, 404, 500} {
			s := githubtest.New(t)
			s.JSON("POST /app/installations/7/access_tokens", 201, `{"token":"`+canary+`","expires_at":"2999-01-01T00:00:00Z"}`)
			s.JSON("GET /app", status, `{"message":"no","name":"app"}`)
			s.JSON("GET /user", status, `{"message":"no","login":"me"}`)
			s.JSON("GET /rate_limit", status, `{"message":"no"}`)
			s.JSON("GET /repos/o/r/releases", status, `[]`)
			svc, log := open(t, s, cfg)
			got := releases(t, servertest.Connect(t, "github", svc, nil), "o", "r")
			got += fmt.Sprintf("%+v %#v %s", svc.Doctor(t.Context()), svc.Doctor(t.Context()), log)
			if strings.Contains(got, canary) || strings.Contains(got, "PRIVATE KEY") {
				t.Errorf("%s, %d: %s", name, status, got)
			}
			if !strings.Contains(tokens(s), canary) {
				t.Errorf("%s, %d: GitHub itself did not get the token", name, status)
			}
		}
	}
}

func TestDoctor(t *testing.T) {
	key := write(t, t.TempDir()+"/key", newKey(t))
	const rate = `{"resources":{"core":{"limit":5000,"remaining":4987,"reset":1700000000}}}`
	for _, tt := range []struct {
		name  string
		cfg   github.Config
		set   func(*githubtest.Server)
		state string
		want  []string
	}{
		{"classic token", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 200, `{"login":"octocat"}`, "X-OAuth-Scopes", "repo, workflow")
		}, "ok", []string{"octocat's, with the scopes repo, workflow", "4987 of 5000 requests left until 22:13 UTC"}},
		{"token for public repositories", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 200, `{"login":"octocat"}`, "X-OAuth-Scopes", "public_repo")
		}, "warn", []string{"private repositories are not seen"}},
		{"token without scopes", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 200, `{"login":"octocat"}`, "X-OAuth-Scopes", "")
		}, "warn", []string{"without any scope", "create_issue"}},
		{"token that writes", github.Config{Token: "t", Write: true}, func(s *githubtest.Server) {
			s.JSON("GET /user", 200, `{"login":"octocat"}`, "X-OAuth-Scopes", "repo")
		}, "warn", []string{"commit_files cannot change files in .github/workflows"}},
		{"fine-grained token", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 200, `{"login":"octocat"}`)
		}, "ok", []string{"fine-grained"}},
		{"refused token", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 401, `{"message":"Bad credentials"}`)
		}, "fail", []string{"does not take this service's token", "--github-api-url"}},
		{"another server", github.Config{Token: "t"}, func(s *githubtest.Server) {
			s.JSON("GET /user", 500, `<html>`)
		}, "fail", []string{"no answer from"}},
		{"nothing", github.Config{AllowRepos: []string{"acme/*"}}, func(*githubtest.Server) {}, "warn", []string{"nothing can be changed", "answers", "only acme/*"}},
		{"App", github.Config{AppID: "Iv1.app", AppKeyFile: key, AppInstallationID: 7}, func(s *githubtest.Server) {
			s.JSON("GET /app", 200, `{"name":"Fleet","permissions":{"contents":"read","issues":"write","pull_requests":"read","checks":"read","statuses":"read","actions":"read"}}`)
		}, "warn", []string{"it is Fleet", "create_pull_request, submit_review", "pull_requests: write"}},
		{"App with all", github.Config{AppID: "Iv1.app", AppKeyFile: key}, func(s *githubtest.Server) {
			s.JSON("GET /app", 200, `{"name":"Fleet","permissions":{"contents":"read","issues":"write","pull_requests":"write","checks":"read","statuses":"read","actions":"read"}}`)
		}, "ok", []string{"it is Fleet"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := githubtest.New(t)
			installations(t, s, time.Hour)
			s.JSON("GET /rate_limit", 200, rate)
			tt.set(s)
			svc, _ := open(t, s, tt.cfg)
			checks := svc.Doctor(t.Context())
			if worst(checks) != tt.state {
				t.Errorf("%+v", checks)
			}
			for _, want := range tt.want {
				if !strings.Contains(fmt.Sprintf("%+v", checks), want) {
					t.Errorf("%+v has no %q", checks, want)
				}
			}
		})
	}
}

// worst is the worst state of the checks.
func worst(checks []server.Check) string {
	state := "ok"
	for _, c := range checks {
		if c.State == "fail" || c.State == "warn" && state == "ok" {
			state = c.State
		}
	}
	return state
}
