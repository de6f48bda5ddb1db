package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// repository is the git repository in a folder.
type repository struct{ root string }

// git runs git with further variables and returns what it prints, without the
// line end.
func (r repository) git(ctx context.Context, env []string, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = r.root, strings.NewReader(stdin)
	cmd.Env = append(cmd.Environ(), env...)
	return output(cmd)
}

func output(cmd *exec.Cmd) (string, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out, bytes.TrimSpace(stderr.Bytes()))
	}
	return strings.TrimRight(string(out), "\n"), nil
}

// tag makes all tags in one transaction.
func (r repository) tag(ctx context.Context, head string, onHead []string, commit string, onCommit []string) error {
	var b strings.Builder
	for _, t := range onHead {
		fmt.Fprintf(&b, "create refs/tags/%s %s\n", t, head)
	}
	for _, t := range onCommit {
		fmt.Fprintf(&b, "create refs/tags/%s %s\n", t, commit)
	}
	_, err := r.git(ctx, nil, b.String(), "update-ref", "--stdin")
	return err
}

// sums are the two lines of go.sum for a module.
type sums struct {
	Sum      string
	GoModSum string
}

// hash returns the sums of pkg at a version that is not tagged yet. The go
// command computes them, as it will for everybody: it is shown a clone with the
// tag in the place of the published repository.
func hash(ctx context.Context, repo repository, version string) (sums, error) {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return sums{}, err
	}
	defer os.RemoveAll(dir)
	clone := filepath.Join(dir, "clone.git")
	if _, err := repo.git(ctx, nil, "", "clone", "--quiet", "--bare", "--shared", "--no-tags", ".", clone); err != nil {
		return sums{}, err
	}
	if _, err := (repository{clone}).git(ctx, nil, "", "update-ref", "refs/tags/pkg/"+version, "HEAD"); err != nil {
		return sums{}, err
	}
	config := filepath.Join(dir, "gitconfig")
	text := fmt.Sprintf("[url %q]\n\tinsteadOf = https://%s\n", "file://"+filepath.ToSlash(clone), fleet.Module)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return sums{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", pkgModule+"@"+version)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GIT_CONFIG_GLOBAL="+config, "GOMODCACHE="+filepath.Join(dir, "modcache"),
		"GOFLAGS=-modcacherw", "GOPROXY=direct", "GOSUMDB=off", "GOVCS=*:git", "GOWORK=off")
	out, err := output(cmd)
	if err != nil {
		return sums{}, err
	}
	var s sums
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return sums{}, err
	}
	if s.Sum == "" || s.GoModSum == "" {
		return sums{}, fmt.Errorf("go mod download gives no sums: %s", out)
	}
	return s, nil
}

// pinned makes a commit on top of HEAD with files edited, by path, and returns
// it. Nothing refers to it yet.
func pinned(ctx context.Context, repo repository, version string, edits map[string]edit) (string, error) {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index")}
	if _, err := repo.git(ctx, index, "", "read-tree", "HEAD"); err != nil {
		return "", err
	}
	for path, change := range edits {
		data, err := os.ReadFile(filepath.Join(repo.root, path))
		if err != nil {
			return "", err
		}
		if data, err = change(data); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		blob, err := repo.git(ctx, nil, string(data), "hash-object", "-w", "--stdin")
		if err != nil {
			return "", err
		}
		if _, err := repo.git(ctx, index, "", "update-index", "--cacheinfo", "100644,"+blob+","+path); err != nil {
			return "", err
		}
	}
	tree, err := repo.git(ctx, index, "", "write-tree")
	if err != nil {
		return "", err
	}
	return repo.git(ctx, nil, "", "commit-tree", tree, "-p", "HEAD", "-m", "release "+version)
}
