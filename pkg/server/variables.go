package server

import (
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
)

// warnUnknownVariables reports variables that no flag reads: those that begin
// with MCP_, and of the service's own those that look like a mistake. They are not
// fatal: hosts and clusters set some that are not ours.
func warnUnknownVariables(p *process) {
	const shared = "MCP_"
	own := strings.ToUpper(p.name) + "_"
	known := variables(p.model)
	for _, kv := range p.environ {
		name, _, _ := strings.Cut(kv, "=")
		if slices.Contains(known, name) {
			continue
		}
		switch {
		case strings.HasPrefix(name, shared):
			if near := nearest.Names(name, known); len(near) > 0 {
				p.log.Warn("unknown environment variable", "name", name, "did_you_mean", near[0])
			} else {
				p.log.Warn("unknown environment variable", "name", name)
			}
		case strings.HasPrefix(name, own):
			if near := nearOwn(name, own, known); near != "" {
				p.log.Warn("unknown environment variable", "name", name, "did_you_mean", near)
			}
		}
	}
}

// nearOwn returns the variable of the service that name is a misspelling of, or
// "". What all of them begin with makes none of them alike.
func nearOwn(name, own string, known []string) string {
	rest := strings.TrimPrefix(name, own)
	var names []string
	for _, k := range known {
		if k, ok := strings.CutPrefix(k, own); ok {
			if k == rest+"S" || rest == k+"S" { // in a short name too
				return own + k
			}
			names = append(names, k)
		}
	}
	if near := nearest.Names(rest, names); len(near) > 0 {
		return own + near[0]
	}
	return ""
}
