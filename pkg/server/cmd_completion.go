package server

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/completion"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

func (c *completionCmd) Run(p *process) error {
	script, err := completion.Script(c.Shell, "mcp-"+p.name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, script)
	return err
}

// completeTime is how long a person waits for what may come next.
const completeTime = 2 * time.Second

type completeCmd[C any] struct {
	Shell  string `arg:"" enum:"bash,zsh,fish" help:"The shell that asks: ${enum}."`
	Line   string `arg:"" help:"The command line up to the cursor."`
	Breaks string `arg:"" optional:"" help:"What breaks words in bash."`
}

// Run prints what may come next, one a line, with a tab before what it is. What
// cannot be found out in time is not there: a person is typing.
func (c *completeCmd[C]) Run(in *invocation[C]) error {
	line := completion.Split(c.Line, c.Breaks)
	if len(line.Words) == 0 {
		return nil
	}
	var b strings.Builder
	for _, cand := range c.candidates(in, line) {
		if !strings.HasPrefix(cand.value, line.Word) || terminal.Line(cand.value) != cand.value {
			continue
		}
		b.WriteString(line.Write(c.Shell, cand.value))
		if about := terminal.Line(firstSentence(cand.about)); about != "" {
			b.WriteString("\t" + terminal.Screen{Unicode: true}.Cut(about, 70))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(in.p.stdout, b.String())
	return err
}

// firstSentence is the one on the first line.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if end := strings.Index(text, ". "); end > 0 {
		text = text[:end]
	}
	return strings.TrimSuffix(text, ".")
}

// candidate is what may come next.
type candidate struct{ value, about string }

// typed is what is known of the command line before the cursor.
type typed struct {
	node     *kong.Node // the command, or the application before it
	flags    []string   // with their values
	pending  *kong.Flag // its value comes next
	words    []string   // that are neither command nor flag
	verbatim bool       // no flags any more
}

func readTyped(model *kong.Application, words []string) typed {
	t := typed{node: model.Node}
	for _, w := range words {
		switch {
		case t.pending != nil:
			t.flags = append(t.flags, "--"+t.pending.Name+"="+expandHome(w))
			t.pending = nil
		case t.verbatim:
			t.words = append(t.words, w)
		case w == "--":
			t.verbatim = true
		case strings.HasPrefix(w, "--"):
			name, _, valued := strings.Cut(w[2:], "=")
			if f := flagOf(t.node, name); f != nil && !valued && !f.IsBool() {
				t.pending = f
			} else {
				t.flags = append(t.flags, w)
			}
		case strings.HasPrefix(w, "-") && len(w) > 1:
		default:
			if n := subcommand(t.node, w); n != nil && len(t.words) == 0 {
				t.node = n
				continue
			}
			t.words = append(t.words, w)
		}
	}
	return t
}

func subcommand(n *kong.Node, name string) *kong.Node {
	for _, child := range n.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// flagsAt are the flags that may be given at a node: of a command its own and
// those of the application, before one those of the default command.
func flagsAt(n *kong.Node) []*kong.Flag {
	flags := n.Flags
	if n.Parent != nil {
		flags = append(flags[:len(flags):len(flags)], n.Parent.Flags...)
	} else if n.DefaultCmd != nil {
		flags = append(flags[:len(flags):len(flags)], n.DefaultCmd.Flags...)
	}
	return flags
}

func flagOf(n *kong.Node, name string) *kong.Flag {
	for _, f := range flagsAt(n) {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (c *completeCmd[C]) candidates(in *invocation[C], line completion.Line) []candidate {
	t := readTyped(in.p.model, line.Words[1:])
	if t.pending != nil {
		return valuesOf(t.pending, "", line.Word)
	}
	if strings.HasPrefix(line.Word, "-") && !t.verbatim {
		if name, value, ok := strings.Cut(strings.TrimPrefix(line.Word, "--"), "="); ok {
			if f := flagOf(t.node, name); f != nil {
				return valuesOf(f, "--"+name+"=", value)
			}
			return nil
		}
		return flagNames(t.node)
	}
	if t.node.Parent == nil {
		if len(t.words) > 0 {
			return nil
		}
		var list []candidate
		for _, n := range t.node.Children {
			if !n.Hidden {
				list = append(list, candidate{n.Name, n.Help})
			}
		}
		return list
	}
	switch t.node.Name {
	case "tools", "call":
		if len(t.words) > 0 && t.node.Name == "tools" {
			return nil
		}
		return c.ofTools(in, t, line.Word)
	}
	if i := len(t.words); i < len(t.node.Positional) && t.node.Positional[i].Enum != "" {
		return plain(t.node.Positional[i].EnumSlice(), "")
	}
	return nil
}

func flagNames(n *kong.Node) []candidate {
	var list []candidate
	for _, f := range flagsAt(n) {
		if !f.Hidden {
			list = append(list, candidate{"--" + f.Name, f.Help})
		}
	}
	return list
}

// valuesOf are those of a flag, of which some has been typed.
func valuesOf(f *kong.Flag, prefix, typed string) []candidate {
	switch {
	case f.Enum != "":
		return plain(f.EnumSlice(), prefix)
	case f.IsBool():
		return plain([]string{"true", "false"}, prefix)
	case f.PlaceHolder == "FILE" || strings.HasSuffix(f.Name, "-file"):
		return filesAt(prefix, typed)
	case f.Name == "root":
		name, path, ok := strings.Cut(typed, "=")
		if !ok {
			return filesAt(prefix, typed)
		}
		return filesAt(prefix+name+"=", path)
	}
	return nil
}

func plain(values []string, prefix string) []candidate {
	list := make([]candidate, len(values))
	for i, v := range values {
		list[i].value = prefix + v
	}
	return list
}

// ofTools are the tools, or the arguments of the one that is chosen.
func (c *completeCmd[C]) ofTools(in *invocation[C], t typed, word string) []candidate {
	ctx, cancel := context.WithTimeout(in.ctx, completeTime)
	defer cancel()
	if w, ok := splitWord(word); ok && w.file && len(t.words) > 0 {
		return filesAt(w.key+"@", w.value)
	}
	found := make(chan []*mcp.Tool, 1)
	go func() { found <- c.list(ctx, in, t.flags) }()
	var tools []*mcp.Tool
	select {
	case tools = <-found:
	case <-ctx.Done(): // whatever opens the service goes with the process
	}
	var list []candidate
	for _, tool := range tools {
		if len(t.words) == 0 {
			about := tool.Title
			if about == "" {
				about = tool.Description
			}
			list = append(list, candidate{tool.Name, about})
		} else if tool.Name == t.words[0] {
			return argumentCandidates(tool, t.words[1:], word)
		}
	}
	return list
}

// list asks the service for its tools, with the flags that the line has for it.
func (c *completeCmd[C]) list(ctx context.Context, in *invocation[C], flags []string) []*mcp.Tool {
	var g grammar[C]
	parser, err := kong.New(&g, tagVars(), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		return nil
	}
	argv := []string{"call", "tool"}
	call := subcommand(parser.Model.Node, "call")
	for _, f := range flags {
		name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		if flagOf(call, name) != nil && name != "help" {
			argv = append(argv, f)
		}
	}
	if _, err := parser.Parse(argv); err != nil {
		return nil
	}
	quiet := *in
	quiet.ctx = ctx
	transport, here, err := g.Call.transport(&quiet)
	if err != nil {
		return nil
	}
	if here != nil {
		defer here.Close()
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "mcp-" + in.p.name, Version: Version()}, nil).Connect(ctx, transport, nil)
	if err != nil {
		return nil
	}
	defer session.Close()
	var tools []*mcp.Tool
	for t, err := range session.Tools(ctx, nil) {
		if err != nil {
			break
		}
		tools = append(tools, t)
	}
	return tools
}

// argumentCandidates are the arguments that a tool takes beside those that are
// given, or the values of the one that is typed.
func argumentCandidates(tool *mcp.Tool, given []string, typed string) []candidate {
	schema, err := argumentsOf(tool)
	if err != nil {
		return nil
	}
	if key, value, ok := strings.Cut(typed, "="); ok {
		rule := schema.Properties[key]
		prefix := key + "="
		if rule.Type.is("array") {
			prefix += value[:strings.LastIndex(value, ",")+1]
			rule = rule.item()
		}
		var list []candidate
		for _, v := range rule.Enum {
			list = append(list, candidate{value: prefix + plainJSON(v)})
		}
		if len(list) == 0 && rule.Type.is("boolean") {
			list = plain([]string{"true", "false"}, prefix)
		}
		return list
	}
	has := make(map[string]bool)
	for _, text := range given {
		if w, ok := splitWord(text); ok {
			has[w.key] = true
		}
	}
	var list []candidate
	for _, p := range propertiesOf(tool, nil) {
		if !has[p.Name] || schema.Properties[p.Name].Type.is("array") {
			about := firstSentence(p.Description)
			if p.Required {
				about = fmt.Sprintf("required: %s", about)
			}
			list = append(list, candidate{p.Name + "=", about})
		}
	}
	return list
}
