// Package slacktest is a Slack workspace in memory, behind the Web API: what a
// test posts can be read again, with the answers, limits and refusals that Slack
// documents. It is strict: an argument that Slack does not know and a token in a
// body fail the test; a missing scope and a token nobody gave out are refused.
//
// A new workspace has mona (U000000001) and the bot octobot (U000000002, bot
// B000000001), #general (C000000001) with both of them and #random (C000000002)
// with mona alone. Start with New; AddUser, AddChannel, Post and AddFile fill it.
package slacktest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is one that the server has had.
type Request struct {
	// Method is the method of the Web API: "chat.postMessage".
	Method string
	// Form holds its arguments.
	Form   url.Values
	Header http.Header
}

// Server is a workspace. It is safe for concurrent use.
type Server struct {
	// URL is what SLACK_API_URL is set to.
	URL string
	// Now is the clock of the workspace. It may be set before the first request.
	Now func() time.Time
	// Forget is for a program that runs for long: Requests has none. It may be set
	// before the first request.
	Forget bool

	fail     func(format string, args ...any)
	host     string // the URL of everything that is not the Web API
	methods  map[string]method
	mu       sync.Mutex // guards what follows
	requests []Request
	tokens   map[string]Token
	scripted map[string]http.HandlerFunc
	limits   map[string]*limit
	capped   bool // to what apps outside of the Marketplace get
	serial   int
	last     int64 // the newest timestamp, in microseconds
	directory
	conversations
	files     map[string]*file
	groups    []*UserGroup
	emoji     map[string]string
	scheduled []*scheduled
	apps      map[string]App
	codes     map[string]grant
	refreshes map[string]grant
	events    []func(Event)
}

// The workspace.
const (
	TeamID   = "T000000001"
	TeamName = "Octo"
	// SiteURL is the address that permalinks begin with.
	SiteURL = "https://octo.slack.com/"

	// Mona is a person and Octobot a bot, with BotID, of the app AppID.
	Mona    = "U000000001"
	Octobot = "U000000002"
	BotID   = "B000000001"
	AppID   = "A000000001"

	// General and Random are channels.
	General = "C000000001"
	Random  = "C000000002"
)

// Token is one that was given out.
type Token struct {
	// User is whose it is: U…
	User string
	// Bot is the bot of a bot's token: B…
	Bot string
	// Scopes are what it may do; nil: everything.
	Scopes []string
	// Organization is the Enterprise Grid organization that the token is for, in
	// all of its workspaces: E…; "" for a token of the workspace.
	Organization string
	// Refused is the code that every call is refused with, such as "token_revoked".
	Refused string
}

// object is one of JSON.
type object = map[string]any

// refusal is an answer with ok: false.
type refusal struct {
	code     string
	needed   string
	messages []string
}

func (r *refusal) Error() string { return r.code }

// refuse returns a refusal, with what Slack says about the arguments.
func refuse(code string, messages ...string) error { return &refusal{code: code, messages: messages} }

// method is one of the Web API.
type method struct {
	// args are the arguments that Slack knows.
	args string
	// scopes are those of which the token must have one, of an app and of a person.
	// Those of conversations are checked where their kind is known.
	scopes, userScopes string
	answer             func(*call) (object, error)
}

// call is a request that has passed the checks. The lock is held.
type call struct {
	url.Values
	*Server
	method string
	token  Token
}

// New returns a workspace that ends with the test.
func New(t testing.TB) *Server {
	s := newServer(t.Errorf)
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	s.Base(ts.URL)
	return s
}

// Open returns a workspace for a program, which serves it and calls Base. fail is
// told of requests that a test would fail for.
func Open(fail func(format string, args ...any)) *Server { return newServer(fail) }

// Base says under which URL the workspace is served, without a slash at its end.
func (s *Server) Base(url string) { s.host, s.URL = url, url+"/api/" }

func newServer(fail func(format string, args ...any)) *Server {
	s := &Server{
		Now: time.Now, fail: fail, serial: 99, // below are the ids that tests write themselves
		tokens: make(map[string]Token), scripted: make(map[string]http.HandlerFunc), limits: make(map[string]*limit),
		directory: newDirectory(), conversations: newConversations(), files: make(map[string]*file), emoji: make(map[string]string),
		apps: make(map[string]App), codes: make(map[string]grant), refreshes: make(map[string]grant),
	}
	s.methods = make(map[string]method)
	for _, area := range []map[string]method{workspaceMethods, peopleMethods, channelMethods, historyMethods, chatMethods, reactionMethods, searchMethods, fileMethods, oauthMethods} {
		maps.Copy(s.methods, area)
	}
	s.AddUser(User{ID: Mona, Name: "mona", RealName: "Mona Lisa", Email: "mona@octo.example", Admin: true})
	s.AddUser(User{ID: Octobot, Name: "octobot", RealName: "Octobot", Bot: BotID})
	s.AddChannel(Channel{ID: General, Name: "general", Creator: Mona, Members: []string{Mona, Octobot}, Purpose: "For everyone", Topic: "Company news"})
	s.AddChannel(Channel{ID: Random, Name: "random", Creator: Mona, Members: []string{Mona}})
	return s
}

// Grant gives out a token. Someone whom the workspace does not have is added.
func (s *Server) Grant(token string, to Token) {
	s.mu.Lock()
	_, known := s.person(to.User)
	s.mu.Unlock()
	if !known {
		s.AddUser(User{ID: to.User, Name: strings.ToLower(to.User), Bot: to.Bot})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = to
}

// Handle has h answer a method in the place of the workspace: a fault, a limit.
// nil gives it back.
func (s *Server) Handle(method string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripted[method] = h
}

// Requests returns what the server was asked, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Asked returns how often a method was called.
func (s *Server) Asked(method string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Method == method {
			n++
		}
	}
	return n
}

// ServeHTTP serves the Web API, the files and the pages for authorization.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, isMethod := strings.CutPrefix(r.URL.Path, "/api/")
	switch {
	case isMethod:
		s.serveMethod(w, r, name)
	case strings.HasPrefix(r.URL.Path, "/files-pri/"):
		s.serveFile(w, r)
	case r.URL.Path == "/oauth/v2/authorize":
		s.serveAuthorize(w, r)
	case r.URL.Path == "/signin":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Sign in</title><p>Sign in to Octo")
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request, name string) {
	form, err := arguments(w, r)
	if err != nil {
		reply(w, nil, refuse("invalid_form_data"))
		return
	}
	s.mu.Lock()
	if !s.Forget {
		s.requests = append(s.requests, Request{name, form, r.Header.Clone()})
	}
	h, m, known := s.scripted[name], s.methods[name], false
	if _, known = s.methods[name]; h == nil && known {
		if wait := s.wait(name); wait > 0 {
			h = limited(wait)
		}
	}
	s.mu.Unlock()
	if form.Has("token") {
		s.fail("%s has a token in its body", name)
	}
	switch {
	case h != nil:
		h(w, r)
	case !known:
		reply(w, nil, refuse("unknown_method"))
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answer(w, r, &call{Values: form, Server: s, method: name}, m)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, c *call, m method) {
	allowed := strings.Fields(m.args)
	for arg := range c.Values {
		if arg != "token" && !slices.Contains(allowed, arg) {
			s.fail("%s has the argument %s, which Slack does not know", c.method, arg)
		}
	}
	if strings.HasPrefix(c.method, "oauth.") {
		if id, secret, ok := r.BasicAuth(); ok {
			c.Values.Set("client_id", id)
			c.Values.Set("client_secret", secret)
		}
		fields, err := m.answer(c)
		reply(w, fields, err)
		return
	}
	bearer, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, granted := s.tokens[bearer]
	switch {
	case !given:
		reply(w, nil, refuse("not_authed"))
		return
	case !granted:
		reply(w, nil, refuse("invalid_auth"))
		return
	case token.Refused != "":
		reply(w, nil, refuse(token.Refused))
		return
	}
	c.token = token
	w.Header().Set("X-OAuth-Scopes", strings.Join(token.scopes(), ","))
	scopes := m.scopes
	if token.Bot == "" && m.userScopes != "" {
		scopes = m.userScopes
	}
	err := c.need(strings.Fields(scopes)...)
	var fields object
	if err == nil {
		if scopes != "" {
			w.Header().Set("X-Accepted-OAuth-Scopes", strings.ReplaceAll(scopes, " ", ","))
		}
		fields, err = m.answer(c)
	}
	if r, ok := err.(*refusal); ok && r.needed != "" {
		fields = object{"needed": r.needed, "provided": strings.Join(token.scopes(), ",")}
	}
	reply(w, fields, err)
}

// arguments reads those of a request: a form, or JSON as some clients send it.
func arguments(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<20)
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		return r.Form, nil
	}
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	form := make(url.Values, len(in))
	for k, v := range in {
		if text, ok := v.(string); ok {
			form.Set(k, text)
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		form.Set(k, string(text))
	}
	return form, nil
}

func reply(w http.ResponseWriter, fields object, err error) {
	m := object{"ok": err == nil}
	if err != nil {
		m["error"] = err.Error()
	}
	if r, ok := err.(*refusal); ok && len(r.messages) != 0 {
		m["response_metadata"] = object{"messages": r.messages}
	}
	maps.Copy(m, fields)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(m)
}

// JSON answers with a body, for Handle.
func JSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

// required returns an argument that must be there.
func (c *call) required(name string) (string, error) {
	if v := c.Get(name); v != "" {
		return v, nil
	}
	return "", refuse("invalid_arguments", "[ERROR] missing required field: "+name)
}

func (c *call) flag(name string) bool {
	v := c.Get(name)
	return v == "true" || v == "1"
}

// number returns an argument between 1 and most, or what stands for none.
func (c *call) number(name string, standard, most int) (int, error) {
	if !c.Has(name) || c.Get(name) == "0" {
		return standard, nil
	}
	n, err := strconv.Atoi(c.Get(name))
	if err != nil || n < 0 {
		return 0, refuse("invalid_" + name)
	}
	return min(n, most), nil
}

// inTeam refuses a call for no workspace in particular with the token of an
// organization, and one for another workspace.
func (c *call) inTeam() error {
	switch team := c.Get("team_id"); {
	case team != "" && team != TeamID:
		return refuse("team_not_found")
	case team == "" && c.token.Organization != "":
		return refuse("missing_argument", "[ERROR] missing required field: team_id")
	}
	return nil
}

// next is the part of an answer that has the cursor of the next page.
func next(cursor string) object { return object{"next_cursor": cursor} }

// id returns a new id.
func (s *Server) id(prefix string) string {
	s.serial++
	return prefix + "0" + strings.ToUpper(leftPad(strconv.FormatInt(int64(s.serial), 36), 8))
}

func leftPad(s string, n int) string { return strings.Repeat("0", max(0, n-len(s))) + s }
