//go:build e2e

package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// patience is far above what a server takes to start or to end.
const patience = 15 * time.Second

// serve builds a command of the module in dir and runs it on a free port until
// the test has ended. It returns the URL that the server says it serves.
func serve(t *testing.T, dir, command string, flags ...string) string {
	t.Helper()
	binary, err := proc.Build(t.Context(), dir, command, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return start(t, binary, append([]string{"--http", "127.0.0.1:0"}, flags...)...)
}

// start runs a server until the test has ended, and returns the URL that it says
// it serves.
func start(t *testing.T, binary string, flags ...string) string {
	t.Helper()
	p, err := proc.Start(binary, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("%s: %v", binary, err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	serving, err := p.Await(ctx, "serving", 1)
	if err != nil {
		t.Fatalf("%s: %v", binary, err)
	}
	return serving[0].Text("url")
}
