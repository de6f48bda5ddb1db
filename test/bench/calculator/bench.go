package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

const (
	serviceDir = "../../services/calculator"
	corpusDir  = serviceDir + "/corpus"

	ours      = "ours"
	number    = "number"    // mathjs with the doubles of JavaScript
	bigNumber = "bignumber" // mathjs with decimals of 34 digits

	// collector lets the heap grow to 16 MB between collections, as the service
	// does.
	collector = "GOGC=400"
)

// A bench is one run.
type bench struct {
	options
	dir      string // for binaries and logs; its owner removes it
	progress io.Writer
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "calculator: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (*results, error) {
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	b.say("building")
	timing := filepath.Join(b.dir, "timing")
	if err := child.Build(ctx, corpusDir, timing, "./timing"); err != nil {
		return nil, err
	}
	list := []contestant{{name: ours, label: "mcp-calculator", argv: []string{timing}, env: []string{collector}}}
	if !b.alone {
		dir, versions, err := child.InstallNode(ctx, "peers/mathjs", "timing.mjs")
		if err != nil {
			return nil, fmt.Errorf("%w (leave it out with -alone)", err)
		}
		script := filepath.Join(dir, "timing.mjs")
		list = append(list,
			contestant{name: number, label: "mathjs v" + versions["mathjs"] + ", number", argv: []string{"node", script, "number"}},
			contestant{name: bigNumber, label: "mathjs, BigNumber", argv: []string{"node", script, "BigNumber", strconv.Itoa(precision)}})
	}

	r := &results{Machine: machine, Options: b.options.published()}
	var running []*evaluator
	defer func() {
		for _, e := range running {
			e.stop()
		}
	}()
	pids := []int{os.Getpid()}
	for _, c := range list {
		r.Contestants = append(r.Contestants, c.label)
		e, err := startEvaluator(ctx, c, b.dir)
		if err != nil {
			return nil, err
		}
		running, pids = append(running, e), append(pids, e.pid)
	}
	others, err := host.Watch(pids...)
	if err != nil {
		return nil, err
	}
	if r.Cases, err = b.speed(ctx, running); err != nil {
		return nil, err
	}
	if r.Others, err = others.Share(); err != nil {
		return nil, err
	}
	if b.attacks > 0 {
		r.Attacks, err = b.attack(ctx, running[0])
	}
	return r, err
}

// speed has the evaluators take turns, beginning each round with another one.
func (b *bench) speed(ctx context.Context, running []*evaluator) ([]*caseResult, error) {
	var list []*caseResult
	for _, c := range cases() {
		list = append(list, newCaseResult(c, running))
	}
	for n := range b.rounds {
		for _, r := range list {
			for k := range running {
				i := (n + k) % len(running)
				if r.cannot[running[i].name] != "" {
					continue
				}
				s, err := running[i].sample(ctx, r.evaluation, b.warmup, b.lasting)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", r.Name, err)
				}
				r.Samples[i] = append(r.Samples[i], s)
				b.say("round %d/%d: %-28s %-10s %12.3f µs", n+1, b.rounds, r.Name, running[i].name, s.CPU)
			}
		}
	}
	return list, nil
}
