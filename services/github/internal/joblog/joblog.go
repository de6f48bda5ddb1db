// Package joblog finds in the log of a job what explains its failure: the last
// lines of the step that failed, or the lines that match a pattern. A log of any
// size is read once, in memory that Options bound.
//
// Start with Read.
package joblog

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
)

// Bounds of what is kept of one line, in bytes.
const (
	maxRead = 64 << 10 // of a line as it is
	maxLine = 2000     // of what is shown of it
)

// Options say which lines are wanted.
type Options struct {
	// From and To are when the step that failed began and ended, zero if that is
	// not known. GitHub gives them in whole seconds.
	From, To time.Time
	// Grep matches the lines that are wanted, of the whole log. nil: the end of
	// the step that failed.
	Grep *regexp.Regexp
	// Context is how many lines around a match are wanted too.
	Context int
	// Lines bounds what is kept: the last lines of a step, or the first matches.
	Lines int
	// Bytes bounds it too.
	Bytes int
}

// Excerpt is a part of a log.
type Excerpt struct {
	// Lines are without their times, markers of groups, colours and line ends. The
	// line "--" stands between matches that are apart.
	Lines []string
	// Matches counts the lines that match, those that are left out included.
	Matches int
	// Cut says that there was more.
	Cut bool
}

// Read reads a log to its end, or to the error of r, which it returns with what
// was found until then.
func Read(r io.Reader, o Options) (Excerpt, error) {
	f := finder{o: o, section: newTail(o), window: newTail(o), all: newTail(o)}
	if o.Grep != nil {
		f.matches = &matches{o: o}
	}
	in := bufio.NewReaderSize(r, maxRead)
	var err error
	for first := true; err == nil; first = false {
		var raw []byte
		raw, err = readLine(in)
		if len(raw) == 0 && err != nil {
			break
		}
		text := string(raw)
		if first {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		at, text := cutTime(text)
		f.line(at, clean(text))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return f.end(), err
}

// readLine returns the next line, without what is beyond the buffer. It is good
// until the next call.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	line = append([]byte(nil), line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return line, err
}

// finder reads line by line. A section is what the log shows of a step, or of a
// part of one that is made of several.
type finder struct {
	o       Options
	matches *matches // nil unless Grep is set

	section *tail // of the section that is being read
	began   time.Time
	failed  bool  // it has an error
	best    *tail // the last section that failed, in the step's time if that is known
	inTime  bool  // best is in that time
	window  *tail // what was written in the step's time
	all     *tail // what was written

	at      time.Time // of the last line
	command bool      // inside the group that shows what a step runs
}

func (f *finder) line(at time.Time, text string) {
	if at.IsZero() {
		at = f.at
	}
	f.at = at
	kind, rest := cutMarker(text)
	if starts(kind, rest) {
		f.close()
		f.began = at
	}
	shown := show(kind, rest)
	switch {
	case kind == "endgroup":
		f.command = false
		return
	case kind == "group":
		f.command = strings.HasPrefix(rest, "Run ")
	case f.matches == nil && f.command:
		return // the script, its shell and its environment
	}
	if f.matches != nil {
		f.matches.add(shown)
		return
	}
	f.failed = f.failed || kind == "error"
	f.section.add(shown)
	f.all.add(shown)
	if f.during(at) {
		f.window.add(shown)
	}
}

// during reports whether at is in the time of the step that failed.
func (f *finder) during(at time.Time) bool {
	return !f.o.From.IsZero() && !f.o.To.IsZero() && !at.Before(f.o.From.Truncate(time.Second)) && at.Before(f.o.To.Truncate(time.Second).Add(time.Second))
}

// close ends a section. The last failure explains the job, but for steps that
// may fail, which the time tells apart.
func (f *finder) close() {
	if in := f.during(f.began); f.failed && (in || !f.inTime) {
		f.best, f.section, f.inTime = f.section, newTail(f.o), in
	} else {
		f.section.reset()
	}
	f.failed = false
}

func (f *finder) end() Excerpt {
	if f.matches != nil {
		return f.matches.excerpt()
	}
	f.close()
	t := f.all
	known := !f.o.From.IsZero()
	switch {
	case f.best != nil && (f.inTime || !known):
		t = f.best
	case f.window.len() > 0:
		t = f.window
	case f.best != nil:
		t = f.best
	}
	return Excerpt{Lines: t.lines(), Cut: t.cut}
}
