package github

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// everybody stands for all owners that have no token of their own.
	everybody = "*"
	// maxTokens bounds a file of tokens, in bytes.
	maxTokens = 1 << 20
)

// tokens are personal access tokens by owner. They may be replaced at any time.
type tokens struct {
	from    string // the setting
	byOwner atomic.Pointer[map[string]upstream.Credential]
}

func newTokens(from string, byOwner map[string]string) *tokens {
	t := &tokens{from: from}
	t.set(byOwner)
	return t
}

func (t *tokens) set(byOwner map[string]string) {
	m := make(map[string]upstream.Credential, len(byOwner))
	for owner, token := range byOwner {
		m[owner] = upstream.Bearer(token)
	}
	t.byOwner.Store(&m)
}

// has reports whether an owner has a token of their own.
func (t *tokens) has(owner string) bool {
	_, ok := (*t.byOwner.Load())[strings.ToLower(owner)]
	return ok
}

// of returns the token for what owner has; "" is nobody in particular.
func (t *tokens) of(owner string) (upstream.Credential, bool) {
	m := *t.byOwner.Load()
	if c, ok := m[strings.ToLower(owner)]; ok {
		return c, true
	}
	c, ok := m[everybody]
	if !ok && owner == "" && len(m) == 1 {
		for _, c = range m {
			return c, true
		}
	}
	return c, ok
}

// follow reads tokens from a file, now and whenever it changes.
func (a *access) follow(flag, path string, parse func(string) (map[string]string, error)) error {
	t := &tokens{from: flag}
	f, err := follow.Open(path, maxTokens, a.log, func(content []byte) error {
		m, err := parse(string(content))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		t.set(m)
		a.log.Info("tokens for GitHub are in force", "file", path, "tokens", len(m))
		signin.WarnExposed(a.log, path)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	a.files, a.tokens = append(a.files, f), t
	return nil
}

// parseToken reads a file with one token for everything.
func parseToken(content string) (map[string]string, error) {
	token := strings.TrimSpace(content)
	return map[string]string{everybody: token}, checkToken(token)
}

// parseTokens reads a file of lines owner=token.
func parseTokens(content string) (map[string]string, error) {
	m := make(map[string]string)
	n := 0
	for line := range strings.Lines(content) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		owner, token, ok := strings.Cut(line, "=")
		owner, token = strings.ToLower(strings.TrimSpace(owner)), strings.TrimSpace(token)
		if !ok || owner != everybody && !ownerRule.MatchString(owner) {
			return nil, fmt.Errorf("line %d: write owner=token, with a login or * for the owner", n)
		}
		if err := checkToken(token); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if _, twice := m[owner]; twice {
			return nil, fmt.Errorf("line %d: there is a token for %s already", n, owner)
		}
		m[owner] = token
	}
	if len(m) == 0 {
		return nil, errors.New("there is no token in it: write owner=token, one a line")
	}
	return m, nil
}

// checkToken returns what is wrong with a token, without repeating it.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("the token is empty")
	case len(token) > 4<<10 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("that is no token, which is given alone, without spaces and other lines")
	}
	return nil
}
