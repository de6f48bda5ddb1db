package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
)

// clients are those whose configuration the services know, by the names that
// their command config has for them.
var clients = []string{"claude-code", "cursor", "vscode", "gemini-cli", "opencode", "claude-desktop"}

// snippets is what to paste into each client, as the services themselves word it:
// their command for it, or one object with all of them for a client's file.
func snippets(ctx context.Context, bin string, parts []*part) string {
	var b strings.Builder
	for _, client := range clients {
		var lines []string
		var file string
		merged := make(map[string]any)
		for _, p := range parts {
			out, where, err := config(ctx, filepath.Join(bin, p.Command()), client, endpoint(p.Service))
			if err != nil {
				lines = append(lines, fmt.Sprintf("# %s: %v", p.Name, err))
				continue
			}
			var object map[string]any
			if json.Unmarshal(out, &object) != nil {
				lines = append(lines, strings.TrimSpace(string(out))) // a command
				continue
			}
			file = where
			merge(merged, object)
		}
		if len(merged) > 0 {
			lines = append(lines, compact(merged))
			fmt.Fprintf(&b, "%s, into %s:\n", client, file)
		} else {
			fmt.Fprintf(&b, "%s:\n", client)
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

// config is what a service says to paste, and into which file.
func config(ctx context.Context, program, client, url string) (out []byte, file string, err error) {
	cmd := exec.CommandContext(ctx, program, "config", client, "--url", url)
	var told bytes.Buffer
	cmd.Stderr = &told
	if out, err = cmd.Output(); err != nil {
		return nil, "", fmt.Errorf("config %s: %w: %s", client, err, strings.TrimSpace(told.String()))
	}
	_, file, _ = strings.Cut(strings.TrimSpace(told.String()), "# merge into ")
	return out, file, nil
}

// merge adds what from has to into, object by object.
func merge(into, from map[string]any) {
	for name, value := range from {
		have, isObject := into[name].(map[string]any)
		more, also := value.(map[string]any)
		if !isObject || !also {
			into[name] = value
			continue
		}
		have = maps.Clone(have)
		merge(have, more)
		into[name] = have
	}
}

func compact(object map[string]any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		panic("client snippet: " + err.Error()) // it was JSON before
	}
	return strings.TrimSpace(b.String())
}
