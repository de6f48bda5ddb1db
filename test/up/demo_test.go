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
	data := filepath.Join(root, "demo", "shop")
	for _, tt := range []struct{ set, want []string }{
		{[]string{"SHOP_DIR", "/mine"}, []string{"SHOP_MODE=try"}},
		{[]string{"OLD_DIR", "/mine", "SHOP_MODE", "go"}, nil},
		{[]string{"SHOP_DIR", ""}, []string{"SHOP_DIR=demo=" + data, "SHOP_MODE=try"}},
		{nil, []string{"SHOP_DIR=demo=" + data, "SHOP_MODE=try"}},
	} {
		if _, err := os.Stat(data); tt.set != nil && tt.set[1] == "/mine" && err == nil {
			t.Error("data was copied for nobody")
		}
		got, err := demo(root, "shop", false, environment(tt.set...))
		if diff := cmp.Diff(tt.want, got.env); diff != "" || err != nil {
			t.Errorf("with %v: %v (-want +got)\n%s", tt.set, err, diff)
		}
	}
	if got, err := demo(root, "other", false, environment()); got.env != nil || got.instead != "" || got.lacks != "" || err != nil {
		t.Errorf("a service without a demo: %+v, %v", got, err)
	}
}

func TestDemoDataIsKept(t *testing.T) {
	root := withDemo(t, "SHOP_DIR={data}\n")
	once, err := demo(root, "shop", false, environment())
	if err != nil {
		t.Fatal(err)
	}
	_, data, _ := strings.Cut(once.env[0], "=")
	if err := os.WriteFile(filepath.Join(data, "notes", "b.txt"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := demo(root, "shop", false, environment()); err != nil {
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
	if _, err := demo(withDemo(t, "SHOP_DIR\n"), "shop", false, environment()); err == nil || !strings.Contains(err.Error(), "NAME=VALUE") {
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
		got, err := demo(root, "shop", false, environment(tt.set...))
		if diff := cmp.Diff([]string{"SHOP_MODE=try"}, got.env); diff != "" || got.instead != tt.instead || err != nil {
			t.Errorf("with %v: %q, %v (-want +got)\n%s", tt.set, got.instead, err, diff)
		}
	}
	s := instance{Service: fleet.Service{Name: "shop", Port: 1}, settings: settings{instead: "SHOP_URL"}}
	cmd := command(t.Context(), "/bin", s, nil)
	if diff := cmp.Diff([]string{"/bin/shop-demo", "--", "--http", "127.0.0.1:1"}, cmd.Args[:4]); diff != "" {
		t.Error(diff)
	}
	if got, want := s.note(state{up: true, ready: true}), "has what shop-demo found or made, as it says above; set SHOP_URL to use your own."; got != want {
		t.Errorf("it is noted that it %s", got)
	}
}

// An emulator is run for who asks for it and has nothing of their own.
func TestDemoEmulator(t *testing.T) {
	root := withDemo(t, "SHOP_TOKEN,SHOP_TOKEN_FILE={emulator}\nSHOP_TOKEN,SHOP_TOKEN_FILE={none}\n")
	for _, tt := range []struct {
		emulate bool
		set     []string
		want    settings
		runs    string
		says    string
	}{
		{true, nil, settings{instead: "SHOP_TOKEN", emulated: true}, "/bin/shop-demo", "is on an EMULATOR"},
		{true, []string{"SHOP_TOKEN_FILE", "mine"}, settings{}, "/bin/mcp-shop", ""},
		{false, nil, settings{could: "SHOP_TOKEN", lacks: "SHOP_TOKEN"}, "/bin/mcp-shop", "make up DEMO=1"},
	} {
		got, err := demo(root, "shop", tt.emulate, environment(tt.set...))
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(settings{})); diff != "" || err != nil {
			t.Errorf("with %v: %v (-want +got)\n%s", tt.set, err, diff)
		}
		s := instance{fleet.Service{Name: "shop", Port: 1}, got}
		if args := command(t.Context(), "/bin", s, nil).Args; args[0] != tt.runs || args[1] != "--http" {
			t.Errorf("with %v it runs %q", tt.set, args)
		}
		if note := s.note(state{up: true, ready: got.lacks == ""}); !strings.Contains(note, tt.says) || tt.says == "" && note != "" {
			t.Errorf("with %v it is noted that it %s", tt.set, note)
		}
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
		got, err := demo(root, "shop", false, environment(tt.set...))
		if got.env != nil || got.lacks != tt.lacks || err != nil {
			t.Errorf("with %v: %+v, %v", tt.set, got, err)
		}
		note := instance{fleet.Service{Name: "shop", Port: 1}, got}.note(state{up: true, detail: "get one at shop.example"})
		said := strings.Contains(note, "is not configured, its tools say so: set SHOP_TOKEN;") && strings.Contains(note, "get one at shop.example")
		if said != (tt.lacks != "") {
			t.Errorf("with %v it is noted that it %s", tt.set, note)
		}
	}
}
