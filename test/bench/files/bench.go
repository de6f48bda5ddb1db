package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

const serviceDir = "../../services/files"

// A bench is one run.
type bench struct {
	options
	dir      string // for binaries, trees and logs; its owner removes it
	progress io.Writer
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "files: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (*results, error) {
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	r := &results{Machine: machine, Options: b.options.published()}
	binary, err := b.binary(ctx)
	if err != nil {
		return nil, err
	}
	trees, err := b.trees(ctx)
	if err != nil {
		return nil, err
	}
	if b.measures(partFinding) {
		if err := b.finding(ctx, r, binary, trees); err != nil {
			return nil, err
		}
	}
	if b.measures(partReading) {
		if r.Reads, err = b.reading(ctx, binary, trees[ownRoot]); err != nil {
			return nil, err
		}
	}
	if b.large > 0 && b.measures(partPaging) {
		if r.Paging, err = b.paging(ctx, binary, trees[ownRoot]); err != nil {
			return nil, err
		}
	}
	if b.changes > 0 && b.measures(partWatching) {
		r.Watching, err = b.watching(ctx, binary)
	}
	return r, err
}

func (b *bench) binary(ctx context.Context) (string, error) {
	if b.ours != "" {
		return filepath.Abs(b.ours)
	}
	b.say("building mcp-files")
	path := filepath.Join(b.dir, "mcp-files")
	return path, child.Build(ctx, serviceDir, path, "./cmd/mcp-files")
}

// trees returns the directories of the roots by their names.
func (b *bench) trees(ctx context.Context) (map[string]string, error) {
	b.say("making trees")
	source, err := goTree(ctx)
	if err != nil {
		return nil, err
	}
	trees := map[string]string{goRoot: source, wideRoot: filepath.Join(b.dir, wideRoot), ownRoot: filepath.Join(b.dir, ownRoot)}
	if err := os.Mkdir(trees[ownRoot], 0o755); err != nil {
		return nil, err
	}
	return trees, wideTree(trees[wideRoot])
}

// serve starts mcp-files over HTTP, open and without a rate limit, and returns
// when it is ready.
func (b *bench) serve(ctx context.Context, binary string, roots ...string) (*child.Server, string, error) {
	addr, err := child.FreeAddress()
	if err != nil {
		return nil, "", err
	}
	argv := []string{binary, "--http", addr, "--rate-limit", "off"}
	for _, r := range roots {
		argv = append(argv, "--root", r)
	}
	url := "http://" + addr
	s, err := child.Serve(ctx, "mcp-files", b.dir, nil, argv, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz: status %d", resp.StatusCode)
		}
		return nil
	})
	return s, url + "/mcp", err
}
