package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

// propertiesOf lists the arguments of a tool: as its service has them, or of one
// that is elsewhere the required ones first.
func propertiesOf(tool *mcp.Tool, here *Server) []Property {
	if here != nil {
		if t := here.reg.tools[tool.Name]; t != nil && t.input != nil {
			return t.input.Properties()
		}
	}
	schema, err := argumentsOf(tool)
	if err != nil {
		return nil
	}
	var list []Property
	for name, rule := range schema.Properties {
		p := Property{Name: name, Type: strings.Join(rule.Type, " or "), Description: rule.Description, Required: slices.Contains(schema.Required, name)}
		p.Items = strings.Join(rule.item().Type, " or ")
		for _, v := range rule.Enum {
			p.Enum = append(p.Enum, plainJSON(v))
		}
		if rule.Default != nil {
			p.Default = plainJSON(rule.Default)
		}
		list = append(list, p)
	}
	place := func(p Property) int {
		if i := slices.Index(schema.Required, p.Name); i >= 0 {
			return i
		}
		return len(schema.Required)
	}
	slices.SortFunc(list, func(a, b Property) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// plainJSON is a value as it is written on a command line.
func plainJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// printUsage says how to call a tool, for whoever called it with what it does not
// take.
func printUsage(s terminal.Screen, program string, tool *mcp.Tool, properties []Property) {
	var words []string
	for _, p := range properties {
		if word := p.Name + "=" + placeholder(p); p.Required {
			words = append(words, word)
		} else {
			words = append(words, "["+word+"]")
		}
	}
	usage := program + " call " + tool.Name
	fmt.Fprintf(s, "\n%s\n", s.Paint(terminal.Heading, "Usage:"))
	for i, line := range terminal.Wrap(terminal.Line(usage+" "+strings.Join(words, " ")), s.Columns-4) {
		fmt.Fprintf(s, "%s%s\n", strings.Repeat(" ", 2+2*min(i, 1)), line)
	}
	if len(properties) > 0 {
		fmt.Fprintf(s, "\n%s\n", s.Paint(terminal.Heading, "Arguments:"))
	}
	wide := 0
	for _, p := range properties {
		wide = max(wide, min(24, terminal.Width(terminal.Line(p.Name))))
	}
	for _, p := range properties {
		name := s.Cut(terminal.Line(p.Name), 24)
		fmt.Fprintf(s, "  %s", s.Paint(terminal.Option, name))
		about := terminal.Clean(describe(p))
		if about == "" {
			fmt.Fprintln(s)
			continue
		}
		fmt.Fprint(s, strings.Repeat(" ", wide-terminal.Width(name)+2))
		printIndented(s, about, wide+4)
	}
	if e := example(tool, properties); e != "" {
		fmt.Fprintf(s, "\n%s\n  %s\n", s.Paint(terminal.Heading, "Example:"), s.Paint(terminal.Option, terminal.Line(usage+" "+e)))
	}
}

// printIndented writes text whose first line has begun.
func printIndented(s terminal.Screen, text string, indent int) {
	for i, line := range terminal.Wrap(text, s.Columns-indent) {
		if i > 0 {
			fmt.Fprint(s, strings.Repeat(" ", indent))
		}
		fmt.Fprintln(s, line)
	}
}

// describe is a sentence or two on an argument.
func describe(p Property) string {
	notes := []string{}
	if p.Required {
		notes = append(notes, "required")
	} else if p.Default != "" {
		notes = append(notes, "default "+p.Default)
	}
	if p.Type != "" && p.Type != "string" {
		notes = append(notes, p.Type)
	}
	text := p.Description
	if len(p.Enum) > 0 {
		text = strings.TrimSpace(text + "\nOne of: " + strings.Join(p.Enum, ", "))
	}
	switch {
	case len(notes) == 0:
		return text
	case text == "":
		return "(" + strings.Join(notes, ", ") + ")"
	}
	return "(" + strings.Join(notes, ", ") + ") " + text
}

// placeholder stands for the value of an argument.
func placeholder(p Property) string {
	switch {
	case len(p.Enum) > 0 && len(p.Enum) <= 4 && p.Type != "array":
		return strings.Join(p.Enum, "|")
	case p.Type == "boolean":
		return "true|false"
	case p.Type == "integer" || p.Type == "number":
		return "N"
	case p.Type == "object", p.Type == "array" && (p.Items == "object" || p.Items == "array"):
		return "JSON"
	case p.Type == "array":
		return "A,B"
	}
	return "TEXT"
}

// example is the arguments of a call: those of the example in the description of
// the tool, and among them what the required ones may be that it leaves out.
func example(tool *mcp.Tool, properties []Property) string {
	described := describedExample(tool.Description, properties)
	reads := tool.Annotations != nil && tool.Annotations.ReadOnlyHint
	var words []string
	for _, p := range properties {
		value, ok := described[p.Name]
		if !ok && !p.Required {
			continue
		}
		switch {
		case ok:
		case p.Example != "" && reads:
			value = p.Example
		case len(p.Enum) > 0:
			value = p.Enum[0]
		case p.Type == "boolean":
			value = "true"
		case p.Type == "integer" || p.Type == "number":
			value = "1"
		case p.Type == "object":
			value = "{}"
		default:
			value = "…"
		}
		words = append(words, connect.Quote(p.Name+"="+value))
	}
	return strings.Join(words, " ")
}

// describedExample finds the JSON after "Example:" in a description, and returns
// its values as a command line has them. It is nil if it is not this tool's.
func describedExample(description string, properties []Property) map[string]string {
	_, after, ok := strings.Cut(description, "Example:")
	if !ok {
		return nil
	}
	var arguments map[string]json.RawMessage
	if json.NewDecoder(strings.NewReader(after)).Decode(&arguments) != nil {
		return nil
	}
	values := make(map[string]string)
	for name, raw := range arguments {
		if !slices.ContainsFunc(properties, func(p Property) bool { return p.Name == name }) {
			return nil
		}
		values[name] = plainJSON(raw)
	}
	return values
}
