// Package api speaks Slack's Web API with one token, in types of its own that hold
// what this service needs and nothing else.
//
// Messages are written and reactions, canvases and read marks reached through
// slack-go. What comes back in large lists (messages, channels, people, finds) is
// read here: a block of a kind that the library does not know must not cost a whole
// page, and its records are some ten times as large as what is kept of them. No
// token ever reaches the library; [Client.Do] sends it, as pkg/upstream does, to
// Slack's own hosts and in no body.
//
// Start with New.
package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

const (
	// maxForm bounds the body of a request, in bytes.
	maxForm = 1 << 20
	// MaxAnswer bounds an answer, whatever it says that it is. A page of 200 messages
	// or 1,000 channels is rarely half as long; some are in memory at once, each in
	// several forms.
	MaxAnswer = 5 << 20

	formType = "application/x-www-form-urlencoded"
)

// API is Slack at one address. It is safe for concurrent use.
type API struct {
	base   *url.URL
	hosts  []*url.URL
	http   *http.Client
	teamID string
	rates  *rates.Limiter
	teams  *teams
	pages  *pages
}

// Config says where Slack is.
type Config struct {
	// Base is the URL of the methods: https://slack.com/api/. It ends in a slash.
	Base *url.URL
	// Files are the other hosts that files are read from.
	Files []*url.URL
	// HTTP is that of an upstream.Client for Base and Files, with the Limits of this
	// package.
	HTTP *http.Client
	// Wait is how long a request waits for a rate limit.
	Wait time.Duration
	// TeamID is the workspace that a token for a whole Enterprise Grid organization
	// is used in; "" for tokens of one workspace.
	TeamID string
}

// New returns the API that cfg describes.
func New(cfg Config) *API {
	return &API{
		base: cfg.Base, hosts: append([]*url.URL{cfg.Base}, cfg.Files...), http: cfg.HTTP, teamID: cfg.TeamID,
		rates: rates.New(cfg.Wait), teams: newTeams(), pages: newPages(),
	}
}

// Client asks Slack with one token. It is safe for concurrent use.
type Client struct {
	api  *API
	cred upstream.Credential
	key  string
	lib  *slack.Client
	// refusal may put another error in the place of Slack's refusal.
	refusal func(ctx context.Context, code string) error
}

// With returns the Client of a token.
func (a *API) With(token string) *Client {
	c := &Client{api: a, cred: upstream.Bearer(token)}
	c.key = c.cred.ID()
	c.lib = slack.New("", slack.OptionHTTPClient(c), slack.OptionAPIURL(a.base.String()))
	return c
}

// OnRefusal returns the Client with a function that is told the code of whatever
// Slack refuses. An error of it takes the place of the refusal.
func (c *Client) OnRefusal(told func(ctx context.Context, code string) error) *Client {
	c.refusal = told
	return c
}

// judged is err as it is returned, which may be Slack's refusal.
func (c *Client) judged(ctx context.Context, err error) error {
	var refused *Error
	if c.refusal == nil || !errors.As(err, &refused) || refused.Code == "" {
		return err
	}
	if instead := c.refusal(ctx, refused.Code); instead != nil {
		return instead
	}
	return err
}

// WithTeam is With for a token that is known to be of a workspace. The others tell
// when they are asked who they are; limits are counted for the workspace.
func (a *API) WithTeam(token, team string) *Client {
	c := a.With(token)
	a.teams.set(c.cred.ID(), team)
	return c
}

// Of returns the Client with a Key of its own for somebody who has the token. Two
// may have the same one, and what is answered to one of them may not be meant for
// the other; limits are counted for both together.
func (c *Client) Of(principal string) *Client {
	sum := sha256.Sum256([]byte(c.cred.ID() + "\x00" + principal))
	c.key = hex.EncodeToString(sum[:16])
	return c
}

// Key tells tokens, and who has them, apart without revealing them.
func (c *Client) Key() string { return c.key }

// Do sends a request of the library's: without the token that it puts into forms,
// and with the Client's own instead. A refusal is an *Error, however Slack words
// it, since the library takes one without a reason for success.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	method := strings.TrimPrefix(r.URL.Path, c.api.base.Path)
	if r.Method != http.MethodPost || r.Body != nil && r.Header.Get("Content-Type") != formType {
		return nil, &Error{Method: method, Unreadable: errors.New("it is not asked for in this way")}
	}
	form, err := readForm(r)
	if err != nil {
		return nil, err
	}
	var head envelope
	header, b, err := c.ask(r.Context(), method, form, &head)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(method, "chat.") {
		if b, err = withoutMessage(b); err != nil {
			return nil, &Error{Method: method, Unreadable: err}
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(bytes.NewReader(b)), Request: r}, nil
}

// withoutMessage takes out of an answer the message that was sent: a block of it
// that the library cannot read would make a failure of what was done.
func withoutMessage(answer []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return nil, err
	}
	delete(fields, "message")
	return json.Marshal(fields)
}

// readForm returns what the library wants to send, without the token.
func readForm(r *http.Request) (url.Values, error) {
	if r.Body == nil {
		return url.Values{}, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	if len(b) > maxForm {
		return nil, &Error{Code: "msg_too_long"}
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, err
	}
	form.Del("token")
	return form, nil
}

// reads are the methods that change nothing, which may be asked again when an
// answer was lost.
func reads(method string) bool {
	return slices.Contains([]string{
		"auth.test", "bots.info", "conversations.list", "users.conversations", "conversations.info", "conversations.members",
		"conversations.history", "conversations.replies", "pins.list", "users.info", "users.list", "users.lookupByEmail",
		"usergroups.list", "search.messages", "assistant.search.context", "files.info", "canvases.getContent", download,
	}, method)
}

// envelope is what every answer of Slack has.
type envelope struct {
	OK       bool   `json:"ok"`
	Code     string `json:"error"`
	Needed   string `json:"needed"`
	Provided string `json:"provided"`
	Meta     struct {
		Next     string   `json:"next_cursor"`
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
	Errors json.RawMessage `json:"errors"`
}

func (e *envelope) head() *envelope { return e }

type answer interface{ head() *envelope }

// call asks a method and reads its answer into out.
func (c *Client) call(ctx context.Context, method string, form url.Values, out answer) (http.Header, error) {
	header, _, err := c.ask(ctx, method, form, out)
	return header, err
}

// ask sends a form, reads the answer into out and returns it with all that is in
// it.
func (c *Client) ask(ctx context.Context, method string, form url.Values, out answer) (header http.Header, b []byte, err error) {
	body := form.Encode()
	err = c.limited(ctx, method, channelOf(method, form), func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.api.base.JoinPath(method).String(), strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", formType)
		resp, err := c.api.http.Do(r)
		if err != nil {
			return err
		}
		// A long one keeps others waiting until it is closed: it is decoded before.
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return &Error{Method: method, Status: resp.StatusCode}
		}
		var all bytes.Buffer
		all.Grow(int(min(max(resp.ContentLength, 0), MaxAnswer)) + bytes.MinRead)
		if _, err = all.ReadFrom(io.LimitReader(resp.Body, MaxAnswer+1)); err != nil {
			return err
		}
		if all.Len() > MaxAnswer {
			return &upstream.TooLargeError{Upstream: "Slack", Limit: MaxAnswer}
		}
		header, b = resp.Header, all.Bytes()
		if err := tooMany(method, header, b); err != nil {
			return err
		}
		return decode(method, b, out)
	})
	return header, b, c.judged(ctx, err)
}

// decode reads an answer, and makes an error of a refusal. A field within a record
// that is of another kind than it should be is left empty: one odd message must not
// cost its page.
func decode(method string, b []byte, out answer) error {
	var kind *json.UnmarshalTypeError
	if err := json.Unmarshal(b, out); err != nil && !(errors.As(err, &kind) && strings.Contains(kind.Field, ".")) {
		return &Error{Method: method, Unreadable: err}
	}
	e := out.head()
	if e.OK {
		return nil
	}
	return &Error{Method: method, Code: e.Code, Needed: e.Needed, Provided: e.Provided, Messages: e.Meta.Messages, Users: e.users()}
}

// users are the people for whom something was refused.
func (e *envelope) users() []UserError {
	var list []struct {
		User string `json:"user"`
		Code string `json:"error"`
	}
	_ = json.Unmarshal(e.Errors, &list) // elsewhere it is something else
	var users []UserError
	for _, one := range list {
		if one.User != "" {
			users = append(users, UserError(one))
		}
	}
	return users
}

// withTeam adds the workspace for methods that tokens of an organization need it
// for.
func (c *Client) withTeam(form url.Values) url.Values {
	if c.api.teamID != "" {
		form.Set("team_id", c.api.teamID)
	}
	return form
}
