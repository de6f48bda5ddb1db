// Command github measures what mcp-github costs a model: the bytes and tokens of
// its tools beside the figures of GitHub's own server, the bytes of its answers to
// ten everyday tasks beside those of GitHub's API, and how long a batch of
// repositories takes. GitHub is a program here that answers with the examples of
// GitHub's description, made as long as they are in life. Run it in the folder
// above. Start at run; the tasks are in tasks.go.
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
	output command.Output
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("github", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-github binary (default: build it from this repository)")
	f.IntVar(&o.rounds, "rounds", 7, "interleaved rounds of what takes time")
	o.output.Flags(f, "github")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	if f.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.rounds < 1 || o.rounds > 100 {
		return options{}, fmt.Errorf("-rounds is %d, want 1 to 100", o.rounds)
	}
	return o, nil
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "github", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("github", parse, run)) }
