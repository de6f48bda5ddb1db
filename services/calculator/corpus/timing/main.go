// Command timing measures the calculator's evaluator in a process of its own:
// it reads requests from its standard input, a JSON value a line, and answers
// each with a line. With the argument hostile it prints the rows of package
// hostile instead.
//
// An evaluation is all of it: reading the expression, computing, and writing
// the value down. Start at answer.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/corpus/hostile"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/linear"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A request is a computation to be repeated: that of an expression, or of the
// determinant of a matrix.
type request struct {
	Expression string    `json:"expression"`
	Precision  int       `json:"precision"`
	Matrix     [][]int64 `json:"matrix"`
	// Milliseconds is how long to repeat it, at least once.
	Milliseconds int64 `json:"milliseconds"`
}

// A response says how often it was done, in how much time, and what it gave:
// a value, or a refusal with its reason.
type response struct {
	Runs        int64  `json:"runs"`
	Nanoseconds int64  `json:"nanoseconds"`
	Value       string `json:"value,omitempty"`
	Digits      int    `json:"digits,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Refusal     string `json:"refusal,omitempty"`
}

// answer repeats what q asks for.
func answer(ctx context.Context, q request) (response, error) {
	var out response
	compute := func() error { return evaluate(ctx, q, &out) }
	if q.Matrix != nil {
		m := matrix(q.Matrix)
		compute = func() error { return determinant(ctx, m, &out) }
	}
	var err error
	var took time.Duration
	out.Runs, took, err = repeat(time.Duration(q.Milliseconds)*time.Millisecond, compute)
	out.Nanoseconds = took.Nanoseconds()
	return out, err
}

// evaluate puts the value of an expression into out, or its refusal.
func evaluate(ctx context.Context, q request, out *response) error {
	r, err := eval.Evaluate(ctx, q.Expression, eval.Options{Precision: q.Precision})
	var refused *eval.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		out.Reason, out.Refusal = string(refused.Reason), refused.Message
	case err != nil:
		return err
	default:
		out.Value, out.Digits = r.Text, r.Digits
	}
	return nil
}

func matrix(rows [][]int64) linear.Matrix {
	m := make(linear.Matrix, len(rows))
	for i, row := range rows {
		for _, x := range row {
			m[i] = append(m[i], number.Int(x))
		}
	}
	return m
}

func determinant(ctx context.Context, m linear.Matrix, out *response) error {
	a := number.New(ctx, number.Limits{}, 0)
	x, err := linear.Determinant(a, m)
	if err != nil {
		return err
	}
	t, err := a.Text(x, 0)
	out.Value, out.Digits = t.Decimal, t.Digits
	return err
}

// repeat calls f until it has done so for that long. The clock is read seldom:
// reading it costs a tenth of a small evaluation.
func repeat(lasting time.Duration, f func() error) (runs int64, took time.Duration, err error) {
	start := time.Now()
	for batch := int64(1); ; {
		began := took
		for range batch {
			if err := f(); err != nil {
				return 0, 0, err
			}
		}
		runs += batch
		if took = time.Since(start); took >= lasting {
			return runs, took, nil
		}
		if took-began < lasting/64 {
			batch *= 2
		}
	}
}

func serve(ctx context.Context, in io.Reader, out io.Writer) error {
	requests, responses := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q request
		if err := requests.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		r, err := answer(ctx, q)
		if err != nil {
			return err
		}
		if err := responses.Encode(r); err != nil {
			return err
		}
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(ctx, in, out)
	case len(args) == 1 && args[0] == "hostile":
		return json.NewEncoder(out).Encode(hostile.Rows())
	}
	return fmt.Errorf("unexpected arguments %q", args)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "timing:", err)
		os.Exit(1)
	}
}
