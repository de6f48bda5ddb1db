//go:build e2e

package chart

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/tool"
)

// TestValues renders each file of values that is installed somewhere, and has all
// that is rendered checked.
func TestValues(t *testing.T) {
	dir := schemas(t)
	others := readers(t)
	known := make(map[string]map[string]string)
	for _, p := range programs(t) {
		known[p] = flags(t, p)
	}
	kinds := make(map[string]bool)
	files := valuesFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) {
			out, err := command(t, "helm", "lint", "--strict", chartDir(t), "--namespace", namespace, "--kube-version", tool.Kubernetes, "--values", files[name])
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			out, err = template(t, "--values", files[name])
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			// GitOps tools would upgrade for ever if two renderings differed.
			if again, _ := template(t, "--values", files[name]); again != out {
				t.Error("two renderings differ")
			}
			if said, err := conform(t, dir, out); err != nil {
				t.Errorf("kubeconform: %v\n%s", err, said)
			}
			list := parse(t, out)
			for _, o := range list {
				kinds[o.kind()] = true
			}
			checkObjects(t, list)
			checkVariables(t, list, known, others)
			checkPods(t, pods(t, list))
			checkScore(t, out)
		})
	}
	for _, want := range []string{
		"ConfigMap", "Deployment", "HTTPRoute", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PersistentVolumeClaim",
		"Pod", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor",
	} {
		if !kinds[want] {
			t.Errorf("no values of ci or examples render a %s, so its schema was not tried", want)
		}
	}
}

// checkObjects allows no kinds without a namespace: they are none of a chart that
// a team installs in its own.
func checkObjects(t *testing.T, list []object) {
	t.Helper()
	seen := make(map[string]bool)
	for _, o := range list {
		if o.kind() == "" || o.name() == "" || o.text("apiVersion") == "" {
			t.Errorf("an object without kind, name or version: %v", o)
		}
		if seen[o.String()] {
			t.Errorf("%v is there twice", o)
		}
		seen[o.String()] = true
		if ns := o.text("metadata", "namespace"); ns != namespace {
			t.Errorf("%v is in the namespace %q, not in the release's", o, ns)
		}
		if len(o.name()) > 63 {
			t.Errorf("%v: the name is too long", o)
		}
		for _, label := range []string{"app.kubernetes.io/instance", "app.kubernetes.io/part-of"} {
			if o.text("metadata", "labels", label) == "" {
				t.Errorf("%v lacks the label %s", o, label)
			}
		}
	}
	if len(seen) == 0 {
		t.Error("nothing is rendered")
	}
}

// Names stay unique and short enough whatever the release is called.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("x", 53)
	out, err := command(t, "helm", "template", long, chartDir(t), "--namespace", namespace, "--values", filepath.Join(chartDir(t), "ci", "default-values.yaml"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seen := make(map[string]bool)
	for _, o := range parse(t, out) {
		if len(o.name()) > 63 || strings.HasSuffix(o.name(), "-") || seen[o.String()] {
			t.Errorf("%v", o)
		}
		seen[o.String()] = true
	}
}

// schemas writes those of the Kubernetes API and of what the chart refers to.
func schemas(t *testing.T) string {
	t.Helper()
	read := func(module string, file string) []byte {
		m, err := tool.Module(t.Context(), module)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(m.Dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	const (
		gateway  = "sigs.k8s.io/gateway-api@v1.6.3"
		operator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
	)
	dir := t.TempDir()
	err := WriteSchemas(dir, read("k8s.io/kubernetes@v"+tool.Kubernetes, "api/openapi-spec/swagger.json"),
		read(gateway, "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"),
		read(operator, "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"),
		read(operator, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// conform runs kubeconform on manifests. There is no schema to fetch elsewhere,
// so a kind without one is a failure.
func conform(t *testing.T, schemas string, manifests ...string) (string, error) {
	t.Helper()
	args := []string{"-strict", "-summary", "-schema-location", filepath.Join(schemas, "{{.ResourceKind}}{{.KindSuffix}}.json")}
	dir := t.TempDir()
	for i, m := range manifests {
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(file, []byte(m), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	return command(t, "kubeconform", args...)
}

// What the schemas are trusted for: they refuse what is wrong.
func TestKubernetesSchemasRefuse(t *testing.T) {
	dir := schemas(t)
	out, err := template(t, "--values", filepath.Join(chartDir(t), "ci", "default-values.yaml"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	route := `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  hostnames: [a.example]
  rules: [{backendRefs: [{name: a, port: 80}]}]
`
	monitor := `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: a}
spec:
  selector: {}
  endpoints: [{port: admin}]
`
	if said, err := conform(t, dir, route, monitor); err != nil {
		t.Fatalf("good objects: %v\n%s", err, said)
	}
	for name, c := range map[string]struct{ manifest, old, new string }{
		"a field of a container":    {out, "imagePullPolicy:", "imagePolicy:"},
		"a field of a Deployment":   {out, "revisionHistoryLimit:", "historyLimit:"},
		"a field of metadata":       {out, "  namespace: tools\n", "  nameSpace: tools\n"},
		"a word for a number":       {out, "revisionHistoryLimit: 3", "revisionHistoryLimit: three"},
		"null":                      {out, "revisionHistoryLimit: 3", "revisionHistoryLimit: null"},
		"a key that is there twice": {out, "revisionHistoryLimit: 3", "revisionHistoryLimit: 3\n  revisionHistoryLimit: 4"},
		"a kind":                    {out, "kind: ServiceAccount", "kind: ServiceAcount"},
		"a version":                 {out, "apiVersion: apps/v1", "apiVersion: apps/v1beta1"},
		"a field of an HTTPRoute":   {route, "hostnames:", "hosts:"},
		"a weight as a word":        {route, "port: 80", "port: 80, weight: much"},
		"a field of an endpoint":    {monitor, "port: admin", "ports: admin"},
		"metadata of a CRD's kind":  {monitor, "{name: a}", "{name: a, label: {}}"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(c.manifest, c.old) {
				t.Fatalf("the manifest has no %q", c.old)
			}
			if said, err := conform(t, dir, strings.ReplaceAll(c.manifest, c.old, c.new)); err == nil {
				t.Errorf("accepted:\n%s", said)
			}
		})
	}
}

// checkScore holds that criticals of kube-score are answered, or named here with
// the reason.
func checkScore(t *testing.T, out string) {
	t.Helper()
	ignored := []string{
		"container-resources",                           // a limit of CPU delays calls and saves nothing
		"container-image-pull-policy",                   // tags are never moved
		"container-ephemeral-storage-request-and-limit", // emptyDirs have limits of their own
		"container-security-context-user-group-id",      // the images have 65532
		"deployment-has-poddisruptionbudget",            // one replica has none
		"pod-probes-identical",                          // startup and liveness ask the same
	}
	file := filepath.Join(t.TempDir(), "all.yaml")
	if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"score", "--kubernetes-version", "v1.36", "--output-format", "ci"}
	for _, i := range ignored {
		args = append(args, "--ignore-test", i)
	}
	// Its exit status is that of the criticals.
	said, _ := command(t, "kube-score", append(args, file)...)
	if !strings.Contains(said, "[OK]") {
		t.Errorf("kube-score says nothing: %s", said)
	}
	for line := range strings.Lines(said) {
		// Pods of helm test end at once, and nobody calls them.
		test := strings.Contains(line, " v1/Pod: ") && strings.Contains(line, "NetworkPolicy")
		if strings.HasPrefix(line, "[CRITICAL]") && !test {
			t.Error(strings.TrimSpace(line))
		}
	}
}
