package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func TestArchive(t *testing.T) {
	members := []member{{"manifest.json", []byte("{}"), false}, {"server/mcp-x", []byte("code"), true}}
	one, err := archive(members)
	if err != nil {
		t.Fatal(err)
	}
	two, err := archive(members)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the same files make other bytes: %v", err)
	}
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		mode := os.FileMode(0o644)
		if members[i].program {
			mode = 0o755
		}
		if err != nil || f.Name != members[i].name || !bytes.Equal(data, members[i].data) || f.Mode() != mode {
			t.Errorf("%s: %q, %v, %v", f.Name, data, f.Mode(), err)
		}
	}
}

func TestSettings(t *testing.T) {
	flags := []flagInfo{{Env: []string{"X_TOKEN"}, Help: "A token.", Secret: true}, {Env: []string{"OLD", "X_DIR"}, Help: "Where."}}
	read := func(text string) ([]setting, error) {
		path := filepath.Join(t.TempDir(), "desktop.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return settings(path, flags)
	}
	got, err := read(`[{"env":"X_TOKEN","title":"Token","type":"string"},{"env":"X_DIR","title":"Directory","type":"directory","required":true,"description":"Mine."}]`)
	want := []setting{{"X_TOKEN", "Token", "A token.", "string", false, true}, {"X_DIR", "Directory", "Mine.", "directory", true, false}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(setting{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for text, says := range map[string]string{
		`[{"env":"X_TOKNE","title":"Token","type":"string"}]`:               `no variable "X_TOKNE"`,
		`[{"env":"X_TOKEN","type":"string"}]`:                               "give a title",
		`[{"env":"X_TOKEN","title":"Token","type":"password"}]`:             "string, directory, file or boolean",
		`[{"env":"X_TOKEN","title":"Token","type":"string","secret":true}]`: "secret",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, which does not say %q", text, err, says)
		}
	}
	if got, err := settings(filepath.Join(t.TempDir(), "none.json"), flags); got != nil || err != nil {
		t.Errorf("a service without: %v, %v", got, err)
	}
}

func TestManifest(t *testing.T) {
	d := &description{settings: []setting{
		{"X_TOKEN", "Token", "T", "string", false, true}, {"X_DIR", "Directory", "D", "directory", true, false}, {"X_ON", "On", "O", "boolean", false, false},
	}}
	m := d.manifest(fleet.Service{Name: "x"}, "1.2.3", platform{"windows", "amd64"})
	want := object{
		"x_token": object{"type": "string", "title": "Token", "description": "T", "required": false, "sensitive": true, "default": ""},
		"x_dir":   object{"type": "directory", "title": "Directory", "description": "D", "required": true},
		"x_on":    object{"type": "boolean", "title": "On", "description": "O", "required": false, "default": false},
	}
	if diff := cmp.Diff(want, m["user_config"]); diff != "" {
		t.Errorf("what is asked (-want +got)\n%s", diff)
	}
	server := object{"type": "binary", "entry_point": "server/mcp-x.exe", "mcp_config": object{"command": "${__dirname}/server/mcp-x.exe", "args": []string{},
		"env": object{"X_TOKEN": "${user_config.x_token}", "X_DIR": "${user_config.x_dir}", "X_ON": "${user_config.x_on}"}}}
	if diff := cmp.Diff(server, m["server"]); diff != "" {
		t.Errorf("how it is started (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(object{"platforms": []string{"win32"}}, m["compatibility"]); diff != "" {
		t.Error(diff)
	}
}

func TestShort(t *testing.T) {
	long := strings.Repeat("größer ", 40)
	if got := short(long); utf8.RuneCountInString(got) > longest || !strings.HasSuffix(got, "größer…") {
		t.Errorf("%q", got)
	}
	if got := short("A server."); got != "A server." {
		t.Errorf("%q", got)
	}
}

func TestBadOptions(t *testing.T) {
	for says, o := range map[string]options{
		"-version":              {version: "v1"},
		"linux/amd64":           {platforms: "linux/mips"},
		"no service":            {names: []string{"teapot"}},
		`platform "plan9/amd64`: {platforms: "linux/amd64 plan9/amd64"},
	} {
		if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, which does not say %q", o, err, says)
		}
	}
}
