// Command database measures mcp-database beside three other servers for
// PostgreSQL: the same statements over HTTP and over stdio, what they cost
// and how large the answers are, how soon a NOTIFY reaches a subscriber, and
// what the read-only pipeline costs beside pgx alone. Rounds are interleaved,
// and every server reads the same tables with the same role. Run it in the
// folder above. Start at run; who is compared is in servers.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/command"
)

// The parts of a run.
const (
	partHTTP     = "http"
	partStdio    = "stdio"
	partPipeline = "pipeline"
	partNotify   = "notify"
)

var parts = []string{partHTTP, partStdio, partPipeline, partNotify}

type options struct {
	ours          string
	alone         bool
	only          string
	rounds        int
	lasting       time.Duration
	notifications int
	output        command.Output
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("database", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-database binary (default: build it from this repository)")
	f.BoolVar(&o.alone, "alone", false, "leave the other servers out")
	f.StringVar(&o.only, "only", "", "measure one part: "+strings.Join(parts, ", ")+" (default: all)")
	f.IntVar(&o.rounds, "rounds", 7, "interleaved rounds")
	f.DurationVar(&o.lasting, "lasting", 1500*time.Millisecond, "time to count calls per server, statement and round")
	f.IntVar(&o.notifications, "notifications", 800, "how many NOTIFYs")
	o.output.Flags(f, "database")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	if f.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.only != "" && !slices.Contains(parts, o.only) {
		return options{}, fmt.Errorf("-only is %q, want %s", o.only, strings.Join(parts, ", "))
	}
	if o.rounds < 1 || o.rounds > 1000 || o.lasting < time.Millisecond || o.lasting > time.Minute {
		return options{}, fmt.Errorf("-rounds is %d and -lasting %v, want 1 to 1000 and 1ms to 1m", o.rounds, o.lasting)
	}
	if o.notifications < 1 || o.notifications > 1_000_000 {
		return options{}, fmt.Errorf("-notifications is %d, want 1 to 1,000,000", o.notifications)
	}
	return o, nil
}

// measures reports whether a part is to be measured.
func (o *options) measures(part string) bool { return o.only == "" || o.only == part }

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "database", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("database", parse, run)) }
