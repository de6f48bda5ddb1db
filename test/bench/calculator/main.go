// Command calculator measures the calculator itself: what an evaluation costs
// beside mathjs, and what hostile calls cost the service and those who call it
// at the same time. Rounds are interleaved, every answer is checked against a
// value that is known from elsewhere, and CPU times are read as Linux keeps
// them. Run it in the folder above. Start at run; what is evaluated is in
// cases.go, the hostile calls are in services/calculator/corpus/hostile.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/command"
)

type options struct {
	ours    string
	alone   bool
	rounds  int
	lasting time.Duration
	warmup  time.Duration
	attacks int
	output  command.Output
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("calculator", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-calculator binary (default: build it from this repository)")
	f.BoolVar(&o.alone, "alone", false, "leave mathjs out")
	f.IntVar(&o.rounds, "rounds", 7, "interleaved rounds of counted evaluations")
	f.DurationVar(&o.lasting, "lasting", 200*time.Millisecond, "time to count evaluations per case and round, at least")
	f.DurationVar(&o.warmup, "warmup", 100*time.Millisecond, "time to evaluate before that")
	f.IntVar(&o.attacks, "attacks", 3, "rounds of hostile calls; 0 leaves them out")
	o.output.Flags(f, "calculator")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	if f.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.rounds < 1 || o.rounds > 1000 || o.attacks < 0 || o.attacks > 1000 {
		return options{}, fmt.Errorf("-rounds is %d and -attacks %d, want 1 and 0 to 1000", o.rounds, o.attacks)
	}
	if o.lasting < time.Millisecond || o.lasting > time.Minute || o.warmup < 0 || o.warmup > time.Minute {
		return options{}, fmt.Errorf("-lasting is %v and -warmup %v, want 1ms and 0 to 1m", o.lasting, o.warmup)
	}
	return o, nil
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "calculator", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("calculator", parse, run)) }
