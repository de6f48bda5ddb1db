// Package search finds lines in the files of a tree. Files are searched in
// parallel and reported in the order of their paths, so that a search can stop
// anywhere and go on from there, and finds the same each time. What could not be
// searched is counted, never left out in silence.
//
// Begin with [Run].
package search

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// Mode says what is reported.
type Mode uint8

// The modes.
const (
	Lines Mode = iota // the lines that match
	Files             // the files with a line that matches
	Count             // how many lines of each file match
)

// What bounds a search.
const (
	MaxMultiline = 16 << 20 // the largest file whose lines are searched together, in bytes
	MaxText      = 500      // the most that is shown of a line, in bytes
	MaxContext   = 5        // lines

	chunk   = 256 << 10 // what is read at a time
	maxLine = 4 << 20   // a longer line is searched in pieces
	sniffed = 8 << 10   // a file with a NUL in so many bytes is binary
)

// Options choose what is searched and what is reported.
type Options struct {
	Walk walk.Options
	Mode Mode
	// Multiline searches files as a whole; the matcher is compiled so.
	Multiline bool
	// Context is how many lines around a match are reported.
	Context int
	// Limit ends the search when so many lines, or files, were found; zero is no
	// bound, as for the next two.
	Limit int
	// MaxBytes ends it when what was found is about so large as JSON.
	MaxBytes int
	// Budget ends it after so much time.
	Budget time.Duration
	// After is where an earlier search has ended.
	After Place
	// Progress is told how many bytes were searched, and what was found, again
	// and again.
	Progress func(bytes int64, files, found int)
}

// A Place is where a search goes on: behind a line of a file.
type Place struct {
	Start int    // which of the starts it is below
	Rel   string // below the start
	Line  int    // the last line that was reported; 0 if the file is done
}

// A Result is what a search has found.
type Result struct {
	Files []File
	Stats Stats
	// Next is where to go on, nil if everything was searched.
	Next *Place
	// Partial says that the time ran out.
	Partial bool
}

// A File is one with lines that match.
type File struct {
	Path    tree.Path
	Matches []Match // in the mode Lines
	Count   int     // in the mode Count
}

// A Match is a line, or several with Multiline.
type Match struct {
	Line, EndLine int // from 1
	Column        int // of the match's first character, from 1
	Text          string
	Cut           bool // the text is a part of what matched
	Before, After []string
}

// Stats says what was searched and what was not.
type Stats struct {
	Files   int // searched
	Bytes   int64
	Matched int // files
	Skipped Skipped
	Walk    walk.Stats
}

// Skipped counts the files that were not searched.
type Skipped struct {
	Binary int // with a NUL near the begin
	Large  int // too large for Multiline, or for the time
	Denied int // files and directories that may not be read
	Other  int // devices, FIFOs, sockets, and what failed
}

// Run searches the starts, directories or files, one after the other. It fails
// if a start cannot be read, or ctx ends.
func Run(ctx context.Context, starts []tree.Path, m *match.Matcher, o Options) (Result, error) {
	o.Limit = cmp.Or(o.Limit, math.MaxInt)
	o.MaxBytes = cmp.Or(o.MaxBytes, math.MaxInt)
	o.Context = min(o.Context, MaxContext)
	r := &run{o: o, matcher: m, starts: starts}
	if o.Budget > 0 {
		timer := time.NewTimer(o.Budget)
		defer timer.Stop()
		r.expired = timer.C
	}
	for i := o.After.Start; i < len(starts) && !r.done; i++ {
		if err := r.search(ctx, i); err != nil {
			return Result{}, err
		}
	}
	return r.result, nil
}
