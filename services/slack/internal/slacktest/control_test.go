package slacktest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// control is what a test of another module asks of a workspace that this program
// serves, under /control/.
type control struct {
	*slacktest.Server
	mu   sync.Mutex
	hook context.CancelFunc // ends the deliveries of events
}

// asked is a request that the workspace has had.
type asked struct {
	Method string `json:"method"`
	Token  string `json:"token,omitempty"`
	// Refresh is the refresh token that was traded.
	Refresh string `json:"refresh,omitempty"`
	// Text is everything in it, to look for what must not be there.
	Text string `json:"text"`
}

func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/control/asked":
		all := []asked{}
		for _, q := range c.Requests() {
			all = append(all, asked{q.Method, strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer "), q.Form.Get("refresh_token"), fmt.Sprint(q.Header, q.Form)})
		}
		_ = json.NewEncoder(w).Encode(all)
	case "/control/expire":
		c.Expire(r.FormValue("token"))
	case "/control/grant":
		to := slacktest.Token{User: r.FormValue("user"), Bot: r.FormValue("bot")}
		if r.Form.Has("scopes") {
			to.Scopes = strings.Fields(r.FormValue("scopes"))
		}
		c.Grant(r.FormValue("token"), to)
	case "/control/hook":
		c.deliver(r.FormValue("to"), r.FormValue("secret"))
	default:
		c.Server.ServeHTTP(w, r)
	}
}

// deliver sends what happens from now on to an address, signed as Slack signs.
func (c *control) deliver(to, secret string) {
	events := make(chan slacktest.Event, 100)
	ctx, cancel := context.WithCancel(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hook != nil {
		c.hook()
	}
	c.hook = cancel
	c.Watch(func(e slacktest.Event) {
		select {
		case events <- e:
		case <-ctx.Done():
		default: // Slack gives up too
		}
	})
	go func() {
		for n := 0; ; n++ {
			select {
			case e := <-events:
				_ = send(ctx, to, secret, n, e)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func send(ctx context.Context, to, secret string, n int, e slacktest.Event) error {
	event := map[string]any{"type": "message", "channel": e.Channel, "user": e.User, "text": e.Text, "ts": e.TS}
	switch {
	case strings.HasPrefix(e.Type, "reaction_"):
		event = map[string]any{"type": e.Type, "user": e.User, "item": map[string]any{"type": "message", "channel": e.Channel, "ts": e.TS}}
	case e.Type != "message":
		event["subtype"] = e.Type
	}
	if e.ThreadTS != "" {
		event["thread_ts"] = e.ThreadTS
	}
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "team_id": slacktest.TeamID, "api_app_id": slacktest.AppID, "event_id": fmt.Sprintf("Ev%09d", n), "event_time": time.Now().Unix(), "event": event,
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	sum := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(sum, "v0:%s:%s", at, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(sum.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
