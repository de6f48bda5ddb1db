// Package report turns what a run measured into the words of a Markdown file:
// medians, verdicts on targets, and the block between two marks that a run
// replaces and nothing else touches.
//
// Start at [Replace] and [Targets].
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Target is a limit that is promised to be kept.
type Target struct {
	What, Unit      string
	Limit, Measured float64
}

// Met reports whether the limit is kept.
func (t Target) Met() bool { return t.Measured <= t.Limit }

// Targets are the limits of one subject.
type Targets []Target

// Markdown writes a table of the limits with what was measured, nothing when
// there are none.
func (list Targets) Markdown(w io.Writer, subject string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\n| target of %s | measured | |\n|---|--:|---|\n", subject)
	for _, t := range list {
		verdict := "met"
		if !t.Met() {
			verdict = "**missed**"
		}
		fmt.Fprintf(w, "| %s at most %g %s | %.2f %s | %s |\n", t.What, t.Limit, t.Unit, t.Measured, t.Unit, verdict)
	}
}

// Enforce returns an error that names every limit that is not kept.
func (list Targets) Enforce() error {
	var errs []error
	for _, t := range list {
		if !t.Met() {
			errs = append(errs, fmt.Errorf("%s is %.2f %s, want at most %g", t.What, t.Measured, t.Unit, t.Limit))
		}
	}
	return errors.Join(errs...)
}

// WriteJSON writes all of a report to the file at path.
func WriteJSON(path string, report any) error {
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Replace puts block between the marks <!-- name:start --> and
// <!-- name:end --> of the file at path.
func Replace(path, name, block string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	replaced, err := replace(string(text), name, block)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(replaced), 0o644)
}

func replace(text, name, block string) (string, error) {
	start, end := "<!-- "+name+":start -->", "<!-- "+name+":end -->"
	head, rest, found := strings.Cut(text, start)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("want the marks %s and %s, in this order", start, end)
	}
	return head + start + "\n" + block + end + tail, nil
}
