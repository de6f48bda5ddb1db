package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

type callCmd[C any] struct {
	Service   C        `embed:""`
	URL       string   `name:"url" placeholder:"URL" help:"Call the service at this URL, such as http://127.0.0.1:8105/mcp, instead of in this process."`
	TokenFile string   `placeholder:"FILE" help:"Send the token in this file to the service at --url."`
	Yes       bool     `help:"Say yes when the tool asks whether to go ahead. Without it you are asked, if there is a terminal."`
	Format    string   `enum:"auto,table,text,json" default:"auto" help:"How to print the result: table is for people, text is what a model gets, json is all of it. auto is table on a terminal, else text (${enum})."`
	JSON      bool     `name:"json" help:"The same as --format json."`
	Output    string   `placeholder:"FILE" help:"Write the image of the result to this file."`
	Tool      string   `arg:"" help:"The tool."`
	Arguments []string `arg:"" optional:"" name:"key=value" help:"Its arguments. A value is text where the tool takes text, and a,b or key=a key=b where it takes a list; other types are JSON. key@FILE takes the value from a file, key@- from standard input."`
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
		if unwritten = writeImage(res.CallToolResult, file); unwritten != nil {
			file = ""
		}
	}
	if err = c.print(in.p, res, file); err == nil && res.IsError {
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
func (c *callCmd[C]) call(in *invocation[C], transport mcp.Transport, here *Server) (outcome, error) {
	bar := newProgressBar(terminal.For(in.p.stderr, in.p.environ))
	defer bar.clear()
	answers := c.answers(in.p, bar)
	client := mcp.NewClient(&mcp.Implementation{Name: "mcp-" + in.p.name, Version: Version()}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { bar.show(req.Params) },
		ElicitationHandler:          answers,
	})
	session, err := client.Connect(in.ctx, transport, nil)
	if err != nil {
		return outcome{}, fmt.Errorf("connecting: %w", err)
	}
	defer session.Close()

	tool, err := findTool(in.ctx, session, c.Tool)
	if err != nil {
		return outcome{}, err
	}
	arguments, err := parseArguments(tool, here.argumentType(tool.Name), c.Arguments, in.p.stdin)
	if err != nil {
		return outcome{}, err
	}
	params := &mcp.CallToolParams{Name: tool.Name, Arguments: arguments}
	if bar.begin() {
		params.SetProgressToken("1")
	}
	res, err := session.CallTool(in.ctx, params)
	if wire := new(jsonrpc.Error); answers == nil && errors.As(err, &wire) &&
		wire.Code == mcp.CodeMissingRequiredClientCapabilities && bytes.Contains(wire.Data, []byte(`"elicitation"`)) {
		// What the server says is for those who cannot be asked at all.
		err = fmt.Errorf("%w; here, say --yes, or run this on a terminal", err)
	}
	return outcome{res, tool, propertiesOf(tool, here)}, err
}

// answers returns what answers a tool's question: --yes, or the person at the
// terminal. With neither, the client says that it cannot be asked.
func (c *callCmd[C]) answers(p *process, bar *progressBar) func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	if !c.Yes && !terminal.IsTerminal(p.stdin) {
		return nil
	}
	return func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		answer := "no"
		if c.Yes {
			answer = "yes"
		} else {
			defer bar.pause()()
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
