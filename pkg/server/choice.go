package server

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
)

// choice is which of a service's tools an operator offers.
type choice struct {
	readOnly      bool
	only, exclude []string
}

func newChoice(cfg Config) (choice, error) {
	for _, f := range []struct {
		flag  string
		names []string
	}{{"--tools", cfg.Tools}, {"--exclude-tools", cfg.ExcludeTools}} {
		for _, n := range f.names {
			if _, err := path.Match(n, ""); err != nil || n == "" {
				return choice{}, fmt.Errorf("%s %q: give the name of a tool; * stands for any letters", f.flag, n)
			}
		}
	}
	return choice{cfg.ReadOnly, cfg.Tools, cfg.ExcludeTools}, nil
}

// ReadOnly reports whether the operator offers only tools that change nothing.
// Then a service should change nothing of its own accord either.
func (r *Registry) ReadOnly() bool { return r.choice.readOnly }

// leavesOut returns why t is not offered, "" if it is.
func (c choice) leavesOut(t *tool) string {
	names := append([]string{t.def.Name}, t.aliases...)
	switch {
	case c.readOnly && t.writes:
		return "this server is read-only (--read-only)"
	case matchAny(c.exclude, names):
		return "its operator switched it off (--exclude-tools)"
	case len(c.only) > 0 && !matchAny(c.only, names):
		return "its operator offers other tools only (--tools)"
	}
	return ""
}

func matchAny(patterns, names []string) bool {
	for _, p := range patterns {
		for _, n := range names {
			// The patterns were checked.
			if ok, _ := path.Match(p, n); ok {
				return true
			}
		}
	}
	return false
}

// checkChoice returns an error if a name in the choice fits no tool, which is a
// mistake that would offer too much or too little.
func (r *Registry) checkChoice() error {
	known := slices.Collect(maps.Keys(r.off))
	for name, t := range r.tools {
		known = append(append(known, name), t.aliases...)
	}
	slices.Sort(known)
	for _, p := range slices.Concat(r.choice.only, r.choice.exclude) {
		if matchAny([]string{p}, known) || r.dynamic {
			continue
		}
		if near := nearest.Names(p, known); len(near) > 0 {
			return fmt.Errorf("--tools or --exclude-tools: no tool fits %q; did you mean %s?", p, strings.Join(near, " or "))
		}
		return fmt.Errorf("--tools or --exclude-tools: no tool fits %q; there are: %s", p, strings.Join(known, ", "))
	}
	if len(r.tools) == 0 && len(r.off) > 0 {
		return fmt.Errorf("--read-only, --tools and --exclude-tools leave no tool to offer")
	}
	return nil
}
