package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// palette are the colours of the services in turn: those of every terminal, but
// for black, white, and the red that is for what has gone wrong.
var palette = []string{"36", "33", "35", "32", "34", "96", "93", "95", "92", "94"}

const red = "1;31"

// screen writes whole lines for several writers. Colours are for terminals alone.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
	// lost is called when there is nobody left to write to. It may be nil.
	lost func()
}

// newScreen writes to w, with colours if that is a terminal on which the user has
// not declined them (https://no-color.org).
func newScreen(w io.Writer, lookup func(string) (string, bool)) *screen {
	f, ok := w.(*os.File)
	return &screen{w: w, colour: ok && term.IsTerminal(int(f.Fd())) && wantsColour(lookup)}
}

func wantsColour(lookup func(string) (string, bool)) bool {
	declined, _ := lookup("NO_COLOR")
	terminal, _ := lookup("TERM")
	return declined == "" && terminal != "dumb"
}

// Write does not fail: a service whose log is not taken would die of it, and it
// has to drain.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.w.Write(p); err != nil && s.lost != nil {
		s.lost()
	}
	return len(p), nil
}

// paint returns text in a colour, where there are any.
func (s *screen) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// say writes a line of up itself.
func (s *screen) say(format string, args ...any) {
	fmt.Fprintf(s, format+"\n", args...)
}

// alarm writes a line about what has gone wrong.
func (s *screen) alarm(format string, args ...any) {
	fmt.Fprintln(s, s.paint(red, fmt.Sprintf(format, args...)))
}

// prefixer writes whole lines, each behind a prefix.
type prefixer struct {
	w       io.Writer
	prefix  string
	partial []byte
}

func (p *prefixer) Write(data []byte) (int, error) {
	p.partial = append(p.partial, data...)
	for {
		line, rest, whole := bytes.Cut(p.partial, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		if _, err := fmt.Fprintf(p.w, "%s%s\n", p.prefix, line); err != nil {
			return 0, err
		}
		p.partial = rest
	}
}

// Flush writes what has no line end yet.
func (p *prefixer) Flush() {
	if len(bytes.TrimSpace(p.partial)) > 0 {
		fmt.Fprintf(p.w, "%s%s\n", p.prefix, p.partial)
	}
	p.partial = nil
}
