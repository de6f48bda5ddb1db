package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// settings are what a service has for lack of the user's.
type settings struct {
	env []string // beside the environment
	// instead is the variable that the service's demo command stands for, which is
	// run in its place; "": the service itself is.
	instead string
	// emulated is whether that command brings an API that stands for a real one.
	emulated bool
	// could is the variable for lack of which an emulator could be run, and is not.
	could string
	// lacks is the variable without which it is run and not ready; "": it is.
	lacks string
}

// demo returns the settings that a service has for lack of others, which are in
// deploy/demo/SERVICE/env, so that it has something to serve. lookup tells what
// the environment has. Where the file names {data}, that is the folder
// demo/SERVICE at the root, a copy of the folder data beside the file: what is
// changed there is kept, and what is in the repository is not touched. Where a
// value is {command}, the service's demo command stands for it, where it is
// {emulator} it does if emulate is set, and where it is {none}, nothing can.
func demo(root, service string, emulate bool, lookup func(string) (string, bool)) (settings, error) {
	file := filepath.Join(root, "deploy", "demo", service, "env")
	table, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{}, nil
	}
	if err != nil {
		return settings{}, err
	}
	var set settings
	for line := range strings.Lines(string(table)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names, value, ok := strings.Cut(line, "=")
		if !ok {
			return settings{}, fmt.Errorf("deploy/demo/%s/env: %q: write NAME=VALUE", service, line)
		}
		if isSet(strings.Split(names, ","), lookup) {
			continue
		}
		name, _, _ := strings.Cut(names, ",")
		switch {
		case value == "{command}":
			set.instead = name
		case value == "{emulator}" && emulate:
			set.instead, set.emulated = name, true
		case value == "{emulator}":
			set.could = name
		case value == "{none}":
			set.lacks = name
		default:
			if strings.Contains(value, "{data}") {
				data, err := demoData(root, service)
				if err != nil {
					return settings{}, fmt.Errorf("the demo data of %s: %w", service, err)
				}
				value = strings.ReplaceAll(value, "{data}", data)
			}
			set.env = append(set.env, name+"="+value)
		}
	}
	if set.instead == set.lacks {
		set.lacks = "" // the command has it
	}
	return set, nil
}

func isSet(names []string, lookup func(string) (string, bool)) bool {
	for _, name := range names {
		if v, ok := lookup(name); ok && v != "" {
			return true
		}
	}
	return false
}

// demoData returns the user's copy of a service's demo data, which is made if
// there is none.
func demoData(root, service string) (string, error) {
	data := filepath.Join(root, "demo", service)
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if err := os.MkdirAll(filepath.Dir(data), 0o755); err != nil {
		return "", err
	}
	// Renamed when it is whole: half a copy would be kept for ever.
	partial, err := os.MkdirTemp(filepath.Dir(data), service+"-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(partial)
	if err := os.Chmod(partial, 0o755); err != nil {
		return "", err
	}
	if err := os.CopyFS(partial, os.DirFS(filepath.Join(root, "deploy", "demo", service, "data"))); err != nil {
		return "", err
	}
	if err := os.Rename(partial, data); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return data, nil
}
