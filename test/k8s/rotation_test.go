//go:build k8s

package k8s

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// rotationLimit is how long a changed Secret may take to be in force everywhere.
const rotationLimit = 90 * time.Second

// Keys change without a restart.
func TestRotation(t *testing.T) {
	t.Parallel()
	r := prepare(t, namespace(t, "rotation", nil))
	r.install(t, secrets+"defaults: {config: {MCP_CALLER_SESSIONS: 10000, MCP_MAX_SESSIONS: 10000}}\nservices: {files: null}\n")
	pods := r.awaitPods(t, "calculator", 2)
	t.Run("API keys", func(t *testing.T) {
		old := r.key
		key, line := newKey("next")
		secret(t, r.ns, "mcp-api-keys", map[string]string{"keys": line})
		took := await(t, rotationLimit, "the new key is accepted and the old one refused, by all replicas", func() (bool, error) {
			var seen []int
			for _, p := range pods {
				addr := net.JoinHostPort(p.Status.PodIP, "8080")
				seen = append(seen, r.status(t, "calculator", addr, key), r.status(t, "calculator", addr, old))
			}
			return slices.Equal(seen, []int{http.StatusOK, http.StatusUnauthorized, http.StatusOK, http.StatusUnauthorized}), fmt.Errorf("statuses %v", seen)
		})
		r.key = key
		t.Logf("in force after %.0f s (limit %s)", took.Seconds(), rotationLimit)
	})
	t.Run("signing keys", func(t *testing.T) { r.testSigningKeys(t, pods) })
	for _, p := range r.pods(t, "calculator") {
		was := slices.IndexFunc(pods, func(q pod) bool { return q.Metadata.UID == p.Metadata.UID })
		if was < 0 || p.Status.ContainerStatuses[0].RestartCount != pods[was].Status.ContainerStatuses[0].RestartCount {
			t.Errorf("%s is new or was started again", p.name())
		}
	}
}

// testSigningKeys puts a new key after the old one, then before it, then alone.
// Sessions, whose ids are sealed, are begun at each step; all that the file can
// open are accepted by every replica.
func (r *release) testSigningKeys(t *testing.T, pods []pod) {
	next := seal.Generate()
	old := strings.TrimSpace(kubectl(t, "-n", r.ns, "get", "secret", "mcp-signing", "-o", `go-template={{index .data "signing-keys" | base64decode}}`))
	var sessions []*mcp.ClientSession
	begin := func() {
		for _, p := range pods {
			sessions = append(sessions, r.connectTo(t, "calculator", net.JoinHostPort(p.Status.PodIP, "8080"), legacy))
		}
	}
	begin()
	for _, step := range []struct {
		keys   string
		opened bool // what was sealed before
	}{{old + "\n" + next, true}, {next + "\n" + old, true}, {next, false}} {
		secret(t, r.ns, "mcp-signing", map[string]string{"signing-keys": step.keys + "\n"})
		took := await(t, rotationLimit, "the keys are in force", func() (bool, error) { return r.inForce(t, pods, []string{old, next}, step.keys) })
		accepted := 0
		for _, s := range sessions {
			for _, p := range pods {
				addr := net.JoinHostPort(p.Status.PodIP, "8080")
				res, err := post(t.Context(), bearer{r.key, transport(addr, false)}, r.endpoint("calculator"), legacy, s.ID(), message(legacy, "1 + 1"))
				if err != nil {
					t.Fatal(err)
				}
				if res.status == http.StatusOK {
					accepted++
				}
			}
		}
		t.Logf("in force after %.0f s (limit %s); %d of %d requests of sessions accepted", took.Seconds(), rotationLimit, accepted, len(sessions)*len(pods))
		if step.opened && accepted != len(sessions)*len(pods) {
			t.Errorf("%d of %d requests of sessions accepted", accepted, len(sessions)*len(pods))
		}
		begin()
	}
}

// inForce reports whether all pods seal session ids with the first of keys, and
// open those that are sealed with one of all only if it is among keys. The test
// has the keys, and so can seal the id of a session anew.
func (r *release) inForce(t *testing.T, pods []pod, all []string, keys string) (bool, error) {
	t.Helper()
	const purpose, service, principal = "session id", "calculator", "key:next"
	first, _, _ := strings.Cut(keys, "\n")
	for _, p := range pods {
		rt := bearer{r.key, transport(net.JoinHostPort(p.Status.PodIP, "8080"), false)}
		begun, err := post(t.Context(), rt, r.endpoint("calculator"), legacy, "", initialize)
		if err != nil {
			return false, err
		}
		id, err := keysOf(t, first).Open(purpose, begun.session, service, principal)
		if err != nil {
			return false, fmt.Errorf("%s seals with another key: %w", p.name(), err)
		}
		for _, k := range all {
			again, err := post(t.Context(), rt, r.endpoint("calculator"), legacy, keysOf(t, k).Seal(purpose, id, service, principal), message(legacy, "1 + 1"))
			if err != nil {
				return false, err
			}
			if want := strings.Contains(keys, k); want != (again.status == http.StatusOK) {
				return false, fmt.Errorf("%s answers a session under one of the keys with status %d", p.name(), again.status)
			}
		}
	}
	return true, nil
}

func keysOf(t *testing.T, file string) *seal.Keys {
	t.Helper()
	k, err := seal.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
