package slack

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// maxPatterns bounds the patterns of a flag.
const maxPatterns = 1000

// policy is what the operator allows, of what the tokens may do. It is asked about
// channels, never about the words that named them.
type policy struct {
	allow, deny, write []string // patterns in lower case
	dms, external      bool
	massMentions       bool
	images             bool
	autoJoin           bool
}

// extraTools are those that are offered only where the operator wants them.
var extraTools = [...]string{"list_unreads", "list_user_groups", "mark_read"}

func (c Config) policy() (*policy, error) {
	p := &policy{dms: c.AllowDMs, external: c.AllowExternal, massMentions: c.AllowMassMentions, images: c.AllowImageURLs, autoJoin: c.AutoJoin}
	var err error
	for _, f := range []struct {
		flag string
		from []string
		to   *[]string
	}{{"--allow-channels", c.AllowChannels, &p.allow}, {"--deny-channels", c.DenyChannels, &p.deny}, {"--write-channels", c.WriteChannels, &p.write}} {
		if *f.to, err = patterns(f.flag, f.from); err != nil {
			return nil, err
		}
	}
	for _, name := range c.ExtraTools {
		if !slices.Contains(extraTools[:], name) {
			return nil, fmt.Errorf("--extra-tools %q: there are %s", name, strings.Join(extraTools[:], ", "))
		}
	}
	return p, nil
}

// patterns are those of a flag as they are compared: in lower case, as channels'
// names are, and without #.
func patterns(flag string, list []string) ([]string, error) {
	if len(list) > maxPatterns {
		return nil, fmt.Errorf("%s: %d patterns are too many, give at most %d", flag, len(list), maxPatterns)
	}
	all := make([]string, len(list))
	for i, raw := range list {
		p := foldedName(strings.TrimPrefix(strings.TrimSpace(raw), "#"))
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return nil, fmt.Errorf("%s %q: give a name or an id of a channel, where * stands for any letters, as team-* or C0123ABCD", flag, raw)
		}
		all[i] = p
	}
	return all, nil
}

// offers reports whether the operator wants one of the extra tools.
func (c Config) offers(tool string) bool { return slices.Contains(c.ExtraTools, tool) }

// all reports whether everything that the tokens see may be read, so that nobody
// needs to look.
func (p *policy) all() bool { return len(p.allow)+len(p.deny) == 0 && p.dms }

// readable returns why a channel may not be read, nil if it may. The error is that
// of a channel which does not exist.
func (p *policy) readable(ch api.Channel) error {
	switch {
	case ch.Direct && !p.dms:
		return noDMs()
	case ch.Group && !p.dms, matches(p.deny, ch), len(p.allow) > 0 && !matches(p.allow, ch):
		return noChannel(ch.ID)
	}
	return nil
}

// writable returns why a channel may not be written to, nil if it may.
func (p *policy) writable(ch api.Channel) error {
	if err := p.readable(ch); err != nil {
		return err
	}
	switch {
	case len(p.write) > 0 && !matches(p.write, ch):
		return toolerr.New(toolerr.PermissionDenied, "channel %s may be read but not written to: whoever operates this service allows it with --write-channels", called(ch))
	case ch.External && !p.external:
		return toolerr.New(toolerr.PermissionDenied, "channel %s is shared with another organization and is not written to: whoever operates this service allows it with --allow-external", called(ch))
	}
	return nil
}

// matches reports whether one of the patterns is about a channel.
func matches(list []string, ch api.Channel) bool {
	id, name := strings.ToLower(ch.ID), foldedName(ch.Name)
	return slices.ContainsFunc(list, func(p string) bool {
		byID, _ := path.Match(p, id)
		byName, _ := path.Match(p, name)
		return byID || byName && name != ""
	})
}

// foldedName is a name as patterns are compared with it: an accent is the same
// written as one character or as two.
func foldedName(name string) string { return norm.NFC.String(strings.ToLower(name)) }

// called is a channel's name for people.
func called(ch api.Channel) string {
	if ch.Name == "" {
		return ch.ID
	}
	return "#" + ch.Name
}

func noChannel(name string) error {
	return toolerr.New(toolerr.ResourceNotFound, "channel %s: none is visible here", name)
}

func noDMs() error {
	return toolerr.New(toolerr.PermissionDenied, "direct messages are neither read nor written here: whoever operates this service allows it with --allow-dms")
}
