package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePorts(t *testing.T) {
	got, err := parsePorts("files 8101\nweather 8106\n")
	if diff := cmp.Diff(map[string]int{"files": 8101, "weather": 8106}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for table, want := range map[string]string{
		"files\n":                    "write a name and a port",
		"files 80\n":                 "write a name and a port",
		"files 8101 8102\n":          "write a name and a port",
		"files 8101\nslack 8101\n":   `taken by "files"`,
		"files 8101\nfiles 8102\n":   `taken by "files"`,
		"files 8101\n\nslack 8102\n": "write a name and a port",
	} {
		if _, err := parsePorts(table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", table, err, want)
		}
	}
}

// repository writes a small repository and returns its root.
func repository(t *testing.T, modules ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, m := range modules {
		write(t, filepath.Join(root, m, "go.mod"), "module example.com/m\n\ngo 1.26.5\n")
	}
	write(t, filepath.Join(root, PortsFile), "files 8101\ncalculator 8105\n")
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestServices(t *testing.T) {
	root := repository(t, "pkg", "test", "services/calculator")
	got, err := Services(root)
	if diff := cmp.Diff([]Service{{"calculator", 8105}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	root = repository(t, "pkg", "test", "services/unheard")
	if _, err := Services(root); err == nil || !strings.Contains(err.Error(), "unheard has no line") {
		t.Errorf("a service without a port: %v", err)
	}
}

func TestChoose(t *testing.T) {
	root := repository(t, "pkg", "test", "services/calculator", "services/files")
	both := []Service{{"calculator", 8105}, {"files", 8101}}
	for _, tt := range []struct {
		names []string
		want  []Service
	}{
		{nil, both},
		{[]string{"files"}, both[1:]},
		{[]string{"files", "calculator", "files"}, both},
	} {
		got, err := Choose(root, tt.names)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", tt.names, err, diff)
		}
	}
	if _, err := Choose(root, []string{"files", "teapot"}); err == nil || !strings.Contains(err.Error(), `no service "teapot": they are calculator, files`) {
		t.Errorf("a service that is not there: %v", err)
	}
}

func TestReserve(t *testing.T) {
	root := repository(t, "pkg")
	for _, want := range []struct {
		name string
		port int
	}{{"weather", 8106}, {"tides", 8107}, {"weather", 8106}, {"files", 8101}} {
		if got, err := Reserve(root, want.name); err != nil || got != want.port {
			t.Errorf("%s: got %d, %v, want %d", want.name, got, err, want.port)
		}
	}
}

func TestWorkFile(t *testing.T) {
	root := repository(t, "pkg", "test", "test/bench", "services/slack", "services/files", "services/files/demo",
		"services/files/testdata/m", "node_modules/m", ".cache/m")
	want := "go 1.26.5\n\nuse (\n\t./pkg\n\t./services/files\n\t./services/slack\n\t./test\n)\n"
	got, err := WorkFile(root)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, outside, err := Modules(root)
	if diff := cmp.Diff([]string{"services/files/demo", "test/bench"}, outside); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRootFromBelow(t *testing.T) {
	root := repository(t, "pkg")
	t.Chdir(filepath.Join(root, "test"))
	if got, err := Root(); err != nil || got != root {
		t.Errorf("got %q, %v, want %q", got, err, root)
	}
	t.Chdir(t.TempDir())
	if _, err := Root(); err == nil {
		t.Error("a folder outside has a root")
	}
}
