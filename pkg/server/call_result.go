package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/display"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// outcome is a tool's result, and what it is the answer to.
type outcome struct {
	*mcp.CallToolResult
	tool       *mcp.Tool
	properties []Property
}

// print prints a result in the form that was asked for. file has its first image,
// or is "".
func (c *callCmd[C]) print(p *process, a outcome, file string) error {
	out := terminal.For(p.stdout, p.environ)
	switch {
	case c.JSON || c.Format == "json":
		return printJSON(p.stdout, a.CallToolResult)
	case a.IsError:
		c.printFailure(p, a)
		return nil
	case c.Format == "table" || c.Format == "auto" && out.Terminal:
		return p.printForPeople(out, a, file)
	}
	return printBlocks(out, a.Content, file)
}

// printBlocks prints blocks: text as it is, and of others that they are there, and
// in which file if there is one. A terminal gets nothing that it would obey.
func printBlocks(out terminal.Screen, blocks []mcp.Content, file string) error {
	for _, block := range blocks {
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
		if out.Terminal {
			line = terminal.Clean(line)
		}
		if _, err := fmt.Fprintln(out, strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// printForPeople prints a record as lines and tables. Of a text, what is said
// beside it is faint and below it.
func (p *process) printForPeople(out terminal.Screen, a outcome, file string) error {
	blocks := a.Content
	record, beside := recordOf(a.CallToolResult)
	next, omit := p.next(a, record)
	switch {
	case record != nil && !beside:
		text, cut, err := display.Record(out, record, omit...)
		if err != nil {
			break // as it is
		}
		if cut {
			text += "\n" + out.Paint(terminal.Faint, "What ends in "+out.Ellipsis()+" does not fit; --json has all of it.") + "\n"
		}
		if _, err := fmt.Fprint(out, text); err != nil {
			return err
		}
		if len(blocks) > 0 {
			blocks = blocks[1:]
		}
	case record != nil:
		if err := printBlocks(out, blocks[:1], file); err != nil {
			return err
		}
		if line := display.Compact(record, omit...); line != "" {
			for _, l := range terminal.Wrap(line, out.Columns) {
				fmt.Fprintln(out, out.Paint(terminal.Faint, l))
			}
		}
		blocks = blocks[2:]
	}
	if err := printBlocks(out, blocks, file); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s %s\n", out.Paint(terminal.Faint, "There is more:"), out.Paint(terminal.Option, next))
	return err
}

// recordOf returns the record of a result, or with beside what is said beside its
// text. Of a record the text is taken: it has its members in their order.
func recordOf(res *mcp.CallToolResult) (record json.RawMessage, beside bool) {
	block := func(i int) json.RawMessage {
		if i < len(res.Content) {
			if t, ok := res.Content[i].(*mcp.TextContent); ok && json.Valid([]byte(t.Text)) {
				return json.RawMessage(t.Text)
			}
		}
		return nil
	}
	if res.StructuredContent != nil {
		return block(0), false
	}
	if raw := block(1); raw != nil && strings.HasPrefix(string(raw), "{") {
		if _, ok := res.Content[0].(*mcp.TextContent); ok {
			return raw, true
		}
	}
	return nil, false
}

// next is the command that goes on where a result ends, and the members of the
// record that it stands for. It is "" at the end.
func (p *process) next(a outcome, record json.RawMessage) (command string, omit []string) {
	var more struct {
		NextCursor string                     `json:"next_cursor"`
		Next       map[string]json.RawMessage `json:"next"`
	}
	// What has another type is not what is looked for.
	_ = json.Unmarshal(record, &more)
	change := more.Next
	omit = []string{"next"}
	if more.NextCursor != "" {
		change = map[string]json.RawMessage{"cursor": nil}
		omit = []string{"next_cursor"}
	}
	if len(change) == 0 || len(p.argv) == 0 {
		return "", nil
	}
	words := []string{"mcp-" + p.name}
	for _, w := range p.argv {
		arg, ok := splitWord(w)
		if _, changed := change[arg.key]; ok && changed && !strings.HasPrefix(w, "-") {
			continue
		}
		words = append(words, connect.Quote(w))
	}
	for _, property := range a.properties { // in their order
		raw, ok := change[property.Name]
		if !ok {
			continue
		}
		value := more.NextCursor
		if raw != nil {
			value = plainJSON(raw)
		}
		words = append(words, connect.Quote(property.Name+"="+value))
		delete(change, property.Name)
	}
	if len(change) > 0 { // the tool does not take it
		return "", nil
	}
	return terminal.Line(strings.Join(words, " ")), omit
}

// toolFailure is what a tool of the fleet fails with; see [toolerr.Payload].
type toolFailure struct {
	Error struct {
		Code        toolerr.Code    `json:"code"`
		Message     string          `json:"message"`
		Retryable   bool            `json:"retryable"`
		RetryAfter  int64           `json:"retry_after_seconds"`
		Correlation string          `json:"correlation_id"`
		Details     json.RawMessage `json:"details"`
	} `json:"error"`
}

// readFailure reads a result that says that the tool failed.
func readFailure(res *mcp.CallToolResult) (f toolFailure, ok bool) {
	if len(res.Content) != 1 {
		return f, false
	}
	t, ok := res.Content[0].(*mcp.TextContent)
	return f, ok && json.Unmarshal([]byte(t.Text), &f) == nil && f.Error.Code != "" && f.Error.Message != ""
}

// printFailure prints why a tool failed: to a person in words and with what to do,
// else as the tool says it.
func (c *callCmd[C]) printFailure(p *process, a outcome) {
	out := terminal.For(p.stderr, p.environ)
	f, ok := readFailure(a.CallToolResult)
	if !ok || c.Format == "text" || c.Format == "auto" && !out.Terminal {
		_ = printBlocks(out, a.Content, "")
		return
	}
	code := terminal.Line(string(f.Error.Code))
	said := strings.Join(terminal.Wrap(code+" "+terminal.Clean(f.Error.Message), out.Columns-2), "\n  ")
	fmt.Fprintln(out, out.Paint(terminal.Bad, code)+strings.TrimPrefix(said, code))
	var details struct {
		Arguments []struct{ Name string }
		SignIn    bool   `json:"auth_required"`
		URL       string `json:"url"`
	}
	// What has another type is shown with the others.
	_ = json.Unmarshal(f.Error.Details, &details)
	narrow := out
	narrow.Columns -= 2
	if text, _, err := display.Record(narrow, f.Error.Details, "reason", "arguments", "auth_required"); err == nil {
		for line := range strings.Lines(text) {
			fmt.Fprint(out, "  "+line)
		}
	}
	if advice := c.advice(p, f, details.SignIn, details.URL); advice != "" {
		fmt.Fprint(out, out.Symbol("→", "->")+" ")
		printIndented(out, terminal.Line(advice), 2)
	}
	if f.Error.Code == toolerr.InvalidInput && len(details.Arguments) > 0 {
		printUsage(out, "mcp-"+p.name, a.tool, a.properties)
	}
}

// advice is what to do about a failure, where its message cannot say it.
func (c *callCmd[C]) advice(p *process, f toolFailure, signIn bool, url string) string {
	code := f.Error.Code
	switch {
	case f.Error.RetryAfter > 0:
		return fmt.Sprintf("try again in %d seconds", f.Error.RetryAfter)
	case f.Error.Retryable:
		return "the same call may succeed later"
	case signIn && url != "":
		return "open " + url + " and sign in, then call again"
	case code == toolerr.AuthenticationFailed && c.URL == "":
		return "mcp-" + p.name + " doctor says which credential is missing or refused"
	case f.Error.Correlation != "":
		return "the log of the service says more at " + f.Error.Correlation
	case code == toolerr.PermissionDenied && c.URL == "" && slices.Contains(p.argv, "--read-only"):
		return "leave out --read-only"
	}
	return ""
}
