// Command scaffold adds a service to the fleet: a folder below services with
// the files that every service has, a line in go.work, a local port, its rows
// in the README files and a line in the changelog. What it adds builds and
// passes its tests.
//
// The domain of the new service is a small catalog, from the template folder;
// the rest is copied from services/calculator, so that it cannot grow old.
package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

//go:embed all:template
var templates embed.FS

// model is the service that files without a domain are copied from.
const model = "calculator"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: scaffold NAME")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	if err := checkName(ctx, root, name); err != nil {
		return err
	}
	port, err := fleet.Reserve(root, name)
	if err != nil {
		return err
	}
	dir := filepath.Join("services", name)
	if err := write(root, name, port); err != nil {
		return err
	}
	if err := announce(filepath.Join(root, "CHANGELOG.md"), name); err != nil {
		return err
	}
	// The model may require more than the catalog does.
	if err := goCommand(ctx, filepath.Join(root, dir), "GOWORK=off", "mod", "tidy"); err != nil {
		return err
	}
	work, err := fleet.WorkFile(root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "go.work"), work, 0o644); err != nil {
		return err
	}
	if err := goCommand(ctx, root, "GOWORK=", "test", "./"+filepath.ToSlash(dir), "-update"); err != nil {
		return err
	}
	if err := goCommand(ctx, root, "GOWORK=", "run", "./test/readme"); err != nil {
		return err
	}
	fmt.Printf("%s is there, on port %d. Next: describe it in README.md and instructions.md,\nreplace internal/catalog and find.go, then run make generate and make test.\n", dir, port)
	return nil
}

var nameRule = regexp.MustCompile(`^[a-z][a-z0-9]{1,30}$`)

// reserved are names that the generated files or the repository already use
// for something else.
var reserved = []string{"catalog", "mcp", "pkg", "server", "servertest", "services", "starter", "toolerr", "types", "util", "common", "helpers", "models", "base", "core"}

// checkName says why a service cannot have a name.
func checkName(ctx context.Context, root, name string) error {
	switch {
	case !nameRule.MatchString(name):
		return fmt.Errorf("the name %q is not 2 to 31 lower-case letters and digits, beginning with a letter", name)
	case token.IsKeyword(name), types.Universe.Lookup(name) != nil:
		return fmt.Errorf("the name %q means something in Go", name)
	case slices.Contains(reserved, name):
		return fmt.Errorf("the name %q says nothing, or is used inside every service", name)
	}
	if _, err := os.Stat(filepath.Join(root, "services", name)); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the service %q exists", name)
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	// A folder that only holds packages, such as database, is none itself.
	sources, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(goroot)), "src", name, "*.go"))
	if err != nil {
		return err
	}
	if len(sources) > 0 {
		return fmt.Errorf("the name %q is that of a standard package", name)
	}
	return nil
}

// write makes the folder of the service.
func write(root, name string, port int) error {
	dir := filepath.Join(root, "services", name)
	fill := strings.NewReplacer("starter", name, "STARTER", strings.ToUpper(name), "Starter", strings.ToUpper(name[:1])+name[1:], "8100", strconv.Itoa(port))
	err := fs.WalkDir(templates, "template", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := templates.ReadFile(path)
		if err != nil {
			return err
		}
		target := strings.TrimSuffix(strings.TrimPrefix(path, "template/"), ".tmpl")
		return create(filepath.Join(dir, fill.Replace(target)), fill.Replace(string(data)))
	})
	if err != nil {
		return err
	}
	rename := strings.NewReplacer(model, name)
	for _, path := range []string{"go.mod", "go.sum", "cmd/mcp-" + model + "/main.go"} {
		data, err := os.ReadFile(filepath.Join(root, "services", model, path))
		if err != nil {
			return err
		}
		text := string(data)
		if path != "go.sum" {
			text = rename.Replace(text)
		}
		if err := create(filepath.Join(dir, rename.Replace(path)), text); err != nil {
			return err
		}
	}
	return nil
}

func create(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// announce adds a line to what is not released yet.
func announce(path, name string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const heading = "## Unreleased\n\n"
	head, tail, ok := bytes.Cut(data, []byte(heading))
	if !ok {
		return fmt.Errorf("%s has no heading %q followed by an empty line", path, strings.TrimSpace(heading))
	}
	text := fmt.Appendf(nil, "%s%s- %s: new service.\n%s", head, heading, name, tail)
	return os.WriteFile(path, text, 0o644)
}

func goCommand(ctx context.Context, dir, work string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), work)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}
