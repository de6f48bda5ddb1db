package child

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build compiles the package pkg of the module in dir, outside any workspace.
// With several packages output is a folder.
func Build(ctx context.Context, dir, output, pkg string) error {
	return compile(ctx, dir, pkg, "build", "-trimpath", "-o", output, pkg)
}

// BuildTest compiles the program of a package's tests of a module, without its
// workspace.
func BuildTest(ctx context.Context, dir, output, pkg string) error {
	return compile(ctx, dir, pkg, "test", "-c", "-o", output, pkg)
}

func compile(ctx context.Context, dir, pkg string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s %s in %s: %w\n%s", args[0], pkg, dir, err, out)
	}
	return nil
}

// Version reads the version of module from what was linked into binary, so that
// a report cannot claim another.
func Version(binary, module string) (string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", err
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not contain %s", binary, module)
}

// InstallNode puts the JavaScript files of source and the packages of its lock
// file in the user's cache directory, one folder per lock file, and returns the
// folder with the versions that package.json asks for.
func InstallNode(ctx context.Context, source string, files ...string) (dir string, versions map[string]string, err error) {
	lock, err := os.ReadFile(filepath.Join(source, "package-lock.json"))
	if err != nil {
		return "", nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(lock)
	dir = filepath.Join(cache, "mcpfleet", "bench-"+filepath.Base(source)+"-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	for _, name := range append([]string{"package.json", "package-lock.json"}, files...) {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return "", nil, err
		}
	}
	if versions, err = npmVersions(filepath.Join(dir, "package.json")); err != nil {
		return "", nil, err
	}

	// npm writes this file last, so an interrupted installation is repeated.
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return dir, versions, nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return dir, versions, nil
}

// npmVersions reads the exact versions that package.json asks for.
func npmVersions(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return manifest.Dependencies, nil
}
