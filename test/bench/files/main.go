// Command files measures mcp-files beside ripgrep, fd and the reference
// filesystem server: CPU per search and per listing of a tree through the
// server, small reads over stdio, the memory that paging through a large file
// takes, and how soon a change of a file is told to those who subscribed to it.
// Rounds are interleaved, and every answer is checked: what is found must be
// what the peer finds. Run it in the folder above. Start at run; what is
// searched for is in cases.go.
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
	partFinding  = "finding"
	partReading  = "reading"
	partPaging   = "paging"
	partWatching = "watching"
)

var parts = []string{partFinding, partReading, partPaging, partWatching}

type options struct {
	ours    string
	alone   bool
	only    string
	rounds  int
	lasting time.Duration
	large   int64
	changes int
	output  command.Output
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("files", flag.ContinueOnError)
	f.StringVar(&o.ours, "ours", "", "path of the mcp-files binary (default: build it from this repository)")
	f.BoolVar(&o.alone, "alone", false, "leave the reference server out")
	f.StringVar(&o.only, "only", "", "measure one part: "+strings.Join(parts, ", ")+" (default: all)")
	f.IntVar(&o.rounds, "rounds", 11, "interleaved rounds")
	f.DurationVar(&o.lasting, "lasting", 2*time.Second, "time to count small reads per server and round, at least")
	f.Int64Var(&o.large, "large", 1<<30, "bytes of the large file; 0 leaves it out")
	f.IntVar(&o.changes, "changes", 100_000, "changes of files that are subscribed to; 0 leaves them out")
	o.output.Flags(f, "files")
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
	if o.large < 0 || o.large > 1<<34 || o.changes < 0 || o.changes > 10_000_000 {
		return options{}, fmt.Errorf("-large is %d and -changes %d, want at most 16 GiB and 10 million", o.large, o.changes)
	}
	return o, nil
}

// measures reports whether a part is to be measured.
func (o *options) measures(part string) bool { return o.only == "" || o.only == part }

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	return o.output.Run(ctx, "files", stdout, func(ctx context.Context, dir string) (command.Report, error) {
		b := &bench{options: o, dir: dir, progress: stderr}
		return b.measure(ctx)
	})
}

func main() { os.Exit(command.Main("files", parse, run)) }
