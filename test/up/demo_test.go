package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// withDemo writes the demo of a service called shop and returns the root.
func withDemo(t *testing.T, env string) string {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	root := t.TempDir()
	dir := filepath.Join(root, "deploy", "demo", "shop")
	if err := os.MkdirAll(filepath.Join(dir, "data", "notes"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"env": env, "data/a.txt": "one", "data/notes/b.txt": "two"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func environment(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(vars); i += 2 {
			if vars[i] == name {
				return vars[i+1], true
			}
		}
		return "", false
	}
}

func TestDemoVariables(t *testing.T) {
	root := withDemo(t, "# a comment\n\nSHOP_DIR,OLD_DIR=demo={data}\nSHOP_MODE=try\n")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(cache, "mcpfleet", "demo", "shop")
	for _, tt := range []struct{ set, want []string }{
		{[]string{"SHOP_DIR", "/mine"}, []string{"SHOP_MODE=try"}},
		{[]string{"OLD_DIR", "/mine", "SHOP_MODE", "go"}, nil},
		{[]string{"SHOP_DIR", ""}, []string{"SHOP_DIR=demo=" + data, "SHOP_MODE=try"}},
		{nil, []string{"SHOP_DIR=demo=" + data, "SHOP_MODE=try"}},
	} {
		if _, err := os.Stat(data); tt.set != nil && tt.set[1] == "/mine" && err == nil {
			t.Error("data was copied for nobody")
		}
		got, err := demo(root, "shop", environment(tt.set...))
		if diff := cmp.Diff(tt.want, got.env); diff != "" || err != nil {
			t.Errorf("with %v: %v (-want +got)\n%s", tt.set, err, diff)
		}
	}
	if got, err := demo(root, "other", environment()); got.env != nil || got.instead != "" || got.lacks != "" || err != nil {
		t.Errorf("a service without a demo: %+v, %v", got, err)
	}
}

func TestDemoDataIsKept(t *testing.T) {
	root := withDemo(t, "SHOP_DIR={data}\n")
	once, err := demo(root, "shop", environment())
	if err != nil {
		t.Fatal(err)
	}
	_, data, _ := strings.Cut(once.env[0], "=")
	if err := os.WriteFile(filepath.Join(data, "notes", "b.txt"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := demo(root, "shop", environment()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.txt": "one", "notes/b.txt": "changed"} {
		if got, err := os.ReadFile(filepath.Join(data, name)); string(got) != want || err != nil {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(data)); len(left) != 1 || err != nil {
		t.Errorf("beside it: %v, %v", left, err)
	}
	if got, err := os.ReadFile(filepath.Join(root, "deploy/demo/shop/data/notes/b.txt")); string(got) != "two" || err != nil {
		t.Errorf("the repository has %q, %v", got, err)
	}
}

func TestDemoOfBadTable(t *testing.T) {
	if _, err := demo(withDemo(t, "SHOP_DIR\n"), "shop", environment()); err == nil || !strings.Contains(err.Error(), "NAME=VALUE") {
		t.Errorf("got %v", err)
	}
}

func TestDemoCommand(t *testing.T) {
	root := withDemo(t, "SHOP_MODE=try\nSHOP_URL,SHOP_HOST={command}\n")
	for _, tt := range []struct {
		set     []string
		instead string
	}{
		{nil, "SHOP_URL"},
		{[]string{"SHOP_URL", "mine"}, ""},
		{[]string{"SHOP_HOST", "mine"}, ""},
	} {
		got, err := demo(root, "shop", environment(tt.set...))
		if diff := cmp.Diff([]string{"SHOP_MODE=try"}, got.env); diff != "" || got.instead != tt.instead || err != nil {
			t.Errorf("with %v: %q, %v (-want +got)\n%s", tt.set, got.instead, err, diff)
		}
	}
	s := instance{Service: fleet.Service{Name: "shop", Port: 1}, settings: settings{instead: "SHOP_URL"}}
	cmd := command(t.Context(), "/bin", s, nil)
	if diff := cmp.Diff([]string{"/bin/shop-demo", "--", "--http", "127.0.0.1:1"}, cmd.Args[:4]); diff != "" {
		t.Error(diff)
	}
	if text := banner([]instance{s}); !strings.Contains(text, "shop has what shop-demo found or made, as it says above; set SHOP_URL to use your own.") {
		t.Errorf("the banner says\n%s", text)
	}
}

// Without what nothing can stand for, a service runs, and the banner says so.
func TestDemoOfNothing(t *testing.T) {
	root := withDemo(t, "SHOP_TOKEN,SHOP_TOKEN_FILE={none}\n")
	for _, tt := range []struct {
		set   []string
		lacks string
	}{
		{nil, "SHOP_TOKEN"},
		{[]string{"SHOP_TOKEN_FILE", "mine"}, ""},
	} {
		got, err := demo(root, "shop", environment(tt.set...))
		if got.env != nil || got.lacks != tt.lacks || err != nil {
			t.Errorf("with %v: %+v, %v", tt.set, got, err)
		}
		said := strings.Contains(banner([]instance{{fleet.Service{Name: "shop", Port: 1}, got}}), "shop is not ready: set SHOP_TOKEN;")
		if said != (tt.lacks != "") {
			t.Errorf("with %v the banner says that it is not ready: %v", tt.set, said)
		}
	}
}
