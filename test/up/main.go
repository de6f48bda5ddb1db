// Command up builds every service of the fleet and runs each over HTTP on its
// local port until it is told to end. When it ends, for whatever reason, so do
// the services: on Ctrl-C and SIGTERM they drain first, and on Linux they also
// end if up itself is killed.
//
// Arguments are names of services, to run those only. Each service takes its
// settings from the environment, as it does when it is started by hand; what it
// cannot do without has a value for trying it out in deploy/demo, or a demo
// command that runs it. With -demo, so have those that need an account elsewhere:
// an emulator with demo data.
//
// What cannot be built or started is reported and left out, and a service that
// ends leaves the others alone; up then ends with status 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
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
	emulate := flag.Bool("demo", false, "run services that need an account elsewhere on emulators with demo data")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends up at once, and the services with it.
	context.AfterFunc(ctx, stop)
	// The kernel's tie between a service and its parent is to the thread that
	// started it, which therefore must live as long as main.
	runtime.LockOSThread()
	if err := run(ctx, newScreen(os.Stdout, os.LookupEnv), options{*shift, *emulate, flag.Args()}); err != nil {
		fmt.Fprintln(os.Stderr, "up:", err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	shift   int
	emulate bool
	names   []string
}

// run returns nil if the services ran until ctx ended.
func run(ctx context.Context, out *screen, o options) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	services, err := choose(root, o.names)
	if err != nil {
		return err
	}
	for i := range services {
		services[i].Port += o.shift
	}
	if err := portsFree(services); err != nil {
		return err
	}
	list, err := instances(root, services, o.emulate)
	if err != nil {
		return err
	}
	bin := filepath.Join(root, "bin")
	built, err := build(ctx, out, root, bin, list)
	if err != nil {
		if ctx.Err() != nil {
			return nil // it was told to end
		}
		return err
	}
	err = runAll(ctx, out, bin, built)
	if len(built) < len(list) {
		err = errors.Join(err, fmt.Errorf("%d of %d services could not be built", len(list)-len(built), len(list)))
	}
	return err
}

// instance is a service with what it has for lack of settings of the user's.
type instance struct {
	fleet.Service
	settings
}

func instances(root string, services []fleet.Service, emulate bool) ([]instance, error) {
	var list []instance
	for _, s := range services {
		set, err := demo(root, s.Name, emulate, os.LookupEnv)
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
			var there []string
			for _, s := range all {
				there = append(there, s.Name)
			}
			return nil, fmt.Errorf("there is no service %q: name some of %s", name, strings.Join(there, ", "))
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
