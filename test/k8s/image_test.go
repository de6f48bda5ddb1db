//go:build k8s

package k8s

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// What deploy/Dockerfile makes runs as the chart runs it, and answers.
func TestDockerfileImages(t *testing.T) {
	t.Parallel()
	services := map[string]struct {
		tool      string
		arguments any
	}{
		"calculator": {"calculate", map[string]string{"expression": "2 + 3"}},
		"database":   {"execute_query", map[string]string{"query": "select count(*) from numbers"}},
		"files":      {"list_directory", struct{}{}},
		"github":     {"list_releases", map[string]string{"owner": "acme", "repo": "shop"}},
		"slack":      {"get_channel_info", map[string]string{"channel": "general"}},
	}
	load := []string{"load-image"}
	refs := make(map[string]string, len(services))
	for s := range services {
		archive := filepath.Join(os.Getenv("IMAGE_ARCHIVES"), "images", "mcp-"+s+".tar")
		ref, err := reference(archive)
		if err != nil {
			t.Fatalf("%v: run `make test-images` first", err)
		}
		load, refs[s] = append(load, archive), ref
	}
	c, err := findCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.run(t.Context(), load...); err != nil {
		t.Fatal(err)
	}

	ns := namespace(t, "dockerfile", nil)
	database(t, ns, "mcp-database")
	gitHub(t, ns)
	slack(t, ns)
	r := prepare(t, ns)
	r.install(t, secrets+fmt.Sprintf(`
defaults: {replicas: 1}
services:
  calculator: {image: {ref: %q}}
  files: {image: {ref: %q}}
  database:
    enabled: true
    image: {ref: %q}
    secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}
  github:
    enabled: true
    image: {ref: %q}
    config: {GITHUB_API_URL: "http://ghes:8080/api/v3"}
    secretFiles: {GITHUB_TOKEN_FILE: {existingSecret: mcp-github}}
    networkPolicy: {egress: {rules: [{ports: [{port: 8080, protocol: TCP}]}]}}
  slack:
    enabled: true
    image: {ref: %q}
    config: {SLACK_API_URL: "https://slack-api:8443/api/"}
    secretFiles: {SLACK_BOT_TOKEN_FILE: {existingSecret: mcp-slack}}
    extraEnv: [{name: SSL_CERT_FILE, value: /etc/corp/ca.crt}]
    extraVolumes: [{name: ca, secret: {secretName: mcp-slack-ca}}]
    extraVolumeMounts: [{name: ca, mountPath: /etc/corp, readOnly: true}]
    networkPolicy: {egress: {rules: [{ports: [{port: 8443, protocol: TCP}]}]}}
`, refs["calculator"], refs["files"], refs["database"], refs["github"], refs["slack"]))
	run(t, "", "helm", "test", r.name, "--namespace", ns, "--timeout", "60s")
	for s, sample := range services {
		used := kubectl(t, "get", "pods", "-n", ns, "-l", r.selector(s), "-o", "jsonpath={.items[*].spec.containers[0].image}")
		if used != refs[s] {
			t.Errorf("%s runs the image %q, want %q", s, used, refs[s])
		}
		if n := r.status(t, s, net.JoinHostPort(address(t.Context(), t, r.host(s)), "80"), ""); n != http.StatusUnauthorized {
			t.Errorf("%s answers a call without a key with status %d", s, n)
		}
		call(t, r.connect(t, s, modern), sample.tool, sample.arguments)
	}
}

// reference returns the name of the one image in an OCI archive.
func reference(archive string) (string, error) {
	f, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%s: it has no index.json", archive)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", archive, err)
		}
		if filepath.Base(h.Name) != "index.json" {
			continue
		}
		var index struct {
			Manifests []struct{ Annotations map[string]string }
		}
		if err := json.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&index); err != nil {
			return "", fmt.Errorf("%s: %w", archive, err)
		}
		if len(index.Manifests) != 1 || index.Manifests[0].Annotations["org.opencontainers.image.ref.name"] == "" {
			return "", fmt.Errorf("%s: it has not one image with a name", archive)
		}
		return index.Manifests[0].Annotations["org.opencontainers.image.ref.name"], nil
	}
}
