package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/term"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
)

type callCmd[C any] struct {
	Service   C        `embed:""`
	URL       string   `name:"url" placeholder:"URL" help:"Call the service at this URL, such as http://127.0.0.1:8105/mcp, instead of in this process."`
	TokenFile string   `placeholder:"FILE" help:"Send the token in this file to the service at --url."`
	Yes       bool     `help:"Say yes when the tool asks whether to go ahead. Without it you are asked, if there is a terminal."`
	JSON      bool     `name:"json" help:"Print the whole result as JSON."`
	Output    string   `placeholder:"FILE" help:"Write the image of the result to this file."`
	Tool      string   `arg:"" help:"The tool."`
	Arguments []string `arg:"" optional:"" name:"key=value" help:"Its arguments. A value is text where the tool takes text, JSON where it takes another type."`
}

func (c *callCmd[C]) Run(in *invocation[C]) error {
	transport, here, err := c.transport(in)
	if err != nil {
		return err
	}
	if here != nil {
		defer here.Close()
	}
	res, err := c.call(in, transport, here)
	if remote, ok := transport.(*remote); ok && err != nil {
		return remote.explain(err)
	}
	if err != nil {
		return err
	}
	file := c.Output
	var unwritten error
	if file != "" && !res.IsError {
		if unwritten = writeImage(res, file); unwritten != nil {
			file = ""
		}
	}
	if c.JSON {
		err = printJSON(in.p.stdout, res)
	} else {
		err = printResult(in.p, res, file)
	}
	if err == nil && res.IsError {
		return errFailed
	}
	return cmp.Or(err, unwritten)
}

// writeImage writes the first image of a result to a file.
func writeImage(res *mcp.CallToolResult, file string) error {
	for _, block := range res.Content {
		if b, ok := block.(*mcp.ImageContent); ok {
			if err := os.WriteFile(file, b.Data, 0o644); err != nil {
				return fmt.Errorf("--output: %w", err)
			}
			return nil
		}
	}
	return fmt.Errorf("--output: the result has no image, so %s is not written", file)
}

// call calls the tool of the service that transport leads to, which is here or nil.
func (c *callCmd[C]) call(in *invocation[C], transport mcp.Transport, here *Server) (*mcp.CallToolResult, error) {
	bar := newProgressBar(in.p.stderr)
	defer bar.clear()
	answers := c.answers(in.p)
	client := mcp.NewClient(&mcp.Implementation{Name: "mcp-" + in.p.name, Version: Version()}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { bar.show(req.Params) },
		ElicitationHandler:          answers,
	})
	session, err := client.Connect(in.ctx, transport, nil)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer session.Close()

	tool, err := findTool(in.ctx, session, c.Tool)
	if err != nil {
		return nil, err
	}
	arguments, err := parseArguments(tool, here.argumentType(tool.Name), c.Arguments)
	if err != nil {
		return nil, err
	}
	params := &mcp.CallToolParams{Name: tool.Name, Arguments: arguments}
	if bar.terminal {
		params.SetProgressToken("1")
	}
	res, err := session.CallTool(in.ctx, params)
	if wire := new(jsonrpc.Error); answers == nil && errors.As(err, &wire) &&
		wire.Code == mcp.CodeMissingRequiredClientCapabilities && bytes.Contains(wire.Data, []byte(`"elicitation"`)) {
		// What the server says is for those who cannot be asked at all.
		return nil, fmt.Errorf("%w; here, say --yes, or run this on a terminal", err)
	}
	return res, err
}

// answers returns what answers a tool's question: --yes, or the person at the
// terminal. With neither, the client says that it cannot be asked.
func (c *callCmd[C]) answers(p *process) func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	if stdin, ok := p.stdin.(*os.File); !c.Yes && (!ok || !term.IsTerminal(int(stdin.Fd()))) {
		return nil
	}
	return func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		answer := "no"
		if c.Yes {
			answer = "yes"
		} else {
			fmt.Fprintf(p.stderr, "%s [y/N] ", readable(req.Params.Message, maxQuestion))
			// What is no answer is no.
			_, _ = fmt.Fscanln(p.stdin, &answer)
		}
		// A form that asks for more than yes is nothing for a command line.
		form, err := json.Marshal(req.Params.RequestedSchema)
		a := strings.ToLower(answer)
		if err != nil || !bytes.Contains(form, []byte(`"confirm"`)) || a != "y" && a != "yes" {
			return &mcp.ElicitResult{Action: "decline"}, nil
		}
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
	}
}

// transport leads to the remote service, or to one opened here.
func (c *callCmd[C]) transport(in *invocation[C]) (to mcp.Transport, here *Server, err error) {
	if c.URL != "" {
		u, err := serviceURL(c.URL)
		if err != nil {
			return nil, nil, err
		}
		token := ""
		if c.TokenFile != "" {
			if token, err = readToken(c.TokenFile); err != nil {
				return nil, nil, err
			}
		}
		return newRemote(u, token, "--token-file"), nil, nil
	}
	if c.TokenFile != "" {
		return nil, nil, errors.New("--token-file goes with --url")
	}
	s, err := in.local(c.Service)
	if err != nil {
		return nil, nil, err
	}
	ours, its := mcp.NewInMemoryTransports()
	if _, err := s.Connect(in.ctx, its); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return ours, s, nil
}

// remote leads to the service at one URL, and knows why it refused.
type remote struct {
	mcp.StreamableClientTransport
	bearer *bearer
}

// readToken reads the file of a key or token.
func readToken(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", fmt.Errorf("--token-file: %s is empty: it must hold the key or token", file)
	}
	if strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("--token-file: %s holds more than the key or token: leave it alone there, on one line", file)
	}
	return token, nil
}

// newRemote leads to u with a token, which people know as what is in from.
func newRemote(u *url.URL, token, from string) *remote {
	b := &bearer{token: token, from: from, url: u.String()}
	return &remote{mcp.StreamableClientTransport{
		Endpoint: b.url, DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: b, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the token is for this URL only
		}},
	}, b}
}

// bearer sends a token with requests to one URL.
type bearer struct {
	token, from string // from is where people gave it
	url         string
	last        atomic.Pointer[reply] // nil if there was none
}

// reply is what the service answered to a message.
type reply struct {
	status int
	header http.Header
	said   string // the message of an error, which may belong to no request
}

// maxRefusal bounds what is read of a refusal before the client gets it.
const maxRefusal = 64 << 10

// replyOf reads what res says, if it is a refusal, and leaves it to be read again.
func replyOf(res *http.Response) *reply {
	a := &reply{status: res.StatusCode, header: res.Header}
	if a.status < http.StatusBadRequest {
		return a
	}
	// An error comes again when the client reads on.
	start, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), res.Body), res.Body}
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(start, &body) == nil {
		a.said = body.Error.Message
	}
	return a
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" && r.URL.String() == b.url {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPost {
		b.last.Store(nil)
		if err == nil {
			b.last.Store(replyOf(res))
		}
	}
	return res, err
}

// explain returns err as what to change, if the service refused what was sent
// last. A service that repeats the token does not get it shown.
func (r *remote) explain(err error) error {
	text := err.Error()
	if a := r.bearer.last.Load(); a != nil {
		if advice := r.bearer.advice(a, text); advice != "" {
			text = fmt.Sprintf("the service answers %d %s: %s", a.status, http.StatusText(a.status), advice)
		}
	}
	return errors.New(r.bearer.hide(text))
}

// hide takes the token out of what the service has chosen the words of.
func (b *bearer) hide(s string) string {
	if b.token == "" {
		return s
	}
	return strings.ReplaceAll(s, b.token, "[redacted]")
}

// scopeOf finds the scopes in a challenge (RFC 6750, section 3).
var scopeOf = regexp.MustCompile(`(?:^|[\s,])scope="([^"\\]*)"`)

// advice is what to do about an answer, or what the service says; "" if that is
// in the text of the error already.
func (b *bearer) advice(a *reply, text string) string {
	switch a.status {
	case http.StatusUnauthorized:
		if b.token != "" {
			return "the key or token in " + b.from + " is unknown, has expired or is not for this service"
		}
		return "it wants a credential: give the file with the key or token with --token-file"
	case http.StatusForbidden:
		if scope := scopeOf.FindStringSubmatch(a.header.Get("WWW-Authenticate")); scope != nil {
			return "the credential may not do this: it needs the scopes " + readable(b.hide(scope[1]), maxShown)
		}
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		if a.said == "" { // else it is a service
			return "no MCP service is at " + b.url + ": the path of a service is usually /mcp"
		}
	case http.StatusTooManyRequests:
		if after := a.header.Get("Retry-After"); after != "" && strings.Trim(after, "0123456789") == "" {
			return "too much was asked of it: try again in " + clip(after) + " seconds"
		}
		return "too much was asked of it: try again later"
	}
	if strings.Contains(text, a.said) {
		return ""
	}
	return readable(b.hide(a.said), maxShown)
}

func findTool(ctx context.Context, session *mcp.ClientSession, name string) (*mcp.Tool, error) {
	var names []string
	for t, err := range session.Tools(ctx, nil) {
		if err != nil {
			return nil, fmt.Errorf("listing the tools: %w", err)
		}
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	if near := nearest.Names(name, names); len(near) > 0 {
		return nil, fmt.Errorf("no tool %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	slices.Sort(names)
	return nil, fmt.Errorf("no tool %q; there are: %s", name, strings.Join(names, ", "))
}

// argumentType returns what knows the type of each argument of a tool by all of
// its names, those that are not shown too. Of a service that is elsewhere, which
// is a nil one, only what is shown is known.
func (s *Server) argumentType(tool string) func(name string) string {
	if s != nil {
		if t := s.reg.tools[tool]; t != nil && t.input != nil {
			return t.input.Type
		}
	}
	return func(string) string { return "" }
}

// parseArguments turns key=value words into the arguments of tool. unlisted
// returns the types of those that its schema does not show.
func parseArguments(tool *mcp.Tool, unlisted func(name string) string, words []string) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(tool.InputSchema)
	if err != nil {
		return nil, err
	}
	var schema struct {
		Properties map[string]struct{ Type any } `json:"properties"`
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		return nil, err
	}
	arguments := make(map[string]json.RawMessage, len(words))
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("argument %q: write key=value", w)
		}
		if _, twice := arguments[key]; twice {
			return nil, fmt.Errorf("argument %q is given twice", key)
		}
		property, listed := schema.Properties[key]
		text := property.Type == nil || property.Type == "string"
		if !listed {
			// Of an argument that nobody knows, what can be a number is one.
			typ := unlisted(key)
			text = typ == "string" || typ == "any"
		}
		if text || !json.Valid([]byte(value)) {
			// What is not JSON is sent as text: the tool then says what it takes.
			quoted, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			arguments[key] = quoted
			continue
		}
		arguments[key] = json.RawMessage(value)
	}
	return arguments, nil
}

// printResult prints what a person wants to see: text as it is, and of other
// blocks that they are there, and in which file if there is one.
func printResult(p *process, res *mcp.CallToolResult, file string) error {
	out := p.stdout
	if res.IsError {
		out = p.stderr
	}
	for _, block := range res.Content {
		var line string
		switch b := block.(type) {
		case *mcp.TextContent:
			line = b.Text
		case *mcp.ImageContent:
			where := "--output FILE writes it to a file"
			if file != "" {
				where, file = "in "+file, ""
			}
			line = fmt.Sprintf("[%s, %d bytes; %s]", b.MIMEType, len(b.Data), where)
		default:
			line = fmt.Sprintf("[%T; see --json]", block)
		}
		if _, err := fmt.Fprintln(out, strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}
