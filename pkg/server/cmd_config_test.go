package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type wantingConfig struct {
	Token     string   `name:"token" env:"DEMO_TOKEN" wanted:"required" instead:"demo-token-file,app" secret:"" hidden:"" help:"Who it is."`
	TokenFile string   `name:"demo-token-file" env:"DEMO_TOKEN_FILE" help:"A file with that."`
	App       string   `name:"app" env:"DEMO_APP" help:"An app instead."`
	Roots     []string `name:"root" env:"DEMO_ROOT,OLD_ROOT" wanted:"required" help:"Where."`
	Extra     string   `name:"extra" env:"DEMO_EXTRA" wanted:"optional" hidden:"" secret:"" help:"More."`
}

// configure runs config for a service that wants variables, by a program of that
// path.
func configure(t *testing.T, program string, environ []string, argv ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{name: "demo", stdin: strings.NewReader(""), stdout: &out, stderr: &errs, environ: environ, program: program}
	open := func(context.Context, wantingConfig, *slog.Logger) (*demo, error) { return newDemo(), nil }
	status = run(t.Context(), p, open, append([]string{"config"}, argv...))
	return status, out.String(), errs.String()
}

func TestConfigAsksForVariables(t *testing.T) {
	const token, root, extra = "DEMO_TOKEN", "DEMO_ROOT", "DEMO_EXTRA"
	for name, tt := range map[string]struct {
		argv []string
		env  []string // in the entry
		says []string
	}{
		"all": {[]string{"cursor"}, []string{token, root, extra}, []string{
			"# mcp-demo needs DEMO_TOKEN: set it where Cursor runs, or give --demo-token-file or --app after --. Who it is.\n",
			"# mcp-demo needs DEMO_ROOT: set it where Cursor runs, or give --root after --. Where.\n",
			"# mcp-demo can use DEMO_EXTRA: set it where Cursor runs. More.\n"}},
		"a flag":                   {[]string{"vscode", "--", "--root", "/srv"}, []string{token, extra}, []string{token, extra}},
		"a flag with its value":    {[]string{"vscode", "--", "--root=/srv"}, []string{token, extra}, []string{token, extra}},
		"a flag instead":           {[]string{"gemini-cli", "--", "--app", "7", "--root", "/srv"}, []string{extra}, []string{extra}},
		"a client of placeholders": {[]string{"claude-desktop"}, []string{token, root}, []string{"needs DEMO_TOKEN: write it into the entry", "needs DEMO_ROOT: write it into the entry", "can use DEMO_EXTRA: add it to the entry's env"}},
		"a service elsewhere":      {[]string{"cursor", "--url", "https://d.example.com/mcp"}, nil, nil},
	} {
		status, stdout, stderr := configure(t, "/opt/bin/mcp-demo", nil, tt.argv...)
		var got map[string]map[string]struct{ Env map[string]string }
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 {
			t.Errorf("%s: status %d, %v\n%s%s", name, status, err, stdout, stderr)
			continue
		}
		for _, servers := range got {
			if len(servers["demo"].Env) != len(tt.env) {
				t.Errorf("%s: the entry has %v", name, servers["demo"].Env)
			}
			for _, v := range tt.env {
				if !strings.Contains(servers["demo"].Env[v], v) {
					t.Errorf("%s: the entry has %s=%q", name, v, servers["demo"].Env[v])
				}
			}
		}
		for _, v := range []string{token, root, extra} {
			if strings.Contains(stderr, v) != strings.Contains(strings.Join(tt.says, ""), v) {
				t.Errorf("%s: %s in\n%s", name, v, stderr)
			}
		}
		for _, line := range tt.says {
			if !strings.Contains(stderr, line) {
				t.Errorf("%s: no %q in\n%s", name, line, stderr)
			}
		}
	}
}

func TestConfigRefusesMistypedFlags(t *testing.T) {
	for _, tt := range []struct{ argv, want string }{
		{"cursor --ulr https://d.example.com/mcp", "unknown flag --ulr; did you mean --url?"},
		{"cursor --key-evn=K -- --root /srv", "unknown flag --key-evn; did you mean --key-env?"},
		{"cursor --root /srv", "--root is a flag of the service: give it after --, as in config cursor -- --root …"},
		{"cursor --whatever", "unknown flag --whatever; give the flags to start the service with after --"},
		{"cursor vscode", `"vscode": config takes one client`},
		{"cursor -- --rot /srv", "the service has no flag --rot; did you mean --root?"},
		{"cursor -- --whatever", "the service has no flag --whatever: mcp-demo serve --help lists them"},
	} {
		status, stdout, stderr := configure(t, "/opt/bin/mcp-demo", nil, strings.Fields(tt.argv)...)
		if status != 1 || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: status %d\n%s%s", tt.argv, status, stdout, stderr)
		}
	}
}

// executable makes a program that a test finds.
func executable(t *testing.T, elements ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{t.TempDir()}, elements...)...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigByGoRun(t *testing.T) {
	inCache := "/home/ann/gocache/7d/7da1f1e1d742db2957d872d611506ef58ba0e1fbe39d36290841efc2130ecd03-d/mcp-demo"
	inHome, inGOPATH := executable(t, "go", "bin", "mcp-demo"), executable(t, "bin", "mcp-demo")
	home, gopath := filepath.Dir(filepath.Dir(filepath.Dir(inHome))), filepath.Dir(filepath.Dir(inGOPATH))
	for name, tt := range map[string]struct {
		program string
		environ []string
		want    string // the program of the entry, "" for none
	}{
		"no go run":              {"/opt/go/bin/mcp-demo", nil, "/opt/go/bin/mcp-demo"},
		"nothing installed":      {"/tmp/go-build4036821417/b001/exe/mcp-demo", []string{"HOME=" + t.TempDir()}, ""},
		"nothing installed here": {inCache, []string{"PATH=.:bin"}, ""},
		"where go puts it":       {inCache, []string{"HOME=" + home}, inHome},
		"in GOPATH":              {inCache, []string{"HOME=" + home, "GOPATH=" + gopath + ":/none"}, inGOPATH},
		"in GOBIN":               {inCache, []string{"GOPATH=/none", "GOBIN=" + filepath.Dir(inHome)}, inHome},
		"in PATH":                {inCache, []string{"PATH=/none:" + filepath.Dir(inGOPATH)}, inGOPATH},
	} {
		status, stdout, stderr := configure(t, tt.program, tt.environ, "opencode")
		if tt.want == "" {
			if status != 1 || stdout != "" || !strings.Contains(stderr, tt.program+" is a temporary build") || !strings.Contains(stderr, "go install") {
				t.Errorf("%s: status %d\n%s%s", name, status, stdout, stderr)
			}
			continue
		}
		var got struct {
			MCP map[string]struct{ Command []string }
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 {
			t.Errorf("%s: status %d, %v\n%s%s", name, status, err, stdout, stderr)
			continue
		}
		if diff := cmp.Diff([]string{tt.want}, got.MCP["demo"].Command); diff != "" {
			t.Errorf("%s: the entry starts (-want +got):\n%s", name, diff)
		}
		if told := strings.Contains(stderr, "# this is a temporary build: the entry starts "+tt.want); told != (tt.want != tt.program) {
			t.Errorf("%s: says %s", name, stderr)
		}
	}
}
