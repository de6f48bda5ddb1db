// Package connect writes what a client of the Model Context Protocol needs to
// reach a service: an entry of its configuration file or a command, and a link
// that installs it where the client has such links. No snippet holds a secret:
// they name environment variables, as each client writes them. Start with [For].
package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Target is a service that a client connects to: one at a URL, or a program that
// the client starts and speaks to over stdio.
type Target struct {
	// Name is what the client calls the service.
	Name string
	// URL is where the service is. It is empty for a program.
	URL string
	// KeyEnv names the client's environment variable that holds the API key for
	// URL. Empty: no key is sent, as suits OAuth.
	KeyEnv string
	// Program is started with Args when there is no URL.
	Program string
	Args    []string
	// Env are the variables that the client hands to the program.
	Env []Variable
}

// Variable is an environment variable that a program reads.
type Variable struct {
	// Name is the variable's.
	Name string
	// Optional says that the program does its work without it too.
	Optional bool
}

// Snippet is what a person gives to a client.
type Snippet struct {
	// Client is the client's name as [For] takes it, Title as people know it.
	Client, Title string
	// File is where Text is merged into. It is empty for a command.
	File string
	// Language of Text is "json" or "shell".
	Language string
	// Text ends with a line feed.
	Text string
	// Link, if the client has such links, asks it to add the service.
	Link string
}

// A client is a program that [For] writes for.
type client struct {
	name, title, file string
	// remote and local return an entry of the file, under the keys where it
	// belongs, or the words of a command.
	remote, local func(Target) (any, error)
	// link, if it is not nil, makes a link of an entry.
	link func(name string, server entry) string
}

var clients = []client{
	{"claude-desktop", "Claude Desktop", "claude_desktop_config.json", desktopRemote, desktopLocal, nil},
	{"claude-code", "Claude Code", "", claudeRemote, claudeLocal, nil},
	{"cursor", "Cursor", ".cursor/mcp.json", cursorRemote, cursorLocal, cursorLink},
	{"vscode", "VS Code", ".vscode/mcp.json", vscodeRemote, vscodeLocal, vscodeLink},
	{"gemini-cli", "Gemini CLI", ".gemini/settings.json", geminiRemote, geminiLocal, nil},
	{"opencode", "opencode", "opencode.json", opencodeRemote, opencodeLocal, nil},
	{"inspector", "MCP Inspector", "", inspectorRemote, inspectorLocal, nil},
	{"curl", "curl", "", curlRemote, curlLocal, nil},
}

// Clients lists the names that [For] takes, in the order in which people are
// shown them.
func Clients() []string {
	names := make([]string, len(clients))
	for i, c := range clients {
		names[i] = c.name
	}
	return names
}

// For returns what the client of that name needs to reach t. It is an error if
// there is no such client, if it cannot reach t, or if t is not complete.
func For(name string, t Target) (Snippet, error) {
	for _, c := range clients {
		if c.name == name {
			return c.snippet(t)
		}
	}
	return Snippet{}, fmt.Errorf("client %q: must be one of %s", name, strings.Join(Clients(), ", "))
}

func (c *client) snippet(t Target) (Snippet, error) {
	if err := t.check(); err != nil {
		return Snippet{}, err
	}
	write := c.local
	if t.URL != "" {
		write = c.remote
	}
	what, err := write(t)
	if err != nil {
		return Snippet{}, err
	}
	s := Snippet{Client: c.name, Title: c.title, File: c.file}
	switch what := what.(type) {
	case words:
		s.Language, s.Text = "shell", what.quoted()+"\n"
	case section:
		s.Language = "json"
		if s.Text, err = indented(entry{what.key: entry{t.Name: what.server}}); err != nil {
			return Snippet{}, err
		}
		if c.link != nil {
			s.Link = c.link(t.Name, what.server)
		}
	}
	return s, nil
}

func (t *Target) check() error {
	switch {
	case t.Name == "":
		return errors.New("a service without a name")
	case t.URL == "" && t.Program == "":
		return errors.New("neither a URL nor a program")
	case t.URL != "":
		if u, err := url.Parse(t.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return errors.New("not the URL of a service")
		}
	}
	return nil
}

// entry is one object of a client's configuration.
type entry map[string]any

// section is a server's entry and the key of the object that it belongs to.
type section struct {
	key    string
	server entry
}

func indented(e entry) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(e)
	return b.String(), err
}

// words are those of a command.
type words []string

// quoted joins the words so that a shell takes them apart again. What is to be
// expanded by the shell is not among them: see [shell].
func (w words) quoted() string {
	out := make([]string, len(w))
	for i, word := range w {
		var ready bool
		if out[i], ready = strings.CutPrefix(word, shell); !ready {
			out[i] = Quote(word)
		}
	}
	return strings.Join(out, " ")
}

// shell begins a word that is shell already.
const shell = "\x00"

// Quote writes a word so that a shell reads it as it is.
func Quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
