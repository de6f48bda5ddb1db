package repo

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func TestFiles(t *testing.T) {
	golden := func(tools string) string { return `[` + tools + `]` }
	hold(t, []rule{
		{
			name: "one Go version", check: goLines,
			good: map[string]string{"go.work": "go 1.26.5\n", "pkg/go.mod": "module x\n\ngo 1.26.5\n"},
			bad: []map[string]string{
				{"go.work": "go 1.26.5\n", "pkg/go.mod": "module x\n\ngo 1.26.4\n"},
				{"go.work": "go 1.26.5\n", "pkg/go.mod": "module x\n"},
				{"a/go.mod": "module x\n\ngo 1.26.5\n", "b/go.mod": "module x\n\ngo 1.27.0\n"},
				{"a/go.mod": "module x\n\ngo 1.26.5\n\ntoolchain go1.27.0\n"},
			},
		},
		{
			name: "modules are named after their folders", check: modulePaths,
			good: map[string]string{
				"services/a/go.mod":   "module " + fleet.Module + "/services/a\n\nreplace " + fleet.Module + "/pkg => ../../pkg\n",
				"services/a/b/go.mod": "module " + fleet.Module + "/services/a/b\n\nreplace " + fleet.Module + "/pkg => ../../../pkg\n\nreplace " + fleet.Module + "/services/a => ..\n",
			},
			bad: []map[string]string{
				{"services/b/go.mod": "module " + fleet.Module + "/services/a\n"},
				{"services/a/go.mod": "module " + fleet.Module + "/services/a\n\nreplace " + fleet.Module + "/pkg => ../pkg\n"},
				{"services/a/go.mod": "module " + fleet.Module + "/services/a\n\nreplace example.com/x => ../x\n"},
				{"services/a/go.mod": "module " + fleet.Module + "/services/a\n\nreplace " + fleet.Module + "/services/b => ../b\n"},
				{"services/a/b/go.mod": "module " + fleet.Module + "/services/a/b\n\nreplace " + fleet.Module + "/services/a => ../../a/b\n"},
				{"services/a/b/go.mod": "module " + fleet.Module + "/services/a/b\n\nreplace " + fleet.Module + "/services/c => ../../c\n"},
			},
		},
		{
			name: "tool names are unique", check: uniqueTools,
			good: map[string]string{"services/a/testdata/tools.golden.json": golden(`{"name":"read"},{"name":"write"}`), "services/b/testdata/tools.golden.json": golden(`{"name":"find"}`)},
			bad: []map[string]string{
				{"services/a/testdata/tools.golden.json": golden(`{"name":"read"}`), "services/b/testdata/tools.golden.json": golden(`{"name":"read"}`)},
				{"services/a/testdata/tools.golden.json": golden(``)},
				{"services/a/testdata/tools.golden.json": `{}`},
			},
		},
		{
			name: "every service has the files of a service", check: serviceFiles,
			good: map[string]string{
				"services/a/go.mod": "", "services/a/a.go": "package a", "services/a/instructions.md": "", "services/a/cmd/mcp-a/main.go": "package main",
				"services/a/README.md": "# a\n`--http 127.0.0.1:8101`\n", "services/a/testdata/tools.golden.json": "[]", "services/a/testdata/session/a.txtar": "",
				fleet.PortsFile: "a 8101\nb 8102\n",
			},
			bad: []map[string]string{
				{"services/a/go.mod": "", fleet.PortsFile: "a 8101\n"},
				{
					"services/a/go.mod": "", "services/a/a.go": "package a", "services/a/instructions.md": "", "services/a/cmd/mcp-a/main.go": "package main",
					"services/a/README.md": "# a\n`--http 127.0.0.1:8102`\n", "services/a/testdata/tools.golden.json": "[]", "services/a/testdata/session/a.txtar": "",
					fleet.PortsFile: "a 8101\n",
				},
			},
		},
		{
			name: "the first page stays short", check: firstPage,
			good: map[string]string{"README.md": strings.Repeat("\n", 150), "docs/a.md": strings.Repeat("\n", 151)},
			bad:  []map[string]string{{"README.md": strings.Repeat("\n", 151)}},
		},
		{
			name: "links in documents lead somewhere", check: links,
			good: map[string]string{"README.md": "[a](docs/a.md) [b](docs) [c](https://example.com/x) [d](#here)\n```\n[x](y)\n```", "docs/a.md": "[up](../README.md#top)"},
			bad: []map[string]string{
				{"README.md": "[a](docs/b.md)", "docs/a.md": ""},
				{"docs/a.md": "[a](README.md)", "README.md": ""},
			},
		},
		{
			name: "documents name make targets that exist", check: targets,
			good: map[string]string{"Makefile": "test: x\n", "README.md": "Run `make test` and `make`.\n```sh\nmake test # runs\n```\nThey make sure."},
			bad: []map[string]string{
				{"Makefile": "test:\n", "README.md": "Run `make tests`."},
				{"Makefile": "test:\n", ".ci/run": "make check\n"},
			},
		},
		{
			name: "nothing is left to do in other files", check: textLeftovers,
			good: map[string]string{"Makefile": "test:\n", "a/a.go": "package a\nvar s = `TODO`", "test/repo/rules.md": "TODOS"},
			bad:  []map[string]string{{"README.md": "TODO: more"}, {"Makefile": "# FIXME\n"}, {".golangci.yml": "# XXX later"}},
		},
		{
			name: "tables that are made by hand are those that the program makes", check: tables,
			good: map[string]string{storeFile: "package pgstore\nconst DDL = `create table a (b text);\n`", storeGuide: "```sql\ncreate table a (b text);\ngrant\n```"},
			bad: []map[string]string{
				{storeFile: "package pgstore\nconst DDL = `create table a (b text);\n`", storeGuide: "```sql\ncreate table a (c text);\n```"},
				{storeFile: "package pgstore\n", storeGuide: "```sql\n```"},
			},
		},
	})
}

func goLines(t *tree) (problems []string) {
	versions := make(map[string]string)
	for p, data := range t.files {
		version := ""
		switch path.Base(p) {
		case "go.mod":
			if mod, err := modfile.Parse(p, data, nil); err != nil {
				problems = append(problems, err.Error())
			} else if mod.Toolchain != nil {
				problems = append(problems, p+" has a toolchain line; the go line is enough")
			} else if mod.Go != nil {
				version = mod.Go.Version
			}
		case "go.work":
			if work, err := modfile.ParseWork(p, data, nil); err != nil {
				problems = append(problems, err.Error())
			} else if work.Go != nil {
				version = work.Go.Version
			}
		default:
			continue
		}
		versions[p] = version
	}
	if all := slices.Compact(slices.Sorted(maps.Values(versions))); len(all) > 1 || slices.Contains(all, "") {
		problems = append(problems, fmt.Sprintf("the go lines differ or are missing: %v", versions))
	}
	return problems
}

// modulePaths also allows one replacement only, so that a release needs to drop
// no other. A module inside of a service is not released, and replaces that too.
func modulePaths(t *tree) (problems []string) {
	for p, data := range t.files {
		if path.Base(p) != "go.mod" {
			continue
		}
		mod, err := modfile.Parse(p, data, nil)
		if err != nil || mod.Module == nil {
			continue // an empty or broken file is reported by those who need it
		}
		dir := path.Dir(p)
		if want := fleet.Module + "/" + dir; mod.Module.Mod.Path != want {
			problems = append(problems, fmt.Sprintf("%s is the module %s, not %s", p, mod.Module.Mod.Path, want))
		}
		for _, r := range mod.Replace {
			of := strings.TrimPrefix(r.Old.Path, fleet.Module+"/")
			if path.Join(dir, r.New.Path) != of || of != "pkg" && of != path.Dir(dir) {
				problems = append(problems, fmt.Sprintf("%s replaces %s by %s", p, r.Old.Path, r.New.Path))
			}
		}
	}
	return problems
}

func uniqueTools(t *tree) (problems []string) {
	owner := make(map[string]string)
	for _, p := range slices.Sorted(maps.Keys(t.files)) {
		if ok, _ := path.Match("services/*/testdata/tools.golden.json", p); !ok {
			continue
		}
		var tools []struct{ Name string }
		if err := json.Unmarshal(t.files[p], &tools); err != nil || len(tools) == 0 {
			problems = append(problems, fmt.Sprintf("%s lists no tools: %v", p, err))
		}
		for _, tool := range tools {
			if other, taken := owner[tool.Name]; taken {
				problems = append(problems, fmt.Sprintf("%s: the tool %s is also in %s", p, tool.Name, other))
			}
			owner[tool.Name] = p
		}
	}
	return problems
}

func serviceFiles(t *tree) (problems []string) {
	for p := range t.files {
		if ok, _ := path.Match("services/*/go.mod", p); !ok {
			continue
		}
		dir := path.Dir(p)
		name := path.Base(dir)
		for _, pattern := range []string{name + ".go", "instructions.md", "cmd/mcp-" + name + "/main.go", "README.md", "testdata/tools.golden.json", "testdata/session/*.txtar"} {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(t.files)), func(f string) bool { ok, _ := path.Match(dir+"/"+pattern, f); return ok }) {
				problems = append(problems, dir+" lacks "+pattern)
			}
		}
		port := regexp.MustCompile(`(?m)^` + name + ` (\d+)$`).FindSubmatch(t.files[fleet.PortsFile])
		if port == nil {
			problems = append(problems, fleet.PortsFile+" lacks "+name)
		} else if want := "--http 127.0.0.1:" + string(port[1]); !strings.Contains(string(t.files[dir+"/README.md"]), want) {
			problems = append(problems, fmt.Sprintf("%s/README.md lacks %q", dir, want))
		}
	}
	return problems
}

func firstPage(t *tree) (problems []string) {
	if n := strings.Count(string(t.files["README.md"]), "\n"); n > 150 {
		problems = append(problems, fmt.Sprintf("README.md has %d lines; it should have at most 150", n))
	}
	return problems
}

// Where the tables for tokens are made, and where it is said how.
const (
	storeFile  = "pkg/oauth/pgstore/pgstore.go"
	storeGuide = "docs/kubernetes.md"
)

func tables(t *tree) (problems []string) {
	_, after, _ := strings.Cut(string(t.files[storeFile]), "const DDL = `")
	ddl, _, ok := strings.Cut(after, "`")
	switch {
	case t.files[storeFile] == nil:
	case !ok:
		problems = append(problems, storeFile+" has no constant DDL")
	case !strings.Contains(string(t.files[storeGuide]), ddl):
		problems = append(problems, storeGuide+" does not have the tables of "+storeFile)
	}
	return problems
}

var (
	fenced = regexp.MustCompile("(?ms)^```.*?^```")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

func links(t *tree) (problems []string) {
	for p, data := range t.files {
		if path.Ext(p) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(data), ""), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, ":") {
				continue
			}
			want := path.Join(path.Dir(p), target)
			if !slices.ContainsFunc(slices.Collect(maps.Keys(t.files)), func(f string) bool { return inside(f, want) }) {
				problems = append(problems, fmt.Sprintf("%s: %s does not exist", p, m[1]))
			}
		}
	}
	return problems
}

var (
	target = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	// mention is a make command in a line of its own or in backquotes.
	mention = regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z0-9-]*)")
)

func targets(t *tree) (problems []string) {
	exists := make(map[string]bool)
	for _, m := range target.FindAllStringSubmatch(string(t.files["Makefile"]), -1) {
		exists[m[1]] = true
	}
	for p, data := range t.files {
		if path.Ext(p) != ".md" && p != ".ci/run" {
			continue
		}
		for _, m := range mention.FindAllStringSubmatch(string(data), -1) {
			if !exists[m[1]] {
				problems = append(problems, fmt.Sprintf("%s: make %s is no target", p, m[1]))
			}
		}
	}
	return problems
}

func textLeftovers(t *tree) (problems []string) {
	for p, data := range t.files {
		switch ext := path.Ext(p); {
		case ext == ".md", ext == ".yml", ext == ".yaml", ext == ".sh", p == "Makefile", p == ".ci/run":
			if m := leftover.Find(data); m != nil {
				problems = append(problems, fmt.Sprintf("%s: %s", p, m))
			}
		}
	}
	return problems
}

func TestWorkspaceIsCurrent(t *testing.T) { passes(t, "go", "run", "./test/work", "-check") }

func TestTablesAreCurrent(t *testing.T) { passes(t, "go", "run", "./test/readme", "-check") }

func passes(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = filepath.Clean(rootOf(t))
	cmd.Env = append(cmd.Environ(), "GOWORK=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
