//go:build e2e

package chart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/mcpfleet/mcpfleet/test/internal/tool"
)

// pod is a pod that an object of the chart makes.
type pod struct {
	of   object
	meta metav1.ObjectMeta
	spec corev1.PodSpec
}

func pods(t *testing.T, list []object) []pod {
	t.Helper()
	var found []pod
	for _, o := range list {
		var template any = map[string]any(o)
		switch o.kind() {
		case "Pod":
		case "Deployment":
			template = o.at("spec", "template")
		default:
			if o.at("spec", "template", "spec", "containers") != nil {
				t.Fatalf("%v makes pods, which this test does not know", o)
			}
			continue
		}
		data, err := yaml.Marshal(template)
		if err != nil {
			t.Fatal(err)
		}
		var p corev1.Pod
		if err := yaml.Unmarshal(data, &p); err != nil {
			t.Fatal(err)
		}
		found = append(found, pod{o, p.ObjectMeta, p.Spec})
	}
	return found
}

// judge asks what an API server asks in a namespace that enforces "restricted".
func judge(t *testing.T, p pod) policy.AggregateCheckResult {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	version, err := api.ParseVersion("v" + tool.Kubernetes[:strings.LastIndex(tool.Kubernetes, ".")])
	if err != nil {
		t.Fatal(err)
	}
	return policy.AggregateCheckResults(evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: version}, &p.meta, &p.spec))
}

// What checkPods is trusted for.
func TestPodSecurityRefuses(t *testing.T) {
	for name, values := range map[string]string{
		"root":             "podSecurityContext: {runAsNonRoot: false}",
		"escalation":       "securityContext: {allowPrivilegeEscalation: true}",
		"a capability":     "securityContext: {capabilities: {add: [SYS_PTRACE]}}",
		"no seccomp":       "podSecurityContext: {seccompProfile: {type: Unconfined}}",
		"the host's files": "extraVolumes: [{name: host, hostPath: {path: /}}]",
	} {
		t.Run(name, func(t *testing.T) {
			refusals := 0
			for _, p := range pods(t, objects(t, "services: {calculator: {"+values+"}}")) {
				if !judge(t, p).Allowed {
					refusals++
				}
			}
			if refusals == 0 {
				t.Error("allowed")
			}
		})
	}
}

// checkPods holds Pod Security, and what it does not ask for and this chart
// promises.
func checkPods(t *testing.T, list []pod) {
	t.Helper()
	if len(list) == 0 {
		t.Error("no pods")
	}
	for _, p := range list {
		if r := judge(t, p); !r.Allowed {
			t.Errorf("%v: %s: %s", p.of, r.ForbiddenReason(), r.ForbiddenDetail())
		}
		if p.spec.AutomountServiceAccountToken == nil || *p.spec.AutomountServiceAccountToken {
			t.Errorf("%v has a token for the Kubernetes API", p.of)
		}
		if p.spec.EnableServiceLinks == nil || *p.spec.EnableServiceLinks {
			t.Errorf("%v has variables of all Services of its namespace", p.of)
		}
		for _, c := range slices.Concat(p.spec.InitContainers, p.spec.Containers) {
			if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
				t.Errorf("%v, %s: its root can be written", p.of, c.Name)
			}
			if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() {
				t.Errorf("%v, %s: no memory limit, or no requests: %v", p.of, c.Name, c.Resources)
			}
			if !c.Resources.Limits.Cpu().IsZero() {
				t.Errorf("%v, %s: a CPU limit of %s delays calls", p.of, c.Name, c.Resources.Limits.Cpu())
			}
		}
		for _, v := range p.spec.Volumes {
			if v.EmptyDir != nil && v.EmptyDir.SizeLimit.IsZero() {
				t.Errorf("%v: the volume %s has no limit", p.of, v.Name)
			}
		}
	}
}

// The longest that a pod may take to end covers what its service may take.
func TestGracePeriod(t *testing.T) {
	for _, c := range []struct{ delay, drain int64 }{{5, 65}, {0, 1}, {30, 600}} {
		values := fmt.Sprintf("services: {calculator: {drainDelay: %d, drain: %d}}", c.delay, c.drain)
		for _, p := range pods(t, objects(t, values)) {
			if p.of.kind() != "Deployment" || p.of.component() != "calculator" {
				continue
			}
			if g := p.spec.TerminationGracePeriodSeconds; g == nil || *g <= c.delay+c.drain {
				t.Errorf("%s: the grace period is %v", values, g)
			}
		}
	}
}

// every is an installation with all that refers to a Secret.
const every = `
image: {pullSecrets: [{name: registry}]}
auth:
  existingSecret: mcp-api-keys
  oauth: {issuers: ['https://login.example.com'], introspection: {url: 'https://login.example.com/introspect', existingSecret: mcp-introspection}}
redis: {existingSecret: mcp-redis}
telemetry: {endpoint: 'http://collector:4318'}
defaults: {publicUrl: 'https://mcp.example.com/mcp'}
services:
  calculator:
    extraEnvFrom: [{secretRef: {name: mcp-calculator}}]
    extraEnv: [{name: MCP_DEBUG, valueFrom: {secretKeyRef: {name: debug, key: on}}}]
  database: {enabled: true, secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}}
  github:
    enabled: true
    config: {GITHUB_CLIENT_ID: Ov23li}
    secretFiles:
      GITHUB_CLIENT_SECRET_FILE: {existingSecret: mcp-github-app}
      GITHUB_TOKEN_STORE_FILE: {existingSecret: mcp-github-store}
      GITHUB_WEBHOOK_SECRET_FILE: {existingSecret: mcp-github-webhook}
  slack:
    enabled: true
    config: {SLACK_CLIENT_ID: "1.2"}
    secretFiles:
      SLACK_CLIENT_SECRET_FILE: {existingSecret: mcp-slack-app}
      SLACK_TOKEN_STORE_FILE: {existingSecret: mcp-slack-store}
      SLACK_SIGNING_SECRET_FILE: {existingSecret: mcp-slack-signing}
prometheusRule: {enabled: true}
dashboard: {enabled: true}
`

// secretLooking matches what keys, tokens and passwords look like.
var secretLooking = regexp.MustCompile(`://[^/\s:@]*:[^/\s@]+@|\bmcpf_[A-Za-z0-9_-]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abp]-|\beyJ[A-Za-z0-9_-]{10,}|-----BEGIN|(?i)\b(password|token|secret)s?: *["']?[A-Za-z0-9+/]{12,}`)

// Secrets are referred to, and never made, looked up or rendered.
func TestNoSecretIsRendered(t *testing.T) {
	out, err := withValues(t, every)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list := parse(t, out)
	for _, o := range list {
		if o.kind() == "Secret" {
			t.Errorf("%v is rendered", o)
		}
	}
	if m := secretLooking.FindString(out); m != "" {
		t.Errorf("this looks like a secret: %s", m)
	}
	for _, name := range []string{"mcp-api-keys", "mcp-signing", "mcp-introspection", "mcp-redis", "mcp-database", "mcp-github-app", "mcp-github-store", "mcp-github-webhook", "mcp-slack-app", "mcp-slack-store", "mcp-slack-signing", "mcp-calculator", "registry", "debug"} {
		if !strings.Contains(out, name) {
			t.Errorf("the Secret %s is not referred to", name)
		}
	}
	for name, data := range templates(t) {
		for _, f := range []string{"lookup", "randAlphaNum", "randAlpha", "randAscii", "randBytes", "genCA", "genSelfSignedCert", "genPrivateKey", "uuidv4", "now"} {
			if regexp.MustCompile(`\{\{[^}]*\b` + f + `\b[^}]*\}\}`).Match(data) {
				t.Errorf("%s calls %s: renderings would differ, or need a cluster", name, f)
			}
		}
	}
}

func TestSecretsAreRecognized(t *testing.T) {
	for _, s := range []string{"postgresql://me:hunter2@db/x", "Password: hunter2hunter2", "eyJhbGciOiJIUzI1NiJ9.e30", "-----BEGIN PRIVATE KEY-----"} {
		if !secretLooking.MatchString(s) {
			t.Errorf("%s is not taken for a secret", s)
		}
	}
}

func templates(t *testing.T) map[string][]byte {
	t.Helper()
	files := source(t, "templates/*.tpl")
	for name, data := range source(t, "templates/*.yaml") {
		files[name] = data
	}
	return files
}

// Every service has a NetworkPolicy for both directions, and what the chart says
// of egress is what is rendered.
func TestNetworkPolicies(t *testing.T) {
	list := objects(t, `
services:
  database: {enabled: true, secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}}
  github: {enabled: true, publicUrl: "https://github.example.com/mcp"}
  slack: {enabled: true, secretFiles: {SLACK_BOT_TOKEN_FILE: {existingSecret: mcp-slack}}}
  signin:
    enabled: true
    secretFiles: {TOKEN_STORE_FILE: {existingSecret: store, key: url, egress: [{ports: [{port: 5432, protocol: TCP}]}]}}
  none:
    enabled: true
    secretFiles: {TOKEN_STORE_FILE: {existingSecret: "", key: url, egress: [{ports: [{port: 5432, protocol: TCP}]}]}}`)
	for _, service := range []string{"calculator", "files", "database", "github", "slack", "signin", "none"} {
		p := one(t, list, "NetworkPolicy", service)
		types, _ := p.at("spec", "policyTypes").([]any)
		if len(types) != 2 {
			t.Errorf("%v is for %v", p, types)
		}
		selector, _ := p.at("spec", "podSelector", "matchLabels").(map[string]any)
		labels, _ := one(t, list, "Deployment", service).at("spec", "template", "metadata", "labels").(map[string]any)
		for k, v := range selector {
			if labels[k] != v {
				t.Errorf("%v selects other pods than those of %s: %v", p, service, selector)
			}
		}
		if len(selector) == 0 {
			t.Errorf("%v selects all pods", p)
		}
		data, err := yaml.Marshal(p.at("spec", "egress"))
		if err != nil {
			t.Fatal(err)
		}
		if database := strings.Contains(string(data), "5432"); database != (service == "database" || service == "signin") {
			t.Errorf("%v, egress:\n%s", p, data)
		}
		if world := strings.Contains(string(data), "port: 443"); world != (service == "github" || service == "slack") {
			t.Errorf("%v, egress:\n%s", p, data)
		}
		egress, _ := p.at("spec", "egress").([]any)
		for _, rule := range egress {
			// A rule without ports is one for all of them.
			if o := object(rule.(map[string]any)); o.at("ports") == nil {
				t.Errorf("%v lets everything out: %v", p, rule)
			}
		}
	}
}

// Nobody reaches the admin port but who reads metrics.
func TestAdminPortIsClosed(t *testing.T) {
	list := objects(t, "")
	p := one(t, list, "NetworkPolicy", "calculator")
	ingress, _ := p.at("spec", "ingress").([]any)
	open := 0
	for _, rule := range ingress {
		o := object(rule.(map[string]any))
		data := fmt.Sprint(o.at("ports"))
		if o.at("ports") == nil || strings.Contains(data, "9090") || strings.Contains(data, "admin") {
			open++
			if from, _ := o.at("from").([]any); len(from) == 0 {
				t.Errorf("%v lets everybody read metrics: %v", p, rule)
			}
		}
	}
	if open != 1 {
		t.Errorf("%v: %d rules are for the admin port", p, open)
	}
	for _, o := range list {
		if o.kind() != "Service" {
			continue
		}
		ports, _ := o.at("spec", "ports").([]any)
		for _, port := range ports {
			if object(port.(map[string]any)).text("targetPort") == "admin" && o.text("spec", "clusterIP") != "None" {
				t.Errorf("%v forwards to the admin port", o)
			}
		}
	}
}
