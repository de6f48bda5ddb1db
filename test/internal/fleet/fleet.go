// Package fleet knows the layout of the repository: where its root is, which
// services and modules it has, and the local port of each service. It reads
// the file system each time, so that a service that was just added is seen.
// Start with [Root].
package fleet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is the path that every module of the repository begins with.
const Module = "github.com/mcpfleet/mcpfleet"

// PortsFile is the table of local ports, relative to the root.
const PortsFile = "test/internal/fleet/ports.txt"

// firstPort is the lowest port of a service on a developer's machine.
const firstPort = 8101

// Service is one server of the fleet.
type Service struct {
	// Name is the name of its folder below services, and of its package.
	Name string
	// Port is where it listens on a developer's machine.
	Port int
}

// AdminPort returns the port of the admin listener.
func (s Service) AdminPort() int { return s.Port + 1000 }

// Command returns the name of the service's program.
func (s Service) Command() string { return "mcp-" + s.Name }

// DemoCommand returns the name of the program that runs the service on something
// to try it out with, where a service has one: the module demo in its folder.
func (s Service) DemoCommand() string { return s.Name + "-demo" }

// Root returns the folder that holds go.work, at or above the working directory.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "pkg", "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the repository: no folder above it has pkg/go.mod", start)
		}
	}
}

// Services returns the services that exist, by name.
func Services(root string) ([]Service, error) {
	ports, err := Ports(root)
	if err != nil {
		return nil, err
	}
	mods, err := filepath.Glob(filepath.Join(root, "services", "*", "go.mod"))
	if err != nil {
		return nil, err
	}
	var list []Service
	for _, m := range mods {
		name := filepath.Base(filepath.Dir(m))
		port, ok := ports[name]
		if !ok {
			return nil, fmt.Errorf("the service %s has no line in %s", name, PortsFile)
		}
		list = append(list, Service{Name: name, Port: port})
	}
	return list, nil
}

// Choose returns the services that are named, each once and by name, or all if
// none is.
func Choose(root string, names []string) ([]Service, error) {
	all, err := Services(root)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var known []string
	for _, s := range all {
		known = append(known, s.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no service %q: they are %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(all, func(s Service) bool { return !slices.Contains(names, s.Name) }), nil
}

// Ports reads the table of ports. It may name services that do not exist yet.
func Ports(root string) (map[string]int, error) {
	data, err := os.ReadFile(filepath.Join(root, PortsFile))
	if err != nil {
		return nil, err
	}
	return parsePorts(string(data))
}

func parsePorts(table string) (map[string]int, error) {
	ports := make(map[string]int)
	used := make(map[int]string)
	for line := range strings.Lines(table) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		port, err := strconv.Atoi(digits)
		if err != nil || port < firstPort || port > 9000 {
			return nil, fmt.Errorf("%s: %q: write a name and a port from %d to 9000", PortsFile, strings.TrimSpace(line), firstPort)
		}
		if other, taken := used[port]; taken || ports[name] != 0 {
			return nil, fmt.Errorf("%s: %q: the name or the port is taken by %q", PortsFile, strings.TrimSpace(line), cmp.Or(other, name))
		}
		ports[name], used[port] = port, name
	}
	return ports, nil
}

// Reserve returns the port of a service, after adding it to the table if it
// has none.
func Reserve(root, name string) (int, error) {
	ports, err := Ports(root)
	if err != nil {
		return 0, err
	}
	if port, ok := ports[name]; ok {
		return port, nil
	}
	port := firstPort
	for _, p := range ports {
		port = max(port, p+1)
	}
	path := filepath.Join(root, PortsFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return port, os.WriteFile(path, fmt.Appendf(data, "%s %d\n", name, port), 0o644)
}

// Modules returns the folder of every module, relative to the root and with
// slashes, those of the workspace first.
func Modules(root string) (inside, outside []string, err error) {
	err = fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (name == "node_modules" || name == "testdata" || name == "bin" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case name != "go.mod":
			return nil
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if dir == "pkg" || dir == "test" || strings.HasPrefix(dir, "services/") && strings.Count(dir, "/") == 1 {
			inside = append(inside, dir)
		} else {
			outside = append(outside, dir)
		}
		return nil
	})
	return inside, outside, err
}

// GoVersion returns the go line of pkg, which every module repeats.
func GoVersion(root string) (string, error) {
	path := filepath.Join(root, "pkg", "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	mod, err := modfile.ParseLax(path, data, nil)
	if err != nil {
		return "", err
	}
	if mod.Go == nil {
		return "", errors.New("pkg/go.mod has no go line")
	}
	return mod.Go.Version, nil
}

// WorkFile returns what go.work should be: pkg, the services and test. Modules
// further down stay out, so that what they require stays out of all others.
func WorkFile(root string) ([]byte, error) {
	version, err := GoVersion(root)
	if err != nil {
		return nil, err
	}
	inside, _, err := Modules(root)
	if err != nil {
		return nil, err
	}
	slices.Sort(inside)
	var b bytes.Buffer
	fmt.Fprintf(&b, "go %s\n\nuse (\n", version)
	for _, dir := range inside {
		fmt.Fprintf(&b, "\t./%s\n", dir)
	}
	b.WriteString(")\n")
	return b.Bytes(), nil
}
