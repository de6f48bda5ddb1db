package corpus

import (
	"os/exec"
	"strings"
	"testing"

	_ "github.com/cockroachdb/apd/v3"
	_ "github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	_ "github.com/montanaflynn/stats"
)

// moduleDir is the folder of a module that this one requires, as the module
// cache holds it.
func moduleDir(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", path, err)
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		t.Fatalf("the module %s is not in the module cache: go mod download", path)
	}
	return dir
}

func TestModulesAreThere(t *testing.T) {
	for _, m := range []string{"github.com/cockroachdb/apd/v3", "github.com/montanaflynn/stats"} {
		if !strings.Contains(moduleDir(t, m), "@v") {
			t.Errorf("%s: %s", m, moduleDir(t, m))
		}
	}
}
