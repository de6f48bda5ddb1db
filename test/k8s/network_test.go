//go:build k8s

package k8s

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
)

// Addresses of the node while the tests run: one of the world (RFC 5737), one of
// private networks, and that of a cloud's metadata.
const (
	worldIP    = "203.0.113.10"
	privateIP  = "10.213.77.10"
	metadataIP = "169.254.169.254"
)

// listen gives the node an address, on whose ports something answers until the
// test ends.
func listen(t *testing.T, ip string, ports ...string) {
	t.Helper()
	run(t, "", "ip", "address", "replace", ip+"/32", "dev", "lo")
	t.Cleanup(func() { run(t, "", "ip", "address", "del", ip+"/32", "dev", "lo") })
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Close()
			}
		}()
	}
}

// Each pod reaches and is reached by what the policies say, and by nothing else.
func TestNetworkPolicy(t *testing.T) {
	t.Parallel()
	listen(t, worldIP, "443", "80")
	listen(t, privateIP, "443")
	listen(t, metadataIP, "80")
	ns := namespace(t, "network", nil)
	monitoring := namespace(t, "monitoring", map[string]string{"mcp-fleet.test/role": "monitoring"})
	elsewhere := namespace(t, "elsewhere", nil)
	r := prepare(t, ns)
	r.install(t, secrets+`
services:
  calculator:
    networkPolicy:
      monitoring: [{namespaceSelector: {matchLabels: {mcp-fleet.test/role: monitoring}}}]
  files:
    networkPolicy:
      from: [{namespaceSelector: {matchLabels: {mcp-fleet.test/role: monitoring}}}]
      egress: {dns: true, internet: [443]}
  github: {enabled: true, replicas: 1}
`)
	calculators, files, githubs := r.awaitPods(t, "calculator", 2), r.awaitPods(t, "files", 1), r.awaitPods(t, "github", 1)
	dns := strings.TrimSpace(kubectl(t, "-n", "kube-system", "get", "service", "kube-dns", "-o", "jsonpath={.spec.clusterIP}"))
	api := strings.TrimSpace(kubectl(t, "-n", "default", "get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}"))
	const tcp = "tcp:"
	var (
		world, plain, private, metadata = tcp + worldIP + ":443", tcp + worldIP + ":80", tcp + privateIP + ":443", tcp + metadataIP + ":80"
		names, server                   = "dns:" + dns + ":53", tcp + api + ":443"
		sibling, admin                  = tcp + calculators[1].Status.PodIP + ":8080", tcp + calculators[1].Status.PodIP + ":9090"
		file, fileAdmin                 = tcp + files[0].Status.PodIP + ":8080", tcp + files[0].Status.PodIP + ":9090"
		everything                      = []string{world, plain, private, metadata, names, server, sibling, admin, file, fileAdmin}
	)
	for _, c := range []struct {
		from    string
		dial    func(*testing.T, ...string) map[string]bool
		reaches []string
	}{
		{"a pod of the calculator", r.within(calculators[0], "calculator"), []string{sibling}},
		// What a pod says to itself is nobody's to hold up.
		{"a pod of files, which may reach the world", r.within(files[0], "files"), []string{world, names, file, fileAdmin}},
		{"a pod of github, as it is", r.within(githubs[0], "github"), []string{world, names}},
		{"the monitoring namespace", plainPod(monitoring), []string{world, plain, private, metadata, names, server, sibling, admin, file}},
		{"another namespace", plainPod(elsewhere), []string{world, plain, private, metadata, names, server, sibling}},
	} {
		t.Run(c.from, func(t *testing.T) {
			got := c.dial(t, everything...)
			for _, a := range slices.Sorted(maps.Keys(got)) {
				if may := slices.Contains(c.reaches, a); got[a] != may {
					t.Errorf("%s reaches %s: %t, want %t", c.from, a, got[a], may)
				}
			}
			if len(got) != len(everything) {
				t.Errorf("%d of %d addresses were tried", len(got), len(everything))
			}
			t.Logf("reached %d, as allowed, and %d refused", len(c.reaches), len(everything)-len(c.reaches))
		})
	}
}

// within dials from inside a pod that is there: by a container that is added to
// it, and so has its network.
func (r *release) within(p pod, container string) func(*testing.T, ...string) map[string]bool {
	return func(t *testing.T, addresses ...string) map[string]bool {
		t.Helper()
		const name = "dial"
		kubectl(t, append([]string{
			"-n", r.ns, "debug", p.name(), "--profile=restricted", "--container=" + name, "--target=" + container,
			"--image=" + image("dial", tag()), "--image-pull-policy=IfNotPresent", "--attach=false", "--",
			"/dial",
		}, addresses...)...)
		await(t, patience, "the addresses are tried", func() (bool, error) {
			for _, q := range r.pods(t, container) {
				for _, c := range q.Status.EphemeralContainerStatuses {
					if q.name() == p.name() && c.Name == name && c.State.Terminated != nil {
						return true, nil
					}
				}
			}
			return false, nil
		})
		return reached(t, kubectl(t, "-n", r.ns, "logs", p.name(), "-c", name))
	}
}

// plainPod dials from a pod that no policy selects.
func plainPod(ns string) func(*testing.T, ...string) map[string]bool {
	return func(t *testing.T, addresses ...string) map[string]bool {
		t.Helper()
		apply(t, map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]string{"name": "dial", "namespace": ns},
			"spec": map[string]any{
				"restartPolicy": "Never", "automountServiceAccountToken": false,
				"securityContext": map[string]any{"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": map[string]string{"type": "RuntimeDefault"}},
				"containers": []any{map[string]any{
					"name": "dial", "image": image("dial", tag()), "imagePullPolicy": "IfNotPresent", "args": addresses,
					"securityContext": map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []string{"ALL"}}},
				}},
			},
		})
		await(t, patience, "the addresses are tried", func() (bool, error) {
			p := get[pod](t, "pods", "-n", ns)[0]
			return p.Status.Phase == "Succeeded", fmt.Errorf("the pod is %s", p.Status.Phase)
		})
		return reached(t, kubectl(t, "-n", ns, "logs", "dial"))
	}
}

func reached(t *testing.T, log string) (all map[string]bool) {
	t.Helper()
	if err := json.Unmarshal([]byte(log), &all); err != nil {
		t.Fatalf("%v in %q", err, log)
	}
	return all
}
