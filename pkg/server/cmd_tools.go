package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/display"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

type toolsCmd[C any] struct {
	Service C        `embed:""`
	JSON    bool     `name:"json" help:"Print the tools as JSON."`
	Long    bool     `help:"Print all about each tool, as without a terminal."`
	Words   []string `arg:"" optional:"" name:"word" help:"Only tools that have these words in their name, title, description or the names of their arguments, best first. The name of a tool prints all about it."`
}

func (c *toolsCmd[C]) Run(in *invocation[C]) error {
	s, err := in.local(c.Service)
	if err != nil {
		return err
	}
	defer s.Close()
	all := s.Tools()
	tools := matching(all, c.Words)
	if c.JSON {
		return printJSON(in.p.stdout, tools)
	}
	if len(tools) == 0 && len(c.Words) > 0 {
		return noTool(all, c.Words)
	}
	out := terminal.For(in.p.stdout, in.p.environ)
	named := len(c.Words) == 1 && len(tools) > 0 && tools[0].Name == c.Words[0]
	if out.Terminal && named {
		tools = tools[:1]
	}
	if out.Terminal && !c.Long && !named {
		return printOverview(out, in.p.name, tools)
	}
	for i, t := range tools {
		if i > 0 {
			fmt.Fprintln(out)
		}
		printTool(out, t)
	}
	return nil
}

// noTool says what there is near to words that no tool has.
func noTool(all []ToolInfo, words []string) error {
	var names, near []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	for _, w := range words {
		near = append(near, nearest.Names(w, names)...)
		for _, n := range names {
			if !slices.Contains(near, n) && nearest.Names(w, strings.Split(n, "_")) != nil {
				near = append(near, n)
			}
		}
	}
	if len(near) > 0 {
		return fmt.Errorf("no tool has %q; did you mean %s?", strings.Join(words, " "), strings.Join(near, " or "))
	}
	return fmt.Errorf("no tool has %q; there are: %s", strings.Join(words, " "), strings.Join(names, ", "))
}

// printOverview prints a line for each tool.
func printOverview(out terminal.Screen, name string, tools []ToolInfo) error {
	var rows [][]string
	for _, t := range tools {
		var required []string
		for _, a := range t.Arguments {
			if a.Required {
				required = append(required, a.Name)
			}
		}
		about, _, _ := strings.Cut(t.Description, "\n")
		if end := strings.Index(about, ". "); end > 0 {
			about = about[:end+1]
		}
		rows = append(rows, []string{t.Name, strings.Join(required, " "), about})
	}
	columns := []display.Column{{Name: "TOOL", Style: terminal.Option}, {Name: "NEEDS"}, {Name: "DOES"}}
	text, ok := display.Table(out, out.Columns, columns, rows)
	if !ok {
		text, _ = display.Table(out, math.MaxInt, columns, rows)
	}
	_, err := fmt.Fprintf(out, "%s\n%s\n", text, out.Paint(terminal.Faint, "mcp-"+name+" tools NAME prints all about one; mcp-"+name+" call NAME key=value calls it"))
	return err
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

// matching returns the tools that have all the words, best first: in their name,
// their title, the names of their arguments, or their description.
func matching(tools []ToolInfo, words []string) []ToolInfo {
	type hit struct {
		ToolInfo
		score int
	}
	var hits []hit
	for _, t := range tools {
		h := hit{ToolInfo: t}
		for _, w := range words {
			n := score(t, strings.ToLower(w))
			if n == 0 {
				h.score = -1
				break
			}
			h.score += n
		}
		if h.score >= 0 {
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	found := make([]ToolInfo, len(hits))
	for i, h := range hits {
		found[i] = h.ToolInfo
	}
	return found
}

// score says how well a word fits a tool, 0 if it does not.
func score(t ToolInfo, word string) int {
	name := strings.ToLower(t.Name)
	switch {
	case name == word:
		return 100
	case slices.Contains(strings.Split(name, "_"), word):
		return 30
	case strings.Contains(name, word):
		return 20
	case strings.Contains(strings.ToLower(t.Title), word):
		return 10
	case slices.ContainsFunc(t.Arguments, func(p Property) bool { return strings.Contains(strings.ToLower(p.Name), word) }):
		return 5
	case strings.Contains(strings.ToLower(t.Description), word):
		return 1
	}
	return 0
}

// proseColumns is how wide text is without a terminal.
const proseColumns = 80

func printTool(out terminal.Screen, t ToolInfo) {
	columns := proseColumns
	if out.Terminal {
		columns = min(out.Columns, maxHelpColumns)
	}
	prose := func(text string, indent int) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		for _, line := range terminal.Wrap(text, columns-indent) {
			fmt.Fprintf(out, "%s%s\n", strings.Repeat(" ", indent), line)
		}
	}
	fmt.Fprintf(out, "%s — %s [%s]\n", out.Paint(terminal.Heading, t.Name), t.Title, strings.Join(t.Scopes, " "))
	prose(t.Description, 4)
	for _, a := range t.Arguments {
		note := a.Type
		if a.Required {
			note += ", required"
		}
		if a.Default != "" {
			note += ", default " + a.Default
		}
		fmt.Fprintf(out, "  %s (%s)\n", out.Paint(terminal.Option, a.Name), note)
		about := a.Description
		if len(a.Enum) > 0 {
			about += "\nOne of: " + strings.Join(a.Enum, ", ")
		}
		prose(about, 6)
	}
}

// printJSON prints what may have come from elsewhere: with escapes for what a
// terminal would obey, and JSON allows to stand for itself.
func printJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	var safe strings.Builder
	for _, r := range b.String() {
		if c := string(r); r != '\n' && terminal.Clean(c) != c {
			fmt.Fprintf(&safe, `\u%04x`, r) // all of them are below U+10000, and inside of strings
		} else {
			safe.WriteRune(r)
		}
	}
	_, err := io.WriteString(w, safe.String())
	return err
}
