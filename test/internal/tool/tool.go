// Package tool gives tests the programs around Kubernetes and Helm that they
// run: helm, kubeconform, helm-unittest, helm-docs and kube-score.
//
// Versions are fixed here. [Path] builds a program with Go from the module
// proxy the first time; after that it comes from the user's cache directory.
// Nothing is installed elsewhere, and no Docker is needed.
package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/modfile"
)

// Kubernetes is the version whose API the chart is tested against.
const Kubernetes = "1.36.3"

// program is one of the pinned programs.
type program struct {
	module, version, pkg string
	ldflags              string
	// same reports whether a program of the PATH can stand in for this one.
	same func(ctx context.Context, path string) bool
}

// programs returns what Path knows, by name. A helm that is built without these
// flags renders for the Kubernetes of the year in which its defaults were written.
func programs() map[string]program {
	const chartutil = "helm.sh/helm/v3/pkg/chartutil.k8sVersion"
	minor := strings.Split(Kubernetes, ".")[1]
	return map[string]program{
		"helm": {
			module: "helm.sh/helm/v3", version: "v3.22.0", pkg: "/cmd/helm",
			ldflags: fmt.Sprintf("-X helm.sh/helm/v3/internal/version.version=v3.22.0 -X %[1]sMajor=1 -X %[1]sMinor=%[2]s", chartutil, minor),
			same:    sameHelm,
		},
		"kubeconform":   {module: "github.com/yannh/kubeconform", version: "v0.8.0", pkg: "/cmd/kubeconform"},
		"helm-unittest": {module: "github.com/helm-unittest/helm-unittest", version: "v1.1.2", pkg: "/cmd/helm-unittest"},
		"helm-docs":     {module: "github.com/norwoodj/helm-docs", version: "v1.14.2", pkg: "/cmd/helm-docs"},
		"kube-score":    {module: "github.com/zegl/kube-score", version: "v1.20.0", pkg: "/cmd/kube-score"},
	}
}

// Path returns the path of a program, after building it if this is the first
// test of this user that asks. Building helm takes two minutes of two cores.
// Tests of several packages may ask at the same time: one builds and the others
// wait. A failure ends the test.
func Path(t testing.TB, name string) string {
	t.Helper()
	path, err := Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Find is Path for those who have no test.
func Find(ctx context.Context, name string) (string, error) {
	p, ok := programs()[name]
	if !ok {
		return "", fmt.Errorf("there is no pinned program %q", name)
	}
	if found, err := exec.LookPath(name); err == nil && p.same != nil && p.same(ctx, found) {
		return filepath.Abs(found)
	}
	dir, err := cached(ctx, fmt.Sprintf("%s@%s-%s", name, p.version, Kubernetes), func(partial string) error {
		return p.build(ctx, filepath.Join(partial, executable(name)))
	})
	if err != nil {
		return "", fmt.Errorf("building %s %s: %w", name, p.version, err)
	}
	return filepath.Join(dir, executable(name)), nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// build makes the program in a module of its own, which repeats what the
// program's module replaces: go install refuses such modules.
func (p program) build(ctx context.Context, binary string) error {
	mod, err := Module(ctx, p.module+"@"+p.version)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(mod.GoMod)
	if err != nil {
		return err
	}
	theirs, err := modfile.Parse(mod.GoMod, data, nil)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "tool")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	ours := new(modfile.File)
	if err := errors.Join(ours.AddModuleStmt("scratch"), ours.AddGoStmt(theirs.Go.Version), ours.AddRequire(p.module, p.version)); err != nil {
		return err
	}
	for _, r := range theirs.Replace {
		if err := ours.AddReplace(r.Old.Path, r.Old.Version, r.New.Path, r.New.Version); err != nil {
			return err
		}
	}
	data, err = ours.Format()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(scratch, "go.mod"), data, 0o644); err != nil {
		return err
	}
	// The first command completes go.mod and go.sum with what the package imports.
	for _, args := range [][]string{
		{"get", p.module + p.pkg + "@" + p.version},
		{"build", "-trimpath", "-ldflags", "-s -w " + p.ldflags, "-o", binary, p.module + p.pkg},
	} {
		if _, err := goCommand(ctx, scratch, args...); err != nil {
			return err
		}
	}
	return nil
}

// sameHelm reports whether the helm at path is the pinned one. What it renders
// for is told by a chart only; it is asked for the one line of the smallest.
func sameHelm(ctx context.Context, path string) bool {
	out, err := exec.CommandContext(ctx, path, "version", "--template", "{{.Version}}").Output()
	if err != nil || strings.TrimSpace(string(out)) != "v3.22.0" {
		return false
	}
	dir, err := os.MkdirTemp("", "helm")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	for name, content := range map[string]string{
		"Chart.yaml":          "apiVersion: v2\nname: asked\nversion: 0.0.0\n",
		"templates/asked.yml": "kind: {{ .Capabilities.KubeVersion.Minor }}\n",
	} {
		file := filepath.Join(dir, name)
		if os.MkdirAll(filepath.Dir(file), 0o755) != nil || os.WriteFile(file, []byte(content), 0o644) != nil {
			return false
		}
	}
	out, err = exec.CommandContext(ctx, path, "template", dir).Output()
	return err == nil && strings.HasSuffix(strings.TrimSpace(string(out)), "kind: "+strings.Split(Kubernetes, ".")[1])
}

// Source is a module as it is in the module cache.
type Source struct {
	// Dir holds its files, which must not be changed.
	Dir string
	// GoMod is its go.mod file.
	GoMod string
}

// Module returns the module PATH@VERSION, after getting it from the module proxy
// if it is not in the module cache.
func Module(ctx context.Context, module string) (Source, error) {
	var s Source
	// In a folder without a module no go.mod has a say.
	dir, err := os.MkdirTemp("", "module")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	out, err := goCommand(ctx, dir, "mod", "download", "-json", module)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, fmt.Errorf("go mod download %s: %w", module, err)
	}
	return s, nil
}

// goCommand runs go in dir for this machine, whatever the workspace and the
// caller's flags are.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "GOOS=", "GOARCH=")
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
