package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

// Wait is the [upstream.Config.LimitWait] of an API: all waiting for limits is done
// here, for a workspace and not for a token.
const Wait = time.Nanosecond

// Limits is how Slack tells its limits, for an upstream.Config.
func Limits() upstream.Limits {
	return upstream.Limits{Resource: resource, Read: window, Separate: true}
}

type resourceKey struct{}

// resource is what a request counts as.
func resource(r *http.Request) string {
	name, _ := r.Context().Value(resourceKey{}).(string)
	return name
}

// window reads a refusal, which may name its time in any way.
func window(resp *http.Response) (upstream.Rate, bool) {
	if resp.StatusCode != http.StatusTooManyRequests {
		return upstream.Rate{}, false
	}
	return upstream.Rate{Reset: rates.Sent(resp.Header).Add(rates.RetryAfter(resp.Header))}, true
}

// limited makes a request within its limits. A refusal for one of them did nothing,
// so that it is made again whatever it does.
func (c *Client) limited(ctx context.Context, method, channel string, send func(context.Context) error) error {
	ctx = upstream.WithCredential(ctx, c.cred)
	if reads(method) {
		ctx = upstream.Repeatable(ctx)
	}
	ctx = context.WithValue(ctx, resourceKey{}, method+" "+channel)
	var sent error
	err := c.api.rates.Do(ctx, c.rateKey(method, channel), func() (time.Duration, bool) {
		var limit *upstream.LimitError
		sent = send(ctx)
		if errors.As(sent, &limit) {
			return limit.After, true
		}
		return 0, false
	})
	var known *Error
	switch {
	case err != nil:
		return err
	case sent == nil || reads(method) || errors.As(sent, &known) || upstream.Unsent(sent):
		return sent
	}
	return &Lost{Method: method, cause: sent}
}

// tooMany is the error of a refusal for a limit that has the status of a success.
func tooMany(method string, h http.Header, answer []byte) error {
	var e envelope
	if !bytes.Contains(answer[:min(len(answer), 200)], []byte("limited")) || json.Unmarshal(answer, &e) != nil || e.OK {
		return nil
	}
	switch e.Code {
	case "ratelimited", "rate_limited":
		return &upstream.LimitError{Resource: method, After: rates.RetryAfter(h)}
	}
	return nil
}

// channelOf is the channel of what is limited in each by itself.
func channelOf(method string, form url.Values) string {
	if method == "chat.postMessage" {
		return form.Get("channel")
	}
	return ""
}

func (c *Client) rateKey(method, channel string) rates.Key {
	return rates.Key{Team: c.team(), Method: method, Channel: channel}
}

// team is what the token's limits are counted for: its workspace, or the token
// itself as long as that is not known.
func (c *Client) team() string {
	if team, ok := c.api.teams.get(c.cred.ID()); ok {
		return team
	}
	return c.cred.ID()
}
