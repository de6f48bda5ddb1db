package slack

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// ownTeam stands for the caller's own workspace, so that a URI can be written
// before anybody has asked Slack which one that is.
const ownTeam = "-"

var (
	meResource = &mcp.Resource{
		URI: "slack://-/me", Name: "me", Title: "Whose tokens", MIMEType: mimeJSON,
		Description: "The workspace, and whose tokens are used there: a person's or a bot's, and what they may do; for who signed in with a browser also the page to disconnect on.",
	}
	meTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/me", Name: "team-me", Title: "Whose tokens", MIMEType: mimeJSON,
		Description: "The same by the workspace's id or domain. - is your own, here as in all the others.",
	}
	channelTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/channels/{channel}", Name: "channel", Title: "Channel", MIMEType: mimeJSON,
		Description: "What a channel is for, who made it and how many are in it, by its name or id.",
	}
	messagesTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/channels/{channel}/messages{?limit,before}", Name: "messages", Title: "Messages of a channel", MIMEType: mimeJSON,
		Description: "The newest messages of a channel, 50 or as many as limit says, up to 200; with before, those before a message's ts. It can be watched without before.",
	}
	threadTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/threads/{channel}/{ts}", Name: "thread", Title: "Thread", MIMEType: mimeJSON,
		Description: "A message and its replies, the first 200. It can be watched.",
	}
	userTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/users/{user}", Name: "user", Title: "Person or bot", MIMEType: mimeJSON,
		Description: "Who somebody is, by id, handle or e-mail address.",
	}
	fileTemplate = &mcp.ResourceTemplate{
		URITemplate: "slack://{team}/files/{file}", Name: "file", Title: "File or canvas",
		Description: "The content of a file, up to 200 KB: text, a canvas as Markdown, or an image; of text also what is known of the file.",
	}
)

const (
	mimeJSON = "application/json"
	// What a client may keep: what is said changes, who and where hardly.
	messagesTTL = time.Minute
	infoTTL     = 10 * time.Minute
)

func (s *Service) registerResources(r *server.Registry) {
	for _, n := range needs() {
		if r.Offers(n.tool) {
			s.tools = append(s.tools, n.tool)
		}
	}
	read, now := server.Scope(readScope), server.Private()
	said, info := server.TTL(messagesTTL), server.TTL(infoTTL)
	r.AddResource(meResource, s.readMe, read, now, info)
	r.AddTemplate(meTemplate, s.readMe, read, now, info)
	r.AddTemplate(channelTemplate, s.readChannel, read, now, info)
	r.AddTemplate(messagesTemplate, s.readMessages, read, now, said)
	r.AddTemplate(threadTemplate, s.readThread, read, now, said)
	r.AddTemplate(userTemplate, s.readUser, read, now, info)
	r.AddTemplate(fileTemplate, s.readFile, read, now, info)

	for _, t := range []*mcp.ResourceTemplate{meTemplate, channelTemplate, messagesTemplate, threadTemplate, userTemplate, fileTemplate} {
		r.CompleteTemplate(t.URITemplate, "team", s.completeTeam)
	}
	for _, t := range []*mcp.ResourceTemplate{channelTemplate, messagesTemplate, threadTemplate} {
		r.CompleteTemplate(t.URITemplate, "channel", s.completeChannel)
	}
	r.CompleteTemplate(threadTemplate.URITemplate, "ts", s.completeThread)
	r.CompleteTemplate(userTemplate.URITemplate, "user", s.completeUser)
}

// record is a resource of one JSON value.
func record(value any) ([]*mcp.ResourceContents, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return []*mcp.ResourceContents{{MIMEType: mimeJSON, Text: string(b)}}, nil
}

// openIn is open for a URI that names a workspace, which has to be the caller's.
func (s *Service) openIn(ctx context.Context, team string) (*workspace, error) {
	w, err := s.open(ctx)
	if err != nil || team == ownTeam {
		return w, err
	}
	id, err := w.identity(ctx, w.reads)
	if err != nil {
		return nil, s.shown(err, "workspace %s", plain.Words(team, 80))
	}
	for _, name := range []string{s.cfg.TeamID, id.TeamID, domain(id)} {
		if name != "" && strings.EqualFold(name, team) {
			return w, nil
		}
	}
	return nil, noTeam(team)
}

func noTeam(team string) error {
	return toolerr.New(toolerr.ResourceNotFound, "workspace %s: your tokens are of another; - stands for your own", plain.Words(team, 80))
}

// domain is the part of a workspace's address that is its own: octo of
// https://octo.slack.com/.
func domain(id api.Identity) string {
	u, err := url.Parse(id.URL)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}

// team returns the id of the workspace that the caller reads in.
func (w *workspace) team(ctx context.Context) (string, error) {
	if w.svc.cfg.TeamID != "" {
		return w.svc.cfg.TeamID, nil
	}
	id, err := w.identity(ctx, w.reads)
	return id.TeamID, w.svc.shown(err, "the workspace")
}

// me is whose tokens are used.
type me struct {
	Team     string  `json:"team,omitempty"`
	TeamID   string  `json:"team_id"`
	URL      string  `json:"url,omitempty"`
	User     *holder `json:"user,omitempty"`
	Bot      *holder `json:"bot,omitempty"`
	Reads    string  `json:"reads_as"`
	Writes   string  `json:"writes_as,omitempty"`
	ReadOnly bool    `json:"read_only,omitempty"`
	// Tools are those that the tokens can use.
	Tools []string `json:"tools,omitempty"`
	// Manage is the page of this service on which who signed in disconnects.
	Manage string `json:"manage,omitempty"`
}

// holder is whom a token is of.
type holder struct {
	ID     string   `json:"id"`
	Handle string   `json:"handle,omitempty"`
	BotID  string   `json:"bot_id,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
}

func (s *Service) readMe(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	team := ownTeam
	if vars != nil {
		team = vars["team"]
	}
	w, err := s.openIn(ctx, team)
	if err != nil {
		return nil, err
	}
	out := me{Reads: "user", ReadOnly: s.readOnly}
	for _, t := range []struct {
		client *api.Client
		to     **holder
	}{{w.user, &out.User}, {w.bot, &out.Bot}} {
		if t.client == nil {
			continue
		}
		id, err := w.identity(ctx, t.client)
		if err != nil {
			return nil, s.shown(err, "whose token it is")
		}
		*t.to = &holder{id.UserID, plain.Line(id.User), id.BotID, id.Scopes}
		if t.client == w.reads {
			out.Team, out.TeamID, out.URL = plain.Line(id.Team), id.TeamID, id.URL
		}
	}
	if w.reads == w.bot {
		out.Reads = "bot"
	}
	switch {
	case s.readOnly:
	case w.writes == w.bot:
		out.Writes = "bot"
	default:
		out.Writes = "user"
	}
	for _, tool := range s.tools {
		if s.useless(ctx, tool) == "" {
			out.Tools = append(out.Tools, tool)
		}
	}
	if caller := auth.CallerFrom(ctx); caller != nil && s.access.people != nil {
		out.Manage = s.access.people.Page(caller.Principal)
	}
	return record(out)
}

func (s *Service) readChannel(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	if _, err := s.openIn(ctx, vars["team"]); err != nil {
		return nil, err
	}
	info, err := s.getChannelInfo(ctx, getChannelInfoInput{Channel: vars["channel"]})
	if err != nil {
		return nil, err
	}
	return record(info)
}

// What one resource holds.
const (
	maxResourceMessages = 200
	maxResourceFile     = 200 << 10 // bytes
)

// messagesPage is what the tool answers; what comes before it is a resource too.
type messagesPage struct {
	getChannelHistoryOutput
	Next string `json:"next,omitempty"`
}

func (s *Service) readMessages(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	w, err := s.openIn(ctx, vars["team"])
	if err != nil {
		return nil, err
	}
	in := getChannelHistoryInput{Channel: vars["channel"], Limit: 50}
	if text := vars["limit"]; text != "" {
		if in.Limit, err = strconv.Atoi(text); err != nil || in.Limit < 1 || in.Limit > maxResourceMessages {
			return nil, toolerr.Invalid("limit", "limit: give 1 to %d", maxResourceMessages)
		}
	}
	if text := vars["before"]; text != "" {
		if in.Latest, err = timestamp("before", text); err != nil {
			return nil, err
		}
	}
	out := messagesPage{}
	if out.getChannelHistoryOutput, err = s.getChannelHistory(ctx, in); err != nil {
		return nil, err
	}
	var threads []string
	for _, m := range slices.Backward(out.Messages) {
		if m.Replies > 0 {
			threads = append(threads, m.TS)
		}
	}
	w.rememberThreads(out.Channel, threads)
	if out.NextCursor != "" && len(out.Messages) > 0 {
		out.NextCursor = ""
		out.Next = "slack://" + url.PathEscape(vars["team"]) + "/channels/" + out.Channel + "/messages?limit=" + strconv.Itoa(in.Limit) + "&before=" + out.Messages[0].TS
	}
	return record(out)
}

func (s *Service) readThread(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	if _, err := s.openIn(ctx, vars["team"]); err != nil {
		return nil, err
	}
	out, err := s.getThread(ctx, getThreadInput{Channel: vars["channel"], ThreadTS: vars["ts"], Limit: maxResourceMessages})
	if err != nil {
		return nil, err
	}
	return record(out)
}

// userInfo is what there is to know of a person.
type userInfo struct {
	ID       string `json:"id"`
	Handle   string `json:"handle,omitempty"`
	Name     string `json:"name,omitempty"`
	RealName string `json:"real_name,omitempty"`
	Title    string `json:"title,omitempty"`
	Email    string `json:"email,omitempty"`
	TZ       string `json:"tz,omitempty"`
	Bot      bool   `json:"bot,omitempty"`
	Guest    bool   `json:"guest,omitempty"`
	Stranger bool   `json:"external,omitempty"`
	Deleted  bool   `json:"deactivated,omitempty"`
}

func (s *Service) readUser(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	w, err := s.openIn(ctx, vars["team"])
	if err != nil {
		return nil, err
	}
	u, err := w.person(ctx, vars["user"])
	if err != nil {
		return nil, err
	}
	return record(userInfo{
		ID: u.ID, Handle: plain.Line(u.Handle), Name: plain.Line(u.Label()), RealName: plain.Line(u.RealName), Title: plain.Line(u.Title), Email: plain.Line(u.Email), TZ: u.TZ,
		Bot: u.Bot, Guest: u.Guest, Stranger: u.Stranger, Deleted: u.Deleted,
	})
}

// readFile gives what the tool does: the content, and what is known of it. The
// content of an image stands alone.
func (s *Service) readFile(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	if _, err := s.openIn(ctx, vars["team"]); err != nil {
		return nil, err
	}
	out, err := s.getFile(ctx, getFileInput{File: vars["file"], MaxBytes: maxResourceFile})
	if err != nil {
		return nil, err
	}
	if out.image != nil {
		return []*mcp.ResourceContents{{MIMEType: out.image.MIMEType, Blob: out.image.Data}}, nil
	}
	about, err := record(out.meta)
	return append([]*mcp.ResourceContents{{MIMEType: textType(out.meta.Mimetype), Text: out.body}}, about...), err
}

// textType is the type of the text that is shown of a file.
func textType(mimetype string) string {
	switch {
	case strings.HasPrefix(mimetype, "text/"), mimetype == mimeJSON:
		return mimetype
	case mimetype == "application/vnd.slack-docs":
		return "text/markdown"
	}
	return "text/plain"
}
