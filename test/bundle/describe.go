package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// description is what a service says of itself.
type description struct {
	title, sentence, instructions string
	tools                         []tool
	prompts                       bool
	settings                      []setting
}

type tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// setting is what a person is asked for: a variable of the service.
type setting struct {
	// Env is the variable.
	Env string `json:"env"`
	// Title is its name in a form, and Description what to give; the help of the
	// service's flag is that if there is none.
	Title       string `json:"title"`
	Description string `json:"description"`
	// Type is that of the form's field: string, directory, file or boolean.
	Type     string `json:"type"`
	Required bool   `json:"required"`

	secret bool
}

// flagInfo is what a service says of a flag.
type flagInfo struct {
	Env    []string `json:"env"`
	Help   string   `json:"help"`
	Secret bool     `json:"secret"`
}

// inspect asks a service's program what it is.
func inspect(ctx context.Context, root, program string, s fleet.Service) (*description, error) {
	d := &description{}
	readme, err := os.ReadFile(filepath.Join(root, "services", s.Name, "README.md"))
	if err != nil {
		return nil, err
	}
	paragraphs := strings.SplitN(string(readme), "\n\n", 3)
	if len(paragraphs) < 3 {
		return nil, errors.New("its README has no sentence on what it is")
	}
	d.sentence = strings.Join(strings.Fields(paragraphs[1]), " ")
	if err := d.ask(ctx, program); err != nil {
		return nil, err
	}
	var flags []flagInfo
	out, err := exec.CommandContext(ctx, program, "flags", "--all").Output()
	if err == nil {
		err = json.Unmarshal(out, &flags)
	}
	if err != nil {
		return nil, fmt.Errorf("flags: %w", err)
	}
	d.settings, err = settings(filepath.Join(root, "services", s.Name, "desktop.json"), flags)
	return d, err
}

// ask begins a session with the program, without any setting, and has it tell its
// title and what it offers.
func (d *description) ask(ctx context.Context, program string) error {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = []string{} // what it offers must not depend on whose machine this is
	session, err := mcp.NewClient(&mcp.Implementation{Name: "bundle", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	told := session.InitializeResult()
	d.title, d.instructions = told.ServerInfo.Title, told.Instructions
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	for _, t := range tools.Tools {
		d.tools = append(d.tools, tool{t.Name, t.Description})
	}
	if told.Capabilities.Prompts != nil {
		prompts, err := session.ListPrompts(ctx, nil)
		if err != nil {
			return err
		}
		d.prompts = len(prompts.Prompts) > 0
	}
	return nil
}

// settings reads a service's desktop.json, which it may lack, and holds it to the
// service's flags: a variable that is none of them would have no effect, and a
// secret is one whoever wrote the file.
func settings(path string, flags []flagInfo) ([]setting, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []setting
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, s := range list {
		j := slices.IndexFunc(flags, func(f flagInfo) bool { return slices.Contains(f.Env, s.Env) })
		if j < 0 {
			return nil, fmt.Errorf("%s: the service reads no variable %q", path, s.Env)
		}
		if s.Title == "" || !slices.Contains([]string{"string", "directory", "file", "boolean"}, s.Type) {
			return nil, fmt.Errorf("%s: %s: give a title, and as type string, directory, file or boolean", path, s.Env)
		}
		list[i].secret = flags[j].Secret
		if s.Description == "" {
			list[i].Description = flags[j].Help
		}
	}
	return list, nil
}

// key is a setting's name in a manifest: github_token.
func (s setting) key() string { return strings.ToLower(s.Env) }

// repository is where the fleet is.
const repository = "https://" + fleet.Module

type object = map[string]any

// entryPoint is the program in a bundle.
func entryPoint(s fleet.Service, p platform) string {
	if p.os == "windows" {
		return "server/" + s.Command() + ".exe"
	}
	return "server/" + s.Command()
}

// manifest is manifest.json of a bundle. What is not set is "", which a service
// takes for nothing: without a default a client would hand it the placeholder.
func (d *description) manifest(s fleet.Service, version string, p platform) object {
	env, form := object{}, object{}
	for _, set := range d.settings {
		env[set.Env] = "${user_config." + set.key() + "}"
		field := object{"type": set.Type, "title": set.Title, "description": set.Description, "required": set.Required}
		if set.secret {
			field["sensitive"] = true
		}
		switch {
		case set.Type == "boolean":
			field["default"] = false
		case !set.Required:
			field["default"] = ""
		}
		form[set.key()] = field
	}
	system := p.os
	if system == "windows" {
		system = "win32"
	}
	m := object{
		"manifest_version": "0.3", "name": s.Command(), "display_name": d.title, "version": version,
		"description": d.sentence, "long_description": d.instructions,
		"author": object{"name": "mcp-fleet", "url": repository}, "repository": object{"type": "git", "url": repository},
		"documentation": repository + "/tree/main/services/" + s.Name, "support": repository + "/issues", "license": "Apache-2.0",
		"keywords": []string{s.Name, "mcp"}, "tools": d.tools, "tools_generated": len(d.settings) > 0,
		"server": object{"type": "binary", "entry_point": entryPoint(s, p),
			"mcp_config": object{"command": "${__dirname}/" + entryPoint(s, p), "args": []string{}, "env": env}},
		"compatibility": object{"platforms": []string{system}},
	}
	if d.prompts {
		// A list of them would need their texts, which depend on their arguments.
		m["prompts_generated"] = true
	}
	if len(form) > 0 {
		m["user_config"] = form
	}
	return m
}

// schema is that of server.json, and longest what it allows of a description.
const (
	schema  = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
	longest = 100
)

// registry is server.json: the image and the bundles. There are no remotes, since
// nobody hosts the fleet for others.
func (d *description) registry(s fleet.Service, version string, bundles []bundle) object {
	variables := []any{}
	for _, set := range d.settings {
		v := object{"name": set.Env, "description": set.Description, "isRequired": set.Required, "isSecret": set.secret}
		switch set.Type {
		case "boolean":
			v["format"] = "boolean"
		case "directory", "file":
			v["format"] = "filepath"
		}
		variables = append(variables, v)
	}
	stdio := object{"type": "stdio"}
	packages := []any{object{"registryType": "oci", "identifier": "ghcr.io/mcpfleet/" + s.Command() + ":" + version, "runtimeHint": "docker",
		"transport": stdio, "environmentVariables": variables}}
	for _, b := range bundles {
		packages = append(packages, object{"registryType": "mcpb", "identifier": repository + "/releases/download/v" + version + "/" + b.file,
			"fileSha256": b.sum, "version": version, "transport": stdio, "environmentVariables": variables})
	}
	return object{
		"$schema": schema, "name": "io.github.mcpfleet/" + s.Command(), "title": d.title, "description": short(d.sentence), "version": version,
		"websiteUrl": repository + "/tree/main/services/" + s.Name,
		"repository": object{"url": repository, "source": "github", "subfolder": "services/" + s.Name}, "packages": packages,
	}
}

// short cuts a sentence to what the registry takes, at a word.
func short(sentence string) string {
	if utf8.RuneCountInString(sentence) <= longest {
		return sentence
	}
	cut := string([]rune(sentence)[:longest-1])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, ",:; ") + "…"
}
