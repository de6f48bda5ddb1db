//go:build k8s

package k8s

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

const (
	// insideVariable holds the tag of the images for the tests that run inside
	// the cluster's network, and is not set outside.
	insideVariable = "MCPFLEET_K8S_TAG"
	// registry is of the images that are loaded into the cluster. Nobody has it.
	registry = "mcp-fleet.test"
	// repository follows the registry, as in the chart's values.
	repository = "mcpfleet"
	// madeHere is the label of all namespaces of the tests.
	madeHere = "mcp-fleet.test/run"
)

func TestMain(m *testing.M) {
	if os.Getenv(insideVariable) != "" {
		status := m.Run()
		stopPostgres()
		stopGitHub()
		if err := stopSlack(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
		os.Exit(status)
	}
	status, err := outside()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(status)
}

// outside makes a cluster, and runs this program again inside its network. It
// leaves a cluster up that was up before.
func outside() (status int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := findCluster(ctx)
	if err != nil {
		return 1, err
	}
	if c.run(ctx, "exec", "true") != nil {
		// Also after an up that failed half way.
		defer func() { err = errors.Join(err, c.run(context.WithoutCancel(ctx), "down")) }()
		if err := c.run(ctx, "up"); err != nil {
			return 1, err
		}
	}
	for _, command := range []string{"crds", "metrics"} {
		if err := c.run(ctx, command); err != nil {
			return 1, err
		}
	}
	tag, err := c.loadImages(ctx)
	if err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "k8s-slack")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	slack, err := buildSlack(ctx, dir)
	if err != nil {
		return 1, err
	}
	tests := c.inside(ctx, append([]string{self}, os.Args[1:]...)...)
	tests.Env = append(os.Environ(), insideVariable+"="+tag, slackVariable+"="+slack)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	// Their pipes and their time belong to go test as those of this process do.
	tests.Cancel = func() error { return tests.Process.Signal(os.Interrupt) }
	tests.WaitDelay = 10 * time.Second
	err = tests.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		status, err = 1, nil
	}
	// Tests that end early leave namespaces.
	swept := c.inside(context.WithoutCancel(ctx), "kubectl", "delete", "namespace", "--selector", madeHere+"="+tag, "--ignore-not-found", "--timeout=120s")
	if out, e := swept.CombinedOutput(); e != nil {
		err = errors.Join(err, fmt.Errorf("namespaces are left: %w\n%s", e, out))
	}
	if err != nil {
		status = 1
	}
	return status, err
}

// cluster is the program that makes one.
type cluster struct{ program string }

func findCluster(ctx context.Context) (cluster, error) {
	if program := os.Getenv("K8S_CLUSTER"); program != "" {
		path, err := exec.LookPath(program)
		if err != nil {
			return cluster{}, fmt.Errorf("K8S_CLUSTER: %w", err)
		}
		path, err = filepath.Abs(path)
		return cluster{path}, err
	}
	if exec.CommandContext(ctx, "docker", "info").Run() == nil {
		path, err := filepath.Abs("kind.sh")
		return cluster{path}, err
	}
	return cluster{}, errors.New("these tests need a Kubernetes cluster: start Docker, for kind, or set K8S_CLUSTER to a program that makes one and has the commands up, down, env, exec, load-image, metrics and crds")
}

// run runs a command of the program, and shows what it says only if it fails.
func (c cluster) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, c.program, args...)
	// What up starts must not get the signals of this terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.CreateTemp("", "cluster-*.log")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	// A file, because what up starts would hold a pipe open.
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s %s: %w\n%s", c.program, strings.Join(args, " "), err, said)
	}
	return nil
}

// inside is a command in the cluster's network, with the cluster's environment.
func (c cluster) inside(ctx context.Context, args ...string) *exec.Cmd {
	const script = `environment=$("$0" env) && eval "$environment" && exec "$0" exec "$@"`
	return exec.CommandContext(ctx, "sh", append([]string{"-c", script, c.program}, args...)...)
}

// loadImages builds the services and what the tests run in pods, and loads them
// into the cluster. The tag is of what was built: the same is loaded once more
// under the same name.
func (c cluster) loadImages(ctx context.Context) (tag string, err error) {
	root, err := fleet.Root()
	if err != nil {
		return "", err
	}
	services, err := fleet.Services(root)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "k8s-images")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	packages := []string{"./test/k8s/dial"}
	for _, s := range services {
		packages = append(packages, "./services/"+s.Name+"/cmd/"+s.Command())
	}
	build := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", dir + "/"}, packages...)...)
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	sum := sha256.New()
	for _, p := range packages {
		f, err := os.Open(filepath.Join(dir, filepath.Base(p)))
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
	}
	tag = fmt.Sprintf("t%x", sum.Sum(nil)[:6])
	args := []string{"load-image"}
	for _, p := range packages {
		name := filepath.Base(p)
		args = append(args, fmt.Sprintf("%s=%s", image(name, tag), filepath.Join(dir, name)))
	}
	return tag, c.run(ctx, args...)
}

func image(name, tag string) string {
	return fmt.Sprintf("%s/%s/%s:%s", registry, repository, name, tag)
}
