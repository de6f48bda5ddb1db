// Command bench measures mcp-calculator beside its peers in one run: CPU per
// stateless tools/call, start to first answer over stdio, and memory after
// 10,000 calls. Rounds are interleaved and every answer is checked, so a
// server that answers wrongly fails the run instead of winning it. It listens
// and calls on loopback only, and CPU times are read as Linux keeps them.
// Start at run; the list of servers is in contestant.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/command"
)

type options struct {
	ours    string
	before  string
	skip    map[string]bool
	rounds  int
	calls   int
	lasting time.Duration
	warmup  int
	starts  int
	memory  int
	output  command.Output
}

func parse(args []string) (options, error) {
	var o options
	var skip string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-calculator binary (default: build it from this repository)")
	f.StringVar(&o.before, "before", "", "path of an earlier mcp-calculator binary, to compare with")
	f.StringVar(&skip, "skip", "", "comma-separated names of servers to leave out: "+strings.Join(skippable(), ", "))
	f.IntVar(&o.rounds, "rounds", 7, "interleaved rounds of counted calls")
	f.IntVar(&o.calls, "calls", 4000, "counted calls per server and round, at least")
	f.DurationVar(&o.lasting, "lasting", time.Second, "time to count calls per server and round, at least")
	f.IntVar(&o.warmup, "warmup", 500, "calls before the counted ones of each round")
	f.IntVar(&o.starts, "starts", 21, "stdio starts per server")
	f.IntVar(&o.memory, "memory-calls", 10000, "calls before memory is read")
	o.output.Flags(f, "bench")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	if f.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	for name, v := range map[string]int{
		"rounds": o.rounds, "calls": o.calls, "warmup": o.warmup, "starts": o.starts, "memory-calls": o.memory,
	} {
		if v < 1 || v > 1_000_000 {
			return options{}, fmt.Errorf("-%s is %d, want 1 to 1000000", name, v)
		}
	}
	if o.lasting < 0 || o.lasting > time.Minute {
		return options{}, fmt.Errorf("-lasting is %v, want 0 to 1m", o.lasting)
	}
	var err error
	o.skip, err = parseSkip(skip)
	return o, err
}

func parseSkip(list string) (map[string]bool, error) {
	known := make(map[string]bool)
	for _, name := range skippable() {
		known[name] = true
	}
	skip := make(map[string]bool)
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if !known[name] {
			return nil, fmt.Errorf("-skip %s: want one of %s", name, strings.Join(skippable(), ", "))
		}
		skip[name] = true
	}
	return skip, nil
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "bench", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("bench", parse, run)) }
