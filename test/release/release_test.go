package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleettest"
)

var digest = "sha256:" + strings.Repeat("0", 64)

// unreleased returns a copy of the repository with one commit, and a version
// that no cache has seen.
func unreleased(t *testing.T) (dir, number string) {
	t.Helper()
	dir = fleettest.Copy(t)
	fleettest.Commit(t, dir)
	return dir, fmt.Sprintf("0.0.0-test.%d", time.Now().UnixNano())
}

func TestReleaseCanBeInstalled(t *testing.T) {
	dir, number := unreleased(t)
	before := state(t, dir)
	release := append(fleettest.Git(), "GOWORK=")
	out := fleettest.Run(t, dir, release, "go", "run", "./test/release", number, digest)
	tags := []string{"pkg/v" + number, "services/calculator/v" + number, "v" + number}
	if want := "git push --atomic origin " + strings.Join(tags[:2], " "); !strings.Contains(out, want) {
		t.Errorf("it does not say %q:\n%s", want, out)
	}
	if diff := cmp.Diff(before, state(t, dir)); diff != "" {
		t.Errorf("the release changed the branch or the work tree (-before +after):\n%s", diff)
	}

	home := t.TempDir()
	published := filepath.Join(home, "published.git")
	fleettest.Run(t, dir, release, "git", "init", "--quiet", "--bare", published)
	fleettest.Run(t, dir, release, "git", append([]string{"push", "--quiet", "--atomic", published, "main"}, tags...)...)
	// The tags must be enough: whoever installs sees nothing of this folder.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}

	install := visitor(t, home, published)
	fleettest.Run(t, home, install, "go", "install", "-trimpath", "github.com/mcpfleet/mcpfleet/services/calculator/cmd/mcp-calculator@v"+number)
	program := filepath.Join(home, "mcp-calculator")
	if out := fleettest.Run(t, home, nil, program, "version"); !strings.HasPrefix(out, "mcp-calculator "+number+"\n") {
		t.Errorf("the installed program says it is %s", out)
	}
	if out := fleettest.Run(t, home, nil, program, "call", "calculate", "expression=0.1 + 0.2"); !strings.Contains(out, `0.3`) {
		t.Errorf("the installed program answers %s", out)
	}

	for path, want := range map[string]string{
		"helm/mcp-fleet/Chart.yaml": "\nversion: " + number + "\nappVersion: " + number + "\n",
		"deploy/Dockerfile":         "ARG BASE=" + base + "@" + digest + "\n",
		".ko.yaml":                  "defaultBaseImage: " + base + "@" + digest + "\n",
	} {
		if got := fleettest.Run(t, published, nil, "git", "show", "v"+number+":"+path); !strings.Contains(got, want) {
			t.Errorf("%s of the release does not have %q:\n%s", path, want, got)
		}
	}

	// Whoever checks the tag out builds it without changing go.mod or go.sum.
	checkout := filepath.Join(home, "checkout")
	fleettest.Run(t, home, release, "git", "clone", "--quiet", "--branch", tags[1], published, checkout)
	fleettest.Run(t, filepath.Join(checkout, "services", "calculator"), append(install, "GOFLAGS=-mod=readonly -modcacherw"),
		"go", "build", "-trimpath", "-o", os.DevNull, "./cmd/mcp-calculator")
}

// visitor returns the variables of somebody for whom the bare repository is the
// published one. Other modules come from the module cache of the user, as far
// as it has them; ours go to a module cache of their own.
func visitor(t *testing.T, home, published string) []string {
	t.Helper()
	config := filepath.Join(home, "gitconfig")
	text := fmt.Sprintf("[url %q]\n\tinsteadOf = https://github.com/mcpfleet/mcpfleet\n", "file://"+published)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := strings.Fields(fleettest.Run(t, home, nil, "go", "env", "GOMODCACHE", "GOPROXY"))
	return []string{
		"GIT_CONFIG_GLOBAL=" + config, "GOBIN=" + home, "GOMODCACHE=" + filepath.Join(home, "modcache"),
		"GOFLAGS=-modcacherw", "GOPRIVATE=github.com/mcpfleet", "GOSUMDB=off", "GOWORK=off",
		"GOPROXY=file://" + filepath.Join(env[0], "cache", "download") + "," + env[1],
	}
}

// state is what a release must not change.
func state(t *testing.T, dir string) []string {
	t.Helper()
	return []string{
		fleettest.Run(t, dir, nil, "git", "rev-parse", "HEAD"),
		fleettest.Run(t, dir, nil, "git", "branch", "--all", "--verbose"),
		fleettest.Run(t, dir, nil, "git", "status", "--porcelain", "--ignored"),
	}
}

func TestRefuses(t *testing.T) {
	dir, _ := unreleased(t)
	t.Chdir(dir)
	refused := func(number, want string) {
		t.Helper()
		if err := run(t.Context(), number, digest); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", number, err, want)
		}
	}
	refused("1.2.3", `no heading "## 1.2.3"`)
	fleettest.Run(t, dir, fleettest.Git(), "git", "tag", "services/calculator/v1.2.4-rc.1")
	refused("1.2.4-rc.1", "the tag services/calculator/v1.2.4-rc.1 exists")
	if err := os.WriteFile("new.txt", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	refused("1.2.3", "not clean; commit or remove\n?? new.txt")
	if tags := fleettest.Run(t, dir, nil, "git", "tag", "--list"); tags != "services/calculator/v1.2.4-rc.1\n" {
		t.Errorf("a refused release left the tags\n%s", tags)
	}
}

func TestChangelogHeading(t *testing.T) {
	dir, _ := unreleased(t)
	changelog := filepath.Join(dir, "CHANGELOG.md")
	data, err := os.ReadFile(changelog)
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.Replace(string(data), "## Unreleased\n", "## Unreleased\n\n## 0.1.0 - 2027-01-31\n", 1))
	if err := os.WriteFile(changelog, data, 0o644); err != nil {
		t.Fatal(err)
	}
	fleettest.Run(t, dir, fleettest.Git(), "git", "commit", "--quiet", "--all", "--message", "changelog")
	repo := repository{dir}
	if err := checkState(t.Context(), repo, "0.1.0", nil); err != nil {
		t.Error(err)
	}
	if err := checkState(t.Context(), repo, "0.1", nil); err == nil {
		t.Error("the heading of another version will do")
	}
}

func TestCheckNumber(t *testing.T) {
	for _, number := range []string{"0.1.0", "1.20.3", "1.0.0-rc.1"} {
		if err := checkNumber(number); err != nil {
			t.Error(err)
		}
	}
	for _, number := range []string{"", "1", "1.2", "v1.2.3", "1.2.3+build", "01.2.3", "1.2.3-", "1.2.x", "2.0.0", "1.2.3 "} {
		if err := checkNumber(number); err == nil {
			t.Errorf("%q is accepted", number)
		}
	}
}

func TestPinMod(t *testing.T) {
	const head = "module example.com/x\n\ngo 1.26.5\n\nrequire github.com/mcpfleet/mcpfleet/pkg v0.0.0\n\n"
	got, err := pinMod([]byte(head+"replace github.com/mcpfleet/mcpfleet/pkg => ../../pkg\n"), "v1.2.3")
	want := "module example.com/x\n\ngo 1.26.5\n\nrequire github.com/mcpfleet/mcpfleet/pkg v1.2.3\n"
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := pinMod([]byte(head+"replace example.com/y => ../y\n"), "v1.2.3"); err == nil || !strings.Contains(err.Error(), "example.com/y") {
		t.Errorf("another replacement: %v", err)
	}
}

func TestPinBase(t *testing.T) {
	if _, err := pinBase([]byte("ARG BASE="+base+"\n# "+base+"\n"), digest); err == nil || !strings.Contains(err.Error(), "2 times") {
		t.Errorf("two names: %v", err)
	}
	if _, err := pinBase([]byte("FROM scratch\n"), digest); err == nil {
		t.Error("no name will do")
	}
}

func TestPinChart(t *testing.T) {
	got, err := pinChart([]byte("apiVersion: v2\nversion: 0.1.0\nappVersion: \"0.1.0\"\nkubeVersion: x\n"), "1.2.3-rc.1")
	if diff := cmp.Diff("apiVersion: v2\nversion: 1.2.3-rc.1\nappVersion: 1.2.3-rc.1\nkubeVersion: x\n", string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := pinChart([]byte("version: 0.1.0\n"), "1.2.3"); err == nil || !strings.Contains(err.Error(), "0 lines for appVersion") {
		t.Errorf("no appVersion: %v", err)
	}
}

func TestCheckDigest(t *testing.T) {
	if err := checkDigest(digest); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"", "latest", digest + "0", strings.ToUpper(digest), base + "@" + digest} {
		if err := checkDigest(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
