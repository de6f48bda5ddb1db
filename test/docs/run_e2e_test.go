//go:build e2e

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// TestExamples runs the commands of every document: of each in one shell, in a
// checkout of its own.
func TestExamples(t *testing.T) {
	root, list := documents(t)
	dir := open(t)
	bin := programs(t, root, filepath.Join(dir, "bin"))
	commit := snapshot(t, root)
	slots := 1
	if isolated() {
		slots = 2
	}
	slot := make(chan struct{}, slots)
	for _, p := range list {
		data, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		examples, _ := Read(string(data)) // TestFencesOfDocuments tells what is wrong with them
		c := count(examples)
		if c.run == 0 {
			continue
		}
		t.Run(strings.ReplaceAll(strings.TrimSuffix(p, ".md"), "/", "."), func(t *testing.T) {
			t.Parallel()
			slot <- struct{}{}
			defer func() { <-slot }()
			home := open(t)
			work := checkout(t, root, commit, filepath.Join(home, "mcpfleet"))
			done := make(chan int)
			go func() {
				n := 0
				defer func() { done <- n }()
				runtime.LockOSThread() // and never unlocked: the thread ends, and its network with it
				if isolated() {
					enter(t)
				}
				s := newSession(t, work, environment(t, home, bin, work))
				defer s.end()
				n = runAll(t, s, p, examples)
			}()
			t.Logf("%s: ran %d of %d commands; not: %v", p, <-done, c.total(), c.norun)
		})
	}
}

func runAll(t *testing.T, s *session, document string, examples []Example) (n int) {
	for _, e := range examples {
		if e.NoRun != "" {
			continue
		}
		for _, c := range e.Commands {
			problem, err := s.run(c)
			n++
			if err != nil {
				t.Errorf("%s:%d: $ %s\n%v", document, c.Line, c.Text, err)
				return n
			}
			if problem != "" {
				t.Errorf("%s:%d: $ %s\n%s", document, c.Line, c.Text, problem)
			}
		}
	}
	return n
}

// open makes a temporary folder that every user may pass: PostgreSQL does not
// run as root.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// programs builds every service and its demo.
func programs(t *testing.T, root, bin string) string {
	t.Helper()
	services, err := fleet.Services(root)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-trimpath", "-o", bin + "/"}
	for _, s := range services {
		args = append(args, "./services/"+s.Name+"/cmd/...")
	}
	output(t, root, nil, "go", args...)
	demos, err := filepath.Glob(filepath.Join(root, "services", "*", "demo", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mod := range demos {
		output(t, filepath.Dir(mod), []string{"GOWORK=off"}, "go", "build", "-trimpath", "-o", bin+"/", "./cmd/...")
	}
	return bin
}

// snapshot returns a commit of what git knows, with changes that are not yet
// committed.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	author := []string{"GIT_AUTHOR_NAME=docs", "GIT_AUTHOR_EMAIL=docs@example.com", "GIT_COMMITTER_NAME=docs", "GIT_COMMITTER_EMAIL=docs@example.com"}
	if changed := output(t, root, author, "git", "stash", "create"); changed != "" {
		return changed
	}
	return output(t, root, nil, "git", "rev-parse", "HEAD")
}

// checkout makes a clone that shares the objects of the repository.
func checkout(t *testing.T, root, commit, dir string) string {
	t.Helper()
	output(t, root, nil, "git", "clone", "--quiet", "--shared", "--no-checkout", root, dir)
	output(t, dir, nil, "git", "checkout", "--quiet", "-B", "main", commit)
	return dir
}

// environment is all that a session's programs see: nothing of the developer's
// shell but Go's caches, without which each document would compile everything.
func environment(t *testing.T, home, bin, work string) []string {
	t.Helper()
	tmp := filepath.Join(home, "tmp")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tmp, 0o1777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	caches := strings.Split(output(t, work, nil, "go", "env", "GOCACHE", "GOMODCACHE"), "\n")
	return []string{
		"HOME=" + home, "TMPDIR=" + tmp, "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"LANG=C.UTF-8", "TZ=UTC", "NO_COLOR=1", "USER=you",
		"GOCACHE=" + caches[0], "GOMODCACHE=" + caches[1], "GOTOOLCHAIN=local", "GOPROXY=off",
		// Without the folder's name in what is compiled, the cache serves every checkout.
		"GOFLAGS=-trimpath -buildvcs=false",
		"GIT_AUTHOR_NAME=You", "GIT_AUTHOR_EMAIL=you@example.com", "GIT_COMMITTER_NAME=You", "GIT_COMMITTER_EMAIL=you@example.com",
		// Who clones the repository gets this one.
		"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=url.file://" + work + ".insteadOf", "GIT_CONFIG_VALUE_0=https://" + fleet.Module,
		"GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*",
	}
}

func output(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
