package slack

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// watchedMessages are looked at of a channel: as many as Slack gives to the apps
	// that it holds shortest, so that they cost no more than one.
	watchedMessages = 15
	// Of the requests that Slack allows to an app, in a workspace and of a method,
	// watching takes a fifth: 10 of the 50 a minute, and of the 1 a minute that some
	// apps have, one in five minutes.
	pollGap     = 6 * time.Second
	poorPollGap = 5 * time.Minute
)

// subject is something that can be watched: the messages of a channel, or a
// thread.
type subject struct {
	team, channel string // ids
	thread        string // "" of a channel's messages
}

// key is the same for all spellings of a subject's URI, and another in each
// workspace.
func (u subject) key() string {
	if u.thread == "" {
		return u.team + "/" + u.channel
	}
	return u.team + "/" + u.channel + "/" + u.thread
}

// method is what Slack is asked for it.
func (u subject) method() string {
	if u.thread == "" {
		return "conversations.history"
	}
	return "conversations.replies"
}

var watchedRule = regexp.MustCompile(`^slack://([^/?#]+)/(?:channels/([^/?#]+)/messages(?:\?limit=[0-9]{1,3})?|threads/([^/?#]+)/([0-9]{1,12}\.[0-9]{1,9}))$`)

// watchable reads the URI of a resource that can be watched: its workspace and
// channel as they are spelt, and its thread.
func watchable(uri string) (team, channel, thread string, err error) {
	m := watchedRule.FindStringSubmatch(uri)
	if m == nil {
		return "", "", "", toolerr.Invalid("uri", "uri: the newest messages of a channel and threads can be watched, as slack://-/channels/general/messages or slack://-/threads/general/1503435956.000247")
	}
	if team, err = url.PathUnescape(m[1]); err == nil {
		channel, err = url.PathUnescape(m[2] + m[3])
	}
	if err != nil {
		return "", "", "", toolerr.Invalid("uri", "uri: it is not percent-encoded well")
	}
	return team, channel, m[4], nil
}

// Watch calls changed after each change of the messages or the thread at uri
// until ctx ends. Whoever calls must see them, now and later: when they go out of
// sight changed is called once, and again when they are back.
//
// Slack's events tell of every change, if it sends them here. What is asked for
// tells of what is new, edited, deleted or reacted to among the newest 15 messages
// of a channel, and of replies to one of them; and of a thread, when its first
// message changes, or the number of replies and when the last of them came.
func (s *Service) Watch(ctx context.Context, uri string, changed func()) error {
	team, channel, thread, err := watchable(uri)
	if err != nil {
		return err
	}
	w, err := s.openIn(ctx, team)
	if err != nil {
		return err
	}
	ch, err := w.channel(ctx, channel)
	if err != nil {
		return err
	}
	u := subject{channel: ch.ID, thread: thread}
	if u.team, err = w.team(ctx); err != nil {
		return err
	}
	key := poll.Key{Credential: w.key(), Subject: u.key()}
	return s.watches.Watch(ctx, key, func(ctx context.Context) (poll.Answer, error) { return s.look(ctx, u) }, changed)
}

// look asks Slack how a subject stands. The tokens are chosen and the policy is
// asked each time: either may have changed, or been taken away.
func (s *Service) look(ctx context.Context, u subject) (poll.Answer, error) {
	var a poll.Answer
	gap := pollGap
	w, err := s.open(ctx)
	if err == nil {
		a.State, err = w.standing(ctx, u)
		if w.reads.Restricted() {
			gap = poorPollGap
		}
	}
	a.After = s.polls.turn(u.team+" "+u.method(), gap)
	if err != nil {
		a.After = max(a.After, toolerr.From(err).RetryAfter)
	}
	return a, err
}

// standing is what a reader sees of a subject, as a word that differs when that
// does.
func (w *workspace) standing(ctx context.Context, u subject) (string, error) {
	// Who has signed in at another workspace since then must not be shown its
	// channel of the same id.
	switch team, err := w.team(ctx); {
	case err != nil:
		return "", err
	case team != u.team:
		return "", noTeam(u.team)
	}
	if _, err := w.channel(ctx, u.channel); err != nil {
		return "", err
	}
	var page api.MessagePage
	var err error
	if u.thread == "" {
		page, err = w.reads.History(ctx, api.HistoryQuery{Channel: u.channel, Limit: watchedMessages})
	} else {
		page, err = w.reads.Replies(ctx, u.thread, api.HistoryQuery{Channel: u.channel, Limit: 1})
	}
	if err != nil {
		return "", w.svc.shown(err, "%s", u.name())
	}
	if u.thread == "" {
		var threads []string
		for _, m := range page.Messages {
			if m.ReplyCount > 0 {
				threads = append(threads, m.TS)
			}
		}
		w.rememberThreads(u.channel, threads)
		return watchedState(page.Messages)
	}
	if len(page.Messages) == 0 {
		return "", toolerr.New(toolerr.ResourceNotFound, "%s: there is no such message", u.name())
	}
	// Slack tells of a reply by the first message of its thread.
	if root := page.Messages[0].ThreadTS; root != "" && root != u.thread {
		return "", toolerr.Invalid("uri", "uri: %s is a reply; watch its thread, slack://-/threads/%s/%s", u.thread, u.channel, root)
	}
	return watchedState(page.Messages)
}

// name names a subject for people.
func (u subject) name() string {
	if u.thread == "" {
		return "channel " + u.channel
	}
	return "thread " + u.thread + " of channel " + u.channel
}

// watchedState differs when messages do.
func watchedState(messages []api.Message) (string, error) {
	sum := fnv.New128a()
	enc := json.NewEncoder(sum)
	for _, m := range messages {
		// Blocks, attachments and files are left out, as Slack adds previews of links
		// to them by itself; whoever edits a message leaves a mark.
		if err := enc.Encode(struct {
			TS, Text, Subtype string
			Edited            any
			Reactions         []api.Reaction
			Replies           int
			LatestReply       string
		}{m.TS, m.Text, m.Subtype, m.Edited, m.Reactions, m.ReplyCount, m.LatestReply}); err != nil {
			return "", err
		}
	}
	return strconv.Itoa(len(messages)) + " " + string(sum.Sum(nil)), nil
}

// polls spreads the questions about what is watched, so that they take their
// share of what Slack allows and no more. It is safe for concurrent use.
type polls struct {
	mu   sync.Mutex
	next map[string]time.Time // when the next question may be asked, by workspace and method
}

func newPolls() *polls { return &polls{next: make(map[string]time.Time)} }

// turn returns how long whoever asks now waits for their next question, which
// nobody else has then.
func (p *polls) turn(of string, gap time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if len(p.next) >= poll.DefaultLimit {
		maps.DeleteFunc(p.next, func(_ string, at time.Time) bool { return at.Before(now) })
		if len(p.next) >= poll.DefaultLimit {
			of = "" // those who are too many share
		}
	}
	at := p.next[of]
	if at.Before(now) {
		at = now
	}
	at = at.Add(gap)
	p.next[of] = at
	return at.Sub(now)
}
