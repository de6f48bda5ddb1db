package slack

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var (
	archiveRule = regexp.MustCompile(`^/archives/([CGD][A-Z0-9]{7,})(?:/p(\d{10})(\d{6}))?/?$`)
	clientRule  = regexp.MustCompile(`^/client/([TE][A-Z0-9]{7,})/([CGD][A-Z0-9]{7,})(?:/|$)`)
	tsRule      = regexp.MustCompile(`^\d{10}\.\d{6}$`)
)

// permalinked reads the URL of a channel or message. Slack is asked for nothing but,
// once, the workspace's own address: another's channels are not to be seen with
// this token, and an id of theirs must not be looked for here.
func (w *workspace) permalinked(ctx context.Context, text string) (naming, error) {
	text, _, _ = strings.Cut(strings.Trim(text, "<>"), "|")
	u, err := url.Parse(text)
	if err != nil || u.User != nil {
		return naming{}, noPermalink()
	}
	own, err := w.identity(ctx, w.reads)
	if err != nil {
		return naming{}, w.svc.shown(err, "permalink")
	}
	if m := clientRule.FindStringSubmatch(u.Path); m != nil && strings.HasPrefix(u.Host, "app.slack") {
		if m[1] != own.TeamID && m[1] != own.Enterprise {
			return naming{}, elsewhere(own)
		}
		return naming{id: m[2]}, nil
	}
	m := archiveRule.FindStringSubmatch(u.Path)
	if m == nil {
		return naming{}, noPermalink()
	}
	if !at(own, u.Host) {
		return naming{}, elsewhere(own)
	}
	n := naming{id: m[1]}
	if m[2] != "" {
		n.ts = m[2] + "." + m[3]
	}
	q := u.Query()
	if cid := q.Get("cid"); cid != "" && cid != n.id {
		return naming{}, noPermalink()
	}
	if n.thread = q.Get("thread_ts"); n.thread != "" && !tsRule.MatchString(n.thread) {
		return naming{}, noPermalink()
	}
	return n, nil
}

// at reports whether a host is the workspace's. An organization of several has a
// host of its own beside those of its workspaces.
func at(own api.Identity, host string) bool {
	u, err := url.Parse(own.URL)
	return err == nil && strings.EqualFold(u.Host, host) ||
		own.Enterprise != "" && strings.HasSuffix(strings.ToLower(host), ".enterprise.slack.com")
}

func noPermalink() error {
	return toolerr.Invalid("channel", "channel: that is no permalink of a message, such as https://octo.slack.com/archives/C0123ABCD/p1503435956000247")
}

func elsewhere(own api.Identity) error {
	return toolerr.Invalid("channel", "channel: the permalink is of another workspace; this is %s", own.URL)
}
