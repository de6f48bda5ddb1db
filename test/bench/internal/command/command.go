// Package command is what every benchmark command does around its measuring:
// it reads the common flags, gives the run a folder and a time, and puts the
// report where it was asked for.
//
// Start at [Main].
package command

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

// A Report is what a run measured. It is marshalled as JSON, too.
type Report interface {
	Markdown() string
	Targets() report.Targets
}

// Output says what becomes of a report. Its fields are flags of every command.
type Output struct {
	json    string
	write   string
	enforce bool
	timeout time.Duration
}

// Flags adds the fields of o to f. block is the name of the marks in a Markdown
// file between which the command's report stands.
func (o *Output) Flags(f *flag.FlagSet, block string) {
	f.StringVar(&o.json, "json", "", "write every sample to this file")
	f.StringVar(&o.write, "write", "", "replace the block between "+block+":start and "+block+":end in this Markdown file")
	f.BoolVar(&o.enforce, "enforce", false, "fail when a target is missed")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "give up after this long")
}

// Run measures in a folder that is removed afterwards, prints the report to
// stdout and does with it what o says.
func (o *Output) Run(ctx context.Context, block string, stdout io.Writer, measure func(ctx context.Context, dir string) (Report, error)) error {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "mcpfleet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	r, err := measure(ctx, dir)
	if err != nil {
		return err
	}
	text := r.Markdown()
	fmt.Fprint(stdout, text)
	if o.json != "" {
		if err := report.WriteJSON(o.json, r); err != nil {
			return err
		}
	}
	if o.write != "" {
		if err := report.Replace(o.write, block, text); err != nil {
			return err
		}
	}
	if o.enforce {
		return r.Targets().Enforce()
	}
	return nil
}

// Main parses the arguments of the process and runs the command until it is
// done or interrupted. It returns the exit status.
func Main[O any](name string, parse func([]string) (O, error), run func(ctx context.Context, o O, stdout, stderr io.Writer) error) int {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, o, os.Stdout, os.Stderr)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		return 1
	}
	return 0
}
