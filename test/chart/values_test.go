//go:build e2e

package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// free are maps whose keys the chart does not know: they are the user's, or are
// passed on as Kubernetes has them. Those of a service are written as of defaults.
func free() []string {
	return []string{
		"global", "commonLabels", "commonAnnotations", "services", "prometheusRule.labels", "dashboard.labels", "dashboard.annotations",
		"telemetry.resourceAttributes",
		"defaults.config", "defaults.configFiles", "defaults.secretFiles", "defaults.resources", "defaults.autoscaling.behavior",
		"defaults.service.annotations", "defaults.serviceAccount.annotations", "defaults.ingress.annotations", "defaults.httpRoute.annotations",
		"defaults.httpRoute.timeouts", "defaults.serviceMonitor.labels", "defaults.nodeSelector", "defaults.affinity", "defaults.podAnnotations",
		"defaults.podLabels", "defaults.podSecurityContext", "defaults.securityContext", "defaults.startupProbe", "defaults.livenessProbe",
		"defaults.readinessProbe",
	}
}

// closed returns the paths of all maps of values that have the keys they have
// and no other.
func closed(values map[string]any) [][]string {
	var paths [][]string
	var walk func(at []string, m map[string]any)
	walk = func(at []string, m map[string]any) {
		if slices.Contains(free(), strings.Join(at, ".")) {
			return
		}
		paths = append(paths, at)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if below, ok := m[k].(map[string]any); ok {
				walk(append(slices.Clone(at), k), below)
			}
		}
	}
	walk(nil, values)
	return paths
}

func readValues(t *testing.T) map[string]any {
	t.Helper()
	var values map[string]any
	if err := yaml.UnmarshalStrict(source(t, "values.yaml")["values.yaml"], &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// A misspelled key is told, at whatever depth, instead of having no effect.
func TestUnknownKeys(t *testing.T) {
	attempts := closed(readValues(t))
	for _, at := range attempts {
		if len(at) > 0 && at[0] == "defaults" {
			for _, service := range []string{"calculator", "weather"} {
				attempts = append(attempts, append([]string{"services", service}, at[1:]...))
			}
		}
	}
	attempts = append(attempts,
		[]string{"services", "database", "secretFiles", "DATABASE_URL_FILE"},
		[]string{"services", "github", "secretFiles", "GITHUB_TOKEN_STORE_FILE"},
		[]string{"services", "slack", "secretFiles", "SLACK_TOKEN_STORE_FILE"},
		[]string{"defaults", "configFiles", "DATABASE_FILE"})
	if len(attempts) < 40 {
		t.Fatalf("only %d maps are known: %v", len(attempts), attempts)
	}
	// All are told at once, each under a name of its own.
	values := make(map[string]any)
	for i, at := range attempts {
		m := values
		for _, k := range at {
			below, ok := m[k].(map[string]any)
			if !ok {
				below = make(map[string]any)
				m[k] = below
			}
			m = below
		}
		m[fmt.Sprintf("misspelled%d", i)] = true
	}
	data, err := yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	out, err := withValues(t, string(data))
	refused(t, out, err)
	for i, at := range attempts {
		if !strings.Contains(out, fmt.Sprintf("'misspelled%d'", i)) {
			t.Errorf("an unknown key in %q is not told", strings.Join(at, "."))
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// What the schema knows and values.yaml does not has no default and no description.
func TestSchemaNamesNoMoreThanValues(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(source(t, "values.schema.json")["values.schema.json"], &schema); err != nil {
		t.Fatal(err)
	}
	resolve := func(s map[string]any) map[string]any {
		for range 8 {
			ref, ok := s["$ref"].(string)
			if !ok {
				return s
			}
			target := any(schema)
			for key := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				m, _ := target.(map[string]any)
				target = m[key]
			}
			s, _ = target.(map[string]any)
		}
		t.Fatal("references of the schema go round in circles")
		return nil
	}
	known := 0
	var walk func(at []string, s, values map[string]any)
	walk = func(at []string, s, values map[string]any) {
		if slices.Contains(free(), strings.Join(at, ".")) {
			return
		}
		properties, _ := resolve(s)["properties"].(map[string]any)
		for name, p := range properties {
			below := append(slices.Clone(at), name)
			value, ok := values[name]
			if !ok {
				t.Errorf("the schema has %s, and values.yaml does not", strings.Join(below, "."))
			}
			known++
			p, _ := p.(map[string]any)
			if m, ok := value.(map[string]any); ok && p != nil {
				walk(below, p, m)
			}
		}
	}
	walk(nil, schema, readValues(t))
	if known < 80 {
		t.Errorf("the schema names %d values only", known)
	}
}

// Values of the wrong type or from no known list are refused by the schema.
func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ values, word string }{
		{"defaults: {replicas: many}", "replicas"},
		{"defaults: {replicas: -1}", "replicas"},
		{"defaults: {drain: soon}", "drain"},
		{"services: {calculator: {enabled: 'yes'}}", "enabled"},
		{"services: {calculator: {maxConnAge: 5}}", "maxConnAge"},
		{"services: {calculator: {service: {port: 70000}}}", "port"},
		{"services: {calculator: {service: {type: Internal}}}", "type"},
		{"services: {files: {data: {accessModes: [ReadWriteAlways]}}}", "accessModes"},
		{"services: {files: {data: {mountPath: data}}}", "mountPath"},
		{"services: {calculator: {extraEnv: {A: b}}}", "extraEnv"},
		{"services: {Calculator: {enabled: true}}", "Calculator"},
		{"services: {calculator: {config: {lower: x}}}", "lower"},
		{"image: {pullPolicy: Sometimes}", "pullPolicy"},
		{"auth: {existingSecret: [a]}", "existingSecret"},
		{"auth: {oauth: {issuers: https://a.example}}", "issuers"},
		{"telemetry: {endpoint: collector}", "endpoint"},
		{"defaults: {podDisruptionBudget: {maxUnavailable: 0}}", "maxUnavailable"},
		{"defaults: {podDisruptionBudget: {maxUnavailable: 0%}}", "maxUnavailable"},
	} {
		t.Run(c.values, func(t *testing.T) {
			out, err := withValues(t, c.values)
			refused(t, out, err, c.word)
		})
	}
}

// Without the Secrets nothing is rendered, and the message has the commands.
func TestSecretsAreAskedFor(t *testing.T) {
	out, err := template(t)
	refused(t, out, err, "auth.existingSecret", "signing.existingSecret", "keygen", "kubectl create secret generic mcp-api-keys", "kubectl create secret generic mcp-signing", "--namespace "+namespace)
	out, err = template(t, "--set", "auth.existingSecret=mcp-api-keys")
	refused(t, out, err, "signing.existingSecret", "kubectl create secret generic mcp-signing")
	if strings.Contains(out, "keygen") {
		t.Errorf("it asks for what is there:\n%s", out)
	}
	out, err = template(t, "--set", "signing.existingSecret=mcp-signing")
	refused(t, out, err, "auth.existingSecret", "keygen")
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		values string
		words  []string
	}{
		"a database without its Secret": {
			"services: {database: {enabled: true}}",
			[]string{"services.database.secretFiles.DATABASE_URL_FILE.existingSecret"},
		},
		"replicas with files of their own": {
			"services: {files: {replicas: 2}}",
			[]string{"services.files.replicas", "ReadWriteMany"},
		},
		"replicas on a claim for one": {
			"services: {files: {replicas: 2, data: {create: true}}}",
			[]string{"services.files.replicas", "ReadWriteMany"},
		},
		"autoscaling with files of their own": {
			"services: {files: {autoscaling: {enabled: true}}}",
			[]string{"services.files.autoscaling", "ReadWriteMany"},
		},
		"fewer replicas at most than at least": {
			"services: {calculator: {autoscaling: {enabled: true, minReplicas: 5, maxReplicas: 2}}}",
			[]string{"services.calculator.autoscaling.minReplicas"},
		},
		"the name of another service's metrics": {
			"services: {calculator-metrics: {enabled: true}}",
			[]string{"services.calculator-metrics", "choose another"},
		},
		"OAuth without a URL": {
			"auth: {oauth: {issuers: ['https://login.example.com']}}",
			[]string{"services.calculator.publicUrl"},
		},
		"an audience without OAuth": {
			"services: {calculator: {oauthAudience: calc}}",
			[]string{"services.calculator.oauthAudience", "auth.oauth.issuers"},
		},
		"an audience as a setting": {
			"{auth: {oauth: {issuers: ['https://login.example.com']}}, services: {calculator: {config: {MCP_OAUTH_AUDIENCE: calc}}}}",
			[]string{"services.calculator.config.MCP_OAUTH_AUDIENCE", "services.calculator.oauthAudience"},
		},
		"a password in a setting": {
			"services: {calculator: {config: {MCP_REDIS_URL: 'redis://:hunter2@redis'}}}",
			[]string{"services.calculator.config.MCP_REDIS_URL", "allowPlaintextSecrets"},
		},
		"a connection string with a password": {
			"services: {weather: {enabled: true, config: {DATABASE_URL: 'postgresql://me:hunter2@db/shop'}}}",
			[]string{"services.weather.config.DATABASE_URL", "allowPlaintextSecrets"},
		},
		"a token": {
			"services: {weather: {enabled: true, config: {GITHUB_TOKEN: hunter2}}}",
			[]string{"services.weather.config.GITHUB_TOKEN", "allowPlaintextSecrets"},
		},
		"a token store with a password": {
			"services: {github: {enabled: true, config: {GITHUB_TOKEN_STORE: 'postgres://me:hunter2@db/tokens'}}}",
			[]string{"services.github.config.GITHUB_TOKEN_STORE", "services.github.secretFiles.GITHUB_TOKEN_STORE_FILE", "allowPlaintextSecrets"},
		},
		"people who cannot come back from GitHub": {
			"services: {github: {enabled: true, config: {GITHUB_CLIENT_ID: x}}}",
			[]string{"services.github.publicUrl"},
		},
		"Slack without a token": {
			"services: {slack: {enabled: true}}",
			[]string{"services.slack.secretFiles.SLACK_BOT_TOKEN_FILE.existingSecret", "services.slack.config.SLACK_CLIENT_ID"},
		},
		"people who cannot come back from Slack": {
			"services: {slack: {enabled: true, config: {SLACK_CLIENT_ID: x}}}",
			[]string{"services.slack.publicUrl"},
		},
		"people of whom Slack alone knows who they are": {
			"{auth: {existingSecret: '', none: true}, services: {slack: {enabled: true, publicUrl: 'https://slack.example.com', config: {SLACK_CLIENT_ID: x}}}}",
			[]string{"services.slack.config.SLACK_CLIENT_ID", "auth.none"},
		},
		"people of whom nobody knows who they are": {
			"{auth: {existingSecret: '', none: true}, services: {github: {enabled: true, publicUrl: 'https://github.example.com', config: {GITHUB_CLIENT_ID: x}}}}",
			[]string{"services.github.config.GITHUB_CLIENT_ID", "auth.none"},
		},
		"a token in the environment": {
			"services: {weather: {enabled: true, extraEnv: [{name: SLACK_BOT_TOKEN, value: hunter2}]}}",
			[]string{"SLACK_BOT_TOKEN", "allowPlaintextSecrets"},
		},
		"a password in a file": {
			"services: {weather: {enabled: true, configFiles: {DATABASE_FILE: {name: d.yaml, content: 'url: postgresql://me:hunter2@db/shop'}}}}",
			[]string{"services.weather.configFiles.DATABASE_FILE", "allowPlaintextSecrets"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := withValues(t, c.values)
			refused(t, out, err, c.words...)
			if strings.Contains(out, "hunter2") {
				t.Errorf("the message tells the secret:\n%s", out)
			}
		})
	}
}

// Who says so may have secrets in values, and references are no secrets.
func TestAudienceOfAService(t *testing.T) {
	for _, c := range []struct{ fleet, own, want string }{
		{"", "", ""}, {"all", "", "all"}, {"", "calc", "calc"}, {"all", "calc", "calc"},
	} {
		list := objects(t, fmt.Sprintf("auth: {oauth: {issuers: ['https://login.example.com'], audience: %q}}\n"+
			"defaults: {publicUrl: 'https://mcp.example.com/mcp'}\nservices: {calculator: {oauthAudience: %q}}", c.fleet, c.own))
		for service, want := range map[string]string{"calculator": c.want, "files": c.fleet} {
			if got := environment(t, one(t, list, "Deployment", service))["MCP_OAUTH_AUDIENCE"]; got != want {
				t.Errorf("%s, with %q for all and %q for the calculator: %q, want %q", service, c.fleet, c.own, got, want)
			}
		}
	}
}

func TestPlaintextIsAllowedWhenSaid(t *testing.T) {
	list := objects(t, "services: {weather: {enabled: true, allowPlaintextSecrets: true, config: {GITHUB_TOKEN: hunter2}}}")
	if env := environment(t, one(t, list, "Deployment", "weather")); env["GITHUB_TOKEN"] != "hunter2" {
		t.Errorf("the token is %q", env["GITHUB_TOKEN"])
	}
	objects(t, "services: {weather: {enabled: true, extraEnv: [{name: GITHUB_TOKEN, valueFrom: {secretKeyRef: {name: github, key: token}}}]}}")
}

// null removes a service, as does enabled: false.
func TestServicesAreRemoved(t *testing.T) {
	for _, off := range []string{"null", "{enabled: false}"} {
		for _, o := range objects(t, "services: {files: "+off+"}") {
			if o.component() == "files" || strings.Contains(o.name(), "files") {
				t.Errorf("files: %s leaves %v", off, o)
			}
		}
	}
	// A later file puts it back.
	if _, err := withValues(t, "services: {files: {enabled: true}}"); err != nil {
		t.Error(err)
	}
}

// false, 0, "" and [] override a default, and null removes it.
func TestMerge(t *testing.T) {
	d := one(t, objects(t, `
defaults:
  priorityClassName: high
  config: {MCP_RATE_LIMIT: 10/s, MCP_MAX_CONCURRENCY: 8}
  tolerations: [{operator: Exists}]
services:
  calculator:
    replicas: 0
    priorityClassName: ""
    config: {MCP_RATE_LIMIT: null, MCP_READ_ONLY: false}
    tolerations: []
`), "Deployment", "calculator")
	if got := d.at("spec", "replicas"); got != float64(0) {
		t.Errorf("replicas: %v", got)
	}
	if got := d.at("spec", "template", "spec", "priorityClassName"); got != nil {
		t.Errorf("priorityClassName: %v", got)
	}
	if got := d.at("spec", "template", "spec", "tolerations"); got != nil {
		t.Errorf("tolerations: %v", got)
	}
	env := environment(t, d)
	if _, ok := env["MCP_RATE_LIMIT"]; ok || env["MCP_MAX_CONCURRENCY"] != "8" || env["MCP_READ_ONLY"] != "false" {
		t.Errorf("environment: %v", env)
	}
}

// Numbers of values are written as they were, not as 1e+09.
func TestNumbers(t *testing.T) {
	d := one(t, objects(t, "services: {calculator: {config: {CALCULATOR_WORK: 2000000000, MCP_MAX_BODY: 1048576, DATABASE_MAX_COST: 1.5}}}"), "Deployment", "calculator")
	env := environment(t, d)
	if env["CALCULATOR_WORK"] != "2000000000" || env["MCP_MAX_BODY"] != "1048576" || env["DATABASE_MAX_COST"] != "1.5" {
		t.Errorf("environment: %v", env)
	}
}

// The HorizontalPodAutoscaler decides how many replicas there are, also after an
// upgrade.
func TestAutoscalingOwnsReplicas(t *testing.T) {
	list := objects(t, "services: {calculator: {autoscaling: {enabled: true}}}")
	if got := one(t, list, "Deployment", "calculator").at("spec", "replicas"); got != nil {
		t.Errorf("the Deployment has %v replicas", got)
	}
	h := one(t, list, "HorizontalPodAutoscaler", "calculator")
	if h.text("spec", "scaleTargetRef", "name") != one(t, list, "Deployment", "calculator").name() {
		t.Errorf("it scales %v", h.at("spec", "scaleTargetRef"))
	}
}

// A service that the chart does not know has all that the others have.
func TestOwnService(t *testing.T) {
	list := objects(t, `
services:
  weather:
    enabled: true
    image: {ref: registry.example.com/weather@sha256:0000000000000000000000000000000000000000000000000000000000000000}
    ingress: {enabled: true, hosts: [weather.example.com]}
    httpRoute: {enabled: true, parentRefs: [{name: public}], hostnames: [weather.internal]}
    autoscaling: {enabled: true}
    serviceMonitor: {enabled: true}
`)
	for _, kind := range []string{"Deployment", "Service", "ServiceAccount", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Ingress", "HTTPRoute", "ServiceMonitor"} {
		one(t, list, kind, "weather")
	}
	d := one(t, list, "Deployment", "weather")
	if image := d.text("spec", "template", "spec", "containers", 0, "image"); !strings.HasPrefix(image, "registry.example.com/weather@sha256:") {
		t.Errorf("its image is %s", image)
	}
	hosts := strings.Split(environment(t, d)["MCP_ALLOWED_HOSTS"], ",")
	for _, want := range []string{"weather.example.com", "weather.internal", "fleet-weather", "fleet-weather.tools.svc.cluster.local"} {
		if !slices.Contains(hosts, want) {
			t.Errorf("requests for %s would be refused: %v", want, hosts)
		}
	}
}

// The chart that is packaged is the one of this folder, and renders.
func TestPackage(t *testing.T) {
	dir := t.TempDir()
	out, err := command(t, "helm", "package", chartDir(t), "--destination", dir, "--version", "1.2.3", "--app-version", "1.2.3")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	archive := filepath.Join(dir, "mcp-fleet-1.2.3.tgz")
	if info, err := os.Stat(archive); err != nil || info.Size() > 200<<10 {
		t.Fatalf("%v %v", info, err)
	}
	out, err = command(t, "helm", "template", release, archive, "--set", "auth.existingSecret=a,signing.existingSecret=b")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, o := range parse(t, out) {
		if o.kind() != "Deployment" {
			continue
		}
		if image, want := o.text("spec", "template", "spec", "containers", 0, "image"), fmt.Sprintf("ghcr.io/mcpfleet/mcp-%s:1.2.3", o.component()); image != want {
			t.Errorf("the image is %s, not %s", image, want)
		}
	}
}
