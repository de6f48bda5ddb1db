//go:build e2e

package apps

import (
	"context"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// The parts of pages that need no page: reading diffs, finding words, sorting
// values, choosing charts.
func TestLogic(t *testing.T) {
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"diff", "rows"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := tools.Command(ctx, "logic/"+name+".test.mjs")
			cmd.Env = append(cmd.Environ(), "ROOT="+root)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
