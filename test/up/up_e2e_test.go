//go:build e2e && linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// below returns the processes that work in a directory or below it, as those of
// a PostgreSQL server do in its cluster.
func below(t *testing.T, dir string) (pids []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && strings.HasPrefix(at, dir+"/") {
			pids = append(pids, filepath.Base(filepath.Dir(link)))
		}
	}
	return pids
}

// TestDemoDatabase runs the fleet with a PostgreSQL server of its own, and ends
// it in order and otherwise.
func TestDemoDatabase(t *testing.T) {
	// PostgreSQL does not run as root: who it runs as must reach this.
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{"DATABASE_DEMO_DIR=" + filepath.Join(dir, "demo"), "DATABASE_DEMO_POSTGRES="}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		p := startWith(t, env)
		text := strings.Join(p.banner(t), "")
		if signal == syscall.SIGINT && !strings.Contains(text, "| database-demo: making a small shop in "+dir) {
			t.Errorf("it does not say what it does:\n%s", text)
		}
		if want := "database has what database-demo found or made, as it says above; set DATABASE_URL to use your own.\n"; !strings.Contains(text, want) {
			t.Errorf("the banner lacks %q:\n%s", want, text)
		}
		for _, s := range shifted(t, p.shift) {
			health := "/readyz"
			if strings.Contains(text, "\n"+s.Name+" is not configured") {
				health = "/livez" // it has nothing to be tried out with
			}
			if res := get(t, "http://"+address(s.Port)+health); res == "" {
				t.Errorf("%s is not well", s.Name)
			}
		}
		if len(below(t, dir)) == 0 {
			t.Error("there is no PostgreSQL server")
		}
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if status := p.end(t); signal == syscall.SIGINT && status != 0 {
			t.Errorf("exit status %d\n%s", status, &p.stderr)
		}
		if signal == syscall.SIGINT {
			p.nothingLeft(t)
			if left := below(t, dir); len(left) != 0 {
				t.Errorf("PostgreSQL's processes %v are left", left)
			}
			continue
		}
		// Nobody waits for them when up was killed.
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for limit := time.After(patience); len(below(t, dir)) > 0; {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("PostgreSQL's processes %v are left", below(t, dir))
			}
		}
	}
}
