package slack_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// aviary is a service with everything on that is seen of a service, before a
// workspace that tells what it should not.
type aviary struct {
	signer
	srv     *server.Server
	audit   string
	signing string // the secret of events
	traces  bytes.Buffer

	mu    sync.Mutex
	leaks int               // 0, or how many answers have repeated what was sent
	known map[string]string // what must not get out, with its name
	own   strings.Builder   // what the caller was told
}

// note adds a secret.
func (a *aviary) note(name, secret string) {
	if secret == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, has := a.known[secret]; !has {
		a.known[secret] = name
	}
}

func (a *aviary) startLeaking() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leaks = 1
}

// ServeHTTP notes what is secret in a request and its answer.
func (a *aviary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.note("a token that was sent", bearer)
	a.mu.Lock()
	leaks := a.leaks
	if leaks > 0 {
		a.leaks++
	}
	a.mu.Unlock()
	if leaks > 0 && bearer != "" {
		leak(w, r, bearer, leaks)
		return
	}
	rec := httptest.NewRecorder()
	a.Server.ServeHTTP(rec, r)
	a.note("a code", r.Form.Get("code"))
	if _, secret, ok := r.BasicAuth(); ok {
		a.note("the client's secret as it was sent", secret)
	}
	if to, err := url.Parse(rec.Header().Get("Location")); err == nil {
		a.note("a code", to.Query().Get("code"))
		a.note("a state", to.Query().Get("state"))
	}
	var granted struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Person  struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
		} `json:"authed_user"`
	}
	if strings.HasSuffix(r.URL.Path, "/oauth.v2.access") && json.Unmarshal(rec.Body.Bytes(), &granted) == nil {
		a.note("a bot's token", granted.Access)
		a.note("a bot's refresh token", granted.Refresh)
		a.note("a person's token", granted.Person.Access)
		a.note("a person's refresh token", granted.Person.Refresh)
	}
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// leak says a token in one of the ways in which a Slack, or what is before it, could.
func leak(w http.ResponseWriter, r *http.Request, token string, n int) {
	w.Header().Set("X-Echo", token)
	w.Header().Set("X-OAuth-Scopes", "channels:read,"+token)
	switch n % 6 {
	case 0:
		says(200, "application/json", fmt.Sprintf(`{"ok":false,"error":%q,"needed":%[1]q,"provided":%[1]q}`, token))(w, r)
	case 1:
		says(200, "application/json", fmt.Sprintf(`{"ok":false,"error":"missing_scope","needed":%q,"provided":"Bearer %[1]s","response_metadata":{"messages":["with %[1]s"]}}`, token))(w, r)
	case 2:
		says(500, "text/html", "<html>"+token)(w, r)
	case 3:
		says(200, "text/html", "<html>"+token)(w, r)
	case 4:
		says(302, "text/html", token, "Location", "https://example.com/?token="+token)(w, r)
	case 5:
		says(200, "application/json", fmt.Sprintf(`{"ok":false,"error":"cant_invite","errors":[{"user":%q,"error":%[1]q}],"response_metadata":{"messages":["token=%[1]s"]}}`, token))(w, r)
	}
}

// collect takes traces and metrics.
func (a *aviary) collect(_ http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return
		}
		body = z
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = io.Copy(&a.traces, io.LimitReader(body, 16<<20))
}

func newAviary(t *testing.T, cfg slack.Config) *aviary {
	t.Helper()
	a := &aviary{signer: signer{Server: slacktest.Open(t.Errorf)}, audit: filepath.Join(t.TempDir(), "audit"), known: make(map[string]string)}
	ts := httptest.NewServer(a)
	t.Cleanup(ts.Close)
	a.Base(ts.URL)
	furnish(a.Server)
	otlp := httptest.NewServer(http.HandlerFunc(a.collect))
	t.Cleanup(otlp.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.url = "http://" + listener.Addr().String()
	log, err := logging.New(&a.log, "debug", "json")
	if err != nil {
		t.Fatal(err)
	}
	cfg.APIURL, cfg.AllowDMs, cfg.AutoJoin, cfg.ExtraTools, cfg.RateWait = a.URL, true, true, slack.ExtraTools(), -1
	svc := a.open(t, cfg, log)
	a.srv, err = server.New("slack", svc, server.Config{
		HTTP: listener.Addr().String(), Admin: "127.0.0.1:1", APIKey: callerKey, Confirm: "never",
		AuditFile: a.audit, DebugProtocol: true, OTLPEndpoint: otlp.URL,
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	front := &httptest.Server{Listener: listener, Config: &http.Server{Handler: a.srv.Handler()}}
	front.Start()
	t.Cleanup(front.Close)
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.client = a.connect(t)
	a.note("the caller's key", callerKey)
	a.note("the token of events", eventToken)
	a.signing = cfg.SigningSecret
	return a
}

// connect begins a session, in which the client keeps nothing from another.
func (a *aviary) connect(t *testing.T) *mcp.ClientSession {
	t.Helper()
	client, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: a.url + "/mcp", HTTPClient: &http.Client{Transport: withKey{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func (a *aviary) open(t *testing.T, cfg slack.Config, log *slog.Logger) *slack.Service {
	t.Helper()
	if cfg.ClientID != "" {
		a.AddApp(slacktest.App{ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Redirects: []string{a.url + "/oauth/slack/callback"}, Rotates: true})
		cfg.TokenStore = filepath.Join(t.TempDir(), "private", "store")
	}
	for name, secret := range map[string]string{"the client's secret": cfg.ClientSecret, "the signing secret": cfg.SigningSecret, "the bot's token": cfg.BotToken, "the person's token": cfg.UserToken} {
		a.note(name, secret)
	}
	svc, err := slack.Open(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

// tell has everything done that a caller or Slack can ask for, with what they are
// told kept. Where it works, whatever is read has to be there.
func (a *aviary) tell(t *testing.T, works bool) {
	t.Helper()
	for _, s := range stories {
		res, err := a.client.CallTool(t.Context(), &mcp.CallToolParams{Name: s.tool, Arguments: json.RawMessage(s.args)})
		a.hear(t, "tools/call", res, err)
	}
	before, reader := a.leaked(), a.connect(t)
	for _, uri := range []string{
		"slack://-/me", "slack://T000000001/me", "slack://-/channels/C000000001", "slack://-/channels/C000000001/messages", "slack://-/threads/C000000001/" + personsTS,
		"slack://-/users/" + slacktest.Mona, "slack://-/files/F00000000A",
	} {
		res, err := reader.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		if a.hear(t, uri, res, err); works && err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if before != 0 && a.leaked() < before+3 {
		t.Error("hardly a token was repeated to who reads resources")
	}
	for name, args := range map[string]map[string]string{
		"summarize_channel": {"channel": "#general"}, "catch_up": {"channels": "general"}, "draft_reply": {"permalink": permalink}, "incident_timeline": {"channel": "general"}, "standup": nil,
	} {
		res, err := a.client.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: name, Arguments: args})
		if a.hear(t, name, res, err); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []mcp.CompleteParams{
		{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "summarize_channel"}, Argument: mcp.CompleteParamsArgument{Name: "channel", Value: "gen"}},
		{Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "slack://{team}/me"}, Argument: mcp.CompleteParamsArgument{Name: "team", Value: ""}},
		{Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "slack://{team}/users/{user}"}, Argument: mcp.CompleteParamsArgument{Name: "user", Value: "mo"}},
		{Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "slack://{team}/channels/{channel}"}, Argument: mcp.CompleteParamsArgument{Name: "channel", Value: "nowhere"}},
	} {
		res, err := a.client.Complete(t.Context(), &c)
		a.hear(t, "completion/complete", res, err)
		if works && (err != nil || len(res.Completion.Values) == 0 && c.Argument.Value != "nowhere") {
			t.Errorf("%s of %s%s: %+v, %v", c.Argument.Name, c.Ref.Name, c.Ref.URI, res, err)
		}
	}
	const event = `{"type":"event_callback","token":"` + eventToken + `","team_id":"T000000001","event_id":"Ev1","event":{"type":"message","channel":"C000000001","ts":"` + personsTS + `"}}`
	for _, e := range []struct {
		body, secret string
		want         int
	}{
		{event, a.signing, http.StatusOK},
		{`{"type":"url_verification","token":"` + eventToken + `","challenge":"x"}`, a.signing, http.StatusOK},
		{`{"type":"event_callback","token":"` + eventToken, a.signing, http.StatusBadRequest},
		{event, "another secret", http.StatusUnauthorized},
		{event, "", http.StatusUnauthorized},
	} {
		a.deliver(t, e.body, e.secret, e.want)
	}
}

// eventToken is what Slack sends with each event, which apps were to know it by.
const eventToken = "CanaryEvents0123456789abcdef0123"

// deliver posts an event, signed with a secret unless that is "".
func (a *aviary) deliver(t *testing.T, body, secret string, want int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/webhooks/slack", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if secret != "" {
		sent := fmt.Sprint(time.Now().Unix())
		sum := hmac.New(sha256.New, []byte(secret))
		_, _ = io.WriteString(sum, "v0:"+sent+":"+body)
		req.Header.Set("X-Slack-Request-Timestamp", sent)
		req.Header.Set("X-Slack-Signature", fmt.Sprintf("v0=%x", sum.Sum(nil)))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(res.Body)
	if res.StatusCode != want {
		t.Errorf("an event is answered %d, not %d: %s", res.StatusCode, want, said)
	}
	fmt.Fprintln(&a.own, res.Header, string(said), err, res.Body.Close())
}

// hear keeps what a caller was told.
func (a *aviary) hear(t *testing.T, what string, res any, err error) {
	t.Helper()
	text, unreadable := json.Marshal(res)
	if unreadable != nil {
		t.Error(unreadable)
	}
	fmt.Fprintln(&a.own, what, string(text), err)
}

func (a *aviary) leaked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.leaks
}

// check looks for every secret in every place that somebody can look at.
func (a *aviary) check(t *testing.T) {
	t.Helper()
	sinks := map[string]string{"what the caller is told": a.own.String()}
	for _, at := range [][2]string{{"/metrics", "*/*"}, {"/debug/mcp", "text/html"}, {"/debug/mcp", "application/json"}, {"/readyz", "*/*"}} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+at[0], nil)
		req.Header.Set("Accept", at[1])
		w := httptest.NewRecorder()
		a.srv.AdminHandler().ServeHTTP(w, req)
		sinks[at[0]+" as "+at[1]] = fmt.Sprint(w.Header(), w.Body)
	}
	if err := a.client.Close(); err != nil {
		t.Error(err)
	}
	if err := a.srv.Close(); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(a.audit)
	if err != nil {
		t.Fatal(err)
	}
	sinks["the audit file"], sinks["the log"] = string(b), a.log.String()
	a.mu.Lock()
	defer a.mu.Unlock()
	sinks["traces"] = a.traces.String()
	for where, text := range sinks {
		if !strings.Contains(text, "tools/call") && where != "/readyz as */*" {
			t.Errorf("%s shows nothing: %.500q", where, text)
		}
		for secret, name := range a.known {
			for _, form := range forms(secret) {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s has %s: …%.300q", where, name, text[max(0, i-200):i])
				}
			}
		}
	}
}

// forms are the ways in which a secret may be written, with base64 wherever it
// begins in what is encoded.
func forms(secret string) []string {
	list := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%x", secret)}
	for skip := range 3 {
		if len(secret) <= skip+3 {
			continue
		}
		part := secret[skip:]
		part = part[:len(part)/3*3]
		list = append(list, base64.StdEncoding.EncodeToString([]byte(part)), base64.URLEncoding.EncodeToString([]byte(part)))
	}
	return list
}

// TestTokensStayHome has everybody's tokens repeated by Slack in every kind of
// answer.
func TestTokensStayHome(t *testing.T) {
	a := newAviary(t, slack.Config{BotToken: botToken, UserToken: userToken, SigningSecret: "CanarySigning0123456789abcdef012"})
	a.tell(t, true)
	a.startLeaking()
	for range 3 {
		a.tell(t, false)
	}
	if a.leaks < 50 {
		t.Errorf("the tokens were repeated %d times", a.leaks)
	}
	a.check(t)
}

// TestSignInsStayHome is the same for people who sign in, whose tokens are renewed
// and refused meanwhile.
func TestSignInsStayHome(t *testing.T) {
	a := newAviary(t, slack.Config{ClientID: "1.2", ClientSecret: "CanaryClient+/0123456789abcdef01", SigningSecret: "CanarySigning0123456789abcdef012", PostAs: "bot"})
	if _, page := a.signIn(t, a.look(t)); page.Status != http.StatusOK {
		t.Fatalf("%d\n%s", page.Status, page.Body)
	}
	a.tell(t, true)
	a.Expire(a.bearer("conversations.info")) // so that it is renewed, or asked for anew
	a.tell(t, false)
	if text := a.look(t); strings.Contains(text, `"auth_required":true`) {
		if _, page := a.signIn(t, text); page.Status != http.StatusOK {
			t.Fatalf("%d\n%s", page.Status, page.Body)
		}
	}
	a.startLeaking()
	for range 3 {
		a.tell(t, false)
	}
	for _, name := range []string{"a bot's token", "a bot's refresh token", "a person's token", "a person's refresh token", "a code", "a state", "the client's secret", "the signing secret", "the caller's key"} {
		found := false
		for _, n := range a.known {
			found = found || n == name
		}
		if !found {
			t.Errorf("nothing is known of %s", name)
		}
	}
	a.check(t)
}

// secretRule is what Slack's tokens look like, and headers that hold one.
var secretRule = regexp.MustCompile(`xox[a-z](\.xox[a-z])?-[0-9A-Za-z-]{6,}|xapp-[0-9]|(?i:bearer|basic) [A-Za-z0-9+/=._-]{16,}|(?i:client_secret|code|state|refresh_token)=[A-Za-z0-9%+/_-]{16,}`)

// TestFilesHaveNoToken looks at what tests have recorded.
func TestFilesHaveNoToken(t *testing.T) {
	for _, s := range []string{"xoxb-1-ABCDEFGH", "xoxe.xoxp-1-ABCDEFGH", "xoxe-1-ABCDEFGH", "xapp-1-A", "Authorization: Bearer 0123456789abcdef0123", "?code=0123456789abcdef0123"} {
		if !secretRule.MatchString(s) {
			t.Errorf("%q is not seen", s)
		}
	}
	looked := map[string]int{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.ToSlash(path), "testdata/") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked[filepath.Ext(path)]++
		if at := secretRule.FindIndex(text); at != nil {
			t.Errorf("%s has what looks like a secret at byte %d: %.10q…", path, at[0], text[at[0]:at[1]])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked[".json"] == 0 || looked[".txtar"] == 0 {
		t.Errorf("there are no golden files or no transcripts: %v", looked)
	}
}
