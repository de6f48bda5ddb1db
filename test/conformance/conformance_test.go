//go:build e2e

package conformance

import (
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

func TestFixture(t *testing.T) {
	t.Parallel()
	testFixture(t, serve(t, ".", "./cmd/conformance-server"))
}

// testFixture holds the fixture at url to all there is.
func testFixture(t *testing.T, url string) {
	for _, want := range []struct {
		revision          string
		scenarios, passed int
	}{
		{"2025-11-25", 33, 84},
		{"2026-07-28", 40, 152},
	} {
		t.Run(want.revision, func(t *testing.T) {
			t.Parallel()
			r := run(t, url, want.revision)
			passed := 0
			for scenario, checks := range r.scenarios {
				for _, c := range checks {
					switch c.Status {
					case success:
						passed++
					case info:
					default:
						t.Errorf("%s: %s: %s: %s", c.Status, scenario, c.ID, c.Message)
					}
				}
			}
			if len(r.scenarios) != want.scenarios || passed != want.passed {
				t.Errorf("%d checks of %d scenarios passed, want %d of %d", passed, len(r.scenarios), want.passed, want.scenarios)
			}
			if !r.conforms && !t.Failed() {
				t.Errorf("the suite says that a required scenario failed:\n%s", r.output)
			}
			t.Logf("%d checks of %d scenarios passed", passed, len(r.scenarios))
		})
	}
}

// generic are the scenarios that hold for every server. The others call tools,
// prompts and resources that only the fixture has.
var generic = map[string][]string{
	"2025-11-25": {
		"completion-complete", "dns-rebinding-protection", "logging-set-level", "ping", "prompts-list", "resources-list",
		"server-initialize", "server-session-lifecycle", "server-sse-multiple-streams", "tools-list",
	},
	"2026-07-28": {
		"caching", "completion-complete", "dns-rebinding-protection", "http-header-validation",
		"input-required-result-unsupported-methods", "input-required-result-validate-input", "prompts-list", "resources-list",
		"sep-2164-resource-not-found", "server-sse-multiple-streams", "server-stateless", "tools-list",
	},
}

//go:embed baseline-calculator.yaml
var calculatorBaseline []byte

func TestCalculator(t *testing.T) {
	t.Parallel()
	testService(t, serve(t, "../../services/calculator", "./cmd/mcp-calculator"), calculatorBaseline)
}

//go:embed baseline-files.yaml
var filesBaseline []byte

func TestFiles(t *testing.T) {
	t.Parallel()
	testService(t, serve(t, "../../services/files", "./cmd/mcp-files", "--root", "r="+t.TempDir()), filesBaseline)
}

//go:embed baseline-database.yaml
var databaseBaseline []byte

func TestDatabase(t *testing.T) {
	t.Parallel()
	// The account that PostgreSQL runs as may not enter the directory of a test.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("conformance-pg-%d", os.Getpid()))
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	url := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(url, []byte(server.URL("postgres", "postgres")), 0o600); err != nil {
		t.Fatal(err)
	}
	testService(t, serve(t, "../../services/database", "./cmd/mcp-database", "--database-url-file", url, "--allow-superuser"), databaseBaseline)
}

// testService holds a service to the generic scenarios. What fails must be
// exactly what the baseline says: an entry that passes is as wrong as a failure
// without an entry.
func testService(t *testing.T, url string, baseline []byte) {
	var expected map[string][]string // revision → scenario:check
	if err := yaml.Unmarshal(baseline, &expected); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(generic)), slices.Sorted(maps.Keys(expected))); diff != "" {
		t.Fatalf("the baseline's revisions differ (-want +got):\n%s", diff)
	}
	for revision, scenarios := range generic {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			r := run(t, url, revision)
			passed, failed := 0, make(map[string]string)
			for _, scenario := range scenarios {
				ran := false
				for _, c := range r.scenarios[scenario] {
					switch c.Status {
					case success:
						ran = true
						passed++
					case failure, warning:
						failed[scenario+":"+c.ID] = c.Message
					}
				}
				if !ran {
					t.Errorf("%s did not run: nothing in it passed", scenario)
				}
			}
			for name, message := range failed {
				if !slices.Contains(expected[revision], name) {
					t.Errorf("%s: %s", name, message)
				}
			}
			for _, name := range expected[revision] {
				if _, ok := failed[name]; !ok {
					t.Errorf("%s passes or did not run: remove it from the baseline", name)
				}
			}
			t.Logf("%d checks passed, %d failed: %s", passed, len(failed), strings.Join(slices.Sorted(maps.Keys(failed)), ", "))
		})
	}
}
