// Package health looks at a PostgreSQL server for what will hurt soon. Each
// check asks the catalog and the statistics alone, never a table, in a read-only
// transaction of its own and within a few seconds: one that fails, or that the
// role may not make, says so and the others go on.
//
// Start with [Run].
package health

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Severity says how soon something will hurt.
type Severity string

// The severities.
const (
	Info     Severity = "info"
	Warn     Severity = "warn"
	Critical Severity = "critical"
)

var ranks = map[Severity]int{Critical: 0, Warn: 1, Info: 2}

// Finding is one thing that was found.
type Finding struct {
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	Object   string   `json:"object,omitempty"`
	Evidence string   `json:"evidence"`
	Advice   string   `json:"advice,omitempty"`
}

// Report is what all checks have found, the worst first.
type Report struct {
	Findings []Finding
	LeftOut  int // findings beyond the most that are kept
	Checks   int // that were made
	Counts   map[Severity]int
}

const (
	maxFindings = 50
	// maxOfCheck bounds the findings of a check: the rest is counted.
	maxOfCheck = 15
	// checkTime bounds each check.
	checkTime = 5 * time.Second
	// maxText bounds names and other people's text in a finding, in characters.
	maxText = 200
)

// check is one of those that can be chosen.
type check struct {
	name string
	run  func(context.Context, *run) error
}

var checks = []check{
	{"connections", connections}, {"cache", cache}, {"vacuum", vacuum}, {"bloat", bloat}, {"indexes", indexes},
	{"sequences", sequences}, {"replication", replication}, {"constraints", constraints}, {"locks", locks}, {"pool", pool},
}

// run is one check at work.
type run struct {
	db       *postgres.DB
	check    string
	findings []Finding
	left     int
}

// add adds a finding. object is other people's text, and so may be what the
// format is filled with: both are cut, and made fit for a line.
func (r *run) add(s Severity, object, advice, format string, args ...any) {
	if len(r.findings) == maxOfCheck {
		r.left++
		return
	}
	r.findings = append(r.findings, Finding{r.check, s, line(object), line(fmt.Sprintf(format, args...)), advice})
}

// query asks the server within the check's time.
func query[T any](ctx context.Context, r *run, sql string, args ...any) (list []T, err error) {
	err = r.db.Transaction(ctx, func(tx *postgres.Tx) error {
		// The server ends what the client would only stop waiting for.
		if err := tx.Timeout(ctx, checkTime); err != nil {
			return err
		}
		list, err = postgres.Select[T](ctx, tx, sql, args...)
		return err
	})
	return list, err
}

// Run makes the checks of these names, all for none. progress is told before
// each. The error is that of ctx, or names a check that there is not.
func Run(ctx context.Context, db *postgres.DB, names []string, progress func(done, total int, next string)) (Report, error) {
	var chosen []check
	for _, c := range checks {
		if len(names) == 0 || slices.Contains(names, c.name) {
			chosen = append(chosen, c)
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(checks, func(c check) bool { return c.name == n }) {
			return Report{}, fmt.Errorf("there is no check %q", n)
		}
	}
	report := Report{Checks: len(chosen), Counts: make(map[Severity]int), Findings: []Finding{}}
	for i, c := range chosen {
		progress(i, len(chosen), c.name)
		r := &run{db: db, check: c.name}
		limited, cancel := context.WithTimeout(ctx, checkTime)
		err := c.run(limited, r)
		cancel()
		if ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		if err != nil {
			r.add(Info, "", "", "this check could not be made: %s", reason(err))
		}
		report.Findings = append(report.Findings, r.findings...)
		report.LeftOut += r.left
	}
	for _, f := range report.Findings {
		report.Counts[f.Severity]++
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int { return cmp.Compare(ranks[a.Severity], ranks[b.Severity]) })
	if more := len(report.Findings) - maxFindings; more > 0 {
		report.LeftOut += more
		report.Findings = report.Findings[:maxFindings]
	}
	return report, nil
}

// reason says why a check failed.
func reason(err error) string {
	var e *postgres.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &e) && e.Kind == postgres.Timeout:
		return "it took longer than " + checkTime.String()
	case errors.As(err, &e) && e.Kind == postgres.Denied:
		return "the role may not see what it needs (" + e.Message + ")"
	case e != nil:
		return e.Message
	}
	return "internal error"
}

// line makes text fit for one line of bounded length.
func line(text string) string {
	clean := []rune(strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c):
			return '�'
		}
		return c
	}, text))
	if len(clean) > maxText {
		return string(clean[:maxText]) + "…"
	}
	return string(clean)
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 10<<30:
		return fmt.Sprintf("%d GB", bytes>>30)
	case bytes >= 10<<20:
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d kB", bytes>>10)
}

// seconds writes a time for people.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return d.Round(time.Second).String()
}
