package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

// A pipelined is what one statement took through the read-only pipeline and
// through pgx alone, which sends it each time or has prepared it, at so many
// goroutines: nanoseconds of the wall clock per statement, a sample a round.
type pipelined struct {
	Name     string    `json:"name"`
	Safe     []float64 `json:"safe_ns"`
	Raw      []float64 `json:"raw_ns"`
	Prepared []float64 `json:"prepared_ns"`
}

// share is the statements per second of the pipeline in those of pgx alone.
func (p *pipelined) share() float64 { return report.MedianRatio(p.Raw, p.Safe) }

// A line of go test: BenchmarkRead/select1/8/safe-2  12345  41000 ns/op.
var benchmarkLine = regexp.MustCompile(`^BenchmarkRead/(\S+)/(safe|raw|prepared)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// pipeline runs the benchmark of the package that runs statements.
func (b *bench) pipeline(ctx context.Context) ([]*pipelined, error) {
	b.say("measuring the read-only pipeline")
	cmd := exec.CommandContext(ctx, "go", "test", "-tags", "e2e", "-run", "^$", "-bench", "^BenchmarkRead$",
		"-benchtime", "0.5s", "-count", strconv.Itoa(b.rounds), "./internal/postgres")
	cmd.Dir = serviceDir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s%s", err, out, stderr.Bytes())
	}
	return readBenchmark(out)
}

// readBenchmark reads what go test prints.
func readBenchmark(out []byte) ([]*pipelined, error) {
	var list []*pipelined
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		m := benchmarkLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		ns, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(p *pipelined) bool { return p.Name == m[1] })
		if i < 0 {
			i = len(list)
			list = append(list, &pipelined{Name: m[1]})
		}
		way := map[string]*[]float64{"safe": &list[i].Safe, "raw": &list[i].Raw, "prepared": &list[i].Prepared}[m[2]]
		*way = append(*way, ns)
	}
	for _, p := range list {
		if len(p.Safe) != len(p.Raw) || len(p.Safe) != len(p.Prepared) {
			return nil, fmt.Errorf("%s: %d samples of the pipeline, and %d and %d of pgx", p.Name, len(p.Safe), len(p.Raw), len(p.Prepared))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no benchmark in %.500s", out)
	}
	return list, lines.Err()
}
