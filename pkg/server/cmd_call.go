package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

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
	Tool      string   `arg:"" help:"The tool."`
	Arguments []string `arg:"" optional:"" name:"key=value" help:"Its arguments. A value is text where the tool takes text, JSON where it takes another type."`
}

func (c *callCmd[C]) Run(in *invocation[C]) error {
	bar := newProgressBar(in.p.stderr)
	client := mcp.NewClient(&mcp.Implementation{Name: "mcp-" + in.p.name, Version: Version()}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { bar.show(req.Params) },
		ElicitationHandler:          c.answers(in.p),
	})
	transport, release, err := c.transport(in)
	if err != nil {
		return err
	}
	defer release()
	session, err := client.Connect(in.ctx, transport, nil)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer session.Close()

	tool, err := findTool(in.ctx, session, c.Tool)
	if err != nil {
		return err
	}
	arguments, err := parseArguments(tool, c.Arguments)
	if err != nil {
		return err
	}
	params := &mcp.CallToolParams{Name: tool.Name, Arguments: arguments}
	if bar.terminal {
		params.SetProgressToken("1")
	}
	res, err := session.CallTool(in.ctx, params)
	bar.clear()
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(in.p.stdout, res)
	} else {
		err = printResult(in.p, res)
	}
	if err == nil && res.IsError {
		return errFailed
	}
	return err
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

// transport connects to the remote service, or to one opened in this process.
func (c *callCmd[C]) transport(in *invocation[C]) (mcp.Transport, func(), error) {
	if c.URL != "" {
		token := ""
		if c.TokenFile != "" {
			b, err := os.ReadFile(c.TokenFile)
			if err != nil {
				return nil, nil, fmt.Errorf("--token-file: %w", err)
			}
			token = strings.TrimSpace(string(b))
		}
		return &mcp.StreamableClientTransport{
			Endpoint: c.URL, DisableStandaloneSSE: true,
			HTTPClient: &http.Client{Transport: bearer{token, c.URL}, CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // the token is for this URL only
			}},
		}, func() {}, nil
	}
	if c.TokenFile != "" {
		return nil, nil, errors.New("--token-file goes with --url")
	}
	s, err := in.local(c.Service)
	if err != nil {
		return nil, nil, err
	}
	here, there := mcp.NewInMemoryTransports()
	if _, err := s.Connect(in.ctx, there); err != nil {
		return nil, nil, err
	}
	return here, func() { s.Close() }, nil
}

// bearer sends a token with requests to one URL.
type bearer struct{ token, url string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" && r.URL.String() == b.url {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return http.DefaultTransport.RoundTrip(r)
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

// parseArguments turns key=value words into the arguments of tool.
func parseArguments(tool *mcp.Tool, words []string) (map[string]json.RawMessage, error) {
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
		typ := schema.Properties[key].Type
		if typ == nil || typ == "string" || !json.Valid([]byte(value)) {
			// What is not JSON is sent as text: the tool then says what it takes.
			text, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			arguments[key] = text
			continue
		}
		arguments[key] = json.RawMessage(value)
	}
	return arguments, nil
}

// printResult prints what a person wants to see: text as it is, and of other
// blocks that they are there.
func printResult(p *process, res *mcp.CallToolResult) error {
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
			line = fmt.Sprintf("[%s, %d bytes; see --json]", b.MIMEType, len(b.Data))
		default:
			line = fmt.Sprintf("[%T; see --json]", block)
		}
		if _, err := fmt.Fprintln(out, strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}
