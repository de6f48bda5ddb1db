package server

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
)

type configCmd struct {
	Client string   `arg:"" enum:"${clients}" help:"The client: ${enum}."`
	URL    string   `name:"url" placeholder:"URL" help:"Connect to the service at this URL instead of starting it over stdio."`
	KeyEnv string   `placeholder:"VARIABLE" help:"With --url: send the API key that the client has in this environment variable. OAuth needs nothing here."`
	Flags  []string `arg:"" optional:"" passthrough:"" help:"Flags to start the service with, after --."`
}

func (c *configCmd) Run(p *process) error {
	flags := slices.DeleteFunc(slices.Clone(c.Flags), func(f string) bool { return f == "--" })
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
		program, err := os.Executable()
		if err != nil {
			return err
		}
		target.Program = program
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
