package api_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

// These are the ways of slack-go that this package is made to keep from its
// callers, with the library's own behaviour beside ours where it can be seen: if
// that changes, there is something here to simplify.

const channel, ts = "C000000001", "1503435956.000247"

// library is the library as its documentation has it used.
func (s *server) library(options ...slack.Option) *slack.Client {
	return slack.New("xoxb-of-the-library", append([]slack.Option{slack.OptionAPIURL(s.URL + "/api/")}, options...)...)
}

// refused answers with a status, a Retry-After and a page.
func refused(status int, retry, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestTrapTheTokenIsInTheBody(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true}`))
	if err := s.library().AddReactionContext(t.Context(), "eyes", slack.NewRefToMessage(channel, ts)); err != nil {
		t.Fatal(err)
	}
	if err := s.client().React(t.Context(), channel, ts, "eyes", false); err != nil {
		t.Fatal(err)
	}
	theirs, ours := s.requests()[0], s.requests()[1]
	if theirs.Form.Get("token") == "" || theirs.Authorization != "" {
		t.Errorf("the library no longer puts it there: %+v", theirs)
	}
	if ours.Form.Has("token") || strings.Contains(ours.Body, "xox") || ours.Authorization != "Bearer "+botToken {
		t.Errorf("%+v", ours)
	}
}

func TestTrapARefusalWithoutAReason(t *testing.T) {
	s := serve(t, 0, says(`{"ok":false}`))
	if err := s.library().AddReactionContext(t.Context(), "eyes", slack.NewRefToMessage(channel, ts)); err != nil {
		t.Errorf("the library no longer takes it for a success: %v", err)
	}
	c := s.client()
	for name, err := range map[string]error{
		"react": c.React(t.Context(), channel, ts, "eyes", false), "mark": c.Mark(t.Context(), channel, ts), "join": c.Join(t.Context(), channel),
		"post": second(c.Post(t.Context(), api.Draft{Channel: channel, Text: "a"})), "canvas": second(c.Canvas(t.Context(), "F1")),
		"channel": second(c.Channel(t.Context(), channel)), "delete": c.Delete(t.Context(), channel, ts),
	} {
		var e *api.Error
		if !errors.As(err, &e) || e.Method == "" || e.Code != "" || e.Status != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := serve(t, 0, says(`{"ok":true}`)).client()
	for name, err := range map[string]error{
		"identity": second(empty.Identity(t.Context())), "channel": second(empty.Channel(t.Context(), channel)), "user": second(empty.User(t.Context(), "U1")),
		"post": second(empty.Post(t.Context(), api.Draft{Channel: channel, Text: "a"})), "create": second(empty.Create(t.Context(), "a", false)),
		"file": second(empty.FileInfo(t.Context(), "F1")), "schedule": second(empty.Schedule(t.Context(), api.Draft{Channel: channel, Text: "a"}, time.Unix(1900000000, 0))),
	} {
		var e *api.Error
		if !errors.As(err, &e) || e.Unreadable == nil {
			t.Errorf("%s of an answer that holds nothing: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestTrapKindsOfErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		theirs func(error) bool
		want   api.Error
		after  time.Duration // of a *rates.Error
	}{
		{
			"a refusal", says(`{"ok":false,"error":"missing_scope","needed":"a","provided":"b","response_metadata":{"messages":["c"]}}`),
			func(err error) bool { return errors.As(err, new(slack.SlackErrorResponse)) },
			api.Error{Code: "missing_scope", Needed: "a", Provided: "b", Messages: []string{"c"}}, 0,
		},
		{"a limit", refused(429, "7", ""), func(err error) bool { return errors.As(err, new(*slack.RateLimitedError)) }, api.Error{}, 7 * time.Second},
		{"a limit without a time", refused(429, "", ""), func(err error) bool { return errors.As(err, new(slack.StatusCodeError)) }, api.Error{}, 20 * time.Second},
		{"a limit with words", refused(429, "soon", ""), func(err error) bool { return strings.Contains(err.Error(), "ParseInt") }, api.Error{}, 20 * time.Second},
		{"a limit with status 200", says(`{"ok":false,"error":"ratelimited"}`), func(err error) bool { return errors.As(err, new(slack.SlackErrorResponse)) }, api.Error{}, 20 * time.Second},
		{"a page of an error", refused(500, "", "<html>"), func(err error) bool { return errors.As(err, new(slack.StatusCodeError)) }, api.Error{Status: 500}, 0},
		{"not found", refused(404, "", "<html>"), func(err error) bool { return errors.As(err, new(slack.StatusCodeError)) }, api.Error{Status: 404}, 0},
		{"a page", refused(200, "", "<html>"), func(err error) bool { return strings.Contains(err.Error(), "invalid character") }, api.Error{Unreadable: errors.New("some")}, 0},
		{"half an answer", says(`{"ok":true,"channel":{"id":"C`), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, api.Error{Unreadable: errors.New("some")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 0, tt.answer)
			if err := s.library().MarkConversationContext(t.Context(), channel, ts); err == nil || !tt.theirs(err) {
				t.Errorf("the library: %T %v", err, err)
			}
			for method, err := range map[string]error{"conversations.mark": s.client().Mark(t.Context(), channel, ts), "conversations.info": second(s.client().Channel(t.Context(), channel))} {
				var limit *rates.Error
				if tt.after != 0 {
					if !errors.As(err, &limit) || limit.After != tt.after || limit.Method != method {
						t.Errorf("%s: %#v", method, err)
					}
					continue
				}
				var e *api.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: %#v", method, err)
				}
				if e.Method != method || e.Code != tt.want.Code || e.Needed != tt.want.Needed || e.Provided != tt.want.Provided || !slices.Equal(e.Messages, tt.want.Messages) || e.Status != tt.want.Status || (e.Unreadable != nil) != (tt.want.Unreadable != nil) {
					t.Errorf("%s: %#v", method, e)
				}
			}
		})
	}
}

func TestTrapRetriesThatSleep(t *testing.T) {
	s := serve(t, 15*time.Second, refused(429, "60", ""))
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.library(slack.OptionRetry(3)).MarkConversationContext(short, channel, ts); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the library says more than that its time is over: %v", err)
	}
	dropped := s.library(slack.OptionRetry(3), slack.OptionHTTPClient(http.DefaultClient))
	if err := dropped.MarkConversationContext(t.Context(), channel, ts); !errors.As(err, new(*slack.RateLimitedError)) {
		t.Errorf("the library repeats although its client was set later: %v", err)
	}
	before := len(s.requests())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var limit *rates.Error
	if err := s.client().Mark(ctx, channel, ts); !errors.As(err, &limit) || limit.After != time.Minute || ctx.Err() != nil {
		t.Errorf("%v", err)
	}
	if n := len(s.requests()) - before; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTrapPagesThatAreAskedForWithoutEnd(t *testing.T) {
	first := says(`{"ok":true,"channels":[{"id":"C1"}],"response_metadata":{"next_cursor":"x"}}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	theirs := serve(t, 0, inTurn(first, func(w http.ResponseWriter, r *http.Request) {
		refused(429, "3600", "")(w, r)
		time.AfterFunc(100*time.Millisecond, cancel) // it would wait for the whole hour
	}))
	if _, err := theirs.library().GetAllConversationsContext(ctx); !errors.Is(err, context.Canceled) || len(theirs.requests()) != 2 {
		t.Errorf("the library no longer waits for a limit, however long: %d requests, %v", len(theirs.requests()), err)
	}
	s := serve(t, 0, inTurn(first, refused(429, "30", "")))
	page, next, err := s.client().Channels(t.Context(), api.ListQuery{Types: "public_channel", Limit: 1})
	if err != nil || len(page) != 1 || next != "x" {
		t.Fatal(page, next, err)
	}
	var limit *rates.Error
	if _, _, err := s.client().Channels(t.Context(), api.ListQuery{Types: "public_channel", Limit: 1, Cursor: next}); !errors.As(err, &limit) || limit.After != 30*time.Second {
		t.Error(err)
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestTrapSearch(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true,"messages":{"total":2,"matches":[
		{"channel":{"id":"C1","name":"general"},"user":"U1","ts":"1.2","text":"a","permalink":"https://octo.slack.com/archives/C1/p12?thread_ts=1.0&cid=C1"},
		{"channel":{"id":"C2","name":"other"},"ts":"1.3","permalink":"https://octo.slack.com/archives/C2/p13"}]},"response_metadata":{"next_cursor":"n"}}`))
	if _, err := s.library().SearchMessagesContext(t.Context(), "a", slack.SearchParameters{}); err != nil {
		t.Fatal(err)
	}
	if theirs := s.requests()[0].Form; theirs.Get("count") != "0" || theirs.Has("cursor") {
		t.Errorf("the library asks for %v", theirs)
	}
	page, err := s.client().Search(t.Context(), api.SearchQuery{Query: "a", Count: 20})
	if err != nil {
		t.Fatal(err)
	}
	if ours := s.requests()[1].Form; ours.Get("cursor") != "*" || ours.Get("count") != "20" || ours.Has("page") {
		t.Errorf("%v", ours)
	}
	if page.Next != "n" || page.Total != 2 || len(page.Finds) != 2 || page.Finds[0].ThreadTS != "1.0" || page.Finds[1].ThreadTS != "" || page.Finds[0].Channel != "C1" || page.Finds[0].ChannelName != "general" || page.Finds[0].Text != "a" {
		t.Errorf("%+v", page)
	}
}

func TestTrapPagesWithoutALimit(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true,"messages":[]}`))
	if _, err := s.library().GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{ChannelID: channel}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client().History(t.Context(), api.HistoryQuery{Channel: channel, Limit: 50}); err != nil {
		t.Fatal(err)
	}
	if theirs, ours := s.requests()[0].Form, s.requests()[1].Form; theirs.Has("limit") || ours.Get("limit") != "50" || ours.Has("inclusive") {
		t.Errorf("the library %v, this package %v", theirs, ours)
	}
}

// used returns what this package names of the library, and what it calls of its
// client.
func used(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch x := sel.X.(type) {
			case *ast.Ident:
				if x.Name == "slack" {
					seen["slack."+sel.Sel.Name] = true
				}
			case *ast.SelectorExpr:
				if x.Sel.Name == "lib" {
					seen["Client."+sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	var list []string
	for name := range seen {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// TestTrapTheLibraryIsWide holds the few doors to it. Not among them are
// GetUsersInfo, which asks with an argument that Slack does not document, whatever
// asks for all pages, whatever uploads, which closes its multipart bodies twice, and
// debugging, which prints bodies.
func TestTrapTheLibraryIsWide(t *testing.T) {
	want := []string{
		"Client.AddReactionContext", "Client.DeleteMessageContext", "Client.GetCanvasContentContext", "Client.MarkConversationContext",
		"Client.PostMessageContext", "Client.RemoveReactionContext", "Client.ScheduleMessageContext", "Client.UpdateMessageContext",
		"slack.Block", "slack.BlockFromJSON", "slack.Blocks", "slack.Client", "slack.MsgOption", "slack.MsgOptionBlocks", "slack.MsgOptionBroadcast",
		"slack.MsgOptionDisableLinkUnfurl", "slack.MsgOptionDisableMarkdown", "slack.MsgOptionDisableMediaUnfurl", "slack.MsgOptionTS",
		"slack.MsgOptionText", "slack.New", "slack.NewMarkdownBlock", "slack.NewRefToMessage", "slack.OptionAPIURL", "slack.OptionHTTPClient", "slack.UnknownBlock",
	}
	if diff := cmp.Diff(want, used(t)); diff != "" {
		t.Error(diff)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil || !strings.Contains(string(mod), "github.com/slack-go/slack v0.35.0\n") {
		t.Errorf("these traps are those of v0.35.0; look at them again (%v)", err)
	}
}

func TestTrapNothingUploads(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true}`))
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, s.URL+"/api/files.getUploadURLExternal", nil),
		httptest.NewRequest(http.MethodPut, s.URL+"/upload/v1", strings.NewReader("a")),
	} {
		r.RequestURI = ""
		if resp, err := s.client().Do(r); err == nil {
			resp.Body.Close()
			t.Errorf("%s %s was sent", r.Method, r.URL)
		}
	}
	typed := httptest.NewRequest(http.MethodPost, s.URL+"/upload/v1", strings.NewReader("a"))
	typed.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if resp, err := s.client().Do(typed); err == nil {
		resp.Body.Close()
		t.Error("a multipart body was sent")
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%+v", s.requests())
	}
}

func TestTrapTheAddressNeedsASlash(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true}`))
	_ = slack.New("x", slack.OptionAPIURL(s.URL+"/api")).MarkConversationContext(t.Context(), channel, ts)
	if got := s.requests()[0].Path; got != "/apiconversations.mark" {
		t.Errorf("the library asks %s", got)
	}
	base, err := url.Parse(s.URL + "/api")
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, base, 0, "").With(botToken)
	err = errors.Join(c.Mark(t.Context(), channel, ts), c.Join(t.Context(), channel))
	if got := s.requests(); err != nil || got[1].Path != "/api/conversations.mark" || got[2].Path != "/api/conversations.join" {
		t.Errorf("%v: %+v", err, got[1:])
	}
}

func TestTrapFilesOfOtherHosts(t *testing.T) {
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get("Authorization")) }))
	defer elsewhere.Close()
	s := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/a.png", http.StatusFound)
	})
	for _, at := range []string{
		elsewhere.URL + "/a.png", s.URL + "/files-pri/a.png", "https://slack.com.example.com/a.png", "https://files.slack.com@example.com/a.png",
		strings.Replace(s.URL, "http://", "http://u:p@", 1) + "/a.png", strings.Replace(s.URL, "http://", "https://", 1) + "/a.png", "file:///etc/passwd", "//", "", "%",
	} {
		if _, err := s.client().Download(t.Context(), at, 100); !api.Is(err, "foreign_host") {
			t.Errorf("%q: %v", at, err)
		}
	}
	if len(got) != 0 || len(s.requests()) != 1 {
		t.Errorf("elsewhere was asked with %q; %d requests", got, len(s.requests()))
	}
}

func TestTrapPagesToSignInInThePlaceOfFiles(t *testing.T) {
	page := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	to := func(where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, http.StatusFound) }
	}
	for _, tt := range []struct {
		name, path string
		h          http.HandlerFunc
		want       api.Content
		err        string
	}{
		{"an image", "/f/a.png", page(200, "image/png", "0123"), api.Content{Bytes: []byte("0123"), Mimetype: "image/png"}, ""},
		{"of its length", "/f/a.txt", page(200, "text/plain; charset=utf-8", "0123456789"), api.Content{Bytes: []byte("0123456789"), Mimetype: "text/plain"}, ""},
		{"a long one", "/f/a.txt", page(200, "text/plain", "0123456789a"), api.Content{Bytes: []byte("0123456789"), Truncated: true, Mimetype: "text/plain"}, ""},
		{"a part", "/f/a.txt", page(206, "text/plain", "0123456789a"), api.Content{Bytes: []byte("0123456789"), Truncated: true, Mimetype: "text/plain"}, ""},
		{"JSON", "/f/a.json", page(200, "application/json", `{"ok":1}`), api.Content{Bytes: []byte(`{"ok":1}`), Mimetype: "application/json"}, ""},
		{"nothing", "/f/a.txt", page(416, "text/plain", ""), api.Content{}, ""},
		{"a page that is the file", "/f/a.html", page(200, "text/html", "<html>"), api.Content{Bytes: []byte("<html>"), Mimetype: "text/html"}, ""},
		{"a page that is not", "/f/a.png", page(200, "text/html; charset=utf-8", "<html>Sign in"), api.Content{}, "file_sign_in"},
		{"sent to a page", "/f/a.html", to("/?redir=%2Ff%2Fa.html"), api.Content{}, "file_sign_in"},
		{"sent round", "/f/a.png", to("/f/a.png"), api.Content{}, "too_many_redirects"},
		{"sent on", "/f/a.png", inTurn(to("/f/b.png"), page(200, "image/png", "01")), api.Content{Bytes: []byte("01"), Mimetype: "image/png"}, ""},
		{"gone", "/f/a.png", page(404, "text/html", "<html>"), api.Content{}, "404"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 0, tt.h)
			got, err := s.client().Download(t.Context(), s.URL+tt.path, 10)
			var e *api.Error
			failed := ""
			if errors.As(err, &e) {
				failed = e.Code
				if e.Status != 0 {
					failed = fmt.Sprint(e.Status)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || failed != tt.err || tt.err == "" && err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
			if first := s.requests()[0]; first.Authorization != "Bearer "+botToken || first.Header.Get("Range") != "bytes=0-10" || first.Method != http.MethodGet {
				t.Errorf("%+v", first)
			}
		})
	}
}

func TestTrapMentionsInPlainText(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true,"channel":"C1","ts":"1.2"}`))
	for _, f := range []api.Format{api.Plain, api.Markdown} {
		if _, err := s.client().Post(t.Context(), api.Draft{Channel: channel, Text: "<!channel> a & b", Format: f}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.requests() {
		if r.Form.Get("text") != "&lt;!channel&gt; a &amp; b" || r.Form.Has("markdown_text") {
			t.Errorf("%v", r.Form)
		}
	}
}

func TestTrapBlocksThatCannotBeRead(t *testing.T) {
	const odd = `[{"type":"section","text":"should be an object"}]`
	s := serve(t, 0, says(`{"ok":true,"messages":[
		{"ts":"1.0","text":"a","blocks":`+odd+`},
		{"ts":"2.0","text":"b","blocks":{},"reactions":"none","reply_count":"3","files":[{"id":"F1","size":"large","name":"n"}]},
		{"ts":"3.0","text":"c","edited":false,"attachments":[{"fallback":7}],"blocks":[{"type":"kind_of_tomorrow"}]}],"has_more":false}`))
	if _, err := s.library().GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{ChannelID: channel}); err == nil {
		t.Error("the library reads it")
	}
	page, err := s.client().History(t.Context(), api.HistoryQuery{Channel: channel, Limit: 10})
	if err != nil || len(page.Messages) != 3 {
		t.Fatalf("%+v: %v", page, err)
	}
	a, b, c := page.Messages[0], page.Messages[1], page.Messages[2]
	if a.Text != "a" || string(a.Blocks[0]) != odd[1:len(odd)-1] || b.Text != "b" || b.Files[0].ID != "F1" || b.Files[0].Name != "n" || c.Text != "c" || len(c.Attachments) != 1 || len(c.Blocks) != 1 {
		t.Errorf("%+v", page.Messages)
	}
	posted := serve(t, 0, says(`{"ok":true,"channel":"C1","ts":"1.2","message":{"text":"a","blocks":`+odd+`}}`))
	if _, _, err := posted.library().PostMessageContext(t.Context(), channel, slack.MsgOptionText("a", false)); err == nil {
		t.Error("the library reads what was posted")
	}
	if got, err := posted.client().Post(t.Context(), api.Draft{Channel: channel, Text: "a"}); err != nil || got != (api.Posted{Channel: "C1", TS: "1.2"}) {
		t.Errorf("%+v: %v", got, err)
	}
	for _, strange := range []string{`{"ok":true,"messages":{}}`, `{"ok":true,"messages":"none"}`, `[]`, `null x`} {
		if _, err := serve(t, 0, says(strange)).client().History(t.Context(), api.HistoryQuery{Channel: channel, Limit: 10}); err == nil {
			t.Errorf("%s is a page", strange)
		}
	}
}

func TestTrapTokensOfOrganizations(t *testing.T) {
	s := serve(t, 0, says(`{"ok":true,"channel":{"id":"C1"},"user":{"id":"W1"}}`))
	base, err := url.Parse(s.URL + "/api/")
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, base, 0, "T000000001").With(botToken)
	for _, err := range []error{
		third(c.Channels(t.Context(), api.ListQuery{Limit: 1})), third(c.Mine(t.Context(), api.ListQuery{Limit: 1})), third(c.Users(t.Context(), 1, "")),
		second(c.Search(t.Context(), api.SearchQuery{Query: "a", Count: 1})), second(c.UserGroups(t.Context(), false)), second(c.Create(t.Context(), "a", false)),
		second(c.Channel(t.Context(), channel)), second(c.History(t.Context(), api.HistoryQuery{Channel: channel, Limit: 1})),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for i, r := range s.requests() {
		if got, want := r.Form.Get("team_id"), i < 6; (got == "T000000001") != want {
			t.Errorf("%s: team_id %q", r.Path, got)
		}
	}
	if u, err := c.User(t.Context(), "W1"); err != nil || u.ID != "W1" {
		t.Errorf("%+v: %v", u, err)
	}
	grid := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Oauth-Scopes", "chat:write, users:read")
		says(`{"ok":true,"team_id":"T1","user_id":"W1","enterprise_id":"E1","url":"https://octo.slack.com/"}`)(w, r)
	})
	id, err := grid.client().Identity(t.Context())
	if diff := cmp.Diff(api.Identity{URL: "https://octo.slack.com/", TeamID: "T1", UserID: "W1", Enterprise: "E1", Scopes: []string{"chat:write", "users:read"}}, id); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func third[T any](_ T, _ string, err error) error { return err }

func TestTrapLargeRecords(t *testing.T) {
	size := func(v any) uintptr { return reflect.TypeOf(v).Size() }
	if size(slack.User{}) < 3*size(api.User{}) || size(slack.Channel{}) < 3*size(api.Channel{}) || size(slack.Message{}) < 2*size(api.Message{}) {
		t.Errorf("of the library %d, %d, %d; here %d, %d, %d bytes", size(slack.User{}), size(slack.Channel{}), size(slack.Message{}), size(api.User{}), size(api.Channel{}), size(api.Message{}))
	}
}

// libraryAsks returns the methods of Slack's that are written anywhere in the
// library, as in "assistant.search.context".
func libraryAsks(t *testing.T) []string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/slack-go/slack").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					list = append(list, text)
				}
			}
			return true
		})
	}
	return list
}

// TestTrapMethodsThatTheLibraryLacks looks at what is written in the library, not
// at its Client alone: what signs in are functions of the package.
func TestTrapMethodsThatTheLibraryLacks(t *testing.T) {
	all := libraryAsks(t)
	for _, has := range []string{"assistant.search.context", "oauth.v2.access"} {
		if !slices.Contains(all, has) {
			t.Errorf("%s is not found in the library: is it looked for in the right way?", has)
		}
	}
	for _, lacks := range []string{"assistant.search.info", "oauth.v2.user.access"} {
		if slices.Contains(all, lacks) {
			t.Errorf("the library has %s", lacks)
		}
	}
}
