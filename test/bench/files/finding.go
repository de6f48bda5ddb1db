package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// A finding is what one case cost. CPU times are in milliseconds.
type finding struct {
	Name  string    `json:"name"`
	Tree  string    `json:"tree"`
	Peer  string    `json:"peer"`
	Found int       `json:"found"`
	Ours  []float64 `json:"ours_cpu_ms"`
	Other []float64 `json:"peer_cpu_ms"`
	limit float64
}

// finding measures every case, ours and its peer in turns.
func (b *bench) finding(ctx context.Context, r *results, binary string, trees map[string]string) error {
	programs := make(map[string]string)
	for peer, names := range map[string][]string{"rg": {"rg"}, "fd": {"fdfind", "fd"}} {
		path, err := program(names...)
		if err != nil {
			return err
		}
		programs[peer] = path
		version, err := child.Command(ctx, nil, path, "--version").Output()
		if err != nil {
			return fmt.Errorf("%s --version: %w", path, err)
		}
		r.Peers = append(r.Peers, strings.Join(strings.Fields(string(version))[:2], " "))
	}
	slices.Sort(r.Peers)
	server, url, err := b.serve(ctx, binary, goRoot+"="+trees[goRoot]+":ro", wideRoot+"="+trees[wideRoot]+":ro")
	if err != nil {
		return err
	}
	defer server.Stop()
	others, err := host.Watch(os.Getpid(), server.PID)
	if err != nil {
		return err
	}
	var list []*finding
	for _, c := range cases() {
		list = append(list, &finding{Name: c.name, Tree: c.tree, Peer: c.peer, limit: c.limit})
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := range b.rounds + 1 {
		for i, c := range cases() {
			want, theirs, err := peer(ctx, programs[c.peer], trees[c.tree], c)
			if err != nil {
				return err
			}
			got, mine, err := own(ctx, client, server.PID, url, c)
			if err != nil {
				return server.Explain(fmt.Errorf("%s in %s: %w", c.name, c.tree, err))
			}
			if !maps.Equal(got, want) {
				return fmt.Errorf("%s in %s: found %d, and %s %d; the first that only one found: %s", c.name, c.tree, len(got), c.peer, len(want), difference(got, want))
			}
			others.Except(theirs)
			if n == 0 {
				continue // what it reads is in memory from here on
			}
			f := list[i]
			f.Found, f.Ours, f.Other = len(want), append(f.Ours, milliseconds(mine)), append(f.Other, milliseconds(theirs))
			b.say("round %d/%d: %-38s %-4s %8.1f ms, %s %8.1f ms", n, b.rounds, c.name, c.tree, milliseconds(mine), c.peer, milliseconds(theirs))
		}
	}
	r.Findings = list
	r.Others, err = others.Share()
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// program returns the path of the first of these that is installed.
func program(names ...string) (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed (on Debian: apt-get install ripgrep fd-find)", names[0])
}

// peer runs a program and returns what it found, and its CPU time.
func peer(ctx context.Context, path, dir string, c testcase) (map[string]bool, time.Duration, error) {
	argv := append([]string{path}, c.flags...)
	if c.peer == "rg" {
		argv = append(argv, "./") // it would read its input, which is no terminal
	}
	cmd := child.Command(ctx, nil, argv...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && len(out) == 0 {
		err = nil // nothing was found
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	found := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		place := filepath.ToSlash(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "./"))
		if c.peer == "rg" {
			fields := strings.SplitN(place, ":", 3)
			place = fields[0] + ":" + fields[1]
		}
		found[place] = true
	}
	return found, used, nil
}

// answer is what is read of the results of both tools.
type answer struct {
	Result struct {
		IsError           bool `json:"isError"`
		StructuredContent struct {
			Files []struct {
				Path    string `json:"path"`
				Matches []struct {
					Line int `json:"line"`
				} `json:"matches"`
			} `json:"files"`
			Entries []struct {
				Path string `json:"path"`
			} `json:"entries"`
			NextCursor string `json:"next_cursor"`
		} `json:"structuredContent"`
	} `json:"result"`
}

// own asks the server, page by page, and returns what it found, and the CPU
// time of its process.
func own(ctx context.Context, client *http.Client, pid int, url string, c testcase) (map[string]bool, time.Duration, error) {
	found := make(map[string]bool)
	arguments := maps.Clone(c.args)
	before, err := host.CPUTime(pid)
	if err != nil {
		return nil, 0, err
	}
	for {
		text, err := json.Marshal(arguments)
		if err != nil {
			return nil, 0, err
		}
		body, err := toolcall.New(url, toolcall.Modern, "", c.tool, string(text)).Do(ctx, client)
		if err != nil {
			return nil, 0, err
		}
		var a answer
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a); err != nil {
			return nil, 0, err
		}
		if a.Result.IsError {
			return nil, 0, fmt.Errorf("refused: %.500s", body)
		}
		s := a.Result.StructuredContent
		for _, f := range s.Files {
			for _, m := range f.Matches {
				found[fmt.Sprintf("%s:%d", strings.TrimPrefix(f.Path, c.tree+"/"), m.Line)] = true
			}
		}
		for _, e := range s.Entries {
			found[strings.TrimPrefix(e.Path, c.tree+"/")] = true
		}
		if s.NextCursor == "" {
			break
		}
		arguments["cursor"] = s.NextCursor
	}
	after, err := host.CPUTime(pid)
	return found, after - before, err
}

// difference returns the first place that is in one of two sets alone.
func difference(a, b map[string]bool) string {
	for _, place := range slices.Sorted(maps.Keys(a)) {
		if !b[place] {
			return place
		}
	}
	for _, place := range slices.Sorted(maps.Keys(b)) {
		if !a[place] {
			return place
		}
	}
	return ""
}
