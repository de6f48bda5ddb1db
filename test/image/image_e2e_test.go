//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/fleettest"
)

const (
	version = "1.2.3-rc.1"
	// base is what deploy/Dockerfile builds on.
	base = "gcr.io/distroless/static-debian12:nonroot"
)

// certificates is where Debian and distroless images have them.
const certificates = "etc/ssl/certs/ca-certificates.crt"

// standIns returns a builder for deploy/Dockerfile whose store has images of the
// names that it builds on: this machine's Go with a shell, and certificates with
// nothing else. Modules and what was compiled are this machine's.
func standIns(t *testing.T) builder {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	registries := filepath.Join(dir, "registries.conf")
	write(t, registries, nil, 0o644)
	out := os.Getenv("IMAGE_ARCHIVES") // to keep them, for a cluster
	if out == "" {
		out = dir
	}
	env := strings.Fields(fleettest.Run(t, root, nil, "go", "env", "GOROOT", "GOCACHE", "GOMODCACHE"))
	b := builder{
		root: root, out: out, with: "buildah", version: version, revision: "0123abcd",
		global: []string{"--root", filepath.Join(dir, "store"), "--runroot", filepath.Join(dir, "run"), "--registries-conf", registries},
		build:  []string{"--pull-never", "--volume", env[1] + ":/root/.cache/go-build", "--volume", env[2] + ":/go/pkg/mod"},
		env:    []string{"BUILDAH_ISOLATION=chroot"},
	}

	pem, err := os.ReadFile("/" + certificates)
	if err != nil {
		t.Fatal(err)
	}
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	golang, static := filepath.Join(dir, "golang"), filepath.Join(dir, "static")
	write(t, filepath.Join(golang, certificates), pem, 0o644)
	write(t, filepath.Join(static, certificates), pem, 0o644)
	for _, name := range []string{"sh", "ln"} {
		write(t, filepath.Join(golang, "bin", name), busybox, 0o755)
	}
	if err := os.Mkdir(filepath.Join(golang, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	file := func(name string, lines ...string) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
		return path
	}
	b.run(t, "build", "-t", base, "-f", file("static.Dockerfile", "FROM scratch", "COPY . /"), static)
	b.run(t, "build", "-t", "docker.io/library/golang:1.26", "--build-context", "goroot="+env[0], "-f", file("golang.Dockerfile",
		"FROM scratch", "COPY . /", "COPY --from=goroot . /usr/local/go",
		"ENV PATH=/usr/local/go/bin:/bin GOPATH=/go GOTOOLCHAIN=local"), golang)
	return b
}

func write(t *testing.T, path string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
}

func (b builder) run(t *testing.T, args ...string) string {
	t.Helper()
	return fleettest.Run(t, b.root, b.env, "buildah", slices.Concat(b.global, args)...)
}

func TestDockerfile(t *testing.T) {
	b := standIns(t)
	services, err := fleet.Services(b.root)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range services {
		t.Run(s.Name, func(t *testing.T) {
			path, err := b.image(t.Context(), s.Name)
			if err != nil {
				t.Fatal(err)
			}
			image, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer image.Close()

			size, err := image.size()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes compressed", size)
			if size > maxImage {
				t.Errorf("it has %d bytes compressed, more than %d", size, maxImage)
			}
			files, err := image.files()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"/" + certificates, "/usr/local/bin/mcp", "/usr/local/bin/" + s.Command()}, files); diff != "" {
				t.Errorf("its files (-want +got):\n%s", diff)
			}
			got := image.config.Config
			if got.User != "65532:65532" {
				t.Errorf("its user is %q", got.User)
			}
			if diff := cmp.Diff(map[string]struct{}{"8080/tcp": {}, "9090/tcp": {}}, got.ExposedPorts); diff != "" {
				t.Errorf("its ports (-want +got):\n%s", diff)
			}
			for label, want := range map[string]string{"title": s.Command(), "version": version, "revision": "0123abcd", "licenses": "Apache-2.0"} {
				if got := got.Labels["org.opencontainers.image."+label]; got != want {
					t.Errorf("its label %s is %q, want %q", label, got, want)
				}
			}

			container := strings.TrimSpace(b.run(t, "from", "--pull-never", repository+"/"+s.Command()+":"+version))
			out := b.run(t, append([]string{"run", container, "--"}, append(got.Entrypoint, "version")...)...)
			if want := s.Command() + " " + version + "\n"; !strings.HasPrefix(out, want) {
				t.Errorf("it says that it is %q, want %q", out, want)
			}
		})
	}
}

func TestDockerfileWantsAService(t *testing.T) {
	b := standIns(t)
	cmd := exec.CommandContext(t.Context(), "buildah", slices.Concat(b.global, []string{"build", "-f", "deploy/Dockerfile"}, b.build, []string{"."})...)
	cmd.Dir, cmd.Env = b.root, append(cmd.Environ(), b.env...)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "say which service: --build-arg SERVICE=NAME") {
		t.Errorf("%v\n%s", err, out)
	}
}
