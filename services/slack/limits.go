package slack

import (
	"cmp"
	"log/slog"
	"net/url"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// rateWait is how long a request waits for a rate limit.
func (c Config) rateWait() time.Duration { return max(cmp.Or(c.RateWait, 15*time.Second), 0) }

// filesHosts returns where the files of the workspaces at base are. Slack's own
// have a host apart; any other address serves its files itself.
func filesHosts(base *url.URL) []*url.URL {
	switch upstream.Origin(base) {
	case "https://slack.com:443":
		return []*url.URL{{Scheme: "https", Host: "files.slack.com", Path: "/"}}
	case "https://slack-gov.com:443":
		return []*url.URL{{Scheme: "https", Host: "files.slack-gov.com", Path: "/"}}
	}
	return nil
}

// outbound is the way to Slack. Tokens go to these hosts and to no others, wherever
// a file or a redirect points. Waiting for limits is left to the api, which counts
// for a workspace where upstream counts for a token.
func outbound(base *url.URL, files []*url.URL, log *slog.Logger) upstream.Config {
	return upstream.Config{
		Name: "Slack", BaseURLs: append([]*url.URL{base}, files...), Log: log,
		// All of the Web API is POST, and a file is read once.
		CacheBytes: -1,
		Limits:     api.Limits(), LimitWait: api.Wait, MaxBody: api.MaxAnswer,
	}
}
