// Command slack measures what mcp-slack does in a workspace of 200,000 people and
// 40,000 channels: how long the first answer of a new process takes and how many
// requests, what a page of messages costs a model, and how much memory thousands of
// names take; and the start, the tools and a page of other servers beside it. Slack
// is a program of this repository. Run it in the folder above. Start at run; the
// first answers are in bench.go, the page is in page.go, the others are in peers.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/command"
)

type options struct {
	ours   string
	rounds int
	alone  bool
	output command.Output
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("slack", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-slack binary (default: build it from this repository)")
	f.IntVar(&o.rounds, "rounds", 15, "processes for each first answer")
	f.BoolVar(&o.alone, "alone", false, "leave the other servers out")
	o.output.Flags(f, "slack")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	if f.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.rounds < 2 || o.rounds > 100 {
		return options{}, fmt.Errorf("-rounds is %d, want 2 to 100", o.rounds)
	}
	return o, nil
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "slack", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("slack", parse, run)) }
