package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

const (
	maxChannelName = 80
	maxAbout       = 250          // of a topic or a purpose, in characters
	maxAboutAsked  = 4 * maxAbout // in bytes
)

var createChannelTool = &mcp.Tool{
	Name:        "create_channel",
	Title:       "Create a channel",
	Description: `Makes a channel and invites people. Example: {"name":"team-rocket","description":"The launch","invite":["@mona"]}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)},
}

type createChannelInput struct {
	Name        string   `json:"name" minLength:"1" quiet:"true" jsonschema:"a-z, 0-9, - and _"`
	IsPrivate   bool     `json:"is_private,omitempty" jsonschema:"invited people only"`
	Topic       string   `json:"topic,omitempty" maxLength:"250" quiet:"true" jsonschema:"else the description"`
	Description string   `json:"description,omitempty" maxLength:"250" quiet:"true" jsonschema:"what it is for"`
	Invite      []string `json:"invite,omitempty" maxItems:"100" quiet:"true" jsonschema:"@handles, ids, e-mails"`
}

type createChannelOutput struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty" hidden:"true"`
	// Failed are the parts that could not be done: the channel is there.
	Failed []string `json:"failed,omitempty"`
}

// newChannel is what create_channel is about to make.
type newChannel struct {
	name           string
	private        bool
	topic, purpose string
	invite         []api.User
	// maker is the person who has it made by a bot, and would not see it otherwise;
	// unknown is why that cannot be told.
	maker   api.User
	unknown error
}

// plan checks everything that can be wrong before anything is made.
func (in createChannelInput) plan(ctx context.Context, w *workspace) (newChannel, error) {
	n := newChannel{private: in.IsPrivate, topic: strings.TrimSpace(in.Topic), purpose: strings.TrimSpace(in.Description)}
	if n.topic == "" {
		n.topic = n.purpose
	}
	var err error
	if n.name, err = channelName(in.Name); err != nil {
		return n, err
	}
	for argument, text := range map[string]string{"topic": n.topic, "description": n.purpose} {
		if l := utf8.RuneCountInString(text); l > maxAbout {
			return n, toolerr.Invalid(argument, "%s has %d characters, and Slack takes %d", argument, l, maxAbout)
		}
		if err := outgoing.Guard(argument, text, w.svc.policy.massMentions); err != nil {
			return n, err
		}
	}
	if err := w.svc.policy.writable(api.Channel{Name: n.name, Private: n.private}); err != nil {
		return n, toolerr.New(toolerr.PermissionDenied, "a channel named %s may not be made here: whoever operates this service says with --write-channels, --allow-channels and --deny-channels which names may be", n.name)
	}
	for _, who := range in.Invite {
		u, err := w.person(ctx, who)
		if err != nil {
			return n, err
		}
		if !slices.ContainsFunc(n.invite, func(o api.User) bool { return o.ID == u.ID }) {
			n.invite = append(n.invite, u)
		}
	}
	return n, w.invitable(ctx, n.invite)
}

// invitable returns why one of some people may not be invited, nil if all may: who
// is of another organization would take part in what is said here.
func (w *workspace) invitable(ctx context.Context, people []api.User) error {
	refused := make([]error, len(people))
	var g errgroup.Group
	g.SetLimit(lookupsAtOnce)
	for i, u := range people {
		g.Go(func() error {
			refused[i] = w.writableTo(ctx, u)
			return nil
		})
	}
	_ = g.Wait() // each has its own error, of which the caller's first is told
	for _, err := range refused {
		if err != nil {
			return err
		}
	}
	return nil
}

// channelName is a name as Slack would have it. What only looks otherwise is put
// right; the rest is left to the caller, who is told what would do.
func channelName(s string) (string, error) {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "#"))
	var b strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	fit := strings.Trim(b.String(), "-")
	if runes := []rune(fit); len(runes) > maxChannelName {
		fit = strings.TrimRight(string(runes[:maxChannelName]), "-")
	}
	if !strings.ContainsFunc(fit, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return "", toolerr.Invalid("name", "name %s has no letter or digit in it", plain.Words(s, 40))
	}
	if fit != name {
		return "", toolerr.Invalid("name", "name %s is none: it has up to %d letters, digits, - and _; %s would be one", plain.Words(s, 100), maxChannelName, fit)
	}
	return name, nil
}

func (s *Service) createChannel(ctx context.Context, in createChannelInput) (createChannelOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return createChannelOutput{}, err
	}
	n, err := in.plan(ctx, w)
	if err != nil {
		return createChannelOutput{}, err
	}
	// This may take long, which is of no harm before anything is made.
	n.maker, n.unknown = w.maker(ctx)
	ch, err := w.writes.Create(ctx, n.name, n.private)
	if api.Is(err, "name_taken") {
		return createChannelOutput{}, w.taken(ctx, err, n.name)
	}
	if err != nil {
		return createChannelOutput{}, s.shown(err, "channel #%s", n.name)
	}
	out := createChannelOutput{ID: ch.ID, Name: ch.Name}
	failed := func(what string, err error) {
		if err != nil {
			out.Failed = append(out.Failed, toolerr.From(s.shown(err, "%s", what)).Message)
		}
	}
	if n.topic != "" {
		failed("topic", w.writes.SetTopic(ctx, ch.ID, n.topic))
	}
	if n.purpose != "" {
		failed("description", w.writes.SetPurpose(ctx, ch.ID, n.purpose))
	}
	if n.unknown != nil {
		failed("your own invitation", n.unknown)
	}
	for _, f := range w.invite(ctx, ch.ID, n.invited()) {
		failed("invitation of "+plain.Words(f.who, 80), f.err)
	}
	return out, nil
}

// taken says which channel has the name already.
func (w *workspace) taken(ctx context.Context, err error, name string) error {
	const use = "use it, or choose another name"
	switch ch, lookErr := w.channel(ctx, "#"+name); {
	case lookErr == nil:
		return toolerr.Wrap(err, toolerr.Conflict, "channel #%s exists, with the id %s: %s", name, ch.ID, use)
	case toolerr.From(lookErr).Code != toolerr.ResourceNotFound: // it may well be visible
		return toolerr.Wrap(err, toolerr.Conflict, "a channel named %s exists: %s", name, use)
	}
	return toolerr.Wrap(err, toolerr.Conflict, "a channel named %s exists and is not visible here, since it is private or archived: choose another name", name)
}

// uninvited is somebody who could not be invited.
type uninvited struct {
	who string
	err error
}

// maker is the person for whom a bot makes a channel; nobody where they make it
// themselves, or the bot is nobody's.
func (w *workspace) maker(ctx context.Context) (api.User, error) {
	if w.user == nil || w.writes == w.user {
		return api.User{}, nil
	}
	id, err := w.identity(ctx, w.user)
	return api.User{ID: id.UserID, Handle: id.User}, err
}

// invited are all who are to be in the channel.
func (n newChannel) invited() []api.User {
	if n.maker.ID == "" || slices.ContainsFunc(n.invite, func(u api.User) bool { return u.ID == n.maker.ID }) {
		return n.invite
	}
	return append(slices.Clip(n.invite), n.maker)
}

// invite adds people to a channel, all who can be. Slack adds nobody if one of them
// cannot be, and says who that is.
func (w *workspace) invite(ctx context.Context, channel string, people []api.User) []uninvited {
	var out []uninvited
	ids := make([]string, 0, len(people))
	names := make(map[string]string, len(people))
	for _, u := range people {
		ids = append(ids, u.ID)
		names[u.ID] = u.Label()
	}
	for range 2 {
		if len(ids) == 0 {
			return out
		}
		err := w.writes.Invite(ctx, channel, ids...)
		var refused *api.Error
		if err == nil || api.Is(err, "already_in_channel", "cant_invite_self") && len(ids) == 1 {
			return out
		}
		if !errors.As(err, &refused) || len(refused.Users) == 0 {
			return append(out, uninvited{fmt.Sprintf("%d people", len(ids)), err})
		}
		for _, f := range refused.Users {
			if f.Code == "already_in_channel" || f.Code == "cant_invite_self" {
				continue
			}
			name := f.User
			if names[f.User] != "" {
				name = names[f.User]
			}
			out = append(out, uninvited{name, &api.Error{Method: refused.Method, Code: f.Code}})
		}
		left := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			return slices.ContainsFunc(refused.Users, func(f api.UserError) bool { return f.User == id })
		})
		if len(left) == len(ids) {
			return append(out, uninvited{fmt.Sprintf("%d people", len(ids)), err})
		}
		ids = left
	}
	return out
}

// createQuestion words what would be made.
func (s *Service) createQuestion(ctx context.Context, in createChannelInput) (string, error) {
	if !server.Askable(ctx) {
		return "Create a channel?", nil
	}
	w, err := s.open(ctx)
	if err != nil {
		return "", err
	}
	n, err := in.plan(ctx, w)
	if err != nil {
		return "", err
	}
	kind := "public"
	if n.private {
		kind = "private"
	}
	question := fmt.Sprintf("Create the %s channel #%s", kind, n.name)
	if len(n.invite) > 0 {
		names := make([]string, len(n.invite))
		for i, u := range n.invite {
			names[i] = plain.Words(u.Label(), 40)
		}
		question += " and invite " + strings.Join(names, ", ")
	}
	question += "?"
	if n.topic != "" && n.topic != n.purpose {
		question += "\nTopic: " + plain.Words(n.topic, maxAboutAsked)
	}
	if n.purpose != "" {
		question += "\nDescription: " + plain.Words(n.purpose, maxAboutAsked)
	}
	return question, nil
}
