//go:build e2e

package github

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/roundrobin"
)

// fleet is two replicas of the service behind a load balancer that knows no
// sessions.
type fleet struct {
	// origin is where browsers find it, and url what clients are given.
	origin, url string
	// keys is the file of signing keys.
	keys  string
	ports roundrobin.Ports

	proxy    *roundrobin.Proxy
	replicas []*replica
}

// replica is one process after the other at one address.
type replica struct {
	*service
	addr  string
	start func() *service
}

// newFleet returns a fleet without replicas.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{proxy: roundrobin.New(), keys: filepath.Join(t.TempDir(), "keys")}
	if err := roundrobin.WriteKeys(f.keys); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.proxy.Close)
	front := httptest.NewServer(f.proxy)
	t.Cleanup(front.Close)
	f.origin, f.url = front.URL, front.URL+"/mcp"
	return f
}

// start runs the replicas before an API.
func (f *fleet) start(t *testing.T, api string, env []string, flags ...string) {
	t.Helper()
	for range 2 {
		addr, own, err := f.ports.Flags(f.keys)
		if err != nil {
			t.Fatal(err)
		}
		own = append(append(own, flags...), "--caller-concurrency", "64", "--public-url", f.url)
		r := &replica{addr: addr, start: func() *service { return launch(t, api, env, own...) }}
		r.service = r.start()
		f.replicas = append(f.replicas, r)
		t.Cleanup(func() { r.end(t) })
		f.join(t, r)
	}
}

// join has the load balancer use a replica.
func (f *fleet) join(t *testing.T, r *replica) {
	t.Helper()
	f.proxy.Add(r.addr)
	if err := f.proxy.Await(wait(t), r.addr); err != nil {
		t.Fatal(err)
	}
}

// restart replaces the processes, one after the other.
func (f *fleet) restart(t *testing.T) {
	t.Helper()
	for _, r := range f.replicas {
		f.proxy.Remove(r.addr)
		r.end(t)
		r.service = r.start()
		f.join(t, r)
	}
}
