package slack

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// linked gives each principal a link of their own.
type linked struct{ *crowd }

func (l linked) Token(ctx context.Context, principal string) (oauth.Token, error) {
	t, err := l.crowd.Token(ctx, principal)
	if err != nil {
		err = toolerr.SignIn("https://mcp.example.com/"+principal, nil, "sign in at Slack")
	}
	return t, err
}

// Two who have the same token, as Slack gives it to whoever signs in twice, share
// nothing that is made for one of them: each gets their own link when it is refused,
// also while both wait for an answer.
func TestSameTokenOfTwo(t *testing.T) {
	for name, ask := range map[string]func(context.Context, *access, *workspace) error{
		"whose token it is": func(ctx context.Context, a *access, w *workspace) error {
			_, err := a.identity(ctx, w.reads)
			return err
		},
		"a flight of the directory": func(ctx context.Context, _ *access, w *workspace) error {
			_, err := directory.Do(ctx, w.svc.directory, w.key(), "#general", func(ctx context.Context) (api.Channel, error) {
				return w.reads.Channel(ctx, "C000000001")
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := make(chan struct{})
				refuse := roundTrip(func(r *http.Request) (*http.Response, error) {
					<-gate
					return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`{"ok":false,"error":"token_revoked"}`))}, nil
				})
				a := newAccess(t.Context(), api.New(api.Config{Base: &url.URL{Scheme: "https", Host: "slack.test", Path: "/api/"}, HTTP: &http.Client{Transport: refuse}}), slog.New(slog.DiscardHandler))
				t.Cleanup(func() { _ = a.close() })
				a.people = linked{&crowd{tokens: map[string]string{"alice": "xoxp-1", "bob": "xoxp-1"}}}
				svc := &Service{access: a, directory: directory.New(1 << 20)}
				links := make(map[string]chan string)
				for _, who := range []string{"alice", "bob"} {
					w := &workspace{svc: svc, reads: a.ofPerson(who, "xoxp-1")}
					shown := make(chan string, 1)
					links[who] = shown
					go func() {
						link, _ := toolerr.SignInURL(ask(t.Context(), a, w))
						shown <- link
					}()
				}
				synctest.Wait()
				close(gate)
				for who, link := range links {
					if got := <-link; got != "https://mcp.example.com/"+who {
						t.Errorf("%s is shown %s", who, got)
					}
				}
			})
		})
	}
}
