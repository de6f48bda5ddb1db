package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
)

const description = "api.github.com.json"

// examples are those of GitHub's description of its API, by name.
type examples map[string]struct {
	Value json.RawMessage `json:"value"`
}

// install returns the examples of the description that peers/github locks.
func install(ctx context.Context) (examples, string, error) {
	dir, versions, err := child.InstallNode(ctx, "peers/github")
	if err != nil {
		return nil, "", err
	}
	const name = "@octokit/openapi"
	generated := filepath.Join(dir, "node_modules", filepath.FromSlash(name), "generated")
	files, err := os.ReadDir(generated)
	if err != nil {
		return nil, "", err
	}
	for _, f := range files { // the descriptions of GitHub's other products have 370 MB
		if f.Name() == description {
			continue
		}
		if err := os.Remove(filepath.Join(generated, f.Name())); err != nil {
			return nil, "", err
		}
	}
	text, err := os.ReadFile(filepath.Join(generated, description))
	if err != nil {
		return nil, "", err
	}
	var doc struct {
		Components struct {
			Examples examples `json:"examples"`
		} `json:"components"`
	}
	err = json.Unmarshal(text, &doc)
	return doc.Components.Examples, versions[name], err
}

// object is a JSON object that is made from an example.
type object map[string]any

// one returns the example of an object, the first element of a list, or of the
// list in a member.
func (e examples) one(name, member string) (object, error) {
	var v any
	if err := json.Unmarshal(e[name].Value, &v); err != nil {
		return nil, fmt.Errorf("the example %q: %w", name, err)
	}
	if m, ok := v.(map[string]any); ok && member != "" {
		v = m[member]
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the example %q has no object", name)
	}
	return m, nil
}

// times returns n copies of an object, each with what change makes of it.
func times(o object, n int, change func(i int, o object)) []object {
	list := make([]object, n)
	for i := range list {
		text, _ := json.Marshal(o) // it was read from JSON
		_ = json.Unmarshal(text, &list[i])
		change(i, list[i])
	}
	return list
}
