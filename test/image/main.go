// Command image builds the image of every service into dist/images, one archive
// each, and fails if one is larger than an image may be:
//
//	go run ./test/image [-with docker|buildah|ko] [-base REFERENCE] [-version V] [-revision R] [SERVICE...]
//
// Without -with it takes Docker where a daemon answers, and ko elsewhere. With
// Docker and buildah the images are of deploy/Dockerfile and stay in their store
// too, as ghcr.io/mcpfleet/mcp-NAME:VERSION.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

const (
	// maxImage is how many bytes a compressed image may have.
	maxImage = 25 << 20
	// repository is what the names of images begin with.
	repository = "ghcr.io/mcpfleet"

	ko = "github.com/google/ko@v0.19.1"
)

// builder makes images.
type builder struct {
	root    string
	out     string // the folder for images, and for sbom, what is in them
	with    string // docker, buildah or ko
	base    string // "" for what deploy/Dockerfile and .ko.yaml name
	version string
	// revision is the commit, "" if it is not known.
	revision string
	// global and build are further arguments for buildah.
	global, build []string
	env           []string
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	b := builder{root: root, out: filepath.Join(root, "dist")}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&b.with, "with", "", "docker, buildah or ko")
	flags.StringVar(&b.base, "base", "", "the image to build on, instead of distroless/static")
	flags.StringVar(&b.version, "version", "devel", "what the programs say they are")
	flags.StringVar(&b.revision, "revision", "", "the commit, for the images' label")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.with == "" {
		b.with = "ko"
		if exec.CommandContext(ctx, "docker", "info").Run() == nil {
			b.with = "docker"
		}
	}
	services, err := fleet.Choose(root, flags.Args())
	if err != nil {
		return err
	}
	return b.all(ctx, services)
}

// all builds the images of the services, and says how large each is.
func (b builder) all(ctx context.Context, services []fleet.Service) error {
	var failed []error
	for _, s := range services {
		archive, err := b.image(ctx, s.Name)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		n, err := compressed(archive)
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		fmt.Printf("%-40s %5.1f MiB compressed\n", archive, float64(n)/(1<<20))
		if n > maxImage {
			failed = append(failed, fmt.Errorf("%s has %d bytes, more than %d", s.Command(), n, maxImage))
		}
	}
	return errors.Join(failed...)
}

// image builds the image of a service and returns the path of its archive.
func (b builder) image(ctx context.Context, service string) (string, error) {
	archive := filepath.Join(b.out, "images", "mcp-"+service+".tar")
	for _, dir := range []string{"images", "sbom"} {
		if err := os.MkdirAll(filepath.Join(b.out, dir), 0o755); err != nil {
			return "", err
		}
	}
	// What is there is of another build, and not every builder replaces it.
	if err := os.Remove(archive); err != nil && !os.IsNotExist(err) {
		return "", err
	}
	for _, cmd := range b.commands(ctx, service, archive) {
		cmd.Env = append(cmd.Environ(), b.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", cmd.Args[0], err, out)
		}
	}
	return archive, nil
}

// commands returns what makes the archive of a service's image.
func (b builder) commands(ctx context.Context, service, archive string) []*exec.Cmd {
	command := func(dir, name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		return cmd
	}
	name := repository + "/mcp-" + service + ":" + b.version
	file := []string{"-f", "deploy/Dockerfile", "--build-arg", "SERVICE=" + service, "--build-arg", "VERSION=" + b.version, "--build-arg", "REVISION=" + b.revision}
	if b.base != "" {
		file = append(file, "--build-arg", "BASE="+b.base)
	}
	switch b.with {
	case "docker":
		return []*exec.Cmd{
			command(b.root, "docker", slices.Concat([]string{"buildx", "build", "--load", "-t", name}, file, []string{"."})...),
			command(b.root, "docker", "save", "-o", archive, name),
		}
	case "buildah":
		return []*exec.Cmd{
			command(b.root, "buildah", slices.Concat(b.global, []string{"build", "-t", name, "--platform", "linux/" + runtime.GOARCH}, file, b.build, []string{"."})...),
			command(b.root, "buildah", slices.Concat(b.global, []string{"push", name, "oci-archive:" + archive + ":" + name})...),
		}
	}
	// ko looks for programs from the folder of their module, where it finds no
	// configuration by itself.
	cmd := command(filepath.Join(b.root, "services", service), "go", "run", ko, "build", "--push=false", "--tarball", archive,
		"--base-import-paths", "--tags", b.version, "--platform", "linux/"+runtime.GOARCH, "--image-user", "65532:65532",
		"--image-label", "io.modelcontextprotocol.server.name=io.github.mcpfleet/mcp-"+service, // whose it is, for the MCP registry
		"--sbom-dir", filepath.Join(b.out, "sbom"), "./cmd/mcp-"+service)
	cmd.Env = append(cmd.Environ(), "KO_CONFIG_PATH="+filepath.Join(b.root, ".ko.yaml"), "KO_DOCKER_REPO="+repository,
		"VERSION="+b.version, "GOWORK=off")
	if b.base != "" {
		cmd.Env = append(cmd.Env, "KO_DEFAULTBASEIMAGE="+b.base)
	}
	return []*exec.Cmd{cmd}
}
