package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/host"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Below these the doctor warns.
const (
	littleSpace   = 256 << 20
	fewWatches    = 8192
	littleWatches = 0.9 // of a limit in use
)

// Ready reports whether there are roots and they are still there.
func (s *Service) Ready(context.Context) error {
	if len(s.tree.Roots()) == 0 {
		return errNotConfigured
	}
	for _, r := range s.tree.Roots() {
		info, err := r.Top().Lstat()
		if err == nil && info.Links > 0 {
			continue // a directory that was removed is open still, without a name
		}
		return toolerr.Wrap(err, toolerr.ServiceUnavailable, "the root %s is gone; start the server again when it is back", r.Name)
	}
	return nil
}

// Doctor looks at the roots and at what the system can do with them.
func (s *Service) Doctor(context.Context) []server.Check {
	if len(s.tree.Roots()) == 0 {
		return []server.Check{{Name: "roots", State: "fail", Detail: "no directory is served",
			Fix: "start it with --root name=/path, or set FILES_ROOT; append :ro to serve one that nothing may change"}}
	}
	var checks []server.Check
	for _, r := range s.tree.Roots() {
		checks = append(checks, checkRoot(r)...)
	}
	checks = append(checks, s.checkSystem()...)
	return append(checks, checkWatches(host.Watches())...)
}

// checkRoot looks at one root.
func checkRoot(r *tree.Root) []server.Check {
	name := "root " + r.Name
	mode := "read-write"
	if r.ReadOnly {
		mode = "read-only"
	}
	if err := readable(r); err != nil {
		return []server.Check{{Name: name, State: "fail", Detail: fmt.Sprintf("%s: %v", r.Host(), err),
			Fix: "let the user that runs the server read and enter the directory, or serve another one"}}
	}
	facts, err := host.Below(r.Host())
	if err != nil {
		return []server.Check{{Name: name, State: "fail", Detail: err.Error(), Fix: "bring the directory back, and start the server again"}}
	}
	var checks []server.Check
	add := func(state, fix, format string, args ...any) {
		checks = append(checks, server.Check{Name: name, State: state, Detail: fmt.Sprintf(format, args...), Fix: fix})
	}
	switch {
	case r.ReadOnly || facts.Writable && !facts.ReadOnly:
		on := ""
		if facts.Type != "" {
			on = " on " + facts.Type
		}
		add("ok", "", "%s, %s%s", r.Host(), mode, on)
	case facts.ReadOnly:
		add("fail", "serve it with :ro at the end, or mount it read-write", "%s: the file system is mounted read-only", r.Host())
	default:
		add("fail", "let the user that runs the server write there, or serve it with :ro at the end", "%s cannot be written to", r.Host())
	}
	if facts.Remote {
		add("warn", "nothing, if that is meant", "%s is a network file system: changes that other machines make are found by polling, later than others", facts.Type)
	}
	if !r.ReadOnly && facts.Size > 0 && (facts.Free < littleSpace || facts.FreeFiles == 0 && facts.Type != "btrfs") {
		add("warn", "free some space", "%d MiB and %d files are left", facts.Free>>20, facts.FreeFiles)
	}
	if caseless(r) {
		add("warn", "nothing; two names that differ in case are one file here", "names are the same whatever their case")
	}
	if why := tooMuch(r.Host()); why != "" {
		add("warn", "serve the directories that are needed, one --root each", "it is %s", why)
	}
	return checks
}

// readable reads the first entries of a root.
func readable(r *tree.Root) error {
	d, err := r.Top().OpenDir()
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Entries(func(tree.Entry) error { return fs.SkipAll })
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

// caseless reports whether the file system of a root takes a name in another
// case for the same, as far as an entry of the root tells.
func caseless(r *tree.Root) bool {
	d, err := r.Top().OpenDir()
	if err != nil {
		return false
	}
	defer d.Close()
	same := false
	// What the listing ends with does not matter.
	_ = d.Entries(func(e tree.Entry) error {
		swapped := strings.Map(swapCase, e.Name)
		if swapped == e.Name {
			return nil
		}
		a, errA := d.Lstat(e.Name)
		b, errB := d.Lstat(swapped)
		same = errA == nil && errB == nil && a.Ino == b.Ino && a.Dev == b.Dev && a.ModTime.Equal(b.ModTime)
		if same && a.Links > 1 && a.Type == tree.Regular {
			same = false // they may be two names that somebody gave it
			return nil
		}
		return fs.SkipAll
	})
	return same
}

// swapCase changes letters of ASCII, which every such file system knows.
func swapCase(c rune) rune {
	switch {
	case c > unicode.MaxASCII:
		return c
	case unicode.IsUpper(c):
		return unicode.ToLower(c)
	}
	return unicode.ToUpper(c)
}

// tooMuch says what a directory is that nobody should serve, if it is such a one.
func tooMuch(dir string) string {
	home, err := os.UserHomeDir()
	if err == nil {
		home, err = filepath.EvalSymlinks(home)
	}
	switch rest := strings.TrimPrefix(dir, filepath.VolumeName(dir)); {
	case rest == string(filepath.Separator):
		return "the whole file system, with the secrets of every program in it"
	case err == nil && dir == home:
		return "a home directory, with the keys and histories in it"
	}
	return ""
}

// checkSystem looks at what holds for all roots.
func (s *Service) checkSystem() []server.Check {
	var checks []server.Check
	if os.Geteuid() == 0 {
		checks = append(checks, server.Check{Name: "user", State: "warn", Detail: "it runs as root, so that no permission of a file stops it",
			Fix: "run it as a user who may do no more than it should"})
	}
	boundary := server.Check{Name: "boundary", State: "ok", Detail: "paths are resolved element by element, from open directories"}
	if host.Confined(s.tree.Roots()[0].Host()) {
		boundary.Detail = "the kernel resolves paths beneath the roots (openat2)"
	}
	return append(checks, boundary)
}

// checkWatches looks at the limits of what can be watched.
func checkWatches(l host.WatchLimits) []server.Check {
	if l.MaxWatches == 0 || l.MaxInstances == 0 {
		return nil
	}
	detail := fmt.Sprintf("%d of %d watches and %d of %d instances of inotify are in use by this user", l.Watches, l.MaxWatches, l.Instances, l.MaxInstances)
	switch {
	case l.Instances >= l.MaxInstances:
		return []server.Check{{Name: "watches", State: "warn", Detail: detail + "; changes are found by polling", Fix: "raise fs.inotify.max_user_instances with sysctl"}}
	case l.MaxWatches < fewWatches || float64(l.Watches) > littleWatches*float64(l.MaxWatches):
		return []server.Check{{Name: "watches", State: "warn", Detail: detail + "; what cannot be watched is polled", Fix: "raise fs.inotify.max_user_watches with sysctl"}}
	}
	return []server.Check{{Name: "watches", State: "ok", Detail: detail}}
}
