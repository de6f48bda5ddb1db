package slack_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// The manifest asks for what the tools need, and for what the events do that it
// subscribes to.
func TestManifest(t *testing.T) {
	b, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, scopes, _ := strings.Cut(string(b), "  scopes:\n")
	scopes, _, _ = strings.Cut(scopes, "\nsettings:")
	bot, user, ok := strings.Cut(strings.TrimPrefix(scopes, "    bot:\n"), "\n    user:\n")
	if !ok {
		t.Fatal("the manifest has no scopes")
	}
	for kind, list := range map[string]string{"bot": bot, "user": user} {
		want := append(slack.ScopesFor(kind), "reactions:read")
		slices.Sort(want)
		var got []string
		for line := range strings.Lines(list) {
			got = append(got, strings.TrimPrefix(strings.TrimSpace(line), "- "))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the %s's scopes (-tools +manifest):\n%s", kind, diff)
		}
	}
}

// The manifest subscribes to all that is understood of events.
func TestManifestHasTheEvents(t *testing.T) {
	b, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := append(slack.ChannelEvents(), "message.channels", "message.groups", "message.im", "message.mpim", "reaction_added", "reaction_removed")
	for _, kind := range []string{"bot", "user"} {
		_, list, _ := strings.Cut(string(b), "    "+kind+"_events:\n")
		var got []string
		for line := range strings.Lines(list) {
			event, ok := strings.CutPrefix(line, "      - ")
			if !ok {
				break
			}
			got = append(got, strings.TrimSpace(event))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the %s's events (-service +manifest):\n%s", kind, diff)
		}
	}
}

// The README says which scopes each tool needs.
func TestScopesInREADME(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "| tool | a bot's token | a person's token |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if diff := cmp.Diff(slack.ScopeRows(), strings.Split(table, "\n")); diff != "" {
		t.Errorf("the scopes (-service +README):\n%s", diff)
	}
}

// Every tool says what it needs.
func TestNeeds(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, ExtraTools: slack.ExtraTools()})
	list, err := r.client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if !slices.Contains(slack.NeedsOf(), tool.Name) {
			t.Errorf("nobody knows which scopes %s needs", tool.Name)
		}
	}
}

func TestConfigIsRefused(t *testing.T) {
	for _, tt := range []struct {
		cfg  slack.Config
		want string
	}{
		{slack.Config{BotToken: "xoxp-1"}, "what SLACK_BOT_TOKEN holds: that is a person's token"},
		{slack.Config{UserToken: "xoxb-1"}, "what SLACK_USER_TOKEN holds: that is a bot token"},
		{slack.Config{UserToken: "xoxe.xoxb-1"}, "that is a bot token"},
		{slack.Config{BotToken: "xapp-1"}, "an app-level token"},
		{slack.Config{UserToken: "xoxc-1"}, "taken out of a browser"},
		{slack.Config{UserToken: "xoxd-1"}, "taken out of a browser"},
		{slack.Config{UserToken: "xoxe-1"}, "a refresh token"},
		{slack.Config{BotToken: "xoxb-1 2"}, "without spaces"},
		{slack.Config{BotToken: "token"}, "begins with xoxb-"},
		{slack.Config{BotToken: "xoxb-1", BotTokenFile: "f"}, "both set"},
		{slack.Config{UserTokenFile: "/nowhere/token"}, "--slack-user-token-file: "},
		{slack.Config{ClientID: "1.2", ClientSecret: "s", TokenStore: "f", BotToken: "xoxb-1"}, "lets all of them act as one"},
		{slack.Config{ClientID: "1.2"}, "needs both --slack-client-id"},
		{slack.Config{ClientID: "1.2", ClientSecret: "s"}, "needs --slack-token-store"},
		{slack.Config{TokenStore: "f"}, "goes with --slack-client-id"},
		{slack.Config{AllowTeams: []string{"T12345678"}}, "go with --slack-client-id"},
		{slack.Config{ClientID: "1.2", ClientSecret: "s", TokenStore: "f", AllowTeams: []string{"octo"}}, `--slack-allow-teams "octo"`},
		{slack.Config{ClientID: "1.2", ClientSecret: "s", TokenStore: "f", UserScopes: []string{"channels read"}}, "--slack-user-scopes"},
		{slack.Config{UserToken: "xoxp-1", PostAs: "bot"}, "--post-as=bot needs a bot token"},
		{slack.Config{BotToken: "xoxb-1", PostAs: "user"}, "--post-as=user needs a person's token"},
		{slack.Config{BotToken: "xoxb-1", PostAs: "me"}, "give user or bot"},
	} {
		_, err := slack.Open(t.Context(), tt.cfg, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.cfg, err, tt.want)
		}
	}
}

// Without a token nothing can be seen, and the process says that it is not ready.
func TestNobody(t *testing.T) {
	r := newRig(t, slack.Config{})
	text, failed := r.call(t, "get_channel_info", `{"channel":"C000000001"}`)
	if !failed || !strings.Contains(text, `"code":"AUTHENTICATION_FAILED"`) || !strings.Contains(text, "SLACK_BOT_TOKEN") {
		t.Error(text)
	}
	svc, err := slack.Open(t.Context(), slack.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	if err := svc.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "SLACK_BOT_TOKEN") {
		t.Error(err)
	}
}

// A token that Slack does not take is told of once, by the setting that it is of.
func TestTokenIsRefused(t *testing.T) {
	var log safeLog
	r := slacktest.New(t)
	r.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Refused: "token_revoked"})
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(botToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	svc, err := slack.Open(t.Context(), slack.Config{BotTokenFile: path, APIURL: r.URL}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, svc)
	for range 2 {
		res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_channel_info", Arguments: map[string]any{"channel": slacktest.General}})
		if err != nil {
			t.Fatal(err)
		}
		text := res.Content[0].(*mcp.TextContent).Text
		if !strings.Contains(text, "AUTHENTICATION_FAILED") || !strings.Contains(text, "token_revoked") || !strings.Contains(text, "--slack-bot-token-file") {
			t.Error(text)
		}
	}
	if n := strings.Count(log.String(), "Slack does not take the token"); n != 1 || strings.Contains(log.String(), botToken) {
		t.Errorf("%d lines:\n%s", n, &log)
	}
}

type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clientOf serves svc in memory.
func clientOf(t *testing.T, svc *slack.Service) *mcp.ClientSession {
	t.Helper()
	srv, err := server.New("slack", svc, server.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near, far := mcp.NewInMemoryTransports()
	ss, err := srv.Connect(t.Context(), near)
	if err != nil {
		t.Fatal(err)
	}
	c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), far, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); ss.Wait(); srv.Close() })
	return c
}

func offered(t *testing.T, c *mcp.ClientSession) []string {
	t.Helper()
	list, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// Nothing is asked of Slack to say what there is; once it is known what a token may
// do, only that is offered.
func TestOfferedByScopes(t *testing.T) {
	r := slacktest.New(t)
	r.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{"channels:read", "channels:history"}})
	svc, err := slack.Open(t.Context(), slack.Config{BotToken: botToken, APIURL: r.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, svc)
	if names := offered(t, c); !slices.Contains(names, "send_message") {
		t.Errorf("before anything is known %q are offered", names)
	}
	if n := len(r.Requests()); n > 0 {
		t.Errorf("Slack was asked %d times", n)
	}
	if err := slack.Learn(t.Context(), svc); err != nil {
		t.Fatal(err)
	}
	c = clientOf(t, svc)
	names := offered(t, c)
	for name, want := range map[string]bool{"get_channel_history": true, "list_channels": true, "send_message": false, "set_reaction": false, "find_users": false} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s is offered: %t", name, !want)
		}
	}
	res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "send_message", Arguments: map[string]any{"channel": slacktest.General, "text": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if text := res.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, "PERMISSION_DENIED") || !strings.Contains(text, "send_message needs the scope chat:write, which the bot token lacks") {
		t.Error(text)
	}
}

const callerKey = "0123456789abcdef0123456789abcdef"

// withKey shows the caller's key.
type withKey struct{}

func (withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+callerKey)
	return http.DefaultTransport.RoundTrip(r)
}

// signer is a service where people sign in, at a workspace in memory.
type signer struct {
	*slacktest.Server
	url    string
	log    safeLog
	client *mcp.ClientSession
	svc    *slack.Service
}

func newSigner(t *testing.T, cfg slack.Config) *signer {
	t.Helper()
	p := &signer{Server: slacktest.New(t)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + listener.Addr().String()
	p.AddApp(slacktest.App{ClientID: "1.2", ClientSecret: "client-secret", Redirects: []string{p.url + "/oauth/slack/callback"}, Rotates: true})
	cfg.ClientID, cfg.ClientSecret, cfg.APIURL, cfg.TokenStore = "1.2", "client-secret", p.URL, t.TempDir()+"/private/store"
	svc, err := slack.Open(t.Context(), cfg, slog.New(slog.NewTextHandler(&p.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("slack", svc, server.Config{HTTP: listener.Addr().String(), APIKey: callerKey, Confirm: "never"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := &httptest.Server{Listener: listener, Config: &http.Server{Handler: srv.Handler()}}
	ts.Start()
	t.Cleanup(func() { ts.Close(); srv.Close() })
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.svc = svc
	p.client, err = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: p.url + "/mcp", HTTPClient: &http.Client{Transport: withKey{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.client.Close() })
	return p
}

// call calls a tool and returns the text of its first block.
func (p *signer) call(t *testing.T, tool string, args map[string]any) string {
	t.Helper()
	res, err := p.client.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text
}

// look reads a channel.
func (p *signer) look(t *testing.T) string {
	t.Helper()
	return p.call(t, "get_channel_info", map[string]any{"channel": slacktest.General})
}

// signIn goes the whole way from the link in text, and returns where it led to at
// Slack and the last page.
func (p *signer) signIn(t *testing.T, text string) (*url.URL, oauthtest.Page) {
	t.Helper()
	_, rest, _ := strings.Cut(text, `"url":"`)
	link, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("there is no link in %s", text)
	}
	b := oauthtest.NewBrowser(slacktest.Mona)
	form, err := b.Begin(link)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("credential", callerKey)
	to, err := b.GoOn(link, form)
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Allow(to)
	if err != nil {
		t.Fatal(err)
	}
	page, err := b.Get(back)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return at, page
}

// bearer is the token of the last request of a method.
func (p *signer) bearer(method string) string {
	all := p.Requests()
	for _, r := range slices.Backward(all) {
		if r.Method == method {
			return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		}
	}
	return ""
}

// A person signs in and is asked for no more than the tools need, without a
// challenge; their own token reads and acts, and a refused one asks them again.
func TestSignIn(t *testing.T) {
	p := newSigner(t, slack.Config{AllowTeams: []string{slacktest.TeamID}})
	to, page := p.signIn(t, p.look(t))
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Octo") {
		t.Fatalf("%d\n%s\n%s", page.Status, page.Body, &p.log)
	}
	q := to.Query()
	if q.Get("scope") != "" || q.Has("code_challenge") || q.Get("team") != slacktest.TeamID {
		t.Errorf("Slack is asked for %v", q)
	}
	for scope, want := range map[string]bool{"channels:history": true, "chat:write": true, "im:history": false, "usergroups:read": false, "channels:write": true} {
		if slices.Contains(strings.Split(q.Get("user_scope"), ","), scope) != want {
			t.Errorf("%s is asked for: %t", scope, !want)
		}
	}
	if text := p.look(t); !strings.Contains(text, slacktest.General) {
		t.Fatal(text)
	}
	token := p.bearer("conversations.info")
	if !strings.HasPrefix(token, "xoxe.xoxp-") {
		t.Error("another's token reads")
	}
	p.Grant(token, slacktest.Token{User: slacktest.Mona, Refused: "token_revoked"})
	if text := p.call(t, "list_channels", nil); !strings.Contains(text, `"auth_required":true`) {
		t.Error(text)
	}
	for _, secret := range []string{token, "client-secret", callerKey} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has %.9s…", secret)
		}
	}
}

// A token that Slack says has ended is renewed, the app's beside the person's alike:
// nobody signs in anew.
func TestEndedTokenIsRenewed(t *testing.T) {
	p := newSigner(t, slack.Config{PostAs: "bot"})
	if _, page := p.signIn(t, p.look(t)); page.Status != http.StatusOK {
		t.Fatalf("%d\n%s", page.Status, page.Body)
	}
	for kind, call := range map[string]func() string{
		"conversations.info": func() string { return p.look(t) },
		"chat.postMessage": func() string {
			return p.call(t, "send_message", map[string]any{"channel": slacktest.General, "text": "hi"})
		},
	} {
		if text := call(); strings.Contains(text, `"error"`) {
			t.Fatal(text)
		}
		ended := p.bearer(kind)
		p.Expire(ended)
		if text := call(); !strings.Contains(text, "SERVICE_UNAVAILABLE") || strings.Contains(text, "auth_required") {
			t.Errorf("%s: %s", kind, text)
		}
		if text := call(); strings.Contains(text, `"error"`) || p.bearer(kind) == ended {
			t.Errorf("%s: %s", kind, text)
		}
	}
	if n := p.Asked("oauth.v2.access"); n != 3 {
		t.Errorf("tokens were given out %d times", n)
	}
}

// Whoever comes from another workspace is turned away before anything is kept.
func TestOtherWorkspace(t *testing.T) {
	p := newSigner(t, slack.Config{AllowTeams: []string{"T999999999", "E999999999"}})
	p.Handle("auth.revoke", slacktest.JSON(`{"ok":true,"revoked":true}`))
	_, page := p.signIn(t, p.look(t))
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "Octo (T000000001), which is not one") {
		t.Errorf("%d\n%s", page.Status, page.Body)
	}
	if token := p.bearer("auth.revoke"); !strings.HasPrefix(token, "xoxe.xoxp-") {
		t.Errorf("the token lives on: %.9s", token)
	}
	if text := p.look(t); !strings.Contains(text, `"auth_required":true`) {
		t.Error(text)
	}
}

// With --post-as=bot the bot acts, and only where the person's own token sees the
// channel.
func TestBotActsWhereThePersonSees(t *testing.T) {
	p := newSigner(t, slack.Config{PostAs: "bot"})
	to, page := p.signIn(t, p.look(t))
	if page.Status != http.StatusOK {
		t.Fatalf("%d\n%s\n%s", page.Status, page.Body, &p.log)
	}
	if got := to.Query().Get("scope"); !strings.Contains(got, "chat:write") || strings.Contains(got, "history") {
		t.Errorf("for the bot %q are asked for", got)
	}
	react := map[string]any{"channel": slacktest.General, "ts": "1503435956.000247", "emoji": "eyes"}
	p.Handle("reactions.add", slacktest.JSON(`{"ok":true}`))
	p.call(t, "set_reaction", react)
	if token := p.bearer("reactions.add"); !strings.HasPrefix(token, "xoxe.xoxb-") {
		t.Errorf("another acts: %.9s", token)
	}
	before := len(p.Requests())
	p.Handle("conversations.info", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "xoxb-") {
			t.Error("the bot looks for the channel")
		}
		fmt.Fprint(w, `{"ok":false,"error":"channel_not_found"}`)
	})
	react["channel"] = "C0SECRET00"
	if text := p.call(t, "set_reaction", react); !strings.Contains(text, `"error"`) {
		t.Error(text)
	}
	for _, r := range p.Requests()[before:] {
		if r.Method == "reactions.add" {
			t.Error("the bot acts where the person sees nothing")
		}
	}
}

// Many calls ask once whose token it is, and the first of them hanging up does not
// end that for the others.
func TestIdentityIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, gate := 0, make(chan struct{})
		ask := slack.Identities(t, func(ctx context.Context) error {
			asked++
			select {
			case <-gate:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		first, hangUp := context.WithCancel(t.Context())
		errs := make(chan error, 3)
		go func() { errs <- ask(first) }()
		synctest.Wait()
		go func() { errs <- ask(t.Context()) }()
		go func() { errs <- ask(t.Context()) }()
		synctest.Wait()
		hangUp()
		if err := <-errs; err != context.Canceled {
			t.Error(err)
		}
		close(gate)
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if asked != 1 {
			t.Errorf("it was asked %d times", asked)
		}
	})
}

// Tokens go to Slack encrypted, or to this machine.
func TestPlainHTTPIsRefused(t *testing.T) {
	if _, err := slack.Open(t.Context(), slack.Config{BotToken: botToken, APIURL: "http://slack.example/api/"}, nil); err == nil || !strings.Contains(err.Error(), "--slack-api-url: credentials go by https only") {
		t.Error(err)
	}
}

// A workspace that is not on the list any more is cut off, whoever has signed in
// there before.
func TestWorkspaceIsTakenOffTheList(t *testing.T) {
	p := newSigner(t, slack.Config{AllowTeams: []string{slacktest.TeamID}})
	if _, page := p.signIn(t, p.look(t)); page.Status != http.StatusOK {
		t.Fatal(page.Body)
	}
	if text := p.look(t); !strings.Contains(text, slacktest.General) {
		t.Fatal(text)
	}
	slack.AllowTeams(p.svc, "T999999999")
	before := p.Asked("conversations.info")
	if text := p.look(t); !strings.Contains(text, `"auth_required":true`) {
		t.Error(text)
	}
	if p.Asked("conversations.info") != before {
		t.Error("the token is used")
	}
}
