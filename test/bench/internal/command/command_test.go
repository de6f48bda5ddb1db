package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/report"
)

type measured struct{ Slow float64 }

func (m measured) Markdown() string { return "measured\n" }

func (m measured) Targets() report.Targets {
	return report.Targets{{What: "it", Unit: "ms", Limit: 1, Measured: m.Slow}}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	doc, samples := filepath.Join(dir, "doc.md"), filepath.Join(dir, "samples.json")
	if err := os.WriteFile(doc, []byte("a\n<!-- x:start -->\nold\n<!-- x:end -->\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var o Output
	f := flag.NewFlagSet("x", flag.ContinueOnError)
	o.Flags(f, "x")
	if err := f.Parse([]string{"-write", doc, "-json", samples, "-enforce"}); err != nil {
		t.Fatal(err)
	}
	var folder string
	var out bytes.Buffer
	err := o.Run(t.Context(), "x", &out, func(_ context.Context, dir string) (Report, error) {
		folder = dir
		return measured{2}, os.WriteFile(filepath.Join(dir, "left"), nil, 0o600)
	})
	if err == nil || !strings.Contains(err.Error(), "it is 2.00 ms") {
		t.Errorf("a missed target gives %v", err)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the run's folder is left: %v", err)
	}
	text, _ := os.ReadFile(doc)
	list, _ := os.ReadFile(samples)
	if string(text) != "a\n<!-- x:start -->\nmeasured\n<!-- x:end -->\nb\n" || !strings.Contains(string(list), `"Slow": 2`) || out.String() != "measured\n" {
		t.Errorf("the document is %q, the samples %q, the output %q", text, list, out.String())
	}
	failed := errors.New("it failed")
	if err := o.Run(t.Context(), "x", &out, func(context.Context, string) (Report, error) { return nil, failed }); err != failed {
		t.Errorf("a failed run gives %v", err)
	}
}
