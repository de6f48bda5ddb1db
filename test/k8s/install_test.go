//go:build k8s

package k8s

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every file of values that the chart comes with is installed, tested, called,
// and uninstalled.
func TestInstall(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(chart, "ci", "*-values.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	files = append(files, filepath.Join(chart, "examples", "prod.yaml"))
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".yaml"), "-values")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			testInstall(t, name, string(values))
		})
	}
}

func testInstall(t *testing.T, name, values string) {
	ns := namespace(t, "install-"+name, nil)
	r := prepare(t, ns)
	surround(t, ns, values)
	run(t, run(t, "", "helm", r.args(t, "template", values)...), "kubectl", "apply", "--namespace", ns, "--dry-run=server", "--validate=strict", "-f", "-")
	r.install(t, values)
	run(t, "", "helm", "test", r.name, "--namespace", ns, "--timeout", "60s")

	var settings struct {
		Auth struct {
			ExistingSecret string `yaml:"existingSecret"`
		}
	}
	if err := yaml.Unmarshal([]byte(values), &settings); err != nil {
		t.Fatal(err)
	}
	services := r.services(t)
	if len(services) == 0 {
		t.Fatal("no service runs")
	}
	for _, s := range services {
		if n := r.status(t, s, net.JoinHostPort(address(t.Context(), t, r.host(s)), "80"), ""); n != http.StatusUnauthorized {
			t.Errorf("%s answers a call without a key with status %d", s, n)
		}
		if settings.Auth.ExistingSecret == "" {
			continue // keys open nothing here
		}
		for _, era := range []string{modern, legacy} {
			session := r.connect(t, s, era)
			if got := session.InitializeResult().ProtocolVersion; got != era {
				t.Errorf("%s speaks %s, not %s", s, got, era)
			}
			if strings.Contains(values, "_CLIENT_ID") {
				continue // nobody has signed in
			}
			tool, arguments := sample(t, r, s)
			call(t, session, tool, arguments)
		}
		if strings.Contains(values, "GITHUB_CLIENT_ID") {
			r.signIn(t, s)
		}
		if strings.Contains(values, "SLACK_CLIENT_ID") {
			r.signInAtSlack(t, s)
		}
		if strings.Contains(values, "SLACK_SIGNING_SECRET_FILE") {
			r.takeEvents(t, s)
		}
	}
}

// sample is a call of one tool of a service, which the image tells.
func sample(t *testing.T, r *release, service string) (tool string, arguments any) {
	t.Helper()
	images := kubectl(t, "get", "deployments", "-n", r.ns, "-l", r.selector(service), "-o", "jsonpath={.items[*].spec.template.spec.containers[0].image}")
	switch program := strings.TrimSuffix(filepath.Base(images), ":"+tag()); program {
	case "mcp-calculator":
		return "calculate", map[string]string{"expression": "2 + 3"}
	case "mcp-files":
		return "list_directory", struct{}{}
	case "mcp-database":
		return "execute_query", map[string]string{"query": "select count(*) from numbers"}
	case "mcp-github":
		return "list_releases", map[string]string{"owner": "acme", "repo": "shop"}
	case "mcp-slack":
		return "get_channel_info", map[string]string{"channel": "general"}
	default:
		t.Fatalf("no call of %s is known here", program)
		return "", nil
	}
}

// surround makes what values name and the chart does not make.
func surround(t *testing.T, ns, values string) {
	t.Helper()
	provide(t, ns)
	if strings.Contains(values, "mcp-database") {
		database(t, ns, "mcp-database")
	}
	if strings.Contains(values, "mcp-github") {
		gitHub(t, ns)
	}
	if strings.Contains(values, "mcp-github-store") {
		database(t, ns, "mcp-github-store")
	}
	if strings.Contains(values, "mcp-slack") {
		slack(t, ns)
	}
	if strings.Contains(values, "mcp-slack-store") {
		database(t, ns, "mcp-slack-store")
	}
	if strings.Contains(values, "mcp-redis") {
		secret(t, ns, "mcp-redis", map[string]string{"url": "redis://redis." + ns + ".svc:6379"})
	}
	if strings.Contains(values, "mcp-introspection") {
		secret(t, ns, "mcp-introspection", map[string]string{"client-id": "mcp", "client-secret": "not a secret"})
	}
	modes := regexp.MustCompile(`existingClaim: ([a-z-]+), accessModes: \[(\w+)\]`)
	for _, m := range modes.FindAllStringSubmatch(values, -1) {
		sharedClaim(t, ns, m[1], m[2])
	}
}

// Without the Secrets that an install needs there is none, and it is said how
// they are made.
func TestInstallWithoutSecrets(t *testing.T) {
	t.Parallel()
	ns := namespace(t, "install-nothing", nil)
	r := &release{ns: ns, name: "fleet"}
	for _, values := range []string{"", "auth: {existingSecret: mcp-api-keys}", "signing: {existingSecret: mcp-signing}"} {
		out, err := try(t.Context(), "", "helm", r.args(t, "install", values)...)
		if err == nil {
			t.Fatalf("with the values %q it is installed:\n%s", values, out)
		}
		if !strings.Contains(err.Error(), "kubectl create secret") {
			t.Errorf("with the values %q: %v", values, err)
		}
	}
	if all := objects(t, ns); len(all) > 0 {
		t.Errorf("it is not installed, and there are %v", all)
	}
}
