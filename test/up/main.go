// Command up builds every service of the fleet and runs each over HTTP on its
// local port until it is told to end. When it ends, for whatever reason, so do
// the services: on Ctrl-C, SIGTERM, and when the terminal or whoever reads the
// output goes away, they drain first, and on Linux they also end if up itself is
// killed.
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
	"strconv"
	"strings"
	"syscall"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func main() {
	shift := flag.Int("shift", 0, "add this to every port")
	emulate := flag.Bool("demo", false, "run services that need an account elsewhere on emulators with demo data")
	flag.Parse()
	ctx, stop := endSignals()
	// The kernel's tie between a service and its parent is to the thread that
	// started it, which therefore must live as long as main.
	runtime.LockOSThread()
	out := newScreen(os.Stdout, os.LookupEnv)
	out.lost = stop
	if err := run(ctx, out, options{*shift, *emulate, flag.Args()}); err != nil {
		fmt.Fprintln(os.Stderr, "up:", err)
		os.Exit(1)
	}
}

// endSignals returns a context that ends when up is told to end, or with stop.
func endSignals() (ctx context.Context, stop func()) {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	// These never end up at once, which would be before the services: in tee's pipe
	// the first line after a Ctrl-C has no reader, and a terminal that is closed may
	// tell it more than once.
	caught := []os.Signal{syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends, caught = append(ends, syscall.SIGHUP), append(caught, syscall.SIGHUP)
	}
	signal.Notify(make(chan os.Signal, 1), caught...)
	ctx, stop = signal.NotifyContext(context.Background(), ends...)
	// A second Ctrl-C or SIGTERM ends up at once, and the services with it.
	context.AfterFunc(ctx, stop)
	return ctx, stop
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
	for _, name := range o.names {
		if strings.HasPrefix(name, "-") {
			return fmt.Errorf("%s is behind the name of a service: write options first, as in make up ARGS=\"-shift 100 calculator\"", name)
		}
	}
	services, err := fleet.Choose(root, o.names)
	if err != nil {
		return err
	}
	for i := range services {
		services[i].Port += o.shift
		// The admin port is the higher one. Those below 1024 are the system's.
		if low, high := services[i].Port, services[i].AdminPort(); low < 1024 || high > 65535 {
			return fmt.Errorf("-shift %d moves %s to the ports %d and %d: give one with which they are from 1024 to 65535", o.shift, services[i].Name, low, high)
		}
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
