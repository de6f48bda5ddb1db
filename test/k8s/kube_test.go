//go:build k8s

package k8s

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// patience is the longest that a test waits for one thing to happen.
	patience = 90 * time.Second
	// readyLimit is how long an install may take until all its pods are ready.
	readyLimit = 60 * time.Second
	chart      = "../../helm/mcp-fleet"
)

// tag is of the images of this run.
func tag() string { return os.Getenv(insideVariable) }

// try runs a program and returns what it prints.
func try(ctx context.Context, stdin, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, &stderr)
	}
	return stdout.String(), nil
}

// run is try for what must work.
func run(t *testing.T, stdin, program string, args ...string) string {
	t.Helper()
	// Cleanups, which use it too, run when the test's context has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*patience)
	defer cancel()
	out, err := try(ctx, stdin, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, "", "kubectl", args...)
}

// apply makes objects, which are given as values that become JSON.
func apply(t *testing.T, objects ...any) {
	t.Helper()
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	run(t, string(list), "kubectl", "apply", "-f", "-")
}

// get returns objects of one kind.
func get[T any](t *testing.T, args ...string) []T {
	t.Helper()
	var list struct{ Items []T }
	out := kubectl(t, append(append([]string{"get"}, args...), "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// await waits until something is so.
func await(t *testing.T, limit time.Duration, what string, so func() (bool, error)) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := so()
		took := time.Since(begin)
		switch {
		case yes:
			return took
		case took > limit:
			t.Fatalf("%s: not so after %s: %v", what, limit, err)
		}
		<-tick.C
	}
}

// meta is what all objects have.
type meta struct {
	Kind     string
	Metadata struct {
		Name, UID         string
		Namespace         string
		Labels            map[string]string
		Annotations       map[string]string
		DeletionTimestamp string
	}
}

func (m meta) String() string { return m.Kind + "/" + m.Metadata.Name }

// pod is what tests look at of a pod.
type pod struct {
	meta
	Status struct {
		Phase, PodIP      string
		Conditions        []struct{ Type, Status, LastTransitionTime string }
		ContainerStatuses []struct {
			RestartCount int
			State        struct{ Running *struct{} }
		}
		EphemeralContainerStatuses []struct {
			Name  string
			State struct{ Terminated *struct{ ExitCode int } }
		}
	}
}

func (p pod) name() string { return p.Metadata.Name }

func (p pod) ready() bool {
	return p.Metadata.DeletionTimestamp == "" && slices.ContainsFunc(p.Status.Conditions, func(c struct{ Type, Status, LastTransitionTime string }) bool {
		return c.Type == "Ready" && c.Status == "True"
	})
}

func random() string {
	b := make([]byte, 3)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// namespace makes a namespace that refuses pods that Pod Security calls
// unrestricted. It goes when the test ends.
func namespace(t *testing.T, name string, labels map[string]string) string {
	t.Helper()
	name = fmt.Sprintf("deploy-%s-%s", name, random())
	all := map[string]string{
		madeHere:                             tag(),
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest",
	}
	for k, v := range labels {
		all[k] = v
	}
	apply(t, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": all}})
	t.Cleanup(func() { kubectl(t, "delete", "namespace", name, "--wait=false") })
	return name
}

// diagnosis is what somebody wants to know of a namespace in which a test failed.
func diagnosis(ns string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var all []string
	for _, args := range [][]string{
		{"get", "pods", "-o", "wide"},
		{"get", "events", "--field-selector", "type!=Normal", "--sort-by", ".lastTimestamp"},
		{"logs", "--selector", "app.kubernetes.io/part-of=mcp-fleet", "--all-containers", "--tail", "30", "--prefix"},
	} {
		out, err := try(ctx, "", "kubectl", append([]string{"-n", ns}, args...)...)
		if err != nil {
			out = err.Error()
		}
		for line := range strings.Lines(out) {
			if !strings.Contains(line, `"audit":true`) {
				all = append(all, line)
			}
		}
	}
	return strings.Join(all, "")
}

// secret makes or changes a Secret.
func secret(t *testing.T, ns, name string, data map[string]string) {
	t.Helper()
	apply(t, map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name, "namespace": ns}, "stringData": data})
}

// serviceOfNode makes a Service through which pods reach a server that the tests
// run on the node.
func serviceOfNode(t *testing.T, ns, name, ip string, ports ...int) {
	t.Helper()
	var list []any
	for _, port := range ports {
		list = append(list, map[string]any{"name": name + "-" + strconv.Itoa(port), "port": port, "protocol": "TCP"})
	}
	apply(t,
		map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": ns}, "spec": map[string]any{"ports": list}},
		map[string]any{
			"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": list,
			"metadata":  map[string]any{"name": name + "-node", "namespace": ns, "labels": map[string]string{"kubernetes.io/service-name": name}},
			"endpoints": []any{map[string]any{"addresses": []string{ip}, "conditions": map[string]bool{"ready": true}}},
		})
}

// objects returns all that is in a namespace, but for what the cluster puts into
// each and what goes by itself.
func objects(t *testing.T, ns string) []string {
	t.Helper()
	var kinds []string
	for kind := range strings.FieldsSeq(kubectl(t, "api-resources", "--namespaced", "--verbs=list", "-o", "name")) {
		if !strings.HasPrefix(kind, "events") && !strings.HasSuffix(kind, ".metrics.k8s.io") {
			kinds = append(kinds, kind)
		}
	}
	var all []string
	for _, o := range get[meta](t, strings.Join(kinds, ","), "-n", ns) {
		if o.Metadata.Name != "kube-root-ca.crt" && o.String() != "ServiceAccount/default" {
			all = append(all, o.String())
		}
	}
	slices.Sort(all)
	return all
}
