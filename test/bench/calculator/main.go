// Command calculator measures the calculator itself: what an evaluation costs
// beside mathjs, and what hostile calls cost the service and those who call it
// at the same time. Rounds are interleaved, every answer is checked against a
// value that is known from elsewhere, and CPU times are read as Linux keeps
// them. Run it in the folder above. Start at run; what is evaluated is in
// cases.go, the hostile calls are in services/calculator/corpus/hostile.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

type options struct {
	ours    string
	alone   bool
	rounds  int
	lasting time.Duration
	warmup  time.Duration
	attacks int
	json    string
	write   string
	enforce bool
	timeout time.Duration
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
	f.StringVar(&o.json, "json", "", "write every sample to this file")
	f.StringVar(&o.write, "write", "", "replace the block between calculator:start and calculator:end in this Markdown file")
	f.BoolVar(&o.enforce, "enforce", false, "fail when a target is missed")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "give up after this long")
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
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "mcpfleet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	b := &bench{options: o, dir: dir, progress: stderr}
	r, err := b.measure(ctx)
	if err != nil {
		return err
	}
	text := r.markdown()
	fmt.Fprint(stdout, text)
	if o.json != "" {
		if err := report.WriteJSON(o.json, r); err != nil {
			return err
		}
	}
	if o.write != "" {
		if err := report.Replace(o.write, "calculator", text); err != nil {
			return err
		}
	}
	if o.enforce {
		return r.targets().Enforce()
	}
	return nil
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, o, os.Stdout, os.Stderr)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "calculator:", err)
		os.Exit(1)
	}
}
