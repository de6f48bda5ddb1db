package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
)

const (
	serviceDir = "../../services/slack"
	people     = 200_000
	channels   = 40_000
	// every is the number of channels between two that the token takes part in.
	every = 20
	// names is how many of the people whom a process has looked at last it is asked
	// for.
	names = 2000
	token = "xoxb-fake-bot"
)

// first is a first call of a process, and what has to be in its answer. No time is
// promised where several pages have to be looked through.
type first struct {
	name, tool, args, holds string
	far                     bool
}

func firsts() []first {
	return []first{
		{name: "a channel of the caller's, by name", tool: "get_channel_info", args: `{"channel":"#general"}`, holds: `"C000000001"`},
		{name: "a channel by id", tool: "get_channel_info", args: `{"channel":"CS0031999"}`, holds: `"room-31999"`},
		{name: "a person by e-mail address", tool: "find_users", args: `{"query":"person0150000@octo.example"}`, holds: `"UC0150000"`},
		{name: "a person by handle, among the first", tool: "find_users", args: `{"query":"@person0000150"}`, holds: `"UC0000150"`},
		{name: "a person by handle, the 3,000th", tool: "find_users", args: `{"query":"@person0003000"}`, holds: `"UC0003000"`, far: true},
		{name: "channels of the caller's", tool: "list_channels", args: `{}`, holds: `"next_cursor"`},
	}
}

// A bench is one run.
type bench struct {
	options
	dir      string // for binaries; its owner removes it
	progress io.Writer
	binary   string
	fake     string // the program that is Slack
	url      string // of its API
	codec    tokenizer.Codec
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "slack: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (_ *results, err error) {
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	r := &results{Machine: machine}
	stop, err := b.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if b.codec, err = model.Tokens(); err != nil {
		return nil, err
	}
	for _, f := range firsts() {
		t, err := b.first(ctx, f, &r.Ours)
		if err != nil {
			return nil, err
		}
		r.First = append(r.First, t)
	}
	if r.Waits, err = b.silent(ctx); err != nil {
		return nil, err
	}
	b.say("a warm page of messages")
	if r.Page, err = b.readPage(ctx); err != nil {
		return nil, err
	}
	whole, err := b.first(ctx, first{name: "a page of messages", tool: "get_channel_history", args: pageArgs, holds: said}, &r.Ours)
	if err != nil {
		return nil, err
	}
	r.Ours.First, r.Ours.Answer, r.Ours.AnswerTokens = whole.Millis, r.Page.Text, r.Page.Tokens
	b.say("all channels, all people, and %d names", names)
	if r.Memory, err = b.remember(ctx); err != nil || b.alone {
		return r, err
	}
	r.Peers, err = b.beside(ctx)
	return r, err
}

// first starts a process for each time that a first call is made.
func (b *bench) first(ctx context.Context, f first, started *started) (timed, error) {
	b.say("%s", f.name)
	t := timed{Name: f.name, Tool: f.tool, Far: f.far}
	for i := range b.rounds {
		before, err := b.asked(ctx)
		if err != nil {
			return t, err
		}
		began := time.Now()
		if err := b.within(ctx, b.service(), func(s *mcp.ClientSession, pid int) error {
			started.Initialize = append(started.Initialize, millis(began))
			idle, err := host.ReadMemory(pid)
			if err != nil {
				return err
			}
			started.Idle = append(started.Idle, host.Megabytes(idle.Now))
			if i == 0 {
				now, err := b.asked(ctx)
				if err != nil {
					return err
				}
				started.Requests = max(started.Requests, now-before)
				if err := started.look(ctx, s, b.codec); err != nil {
					return err
				}
			}
			start := time.Now()
			_, err = call(ctx, s, f.tool, f.args, f.holds)
			// The first process has been asked for its tools before.
			if t.Millis = append(t.Millis, millis(start)); i > 0 {
				t.FromStart = append(t.FromStart, millis(began))
			}
			return err
		}); err != nil {
			return t, err
		}
		after, err := b.asked(ctx)
		if err != nil {
			return t, err
		}
		t.Requests = after - before
	}
	return t, nil
}

// silent reports whether initialize waits for a Slack that never answers.
func (b *bench) silent(ctx context.Context) (waits bool, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		return false, err
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(ctx, silentFor)
	defer cancel()
	err = b.within(ctx, b.serviceAt("http://"+l.Addr().String()+"/api/"), func(*mcp.ClientSession, int) error { return nil })
	if errors.Is(err, context.DeadlineExceeded) {
		return true, nil
	}
	return false, err
}

// silentFor is longer than any start.
const silentFor = 5 * time.Second

// look measures what every conversation begins with.
func (s *started) look(ctx context.Context, session *mcp.ClientSession, codec tokenizer.Codec) error {
	list, err := session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	s.Tools, err = model.Tools(list, codec)
	return err
}

// asked returns how many requests Slack has had.
func (b *bench) asked(ctx context.Context) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(b.url, "api/")+"control/asked", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var all []struct{}
	err = json.NewDecoder(resp.Body).Decode(&all)
	return len(all), err
}

// remember has a process look at everything, and then asks it for those whom it
// has seen last.
func (b *bench) remember(ctx context.Context) (m host.Memory, err error) {
	return m, b.within(ctx, b.service(), func(s *mcp.ClientSession, pid int) error {
		for _, list := range []struct{ tool, args string }{{"list_channels", `{"member_only":false,"query":"of none"`}, {"find_users", `{"query":"of nobody"`}} {
			if err := lookThrough(ctx, s, list.tool, list.args); err != nil {
				return err
			}
		}
		for n := people; n > people-names; n-- {
			if _, err := call(ctx, s, "find_users", fmt.Sprintf(`{"query":"@person%07d"}`, n), fmt.Sprintf(`"UC%07d"`, n)); err != nil {
				return err
			}
		}
		m, err = host.ReadMemory(pid)
		return err
	})
}

const (
	// peersFor is about how long one of the other servers is started anew.
	peersFor = 15 * time.Second
	// peersPeople and peersChannels are few: one of the other servers reads all of
	// them before it answers initialize, and takes minutes for 200,000.
	peersPeople, peersChannels = 1000, 200
	// peersAnswer bounds the start and the first answer of one process of theirs.
	peersAnswer = time.Minute
)

// beside measures the start and the first answer of other servers, in a small
// workspace of their own: one that is as strict would end the run.
func (b *bench) beside(ctx context.Context) (_ []started, err error) {
	url, stop, err := b.slack(ctx, peersPeople, peersChannels)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stop() }() // which says what they ask for in ways of their own
	p, err := newProxy(b.dir, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	b.say("installing the other servers")
	list, err := b.peers(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%w (leave them out with -alone)", err)
	}
	var all []started
	for _, c := range list {
		b.say("%s", c.name)
		st := started{Name: c.name}
		for begin := time.Now(); len(st.Initialize) < b.rounds && time.Since(begin) < peersFor; {
			if err := b.start(ctx, c, p, &st); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
		all = append(all, st)
	}
	return all, nil
}

// start measures one process of another server. That it has no answer is noted and
// is no error.
func (b *bench) start(ctx context.Context, c contestant, p *proxy, st *started) error {
	ctx, cancel := context.WithTimeout(ctx, peersAnswer)
	defer cancel()
	before, began := p.asked.Load(), time.Now()
	return b.within(ctx, c, func(s *mcp.ClientSession, pid int) error {
		st.Initialize = append(st.Initialize, millis(began))
		st.Requests = max(st.Requests, int(p.asked.Load()-before))
		idle, err := host.ReadMemory(pid)
		if err != nil {
			return err
		}
		st.Idle = append(st.Idle, host.Megabytes(idle.Now))
		if err := st.look(ctx, s, b.codec); err != nil {
			return err
		}
		start := time.Now()
		text, err := call(ctx, s, c.tool, c.args, said)
		if err != nil {
			st.Refused = fmt.Sprintf("%.200s", err)
			return nil
		}
		st.First = append(st.First, millis(start))
		st.Answer = len(text)
		st.AnswerTokens, err = b.codec.Count(text)
		return err
	})
}

// said is in every page of the channel's messages.
const said = "Can somebody look at the failing job?"

func millis(since time.Time) float64 { return float64(time.Since(since)) / float64(time.Millisecond) }

// lookThrough reads a list on and on for what is not in it, to its end.
func lookThrough(ctx context.Context, s *mcp.ClientSession, tool, args string) error {
	for cursor := ""; ; {
		text, err := call(ctx, s, tool, args+cursor+"}", "")
		if err != nil {
			return err
		}
		var list struct {
			Next   string `json:"next_cursor"`
			Reason string `json:"partial_reason"`
		}
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return err
		}
		if list.Reason != "" {
			return fmt.Errorf("%s is not read to its end: %s", tool, list.Reason)
		}
		if list.Next == "" {
			return nil
		}
		cursor = fmt.Sprintf(`,"cursor":%q`, list.Next)
	}
}

// prepare builds what is not there yet and starts Slack.
func (b *bench) prepare(ctx context.Context) (stop func() error, err error) {
	if b.binary = b.ours; b.binary == "" {
		b.say("building mcp-slack")
		b.binary = filepath.Join(b.dir, "mcp-slack")
		if err := child.Build(ctx, serviceDir, b.binary, "./cmd/mcp-slack"); err != nil {
			return nil, err
		}
	}
	b.fake = filepath.Join(b.dir, "fakeslack")
	if err := child.BuildTest(ctx, serviceDir, b.fake, "./internal/slacktest"); err != nil {
		return nil, err
	}
	b.url, stop, err = b.slack(ctx, people, channels)
	return stop, err
}

// slack starts a workspace and returns the address of its API.
func (b *bench) slack(ctx context.Context, people, channels int) (url string, stop func() error, err error) {
	cmd := child.Command(ctx, nil, b.fake, "serve", "-people", strconv.Itoa(people), "-channels", strconv.Itoa(channels), "-every", strconv.Itoa(every), "-talk", strconv.Itoa(talked))
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		in.Close() // which ends it
		return cmd.Wait()
	}
	if url, err = served(said); err != nil {
		return "", nil, errors.Join(err, stop())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // what it says of others' requests
	return url, stop, nil
}

// served reads where a program says that it serves.
func served(from io.Reader) (string, error) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var said struct{ Msg, URL string }
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "serving" {
			return said.URL, nil
		}
	}
	return "", errors.Join(errors.New("the fake of Slack does not say where it serves"), lines.Err())
}

// A contestant is a server, and how it is asked for a page of messages.
type contestant struct {
	name       string
	argv       []string
	env        func() []string // of one process
	tool, args string
}

func (b *bench) service() contestant { return b.serviceAt(b.url) }

func (b *bench) serviceAt(url string) contestant {
	return contestant{name: "mcp-slack", argv: []string{b.binary}, env: func() []string {
		return []string{"SLACK_API_URL=" + url, "SLACK_BOT_TOKEN=" + token, "MCP_RATE_LIMIT=off"}
	}}
}

// within runs do with a new process of a server.
func (b *bench) within(ctx context.Context, c contestant, do func(s *mcp.ClientSession, pid int) error) error {
	cmd := child.Command(ctx, c.env(), c.argv...)
	s, err := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return err
	}
	return errors.Join(do(s, cmd.Process.Pid), s.Close())
}

// call calls a tool. It fails unless the answer holds what it has to.
func call(ctx context.Context, s *mcp.ClientSession, tool, args, holds string) (string, error) {
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		return "", err
	}
	text := textOf(res)
	if res.IsError || !strings.Contains(text, holds) {
		return "", fmt.Errorf("%s %s has no %s: %.500s", tool, args, holds, text)
	}
	return text, nil
}

// textOf is what a model sees of an answer.
func textOf(res *mcp.CallToolResult) string {
	var all strings.Builder
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			all.WriteString(t.Text)
		}
	}
	return all.String()
}
