//go:build e2e

package conformance

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/internal/roundrobin"
)

// TestReplicas holds two replicas of the fixture, between which each request of
// a session goes to and fro, to what one process must do.
func TestReplicas(t *testing.T) {
	t.Parallel()
	binary, err := proc.Build(t.Context(), ".", "./cmd/conformance-server", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	shared := t.TempDir()
	keys := filepath.Join(shared, "keys")
	if err := roundrobin.WriteKeys(keys); err != nil {
		t.Fatal(err)
	}
	proxy := roundrobin.New()
	t.Cleanup(proxy.Close)
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var ports roundrobin.Ports
	for range 2 {
		addr, flags, err := ports.Flags(keys)
		if err != nil {
			t.Fatal(err)
		}
		start(t, binary, append(flags, "--shared", shared)...)
		proxy.Add(addr)
		if err := proxy.Await(ctx, addr); err != nil {
			t.Fatal(err)
		}
	}
	testFixture(t, front.URL+"/mcp")
}
