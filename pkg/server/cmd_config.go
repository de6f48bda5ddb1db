package server

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
)

type configCmd struct {
	Client string   `arg:"" enum:"${clients}" help:"The client: ${enum}."`
	URL    string   `name:"url" placeholder:"URL" help:"Connect to the service at this URL instead of starting it over stdio."`
	KeyEnv string   `placeholder:"VARIABLE" help:"With --url: send the API key that the client has in this environment variable. OAuth needs nothing here."`
	Flags  []string `arg:"" optional:"" passthrough:"" help:"Flags to start the service with, after --."`
}

func (c *configCmd) Run(p *process) error {
	flags, err := c.serviceFlags(p)
	if err != nil {
		return err
	}
	if c.KeyEnv != "" && (c.URL == "" || !safeName(c.KeyEnv)) {
		// What was given may be the key itself, so it is not repeated.
		return errors.New("--key-env: give the name of an environment variable, together with --url")
	}
	target := connect.Target{Name: p.name, URL: c.URL, KeyEnv: c.KeyEnv, Args: flags}
	if c.URL != "" {
		if len(flags) > 0 {
			return errors.New("--url: a service that runs elsewhere is not started by the client: leave out what follows --")
		}
		if _, err := serviceURL(c.URL); err != nil {
			return err
		}
	} else {
		if target.Program, err = p.lasting(); err != nil {
			return err
		}
		target.Env = p.wanted(flags)
	}
	snippet, err := connect.For(c.Client, target)
	if err != nil {
		return err
	}
	// What goes into a file is alone on stdout, so that it can be redirected, and
	// where it belongs on stderr.
	if snippet.File != "" {
		fmt.Fprintf(p.stderr, "# merge into %s\n", snippet.File)
	}
	for _, v := range target.Env {
		fmt.Fprintf(p.stderr, "# %s\n", p.hint(snippet, v))
	}
	_, err = io.WriteString(p.stdout, snippet.Text)
	return err
}

// serviceURL reads the URL of a remote service.
func serviceURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("--url %q: give the whole URL of a service, such as https://tools.example.com/mcp", clip(raw))
	}
	return u, nil
}

// safeName reports whether s can be the name of an environment variable, and is
// not a key of the fleet.
func safeName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" &&
		(s[0] < '0' || s[0] > '9') && !strings.HasPrefix(s, "mcpf_")
}

// serviceFlags returns what follows --, with which the client is to start the
// service. All that stands before it belongs to this command: what it does not
// know is a mistake.
func (c *configCmd) serviceFlags(p *process) ([]string, error) {
	if len(c.Flags) == 0 {
		return nil, nil
	}
	if first := c.Flags[0]; first != "--" {
		name, isFlag := flagName(first)
		if !isFlag {
			return nil, fmt.Errorf("%q: config takes one client; give the flags to start the service with after --", clip(first))
		}
		if near := nearest.Names(name, []string{"url", "key-env", "log-level", "log-format"}); len(near) > 0 {
			return nil, fmt.Errorf("unknown flag --%s; did you mean --%s?", clip(name), near[0])
		}
		if slices.Contains(p.serveFlags(), name) {
			return nil, fmt.Errorf("--%s is a flag of the service: give it after --, as in config %s -- --%s …", name, c.Client, name)
		}
		return nil, fmt.Errorf("unknown flag --%s; give the flags to start the service with after --", clip(name))
	}
	flags := c.Flags[1:]
	known := p.serveFlags()
	for _, f := range flags {
		name, isFlag := flagName(f)
		if !isFlag || slices.Contains(known, name) {
			continue
		}
		if near := nearest.Names(name, known); len(near) > 0 {
			return nil, fmt.Errorf("the service has no flag --%s; did you mean --%s?", clip(name), near[0])
		}
		return nil, fmt.Errorf("the service has no flag --%s: mcp-%s serve --help lists them", clip(name), p.name)
	}
	return flags, nil
}

// flagName is the name in --name and --name=value.
func flagName(arg string) (name string, isFlag bool) {
	name, isFlag = strings.CutPrefix(arg, "--")
	name, _, _ = strings.Cut(name, "=")
	return name, isFlag
}
