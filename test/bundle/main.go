// Command bundle packs each service as an MCP bundle for desktop clients, which
// install it with a click, and writes the server.json of each for the MCP registry:
//
//	dist/mcpb/mcp-NAME-VERSION-OS-ARCH.mcpb
//	dist/registry/mcp-NAME.json
//
// What they say of a service comes from its program; what a person is asked for
// when it is installed is in services/NAME/desktop.json. There is a bundle for each
// system and processor rather than one for all, which would have five programs of
// which one is used. The same sources make the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func main() {
	var o options
	flag.StringVar(&o.version, "version", "", "the version that the bundles are of; none: 0.0.0")
	flag.StringVar(&o.platforms, "platforms", "", "GOOS/GOARCH, separated by spaces, or all; none: those of this machine")
	flag.StringVar(&o.out, "out", "dist", "where to write")
	flag.Parse()
	o.names = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

type options struct {
	version, platforms, out string
	names                   []string
}

// platform is a system with a processor, as Go calls them.
type platform struct{ os, arch string }

// released are the platforms of a release: those that desktop clients run on.
var released = []platform{{"darwin", "amd64"}, {"darwin", "arm64"}, {"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}}

func parsePlatforms(text string) ([]platform, error) {
	switch text {
	case "":
		return []platform{{runtime.GOOS, runtime.GOARCH}}, nil
	case "all":
		return released, nil
	}
	var list []platform
	for word := range strings.FieldsSeq(text) {
		system, arch, _ := strings.Cut(word, "/")
		p := platform{system, arch}
		if !slices.Contains(released, p) {
			return nil, fmt.Errorf("platform %q: give some of %v, as linux/amd64, or all", word, released)
		}
		list = append(list, p)
	}
	return list, nil
}

// semantic is what the clients and the registry take for a version.
var semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// bundle is one that was packed.
type bundle struct {
	file, sum string
}

func run(ctx context.Context, o options) error {
	if o.version == "" {
		o.version = "0.0.0"
	}
	if !semantic.MatchString(o.version) {
		return fmt.Errorf("-version %q: give one such as 1.2.3", o.version)
	}
	platforms, err := parsePlatforms(o.platforms)
	if err != nil {
		return err
	}
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	services, err := fleet.Choose(root, o.names)
	if err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "bundle-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	for _, s := range services {
		if err := o.service(ctx, root, bin, s, platforms); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// service packs a service for all platforms and describes it to the registry.
func (o options) service(ctx context.Context, root, bin string, s fleet.Service, platforms []platform) error {
	here := platform{runtime.GOOS, runtime.GOARCH}
	own, err := compile(ctx, root, bin, o.version, s, here)
	if err != nil {
		return err
	}
	about, err := inspect(ctx, root, own, s)
	if err != nil {
		return err
	}
	var packed []bundle
	for _, p := range platforms {
		program, err := own, error(nil)
		if p != here {
			program, err = compile(ctx, root, bin, o.version, s, p)
		}
		if err != nil {
			return err
		}
		b, err := o.pack(root, about, s, p, program)
		if err != nil {
			return err
		}
		packed = append(packed, b)
	}
	entry, err := encode(about.registry(s, o.version, packed))
	if err != nil {
		return err
	}
	return write(filepath.Join(o.out, "registry", s.Command()+".json"), entry)
}

// pack writes the bundle of a program.
func (o options) pack(root string, about *description, s fleet.Service, p platform, program string) (bundle, error) {
	manifest, err := encode(about.manifest(s, o.version, p))
	if err != nil {
		return bundle{}, err
	}
	code, err := os.ReadFile(program)
	if err != nil {
		return bundle{}, err
	}
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return bundle{}, err
	}
	data, err := archive([]member{
		{"manifest.json", manifest, false}, {"LICENSE", licence, false}, {entryPoint(s, p), code, true},
	})
	if err != nil {
		return bundle{}, err
	}
	b := bundle{file: fmt.Sprintf("%s-%s-%s-%s.mcpb", s.Command(), o.version, p.os, p.arch), sum: checksum(data)}
	to := filepath.Join(o.out, "mcpb", b.file)
	fmt.Printf("%s  %.1f MB\n", to, float64(len(data))/1e6)
	return b, write(to, data)
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// compile builds a service's program for a platform.
func compile(ctx context.Context, root, bin, version string, s fleet.Service, p platform) (string, error) {
	file := filepath.Join(bin, p.os+"-"+p.arch, s.Command())
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X "+fleet.Module+"/pkg/server.version="+version, "-o", file, "./services/"+s.Name+"/cmd/"+s.Command())
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building it for %s/%s: %w\n%s", p.os, p.arch, err, strings.TrimSpace(string(out)))
	}
	return file, nil
}
