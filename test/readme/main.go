// Command readme writes the tables of the README files from what the services
// say of themselves: the table of services in the root, and the tables of tools
// and flags of each service. Everything between a pair of markers such as
//
//	<!-- tools:start -->
//	<!-- tools:end -->
//
// is replaced. With -check nothing is written, and a file that would change is
// an error.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a file would change")
	flag.Parse()
	if err := run(context.Background(), *check); err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check bool) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	files, err := render(ctx, root)
	if err != nil {
		return err
	}
	var stale []string
	for _, f := range files {
		if bytes.Equal(f.have, f.want) {
			continue
		}
		stale = append(stale, f.path)
		if !check {
			if err := os.WriteFile(filepath.Join(root, f.path), f.want, 0o644); err != nil {
				return err
			}
		}
	}
	if check && len(stale) > 0 {
		return fmt.Errorf("out of date: %s; make generate writes them", strings.Join(stale, ", "))
	}
	return nil
}

// file is a README with its tables as they are and as they should be.
type file struct {
	path       string
	have, want []byte
}

func render(ctx context.Context, root string) ([]file, error) {
	services, err := fleet.Services(root)
	if err != nil {
		return nil, err
	}
	bin, err := build(ctx, root, services)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(bin)

	var files []file
	var rows []summary
	for _, s := range services {
		var tools []tool
		if err := ask(ctx, filepath.Join(bin, s.Command()), &tools, "tools", "--json"); err != nil {
			return nil, err
		}
		var flags []flagInfo
		if err := ask(ctx, filepath.Join(bin, s.Command()), &flags, "flags"); err != nil {
			return nil, err
		}
		path := filepath.Join("services", s.Name, "README.md")
		f, err := rewrite(root, path, map[string]string{"tools": toolTable(tools), "flags": flagTable(flags)})
		if err != nil {
			return nil, err
		}
		sentence, err := firstSentence(string(f.have))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files, rows = append(files, f), append(rows, summary{s, sentence, tools})
	}
	f, err := rewrite(root, "README.md", map[string]string{"services": serviceTable(rows)})
	return append(files, f), err
}

// build compiles every service into a folder of its own.
func build(ctx context.Context, root string, services []fleet.Service) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "readme-"); err != nil {
		return "", err
	}
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, s := range services {
		args = append(args, "./services/"+s.Name+"/cmd/"+s.Command())
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	if err := cmd.Run(); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("building the services: %w", err)
	}
	return dir, nil
}

// ask runs a command of a service and decodes the JSON that it prints.
func ask(ctx context.Context, program string, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, into)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(program), strings.Join(args, " "), err)
	}
	return nil
}

func rewrite(root, path string, tables map[string]string) (file, error) {
	have, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return file{}, err
	}
	want := string(have)
	for name, table := range tables {
		if want, err = replace(want, name, table); err != nil {
			return file{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	return file{path, have, []byte(want)}, nil
}

// replace puts table between the markers called name.
func replace(text, name, table string) (string, error) {
	start, end := "<!-- "+name+":start -->", "<!-- "+name+":end -->"
	head, rest, ok := strings.Cut(text, start)
	if !ok {
		return "", fmt.Errorf("it lacks the marker %s", start)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("it lacks the marker %s after %s", end, start)
	}
	return head + start + "\n" + table + end + tail, nil
}
