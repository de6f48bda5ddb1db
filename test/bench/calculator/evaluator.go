package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

// A contestant is one way to start an evaluator.
type contestant struct {
	name  string
	label string // what the report calls it
	argv  []string
	env   []string
}

// A request is a computation that an evaluator repeats for some time.
type request struct {
	Expression   string  `json:"expression,omitempty"`
	Precision    int     `json:"precision,omitempty"`
	Matrix       [][]int `json:"matrix,omitempty"`
	Milliseconds int64   `json:"milliseconds"`
}

// A response says how often that was done in how much time, and what it gave.
type response struct {
	Runs        int64  `json:"runs"`
	Nanoseconds int64  `json:"nanoseconds"`
	Value       string `json:"value"`
	Digits      int    `json:"digits"`
	Reason      string `json:"reason"`
	Refusal     string `json:"refusal"`
}

// An evaluator is a started program that answers requests, a line each.
// Whoever starts it calls stop.
type evaluator struct {
	contestant
	pid    int
	log    string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	cancel context.CancelFunc
}

func startEvaluator(ctx context.Context, c contestant, dir string) (*evaluator, error) {
	log, err := os.Create(filepath.Join(dir, c.name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ctx, cancel := context.WithCancel(ctx)
	cmd := child.Command(ctx, c.env, c.argv...)
	cmd.Stderr = log
	e := &evaluator{contestant: c, log: log.Name(), cmd: cmd, cancel: cancel}
	out, err := cmd.StdoutPipe()
	if err == nil {
		e.in, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	e.pid = cmd.Process.Pid
	e.out = bufio.NewScanner(out)
	e.out.Buffer(nil, 1<<20)
	return e, nil
}

// stop ends the evaluator and waits for it.
func (e *evaluator) stop() {
	_ = e.in.Close()
	e.cancel()
	_ = e.cmd.Wait()
}

// ask sends q and returns the response.
func (e *evaluator) ask(ctx context.Context, q request) (response, error) {
	fail := func(err error) (response, error) {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return response{}, child.Explain(e.name, e.log, err)
	}
	line, err := json.Marshal(q)
	if err != nil {
		return fail(err)
	}
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		return fail(err)
	}
	if !e.out.Scan() {
		if err := e.out.Err(); err != nil {
			return fail(err)
		}
		return fail(io.ErrUnexpectedEOF)
	}
	var r response
	d := json.NewDecoder(bytes.NewReader(e.out.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return fail(fmt.Errorf("%w in the answer %.500s", err, e.out.Bytes()))
	}
	if r.Runs < 1 {
		return fail(fmt.Errorf("%d evaluations", r.Runs))
	}
	return r, nil
}

// A sample is what one evaluation took, in microseconds, in one round.
type sample struct {
	CPU     float64 `json:"cpu_us"`
	Elapsed float64 `json:"elapsed_us"`
}

// sample measures v, and checks what it gives.
func (e *evaluator) sample(ctx context.Context, v evaluation, warmup, lasting time.Duration) (sample, error) {
	return e.time(ctx, v.request, warmup, lasting, func(r response) error { return v.check(e.name, r) })
}

// time warms the evaluator up, then counts.
func (e *evaluator) time(ctx context.Context, q request, warmup, lasting time.Duration, check func(response) error) (sample, error) {
	q.Milliseconds = warmup.Milliseconds()
	r, err := e.ask(ctx, q)
	if err == nil {
		err = check(r)
	}
	if err != nil {
		return sample{}, err
	}
	before, err := host.CPUTime(e.pid)
	if err != nil {
		return sample{}, err
	}
	q.Milliseconds = lasting.Milliseconds()
	if r, err = e.ask(ctx, q); err != nil {
		return sample{}, err
	}
	after, err := host.CPUTime(e.pid)
	if err != nil {
		return sample{}, err
	}
	runs := 1e3 * float64(r.Runs)
	return sample{CPU: float64((after - before).Nanoseconds()) / runs, Elapsed: float64(r.Nanoseconds) / runs}, check(r)
}
