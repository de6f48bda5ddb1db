package server

import (
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

type keygenCmd struct {
	Name   string   `arg:"" help:"The name of the key in logs: 1 to 64 letters, digits, ., - and _"`
	Scopes []string `required:"" placeholder:"SCOPE" help:"What the key may do: scopes such as files:read, or tools, resources, prompts, admin, *; separated by commas."`
	JSON   bool     `name:"json" help:"Print name, key and line as JSON."`
	Append string   `placeholder:"FILE" help:"Add the line to this keys file, which is made if there is none, and print the key only."`
}

func (c *keygenCmd) Run(p *process) error {
	scopes := make([]string, len(c.Scopes))
	for i, s := range c.Scopes {
		scopes[i] = strings.TrimSpace(s)
	}
	key, line, err := auth.NewKey(c.Name, scopes)
	if err != nil {
		return err
	}
	if c.Append != "" {
		if err := auth.AppendKey(c.Append, line); err != nil {
			return fmt.Errorf("--append: %w", err)
		}
	}
	if c.JSON {
		return printJSON(p.stdout, struct {
			Name string `json:"name"`
			Key  string `json:"key"`
			Line string `json:"line"`
		}{c.Name, key, line})
	}
	// The key alone is on stdout, so that it can be redirected into a file.
	if _, err := fmt.Fprintln(p.stdout, key); err != nil {
		return err
	}
	if c.Append != "" {
		return nil
	}
	_, err = fmt.Fprintf(p.stderr, `# The key is on standard output. It is not kept anywhere: give it to the client,
# which sends it as the header "Authorization: Bearer KEY".
# This line lets it in. Add it to the file at --api-keys-file; the key cannot be
# found from it:
%s
`, line)
	return err
}
