//go:build e2e

package chart

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// The chart's README is what helm-docs makes of the comments of values.yaml.
func TestReadmeIsCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(chartDir(t))); err != nil {
		t.Fatal(err)
	}
	current := source(t, "README.md")["README.md"]
	out, err := command(t, "helm-docs", "--chart-search-root", dir, "--sort-values-order", "file", "--log-level", "warning")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	generated, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(generated), current) {
		t.Error("README.md is not what helm-docs generates: make generate-chart writes it")
	}
}

// Every value has its meaning beside it.
func TestValuesAreDescribed(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| (\S+) \|(.*)\|$`).FindAllSubmatch(source(t, "README.md")["README.md"], -1)
	described := 0
	for _, r := range rows {
		key := string(r[1])
		if key == "Key" || strings.HasPrefix(key, "-") || strings.HasPrefix(key, "services.") {
			continue
		}
		described++
		cells := strings.Split(string(r[2]), "|")
		if strings.TrimSpace(cells[len(cells)-1]) == "" {
			t.Errorf("%s has no description", key)
		}
	}
	if described < 80 {
		t.Errorf("%d values are in the table", described)
	}
}

// The files of tests/ say in YAML what a reader of the chart wants to know.
func TestUnits(t *testing.T) {
	out, err := command(t, "helm-unittest", "--strict", "--file", "tests/*_test.yaml", chartDir(t))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, kind := range []string{
		"deployment", "service", "poddisruptionbudget", "horizontalpodautoscaler", "networkpolicy", "ingress", "httproute",
		"servicemonitor", "prometheusrule", "validation", "notes",
	} {
		if source(t, "tests/"+kind+"_test.yaml") == nil {
			t.Errorf("no tests of %s", kind)
		}
	}
}

// The chart has one version, that of the programs.
func TestVersions(t *testing.T) {
	var c struct{ Version, AppVersion, KubeVersion string }
	if err := yaml.Unmarshal(source(t, "Chart.yaml")["Chart.yaml"], &c); err != nil {
		t.Fatal(err)
	}
	if c.Version == "" || c.Version != c.AppVersion {
		t.Errorf("the chart has the version %q and is for %q", c.Version, c.AppVersion)
	}
	if c.KubeVersion == "" {
		t.Error("it does not say for which Kubernetes it is")
	}
	// The oldest that it says it is for renders, too.
	oldest := strings.TrimSuffix(strings.TrimPrefix(c.KubeVersion, ">="), "-0")
	out, err := command(t, "helm", "template", release, chartDir(t), "--kube-version", oldest, "--values", filepath.Join(chartDir(t), "ci", "default-values.yaml"))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
