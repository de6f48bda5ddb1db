package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/fleettest"
)

func TestNewService(t *testing.T) {
	dir := fleettest.Copy(t)
	workspace := []string{"GOWORK="}
	fleettest.Run(t, dir, workspace, "go", "run", "./test/scaffold", "weather")

	fleettest.Run(t, dir, workspace, "go", "vet", "./services/weather/...")
	fleettest.Run(t, dir, workspace, "go", "test", "-shuffle=on", "./services/weather/...")
	module := filepath.Join(dir, "services", "weather")
	fleettest.Run(t, module, []string{"GOWORK=off"}, "go", "build", "-o", t.TempDir(), "./...")
	fleettest.Run(t, module, []string{"GOWORK=off"}, "go", "mod", "tidy", "-diff")
	if out := fleettest.Run(t, dir, nil, "gofmt", "-l", "services/weather"); out != "" {
		t.Errorf("gofmt would change %s", out)
	}
	fleettest.Run(t, dir, workspace, "go", "run", "./test/readme", "-check")
	fleettest.Run(t, dir, workspace, "go", "run", "./test/work", "-check")
	out := fleettest.Run(t, dir, workspace, "go", "run", "./services/weather/cmd/mcp-weather", "call", "find_weather", "query=second")
	if !strings.Contains(out, `"beta"`) {
		t.Errorf("find_weather answers %s", out)
	}

	services, err := fleet.Services(dir)
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	for _, s := range services {
		if s.Name == "weather" {
			port = s.Port
		}
	}
	if port <= 8105 {
		t.Errorf("it has the port %d", port)
	}
	for path, want := range map[string]string{
		"README.md":    "| [weather](services/weather) | An MCP server that finds entries of a catalog. | `find_weather` |",
		"CHANGELOG.md": "- weather: new service.\n",
		"services/weather/testdata/session/find.txtar":   "-- result --\n",
		"services/weather/testdata/session/others.txtar": "-- refused --\n",
		"services/weather/testdata/tools.golden.json":    `"name": "find_weather"`,
	} {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(data), want) {
			t.Errorf("%s lacks %q:\n%s", path, want, data)
		}
	}
	if diff := cmp.Diff(everywhere, shape(t, dir, "weather")); diff != "" {
		t.Errorf("it does not have the files of every service (-want +weather):\n%s", diff)
	}
	model := shape(t, dir, "calculator")
	for _, path := range everywhere {
		if !slices.Contains(model, path) {
			t.Errorf("the calculator, which it is modelled on, has no %s", path)
		}
	}
}

// everywhere are the files that every service has. One with much to do has more.
var everywhere = []string{
	"/NAME.go", "/NAME_test.go", "/README.md", "/cmd/mcp-NAME/main.go", "/completions.go", "/go.mod", "/go.sum", "/instructions.md",
	"/prompts.go", "/resources.go", "/testdata/tools.golden.json",
}

// shape lists the files of a service but its tools, its domain and its
// transcripts.
func shape(t *testing.T, dir, service string) []string {
	t.Helper()
	home := filepath.Join(dir, "services", service)
	var files []string
	for _, pattern := range []string{"*.*", "cmd/*/*", "testdata/*.*"} {
		paths, err := filepath.Glob(filepath.Join(home, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), "= &mcp.Tool{") {
				files = append(files, strings.ReplaceAll(strings.TrimPrefix(path, home), service, "NAME"))
			}
		}
	}
	slices.Sort(files)
	return files
}

func TestCheckName(t *testing.T) {
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"":                      "lower-case letters",
		"x":                     "lower-case letters",
		"Weather":               "lower-case letters",
		"weather-map":           "lower-case letters",
		"../weather":            "lower-case letters",
		"9lives":                "lower-case letters",
		strings.Repeat("x", 32): "lower-case letters",
		"func":                  "means something in Go",
		"string":                "means something in Go",
		"server":                "used inside every service",
		"util":                  "used inside every service",
		"context":               "standard package",
		"calculator":            "exists",
	} {
		if err := checkName(t.Context(), root, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
	for _, name := range []string{"weather", "tides2"} {
		if err := checkName(t.Context(), root, name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAnnounceNeedsItsHeading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "CHANGELOG.md")
	if err := os.WriteFile(path, []byte("# Changelog\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := announce(path, "weather"); err == nil || !strings.Contains(err.Error(), "## Unreleased") {
		t.Errorf("got %v", err)
	}
}
