package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
)

type keygenCmd struct {
	Name   string   `arg:"" help:"The name of the key in logs: 1 to 64 letters, digits, ., - and _"`
	Scopes []string `placeholder:"SCOPE" help:"What the key may do: scopes such as files:read, or tools, resources, prompts, admin, *; separated by commas."`
	JSON   bool     `name:"json" help:"Print name, key and line as JSON."`
	Append string   `placeholder:"FILE" help:"Add the line to this keys file, which is made if there is none, and print the key only."`
}

// Validate says what to write where kong would name the flag only.
func (c *keygenCmd) Validate(k *kong.Context) error {
	if len(c.Scopes) > 0 {
		return nil
	}
	return fmt.Errorf("say what the key may do, such as keygen ci --scopes SCOPE; %s tools lists the scopes", k.Model.Name)
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
	for _, s := range scopes {
		if n := noteOn(s, p.name); n != "" {
			fmt.Fprintf(p.stderr, "note: %s: %s; mcp-%s tools lists the scopes\n", s, n, p.name)
		}
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

// levels are those that the services of the fleet have, and what stands for all.
var levels = []string{"read", "write", "admin", "*"}

// noteOn says what looks like a mistake in a scope, "" if nothing does. It is
// not an error: a keys file may serve several services.
func noteOn(scope, service string) string {
	of, level, ok := strings.Cut(scope, ":")
	switch {
	case !ok: // a permission
		return ""
	case of != service && nearest.Names(of, []string{service}) != nil:
		return fmt.Sprintf("the scopes of %s begin with %s:", service, service)
	case !slices.Contains(levels, level):
		return "this is no usual level; the usual ones are " + strings.Join(levels, ", ")
	}
	return ""
}
