//go:build e2e

package chart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// environment returns the variables of a Deployment's container that have values.
func environment(t *testing.T, deployment object) map[string]string {
	t.Helper()
	env := make(map[string]string)
	list, _ := deployment.at("spec", "template", "spec", "containers", 0, "env").([]any)
	for _, e := range list {
		o := object(e.(map[string]any))
		if _, twice := env[o.text("name")]; twice {
			t.Errorf("%v has the variable %s twice", deployment, o.text("name"))
		}
		env[o.text("name")] = o.text("value")
	}
	if len(env) == 0 {
		t.Fatalf("%v has no environment", deployment)
	}
	return env
}

// flags returns the variables that set a flag of a program, with the flag's type.
func flags(t *testing.T, program string) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(binaries, program), "flags").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Env  []string `json:"env"`
		Type string   `json:"type"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]string)
	for _, f := range list {
		for _, e := range f.Env {
			known[e] = f.Type
		}
	}
	if known["MCP_HTTP_ADDR"] == "" {
		t.Fatalf("%s says nothing of its flags: %s", program, out)
	}
	return known
}

// readers returns the variables that others than flags read: the Go runtime and its
// libraries, and the OpenTelemetry library as the documentation names them.
func readers(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(path(t, "docs", "observability.md"))
	if err != nil {
		t.Fatal(err)
	}
	return append(regexp.MustCompile(`\bOTEL_[A-Z_]+`).FindAllString(string(data), -1), "GOMEMLIMIT", "GOMAXPROCS", "GOGC", "GODEBUG", "SSL_CERT_FILE")
}

// unknown returns the variables that nothing would read.
func unknown(env map[string]string, known map[string]string, others []string) []string {
	var names []string
	for name := range env {
		if known[name] != "" || slices.Contains(others, name) {
			continue
		}
		used := false
		for _, value := range env {
			used = used || strings.Contains(value, "$("+name+")")
		}
		if !used {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// program returns the name of the program in an image: that of its last element.
func program(image string) string {
	name, _, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	name, _, _ = strings.Cut(name, "@")
	return name
}

// checkVariables finds what a chart sets and no program reads.
func checkVariables(t *testing.T, list []object, known map[string]map[string]string, others []string) {
	t.Helper()
	for _, o := range list {
		if o.kind() != "Deployment" {
			continue
		}
		p := program(o.text("spec", "template", "spec", "containers", 0, "image"))
		if known[p] == nil {
			t.Errorf("%v runs %s, which is no program of the fleet", o, p)
		} else if names := unknown(environment(t, o), known[p], others); len(names) > 0 {
			t.Errorf("%v sets variables that %s does not know: %v", o, p, names)
		}
	}
}

// programs returns the names of all programs of the fleet.
func programs(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(binaries, "mcp-*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no programs were built: %v", err)
	}
	for i, p := range found {
		found[i] = filepath.Base(p)
	}
	return found
}

// What checkVariables is trusted for.
func TestUnknownVariablesAreFound(t *testing.T) {
	d := one(t, objects(t, "services: {calculator: {config: {MCP_RATE_LIMITS: 10/s, CALCULATOR_PRECISION: 20}}}"), "Deployment", "calculator")
	names := unknown(environment(t, d), flags(t, "mcp-calculator"), readers(t))
	if !slices.Equal(names, []string{"MCP_RATE_LIMITS"}) {
		t.Errorf("unknown: %v", names)
	}
}
