//go:build e2e

package slack

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestEvents has Slack tell the service of what happens in a channel that clients
// of both eras watch, long before it would look itself.
func TestEvents(t *testing.T) {
	t.Parallel()
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	w := own(t)
	p := launch(t, []string{"SLACK_USER_TOKEN=" + w.user, "SLACK_SIGNING_SECRET=" + secret}, "--http", "127.0.0.1:0", "--slack-api-url", w.url, "--poll-interval", "15m")
	t.Cleanup(func() { ends(t, p.Stop) })
	serving, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	service := serving[0].Text("url")
	w.control(t, "hook", url.Values{"to": {strings.TrimSuffix(service, "/mcp") + "/webhooks/slack"}, "secret": {secret}})
	const uri = "slack://T000000001/channels/C000000001/messages"
	for _, era := range eras {
		told := make(chan string, 100)
		s := connectWith(t, service, "", era, &mcp.ClientOptions{ResourceUpdatedHandler: func(_ context.Context, r *mcp.ResourceUpdatedNotificationRequest) { told <- r.Params.URI }})
		if err := s.Subscribe(wait(t), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatal(era, err)
		}
		posted := w.ask(t, w.user, "chat.postMessage", "channel", "C000000001", "text", "news of "+era)
		ctx := wait(t)
		for _, next := range []func(){
			func() {
				w.ask(t, w.user, "reactions.add", "channel", "C000000001", "timestamp", posted["ts"].(string), "name", "eyes")
			},
			func() { w.ask(t, w.user, "chat.delete", "channel", "C000000001", "ts", posted["ts"].(string)) },
			func() {},
		} {
			select {
			case got := <-told:
				if got != uri {
					t.Errorf("%s: told of %s", era, got)
				}
			case <-ctx.Done():
				t.Fatalf("%s: not told", era)
			}
			next()
		}
	}
}
