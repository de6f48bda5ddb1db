package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// sayAfter is how long a build may be silent.
const sayAfter = 10 * time.Second

// build compiles what the services need into bin, and returns those that can be
// run. One whose demo command cannot be had runs without; an error means that
// none can be run, or that ctx has ended.
func build(ctx context.Context, out *screen, root, bin string, services []instance) ([]instance, error) {
	start := time.Now()
	out.say("building %s (the first time takes a minute or two, and fetches modules; later seconds)", names(services))
	stop := progress(out, func(after time.Duration) string { return fmt.Sprintf("still building, %s", after) })
	defer stop()

	built, err := buildServices(ctx, out, root, bin, services)
	if err != nil {
		return nil, err
	}
	for i, s := range built {
		if s.instead == "" || s.emulated {
			continue
		}
		// A module outside of the workspace.
		dir := filepath.Join(root, "services", s.Name, "demo")
		if err := goBuild(ctx, dir, []string{"GOWORK=off"}, bin, "./cmd/"+s.DemoCommand()); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			out.alarm("%s runs without its demo: %v", s.Name, err)
			built[i].instead, built[i].lacks = "", s.instead
		}
	}
	out.say("built in %s", time.Since(start).Round(100*time.Millisecond))
	return built, nil
}

// buildServices compiles all of them at once, which is the quickest, and one by
// one if that fails, which tells those that can be built.
func buildServices(ctx context.Context, out *screen, root, bin string, services []instance) ([]instance, error) {
	var packages []string
	for _, s := range services {
		packages = append(packages, s.packages()...)
	}
	all := goBuild(ctx, root, nil, bin, packages...)
	if all == nil || ctx.Err() != nil || len(services) == 1 {
		return services, all
	}
	var built []instance
	for _, s := range services {
		if err := goBuild(ctx, root, nil, bin, s.packages()...); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			out.alarm("%s is left out: %v", s.Name, err)
			continue
		}
		built = append(built, s)
	}
	if len(built) == 0 {
		return nil, all
	}
	return built, nil
}

// packages are those of the service's programs: an emulator has one beside the
// service's own.
func (s instance) packages() []string {
	list := []string{"./services/" + s.Name + "/cmd/" + s.Command()}
	if s.emulated {
		list = append(list, "./services/"+s.Name+"/cmd/"+s.DemoCommand())
	}
	return list
}

// goBuild has the flags of make build that decide how a package is compiled, so
// that who has done that waits for the linker alone.
func goBuild(ctx context.Context, dir string, env []string, bin string, packages ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-o", bin + string(filepath.Separator)}, packages...)...)
	cmd.Dir = dir
	cmd.Env = append(append(cmd.Environ(), "CGO_ENABLED=0"), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes what it has begun
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", strings.Join(packages, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// progress says now and then how long something takes, until stop is called.
func progress(out *screen, line func(after time.Duration) string) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(sayAfter)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				out.say("%s", line(time.Since(start).Round(time.Second)))
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func names(services []instance) string {
	var list []string
	for _, s := range services {
		list = append(list, s.Name)
	}
	return strings.Join(list, ", ")
}
