//go:build e2e

package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/node"
)

// The statuses of a check. A skipped one counts as neither passed nor failed.
const (
	success = "SUCCESS"
	failure = "FAILURE"
	warning = "WARNING"
	info    = "INFO"
)

// check is one finding of the suite.
type check struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Message string `json:"errorMessage"`
}

// report is what the suite found in one run.
type report struct {
	conforms  bool // what the suite itself concludes
	output    string
	scenarios map[string][]check
}

// suiteTimeout is far above the few seconds that a run takes.
const suiteTimeout = 2 * time.Minute

// run holds the server at url to the requirements of one protocol revision.
func run(t *testing.T, url, revision string) *report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), suiteTimeout)
	defer cancel()
	tools, err := node.Install(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := tools.Command(ctx, tools.Conformance, "server", "--url", url, "--requirements", revision, "-o", dir)
	out, err := cmd.CombinedOutput()
	// Status 1 says that requirements are not met, which the checks tell better.
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("conformance suite: %v\n%s", err, out)
	}
	r := &report{conforms: err == nil, output: string(out), scenarios: make(map[string][]check)}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		scenario := scenarioOf(t, e.Name())
		if strings.HasPrefix(scenario, "tasks-") {
			continue // an extension that the fleet does not offer; the suite does not score it
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name(), "checks.json"))
		if err != nil {
			t.Fatal(err)
		}
		var checks []check
		if err := json.Unmarshal(data, &checks); err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		r.scenarios[scenario] = append(r.scenarios[scenario], checks...)
	}
	return r
}

// resultDir is how the suite names a scenario's results: with the time behind.
var resultDir = regexp.MustCompile(`^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$`)

func scenarioOf(t *testing.T, dir string) string {
	t.Helper()
	m := resultDir.FindStringSubmatch(dir)
	if m == nil {
		t.Fatalf("the suite's results are in %q, which is no name this test knows", dir)
	}
	return m[1]
}
