package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// demo returns the variables that a service has for lack of others, which are in
// deploy/demo/SERVICE/env, so that it has something to serve. lookup tells what
// the environment has. Where the file names {data}, that is a copy of the folder
// data beside it: what is changed there is kept, and the repository is not
// touched. Where a value is {command}, the service's demo command sets it, and
// instead says which.
func demo(root, service string, lookup func(string) (string, bool)) (env []string, instead string, err error) {
	dir := filepath.Join(root, "deploy", "demo", service)
	table, err := os.ReadFile(filepath.Join(dir, "env"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for line := range strings.Lines(string(table)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, "", fmt.Errorf("deploy/demo/%s/env: %q: write NAME=VALUE", service, line)
		}
		if isSet(strings.Split(names, ","), lookup) {
			continue
		}
		name, _, _ := strings.Cut(names, ",")
		if value == "{command}" {
			instead = name
			continue
		}
		if strings.Contains(value, "{data}") {
			data, err := demoData(dir, service)
			if err != nil {
				return nil, "", fmt.Errorf("the demo data of %s: %w", service, err)
			}
			value = strings.ReplaceAll(value, "{data}", data)
		}
		env = append(env, name+"="+value)
	}
	return env, instead, nil
}

func isSet(names []string, lookup func(string) (string, bool)) bool {
	for _, name := range names {
		if v, ok := lookup(name); ok && v != "" {
			return true
		}
	}
	return false
}

// demoData returns the user's copy of dir/data, which is made if there is none.
func demoData(dir, service string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	data := filepath.Join(cache, "mcpfleet", "demo", service)
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
	if err := os.CopyFS(partial, os.DirFS(filepath.Join(dir, "data"))); err != nil {
		return "", err
	}
	if err := os.Rename(partial, data); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return data, nil
}
