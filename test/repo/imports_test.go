package repo

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func TestImports(t *testing.T) {
	file := func(path string) string { return "package x\nimport \"" + path + "\"" }
	hold(t, []rule{
		{
			name: "safe errors and logging stand alone", check: standalone,
			good: map[string]string{"pkg/toolerr/a.go": file("errors"), "pkg/logging/a_test.go": file("github.com/google/go-cmp/cmp"), "pkg/server/a.go": file("example.com/x")},
			bad: []map[string]string{
				{"pkg/toolerr/a.go": file("golang.org/x/sync/errgroup")},
				{"pkg/logging/sub/a.go": file(fleet.Module + "/pkg/toolerr")},
			},
		},
		{
			name: "imports point down", check: downwards,
			good: map[string]string{
				"services/a/a.go":                file(fleet.Module + "/pkg/server"),
				"services/a/cmd/mcp-a/main.go":   file(fleet.Module + "/services/a"),
				"services/a/sub/sub.go":          file(fleet.Module + "/services/a/internal/b"),
				"pkg/server/a.go":                file(fleet.Module + "/pkg/toolerr"),
				"test/e2e/a_test.go":             file(fleet.Module + "/pkg/server"),
				"services/a/internal/b/other.go": file("fmt"),
			},
			bad: []map[string]string{
				{"pkg/server/a.go": file(fleet.Module + "/services/a")},
				{"pkg/server/a_test.go": file(fleet.Module + "/services/a")},
				{"pkg/server/a.go": file(fleet.Module + "/test/node")},
				{"services/a/a.go": file(fleet.Module + "/services/ab")},
				{"services/a/a_test.go": file(fleet.Module + "/services/b/internal/c")},
				{"services/a/a_test.go": file(fleet.Module + "/test/node")},
				{"services/a/internal/b/b.go": file(fleet.Module + "/services/a")},
			},
		},
		{
			name: "a domain knows nothing of MCP and does not log", check: domains,
			good: map[string]string{"services/a/internal/b/b.go": file(fleet.Module + "/services/a/internal/c"), "services/a/a.go": file("log/slog"),
				"services/a/internal/atest/a.go": file("github.com/modelcontextprotocol/go-sdk/mcp")},
			bad: []map[string]string{
				{"services/a/internal/b/b.go": file("github.com/modelcontextprotocol/go-sdk/mcp")},
				{"services/a/internal/b/b_test.go": file(fleet.Module + "/pkg/server")},
				{"services/a/internal/b/c/c.go": file(fleet.Module + "/pkg/servertest")},
				{"services/a/internal/b/b.go": file("log/slog")},
				{"services/a/internal/b/b.go": file("log")},
			},
		},
		{
			name: "test kits are imported by tests and demos, and demos by their commands", check: kits,
			good: map[string]string{"services/a/a_test.go": file(fleet.Module + "/pkg/servertest"), "pkg/servertest/a.go": file("testing"),
				"services/a/internal/atest/a.go": file("net/http/httptest"), "test/e2e/a.go": file(fleet.Module + "/pkg/servertest"),
				"services/a/demo/a.go": file(fleet.Module + "/services/a/internal/atest")},
			bad: []map[string]string{
				{"services/a/a.go": file(fleet.Module + "/pkg/servertest")},
				{"services/a/a.go": file(fleet.Module + "/services/a/internal/atest")},
				{"pkg/server/a.go": file("testing")},
				{"services/a/internal/b/b.go": file("net/http/httptest")},
				{"services/a/cmd/a-demo/main.go": file(fleet.Module + "/services/a/internal/atest")},
				{"services/a/a.go": file(fleet.Module + "/services/a/demo")},
				{"services/a/cmd/mcp-a/main.go": file(fleet.Module + "/services/a/demo")},
			},
		},
		{
			name: "tests use the standard library and go-cmp", check: testLibraries,
			good: map[string]string{"a/a_test.go": file("github.com/google/go-cmp/cmp")},
			bad:  []map[string]string{{"a/a_test.go": file("github.com/stretchr/testify/require")}, {"a/a.go": file("go.uber.org/mock/gomock")}},
		},
	})
}

// eachImport calls visit for every import of every file.
func eachImport(t *tree, visit func(s *source, path string) (problem string)) (problems []string) {
	for _, s := range t.code {
		for path, at := range s.imports() {
			if p := visit(s, path); p != "" {
				problems = append(problems, fmt.Sprintf("%s: %s", at, p))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// inside reports whether a folder or an import path is one of the parents or
// below it.
func inside(path string, parents ...string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// isStandard reports whether an import path is of the standard library: the
// first element of all others has a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func standalone(t *tree) []string {
	return eachImport(t, func(s *source, path string) string {
		if s.isTest() || !inside(s.dir(), "pkg/toolerr", "pkg/logging") || isStandard(path) {
			return ""
		}
		return "imports " + path + ", which is not of the standard library"
	})
}

// downwards holds the order test → cmd → service → internal → pkg, in which no
// service knows another.
func downwards(t *tree) []string {
	return eachImport(t, func(s *source, path string) string {
		local, ours := strings.CutPrefix(path, fleet.Module+"/")
		if !ours {
			return ""
		}
		switch {
		case inside(s.dir(), "pkg"):
			if !inside(local, "pkg") {
				return "pkg imports " + local
			}
		case inside(s.dir(), "services"):
			service := strings.Join(strings.Split(s.path, "/")[:2], "/")
			if !inside(local, "pkg", service) {
				return service + " imports " + local
			}
			if inside(s.dir(), service+"/internal") && inside(local, service) && !inside(local, service+"/internal") {
				return "the domain imports its service"
			}
		}
		return ""
	})
}

// isKit reports whether a package helps tests, by its name.
func isKit(path string) bool {
	last := path[strings.LastIndex(path, "/")+1:]
	return strings.HasSuffix(last, "test") && last != "test"
}

func domains(t *tree) []string {
	forbidden := []string{"github.com/modelcontextprotocol/go-sdk", fleet.Module + "/pkg/server", fleet.Module + "/pkg/servertest",
		fleet.Module + "/pkg/logging", "log"}
	return eachImport(t, func(s *source, path string) string {
		parts := strings.Split(s.dir(), "/")
		if len(parts) < 3 || parts[0] != "services" || parts[2] != "internal" || isKit(s.dir()) || !inside(path, forbidden...) {
			return ""
		}
		return "a domain imports " + path
	})
}

// isDemo reports whether a package runs a service on something made up, for which
// it may use what tests do.
func isDemo(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) >= 3 && parts[0] == "services" && parts[2] == "demo"
}

func kits(t *tree) []string {
	return eachImport(t, func(s *source, path string) string {
		if s.isTest() || isKit(s.dir()) || isDemo(s.dir()) || inside(s.dir(), "test") {
			return ""
		}
		if inside(path, fleet.Module) && isDemo(strings.TrimPrefix(path, fleet.Module+"/")) && !strings.HasSuffix(s.dir(), "-demo") {
			return "what is not a demo imports " + path
		}
		if path == "testing" || isKit(path) && (isStandard(path) || inside(path, fleet.Module)) {
			return "code that is not a test imports " + path
		}
		return ""
	})
}

func testLibraries(t *tree) []string {
	return eachImport(t, func(_ *source, path string) string {
		if inside(path, "github.com/stretchr/testify", "go.uber.org/mock", "github.com/golang/mock", "github.com/onsi/ginkgo/v2", "github.com/onsi/gomega") {
			return "imports " + path
		}
		return ""
	})
}
