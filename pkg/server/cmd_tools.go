package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

type toolsCmd[C any] struct {
	Service C      `embed:""`
	JSON    bool   `name:"json" help:"Print the tools as JSON."`
	Word    string `arg:"" optional:"" help:"Only tools that have this word in their name or description."`
}

func (c *toolsCmd[C]) Run(in *invocation[C]) error {
	s, err := in.local(c.Service)
	if err != nil {
		return err
	}
	defer s.Close()
	tools := s.Tools()
	if c.Word != "" {
		tools = matching(tools, c.Word)
	}
	if c.JSON {
		return printJSON(in.p.stdout, tools)
	}
	for i, t := range tools {
		if i > 0 {
			fmt.Fprintln(in.p.stdout)
		}
		printTool(in.p.stdout, t)
	}
	return nil
}

// local opens the service for a command that uses it in this process, without
// transports and without a log of what it does.
func (in *invocation[C]) local(service C) (*Server, error) {
	quiet := slog.New(slog.DiscardHandler)
	svc, err := in.open(in.ctx, service, quiet)
	if err != nil {
		return nil, err
	}
	return New(in.p.name, svc, Config{}, quiet)
}

func matching(tools []ToolInfo, word string) []ToolInfo {
	var found []ToolInfo
	word = strings.ToLower(word)
	for _, t := range tools {
		if strings.Contains(strings.ToLower(t.Name+" "+t.Title+" "+t.Description), word) {
			found = append(found, t)
		}
	}
	return found
}

func printTool(w io.Writer, t ToolInfo) {
	fmt.Fprintf(w, "%s — %s [%s]\n", t.Name, t.Title, strings.Join(t.Scopes, " "))
	for _, line := range wrap(t.Description, 76) {
		fmt.Fprintf(w, "    %s\n", line)
	}
	for _, a := range t.Arguments {
		note := a.Type
		if a.Required {
			note += ", required"
		}
		if a.Default != "" {
			note += ", default " + a.Default
		}
		fmt.Fprintf(w, "  %s (%s)\n", a.Name, note)
		about := a.Description
		if len(a.Enum) > 0 {
			about = strings.TrimSpace(about + "\nOne of: " + strings.Join(a.Enum, ", "))
		}
		for _, line := range wrap(about, 74) {
			fmt.Fprintf(w, "      %s\n", line)
		}
	}
}

// wrap breaks text into lines of at most width bytes, where words allow it.
func wrap(text string, width int) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var lines []string
	for para := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && len(line)+1+len(word) > width {
				lines, line = append(lines, line), ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		lines = append(lines, line)
	}
	return lines
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
