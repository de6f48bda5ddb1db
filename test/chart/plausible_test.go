//go:build e2e

package chart

import (
	"slices"
	"strings"
	"testing"
)

// Names that YAML takes for something else stay names.
func TestNamesStayText(t *testing.T) {
	out, err := template(t, "--namespace", "123",
		"--set-string", "auth.existingSecret=yes,signing.existingSecret=1e3",
		"--set-string", "services.calculator.priorityClassName=on,services.calculator.runtimeClassName=0x10",
		"--set", "services.calculator.ingress.enabled=true,services.calculator.ingress.hosts={a.example.com}",
		"--set-string", "services.calculator.ingress.className=no,services.calculator.ingress.path=/x:",
		"--set-string", "services.calculator.podAnnotations.kubectl\\.kubernetes\\.io/default-container=other",
		"--set-string", "services.files.data.existingClaim=off,services.files.data.mountPath=/da{ta",
		"--set-string", "services.files.configFiles.RULES_FILE.name=yes,services.files.configFiles.RULES_FILE.content=a: {b")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list := parse(t, out)
	pod := []any{"spec", "template", "spec"}
	calculator, files := one(t, list, "Deployment", "calculator"), one(t, list, "Deployment", "files")
	for _, tt := range []struct {
		got  any
		want string
	}{
		{calculator.at("metadata", "namespace"), "123"},
		{calculator.at(append(slices.Clone(pod), "priorityClassName")...), "on"},
		{calculator.at(append(slices.Clone(pod), "runtimeClassName")...), "0x10"},
		{calculator.at(append(slices.Clone(pod), "volumes", 1, "secret", "secretName")...), "yes"},
		{calculator.at(append(slices.Clone(pod), "volumes", 2, "secret", "secretName")...), "1e3"},
		{calculator.at("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/default-container"), "other"},
		{one(t, list, "Ingress", "calculator").at("spec", "ingressClassName"), "no"},
		{one(t, list, "Ingress", "calculator").at("spec", "rules", 0, "http", "paths", 0, "path"), "/x:"},
		{one(t, list, "ConfigMap", "files").at("data", "yes"), "a: {b"},
		{files.at(append(slices.Clone(pod), "volumes", 4, "persistentVolumeClaim", "claimName")...), "off"},
		{files.at(append(slices.Clone(pod), "containers", 0, "volumeMounts", 4, "mountPath")...), "/da{ta"},
	} {
		if tt.got != tt.want {
			t.Errorf("%#v instead of %q", tt.got, tt.want)
		}
	}
}

// Patterns of an Ingress reach the service, which would refuse their requests.
func TestPatternsOfHostsAreAllowed(t *testing.T) {
	list := objects(t, `
services:
  calculator:
    allowedHosts: ["*.c.example.com"]
    ingress: {enabled: true, hosts: ["*.a.example.com"]}
    httpRoute: {enabled: true, parentRefs: [{name: public}], hostnames: ["*.b.example.com"]}`)
	hosts := strings.Split(environment(t, one(t, list, "Deployment", "calculator"))["MCP_ALLOWED_HOSTS"], ",")
	for _, want := range []string{"*.a.example.com", "*.b.example.com", "*.c.example.com"} {
		if !slices.Contains(hosts, want) {
			t.Errorf("%s is not among %v", want, hosts)
		}
	}
}

// Helm takes names of releases that no Service may have.
func TestReleaseNamesThatServicesCannotHave(t *testing.T) {
	for _, name := range []string{"1st", "team.tools"} {
		args := []string{"template", name, chartDir(t), "--set", "auth.existingSecret=keys,signing.existingSecret=signing"}
		out, err := command(t, "helm", args...)
		refused(t, out, err, "fullnameOverride")
		if out, err := command(t, "helm", append(args, "--set", "fullnameOverride=tools")...); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// An endpoint without a port of its own is at the port of the clouds' metadata.
func TestMetadataIsOutOfReach(t *testing.T) {
	list := objects(t, `
telemetry: {endpoint: 'http://collector.monitoring'}
redis: {existingSecret: redis}`)
	egress, _ := one(t, list, "NetworkPolicy", "calculator").at("spec", "egress").([]any)
	seen := 0
	for _, rule := range egress {
		r := object(rule.(map[string]any))
		if port := r.at("ports", 0, "port"); port != float64(80) && port != float64(6379) {
			continue
		}
		seen++
		except, _ := r.at("to", 1, "ipBlock", "except").([]any)
		if !slices.Contains(except, any("169.254.0.0/16")) {
			t.Errorf("the rule lets metadata through: %v", rule)
		}
	}
	if seen != 2 {
		t.Errorf("%d rules for the collector and Redis, instead of 2: %v", seen, egress)
	}
}
