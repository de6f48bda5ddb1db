// Command up builds every service of the fleet and runs each over HTTP on its
// local port until it is told to end. When it ends, for whatever reason, so do
// the services: on Ctrl-C and SIGTERM they drain first, and on Linux they also
// end if up itself is killed.
//
// Arguments are names of services, to run those only. Each service takes its
// settings from the environment, as it does when it is started by hand; what it
// cannot do without has a value for trying it out in deploy/demo, or a demo
// command that runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func main() {
	shift := flag.Int("shift", 0, "add this to every port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends up at once, and the services with it.
	context.AfterFunc(ctx, stop)
	// The kernel's tie between a service and its parent is to the thread that
	// started it, which therefore must live as long as main.
	runtime.LockOSThread()
	if err := run(ctx, os.Stdout, *shift, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "up:", err)
		os.Exit(1)
	}
}

// run returns nil if the services ran until ctx ended.
func run(ctx context.Context, w io.Writer, shift int, names []string) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	services, err := choose(root, names)
	if err != nil {
		return err
	}
	for i := range services {
		services[i].Port += shift
	}
	if err := portsFree(services); err != nil {
		return err
	}
	list, err := instances(root, services)
	if err != nil {
		return err
	}
	bin := filepath.Join(root, "bin")
	if err := build(ctx, root, bin, list); err != nil {
		return err
	}
	return runAll(ctx, w, bin, list)
}

// instance is a service with what it has for lack of settings of the user's.
type instance struct {
	fleet.Service
	settings
}

func instances(root string, services []fleet.Service) ([]instance, error) {
	var list []instance
	for _, s := range services {
		set, err := demo(root, s.Name, os.LookupEnv)
		if err != nil {
			return nil, err
		}
		list = append(list, instance{s, set})
	}
	return list, nil
}

// choose returns the services that are named, or all.
func choose(root string, names []string) ([]fleet.Service, error) {
	all, err := fleet.Services(root)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var chosen []fleet.Service
	for _, name := range names {
		i := slices.IndexFunc(all, func(s fleet.Service) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no service %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// portsFree says which port is taken before anything is built for it.
func portsFree(services []fleet.Service) error {
	for _, s := range services {
		for _, port := range []int{s.Port, s.AdminPort()} {
			l, err := net.Listen("tcp", address(port))
			if err != nil {
				return fmt.Errorf("the port %d of %s is taken (%w): end what uses it, or move all ports with make up ARGS=\"-shift 100\"", port, s.Name, err)
			}
			l.Close()
		}
	}
	return nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func build(ctx context.Context, root, bin string, services []instance) error {
	var packages []string
	for _, s := range services {
		packages = append(packages, "./services/"+s.Name+"/cmd/"+s.Command())
	}
	if err := goBuild(ctx, root, nil, bin, packages...); err != nil {
		return err
	}
	for _, s := range services {
		if s.instead == "" {
			continue
		}
		// A module outside of the workspace.
		dir := filepath.Join(root, "services", s.Name, "demo")
		if err := goBuild(ctx, dir, []string{"GOWORK=off"}, bin, "./cmd/"+s.DemoCommand()); err != nil {
			return err
		}
	}
	return nil
}

func goBuild(ctx context.Context, dir string, env []string, bin string, packages ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-o", bin + string(filepath.Separator)}, packages...)...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", strings.Join(packages, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
