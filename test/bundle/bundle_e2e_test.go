//go:build e2e && linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// given is what a person fills in, by variable.
var given = map[string]string{"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SLACK_BOT_TOKEN": "xoxb-of-nobody"}

// TestBundles packs every service, has Anthropic's packer judge and unpack the
// bundles, starts what was unpacked as its client would, and holds server.json to
// the registry's schema.
func TestBundles(t *testing.T) {
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := run(t.Context(), options{version: "1.2.3", out: out}); err != nil {
		t.Fatal(err)
	}
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	services, err := fleet.Services(root)
	if err != nil {
		t.Fatal(err)
	}
	registry := registrySchema(t)
	mcpb := func(args ...string) string {
		t.Helper()
		text, err := tools.Command(t.Context(), tools.Bundler, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("mcpb %s: %v\n%s", strings.Join(args, " "), err, text)
		}
		return string(text)
	}
	for _, s := range services {
		t.Run(s.Name, func(t *testing.T) {
			file := filepath.Join(out, "mcpb", fmt.Sprintf("%s-1.2.3-%s-%s.mcpb", s.Command(), runtime.GOOS, runtime.GOARCH))
			dir := filepath.Join(t.TempDir(), "unpacked")
			mcpb("unpack", file, dir)
			if text := mcpb("validate", filepath.Join(dir, "manifest.json")); !strings.Contains(text, "passes") {
				t.Errorf("validate says\n%s", text)
			}
			mcpb("pack", dir, filepath.Join(t.TempDir(), "again.mcpb")) // it judges what is there besides
			launch(t, tools, dir, s)

			data, err := os.ReadFile(filepath.Join(out, "registry", s.Command()+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var entry object
			if err := json.Unmarshal(data, &entry); err != nil {
				t.Fatal(err)
			}
			if err := registry.Validate(entry); err != nil {
				t.Errorf("server.json: %v\n%s", err, data)
			}
			packed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(data, []byte(`"fileSha256": "`+checksum(packed)+`"`)) {
				t.Errorf("server.json has another checksum:\n%s", data)
			}
			delete(entry, "packages")
			entry["version"] = 1
			if registry.Validate(entry) == nil {
				t.Error("the schema takes anything")
			}
		})
	}
}

// launch starts an unpacked bundle with the command and environment that the
// packer's own library makes of its manifest, and asks for its tools.
func launch(t *testing.T, tools *node.Tools, dir string, s fleet.Service) {
	t.Helper()
	var manifest struct {
		Version    string
		Tools      []tool
		UserConfig map[string]struct {
			Type      string
			Required  bool
			Sensitive bool
		} `json:"user_config"`
		Server struct {
			Config struct{ Env map[string]string } `json:"mcp_config"`
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	answers := make(map[string]string)
	for name := range manifest.Server.Config.Env {
		field := manifest.UserConfig[strings.ToLower(name)]
		if strings.Contains(name, "TOKEN") && !field.Sensitive {
			t.Errorf("%s is shown to whoever looks", name)
		}
		switch {
		case field.Required && field.Type == "directory":
			answers[strings.ToLower(name)] = t.TempDir()
		case field.Required:
			answers[strings.ToLower(name)] = given[name]
		}
	}
	asked, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	script := `import { getMcpConfigForManifest } from ` + fmt.Sprintf("%q", filepath.Join(filepath.Dir(tools.Bundler), "../index.js")) + `;
import { readFileSync } from "node:fs";
const [dir, userConfig] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(dir + "/manifest.json", "utf8"));
console.log(JSON.stringify(await getMcpConfigForManifest({ manifest, extensionPath: dir, systemDirs: {}, userConfig: JSON.parse(userConfig), pathSeparator: "/" })));`
	cmd := exec.CommandContext(t.Context(), tools.Node, "--input-type=module", "-", dir, string(asked))
	cmd.Stdin = strings.NewReader(script)
	var told bytes.Buffer
	cmd.Stderr = &told
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &told)
	}
	var config struct {
		Command string
		Args    []string
		Env     map[string]string
	}
	if err := json.Unmarshal(text, &config); err != nil || config.Command == "" {
		t.Fatalf("it is started by %s: %v", text, err)
	}
	program := exec.CommandContext(t.Context(), config.Command, config.Args...)
	for name, value := range config.Env {
		program.Env = append(program.Env, name+"="+value)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "desktop", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: program}, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer session.Close()
	if info := session.InitializeResult().ServerInfo; info.Version != "1.2.3" || manifest.Version != "1.2.3" {
		t.Errorf("it says that it is %+v", info)
	}
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Settings may add tools, or hide some.
	if len(list.Tools) == 0 || len(manifest.Tools) == 0 {
		t.Errorf("%d tools are offered, %d promised", len(list.Tools), len(manifest.Tools))
	}
}

// registrySchema is that of the MCP registry's own sources, which the module proxy
// has.
func registrySchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/modelcontextprotocol/registry@v1.8.8")
	cmd.Dir = t.TempDir() // outside of our modules
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	if want := "h1:mnSk49TTqtyv53Mdjjf4OyL3UESocTybylLmSbZ/cic="; module.Sum != want {
		t.Fatalf("the registry's module has the checksum %s", module.Sum)
	}
	data, err := os.ReadFile(filepath.Join(module.Dir, "internal", "validators", "schemas", filepath.Base(filepath.Dir(schema))+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if s.ID != schema {
		t.Errorf("the schema is %s, and not %s", s.ID, schema)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}
