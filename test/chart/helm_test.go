//go:build e2e

package chart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/internal/tool"
)

const (
	release   = "fleet"
	namespace = "tools"
)

// binaries is where TestMain builds the services, whose flags and metrics are
// compared with what the chart says.
var binaries string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chart")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := build(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binaries = dir
	return m.Run()
}

func build(ctx context.Context, dir string) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	services, err := fleet.Services(root)
	if err != nil {
		return err
	}
	for _, s := range services {
		if _, err := proc.Build(ctx, filepath.Join(root, "services", s.Name), "./cmd/"+s.Command(), dir); err != nil {
			return err
		}
	}
	return nil
}

// path returns a path of the repository.
func path(t *testing.T, elem ...string) string {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

func chartDir(t *testing.T) string { return path(t, "helm", "mcp-fleet") }

// command runs a program of the tools in the chart's folder and returns all that
// it says. It has no cluster and none of the user's settings.
func command(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	program := tool.Path(t, name)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = chartDir(t)
	cmd.WaitDelay = 5 * time.Second
	home := t.TempDir()
	cmd.Env = []string{"PATH=" + filepath.Dir(program) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home, "KUBECONFIG=" + filepath.Join(home, "none")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// template renders the chart as an installation of it with the values of some
// files and arguments would.
func template(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return command(t, "helm", append([]string{"template", release, chartDir(t), "--namespace", namespace, "--kube-version", tool.Kubernetes}, args...)...)
}

// withValues renders the chart with values over those that a first install has.
func withValues(t *testing.T, values string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o644); err != nil {
		t.Fatal(err)
	}
	return template(t, "--values", filepath.Join(chartDir(t), "ci", "default-values.yaml"), "--values", file)
}

// object is a rendered object.
type object map[string]any

// at returns what is below the keys, or nil. A number in the place of a key is
// an element of a list.
func (o object) at(keys ...any) any {
	var v any = map[string]any(o)
	for _, k := range keys {
		switch k := k.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

func (o object) text(keys ...any) string {
	s, _ := o.at(keys...).(string)
	return s
}

func (o object) kind() string { return o.text("kind") }
func (o object) name() string { return o.text("metadata", "name") }

func (o object) String() string { return o.kind() + "/" + o.name() }

// component is the service that the object belongs to.
func (o object) component() string {
	return o.text("metadata", "labels", "app.kubernetes.io/component")
}

// objects renders the chart with values over those of a first install.
func objects(t *testing.T, values string) []object {
	t.Helper()
	out, err := withValues(t, values)
	if err != nil {
		t.Fatalf("%v\n%s\nwith:\n%s", err, out, values)
	}
	return parse(t, out)
}

// parse reads documents strictly: a key that is there twice is a failure.
func parse(t *testing.T, out string) []object {
	t.Helper()
	var list []object
	for doc := range strings.SplitSeq("\n"+out, "\n---") {
		var o object
		if err := yaml.UnmarshalStrict([]byte(doc), &o); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if o != nil {
			list = append(list, o)
		}
	}
	return list
}

// one returns the only object of a kind that belongs to a service.
func one(t *testing.T, list []object, kind, service string) object {
	t.Helper()
	var found []object
	for _, o := range list {
		if o.kind() == kind && o.component() == service {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the service %s has %d objects of the kind %s: %v", service, len(found), kind, list)
	}
	return found[0]
}

// valuesFiles returns the values that are installed somewhere, by a short name:
// those of ci, and the examples. Values in an object for Argo CD or Flux are
// taken out of it.
func valuesFiles(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, pattern := range []string{"ci/*.yaml", "examples/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(chartDir(t), filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, f := range found {
			name := filepath.Base(filepath.Dir(f)) + "/" + filepath.Base(f)
			files[name] = embedded(t, f)
		}
	}
	return files
}

// embedded returns f, or a file with the values in the object that f is.
func embedded(t *testing.T, f string) string {
	t.Helper()
	data, err := os.ReadFile(f)
	if err != nil {
		t.Fatal(err)
	}
	var values any
	for _, o := range parse(t, string(data)) {
		switch o.kind() {
		case "Application":
			values = o.at("spec", "source", "helm", "valuesObject")
		case "HelmRelease":
			values = o.at("spec", "values")
		case "":
			return f
		}
	}
	if values == nil {
		t.Fatalf("%s has no values for the chart", f)
	}
	data, err = yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(own, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return own
}

// refused fails unless an attempt failed and its message names all of the words.
func refused(t *testing.T, out string, err error, words ...string) {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("it was rendered (%v), and should name %q", err, words)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("the message does not name %q:\n%s", w, out)
		}
	}
}

// source returns the files of the chart whose names match a pattern.
func source(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(chartDir(t), filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		t.Fatalf("the chart has no %s: %v", pattern, err)
	}
	files := make(map[string][]byte)
	for _, f := range found {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(f)] = bytes.TrimSpace(data)
	}
	return files
}

// contents reads at most a mebibyte, which is more than what is read here has.
func contents(t *testing.T, r io.Reader) string {
	t.Helper()
	data, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
