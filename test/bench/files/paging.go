package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/session"
)

// pagings is what reading a large file page by page took.
type pagings struct {
	Bytes  int64       `json:"bytes"`
	Pages  int         `json:"pages"`
	Took   float64     `json:"seconds"`
	CPU    float64     `json:"cpu_seconds"`
	Memory host.Memory `json:"memory"`
}

// page is what is read of the second block of a read: the arguments of the call
// that goes on, none at the end.
type page struct {
	Next map[string]any `json:"next"`
}

// paging reads a large file to its end, as the answers say how to go on, then
// its last lines, and compares every byte with the file.
func (b *bench) paging(ctx context.Context, binary, dir string) (*pagings, error) {
	b.say("writing the large file")
	path := filepath.Join(dir, "large.txt")
	if err := largeFile(path, b.large); err != nil {
		return nil, err
	}
	defer os.Remove(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := session.Start(ctx, "paging", b.dir, nil, binary, "--root", ownRoot+"="+dir)
	if err != nil {
		return nil, err
	}
	defer c.Stop()

	r := new(pagings)
	pid, begin := c.PID(), time.Now()
	args := map[string]any{"path": "large.txt", "offset": 0, "max_bytes": 1 << 20}
	for {
		body, p, err := readPage(c, args)
		if err != nil {
			return nil, err
		}
		want := make([]byte, len(body))
		if _, err := f.ReadAt(want, r.Bytes); err != nil || string(want) != body {
			return nil, fmt.Errorf("page %d is not what is in the file at byte %d", r.Pages+1, r.Bytes)
		}
		r.Bytes += int64(len(body))
		r.Pages++
		if p.Next == nil {
			break
		}
		args = map[string]any{"path": "large.txt"}
		maps.Copy(args, p.Next)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if r.Bytes != info.Size() {
		return nil, fmt.Errorf("the pages have %d bytes, and the file %d", r.Bytes, info.Size())
	}
	// Lines far inside and at the end are found without the pages before.
	for _, args := range []map[string]any{
		{"path": "large.txt", "tail": 100}, {"path": "large.txt", "start_line": 1_000_000, "end_line": 1_000_100},
	} {
		if _, _, err := readPage(c, args); err != nil {
			return nil, err
		}
	}
	r.Took = time.Since(begin).Seconds()
	cpu, err := host.CPUTime(pid)
	if err != nil {
		return nil, err
	}
	r.CPU = cpu.Seconds()
	r.Memory, err = host.ReadMemory(pid)
	b.say("%d pages in %.1f s, %.1f MB at the peak", r.Pages, r.Took, host.Megabytes(r.Memory.Peak))
	return r, err
}

func readPage(c *session.Client, args map[string]any) (string, page, error) {
	arguments, err := json.Marshal(args)
	if err != nil {
		return "", page{}, err
	}
	if err := c.Send("read_file", arguments); err != nil {
		return "", page{}, err
	}
	line, err := c.Answer()
	if err != nil {
		return "", page{}, err
	}
	body, meta, err := session.Text(line)
	if err != nil {
		return "", page{}, err
	}
	var p page
	return body, p, json.Unmarshal([]byte(meta), &p)
}
