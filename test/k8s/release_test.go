//go:build k8s

package k8s

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// release is the chart, installed.
type release struct {
	ns, name string
	key      string // that opens everything
}

// newKey returns a key and its line for a file of keys.
func newKey(name string) (key, line string) {
	key = "mcpk_" + rand.Text() + rand.Text()
	return key, fmt.Sprintf("%s:sha256:%x=*\n", name, sha256.Sum256([]byte(key)))
}

// prepare makes the two Secrets that an install needs.
func prepare(t *testing.T, ns string) *release {
	t.Helper()
	key, line := newKey("test")
	secret(t, ns, "mcp-api-keys", map[string]string{"keys": line})
	secret(t, ns, "mcp-signing", map[string]string{"signing-keys": seal.Generate() + "\n"})
	return &release{ns: ns, name: "fleet", key: key}
}

// values are those of a first install, and over them some as YAML.
func (r *release) args(t *testing.T, command, values string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{command, r.name, chart, "--namespace", r.ns, "--values", file, "--set", "image.registry=" + registry + ",image.tag=" + tag()}
}

// secrets are the values by which a release finds its Secrets.
const secrets = "auth: {existingSecret: mcp-api-keys}\nsigning: {existingSecret: mcp-signing}\n"

// install installs the chart, and checks when the test ends that nothing is left
// of it.
func (r *release) install(t *testing.T, values string) {
	t.Helper()
	before := objects(t, r.ns)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(diagnosis(r.ns))
		}
		r.uninstall(t, before)
	})
	begin := time.Now()
	run(t, "", "helm", append(r.args(t, "install", values), "--wait", "--timeout", readyLimit.String())...)
	t.Logf("all pods were ready after %.1f s (limit %s)", time.Since(begin).Seconds(), readyLimit)
}

// uninstall wants the namespace to be as it was.
func (r *release) uninstall(t *testing.T, before []string) {
	t.Helper()
	kept := slices.Clone(before)
	for _, claim := range get[meta](t, "persistentvolumeclaims", "-n", r.ns, "-l", "app.kubernetes.io/instance="+r.name) {
		if claim.Metadata.Annotations["helm.sh/resource-policy"] == "keep" {
			kept = append(kept, "PersistentVolumeClaim/"+claim.Metadata.Name)
		}
	}
	run(t, "", "helm", "uninstall", r.name, "--namespace", r.ns, "--wait", "--timeout", "120s")
	var left []string
	await(t, patience, "nothing is left", func() (bool, error) {
		left = slices.DeleteFunc(objects(t, r.ns), func(o string) bool { return slices.Contains(kept, o) })
		return len(left) == 0, fmt.Errorf("left: %v", left)
	})
	if all := get[meta](t, "clusterroles,clusterrolebindings,persistentvolumes", "-l", "app.kubernetes.io/instance="+r.name); len(all) > 0 {
		t.Errorf("left in the cluster: %v", all)
	}
}

// upgrade changes the values.
func (r *release) upgrade(t *testing.T, values string) {
	t.Helper()
	run(t, "", "helm", append(r.args(t, "upgrade", values), "--wait", "--timeout", "120s")...)
}

// pods returns the pods of a service, or those of all.
func (r *release) pods(t *testing.T, service string) []pod {
	t.Helper()
	return get[pod](t, "pods", "-n", r.ns, "-l", r.selector(service))
}

func (r *release) selector(service string) string {
	if service == "" {
		return "app.kubernetes.io/instance=" + r.name
	}
	return "app.kubernetes.io/instance=" + r.name + ",app.kubernetes.io/name=mcp-" + service
}

// awaitPods waits until a service has n pods, all of them ready.
func (r *release) awaitPods(t *testing.T, service string, n int) (pods []pod) {
	t.Helper()
	await(t, 2*patience, fmt.Sprintf("%d pods of %s are ready, and no others are there", n, service), func() (bool, error) {
		pods = r.pods(t, service)
		return len(pods) == n && !slices.ContainsFunc(pods, func(p pod) bool { return !p.ready() }), fmt.Errorf("there are %d", len(pods))
	})
	return pods
}

// host is the name of a service's Service in the whole cluster.
func (r *release) host(service string) string {
	return fmt.Sprintf("%s-%s.%s.svc.cluster.local", r.name, service, r.ns)
}

// endpoint is the URL of a service.
func (r *release) endpoint(service string) string { return "http://" + r.host(service) + "/mcp" }

// services returns the names of the services that run.
func (r *release) services(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, s := range get[meta](t, "services", "-n", r.ns, "-l", r.selector("")) {
		if name := s.Metadata.Labels["app.kubernetes.io/component"]; name != "metrics" { // that of the admin port
			names = append(names, name)
		}
	}
	return names
}

// address is that of a name, as the cluster's DNS says.
func address(ctx context.Context, t *testing.T, host string) string {
	t.Helper()
	dns := strings.TrimSpace(kubectl(t, "-n", "kube-system", "get", "service", "kube-dns", "-o", "jsonpath={.spec.clusterIP}"))
	var d net.Dialer
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, net.JoinHostPort(dns, "53"))
	}}
	var addr string
	await(t, patience, "the name "+host+" is known", func() (bool, error) {
		all, err := r.LookupHost(ctx, host+".")
		if err == nil {
			addr = all[0]
		}
		return err == nil, err
	})
	return addr
}
